"""The tables of a report, row by row, already in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from marsad.model.incident import Outcome, TimelineEntry
from marsad.model.sensor import Sensor
from marsad.report.facts import class_label, hour_is_known, outcome_text
from marsad.report.sensor_note import note_text
from marsad.report.wording import catalogue, counted, digits, isolated, joined, word
from marsad.report.wording.dates import compass, duration
from marsad.report.writer import Writer

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


def _heads(writer: Writer, *keys: str) -> list[str]:
    return [writer.say(f"report.{key}") for key in keys]


def objects_table(writer: Writer) -> Content:
    """Every object: where it was first seen, how fast, what became of it."""
    rows: list[list[str]] = []
    reported = writer.account.reported_t_ns
    for number, (item, reported_t_ns) in enumerate(zip(writer.incident.objects, reported, strict=True), 1):
        known = isfinite(item.first_range_m)
        rows.append(
            [
                digits(str(number), writer.style),
                class_label(item.told_class, writer.style),
                writer.tracks(item.track_ids),
                writer.time(item.first_t_ns) if known else "—",
                writer.say("unit.km", value=item.first_range_m / 1000) if known else "—",
                compass(item.first_azimuth_rad, writer.style) if known else "—",
                writer.say("unit.mps", value=item.speed_mps) if isfinite(item.speed_mps) else "—",
                outcome_text(item.outcome, writer.style),
                "—" if item.outcome_t_ns is None else writer.time(item.outcome_t_ns),
                "—" if reported_t_ns is None else writer.time(reported_t_ns),
                writer.name(item.outcome_by),
            ]
        )
    heads = _heads(
        writer,
        *("number", "class", "tracks", "first_seen", "range", "bearing", "speed", "fate"),
        *("fate_at", "reported_at", "reported_by"),
    )
    return {"heads": heads, "rows": rows, "entered": [*_entered(writer), *_reached(writer)]}


def _entered(writer: Writer) -> list[str]:
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


def _reached(writer: Writer) -> list[str]:
    """Over or before which zone objects were last seen, as long as nobody has said what became of them."""
    return [
        writer.say(
            "report.reached" if item.reached_over else "report.reached_ahead",
            number=float(number),
            zone=writer.zone(item.reached_zone_id),
        )
        for number, item in enumerate(writer.incident.objects, 1)
        if item.reached_zone_id and item.outcome is Outcome.UNKNOWN
    ]


def warnings_table(writer: Writer) -> Content:
    """Every warning with its times and the time it left, from the detection of its own object on."""
    rows = [
        [
            writer.zone(item.zone_id),
            catalogue(writer.style.language).get(f"report.stage.{item.stage}", item.stage),
            writer.time(item.t_ns),
            writer.time(item.t_ns, utc=True),
            writer.lead(item),
            duration((item.t_ns - writer.account.detected_t_ns(item)) / 1e9, writer.style),
            "—" if item.track_id is None else writer.tracks([item.track_id]),
        ]
        for item in writer.account.warnings
    ]
    heads = _heads(
        writer, "zone", "stage", "time_local", "time_utc", "lead_time", "after_detection", "for_track"
    )
    return {"heads": heads, "rows": rows}


def reached_table(writer: Writer) -> Content:
    """Each alarm in a line: when it was decided, when the first and the last had it, and how many of all."""
    rows = [
        [
            writer.zone(item.zone_id),
            catalogue(writer.style.language).get(f"report.stage.{item.stage}", item.stage),
            writer.time(item.decided_t_ns),
            _arrived(writer, item.first_t_ns),
            _arrived(writer, item.last_t_ns),
            "—" if item.confirmed_t_ns is None else writer.time(item.confirmed_t_ns),
            writer.say("report.got_of", got=float(item.got), wanted=float(len(item.outputs))),
        ]
        for item in writer.account.told
    ]
    heads = _heads(
        writer,
        *("zone", "stage", "told_decided", "told_first", "told_last", "told_confirmed", "told_got"),
    )
    return {"heads": heads, "rows": rows}


def amendments_table(writer: Writer) -> Content:
    """Outcomes corrected after closing: who, when, from what to what."""
    rows = [
        [
            writer.time(item.t_ns),
            writer.say("report.amended_incident")
            if item.track_id is None
            else writer.say("report.amended_object", track_id=float(item.track_id)),
            outcome_text(item.before, writer.style),
            outcome_text(item.after, writer.style),
            writer.name(item.by),
            isolated(item.reason, writer.style) or "—",
        ]
        for item in writer.incident.amendments
    ]
    heads = _heads(
        writer, "time_local", "amended_what", "amended_before", "amended_after", "by", "amended_why"
    )
    return {"heads": heads, "rows": rows}


def told_table(writer: Writer) -> Content:
    """To whom each alarm went, and to whom its end: whoever got the one and not the other is named."""
    told = writer.incident.told
    rows = [
        [
            writer.name(item.output_id),
            writer.zone(item.zone_id),
            catalogue(writer.style.language).get(f"report.stage.{item.stage}", item.stage),
            _arrived(writer, item.got_t_ns),
            writer.say(f"report.told_end.{item.end or 'none'}"),
            _arrived(writer, item.end_got_t_ns) if item.end else "—",
        ]
        for item in told
    ]
    unended = dict.fromkeys(
        f"{writer.name(item.output_id)} ({writer.zone(item.zone_id)})" for item in told if item.is_unended
    )
    note = ""
    if unended:
        note = writer.say("report.told_unended", outputs=joined(list(unended), writer.style))
    elif any(item.end for item in told):
        note = writer.say("report.told_all_ended")
    heads = _heads(writer, "told_output", "zone", "stage", "told_alarm", "told_end", "told_end_got")
    return {"heads": heads, "rows": rows, "note": note, "open": bool(unended)}


def _arrived(writer: Writer, t_ns: int | None) -> str:
    return writer.say("report.told_not") if t_ns is None else writer.time(t_ns)


def timeline_table(writer: Writer) -> Content:
    """What happened, line by line; cut where it is long, but never what people did and what was raised."""
    entries = writer.account.timeline
    shown = _shown(entries)
    rows = [
        [
            writer.time(entry.t_ns),
            writer.time(entry.t_ns, utc=True),
            word(entry.what, writer.style, writer.places),
            writer.name(entry.by),
        ]
        for entry in shown
    ]
    more = len(entries) - len(rows)
    return {
        "heads": _heads(writer, "time_local", "time_utc", "event", "by"),
        "rows": rows,
        "more": writer.say("report.more_lines", lines=counted("line", more, writer.style)) if more else "",
    }


def _shown(entries: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """As many lines as are printed, in their order."""
    first = [place for place, entry in enumerate(entries) if entry.by or ".raised" in entry.what.code]
    rest = sorted(set(range(len(entries))) - set(first))
    chosen = sorted([*first, *rest][:TIMELINE_LINES_MAX])
    return [entries[place] for place in chosen]


_STEPS = (
    ("alert", ("incident.raised.alert", "incident.raised_untimed.alert"), "first"),
    ("warn", ("incident.raised.warn", "incident.raised_untimed.warn"), "first"),
    ("acknowledged", ("incident.acknowledged",), "first"),
    ("outcome", tuple(f"incident.outcome.{item.value}" for item in Outcome), "first"),
    ("all_clear", ("incident.all_clear", "incident.all_clear_everywhere"), "last"),
    ("head_count", ("incident.head_count_complete",), "last"),
    ("closed", tuple(f"incident.closed.{item.value}" for item in Outcome), "last"),
)


def response_table(writer: Writer) -> Content:
    """The steps of the response in the order they came; a step not recorded is said not to be."""
    since = writer.account.first_detection_t_ns
    first = [writer.say("report.step.detected"), writer.time(since), duration(0, writer.style), "—"]
    if not hour_is_known(writer.incident):
        first = [writer.say("report.step.detected"), writer.say("report.not_done"), "—", "—"]
    done: list[tuple[int, list[str]]] = []
    missing: list[list[str]] = []
    for step, codes, which in _STEPS:
        entries = [entry for entry in writer.incident.timeline if entry.what.code in codes]
        if step == "head_count" and not writer.incident.accounted:
            entries = []
        if not entries:
            missing.append([writer.say(f"report.step.{step}"), writer.say("report.not_done"), "—", "—"])
            continue
        entry = entries[0] if which == "first" else entries[-1]
        elapsed = duration((entry.t_ns - since) / 1e9, writer.style)
        row = [writer.say(f"report.step.{step}"), writer.time(entry.t_ns), elapsed, writer.name(entry.by)]
        done.append((entry.t_ns, row))
    rows = [first, *(row for _, row in sorted(done, key=lambda item: item[0])), *missing]
    return {"heads": _heads(writer, "step", "time_local", "elapsed", "by"), "rows": rows}


def sensors_table(writer: Writer, sensors: Sequence[Sensor]) -> Content:
    """The sensors and how they were."""
    rows = [
        [
            writer.name(item.name or item.sensor_id),
            writer.say(f"report.sensor_kind.{item.kind.value}"),
            writer.say(f"report.health.{item.health.value}"),
            writer.time(item.last_t_ns) if item.last_t_ns else writer.say("value.not_recorded"),
            note_text(item, writer.style) or "—",
        ]
        for item in sensors
    ]
    heads = _heads(writer, "sensor_name", "kind", "health", "last_heard", "note")
    return {"heads": heads, "rows": rows}


def record_table(writer: Writer, evidence: Evidence) -> list[list[str]]:
    """What proves the record."""
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
