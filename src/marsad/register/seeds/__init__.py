"""Incidents known from public statements, to begin a register with."""

from dataclasses import dataclass, replace
from importlib.resources import files
from json import dumps, loads

from marsad.model.incident import Incident
from marsad.register.codec import incident_from_json


@dataclass(frozen=True, slots=True)
class SeedEntry:
    """An incident recorded elsewhere, and who says so."""

    incident: Incident
    source: str


def seed_january_2022(*, exercise: bool = False) -> tuple[SeedEntry, ...]:
    """The two drones stopped at the diplomatic centre in Baghdad airport on 3 January 2022.

    exercise   as the history of an exercise: marked as such, under a name of its own, so that it can
               never be taken for a real entry
    """
    document = loads((files(__package__) / "january_2022.json").read_text("utf-8"))
    entries = [SeedEntry(incident_from_json(dumps(entry["incident"])), entry["source"]) for entry in document]
    if not exercise:
        return tuple(entries)
    return tuple(
        SeedEntry(
            replace(item.incident, incident_id=f"{item.incident.incident_id}-x", exercise=True), item.source
        )
        for item in entries
    )
