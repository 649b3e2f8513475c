"""Incidents known from public statements, to begin a register with."""

from dataclasses import dataclass
from importlib.resources import files
from json import dumps, loads

from marsad.model.incident import Incident
from marsad.register.codec import incident_from_json


@dataclass(frozen=True, slots=True)
class SeedEntry:
    """An incident recorded elsewhere, and who says so."""

    incident: Incident
    source: str


def seed_january_2022() -> tuple[SeedEntry, ...]:
    """The two drones stopped at the diplomatic centre in Baghdad airport on 3 January 2022."""
    document = loads((files(__package__) / "january_2022.json").read_text("utf-8"))
    return tuple(
        SeedEntry(incident_from_json(dumps(entry["incident"])), entry["source"]) for entry in document
    )
