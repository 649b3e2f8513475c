"""The security log as the running site remembers it: the newest lines; all of them are in the journal."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from marsad.model.security import Happening, SecurityEvent

LINES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class SecurityLine:
    """One line, and when it was journalled."""

    t_ns: int
    event: SecurityEvent


class SecurityLog:
    """The newest lines. Bounded."""

    def __init__(self) -> None:
        self._lines: deque[SecurityLine] = deque(maxlen=LINES_MAX)

    def note(self, t_ns: int, event: SecurityEvent) -> None:
        """Something happened at the door."""
        self._lines.append(SecurityLine(t_ns, event))

    def note_settings(self, t_ns: int, *, are_same: bool) -> None:
        """The site began again, with the settings that it had or with others."""
        self.note(t_ns, SecurityEvent(Happening.STARTED if are_same else Happening.SETTINGS))

    def lines(self) -> Iterator[SecurityLine]:
        """Newest first."""
        return reversed(self._lines)
