"""Where objects were, seen from later: one step back of a smoother, with its compiled twin.

The smoother is that of Rauch, Tung, Striebel (AIAA Journal 3(8), 1965), over one Gaussian per track:
the mixture over its motion models. Between two samples the models are mixed by their own smoothed
probabilities (Kim, Journal of Econometrics 60, 1994, eq. 2.20), so that a turn that has been
understood since is not smoothed away, and straight flight is straight. Smoothers that keep one state
per model (Koch, IEEE TAES 36(1), 2000; Nadarajah et al., IEEE TAES 48(3), 2012) need the models' own
states, several times the memory for what no map shows.

Shapes: n tracks, M models, d states: mean (n, d), cov (n, d, d), modes (n, M).
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import part_of_kernel, twin_of
from marsad.tracking.drag import slow, slow_one

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def retrodict(
    mean: Array,
    cov: Array,
    modes: Array,
    later_mean: Array,
    later_cov: Array,
    later_modes: Array,
    transition: Array,
    drift: Array,
    noise: Array,
    switching: Array,
    drag: Array,
    dt_s: float,
) -> tuple[Array, Array, Array]:
    """Smoothed mean, covariance and modes, given those of the next sample, which are smoothed.

    transition, noise (M, d, d), drift (M, d) and switching (M, M) from this sample to the next, dt_s
    later; drag (M,) as in `drag.slow`.
    The covariance is positive definite: it is a Schur complement plus a congruence of the later one.
    """
    weight = later_modes / (modes @ switching)
    smoothed = modes * (weight @ switching.T)
    smoothed = smoothed / smoothed.sum(1, keepdims=True)

    each = np.einsum("mde,ne->nmd", transition, mean) + drift
    slow(each, drag, dt_s)
    ahead = np.einsum("nm,nmd->nd", later_modes, each)
    apart = each - ahead[:, None, :]
    spread = np.einsum("nm,mde,nef,mgf->ndg", later_modes, transition, cov, transition, optimize=True)
    spread = spread + np.einsum("nm,mde->nde", later_modes, noise)
    spread = spread + np.einsum("nm,nmd,nme->nde", later_modes, apart, apart)
    cross = np.einsum("nde,nm,mfe->ndf", cov, later_modes, transition, optimize=True)
    gain = np.swapaxes(np.linalg.solve(spread, np.swapaxes(cross, -1, -2)), -1, -2)
    mean = mean + np.einsum("nde,ne->nd", gain, later_mean - ahead)
    cov = cov + gain @ (later_cov - spread) @ np.swapaxes(gain, -1, -2)
    return mean, (cov + np.swapaxes(cov, -1, -2)) / 2, smoothed


@twin_of(retrodict)
def retrodict_compiled(
    mean: Array,
    cov: Array,
    modes: Array,
    later_mean: Array,
    later_cov: Array,
    later_modes: Array,
    transition: Array,
    drift: Array,
    noise: Array,
    switching: Array,
    drag: Array,
    dt_s: float,
) -> tuple[Array, Array, Array]:
    """The twin of `retrodict`."""
    n, d = mean.shape
    count = modes.shape[1]
    out_mean, out_cov, out_modes = np.empty_like(mean), np.empty_like(cov), np.empty_like(modes)
    each, ahead, spread, cross = np.empty((count, d)), np.empty(d), np.empty((d, d)), np.empty((d, d))
    gain, scratch, factor = np.empty((d, d)), np.empty((d, d)), np.empty((d, d))
    straight = _straight(transition)
    for i in range(n):
        weight = later_modes[i]
        _mixed(modes[i], weight, switching, out_modes[i])
        _foresee(mean[i], weight, transition, drift, drag, dt_s, each, ahead)
        _spread(cov[i], weight, transition, noise, straight, each, ahead, spread, scratch)
        _cross(cov[i], weight, transition, cross, scratch)
        _gain(cross, spread, gain, factor, scratch)
        for a in range(d):
            value = mean[i, a]
            for b in range(d):
                value += gain[a, b] * (later_mean[i, b] - ahead[b])
            out_mean[i, a] = value
        _congruent(cov[i], later_cov[i], spread, gain, out_cov[i], scratch)
    return out_mean, out_cov, out_modes


@part_of_kernel
def _straight(transition: Array) -> Flags:
    """Models (M,) of flight without turning: the common case, and a few sums instead of two products."""
    count, d = transition.shape[:2]
    axes, straight = d // 2, np.ones(count, np.bool_)
    for m in range(count):
        for a in range(d):
            for b in range(d):
                flat = 1.0 if a == b else (transition[m, 0, axes] if b == a + axes else 0.0)
                if transition[m, a, b] != flat:
                    straight[m] = False
    return straight


@part_of_kernel
def _mixed(modes: Array, later: Array, switching: Array, out: Array) -> None:
    """The smoothed modes (M,)."""
    count, total = len(modes), 0.0
    out[:] = 0.0
    for m in range(count):
        weight = 0.0
        for j in range(count):
            weight += modes[j] * switching[j, m]
        weight = later[m] / weight
        for j in range(count):
            out[j] += modes[j] * switching[j, m] * weight
            total += modes[j] * switching[j, m] * weight
    for m in range(count):
        out[m] /= total


@part_of_kernel
def _foresee(
    mean: Array,
    weight: Array,
    transition: Array,
    drift: Array,
    drag: Array,
    dt_s: float,
    each: Array,
    ahead: Array,
) -> None:
    """The mean of the next sample as foreseen: by each model, and by those found to hold since."""
    count, d = each.shape
    ahead[:] = 0.0
    for m in range(count):
        for a in range(d):
            value = drift[m, a]
            for b in range(d):
                value += transition[m, a, b] * mean[b]
            each[m, a] = value
        if drag[m] > 0.0:
            slow_one(each, m, drag[m], dt_s)
        for a in range(d):
            ahead[a] += weight[m] * each[m, a]


@part_of_kernel
def _spread(
    cov: Array,
    weight: Array,
    transition: Array,
    noise: Array,
    straight: Flags,
    each: Array,
    ahead: Array,
    spread: Array,
    scratch: Array,
) -> None:
    """Its covariance; the lower half, which is all that is read."""
    count, d = each.shape
    axes, plain, dt = d // 2, 0.0, 0.0
    spread[:] = 0.0
    for m in range(count):
        for a in range(d):
            apart = weight[m] * (each[m, a] - ahead[a])
            for b in range(a + 1):
                spread[a, b] += weight[m] * noise[m, a, b] + apart * (each[m, b] - ahead[b])
        if straight[m]:
            plain, dt = plain + weight[m], transition[m, 0, axes]
            continue
        for a in range(d):
            scratch[a] = 0.0
            for e in range(d):
                for b in range(d):
                    scratch[a, b] += transition[m, a, e] * cov[e, b]
        for a in range(d):
            for b in range(a + 1):
                value = 0.0
                for e in range(d):
                    value += scratch[a, e] * transition[m, b, e]
                spread[a, b] += weight[m] * value
    if plain > 0.0:
        for a in range(d):
            for b in range(d):
                scratch[a, b] = cov[a, b] + (dt * cov[axes + a, b] if a < axes else 0.0)
        for a in range(d):
            for b in range(a + 1):
                spread[a, b] += plain * (scratch[a, b] + (dt * scratch[a, axes + b] if b < axes else 0.0))


@part_of_kernel
def _cross(cov: Array, weight: Array, transition: Array, cross: Array, step: Array) -> None:
    """The covariance of this sample with the next as foreseen."""
    count, d = transition.shape[:2]
    step[:] = 0.0
    for m in range(count):
        for a in range(d):
            for b in range(d):
                step[a, b] += weight[m] * transition[m, a, b]
    for a in range(d):
        for b in range(d):
            value = 0.0
            for e in range(d):
                value += cov[a, e] * step[b, e]
            cross[a, b] = value


@part_of_kernel
def _gain(cross: Array, spread: Array, gain: Array, factor: Array, scratch: Array) -> None:
    """cross spread^-1 by the Cholesky factor of spread, whose diagonal is kept inverted."""
    d = len(spread)
    for a in range(d):
        for b in range(a + 1):
            value = spread[a, b]
            for e in range(b):
                value -= factor[a, e] * factor[b, e]
            factor[a, b] = 1 / np.sqrt(value) if a == b else value * factor[b, b]
    for a in range(d):
        for b in range(d):
            value = cross[a, b]
            for e in range(b):
                value -= factor[b, e] * scratch[a, e]
            scratch[a, b] = value * factor[b, b]
        for b in range(d - 1, -1, -1):
            value = scratch[a, b]
            for e in range(b + 1, d):
                value -= factor[e, b] * gain[a, e]
            gain[a, b] = value * factor[b, b]


@part_of_kernel
def _congruent(cov: Array, later: Array, spread: Array, gain: Array, out: Array, scratch: Array) -> None:
    """cov + gain (later - spread) gain^T; spread becomes the difference."""
    d = len(cov)
    for a in range(d):
        for b in range(a + 1):
            spread[a, b] = later[a, b] - spread[a, b]
            spread[b, a] = spread[a, b]
    for a in range(d):
        scratch[a] = 0.0
        for e in range(d):
            for b in range(d):
                scratch[a, b] += gain[a, e] * spread[e, b]
    for a in range(d):
        for b in range(a + 1):
            value = cov[a, b]
            for e in range(d):
                value += scratch[a, e] * gain[b, e]
            out[a, b] = value
            out[b, a] = value
