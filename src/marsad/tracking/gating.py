"""Which track-plot pairs are worth a closer look: circles in a plane that touch.

The plane is east-north for positions; for polar plots it is range times the direction of
azimuth, the same for tracks and plots, so that slant range needs no height and a bearing alone
becomes a point on the unit circle. A polar sensor knows range far better than direction, so that of its
pairs only those are left that fit in each by itself. All that over-covers the exact gate, which follows.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel, part_of_kernel, twin_of
from marsad.tracking.grid import order_compiled, touching, touching_compiled
from marsad.tracking.motion import Axes
from marsad.tracking.projection import NEAREST_M, project_polar

Array = NDArray[np.float64]
Index = NDArray[np.int64]


def candidates(
    mean: Array,
    cov: Array,
    values: Array,
    sigmas: Array,
    gate: float,
    polar: bool,
    origin: Array,
    rotation: Array,
    axes: Axes,
    limit: int,
) -> tuple[Index, Index, int]:
    """Pairs that may be inside the gate (squared sigmas), sorted by track then plot.

    Plots (m, K) of a sensor at origin with axes rotation. Plots that lack range or azimuth are
    compared in planes of their own. The third value counts how often gates were halved.
    """
    if not polar:
        middle, offset, square = _circle(mean[..., :2], gate * _widest(cov[..., :2, :2]))
        plots = values[:, :2], gate * sigmas[:, :2].max(1) ** 2
        return touching(middle, offset, square, *plots, limit)
    expected, _, spread = project_polar(mean, cov, origin, rotation, axes, np.arange(len(mean)))
    has_range, has_azimuth = ~np.isnan(values[:, 0]), ~np.isnan(values[:, 1])
    found, halvings = [], 0
    for ranged, directed in ((True, True), (False, True), (True, False)):
        rows = np.flatnonzero((has_range == ranged) & (has_azimuth == directed))
        if len(rows) == 0:
            continue
        centres, along, across = _plane(
            expected[..., 0], expected[..., 1], spread[..., 0, 0], spread[..., 1, 1], ranged, directed
        )
        seen, error = values[rows], sigmas[rows] ** 2
        place, *variances = _plane(seen[:, 0], seen[:, 1], error[:, 0], error[:, 1], ranged, directed)
        tracks = _circle(centres, gate * (along + across))
        track, plot, cuts = touching(*tracks, place, gate * np.maximum(*variances), limit)
        halvings += cuts
        fits = _fits(expected[track], spread[track], seen[plot], error[plot], gate)
        found.append((track[fits], rows[plot[fits]]))
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64), 0
    track, plot = np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
    order = np.lexsort((plot, track))
    return track[order], plot[order], halvings


def _fits(expected: Array, spread: Array, seen: Array, error: Array, gate: float) -> NDArray[np.bool_]:
    """Pairs (E,) that fit in range and in azimuth, each by itself, under one model at least.

    expected (E, M, 4), spread (E, M, 4, 4) of the track, seen, error (E, 4) values and variances of the
    plot. Of the angle between them the sine is compared, which is never larger.
    """
    along = (seen[:, None, 0] - expected[..., 0]) ** 2 <= gate * (spread[..., 0, 0] + error[:, None, 0])
    turn = seen[:, None, 1] - expected[..., 1]
    around = np.where(np.cos(turn) > 0, np.sin(turn) ** 2, 1.0)
    across = around <= gate * (np.minimum(spread[..., 1, 1], 4.0) + np.minimum(error[:, None, 1], 4.0))
    return np.asarray(((along | np.isnan(seen[:, None, 0])) & (across | np.isnan(seen[:, None, 1]))).any(1))


def _widest(cov: Array) -> Array:
    """At least the larger eigenvalue (…) of symmetric (…, 2, 2), by Gershgorin's circles."""
    return np.asarray(np.maximum(cov[..., 0, 0], cov[..., 1, 1]) + np.abs(cov[..., 0, 1]))


