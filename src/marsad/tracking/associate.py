"""One scan against all tracks: which plots could be whose, how likely, and what is left over."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import erfc, exp, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.existence import SensorModel, clutter_density, undetected_density
from marsad.tracking.kernels import Kernels
from marsad.tracking.labels import LabelBook
from marsad.tracking.measurement import project_position
from marsad.tracking.plots import Plots
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.store import TrackStore

Array = NDArray[np.float64]
Index = NDArray[np.int64]

HIT_FLOOR = 1e-3  # a plot from where the sensor should see nothing is not impossible, coverage is a model
LOG_WEIGHT_MAX = 60.0


@dataclass
class Association:
    """What one scan says about every track and every plot.

    expected, cross, spread   tracks in measurement space
    edge_track, edge_plot     gated pairs, likelihood (E, M) under each motion model
    probability (E,)          that the pair is real
    share (E,), unseen (n,)   the same given that the track exists; they sum to one per track
    existence, visibility (n,)  posterior
    elsewhere, birth (m,)     that the plot comes from no track; that it is a new object
    false_plots               expected number of false plots
    broken_labels             (label, track id) whose report cannot be of that track
    distrusted                plots whose label is not to be bound
    """

    expected: Array
    cross: Array
    spread: Array
    edge_track: Index
    edge_plot: Index
    likelihood: Array
    probability: Array
    share: Array
    unseen: Array
    existence: Array
    visibility: Array
    elsewhere: Array
    birth: Array
    false_plots: float
    broken_labels: list[tuple[str, int]]
    distrusted: frozenset[int]

    def likely_own(self) -> tuple[Index, Index]:
        """(k, 3) track, plot, edge of pairs more likely than not; at most one per track and plot.

        Also (m,) the track per plot, -1 if none.
        """
        owner = np.full(len(self.elsewhere), -1, np.int64)
        likely = np.flatnonzero(self.share > 0.5)
        # of two doubtful tracks that both claim a plot, the one more likely to be there has it
        likely = likely[np.argsort(self.probability[likely], kind="stable")]
        owner[self.edge_plot[likely]] = self.edge_track[likely]
        likely = np.sort(likely[owner[self.edge_plot[likely]] == self.edge_track[likely]])
        return np.stack([self.edge_track[likely], self.edge_plot[likely], likely], -1), owner


@dataclass
class _LabelPrior:
    """What labels say before any measurement: log factors on edges and on new objects.

    owner (m,)  row of the track each plot's label is bound to, -1 none
    forbidden   log factor for a pair that contradicts a label
    """

    owner: Index
    bit: Index
    forbidden: float


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
    n, m = len(store), len(plots)
    detect = _detection(store, model, settings, run)
    believed = store.visibility[:, model.column].copy()
    hit = believed * np.maximum(detect, HIT_FLOOR)
    charged = np.zeros(n) if plots.partial else believed * detect
    if plots.polar:
        expected, cross, spread = run.project_polar(store.mean, store.cov, model.origin, model.rotation)
    else:
        expected, cross, spread = project_position(store.mean, store.cov)
    prior = _label_prior(store, plots, labels, settings)
    track, plot, likelihood, joint, broken = _edges(
        store, plots, expected, spread, prior, settings, run, count
    )
    distrusted = frozenset(int(j) for j in broken)
    broken_labels = [(plots.labels[j], int(store.track_id[prior.owner[j]])) for j in broken] if prior else []
    if prior:
        prior.owner[broken], prior.bit[broken] = -1, 0

    measured = ~np.isnan(plots.values)
    clutter = clutter_density(model, plots.kind, measured, settings)
    new = undetected_density(model, plots.kind, plots.values, plots.sigmas, settings)
    new = new * _plot_detection(plots, model)
    joint, log_other = _with_labels(store, track, plot, joint, np.log(clutter + new), prior)
    # odds of "track exists and made the plot" against "unseen or not there"
    log_odds = np.log(store.existence * np.maximum(hit, 1e-12)) - np.log1p(-store.existence * charged)
    weight = np.exp(np.clip(log_odds[track] + joint - log_other[plot], -700.0, LOG_WEIGHT_MAX))
    probability, absent, elsewhere, _ = run.marginals(
        track, plot, weight, n, m, settings.belief_tolerance, settings.belief_sweeps_max
    )

    missed = absent * store.existence * (1 - charged) / (1 - store.existence * charged)
    seen = np.bincount(track, probability, n)
    existence = missed + seen
    unseen = missed / existence
    unseen_visible = believed * (1 - detect * (not plots.partial)) / (1 - charged)
    chance = elsewhere * new / (clutter + new)
    if plots.labels:
        new_label = np.array([bool(label) for label in plots.labels]) & (
            prior.owner < 0 if prior else np.ones(m, np.bool_)
        )
        new_label[list(distrusted)] = False
        chance = np.where(new_label, np.maximum(chance, settings.labelled_existence * elsewhere), chance)
    startable = measured[:, :2].all(1) if plots.polar else np.ones(m, np.bool_)
    return Association(
        expected,
        cross,
        spread,
        track,
        plot,
        likelihood,
        probability,
        probability / existence[track],
        unseen,
        existence,
        unseen * unseen_visible + (1 - unseen),
        elsewhere,
        np.where(startable, chance, 0.0),
        float((elsewhere * clutter / (clutter + new)).sum()),
        broken_labels,
        distrusted,
    )


def _detection(store: TrackStore, model: SensorModel, settings: TrackingSettings, run: Kernels) -> Array:
    """Probability (n,) that the sensor reports each track, if it can see it at all."""
    if model.sensor.position_enu is None:
        return np.full(len(store), model.limits[6])
    axes = settings.dimensions
    position = np.tile(model.origin, (len(store), 1))
    position[:, :axes] = np.einsum("nm,nmd->nd", store.modes, store.mean)[:, :axes]
    return np.asarray(run.detection_probability(position, model.origin, model.rotation, model.limits))


def _plot_detection(plots: Plots, model: SensorModel) -> Array:
    """Detection probability (m,) where each plot lies; at mid-range where that is unknown."""
    near, far, reach = model.limits[6], model.limits[7], model.limits[1]
    if not np.isfinite(reach):
        return np.full(len(plots), near)
    if plots.polar:
        distance = np.where(np.isnan(plots.values[:, 0]), reach / 2, plots.values[:, 0])
    elif model.sensor.position_enu is not None:
        distance = np.hypot(*(plots.values[:, :2] - model.origin[:2]).T)
    else:
        return np.full(len(plots), near)
    return np.asarray(near + (far - near) * np.minimum(distance / reach, 1.0))


def _edges(
    store: TrackStore,
    plots: Plots,
    expected: Array,
    spread: Array,
    prior: "_LabelPrior | None",
    settings: TrackingSettings,
    run: Kernels,
    count: Callable[[str, int], None],
) -> tuple[Index, Index, Array, Array, list[int]]:
    """Gated pairs with likelihood (E, M) and log of its mean over models (E,).

    The last value lists plots whose label contradicts where its track is.
    """
    empty = np.empty(0, np.int64)
    if len(store) == 0 or len(plots) == 0:
        return empty, empty, np.empty((0, store.modes.shape[1])), np.empty(0), []
    size = plots.values.shape[1]
    gates = np.array([0.0, *(gate_square(k + 1, settings.gate_probability) for k in range(size))])
    track, plot = _candidates(plots, expected, spread, float(gates[-1]), settings, run, count)
    claimed = np.flatnonzero(prior.owner >= 0) if prior else empty
    if prior and len(claimed):
        key = np.unique(np.r_[track * len(plots) + plot, prior.owner[claimed] * len(plots) + claimed])
        track, plot = key // len(plots), key % len(plots)
    likelihood, square = run.score(track, plot, expected, spread, plots.values, plots.sigmas, plots.polar)
    limit = gates[(~np.isnan(plots.values)).sum(1)][plot]
    broken: list[int] = []
    if prior and len(claimed):
        owned = prior.owner[plot] == track
        wide = limit * settings.label_gate_factor**2
        broken = plot[owned & ~(square <= wide)].tolist()
        limit = np.where(owned, wide, limit)
    inside = square <= limit
    track, plot, likelihood = track[inside], plot[inside], np.ascontiguousarray(likelihood[inside])
    joint = likelihood + np.log(store.modes)[track]
    top = joint.max(1) if len(joint) else np.empty(0)
    return track, plot, likelihood, top + np.log(np.exp(joint - top[:, None]).sum(1)), broken


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


def _candidates(
    plots: Plots,
    expected: Array,
    spread: Array,
    gate: float,
    settings: TrackingSettings,
    run: Kernels,
    count: Callable[[str, int], None],
) -> tuple[Index, Index]:
    """Pairs that may be inside the gate, sorted by track then plot; see `gating`."""
    if not plots.polar:
        variance = spread[..., 0, 0] + spread[..., 1, 1]
        noise = plots.sigmas[:, :2].max(1)
        tracks = _circle(expected[..., :2], np.sqrt(gate * variance))
        track, plot, cuts = run.touching(
            *tracks, np.ascontiguousarray(plots.values[:, :2]), np.sqrt(gate) * noise, settings.max_edges
        )
        count("gates_narrowed", cuts)
        return track, plot
    has_range, has_azimuth = ~np.isnan(plots.values[:, 0]), ~np.isnan(plots.values[:, 1])
    found = []
    for with_range, with_azimuth in ((True, True), (False, True), (True, False)):
        rows = np.flatnonzero((has_range == with_range) & (has_azimuth == with_azimuth))
        if len(rows) == 0:
            continue
        centres, radii = _plane(
            expected[..., 0], expected[..., 1], spread[..., 0, 0], spread[..., 1, 1], with_range, with_azimuth
        )
        values, sigmas = plots.values[rows], plots.sigmas[rows]
        place, radius = _plane(
            values[:, 0], values[:, 1], sigmas[:, 0] ** 2, sigmas[:, 1] ** 2, with_range, with_azimuth
        )
        tracks = _circle(centres, np.sqrt(gate) * radii)
        track, plot, cuts = run.touching(*tracks, place, np.sqrt(gate) * radius, settings.max_edges)
        count("gates_narrowed", cuts)
        found.append((track, rows[plot]))
    if len(found) == 1:
        return found[0]
    track, plot = np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
    order = np.lexsort((plot, track))
    return track[order], plot[order]


def _plane(
    distance: Array, azimuth: Array, distance_var: Array, azimuth_var: Array, ranged: bool, directed: bool
) -> tuple[Array, Array]:
    """Place (…, 2) in the gating plane and the one-sigma radius there."""
    if not directed:
        return np.stack([distance, np.zeros_like(distance)], -1), np.sqrt(distance_var)
    if not ranged:
        distance, distance_var = np.ones_like(azimuth), np.zeros_like(azimuth)
    place = distance[..., None] * np.stack([np.sin(azimuth), np.cos(azimuth)], -1)
    # nothing is further round than the far side of the circle
    return place, np.sqrt(distance_var + distance**2 * np.minimum(azimuth_var, 4.0))


def _circle(centres: Array, radii: Array) -> tuple[Array, Array]:
    """One circle per track around those of its models, centres (n, M, 2), radii (n, M)."""
    middle = centres.mean(1)
    apart = np.hypot(*np.moveaxis(centres - middle[:, None], -1, 0))
    return np.ascontiguousarray(middle), (apart + radii).max(1)


def _label_prior(
    store: TrackStore, plots: Plots, labels: LabelBook, settings: TrackingSettings
) -> "_LabelPrior | None":
    if not plots.labels or len(store) == 0:
        return None
    row_of = {int(track_id): row for row, track_id in enumerate(store.track_id) if store.systems[row]}
    owner = np.array(
        [row_of.get(labels.track(label), -1) if label else -1 for label in plots.labels], np.int64
    )
    bit = np.array([labels.system_bit(label) if label else 0 for label in plots.labels], np.int64)
    return _LabelPrior(owner, bit, float(np.log(settings.label_error_probability)))


def _with_labels(
    store: TrackStore, track: Index, plot: Index, joint: Array, log_other: Array, prior: "_LabelPrior | None"
) -> tuple[Array, Array]:
    """Edge and other-origin log-likelihoods after the labels have spoken."""
    if prior is None:
        return joint, log_other
    mine = prior.owner[plot] == track
    # the label belongs to another track, or the track has another label of the same system
    against = ~mine & ((prior.owner[plot] >= 0) | ((store.systems[track] & prior.bit[plot]) != 0))
    other = np.where(prior.owner >= 0, prior.forbidden, 0.0)
    return np.where(against, joint + prior.forbidden, joint), log_other + other
