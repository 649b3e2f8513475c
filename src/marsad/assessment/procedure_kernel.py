"""Where tracks are in a site's procedures: the compiled twin of `procedure_places.placed`.

NumPy goes some sixty times over small arrays for it; here each track and segment is gone through once.
"""

from math import acos, degrees, hypot, sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

from marsad.kernel_files import keep_checked

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
_SOFT_M = 10.0  # as there
FIELDS = 5


@njit(nogil=True)
def _across(east: float, north: float, spread: Array) -> float:
    """Variance of a position along a direction, but for a sign, and that of no pilot's being exact."""
    mixed = east * east * spread[0, 0] - 2 * east * north * spread[0, 1] + north**2 * spread[1, 1]
    return float(max(mixed, 0.0) + _SOFT_M**2)


@njit(nogil=True)
def _outline(x: float, y: float, corners: Array, edges: Array, edge_m2: Array) -> float:
    """Distance of a place from an outline of corners (k,2), below 0 inside it."""
    least, inside = np.inf, False
    for k in range(len(corners)):
        to_x, to_y, dx, dy = corners[k, 0] - x, corners[k, 1] - y, edges[k, 0], edges[k, 1]
        part = min(max((to_x * dx + to_y * dy) / -edge_m2[k], 0.0), 1.0)
        least = min(least, (to_x + part * dx) ** 2 + (to_y + part * dy) ** 2)
        if (to_y > 0) != (to_y + dy > 0) and (to_x * dy - to_y * dx > 0) == (dy > 0):
            inside = not inside
    return -sqrt(least) if inside else sqrt(least)


@keep_checked
@njit(cache=True, nogil=True)
def places(
    position: Array,
    velocity: Array,
    covariance: Array,
    count: int,
    segments: Array,
    both_ways: NDArray[np.bool_],
    of_path: Indices,
    paths: Indices,
    grounds: Indices,
    corners: Array,
    edges: Array,
    edge_m2: Array,
) -> tuple[Array, Indices]:
    """What `placed` gives of n tracks (n,2), (n,2), (n,2,2) and `count` procedures: (5,n,p), segments (n,p).

    segments  (s,7) start, direction, length and both half widths of each
    of_path   (s,) its path; paths (q,) procedure of each path; grounds (g,) of each outline
    """
    found, nearest = np.zeros((FIELDS, len(position), count)), np.full((len(position), count), -1)
    for n in range(len(position)):
        x, y, east_mps, north_mps = position[n, 0], position[n, 1], velocity[n, 0], velocity[n, 1]
        speed = max(hypot(east_mps, north_mps), 1e-9)
        best = np.full(len(paths), np.inf)
        for s in range(len(segments)):
            east, north, length = segments[s, 2], segments[s, 3], segments[s, 4]
            to_x, to_y = x - segments[s, 0], y - segments[s, 1]
            along, aside = to_x * east + to_y * north, to_y * east - to_x * north
            part = min(max(along / length, 0.0), 1.0)
            away = hypot(aside, along - part * length)
            half = segments[s, 5] + part * (segments[s, 6] - segments[s, 5])
            path = of_path[s]
            if away / half <= best[path]:
                best[path], p = away / half, paths[path]
                found[0, n, p], found[1, n, p], found[4, n, p], nearest[n, p] = away, half, part, s
        for p in paths:
            s = nearest[n, p]
            if s < 0:
                continue
            east, north = segments[s, 2], segments[s, 3]
            cosine = (east_mps * east + north_mps * north) / speed
            cosine = abs(cosine) if both_ways[s] else cosine
            found[2, n, p] = sqrt(_across(north, east, covariance[n]))
            found[3, n, p] = degrees(acos(min(max(cosine, -1.0), 1.0)))
        for g in range(len(grounds)):
            spread = max(covariance[n, 0, 0] + covariance[n, 1, 1], 0.0) / 2
            found[0, n, grounds[g]] = _outline(x, y, corners[g], edges[g], edge_m2[g])
            found[2, n, grounds[g]] = sqrt(spread + _SOFT_M**2)
    return found, nearest
