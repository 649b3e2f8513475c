"""The flights a site expects: a table of callsigns with the times between which each may be there.

As CSV with a head line, ``callsign,from,to``: times are empty (any), ``HH:MM`` of every day in UTC, past
midnight where ``to`` is before ``from``, or moments such as ``2026-11-22T08:30Z``.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from types import MappingProxyType

from marsad.errors import ReceivedError

_HEAD = ["callsign", "from", "to"]
_CALLSIGN = re.compile(r"[A-Z0-9]{2,8}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_FLIGHTS_MAX = 20_000
_DAY_NS = 86_400 * 10**9
_MINUTE_NS = 60 * 10**9


class ScheduleStanding(IntEnum):
    """How a callsign stands to the schedule."""

    NO_SCHEDULE = 0  # the site has none
    LISTED = 1
    OTHER_TIME = 2  # listed, but not for now
    NOT_LISTED = 3


@dataclass(frozen=True, slots=True)
class Window:
    """When a flight may be there; daily: both are times of a day, else moments; None is open."""

    from_ns: int | None
    until_ns: int | None
    daily: bool = False

    def holds(self, t_ns: int) -> bool:
        """Whether a time (UTC ns) is within."""
        now = t_ns % _DAY_NS if self.daily else t_ns
        low = 0 if self.from_ns is None else self.from_ns
        high = now if self.until_ns is None else self.until_ns
        if self.daily and self.until_ns is not None and low > high:
            return now >= low or now <= high
        return low <= now <= high


@dataclass(frozen=True, slots=True)
class Schedule:
    """Callsigns that are expected, each with its windows; without any flight there is no schedule."""

    flights: Mapping[str, tuple[Window, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @staticmethod
    def of_csv(text: str) -> "Schedule":
        """Read a table. Raises ReceivedError that quotes the line and says what is allowed."""
        rows = [row for row in csv.reader(text.lstrip("\ufeff").splitlines()) if any(map(str.strip, row))]
        if not rows:
            return Schedule()
        head = [cell.strip().lower() for cell in rows[0]]
        if head != _HEAD:
            raise _fault(f"head line {','.join(rows[0])[:60]!r}: callsign,from,to is required")
        if len(rows) - 1 > _FLIGHTS_MAX:
            raise _fault(f"{len(rows) - 1} flights: at most {_FLIGHTS_MAX} are allowed")
        flights: dict[str, tuple[Window, ...]] = {}
        for row in rows[1:]:
            callsign, window = _flight(row)
            flights[callsign] = (*flights.get(callsign, ()), window)
        return Schedule(MappingProxyType(flights))

    def standing(self, callsign: str, t_ns: int) -> ScheduleStanding:
        """How a callsign stands at a time."""
        if not self.flights:
            return ScheduleStanding.NO_SCHEDULE
        windows = self.flights.get(callsign.strip().upper())
        if windows is None:
            return ScheduleStanding.NOT_LISTED
        fits = any(window.holds(t_ns) for window in windows)
        return ScheduleStanding.LISTED if fits else ScheduleStanding.OTHER_TIME

    def __reduce__(self) -> tuple[object, ...]:  # a mapping proxy does not pickle
        return _restored, (dict(self.flights),)


def _restored(flights: dict[str, tuple[Window, ...]]) -> Schedule:
    return Schedule(MappingProxyType(flights))


def _flight(row: list[str]) -> tuple[str, Window]:
    quoted = ",".join(row)[:60]
    if len(row) != len(_HEAD):
        raise _fault(f"line {quoted!r}: three cells are required, callsign, from and to")
    callsign = row[0].strip().upper()
    if not _CALLSIGN.fullmatch(callsign):
        raise _fault(f"callsign {row[0][:20]!r} in {quoted!r}: two to eight letters and digits are allowed")
    ends = [_time(cell.strip(), quoted) for cell in row[1:]]
    kinds = {daily for time_ns, daily in ends if time_ns is not None}
    if len(kinds) > 1:
        raise _fault(f"line {quoted!r}: from and to must both be HH:MM or both be moments")
    (start, _), (end, _) = ends
    daily = kinds == {True}
    if start is not None and end is not None and not daily and end < start:
        raise _fault(f"line {quoted!r}: to is before from")
    return callsign, Window(start, end, daily)


def _time(cell: str, quoted: str) -> tuple[int | None, bool]:
    """A time of day or a moment in ns, and whether it is one of every day."""
    if not cell:
        return None, False
    clock = _CLOCK.fullmatch(cell)
    if clock is not None:
        return (int(clock[1]) * 60 + int(clock[2])) * _MINUTE_NS, True
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _fault(
            f"time {cell[:30]!r} in {quoted!r}: nothing, HH:MM in UTC or a moment such as 2026-11-22T08:30Z "
            "is allowed"
        )
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000, False


def _fault(detail: str) -> ReceivedError:
    return ReceivedError("schedule", f"schedule: {detail}")
