"""Where bearings of separated sensors cross. A line is a row of `Bearings.numbers`."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.bearings.memory import ELSEWHERE, SENSOR, T_NS, Bearings
from marsad.tracking.compiled import kernel, part_of_kernel, twin_of
from marsad.tracking.settings import TrackingSettings

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

OPEN_MIN = 0.5  # a bearing likelier than this to be of no track may be of any object
SIGMAS = 3.0  # agreement of angles and heights is judged at three sigma
NEAREST_M = 1.0


def crossing_limits(settings: TrackingSettings, lowest_up_m: float = 0.0) -> Array:
    """Limits (8,) of `crossings`: least separation, least sine of the angle, half the top speed and
    climb (one sigma), lowest and highest up, how far back bearings are remembered and how many.

    lowest_up_m   the lowest ground there is
    """
    return np.array(
        [
            settings.crossing_separation_min_m,
            np.sin(settings.crossing_angle_min_rad),
            settings.speed_max_mps / 2,
            settings.vertical_speed_max_mps / 2,
            settings.ground_up_m + lowest_up_m,
            2 * settings.ceiling_m,
            settings.bearing_memory_s,
            settings.bearings_max,
        ],
        float,
    )


def crossings(first: Array, second: Array, apart_s: Array, limits: Array) -> tuple[Flags, Array]:
    """Whether lines (…, 8 at least) may be of one object, and its range and one-sigma error from the first.

    apart_s (…,): time between them, during which the object moved. Last axis of the second value:
    range from the first place, its error, range from the second. Lines must come from separated
    places, cross under an angle, ahead of both and in reach, and not in different heights.
    """
    separation, sine_min, speed, climb, lowest, highest = limits[:6]
    east, north = second[..., 0] - first[..., 0], second[..., 1] - first[..., 1]
    sine = np.sin(first[..., 3] - second[..., 3])
    cosine = np.cos(first[..., 3] - second[..., 3])
    wide = np.abs(sine) >= sine_min
    sine = np.where(wide, sine, 1.0)
    one = (east * np.cos(second[..., 3]) - north * np.sin(second[..., 3])) / sine
    two = (east * np.cos(first[..., 3]) - north * np.sin(first[..., 3])) / sine
    moved = speed * apart_s
    side_one, side_two = one * first[..., 5], two * second[..., 5]
    error_one = np.sqrt(side_two**2 + (side_one * cosine) ** 2 + moved**2) / np.abs(sine)
    error_two = np.sqrt(side_one**2 + (side_two * cosine) ** 2 + moved**2) / np.abs(sine)
    good = wide & (np.hypot(east, north) >= separation) & (np.minimum(one, two) >= NEAREST_M)
    good &= (one <= first[..., 7]) & (two <= second[..., 7])
    up_one, doubt_one = _height(first, one, error_one)
    up_two, doubt_two = _height(second, two, error_two)
    doubt = SIGMAS * np.sqrt(doubt_one**2 + doubt_two**2 + (climb * apart_s) ** 2)
    good &= ~(np.abs(up_one - up_two) > doubt)
    good &= ~(up_one < lowest - SIGMAS * doubt_one) & ~(up_two < lowest - SIGMAS * doubt_two)
    good &= ~(up_one > highest + SIGMAS * doubt_one) & ~(up_two > highest + SIGMAS * doubt_two)
    return good, np.stack([one, error_one, two], -1)


def _height(line: Array, distance: Array, error: Array) -> tuple[Array, Array]:
    slope = np.tan(line[..., 4])
    doubt = np.hypot(distance * (1 + slope**2) * line[..., 6], slope * error)
    return line[..., 2] + distance * slope, doubt


@kernel
def crossing(first: Array, second: Array, apart_s: float, limits: Array) -> tuple[bool, float, float, float]:
    """The twin of `crossings` for one pair; zeros where they do not cross."""
    no = False, 0.0, 0.0, 0.0
    east, north = second[0] - first[0], second[1] - first[1]
    if np.hypot(east, north) < limits[0]:
        return no
    sine_one, cosine_one = np.sin(first[3]), np.cos(first[3])
    sine_two, cosine_two = np.sin(second[3]), np.cos(second[3])
    sine, cosine = (
        sine_one * cosine_two - cosine_one * sine_two,
        cosine_one * cosine_two + sine_one * sine_two,
    )
    if not abs(sine) >= limits[1]:
        return no
    one = (east * cosine_two - north * sine_two) / sine
    two = (east * cosine_one - north * sine_one) / sine
    if not (1.0 <= one <= first[7] and 1.0 <= two <= second[7]):  # NEAREST_M
        return no
    moved = limits[2] * apart_s
    side_one, side_two = one * first[5], two * second[5]
    error_one = np.sqrt(side_two**2 + (side_one * cosine) ** 2 + moved**2) / abs(sine)
    error_two = np.sqrt(side_one**2 + (side_two * cosine) ** 2 + moved**2) / abs(sine)
    up_one, doubt_one = _height_compiled(first, one, error_one)
    up_two, doubt_two = _height_compiled(second, two, error_two)
    doubt = 3.0 * np.sqrt(doubt_one**2 + doubt_two**2 + (limits[3] * apart_s) ** 2)  # SIGMAS
    # a height that was not measured is NaN, and no comparison with it holds
    if abs(up_one - up_two) > doubt:
        return no
    if up_one < limits[4] - 3.0 * doubt_one or up_two < limits[4] - 3.0 * doubt_two:
        return no
    if up_one > limits[5] + 3.0 * doubt_one or up_two > limits[5] + 3.0 * doubt_two:
        return no
    return True, one, error_one, two


@part_of_kernel
def _height_compiled(line: Array, distance: float, error: float) -> tuple[float, float]:
    if np.isnan(line[4]):
        return np.nan, np.nan
    slope = np.tan(line[4])
    return line[2] + distance * slope, np.hypot(distance * (1 + slope**2) * line[6], slope * error)


def crossing_pairs(bearings: Bearings, known: int, limits: Array) -> tuple[Index, Index]:
    """Pairs (fresh, older) of rows of different sensors that nothing explains and that may cross.

    The first `known` rows are older bearings, the others fresh ones. Sorted by fresh, the newest
    older one first.
    """
    line, t_ns, sensor = bearings.numbers, bearings.book[:, T_NS], bearings.book[:, SENSOR]
    open_ = line[:, ELSEWHERE] > OPEN_MIN
    fresh = np.arange(known, len(line))
    apart_s = np.asarray((t_ns[fresh, None] - t_ns[None, :known]) * 1e-9, float)
    good, _ = crossings(line[fresh, None], line[None, :known], apart_s, limits)
    good &= sensor[fresh, None] != sensor[None, :known]
    good &= open_[fresh, None] & open_[None, :known]
    one, other = np.nonzero(good[:, ::-1])
    return fresh[one], known - 1 - other


@twin_of(crossing_pairs)
def crossing_pairs_compiled(bearings: Bearings, known: int, limits: Array) -> tuple[Index, Index]:
    """The twin of `crossing_pairs`."""
    line, book = bearings.numbers, bearings.book
    total, used = 0, 0
    for j in range(known, len(line)):
        total += line[j, ELSEWHERE] > OPEN_MIN
    one, other = np.empty(total * known, np.int64), np.empty(total * known, np.int64)
    for j in range(known, len(line)):
        if not line[j, ELSEWHERE] > OPEN_MIN:
            continue
        for b in range(known - 1, -1, -1):
            if book[b, SENSOR] == book[j, SENSOR] or not line[b, ELSEWHERE] > OPEN_MIN:
                continue
            if crossing(line[j], line[b], (book[j, T_NS] - book[b, T_NS]) * 1e-9, limits)[0]:
                one[used], other[used] = j, b
                used += 1
    return one[:used].copy(), other[:used].copy()
