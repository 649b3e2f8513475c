"""What each sensor may report while the site is behind: no more than a level that is the same for all.

Who reports less than the level loses nothing, so that the dearest pay first and the honest small ones not at
all; also who reports seldom and much at once, up to what the level allows in some seconds. The level is
lowered by frames that say how long others have waited (`marsad.model.frame.LOAD`), and rises again by the
time of frames: what is left out depends on frames only, and a replay leaves out the same.

What every sensor may report however far the site is behind is bounded in sum, else it would be no bound at
all where there are many. Half of the sum belongs to those that have been here longest, in that order;
the rest is one level for all others, at which they together ask for no more (max-min fairness: D. Bertsekas,
R. Gallager, "Data Networks", 1992, 6.5.2), so that many who ask for much leave untouched who asks for little.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

S = 1_000_000_000
LEVEL_MIN = 50.0
"""Reports a second that a sensor may send, however far the site is behind, where the sum allows it."""
SUM_MIN = 600.0
"""Reports a second of all sensors together that are used, however far the site is behind."""
PART_MIN = 1 / 16
_FIRST_SUM = SUM_MIN / 2  # of those that have been here longest
_LOWERED = 0.5
_RAISED = 1.15  # each second
_CALM_NS = 3 * S  # without a word of waiting, before the level rises


_SAVED_S = 3  # so many seconds of the level may be saved: a radar may report a whole turn at once
_KNOWN_S = 10  # from so many seconds it is known how much a sensor reports at once
_SENIORS_MAX = 4_096  # of whom it is remembered since when they report
_FORGOTTEN_S = 3_600  # one that has reported nothing for so long is new again


def _seconds(most: int) -> "deque[Counter[str]]":
    return deque(maxlen=most)


@dataclass
class Shares:
    """The level, and what each sensor has asked for. Deterministic; pickles; bounded by the sensors known.

    part   how much of what the busiest asked for is taken, 1 while nothing is left out
    """

    part: float = 1.0
    _busiest: float = 0.0  # reports a second, as the site fell behind
    _waited_t_ns: int = 0
    _second: int = -1
    _lowered_second: int = -1
    _asked: Counter[str] = field(default_factory=Counter)
    _used: Counter[str] = field(default_factory=Counter)
    _asked_before: "deque[Counter[str]]" = field(default_factory=lambda: _seconds(_KNOWN_S))
    _used_before: "deque[Counter[str]]" = field(default_factory=lambda: _seconds(_SAVED_S))
    _random: int = 1
    _last_second: dict[str, int] = field(default_factory=dict)  # in the order of their coming
    _first: dict[str, float] = field(default_factory=dict)  # level of each that goes first, this second
    _rest: float = LEVEL_MIN  # and of all others

    def introduce(self, sensor_id: str, t_ns: int) -> None:
        """A sensor is here: before those that come later, whether or not it has anything to report."""
        self._turn_to(t_ns)
        self._remember((sensor_id,))

    def take(self, sensor_id: str, t_ns: int) -> bool:
        """Whether one more report of a sensor may be used.

        What is left out of a second is spread over it, and is not the same objects each time.
        """
        self._turn_to(t_ns)
        self._asked[sensor_id] += 1
        if self.part < 1.0:
            level = self.level_of(sensor_id)
            saved = len(self._used_before) * level - sum(used[sensor_id] for used in self._used_before)
            allowed = level + max(saved, 0.0)
            expected = max((asked[sensor_id] for asked in self._asked_before), default=0)
            if expected > allowed and self._drawn() * expected >= allowed:
                return False
            if self._used[sensor_id] >= allowed:
                return False
        self._used[sensor_id] += 1
        return True

    @property
    def level(self) -> float:
        """Reports of a sensor that does not go first used in a second; infinite while nothing is left out."""
        return inf if self.part == 1.0 else max(self._rest, self.part * self._busiest)

    def level_of(self, sensor_id: str) -> float:
        """Reports of one sensor that are used in a second."""
        return max(self.level, self._first.get(sensor_id, 0.0))

    def lower(self, t_ns: int) -> None:
        """Frames wait too long: take less."""
        self._turn_to(t_ns)
        if self._lowered_second == self._second:  # what was done has not told yet
            return
        self._waited_t_ns, self._lowered_second = t_ns, self._second
        lately = (self._asked, *self._asked_before)
        busiest = max((count for asked in lately for count in asked.values()), default=0)
        self._busiest = float(busiest) if self.part == 1.0 else max(self._busiest, self.level)
        self.part = max(self.part * _LOWERED, PART_MIN)
        self._bound_sum()

    def _turn_to(self, t_ns: int) -> None:
        second = t_ns // S
        if second == self._second:
            return
        if self._second < 0:
            self._second = second
            return
        self._remember(self._asked)
        silent = min(max(second - self._second - 1, 0), _KNOWN_S)
        for before, newest in ((self._asked_before, self._asked), (self._used_before, self._used)):
            before.extend((newest, *(Counter[str]() for _ in range(silent))))
        self._asked, self._used, self._second = Counter(), Counter(), second
        if self.part < 1.0 and t_ns - self._waited_t_ns >= _CALM_NS:
            self.part = min(self.part * _RAISED, 1.0)
        if self.part < 1.0:
            self._bound_sum()

    def _remember(self, asked: Iterable[str]) -> None:
        """Since when each is here, by their order; of too many the one that came last is not remembered."""
        for sensor_id in asked:
            if sensor_id in self._last_second or len(self._last_second) < _SENIORS_MAX:
                self._last_second[sensor_id] = self._second
        if self._last_second and self._second % _KNOWN_S == 0:
            since = self._second - _FORGOTTEN_S
            self._last_second = {name: last for name, last in self._last_second.items() if last > since}

    def _bound_sum(self) -> None:
        """Divide the sum among those that ask, by what they asked for on the mean of the last seconds."""
        lately = [*self._asked_before] or [self._asked]
        asked: Counter[str] = Counter()
        for one in lately:
            asked.update(one)
        mean = {name: min(count / len(lately), LEVEL_MIN) for name, count in asked.items()}
        left, self._first = _FIRST_SUM, {}
        for name in self._last_second:
            if (wish := mean.get(name)) is None:
                continue
            if wish > left:
                break
            self._first[name] = LEVEL_MIN
            left -= wish
        self._rest = water_level(
            [wish for name, wish in mean.items() if name not in self._first], SUM_MIN - _FIRST_SUM + left
        )

    def _drawn(self) -> float:
        """The next of a fixed row of numbers from 0 to 1 (Knuth's linear congruential generator, MMIX)."""
        self._random = (self._random * 6364136223846793005 + 1442695040888963407) % 2**64
        return self._random / 2**64

    def pass_time(self, t_ns: int) -> None:
        """Let the level rise, also where nobody reports."""
        self._turn_to(t_ns)


def water_level(wishes: Iterable[float], total: float) -> float:
    """The most that each may have so that all together have no more than the total; at most LEVEL_MIN."""
    ascending = sorted(wishes)
    left = total
    for place, wish in enumerate(ascending):
        if wish * (len(ascending) - place) > left:
            return min(left / (len(ascending) - place), LEVEL_MIN)
        left -= wish
    return LEVEL_MIN
