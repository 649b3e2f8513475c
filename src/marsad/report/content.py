"""Everything a report prints, already in words: plain data for the template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from marsad.model.incident import Incident, IncidentObject, Outcome, SeriesFacts
from marsad.model.sensor import Sensor
from marsad.model.site import Site
from marsad.report.account import Account, Mark, account_of
from marsad.report.facts import (
    called,
    casualties_text,
    class_label,
    comma,
    fact_text,
    first_detection_t_ns,
    hour_is_known,
    last_known_t_ns,
    objects_counted,
    outcome_text,
    outcomes_text,
    place_called,
    shortest_lead,
    site_name,
    unknowns,
    zone_names,
)
from marsad.report.map import map_svgs
from marsad.report.wording import (
    Language,
    Style,
    catalogue,
    counted,
    digits,
    document_style,
    isolated,
    joined,
    say,
    word,
)
from marsad.report.wording.dates import (
    clock,
    compass,
    duration,
    gap,
    local_time,
    long_date,
    offset,
    ordinal,
    part_of_day,
    short_date,
)

Content = dict[str, Any]
TIMELINE_LINES_MAX = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves the record: hashes and versions, "" where not given.

    A journal has no hash before it is closed.
    """

    record_sha256: str = ""
    journal_sha256: str = ""
    replay_digest: str = ""
    weights_version: str = ""


class _Writer:
    """One report in one language; knows the record, never the clock."""

    def __init__(self, incident: Incident, site: Site, language: Language) -> None:
        self.incident = incident
        self.account: Account = account_of(incident, site)
        self.site = site
        self.style: Style = document_style(site, language)
        self.zones = zone_names(site, self.style)
        self.comma = comma(language)

    def say(self, key: str, **arguments: float | str) -> str:
        return say(key, self.style, **arguments)

    def local(self, t_ns: int) -> datetime:
        return local_time(t_ns, self.site.utc_offset_s)

    def time(self, t_ns: int, *, utc: bool = False) -> str:
        """A time for a table; with its date where that is not the date of the opening."""
        at = local_time(t_ns, 0 if utc else self.site.utc_offset_s)
        opened = local_time(self.incident.opened_t_ns, 0 if utc else self.site.utc_offset_s)
        if not hour_is_known(self.incident):
            return short_date(at, self.style)
        shown = clock(at, self.style)
        return shown if at.date() == opened.date() else f"{short_date(at, self.style)} {shown}"

    def zone(self, zone_id: str) -> str:
        return isolated(self.zones.get(zone_id, zone_id), self.style)

    def name(self, text: str) -> str:
        return called(text, self.site, self.style) if text else "—"

    def tracks(self, track_ids: Sequence[int]) -> str:
        """Numbers of tracks; they are numbers, so they have the digits of the document."""
        return self.comma.join(digits(str(track_id), self.style) for track_id in track_ids) or "—"


def content(
    incident: Incident,
    site: Site,
    sensors: Sequence[Sensor],
    series: SeriesFacts,
    language: Language,
    evidence: Evidence,
) -> Content:
    """The report as nested lists and strings, keys as ``templates/report.typ`` reads them."""
    writer = _Writer(incident, site, language)
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
        "objects": _objects(writer),
        "warnings": _warnings(writer),
        "maps": list(map_svgs(incident, site, language)),
        "series": _series(writer, series),
        "timeline": _timeline(writer),
        "response": _response(writer),
        "sensors": _sensors(writer, sensors),
        "unknowns": unknowns(writer.account, style),
        "record": _record(writer, evidence),
    }


def _summary(writer: _Writer) -> list[str]:
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
    lead = shortest_lead(account.incident)
    if lead is not None:
        shown = duration(lead[0], style)
        lines.append(writer.say("report.summary.warned", lead=shown, zone=writer.zone(lead[1])))
    return lines


