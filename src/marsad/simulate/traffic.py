"""Ordinary traffic drawn at random: airways, a far airport, birds."""

from dataclasses import dataclass

import numpy as np

from marsad.geo.local import LocalFrame
from marsad.simulate.kinds import PHYSIQUES, ObjectKind
from marsad.simulate.route import Turning, fly
from marsad.simulate.scenario import METRES_PER_FLIGHT_LEVEL, FarAirport, Flocks, Overflights, Transponder
from marsad.simulate.seeding import generator
from marsad.simulate.trajectory import Trajectory
from marsad.simulate.wander import Haunt, flock

AIRLINES = ("UAE", "QTR", "THY", "IAW", "KAC", "DLH", "RJA", "SVA", "MEA", "BAW")
ICAO_FIRST = 0x700000  # a block no state has been given: no real aircraft is ever named


@dataclass(frozen=True, slots=True)
class Flyer:
    """One generated object."""

    object_id: str
    kind: ObjectKind
    trajectory: Trajectory
    transponder: Transponder | None


def generated(
    item: Overflights | FarAirport | Flocks, frame: LocalFrame, duration_s: float, seed: int
) -> list[Flyer]:
    """The objects of one item of traffic; each depends on the seed and its own name only."""
    if isinstance(item, Overflights):
        return [_overflight(item, frame, duration_s, seed, number) for number in range(item.count)]
    if isinstance(item, FarAirport):
        return [_airport_flight(item, frame, duration_s, seed, number) for number in range(item.count)]
    flyers = []
    for number in range(item.flocks):
        flyers += _flock(item, frame, duration_s, seed, number)
    return flyers


def _transponder(name: str, random: np.random.Generator) -> Transponder:
    icao = ICAO_FIRST + int(random.integers(0, 0x60000))
    airline = AIRLINES[int(random.integers(len(AIRLINES)))]
    return Transponder(icao=f"{icao:06x}", callsign=f"{airline}{int(random.integers(10, 2000))}")


def _overflight(item: Overflights, frame: LocalFrame, duration_s: float, seed: int, number: int) -> Flyer:
    name = f"{item.id}-{number + 1}"
    random = generator(seed, "object", name)
    course = np.radians(item.airway_azimuth_deg[int(random.integers(len(item.airway_azimuth_deg)))])
    offset = random.uniform(-item.offset_max_m, item.offset_max_m)
    level = 10 * round(float(random.uniform(*item.flight_level)) / 10)
    speed = float(random.uniform(*item.speed_mps))
    along = np.array([np.sin(course), np.cos(course)])
    across = np.array([along[1], -along[0]])
    half = np.sqrt(max(item.radius_m**2 - offset**2, 10_000.0**2))
    crossing_s = 2 * half / speed
    depart_s = float(random.uniform(-crossing_s, duration_s))  # some are on their way already
    ends = [across * offset + sign * along * half for sign in (-1, 1)]
    height = level * METRES_PER_FLIGHT_LEVEL
    points = [Turning(float(end[0]), float(end[1]), height, speed) for end in ends]
    physique = PHYSIQUES[ObjectKind.AIRLINER]
    path = fly(points, frame, physique.turn_rate_radps, physique.acceleration_mps2, depart_s)
    return Flyer(name, ObjectKind.AIRLINER, path, _transponder(name, random))


def _airport_flight(item: FarAirport, frame: LocalFrame, duration_s: float, seed: int, number: int) -> Flyer:
    """Climbing out of, or descending to, a runway far away, by way of a gate 60 km from it."""
    name = f"{item.id}-{number + 1}"
    random = generator(seed, "object", name)
    runway, place = np.radians(item.runway_azimuth_deg), np.radians(item.azimuth_deg)
    airport = item.range_m * np.array([np.sin(place), np.cos(place)])
    axis = np.array([np.sin(runway), np.cos(runway)])
    gate = airport + axis * 25_000 + 60_000 * _unit(runway + float(random.uniform(-0.8, 0.8)))
    final = airport + axis * 15_000
    arriving = bool(random.random() < 0.5)
    ground = frame.height_m
    points = [
        Turning(float(airport[0]), float(airport[1]), ground + 15, 75.0),
        Turning(float(final[0]), float(final[1]), ground + 900, 110.0),
        Turning(float(gate[0]), float(gate[1]), ground + 6_500, 200.0),
    ]
    if arriving:
        points.reverse()
    depart_s = float(random.uniform(-600.0, duration_s))
    physique = PHYSIQUES[ObjectKind.AIRLINER]
    path = fly(points, frame, physique.turn_rate_radps, physique.acceleration_mps2, depart_s)
    return Flyer(name, ObjectKind.AIRLINER, path, _transponder(name, random))


def _unit(azimuth_rad: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([np.sin(azimuth_rad), np.cos(azimuth_rad)])


def _flock(item: Flocks, frame: LocalFrame, duration_s: float, seed: int, number: int) -> list[Flyer]:
    name = f"{item.id}-{number + 1}"
    random = generator(seed, "object", name)
    bearing, distance = random.uniform(0, 2 * np.pi), random.uniform(*item.ring_m)
    stay_s = float(random.uniform(*item.stay_s))
    start_s = float(random.uniform(-stay_s / 2, max(duration_s - stay_s / 2, 0.0)))
    low, high = (frame.height_m + above for above in item.above_ground_m)
    haunt = Haunt(
        east_m=float(distance * np.sin(bearing)),
        north_m=float(distance * np.cos(bearing)),
        radius_m=item.haunt_radius_m,
        height_min_m=low,
        height_max_m=high,
        speed_mps=float(random.uniform(*item.speed_mps)),
        turn_sigma_radps=float(np.radians(item.turn_sigma_deg_per_s)),
    )
    count = int(random.integers(item.members[0], item.members[1] + 1))
    names = [f"{name}-{member + 1}" for member in range(count)]
    paths = flock(
        haunt, frame, start_s, start_s + stay_s, [generator(seed, "object", n) for n in names], random
    )
    return [Flyer(n, item.kind, path, None) for n, path in zip(names, paths, strict=True)]
