"""Which alarms a person ended, by an all-clear or a retraction, and which of these words were taken back."""

from dataclasses import dataclass, replace
from enum import StrEnum

from marsad.model.incident import Incident

EVERY_ZONE = ""


class EndKind(StrEnum):
    """By which word."""

    ALL_CLEAR = "all_clear"
    RETRACTION = "retraction"


@dataclass(frozen=True, slots=True)
class Ending:
    """One word that ended alarms.

    zone_id           "" for every zone
    t_ns              when it was given
    taken_back_t_ns   when a person took it back; None where it stands
    alarm_id          the alarm that was retracted; "" of an all-clear, and in older records
    """

    kind: EndKind
    zone_id: str
    t_ns: int
    taken_back_t_ns: int | None = None
    alarm_id: str = ""


_GIVEN = {
    "incident.all_clear": EndKind.ALL_CLEAR,
    "incident.all_clear_everywhere": EndKind.ALL_CLEAR,
    "incident.retracted": EndKind.RETRACTION,
    "incident.retracted_all": EndKind.RETRACTION,
}
_TAKEN_BACK = {
    "incident.all_clear_taken_back": EndKind.ALL_CLEAR,
    "incident.all_clear_taken_back_everywhere": EndKind.ALL_CLEAR,
    "incident.retraction_taken_back": EndKind.RETRACTION,
}


def endings_of(incident: Incident) -> tuple[Ending, ...]:
    """Every all-clear and retraction of the record, earliest first."""
    found: list[Ending] = []
    for entry in incident.timeline:
        code = entry.what.code
        arguments = dict(entry.what.arguments)
        zone_id = str(arguments.get("zone_id", EVERY_ZONE))
        if (kind := _GIVEN.get(code)) is not None:
            found.append(Ending(kind, zone_id, entry.t_ns, alarm_id=str(arguments.get("alarm_id", ""))))
        elif (kind := _TAKEN_BACK.get(code)) is not None:
            for place in _meant(found, kind, zone_id):
                found[place] = replace(found[place], taken_back_t_ns=entry.t_ns)
    return tuple(found)


def _meant(found: list[Ending], kind: EndKind, zone_id: str) -> list[int]:
    """Which of the words that stand are taken back: all of a kind, or the newest that holds for a zone."""
    standing = [place for place, one in enumerate(found) if one.kind is kind and one.taken_back_t_ns is None]
    if kind is EndKind.ALL_CLEAR and zone_id == EVERY_ZONE:
        return standing
    of_zone = [place for place in standing if found[place].zone_id in (zone_id, EVERY_ZONE)]
    return of_zone[-1:]
