"""Where a plot may come from besides a known track: a false alarm, or an object not yet seen.

Source: Williams, "Marginal multi-Bernoulli filters", IEEE TAES 51(3), 2015, §III.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel, twin_of
from marsad.tracking.update import MODE_FLOOR

Array = NDArray[np.float64]


def origins(
    values: Array,
    sigmas: Array,
    polar: bool,
    origin: Array,
    limits: Array,
    facts: Array,
    log_spans: Array,
    speeds: Array,
    false_plots: float,
    undetected: float,
) -> tuple[Array, Array, Array]:
    """Density of false plots (m,), of detectable new objects (m,), models of the latter (m, M).

    Both per unit of what each plot measured. limits as in `detection_probability`; facts and speeds as
    in `PlotNumbers`, log_spans those of the measurement; false_plots per scan; undetected objects per
    m² that the sensor could see, spread evenly over the ground, in height as the facts say.
    """
    measured = ~np.isnan(values)
    clutter = false_plots * np.exp(-np.where(measured, log_spans, 0.0).sum(-1))
    weight = _moving_densities(values, sigmas, polar, speeds) * speeds[:, 2]
    density = _density(values, polar, origin, facts) * weight.sum(-1)
    weight = np.maximum(weight, MODE_FLOOR * weight.sum(-1, keepdims=True) + 1e-300)
    new = undetected * np.maximum(density, 1e-12) * _plot_detection(values, polar, origin, limits, facts)
    return clutter, new, weight / weight.sum(-1, keepdims=True)


def _density(values: Array, polar: bool, origin: Array, facts: Array) -> Array:
    """Objects at one per m² of ground, per unit of what each plot tells of place, (m,)."""
    reach, width, height, ceiling, scale, _ = facts
    measured = ~np.isnan(values)
    if polar:
        distance, elevation = values[:, 0], values[:, 2]
        has_range, has_azimuth, has_elevation = measured[:, :3].T
        density = np.where(has_range, distance, reach**2 / 2) * np.where(has_azimuth, 1.0, width)
        up = distance * np.sin(elevation) + origin[2]
        per_radian = distance * np.cos(elevation) * _height_densities(up, ceiling, scale)
        return density * np.where(has_elevation, np.where(has_range, per_radian, 1 / height), 1.0)
    if values.shape[1] == 6:
        return np.where(measured[:, 2], _height_densities(values[:, 2], ceiling, scale), 1.0)
    return np.ones(len(values))


def _height_densities(up: Array, ceiling: float, scale: float) -> Array:
    even = (np.abs(up) < ceiling) / ceiling
    low = np.exp(-np.abs(up) / scale) / scale
    return np.asarray(np.maximum((even + low) / 2, 1e-9))


def _moving_densities(values: Array, sigmas: Array, polar: bool, speeds: Array) -> Array:
    """Density (m, M) of what each plot tells of velocity, for a new object of each motion model."""
    axes = 1 if polar else values.shape[1] // 2
    velocity, errors = (numbers[:, 3:4] if polar else numbers[:, axes:] for numbers in (values, sigmas))
    columns = []
    for speed, climb, _ in speeds:
        sigma = np.hypot(np.array([speed, speed, climb])[:axes], errors)
        normal = np.exp(-((velocity / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
        columns.append(np.where(np.isnan(velocity), 1.0, normal).prod(-1))
    return np.stack(columns, -1)


def _plot_detection(values: Array, polar: bool, origin: Array, limits: Array, facts: Array) -> Array:
    """Detection probability (m,) where each plot lies; at mid-range where that is unknown."""
    near, far, reach = limits[6], limits[7], limits[1]
    if not np.isfinite(reach):
        return np.full(len(values), near)
    if polar:
        distance = np.where(np.isnan(values[:, 0]), reach / 2, values[:, 0])
    elif facts[5] > 0:
        distance = np.hypot(*(values[:, :2] - origin[:2]).T)
    else:
        return np.full(len(values), near)
    return np.asarray(near + (far - near) * np.minimum(distance / reach, 1.0))


@twin_of(origins)
def origins_compiled(
    values: Array,
    sigmas: Array,
    polar: bool,
    origin: Array,
    limits: Array,
    facts: Array,
    log_spans: Array,
    speeds: Array,
    false_plots: float,
    undetected: float,
) -> tuple[Array, Array, Array]:
    """The twin of `origins`."""
    m, size = values.shape
    count = len(speeds)
    clutter, new, modes = np.empty(m), np.empty(m), np.empty((m, count))
    first = 3 if polar else size // 2
    last_volume, last_density = 0.0, 1.0
    for j in range(m):
        volume, density, moving = 0.0, 1.0, 0.0
        for k in range(size):
            if not np.isnan(values[j, k]):
                volume += log_spans[k]
        if volume != last_volume:  # most plots of a scan have the same numbers
            last_volume, last_density = volume, np.exp(-volume)
        clutter[j] = false_plots * last_density
        for i in range(count):
            modes[j, i] = speeds[i, 2] * _moving_density(
                values, sigmas, j, first, size, speeds[i, 0], speeds[i, 1]
            )
            moving += modes[j, i]
        total = 0.0
        for i in range(count):
            modes[j, i] = max(modes[j, i], 1e-9 * moving + 1e-300)  # MODE_FLOOR
            total += modes[j, i]
        for i in range(count):
            modes[j, i] /= total
        distance = limits[1] / 2
        if polar:
            ranged, raised = not np.isnan(values[j, 0]), not np.isnan(values[j, 2])
            density = values[j, 0] if ranged else facts[0] ** 2 / 2
            if np.isnan(values[j, 1]):
                density *= facts[1]
            if raised and ranged:
                up = values[j, 0] * np.sin(values[j, 2]) + origin[2]
                density *= values[j, 0] * np.cos(values[j, 2]) * _height_density(up, facts[3], facts[4])
            elif raised:
                density /= facts[2]
            if ranged:
                distance = values[j, 0]
        else:
            if size == 6 and not np.isnan(values[j, 2]):
                density = _height_density(values[j, 2], facts[3], facts[4])
            distance = np.sqrt((values[j, 0] - origin[0]) ** 2 + (values[j, 1] - origin[1]) ** 2)
        detect = limits[6]
        if np.isfinite(limits[1]) and (polar or facts[5] > 0):
            detect += (limits[7] - limits[6]) * min(distance / limits[1], 1.0)
        new[j] = undetected * max(density * moving, 1e-12) * detect
    return clutter, new, modes


@kernel
def _height_density(up: float, ceiling: float, scale: float) -> float:
    even = 1 / ceiling if abs(up) < ceiling else 0.0
    return float(max((even + np.exp(-abs(up) / scale) / scale) / 2, 1e-9))


@kernel
def _moving_density(
    values: Array, sigmas: Array, j: int, first: int, last: int, speed: float, climb: float
) -> float:
    density = 1.0
    for k in range(first, last):
        if not np.isnan(values[j, k]):
            scale = climb if k - first == 2 else speed
            variance = scale**2 + sigmas[j, k] ** 2
            density *= np.exp(-(values[j, k] ** 2) / variance / 2) / np.sqrt(2 * np.pi * variance)
    return density
