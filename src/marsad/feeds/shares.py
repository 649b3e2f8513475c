"""What each sensor may report while the site is behind: no more than a level that is the same for all.

Who reports less than the level loses nothing, so that the dearest pay first and the honest small ones not at
all; also who reports seldom and much at once, up to what the level allows in some seconds. The level is
lowered by frames that say how long others have waited (`marsad.model.frame.LOAD`), and rises again by the
time of frames: what is left out depends on frames only, and a replay leaves out the same.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from math import inf

S = 1_000_000_000
LEVEL_MIN = 50.0
"""Reports a second that every sensor may send, however far the site is behind."""
PART_MIN = 1 / 16
_LOWERED = 0.5
_RAISED = 1.15  # each second
_CALM_NS = 3 * S  # without a word of waiting, before the level rises


_SAVED_S = 3  # so many seconds of the level may be saved: a radar may report a whole turn at once
_KNOWN_S = 10  # from so many seconds it is known how much a sensor reports at once


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

    def take(self, sensor_id: str, t_ns: int) -> bool:
        """Whether one more report of a sensor may be used.

        What is left out of a second is spread over it, and is not the same objects each time.
        """
        self._turn_to(t_ns)
        self._asked[sensor_id] += 1
        if self.part < 1.0:
            level = self.level
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
        """Reports of one sensor that are used in a second; infinite while nothing is left out."""
        return inf if self.part == 1.0 else max(LEVEL_MIN, self.part * self._busiest)

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

    def _turn_to(self, t_ns: int) -> None:
        second = t_ns // S
        if second == self._second:
            return
        silent = min(max(second - self._second - 1, 0), _KNOWN_S) if self._second >= 0 else 0
        for before, newest in ((self._asked_before, self._asked), (self._used_before, self._used)):
            before.extend((newest, *(Counter[str]() for _ in range(silent))))
        self._asked, self._used, self._second = Counter(), Counter(), second
        if self.part < 1.0 and t_ns - self._waited_t_ns >= _CALM_NS:
            self.part = min(self.part * _RAISED, 1.0)

    def _drawn(self) -> float:
        """The next of a fixed row of numbers from 0 to 1 (Knuth's linear congruential generator, MMIX)."""
        self._random = (self._random * 6364136223846793005 + 1442695040888963407) % 2**64
        return self._random / 2**64

    def pass_time(self, t_ns: int) -> None:
        """Let the level rise, also where nobody reports."""
        self._turn_to(t_ns)
