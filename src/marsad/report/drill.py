"""The last drill of a site's outputs as a table: what was tested, what failed."""

from typing import Any

from marsad.model.announcement import DeliveryState
from marsad.model.drill import Drill, DrillRow, Verdict
from marsad.report.wording import joined
from marsad.report.writer import Writer

_STEPS = (
    ("sent", DeliveryState.SENT),
    ("accepted", DeliveryState.ACCEPTED),
    ("actuated", DeliveryState.ACTUATED),
    ("confirmed", DeliveryState.CONFIRMED),
)


def drill_table(writer: Writer, drill: Drill | None) -> dict[str, Any]:
    """A row for each output, with seconds from the begin of a drill to each step; what it shows, in words."""
    if drill is None:
        return {"heads": [], "rows": [], "when": "", "note": writer.say("report.drill_none"), "failed": False}
    failed = [row.output_id for row in drill.rows if row.verdict is Verdict.FAILED]
    untried = [row.output_id for row in drill.rows if row.delivery is None]
    notes = [_concluded(writer, drill, failed)]
    if untried:
        notes.append(writer.say("report.drill_untried", outputs=_names(writer, untried)))
    by = writer.name(drill.by) if drill.by else writer.say("report.drill_itself")
    heads = [writer.say(f"drill.column.{key}") for key in ("output", "standard", "verdict")]
    return {
        "heads": [*heads, *(writer.say(f"drill.column.{step}") for step, _ in _STEPS)],
        "rows": [_row(writer, drill, row) for row in drill.rows],
        "when": writer.say("report.drill_when", time=writer.day_and_time(drill.begun_t_ns), by=by),
        "note": " ".join(notes),
        "failed": bool(failed),
    }


def _concluded(writer: Writer, drill: Drill, failed: list[str]) -> str:
    if failed:
        return writer.say("report.drill_failed", outputs=_names(writer, failed))
    return writer.say("report.drill_passed" if drill.is_over else "report.drill_waiting")


def _names(writer: Writer, output_ids: list[str]) -> str:
    return joined([writer.name(one) for one in output_ids], writer.style)


def _row(writer: Writer, drill: Drill, row: DrillRow) -> list[str]:
    verdict = "not-tried" if row.delivery is None else row.verdict.value
    reached = () if row.delivery is None else row.delivery.reached_t_ns
    spans = [
        _span(writer, reached[state] - drill.begun_t_ns) if reached and reached[state] else "—"
        for _, state in _STEPS
    ]
    return [writer.name(row.output_id), row.standard, writer.say(f"drill.{verdict}"), *spans]


def _span(writer: Writer, span_ns: int) -> str:
    return writer.say("report.drill_span", seconds=max(span_ns, 0) / 1e9)
