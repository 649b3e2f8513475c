"""Tells whoever waits how far a journal is read, which takes long after a change of the program."""

import time
from collections.abc import Callable
from math import inf
from pathlib import Path

from marsad.report.wording import filled
from marsad.site.journal import segments
from marsad.site.snapshot import Unusable
from marsad.station.terminal import Terminal, say

_AGAIN_S = 5.0


class Reading:
    """A `marsad.site.recorder.Watch` for a terminal: why it takes long, then every few seconds how far it is.

    beside   called with the same sentences, for a service manager that would end a start in silence
    """

    def __init__(
        self,
        terminal: Terminal,
        beside: Callable[[str], None] = lambda sentence: None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._terminal = terminal
        self._beside = beside
        self._now_s = now_s
        self._began_s = self._told_s = now_s()
        self._said_s = inf

    def rereads(self, path: Path, why: Unusable) -> None:
        """It must be read from its first frame."""
        size_mb = sum(file.stat().st_size for file in segments(path)) / 1e6
        say(self._terminal, f"station.rereads.{why.value}", journal=path.name, size_mb=size_mb)

    def read(self, share: float) -> None:
        """So much of it is read; the seconds left that are told never rise."""
        now_s = self._now_s()
        if now_s - self._told_s < _AGAIN_S:
            return
        self._told_s = now_s
        left_s = (now_s - self._began_s) * (1 - share) / max(share, 1e-6)
        code = "station.reading"
        if left_s <= self._said_s:
            self._said_s, code = left_s, "station.reading.left"
        sentence = filled(code, self._terminal.language, {"percent": 100 * share, "left_s": left_s})
        self._terminal.say(sentence)
        self._beside(sentence)
