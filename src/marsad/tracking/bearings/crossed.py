"""Tracks that start where bearings of two sensors cross and nothing explains them.

How likely they are is told by `triangulation`; here they are weighed against each other, against
the tracks there are, and against radars that looked there and showed nothing.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.model.sensor import SensorKind
from marsad.tracking.bearings.crossed_odds import Crossings, square_sigmas, these, weigh_crossings
from marsad.tracking.bearings.memory import ROW, SENSOR, T_NS, Bearings
from marsad.tracking.bearings.triangulation import Prior, locate
from marsad.tracking.compiled import both, twin_of
from marsad.tracking.existence import SensorModel, detection_probability
from marsad.tracking.hiding import exposure
from marsad.tracking.mixture import combine, places
from marsad.tracking.motion import Axes
from marsad.tracking.records import Store
from marsad.tracking.rules import Rules
from marsad.tracking.store import columns, part

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

CANDIDATES_MAX = 256  # crossings weighed per scan; the newest pairs come first
KEY_SPAN = 1 << 40  # times the plots of a scan it stays far below 2^63
SEEN_WITHIN = 2  # looks of a radar after which what it did not show counts no more
NEVER = -(1 << 62)


class Radars(NamedTuple):
    """Radars (r,) as numbers.

    numbers (r, 22)  place (3), axes (9), limits of the coverage (8), probability that an object can be
                     seen by radar at all, notch
    horizons (2, k)  their horizon tables, one after the other; bounds (r + 1,) where each begins
    until_ns (r,)    up to when what they did not show counts
    """

    numbers: Array
    horizons: Array
    bounds: Index
    until_ns: Index

    @staticmethod
    def of(models: Iterable[SensorModel]) -> "Radars":
        """The radars among the sensors; none of them has looked."""
        radars = [model for model in models if model.sensor.kind is SensorKind.RADAR]
        horizons = [np.empty((2, 0)), *(model.horizon for model in radars)]
        return Radars(
            np.array([model.radar for model in radars], float).reshape(len(radars), 22),
            np.concatenate(horizons, 1),
            np.cumsum([table.shape[1] for table in horizons]),
            np.full(len(radars), NEVER),
        )

    def looked(self, models: Iterable[SensorModel]) -> "Radars":
        """The same, with when the sensors looked last, and from where."""
        radars = [model for model in models if model.sensor.kind is SensorKind.RADAR]
        until_ns = [
            NEVER
            if model.last_t_ns is None
            else model.last_t_ns + int(SEEN_WITHIN * model.sensor.coverage.scan_period_s * 1e9)
            for model in radars
        ]
        numbers = np.array([model.radar for model in radars], float).reshape(len(radars), 22)
        return self._replace(numbers=numbers, until_ns=np.array(until_ns, np.int64))


@both
def crossed(
    store: Store,
    bearings: Bearings,
    fresh: Index,
    older: Index,
    radars: Radars,
    t_ns: int,
    plots: int,
    prior: Prior,
    rules: Rules,
    axes: Axes,
) -> tuple[Crossings, Index]:
    """Objects where pairs of bearings cross and no track is yet, by ascending key; their keys.

    Keys name each crossing whatever else was seen, above the numbers of the scan's plots: a scan
    that is played again gives the track of the same two bearings the same id.
    """
    fresh, older, lines, age_s = crossing_pairs(bearings, fresh, older, CANDIDATES_MAX)
    mean, cov, log = locate(lines, age_s, prior.height, prior.motion)
    chosen = weigh_crossings(bearings, fresh, older, mean, cov, log, prior, rules)
    room = columns(store.block, store.rows, store.models, 2 * len(axes), store.sensors)
    tracks = part(room, 0, store.used)
    known, doubt = combine(tracks.mean, tracks.cov, tracks.modes, axes)
    place, spread = combine(chosen.mean, chosen.cov, chosen.modes, axes)
    missed = unwatched(chosen, radars, t_ns)
    return started(chosen, bearings, taken(place, spread, known, doubt), missed, plots, rules)


def crossing_pairs(
    bearings: Bearings, fresh: Index, older: Index, most: int
) -> tuple[Index, Index, Array, Array]:
    """The pairs (c,) of which the older bearing is newest, so many at most; their lines (c, 2, …) and
    ages of the older (c,) in seconds."""
    if len(fresh) > most:
        newest = np.sort(np.argsort(-older, kind="stable")[:most])
        fresh, older = fresh[newest], older[newest]
    t_ns = bearings.book[:, T_NS]
    lines = np.stack([bearings.numbers[fresh], bearings.numbers[older]], 1)
    return fresh, older, lines, np.asarray((t_ns[fresh] - t_ns[older]) * 1e-9, float)


@twin_of(crossing_pairs)
def crossing_pairs_compiled(
    bearings: Bearings, fresh: Index, older: Index, most: int
) -> tuple[Index, Index, Array, Array]:
    """The twin of `crossing_pairs`."""
    total, left = len(bearings.book), most
    count, least = np.zeros(total + 1, np.int64), 0
    for k in range(len(older)):
        count[older[k]] += 1
    for b in range(total - 1, -1, -1):  # how many of each older bearing there is room for
        count[b] = min(count[b], left)
        left -= count[b]
    kept = most - left
    one, two = np.empty(kept, np.int64), np.empty(kept, np.int64)
    lines, age_s = np.empty((kept, 2, bearings.numbers.shape[1])), np.empty(kept)
    for k in range(len(fresh)):
        j, b = fresh[k], older[k]
        if count[b] == 0:
            continue
        count[b] -= 1
        one[least], two[least] = j, b
        age_s[least] = (bearings.book[j, T_NS] - bearings.book[b, T_NS]) * 1e-9
        for a in range(bearings.numbers.shape[1]):
            lines[least, 0, a], lines[least, 1, a] = bearings.numbers[j, a], bearings.numbers[b, a]
        least += 1
    return one, two, lines, age_s


def taken(place: Array, spread: Array, known: Array, doubt: Array) -> Flags:
    """Crossings (c,) where a track is already, within three sigma of both on the ground.

    place (c, d), spread (c, d, d) of the crossings, known (n, d), doubt (n, d, d) of the tracks.
    """
    apart = place[:, None, :2] - known[None, :, :2]
    both = spread[:, None, :2, :2] + doubt[None, :, :2, :2]
    square = (apart * np.linalg.solve(both, apart[..., None])[..., 0]).sum(-1)
    return np.asarray((square < 9.0).any(-1))


@twin_of(taken)
def taken_compiled(place: Array, spread: Array, known: Array, doubt: Array) -> Flags:
    """The twin of `taken`."""
    (count, d), n = place.shape, len(known)
    mean, cov = place.reshape((count, 1, d)), spread.reshape((count, 1, d, d))
    means, covs = known.reshape((n, 1, d)), doubt.reshape((n, 1, d, d))
    result = np.zeros(count, np.bool_)
    for c in range(count):
        for i in range(n):
            if square_sigmas(mean, cov, c, 0, means, covs, i, 0) < 9.0:
                result[c] = True
                break
    return result


@both
def unwatched(chosen: Crossings, radars: Radars, t_ns: int) -> Array:
    """Existence (c,) that radars leave to crossings which looked there lately and showed nothing.

    What a radar sees well it starts by itself; where it has no plot, a crossing is mostly one of the
    bearings of two objects. Two looks of each radar count as missed.
    """
    where = places(chosen.mean, chosen.modes, np.zeros(3))
    left = chosen.existence.copy()
    for r in range(len(radars.numbers)):
        if t_ns > radars.until_ns[r]:
            continue
        radar = radars.numbers[r]
        origin, rotation = radar[:3], radar[3:12].reshape((3, 3))
        horizon = radars.horizons[:, radars.bounds[r] : radars.bounds[r + 1]].copy()
        detect = detection_probability(where, origin, rotation, radar[12:20])
        above, hidden = exposure(chosen.mean, chosen.cov, chosen.modes, origin, rotation, horizon, radar[21])
        for c in range(len(left)):
            left[c] *= (1 - radar[20] * detect[c] * above[c] * (1 - hidden[c])) ** 2
    for c in range(len(left)):
        left[c] /= 1 - chosen.existence[c] + left[c]
    return left


def started(
    chosen: Crossings, bearings: Bearings, taken: Flags, existence: Array, plots: int, rules: Rules
) -> tuple[Crossings, Index]:
    """The likely ones of the crossings where no track is, with that existence, and their ascending keys."""
    book = bearings.book
    older = book[:, T_NS] + book[:, SENSOR] * 7_368_787 + book[:, ROW] * 104_729
    key = plots + book[chosen.fresh, ROW] + plots * (older[chosen.older] % KEY_SPAN)
    rows = np.flatnonzero(~taken & (existence >= rules.crossing_existence_min))
    key, first = np.unique(key[rows], return_index=True)
    rows = rows[first]
    fresh, older, mean, cov, modes, _ = chosen
    return Crossings(fresh[rows], older[rows], mean[rows], cov[rows], modes[rows], existence[rows]), key


@twin_of(started)
def started_compiled(
    chosen: Crossings, bearings: Bearings, taken: Flags, existence: Array, plots: int, rules: Rules
) -> tuple[Crossings, Index]:
    """The twin of `started`."""
    book, count = bearings.book, 0
    rows, keys = np.empty(len(taken), np.int64), np.empty(len(taken), np.int64)
    for c in range(len(taken)):
        if taken[c] or not existence[c] >= rules.crossing_existence_min:
            continue
        b = chosen.older[c]
        older = book[b, T_NS] + book[b, SENSOR] * 7_368_787 + book[b, ROW] * 104_729
        key = plots + book[chosen.fresh[c], ROW] + plots * (older % KEY_SPAN)
        at = count
        while at > 0 and keys[at - 1] > key:
            at -= 1
        if at > 0 and keys[at - 1] == key:
            continue
        for k in range(count, at, -1):
            keys[k], rows[k] = keys[k - 1], rows[k - 1]
        keys[at], rows[at] = key, c
        count += 1
    left = Crossings(chosen.fresh, chosen.older, chosen.mean, chosen.cov, chosen.modes, existence)
    return these(left, rows[:count]), keys[:count].copy()
