"""Interacting multiple models: mix, predict, combine; each with its compiled twin.

Source: Blom, Bar-Shalom, "The interacting multiple model algorithm for systems with Markovian
switching coefficients", IEEE TAC 33(8), 1988.

Shapes: n tracks, M models, d = 2 * dimensions states: mean (n, M, d), cov (n, M, d, d),
modes (n, M).
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel

Array = NDArray[np.float64]


def predict(
    mean: Array, cov: Array, modes: Array, transition: Array, drift: Array, noise: Array, switching: Array
) -> tuple[Array, Array, Array]:
    """Mean, covariance and mode probabilities after mixing and one prediction step.

    transition, noise (M, d, d), drift (M, d) and switching (M, M) as given by `motion`.
    """
    predicted = modes @ switching
    # weight of model j in the mixed start of model m: (n, j, m)
    weight = modes[:, :, None] * switching / predicted[:, None, :]
    mixed = np.einsum("njm,njd->nmd", weight, mean)
    apart = mean[:, :, None, :] - mixed[:, None, :, :]
    spread = np.einsum("njm,njde->nmde", weight, cov) + np.einsum("njm,njmd,njme->nmde", weight, apart, apart)
    mean = np.einsum("mde,nme->nmd", transition, mixed) + drift
    cov = transition @ spread @ np.swapaxes(transition, -1, -2) + noise
    return mean, (cov + np.swapaxes(cov, -1, -2)) / 2, predicted


@kernel
def predict_compiled(
    mean: Array, cov: Array, modes: Array, transition: Array, drift: Array, noise: Array, switching: Array
) -> tuple[Array, Array, Array]:
    """The twin of `predict`."""
    n, count, d = mean.shape
    out_mean = np.empty_like(mean)
    out_cov = np.empty_like(cov)
    out_modes = np.empty_like(modes)
    mixed = np.empty(d)
    start = np.empty((d, d))
    half = np.empty((d, d))
    axes = d // 2
    # flight without turning is the common case, and a few sums instead of two products
    straight = np.ones(count, np.bool_)
    for m in range(count):
        for a in range(d):
            for b in range(d):
                if b == a + axes:
                    continue
                if transition[m, a, b] != (1.0 if a == b else 0.0):
                    straight[m] = False
        for a in range(axes):
            if transition[m, a, axes + a] != transition[m, 0, axes]:
                straight[m] = False
    for i in range(n):
        for m in range(count):
            total = 0.0
            for j in range(count):
                total += modes[i, j] * switching[j, m]
            out_modes[i, m] = total
            mixed[:] = 0.0
            start[:] = 0.0
            for j in range(count):
                weight = modes[i, j] * switching[j, m] / total
                for a in range(d):
                    mixed[a] += weight * mean[i, j, a]
            for j in range(count):
                weight = modes[i, j] * switching[j, m] / total
                if weight == 0.0:
                    continue
                for a in range(d):
                    apart = mean[i, j, a] - mixed[a]
                    for b in range(a, d):
                        start[a, b] += weight * (cov[i, j, a, b] + apart * (mean[i, j, b] - mixed[b]))
            for a in range(d):
                for b in range(a):
                    start[a, b] = start[b, a]
            if straight[m]:
                dt = transition[m, 0, axes]
                for a in range(axes):
                    out_mean[i, m, a] = mixed[a] + dt * mixed[axes + a] + drift[m, a]
                    out_mean[i, m, axes + a] = mixed[axes + a] + drift[m, axes + a]
                    for b in range(axes):
                        motion = start[axes + a, axes + b]
                        mixture = start[a, axes + b] + dt * motion
                        if b >= a:
                            place = start[a, b] + dt * (start[axes + a, b] + mixture) + noise[m, a, b]
                            out_cov[i, m, a, b] = place
                            out_cov[i, m, b, a] = place
                        out_cov[i, m, a, axes + b] = mixture + noise[m, a, axes + b]
                        out_cov[i, m, axes + b, a] = mixture + noise[m, a, axes + b]
                        out_cov[i, m, axes + a, axes + b] = motion + noise[m, axes + a, axes + b]
                continue
            for a in range(d):
                value = drift[m, a]
                for b in range(d):
                    value += transition[m, a, b] * mixed[b]
                out_mean[i, m, a] = value
                for b in range(d):
                    half[a, b] = 0.0
                for e in range(d):
                    factor = transition[m, a, e]
                    if factor != 0.0:
                        for b in range(d):
                            half[a, b] += factor * start[e, b]
            for a in range(d):
                for b in range(a, d):
                    value = noise[m, a, b]
                    for e in range(d):
                        factor = transition[m, b, e]
                        if factor != 0.0:
                            value += half[a, e] * factor
                    out_cov[i, m, a, b] = value
                    out_cov[i, m, b, a] = value
    return out_mean, out_cov, out_modes


def combine(mean: Array, cov: Array, modes: Array) -> tuple[Array, Array]:
    """Mean (n, d) and covariance (n, d, d) of the mixture over models."""
    joint = np.einsum("nm,nmd->nd", modes, mean)
    apart = mean - joint[:, None, :]
    spread = np.einsum("nm,nmde->nde", modes, cov) + np.einsum("nm,nmd,nme->nde", modes, apart, apart)
    return joint, (spread + np.swapaxes(spread, -1, -2)) / 2


@kernel
def combine_one(
    mean: Array, cov: Array, modes: Array, track: int, joint: Array, spread: Array, row: int
) -> None:
    """Write the mixture of one track into a row of joint (k, d) and spread (k, d, d), zero before."""
    count, d = mean.shape[1:]
    for m in range(count):
        for a in range(d):
            joint[row, a] += modes[track, m] * mean[track, m, a]
    for m in range(count):
        for a in range(d):
            apart = modes[track, m] * (mean[track, m, a] - joint[row, a])
            for b in range(a, d):
                value = apart * (mean[track, m, b] - joint[row, b])
                spread[row, a, b] += modes[track, m] * cov[track, m, a, b] + value
    for a in range(d):
        for b in range(a):
            spread[row, a, b] = spread[row, b, a]


@kernel
def combine_compiled(mean: Array, cov: Array, modes: Array) -> tuple[Array, Array]:
    """The twin of `combine`."""
    n, _, d = mean.shape
    joint, spread = np.zeros((n, d)), np.zeros((n, d, d))
    for i in range(n):
        combine_one(mean, cov, modes, i, joint, spread, i)
    return joint, spread


def picture(
    mean: Array, cov: Array, modes: Array, height: float, height_var: float, climb_var: float
) -> tuple[Array, Array]:
    """`combine` as states in space (n, 6), (n, 6, 6); a plane's height is the given prior."""
    joint, spread = combine(mean, cov, modes)
    if joint.shape[1] == 6:
        return joint, spread
    flat = np.array([0, 1, 3, 4])
    place, doubt = np.zeros((len(joint), 6)), np.zeros((len(joint), 6, 6))
    place[:, flat] = joint
    doubt[:, flat[:, None], flat] = spread
    place[:, 2], doubt[:, 2, 2], doubt[:, 5, 5] = height, height_var, climb_var
    return place, doubt


@kernel
def picture_compiled(
    mean: Array, cov: Array, modes: Array, height: float, height_var: float, climb_var: float
) -> tuple[Array, Array]:
    """The twin of `picture`."""
    joint, spread = combine_compiled(mean, cov, modes)
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
