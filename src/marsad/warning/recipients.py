"""To whom an alarm went, and to whom its end: one row per output and alarm."""

from collections.abc import Iterable

from marsad.model.announcement import AnnouncementKind, Delivery, DeliveryState
from marsad.model.incident import IncidentTelling
from marsad.model.receipt import arrived_t_ns, partly_arrived_t_ns


def recipients(deliveries: Iterable[Delivery]) -> tuple[IncidentTelling, ...]:
    """What each output was told of each alarm, in the order in which it was first told.

    An alarm has come to an output where anybody has it, its end only where all have it: whoever is left out
    has to be told another way.

    deliveries  of all kinds, oldest first; tests of the chain tell nobody of an alarm
    """
    found: dict[tuple[str, str], list[Delivery]] = {}
    for one in deliveries:
        if one.kind is not AnnouncementKind.TEST:
            found.setdefault((one.output_id, one.alarm_id), []).append(one)
    return tuple(_row(told) for told in found.values())


def _row(told: list[Delivery]) -> IncidentTelling:
    first = told[0]
    alarms = [one for one in told if not one.kind.ends]
    ends = [one for one in told if one.kind.ends]
    confirmed = [
        t_ns for one in told if not one.kind.ends and (t_ns := one.reached_t_ns[DeliveryState.CONFIRMED])
    ]
    return IncidentTelling(
        output_id=first.output_id,
        alarm_id=first.alarm_id,
        zone_id=first.zone_id,
        stage=first.stage.name.lower(),
        made_t_ns=first.made_t_ns,
        got_t_ns=_earliest(arrived_t_ns(one) or partly_arrived_t_ns(one) for one in alarms),
        end=ends[-1].kind.value if ends else "",
        end_made_t_ns=ends[-1].made_t_ns if ends else None,
        end_got_t_ns=_earliest(arrived_t_ns(one) for one in ends),
        confirmed_t_ns=min(confirmed, default=None),
    )


def _earliest(times_t_ns: Iterable[int | None]) -> int | None:
    return min((t_ns for t_ns in times_t_ns if t_ns is not None), default=None)
