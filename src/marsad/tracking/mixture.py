"""What all motion models say together: one Gaussian per track with the mixture's mean and covariance.

Shapes as in `imm`: mean (n, M, d), cov (n, M, d, d), modes (n, M).
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both, part_of_kernel, twin_of
from marsad.tracking.motion import Axes

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@both
def combine(mean: Array, cov: Array, modes: Array, axes: Axes) -> tuple[Array, Array]:
    """Mean (n, d) and covariance (n, d, d) of the mixture over models."""
    return combine_rows(mean, cov, modes, np.arange(len(mean)), axes)


def combine_rows(mean: Array, cov: Array, modes: Array, rows: Index, axes: Axes) -> tuple[Array, Array]:
    """The same (k, d), (k, d, d) of some of the tracks."""
    mean, cov, modes = mean[rows], cov[rows], modes[rows]
    joint = np.einsum("nm,nmd->nd", modes, mean)
    apart = mean - joint[:, None, :]
    spread = np.einsum("nm,nmde->nde", modes, cov) + np.einsum("nm,nmd,nme->nde", modes, apart, apart)
    return joint, (spread + np.swapaxes(spread, -1, -2)) / 2


@twin_of(combine_rows)
def combine_rows_compiled(
    mean: Array, cov: Array, modes: Array, rows: Index, axes: Axes
) -> tuple[Array, Array]:
    """The twin of `combine_rows`."""
    n, count = modes.shape
    d = 2 * len(axes)
    joint, spread = np.empty((len(rows), d)), np.empty((len(rows), d * d))
    states, spreads = mean.reshape((n * count, d)), cov.reshape((n * count, d * d))
    for k in range(len(rows)):
        combine_one(states, spreads, modes, rows[k], axes, joint, spread, k)
    return joint, spread.reshape((len(rows), d, d))


@part_of_kernel
def combine_one(
    states: Array, spreads: Array, modes: Array, i: int, axes: Axes, joint: Array, spread: Array, row: int
) -> None:
    """Write the mixture of track i into a row of joint (k, d) and spread (k, d d)."""
    count, d = modes.shape[1], 2 * len(axes)
    if count == 1:
        for a in range(d):
            joint[row, a] = states[i, a]
            for b in range(d):
                spread[row, a * d + b] = spreads[i, a * d + b]
        return
    for a in range(d):
        joint[row, a] = 0.0
        for b in range(a, d):
            spread[row, a * d + b] = 0.0
    for m in range(count):
        for a in range(d):
            joint[row, a] += modes[i, m] * states[i * count + m, a]
    for m in range(count):
        r = i * count + m
        for a in range(d):
            apart = modes[i, m] * (states[r, a] - joint[row, a])
            for b in range(a, d):
                value = apart * (states[r, b] - joint[row, b])
                spread[row, a * d + b] += modes[i, m] * spreads[r, a * d + b] + value
    for a in range(d):
        for b in range(a):
            spread[row, a * d + b] = spread[row, b * d + a]


@both
def places(mean: Array, modes: Array, origin: Array) -> Array:
    """Where each track is (n, 3); in a plane at the height of origin (3,)."""
    n, count, d = mean.shape
    position = np.zeros((n, 3))
    for i in range(n):
        position[i, 2] = origin[2] if d == 4 else 0.0
        for m in range(count):
            for a in range(d // 2):
                position[i, a] += modes[i, m] * mean[i, m, a]
    return position


@both
def picture(
    joint: Array, spread: Array, height: float, height_var: float, climb_var: float
) -> tuple[Array, Array]:
    """`combine`d states in space (n, 6), (n, 6, 6); a plane's height is the given prior."""
    n, d = joint.shape
    if d == 6:
        return joint, spread
    place, doubt = np.zeros((n, 6)), np.zeros((n, 6, 6))
    for i in range(n):
        for a in range(4):
            row = a + a // 2
            place[i, row] = joint[i, a]
            for b in range(4):
                doubt[i, row, b + b // 2] = spread[i, a, b]
        place[i, 2], doubt[i, 2, 2], doubt[i, 5, 5] = height, height_var, climb_var
    return place, doubt
