"""A crowd at a port: so many connections turned away that people should know where, and whose.

One that gives way now and then is nobody's news. Many are told at once, with the addresses that most came
from, and those after them by the minute: who comes again and again fills no log.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

from marsad.model.peer import network_of
from marsad.model.security import Happening, SecurityEvent

CROWD_MIN = 16
"""So many turned away within a minute are a crowd."""
WINDOW_S = 60.0
NAMED_MAX = 3  # networks that are named; all others are one row without an address
_NETWORKS_MAX = 4_096

Tell = Callable[[SecurityEvent], None]


def nobody_is_told(event: SecurityEvent) -> None:
    """Where nobody looks after a port."""


class CrowdWatch:
    """Counts who is turned away at one door, by network, and tells of it.

    door   what is told of it: the name and the number of its port
    """

    def __init__(self, door: str, tell: Tell) -> None:
        self.door = door
        self._tell = tell
        self._counts: Counter[str] = Counter()
        self._is_told = False
        self._window: asyncio.TimerHandle | None = None

    def turned_away(self, address: str) -> None:
        """One was turned away, or gave way, that came from there."""
        network = network_of(address)
        known = network in self._counts or len(self._counts) < _NETWORKS_MAX
        self._counts[network if known else ""] += 1
        if self._window is None:
            self._window = asyncio.get_running_loop().call_later(WINDOW_S, self._minute_over)
        if not self._is_told and self._counts.total() >= CROWD_MIN:
            self._is_told = True
            self._tell_all()

    def close(self) -> None:
        """Tell what is left, and no more."""
        if self._window is not None:
            self._window.cancel()
            self._minute_over()

    def _minute_over(self) -> None:
        self._window = None
        if self._is_told and self._counts:
            self._tell_all()
        self._counts.clear()
        self._is_told = False

    def _tell_all(self) -> None:
        named = self._counts.most_common(NAMED_MAX)
        rest = self._counts.total() - sum(count for _, count in named)
        for network, count in (*named, *((("", rest),) if rest else ())):
            self._tell(SecurityEvent(Happening.CROWD, of=self.door, address=network, count=count))
        self._counts.clear()
