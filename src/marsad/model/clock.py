"""Site time and UTC: how the one is tied to the other, and what is told when that changes.

Site time (``t_ns`` within the fold) begins as UTC with a journal and is steady from then on: it never
jumps, whatever becomes of the machine's clock. UTC is site time plus ``utc_offset_ns``.
"""

import re
from dataclasses import dataclass

from marsad.model.reason import Reason

EARLIEST_NS = 946_684_800_000_000_000  # 2000-01-01
LATEST_NS = 4_102_444_800_000_000_000  # 2100-01-01
_OFFSET_MAX_NS = 200 * 366 * 86_400 * 10**9
_WRITTEN = re.compile(rb"(-?\d{1,19})(?: ([0-9A-Za-z-]{1,64}) (-?\d{1,19}))?")
_UNITS = (("day", 86_400.0), ("h", 3_600.0), ("min", 60.0))
_UNIT_FROM = 2.0  # so many of a unit, before it is used


@dataclass(frozen=True, slots=True)
class Tie:
    """What ties site time to UTC.

    utc_offset_ns     UTC minus site time
    boot              names one run of the machine from its start to its end, "" if not known
    steady_offset_ns  site time minus the steady clock of that run of the machine
    """

    utc_offset_ns: int
    boot: str = ""
    steady_offset_ns: int = 0

    def to_bytes(self) -> bytes:
        """As a CLOCK frame carries it: the offset in decimal, then the run of the machine, if known."""
        run = f" {self.boot} {self.steady_offset_ns}" if self.boot else ""
        return f"{self.utc_offset_ns}{run}".encode("ascii")

    @staticmethod
    def from_bytes(data: bytes) -> "Tie":
        """The inverse of `to_bytes`. Raises ValueError, which quotes the bytes."""
        read = _WRITTEN.fullmatch(data)
        if read is None or abs(int(read[1])) > _OFFSET_MAX_NS:
            raise ValueError(
                f"{data[:80]!r}: UTC minus site time is expected, decimal nanoseconds within 200 years"
            )
        return Tie(int(read[1]), (read[2] or b"").decode("ascii"), int(read[3] or 0))


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The machine's clock was set, so that UTC is another than thought.

    step_ns   by how much, below 0 where it was set back
    """

    t_ns: int
    step_ns: int

    @property
    def what(self) -> Reason:
        """The sentence for it, by the catalogues."""
        size = abs(self.step_ns) / 1e9
        unit, length = next(((unit, s) for unit, s in _UNITS if size >= _UNIT_FROM * s), ("s", 1.0))
        way = "back" if self.step_ns < 0 else "forward"
        return Reason(f"clock.{way}.{unit}", (("size", size / length),))
