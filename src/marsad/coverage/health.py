"""Coverage joined with the health of sensors: what is seen now, what would be, since when it is not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marsad.coverage.grid import Protected
from marsad.coverage.holes import Hole, holes, opened
from marsad.coverage.outlook import Asked, Outlook, Resolution, grid_for, heights_up_m, outlook
from marsad.coverage.sight import Air, chance_of_look, is_awake, sees_silent
from marsad.model.sensor import Sensor


@dataclass(frozen=True, slots=True)
class Opening:
    """A hole that is there because sensors do not live.

    since_t_ns   when the last of those that looked there was heard last; 0 = none of them ever was
    sensor_ids   of those that looked there, as they were given
    """

    hole: Hole
    since_t_ns: int
    sensor_ids: tuple[str, ...]


@dataclass(frozen=True)
class CoverageNow:
    """What is seen now, where that is too little, and what of it is because sensors are silent."""

    outlook: Outlook
    wanted_s: float
    holes: tuple[Hole, ...]
    openings: tuple[Opening, ...]


def coverage_now(
    sensors: Sequence[Sensor],
    protected: Protected,
    asked: Asked,
    around: Air,
    wanted_s: float,
    fine: Resolution = Resolution(),  # noqa: B008
) -> CoverageNow:
    """What a site's sensors see, as alive or silent as they are.

    It is worked out of a picture alone: since when a hole is there is when whoever looked there was last
    heard, so nothing has to be remembered, and a picture that is shown again says the same.
    """
    able = [sensor for sensor in sensors if sees_silent(sensor)]
    awake = [sensor for sensor in able if is_awake(sensor)]
    grid = grid_for(protected, able, asked, around, fine)
    now = outlook(awake, asked, grid, around)
    if len(awake) == len(able):
        return CoverageNow(now, wanted_s, holes(now, wanted_s), ())
    whole = outlook(able, asked, grid, around)
    asleep = [sensor for sensor in able if not is_awake(sensor)]
    openings = tuple(_because(hole, asleep, now, around) for hole in opened(now, whole, wanted_s))
    return CoverageNow(now, wanted_s, holes(now, wanted_s), openings)


def _because(hole: Hole, asleep: Sequence[Sensor], now: Outlook, around: Air) -> Opening:
    """Who looked there: whoever sees anything on those bearings outside the edge."""
    turn = np.degrees(now.grid.bearing_rad)
    rows = (turn - hole.from_deg) % 360.0 <= hole.to_deg - hole.from_deg
    outside = now.grid.to_go_m[rows] >= 0
    low = now.asked.levels_m[0]
    up = heights_up_m(now.asked.threat, max(low, now.asked.levels_m[-1]), now.grid, around)
    looked = [
        sensor
        for sensor in asleep
        if (chance_of_look(sensor, now.asked.threat, now.grid, up, around)[rows] * outside).any()
    ] or list(asleep)
    since = max(sensor.last_t_ns for sensor in looked)
    return Opening(hole, since, tuple(sensor.sensor_id for sensor in looked))


Key = tuple[tuple[object, ...], ...]


def what_counts(sensors: Sequence[Sensor]) -> Key:
    """What coverage depends on: while this stays, so does it. Places count to ten metres.

    Of one that is silent it also depends on when it was heard last, which does not change.
    """
    return tuple(
        (
            sensor.sensor_id,
            is_awake(sensor),
            None if sensor.position_enu is None else tuple(round(x, -1) for x in sensor.position_enu),
            sensor.coverage,
            0 if is_awake(sensor) else sensor.last_t_ns,
        )
        for sensor in sensors
        if sees_silent(sensor)
    )
