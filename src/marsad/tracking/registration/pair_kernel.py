"""The compiled twin of `registration.pairs`, one pair at a time."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel
from marsad.tracking.registration.pairs import NEAREST_M, REFUSED, SLOW, UNUSABLE, USED, WIDE, Belief, Subject

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@kernel
def frame_of(
    place: Array, origin: Array, rotation: Array, numbers: Array, slope: Array, lever: Array
) -> None:
    """`polar_frame` of one place (3,), into numbers (3,), slope and lever (3, 3)."""
    east, north, up = 0.0, 0.0, 0.0
    for b in range(3):
        apart = place[b] - origin[b]
        east += apart * rotation[b, 0]
        north += apart * rotation[b, 1]
        up += apart * rotation[b, 2]
    ground = max(np.hypot(east, north), NEAREST_M)
    distance = np.hypot(ground, up)
    numbers[0], numbers[1], numbers[2] = distance, np.arctan2(east, north), np.arctan2(up, ground)
    for b in range(3):
        x, y, z = rotation[b, 0], rotation[b, 1], rotation[b, 2]
        lever[b, 0] = (x * east + y * north + z * up) / distance
        lever[b, 1] = x * north - y * east
        lever[b, 2] = (-x * east * up - y * north * up) / ground + z * ground
        slope[0, b] = lever[b, 0]
        slope[1, b] = lever[b, 1] / ground**2
        slope[2, b] = lever[b, 2] / distance**2


@kernel
def solve_three(square: Array, right: Array) -> None:
    """Solve square (3, 3), symmetric and positive, for the columns of right (3, c), in place of it."""
    for a in range(3):
        for b in range(a + 1):
            value = square[a, b]
            for c in range(b):
                value -= square[a, c] * square[b, c]
            square[a, b] = np.sqrt(value) if a == b else value / square[b, b]
    for k in range(right.shape[1]):
        for a in range(3):
            for c in range(a):
                right[a, k] -= square[a, c] * right[c, k]
            right[a, k] /= square[a, a]
        for a in range(2, -1, -1):
            for c in range(a + 1, 3):
                right[a, k] -= square[c, a] * right[c, k]
            right[a, k] /= square[a, a]


@kernel
def add_pair(
    subject: Subject,
    values: Array,
    sigmas: Array,
    reference: int,
    row: Array,
    dt: float,
    crowd: float,
    belief: Belief,
    gates: Array,
    soft: Array,
    matrix: Array,
    vector: Array,
) -> int:
    """`pair_information` of one pair, put into matrix (8, 8) and vector (8,) if it is used; its fate.

    values, sigmas (3,); row (WIDTH,) of the reference plot as in `registration.recent`.
    """
    place, spread, crowded = np.empty(3), np.empty((3, 3)), np.empty((3, 3))
    expected, slope, lever = np.empty(3), np.empty((3, 3)), np.empty((3, 3))
    blur = belief.scale[subject.row, 3] ** 2 + belief.scale[reference, 3] ** 2
    slow = _carry_on(row, dt, crowd, blur, place, spread, crowded)
    if not _expect(subject, place, spread, expected, slope, lever):
        return UNUSABLE
    apart, design = np.zeros(3), np.zeros((3, 8))
    _differ(subject, values, expected, slope, lever, row, slow, belief.scale, reference, apart, design)
    scatter, count = np.zeros((3, 3)), 0
    for k in range(3):
        if np.isnan(values[k]):
            scatter[k, k] = 1.0
            continue
        count += 1
        for q in range(3):
            if not np.isnan(values[q]):
                for b in range(3):
                    for c in range(3):
                        scatter[k, q] += slope[k, b] * crowded[b, c] * slope[q, c]
        scatter[k, k] += sigmas[k] ** 2 * crowd
    if count == 0:
        return UNUSABLE
    at = np.empty(8, np.int64)
    for b in range(4):
        at[b], at[4 + b] = 4 * subject.row + b, 4 * reference + b
    square = _surprise(apart, design, scatter, at, belief)
    if not square <= gates[count]:
        return REFUSED
    weight = min(1.0, soft[count] / max(square, 1e-12))
    weighted = design.copy()
    solve_three(scatter, weighted)
    for b in range(8):
        vector[b] = 0.0
        for k in range(3):
            vector[b] += weight * weighted[k, b] * apart[k]
        for c in range(8):
            value = 0.0
            for k in range(3):
                value += weighted[k, b] * design[k, c]
            matrix[b, c] = weight * value
    return USED


@kernel
def _carry_on(
    row: Array, dt: float, crowd: float, blur: float, place: Array, spread: Array, crowded: Array
) -> bool:
    """Put the place (3,) of a reference plot dt later, its covariance, and that with the crowd's.

    Returns whether it is too slow to tell of clocks: the variance `blur` of these is a blur then.
    """
    speed, doubt = 0.0, 0.0
    for a in range(3):
        place[a] = row[a] + row[21 + a] * dt
        speed += row[21 + a] ** 2
        doubt += row[24 + 4 * a]
    slow = speed < SLOW**2 * doubt
    drift = row[33] * abs(dt) ** 3 / 3
    for a in range(3):
        for b in range(3):
            unsure = row[24 + 3 * a + b]
            bridge = unsure * dt**2 + (drift if a == b else 0.0)
            bridge += (row[21 + a] * row[21 + b] + unsure) * (blur if slow else 0.0)
            spread[a, b] = row[3 + 3 * a + b] + bridge
            crowded[a, b] = row[3 + 3 * a + b] * crowd + bridge
    return slow


@kernel
def _expect(
    subject: Subject, place: Array, spread: Array, expected: Array, slope: Array, lever: Array
) -> bool:
    """Put what the subject should see of a place and both slopes; whether it is linear enough."""
    frame_of(place, subject.origin, subject.rotation, expected, slope, lever)
    if not subject.polar:
        expected[:] = place
        slope[:] = 0.0
        for a in range(3):
            slope[a, a] = 1.0
        if subject.claims:
            lever[0, 2], lever[1, 2], lever[2, 2] = 0.0, 0.0, 1.0
        return True
    total, along = spread[0, 0] + spread[1, 1] + spread[2, 2], 0.0
    for a in range(3):
        for b in range(3):
            along += slope[0, a] * spread[a, b] * slope[0, b]
    expected[0] += (total - along) / (2 * expected[0])
    linear: bool = total < (WIDE * expected[0] * np.cos(expected[2])) ** 2
    return linear


@kernel
def _differ(
    subject: Subject,
    values: Array,
    expected: Array,
    slope: Array,
    lever: Array,
    row: Array,
    slow: bool,
    scale: Array,
    reference: int,
    apart: Array,
    design: Array,
) -> None:
    """Put the difference (3,) and its slope (3, 8) by the scaled biases of both, 0 if not measured."""
    for k in range(3):
        if np.isnan(values[k]):
            continue
        apart[k] = values[k] - expected[k]
        if subject.polar and k > 0:
            apart[k] = (apart[k] + np.pi) % (2 * np.pi) - np.pi
        along = 0.0
        for b in range(3):
            if not slow:
                along += slope[k, b] * row[21 + b]
            own = (1.0 if k == b else 0.0) if subject.polar else lever[k, b]
            design[k, b] = own * scale[subject.row, b]
            value = 0.0
            for c in range(3):
                value += slope[k, c] * row[12 + 3 * c + b]
            design[k, 4 + b] = -value * scale[reference, b]
        design[k, 3] = -along * scale[subject.row, 3]
        design[k, 7] = along * scale[reference, 3]
        for b in range(4):
            apart[k] += design[k, b] * subject.correction[b] + design[k, 4 + b] * row[34 + b]


@kernel
def _surprise(apart: Array, design: Array, scatter: Array, at: Index, belief: Belief) -> float:
    """Squared distance of a difference from what is believed of the biases at rows (8,)."""
    half, surprise, expected = np.zeros((3, 8)), np.empty((3, 1)), scatter.copy()
    for k in range(3):
        surprise[k, 0] = apart[k]
        for b in range(8):
            surprise[k, 0] -= design[k, b] * belief.mean[at[b]]
            for c in range(8):
                half[k, b] += design[k, c] * belief.cov[at[c], at[b]]
    for k in range(3):
        for q in range(3):
            for b in range(8):
                expected[k, q] += half[k, b] * design[q, b]
    solved = surprise.copy()
    solve_three(expected, solved)
    square = 0.0
    for k in range(3):
        square += surprise[k, 0] * solved[k, 0]
    return square
