"""Which track-plot pairs are worth a closer look: circles in a plane that touch.

The plane is east-north for positions; for polar plots it is range times the direction of
azimuth, the same for tracks and plots, so that slant range needs no height and a bearing alone
becomes a point on the unit circle. The circles over-cover the exact gate, which follows.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel

Array = NDArray[np.float64]
Index = NDArray[np.int64]


def touching(
    track_xy: Array, track_radius: Array, plot_xy: Array, plot_radius: Array, limit: int
) -> tuple[Index, Index, int]:
    """Pairs (track, plot) whose circles touch, sorted by track then plot.

    If there would be more than `limit`, all track radii above a bound are cut to it, the bound
    being halved until the pairs fit; the third value counts the halvings.
    """
    radius, cuts = track_radius, 0
    while True:
        reach = radius[:, None] + plot_radius[None, :]
        apart = track_xy[:, None, :] - plot_xy[None, :, :]
        track, plot = np.nonzero(apart[..., 0] ** 2 + apart[..., 1] ** 2 <= reach**2)
        if len(track) <= limit or cuts >= 60:
            return track[:limit].astype(np.int64), plot[:limit].astype(np.int64), cuts
        cuts += 1
        radius = np.minimum(radius, track_radius.max() / 2**cuts)


@kernel
def touching_compiled(
    track_xy: Array, track_radius: Array, plot_xy: Array, plot_radius: Array, limit: int
) -> tuple[Index, Index, int]:
    """The twin of `touching`, linear in tracks, plots and pairs by a grid of about one plot a cell."""
    n, m = len(track_xy), len(plot_xy)
    if n == 0 or m == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64), 0
    low_x, high_x, low_y, high_y = np.inf, -np.inf, np.inf, -np.inf
    widest_plot, widest_track = 0.0, 0.0
    for j in range(m):
        low_x, high_x = min(low_x, plot_xy[j, 0]), max(high_x, plot_xy[j, 0])
        low_y, high_y = min(low_y, plot_xy[j, 1]), max(high_y, plot_xy[j, 1])
        widest_plot = max(widest_plot, plot_radius[j])
    for i in range(n):
        widest_track = max(widest_track, track_radius[i])
    side = int(np.sqrt(m)) + 1
    cell = max(max(high_x - low_x, high_y - low_y) / side, 1e-9)
    # counting sort of the plots by cell; within a cell they stay in order
    start = np.zeros(side * side + 1, np.int64)
    where = np.empty(m, np.int64)
    for j in range(m):
        column = min(int((plot_xy[j, 0] - low_x) / cell), side - 1)
        row = min(int((plot_xy[j, 1] - low_y) / cell), side - 1)
        where[j] = row * side + column
        start[where[j] + 1] += 1
    for c in range(side * side):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    order = np.empty(m, np.int64)
    for j in range(m):
        order[fill[where[j]]] = j
        fill[where[j]] += 1
    cuts = 0
    bound = widest_track
    found = np.empty(min(limit, 8 * n + 64), np.int64)
    first = np.zeros(n + 1, np.int64)
    while True:
        total, full = 0, False
        for i in range(n):
            x, y, radius = track_xy[i, 0], track_xy[i, 1], min(track_radius[i], bound)
            box = radius + widest_plot
            west = max(int(max((x - box - low_x) / cell, -1.0)), 0)
            east = min(int(min((x + box - low_x) / cell, side + 1.0)), side - 1)
            south = max(int(max((y - box - low_y) / cell, -1.0)), 0)
            north = min(int(min((y + box - low_y) / cell, side + 1.0)), side - 1)
            outside = x + box < low_x or y + box < low_y or west > east or south > north
            begin = total
            if not outside:
                for row in range(south, north + 1):
                    for k in range(start[row * side + west], start[row * side + east + 1]):
                        j = order[k]
                        reach = radius + plot_radius[j]
                        if (x - plot_xy[j, 0]) ** 2 + (y - plot_xy[j, 1]) ** 2 <= reach**2:
                            if total == len(found):
                                if total >= limit:
                                    full = True
                                    break
                                larger = np.empty(min(limit, 2 * total), np.int64)
                                larger[:total] = found
                                found = larger
                            found[total] = j
                            total += 1
                    if full:
                        break
            if total - begin > 1:
                found[begin:total].sort()
            first[i + 1] = total
            if full:
                for rest in range(i + 1, n):
                    first[rest + 1] = total
                break
        if not full or cuts >= 60:
            break
        cuts += 1
        bound = widest_track / 2.0**cuts
    track = np.empty(total, np.int64)
    for i in range(n):
        track[first[i] : first[i + 1]] = i
    return track, found[:total].copy(), cuts
