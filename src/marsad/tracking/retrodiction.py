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

from marsad.tracking.compiled import twin_of
from marsad.tracking.drag import slow, slow_one

Array = NDArray[np.float64]


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
    count, axes = modes.shape[1], d // 2
    out_mean, out_cov, out_modes = np.empty_like(mean), np.empty_like(cov), np.empty_like(modes)
    each, ahead, step = np.empty((count, d)), np.empty(d), np.empty((d, d))
    spread, cross, factor = np.empty((d, d)), np.empty((d, d)), np.empty((d, d))
    gain, half = np.empty((d, d)), np.empty((d, d))
    # flight without turning is the common case, and a few sums instead of two products
    straight = np.ones(count, np.bool_)
    for m in range(count):
        for a in range(d):
            for b in range(d):
                flat = 1.0 if a == b else (transition[m, 0, axes] if b == a + axes else 0.0)
                if transition[m, a, b] != flat:
                    straight[m] = False
    for i in range(n):
        total = 0.0
        out_modes[i] = 0.0
        for m in range(count):
            weight = 0.0
            for j in range(count):
                weight += modes[i, j] * switching[j, m]
            weight = later_modes[i, m] / weight
            for j in range(count):
                out_modes[i, j] += modes[i, j] * switching[j, m] * weight
                total += modes[i, j] * switching[j, m] * weight
        for m in range(count):
            out_modes[i, m] /= total

        # the next sample as this one foresees it, by the models found to hold since
        ahead[:], spread[:], step[:], plain = 0.0, 0.0, 0.0, 0.0
        for m in range(count):
            weight = later_modes[i, m]
            for a in range(d):
                value = drift[m, a]
                for b in range(d):
                    value += transition[m, a, b] * mean[i, b]
                    step[a, b] += weight * transition[m, a, b]
                each[m, a] = value
            if drag[m] > 0.0:
                slow_one(each, m, drag[m], dt_s)
            for a in range(d):
                ahead[a] += weight * each[m, a]
        for m in range(count):
            weight = later_modes[i, m]
            for a in range(d):
                apart = weight * (each[m, a] - ahead[a])
                for b in range(a + 1):
                    spread[a, b] += weight * noise[m, a, b] + apart * (each[m, b] - ahead[b])
            if straight[m]:
                plain += weight
                continue
            for a in range(d):
                for b in range(d):
                    half[a, b] = 0.0
                for e in range(d):
                    for b in range(d):
                        half[a, b] += transition[m, a, e] * cov[i, e, b]
            for a in range(d):
                for b in range(a + 1):
                    value = 0.0
                    for e in range(d):
                        value += half[a, e] * transition[m, b, e]
                    spread[a, b] += weight * value
        if plain > 0.0:
            dt = 0.0
            for m in range(count):
                if straight[m]:
                    dt = transition[m, 0, axes]
            for a in range(d):
                for b in range(d):
                    half[a, b] = cov[i, a, b] + (dt * cov[i, axes + a, b] if a < axes else 0.0)
            for a in range(d):
                for b in range(a + 1):
                    spread[a, b] += plain * (half[a, b] + (dt * half[a, axes + b] if b < axes else 0.0))
        for a in range(d):
            for b in range(d):
                value = 0.0
                for e in range(d):
                    value += cov[i, a, e] * step[b, e]
                cross[a, b] = value

        # gain = cross spread^-1 by the Cholesky factor of spread; its diagonal is kept inverted
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
                    value -= factor[b, e] * half[a, e]
                half[a, b] = value * factor[b, b]
            for b in range(d - 1, -1, -1):
                value = half[a, b]
                for e in range(b + 1, d):
                    value -= factor[e, b] * gain[a, e]
                gain[a, b] = value * factor[b, b]

        for a in range(d):
            for b in range(a + 1):
                spread[a, b] = later_cov[i, a, b] - spread[a, b]
                spread[b, a] = spread[a, b]
        for a in range(d):
            value = mean[i, a]
            for b in range(d):
                value += gain[a, b] * (later_mean[i, b] - ahead[b])
                cross[a, b] = 0.0
            out_mean[i, a] = value
            for e in range(d):
                for b in range(d):
                    cross[a, b] += gain[a, e] * spread[e, b]
        for a in range(d):
            for b in range(a + 1):
                value = cov[i, a, b]
                for e in range(d):
                    value += cross[a, e] * gain[b, e]
                out_cov[i, a, b] = value
                out_cov[i, b, a] = value
    return out_mean, out_cov, out_modes
