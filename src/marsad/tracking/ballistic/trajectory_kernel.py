"""The compiled twin of `trajectory.fitted`."""

import numpy as np
from numpy.typing import NDArray

from marsad.model.ballistic import SCALE_HEIGHT_M, WIND_GROWTH_MAX, WIND_HEIGHT_M
from marsad.tracking.ballistic.trajectory import (
    AXES,
    ENOUGH,
    FREE_STEP,
    NEAREST_M,
    ORIGIN,
    POLAR,
    SIGMAS,
    STEP_S,
    STEPS_MAX,
    TIME,
    UNKNOWNS,
    VALUES,
    fitted,
)
from marsad.tracking.compiled import kernel, part_of_kernel, twin_of

Array = NDArray[np.float64]


@part_of_kernel
def _rates(at: Array, grown: Array, rest: Array, air: Array, change: Array, growth: Array) -> None:
    """The twin of `rates`, into change (6,) and growth (6, 9); rest: of which the last three stay."""
    wind = min(max(1 + at[2] / WIND_HEIGHT_M, 1.0), WIND_GROWTH_MAX)
    east, north, up = at[3] - wind * rest[7], at[4] - wind * rest[8], at[5]
    speed = max(np.sqrt(east * east + north * north + up * up), 1e-3)
    factor = air[1] * np.exp(-at[2] / SCALE_HEIGHT_M) * np.exp(-rest[6]) / 2 if air[1] != 0.0 else 0.0
    for a in range(3):
        own = east if a == 0 else (north if a == 1 else up)
        change[a] = at[3 + a]
        change[3 + a] = -factor * speed * own if air[1] != 0.0 else rest[6 + a]
        for b in range(UNKNOWNS):
            growth[a, b] = grown[3 + a, b]
            growth[3 + a, b] = 0.0
        if air[1] == 0.0:
            growth[3 + a, 6 + a] = 1.0
            continue
        for b in range(UNKNOWNS):
            along = east * grown[3, b] + north * grown[4, b] + up * grown[5, b]
            growth[3 + a, b] = (
                -factor * (speed * grown[3 + a, b] + own * along / speed)
                - change[3 + a] * grown[2, b] / SCALE_HEIGHT_M
            )
        growth[3 + a, 6] -= change[3 + a]
        growth[3 + a, 7] += wind * factor * own * east / speed
        growth[3 + a, 8] += wind * factor * own * north / speed
        if a < 2:
            growth[3 + a, 7 + a] += wind * factor * speed
    change[5] -= air[0]


@part_of_kernel
def _flown(state: Array, sensitivity: Array, dt_s: float, air: Array, room: Array) -> None:
    """The twin of `flown`; room (6, 9, 9) for what lies between."""
    count = int(np.ceil(abs(dt_s) / STEP_S))
    at, change, one = room[4, 0], room[4, 1], room[4, 2]
    grown, growth, more = room[0], room[1], room[2]
    for _ in range(count):
        step = dt_s / count
        for a in range(6):
            at[a], change[a] = state[a], 0.0
            for b in range(UNKNOWNS):
                grown[a, b], growth[a, b] = sensitivity[a, b], 0.0
        for stage in range(4):
            _rates(at, grown, state, air, one, more)
            part = 1.0 if stage == 2 else 0.5
            weight = 2.0 if stage == 1 or stage == 2 else 1.0
            for a in range(6):
                change[a] += weight * one[a]
                at[a] = state[a] + part * step * one[a]
                for b in range(UNKNOWNS):
                    growth[a, b] += weight * more[a, b]
                    grown[a, b] = sensitivity[a, b] + part * step * more[a, b]
        for a in range(6):
            state[a] += step / 6 * change[a]
            for b in range(UNKNOWNS):
                sensitivity[a, b] += step / 6 * growth[a, b]


@part_of_kernel
def _seen(place: Array, plot: Array, expected: Array, slope: Array) -> None:
    """The twin of `seen`, into expected (≥3,) and slope (≥3, ≥3)."""
    if plot[POLAR] == 0:
        for a in range(3):
            expected[a] = place[a]
            for b in range(3):
                slope[a, b] = 1.0 if a == b else 0.0
        return
    east, north, up = 0.0, 0.0, 0.0
    for b in range(3):
        away = place[b] - plot[ORIGIN + b]
        east += away * plot[AXES + 3 * b]
        north += away * plot[AXES + 3 * b + 1]
        up += away * plot[AXES + 3 * b + 2]
    ground = max(np.sqrt(east**2 + north**2), NEAREST_M)
    distance = np.sqrt(ground**2 + up**2)
    expected[0], expected[1], expected[2] = distance, np.arctan2(east, north), np.arctan2(up, ground)
    turn_e, turn_n = north / ground**2, -east / ground**2
    rise_e, rise_n = -east * up / ground / distance**2, -north * up / ground / distance**2
    for b in range(3):
        along_e, along_n, along_u = plot[AXES + 3 * b], plot[AXES + 3 * b + 1], plot[AXES + 3 * b + 2]
        slope[0, b] = (east * along_e + north * along_n + up * along_u) / distance
        slope[1, b] = turn_e * along_e + turn_n * along_n
        slope[2, b] = rise_e * along_e + rise_n * along_n + ground / distance**2 * along_u