def _facts(writer: _Writer) -> list[list[str]]:
    incident, style = writer.incident, writer.style
    opened, opened_utc = writer.local(incident.opened_t_ns), local_time(incident.opened_t_ns, 0)
    unknown = writer.say("value.not_recorded")
    nearest = min(incident.objects, key=lambda item: item.first_t_ns, default=None)
    lead = shortest_lead(incident)
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
        ("lead", unknown if lead is None else f"{duration(lead[0], style)} — {writer.zone(lead[1])}"),
        ("outcome", outcomes_text(writer.account, style)),
        ("outcome_times", _outcome_times(writer) or unknown),
        ("casualties", casualties_text(incident.casualties, incident.accounted, style)),
        ("accounted", writer.say("report.accounted.yes" if incident.accounted else "report.accounted.no")),
        ("damage", fact_text(incident.damage, style)),
        ("claim", fact_text(incident.claim, style)),
    ]
    shown_offset = offset(writer.site.utc_offset_s, style)
    return [[writer.say(f"report.{key}", offset=shown_offset), value] for key, value in rows]


def _outcome_times(writer: _Writer) -> str:
    """When the first and the last outcome came about, local time."""
    times = writer.account.outcome_times_t_ns
    if not times:
        return ""
    first, last = writer.time(times[0]), writer.time(times[-1])
    return first if first == last else writer.say("report.from_to", first=first, last=last)


def _when(writer: _Writer, moment: datetime) -> str:
    if not hour_is_known(writer.incident):
        return part_of_day(moment, writer.style)
    return f"{long_date(moment, writer.style)}{writer.comma}{clock(moment, writer.style)}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _kinds(objects: Sequence[IncidentObject], style: Style) -> str:
    kinds = dict.fromkeys(class_label(item.class_name, style) for item in objects)
    return comma(style).join(kinds)


def _first_detection(writer: _Writer, item: IncidentObject) -> str:
    parts = [writer.time(item.first_t_ns)]
    if isfinite(item.first_range_m):
        parts.append(writer.say("unit.km", value=item.first_range_m / 1000))
        parts.append(compass(item.first_azimuth_rad, writer.style))
    return writer.comma.join(parts)


def _heads(writer: _Writer, *keys: str) -> list[str]:
    return [writer.say(f"report.{key}") for key in keys]


def _objects(writer: _Writer) -> Content:
    rows: list[list[str]] = []
    for number, item in enumerate(writer.incident.objects, 1):
        known = isfinite(item.first_range_m)
        rows.append(
            [
                digits(str(number), writer.style),
                class_label(item.class_name, writer.style),
                writer.tracks(item.track_ids),
                writer.time(item.first_t_ns) if known else "—",
                writer.say("unit.km", value=item.first_range_m / 1000) if known else "—",
                compass(item.first_azimuth_rad, writer.style) if known else "—",
                writer.say("unit.mps", value=item.speed_mps) if isfinite(item.speed_mps) else "—",
                outcome_text(item.outcome, writer.style),
                "—" if item.outcome_t_ns is None else writer.time(item.outcome_t_ns),
                writer.name(item.outcome_by),
            ]
        )
    heads = _heads(
        writer,
        *("number", "class", "tracks", "first_seen", "range", "bearing", "speed", "fate"),
        *("reported_at", "reported_by"),
    )
    return {"heads": heads, "rows": rows, "entered": _entered(writer)}


def _entered(writer: _Writer) -> list[str]:
    """Which objects were tracked into which zones, a sentence each; stopped ones too."""
    return [
        writer.say(
            "report.entered",
            number=float(number),
            zones=joined([writer.zone(zone_id) for zone_id in zones], writer.style),
        )
        for number, zones in enumerate(writer.account.entered, 1)
        if zones
    ]


def _warnings(writer: _Writer) -> Content:
    since = first_detection_t_ns(writer.incident)
    rows = [
        [
            writer.zone(item.zone_id),
            catalogue(writer.style.language).get(f"report.stage.{item.stage}", item.stage),
            writer.time(item.t_ns),
            writer.time(item.t_ns, utc=True),
            duration(item.lead_s, writer.style),
            duration((item.t_ns - since) / 1e9, writer.style),
            "—" if item.track_id is None else writer.tracks([item.track_id]),
        ]
        for item in sorted(writer.incident.warnings, key=lambda warning: warning.t_ns)
    ]
    heads = _heads(
        writer, "zone", "stage", "time_local", "time_utc", "lead_time", "after_detection", "for_track"
    )
    return {"heads": heads, "rows": rows}


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


