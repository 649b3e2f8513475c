"""Dates, times, durations and directions as Iraq reads them, in Arabic and English."""

from datetime import UTC, datetime, timedelta, timezone
from math import isfinite, isnan, tau

from marsad.report.wording import Language, counted, digits, isolated, say

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local_time(t_ns: int, utc_offset_s: int) -> datetime:
    """The local time of a UTC time in nanoseconds; cut, not rounded, to microseconds."""
    moment = _EPOCH + timedelta(microseconds=t_ns // 1000)
    return moment.astimezone(timezone(timedelta(seconds=utc_offset_s)))


def long_date(moment: datetime, language: Language) -> str:
    """ "Tuesday 4 January 2022", «الثلاثاء ٤ كانون الثاني ٢٠٢٢»."""
    return say(
        "date.long",
        language,
        weekday=say(f"date.weekday.{moment.weekday()}", language),
        day=float(moment.day),
        month=say(f"date.month.{moment.month}", language),
        year=float(moment.year),
    )


def short_date(moment: datetime, language: Language) -> str:
    """ "4 January 2022", «٤ كانون الثاني ٢٠٢٢»."""
    month = say(f"date.month.{moment.month}", language)
    return say("date.short", language, day=float(moment.day), month=month, year=float(moment.year))


def part_of_day(moment: datetime, language: Language) -> str:
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
    return say(f"date.part.{part}", language, date=long_date(moment, language))


def clock(moment: datetime, language: Language, *, seconds: bool = True) -> str:
    """ "02:46:10", «٠٢:٤٦:١٠»."""
    return digits(moment.strftime("%H:%M:%S" if seconds else "%H:%M"), language)


def offset(utc_offset_s: int, language: Language) -> str:
    """The offset from UTC, "UTC+03:00", in Latin digits and isolated: it is a designation."""
    sign = "-" if utc_offset_s < 0 else "+"
    minutes = abs(utc_offset_s) // 60
    text = f"UTC{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    return text if language == "en" else f"\u2066{text}\u2069"


def duration(seconds: float, language: Language) -> str:
    """A duration for people: "75 s", "12 min 5 s", "3 h 20 min"; unknown if NaN."""
    if not isfinite(seconds):
        return say("value.unknown", language)
    whole = round(abs(seconds))
    sign = "−" if seconds < 0 and whole else ""
    if whole < 120:
        return sign + say("duration.s", language, seconds=float(whole))
    if whole < 7200:
        return sign + say("duration.min_s", language, minutes=float(whole // 60), seconds=float(whole % 60))
    return sign + say(
        "duration.h_min", language, hours=float(whole // 3600), minutes=float(whole % 3600 // 60)
    )


def gap(seconds: float, language: Language) -> str:
    """A long gap in whole hours up to two days, then in whole days; for use after a preposition."""
    hours = round(seconds / 3600)
    if hours < 48:
        return counted("hour", hours, language, oblique=True)
    return counted("day", round(seconds / 86400), language, oblique=True)


def ordinal(count: int, language: Language) -> str:
    """ "second", «الثانية» and so on."""
    if 2 <= count <= 10:
        return say(f"ordinal.{count}", language)
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return say(f"ordinal.{ending}", language, count=float(count))


def compass(azimuth_rad: float, language: Language) -> str:
    """One of eight directions; unknown if NaN. Coarse on purpose."""
    if isnan(azimuth_rad):
        return say("value.unknown", language)
    return say(f"compass.{round(azimuth_rad / tau * 8) % 8}", language)


def designation(text: str, language: Language) -> str:
    """An identifier or name as it is, safe within the language's direction."""
    return isolated(text, language)
