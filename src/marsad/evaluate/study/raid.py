"""Raids: what one is, as it is drawn, before anything runs."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from marsad.evaluate.study.distributions import Approach, AttackerKind, Fault, Suite, Weather
from marsad.simulate.manner import Manner

OWN_DRONE = "own-drone"
START = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


class Lie(StrEnum):
    """How an attacker calls itself an aircraft."""

    NONE = "none"
    ADSB = "adsb"  # rows with its own place and speed
    RADAR = "radar"  # the radar's interrogator hears its address


@dataclass(frozen=True, slots=True)
class Point:
    """A place to fly through, in the site's plane.

    hold_s   > 0: stop there for so long
    """

    east_m: float
    north_m: float
    above_ground_m: float
    speed_mps: float
    hold_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Flight:
    """One object: what it is, who it says it is, how it flies.

    kind        an ``ObjectKind``
    icao        what its transponder says; "" = it has none
    radio       it has a radio that direction finders can hear
    manner      how closely it flies its route
    """

    object_id: str
    kind: str
    depart_s: float
    points: tuple[Point, ...]
    icao: str = ""
    callsign: str = ""
    rcs_dbsm: float | None = None
    radio: bool = False
    manner: Manner = Manner.EXACT


@dataclass(frozen=True, slots=True)
class Attacker:
    """One attacker: its flight, and what was drawn for it."""

    flight: Flight
    kind: AttackerKind
    approach: Approach
    zone_id: str
    lie: Lie


@dataclass(frozen=True, slots=True)
class Mask:
    """What stands on one side of the site, seen from the reference point."""

    from_deg: float
    to_deg: float
    below_deg: float


@dataclass(frozen=True, slots=True)
class SensorFault:
    """What is wrong with one sensor; which of the sensors is a number in [0, 1)."""

    kind: Fault
    which: float
    size: float
    begins_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Raid:
    """One raid, whole.

    number, study_seed   of the study: they give everything else
    wind_enu_mps         east and north
    smallest             every attacker has the smallest cross-section of its kind
    traffic              patterns of a scenario: birds, and what lands and takes off
    lead_in_s            so long from the start nothing is counted
    pressure_offset_m    pressure altitude minus height
    """

    number: int
    study_seed: int
    site: str
    suite: Suite
    weather: Weather
    wind_enu_mps: tuple[float, float]
    fault: SensorFault | None
    smallest: bool
    duration_s: float
    attackers: tuple[Attacker, ...]
    harmless: tuple[Flight, ...]
    traffic: tuple[dict[str, Any], ...]
    masks: tuple[Mask, ...] = field(default=())
    start: datetime = START
    lead_in_s: float = 0.0
    pressure_offset_m: float = 0.0

    @property
    def seed(self) -> int:
        """Of its simulation."""
        return self.study_seed * 1_000_003 + self.number

    @property
    def lied_to(self) -> bool:
        """Whether an attacker calls itself an aircraft."""
        return any(attacker.lie is not Lie.NONE for attacker in self.attackers)
