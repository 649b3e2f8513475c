"""Every number in a statement must be in the record: counts, dates, times, the place in the series."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from marsad.model.incident import FactStatus, Incident, IncidentObject, SeriesFacts
from marsad.model.site import Site
from marsad.report.account import account_of
from marsad.report.endings import endings_of
from marsad.report.facts import NOUNS, last_known_t_ns
from marsad.report.lint.words import glued, plain_text, word_lists
from marsad.report.told import first_word
from marsad.report.wording import Language, catalogue
from marsad.report.wording.dates import local_time

_DOZENS = 24
_NUMBERED = r"\b(\d+)(?:st|nd|rd|th)\b|رقم (\d+)"
_QUARTER_HOUR_S = 900
_OFFSETS_S = range(-12 * 3600, 14 * 3600 + 1, _QUARTER_HOUR_S)


def strange_numbers(
    plain: str,
    records: Sequence[Incident],
    language: Language,
    site: Site | None,
    series: SeriesFacts | None,
) -> list[str]:
    """The numbers of a text (as ``words.plain_text`` leaves it) that no version of the record holds."""
    words = word_lists(language)
    moments = [moment for record in records for moment in _moments(record, site, series)]
    counts = {count for record in records for count in _counts(record, site)}
    attacks = _attacks(series)
    repeated = {series.within_48_h} - {1} if series is not None else set()
    strange: list[str] = []

    def take(pattern: str, allowed: set[str], text: str) -> str:
        """Cut every match out of the text; those not allowed are strange."""
        strange.extend(match.group() for match in re.finditer(pattern, text) if match.group() not in allowed)
        return re.sub(pattern, " ", text)

    two_days = set(words["two_days"])
    plain = take("|".join(words["two_days"]), two_days if repeated else set(), plain)
    plain = _without_dates(plain, moments, language)
    times = {f"{at:%H:%M}" for at in moments} | {f"{at:%H:%M:%S}" for at in moments}
    plain = take(r"\b\d{1,2}:\d{2}(?::\d{2})?\b", times, plain)
    plain = take(r"\d+[.,٫]\d+", set(), plain)
    of_attacks = "|".join(words["attacks"])
    numbers = "|".join([r"\d+", *words["cardinals"]])
    for match in re.finditer(rf"\b({numbers}) (?:{of_attacks})\b", plain):
        said = match.group(1)
        number = int(said) if said.isdecimal() else words["cardinals"][said]
        strange += [] if number in attacks else [match.group()]
    plain = re.sub(rf"\b({numbers}) (?:{of_attacks})\b", " ", plain)
    for match in re.finditer(_NUMBERED, plain):
        strange += [] if int(match.group(1) or match.group(2)) in repeated else [match.group()]
    plain = re.sub(_NUMBERED, " ", plain)
    plain = take(r"\d+", {str(count) for count in counts}, plain)
    strange += _strange_words(plain, words["ordinals"], repeated, language)
    strange += _strange_words(plain, words["cardinals"], counts, language)
    strange += _strange_words(plain, dict.fromkeys(words["dual"], 2), counts, language)
    strange += _strange_words(plain, dict.fromkeys(words["one"], 1), counts, language)
    many = series is not None and max(series.total, series.site_total) >= _DOZENS
    vague = [*words["vague"], *([] if many else words["dozens"])]
    return strange + _strange_words(plain, dict.fromkeys(vague, -1), set(), language)


def _strange_words(plain: str, words: dict[str, int], allowed: set[int], language: Language) -> list[str]:
    """Number words, each with the number it stands for, that stand for none allowed."""
    strange = sorted((word for word, number in words.items() if number not in allowed), key=len, reverse=True)
    if not strange:
        return []
    pattern = "|".join(glued(word, language) for word in strange)
    return [match.group() for match in re.finditer(rf"\b(?:{pattern})\b", plain)]


def _moments(incident: Incident, site: Site | None, series: SeriesFacts | None) -> list[datetime]:
    """The times the record holds, in every local time that may be meant."""
    times_ns = {incident.opened_t_ns, last_known_t_ns(incident)}
    times_ns |= {item.outcome_t_ns for item in incident.objects if item.outcome_t_ns is not None}
    told = first_word(incident.told, "warn")
    ended = [t_ns for one in endings_of(incident) for t_ns in (one.t_ns, one.taken_back_t_ns)]
    when_told = [] if told is None else [told.word.decided_t_ns, told.word.first_t_ns, told.word.last_t_ns]
    times_ns |= {t_ns for t_ns in (*ended, *when_told) if t_ns is not None}
    if incident.closed_t_ns is not None:
        times_ns.add(incident.closed_t_ns)
    if series is not None:
        times_ns.add(series.first_t_ns)
    offsets = _OFFSETS_S if site is None else (0, site.utc_offset_s)
    return [local_time(t_ns, offset_s) for t_ns in sorted(times_ns) for offset_s in offsets]


def _without_dates(plain: str, moments: list[datetime], language: Language) -> str:
    """The text without the dates of the record; a date that is not of the record stays in."""
    sentences = catalogue(language)
    for at in sorted({moment.date() for moment in moments}):
        months = [plain_text(sentences[f"date.{names}.{at.month}"]) for names in ("month", "month_gulf")]
        weekday = plain_text(sentences[f"date.weekday.{at.weekday()}"])
        month = f"(?:{'|'.join(months)})"
        plain = re.sub(rf"(\b{weekday} )?\b{at.day} {month} {at.year}\b", " ", plain)
        plain = re.sub(rf"\b{at.year}-{at.month:02d}-{at.day:02d}\b", " ", plain)
    return plain


def _counts(incident: Incident, site: Site | None) -> set[int]:
    """How many objects, of each kind, of each outcome, of each kind with each outcome; casualties."""
    objects = incident.objects
    outcomes = [item.outcome for item in objects]
    counts = _by_kind(objects) | set(Counter(outcomes).values())
    for outcome in set(outcomes):
        counts |= _by_kind([item for item in objects if item.outcome is outcome])
    if site is not None:
        counts |= _by_kind(account_of(incident, site).stopped_inside)
    if (told := first_word(incident.told, "warn")) is not None:
        counts |= {told.word.got, len(told.word.outputs), told.later, told.later_got}
        counts |= {told.later_alarms, told.later_outputs}
    if incident.casualties.status is FactStatus.CONFIRMED:
        counts |= {incident.casualties.killed, incident.casualties.injured}
    return counts


def _by_kind(objects: Sequence[IncidentObject]) -> set[int]:
    kinds = Counter(NOUNS.get(item.told_class, item.told_class) for item in objects)
    return {len(objects)} | set(kinds.values())


def _attacks(series: SeriesFacts | None) -> set[int]:
    """The numbers of attacks that may be told."""
    if series is None:
        return set()
    return {
        series.within_48_h,
        series.within_30_days,
        series.site_within_30_days,
        series.total,
        series.site_total,
    }
