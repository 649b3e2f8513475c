"""How long errors and misses of a sensor stay alike, learned from its looks.

Of confirmed tracks, the errors and misses of a look are compared with those of half a second before. Their
correlation says how long they last. Errors here are innovations over the plot's stated errors: a track
that many looks have made follows each of them but little.
"""

from math import exp, log

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both
from marsad.tracking.records import Look
from marsad.tracking.store import CONFIRMED, LAST_T_NS, TRACK_ID, Tracks
from marsad.tracking.ties import COMPARED, Tied

Array = NDArray[np.float64]
Index = NDArray[np.int64]

APART_NS = 500e6  # looks that are compared are so far apart …
APART_MAX_NS = 2e9  # … and no farther
SUPPORT_NS = 1_500_000_000  # a miss says something of the sensor where any saw the object so lately
SEEN_NS = 30e9  # what the sensor has not seen for so long tells nothing of it
EXISTS = 0.9  # nor does what may not be there
COMPARED_MAX = 64  # tracks of a look that are compared
PRIOR_PAIRS = 20.0  # what the assumed times count
MEMORY_PAIRS = 2000.0  # what the sums reach back
CORRELATION_MIN = 0.15  # less is what the tracks' own lag looks like
ERROR_MAX_S, MISS_MAX_S = 15.0, 30.0
SEEN, ERRORS = 2, 3  # columns of what is compared, after id and time


@both
def compare_looks(
    tracks: Tracks, expected: Array, look: Look, own_track: Index, own_plot: Index, detect: Array
) -> Array:
    """What a look teaches of how looks hang together: sums in row one, then what later ones compare with.

    Before any plot is taken in. expected (n, M, K) of the tracks whose plots (k,) own_track and own_plot are;
    detect (n,) that the sensor reports each.
    """
    ties, t_ns, values, sigmas = look.ties, look.t_ns, look.values, look.sigmas
    n, known, old = len(tracks.existence), len(ties.compared), ties.compared
    result = np.zeros((1 + known + min(n, COMPARED_MAX), COMPARED))
    plot_of = np.full(n, -1)
    for k in range(len(own_track)):
        plot_of[own_track[k]] = own_plot[k]
    waits, rows, used = np.ones(known, np.bool_), 1, min(values.shape[1], 3)
    for i in range(n):
        if rows > COMPARED_MAX:
            break
        since_ns = t_ns - tracks.seen_ns[i, look.column]
        if tracks.book[i, CONFIRMED] == 0 or tracks.existence[i] < EXISTS or since_ns > SEEN_NS:
            continue
        seen = 1.0 if plot_of[i] >= 0 else -1.0
        charged = not look.partial and detect[i] > 0.05
        if seen < 0.0 and charged and t_ns - tracks.book[i, LAST_T_NS] < SUPPORT_NS:
            seen = 0.0
        if seen < 0.0:
            continue
        before = -1
        for k in range(known):
            if old[k, 0] == tracks.book[i, TRACK_ID]:
                before = k
        if before >= 0:
            waits[before] = False
            apart = t_ns - old[before, 1]
            if apart < APART_NS:
                for a in range(COMPARED):
                    result[rows, a] = old[before, a]
                rows += 1
                continue
        result[rows, 0], result[rows, 1], result[rows, SEEN] = tracks.book[i, TRACK_ID], t_ns, seen
        for a in range(3):
            result[rows, ERRORS + a] = np.nan
        if seen > 0.0:
            for a in range(used):
                off = _off(tracks.modes[i], expected[i], values, sigmas, plot_of[i], a, look.polar)
                result[rows, ERRORS + a] = off
        if before >= 0 and t_ns - old[before, 1] <= APART_MAX_NS:
            _learn(result[0], old[before], result[rows], (t_ns - old[before, 1]) * 1e-9, charged)
        rows += 1
    for k in range(known):
        if waits[k] and t_ns - old[k, 1] < APART_MAX_NS and rows <= COMPARED_MAX:
            for a in range(COMPARED):
                result[rows, a] = old[k, a]
            rows += 1
    return result[:rows]


@both
def _off(modes: Array, expected: Array, values: Array, sigmas: Array, j: int, a: int, polar: bool) -> float:
    """How far a plot's number lies from what is expected, over its stated error; NaN if not measured."""
    off = 0.0
    for m in range(len(modes)):
        apart = values[j, a] - expected[m, a]
        if polar and a > 0:
            apart = (apart + np.pi) % (2 * np.pi) - np.pi
        off += modes[m] * apart
    return float(off / sigmas[j, a])


@both
def _learn(sums: Array, before: Array, now: Array, apart_s: float, charged: bool) -> None:
    """Add a pair of looks to the sums."""
    for a in range(3):
        first, second = before[ERRORS + a], now[ERRORS + a]
        if not np.isnan(first + second):
            sums[0] += first * second
            sums[1] += (first**2 + second**2) / 2
            sums[5] += apart_s * (first**2 + second**2) / 2
    if charged:
        sums[2] += (before[SEEN] + now[SEEN]) / 2
        sums[3] += before[SEEN] * now[SEEN]
        sums[4] += 1.0


def learned(tied: Tied, compared: Array, error_s: float | None, miss_s: float | None) -> Tied:
    """What is known after one more look; compared: of `compare_looks`.

    error_s, miss_s: what is assumed of the sensor; None where the site has said it, which stays.
    """
    if len(compared) == 0:
        return tied
    fresh = compared[0].tolist()
    pairs = fresh[1] + fresh[4]
    if pairs == 0:
        return tied._replace(compared=compared[1:])
    kept = 1 - min(pairs / MEMORY_PAIRS, 0.5)
    sums = tuple(kept * old + new for old, new in zip(tied.sums, fresh, strict=True))
    together, square, seen, twice, looks, apart = sums
    error_lasts_s, miss_lasts_s = tied.error_s, tied.miss_s
    if error_s is not None and square > 0:
        apart_s = apart / square
        prior = PRIOR_PAIRS * _alike(apart_s, error_s)
        error_lasts_s = _lasting_s((together + prior) / (square + PRIOR_PAIRS), apart_s, ERROR_MAX_S)
    if miss_s is not None and looks > 0:
        share, apart_s = seen / looks, APART_NS * 1e-9
        chance, joint = share * (1 - share) * looks, twice - share**2 * looks
        prior = PRIOR_PAIRS * _alike(apart_s, miss_s)
        miss_lasts_s = _lasting_s((4 * joint + prior) / (4 * chance + PRIOR_PAIRS), apart_s, MISS_MAX_S)
    return Tied(error_lasts_s, miss_lasts_s, sums, compared[1:])


def _alike(apart_s: float, lasts_s: float) -> float:
    return exp(-apart_s / lasts_s) if lasts_s > 0 else 0.0


def _lasting_s(correlation: float, apart_s: float, longest_s: float) -> float:
    """The time over which what correlates so much over apart_s stays alike."""
    if correlation < CORRELATION_MIN:
        return 0.0
    return min(apart_s / -log(min(correlation, 1 - 1e-6)), longest_s)
