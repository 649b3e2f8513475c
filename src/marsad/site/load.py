"""How far a running site is behind, as its rim measures it and says it to the fold in a frame.

Only what is nobody's own doing counts: how long those have waited whose lane had room. What waits in a lane
that is full waits behind what the same connection sent, and says nothing of others; but where some lane is
full and the fold has no time left all the same, that is told.
"""

from collections.abc import Sequence
from typing import Protocol

from marsad.model.frame import LOAD, Frame
from marsad.model.overload import Lateness
from marsad.site.inbox import Waiting

_TOLD_S = 0.25  # so often, at the most, a wait that is as long is told
_WATCHED_S = 1.0  # over so long it is looked how busy the fold is
_BUSY_TOLD = 0.9  # a share of the time


class WallClock(Protocol):
    """The rim's clock, as far as a measure of time needs it."""

    def now_ns(self) -> int:
        """Site time now, nanoseconds."""

    def wall_s(self, span_ns: int) -> float:
        """Seconds on the wall for a span of this clock."""


class Load:
    """What has waited, what was long, how busy it was, since that was told."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._waited_s = self._took_s = 0.0  # the longest
        self._busy_s = 0.0
        self._busy = 0.0  # share, of the last whole span in which a lane was full
        self._crowded = False
        self._since_ns = self._told_ns = clock.now_ns()

    def folded(self, began_ns: int) -> None:
        """A batch was begun then and is folded now."""
        took_s = self._clock.wall_s(self._clock.now_ns() - began_ns)
        self._took_s = max(self._took_s, took_s)
        self._busy_s += took_s

    def news(self, batch: Sequence[Waiting], t_ns: int) -> list[Frame]:
        """How far behind the site is as a batch is taken, where it is worth a word: a frame of this time."""
        now_ns = self._clock.now_ns()
        self._crowded |= any(item.crowded for item in batch)
        waits_ns = [now_ns - item.t_ns for item in batch if not item.crowded]
        self._waited_s = max(self._waited_s, self._clock.wall_s(max(waits_ns, default=0)))
        watched_s = self._clock.wall_s(now_ns - self._since_ns)
        if watched_s >= _WATCHED_S:
            self._busy = min(self._busy_s / watched_s, 1.0) if self._crowded else 0.0
            self._busy_s, self._since_ns, self._crowded = 0.0, now_ns, False
        is_long = max(self._waited_s, self._took_s) >= _TOLD_S
        due = self._clock.wall_s(now_ns - self._told_ns) >= _TOLD_S
        if not due or not (is_long or self._busy >= _BUSY_TOLD):
            return []
        told = Lateness(self._waited_s, self._took_s, self._busy if self._busy >= _BUSY_TOLD else 0.0)
        self._waited_s, self._took_s, self._busy, self._told_ns = 0.0, 0.0, 0.0, now_ns
        return [Frame(LOAD, t_ns, told.to_bytes())]