def _plane(
    distance: Array, azimuth: Array, distance_var: Array, azimuth_var: Array, ranged: bool, directed: bool
) -> tuple[Array, Array, Array]:
    """Place (…, 2) in the gating plane and the variances there, along the line of sight and across."""
    if not directed:
        return np.stack([distance, np.zeros_like(distance)], -1), distance_var, np.zeros_like(distance_var)
    if not ranged:
        distance, distance_var = np.ones_like(azimuth), np.zeros_like(azimuth)
    place = distance[..., None] * np.stack([np.sin(azimuth), np.cos(azimuth)], -1)
    # nothing is further round than the far side of the circle
    return place, distance_var, distance**2 * np.minimum(azimuth_var, 4.0)


def _circle(centres: Array, squares: Array) -> tuple[Array, Array, Array]:
    """One circle per track around those of its models, centres (n, M, 2), squared radii (n, M).

    Middle (n, 2), the furthest centre's distance from it, and the largest square.
    """
    middle = centres.mean(1)
    apart = np.hypot(*np.moveaxis(centres - middle[:, None], -1, 0))
    return middle, apart.max(1), squares.max(1)


@kernel
def _circles(mean: Array, cov: Array, gate: float) -> tuple[Array, Array, Array]:
    """The twin of `_circle` of places and `_widest` times the gate."""
    n, count, _ = mean.shape
    share = 1.0 / count
    middle, offset, widest = np.empty((n, 2)), np.empty(n), np.empty(n)
    for i in range(n):
        x, y = 0.0, 0.0
        for m in range(count):
            x += mean[i, m, 0] * share
            y += mean[i, m, 1] * share
        reach, apart = 0.0, 0.0
        for m in range(count):
            apart_x, apart_y = mean[i, m, 0] - x, mean[i, m, 1] - y
            apart = max(apart, apart_x * apart_x + apart_y * apart_y)
            reach = max(reach, max(cov[i, m, 0, 0], cov[i, m, 1, 1]) + abs(cov[i, m, 0, 1]))
        middle[i, 0], middle[i, 1], offset[i], widest[i] = x, y, np.sqrt(apart), gate * reach
    return middle, offset, widest


@kernel
def _glimpses(
    mean: Array, cov: Array, gate: float, origin: Array, rotation: Array, axes: Axes
) -> tuple[Array, Array]:
    """Per track and model, in rows: place in the gating planes and squared gate there.

    (n M, 3): east and north of the unit circle, then range; (n M, 2): squared gates in range and in azimuth.
    """
    n, count, d = mean.shape
    k = len(axes)
    states, spreads = mean.reshape((n * count, d)), cov.reshape((n * count, 4 * k * k))
    place, square = np.empty((n * count, 3)), np.empty((n * count, 2))
    for r in range(n * count):
        _glimpse(states, spreads, r, origin, rotation, axes, place, square)
        square[r, 0] *= gate
        square[r, 1] *= gate
    return place, square


@part_of_kernel
def _glimpse(
    states: Array,
    spreads: Array,
    r: int,
    origin: Array,
    rotation: Array,
    axes: Axes,
    place: Array,
    square: Array,
) -> None:
    """Direction, range, and their variances as `project_polar` gives them, and nothing else."""
    k = len(axes)
    d = 2 * k
    east, north, up = 0.0, 0.0, 0.0
    for b in range(k):
        apart = states[r, b] - origin[b]
        east += apart * rotation[b, 0]
        north += apart * rotation[b, 1]
        up += apart * rotation[b, 2]
    level = np.sqrt(east**2 + north**2)
    ground = max(level, NEAREST_M)
    distance = np.sqrt(ground**2 + up**2)
    along, around, wide, across, bent = 0.0, 0.0, 0.0, 0.0, 0.0
    for a in range(k):
        place_l, place_t = 0.0, 0.0
        line = (rotation[a, 0] * east + rotation[a, 1] * north + rotation[a, 2] * up) / distance
        turn = (rotation[a, 0] * north - rotation[a, 1] * east) / ground**2
        for b in range(k):
            line_b = (rotation[b, 0] * east + rotation[b, 1] * north + rotation[b, 2] * up) / distance
            turn_b = (rotation[b, 0] * north - rotation[b, 1] * east) / ground**2
            place_l += spreads[r, a * d + b] * line_b
            place_t += spreads[r, a * d + b] * turn_b
            bent += spreads[r, a * d + b] ** 2
        along += line * place_l
        around += turn * place_t
        across += place_l**2
        wide += spreads[r, a * d + a]
    bent += along**2 - 2 * across
    place[r, 0], place[r, 1] = (east / level, north / level) if level > 0.0 else (0.0, 1.0)
    place[r, 2] = distance + (wide - along) / (2 * distance)
    square[r, 0] = along + max(bent, 0.0) / (2 * distance**2)
    square[r, 1] = min(around, 4.0)


