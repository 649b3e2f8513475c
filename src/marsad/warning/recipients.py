"""To whom an alarm went, and to whom its end: one row per output and alarm, for the record."""

from collections.abc import Iterable

from marsad.model.announcement import AnnouncementKind, Delivery, DeliveryState
from marsad.model.incident import IncidentTelling


def recipients(deliveries: Iterable[Delivery], answering: frozenset[str]) -> tuple[IncidentTelling, ...]:
    """What each output was told of each alarm, in the order in which it was first told.

    deliveries  of all kinds, oldest first; tests of the chain tell nobody of an alarm
    answering   outputs whose peers say that they have a message; of others what was sent has arrived
    """
    found: dict[tuple[str, str], list[Delivery]] = {}
    for one in deliveries:
        if one.kind is not AnnouncementKind.TEST:
            found.setdefault((one.output_id, one.alarm_id), []).append(one)
    return tuple(_row(told, answering) for told in found.values())


def _row(told: list[Delivery], answering: frozenset[str]) -> IncidentTelling:
    first = told[0]
    ends = [one for one in told if one.kind.ends]
    confirmed = [
        t_ns for one in told if not one.kind.ends and (t_ns := one.reached_t_ns[DeliveryState.CONFIRMED])
    ]
    return IncidentTelling(
        first.output_id,
        first.alarm_id,
        first.zone_id,
        first.stage.name.lower(),
        first.made_t_ns,
        _got_t_ns([one for one in told if not one.kind.ends], answering),
        ends[-1].kind.value if ends else "",
        ends[-1].made_t_ns if ends else None,
        _got_t_ns(ends, answering),
        min(confirmed, default=None),
    )


def _got_t_ns(told: list[Delivery], answering: frozenset[str]) -> int | None:
    """When the first of them had arrived, by whatever showed it first; None where nothing shows it."""
    times = [
        t_ns
        for one in told
        for state in (
            DeliveryState.SENT,
            DeliveryState.ACCEPTED,
            DeliveryState.ACTUATED,
            DeliveryState.CONFIRMED,
        )
        if (t_ns := one.reached_t_ns[state])
        and (state > DeliveryState.SENT or one.output_id not in answering)
    ]
    return min(times, default=None)
