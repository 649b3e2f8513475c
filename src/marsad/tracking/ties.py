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

How long both last is learned: see `comparing`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both
from marsad.tracking.store import Tracks

Array = NDArray[np.float64]
Index = NDArray[np.int64]

CLEAR_HIT = 0.98  # an object in clear sight is reported so often
CLEAR_MIN = 1e-3  # no sight is believed blocked for good
WORTH_MIN = 1e-3  # plots closer in time than this share of τ are as good as one
COMPARED, SUMS = 6, 6  # columns of what is compared, and of what is summed up
HIDDEN_S = 60.0  # a spell that is no common one begins so rarely, and lasts


NOTHING_COMPARED: Array = np.empty((0, COMPARED))


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


INDEPENDENT = Ties(0.0, 0.0, 1.0, 0.0, False, NOTHING_COMPARED)


class Tied(NamedTuple):
    """What was learned of how a sensor's looks hang together. Never written into.

    error_s, miss_s  times over which errors and misses stay alike; 0: independent
    sums (SUMS,)     forgotten slowly: errors now times then, squares; seen then or now (mean), both, pairs of
                     these; seconds apart times all pairs
    compared         as in `Ties`
    """

    error_s: float
    miss_s: float
    sums: tuple[float, ...]
    compared: Array

    @staticmethod
    def of(error_s: float, miss_s: float) -> "Tied":
        """The beginning: what is assumed."""
        return Tied(error_s, miss_s, (0.0,) * SUMS, NOTHING_COMPARED)


@both
def sight_of(past: Tracks, column: int, detect: Array, able: float, ties: Ties) -> Array:
    """Probabilities (n, 4): that the sensor can see each track now, that it reports it then; that it can see
    such an object at all, and that its sight of it is clear, which make up the first.

    past: after its last look; detect (n,) that it reports each by its coverage; able: that it can see a new
    object at all.
    """
    sight = np.empty((len(detect), 4))
    for i in range(len(detect)):
        visible = past.visibility[i, column]
        visible -= ties.lost * max(visible - able, 0.0)
        clear = ties.clear + (past.clear[i, column] - ties.clear) * ties.stays
        sight[i, 0], sight[i, 1] = visible * clear, min(detect[i] / ties.clear, CLEAR_HIT)
        sight[i, 2], sight[i, 3] = visible, clear
    return sight


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
