"""Whether an announcement has got through: the one answer, for the record, drills, consoles and statistics.

What shows it differs by the kind of output, and stands in the delivery itself. It is read off the times at
which the delivery came to its states: they are facts, whatever became of it before or after.
"""

from marsad.model.announcement import Delivery, DeliveryState


def arrived_t_ns(delivery: Delivery) -> int | None:
    """When all whom its output tells had it, as far as the output can tell; None where nothing shows it."""
    return _first_t_ns(delivery, delivery.arrives_with)


def partly_arrived_t_ns(delivery: Delivery) -> int | None:
    """When the first of them had it; None where nothing shows that anybody has."""
    return _first_t_ns(delivery, delivery.begins_with)


def is_settled(delivery: Delivery) -> bool:
    """Whether nothing more is done for it: it has arrived, or was given up."""
    return arrived_t_ns(delivery) is not None or delivery.state is DeliveryState.TOO_LATE


def state_after(delivery: Delivery, said: DeliveryState) -> DeliveryState:
    """Its state once this was said of it: an earlier state is never taken back, and neither is an arrival.

    What was given up and arrives all the same, as when somebody confirms it late, has arrived.
    """
    if said is DeliveryState.TOO_LATE:
        return delivery.state if arrived_t_ns(delivery) is not None else said
    if delivery.state is DeliveryState.TOO_LATE:
        return said if said >= delivery.arrives_with else delivery.state
    return max(delivery.state, said)


def _first_t_ns(delivery: Delivery, least: DeliveryState) -> int | None:
    times = delivery.reached_t_ns[least : DeliveryState.TOO_LATE]
    return min((t_ns for t_ns in times if t_ns), default=None)
