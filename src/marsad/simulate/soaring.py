"""Soaring: circling in a thermal that drifts with the wind, then gliding to the next."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.geo.local import LocalFrame
from marsad.simulate.day import Day, Flyer, transponder_of, turns, unit
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.patterns import Gliders
from marsad.simulate.route import raised
from marsad.simulate.trajectory import Trajectory

Array = NDArray[np.float64]
Range = tuple[float, float]
STEP_S = 1.0


@dataclass(frozen=True, slots=True)
class Soarer:
    """How a bird or a glider soars; pairs are lowest and highest, drawn anew for every circle or glide.

    circle_mps, circle_deg_per_s   airspeed and turn rate in a thermal
    climb_mps                      of the thermal
    glide_mps, sink_mps            between thermals
    restless_deg_per_s             spread of the turn rate about what is meant
    unsteady_mps                   spread of the airspeed, over some seconds
    rough_mps                      spread of the climb, over some seconds
    circle_s, glide_s              how long each lasts
    wind_mps                       carries all of it along
    """

    circle_mps: Range
    circle_deg_per_s: Range
    climb_mps: Range
    glide_mps: Range
    sink_mps: Range
    restless_deg_per_s: float
    unsteady_mps: float
    rough_mps: float
    circle_s: Range
    glide_s: Range
    wind_mps: Range


GLIDER = Soarer(
    circle_mps=(23, 28),
    circle_deg_per_s=(12, 18),
    climb_mps=(0.8, 3.0),
    glide_mps=(26, 36),
    sink_mps=(0.7, 1.5),
    restless_deg_per_s=1.0,
    unsteady_mps=0.7,
    rough_mps=0.4,
    circle_s=(120, 420),
    glide_s=(40, 240),
    wind_mps=(0.0, 6.0),
)


@dataclass(frozen=True, slots=True)
class Airspace:
    """Where something stays: a round place (m, in the site's plane) and heights above the ellipsoid."""

    east_m: float
    north_m: float
    radius_m: float
    height_m: Range


Path = tuple[Array, Array, Array, Array, Array]


def soar(soarer: Soarer, where: Airspace, start_s: float, end_s: float, random: np.random.Generator) -> Path:
    """Times, plane (k, 2), its velocity (k, 2), height and climb, one a second."""
    count = max(3, int(np.ceil((end_s - start_s) / STEP_S)) + 1)
    flight = _Flight(soarer, where, random)
    rows = np.array([flight.step() for _ in range(count)])
    t_s = start_s + STEP_S * np.arange(count, dtype=np.float64)
    return t_s, rows[:, :2], rows[:, 2:4], rows[:, 4], rows[:, 5]


class _Flight:
    """A soaring flight, step by step."""

    def __init__(self, soarer: Soarer, where: Airspace, random: np.random.Generator) -> None:
        self._soarer, self._where, self._random = soarer, where, random
        self._wind = float(random.uniform(*soarer.wind_mps)) * unit(float(random.uniform(0, 2 * np.pi)))
        self._middle = np.array([where.east_m, where.north_m])
        away_m = where.radius_m * float(np.sqrt(random.random()))
        self._place = self._middle + away_m * unit(float(random.uniform(0, 2 * np.pi)))
        self._height_m, self._heading = float(random.uniform(*where.height_m)), float(random.uniform(0, 6.28))
        self._circling, self._left_s = bool(random.random() < 0.5), 0.0
        self._speed = self._turn = self._climb = 0.0  # as meant
        self._unrest = np.zeros(3)  # of speed, turn and climb
        self._keep = np.exp(-STEP_S / np.array([3.5, 2.0, 3.5]))
        spread = (soarer.unsteady_mps, np.radians(soarer.restless_deg_per_s), soarer.rough_mps)
        self._shake = np.array(spread) * np.sqrt(1 - self._keep**2)

    def step(self) -> tuple[float, ...]:
        """Place, velocity, height and climb now; then a second on."""
        low_m, high_m = self._where.height_m
        topped = self._height_m > high_m if self._circling else self._height_m < low_m
        if self._left_s <= 0 or topped:
            self._circling = not self._circling
            (self._circle if self._circling else self._glide)()
        self._left_s -= STEP_S
        self._unrest = self._keep * self._unrest + self._shake * self._random.standard_normal(3)
        velocity = (self._speed + self._unrest[0]) * unit(self._heading) + self._wind
        climb = self._climb + float(self._unrest[2])
        row = (*self._place, *velocity, self._height_m, climb)
        turn = self._turn + float(self._unrest[1])
        through = (self._speed + self._unrest[0]) * unit(self._heading + turn * STEP_S / 2) + self._wind
        self._place = self._place + through * STEP_S
        self._height_m += climb * STEP_S
        self._heading += turn * STEP_S
        return row

    def _circle(self) -> None:
        random, soarer = self._random, self._soarer
        self._left_s = float(random.uniform(*soarer.circle_s))
        self._speed = float(random.uniform(*soarer.circle_mps))
        turn = np.radians(float(random.uniform(*soarer.circle_deg_per_s)))
        self._turn = float(random.choice((-1.0, 1.0))) * float(turn)
        self._climb = float(random.uniform(*soarer.climb_mps))

    def _glide(self) -> None:
        random, soarer = self._random, self._soarer
        self._left_s = float(random.uniform(*soarer.glide_s))
        self._speed = float(random.uniform(*soarer.glide_mps))
        self._turn, self._climb = 0.0, -float(random.uniform(*soarer.sink_mps))
        home = self._middle - self._place
        if np.hypot(*home) > self._where.radius_m:
            self._heading = float(np.arctan2(home[0], home[1]))


def flown(frame: LocalFrame, path: Path) -> Trajectory:
    """A path as a trajectory in the site's frame."""
    return raised(frame, *path)


def gliders(item: Gliders, day: Day) -> Iterator[Flyer]:
    """Every glider of a pattern."""
    for turn in turns(item, day, 0.0, item.stay_s[1]):
        random = turn.random
        transponder = transponder_of(random, ObjectKind.GLIDER, item.silent_share)
        bearing, away_m = float(random.uniform(0, 2 * np.pi)), float(random.uniform(*item.ring_m))
        low_m, high_m = (day.ground_m + above for above in item.above_ground_m)
        where = Airspace(away_m * np.sin(bearing), away_m * np.cos(bearing), 3_000.0, (low_m, high_m))
        stay_s = float(random.uniform(*item.stay_s))
        path = soar(GLIDER, where, turn.t_s, turn.t_s + stay_s, random)
        yield Flyer(turn.name, ObjectKind.GLIDER, flown(day.frame, path), transponder)
