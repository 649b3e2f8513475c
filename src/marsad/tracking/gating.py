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
            for k in range(begin + 1, total):  # few: an insertion sort
                j = found[k]
                while k > begin and found[k - 1] > j:
                    found[k] = found[k - 1]
                    k -= 1
                found[k] = j
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


def candidates(
    expected: Array, spread: Array, values: Array, sigmas: Array, gate: float, polar: bool, limit: int
) -> tuple[Index, Index, int]:
    """Pairs that may be inside the gate (squared sigmas), sorted by track then plot.

    Tracks as given by `measurement.project_…`, plots (m, K). Plots that lack range or azimuth are
    compared in planes of their own. The third value counts how often gates were halved.
    """
    if not polar:
        variance = spread[..., 0, 0] + spread[..., 1, 1]
        tracks = _circle(expected[..., :2], np.sqrt(gate * variance))
        return touching(*tracks, values[:, :2], np.sqrt(gate) * sigmas[:, :2].max(1), limit)
    has_range, has_azimuth = ~np.isnan(values[:, 0]), ~np.isnan(values[:, 1])
    found, halvings = [], 0
    for ranged, directed in ((True, True), (False, True), (True, False)):
        rows = np.flatnonzero((has_range == ranged) & (has_azimuth == directed))
        if len(rows) == 0:
            continue
        centres, radii = _plane(
            expected[..., 0], expected[..., 1], spread[..., 0, 0], spread[..., 1, 1], ranged, directed
        )
        seen, error = values[rows], sigmas[rows] ** 2
        place, radius = _plane(seen[:, 0], seen[:, 1], error[:, 0], error[:, 1], ranged, directed)
        tracks = _circle(centres, np.sqrt(gate) * radii)
        track, plot, cuts = touching(*tracks, place, np.sqrt(gate) * radius, limit)
        halvings += cuts
        found.append((track, rows[plot]))
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64), 0
    track, plot = np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
    order = np.lexsort((plot, track))
    return track[order], plot[order], halvings


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
    return middle, (apart + radii).max(1)


@kernel
def _circles_compiled(
    expected: Array, spread: Array, gate: float, polar: bool, ranged: bool, directed: bool
) -> tuple[Array, Array]:
    n, count = expected.shape[:2]
    middle, radius = np.zeros((n, 2)), np.zeros(n)
    place, reach = np.empty((count, 2)), np.empty(count)
    for i in range(n):
        for m in range(count):
            if not polar:
                place[m, 0], place[m, 1] = expected[i, m, 0], expected[i, m, 1]
                reach[m] = np.sqrt(gate * (spread[i, m, 0, 0] + spread[i, m, 1, 1]))
            elif not directed:
                place[m, 0], place[m, 1] = expected[i, m, 0], 0.0
                reach[m] = np.sqrt(gate * spread[i, m, 0, 0])
            else:
                distance = expected[i, m, 0] if ranged else 1.0
                place[m, 0] = distance * np.sin(expected[i, m, 1])
                place[m, 1] = distance * np.cos(expected[i, m, 1])
                along = spread[i, m, 0, 0] if ranged else 0.0
                reach[m] = np.sqrt(gate * (along + distance**2 * min(spread[i, m, 1, 1], 4.0)))
            middle[i, 0] += place[m, 0] / count
            middle[i, 1] += place[m, 1] / count
        for m in range(count):
            apart = np.hypot(place[m, 0] - middle[i, 0], place[m, 1] - middle[i, 1])
            radius[i] = max(radius[i], apart + reach[m])
    return middle, radius


@kernel
def _merged(track: Index, plot: Index, first: Index, second: Index) -> tuple[Index, Index]:
    """Two sorted lists of pairs as one."""
    total = len(track) + len(first)
    out_track, out_plot = np.empty(total, np.int64), np.empty(total, np.int64)
    a, b = 0, 0
    for e in range(total):
        left = b == len(first)
        if not left and a < len(track):
            left = track[a] < first[b] or (track[a] == first[b] and plot[a] < second[b])
        if left:
            out_track[e], out_plot[e] = track[a], plot[a]
            a += 1
        else:
            out_track[e], out_plot[e] = first[b], second[b]
            b += 1
    return out_track, out_plot


@kernel
def candidates_compiled(
    expected: Array, spread: Array, values: Array, sigmas: Array, gate: float, polar: bool, limit: int
) -> tuple[Index, Index, int]:
    """The twin of `candidates`."""
    m, root = len(values), np.sqrt(gate)
    place, radius, rows = np.empty((m, 2)), np.empty(m), np.empty(m, np.int64)
    track, plot = np.empty(0, np.int64), np.empty(0, np.int64)
    groups, halvings = 0, 0
    for kind in range(3 if polar else 1):  # a length unknown when compiled keeps it from being unrolled
        ranged, directed = kind != 1, kind != 2
        used = 0
        for j in range(m):
            if not polar:
                place[used, 0], place[used, 1] = values[j, 0], values[j, 1]
                radius[used] = root * max(sigmas[j, 0], sigmas[j, 1])
            elif np.isnan(values[j, 0]) == ranged or np.isnan(values[j, 1]) == directed:
                continue
            elif not directed:
                place[used, 0], place[used, 1] = values[j, 0], 0.0
                radius[used] = root * sigmas[j, 0]
            else:
                distance = values[j, 0] if ranged else 1.0
                place[used, 0] = distance * np.sin(values[j, 1])
                place[used, 1] = distance * np.cos(values[j, 1])
                along = sigmas[j, 0] ** 2 if ranged else 0.0
                radius[used] = root * np.sqrt(along + distance**2 * min(sigmas[j, 1] ** 2, 4.0))
            rows[used] = j
            used += 1
        if used == 0:
            continue
        middle, reach = _circles_compiled(expected, spread, gate, polar, ranged, directed)
        first, second, cuts = touching_compiled(middle, reach, place[:used], radius[:used], limit)
        halvings += cuts
        for e in range(len(second)):
            second[e] = rows[second[e]]
        if groups == 0:
            track, plot = first, second
        else:
            track, plot = _merged(track, plot, first, second)
        groups += 1
    return track, plot, halvings
