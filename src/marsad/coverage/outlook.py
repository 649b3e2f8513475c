"""What all sensors see together, and how many seconds that leaves on each bearing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.coverage.grid import PolarGrid, Protected
from marsad.coverage.sight import Air, chance_of_look, measures_range, reach_m, sees_silent
from marsad.coverage.threat import Threat
from marsad.model.sensor import Sensor

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
SEEN_WITHIN_S = 5.0  # a place is covered where an intruder there is likelier seen within so long than not
_RING_MIN_M = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the sensors.

    threat      what comes
    heights_m   (h,) above the ground; of a rocket they say nothing
    confirm     plots until a track is shown
    decide_s    from the last of them until a warning is out
    """

    threat: Threat
    heights_m: tuple[float, ...]
    confirm: int = 3
    decide_s: float = 0.2

    @property
    def levels_m(self) -> tuple[float, ...]:
        """The heights that make a difference."""
        return (0.0,) if self.threat.falls else self.heights_m


@dataclass(frozen=True)
class Resolution:
    """How finely it is worked out."""

    bearings: int = 720
    rings: int = 240


@dataclass(frozen=True)
class Outlook:
    """What is seen on a grid, per height of what was asked.

    covered         (h, b, r) an intruder there is likelier than not seen within `SEEN_WITHIN_S`
    first_seen_m    (h, b) from the middle: one that flies in is likelier than not seen by then; NaN never
    confirmed_m     (h, b) the same of when its track is confirmed
    warning_s       (h, b) from there to the edge, less what the decision takes; 0 where too late or never,
                    NaN for what stands still
    """

    asked: Asked
    grid: PolarGrid
    covered: Flags
    first_seen_m: Array
    confirmed_m: Array
    warning_s: Array


def grid_for(
    protected: Protected, sensors: Sequence[Sensor], asked: Asked, around: Air, fine: Resolution
) -> PolarGrid:
    """A grid that holds all that these sensors can see of a threat, and the zones."""
    middle = np.array(protected.centre_enu)
    reaches = [
        float(np.hypot(*(np.array(one.position_enu[:2]) - middle))) + reach_m(one, asked.threat.kind, around)
        for one in sensors
        if one.position_enu is not None and sees_silent(one)
    ]
    edge = float(protected.edge_m(np.linspace(0, 2 * np.pi, 72, endpoint=False)).max())
    farthest = max([edge + 1_000.0, *reaches])
    if asked.threat.falls:
        farthest = min(farthest, edge + asked.threat.flight_m)
    ring_m = max(farthest / fine.rings, _RING_MIN_M)
    return PolarGrid(protected, fine.bearings, ring_m, int(np.ceil(farthest / ring_m)))


def outlook(sensors: Sequence[Sensor], asked: Asked, grid: PolarGrid, around: Air) -> Outlook:
    """What sensors see together, all of them taken for alive.

    Looks are independent of each other; what measures no range counts where two such sensors see. A track is
    confirmed when so many plots as are asked for are to be expected, the first of them being that by which
    it is likelier seen than not.
    """
    looks = [_looks(sensors, asked, height, grid, around) for height in asked.levels_m]
    hazard = np.stack([one[0] for one in looks])
    plots = np.stack([one[1] for one in looks])
    covered = 1 - np.exp(-hazard * SEEN_WITHIN_S) >= 0.5
    shape = covered.shape[:2]
    if asked.threat.speed_mps <= 0:
        nowhere = np.full(shape, np.nan)
        return Outlook(asked, grid, covered, nowhere, nowhere, nowhere)
    ring_s = grid.ring_m / asked.threat.speed_mps
    first = _inward(hazard * ring_s, np.full(shape, np.log(2.0)), grid.ring_m)
    so_far = _at(plots * ring_s, first, grid.ring_m)
    confirmed = _inward(plots * ring_s, so_far + (asked.confirm - 1), grid.ring_m)
    left_s = (confirmed - grid.edge_m) / asked.threat.speed_mps - asked.decide_s
    return Outlook(asked, grid, covered, first, confirmed, np.maximum(np.nan_to_num(left_s), 0.0))


def _looks(
    sensors: Sequence[Sensor], asked: Asked, height_m: float, grid: PolarGrid, around: Air
) -> tuple[Array, Array]:
    """Hazard of being seen (b, r), 1/s, and plots to be expected (b, r), 1/s."""
    up = heights_up_m(asked.threat, height_m, grid, around)
    hazard, plots = np.zeros(up.shape), np.zeros(up.shape)
    bearings: list[tuple[Array, Array]] = []
    for sensor in sensors:
        chance = chance_of_look(sensor, asked.threat, grid, up, around)
        if not chance.any():
            continue
        period_s = max(sensor.coverage.scan_period_s, 0.05)
        per_s = -np.log1p(-chance) / period_s, chance / period_s
        if measures_range(sensor):
            hazard += per_s[0]
            plots += per_s[1]
        else:
            bearings.append(per_s)
    if len(bearings) > 1:  # the second best says when two agree
        hazard += np.sort([one[0] for one in bearings], axis=0)[-2]
        plots += np.sort([one[1] for one in bearings], axis=0)[-2]
    return hazard, plots


def heights_up_m(threat: Threat, height_m: float, grid: PolarGrid, around: Air) -> Array:
    """Where (b, r) in the site frame it flies, m up: above the ground under it, or above where it falls."""
    if not threat.falls:
        return around.ground_up_m(grid) + height_m
    east = grid.around.centre_enu[0] + np.sin(grid.bearing_rad) * grid.edge_m
    north = grid.around.centre_enu[1] + np.cos(grid.bearing_rad) * grid.edge_m
    return around.ground.ground_up_m(east, north)[:, None] + threat.height_m(grid.to_go_m, height_m)


def _inward(step: Array, wanted: Array, ring_m: float) -> Array:
    """Where (h, b), m, the sum of steps (h, b, r) from outside in comes to what is wanted; NaN never."""
    so_far = np.cumsum(step[..., ::-1], axis=-1)  # at the inner border of each ring, from outside
    reached = so_far >= wanted[..., None] - 1e-12
    place = reached.argmax(axis=-1)
    found = np.take_along_axis(reached, place[..., None], -1)[..., 0]
    here = np.take_along_axis(step[..., ::-1], place[..., None], -1)[..., 0]
    over = np.take_along_axis(so_far, place[..., None], -1)[..., 0] - wanted
    rings = step.shape[-1]
    inner = (rings - 1 - place) * ring_m
    at = inner + ring_m * np.clip(over / np.maximum(here, 1e-12), 0.0, 1.0)
    return np.asarray(np.where(found & np.isfinite(wanted), at, np.nan))


def _at(step: Array, distance: Array, ring_m: float) -> Array:
    """The sum (h, b) of steps (h, b, r) from outside in, up to a distance (h, b); NaN where that is."""
    so_far = np.cumsum(step[..., ::-1], axis=-1)[..., ::-1]  # of all rings from this one outward
    rings = step.shape[-1]
    ring = np.clip(np.nan_to_num(distance) / ring_m, 0, rings - 1e-9)
    low = ring.astype(np.int64)
    here = np.take_along_axis(step, low[..., None], -1)[..., 0]
    whole = np.take_along_axis(so_far, low[..., None], -1)[..., 0]
    return np.asarray(np.where(np.isfinite(distance), whole - here * (ring - low), np.nan))
