"""What the server tells the security log: the first of a kind at once, those like it counted by the minute.

So whoever guesses or asks without end writes two lines a minute, and not the journal full.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from marsad.model.peer import network_of
from marsad.model.security import SecurityEvent

WINDOW_S = 60.0
KINDS_MAX = 200  # of one minute; those beyond count together, by what happened alone


@dataclass(slots=True)
class _Gathered:
    since_s: float
    count: int = 0


class SecurityNotes:
    """Gathers what is like each other.

    tell   takes what is to be journalled
    """

    def __init__(
        self, tell: Callable[[SecurityEvent], None], now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell, self._now_s = tell, now_s
        self._gathered: dict[SecurityEvent, _Gathered] = {}

    def note(self, event: SecurityEvent) -> None:
        """Something happened."""
        self.flush()
        kind = replace(event, address=network_of(event.address), count=1)
        if kind not in self._gathered and len(self._gathered) >= KINDS_MAX:
            kind = SecurityEvent(event.what)
        known = self._gathered.get(kind)
        if known is None:
            self._gathered[kind] = _Gathered(self._now_s())
            self._tell(kind)
        else:
            known.count += event.count

    def flush(self) -> None:
        """Tell how many more there were in a minute that is over."""
        now_s = self._now_s()
        for kind, known in list(self._gathered.items()):
            if now_s - known.since_s >= WINDOW_S:
                del self._gathered[kind]
                if known.count:
                    self._tell(replace(kind, count=known.count))
