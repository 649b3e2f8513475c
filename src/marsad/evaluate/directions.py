"""Directions against the truth: what has no place is scored by the angle at which it looks.

A direction is on the nearest true object within a gate of ten degrees; a sector is right if an object is
within it. Which of two objects in line it saw, no angle can say: it goes to the nearer in angle.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import nan

import numpy as np

from marsad.evaluate.foreign_log import Direction
from marsad.evaluate.look import Array
from marsad.evaluate.measures import Group, Measure, Unit, figure, share_of_looks
from marsad.evaluate.paths import Paths
from marsad.geo.polar import polar_from_enu, wrapped

GATE_RAD = float(np.radians(10.0))


@dataclass(slots=True)
class DirectionScore:
    """Sums over directions."""

    judged: int = 0
    on_object: int = 0
    sectors: int = 0
    sectors_right: int = 0
    azimuth_rad: list[float] = field(default_factory=list)
    elevation_rad: list[float] = field(default_factory=list)

    def measures(self) -> list[Measure]:
        """The figures; none where no direction was judged."""
        if not self.judged:
            return []
        azimuth, elevation = np.degrees(self.azimuth_rad), np.degrees(self.elevation_rad)
        bearings = self.judged - self.sectors
        on_bearing = self.on_object - self.sectors_right
        return [
            share_of_looks(Group.DETECT, "direction-on-object", on_bearing, bearings),
            share_of_looks(Group.DETECT, "sector-right", self.sectors_right, self.sectors),
            figure(Group.DETECT, "bearing-rms", _rms(azimuth), Unit.DEGREES, len(azimuth)),
            figure(Group.DETECT, "bearing-95", _percentile(np.abs(azimuth), 95), Unit.DEGREES, len(azimuth)),
            figure(Group.DETECT, "elevation-rms", _rms(elevation), Unit.DEGREES, len(elevation)),
        ]


@dataclass(frozen=True, slots=True)
class Pointed:
    """That a direction, of a track or of none (0), was on an object at a time."""

    t_s: float
    row: int
    number: int


def score_directions(directions: Iterable[Direction], paths: Paths) -> tuple[DirectionScore, list[Pointed]]:
    """Judge each direction at its own time, where the truth knows anything then.

    Also returns what was on what, in order of time.
    """
    score, pointed = DirectionScore(), []
    for item in sorted(directions, key=lambda item: item.t_s):
        rows, truth = paths.at(item.t_s)
        if not len(rows):
            continue
        score.judged += 1
        best = _judge(score, item, truth)
        if best is not None:
            pointed.append(Pointed(item.t_s, int(rows[best]), item.number))
    return score, pointed


def _judge(score: DirectionScore, item: Direction, truth: Array) -> int | None:
    """Which object (row of `truth`) a direction is on, its errors taken in; None if on none."""
    polar = polar_from_enu(truth[:, :3] - item.eye)
    off = wrapped(polar[:, 1] - item.from_rad - item.width_rad / 2)
    if item.width_rad > 0:
        score.sectors += 1
        best = int(np.argmin(np.abs(off)))
        if abs(off[best]) > item.width_rad / 2:
            return None
        score.sectors_right += 1
        score.on_object += 1
        return best
    up = np.nan_to_num(polar[:, 2] - item.elevation_rad)  # a bearing alone has no elevation to be off by
    away = np.hypot(off, up)
    best = int(np.argmin(away))
    if away[best] > GATE_RAD:
        return None
    score.on_object += 1
    score.azimuth_rad.append(-float(off[best]))
    if np.isfinite(item.elevation_rad):
        score.elevation_rad.append(float(item.elevation_rad - polar[best, 2]))
    return best


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2))) if len(values) else nan


def _percentile(values: Array, percent: float) -> float:
    return float(np.percentile(values, percent)) if len(values) else nan
