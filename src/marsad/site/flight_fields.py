"""Numbers, times and faults of declared flights as files write them."""

import math
from dataclasses import dataclass, field
from datetime import datetime

from marsad.errors import ConfigFault
from marsad.model.flight import AuthorisedFlight

Taken = tuple[AuthorisedFlight, int, str]  # flight, its line (0: none), the path before its fields
_YEARS = (2000, 2200)


@dataclass
class Faults:
    """What is wrong with a file, gathered while it is read."""

    found: list[ConfigFault] = field(default_factory=list)

    def add(self, key: str, value: str, sentence: str, line: int = 0) -> None:
        """One fault at a line, or at the path that `key` is."""
        told = f"{key}: {sentence}"
        self.found.append(ConfigFault(key, value[:80], sentence, line, 1 if line else 0, told))


def number(written: object) -> float:
    """A finite number; a decimal comma is a comma too many. Raises ValueError."""
    if isinstance(written, bool) or not isinstance(written, int | float | str):
        raise ValueError("a number is expected")
    try:
        value = float(written)
    except ValueError:
        raise ValueError("a number is expected, such as 120.5") from None
    if not math.isfinite(value):
        raise ValueError("a finite number is expected")
    return value


def moment_ns(written: object) -> int:
    """A time as UTC ns. Raises ValueError for one without its zone."""
    wanted = "a time with its zone is expected, such as 2026-01-04T02:40:00Z or 2026-01-04T05:40:00+03:00"
    if not isinstance(written, str):
        raise ValueError(wanted)
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        raise ValueError(wanted) from None
    if moment.tzinfo is None or not _YEARS[0] <= moment.year < _YEARS[1]:
        raise ValueError(wanted)
    return round(moment.timestamp() * 1000) * 1_000_000
