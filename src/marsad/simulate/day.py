"""The day that traffic is drawn for: the site, how long, under which seed, and what the sun does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import acos, ceil, cos, degrees, pi, radians, sin, tan

import numpy as np

from marsad.geo.local import LocalFrame
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.layout import Corridor, Layout, Runway
from marsad.simulate.patterns import Recurring
from marsad.simulate.scenario import Scenario, Transponder
from marsad.simulate.seeding import generator
from marsad.simulate.trajectory import Trajectory

NS_PER_S = 1_000_000_000
AIRLINES = ("UAE", "QTR", "THY", "IAW", "KAC", "DLH", "RJA", "SVA", "MEA", "BAW")
PREFIXES = {
    ObjectKind.TRANSPORT: "CARGO",
    ObjectKind.LIGHT_AIRCRAFT: "YI",
    ObjectKind.HELICOPTER: "HELI",
    ObjectKind.GLIDER: "GL",
}
ICAO_FIRST = 0x700000  # a block no state has been given: no real aircraft is ever named


@dataclass(frozen=True)
class Day:
    """What all traffic of one run has in common."""

    layout: Layout
    start_t_ns: int
    duration_s: float
    seed: int

    @property
    def frame(self) -> LocalFrame:
        """The site's frame."""
        return self.layout.frame

    @property
    def ground_m(self) -> float:
        """Height of the site's ground above the ellipsoid."""
        return self.layout.frame.height_m

    def random(self, name: str) -> np.random.Generator:
        """The stream of an object, or of whatever else has a name."""
        return generator(self.seed, "object", name)

    def runway(self, runway_id: str) -> Runway:
        """A runway of the site by its identifier."""
        return next(runway for runway in self.layout.runways if runway.runway_id == runway_id)

    def corridor(self, corridor_id: str) -> Corridor:
        """A corridor of the site by its identifier."""
        return self.layout.corridors[corridor_id]

    def sun(self, t_s: float) -> tuple[float, float, float]:
        """Solar time, sunrise and sunset in hours, at so many seconds from the start.

        The sun's declination by the usual cosine of the day of the year, good to a degree or so; the
        equation of time, a quarter of an hour at most, is left out.
        """
        moment = datetime.fromtimestamp((self.start_t_ns / NS_PER_S) + t_s, UTC)
        hour = moment.hour + moment.minute / 60 + moment.second / 3600 + self.frame.longitude_deg / 15
        declination = -radians(23.44) * cos(2 * pi * (moment.timetuple().tm_yday + 10) / 365.25)
        share = -tan(radians(self.frame.latitude_deg)) * tan(declination)
        half = degrees(acos(min(max(share, -1.0), 1.0))) / 15
        return hour % 24, 12 - half, 12 + half


def day_of(scenario: Scenario, seed: int) -> Day:
    """The day of a scenario under a seed."""
    return Day(scenario.layout, scenario.start_t_ns, scenario.file.duration_s, seed)


def airline_transponder(random: np.random.Generator) -> Transponder:
    """Address and callsign of an airliner."""
    icao = ICAO_FIRST + int(random.integers(0, 0x60000))
    airline = AIRLINES[int(random.integers(len(AIRLINES)))]
    return Transponder(icao=f"{icao:06x}", callsign=f"{airline}{int(random.integers(10, 2000))}")


def unit(azimuth_rad: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """East and north of a direction."""
    return np.array([sin(azimuth_rad), cos(azimuth_rad)])


@dataclass(frozen=True, slots=True)
class Flyer:
    """One generated object.

    on_ground_s   spans of time in which its wheels are on the ground
    """

    object_id: str
    kind: ObjectKind
    trajectory: Trajectory
    transponder: Transponder | None
    on_ground_s: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One of a recurring pattern: its name, its own stream, and when its turn comes."""

    name: str
    random: np.random.Generator
    t_s: float


def turns(item: Recurring, day: Day, ahead_s: float, behind_s: float) -> Iterator[Turn]:
    """The turns of a pattern, also those whose flight begins before the scenario or ends after it.

    ahead_s    how long before its turn a flight may begin
    behind_s   how long after its turn it may still fly
    """
    until_s = day.duration_s + ahead_s if item.to_s is None else min(item.to_s, day.duration_s + ahead_s)
    early = ceil(behind_s / item.every_s) if item.from_s == 0 else 0
    for number in range(-early, ceil((until_s - item.from_s) / item.every_s) + 1):
        name = f"{item.id}-{number + 1}" if number >= 0 else f"{item.id}-early-{-number}"
        random = day.random(name)
        t_s = item.from_s + number * item.every_s + float(random.uniform(-item.jitter_s, item.jitter_s))
        if t_s <= until_s:
            yield Turn(name, random, t_s)


def transponder_of(random: np.random.Generator, kind: ObjectKind, silent_share: float) -> Transponder | None:
    """What an aircraft says of itself; None for the share that says nothing."""
    silent = bool(random.random() < silent_share)
    said = airline_transponder(random)
    if silent:
        return None
    if kind is ObjectKind.AIRLINER:
        return said
    return Transponder(icao=said.icao, callsign=f"{PREFIXES[kind]}{int(said.icao, 16) % 900 + 100}")
