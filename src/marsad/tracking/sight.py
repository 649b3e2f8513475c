"""What bearings of several sensors say together: whose place they fix, and where they start a track."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from marsad.model.sensor import SensorKind
from marsad.tracking.bearings import Bearings
from marsad.tracking.crossings import crossing_limits
from marsad.tracking.existence import SensorModel, detection_probability
from marsad.tracking.folding import Found
from marsad.tracking.hiding import exposure
from marsad.tracking.imm import combine
from marsad.tracking.kernels import Kernels
from marsad.tracking.motion import PLANE, SPACE
from marsad.tracking.plots import Plots
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.store import Tracks
from marsad.tracking.tidy import Rules, identity, proven
from marsad.tracking.triangulation import CANDIDATES_MAX, Crossings, priors, weigh_crossings

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

KEY_SPAN = 1 << 40  # times the plots of a scan it stays far below 2^63


@dataclass(frozen=True)
class Sight:
    """The bearings of one scan beside those remembered.

    bearings   older ones, then the `known`-th and following of this scan
    agreed (n,)  per track: 1 its bearings fix its place, -1 they may be a ghost's, 0 only one sensor
    """

    bearings: Bearings
    known: int
    agreed: Index


def testifies(plots: Plots, model: SensorModel, settings: TrackingSettings) -> bool:
    """Whether any of the plots is a bearing that may cross another sensor's."""
    if settings.bearing_memory_s == 0 or model.sensor.position_enu is None:
        return False
    return len(_bearing_rows(plots, settings)) > 0


def sight(
    past: Bearings,
    plots: Plots,
    model: SensorModel,
    found: Found,
    book: Index,
    rules: Rules,
    settings: TrackingSettings,
    run: Kernels,
) -> Sight:
    """The bearings among the plots, put beside the past ones; book of the tracks."""
    rows = _bearing_rows(plots, settings)
    past = past.recent(plots.t_ns, settings)
    trusted = proven(book, plots.t_ns, rules)[found.track] * found.weighed.probability
    taken = np.asarray(np.bincount(found.plot, trusted, len(plots)), float)
    row = found.owner[rows]
    owner = identity(book, row)
    fresh = _fresh_bearings(
        *(plots, rows, model, owner, found.weighed.elsewhere[rows], 1 - taken[rows]),
        *(found.background[rows], settings),
    )
    both = past.then(fresh)
    agreed = np.zeros(len(book), np.int64)
    if (owner > 0).any() and len(past):
        verdict = run.agreement(
            *(both.line, both.t_ns, both.period_ns, both.sensor, both.owner, both.open),
            *(len(past), crossing_limits(settings)),
        )
        agreed[row[row >= 0]] = verdict[row >= 0]
    return Sight(both, len(past), agreed)


def _bearing_rows(plots: Plots, settings: TrackingSettings) -> Index:
    """Plots that have an azimuth and no range, `bearings_max` of them at most."""
    if not plots.polar:
        return np.empty(0, np.int64)
    alone = np.isnan(plots.values[:, 0]) & ~np.isnan(plots.values[:, 1])
    return np.flatnonzero(alone)[: settings.bearings_max]


def _fresh_bearings(
    plots: Plots,
    rows: Index,
    model: SensorModel,
    owner: Index,
    elsewhere: Array,
    open_: Array,
    background: Array,
    settings: TrackingSettings,
) -> Bearings:
    """The bearings of a scan, in its rows; owner, elsewhere, open, background (k,) go with them."""
    azimuth, elevation = plots.values[rows, 1], plots.values[rows, 2]
    level = np.nan_to_num(elevation)
    seen = np.stack([np.cos(level) * np.sin(azimuth), np.cos(level) * np.cos(azimuth), np.sin(level)], -1)
    east, north, up = (seen @ model.rotation.T).T
    raised = np.where(np.isnan(elevation), np.nan, np.arcsin(np.clip(up, -1, 1)))
    reach = model.reach_m if isfinite(model.reach_m) else settings.range_unknown_m
    count = len(rows)
    line = np.column_stack(
        [
            np.tile(model.origin, (count, 1)),
            np.arctan2(east, north),
            raised,
            plots.sigmas[rows, 1:3],
            np.full(count, reach),
        ]
    )
    sees = model.visibility * float(model.limits[6] + model.limits[7]) / 2
    return Bearings(
        line,
        np.full(count, plots.t_ns, np.int64),
        np.full(count, int(model.sensor.coverage.scan_period_s * 1e9), np.int64),
        np.full(count, model.column, np.int64),
        rows,
        owner,
        elsewhere,
        open_,
        background,
        np.full(count, sees),
        np.full(count, model.undetected),
    )


