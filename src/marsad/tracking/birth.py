"""The first state of a track from a single plot: what was measured, and wide priors for the rest."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel
from marsad.tracking.existence import moving_densities
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.update import MODE_FLOOR

Array = NDArray[np.float64]

# one-sigma errors of a place that a covariance in double precision can hold side by side
NEAR_M, FAR_M = 0.01, 1e5


def from_position(values: Array, sigmas: Array, settings: TrackingSettings) -> tuple[Array, Array]:
    """Mean (m, M, d) and covariance (m, M, d, d) from position plots (m, d).

    NaN parts stay unknown; the models differ in how fast what moves so may be.
    """
    return _per_model(lambda speeds: _position(values, sigmas, speeds, settings), settings)


def modes(values: Array, sigmas: Array, polar: bool, settings: TrackingSettings) -> Array:
    """Probabilities (m, M) of the motion models, given what the plot tells of velocity."""
    weight = moving_densities(values, sigmas, polar, settings) * np.array(settings.modes_at_birth())
    weight = np.maximum(weight, MODE_FLOOR * weight.sum(-1, keepdims=True) + 1e-300)
    return np.asarray(weight / weight.sum(-1, keepdims=True))


def _per_model(
    start: Callable[[tuple[float, float]], tuple[Array, Array]], settings: TrackingSettings
) -> tuple[Array, Array]:
    speeds = settings.speeds_mps()
    # models that share their speeds share their start
    starts = {pair: start(pair) for pair in dict.fromkeys(speeds)}
    return np.stack([starts[pair][0] for pair in speeds], 1), np.stack(
        [starts[pair][1] for pair in speeds], 1
    )


def _position(
    values: Array, sigmas: Array, speeds: tuple[float, float], settings: TrackingSettings
) -> tuple[Array, Array]:
    unknown, spread = _priors(speeds, settings)
    measured = ~np.isnan(values)
    mean = np.where(measured, values, unknown)
    variance = np.where(measured, sigmas, spread) ** 2
    return mean, variance[..., None] * np.eye(values.shape[-1])


def from_polar(
    values: Array, sigmas: Array, origin: Array, rotation: Array, settings: TrackingSettings
) -> tuple[Array, Array]:
    """Mean (m, M, d) and covariance (m, M, d, d) from polar plots (m, 4) that have range and azimuth.

    Modified unbiased conversion: the mean is shortened by the angle errors, which also blur it
    along the line of sight (Longbin, Xiaoquan, Yiyu, Kang, Bar-Shalom, IEEE TAES 34(3), 1998). A
    missing elevation is taken from the prior of heights, as wide as that is.
    """
    return _per_model(lambda speeds: _polar(values, sigmas, origin, rotation, speeds, settings), settings)


def _polar(
    values: Array,
    sigmas: Array,
    origin: Array,
    rotation: Array,
    speeds: tuple[float, float],
    settings: TrackingSettings,
) -> tuple[Array, Array]:
    d = 2 * settings.dimensions
    axes = settings.dimensions
    distance, azimuth = values[:, 0], values[:, 1]
    elevation, sigma_up = _elevation(values, sigmas, origin, settings)
    sine, cosine = np.sin(azimuth), np.cos(azimuth)
    level, rise = np.cos(elevation), np.sin(elevation)
    line = np.stack([level * sine, level * cosine, rise], -1)
    side = np.stack([cosine, -sine, np.zeros_like(sine)], -1)
    upward = np.stack([-rise * sine, -rise * cosine, level], -1)
    line, side, upward = line @ rotation.T, side @ rotation.T, upward @ rotation.T
    sigma_side = sigmas[:, 1] * level
    shorter = np.exp(-(sigma_side**2 + sigma_up**2) / 2)
    blur = distance**2 * (sigma_side**4 + sigma_up**4) / 2
    along = np.minimum(sigmas[:, 0] ** 2 + blur, FAR_M**2)
    across = np.clip(distance * np.stack([sigma_side, sigma_up]), NEAR_M, FAR_M) ** 2
    place = (
        _outer(line) * along[:, None, None]
        + _outer(side) * across[0, :, None, None]
        + _outer(upward) * across[1, :, None, None]
    )
    _, spread = _priors(speeds, settings)
    motion = np.zeros((len(values), 3, 3))
    motion[:, :axes, :axes] = np.diag(spread[axes:] ** 2)
    # the range rate tells of one direction; how well that is known limits what it tells
    told = np.einsum("mij,mj->mi", motion, line)
    wobble = np.einsum("mij,mi,mj->m", motion, side, side) * sigma_side**2
    wobble = wobble + np.einsum("mij,mi,mj->m", motion, upward, upward) * sigma_up**2
    total = (told * line).sum(-1) + sigmas[:, 3] ** 2 + wobble
    has_rate = ~np.isnan(values[:, 3])
    gain = np.where(has_rate, 1 / np.where(has_rate, total, 1.0), 0.0)
    velocity = told * (gain * np.where(has_rate, values[:, 3], 0.0))[:, None]
    motion = motion - _outer(told) * gain[:, None, None]
    position = origin + line * (distance * shorter)[:, None]

    mean, cov = np.empty((len(values), d)), np.zeros((len(values), d, d))
    mean[:, :axes], mean[:, axes:] = position[:, :axes], velocity[:, :axes]
    cov[:, :axes, :axes], cov[:, axes:, axes:] = place[:, :axes, :axes], motion[:, :axes, :axes]
    return mean, cov


def _outer(vector: Array) -> Array:
    return vector[:, :, None] * vector[:, None, :]


def _priors(speeds: tuple[float, float], settings: TrackingSettings) -> tuple[Array, Array]:
    """Mean and one-sigma (d,) of what no sensor measured."""
    speed, climb = speeds[0] / 2, speeds[1] / 2
    wide = settings.range_unknown_m
    if settings.dimensions == 2:
        return np.zeros(4), np.array([wide, wide, speed, speed])
    mean = np.array([0.0, 0.0, settings.unknown_height_m, 0.0, 0.0, 0.0])
    return mean, np.array([wide, wide, settings.unknown_height_sigma_m, speed, speed, climb])


def _elevation(
    values: Array, sigmas: Array, origin: Array, settings: TrackingSettings
) -> tuple[Array, Array]:
    """Elevation and its one-sigma error; from the prior of heights where it was not measured."""
    distance, measured = np.maximum(values[:, 0], 1.0), ~np.isnan(values[:, 2])
    if settings.dimensions == 2:
        return np.zeros(len(values)), np.zeros(len(values))
    height = np.clip(settings.unknown_height_m - origin[2], -distance / 2, distance / 2)
    guess = np.arcsin(height / distance)
    doubt = np.minimum(settings.unknown_height_sigma_m, distance / 2) / (distance * np.cos(guess))
    return np.where(measured, values[:, 2], guess), np.where(measured, sigmas[:, 2], doubt)


def start(
    values: Array, sigmas: Array, polar: bool, origin: Array, rotation: Array, settings: TrackingSettings
) -> tuple[Array, Array]:
    """Mean (m, M, d) and covariance (m, M, d, d) of tracks that start from these plots."""
    if polar:
        return from_polar(values, sigmas, origin, rotation, settings)
    return from_position(values, sigmas, settings)


def start_compiled(
    values: Array, sigmas: Array, polar: bool, origin: Array, rotation: Array, settings: TrackingSettings
) -> tuple[Array, Array]:
    """The twin of `start`."""
    speeds = np.array(settings.speeds_mps(), float) / 2
    unknown = np.array(
        [settings.range_unknown_m, settings.unknown_height_m, settings.unknown_height_sigma_m], float
    )
    return _start_compiled(values, sigmas, polar, origin, rotation, settings.dimensions, speeds, unknown)


@kernel
def _start_compiled(
    values: Array,
    sigmas: Array,
    polar: bool,
    origin: Array,
    rotation: Array,
    axes: int,
    speeds: Array,
    unknown: Array,
) -> tuple[Array, Array]:
    m, count, d = len(values), len(speeds), 2 * axes
    mean, cov = np.zeros((m, count, d)), np.zeros((m, count, d, d))
    frame, across = np.empty((3, 3)), np.empty(3)
    told, local = np.empty(3), np.empty((3, 3))
    for j in range(m):
        if polar:
            distance, azimuth = values[j, 0], values[j, 1]
            elevation, sigma_up = 0.0, 0.0
            if axes == 3 and not np.isnan(values[j, 2]):
                elevation, sigma_up = values[j, 2], sigmas[j, 2]
            elif axes == 3:
                far = max(distance, 1.0)
                elevation = np.arcsin(min(max(unknown[1] - origin[2], -far / 2), far / 2) / far)
                sigma_up = min(unknown[2], far / 2) / (far * np.cos(elevation))
            sine, cosine, level, rise = np.sin(azimuth), np.cos(azimuth), np.cos(elevation), np.sin(elevation)
            local[0, 0], local[0, 1], local[0, 2] = level * sine, level * cosine, rise
            local[1, 0], local[1, 1], local[1, 2] = cosine, -sine, 0.0
            local[2, 0], local[2, 1], local[2, 2] = -rise * sine, -rise * cosine, level
            for k in range(3):
                for a in range(3):
                    frame[k, a] = 0.0
                    for b in range(3):
                        frame[k, a] += local[k, b] * rotation[a, b]
            sigma_side = sigmas[j, 1] * level
            shorter = np.exp(-(sigma_side**2 + sigma_up**2) / 2)
            blur = distance**2 * (sigma_side**4 + sigma_up**4) / 2
            across[0] = min(sigmas[j, 0] ** 2 + blur, 1e5**2)  # FAR_M
            across[1] = min(max(distance * sigma_side, 0.01), 1e5) ** 2  # NEAR_M, FAR_M
            across[2] = min(max(distance * sigma_up, 0.01), 1e5) ** 2
        for i in range(count):
            if not polar:
                for a in range(d):
                    wide = unknown[0] if a < 2 else (unknown[2] if a == 2 and axes == 3 else speeds[i, 0])
                    if axes == 3 and a == 5:
                        wide = speeds[i, 1]
                    known = not np.isnan(values[j, a])
                    middle = unknown[1] if axes == 3 and a == 2 else 0.0
                    mean[j, i, a] = values[j, a] if known else middle
                    cov[j, i, a, a] = (sigmas[j, a] if known else wide) ** 2
                continue
            total = sigmas[j, 3] ** 2
            for a in range(axes):
                variance = (speeds[i, 0] if a < 2 else speeds[i, 1]) ** 2
                told[a] = variance * frame[0, a]
                total += told[a] * frame[0, a]
                total += variance * (frame[1, a] * sigma_side) ** 2 + variance * (frame[2, a] * sigma_up) ** 2
                cov[j, i, axes + a, axes + a] = variance
            gain = 0.0 if np.isnan(values[j, 3]) else 1 / total
            rate = 0.0 if np.isnan(values[j, 3]) else values[j, 3]
            for a in range(axes):
                mean[j, i, a] = origin[a] + frame[0, a] * distance * shorter
                mean[j, i, axes + a] = told[a] * gain * rate
                for b in range(axes):
                    for k in range(3):
                        cov[j, i, a, b] += frame[k, a] * frame[k, b] * across[k]
                    cov[j, i, axes + a, axes + b] -= told[a] * told[b] * gain
    return mean, cov
