"""Circles in a plane that touch, by a grid; and a stable order."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel, part_of_kernel, twin_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

SQUARES = 64  # a side, of the ground folded upon itself; a power of two


def touching(
    track_xy: Array, track_offset: Array, track_square: Array, plot_xy: Array, plot_square: Array, limit: int
) -> tuple[Index, Index, int]:
    """Pairs (track, plot) not further apart than offset + sqrt(both squares), sorted by track then plot.

    Squares are those of radii, which add up like variances. Where a track has an offset, some a
    little further apart are among the pairs: all plots count as wide as the widest then. If there
    would be more than `limit`, all offsets and radii of tracks above a bound are cut to it, the
    bound being halved until the pairs fit; the third value counts the halvings.
    """
    offset, square, cuts = track_offset, track_square, 0
    while True:
        slack = offset**2 + 2 * offset * np.sqrt(square + plot_square.max(initial=0.0))
        apart = track_xy[:, None, :] - plot_xy[None, :, :]
        reach = (square + slack)[:, None] + plot_square[None, :]
        track, plot = np.nonzero(apart[..., 0] ** 2 + apart[..., 1] ** 2 <= reach)
        if len(track) <= limit or cuts >= 60:
            return track[:limit].astype(np.int64), plot[:limit].astype(np.int64), cuts
        cuts += 1
        bound = (track_offset + np.sqrt(track_square)).max() / 2**cuts
        offset, square = np.minimum(track_offset, bound), np.minimum(track_square, bound**2)


@twin_of(touching)
def touching_compiled(
    track_xy: Array, track_offset: Array, track_square: Array, plot_xy: Array, plot_square: Array, limit: int
) -> tuple[Index, Index, int]:
    """The twin of `touching`, linear in tracks, plots and pairs by a grid of about one plot a cell."""
    n, m = len(track_xy), len(plot_xy)
    if n == 0 or m == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64), 0
    start, order, place, corner, side, widest = _grid(plot_xy, plot_square)
    bound, cuts, most = np.inf, 0, 0.0
    found, first = np.empty(2 * n + 64, np.int64), np.zeros(n + 1, np.int64)
    while True:
        total = 0
        for i in range(n):
            if total <= limit:
                offset, square = min(track_offset[i], bound), min(track_square[i], bound**2)
                x, y, far = track_xy[i, 0], track_xy[i, 1], np.sqrt(square + widest)
                west, east, south, north = _box(x, y, offset + far, corner, side)
                square += offset * offset + 2 * offset * far
                begin = total
                for row in range(south, north + 1):
                    low, high = start[row * side + west], start[row * side + east + 1]
                    if total + high - low > len(found):
                        found = _longer(found, 2 * len(found) + high - low)
                    for k in range(low, high):
                        # written in any case, counted only if near: no guess for the processor to miss
                        apart_x, apart_y = x - place[k, 0], y - place[k, 1]
                        found[total] = order[k]
                        total += apart_x * apart_x + apart_y * apart_y <= square + place[k, 2]
                    if total > limit:
                        break
                _sort(found, begin, total)
            first[i + 1] = total
        if total <= limit or cuts >= 60:
            break
        if cuts == 0:
            for i in range(n):
                most = max(most, track_offset[i] + np.sqrt(track_square[i]))
        cuts += 1
        bound = most / 2.0**cuts
    total = min(total, limit)
    track = np.empty(total, np.int64)
    for i in range(n):
        for k in range(first[i], min(first[i + 1], total)):
            track[k] = i
    return track, found[:total], cuts


def beside(centre_xy: Array, place_xy: Array, reach_m: float) -> Flags:
    """Places (n,) less than reach_m from one of the centres (k, 2)."""
    apart = place_xy[:, None, :] - centre_xy[None, :, :]
    return np.asarray((apart[..., 0] ** 2 + apart[..., 1] ** 2 < reach_m * reach_m).any(1))


@twin_of(beside)
def beside_compiled(centre_xy: Array, place_xy: Array, reach_m: float) -> Flags:
    """The twin of `beside`: few places are near, and squares of the ground tell at once which may be."""
    marked, near = np.zeros((SQUARES, SQUARES), np.bool_), np.zeros(len(place_xy), np.bool_)
    size, square = max(reach_m, 1e-9), reach_m * reach_m
    for k in range(len(centre_xy)):
        column, row = int(np.floor(centre_xy[k, 0] / size)), int(np.floor(centre_xy[k, 1] / size))
        for east in range(column - 1, column + 2):
            for north in range(row - 1, row + 2):
                marked[east & (SQUARES - 1), north & (SQUARES - 1)] = True
    for j in range(len(place_xy)):
        column, row = int(np.floor(place_xy[j, 0] / size)), int(np.floor(place_xy[j, 1] / size))
        if marked[column & (SQUARES - 1), row & (SQUARES - 1)]:
            for k in range(len(centre_xy)):
                east, north = place_xy[j, 0] - centre_xy[k, 0], place_xy[j, 1] - centre_xy[k, 1]
                near[j] |= east * east + north * north < square
    return near


@kernel
def _grid(
    plot_xy: Array, plot_square: Array
) -> tuple[Index, Index, Array, tuple[float, float, float], int, float]:
    """Plots sorted by cell of a square grid, in their order within a cell.

    Where each cell starts, which plot each is, its place and square (m, 3); the grid's corner and
    cells per unit length, its cells per side, and the largest square.
    """
    m = len(plot_xy)
    low_x, high_x, low_y, high_y = np.inf, -np.inf, np.inf, -np.inf
    widest = 0.0
    for j in range(m):
        low_x, high_x = min(low_x, plot_xy[j, 0]), max(high_x, plot_xy[j, 0])
        low_y, high_y = min(low_y, plot_xy[j, 1]), max(high_y, plot_xy[j, 1])
        widest = max(widest, plot_square[j])
    side = int(np.sqrt(m)) + 1
    cells_per_length = 1 / max(max(high_x - low_x, high_y - low_y) / side, 1e-9)
    start = np.zeros(side * side + 2, np.int64)
    where, order, place = np.empty(m, np.int64), np.empty(m, np.int64), np.empty((m, 3))
    for j in range(m):
        column = min(int((plot_xy[j, 0] - low_x) * cells_per_length), side - 1)
        row = min(int((plot_xy[j, 1] - low_y) * cells_per_length), side - 1)
        where[j] = row * side + column
        start[where[j] + 2] += 1
    for c in range(side * side):
        start[c + 2] += start[c + 1]
    for j in range(m):
        k = start[where[j] + 1]
        order[k], place[k, 0], place[k, 1], place[k, 2] = j, plot_xy[j, 0], plot_xy[j, 1], plot_square[j]
        start[where[j] + 1] += 1
    return start, order, place, (low_x, low_y, cells_per_length), side, widest


@part_of_kernel
def _box(
    x: float, y: float, reach: float, corner: tuple[float, float, float], side: int
) -> tuple[int, int, int, int]:
    """Columns and rows, from and to, of the cells within reach; to < from if there are none."""
    last = side - 1.0
    west, east = (x - reach - corner[0]) * corner[2], (x + reach - corner[0]) * corner[2]
    south, north = (y - reach - corner[1]) * corner[2], (y + reach - corner[1]) * corner[2]
    # what lies in the last column and row may lie on their outer edge
    if not (east >= 0.0 and north >= 0.0 and west <= side and south <= side):
        return 0, 0, 0, -1
    return (
        int(min(max(west, 0.0), last)),
        int(min(east, last)),
        int(min(max(south, 0.0), last)),
        int(min(north, last)),
    )


@kernel
def _longer(found: Index, length: int) -> Index:
    longer = np.empty(length, np.int64)
    longer[: len(found)] = found
    return longer


@part_of_kernel
def _sort(found: Index, begin: int, end: int) -> None:
    """Sort a few by insertion."""
    for k in range(begin + 1, end):
        j = found[k]
        while k > begin and found[k - 1] > j:
            found[k] = found[k - 1]
            k -= 1
        found[k] = j


def order(values: Array) -> Index:
    """The rows of values (n,) from least to greatest, equal ones in their order."""
    return np.argsort(values, kind="stable")


@twin_of(order)
def order_compiled(values: Array) -> Index:
    """The twin of `order`: merges runs of doubling length."""
    n = len(values)
    rows, other, width = np.arange(n), np.empty(n, np.int64), 1
    while width < n:
        for start in range(0, n, 2 * width):
            middle, end = min(start + width, n), min(start + 2 * width, n)
            left, right = start, middle
            for k in range(start, end):
                if left < middle and (right == end or values[rows[left]] <= values[rows[right]]):
                    other[k] = rows[left]
                    left += 1
                else:
                    other[k] = rows[right]
                    right += 1
        rows, other = other, rows
        width *= 2
    return rows
