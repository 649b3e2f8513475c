"""Landings and departures at a runway of the site, flown as such aircraft fly them.

Speeds, distances and climb are rounded figures of common types (a short-haul airliner, a four-engined
turboprop transport, a single-engined turboprop), stated in PERFORMANCE; every aircraft draws its own
between them. Joining, glide path, threshold at 15 m and roll-out follow the usual instrument approach.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import cos, radians, sin, sqrt, tan

import numpy as np
from numpy.typing import NDArray

from marsad.simulate.day import Day, Flyer, transponder_of, turns
from marsad.simulate.kinds import PHYSIQUES, ObjectKind
from marsad.simulate.layout import Runway
from marsad.simulate.patterns import Departures, Landings, RunwayUser
from marsad.simulate.route import Turning, fly
from marsad.simulate.trajectory import Trajectory, later

Array = NDArray[np.float64]
Range = tuple[float, float]
ANTENNA_M = 4.0  # of an aircraft that stands on its wheels
THRESHOLD_M = 15.0
_AIM_M = 300.0  # behind the threshold, where the glide path meets the ground
_COMMITTED = 7  # waypoints of an approach up to where it may still be broken off
_TAXI_MPS = 8.0
_AHEAD_S, _BEHIND_S = 700.0, 120.0
_CLIMB_AHEAD_S, _CLIMB_BEHIND_S = 0.0, 420.0


@dataclass(frozen=True, slots=True)
class Performance:
    """How one kind of aircraft uses a runway; pairs are lowest and highest, drawn for each.

    threshold_mps   over the threshold
    approach_mps    when it meets the glide path
    join_m          from the threshold, where it meets the glide path
    brake_m         from touchdown to walking pace
    roll_m          from standstill to lift-off
    rotate_mps      at lift-off
    climb_mps       speed over ground 12 km out
    gradient        height over way after lift-off
    """

    threshold_mps: Range
    approach_mps: Range
    join_m: Range
    brake_m: Range
    roll_m: Range
    rotate_mps: Range
    climb_mps: Range
    gradient: Range


PERFORMANCE = {
    ObjectKind.AIRLINER: Performance(
        threshold_mps=(65, 80),
        approach_mps=(95, 115),
        join_m=(15_000, 19_000),
        brake_m=(1_500, 2_100),
        roll_m=(1_400, 2_000),
        rotate_mps=(70, 82),
        climb_mps=(105, 125),
        gradient=(0.07, 0.12),
    ),
    ObjectKind.TRANSPORT: Performance(
        threshold_mps=(55, 66),
        approach_mps=(75, 90),
        join_m=(11_000, 14_000),
        brake_m=(800, 1_300),
        roll_m=(900, 1_300),
        rotate_mps=(55, 65),
        climb_mps=(75, 95),
        gradient=(0.06, 0.09),
    ),
    ObjectKind.LIGHT_AIRCRAFT: Performance(
        threshold_mps=(35, 48),
        approach_mps=(50, 65),
        join_m=(4_500, 7_000),
        brake_m=(400, 700),
        roll_m=(400, 700),
        rotate_mps=(35, 45),
        climb_mps=(50, 65),
        gradient=(0.06, 0.10),
    ),
}


@dataclass(frozen=True)
class Line:
    """The line of a runway as it is flown: from its threshold outward (before it) or inward (behind it).

    threshold    (2,) m
    onward       (2,) unit vector in the direction flown
    ground_m     height of the threshold above the ellipsoid
    """

    threshold: Array
    onward: Array
    length_m: float
    ground_m: float
    glide_rad: float

    def place(self, behind_m: float, right_m: float, up_m: float, speed_mps: float) -> Turning:
        """A waypoint so far behind the threshold (negative: before it), to the right, above it."""
        right = np.array([self.onward[1], -self.onward[0]])
        east, north = self.threshold + behind_m * self.onward + right_m * right
        return Turning(float(east), float(north), self.ground_m + up_m, speed_mps)

    def glide_m(self, before_m: float) -> float:
        """Height of the glide path above the threshold, so far before it."""
        return THRESHOLD_M + before_m * tan(self.glide_rad)


def line_of(runway: Runway, end: str, ground_m: float) -> Line:
    """The line of a runway in the direction of one of its ends. Raises ValueError if it has no such end."""
    first = runway.ends.index(end)
    threshold, other = (np.array(runway.thresholds_enu[k]) for k in (first, 1 - first))
    length_m = float(np.hypot(*(other - threshold)))
    return Line(
        threshold,
        (other - threshold) / length_m,
        length_m,
        ground_m + runway.heights_m[first],
        radians(runway.glide_deg),
    )


def landings(item: Landings, day: Day) -> Iterator[Flyer]:
    """Every aircraft that lands, or breaks its approach off."""
    line = line_of(day.runway(item.runway), item.end, day.ground_m)
    for turn in turns(item, day, _AHEAD_S, _BEHIND_S):
        random = turn.random
        kind = _kind(item.kinds, random)
        broken_off = bool(random.random() < item.go_around_share)
        transponder = transponder_of(random, kind, item.silent_share)
        points = _approach(line, PERFORMANCE[kind], random)
        touchdown_m = _along(line, points[-1])
        if broken_off:
            points = points[:_COMMITTED] + _going_around(line, PERFORMANCE[kind], random)
        else:
            points += _roll_out(line, PERFORMANCE[kind], touchdown_m, points[-1].speed_mps, random)
        path = _flown(points, kind, day)
        path = later(path, turn.t_s - _time_at(path, line, 0.0))
        down_s = () if broken_off else ((_time_at(path, line, touchdown_m), path.end_s),)
        yield Flyer(turn.name, kind, path, transponder, down_s)


def departures(item: Departures, day: Day) -> Iterator[Flyer]:
    """Every aircraft that takes off."""
    line = line_of(day.runway(item.runway), item.end, day.ground_m)
    for turn in turns(item, day, _CLIMB_AHEAD_S, _CLIMB_BEHIND_S):
        random = turn.random
        kind = _kind(item.kinds, random)
        transponder = transponder_of(random, kind, item.silent_share)
        points = _climb_out(line, PERFORMANCE[kind], random)
        path = later(_flown(points, kind, day), turn.t_s)
        lifts_s = _time_at(path, line, _along(line, points[1]))
        yield Flyer(turn.name, kind, path, transponder, ((turn.t_s, lifts_s),))


def rolling_s(path: Trajectory, kind: ObjectKind) -> tuple[tuple[float, float], ...]:
    """When an aircraft that comes down by waypoints is on its wheels: to the end, once it is that low."""
    low = path.position_enu[:, 2] < ANTENNA_M + 0.5
    if kind not in PERFORMANCE or not low[-1]:
        return ()
    aloft = np.flatnonzero(~low)
    return ((float(path.t_s[aloft[-1] + 1] if len(aloft) else path.start_s), path.end_s),)


def _kind(shares: Mapping[RunwayUser, float], random: np.random.Generator) -> ObjectKind:
    kinds = sorted(shares)
    weights = np.array([shares[kind] for kind in kinds])
    return ObjectKind(kinds[int(random.choice(len(kinds), p=weights / weights.sum()))])


def _approach(line: Line, flies: Performance, random: np.random.Generator) -> list[Turning]:
    """From joining the runway's line, at an angle, down the glide path to the touchdown."""
    join_m, meets_mps = float(random.uniform(*flies.join_m)), float(random.uniform(*flies.approach_mps))
    over_mps = float(random.uniform(*flies.threshold_mps))
    angle, far_m = float(random.uniform(-0.85, 0.85)), join_m * float(random.uniform(0.6, 1.2))
    level_m = 0.22 * join_m  # along the line before it descends
    higher_m = far_m * float(random.uniform(0.01, 0.05))
    begins_m = join_m + level_m
    entry = (-begins_m - far_m * cos(angle), far_m * sin(angle))
    points = [
        line.place(*entry, line.glide_m(join_m) + higher_m, 1.15 * meets_mps),
        line.place(-begins_m, 0.0, line.glide_m(join_m), 1.05 * meets_mps),
    ]
    for share, slowed in ((1.0, 0.0), (0.93, 0.1), (0.55, 0.6), (0.30, 1.0), (0.08, 1.0)):
        speed_mps = meets_mps + slowed * (over_mps - meets_mps)
        points.append(line.place(-share * join_m, 0.0, line.glide_m(share * join_m), speed_mps))
    touchdown_m = _AIM_M + float(random.uniform(0.0, 200.0))
    points.append(line.place(0.0, 0.0, THRESHOLD_M, over_mps))
    points.append(line.place(touchdown_m, 0.0, ANTENNA_M, 0.96 * over_mps))
    return points


