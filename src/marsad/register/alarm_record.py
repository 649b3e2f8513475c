"""What the record of an incident knows of one alarm: whose zone, which objects, and how far it has come."""

from dataclasses import dataclass, field

from marsad.model.threat import Level
from marsad.model.warning import WarningEvent, WarningEventKind

_STAGE = {Level.ALERT: "alert", Level.WARN: "warn"}


@dataclass(slots=True)
class AlarmRecord:
    """One alarm of an incident.

    tracks           its objects, in the order in which they joined; [] once others took them over
    retracted_t_ns   when it was said that there was no danger; None while nobody has said so
    """

    zone_id: str
    tracks: list[int] = field(default_factory=list)
    is_acknowledged: bool = False
    has_passed: bool = False
    retracted_t_ns: int | None = None

    def revive(self) -> None:
        """More has come after it had passed: what was acknowledged was the danger before."""
        if self.has_passed:
            self.has_passed = self.is_acknowledged = False


def stage_name(event: WarningEvent) -> str:
    """The stage of an event, as lines of the timeline name it."""
    return _STAGE.get(event.stage, "alert")


def is_joining(event: WarningEvent) -> bool:
    """Whether an event brings an object to an alarm."""
    return event.kind in (WarningEventKind.RAISED, WarningEventKind.GREW)
