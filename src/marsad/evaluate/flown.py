"""What the simulator flies, measured as a recording would be: birds by species, drones by manner."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from marsad.evaluate.motion import MotionFigures, motion_figures
from marsad.geo.local import LocalFrame
from marsad.model.site import Site
from marsad.simulate.birds import SPECIES, bird_life
from marsad.simulate.day import Day
from marsad.simulate.kinds import PHYSIQUES, ObjectKind
from marsad.simulate.layout import Layout
from marsad.simulate.manner import Manner, flown_so
from marsad.simulate.patterns import BirdLife
from marsad.simulate.route import Turning, fly
from marsad.simulate.trajectory import Trajectory

Range = tuple[float, float]
_LATITUDE_DEG, _LONGITUDE_DEG, _HEIGHT_M = 33.0, 44.0, 50.0
_NOON_T_NS = 1_655_805_600_000_000_000  # 21 June, ten o'clock UTC
_STEP_S = 0.25
_WATCHED_S = 600.0


@dataclass(frozen=True, slots=True)
class Ranges:
    """Lowest and highest of each figure over the flights of a group; measured says from what."""

    speed_mps: Range
    hover_share: Range
    speed_sd_mps: Range
    turn_deg_per_s: Range
    height_sd_m: Range
    straight_s: Range
    measured: str


# of 28 recorded bird tracks and 17 drone flights, by the definitions of marsad.evaluate.motion
RECORDED: dict[str, Ranges] = {
    "stork": Ranges((9, 10), (0, 0.04), (1.0, 1.2), (10, 14), (2.2, 2.8), (20, 31), "6 white storks"),
    "pigeon": Ranges((17, 18), (0, 0), (0.9, 1.7), (8, 16), (1.5, 2.1), (6, 11), "4 homing pigeons"),
    "circling_pigeon": Ranges(
        (11, 17), (0, 0), (1.0, 2.2), (14, 20), (7, 9), (2, 5), "4 pigeons, circling or chased"
    ),
    "jackdaw": Ranges((4, 10), (0, 0.05), (0.8, 1.9), (31, 52), (0.8, 2.8), (1, 4), "14 jackdaws"),
    "multirotor automatic": Ranges(
        (2, 5), (0.22, 0.44), (0.1, 0.6), (0.4, 20), (0.03, 0.2), (4, 36), "4 multirotors on automatic legs"
    ),
    "multirotor manual": Ranges(
        (3.5, 16), (0, 0.38), (0.2, 1.3), (0.3, 4), (0.05, 2.6), (20, 53), "4 multirotors flown for video"
    ),
    "fixed wing manual": Ranges(
        (18, 19), (0.01, 0.13), (1.7, 7.4), (13, 14), (4, 38), (16, 18), "2 models flown by hand"
    ),
}
GROUPS = (*SPECIES, *(name for name in RECORDED if name not in SPECIES))


def flights(group: str, count: int, seed: int = 1) -> Iterator[MotionFigures]:
    """So many simulated flights of a group, measured."""
    if group in SPECIES:
        paths = _birds(group, count, seed)
    else:
        paths = (_drone(group, seed, number) for number in range(count))
    for path in paths:
        t_s = np.arange(path.start_s, min(path.end_s, path.start_s + _WATCHED_S), _STEP_S)
        yield motion_figures(t_s, path.state(t_s)[0])


def _day(seed: int) -> Day:
    frame = LocalFrame(_LATITUDE_DEG, _LONGITUDE_DEG, _HEIGHT_M)
    site = Site("measured", "Measured", "مقيس", _LATITUDE_DEG, _LONGITUDE_DEG, _HEIGHT_M, 0, ())
    return Day(Layout(site, frame, {}, {}, {}, None), _NOON_T_NS, 3_600.0, seed)


def _birds(species: str, count: int, seed: int) -> Iterator[Trajectory]:
    item = BirdLife(pattern="bird_life", id="bird", species=species, flocks_per_hour=count, at_all_hours=True)
    left = count
    for flyer in bird_life(item, _day(seed)):
        path = flyer.trajectory
        if path.end_s - path.start_s > 60.0 and left > 0:
            left -= 1
            yield path


def _drone(group: str, seed: int, number: int) -> Trajectory:
    """A flight as such drones are flown: legs with stops, for video, round and round."""
    day = _day(seed)
    random = day.random(f"{group} {number}")
    if group == "fixed wing manual":
        kind, manner, points = ObjectKind.SMALL_FIXED_WING, Manner.MANUAL, _circuits(random)
    elif group == "multirotor manual":
        kind, manner, points = ObjectKind.MULTIROTOR, Manner.MANUAL, _legs(random, (6, 13), (150, 500), 0.3)
    else:
        kind, manner, points = ObjectKind.MULTIROTOR, Manner.AUTOMATIC, _legs(random, (3, 6), (30, 150), 0.7)
    physique = PHYSIQUES[kind]
    path = fly(points, day.frame, physique.turn_rate_radps, physique.acceleration_mps2)
    return flown_so(path, kind, manner, random)


def _legs(random: np.random.Generator, speed: Range, leg_m: Range, stops: float) -> list[Turning]:
    """Legs of a survey or a film: back and forth, some ends with a stop."""
    place, course = np.zeros(2), float(random.uniform(0, 2 * np.pi))
    speed_mps, height_m = float(random.uniform(*speed)), _HEIGHT_M + float(random.uniform(30, 90))
    points = []
    for _ in range(14):
        hold_s = float(random.uniform(4, 20)) if random.random() < stops else 0.0
        points.append(Turning(float(place[0]), float(place[1]), height_m, speed_mps, hold_s))
        place = place + float(random.uniform(*leg_m)) * np.array([np.sin(course), np.cos(course)])
        course += float(random.uniform(-1.6, 1.6))
    return points


def _circuits(random: np.random.Generator) -> list[Turning]:
    """Round and round a field, then home."""
    speed_mps = float(random.uniform(16.5, 19.0))
    points = []
    for turn in range(24):
        angle, radius_m = turn * np.pi / 3, float(random.uniform(118, 130))
        height_m = _HEIGHT_M + float(random.uniform(30, 90))
        place = radius_m * np.array([np.sin(angle), np.cos(angle)])
        points.append(Turning(float(place[0]), float(place[1]), height_m, speed_mps))
    last, before = points[-1], points[-2]
    east_m, north_m = 4 * (last.east_m - before.east_m), 4 * (last.north_m - before.north_m)
    points.append(replace(last, east_m=last.east_m + east_m, north_m=last.north_m + north_m))
    return points
