"""Where a plot may come from besides a known track: a false alarm, or an object not yet seen."""

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Measurement
from marsad.tracking import birth
from marsad.tracking.compiled import kernel
from marsad.tracking.existence import PlotNumbers, SensorModel, clutter_density, undetected_density
from marsad.tracking.settings import TrackingSettings

Array = NDArray[np.float64]


def origins(
    values: Array, sigmas: Array, polar: bool, model: SensorModel, settings: TrackingSettings
) -> tuple[Array, Array, Array]:
    """Density of false plots (m,), of detectable new objects (m,), models of the latter (m, M)."""
    kind = Measurement.POLAR if polar else Measurement.POSITION
    clutter = clutter_density(model, kind, ~np.isnan(values), settings)
    new = undetected_density(model, kind, values, sigmas, settings)
    new = new * _plot_detection(values, polar, model)
    return clutter, new, birth.modes(values, sigmas, polar, settings)


def _plot_detection(values: Array, polar: bool, model: SensorModel) -> Array:
    """Detection probability (m,) where each plot lies; at mid-range where that is unknown."""
    near, far, reach = model.limits[6], model.limits[7], model.limits[1]
    if not np.isfinite(reach):
        return np.full(len(values), near)
    if polar:
        distance = np.where(np.isnan(values[:, 0]), reach / 2, values[:, 0])
    elif model.sensor.position_enu is not None:
        distance = np.hypot(*(values[:, :2] - model.origin[:2]).T)
    else:
        return np.full(len(values), near)
    return np.asarray(near + (far - near) * np.minimum(distance / reach, 1.0))


def origins_compiled(
    values: Array, sigmas: Array, polar: bool, model: SensorModel, settings: TrackingSettings
) -> tuple[Array, Array, Array]:
    """The twin of `origins`."""
    numbers = model.numbers or PlotNumbers.of(model.sensor, settings)
    spans = numbers.polar_log_spans if polar else numbers.position_log_spans
    return _origins_compiled(
        *(values, sigmas, polar, model.origin, model.limits, numbers.facts, spans, numbers.speeds),
        *(model.clutter, model.visibility * model.undetected),
    )


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


@kernel
def _origins_compiled(
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
