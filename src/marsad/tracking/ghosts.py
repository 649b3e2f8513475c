"""Which crossings of bearings are places of objects, and which may be ghosts.

Two lines from separated places cross in a point; that point is the object only if both lines point
at the same one. With k objects in one sensor's sight and l in another's there are k l crossings,
most of them ghosts. What tells them apart is here: heights that differ, ranges beyond reach, a third
sensor that sees nothing there, or that no other line could have been meant.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel, twin_of
from marsad.tracking.crossings import NEAREST_M, OPEN, SIGMAS, crossing, crossings

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


def agreement(
    line: Array,
    t_ns: Index,
    period_ns: Index,
    sensor: Index,
    owner: Index,
    open_: Array,
    known: int,
    limits: Array,
) -> Index:
    """Whether each fresh bearing and another sensor's fix the place of the track that owns both (k,).

    1 they do; -1 they cross, but may be a ghost; 0 no other sensor has a bearing of that track. It may be
    a ghost if one of the two also crosses a rival of the other: another bearing of its look that no
    proven track explains, and that another look has too, as false plots do not. A rival that has
    another partner does not count, unless that partner could be swapped. If three sensors have
    bearings of the track, a rival crossing must have a third as well.
    """
    sight = _Sight(line, t_ns, period_ns, sensor, owner, open_, limits)
    result = np.zeros(len(line) - known, np.int64)
    for j in range(known, len(line)):
        if owner[j] <= 0:
            continue
        mates = np.flatnonzero((owner == owner[j]) & sight.good[j] & (np.arange(len(line)) < known))
        thirds = len(np.unique(sensor[mates])) >= 2
        for b in mates:
            rivalled = sight.rivalled(j, int(b), thirds) or sight.rivalled(int(b), j, thirds)
            result[j - known] = -1 if rivalled and result[j - known] < 1 else 1
    return result


class _Sight:
    """All pairs of bearings at once: which may cross, which are rivals of one look."""

    def __init__(
        self,
        line: Array,
        t_ns: Index,
        period_ns: Index,
        sensor: Index,
        owner: Index,
        open_: Array,
        limits: Array,
    ) -> None:
        self.line, self.sensor, self.limits, self.open = line, sensor, limits, open_ > OPEN
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
def _may_rival(
    line: Array,
    t_ns: Index,
    period_ns: Index,
    sensor: Index,
    owner: Index,
    open_: Array,
    bearing: int,
    c: int,
    distance: float,
    limits: Array,
) -> bool:
    """The twin of `_Sight.rivals` for one c, but for whether it lasts."""
    if sensor[c] != sensor[bearing] or owner[c] == owner[bearing] or not open_[c] > 0.5:  # OPEN
        return False
    apart_ns = abs(t_ns[c] - t_ns[bearing])
    if apart_ns > max(period_ns[c], period_ns[bearing]):
        return False
    speed_radps = 2 * limits[2] / max(distance, 1.0)  # NEAREST_M
    turned = abs((line[bearing, 3] - line[c, 3] + np.pi) % (2 * np.pi) - np.pi)
    blur = 3.0 * np.hypot(line[bearing, 5], line[c, 5])  # SIGMAS
    return bool(turned > blur + speed_radps * apart_ns * 1e-9)


@kernel
def _lasts(
    line: Array,
    t_ns: Index,
    period_ns: Index,
    sensor: Index,
    owner: Index,
    bearing: int,
    c: int,
    distance: float,
    limits: Array,
) -> bool:
    """Whether another look has the bearing c too, or nobody can say."""
    if 1.5 * period_ns[c] * 1e-9 > limits[6]:
        return True
    speed_radps = 2 * limits[2] / max(distance, 1.0)  # NEAREST_M
    for e in range(len(line)):
        apart_ns = abs(t_ns[c] - t_ns[e])
        if sensor[e] != sensor[c] or owner[e] == owner[bearing] or not apart_ns > period_ns[c] / 2:
            continue
        turned = abs((line[e, 3] - line[c, 3] + np.pi) % (2 * np.pi) - np.pi)
        if turned <= 3.0 * np.hypot(line[e, 5], line[c, 5]) + speed_radps * apart_ns * 1e-9:  # SIGMAS
            return True
    return False


@kernel
def _third_compiled(
    line: Array,
    t_ns: Index,
    period_ns: Index,
    sensor: Index,
    one: int,
    two: int,
    distance: float,
    error: float,
    limits: Array,
) -> bool:
    east = line[one, 0] + distance * np.sin(line[one, 3])
    north = line[one, 1] + distance * np.cos(line[one, 3])
    for c in range(len(line)):
        apart_ns = abs(t_ns[c] - t_ns[one])
        if sensor[c] == sensor[one] or sensor[c] == sensor[two]:
            continue
        if apart_ns > max(period_ns[c], period_ns[one]):
            continue
        across, ahead = east - line[c, 0], north - line[c, 1]
        away = max(np.hypot(across, ahead), 1.0)  # NEAREST_M
        off = abs((np.arctan2(across, ahead) - line[c, 3] + np.pi) % (2 * np.pi) - np.pi)
        side = np.hypot(error, limits[2] * apart_ns * 1e-9) / away
        if off <= 3.0 * np.hypot(line[c, 5], side):  # SIGMAS
            return True
    return False


@kernel
def _partnered(
    line: Array,
    t_ns: Index,
    period_ns: Index,
    sensor: Index,
    owner: Index,
    open_: Array,
    mine: int,
    distance: float,
    other: int,
    limits: Array,
) -> bool:
    """Whether a rival of `mine` crosses `other`."""
    for a in range(len(line)):
        if not _may_rival(line, t_ns, period_ns, sensor, owner, open_, mine, a, distance, limits):
            continue
        if crossing(line[other], line[a], abs(t_ns[other] - t_ns[a]) * 1e-9, limits)[0] and _lasts(
            line, t_ns, period_ns, sensor, owner, mine, a, distance, limits
        ):
            return True
    return False


@kernel
def _rivalled(
    line: Array,
    t_ns: Index,
    period_ns: Index,
    sensor: Index,
    owner: Index,
    open_: Array,
    mine: int,
    other: int,
    thirds: bool,
    limits: Array,
) -> bool:
    columns = (line, t_ns, period_ns, sensor, owner, open_)
    _, mine_m, _, other_m = crossing(line[mine], line[other], abs(t_ns[mine] - t_ns[other]) * 1e-9, limits)
    swappable = -1  # not asked yet; it takes longest to tell
    for c in range(len(line)):
        if not _may_rival(*columns, other, c, other_m, limits):
            continue
        good, away, error, _ = crossing(line[mine], line[c], abs(t_ns[mine] - t_ns[c]) * 1e-9, limits)
        if not good or not _lasts(line, t_ns, period_ns, sensor, owner, other, c, other_m, limits):
            continue
        if _partnered(*columns, mine, mine_m, c, limits):
            if swappable < 0:
                swappable = 1 if _partnered(*columns, mine, mine_m, other, limits) else 0
            if swappable == 0:
                continue
        if not thirds or _third_compiled(line, t_ns, period_ns, sensor, mine, c, away, error, limits):
            return True
    return False


@twin_of(agreement)
def agreement_compiled(
    line: Array,
    t_ns: Index,
    period_ns: Index,
    sensor: Index,
    owner: Index,
    open_: Array,
    known: int,
    limits: Array,
) -> Index:
    """The twin of `agreement`."""
    columns = (line, t_ns, period_ns, sensor, owner, open_)
    result = np.zeros(len(line) - known, np.int64)
    for j in range(known, len(line)):
        if owner[j] <= 0:
            continue
        mates, count, thirds = np.empty(known, np.int64), 0, False
        for b in range(known):
            if owner[b] != owner[j] or sensor[b] == sensor[j]:
                continue
            if crossing(line[j], line[b], abs(t_ns[j] - t_ns[b]) * 1e-9, limits)[0]:
                mates[count] = b
                thirds = thirds or sensor[b] != sensor[mates[0]]
                count += 1
        for k in range(count):
            if result[j - known] < 1:
                rivalled = _rivalled(*columns, j, mates[k], thirds, limits) or _rivalled(
                    *columns, mates[k], j, thirds, limits
                )
                result[j - known] = -1 if rivalled else 1
    return result
