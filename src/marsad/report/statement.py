"""The public statement: only facts that the record holds, and a check that nothing else is said.

It names no attacker, no cause, no direction, no sensor and no shelter, and quotes nobody's free text.
"None" of casualties stands only where everybody is accounted for. What is unknown is said to be.
"""

from typing import Literal

from marsad.errors import ReceivedError
from marsad.model.incident import FactStatus, Incident, Outcome, SeriesFacts
from marsad.model.site import Mode, Site
from marsad.report.facts import by_outcome, hour_is_known, last_known_t_ns, objects_counted, site_name
from marsad.report.lint import lint_statement as lint_statement
from marsad.report.wording import Language, filled, say
from marsad.report.wording.dates import clock, local_time, long_date, ordinal, part_of_day

Kind = Literal["first", "update", "correction", "denial", "all_clear", "final"]
KINDS: tuple[Kind, ...] = ("first", "update", "correction", "denial", "all_clear", "final")


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
    title = say(f"statement.title.{kind}", language)
    head = say("statement.heading", language, title=title, site=site_name(site, language))
    paragraphs = [head]
    not_live = incident.exercise or site.mode is not Mode.LIVE
    if not_live:
        paragraphs.append(say("statement.exercise", language))
    if kind == "denial":
        paragraphs.append(" ".join(_denial(incident, site, language)))
    else:
        paragraphs.append(" ".join(_events(incident, site, series, language, kind, previous)))
        paragraphs.append(" ".join(_consequences(incident, language)))
    paragraphs.append(_closing(incident, site, language, kind))
    if not_live:
        paragraphs.append(say("statement.exercise", language))
    return "\n\n".join(paragraphs) + "\n"


def _check(incident: Incident, kind: Kind) -> None:
    codes = {entry.what.code for entry in incident.timeline}
    if kind == "denial":
        seen = {item.outcome for item in incident.objects} | {incident.outcome}
        if seen & {Outcome.STOPPED, Outcome.MISSED, Outcome.LANDED}:
            raise ReceivedError(
                "denial-contradicts-record",
                f"incident {incident.incident_id} records an attack "
                f"({', '.join(sorted(item.value for item in seen))}); it cannot be denied",
            )
        gone = incident.closed_t_ns is not None and incident.outcome is Outcome.LEFT
        if not gone and any(item.outcome is not Outcome.LEFT for item in incident.objects):
            raise ReceivedError(
                "denial-before-outcome",
                f"incident {incident.incident_id} has objects whose outcome is not known; "
                "an attack can be denied when all of them are recorded as having left",
            )
    if kind == "all_clear" and not codes & {"incident.all_clear", "incident.all_clear_everywhere"}:
        raise ReceivedError(
            "no-all-clear", f"incident {incident.incident_id}: nobody has given the all clear"
        )
    if kind == "final" and incident.closed_t_ns is None:
        raise ReceivedError(
            "incident-open", f"incident {incident.incident_id} is open; a final statement needs it closed"
        )


def _events(
    incident: Incident,
    site: Site,
    series: SeriesFacts,
    language: Language,
    kind: Kind,
    previous: Incident | None,
) -> list[str]:
    sentences: list[str] = []
    if kind == "correction":
        sentences += _correction(incident, previous, language)
    if kind == "all_clear":
        sentences.append(say("statement.all_clear", language))
    opened = local_time(incident.opened_t_ns, site.utc_offset_s)
    part = part_of_day(opened, language)
    when = (
        say("statement.at_time", language, part=part, time=clock(opened, language, seconds=False))
        if hour_is_known(incident)
        else part
    )
    name = site_name(site, language)
    objects = objects_counted(incident.objects, language, oblique=True)
    groups = by_outcome(incident)
    if not objects:
        sentences.append(say("statement.alarm", language, when=when, site=name))
    elif len(groups) == 1 and groups[0][0] is Outcome.STOPPED:
        sentences.append(say("statement.stopped", language, when=when, site=name, objects=objects))
    else:
        key = "statement.seen" if incident.warnings else "statement.seen_unwarned"
        sentences.append(say(key, language, when=when, site=name, objects=objects))
        sentences += [
            say(f"statement.outcome.{outcome.value}", language, objects=objects_counted(items, language))
            for outcome, items in groups
        ]
    if series.counted and series.within_48_h > 1:
        sentences.append(say("statement.series", language, ordinal=ordinal(series.within_48_h, language)))
    return sentences


def _correction(incident: Incident, previous: Incident | None, language: Language) -> list[str]:
    sentences = [say("statement.corrects", language)]
    if previous is not None:
        before, after = (
            objects_counted(previous.objects, language),
            objects_counted(incident.objects, language),
        )
        if before and after and before != after:
            sentences.append(say("statement.corrected_objects", language, before=before, after=after))
    return sentences


def _consequences(incident: Incident, language: Language) -> list[str]:
    casualties = incident.casualties
    key = casualties.status.value
    if casualties.status in (FactStatus.NONE, FactStatus.UNKNOWN):
        # an unknown is not a report of casualties, but it is not their absence either
        key = "so_far_counted" if incident.accounted else "so_far"
        if casualties.status is FactStatus.NONE and incident.accounted:
            key = "none"
    numbers = {"killed": float(casualties.killed), "injured": float(casualties.injured)}
    return [
        filled(f"statement.casualties.{key}", language, numbers),
        say(f"statement.damage.{incident.damage.status.value}", language),
        say(f"statement.claim.{incident.claim.status.value}", language),
    ]


def _denial(incident: Incident, site: Site, language: Language) -> list[str]:
    as_of = local_time(last_known_t_ns(incident), site.utc_offset_s)
    sentences = [
        say(
            "statement.denial",
            language,
            site=site_name(site, language),
            time=clock(as_of, language, seconds=False),
            date=long_date(as_of, language),
        )
    ]
    if incident.warnings:
        sentences.append(say("statement.denial_alarm", language))
    return sentences


def _closing(incident: Incident, site: Site, language: Language, kind: Kind) -> str:
    if kind == "final":
        return say("statement.final", language)
    as_of = local_time(last_known_t_ns(incident), site.utc_offset_s)
    time = clock(as_of, language, seconds=False)
    return say("statement.as_of", language, time=time, date=long_date(as_of, language))
