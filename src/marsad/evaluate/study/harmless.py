"""Who else flies in a raid: airliners, helicopters, birds, the site's own drone."""

from typing import Any

import numpy as np

from marsad.evaluate.study.distributions import Distributions
from marsad.evaluate.study.draws import Draws, count_within, within
from marsad.evaluate.study.ground import Ground
from marsad.evaluate.study.raid import OWN_DRONE, Flight, Point
from marsad.simulate.day import AIRLINES, ICAO_FIRST
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.manner import Manner

OWN_ADDRESS = "76a0d1"
OWN_CALLSIGN = "PATROL1"
_FLIGHT_LEVEL_M = 30.48


def harmless_flights(figures: Distributions, draws: Draws, duration_s: float) -> tuple[Flight, ...]:
    """All who fly by waypoints and harm nobody."""
    counts, random = figures.harmless, draws.stream("harmless")
    flights = [
        _overflight(draws, number, duration_s, counts.silent_airliner)
        for number in range(count_within(random, counts.airliners))
    ]
    for number in range(count_within(random, counts.helicopters)):
        passes = counts.helicopter_passes_m
        flights.append(_helicopter(draws, number, duration_s, counts.silent_helicopter, passes))
    if random.random() < counts.own_drone:
        flights.append(_own_drone(draws, duration_s))
    return tuple(flights)


def traffic(figures: Distributions, draws: Draws, ground: Ground) -> tuple[dict[str, Any], ...]:
    """Birds, and what lands at and departs from the site's runways, as patterns of a scenario."""
    counts, random = figures.harmless, draws.stream("traffic")
    species = random.permutation(len(counts.birds))[: count_within(random, counts.bird_species)]
    found: list[dict[str, Any]] = [
        {
            "pattern": "bird_life",
            "id": counts.birds[k].replace("_", "-"),
            "species": counts.birds[k],
            "flocks_per_hour": round(within(random, counts.flocks_per_hour), 1),
            "ring_m": counts.bird_ring_m,
            "at_all_hours": True,
        }
        for k in species.tolist()
    ]
    runways = ground.layout.runways
    direction = int(random.integers(2))  # the wind: all runways are used one way
    uses = (("landings", counts.landing_every_s), ("departures", counts.departing_every_s))
    for number, (pattern, every_s) in enumerate(uses):
        if runways and ground.name in every_s:
            runway = runways[number % len(runways)]
            found.append(
                {
                    "pattern": pattern,
                    "id": pattern,
                    "runway": runway.runway_id,
                    "end": runway.ends[direction],
                    "every_s": every_s[ground.name],
                    "from_s": round(within(random, (0.0, 60.0)), 1),
                    "silent_share": counts.silent_airliner,
                }
            )
    return tuple(found)


def _named(random: np.random.Generator, silent: float) -> tuple[str, str]:
    """Address and callsign, or none for the silent."""
    icao = f"{ICAO_FIRST + int(random.integers(0, 0x60000)):06x}"
    callsign = f"{AIRLINES[int(random.integers(len(AIRLINES)))]}{int(random.integers(10, 2000))}"
    return ("", "") if random.random() < silent else (icao, callsign)


def _through(
    course: float, offset_m: float, half_m: float, height_m: float, speed: float
) -> tuple[Point, ...]:
    """A straight way past the site at an offset."""
    along = np.array([np.sin(course), np.cos(course)])
    across = np.array([along[1], -along[0]])
    ends = [across * offset_m + sign * along * half_m for sign in (-1, 1)]
    return tuple(Point(float(east), float(north), height_m, speed) for east, north in ends)


def _overflight(draws: Draws, number: int, duration_s: float, silent: float) -> Flight:
    name = f"airliner-{number + 1}"
    random = draws.stream(name)
    icao, callsign = _named(random, silent)
    speed, course = within(random, (220.0, 255.0)), within(random, (0.0, 2 * np.pi))
    height = _FLIGHT_LEVEL_M * 10 * round(within(random, (28.0, 40.0)))
    points = _through(course, within(random, (-40_000.0, 40_000.0)), 70_000.0, height, speed)
    depart = within(random, (-2 * 70_000.0 / speed * 0.8, 0.6 * duration_s))
    return Flight(name, ObjectKind.AIRLINER, depart, points, icao, callsign)


def _helicopter(
    draws: Draws, number: int, duration_s: float, silent: float, passes_m: tuple[float, float]
) -> Flight:
    name = f"helicopter-{number + 1}"
    random = draws.stream(name)
    icao, callsign = _named(random, silent)
    course, side = within(random, (0.0, 2 * np.pi)), 1 if random.random() < 0.5 else -1
    speed = within(random, (45.0, 70.0))
    points = _through(course, side * within(random, passes_m), 15_000.0, within(random, (60.0, 400.0)), speed)
    depart = within(random, (-15_000.0 / speed, 0.5 * duration_s))
    return Flight(name, ObjectKind.HELICOPTER, depart, points, icao, callsign)


def _own_drone(draws: Draws, duration_s: float) -> Flight:
    """A quadcopter of the site's own, going round it; a friend by its label."""
    random = draws.stream(OWN_DRONE)
    radius, speed, height = (
        within(random, (150.0, 600.0)),
        within(random, (5.0, 9.0)),
        within(random, (40.0, 90.0)),
    )
    turned = within(random, (0.0, 2 * np.pi))
    count = max(4, int(duration_s * speed / radius) + 2)
    angles = turned + np.arange(count)  # a corner every radian: as far apart as the radius, nearly
    points = tuple(
        Point(float(radius * np.sin(angle)), float(radius * np.cos(angle)), height, speed) for angle in angles
    )
    return Flight(
        OWN_DRONE,
        ObjectKind.MULTIROTOR,
        -5.0,
        points,
        OWN_ADDRESS,
        OWN_CALLSIGN,
        radio=True,
        manner=Manner.AUTOMATIC,
    )
