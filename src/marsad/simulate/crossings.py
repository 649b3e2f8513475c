"""Helicopters on the site's routes, and light aircraft that pass by."""

from collections.abc import Iterator
from dataclasses import replace
from math import hypot

import numpy as np

from marsad.simulate.day import Day, Flyer, Turn, transponder_of, turns, unit
from marsad.simulate.kinds import PHYSIQUES, ObjectKind
from marsad.simulate.movements import ANTENNA_M
from marsad.simulate.patterns import Crossings, Helicopters
from marsad.simulate.route import Turning, fly
from marsad.simulate.scenario import Transponder
from marsad.simulate.trajectory import Trajectory, later

_FLARE_M, _FLARE_UP_M = 250.0, 35.0  # where a helicopter has slowed down before it lands
_FLARE_MPS, _TOUCH_MPS = 14.0, 3.0
_LEAVES_M = 400.0
_TURN_IN_MPS = 25.0  # where it leaves the route for the place
_HELICOPTER_BEHIND_S = 1_200.0


def helicopters(item: Helicopters, day: Day) -> Iterator[Flyer]:
    """Every helicopter on a route; those that land leave again the way they came."""
    corridor = day.corridor(item.corridor)
    place = None if item.landing_place is None else day.layout.landing_places[item.landing_place]
    for turn in turns(item, day, 0.0, _HELICOPTER_BEHIND_S):
        random = turn.random
        transponder = transponder_of(random, ObjectKind.HELICOPTER, item.silent_share)
        way = list(corridor.points_enu) if random.random() < 0.5 else list(reversed(corridor.points_enu))
        lands = bool(random.random() < item.landing_share)
        speed_mps, low_m = float(random.uniform(*item.speed_mps)), corridor.height_m[0]
        up_m = float(random.uniform(low_m, max(low_m, min(corridor.height_m[1], low_m + 150.0))))
        ground_s = float(random.uniform(*item.ground_s))
        cruise = [Turning(*point, day.ground_m + up_m, speed_mps) for point in way]
        if place is None or not lands:
            yield Flyer(turn.name, ObjectKind.HELICOPTER, _flown(cruise, day, turn.t_s), transponder)
            continue
        yield _visit(turn, cruise, place, ground_s, transponder, day)


def _visit(
    turn: Turn,
    cruise: list[Turning],
    place: tuple[float, float],
    ground_s: float,
    transponder: Transponder | None,
    day: Day,
) -> Flyer:
    """In along the route to its point nearest the place, down, a while on the ground, and out again."""
    near = min(
        range(1, len(cruise)), key=lambda k: hypot(cruise[k].east_m - place[0], cruise[k].north_m - place[1])
    )
    corner_mps = min(cruise[near].speed_mps, _TURN_IN_MPS)
    inward = [*cruise[:near], replace(cruise[near], speed_mps=corner_mps)]
    corner = np.array([inward[-1].east_m, inward[-1].north_m])
    away = corner - np.array(place)
    away = away / max(float(np.hypot(*away)), 1.0)
    ground_m = day.ground_m
    short, out = (np.array(place) + away * far_m for far_m in (_FLARE_M, _LEAVES_M))
    inward.append(Turning(float(short[0]), float(short[1]), ground_m + _FLARE_UP_M, _FLARE_MPS))
    inward.append(Turning(*place, ground_m + ANTENNA_M, _TOUCH_MPS, ground_s))
    outward = [
        Turning(float(out[0]), float(out[1]), ground_m + _FLARE_UP_M, 25.0),
        *reversed(inward[: near + 1]),
    ]
    path = _flown([*inward, *outward], day, turn.t_s)
    still = np.flatnonzero(np.hypot(*path.velocity_enu[:, :2].T) < 0.5)
    down_s = ((float(path.t_s[still[0]]), float(path.t_s[still[-1]])),) if len(still) else ()
    return Flyer(turn.name, ObjectKind.HELICOPTER, path, transponder, down_s)


def crossings(item: Crossings, day: Day) -> Iterator[Flyer]:
    """Every light aircraft that passes straight across."""
    for turn in turns(item, day, 0.0, 2 * item.radius_m / item.speed_mps[0]):
        random = turn.random
        transponder = transponder_of(random, ObjectKind.LIGHT_AIRCRAFT, item.silent_share)
        course = float(random.uniform(0, 2 * np.pi))
        nearest_m = float(random.choice((-1, 1)) * random.uniform(*item.nearest_m))
        speed_mps = float(random.uniform(*item.speed_mps))
        height_m = day.ground_m + float(random.uniform(*item.above_ground_m))
        half_m = float(np.sqrt(max(item.radius_m**2 - nearest_m**2, 1_000.0**2)))
        middle = unit(course + np.pi / 2) * nearest_m
        ends = [middle + sign * half_m * unit(course) for sign in (-1, 1)]
        points = [Turning(float(end[0]), float(end[1]), height_m, speed_mps) for end in ends]
        path = fly(points, day.frame, PHYSIQUES[ObjectKind.LIGHT_AIRCRAFT].turn_rate_radps, 1.0)
        yield Flyer(turn.name, ObjectKind.LIGHT_AIRCRAFT, later(path, turn.t_s), transponder)


def _flown(points: list[Turning], day: Day, depart_s: float) -> Trajectory:
    physique = PHYSIQUES[ObjectKind.HELICOPTER]
    return fly(points, day.frame, physique.turn_rate_radps, physique.acceleration_mps2, depart_s)