def new_objects(seen: Sight, tracks: Tracks, settings: TrackingSettings, run: Kernels) -> Crossings | None:
    """Objects where unexplained bearings cross and no track is yet; None if there are none."""
    bearings = seen.bearings
    if seen.known == 0:
        return None
    fresh, older = run.crossing_pairs(
        *(bearings.line, bearings.t_ns, bearings.sensor, bearings.elsewhere),
        *(seen.known, crossing_limits(settings)),
    )
    if len(fresh) > CANDIDATES_MAX:
        newest = np.sort(np.argsort(-older, kind="stable")[:CANDIDATES_MAX])
        fresh, older = fresh[newest], older[newest]
    if len(fresh) == 0:
        return None
    lines = np.ascontiguousarray(bearings.line[np.stack([fresh, older], 1)])
    age_s = (bearings.t_ns[fresh] - bearings.t_ns[older]) * 1e-9
    located = run.locate(lines, age_s, *priors(settings))
    chosen = weigh_crossings(bearings, fresh, older, located, settings)
    lonely = ~_taken(chosen, tracks)
    return chosen.where(lonely) if lonely.any() else None


def _taken(chosen: Crossings, tracks: Tracks) -> Flags:
    """Crossings (c,) where a track is already, within three sigma of both on the ground."""
    if len(tracks.existence) == 0 or len(chosen.existence) == 0:
        return np.zeros(len(chosen.existence), np.bool_)
    axes = SPACE if tracks.mean.shape[2] == 6 else PLANE
    mean, cov = combine(tracks.mean, tracks.cov, tracks.modes, axes)
    place, spread = combine(chosen.mean, chosen.cov, chosen.modes, axes)
    apart = place[:, None, :2] - mean[None, :, :2]
    both = spread[:, None, :2, :2] + cov[None, :, :2, :2]
    square = (apart * np.linalg.solve(both, apart[..., None])[..., 0]).sum(-1)
    return np.asarray((square < 9.0).any(-1))


def unwatched(
    chosen: Crossings, models: Iterable[SensorModel], t_ns: int, settings: TrackingSettings
) -> Crossings:
    """Crossings with the existence that radars leave them which looked there lately and showed nothing.

    What a radar sees well it starts by itself; where it has no plot, a crossing is mostly one of the
    bearings of two objects. Two looks of each radar count as missed.
    """
    axes = SPACE if settings.dimensions == 3 else PLANE
    place, _ = combine(chosen.mean, chosen.cov, chosen.modes, axes)
    where = np.zeros((len(place), 3))
    where[:, : settings.dimensions] = place[:, : settings.dimensions]
    missed = np.ones(len(place))
    for model in models:
        if model.sensor.kind is not SensorKind.RADAR or model.last_t_ns is None:
            continue
        if t_ns - model.last_t_ns > 2 * model.sensor.coverage.scan_period_s * 1e9:
            continue
        detect = detection_probability(where, model.origin, model.rotation, model.limits)
        tracks, place_of = (chosen.mean, chosen.cov, chosen.modes), (model.origin, model.rotation)
        above, hidden = exposure(*tracks, *place_of, model.horizon, model.notch)
        missed *= (1 - model.visibility * detect * above * (1 - hidden)) ** 2
    existence = chosen.existence * missed
    return replace(chosen, existence=existence / (1 - chosen.existence + existence))


def birth_keys(seen: Sight, chosen: Crossings, plots: int) -> Index:
    """Numbers (c,) that name each crossing whatever else was seen, above those of the plots.

    A scan that is played again gives the track of the same two bearings the same id.
    """
    bearings = seen.bearings
    older = bearings.t_ns + bearings.sensor * 7_368_787 + bearings.row * 104_729
    return np.asarray(plots + bearings.row[chosen.fresh] + plots * (older[chosen.older] % KEY_SPAN))
