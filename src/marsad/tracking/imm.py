"""Interacting multiple models: mix and predict; each with its compiled twin.

Source: Blom, Bar-Shalom, "The interacting multiple model algorithm for systems with Markovian
switching coefficients", IEEE TAC 33(8), 1988.

Shapes: n tracks, M models, d = 2 * len(axes) states: mean (n, M, d), cov (n, M, d, d),
modes (n, M). The twins see a track and model as one row, r = i M + m, of flat arrays (n M, d) and
(n M, d d): with the length of `axes` known when compiled, every place in a row is a constant.
"""

from math import erf

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel, part_of_kernel, twin_of
from marsad.tracking.motion import Axes
from marsad.tracking.update import MODE_FLOOR

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

SOFT = 0.1  # of a least speed: how sharp it is
TINY = 1e-12


def predict(
    mean: Array,
    cov: Array,
    modes: Array,
    transition: Array,
    drift: Array,
    noise: Array,
    switching: Array,
    axes: Axes,
    to_mean: Array,
    to_cov: Array,
    to_modes: Array,
) -> None:
    """Write mean, covariance and mode probabilities after mixing and one prediction step to the last three.

    transition, noise (M, d, d), drift (M, d) and switching (M, M) as given by `motion`.
    """
    predicted = modes @ switching
    # weight of model j in the mixed start of model m: (n, j, m)
    weight = modes[:, :, None] * switching / predicted[:, None, :]
    mixed = np.einsum("njm,njd->nmd", weight, mean)
    apart = mean[:, :, None, :] - mixed[:, None, :, :]
    spread = np.einsum("njm,njde->nmde", weight, cov) + np.einsum("njm,njmd,njme->nmde", weight, apart, apart)
    to_mean[:] = np.einsum("mde,nme->nmd", transition, mixed) + drift
    moved = transition @ spread @ np.swapaxes(transition, -1, -2) + noise
    to_cov[:] = (moved + np.swapaxes(moved, -1, -2)) / 2
    to_modes[:] = predicted


@twin_of(predict)
def predict_compiled(
    mean: Array,
    cov: Array,
    modes: Array,
    transition: Array,
    drift: Array,
    noise: Array,
    switching: Array,
    axes: Axes,
    to_mean: Array,
    to_cov: Array,
    to_modes: Array,
) -> None:
    """The twin of `predict`."""
    n, count = modes.shape
    d = 2 * len(axes)
    states, spreads = mean.reshape((n * count, d)), cov.reshape((n * count, d * d))
    to_states, to_spreads = to_mean.reshape((n * count, d)), to_cov.reshape((n * count, d * d))
    steps, noises = transition.reshape((count, d * d)), noise.reshape((count, d * d))
    straight = _straight(steps, axes)
    mixed, start, half = np.empty((1, d)), np.empty((1, d * d)), np.empty(d * d)
    if count == 1 and straight[0]:
        for i in range(n):
            to_modes[i, 0] = modes[i, 0]
            _fly_straight(states, spreads, i, steps, drift, noises, 0, axes, to_states, to_spreads, i)
        return
    if count == 2 and straight[0] and straight[1]:
        for i in range(n):
            for m in range(2):
                to_modes[i, m] = _fly_two(
                    states,
                    spreads,
                    modes,
                    switching,
                    i,
                    steps,
                    drift,
                    noises,
                    m,
                    axes,
                    to_states,
                    to_spreads,
                    half,
                )
        return
    for i in range(n):
        for m in range(count):
            to, to_modes[i, m] = (
                i * count + m,
                _mix(states, spreads, modes, switching, i, m, axes, mixed, start),
            )
            if straight[m]:
                _fly_straight(mixed, start, 0, steps, drift, noises, m, axes, to_states, to_spreads, to)
            else:
                _turn(mixed, start, 0, steps, drift, noises, m, axes, to_states, to_spreads, to, half)


