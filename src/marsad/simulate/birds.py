"""Birds as they really fly: species, their motion, their company, their hours.

The motion of storks, pigeons and jackdaws is fitted to recordings (tools/motion_table.py compares): speed,
its spread and that of height over ten seconds, turn rate, longest straight leg. That of gulls on their
way and of kestrels, the company they keep and the hours they fly are assumed from field guides, not
measured; MEASURED and the comments of SPECIES say which.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.simulate.day import Day, Flyer, unit
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.patterns import BirdLife
from marsad.simulate.route import raised
from marsad.simulate.soaring import Airspace, Path, Soarer, soar

Array = NDArray[np.float64]
Range = tuple[float, float]
STEP_S = 0.5
HOUR_S = 3600.0
CIRCLES_S = 25.0  # between two changes of the side
MEASURED = frozenset({"stork", "pigeon", "circling_pigeon", "jackdaw"})


@dataclass(frozen=True, slots=True)
class Gait:
    """How a bird that flaps moves: about a mean speed, turn and climb, each with spread and memory.

    Spread and memory are of an Ornstein-Uhlenbeck process: standard deviation, and how long it lasts.
    steers             1/s: how firmly it comes back to where it is going
    circles_deg_per_s  it keeps turning so fast, one way, then the other
    """

    speed_mps: Range
    speed_sigma_mps: float
    speed_memory_s: float
    turn_sigma_deg_per_s: float
    turn_memory_s: float
    climb_sigma_mps: float
    climb_memory_s: float
    steers: float
    circles_deg_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Hovering:
    """How a bird that stands in the air does so, between flights of its gait."""

    stands_s: Range
    drift_mps: float
    flies_s: Range


@dataclass(frozen=True, slots=True)
class SpeciesFlight:
    """One species.

    commutes       it crosses along a line; else it stays about a place, within haunt_m of it
    flight_s       how long one that stays flies
    spread_m       standard deviation of a flock's members about its middle
    change_radps   how fast they change places
    rhythm         share of the busiest hour, from hours after sunrise and hours before sunset
    """

    kind: ObjectKind
    gait: Gait | Soarer
    members: tuple[int, int]
    above_ground_m: Range
    rhythm: Callable[[float, float], float]
    commutes: bool = False
    haunt_m: float = 300.0
    flight_s: Range = (120.0, 900.0)
    spread_m: float = 8.0
    change_radps: Range = (0.05, 0.15)
    hovering: Hovering | None = None


def twilight(after_sunrise_h: float, before_sunset_h: float) -> float:
    """To and from the roost: most within an hour and a half of sunrise and sunset, few at night."""
    peak = max(
        np.exp(-(((after_sunrise_h - 0.5) / 0.8) ** 2)), np.exp(-(((before_sunset_h - 0.5) / 0.8) ** 2))
    )
    return float(max(peak, 0.2 if min(after_sunrise_h, before_sunset_h) > 0 else 0.02))


def daylight(after_sunrise_h: float, before_sunset_h: float) -> float:
    """From sunrise to sunset alike, next to nothing at night."""
    return 1.0 if min(after_sunrise_h, before_sunset_h) > 0 else 0.02


def thermals(after_sunrise_h: float, before_sunset_h: float) -> float:
    """From three hours after sunrise to two before sunset, most in the middle."""
    begun, left = after_sunrise_h - 3.0, before_sunset_h - 2.0
    return float(np.sin(np.pi * begun / (begun + left))) if begun > 0 and left > 0 else 0.0


SPECIES: dict[str, SpeciesFlight] = {
    "stork": SpeciesFlight(
        ObjectKind.LARGE_BIRD,
        Soarer(
            circle_mps=(7.3, 9.3),
            circle_deg_per_s=(14, 21),
            climb_mps=(0.3, 1.4),
            glide_mps=(9.0, 12.0),
            sink_mps=(0.4, 1.1),
            restless_deg_per_s=5.0,
            unsteady_mps=1.6,
            rough_mps=0.6,
            circle_s=(40, 180),
            glide_s=(25, 120),
            wind_mps=(0.5, 2.5),
        ),
        members=(1, 12),
        above_ground_m=(150.0, 900.0),
        rhythm=thermals,
        haunt_m=1_500.0,
        flight_s=(600.0, 1_800.0),
        spread_m=15.0,
        change_radps=(0.03, 0.08),
    ),
    "pigeon": SpeciesFlight(
        ObjectKind.SMALL_BIRD,
        Gait((16.0, 19.5), 2.5, 4.0, 20.0, 1.5, 1.15, 3.0, 0.25),
        members=(1, 8),
        above_ground_m=(15.0, 90.0),
        rhythm=twilight,
        commutes=True,
        spread_m=4.0,
        change_radps=(0.05, 0.12),
    ),
    "circling_pigeon": SpeciesFlight(
        ObjectKind.SMALL_BIRD,
        Gait((11.5, 16.5), 2.9, 4.0, 10.0, 1.0, 5.2, 5.0, 0.03, circles_deg_per_s=19.0),
        members=(3, 20),
        above_ground_m=(15.0, 120.0),
        rhythm=daylight,
        haunt_m=150.0,
        flight_s=(90.0, 480.0),
        spread_m=4.0,
        change_radps=(0.1, 0.3),
    ),
    "jackdaw": SpeciesFlight(
        ObjectKind.SMALL_BIRD,
        Gait((4.5, 9.5), 2.2, 3.0, 70.0, 1.5, 1.1, 3.0, 0.15),
        members=(2, 12),
        above_ground_m=(10.0, 80.0),
        rhythm=twilight,
        haunt_m=200.0,
        flight_s=(60.0, 300.0),
        spread_m=6.0,
        change_radps=(0.05, 0.15),
    ),
    # assumed: steady level flight for minutes, to and from the water; airspeed of gulls 10 to 14 m/s
    "gull": SpeciesFlight(
        ObjectKind.LARGE_BIRD,
        Gait((10.5, 14.0), 0.6, 8.0, 2.0, 3.0, 0.3, 6.0, 0.25),
        members=(1, 4),
        above_ground_m=(30.0, 150.0),
        rhythm=twilight,
        commutes=True,
        spread_m=10.0,
        change_radps=(0.01, 0.03),
    ),
    # assumed: stands into the wind at 15 to 45 m, then flies on to stand elsewhere
    "kestrel": SpeciesFlight(
        ObjectKind.SMALL_BIRD,
        Gait((7.0, 10.0), 0.8, 3.0, 12.0, 2.0, 0.6, 3.0, 0.2),
        members=(1, 1),
        above_ground_m=(15.0, 45.0),
        rhythm=daylight,
        haunt_m=250.0,
        flight_s=(300.0, 1_200.0),
        hovering=Hovering((8.0, 45.0), 0.3, (6.0, 25.0)),
    ),
}


def bird_life(item: BirdLife, day: Day) -> Iterator[Flyer]:
    """Every bird of a pattern, hour by hour; what flies in one hour depends on no other."""
    species = SPECIES[item.species]
    for hour in range(-1, int(np.ceil(day.duration_s / HOUR_S))):
        random = day.random(f"{item.id} hour {hour}")
        busy = 1.0 if item.at_all_hours else _share(species, day, (hour + 0.5) * HOUR_S)
        number = int(random.poisson(item.flocks_per_hour * busy))
        begins_s = HOUR_S * (hour + random.random(number))
        for flock, start_s in enumerate(begins_s.tolist()):
            if start_s < day.duration_s:
                yield from _flock(item, species, day, f"{item.id}-h{hour + 1}-{flock + 1}", start_s)


def _share(species: SpeciesFlight, day: Day, t_s: float) -> float:
    hour, sunrise, sunset = day.sun(t_s)
    return species.rhythm(hour - sunrise, sunset - hour)


def _flock(item: BirdLife, species: SpeciesFlight, day: Day, name: str, start_s: float) -> Iterator[Flyer]:
    random = day.random(name)
    low_m, high_m = (day.ground_m + above for above in item.above_ground_m or species.above_ground_m)
    bearing, away_m = float(random.uniform(0, 2 * np.pi)), float(random.uniform(*item.ring_m))
    where = Airspace(away_m * np.sin(bearing), away_m * np.cos(bearing), species.haunt_m, (low_m, high_m))
    end_s = start_s + float(random.uniform(*species.flight_s))
    if isinstance(species.gait, Soarer):
        path = soar(species.gait, where, start_s, end_s, random)
    elif species.commutes:
        path = _commute(item, species, day, where, start_s, random)
    else:
        path = stay(species, where, start_s, end_s, random)
    if path[0][-1] <= 0:
        return  # it was over before the scenario began
    count = int(random.integers(*(item.members or species.members), endpoint=True))
    for member in range(count):
        own = f"{name}-{member + 1}" if count > 1 else name
        moved = company(path, species, low_m, day.random(own)) if count > 1 else path
        yield Flyer(own, species.kind, raised(day.frame, *moved), None)


def _commute(
    item: BirdLife,
    species: SpeciesFlight,
    day: Day,
    where: Airspace,
    start_s: float,
    random: np.random.Generator,
) -> Path:
    """Across the ring on the way from roost to food before noon, back after it; each item has one way."""
    axis = float(day.random(f"{item.id} way").uniform(0, 2 * np.pi))
    hour, _, _ = day.sun(start_s)
    course = axis + (np.pi if hour > 12 else 0.0) + float(random.normal(0.0, 0.2))
    offset_m = float(random.choice((-1, 1)) * random.uniform(*item.ring_m))
    far_m = 1.2 * item.ring_m[1]
    begin = -far_m * unit(course) + offset_m * unit(course + np.pi / 2)
    assert isinstance(species.gait, Gait)
    mover = _Mover(species.gait, begin, course, where.height_m, random)
    _cross(mover, course, 2 * far_m, 2 * far_m / species.gait.speed_mps[0])
    return mover.path(start_s)


def _cross(mover: "_Mover", course_rad: float, length_m: float, duration_s: float) -> None:
    """Along a line from where it is, so far, or so long."""
    begin = mover.place
    side = unit(course_rad + np.pi / 2)
    for _ in range(int(duration_s / STEP_S)):
        strayed_m = float((mover.place - begin) @ side)
        mover.step(course_rad - float(np.clip(strayed_m / 150.0, -0.6, 0.6)))
        if (mover.place - begin) @ unit(course_rad) > length_m:
            return


def stay(
    species: SpeciesFlight, where: Airspace, start_s: float, end_s: float, random: np.random.Generator
) -> Path:
    """About a place; standing in the air by turns, where the species does."""
    assert isinstance(species.gait, Gait)
    away_m, bearing = where.radius_m * float(np.sqrt(random.random())), float(random.uniform(0, 2 * np.pi))
    middle = np.array([where.east_m, where.north_m])
    mover = _Mover(species.gait, middle + away_m * unit(bearing), bearing + np.pi, where.height_m, random)
    hovering, standing, left_s = species.hovering, False, 0.0
    for _ in range(max(4, int((end_s - start_s) / STEP_S))):
        if hovering is not None:
            left_s -= STEP_S
            if left_s <= 0:
                standing = not standing
                left_s = float(random.uniform(*(hovering.stands_s if standing else hovering.flies_s)))
        home = middle - mover.place
        far = np.hypot(*home) > where.radius_m
        target = float(np.arctan2(home[0], home[1])) if far else None
        mover.step(target, hovering.drift_mps if standing and hovering is not None else None)
    return mover.path(start_s)


class _Mover:
    """A bird in flight, step by step."""

    def __init__(
        self, gait: Gait, place: Array, heading_rad: float, height_m: Range, random: np.random.Generator
    ) -> None:
        self.place, self._heading = place.copy(), heading_rad
        self._gait, self._random, self._height_m = gait, random, height_m
        self._mean_mps = float(random.uniform(*gait.speed_mps))
        self._height, self._mean_height = float(random.uniform(*height_m)), 0.0
        self._mean_height = self._height
        self._speed = self._turn = self._climb = 0.0
        self._slow, self._side = 1.0, float(random.choice((-1.0, 1.0)))
        self._keep = np.exp(
            -STEP_S / np.array([gait.speed_memory_s, gait.turn_memory_s, gait.climb_memory_s])
        )
        sigma = np.array([gait.speed_sigma_mps, np.radians(gait.turn_sigma_deg_per_s), gait.climb_sigma_mps])
        self._shake = sigma * np.sqrt(1 - self._keep**2)
        self._rows: list[tuple[float, ...]] = []

    def step(self, target_rad: float | None, standing_mps: float | None = None) -> None:
        """Half a second on; towards a heading, if any, or nearly standing."""
        keep, shock = self._keep, self._shake * self._random.standard_normal(3)
        self._speed = keep[0] * self._speed + shock[0]
        self._turn = keep[1] * self._turn + shock[1]
        self._climb = keep[2] * self._climb + shock[2]
        self._slow += ((0.0 if standing_mps is not None else 1.0) - self._slow) * 0.35
        flying = max(self._mean_mps + self._speed, 2.5)
        speed = flying * self._slow + (standing_mps or 0.0) * (1 - self._slow)
        if self._random.random() < STEP_S / CIRCLES_S:
            self._side = -self._side
        turn = self._turn + self._side * np.radians(self._gait.circles_deg_per_s)
        if target_rad is not None:
            error = (target_rad - self._heading + np.pi) % (2 * np.pi) - np.pi
            turn += self._gait.steers * error
        # it keeps about its height: a second memory draws it back, far slower than it bobs
        climb = (self._climb + 0.02 * (self._mean_height - self._height)) * (0.2 + 0.8 * self._slow)
        low, high = self._height_m
        if (self._height < low and climb < 0) or (self._height > high and climb > 0):
            climb = -climb
            self._climb = -self._climb
        velocity = speed * unit(self._heading)
        self._rows.append((*self.place, *velocity, self._height, climb))
        self._heading += turn * STEP_S
        self.place = self.place + speed * unit(self._heading - turn * STEP_S / 2) * STEP_S
        self._height += climb * STEP_S

    def path(self, start_s: float) -> Path:
        """All steps so far."""
        rows = np.array(self._rows)
        t_s = start_s + STEP_S * np.arange(len(rows), dtype=np.float64)
        return t_s, rows[:, :2], rows[:, 2:4], rows[:, 4], rows[:, 5]


def company(path: Path, species: SpeciesFlight, low_m: float, random: np.random.Generator) -> Path:
    """One member of a flock: its middle's path and an offset that changes slowly."""
    t, plane, velocity, height, climb = path
    amplitude = random.normal(0.0, species.spread_m, (2, 3)) * np.array([1.0, 1.0, 0.4])
    phase = random.uniform(0, 2 * np.pi, (2, 3))
    rate = random.uniform(*species.change_radps, (2, 3))
    angle = rate * (t[:, None, None] - t[0]) + phase
    offset = (amplitude * np.sin(angle)).sum(1)
    drift = (amplitude * rate * np.cos(angle)).sum(1)
    lift = np.maximum(offset[:, 2], low_m - 5.0 - height)
    rising = np.where(lift == offset[:, 2], drift[:, 2], 0.0)
    return t, plane + offset[:, :2], velocity + drift[:, :2], height + lift, climb + rising
