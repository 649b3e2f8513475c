"""Which young tracks fly so close beside others that a scan may give one the plot of the other."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both
from marsad.tracking.grid import beside, touching
from marsad.tracking.mixture import places
from marsad.tracking.motion import Axes
from marsad.tracking.store import UPDATES, Tracks

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

YOUNG_PLOTS = 16  # a track with more knows its velocity, and single scans decide
LIKELY = 0.5  # existence from which a track contends
CONTEND_SIGMAS = 6.0  # a young track closer than this to another is in contention
REACH_SIGMAS = 8.0  # tracks closer than this may have each other's plots
PAIRS = 100_000  # of tracks that contend, at most


class Contention(NamedTuple):
    """Who contends after a scan.

    placed      its plots are places and nothing else; sigma_m  of them
    rows (c,)   of young tracks beside others, and of all tracks near them; young (c,)  which are the former
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
    place, square = places(tracks.mean, tracks.modes, np.zeros(3)), total / (2 * len(values))
    circles, points = np.full(len(new), CONTEND_SIGMAS**2 * square), np.zeros(len(likely))
    first, second, _ = touching(
        place[new][:, :2], np.zeros(len(new)), circles, place[likely][:, :2], points, PAIRS
    )
    young = np.zeros(len(place), np.bool_)
    for e in range(len(first)):
        young[new[first[e]]] |= new[first[e]] != likely[second[e]]
    rows = np.flatnonzero(beside(place[young][:, :2], place[:, :2], REACH_SIGMAS * np.sqrt(square)))
    return Contention(placed, np.sqrt(square), rows, young[rows])