def _series(writer: _Writer, series: SeriesFacts) -> Content:
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


def _timeline(writer: _Writer) -> Content:
    entries = writer.incident.timeline
    rows = [
        [
            writer.time(entry.t_ns),
            writer.time(entry.t_ns, utc=True),
            word(entry.what, writer.style, writer.zones),
            writer.name(entry.by),
        ]
        for entry in entries[:TIMELINE_LINES_MAX]
    ]
    more = len(entries) - len(rows)
    return {
        "heads": _heads(writer, "time_local", "time_utc", "event", "by"),
        "rows": rows,
        "more": writer.say("report.more_lines", lines=counted("line", more, writer.style)) if more else "",
    }


_STEPS = (
    ("alert", ("incident.raised.alert", "incident.raised_untimed.alert"), "first"),
    ("warn", ("incident.raised.warn", "incident.raised_untimed.warn"), "first"),
    ("acknowledged", ("incident.acknowledged",), "first"),
    ("outcome", tuple(f"incident.outcome.{item.value}" for item in Outcome), "first"),
    ("all_clear", ("incident.all_clear", "incident.all_clear_everywhere"), "last"),
    ("head_count", ("incident.head_count_complete",), "last"),
    ("closed", tuple(f"incident.closed.{item.value}" for item in Outcome), "last"),
)


def _response(writer: _Writer) -> Content:
    """The steps of the response with their times; a step not recorded is said not to be."""
    since = first_detection_t_ns(writer.incident)
    rows = [[writer.say("report.step.detected"), writer.time(since), duration(0, writer.style), "—"]]
    if not hour_is_known(writer.incident):
        rows = [[writer.say("report.step.detected"), writer.say("report.not_done"), "—", "—"]]
    for step, codes, which in _STEPS:
        entries = [entry for entry in writer.incident.timeline if entry.what.code in codes]
        if step == "head_count" and not writer.incident.accounted:
            entries = []
        if not entries:
            missing = writer.say("report.not_done")
            rows.append([writer.say(f"report.step.{step}"), missing, "—", "—"])
            continue
        entry = entries[0] if which == "first" else entries[-1]
        elapsed = duration((entry.t_ns - since) / 1e9, writer.style)
        rows.append(
            [writer.say(f"report.step.{step}"), writer.time(entry.t_ns), elapsed, writer.name(entry.by)]
        )
    return {"heads": _heads(writer, "step", "time_local", "elapsed", "by"), "rows": rows}


def _sensors(writer: _Writer, sensors: Sequence[Sensor]) -> Content:
    rows = [
        [
            writer.name(item.name or item.sensor_id),
            writer.say(f"report.sensor_kind.{item.kind.value}"),
            writer.say(f"report.health.{item.health.value}"),
            writer.time(item.last_t_ns) if item.last_t_ns else writer.say("value.not_recorded"),
            writer.name(item.note),
        ]
        for item in sensors
    ]
    heads = _heads(writer, "sensor_name", "kind", "health", "last_heard", "note")
    return {"heads": heads, "rows": rows}


def _record(writer: _Writer, evidence: Evidence) -> list[list[str]]:
    missing = writer.say("value.not_recorded")
    rows = [
        ("incident_id", writer.incident.incident_id),
        ("record_sha256", evidence.record_sha256),
        ("journal_sha256", evidence.journal_sha256),
        ("replay_digest", evidence.replay_digest),
        ("weights_version", evidence.weights_version),
    ]
    instead = {"journal_sha256": writer.say("report.journal_open")}
    return [
        [writer.say(f"report.{key}"), value or instead.get(key, missing), "1" if value else ""]
        for key, value in rows
    ]