@part_of_kernel
def _has_fit(
    place: Array,
    square: Array,
    i: int,
    count: int,
    values: Array,
    sigmas: Array,
    j: int,
    sine: float,
    cosine: float,
    gate: float,
) -> bool:
    """The twin of `_fits`, of one pair, with sine and cosine of the plot's azimuth; NaN: it has none."""
    for r in range(i * count, (i + 1) * count):
        along = values[j, 0] - place[r, 2]
        if along * along > square[r, 0] + gate * sigmas[j, 0] ** 2:
            continue
        across = sine * place[r, 1] - cosine * place[r, 0]
        around = across * across if sine * place[r, 0] + cosine * place[r, 1] > 0.0 else 1.0
        if not np.isnan(sine) and around > square[r, 1] + gate * min(sigmas[j, 1] ** 2, 4.0):
            continue
        return True
    return False


@kernel
def _joined(
    place: Array, square: Array, count: int, ranged: bool, directed: bool
) -> tuple[Array, Array, Array]:
    """The twin of `_circle`, in one of the planes of a polar sensor."""
    n, share = len(place) // count, 1.0 / count
    middle, offset, widest = np.zeros((n, 2)), np.zeros(n), np.zeros(n)
    for i in range(n):
        for r in range(i * count, (i + 1) * count):
            x, y, _ = _in_plane(place, square, r, ranged, directed)
            middle[i, 0] += x * share
            middle[i, 1] += y * share
        for r in range(i * count, (i + 1) * count):
            x, y, reach = _in_plane(place, square, r, ranged, directed)
            apart_x, apart_y = x - middle[i, 0], y - middle[i, 1]
            offset[i] = max(offset[i], apart_x * apart_x + apart_y * apart_y)
            widest[i] = max(widest[i], reach)
        offset[i] = np.sqrt(offset[i])
    return middle, offset, widest


@part_of_kernel
def _in_plane(
    place: Array, square: Array, r: int, ranged: bool, directed: bool
) -> tuple[float, float, float]:
    """Where row r lies in a plane, and its squared radius there."""
    if not directed:
        return place[r, 2], 0.0, square[r, 0]
    if not ranged:
        return place[r, 0], place[r, 1], square[r, 1]
    distance = place[r, 2]
    return distance * place[r, 0], distance * place[r, 1], square[r, 0] + distance**2 * square[r, 1]


@kernel
def _plots_in_plane(
    values: Array, sigmas: Array, gate: float, polar: bool, ranged: bool, directed: bool
) -> tuple[Array, Array, Index]:
    """Places, squared radii and numbers of the plots that belong into a plane."""
    m, used = len(values), 0
    place, square, rows = np.empty((m, 2)), np.empty(m), np.empty(m, np.int64)
    for j in range(m):
        if not polar:
            place[used, 0], place[used, 1] = values[j, 0], values[j, 1]
            square[used] = gate * max(sigmas[j, 0], sigmas[j, 1]) ** 2
        elif np.isnan(values[j, 0]) == ranged or np.isnan(values[j, 1]) == directed:
            continue
        elif not directed:
            place[used, 0], place[used, 1] = values[j, 0], 0.0
            square[used] = gate * sigmas[j, 0] ** 2
        else:
            distance = values[j, 0] if ranged else 1.0
            place[used, 0] = distance * np.sin(values[j, 1])
            place[used, 1] = distance * np.cos(values[j, 1])
            along = sigmas[j, 0] ** 2 if ranged else 0.0
            square[used] = gate * max(along, distance**2 * min(sigmas[j, 1] ** 2, 4.0))
        rows[used] = j
        used += 1
    return place[:used], square[:used], rows[:used]


