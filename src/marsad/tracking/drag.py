"""What air does to things that fly without an engine: it slows them by their speed squared.

A rocket of 690 m/s loses 30 m/s in its first second, more than gravity takes. The mean of a state is slowed
as in straight flight through air as it is half-way, v' = -k v². Its covariance is not, which errs on the
side of caution: by a seventh of the variance of speed in the first second of the fastest rocket, then less.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import part_of_kernel, twin_of

Array = NDArray[np.float64]

SCALE_HEIGHT_M = 8500.0  # the air thins by e on so many metres
SHARE_MIN = -0.5  # of its speed a thing may have had more, seen backwards in time


def slow(mean: Array, drag: Array, dt_s: float) -> None:
    """Take from states (n, M, d), carried on by dt_s without air, what the air takes, in place.

    drag (M,)  deceleration at sea level over the square of the speed, in 1/m; 0: flies by its own force
    """
    axes = mean.shape[-1] // 2
    height = mean[..., 2] - mean[..., 5] * dt_s / 2 if axes == 3 else np.zeros(mean.shape[:-1])
    speed = np.sqrt((mean[..., axes:] ** 2).sum(-1))
    share = drag * np.exp(-np.maximum(height, 0.0) / SCALE_HEIGHT_M) * speed * dt_s
    share = np.maximum(share, SHARE_MIN)[..., None]
    slowed = share != 0
    way = np.where(slowed, np.log1p(share) / np.where(slowed, share, 1.0), 1.0)
    mean[..., :axes] += mean[..., axes:] * dt_s * (way - 1)
    mean[..., axes:] /= 1 + share


@twin_of(slow)
def slow_compiled(mean: Array, drag: Array, dt_s: float) -> None:
    """The twin of `slow`."""
    n, count, d = mean.shape
    states = mean.reshape((n * count, d))
    for m in range(count):
        if drag[m] > 0.0:
            for i in range(n):
                slow_one(states, i * count + m, drag[m], dt_s)


@part_of_kernel
def slow_one(states: Array, r: int, drag: float, dt_s: float) -> None:
    """The same of one row (d,)."""
    axes = states.shape[1] // 2
    square, height = 0.0, states[r, 2] - states[r, 5] * dt_s / 2 if axes == 3 else 0.0
    for a in range(axes, 2 * axes):
        square += states[r, a] ** 2
    share = drag * np.exp(-max(height, 0.0) / 8500.0) * np.sqrt(square) * dt_s  # SCALE_HEIGHT_M
    share = max(share, -0.5)  # SHARE_MIN
    if share != 0.0:
        way = np.log1p(share) / share
        for a in range(axes):
            states[r, a] += states[r, axes + a] * dt_s * (way - 1)
            states[r, axes + a] /= 1 + share
