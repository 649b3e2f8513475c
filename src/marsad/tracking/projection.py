"""What a sensor would measure of each track: kernel and twin.

A plot is six numbers (see `marsad.model.detection.Measurement`), of which a polar one has four:
[range_m, azimuth_rad, elevation_rad, range_rate_mps]. Polar projection is a second-order extended
Kalman filter in range and range rate (Bar-Shalom, Li, Kirubarajan (2001), §10.3.2): the curvature
of a wide cross-range error biases and blurs both. Azimuth and elevation are linearised.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import part_of_kernel, twin_of
from marsad.tracking.motion import Axes

Array = NDArray[np.float64]
Index = NDArray[np.int64]

NEAREST_M = 1.0  # a track closer to the sensor than this is treated as this far away


def project_polar(
    mean: Array, cov: Array, origin: Array, rotation: Array, frame: Axes, wanted: Index
) -> tuple[Array, Array, Array]:
    """Expected plot (n, M, 4), its covariance with the state (n, M, d, 4), with itself (n, M, 4, 4).

    origin (3,) and rotation (3, 3): the sensor's place and axes in site ENU; frame: the axes of
    tracks. In two dimensions heights are taken as the sensor's own. Afterwards only the wanted
    tracks, rows in ascending order, are of any use.
    """
    axes = mean.shape[-1] // 2
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


@twin_of(project_polar)
def project_polar_compiled(
    mean: Array, cov: Array, origin: Array, rotation: Array, frame: Axes, wanted: Index
) -> tuple[Array, Array, Array]:
    """The twin of `project_polar`."""
    n, count, d = mean.shape
    k = len(frame)
    expected, cross, spread = (
        np.empty((n * count, 4)),
        np.empty((n * count, 4 * d)),
        np.empty((n * count, 16)),
    )
    states, spreads = mean.reshape((n * count, d)), cov.reshape((n * count, d * d))
    slope, scratch = np.empty(4 * 2 * k), np.empty(4 * k)
    for e in range(len(wanted)):
        i = wanted[e]
        if e == 0 or wanted[e - 1] != i:
            for r in range(i * count, (i + 1) * count):
                distance = _sight(states, r, origin, rotation, frame, expected, slope)
                _spread_of_sight(spreads, r, slope, frame, cross, spread)
                _bend(spreads, r, slope, distance, frame, scratch, expected, spread)
    return (
        expected.reshape((n, count, 4)),
        cross.reshape((n, count, d, 4)),
        spread.reshape((n, count, 4, 4)),
    )


@part_of_kernel
def _sight(
    states: Array, r: int, origin: Array, rotation: Array, frame: Axes, expected: Array, slope: Array
) -> float:
    """What is seen of row r, and how it changes with the state: slope (4 d); the distance."""
    k = len(frame)
    d = 2 * k
    east, north, up, east_speed, north_speed, up_speed = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for b in range(k):
        place, speed = states[r, b] - origin[b], states[r, k + b]
        east += place * rotation[b, 0]
        north += place * rotation[b, 1]
        up += place * rotation[b, 2]
        east_speed += speed * rotation[b, 0]
        north_speed += speed * rotation[b, 1]
        up_speed += speed * rotation[b, 2]
    ground = max(np.sqrt(east**2 + north**2), NEAREST_M)
    distance = np.sqrt(ground**2 + up**2)
    line_e, line_n, line_u = east / distance, north / distance, up / distance
    rate = line_e * east_speed + line_n * north_speed + line_u * up_speed
    expected[r, 0], expected[r, 3] = distance, rate
    expected[r, 1], expected[r, 2] = np.arctan2(east, north), np.arctan2(up, ground)
    turn_e, turn_n = north / ground**2, -east / ground**2
    rise_e, rise_n = -east * up / ground / distance**2, -north * up / ground / distance**2
    rise_u = ground / distance**2
    for b in range(k):
        along_e, along_n, along_u = rotation[b, 0], rotation[b, 1], rotation[b, 2]
        line = along_e * line_e + along_n * line_n + along_u * line_u
        speed = along_e * east_speed + along_n * north_speed + along_u * up_speed
        slope[b], slope[3 * d + k + b] = line, line
        slope[d + b] = along_e * turn_e + along_n * turn_n
        slope[2 * d + b] = along_e * rise_e + along_n * rise_n + along_u * rise_u if k == 3 else 0.0
        slope[3 * d + b] = (speed - rate * line) / distance
    return float(distance)


@part_of_kernel
def _spread_of_sight(spreads: Array, r: int, slope: Array, frame: Axes, cross: Array, spread: Array) -> None:
    """Covariance of what is seen of row r with the state and with itself, angles linear."""
    k = len(frame)
    d = 2 * k
    for a in range(d):
        for q in range(4):
            value = 0.0
            for b in range(k):
                value += spreads[r, a * d + b] * slope[q * d + b]
            if q == 3:
                for b in range(k, d):
                    value += spreads[r, a * d + b] * slope[q * d + b]
            cross[r, a * 4 + q] = value
    for p in range(4):
        for q in range(p + 1):  # of q <= p the slope of q is the shorter
            value = 0.0
            for a in range(k):
                value += slope[q * d + a] * cross[r, a * 4 + p]
            if q == 3:
                for a in range(k, d):
                    value += slope[q * d + a] * cross[r, a * 4 + p]
            spread[r, p * 4 + q] = value
            spread[r, q * 4 + p] = value


@part_of_kernel
def _bend(
    spreads: Array,
    r: int,
    slope: Array,
    distance: float,
    frame: Axes,
    scratch: Array,
    expected: Array,
    spread: Array,
) -> None:
    """Add the curvature of range and range rate, with Q = I - l l' across the line of sight l.

    Traces of Q A Q B are those of A B less what lies along the line.
    """
    k = len(frame)
    d = 2 * k
    place, mixed, motion = 0.0, 0.0, 0.0  # traces along the line, l' A l
    for a in range(k):
        place_l, motion_l, mixed_l, l_mixed = 0.0, 0.0, 0.0, 0.0
        for b in range(k):
            place_l += spreads[r, a * d + b] * slope[b]
            mixed_l += spreads[r, a * d + k + b] * slope[b]
            l_mixed += spreads[r, b * d + k + a] * slope[b]
            motion_l += spreads[r, (k + a) * d + k + b] * slope[b]
        scratch[a], scratch[k + a] = place_l, motion_l
        scratch[2 * k + a], scratch[3 * k + a] = mixed_l, l_mixed
        place += slope[a] * place_l
        mixed += slope[a] * mixed_l
        motion += slope[a] * motion_l
    wide, blur, square, product = -place, -mixed, place**2, place * motion + mixed**2
    for a in range(k):
        wide += spreads[r, a * d + a]
        blur += spreads[r, a * d + k + a]
        square -= 2 * scratch[a] ** 2
        product -= 2 * (scratch[a] * scratch[k + a] + scratch[2 * k + a] * scratch[3 * k + a])
        for b in range(k):
            square += spreads[r, a * d + b] * spreads[r, b * d + a]
            product += spreads[r, a * d + b] * spreads[r, (k + b) * d + k + a]
            product += spreads[r, a * d + k + b] * spreads[r, b * d + k + a]
    expected[r, 0] += wide / (2 * distance)
    expected[r, 3] += blur / distance
    spread[r, 0] += max(square, 0.0) / (2 * distance**2)
    spread[r, 15] += max(product, 0.0) / distance**2
