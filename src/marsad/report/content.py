"""Everything a report prints, already in words: plain data for the template."""

from collections.abc import Sequence
from datetime import datetime
from math import isfinite

from marsad.model.drill import Drill
from marsad.model.incident import Incident, IncidentObject, IncidentWarning, Outcome, SeriesFacts
from marsad.model.sensor import Sensor
from marsad.model.site import Site
from marsad.report.account import Mark
from marsad.report.drill import drill_table
from marsad.report.endings import EndKind
from marsad.report.facts import (
    casualties_text,
    class_label,
    fact_text,
    hour_is_known,
    last_known_t_ns,
    objects_counted,
    outcomes_text,
    place_called,
    site_name,
    unknowns,
)
from marsad.report.impacts import impacts_table
from marsad.report.map import map_svgs
from marsad.report.tables import (
    Content,
    Evidence,
    amendments_table,
    objects_table,
    reached_table,
    record_table,
    response_table,
    sensors_table,
    timeline_table,
    told_table,
    warnings_table,
)
from marsad.report.wording import (
    Language,
    Style,
    catalogue,
    comma,
    counted,
    digits,
    say,
    word,
)
from marsad.report.wording.dates import (
    clock,
    compass,
    gap,
    local_time,
    long_date,
    offset,
    ordinal,
    part_of_day,
    short_date,
)
from marsad.report.writer import Writer


def content(
    incident: Incident,
    site: Site,
    sensors: Sequence[Sensor],
    series: SeriesFacts,
    language: Language,
    evidence: Evidence,
    drill: Drill | None = None,
) -> Content:
    """The report as nested lists and strings, keys as ``templates/report.typ`` reads them.

    drill   the last of the site's outputs, None where none is known
    """
    writer = Writer(incident, site, language)
    style, mark = writer.style, writer.account.mark
    as_of = local_time(last_known_t_ns(incident), 0)
    return {
        "language": language,
        "digits": [digits(str(number), style) for number in range(10)],
        "words": {
            key.removeprefix("report."): sentence
            for key, sentence in catalogue(language).items()
            if key.startswith("report.")
        },
        "incident_id": incident.incident_id,
        "site": site_name(site, style),
        "subtitle": long_date(writer.local(incident.opened_t_ns), style),
        "version": writer.say("report.version", version=float(incident.version)),
        "status": writer.say("report.open" if incident.closed_t_ns is None else "report.closed"),
        "closed": incident.closed_t_ns is not None,
        "not_live": "" if mark is Mark.LIVE else mark.value,
        "date": [as_of.year, as_of.month, as_of.day, as_of.hour, as_of.minute, as_of.second],
        "summary": _summary(writer),
        "facts": _facts(writer),
        "objects": objects_table(writer),
        "warnings": warnings_table(writer),
        "reached": reached_table(writer),
        "told": told_table(writer),
        "amendments": amendments_table(writer),
        "impacts": impacts_table(writer),
        "drill": drill_table(writer, drill),
        "maps": list(map_svgs(incident, site, language)),
        "series": _series(writer, series),
        "timeline": timeline_table(writer),
        "response": response_table(writer),
        "sensors": sensors_table(writer, sensors),
        "unknowns": unknowns(writer.account, style),
        "record": record_table(writer, evidence),
    }


def _summary(writer: Writer) -> list[str]:
    account, style = writer.account, writer.style
    objects = objects_counted(account.incident.objects, style)
    if account.outcome is Outcome.STOPPED and objects and not account.closed_otherwise:
        one = len(account.incident.objects) == 1
        fate = writer.say("report.summary.stopped_one" if one else "report.summary.stopped")
    elif account.outcome is Outcome.UNKNOWN and not account.closed_otherwise:
        fate = writer.say("report.summary.unknown")
    else:
        fate = writer.say("report.summary.outcome", outcome=outcomes_text(account, style))
    lines = [
        writer.say(
            "report.summary.line",
            when=part_of_day(writer.local(account.incident.opened_t_ns), style),
            objects=objects or writer.say("report.summary.no_objects"),
            site=site_name(writer.site, style),
            outcome=fate,
        )
    ]
    if account.stopped_inside:
        inside = objects_counted(account.stopped_inside, style)
        lines.append(writer.say("report.summary.inside", objects=inside))
    lead = account.shortest_lead
    if lead is not None:
        zone = writer.zone(lead.zone_id)
        had = _left_when_had(writer, lead)
        lines.append(writer.say("report.summary.warned", lead=writer.lead(lead), zone=zone, had=had))
    continued = [one.what for one in account.timeline if one.what.code == "incident.continues"]
    return [*lines, *(word(what, style) for what in continued), *_ended(writer)]


def _ended(writer: Writer) -> list[str]:
    """What was retracted, and which word that the danger was over, or none, was taken back."""
    lines = []
    for one in writer.account.endings:
        about = {"zone": writer.zone(one.zone_id), "given": writer.time(one.t_ns)}
        if one.taken_back_t_ns is not None:
            back = writer.time(one.taken_back_t_ns)
            lines.append(writer.say(f"report.summary.{one.kind.value}_taken_back", **about, time=back))
        elif one.kind is EndKind.RETRACTION:
            lines.append(writer.say("report.summary.retracted", **about))
    return lines


