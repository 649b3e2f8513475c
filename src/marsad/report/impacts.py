"""Predicted and actual impacts of an incident, as a table of its report."""

from marsad.model.impact import ForeseenImpact
from marsad.model.incident import ActualImpact, IncidentObject
from marsad.report.tables import Content
from marsad.report.wording import isolated
from marsad.report.writer import Writer

_HEADS = (
    "round",
    "impact_foreseen",
    "impact_ellipse",
    "impact_down",
    "impact_apart",
    "impact_by",
    "impact_note",
)


def impacts_table(writer: Writer) -> Content:
    """Each falling object with what was predicted of it and what is known; then what belongs to none."""
    incident = writer.incident
    found = {one.track_id: one for one in incident.impacts if one.track_id is not None}
    rows = []
    for number, item in enumerate(incident.objects, 1):
        actual = next((found[track] for track in item.track_ids if track in found), None)
        if item.foreseen is not None or actual is not None:
            rows.append(_row(writer, writer.say("map.number", count=float(number)), item, actual))
    rows += [_row(writer, "—", None, one) for one in incident.impacts if one.track_id is None]
    return {"heads": [writer.say(f"report.{name}") for name in _HEADS], "rows": rows}


def _row(writer: Writer, name: str, item: IncidentObject | None, actual: ActualImpact | None) -> list[str]:
    foreseen = None if item is None else item.foreseen
    return [
        name,
        "—" if foreseen is None else writer.time(foreseen.impact_t_ns),
        "—" if foreseen is None else _ellipse(writer, foreseen),
        "—" if actual is None else writer.time(actual.t_ns),
        "—"
        if actual is None or actual.predicted_enu is None
        else writer.say("unit.m", value=round(actual.apart_m)),
        "—" if actual is None else writer.name(actual.by),
        "—" if actual is None or not actual.note else isolated(actual.note, writer.style),
    ]


def _ellipse(writer: Writer, foreseen: ForeseenImpact) -> str:
    """Half axes of the ellipse in which nine of ten such rounds come down, m."""
    major_m, minor_m = (2.146 * axis for axis in (foreseen.semi_major_m, foreseen.semi_minor_m))
    return writer.say("report.impact_axes", major=round(major_m), minor=round(minor_m))