@kernel
def weighed_compiled(
    start: Array, plots: Array, air: Array, information: Array, gradient: Array, square: Array, room: Array
) -> None:
    """The twin of `weighed`, into information (9, 9), gradient (9,) and square (k,)."""
    state, expected, line = room[5, 0], room[5, 1], room[5, 2]
    slope, sensitivity = room[5, 3:], room[3]
    for a in range(UNKNOWNS):
        state[a], gradient[a] = start[a], 0.0
        for b in range(UNKNOWNS):
            information[a, b] = 0.0
            if a < 6:
                sensitivity[a, b] = 1.0 if a == b else 0.0
    last_s = 0.0
    for row in range(len(plots) - 1, -1, -1):
        plot = plots[row]
        _flown(state, sensitivity, plot[TIME] - last_s, air, room)
        last_s, square[row] = plot[TIME], 0.0
        _seen(state, plot, expected, slope)
        for k in range(3):
            apart, sigma = plot[VALUES + k] - expected[k], plot[SIGMAS + k]
            if np.isnan(apart):
                continue
            if plot[POLAR] > 0 and k > 0:
                apart = (apart + np.pi) % (2 * np.pi) - np.pi
            apart /= sigma
            square[row] += apart * apart
            for b in range(UNKNOWNS):
                line[b] = 0.0
                for a in range(3):
                    line[b] += slope[k, a] * sensitivity[a, b]
                line[b] /= sigma
                gradient[b] += line[b] * apart
                for a in range(b + 1):
                    information[a, b] += line[a] * line[b]
    for a in range(UNKNOWNS):
        for b in range(a):
            information[a, b] = information[b, a]


@part_of_kernel
def _solved(normal: Array, right: Array, damping: float, factor: Array, step: Array) -> None:
    """Solve (normal + damping · its diagonal) step = right, by Cholesky's factor (9, 9)."""
    for a in range(UNKNOWNS):
        for b in range(a + 1):
            value = normal[a, b] * (1 + damping) if a == b else normal[a, b]
            for c in range(b):
                value -= factor[a, c] * factor[b, c]
            factor[a, b] = np.sqrt(value) if a == b else value / factor[b, b]
    for a in range(UNKNOWNS):
        value = right[a]
        for c in range(a):
            value -= factor[a, c] * step[c]
        step[a] = value / factor[a, a]
    for a in range(UNKNOWNS - 1, -1, -1):
        value = step[a]
        for c in range(a + 1, UNKNOWNS):
            value -= factor[c, a] * step[c]
        step[a] = value / factor[a, a]


@twin_of(fitted)
def fitted_compiled(
    guess: Array, plots: Array, air: Array, prior: Array, weight: Array
) -> tuple[Array, Array, Array, float]:
    """The twin of `fitted`."""
    room, factor, step = np.empty((6, 9, UNKNOWNS)), np.empty((UNKNOWNS, UNKNOWNS)), np.empty(UNKNOWNS)
    best, trial, slope = guess.copy(), guess.copy(), np.zeros(UNKNOWNS)
    information, kept = np.zeros((UNKNOWNS, UNKNOWNS)), np.zeros((UNKNOWNS, UNKNOWNS))
    square, squares, gradient = np.zeros(len(plots)), np.zeros(len(plots)), np.zeros(UNKNOWNS)
    normal, cost, damping, assumed = np.zeros((UNKNOWNS, UNKNOWNS)), np.inf, 0.0, 0.0
    for _ in range(STEPS_MAX):
        weighed_compiled(trial, plots, air, information, gradient, square, room)
        own, total = 0.0, 0.0
        for a in range(UNKNOWNS):
            for b in range(UNKNOWNS):
                own += weight[a, b] * (trial[a] - prior[a]) * (trial[b] - prior[b])
        for row in range(len(plots)):
            total += square[row]
        total += own
        if total <= cost:
            gained, cost, assumed = cost - total, total, own
            kept[:], squares[:], best[:] = information, square, trial
            for a in range(UNKNOWNS):
                slope[a] = gradient[a]
                for b in range(UNKNOWNS):
                    slope[a] += weight[a, b] * (prior[b] - trial[b])
                    normal[a, b] = kept[a, b] + weight[a, b]
            damping /= 10
            if gained < ENOUGH:
                break
        else:
            damping = max(10 * damping, 1e-3)
        _solved(normal, slope, damping, factor, step)
        if air[1] > 0.0:
            step[6] = min(max(step[6], -FREE_STEP), FREE_STEP)
        for a in range(UNKNOWNS):
            trial[a] = best[a] + step[a]
    return best, kept, squares, assumed
