"""One scan against all tracks: which plots could be whose, how likely, and what is left over."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import erfc, exp, log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.existence import SensorModel
from marsad.tracking.kernels import Kernels
from marsad.tracking.labels import LabelBook
from marsad.tracking.measurement import project_position
from marsad.tracking.plots import Plots
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.store import TrackStore
from marsad.tracking.weighing import Weighed

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass
class Association:
    """What one scan says about every track and every plot.

    expected, cross, spread   tracks in measurement space
    edge_track, edge_plot     gated pairs, likelihood (E, M) under each motion model
    weighed                   the probabilities
    false (m,)                probability that a plot is false
    background (m,)           density of false plots and new objects where each plot lies
    birth (m,)                that a plot starts a track, which is a new object
    birth_modes (m, M)        motion models of that object
    own (k,), owner (m,)      edges more likely than not; the track per plot, -1 none
    hidden (n,)               that the notch hides a track that exists and made no plot; None: no notch
    broken_labels             (label, track id) whose report cannot be of that track
    distrusted                plots whose label is not to be bound
    """

    expected: Array
    cross: Array
    spread: Array
    edge_track: Index
    edge_plot: Index
    likelihood: Array
    weighed: Weighed
    false: Array
    background: Array
    birth: Array
    birth_modes: Array
    own: Index
    owner: Index
    hidden: Array | None
    broken_labels: list[tuple[str, int]]
    distrusted: frozenset[int]


@dataclass
class _LabelPrior:
    """What labels say before any measurement.

    owner (m,)  row of the track each plot's label is bound to, -1 none; bit (m,) of its system
    """

    owner: Index
    bit: Index


def associate(
    store: TrackStore,
    plots: Plots,
    model: SensorModel,
    labels: LabelBook,
    settings: TrackingSettings,
    run: Kernels,
    count: Callable[[str, int], None],
) -> Association:
    """Association of a scan with the tracks, which are predicted to its time."""
    if plots.polar:
        expected, cross, spread = run.project_polar(store.mean, store.cov, model.origin, model.rotation)
    else:
        expected, cross, spread = project_position(store.mean, store.cov)
    prior = _label_prior(store, plots, labels)
    track, plot, likelihood, joint, broken = _edges(
        store, plots, expected, spread, prior, settings, run, count
    )
    distrusted = frozenset(broken)
    broken_labels = [(plots.labels[j], int(store.track_id[prior.owner[j]])) for j in broken]
    prior.owner[broken], prior.bit[broken] = -1, 0
    against = np.zeros(len(track), np.bool_)
    if plots.labels:
        owner = prior.owner[plot]
        # the label belongs to another track, or the track has another label of the same system
        against = (owner != track) & ((owner >= 0) | ((store.systems[track] & prior.bit[plot]) != 0))
    clutter, new, birth_modes = run.origins(plots.values, plots.sigmas, plots.polar, model, settings)
    if settings.learn_clutter:
        clutter = clutter * run.sector_factors(
            *(plots.values, plots.polar, model.geometry, model.sectors, settings.clutter_sector_prior)
        )
    detect, hidden = _detection(store, model, settings, run)
    weighed = run.weigh(
        *(track, plot, joint, store.existence, np.ascontiguousarray(store.visibility[:, model.column])),
        *(detect, not plots.partial, clutter, new),
        *(prior.owner, against, log(settings.label_error_probability)),
        *(settings.belief_tolerance, settings.belief_sweeps_max),
        *(settings.contended_probability, settings.joint_events_max, settings.joint_tracks_max),
    )
    birth = _startable(plots, prior, weighed, distrusted, settings)
    own, owned = run.likely_own(track, plot, weighed.probability, weighed.share, len(plots))
    return Association(
        *(expected, cross, spread, track, plot, likelihood, weighed),
        *(weighed.elsewhere * clutter / (clutter + new), clutter + new, birth, birth_modes),
        *(own, owned, hidden if plots.polar and not plots.partial else None),
        broken_labels,
        distrusted,
    )


def _startable(
    plots: Plots, prior: _LabelPrior, weighed: Weighed, distrusted: frozenset[int], settings: TrackingSettings
) -> Array:
    """Probability (m,) that a plot starts a track: labelled ones boldly, bearings never."""
    chance = weighed.birth
    if plots.labels:
        fresh = np.array([bool(label) for label in plots.labels]) & (prior.owner < 0)
        fresh[list(distrusted)] = False
        chance = np.where(fresh, np.maximum(chance, settings.labelled_existence * weighed.elsewhere), chance)
    if plots.polar:
        chance = np.where(np.isnan(plots.values[:, 0] + plots.values[:, 1]), 0.0, chance)
    return chance


def _detection(
    store: TrackStore, model: SensorModel, settings: TrackingSettings, run: Kernels
) -> tuple[Array, Array | None]:
    """Probability (n,) that the sensor reports each track, if it can see it at all.

    Where it has a notch also (n,), that one it does not report is hidden in it.
    """
    if model.sensor.position_enu is None:
        return np.full(len(store), model.limits[6]), None
    axes = settings.dimensions
    position = np.tile(model.origin, (len(store), 1))
    position[:, :axes] = np.einsum("nm,nmd->nd", store.modes, store.mean)[:, :axes]
    detect = run.detection_probability(position, model.origin, model.rotation, model.limits)
    if not (model.notch or model.horizon.size):
        return detect, None
    above, hidden = run.exposure(
        *(store.mean, store.cov, store.modes, model.origin, model.rotation, model.horizon, model.notch)
    )
    detect = detect * above
    missed = 1 - detect * (1 - hidden)
    return detect * (1 - hidden), detect * hidden / missed if model.notch else None


def _edges(
    store: TrackStore,
    plots: Plots,
    expected: Array,
    spread: Array,
    prior: _LabelPrior,
    settings: TrackingSettings,
    run: Kernels,
    count: Callable[[str, int], None],
) -> tuple[Index, Index, Array, Array, list[int]]:
    """Gated pairs with likelihood (E, M) and log of its mean over models (E,).

    The last value lists plots whose label contradicts where its track is.
    """
    if len(store) == 0 or len(plots) == 0:
        empty = np.empty(0, np.int64)
        return empty, empty, np.empty((0, store.modes.shape[1])), np.empty(0), []
    gates = _gates(plots.values.shape[1], settings.gate_probability)
    track, plot, cuts = run.candidates(
        *(expected, spread, plots.values, plots.sigmas, float(gates[-1]), plots.polar, settings.max_edges)
    )
    count("gates_narrowed", cuts)
    if plots.labels:
        claimed = np.flatnonzero(prior.owner >= 0)
        if len(claimed):
            key = np.unique(np.r_[track * len(plots) + plot, prior.owner[claimed] * len(plots) + claimed])
            track, plot = key // len(plots), key % len(plots)
    track, plot, likelihood, joint, broken = run.compare(
        *(track, plot, expected, spread, store.modes, plots.values, plots.sigmas, plots.polar),
        *(gates, prior.owner, settings.label_gate_factor**2),
    )
    return track, plot, likelihood, joint, broken.tolist()


@cache
def _gates(size: int, probability: float) -> Array:
    """Squared gate radii (K+1,) of plots with 0 to K numbers."""
    return np.array([0.0, *(gate_square(count + 1, probability) for count in range(size))])


@cache
def gate_square(count: int, probability: float) -> float:
    """Squared gate radius in sigmas that holds a true plot of `count` numbers with this probability.

    The quantile of chi-square with `count` degrees of freedom, by bisection of its closed form
    (Abramowitz, Stegun, 26.4.4-5).
    """
    low, high = 0.0, 1000.0
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if _chi_square_tail(count, middle) > 1 - probability:
            low = middle
        else:
            high = middle
    return high


def _chi_square_tail(count: int, square: float) -> float:
    term = exp(-square / 2) * (1.0 if count % 2 == 0 else sqrt(2 * square / pi))
    tail = 0.0 if count % 2 == 0 else erfc(sqrt(square / 2))
    for order in range(2 if count % 2 == 0 else 3, count + 1, 2):
        tail += term
        term *= square / order
    return tail


def _label_prior(store: TrackStore, plots: Plots, labels: LabelBook) -> _LabelPrior:
    nobody = _LabelPrior(np.full(len(plots), -1, np.int64), np.zeros(len(plots), np.int64))
    if not plots.labels or len(store) == 0:
        return nobody
    row_of = {int(store.track_id[row]): int(row) for row in np.flatnonzero(store.systems)}
    for plot, label in enumerate(plots.labels):
        if label:
            nobody.owner[plot] = row_of.get(labels.track(label), -1)
            nobody.bit[plot] = labels.system_bit(label)
    return nobody
