"""Dates, times, durations and directions as Iraq reads them, in Arabic and English."""

from datetime import UTC, datetime, timedelta, timezone
from math import isfinite, isnan, tau

from marsad.model.site import MonthNames
from marsad.report.wording import Tongue, counted, digits, language_of, say, style_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local_time(t_ns: int, utc_offset_s: int) -> datetime:
    """The local time of a UTC time in nanoseconds; cut, not rounded, to microseconds."""
    moment = _EPOCH + timedelta(microseconds=t_ns // 1000)
    return moment.astimezone(timezone(timedelta(seconds=utc_offset_s)))


def long_date(moment: datetime, tongue: Tongue) -> str:
    """ "Tuesday 4 January 2022", «الثلاثاء ٤ كانون الثاني ٢٠٢٢»."""
    return say(
        "date.long",
        tongue,
        weekday=say(f"date.weekday.{moment.weekday()}", tongue),
        day=float(moment.day),
        month=month(moment.month, tongue),
        year=float(moment.year),
    )


def short_date(moment: datetime, tongue: Tongue) -> str:
    """ "4 January 2022", «٤ كانون الثاني ٢٠٢٢»."""
    name = month(moment.month, tongue)
    return say("date.short", tongue, day=float(moment.day), month=name, year=float(moment.year))


def month(number: int, tongue: Tongue) -> str:
    """The name of a month, 1 to 12, of those that the document uses."""
    gulf = style_of(tongue).month_names is MonthNames.GULF
    return say(f"date.month_gulf.{number}" if gulf else f"date.month.{number}", tongue)


def part_of_day(moment: datetime, tongue: Tongue) -> str:
    """ "Early on Tuesday 4 January 2022", «في الساعات الأولى من يوم الثلاثاء …»."""
    hour = moment.hour
    part = (
        "early"
        if hour < 6
        else "morning"
        if hour < 12
        else "afternoon"
        if hour < 17
        else "evening"
        if hour < 22
        else "late"
    )
    return say(f"date.part.{part}", tongue, date=long_date(moment, tongue))


def clock(moment: datetime, tongue: Tongue, *, seconds: bool = True) -> str:
    """ "02:46:10", «٠٢:٤٦:١٠»."""
    return digits(moment.strftime("%H:%M:%S" if seconds else "%H:%M"), tongue)


def offset(utc_offset_s: int, tongue: Tongue) -> str:
    """The offset from UTC, "UTC+03:00", in Latin digits and isolated: it is a designation."""
    sign = "-" if utc_offset_s < 0 else "+"
    minutes = abs(utc_offset_s) // 60
    text = f"UTC{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    return text if language_of(tongue) == "en" else f"\u2066{text}\u2069"


def duration(seconds: float, tongue: Tongue) -> str:
    """A duration for people: "75 s", "12 min 5 s", "3 h 20 min"; unknown if NaN."""
    if not isfinite(seconds):
        return say("value.unknown", tongue)
    whole = round(abs(seconds))
    sign = -1.0 if seconds < 0 else 1.0
    if whole < 120:
        return say("duration.s", tongue, seconds=sign * whole)
    if whole < 7200:
        return say("duration.min_s", tongue, minutes=sign * (whole // 60), seconds=float(whole % 60))
    hours, minutes = sign * (whole // 3600), float(whole % 3600 // 60)
    return say("duration.h_min", tongue, hours=hours, minutes=minutes)


def gap(seconds: float, tongue: Tongue) -> str:
    """A long gap in whole hours up to two days, then in whole days; for use after a preposition."""
    hours = round(seconds / 3600)
    if hours < 48:
        return counted("hour", hours, tongue, case="genitive")
    return counted("day", round(seconds / 86400), tongue, case="genitive")


def ordinal(count: int, tongue: Tongue) -> str:
    """ "second", «الثاني» and so on; masculine, as an attack is in Arabic."""
    if 2 <= count <= 10:
        return say(f"ordinal.{count}", tongue)
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return say(f"ordinal.{ending}", tongue, count=float(count))


def compass(azimuth_rad: float, tongue: Tongue) -> str:
    """One of eight directions; unknown if NaN. Coarse on purpose."""
    if isnan(azimuth_rad):
        return say("value.unknown", tongue)
    return say(f"compass.{round(azimuth_rad / tau * 8) % 8}", tongue)