@kernel
def _straight(steps: Array, axes: Axes) -> Flags:
    """(M,) whether a model flies without turning: the common case, a few sums instead of products."""
    k = len(axes)
    d = 2 * k
    straight = np.ones(len(steps), np.bool_)
    for m in range(len(steps)):
        for a in range(d):
            for b in range(d):
                wanted = 1.0 if a == b else (steps[m, k] if b == a + k else 0.0)
                straight[m] &= steps[m, a * d + b] == wanted
    return straight


@part_of_kernel
def _mix(
    states: Array,
    spreads: Array,
    modes: Array,
    switching: Array,
    i: int,
    m: int,
    axes: Axes,
    mixed: Array,
    start: Array,
) -> float:
    """Write the start of model m, mixed from all of them, into a row; its predicted probability."""
    count, d = len(switching), 2 * len(axes)
    total = 0.0
    for j in range(count):
        total += modes[i, j] * switching[j, m]
    for a in range(d):
        mixed[0, a] = 0.0
        for b in range(a, d):
            start[0, a * d + b] = 0.0
    share = 1 / total
    for j in range(count):
        weight = modes[i, j] * switching[j, m] * share
        for a in range(d):
            mixed[0, a] += weight * states[i * count + j, a]
    for j in range(count):
        r, weight = i * count + j, modes[i, j] * switching[j, m] * share
        for a in range(d):
            apart = weight * (states[r, a] - mixed[0, a])
            for b in range(a, d):
                start[0, a * d + b] += weight * spreads[r, a * d + b] + apart * (states[r, b] - mixed[0, b])
    for a in range(d):
        for b in range(a):
            start[0, a * d + b] = start[0, b * d + a]
    return total


@part_of_kernel
def _fly_two(
    states: Array,
    spreads: Array,
    modes: Array,
    switching: Array,
    i: int,
    steps: Array,
    drift: Array,
    noises: Array,
    m: int,
    axes: Axes,
    to_states: Array,
    to_spreads: Array,
    apart: Array,
) -> float:
    """`_mix` and `_fly_straight` of one of two models, whose spread is that of one difference."""
    k = len(axes)
    d, r, to, dt = 2 * k, 2 * i, 2 * i + m, steps[m, k]
    one, two = modes[i, 0] * switching[0, m], modes[i, 1] * switching[1, m]
    total = one + two
    share = 1 / total
    one *= share
    two *= share
    for a in range(d):
        apart[a] = states[r, a] - states[r + 1, a]
    for a in range(k):
        place = one * states[r, a] + two * states[r + 1, a]
        speed = one * states[r, k + a] + two * states[r + 1, k + a]
        to_states[to, a] = place + dt * speed + drift[m, a]
        to_states[to, k + a] = speed + drift[m, k + a]
        near, fast = one * two * apart[a], one * two * apart[k + a]
        for b in range(k):
            p, q, s, t = a * d + b, a * d + k + b, (k + a) * d + b, (k + a) * d + k + b
            motion = one * spreads[r, t] + two * spreads[r + 1, t] + fast * apart[k + b]
            mixture = one * spreads[r, q] + two * spreads[r + 1, q] + near * apart[k + b] + dt * motion
            lower = one * spreads[r, s] + two * spreads[r + 1, s] + fast * apart[b]
            square = one * spreads[r, p] + two * spreads[r + 1, p] + near * apart[b]
            to_spreads[to, p] = square + dt * (lower + mixture) + noises[m, p]
            to_spreads[to, q] = mixture + noises[m, q]
            to_spreads[to, (k + b) * d + a] = mixture + noises[m, q]
            to_spreads[to, t] = motion + noises[m, t]
    return float(total)