@kernel
def _merged(track: Index, plot: Index, first: Index, second: Index) -> tuple[Index, Index]:
    """Two sorted lists of pairs as one, without doubles."""
    total = len(track) + len(first)
    out_track, out_plot = np.empty(total, np.int64), np.empty(total, np.int64)
    a, b, e = 0, 0, 0
    while a < len(track) or b < len(first):
        left = b == len(first)
        if not left and a < len(track):
            left = track[a] < first[b] or (track[a] == first[b] and plot[a] <= second[b])
        if left:
            out_track[e], out_plot[e] = track[a], plot[a]
            if b < len(first) and track[a] == first[b] and plot[a] == second[b]:
                b += 1
            a += 1
        else:
            out_track[e], out_plot[e] = first[b], second[b]
            b += 1
        e += 1
    return out_track[:e], out_plot[:e]


@twin_of(candidates)
def candidates_compiled(
    mean: Array,
    cov: Array,
    values: Array,
    sigmas: Array,
    gate: float,
    polar: bool,
    origin: Array,
    rotation: Array,
    axes: Axes,
    limit: int,
) -> tuple[Index, Index, int]:
    """The twin of `candidates`; it projects no more of a track than the planes need."""
    if not polar:
        middle, offset, reach = _circles(mean, cov, gate)
        plot_place, plot_square, _ = _plots_in_plane(values, sigmas, gate, polar, True, True)
        return touching_compiled(middle, offset, reach, plot_place, plot_square, limit)
    track, plot = np.empty(0, np.int64), np.empty(0, np.int64)
    groups, halvings = 0, 0
    place, square = _glimpses(mean, cov, gate, origin, rotation, axes)
    for kind in range(3 if len(values) else 0):  # a length unknown when compiled keeps it from being unrolled
        ranged, directed = kind != 1, kind != 2
        plot_place, plot_square, rows = _plots_in_plane(values, sigmas, gate, polar, ranged, directed)
        if len(rows) == 0:
            continue
        middle, offset, reach = _joined(place, square, mean.shape[1], ranged, directed)
        first, second, cuts = touching_compiled(middle, offset, reach, plot_place, plot_square, limit)
        halvings += cuts
        fits = 0
        for e in range(len(second)):
            j, sine, cosine = rows[second[e]], np.nan, np.nan
            if directed:
                distance = values[j, 0] if ranged else 1.0
                sine, cosine = plot_place[second[e], 0] / distance, plot_place[second[e], 1] / distance
            if _has_fit(place, square, first[e], mean.shape[1], values, sigmas, j, sine, cosine, gate):
                first[fits], second[fits] = first[e], j
                fits += 1
        first, second = first[:fits], second[:fits]
        if groups == 0:
            track, plot = first, second
        else:
            track, plot = _merged(track, plot, first, second)
        groups += 1
    return track, plot, halvings


def with_claims(track: Index, plot: Index, owner: Index) -> tuple[Index, Index]:
    """Sorted pairs, and those of labelled plots (m,) with the tracks that own their labels (-1 none)."""
    claimed = np.flatnonzero(owner >= 0)
    key = np.unique(np.r_[track * len(owner) + plot, owner[claimed] * len(owner) + claimed])
    return key // len(owner), key % len(owner)


@twin_of(with_claims)
def with_claims_compiled(track: Index, plot: Index, owner: Index) -> tuple[Index, Index]:
    """The twin of `with_claims`."""
    m = len(owner)
    key, claimed = np.empty(m), 0
    for j in range(m):
        if owner[j] >= 0:
            key[claimed] = owner[j] * m + j
            claimed += 1
    if claimed == 0:
        return track, plot
    first, second = np.empty(claimed, np.int64), np.empty(claimed, np.int64)
    rows = order_compiled(key[:claimed])
    for k in range(claimed):
        first[k], second[k] = divmod(int(key[rows[k]]), m)
    return _merged(track, plot, first, second)
