"""Which young tracks fly so close beside others that a scan may give one the plot of the other."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both
from marsad.tracking.grid import beside, touching
from marsad.tracking.mixture import combine_rows
from marsad.tracking.motion import Axes
from marsad.tracking.store import UPDATES, Tracks

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

YOUNG_PLOTS = 16  # a track with more knows its velocity, and single scans decide
LIKELY = 0.5  # existence from which a track contends
CONTEND_SIGMAS = 6.0  # a young track closer than this to another is in contention
ALIKE_SIGMAS = 7.0  # those whose velocities differ by more only met; fewer would miss swapped plots
REACH_SIGMAS = 8.0  # tracks closer than this may have each other's plots
PAIRS = 100_000  # of tracks that contend, at most


class Contention(NamedTuple):
    """Who contends after a scan.

    placed      its plots are places and nothing else; sigma_m  of them
    rows (c,)   of young tracks beside others that may fly as they do, and of all tracks near them
    young (c,)  which are the former
    """

    placed: bool
    sigma_m: float
    rows: Index
    young: Flags


@both
def contending(values: Array, sigmas: Array, polar: bool, tracks: Tracks, axes: Axes) -> Contention:
    """Who contends after a scan with plots values, sigmas (m, d)."""
    none, k, total, placed = np.empty(0, np.int64), len(axes), 0.0, not polar
    if placed:
        for j in range(len(values)):
            for a in range(2 * k):
                placed &= np.isnan(values[j, a]) == (a >= k)
            total += sigmas[j, 0] ** 2 + sigmas[j, 1] ** 2
    updates, likely = tracks.book[:, UPDATES], np.flatnonzero(tracks.existence > LIKELY)
    new = likely[(updates[likely] >= 2) & (updates[likely] <= YOUNG_PLOTS)]
    if not placed or len(new) == 0 or len(likely) < 2 or len(values) == 0:
        return Contention(placed, 0.0, none, none > 0)
    # of the first model, which tells near from far as well as the mixture
    place, square = tracks.mean[:, 0, :2], total / (2 * len(values))
    circles, points = np.full(len(new), CONTEND_SIGMAS**2 * square), np.zeros(len(likely))
    first, second, _ = touching(place[new], np.zeros(len(new)), circles, place[likely], points, PAIRS)
    one, other = new[first], likely[second]
    met, young = one != other, np.zeros(len(place), np.bool_)
    one, other = one[met], other[met]
    young[one[alike(tracks, one, other, axes)]] = True
    rows = np.flatnonzero(beside(place[young], place, REACH_SIGMAS * np.sqrt(square)))
    return Contention(placed, np.sqrt(square), rows, young[rows])


@both
def alike(tracks: Tracks, one: Index, other: Index, axes: Axes) -> Flags:
    """Which pairs (e,) of tracks, given by the rows of both, may have one velocity.

    By squared distance in sigmas of both together (no unit), each taken for one Gaussian over all models.
    """
    k, side = len(axes), np.ones(len(one), np.bool_)
    mean, cov = combine_rows(tracks.mean, tracks.cov, tracks.modes, np.concatenate((one, other)), axes)
    for e in range(len(one)):
        f, square = e + len(one), 0.0
        for a in range(k, 2 * k):
            square += (mean[e, a] - mean[f, a]) ** 2 / (cov[e, a, a] + cov[f, a, a])
        side[e] = square < ALIKE_SIGMAS**2
    return side
