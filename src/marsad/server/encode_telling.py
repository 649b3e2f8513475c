"""What is told, what became of it, and what people do on it, for the wire."""

from marsad.model.announcement import Delivery, DeliveryState, Output, PendingRelease, Telling
from marsad.model.response import Duty, Response
from marsad.server import wire

DELIVERIES_SENT = 100
_NS_PER_MS = 1_000_000


def telling_to_wire(telling: Telling) -> wire.Telling:
    """What waits, and the newest hundred deliveries."""
    return {
        "outputs": [_output(output) for output in telling.outputs],
        "pending": [_pending(one) for one in telling.pending],
        "deliveries": [_delivery(one) for one in telling.deliveries[:DELIVERIES_SENT]],
        "not_retracted": [
            {"output_id": output_id, "alarm_id": alarm_id} for output_id, alarm_id in telling.not_retracted
        ],
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
        "first_plot_t_ms": one.first_plot_t_ns // _NS_PER_MS if one.first_plot_t_ns else None,
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
