"""Looks of one sensor that hang together: errors that stay alike, and misses that come in spells.

A camera errs ten times a second by the same haze, and what stands behind a mast is missed ten times a second.
Taken for independent, such looks make a track far too sure of where it is, or sure that it is gone.

*Errors.* Correlated exp(-T/τ) over T seconds, looks that far apart are each worth tanh(T / 2τ) of an
independent one (as in `correlated`; Box, Jenkins, Reinsel, Time Series Analysis, 4th ed., §2.1.6). A plot is
judged by its own errors, for they say how far off it may lie; what it moves its track by, and which motion
model it speaks for, is by what it is worth. T is the time since the sensor last saw that very track.

*Misses.* The sensor's sight of an object is a chain of two states, clear or blocked, that forgets its past
with exp(-T/τ) (Gilbert, Bell System Technical Journal 39, 1960; Elliott, ibid. 42, 1963). Blocked, it reports
nothing; clear, nearly always; so that both together come to the coverage's detection probability. The first
misses of a spell cost existence, for a spell rarely begins; the others cost next to nothing. Some spells are
far longer than most (a hill, a cloud): an object may become one that the sensor cannot see at all, so that
no silence of one sensor, however long, makes sure that what it once saw is gone.

*Learned.* Of confirmed tracks, errors and misses are compared with those of half a second before, per sensor.
Their correlation says how long they last. Errors here are innovations over the plot's stated errors: a track
that many looks have made follows each of them but little.
"""

from math import exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both
from marsad.tracking.store import CONFIRMED, LAST_T_NS, TRACK_ID, Tracks

Array = NDArray[np.float64]
Index = NDArray[np.int64]

CLEAR_HIT = 0.98  # an object in clear sight is reported so often
CLEAR_MIN = 1e-3  # no sight is believed blocked for good
WORTH_MIN = 1e-3  # plots closer in time than this share of τ are as good as one
APART_NS = 500e6  # looks that are compared are so far apart …
APART_MAX_NS = 2e9  # … and no farther
SUPPORT_NS = 1_500_000_000  # a miss says something of the sensor where any saw the object so lately
SEEN, ERRORS, SUMS = 2, 3, 6  # columns of what is compared, after id and time
COMPARED = ERRORS + 3
VISIBLE = 0.9  # what the sensor can see so surely tells of it
HIDDEN_S = 60.0  # a spell that is no common one begins so rarely, and lasts
COMPARED_MAX = 64  # tracks of a look that are compared
PRIOR_PAIRS = 20.0  # what the assumed times count
MEMORY_PAIRS = 2000.0  # what the sums reach back
CORRELATION_MIN = 0.15  # less is what the tracks' own lag looks like
ERROR_MAX_S, MISS_MAX_S = 15.0, 30.0


class Ties(NamedTuple):
    """How a look hangs together with earlier ones of its sensor.

    error_s    time over which errors stay alike, 0: independent
    stays      how much of its sight of an object is as at the last look, 0: independent
    clear      share of what it covers that it sees clearly, 1: all
    lost       probability that since the last look what it can see became as any object of its kind is
    learns     whether anything is to be learned of it
    compared (a, COMPARED)  of earlier looks, to learn from: track id, time (ns), 1 seen or 0 missed, errors
               of up to three numbers over the stated ones
    """

    error_s: float
    stays: float
    clear: float
    lost: float
    learns: bool
    compared: Array


class Tied(NamedTuple):
    """What was learned of how a sensor's looks hang together. Never written into.

    error_s, miss_s  times over which errors and misses stay alike; 0: independent
    sums (SUMS,)     forgotten slowly: errors now times then, squares; seen then or now (mean), both, pairs of
                     these; seconds apart times all pairs
    compared         as in `Ties`
    """

    error_s: float
    miss_s: float
    sums: Array
    compared: Array

    @staticmethod
    def of(error_s: float, miss_s: float) -> "Tied":
        """The beginning: what is assumed."""
        return Tied(error_s, miss_s, np.zeros(SUMS), np.empty((0, COMPARED)))


@both
def sight_of(
    visible: Array, clear: Array, detect: Array, able: float, ties: Ties
) -> tuple[Array, Array, Array, Array]:
    """Probability (n,) that the sensor can see each track now, that it reports it then; that it can see
    such an object at all, that its sight of it is clear.

    visible, clear (n,): these last two after its last look; detect (n,) by coverage; able: of a new object.
    """
    if ties.stays <= 0.0:
        return visible.copy(), detect.copy(), visible.copy(), np.ones(len(visible))
    still = visible - ties.lost * np.maximum(visible - able, 0.0)
    now = ties.clear + (clear - ties.clear) * ties.stays
    return still * now, np.minimum(detect / ties.clear, CLEAR_HIT), still, now