@part_of_kernel
def _fly_straight(
    states: Array,
    spreads: Array,
    r: int,
    steps: Array,
    drift: Array,
    noises: Array,
    m: int,
    axes: Axes,
    to_states: Array,
    to_spreads: Array,
    to: int,
) -> None:
    """Carry row r by one step of model m, which does not turn, to row `to`."""
    k = len(axes)
    d = 2 * k
    dt = steps[m, k]
    for a in range(k):
        to_states[to, a] = states[r, a] + dt * states[r, k + a] + drift[m, a]
        to_states[to, k + a] = states[r, k + a] + drift[m, k + a]
        for b in range(k):
            motion = spreads[r, (k + a) * d + k + b]
            mixture = spreads[r, a * d + k + b] + dt * motion
            place = spreads[r, a * d + b] + dt * (spreads[r, (k + a) * d + b] + mixture)
            to_spreads[to, a * d + b] = place + noises[m, a * d + b]
            to_spreads[to, a * d + k + b] = mixture + noises[m, a * d + k + b]
            to_spreads[to, (k + b) * d + a] = mixture + noises[m, a * d + k + b]
            to_spreads[to, (k + a) * d + k + b] = motion + noises[m, (k + a) * d + k + b]


@kernel
def _turn(
    states: Array,
    spreads: Array,
    r: int,
    steps: Array,
    drift: Array,
    noises: Array,
    m: int,
    axes: Axes,
    to_states: Array,
    to_spreads: Array,
    to: int,
    half: Array,
) -> None:
    """The same of a model that turns."""
    d = 2 * len(axes)
    for a in range(d):
        value = drift[m, a]
        for b in range(d):
            value += steps[m, a * d + b] * states[r, b]
        to_states[to, a] = value
        for b in range(d):
            value = 0.0
            for e in range(d):
                value += steps[m, a * d + e] * spreads[r, e * d + b]
            half[a * d + b] = value
    for a in range(d):
        for b in range(a, d):
            value = noises[m, a * d + b]
            for e in range(d):
                value += half[a * d + e] * steps[m, b * d + e]
            to_spreads[to, a * d + b] = value
            to_spreads[to, b * d + a] = value


def suit(mean: Array, cov: Array, modes: Array, slowest: Array) -> None:
    """Let predicted modes (n, M) favour the models that suit an object's speed, in place.

    slowest (M,): least horizontal speed of what moves so, 0 for any. The chain's probabilities to switch
    then depend on the state, here through the probability that the track is at least so fast (Seah,
    Hwang, "Stochastic linear hybrid systems: modeling, estimation, and application in air traffic
    control", IEEE TCST 17(3), 2009). The limit is soft by a tenth of itself.
    """
    axes = mean.shape[-1] // 2
    speed = np.hypot(mean[..., axes], mean[..., axes + 1])
    variance = (cov[..., axes, axes] + cov[..., axes + 1, axes + 1]) / 2 + (SOFT * slowest) ** 2 + TINY
    enough = (1 + np.vectorize(erf, [float])((speed - slowest) / np.sqrt(2 * variance))) / 2
    modes[:] = np.maximum(modes * np.where(slowest > 0, enough, 1.0), MODE_FLOOR)
    modes /= modes.sum(-1, keepdims=True)


@twin_of(suit)
def suit_compiled(mean: Array, cov: Array, modes: Array, slowest: Array) -> None:
    """The twin of `suit`."""
    n, count, d = mean.shape
    x, y = d // 2, d // 2 + 1
    if slowest.max() <= 0.0:
        return
    for i in range(n):
        total = 0.0
        for m in range(count):
            if slowest[m] > 0.0:
                speed = np.sqrt(mean[i, m, x] ** 2 + mean[i, m, y] ** 2)
                variance = (cov[i, m, x, x] + cov[i, m, y, y]) / 2 + (0.1 * slowest[m]) ** 2  # SOFT
                modes[i, m] *= (1 + erf((speed - slowest[m]) / np.sqrt(2 * variance))) / 2
            modes[i, m] = max(modes[i, m], MODE_FLOOR)
            total += modes[i, m]
        for m in range(count):
            modes[i, m] /= total
