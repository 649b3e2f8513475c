"""The public statement: only facts that the record holds, and a check that nothing else is said.

It names no attacker, no cause, no direction, no sensor and no shelter, and quotes nobody's free text.
"None" of casualties stands only where everybody is accounted for. What is unknown is said to be.
"""

from typing import Literal

from marsad.errors import ReceivedError
from marsad.model.incident import Incident, Outcome, SeriesFacts
from marsad.model.site import Site
from marsad.report.account import Account, Mark, account_of, retractions_t_ns
from marsad.report.endings import EndKind, endings_of
from marsad.report.facts import (
    casualties_text,
    hour_is_known,
    last_known_t_ns,
    objects_counted,
    outcome_text,
    place_called,
    site_name,
)
from marsad.report.lint import lint_statement as lint_statement
from marsad.report.told import first_word
from marsad.report.wording import Language, Style, document_style, say
from marsad.report.wording.dates import clock, local_time, long_date, ordinal, part_of_day

Kind = Literal["first", "interim", "update", "correction", "denial", "all_clear", "final"]
KINDS: tuple[Kind, ...] = ("first", "interim", "update", "correction", "denial", "all_clear", "final")


def statement(
    incident: Incident,
    site: Site,
    series: SeriesFacts,
    language: Language,
    kind: Kind,
    *,
    previous: Incident | None = None,
) -> str:
    """The statement as paragraphs, to be approved by a person before it goes anywhere.

    previous   the version that an earlier statement was made from, for a correction

    Raises ReceivedError where the record does not bear the kind asked for: a denial of what was
    seen, an all clear nobody gave, a final statement of an open incident.
    """
    _check(incident, kind)
    account, style = account_of(incident, site), document_style(site, language)
    title = say(f"statement.title.{kind}", style)
    paragraphs = [say("statement.heading", style, title=title, site=site_name(site, style))]
    mark = [] if account.mark is Mark.LIVE else [say(f"statement.{account.mark.value}", style)]
    paragraphs += mark
    if kind == "denial":
        paragraphs.append(" ".join(_denial(account, style)))
    else:
        opening = _opening(incident, style, kind, previous)
        paragraphs.append(" ".join([*opening, *_events(account, style), *_series(account, series, style)]))
        paragraphs.append(" ".join(_consequences(account, style)))
    paragraphs += [_closing(account, style, kind), *mark]
    return "\n\n".join(paragraphs) + "\n"


def _check(incident: Incident, kind: Kind) -> None:
    if kind == "denial":
        seen = {item.outcome for item in incident.objects} | {incident.outcome}
        if seen & {Outcome.STOPPED, Outcome.MISSED, Outcome.LANDED}:
            raise ReceivedError(
                "denial-contradicts-record",
                f"incident {incident.incident_id} records an attack "
                f"({', '.join(sorted(item.value for item in seen))}); it cannot be denied",
            )
        harmless = (Outcome.LEFT, Outcome.FALSE_ALARM)
        gone = incident.closed_t_ns is not None and incident.outcome in harmless
        if not gone and any(item.outcome not in harmless for item in incident.objects):
            raise ReceivedError(
                "denial-before-outcome",
                f"incident {incident.incident_id} has objects whose outcome is not known; "
                "an attack can be denied when all of them are recorded as having left or as a false alarm",
            )
    stands = any(
        one.kind is EndKind.ALL_CLEAR and one.taken_back_t_ns is None for one in endings_of(incident)
    )
    if kind == "all_clear" and not stands:
        raise ReceivedError(
            "no-all-clear",
            f"incident {incident.incident_id}: nobody has given the all clear, or it was taken back",
        )
    if kind == "final" and incident.closed_t_ns is None:
        raise ReceivedError(
            "incident-open", f"incident {incident.incident_id} is open; a final statement needs it closed"
        )


def _opening(incident: Incident, style: Style, kind: Kind, previous: Incident | None) -> list[str]:
    if kind == "correction":
        return _correction(incident, previous, style)
    return [say("statement.all_clear", style)] if kind == "all_clear" else []


def _events(account: Account, style: Style) -> list[str]:
    """What came and what became of it; each time is that of the fact it stands beside."""
    incident, name = account.incident, site_name(account.site, style)
    if account.outcome is Outcome.STOPPED and incident.objects:
        objects = objects_counted(incident.objects, style, case="accusative")
        # when somebody corrected an outcome is not when it came about
        corrected = {one.t_ns for one in incident.amendments}
        times = tuple(t_ns for t_ns in account.outcome_times_t_ns if t_ns not in corrected)
        when = _when(account, style, times)
        stopped = say("statement.stopped", style, when=when, site=name, objects=objects)
        return [stopped, *_inside(account, style), *_warned(account, style), *_taken_back(account, style)]
    when = _when(account, style, (incident.opened_t_ns,))
    if not incident.objects:
        alarm = say("statement.alarm", style, when=when, site=name)
        return [alarm, *_warned(account, style), *_taken_back(account, style)]
    objects = objects_counted(incident.objects, style, case="genitive")
    key = "statement.seen" if incident.warnings else "statement.seen_unwarned"
    sentences = [say(key, style, when=when, site=name, objects=objects)]
    for outcome, items in account.groups:
        told = objects_counted(items, style)
        sentences.append(say(f"statement.outcome.{outcome.value}", style, objects=told))
        if outcome is Outcome.STOPPED:
            sentences += _inside(account, style)
    sentences += [*_warned(account, style), *_taken_back(account, style)]
    return [*sentences, *_retracted(account, style)]


