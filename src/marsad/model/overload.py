"""Overload: more arrives than a site can follow, and what of it is left out."""

import re
from dataclasses import dataclass
from enum import StrEnum

from marsad.model.reason import Reason

_WRITTEN = re.compile(rb"(\d{1,10}) (\d{1,10})(?: (\d{1,3}|1000))?")


class Shed(StrEnum):
    """What is left out, and by which rule; each has a sentence in both languages."""

    WAITING = "waiting"  # nothing yet, but frames wait, and the picture is late by as much
    MESSAGES = "messages"  # beyond what one node may say in a second
    SHARE = "share"  # beyond a node's share while the site is behind
    REWINDS = "rewinds"  # late looks for which the past would be played again too often
    PLOTS = "plots"  # beyond what one look, or all open looks together, may hold
    BYTES = "bytes"  # nothing, but they are read more slowly


@dataclass(frozen=True, slots=True)
class Lateness:
    """How far a site is behind; seconds on the wall.

    wait_s  how long the oldest frame that was not folded yet has waited, of connections that send no more
            than is taken of them
    took_s  how long the frames before it took to be folded
    busy    share of the last second that the fold was at work; 0 where it had time left
    """

    wait_s: float
    took_s: float
    busy: float = 0.0

    def to_bytes(self) -> bytes:
        """As a LOAD frame carries it: decimal numbers of milliseconds, and thousandths where it is busy."""
        busy = b" %d" % round(self.busy * 1e3) if self.busy else b""
        return b"%d %d" % (round(self.wait_s * 1e3), round(self.took_s * 1e3)) + busy

    @staticmethod
    def from_bytes(data: bytes) -> "Lateness":
        """The inverse of `to_bytes`. Raises ValueError, which quotes the bytes."""
        read = _WRITTEN.fullmatch(data)
        if read is None:
            raise ValueError(
                f"{data[:40]!r}: two or three decimal numbers are expected, such as b'250 30 950'"
            )
        return Lateness(int(read[1]) / 1e3, int(read[2]) / 1e3, int(read[3] or 0) / 1e3)


@dataclass(frozen=True, slots=True)
class Overload:
    """One thing that is too much for the site.

    shed        by which rule it is left out
    sensor_id   whose it is; a feed's name where that is all that is known, "" for the site itself
    name        the same for people
    since_t_ns  when it began
    per_s       how much is left out a second, lately; of WAITING the seconds that the oldest frame waits
    count       how much since it began; of WAITING how often that was said
    """

    shed: Shed
    sensor_id: str
    name: str
    since_t_ns: int
    per_s: float
    count: int

    @property
    def what(self) -> Reason:
        """The sentence for it, by the catalogues."""
        if self.shed is Shed.WAITING:
            return Reason("overload.waiting", (("wait_s", self.per_s),))
        named: tuple[tuple[str, float | str], ...] = (("name", self.name), ("per_s", self.per_s))
        return Reason(f"overload.{self.shed}", named)
