"""Chains: plots of several scans that may be of one object, and how likely that is.

A chain is filtered by itself, without the mixing over plots that a single scan needs: a Kalman filter per
motion model, of straight motion, every axis by itself. Its logarithm is that of the odds "one object made
these plots" against "all of them are false": births, misses and innovations in one number, so that the
best explanation of a few scans is the set of chains with the greatest sum (Sittler, IEEE Trans. Military
Electronics 8(2), 1964). The same filter run backwards gives what later plots say of an earlier state, so that
any head and any tail are joined by one product of two Gaussians (Fraser, Potter, IEEE TAC 14(4), 1969).

A state under M models is (M, 5 k + 1): per axis place, speed and their variances PP, PV, VV; last the log of
the odds. Of a tail it is the information: vector, matrix, and the log of the constant.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both

Array = NDArray[np.float64]

LOG_CERTAIN = 30.0  # log odds beyond this and log(1 + odds) are the same


class Physics(NamedTuple):
    """What a chain's odds depend on.

    noise, speeds (M, k)  acceleration density, and variance of the speed of a new object, per axis
    share (M,)            of new objects that move so
    hit, miss             log probabilities that an object is reported or not, and stays; hit: over the
                          density of false plots
    birth                 log odds of one plot: a new object against a false plot
    """

    noise: Array
    speeds: Array
    share: Array
    hit: float
    miss: float
    birth: float


@both
def begin(state: Array, place: Array, variance: Array, physics: Physics) -> None:
    """Write the state of a chain whose first plot has this place (k,) and variance (k,)."""
    for m in range(len(state)):
        for a in range(len(place)):
            state[m, 5 * a], state[m, 5 * a + 1], state[m, 5 * a + 2] = place[a], 0.0, variance[a]
            state[m, 5 * a + 3], state[m, 5 * a + 4] = 0.0, physics.speeds[m, a]
        state[m, -1] = physics.birth


@both
def advance(state: Array, dt_s: float, place: Array, variance: Array, physics: Physics) -> None:
    """Carry a state over dt_s, and fold in a plot (k,) of this variance (k,), NaN if there was none."""
    axes, hit = len(place), not np.isnan(place[0])
    for m in range(len(state)):
        square, product = 0.0, 1.0
        for a in range(axes):
            noise, c = physics.noise[m, a], 5 * a
            vv = state[m, c + 4]
            state[m, c] += dt_s * state[m, c + 1]
            state[m, c + 2] += dt_s * (2 * state[m, c + 3] + dt_s * vv) + noise * dt_s**3 / 3
            state[m, c + 3] += dt_s * vv + noise * dt_s**2 / 2
            state[m, c + 4] = vv + noise * dt_s
            if hit:
                total, apart = state[m, c + 2] + variance[a], place[a] - state[m, c]
                near, far = state[m, c + 2] / total, state[m, c + 3] / total
                square += apart * apart / total
                product *= 2 * np.pi * total
                state[m, c] += near * apart
                state[m, c + 1] += far * apart
                state[m, c + 4] -= far * state[m, c + 3]
                state[m, c + 3] -= near * state[m, c + 3]
                state[m, c + 2] -= near * state[m, c + 2]
        state[m, -1] += physics.hit - 0.5 * (square + np.log(product)) if hit else physics.miss


@both
def recede(tail: Array, dt_s: float, place: Array, variance: Array, physics: Physics) -> None:
    """Put a plot (k,) (NaN none) before a tail, and carry what both say back over the dt_s before it."""
    axes, hit = len(place), not np.isnan(place[0])
    for m in range(len(tail)):
        square, product = 0.0, 1.0
        for a in range(axes):
            c, noise = 5 * a, physics.noise[m, a]
            if hit:
                tail[m, c] += place[a] / variance[a]
                tail[m, c + 2] += 1 / variance[a]
                square += place[a] * place[a] / variance[a]
                product *= 2 * np.pi * variance[a]
            u, w, pp, pv, vv = tail[m, c], tail[m, c + 1], tail[m, c + 2], tail[m, c + 3], tail[m, c + 4]
            qpp, qpv, qvv = noise * dt_s**3 / 3, noise * dt_s**2 / 2, noise * dt_s
            size, own = qpp * qvv - qpv * qpv, pp * vv - pv * pv
            det = 1 + pp * qpp + 2 * pv * qpv + vv * qvv + own * size
            gpp, gpv, gvv = qpp + size * vv, qpv - size * pv, qvv + size * pp
            square -= (u * u * gpp + 2 * u * w * gpv + w * w * gvv) / det
            product *= det
            first = ((1 + pv * qpv + vv * qvv) * u - (pp * qpv + pv * qvv) * w) / det
            second = ((1 + pp * qpp + pv * qpv) * w - (pv * qpp + vv * qpv) * u) / det
            pp, pv, vv = (pp + own * qvv) / det, (pv - own * qpv) / det, (vv + own * qpp) / det
            tail[m, c], tail[m, c + 1] = first, second + dt_s * first
            tail[m, c + 2], tail[m, c + 3] = pp, pv + dt_s * pp
            tail[m, c + 4] = vv + dt_s * (2 * pv + dt_s * pp)
        tail[m, -1] += (physics.hit if hit else physics.miss) - 0.5 * (square + np.log(product))


@both
def joined(head: Array, tail: Array, share: Array) -> float:
    """What a head with this tail is worth: log of one plus the odds, for it is one object, or all false."""
    axes, top, total = head.shape[1] // 5, -np.inf, 0.0
    for m in range(len(share)):
        square, product = 0.0, 1.0
        for a in range(axes):
            c = 5 * a
            x, v = head[m, c], head[m, c + 1]
            qpp, qpv, qvv = head[m, c + 2], head[m, c + 3], head[m, c + 4]
            pp, pv, vv = tail[m, c + 2], tail[m, c + 3], tail[m, c + 4]
            u, w = tail[m, c] - pp * x - pv * v, tail[m, c + 1] - pv * x - vv * v
            size = qpp * qvv - qpv * qpv
            det = 1 + pp * qpp + 2 * pv * qpv + vv * qvv + (pp * vv - pv * pv) * size
            gpp, gpv, gvv = qpp + size * vv, qpv - size * pv, qvv + size * pp
            square += (u * u * gpp + 2 * u * w * gpv + w * w * gvv) / det
            square += (tail[m, c] + u) * x + (tail[m, c + 1] + w) * v
            product *= det
        log = head[m, -1] + tail[m, -1] + 0.5 * (square - np.log(product))
        if log > top:
            total, top = total * np.exp(top - log) + share[m], log
        else:
            total += share[m] * np.exp(log - top)
    odds = top + np.log(total)
    return float(odds) if odds > LOG_CERTAIN else float(np.log1p(np.exp(odds)))


@both
def smoothed(head: Array, tail: Array, place: Array) -> None:
    """Write where (k,) the likeliest model of a head sees the object in the light of its tail."""
    m = int(np.argmax(head[:, -1]))
    for a in range(len(place)):
        c = 5 * a
        x, v, qpp, qpv, qvv = head[m, c], head[m, c + 1], head[m, c + 2], head[m, c + 3], head[m, c + 4]
        pp, pv, vv = tail[m, c + 2], tail[m, c + 3], tail[m, c + 4]
        u, w = tail[m, c] - pp * x - pv * v, tail[m, c + 1] - pv * x - vv * v
        size = qpp * qvv - qpv * qpv
        det = 1 + pp * qpp + 2 * pv * qpv + vv * qvv + (pp * vv - pv * pv) * size
        place[a] = x + ((qpp + size * vv) * u + (qpv - size * pv) * w) / det
