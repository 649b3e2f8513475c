"""What is told, what became of it, and what people do on it, for the wire."""

from collections.abc import Sequence

from marsad.model.announcement import Delivery, DeliveryState, Output, PendingRelease, Telling
from marsad.model.drill import Drill, Drilling, OutputHealth
from marsad.model.response import Duty, Response
from marsad.server import wire

DELIVERIES_SENT = 100
_NS_PER_MS = 1_000_000


def telling_to_wire(
    telling: Telling, health: Sequence[OutputHealth] = (), drilling: Drilling | None = None
) -> wire.Telling:
    """What waits, the newest hundred deliveries, and how the outputs are known to work."""
    drilling = drilling or Drilling()
    return {
        "outputs": [_output(output) for output in telling.outputs],
        "pending": [_pending(one) for one in telling.pending],
        "deliveries": [_delivery(one) for one in telling.deliveries[:DELIVERIES_SENT]],
        "not_retracted": [
            {"output_id": output_id, "alarm_id": alarm_id} for output_id, alarm_id in telling.not_retracted
        ],
        "health": [_health(one) for one in health],
        "drilling": {
            "last": None if drilling.last is None else _drill(drilling.last),
            "next_t_ms": _ms(drilling.next_t_ns),
            "skipped_t_ms": _ms(drilling.skipped_t_ns),
            "skipped": drilling.skipped.value,
        },
    }


def response_to_wire(response: Response) -> wire.Response:
    """How far the response has gone, and its duties."""
    return {"level": response.level, "duties": [_duty(duty) for duty in response.duties]}


def _duty(duty: Duty) -> wire.Duty:
    return {
        "item_id": duty.item_id,
        "text_key": duty.text_key,
        "owner": duty.owner,
        "level": duty.level,
        "opened_t_ms": duty.opened_t_ns // _NS_PER_MS,
        "due_t_ms": duty.due_t_ns // _NS_PER_MS if duty.due_t_ns else None,
        "done_t_ms": duty.done_t_ns // _NS_PER_MS if duty.done_t_ns else None,
        "done_by": duty.done_by,
        "note": duty.note,
    }


def _health(one: OutputHealth) -> wire.OutputHealth:
    return {
        "output_id": one.output_id,
        "link": one.link.value,
        "since_t_ms": _ms(one.since_t_ns),
        "detail": one.detail,
        "worked_t_ms": _ms(one.worked_t_ns),
        "failed_t_ms": _ms(one.failed_t_ns),
        "drilled_t_ms": _ms(one.drilled_t_ns),
        "drill_verdict": one.drill_verdict.value,
        "fault": one.fault.value,
        "delays": list(one.delays),
        "delays_s": one.delays_s,
    }


def _drill(one: Drill) -> wire.Drill:
    return {
        "drill_id": one.drill_id,
        "by": one.by,
        "begun_t_ms": one.begun_t_ns // _NS_PER_MS,
        "until_t_ms": one.until_t_ns // _NS_PER_MS,
        "is_over": one.is_over,
        "rows": [
            {
                "output_id": row.output_id,
                "standard": row.standard,
                "verdict": row.verdict.value,
                "delivery": None if row.delivery is None else _delivery(row.delivery),
                "can_confirm": row.can_confirm,
                "for_drills": row.for_drills,
            }
            for row in one.rows
        ],
    }


def _ms(t_ns: int) -> int | None:
    return t_ns // _NS_PER_MS if t_ns else None


def _output(output: Output) -> wire.Output:
    return {
        "output_id": output.output_id,
        "standard": output.standard,
        "zone_ids": list(output.zone_ids),
        "stages": list(output.stages),
        "is_serving": output.is_serving,
        "for_drills": output.for_drills,
    }


def _pending(one: PendingRelease) -> wire.PendingRelease:
    return {
        "alarm_id": one.alarm_id,
        "output_ids": list(one.output_ids),
        "people": one.people,
        "released_by": list(one.released_by),
        "asked_t_ms": one.asked_t_ns // _NS_PER_MS,
        "deputy_t_ms": one.deputy_t_ns // _NS_PER_MS,
        "undecided_t_ms": one.undecided_t_ns // _NS_PER_MS,
        "undecided": one.undecided.value,
        "withheld_by": one.withheld_by,
        "deciders": list(one.deciders),
        "deputies": list(one.deputies),
        "wants_supervisor": one.wants_supervisor,
    }


def _delivery(one: Delivery) -> wire.Delivery:
    reached = zip(DeliveryState, one.reached_t_ns, strict=True)
    return {
        "output_id": one.output_id,
        "announcement_id": one.announcement_id,
        "alarm_id": one.alarm_id,
        "zone_id": one.zone_id,
        "stage": int(one.stage),
        "kind": one.kind.value,
        "state": _NAMES[one.state],
        "ruled_t_ms": one.ruled_t_ns // _NS_PER_MS,
        "made_t_ms": one.made_t_ns // _NS_PER_MS,
        "expires_t_ms": one.expires_t_ns // _NS_PER_MS,
        "reached_t_ms": {_NAMES[state]: t_ns // _NS_PER_MS for state, t_ns in reached if t_ns},
        "is_drill": one.is_drill,
        "confirmed_by": list(one.confirmed_by),
        "attempts": one.attempts,
        "detail": one.detail,
        "code": one.code,
        "said_to_be": list(one.said_to_be),
        "first_plot_t_ms": _ms(one.first_plot_t_ns),
        "seen_t_ms": _ms(one.steps.seen_t_ns),
        "tracked_t_ms": _ms(one.steps.tracked_t_ns),
        "alerted_t_ms": _ms(one.steps.alerted_t_ns),
        "raised_t_ms": _ms(one.steps.raised_t_ns),
    }


_NAMES: dict[DeliveryState, wire.DeliveryStateName] = {
    DeliveryState.WANTED: "wanted",
    DeliveryState.NOT_SENT: "not_sent",
    DeliveryState.SENT: "sent",
    DeliveryState.ACCEPTED: "accepted",
    DeliveryState.ACTUATED: "actuated",
    DeliveryState.CONFIRMED: "confirmed",
    DeliveryState.TOO_LATE: "too_late",
}