def _roll_out(
    line: Line, flies: Performance, touchdown_m: float, speed_mps: float, random: np.random.Generator
) -> list[Turning]:
    """Braking to walking pace, where it leaves the runway."""
    brake_m = float(random.uniform(*flies.brake_m))
    return [
        line.place(
            touchdown_m + share * brake_m, 0.0, ANTENNA_M, max(sqrt(max(1 - share, 0)) * speed_mps, _TAXI_MPS)
        )
        for share in (0.5, 1.0, 1.05)
    ]


def _going_around(line: Line, flies: Performance, random: np.random.Generator) -> list[Turning]:
    """From low on the final approach straight on and up, then away to one side."""
    speed_mps, side = float(random.uniform(*flies.approach_mps)), float(random.choice((-1.0, 1.0)))
    low_m, join_m = line.glide_m(0.08 * flies.join_m[0]), flies.join_m[1]
    return [
        line.place(0.0, 0.0, low_m, speed_mps),
        line.place(0.4 * join_m, 0.0, low_m + 0.4 * join_m * flies.gradient[0], speed_mps),
        line.place(0.8 * join_m, 0.0, low_m + 0.6 * join_m * flies.gradient[0], speed_mps),
        line.place(1.3 * join_m, side * 0.8 * join_m, low_m + 0.8 * join_m * flies.gradient[0], speed_mps),
    ]