def _warned(account: Account, style: Style) -> list[str]:
    """When it was decided to warn, and how many of those to be told had it, from the first to the last."""
    found = first_word(account.incident.told, "warn")
    if found is None:
        return []
    told = found.word
    at = {
        name: _clock(account, t_ns, style)
        for name, t_ns in (
            ("decided", told.decided_t_ns),
            ("first", told.first_t_ns),
            ("last", told.last_t_ns),
        )
        if t_ns is not None
    }
    counts = {"got": float(told.got), "wanted": float(len(told.outputs))}
    key = "statement.told_all" if not told.without else "statement.told_some"
    if "first" not in at:
        key = "statement.told_none"
    sentences = [say(key, style, **at, **counts)]
    if found.later_got < found.later:
        later = {
            "alarms": float(found.later_alarms),
            "outputs": float(found.later_outputs),
            "got": float(found.later_got),
            "wanted": float(found.later),
        }
        sentences.append(say("statement.told_later", style, **later))
    return sentences


def _taken_back(account: Account, style: Style) -> list[str]:
    """Which word that the danger was over, or none, was taken back: who left cover on it must read so."""
    return [
        say(
            f"statement.{one.kind.value}_taken_back",
            style,
            given=_clock(account, one.t_ns, style),
            time=_clock(account, one.taken_back_t_ns, style),
        )
        for one in account.endings
        if one.taken_back_t_ns is not None
    ]


def _clock(account: Account, t_ns: int, style: Style) -> str:
    return clock(local_time(t_ns, account.site.utc_offset_s), style)


def _retracted(account: Account, style: Style) -> list[str]:
    """That the warning was withdrawn, and when; not where there was danger besides."""
    if any(outcome not in (Outcome.FALSE_ALARM, Outcome.LEFT) for outcome, _ in account.groups):
        return []
    times = retractions_t_ns(account.incident)
    if not times:
        return []
    at = local_time(times[-1], account.site.utc_offset_s)
    return [say("statement.retracted", style, time=clock(at, style, seconds=False))]


def _inside(account: Account, style: Style) -> list[str]:
    """That some were stopped only after they had come into the site; who reads "stopped" must know."""
    if not account.stopped_inside:
        return []
    return [say("statement.inside", style, objects=objects_counted(account.stopped_inside, style))]


def _when(account: Account, style: Style, times_t_ns: tuple[int, ...]) -> str:
    """The part of the day, with the time, or the first and the last, where it was measured."""
    incident, offset_s = account.incident, account.site.utc_offset_s
    complete = len(times_t_ns) >= max(1, len(incident.objects)) or times_t_ns == (incident.opened_t_ns,)
    if not (times_t_ns and complete and hour_is_known(incident)):
        return part_of_day(local_time(incident.opened_t_ns, offset_s), style)
    first, last = local_time(times_t_ns[0], offset_s), local_time(times_t_ns[-1], offset_s)
    part, begin = part_of_day(first, style), clock(first, style, seconds=False)
    end = clock(last, style, seconds=False)
    if begin == end:
        return say("statement.at_time", style, part=part, time=begin)
    return say("statement.between_times", style, part=part, first=begin, last=end)


def _series(account: Account, series: SeriesFacts, style: Style) -> list[str]:
    if not series.counted or series.within_48_h < 2:
        return []
    count = ordinal(series.within_48_h, style)
    if series.previous_site_id == account.site.site_id:
        return [say("statement.series_here", style, ordinal=count)]
    place = place_called(series.previous_site_id, account.site, style)
    if not place:
        return [say("statement.series_elsewhere", style, ordinal=count)]
    return [say("statement.series_there", style, ordinal=count, place=place)]


def _correction(incident: Incident, previous: Incident | None, style: Style) -> list[str]:
    sentences = [say("statement.corrects", style)]
    if previous is not None:
        before, after = (
            objects_counted(previous.objects, style),
            objects_counted(incident.objects, style),
        )
        if before and after and before != after:
            sentences.append(say("statement.corrected_objects", style, before=before, after=after))
    return sentences


def _consequences(account: Account, style: Style) -> list[str]:
    incident = account.incident
    return [
        casualties_text(account, style, "statement"),
        say(f"statement.damage.{incident.damage.status.value}", style),
        say(f"statement.claim.{incident.claim.status.value}", style),
    ]


def _denial(account: Account, style: Style) -> list[str]:
    incident, site = account.incident, account.site
    as_of = local_time(last_known_t_ns(incident), site.utc_offset_s)
    sentences = [
        say(
            "statement.denial",
            style,
            site=site_name(site, style),
            time=clock(as_of, style, seconds=False),
            date=long_date(as_of, style),
        )
    ]
    if incident.warnings:
        sentences.append(say("statement.denial_alarm", style))
    return [*sentences, *_taken_back(account, style), *_retracted(account, style)]


def _closing(account: Account, style: Style, kind: Kind) -> str:
    incident, site = account.incident, account.site
    if kind == "final":
        if account.closed_otherwise:
            return say("statement.final_as", style, outcome=outcome_text(incident.outcome, style))
        return say("statement.final", style)
    as_of = local_time(last_known_t_ns(incident), site.utc_offset_s)
    time = clock(as_of, style, seconds=False)
    return say("statement.as_of", style, time=time, date=long_date(as_of, style))
