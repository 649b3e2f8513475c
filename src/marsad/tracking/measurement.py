"""What a sensor would measure of each track, and how well each plot fits: kernels and twins.

A plot is six numbers (see `marsad.model.detection.Measurement`); K of them are used: polar 4
[range_m, azimuth_rad, elevation_rad, range_rate_mps], position d. NaN = not measured.

`project` carries tracks into measurement space once per scan; `score` compares pairs there.
Polar projection is a second-order extended Kalman filter in range and range rate (Bar-Shalom, Li,
Kirubarajan (2001), §10.3.2): the curvature of a wide cross-range error biases and blurs both.
Azimuth and elevation are linearised.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel

Array = NDArray[np.float64]
Index = NDArray[np.int64]

LOG_TWO_PI = float(np.log(2 * np.pi))
NEAREST_M = 1.0  # a track closer to the sensor than this is treated as this far away


def project_position(mean: Array, cov: Array) -> tuple[Array, Array, Array]:
    """Expected plot (n, M, d), its covariance with the state (n, M, d, d) and with itself."""
    return mean, cov, cov


def project_polar(mean: Array, cov: Array, origin: Array, rotation: Array) -> tuple[Array, Array, Array]:
    """Expected plot (n, M, 4), its covariance with the state (n, M, d, 4), with itself (n, M, 4, 4).

    origin (3,) and rotation (3, 3): the sensor's place and axes in site ENU. In two dimensions
    heights are taken as the sensor's own.
    """
    d = mean.shape[-1]
    axes = d // 2
    offset = np.zeros((*mean.shape[:2], 3))
    velocity = np.zeros_like(offset)
    offset[..., :axes] = mean[..., :axes] - origin[:axes]
    velocity[..., :axes] = mean[..., axes:]
    seen, speed = offset @ rotation, velocity @ rotation
    east, north, up = np.moveaxis(seen, -1, 0)
    ground = np.maximum(np.hypot(east, north), NEAREST_M)
    distance = np.hypot(ground, up)
    line = seen / distance[..., None]
    rate = (line * speed).sum(-1)
    expected = np.stack([distance, np.arctan2(east, north), np.arctan2(up, ground), rate], -1)

    slope = np.zeros((*mean.shape[:2], 4, 6))
    zero = np.zeros_like(east)
    slope[..., 0, :3] = line
    slope[..., 1, :3] = np.stack([north, -east, zero], -1) / ground[..., None] ** 2
    slope[..., 2, :3] = np.stack([-east * up / ground, -north * up / ground, ground], -1)
    slope[..., 2, :3] /= distance[..., None] ** 2
    slope[..., 3, :3] = (speed - rate[..., None] * line) / distance[..., None]
    slope[..., 3, 3:] = line
    slope = np.concatenate([slope[..., :3] @ rotation.T, slope[..., 3:] @ rotation.T], -1)
    slope = slope[..., [*range(axes), *range(3, 3 + axes)]]
    if axes == 2:
        slope[..., 2, :] = 0.0
    cross = cov @ np.swapaxes(slope, -1, -2)
    spread = slope @ cross

    line = (line @ rotation.T)[..., :axes]
    across = np.eye(axes) - line[..., :, None] * line[..., None, :]
    place = across @ cov[..., :axes, :axes]
    mixed = across @ cov[..., :axes, axes:]
    motion = across @ cov[..., axes:, axes:]
    expected[..., 0] += np.trace(place, axis1=-2, axis2=-1) / (2 * distance)
    expected[..., 3] += np.trace(mixed, axis1=-2, axis2=-1) / distance
    spread[..., 0, 0] += _trace(place, place) / (2 * distance**2)
    spread[..., 3, 3] += np.maximum(_trace(place, motion) + _trace(mixed, mixed), 0) / distance**2
    return expected, cross, (spread + np.swapaxes(spread, -1, -2)) / 2


def _trace(first: Array, second: Array) -> Array:
    """Trace of the product of (…, k, k) matrices."""
    return np.asarray(np.einsum("...ij,...ji->...", first, second))


@kernel
def project_polar_compiled(
    mean: Array, cov: Array, origin: Array, rotation: Array
) -> tuple[Array, Array, Array]:
    """The twin of `project_polar`."""
    n, count, d = mean.shape
    axes = d // 2
    expected = np.empty((n, count, 4))
    cross = np.empty((n, count, d, 4))
    spread = np.empty((n, count, 4, 4))
    seen, speed, line = np.empty(3), np.empty(3), np.empty(3)
    local = np.zeros((4, 6))
    slope = np.zeros((4, d))
    across = np.empty((axes, axes))
    place, mixed, motion = np.empty((axes, axes)), np.empty((axes, axes)), np.empty((axes, axes))
    for i in range(n):
        for m in range(count):
            for a in range(3):
                seen[a] = 0.0
                speed[a] = 0.0
                for b in range(axes):
                    seen[a] += (mean[i, m, b] - origin[b]) * rotation[b, a]
                    speed[a] += mean[i, m, axes + b] * rotation[b, a]
            ground = max(np.hypot(seen[0], seen[1]), 1.0)  # NEAREST_M
            distance = np.hypot(ground, seen[2])
            rate = 0.0
            for a in range(3):
                line[a] = seen[a] / distance
                rate += line[a] * speed[a]
            expected[i, m, 0] = distance
            expected[i, m, 1] = np.arctan2(seen[0], seen[1])
            expected[i, m, 2] = np.arctan2(seen[2], ground)
            expected[i, m, 3] = rate
            for a in range(3):
                local[0, a] = line[a]
                local[3, a] = (speed[a] - rate * line[a]) / distance
                local[3, 3 + a] = line[a]
            local[1, 0], local[1, 1] = seen[1] / ground**2, -seen[0] / ground**2
            local[2, 0] = -seen[0] * seen[2] / ground / distance**2
            local[2, 1] = -seen[1] * seen[2] / ground / distance**2
            local[2, 2] = ground / distance**2
            for k in range(4):
                for b in range(axes):
                    slope[k, b] = 0.0
                    slope[k, axes + b] = 0.0
                    if axes == 2 and k == 2:
                        continue
                    for a in range(3):
                        slope[k, b] += local[k, a] * rotation[b, a]
                        slope[k, axes + b] += local[k, 3 + a] * rotation[b, a]
            for a in range(d):
                for k in range(4):
                    value = 0.0
                    for b in range(d):
                        value += cov[i, m, a, b] * slope[k, b]
                    cross[i, m, a, k] = value
            for k in range(4):
                for q in range(k, 4):
                    value = 0.0
                    for a in range(d):
                        value += slope[k, a] * cross[i, m, a, q]
                    spread[i, m, k, q] = value
                    spread[i, m, q, k] = value
            # slope[0] is the line of sight in site axes
            for a in range(axes):
                for b in range(axes):
                    across[a, b] = (1.0 if a == b else 0.0) - slope[0, a] * slope[0, b]
            for a in range(axes):
                for b in range(axes):
                    place[a, b] = 0.0
                    mixed[a, b] = 0.0
                    motion[a, b] = 0.0
                    for e in range(axes):
                        place[a, b] += across[a, e] * cov[i, m, e, b]
                        mixed[a, b] += across[a, e] * cov[i, m, e, axes + b]
                        motion[a, b] += across[a, e] * cov[i, m, axes + e, axes + b]
            square, product = 0.0, 0.0
            for a in range(axes):
                expected[i, m, 0] += place[a, a] / (2 * distance)
                expected[i, m, 3] += mixed[a, a] / distance
                for b in range(axes):
                    square += place[a, b] * place[b, a]
                    product += place[a, b] * motion[b, a] + mixed[a, b] * mixed[b, a]
            spread[i, m, 0, 0] += square / (2 * distance**2)
            spread[i, m, 3, 3] += max(product, 0.0) / distance**2
    return expected, cross, spread


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
    """Log-likelihood (E, M) of each pair under each model and the least squared distance (E,).

    values, sigmas (m, K); densities are per unit of what was measured.
    """
    measured = ~np.isnan(values[edge_plot])[:, None, :]
    apart = innovations(values[edge_plot][:, None, :], expected[edge_track], polar)
    apart = np.where(measured, apart, 0.0)
    scatter = masked_spread(spread[edge_track], sigmas[edge_plot][:, None, :], measured)
    square = (apart * np.linalg.solve(scatter, apart[..., None])[..., 0]).sum(-1)
    log_det = np.linalg.slogdet(scatter)[1]
    likelihood = -(square + log_det + measured.sum(-1) * LOG_TWO_PI) / 2
    return likelihood, square.min(-1) if len(square) else np.empty(0)


@kernel
def score_compiled(
    edge_track: Index,
    edge_plot: Index,
    expected: Array,
    spread: Array,
    values: Array,
    sigmas: Array,
    polar: bool,
) -> tuple[Array, Array]:
    """The twin of `score`: a Cholesky factor of the measured rows, no allocation per pair."""
    edges, count, size = len(edge_track), expected.shape[1], values.shape[1]
    likelihood = np.empty((edges, count))
    least = np.empty(edges)
    row = np.empty(size, np.int64)
    factor = np.empty((size, size))
    white = np.empty(size)
    for e in range(edges):
        i, j = edge_track[e], edge_plot[e]
        used = 0
        for k in range(size):
            if not np.isnan(values[j, k]):
                row[used] = k
                used += 1
        least[e] = np.inf
        for m in range(count):
            square, log_det = 0.0, 0.0
            for a in range(used):
                k = row[a]
                apart = values[j, k] - expected[i, m, k]
                if polar and (k == 1 or k == 2):
                    apart = (apart + np.pi) % (2 * np.pi) - np.pi
                for b in range(a + 1):
                    value = spread[i, m, k, row[b]]
                    if a == b:
                        value += sigmas[j, k] ** 2
                    for c in range(b):
                        value -= factor[a, c] * factor[b, c]
                    factor[a, b] = np.sqrt(value) if a == b else value / factor[b, b]
                for c in range(a):
                    apart -= factor[a, c] * white[c]
                white[a] = apart / factor[a, a]
                square += white[a] ** 2
                log_det += 2 * np.log(factor[a, a])
            likelihood[e, m] = -(square + log_det + used * 1.8378770664093453) / 2  # log 2 pi
            least[e] = min(least[e], square)
    return likelihood, least


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
    """The pairs inside the gate with `score` (E, M) and its log mean over models (E,).

    gates (K+1,)  squared sigmas by how many numbers a plot has; owner (m,) the track whose label
    a plot carries, -1 none: its gate is `widening` times as large. Last, plots outside even that.
    """
    likelihood, square = score(edge_track, edge_plot, expected, spread, values, sigmas, polar)
    limit = gates[(~np.isnan(values)).sum(1)][edge_plot]
    owned = owner[edge_plot] == edge_track
    limit = np.where(owned, limit * widening, limit)
    inside = square <= limit
    broken = edge_plot[owned & ~inside]
    track, plot, likelihood = edge_track[inside], edge_plot[inside], likelihood[inside]
    joint = likelihood + np.log(modes)[track]
    top = joint.max(1) if len(joint) else np.empty(0)
    return track, plot, likelihood, top + np.log(np.exp(joint - top[:, None]).sum(1)), broken


@kernel
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
    likelihood, square = score_compiled(edge_track, edge_plot, expected, spread, values, sigmas, polar)
    edges, count = likelihood.shape
    track, plot = np.empty(edges, np.int64), np.empty(edges, np.int64)
    joint, broken = np.empty(edges), np.empty(edges, np.int64)
    kept, wrong = 0, 0
    for e in range(edges):
        i, j = edge_track[e], edge_plot[e]
        used = 0
        for k in range(values.shape[1]):
            used += 0 if np.isnan(values[j, k]) else 1
        limit = gates[used] * (widening if owner[j] == i else 1.0)
        if not square[e] <= limit:
            if owner[j] == i:
                broken[wrong] = j
                wrong += 1
            continue
        top, total = -np.inf, 0.0
        for m in range(count):
            likelihood[kept, m] = likelihood[e, m]
            top = max(top, likelihood[e, m] + np.log(modes[i, m]))
        for m in range(count):
            total += np.exp(likelihood[kept, m] + np.log(modes[i, m]) - top)
        track[kept], plot[kept], joint[kept] = i, j, top + np.log(total)
        kept += 1
    return (
        track[:kept].copy(),
        plot[:kept].copy(),
        likelihood[:kept].copy(),
        joint[:kept].copy(),
        broken[:wrong].copy(),
    )