def _climb_out(line: Line, flies: Performance, random: np.random.Generator) -> list[Turning]:
    """From standstill along the runway, straight on up, then on a course of its own."""
    roll_m, rotate_mps = float(random.uniform(*flies.roll_m)), float(random.uniform(*flies.rotate_mps))
    climb_mps, gradient = float(random.uniform(*flies.climb_mps)), float(random.uniform(*flies.gradient))
    straight_m = 0.7 * flies.join_m[0]
    side, far_m = float(random.uniform(-1.3, 1.3)), 1.6 * flies.join_m[1]
    out_m = straight_m + far_m * cos(side)
    return [
        line.place(0.0, 0.0, ANTENNA_M, _TAXI_MPS / 4),
        line.place(roll_m, 0.0, ANTENNA_M, rotate_mps),
        line.place(roll_m + 0.15 * straight_m, 0.0, 0.15 * straight_m * gradient, 1.08 * rotate_mps),
        line.place(straight_m, 0.0, straight_m * gradient, climb_mps),
        line.place(out_m, far_m * sin(side), (straight_m + far_m) * 0.9 * gradient, 1.3 * climb_mps),
    ]


def _flown(points: list[Turning], kind: ObjectKind, day: Day) -> Trajectory:
    physique = PHYSIQUES[kind]
    return fly(points, day.frame, physique.turn_rate_radps, physique.acceleration_mps2)


def _along(line: Line, point: Turning) -> float:
    """How far behind the threshold a waypoint is."""
    return float((np.array([point.east_m, point.north_m]) - line.threshold) @ line.onward)


def _time_at(path: Trajectory, line: Line, behind_m: float) -> float:
    """When a path on its way along a runway's line is first so far behind the threshold."""
    behind = (path.position_enu[:, :2] - line.threshold) @ line.onward
    row = max(int(np.argmax(behind >= behind_m)), 1)
    share = (behind_m - behind[row - 1]) / max(behind[row] - behind[row - 1], 1e-9)
    return float(path.t_s[row - 1] + np.clip(share, 0.0, 1.0) * (path.t_s[row] - path.t_s[row - 1]))
