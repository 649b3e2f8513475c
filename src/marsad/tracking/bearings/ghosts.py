"""Which crossings of bearings are places of objects, and which may be ghosts.

Two lines from separated places cross in a point; that point is the object only if both lines point
at the same one. With k objects in one sensor's sight and l in another's there are k l crossings,
most of them ghosts. What tells them apart is here: heights that differ, ranges beyond reach, a third
sensor that sees nothing there, or that no other line could have been meant.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.bearings.crossings import NEAREST_M, OPEN_MIN, SIGMAS, crossing, crossings
from marsad.tracking.bearings.memory import (
    AZIMUTH,
    AZIMUTH_ERROR,
    OPEN,
    OWNER,
    PERIOD_NS,
    SENSOR,
    T_NS,
    Bearings,
)
from marsad.tracking.compiled import kernel, twin_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


def agreement(bearings: Bearings, known: int, limits: Array) -> Index:
    """Whether each fresh bearing and another sensor's fix the place of the track that owns both (k,).

    The first `known` rows are older bearings, the others fresh ones. 1 they do; -1 they cross, but
    may be a ghost; 0 no other sensor has a bearing of that track. It may be a ghost if one of the two
    also crosses a rival of the other: another bearing of its look that no proven track explains, and
    that another look has too, as false plots do not. A rival that has another partner does not
    count, unless that partner could be swapped. If three sensors have bearings of the track, a rival
    crossing must have a third as well.
    """
    sight = _Sight(bearings, limits)
    owner, result = sight.owner, np.zeros(len(bearings.book) - known, np.int64)
    for j in range(known, len(owner)):
        if owner[j] <= 0:
            continue
        mates = np.flatnonzero((owner == owner[j]) & sight.good[j] & (np.arange(len(owner)) < known))
        thirds = len(np.unique(sight.sensor[mates])) >= 2
        for b in mates:
            rivalled = sight.rivalled(j, int(b), thirds) or sight.rivalled(int(b), j, thirds)
            result[j - known] = -1 if rivalled and result[j - known] < 1 else 1
    return result


class _Sight:
    """All pairs of bearings at once: which may cross, which are rivals of one look."""

    def __init__(self, bearings: Bearings, limits: Array) -> None:
        line, book = bearings.numbers, bearings.book
        t_ns, period_ns, sensor, owner = book[:, T_NS], book[:, PERIOD_NS], book[:, SENSOR], book[:, OWNER]
        self.line, self.sensor, self.limits, self.open = line, sensor, limits, line[:, OPEN] > OPEN_MIN
        self.owner, self.period_s = owner, period_ns * 1e-9
        apart_ns = np.abs(t_ns[:, None] - t_ns[None, :])
        self.apart_s = apart_ns * 1e-9
        self.good, self.place = crossings(line[:, None], line[None, :], self.apart_s, limits)
        self.good &= sensor[:, None] != sensor[None, :]
        self.look = apart_ns <= np.maximum(period_ns[:, None], period_ns[None, :])
        self.rival = self.look & (sensor[:, None] == sensor[None, :]) & (owner[:, None] != owner[None, :])
        self.turned = np.abs((line[:, None, 3] - line[None, :, 3] + np.pi) % (2 * np.pi) - np.pi)
        self.blur = SIGMAS * np.hypot(line[:, None, 5], line[None, :, 5])

    def rivals(self, bearing: int, distance: float) -> Flags:
        """Open bearings (b,) of the same look that last, too far off for the object at that distance."""
        swept = 2 * self.limits[2] * self.apart_s[bearing] / max(distance, NEAREST_M)
        apart = self.turned[bearing] > self.blur[bearing] + swept
        far = self.rival[bearing] & self.open & apart
        same = self.sensor == self.sensor[bearing]
        others = np.flatnonzero(same & (self.owner != self.owner[bearing]))
        apart_s = self.apart_s[:, others]
        near = self.turned[:, others] <= self.blur[:, others] + 2 * self.limits[2] * apart_s / max(
            distance, NEAREST_M
        )
        lasting = (near & (apart_s > self.period_s[:, None] / 2)).any(1)
        # of a sensor that looks more seldom than is remembered nobody can say
        return np.asarray(far & (lasting | (1.5 * self.period_s > self.limits[6])))

    def rivalled(self, mine: int, other: int, thirds: bool) -> bool:
        """Whether `mine` may belong to a rival of `other` instead."""
        partners = self.rivals(mine, self.place[other, mine, 2])
        swappable = bool((partners & self.good[other]).any())
        for c in np.flatnonzero(self.rivals(other, self.place[mine, other, 2]) & self.good[mine]):
            settled = bool((partners & self.good[c]).any()) and not swappable
            if not settled and (not thirds or self.third(mine, int(c))):
                return True
        return False

    def third(self, one: int, two: int) -> bool:
        """Whether a sensor of neither line has a bearing through where they cross."""
        line, sensor = self.line, self.sensor
        distance, error = self.place[one, two, :2]
        east = line[one, 0] + distance * np.sin(line[one, 3]) - line[:, 0]
        north = line[one, 1] + distance * np.cos(line[one, 3]) - line[:, 1]
        away = np.maximum(np.hypot(east, north), NEAREST_M)
        off = np.abs((np.arctan2(east, north) - line[:, 3] + np.pi) % (2 * np.pi) - np.pi)
        side = np.hypot(error, self.limits[2] * self.apart_s[one]) / away
        through = self.look[one] & (off <= SIGMAS * np.hypot(line[:, 5], side))
        return bool((through & (sensor != sensor[one]) & (sensor != sensor[two])).any())


@kernel
def _rivals(numbers: Array, book: Index, bearing: int, c: int, distance: float, limits: Array) -> bool:
    """The twin of `_Sight.rivals` for one open c, but for whether it lasts."""
    if book[c, SENSOR] != book[bearing, SENSOR] or book[c, OWNER] == book[bearing, OWNER]:
        return False
    apart_ns = abs(book[c, T_NS] - book[bearing, T_NS])
    if apart_ns > max(book[c, PERIOD_NS], book[bearing, PERIOD_NS]):
        return False
    speed_radps = 2 * limits[2] / max(distance, NEAREST_M)
    return bool(_turned(numbers, bearing, c) > speed_radps * apart_ns * 1e-9)


@kernel
def _turned(numbers: Array, one: int, two: int) -> float:
    """By how much two azimuths differ more than their errors explain."""
    turned = abs((numbers[one, AZIMUTH] - numbers[two, AZIMUTH] + np.pi) % (2 * np.pi) - np.pi)
    return float(turned - SIGMAS * np.hypot(numbers[one, AZIMUTH_ERROR], numbers[two, AZIMUTH_ERROR]))


@kernel
def _lasts(numbers: Array, book: Index, bearing: int, c: int, distance: float, limits: Array) -> bool:
    """Whether another look has the bearing c too, or nobody can say."""
    if 1.5 * book[c, PERIOD_NS] * 1e-9 > limits[6]:
        return True
    speed_radps = 2 * limits[2] / max(distance, NEAREST_M)
    for e in range(len(book)):
        if book[e, SENSOR] != book[c, SENSOR] or book[e, OWNER] == book[bearing, OWNER]:
            continue
        apart_ns = abs(book[c, T_NS] - book[e, T_NS])
        if apart_ns > book[c, PERIOD_NS] / 2 and _turned(numbers, e, c) <= speed_radps * apart_ns * 1e-9:
            return True
    return False


@kernel
def _third_compiled(
    numbers: Array, book: Index, one: int, two: int, distance: float, error: float, limits: Array
) -> bool:
    east = numbers[one, 0] + distance * np.sin(numbers[one, AZIMUTH])
    north = numbers[one, 1] + distance * np.cos(numbers[one, AZIMUTH])
    for c in range(len(book)):
        if book[c, SENSOR] == book[one, SENSOR] or book[c, SENSOR] == book[two, SENSOR]:
            continue
        apart_ns = abs(book[c, T_NS] - book[one, T_NS])
        if apart_ns > max(book[c, PERIOD_NS], book[one, PERIOD_NS]):
            continue
        across, ahead = east - numbers[c, 0], north - numbers[c, 1]
        away = max(np.hypot(across, ahead), NEAREST_M)
        off = abs((np.arctan2(across, ahead) - numbers[c, AZIMUTH] + np.pi) % (2 * np.pi) - np.pi)
        side = np.hypot(error, limits[2] * apart_ns * 1e-9) / away
        if off <= SIGMAS * np.hypot(numbers[c, AZIMUTH_ERROR], side):
            return True
    return False


@kernel
def _meet(numbers: Array, book: Index, one: int, two: int, limits: Array) -> tuple[bool, float, float, float]:
    """`crossing` of two rows."""
    return crossing(numbers[one], numbers[two], abs(book[one, T_NS] - book[two, T_NS]) * 1e-9, limits)


@kernel
def _partnered(
    numbers: Array, book: Index, wide: Index, mine: int, distance: float, other: int, limits: Array
) -> bool:
    """Whether a rival of `mine` crosses `other`; wide: the open rows."""
    for a in wide:
        if (
            _rivals(numbers, book, mine, a, distance, limits)
            and _meet(numbers, book, other, a, limits)[0]
            and _lasts(numbers, book, mine, a, distance, limits)
        ):
            return True
    return False


@kernel
def _rivalled(
    numbers: Array,
    book: Index,
    wide: Index,
    mine: int,
    other: int,
    mine_m: float,
    other_m: float,
    thirds: bool,
    limits: Array,
) -> bool:
    """The twin of `_Sight.rivalled`; mine_m, other_m: how far from each the two cross."""
    swappable = -1  # not asked yet; it takes longest to tell
    for c in wide:
        if not _rivals(numbers, book, other, c, other_m, limits):
            continue
        good, away, error, _ = _meet(numbers, book, mine, c, limits)
        if not good or not _lasts(numbers, book, other, c, other_m, limits):
            continue
        if _partnered(numbers, book, wide, mine, mine_m, c, limits):
            if swappable < 0:
                swappable = 1 if _partnered(numbers, book, wide, mine, mine_m, other, limits) else 0
            if swappable == 0:
                continue
        if not thirds or _third_compiled(numbers, book, mine, c, away, error, limits):
            return True
    return False


@twin_of(agreement)
def agreement_compiled(bearings: Bearings, known: int, limits: Array) -> Index:
    """The twin of `agreement`."""
    numbers, book = bearings.numbers, bearings.book
    result, wide, open_ = np.zeros(len(book) - known, np.int64), np.empty(len(book), np.int64), 0
    mates, near, far = np.empty(known, np.int64), np.empty(known), np.empty(known)
    for b in range(len(book)):
        if numbers[b, OPEN] > OPEN_MIN:
            wide[open_] = b
            open_ += 1
    wide = wide[:open_]
    for j in range(known, len(book)):
        if book[j, OWNER] <= 0:
            continue
        count, thirds = 0, False
        for b in range(known):
            if book[b, OWNER] != book[j, OWNER] or book[b, SENSOR] == book[j, SENSOR]:
                continue
            good, near[count], _, far[count] = _meet(numbers, book, j, b, limits)
            if good:
                mates[count] = b
                thirds = thirds or book[b, SENSOR] != book[mates[0], SENSOR]
                count += 1
        for k in range(count):
            b = mates[k]
            rivalled = _rivalled(numbers, book, wide, j, b, near[k], far[k], thirds, limits)
            if not rivalled:
                rivalled = _rivalled(numbers, book, wide, b, j, far[k], near[k], thirds, limits)
            result[j - known] = -1 if rivalled else 1
            if not rivalled:
                break
    return result
