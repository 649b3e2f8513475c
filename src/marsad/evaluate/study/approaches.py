"""Ways in: the waypoints of an attacker by the kind of its approach."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from marsad.evaluate.study.distributions import Approach, Approaches
from marsad.evaluate.study.draws import within
from marsad.evaluate.study.ground import FinalPath, Ground
from marsad.evaluate.study.raid import Point
from marsad.simulate.kinds import PHYSIQUES, ObjectKind

Array = NDArray[np.float64]
LAST_HEIGHT_M = 5.0
DASH_S_MAX = 150.0


@dataclass(frozen=True)
class Way:
    """What a way in starts from.

    aim           (2,) the middle of the zone attacked
    bearing_rad   where it comes from, seen from the aim
    first_m       from the aim to where the first zone is met, straight
    flight_s      from its first place to there
    """

    ground: Ground
    kind: ObjectKind
    aim: Array
    bearing_rad: float
    first_m: float
    flight_s: float
    speed_mps: float
    above_ground_m: float

    @property
    def length_m(self) -> float:
        """The straight way."""
        return self.first_m + self.flight_s * self.speed_mps

    @property
    def out(self) -> Array:
        """The direction from the aim to where it comes from."""
        return np.array([np.sin(self.bearing_rad), np.cos(self.bearing_rad)])

    def at(self, distance_m: float, above_ground_m: float | None = None, aside_m: float = 0.0) -> Point:
        """A place so far from the aim, so far to the left of the way in."""
        out = self.out
        east, north = self.aim + distance_m * out + aside_m * np.array([out[1], -out[0]])
        height = self.above_ground_m if above_ground_m is None else above_ground_m
        return Point(float(east), float(north), height, self.speed_mps)

    @property
    def turn_radius_m(self) -> float:
        """The tightest turn of its kind at its speed."""
        return self.speed_mps / PHYSIQUES[self.kind].turn_rate_radps

    @property
    def end(self) -> Point:
        """The zone itself."""
        return self.at(0.0, LAST_HEIGHT_M)


def waypoints(
    way: Way, approach: Approach, figures: Approaches, final: FinalPath | None, random: np.random.Generator
) -> tuple[Point, ...]:
    """The places that an attacker flies through, by its approach."""
    if approach == "weaving":
        return _weaving(way, within(random, figures.weaving.amplitude), 1 if random.random() < 0.5 else -1)
    if approach == "dog-leg":
        turn = np.radians(within(random, figures.dog_leg.turn_deg)) * (1 if random.random() < 0.5 else -1)
        return _dog_leg(way, float(turn), within(random, figures.dog_leg.at))
    if approach == "dive":
        from_m = min(within(random, figures.dive.from_m), 0.5 * way.length_m)
        height = within(random, figures.dive.above_ground_m)
        return (way.at(way.length_m, height), way.at(from_m, height), way.end)
    if approach == "hover-dash":
        dash_m = min(within(random, figures.hover_dash.hover_at_m), DASH_S_MAX * way.speed_mps)
        hover_m = way.first_m + dash_m
        hold_s = within(random, figures.hover_dash.hover_s)
        begin = way.at(hover_m + max(way.flight_s - hold_s, 30.0) * 0.5 * way.speed_mps)
        return (begin, replace(way.at(hover_m), hold_s=hold_s), way.end)
    if approach == "final" and final is not None:
        return _final(way, figures.final.leaves_m, final)
    return (way.at(way.length_m), way.end)


def _weaving(way: Way, amplitude: float, side: int) -> tuple[Point, ...]:
    """Left and right, wide enough for its turns."""
    half_m = max(8 * way.turn_radius_m, 300.0)
    count = int(way.length_m // half_m) - 1
    points = [way.at(way.length_m)]
    for number in range(count):
        aside = side * amplitude * half_m * (1 if number % 2 == 0 else -1)
        points.append(way.at(way.length_m - (number + 1) * half_m, aside_m=aside))
    return (*points, way.end)


def _dog_leg(way: Way, turn_rad: float, share: float) -> tuple[Point, ...]:
    """Straight from the aim to the corner, and on from there at an angle."""
    corner_m = max(share * way.length_m, 1.5 * way.turn_radius_m)
    corner = way.at(corner_m)
    heading = way.bearing_rad + turn_rad
    leg_m = max(way.length_m - corner_m, 1.5 * way.turn_radius_m)
    begin = replace(
        corner,
        east_m=corner.east_m + leg_m * float(np.sin(heading)),
        north_m=corner.north_m + leg_m * float(np.cos(heading)),
    )
    return (begin, corner, way.end)


def _final(way: Way, leaves_m: float, final: FinalPath) -> tuple[Point, ...]:
    """Down the published final, then off it to the zone."""
    from_m = leaves_m + way.flight_s * way.speed_mps
    points = []
    for distance_m in (from_m, leaves_m):
        east, north = final.before(distance_m)
        height = distance_m * float(np.tan(np.radians(final.glide_deg)))
        points.append(Point(float(east), float(north), height, way.speed_mps))
    return (*points, way.end)
