"""When drills are due, by local time: a summer time that begins or ends moves, doubles and drops none."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from marsad.model.settings import Finding, Settings, Words, check, skipping_unknown

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_S = 1_000_000_000
_DAY_S = 86_400
_LATE_DAYS = {"day": 2, "week": 8, "month": 38}  # a day of grace


def _a_time(text: str) -> str:
    try:
        hours, minutes = text.split(":")
        time(int(hours), int(minutes))
    except ValueError:
        raise ValueError(f"{text[:20]!r} is no time of the day, such as 10:00") from None
    return text


def _a_time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"{text[:60]!r} is no time zone that is known here, such as Asia/Beirut") from error
    return text


class DrillSettings(Settings):
    """Drills of the outputs that are marked for them, held by themselves; none while an alarm stands."""

    every: Literal["day", "week", "month"] | None = Field(
        None,
        description="How often one is held: each day, each week or each month; default: never by itself.",
    )
    weekday: Weekday = Field(
        "monday", description="Day of a weekly one; of a monthly one the first such day of the month."
    )
    at: Annotated[str, AfterValidator(_a_time), Words("a time of the day, such as 10:00")] = Field(
        "10:00", description="Local time at which it begins."
    )
    time_zone: Annotated[
        str | None,
        AfterValidator(lambda text: None if text is None else _a_time_zone(text)),
        Words("a time zone, such as Asia/Beirut"),
    ] = Field(
        None,
        description="Time zone by whose summer time local time goes, such as Asia/Beirut; default: "
        "site.utc_offset_s, the whole year.",
    )
    within_s: float = Field(
        30.0, ge=1, le=600, description="What has not got through after so long has failed."
    )

    @check
    def _something_is_due(self) -> Iterator[Finding]:
        with skipping_unknown:
            if self.every is None and self.time_zone is not None:
                yield Finding(("time_zone",), "time_zone: no drill is due by itself: set every")

    @property
    def late_ns(self) -> int | None:
        """So long after the last sign that an output works its drill is overdue; None: never."""
        return None if self.every is None else _LATE_DAYS[self.every] * _DAY_S * _S


class Schedule:
    """When drills are due. Pickles.

    utc_offset_s   local time of the site minus UTC, where the settings name no time zone
    """

    def __init__(self, settings: DrillSettings, utc_offset_s: int) -> None:
        self._every = settings.every
        self._weekday = WEEKDAYS.index(settings.weekday)
        hours, minutes = settings.at.split(":")
        self._at = time(int(hours), int(minutes))
        self._zone: tzinfo = timezone(timedelta(seconds=utc_offset_s))
        if settings.time_zone is not None:
            self._zone = ZoneInfo(settings.time_zone)

    def next_after(self, utc_ns: int) -> int:
        """When the next is due, in UTC; 0 where none ever is.

        A time that summer time leaves out is due when it would have been; of one that comes twice the first.
        """
        if self._every is None:
            return 0
        day = datetime.fromtimestamp(utc_ns // _S, self._zone).date() - timedelta(days=1)
        while True:
            if self._is_day(day):
                local = datetime.combine(day, self._at, self._zone)
                due_ns = int(local.astimezone(UTC).timestamp()) * _S
                if due_ns > utc_ns:
                    return due_ns
            day += timedelta(days=1)

    def _is_day(self, day: date) -> bool:
        if self._every == "day":
            return True
        return day.weekday() == self._weekday and (self._every == "week" or day.day <= 7)
