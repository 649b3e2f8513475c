"""How well each plot fits what is expected of a track: kernels and twins.

A plot is six numbers (see `marsad.model.detection.Measurement`); K of them are used: polar 4
[range_m, azimuth_rad, elevation_rad, range_rate_mps], position d. NaN = not measured.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import part_of_kernel, twin_of
from marsad.tracking.motion import Axes

Array = NDArray[np.float64]
Index = NDArray[np.int64]

ROOT_TWO_PI = float(np.sqrt(2 * np.pi))
# lengths that compiled loops know
ONE, TWO, THREE, FOUR, FIVE, SIX = (0,), (0,) * 2, (0,) * 3, (0,) * 4, (0,) * 5, (0,) * 6


def innovations(values: Array, expected: Array, polar: bool) -> Array:
    """Plot minus expectation, angles wrapped into [-pi, pi); NaN where not measured."""
    apart = values - expected
    if polar:
        apart[..., 1:3] = (apart[..., 1:3] + np.pi) % (2 * np.pi) - np.pi
    return apart


def masked_spread(spread: Array, sigmas: Array, measured: NDArray[np.bool_]) -> Array:
    """Innovation covariance with unit rows for what was not measured: (…, K, K)."""
    both = measured[..., :, None] & measured[..., None, :]
    noise = np.where(measured, sigmas, 1.0) ** 2
    return np.where(both, spread, 0.0) + noise[..., :, None] * np.eye(noise.shape[-1])


def score(
    edge_track: Index,
    edge_plot: Index,
    expected: Array,
    spread: Array,
    values: Array,
    sigmas: Array,
    polar: bool,
) -> tuple[Array, Array]:
    """Density (E, M) of each pair's plot under each model and the least squared distance (E,).

    values, sigmas (m, K); densities are per unit of what was measured, and lack the factor
    exp(-least / 2), so that never all of them are too small to be a number.
    """
    measured = ~np.isnan(values[edge_plot])[:, None, :]
    apart = innovations(values[edge_plot][:, None, :], expected[edge_track], polar)
    apart = np.where(measured, apart, 0.0)
    scatter = masked_spread(spread[edge_track], sigmas[edge_plot][:, None, :], measured)
    square = (apart * np.linalg.solve(scatter, apart[..., None])[..., 0]).sum(-1)
    log_det = np.linalg.slogdet(scatter)[1]
    least = square.min(-1, initial=np.inf)
    log_scale = log_det / 2 + measured.sum(-1) * np.log(ROOT_TWO_PI)
    return np.exp((least[:, None] - square) / 2 - log_scale), least


def compare(
    edge_track: Index,
    edge_plot: Index,
    expected: Array,
    spread: Array,
    modes: Array,
    values: Array,
    sigmas: Array,
    polar: bool,
    gates: Array,
    owner: Index,
    widening: float,
) -> tuple[Index, Index, Array, Array, Index]:
    """The pairs inside the gate with `score` (E, M), and the mean density over models (E,).

    gates (K+1,)  squared sigmas by how many numbers a plot has; owner (m,) the track whose label
    a plot carries, -1 none: its gate is `widening` times as large. Last, plots outside even that.
    """
    density, square = score(edge_track, edge_plot, expected, spread, values, sigmas, polar)
    limit = gates[(~np.isnan(values)).sum(1)][edge_plot]
    owned = owner[edge_plot] == edge_track
    limit = np.where(owned, limit * widening, limit)
    inside = square <= limit
    track, plot, density = edge_track[inside], edge_plot[inside], density[inside]
    joint = (density * modes[track]).sum(1) * np.exp(-square[inside] / 2)
    return track, plot, density, joint, edge_plot[owned & ~inside]


@twin_of(compare)
def compare_compiled(
    edge_track: Index,
    edge_plot: Index,
    expected: Array,
    spread: Array,
    modes: Array,
    values: Array,
    sigmas: Array,
    polar: bool,
    gates: Array,
    owner: Index,
    widening: float,
) -> tuple[Index, Index, Array, Array, Index]:
    """The twin of `compare`."""
    edges, count, size = len(edge_track), modes.shape[1], values.shape[1]
    centres, spreads = expected.reshape((-1, size)), spread.reshape((-1, size * size))
    density, joint = np.empty((edges, count)), np.empty(edges)
    track, plot, broken = np.empty(edges, np.int64), np.empty(edges, np.int64), np.empty(edges, np.int64)
    columns, scratch = np.empty(size, np.int64), np.empty(PAIR)
    square = np.empty(count)
    kept, wrong = 0, 0
    for e in range(edges):
        i, j = edge_track[e], edge_plot[e]
        used, least = measured_columns(values, j, columns), np.inf
        for m in range(count):
            r = i * count + m
            square[m], density[kept, m] = whiten(
                centres, spreads, r, values, sigmas, j, columns, used, polar, scratch
            )
            least = min(least, square[m])
        if not least <= gates[used] * (widening if owner[j] == i else 1.0):
            if owner[j] == i:
                broken[wrong] = j
                wrong += 1
            continue
        scale = 1.0
        for _ in range(used):
            scale /= ROOT_TWO_PI
        track[kept], plot[kept], joint[kept] = i, j, 0.0
        for m in range(count):
            density[kept, m] *= scale
            if square[m] > least:
                density[kept, m] *= np.exp((least - square[m]) / 2)
            joint[kept] += density[kept, m] * modes[i, m]
        joint[kept] *= np.exp(-least / 2)
        kept += 1
    return track[:kept], plot[:kept], density[:kept], joint[:kept], broken[:wrong]


@part_of_kernel
def measured_columns(values: Array, j: int, columns: Index) -> int:
    """Write which columns plot j has; their number."""
    used = 0
    for k in range(values.shape[1]):
        if not np.isnan(values[j, k]):
            columns[used] = k
            used += 1
    return used


PAIR = 42  # of a pair's scratch: factor (6, 6) and innovation (6,)


@part_of_kernel
def whiten(
    centres: Array,
    spreads: Array,
    r: int,
    values: Array,
    sigmas: Array,
    j: int,
    columns: Index,
    used: int,
    polar: bool,
    scratch: Array,
) -> tuple[float, float]:
    """Squared distance of plot j from what is expected of row r, and 1 / sqrt(det S).

    Leaves S = L D L' and L^-1 of the innovation in the scratch: L by rows of six, with 1 / D on the
    diagonal, then the innovation.
    """
    if used == 2:
        return _factor(TWO, centres, spreads, r, values, sigmas, j, columns, polar, scratch)
    if used == 3:
        return _factor(THREE, centres, spreads, r, values, sigmas, j, columns, polar, scratch)
    if used == 4:
        return _factor(FOUR, centres, spreads, r, values, sigmas, j, columns, polar, scratch)
    if used == 1:
        return _factor(ONE, centres, spreads, r, values, sigmas, j, columns, polar, scratch)
    if used == 5:
        return _factor(FIVE, centres, spreads, r, values, sigmas, j, columns, polar, scratch)
    return _factor(SIX, centres, spreads, r, values, sigmas, j, columns, polar, scratch)


@part_of_kernel
def _factor(
    size: Axes,
    centres: Array,
    spreads: Array,
    r: int,
    values: Array,
    sigmas: Array,
    j: int,
    columns: Index,
    polar: bool,
    scratch: Array,
) -> tuple[float, float]:
    width, square, det = values.shape[1], 0.0, 1.0
    for a in range(len(size)):
        k = columns[a]
        pivot, apart = spreads[r, k * width + k] + sigmas[j, k] * sigmas[j, k], values[j, k] - centres[r, k]
        if polar and (k == 1 or k == 2):
            apart = (apart + np.pi) % (2 * np.pi) - np.pi
        for b in range(a):
            # here still L D, which the next rows need no more
            value = spreads[r, k * width + columns[b]]
            for c in range(b):
                value -= scratch[6 * a + c] * scratch[6 * b + c]
            scratch[6 * a + b] = value
        for b in range(a):
            value = scratch[6 * a + b] * scratch[7 * b]
            pivot -= value * scratch[6 * a + b]
            apart -= value * scratch[36 + b]
            scratch[6 * a + b] = value
        scratch[7 * a], scratch[36 + a] = 1 / pivot, apart
        square += apart * apart * scratch[7 * a]
        det *= pivot
    return square, 1 / np.sqrt(det)
