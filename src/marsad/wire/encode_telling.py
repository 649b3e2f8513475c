"""What is told, what became of it, and what people do on it, for the wire."""

from collections.abc import Sequence

from marsad import wire
from marsad.model.announcement import Delivery, DeliveryState, Telling
from marsad.model.drill import Drill, Drilling, DrillRow, OutputHealth
from marsad.model.response import Response
from marsad.wire.rows import NS_PER_MS, row_of

DELIVERIES_SENT = 100


def telling_to_wire(
    telling: Telling, health: Sequence[OutputHealth] = (), drilling: Drilling | None = None
) -> wire.Telling:
    """What waits, the newest hundred deliveries, and how the outputs are known to work."""
    drilling = drilling or Drilling()
    return {
        "outputs": [row_of(output, wire.Output) for output in telling.outputs],
        "pending": [row_of(one, wire.PendingRelease) for one in telling.pending],
        "deliveries": [_delivery(one) for one in telling.deliveries[:DELIVERIES_SENT]],
        "not_retracted": [
            {"output_id": output_id, "alarm_id": alarm_id} for output_id, alarm_id in telling.not_retracted
        ],
        "health": [row_of(one, wire.OutputHealth) for one in health],
        "drilling": row_of(
            drilling, wire.Drilling, last=None if drilling.last is None else _drill(drilling.last)
        ),
    }


def response_to_wire(response: Response) -> wire.Response:
    """How far the response has gone, and its duties."""
    return {"level": response.level, "duties": [row_of(duty, wire.Duty) for duty in response.duties]}


def _drill(one: Drill) -> wire.Drill:
    return row_of(one, wire.Drill, rows=[_drill_row(row) for row in one.rows])


def _drill_row(row: DrillRow) -> wire.DrillRow:
    delivery = None if row.delivery is None else _delivery(row.delivery)
    return row_of(row, wire.DrillRow, delivery=delivery)


def _ms(t_ns: int) -> int | None:
    return t_ns // NS_PER_MS if t_ns else None


def _delivery(one: Delivery) -> wire.Delivery:
    reached = zip(DeliveryState, one.reached_t_ns, strict=True)
    return row_of(
        one,
        wire.Delivery,
        state=_NAMES[one.state],
        reached_t_ms={_NAMES[state]: t_ns // NS_PER_MS for state, t_ns in reached if t_ns},
        seen_t_ms=_ms(one.steps.seen_t_ns),
        tracked_t_ms=_ms(one.steps.tracked_t_ns),
        alerted_t_ms=_ms(one.steps.alerted_t_ns),
        raised_t_ms=_ms(one.steps.raised_t_ns),
    )


_NAMES: dict[DeliveryState, wire.DeliveryStateName] = {
    DeliveryState.WANTED: "wanted",
    DeliveryState.NOT_SENT: "not_sent",
    DeliveryState.SENT: "sent",
    DeliveryState.ACCEPTED: "accepted",
    DeliveryState.ACTUATED: "actuated",
    DeliveryState.CONFIRMED: "confirmed",
    DeliveryState.TOO_LATE: "too_late",
}
