"""Tracks from bearings: where two lines of sight cross, how well that is known, how likely it is one object.

A pair of bearings is told from two unrelated ones by the odds

    w = λ s₁ s₂ e₁ e₂ ρ / (b₁ b₂),    ρ = ∫ N(z₁ | x) N(z₂ | x, v) p(v) p(height) dx dv

with the density λ of objects nobody has seen, the probability s that a sensor reports one in reach,
e that no track explains the bearing, and b the density of all other sources of bearings. The integral
is Laplace's about the least-squares state, once per motion model. Sources: Williams, IEEE TAES 51(3),
2015, §IV (intensity of a new target, here of two measurements instead of one); Bar-Shalom, Li,
Kirubarajan (2001), §3.7 (iterated least squares).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel, twin_of
from marsad.tracking.settings import TrackingSettings

Array = NDArray[np.float64]
Index = NDArray[np.int64]

STEPS = 8  # of Gauss-Newton from the crossing of the lines; most settle in three
SETTLED = 1e-9  # squared sigmas the last step may at most have gone
NEAREST_M = 1.0
FLAT_PER_M2 = 1e-12  # so little is known of the place before; keeps bad geometry solvable


class Prior(NamedTuple):
    """What no bearing tells of an object: height (2,) with its error, empty in a plane; motion (M, 3)
    per model: one-sigma speed and climb, horizontal acceleration density; log of the models' shares (M,).
    """

    height: Array
    motion: Array
    log_shares: Array

    @staticmethod
    def of(settings: TrackingSettings) -> "Prior":
        """The numbers of these settings."""
        height = [settings.unknown_height_m, settings.unknown_height_sigma_m]
        motion = [
            (speed, climb, model.noise_m2ps3)
            for (speed, climb), model in zip(settings.speed_sigmas_mps(), settings.models, strict=True)
        ]
        return Prior(
            np.array(height if settings.dimensions == 3 else [], float),
            np.array(motion, float),
            np.log(np.array(settings.modes_at_birth())),
        )


def locate(lines: Array, age_s: Array, height: Array, motion: Array) -> tuple[Array, Array, Array]:
    """Objects that two lines each (c, 2, 8 at least) saw: mean (c, M, d), cov (c, M, d, d), log of ρ (c, M).

    age_s (c,): how long before the first line the second was; the object flew straight in between.
    height, motion: see `Prior`. The state is that of the first line's time; NaN if none fits.
    """
    count, models, axes = len(lines), len(motion), 3 if len(height) else 2
    d = 2 * axes
    start, noise = _start(lines, age_s, height, motion)
    sharp = np.zeros((models, d))  # inverse prior variances; nothing is known of the horizontal place
    flat = np.diag(np.r_[FLAT_PER_M2, FLAT_PER_M2, np.zeros(d - 2)])
    sharp[:, axes : axes + 2] = motion[:, :1] ** -2
    middle = np.zeros(d)
    if axes == 3:
        sharp[:, 2], sharp[:, 5], middle[2] = height[1] ** -2, motion[:, 1] ** -2, height[0]
    state = np.zeros((count, models, d))
    state[..., :axes] = start[:, None, :axes]
    weight = 1 / noise
    for _ in range(STEPS):
        apart, slope = _angles(lines, age_s, state)
        told = slope * weight[..., None]
        information = np.swapaxes(slope, -1, -2) @ told + sharp[:, :, None] * np.eye(d) + flat
        pull = (told * apart[..., None]).sum(-2) + sharp * (middle - state)
        step = np.linalg.solve(information, pull[..., None])[..., 0]
        left = (step * pull).sum(-1)  # squared sigmas still to go
        near = np.hypot(*np.moveaxis(lines[:, None, :, :2] - state[..., None, :2], -1, 0)).min(-1)
        # the angles are far from linear nearer to a sensor than the step is long
        far = np.hypot(step[..., 0], step[..., 1])
        state = state + step * np.minimum(near / np.maximum(2 * far, 1e-9), 1.0)[..., None]
    apart, _ = _angles(lines, age_s, state)
    square = (weight * apart**2).sum(-1) + (sharp * (state - middle) ** 2).sum(-1)
    constant = np.log(2 * np.pi * np.where(np.isinf(noise), 1 / (2 * np.pi), noise)).sum(-1)
    constant -= np.log(np.where(sharp > 0, sharp / (2 * np.pi), 1.0)).sum(-1)
    volume = d * np.log(2 * np.pi) - np.linalg.slogdet(information)[1]
    cov = np.linalg.inv(information)
    lost = left > SETTLED
    state[lost], cov[lost], volume[lost] = np.nan, np.nan, np.nan
    return state, (cov + np.swapaxes(cov, -1, -2)) / 2, (volume - square - constant) / 2


def _start(lines: Array, age_s: Array, height: Array, motion: Array) -> tuple[Array, Array]:
    """Where the lines cross (c, 3), and variances (c, M, 4) of azimuth, elevation of both; inf: unmeasured.

    The older bearing is blurred by what the object may have deviated from straight flight since.
    """
    one, two = lines[:, 0], lines[:, 1]
    east, north = two[:, 0] - one[:, 0], two[:, 1] - one[:, 1]
    sine = np.sin(one[:, 3] - two[:, 3])
    distance = (east * np.cos(two[:, 3]) - north * np.sin(two[:, 3])) / sine
    other = (east * np.cos(one[:, 3]) - north * np.sin(one[:, 3])) / sine
    up = np.stack([one[:, 2] + distance * np.tan(one[:, 4]), two[:, 2] + other * np.tan(two[:, 4])], -1)
    guess = np.where(np.isnan(up[:, 0]), up[:, 1], up[:, 0])
    guess = np.where(np.isnan(guess), height[0] if len(height) else 0.0, guess)
    place = np.stack(
        [one[:, 0] + distance * np.sin(one[:, 3]), one[:, 1] + distance * np.cos(one[:, 3]), guess], -1
    )
    noise = np.empty((len(lines), len(motion), 4))
    noise[..., :2], noise[..., 2:] = one[:, None, 5:7] ** 2, two[:, None, 5:7] ** 2
    swerve = motion[:, 2] * age_s[:, None] ** 3 / 3 / other[:, None] ** 2
    noise[..., 2:] += swerve[..., None]
    measured = ~np.isnan(lines[:, None, :, 3:5].reshape(len(lines), 1, 4))
    return place, np.where(measured & ~np.isnan(noise), noise, np.inf)


def _angles(lines: Array, age_s: Array, state: Array) -> tuple[Array, Array]:
    """Measured minus expected (c, M, 4) azimuth, elevation of both lines (0 unmeasured), and slopes."""
    axes = state.shape[-1] // 2
    apart = np.empty((*state.shape[:2], 4))
    slope = np.zeros((*state.shape[:2], 4, 2 * axes))
    for k in range(2):
        line, age = lines[:, None, k], (age_s * k)[:, None]
        offset = np.zeros((*state.shape[:2], 3))
        offset[..., :axes] = state[..., :axes] - line[..., :axes] - age[..., None] * state[..., axes:]
        east, north, up = np.moveaxis(offset, -1, 0)
        ground = np.maximum(np.hypot(east, north), NEAREST_M)
        square = ground**2 + up**2
        turned = line[..., 3] - np.arctan2(east, north)
        apart[..., 2 * k] = (turned + np.pi) % (2 * np.pi) - np.pi
        apart[..., 2 * k + 1] = np.nan_to_num(line[..., 4] - np.arctan2(up, ground))
        slope[..., 2 * k, 0], slope[..., 2 * k, 1] = north / ground**2, -east / ground**2
        if axes == 3:
            slope[..., 2 * k + 1, 0] = -east * up / ground / square
            slope[..., 2 * k + 1, 1] = -north * up / ground / square
            slope[..., 2 * k + 1, 2] = ground / square
        rows = slice(2 * k, 2 * k + 2)
        slope[..., rows, axes:] = -age[..., None, None] * slope[..., rows, :axes]
    return apart, slope


@twin_of(locate)
def locate_compiled(lines: Array, age_s: Array, height: Array, motion: Array) -> tuple[Array, Array, Array]:
    """The twin of `locate`."""
    count, models, axes = len(lines), len(motion), 3 if len(height) else 2
    d = 2 * axes
    mean, cov = np.zeros((count, models, d)), np.zeros((count, models, d, d))
    log = np.zeros((count, models))
    noise, sharp, middle = np.empty(4), np.empty(d), np.zeros(d)
    if axes == 3:
        middle[2] = height[0]
    for c in range(count):
        for m in range(models):
            other = _start_compiled(lines[c], height, mean[c, m])
            swerve = motion[m, 2] * age_s[c] ** 3 / 3 / other**2
            for k in range(4):
                angle, error = lines[c, k // 2, 3 + k % 2], lines[c, k // 2, 5 + k % 2]
                noise[k] = error**2 + (swerve if k >= 2 else 0.0)
                if np.isnan(angle) or np.isnan(error):
                    noise[k] = np.inf
            for a in range(d):
                sharp[a] = 0.0 if a < axes else motion[m, 0] ** -2
            if axes == 3:
                sharp[2], sharp[5] = height[1] ** -2, motion[m, 1] ** -2
            log[c, m] = _settle(lines[c], age_s[c], noise, sharp, middle, mean[c, m], cov[c, m])
    return mean, cov, log


@kernel
def _start_compiled(lines: Array, height: Array, state: Array) -> float:
    """Put where two lines (2, 8) cross into a state; how far from the second."""
    one, two, axes = lines[0], lines[1], len(state) // 2
    east, north = two[0] - one[0], two[1] - one[1]
    sine = np.sin(one[3] - two[3])
    distance = (east * np.cos(two[3]) - north * np.sin(two[3])) / sine
    other = (east * np.cos(one[3]) - north * np.sin(one[3])) / sine
    state[0] = one[0] + distance * np.sin(one[3])
    state[1] = one[1] + distance * np.cos(one[3])
    if axes == 3:
        state[2] = one[2] + distance * np.tan(one[4])
        if np.isnan(state[2]):
            state[2] = two[2] + other * np.tan(two[4])
        if np.isnan(state[2]):
            state[2] = height[0]
    return float(other)


@kernel
def _settle(
    lines: Array, age_s: float, noise: Array, sharp: Array, middle: Array, state: Array, cov: Array
) -> float:
    """Bring a state to the least squares of both lines; its covariance, and the log of ρ."""
    d, left = len(state), 0.0
    apart, slope = np.empty(4), np.empty((4, d))
    information, inverse, pull = np.empty((d, d)), np.empty((d, d)), np.empty(d)
    log = d * np.log(2 * np.pi) / 2
    for step in range(STEPS):
        _angles_compiled(lines, age_s, state, apart, slope)
        _gather(noise, sharp, middle, state, apart, slope, information, pull)
        determinant = _invert(information, inverse)
        if step == STEPS - 1:
            log -= determinant / 2
        left = _advance(lines, inverse, pull, state)
    _angles_compiled(lines, age_s, state, apart, slope)
    for k in range(4):
        if not np.isinf(noise[k]):
            log -= (apart[k] ** 2 / noise[k] + np.log(2 * np.pi * noise[k])) / 2
    for a in range(d):
        if sharp[a] > 0:
            log -= (sharp[a] * (state[a] - middle[a]) ** 2 + np.log(2 * np.pi / sharp[a])) / 2
        for b in range(d):
            cov[a, b] = (inverse[a, b] + inverse[b, a]) / 2
    if left > SETTLED:
        log = np.nan
        for a in range(d):
            state[a] = np.nan
            for b in range(d):
                cov[a, b] = np.nan
    return float(log)


@kernel
def _gather(
    noise: Array,
    sharp: Array,
    middle: Array,
    state: Array,
    apart: Array,
    slope: Array,
    information: Array,
    pull: Array,
) -> None:
    """What the angles and the prior say of a state: information (d, d), and its pull (d,)."""
    d = len(state)
    for a in range(d):
        pull[a] = sharp[a] * (middle[a] - state[a])
        for b in range(d):
            information[a, b] = sharp[a] if a == b else 0.0
    information[0, 0] += FLAT_PER_M2
    information[1, 1] += FLAT_PER_M2
    for k in range(4):
        if np.isinf(noise[k]):
            continue
        for a in range(d):
            pull[a] += slope[k, a] * apart[k] / noise[k]
            for b in range(d):
                information[a, b] += slope[k, a] * slope[k, b] / noise[k]


@kernel
def _invert(square: Array, inverse: Array) -> float:
    """Put the inverse of a positive matrix into `inverse`, its Cholesky factor in its own place; the
    log of its determinant."""
    d, log = len(square), 0.0
    for a in range(d):
        for b in range(a + 1):
            value = square[a, b]
            for c in range(b):
                value -= square[a, c] * square[b, c]
            square[a, b] = np.sqrt(value) if a == b else value / square[b, b]
        log += 2 * np.log(square[a, a])
    for k in range(d):
        for a in range(d):
            value = 1.0 if a == k else 0.0
            for c in range(a):
                value -= square[a, c] * inverse[c, k]
            inverse[a, k] = value / square[a, a]
        for a in range(d - 1, -1, -1):
            for c in range(a + 1, d):
                inverse[a, k] -= square[c, a] * inverse[c, k]
            inverse[a, k] /= square[a, a]
    return float(log)


@kernel
def _advance(lines: Array, inverse: Array, pull: Array, state: Array) -> float:
    """Move a state along its pull, half the way to a sensor at most; squared sigmas that were to go."""
    d, left = len(state), 0.0
    east, north = state[0], state[1]
    near = min(
        np.hypot(lines[0, 0] - east, lines[0, 1] - north), np.hypot(lines[1, 0] - east, lines[1, 1] - north)
    )
    step = np.zeros(d)
    for a in range(d):
        for b in range(d):
            step[a] += inverse[a, b] * pull[b]
        left += step[a] * pull[a]
    short = min(near / max(2 * np.hypot(step[0], step[1]), 1e-9), 1.0)
    for a in range(d):
        state[a] += short * step[a]
    return float(left)


@kernel
def _angles_compiled(lines: Array, age_s: float, state: Array, apart: Array, slope: Array) -> None:
    axes = len(state) // 2
    offset = np.zeros(3)
    for k in range(2):
        line, age = lines[k], age_s * k
        for a in range(axes):
            offset[a] = state[a] - line[a] - age * state[axes + a]
        east, north, up = offset[0], offset[1], offset[2]
        ground = max(np.hypot(east, north), 1.0)  # NEAREST_M
        square = ground**2 + up**2
        apart[2 * k] = (line[3] - np.arctan2(east, north) + np.pi) % (2 * np.pi) - np.pi
        apart[2 * k + 1] = 0.0 if np.isnan(line[4]) else line[4] - np.arctan2(up, ground)
        slope[2 * k, 0], slope[2 * k, 1] = north / ground**2, -east / ground**2
        slope[2 * k + 1, 0], slope[2 * k + 1, 1] = 0.0, 0.0
        if axes == 3:
            slope[2 * k, 2] = 0.0
            slope[2 * k + 1, 0] = -east * up / ground / square
            slope[2 * k + 1, 1] = -north * up / ground / square
            slope[2 * k + 1, 2] = ground / square
        for a in range(axes):
            slope[2 * k, axes + a] = -age * slope[2 * k, a]
            slope[2 * k + 1, axes + a] = -age * slope[2 * k + 1, a]