@both
def parted(
    visible: float, clear: float, detect: float, unseen: float, both_after: float
) -> tuple[float, float]:
    """That a sensor can see such an object at all, and that its sight is clear, after a look.

    both_after: that both hold; detect: what an absent plot is charged with; unseen: that there was none.
    """
    charged = visible * clear * detect
    after = unseen * visible * (1 - clear * detect) / (1 - charged) + 1 - unseen
    return after, min(max(both_after / after, CLEAR_MIN), 1.0)


@both
def discounted(
    track: Index,
    plot: Index,
    density: Array,
    values: Array,
    sigmas: Array,
    seen_ns: Array,
    t_ns: int,
    error_s: float,
) -> tuple[Index, Array, Array, Array]:
    """Plots, densities, values and sigmas of the pairs (E,), one plot for each, as what they are worth.

    seen_ns (n,): when the sensor last saw each track.
    """
    edges, size = len(track), values.shape[1]
    dense, more, errors = np.empty(density.shape), np.empty((edges, size)), np.empty((edges, size))
    for e in range(edges):
        apart = (t_ns - seen_ns[track[e]]) * 1e-9 / error_s
        worth = max(np.tanh(min(max(apart, 0.0), 40.0) / 2), WORTH_MIN)
        scale = 1 / np.sqrt(worth)
        for k in range(size):
            more[e, k], errors[e, k] = values[plot[e], k], sigmas[plot[e], k] * scale
        for m in range(density.shape[1]):
            dense[e, m] = density[e, m] ** worth
    return np.arange(edges), dense, more, errors


@both
def compare_looks(
    tracks: Tracks,
    expected: Array,
    values: Array,
    sigmas: Array,
    polar: bool,
    own_track: Index,
    own_plot: Index,
    visible: Array,
    detect: Array,
    t_ns: int,
    ties: Ties,
) -> Array:
    """What this look teaches of how looks hang together: sums in row one, then what later ones compare with.

    Before any plot is taken in. expected (n, M, K) of the tracks whose plots (k,) own_track and own_plot are;
    visible (n,) that the sensor can see the object at all, detect (n,) what an absent plot is charged with.
    """
    if not ties.learns:
        return np.empty((0, COMPARED))
    n, known, old = len(tracks.existence), len(ties.compared), ties.compared
    result = np.zeros((1 + known + min(n, COMPARED_MAX), COMPARED))
    plot_of = np.full(n, -1)
    for k in range(len(own_track)):
        plot_of[own_track[k]] = own_plot[k]
    waits, rows, used = np.ones(known, np.bool_), 1, min(values.shape[1], 3)
    for i in range(n):
        if rows > COMPARED_MAX:
            break
        if tracks.book[i, CONFIRMED] == 0 or tracks.existence[i] < 0.9 or visible[i] < VISIBLE:
            continue
        seen = 1.0 if plot_of[i] >= 0 else -1.0
        if seen < 0.0 and detect[i] > 0.05 and t_ns - tracks.book[i, LAST_T_NS] < SUPPORT_NS:
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
                off = _off(tracks.modes[i], expected[i], values, sigmas, plot_of[i], a, polar)
                result[rows, ERRORS + a] = off
        if before >= 0 and t_ns - old[before, 1] <= APART_MAX_NS:
            _learn(result[0], old[before], result[rows], (t_ns - old[before, 1]) * 1e-9, detect[i] > 0.0)
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
    fresh = compared[0]
    if not fresh[1] and not fresh[4]:
        return tied._replace(compared=compared[1:])
    sums = tied.sums * (1 - min((fresh[1] + fresh[4]) / MEMORY_PAIRS, 0.5)) + fresh
    found = tied._replace(sums=sums, compared=compared[1:])
    if error_s is not None and sums[1] > 0:
        apart_s = float(sums[5] / sums[1])
        prior = PRIOR_PAIRS * _alike(apart_s, error_s)
        found = found._replace(
            error_s=_lasting_s(float((sums[0] + prior) / (sums[1] + PRIOR_PAIRS)), apart_s, ERROR_MAX_S)
        )
    if miss_s is not None and sums[4] > 0:
        share = sums[2] / sums[4]
        chance, joint = share * (1 - share) * sums[4], sums[3] - share**2 * sums[4]
        apart_s = APART_NS * 1e-9
        prior = PRIOR_PAIRS * _alike(apart_s, miss_s)
        found = found._replace(
            miss_s=_lasting_s(float((4 * joint + prior) / (4 * chance + PRIOR_PAIRS)), apart_s, MISS_MAX_S)
        )
    return found


def _alike(apart_s: float, lasts_s: float) -> float:
    return exp(-apart_s / lasts_s) if lasts_s > 0 else 0.0


def _lasting_s(correlation: float, apart_s: float, longest_s: float) -> float:
    """The time over which what correlates so much over apart_s stays alike."""
    if correlation < CORRELATION_MIN:
        return 0.0
    return min(apart_s / -log(min(correlation, 1 - 1e-6)), longest_s)
