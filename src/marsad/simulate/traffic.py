"""Ordinary traffic drawn at random: airways, airports, passers-by, birds."""

from collections.abc import Iterable

import numpy as np

from marsad.simulate.birds import bird_life
from marsad.simulate.crossings import crossings, helicopters
from marsad.simulate.day import Day, Flyer, airline_transponder, unit
from marsad.simulate.kinds import PHYSIQUES, ObjectKind
from marsad.simulate.movements import departures, landings
from marsad.simulate.patterns import (
    BirdLife,
    Crossings,
    Departures,
    FarAirport,
    Flocks,
    Gliders,
    Helicopters,
    Landings,
    Overflights,
    Traffic,
)
from marsad.simulate.route import Turning, fly
from marsad.simulate.scenario import METRES_PER_FLIGHT_LEVEL
from marsad.simulate.soaring import gliders
from marsad.simulate.wander import Haunt, flock


def generated(item: Traffic, day: Day) -> Iterable[Flyer]:
    """The objects of one item of traffic; each depends on the seed and its own name only."""
    match item:
        case Overflights():
            return [_overflight(item, day, number) for number in range(item.count)]
        case FarAirport():
            return [_airport_flight(item, day, number) for number in range(item.count)]
        case Flocks():
            return [flyer for number in range(item.flocks) for flyer in _flock(item, day, number)]
        case Landings():
            return landings(item, day)
        case Departures():
            return departures(item, day)
        case Helicopters():
            return helicopters(item, day)
        case Crossings():
            return crossings(item, day)
        case Gliders():
            return gliders(item, day)
        case BirdLife():
            return bird_life(item, day)


def _overflight(item: Overflights, day: Day, number: int) -> Flyer:
    name = f"{item.id}-{number + 1}"
    random = day.random(name)
    course = np.radians(item.airway_azimuth_deg[int(random.integers(len(item.airway_azimuth_deg)))])
    offset = random.uniform(-item.offset_max_m, item.offset_max_m)
    level = 10 * round(float(random.uniform(*item.flight_level)) / 10)
    speed = float(random.uniform(*item.speed_mps))
    along = np.array([np.sin(course), np.cos(course)])
    across = np.array([along[1], -along[0]])
    half = np.sqrt(max(item.radius_m**2 - offset**2, 10_000.0**2))
    crossing_s = 2 * half / speed
    depart_s = float(random.uniform(-crossing_s, day.duration_s))  # some are on their way already
    ends = [across * offset + sign * along * half for sign in (-1, 1)]
    height = level * METRES_PER_FLIGHT_LEVEL
    points = [Turning(float(end[0]), float(end[1]), height, speed) for end in ends]
    physique = PHYSIQUES[ObjectKind.AIRLINER]
    path = fly(points, day.frame, physique.turn_rate_radps, physique.acceleration_mps2, depart_s)
    return Flyer(name, ObjectKind.AIRLINER, path, airline_transponder(random))


def _airport_flight(item: FarAirport, day: Day, number: int) -> Flyer:
    """Climbing out of, or descending to, a runway far away, by way of a gate 60 km from it."""
    name = f"{item.id}-{number + 1}"
    random = day.random(name)
    runway, place = np.radians(item.runway_azimuth_deg), np.radians(item.azimuth_deg)
    airport = item.range_m * np.array([np.sin(place), np.cos(place)])
    axis = np.array([np.sin(runway), np.cos(runway)])
    gate = airport + axis * 25_000 + 60_000 * unit(runway + float(random.uniform(-0.8, 0.8)))
    final = airport + axis * 15_000
    arriving = bool(random.random() < 0.5)
    ground = day.ground_m
    points = [
        Turning(float(airport[0]), float(airport[1]), ground + 15, 75.0),
        Turning(float(final[0]), float(final[1]), ground + 900, 110.0),
        Turning(float(gate[0]), float(gate[1]), ground + 6_500, 200.0),
    ]
    if arriving:
        points.reverse()
    depart_s = float(random.uniform(-600.0, day.duration_s))
    physique = PHYSIQUES[ObjectKind.AIRLINER]
    path = fly(points, day.frame, physique.turn_rate_radps, physique.acceleration_mps2, depart_s)
    return Flyer(name, ObjectKind.AIRLINER, path, airline_transponder(random))


def _flock(item: Flocks, day: Day, number: int) -> list[Flyer]:
    name = f"{item.id}-{number + 1}"
    random = day.random(name)
    bearing, distance = random.uniform(0, 2 * np.pi), random.uniform(*item.ring_m)
    stay_s = float(random.uniform(*item.stay_s))
    start_s = float(random.uniform(-stay_s / 2, max(day.duration_s - stay_s / 2, 0.0)))
    low, high = (day.ground_m + above for above in item.above_ground_m)
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
    paths = flock(haunt, day.frame, start_s, start_s + stay_s, [day.random(n) for n in names], random)
    return [Flyer(n, item.kind, path, None) for n, path in zip(names, paths, strict=True)]