def _facts(writer: Writer) -> list[list[str]]:
    incident, style = writer.incident, writer.style
    opened, opened_utc = writer.local(incident.opened_t_ns), local_time(incident.opened_t_ns, 0)
    unknown = writer.say("value.not_recorded")
    nearest = min(incident.objects, key=lambda item: item.first_t_ns, default=None)
    lead = writer.account.shortest_lead
    when = "first_alarm" if hour_is_known(incident) else "when"
    rows = [
        ("what", _kinds(incident.objects, style) or writer.say("report.summary.no_objects")),
        ("how_many", _upper(objects_counted(incident.objects, style) or counted("thing", 0, style))),
        ("where", site_name(writer.site, style)),
        ("mode", writer.say(f"report.mode.{writer.account.mark.value}")),
        (f"{when}_local", _when(writer, opened)),
        (f"{when}_utc", _when(writer, opened_utc)),
        (
            "first_detection",
            unknown if nearest is None or not hour_is_known(incident) else _first_detection(writer, nearest),
        ),
        ("lead", unknown if lead is None else _lead(writer, lead)),
        ("outcome", outcomes_text(writer.account, style)),
        ("outcome_times", _span(writer, writer.account.outcome_times_t_ns) or unknown),
        ("report_times", _span(writer, writer.account.report_times_t_ns) or unknown),
        ("casualties", casualties_text(writer.account, style)),
        ("accounted", writer.say("report.accounted.yes" if incident.accounted else "report.accounted.no")),
        ("damage", fact_text(incident.damage, style)),
        ("claim", fact_text(incident.claim, style)),
    ]
    shown_offset = offset(writer.site.utc_offset_s, style)
    return [[writer.say(f"report.{key}", offset=shown_offset), value] for key, value in rows]


def _lead(writer: Writer, lead: IncidentWarning) -> str:
    return f"{writer.lead(lead)} — {writer.zone(lead.zone_id)}{_left_when_had(writer, lead)}"


def _left_when_had(writer: Writer, lead: IncidentWarning) -> str:
    """How much of a lead time was left when the first output had the warning; "" where none was told."""
    if not writer.incident.told:
        return ""
    left_s = writer.account.left_when_had_s(lead)
    said = (
        writer.say("report.lead_had", seconds=left_s)
        if isfinite(left_s)
        else writer.say("report.lead_not_had")
    )
    return writer.semicolon + said


def _span(writer: Writer, times: Sequence[int]) -> str:
    """The first and the last of some times, local, "" for none."""
    if not times:
        return ""
    first, last = writer.time(times[0]), writer.time(times[-1])
    return first if first == last else writer.say("report.from_to", first=first, last=last)


def _when(writer: Writer, moment: datetime) -> str:
    if not hour_is_known(writer.incident):
        return part_of_day(moment, writer.style)
    return f"{long_date(moment, writer.style)}{writer.comma}{clock(moment, writer.style)}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _kinds(objects: Sequence[IncidentObject], style: Style) -> str:
    kinds = dict.fromkeys(class_label(item.told_class, style) for item in objects)
    return comma(style).join(kinds)


def _first_detection(writer: Writer, item: IncidentObject) -> str:
    parts = [writer.time(item.first_t_ns)]
    if isfinite(item.first_range_m):
        parts.append(writer.say("unit.km", value=item.first_range_m / 1000))
        parts.append(compass(item.first_azimuth_rad, writer.style))
    return writer.comma.join(parts)


def series_sentences(series: SeriesFacts, site: Site, style: Style) -> list[str]:
    """The series in sentences, for the record; of an exercise, among exercises."""
    if not series.counted:
        return [say("report.series.not_counted", style)]
    if series.total == 1:
        return [say("report.series.only", style)]
    sentences = [
        say("report.series.within", style, ordinal=ordinal(series.within_48_h, style))
        if series.within_48_h > 1
        else say("report.series.single", style)
    ]
    before = gap(series.gap_s, style)
    if series.previous_site_id == site.site_id:
        sentences.append(say("report.series.gap_here", style, gap=before))
    else:
        place = place_called(series.previous_site_id, site, style) or series.previous_site_id
        sentences.append(say("report.series.gap_there", style, gap=before, place=place))
    return sentences


def _series(writer: Writer, series: SeriesFacts) -> Content:
    sentences = series_sentences(series, writer.site, writer.style)
    live = writer.account.mark is Mark.LIVE
    note = writer.say("report.series_note" if live else "report.series_note_not_live")
    if not series.counted:
        return {"sentences": sentences, "cells": [], "note": note}
    since = short_date(writer.local(series.first_t_ns), writer.style)
    sentences.append(writer.say("report.series.since", date=since))
    cells = [
        [
            writer.say(f"report.{key}", hours=48.0, days=30.0),
            digits(str(getattr(series, key)), writer.style),
        ]
        for key in ("within_48_h", "within_30_days", "site_within_30_days", "total", "site_total")
    ]
    return {"sentences": sentences, "cells": cells, "note": note}
