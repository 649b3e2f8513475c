"""The first state of a track from a single plot: what was measured, and wide priors for the rest."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both, part_of_kernel, twin_of
from marsad.tracking.motion import Axes
from marsad.tracking.presumed import presumed
from marsad.tracking.settings import TrackingSettings

Array = NDArray[np.float64]
Index = NDArray[np.int64]


# one-sigma errors of a place that a covariance in double precision can hold side by side
NEAR_M, FAR_M = 0.01, 1e5


class Unknown(NamedTuple):
    """What is held of an object before anybody measured it, as numbers.

    speeds (M, 2)   one sigma of speed and of climb (m/s) under each motion model
    range_m, height_m, height_sigma_m   one sigma of an unmeasured place; mean and sigma of a height
    low_flyer_scale_m, ceiling_m        see `presumed`
    """

    speeds: Array
    range_m: float
    height_m: float
    height_sigma_m: float
    low_flyer_scale_m: float
    ceiling_m: float

    @staticmethod
    def of(settings: TrackingSettings) -> "Unknown":
        """The numbers of these settings."""
        return Unknown(
            np.array(settings.speed_sigmas_mps(), float),
            *(settings.range_unknown_m, settings.unknown_height_m, settings.unknown_height_sigma_m),
            *(settings.low_flyer_scale_m, settings.ceiling_m),
        )


def from_position(values: Array, sigmas: Array, axes: Axes, unknown: Unknown) -> tuple[Array, Array]:
    """Mean (m, M, d) and covariance (m, M, d, d) from position plots (m, d).

    NaN parts stay unknown; the models differ in how fast what moves so may be.
    """
    return _per_model(lambda speeds: _position(values, sigmas, speeds, axes, unknown), unknown)


def _per_model(start: Callable[[Array], tuple[Array, Array]], unknown: Unknown) -> tuple[Array, Array]:
    starts = [start(speeds) for speeds in unknown.speeds]
    return np.stack([mean for mean, _ in starts], 1), np.stack([cov for _, cov in starts], 1)


def _position(
    values: Array, sigmas: Array, speeds: Array, axes: Axes, unknown: Unknown
) -> tuple[Array, Array]:
    middle, spread = _priors(speeds, axes, unknown)
    measured = ~np.isnan(values)
    mean = np.where(measured, values, middle)
    variance = np.where(measured, sigmas, spread) ** 2
    return mean, variance[..., None] * np.eye(values.shape[-1])


def from_polar(
    values: Array, sigmas: Array, origin: Array, rotation: Array, axes: Axes, unknown: Unknown
) -> tuple[Array, Array]:
    """Mean (m, M, d) and covariance (m, M, d, d) from polar plots (m, 4) that have range and azimuth.

    Modified unbiased conversion: the mean is shortened by the angle errors, which also blur it
    along the line of sight (Longbin, Xiaoquan, Yiyu, Kang, Bar-Shalom, IEEE TAES 34(3), 1998). A
    missing elevation is taken from the prior of heights, as wide as that is, and near the sensor from
    `presumed`.
    """
    return _per_model(lambda speeds: _polar(values, sigmas, origin, rotation, speeds, axes, unknown), unknown)


def _polar(
    values: Array,
    sigmas: Array,
    origin: Array,
    rotation: Array,
    speeds: Array,
    frame: Axes,
    unknown: Unknown,
) -> tuple[Array, Array]:
    axes, d = len(frame), 2 * len(frame)
    distance, azimuth = values[:, 0], values[:, 1]
    elevation, sigma_up = _elevation(values, sigmas, origin, frame, unknown)
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
    _, spread = _priors(speeds, frame, unknown)
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


def _priors(speeds: Array, axes: Axes, unknown: Unknown) -> tuple[Array, Array]:
    """Mean and one-sigma (d,) of what no sensor measured."""
    (speed, climb), wide = speeds, unknown.range_m
    if len(axes) == 2:
        return np.zeros(4), np.array([wide, wide, speed, speed])
    mean = np.array([0.0, 0.0, unknown.height_m, 0.0, 0.0, 0.0])
    return mean, np.array([wide, wide, unknown.height_sigma_m, speed, speed, climb])


@both
def _height(distance_m: float, sensor_up_m: float, unknown: Unknown) -> tuple[float, float]:
    """Mean and sigma of an unmeasured height above the sensor, of what is so far away along the sight."""
    mean, sigma = presumed(distance_m, unknown.low_flyer_scale_m, unknown.ceiling_m)
    if sigma < unknown.height_sigma_m:
        return mean, sigma
    return unknown.height_m - sensor_up_m, unknown.height_sigma_m


def _elevation(
    values: Array, sigmas: Array, origin: Array, axes: Axes, unknown: Unknown
) -> tuple[Array, Array]:
    """Elevation and its one-sigma error; from the prior of heights where it was not measured."""
    distance, measured = np.maximum(values[:, 0], 1.0), ~np.isnan(values[:, 2])
    if len(axes) == 2:
        return np.zeros(len(values)), np.zeros(len(values))
    near = np.array([_height(one, origin[2], unknown) for one in distance]).reshape(-1, 2)
    guess = np.arcsin(np.clip(near[:, 0], -distance / 2, distance / 2) / distance)
    doubt = np.minimum(near[:, 1], distance / 2) / (distance * np.cos(guess))
    return np.where(measured, values[:, 2], guess), np.where(measured, sigmas[:, 2], doubt)


def start(
    values: Array,
    sigmas: Array,
    plots: Index,
    polar: bool,
    origin: Array,
    rotation: Array,
    axes: Axes,
    unknown: Unknown,
    mean: Array,
    cov: Array,
) -> None:
    """Write mean (b, M, d) and covariance (b, M, d, d) of tracks that start from these plots (b,)."""
    values, sigmas = values[plots], sigmas[plots]
    if polar:
        mean[:], cov[:] = from_polar(values, sigmas, origin, rotation, axes, unknown)
    else:
        mean[:], cov[:] = from_position(values, sigmas, axes, unknown)


@twin_of(start)
def start_compiled(
    values: Array,
    sigmas: Array,
    plots: Index,
    polar: bool,
    origin: Array,
    rotation: Array,
    axes: Axes,
    unknown: Unknown,
    mean: Array,
    cov: Array,
) -> None:
    """The twin of `start`."""
    scratch = np.empty(27)
    for b in range(len(plots)):
        if polar:
            _start_polar(values, sigmas, plots[b], b, origin, rotation, axes, unknown, scratch, mean, cov)
        else:
            _start_position(values, sigmas, plots[b], b, axes, unknown, mean, cov)


@part_of_kernel
def _start_position(
    values: Array, sigmas: Array, j: int, row: int, axes: Axes, unknown: Unknown, mean: Array, cov: Array
) -> None:
    k = len(axes)
    for i in range(len(unknown.speeds)):
        for a in range(2 * k):
            upward = k == 3 and a % k == 2
            wide = unknown.height_sigma_m if upward else unknown.range_m
            if a >= k:
                wide = unknown.speeds[i, 1] if upward else unknown.speeds[i, 0]
            known = not np.isnan(values[j, a])
            middle = unknown.height_m if upward and a < k else 0.0
            mean[row, i, a] = values[j, a] if known else middle
            for b in range(2 * k):
                cov[row, i, a, b] = 0.0
            cov[row, i, a, a] = (sigmas[j, a] if known else wide) ** 2


@part_of_kernel
def _sighted(
    values: Array,
    sigmas: Array,
    j: int,
    origin: Array,
    rotation: Array,
    axes: Axes,
    unknown: Unknown,
    scratch: Array,
) -> tuple[float, float, float]:
    """Range shortened by the angle errors; these, sideways and upwards.

    Leaves in the scratch the axes along, across and above the line of sight (3, 3), and the
    covariance of place (3, 3) in site axes.
    """
    distance, azimuth = values[j, 0], values[j, 1]
    elevation, sigma_up = 0.0, 0.0
    if len(axes) == 3 and not np.isnan(values[j, 2]):
        elevation, sigma_up = values[j, 2], sigmas[j, 2]
    elif len(axes) == 3:
        far = max(distance, 1.0)
        above, doubt = _height(far, origin[2], unknown)
        elevation = np.arcsin(min(max(above, -far / 2), far / 2) / far)
        sigma_up = min(doubt, far / 2) / (far * np.cos(elevation))
    sine, cosine, level, rise = np.sin(azimuth), np.cos(azimuth), np.cos(elevation), np.sin(elevation)
    sigma_side = sigmas[j, 1] * level
    blur = distance**2 * (sigma_side**4 + sigma_up**4) / 2
    along = min(sigmas[j, 0] ** 2 + blur, FAR_M**2)
    side = min(max(distance * sigma_side, NEAR_M), FAR_M) ** 2
    upward = min(max(distance * sigma_up, NEAR_M), FAR_M) ** 2
    for a in range(3):
        east, north, up = rotation[a, 0], rotation[a, 1], rotation[a, 2]
        scratch[a] = level * sine * east + level * cosine * north + rise * up
        scratch[3 + a] = cosine * east - sine * north
        scratch[6 + a] = level * up - rise * sine * east - rise * cosine * north
    for a in range(3):
        for b in range(3):
            scratch[9 + 3 * a + b] = (
                scratch[a] * scratch[b] * along
                + scratch[3 + a] * scratch[3 + b] * side
                + scratch[6 + a] * scratch[6 + b] * upward
            )
    return distance * np.exp(-(sigma_side**2 + sigma_up**2) / 2), sigma_side, sigma_up


@part_of_kernel
def _start_polar(
    values: Array,
    sigmas: Array,
    j: int,
    row: int,
    origin: Array,
    rotation: Array,
    axes: Axes,
    unknown: Unknown,
    scratch: Array,
    mean: Array,
    cov: Array,
) -> None:
    """The same for every model, but how much a range rate tells of its speed."""
    k = len(axes)
    shortened, sigma_side, sigma_up = _sighted(values, sigmas, j, origin, rotation, axes, unknown, scratch)
    has_rate = not np.isnan(values[j, 3])
    for i in range(len(unknown.speeds)):
        total = sigmas[j, 3] ** 2
        for a in range(k):
            variance = (unknown.speeds[i, 1] if a == 2 else unknown.speeds[i, 0]) ** 2
            scratch[18 + a], scratch[21 + a] = variance * scratch[a], variance
            wobble = (scratch[3 + a] * sigma_side) ** 2 + (scratch[6 + a] * sigma_up) ** 2
            total += variance * (scratch[a] ** 2 + wobble)
        gain = 1 / total if has_rate else 0.0
        rate = values[j, 3] if has_rate else 0.0
        for a in range(k):
            mean[row, i, a] = origin[a] + scratch[a] * shortened
            mean[row, i, k + a] = scratch[18 + a] * gain * rate
            for b in range(k):
                variance = scratch[21 + a] if a == b else 0.0
                cov[row, i, a, b] = scratch[9 + 3 * a + b]
                cov[row, i, a, k + b] = 0.0
                cov[row, i, k + a, b] = 0.0
                cov[row, i, k + a, k + b] = variance - scratch[18 + a] * scratch[18 + b] * gain
