"""What one sensor sees of the air: by what it says of itself, by the settings, and by the ground between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, log, tau

import numpy as np
from numpy.typing import NDArray

from marsad.coverage.grid import PolarGrid
from marsad.coverage.threat import Threat
from marsad.geo.sight import EARTH_RADIUS_M, STANDARD_K, least_visible_around_up_m
from marsad.model.ballistic import Ground
from marsad.model.intruder import ThreatKind
from marsad.model.sensor import Coverage, Sensor, SensorHealth, SensorKind

Array = NDArray[np.float64]
DEAF = frozenset({SensorHealth.LOST, SensorHealth.GONE, SensorHealth.REFUSED})
REACH_UNSAID_M = 20_000.0  # of what says no range: farther than that nobody would count on it
_FALSE_ALARM = 1e-6  # of a cell, the usual design value
_SNR_HALF = log(_FALSE_ALARM) / log(0.5) - 1
_CHANCE_MAX = 0.999  # certain detection is what no sensor has
_CHANCE_MIN = 0.02
_SWEEP_AZIMUTHS = 720
_SWEEP_STEP_M = 30.0
_SWEEP_STEPS_MAX = 1_000
_KEPT_MAX = 64
_GRIDS_MAX = 8


@dataclass(frozen=True)
class Air:
    """What the air around a site is judged by.

    ground    its height
    k         of refraction
    half_m    by sensor_id and kind of threat: the range at which a sensor sees it in half of its looks
    """

    ground: Ground
    k: float = STANDARD_K
    half_m: Mapping[str, Mapping[ThreatKind, float]] = field(default_factory=dict)
    _least: dict[tuple[tuple[float, float, float], float], "_Skyline"] = field(
        default_factory=dict, repr=False, compare=False
    )
    _up: dict[PolarGrid, Array] = field(default_factory=dict, repr=False, compare=False)

    def ground_up_m(self, grid: PolarGrid) -> Array:
        """The ground (b, r) under a grid, m up in the site frame; worked out once for the newest grids."""
        if grid not in self._up:
            if len(self._up) >= _GRIDS_MAX:
                self._up.pop(next(iter(self._up)))
            up = self.ground.ground_up_m(grid.east_m.ravel(), grid.north_m.ravel())
            self._up[grid] = np.asarray(up).reshape(grid.east_m.shape)
        return self._up[grid]

    def half_range_m(self, sensor_id: str, kind: ThreatKind) -> float | None:
        """The stated range for a kind; of one that hovers that of a multirotor, unless it has its own."""
        stated = self.half_m.get(sensor_id, {})
        found = stated.get(kind)
        if found is None and kind is ThreatKind.HOVERING:
            found = stated.get(ThreatKind.MULTIROTOR)
        return found

    def least_visible_up_m(self, sensor_enu: tuple[float, float, float], east: Array, north: Array) -> Array:
        """The lowest height (…,) in the site frame that is seen from a place, over places (…,).

        Swept once for each place of a sensor and read off after that.
        """
        reach = float(np.hypot(east - sensor_enu[0], north - sensor_enu[1]).max())
        reach = 2_000.0 * np.ceil(reach / 2_000.0)
        key = sensor_enu, float(reach)
        if key not in self._least:
            if len(self._least) >= _KEPT_MAX:
                self._least.pop(next(iter(self._least)))
            self._least[key] = _Skyline.swept(self.ground, sensor_enu, float(reach), self.k)
        return self._least[key].up_m(east, north)


@dataclass(frozen=True)
class _Skyline:
    """The lowest visible heights around one place, swept; azimuths all round, ranges from step to reach."""

    eye: tuple[float, float, float]
    step_m: float
    least_up_m: Array

    @staticmethod
    def swept(ground: Ground, eye: tuple[float, float, float], reach_m: float, k: float) -> "_Skyline":
        """The skyline around an eye (east, north, up, m) out to reach_m, over an earth of k radii."""
        steps = int(min(np.ceil(reach_m / _SWEEP_STEP_M), _SWEEP_STEPS_MAX))
        step_m = reach_m / steps
        azimuth = np.arange(_SWEEP_AZIMUTHS) * (tau / _SWEEP_AZIMUTHS)
        ranges = step_m * np.arange(1, steps + 1)
        return _Skyline(eye, step_m, least_visible_around_up_m(ground, eye, azimuth, ranges, k))

    def up_m(self, east: Array, north: Array) -> Array:
        """Between two ranges of the nearest azimuth."""
        rows, columns = self.least_up_m.shape
        away = np.hypot(east - self.eye[0], north - self.eye[1])
        azimuth = np.arctan2(east - self.eye[0], north - self.eye[1]) % tau
        row = np.rint(azimuth * (rows / tau)).astype(np.int64) % rows
        column = np.clip(away / self.step_m - 1, 0, columns - 1)
        low = np.minimum(column.astype(np.int64), columns - 2)
        part = column - low
        return np.asarray((1 - part) * self.least_up_m[row, low] + part * self.least_up_m[row, low + 1])


def sees_silent(sensor: Sensor) -> bool:
    """Whether it sees what does not transmit, and where it stands is known."""
    hears_only = sensor.kind.is_cooperative or sensor.kind is SensorKind.RADIO_FREQUENCY
    return sensor.position_enu is not None and not hears_only


def is_awake(sensor: Sensor) -> bool:
    """Whether it can be counted on now."""
    return sensor.health not in DEAF


def measures_range(sensor: Sensor) -> bool:
    """Whether one report of it is a place; of others two must agree."""
    return isfinite(sensor.sigmas[0])


def reach_m(sensor: Sensor, kind: ThreatKind, around: Air) -> float:
    """Beyond that range it will not see a kind of threat."""
    half = around.half_range_m(sensor.sensor_id, kind)
    if half is None:
        return min(sensor.coverage.range_max_m, REACH_UNSAID_M)
    # where the chance of a look is CHANCE_MIN by Swerling's first model and the fourth power
    snr = log(_FALSE_ALARM) / log(_CHANCE_MIN) - 1
    return float(min(sensor.coverage.range_max_m, half * (_SNR_HALF / snr) ** 0.25))


def in_sight(polar: Array, coverage: Coverage) -> NDArray[np.bool_]:
    """Which of [range_m, azimuth_rad, elevation_rad] (…, 3) a coverage holds."""
    distance, azimuth, elevation = np.moveaxis(polar, -1, 0)
    inside = (distance >= coverage.range_min_m) & (distance <= coverage.range_max_m)
    if coverage.azimuth_width_rad < tau:
        inside &= (azimuth - coverage.azimuth_from_rad) % tau <= coverage.azimuth_width_rad
    inside &= (elevation >= coverage.elevation_min_rad) & (elevation <= coverage.elevation_max_rad)
    if coverage.horizon:
        at, least = np.array(coverage.horizon).T
        inside &= elevation >= np.interp(azimuth, at, least, period=tau)
    return np.asarray(inside)


def chance_of_look(sensor: Sensor, threat: Threat, grid: PolarGrid, up_m: Array, around: Air) -> Array:
    """Chance (b, r) that one look of a sensor sees an intruder at each place of a grid; 0 where it cannot.

    up_m (b, r): heights of the intruder in the site frame; NaN where it is not. It flies toward the middle.
    By Swerling's first model and the fourth power of range where the settings state a range for its kind:
    P = Pfa^(1 / (1 + SNR)) with Pfa = 1e-6; else straight between the two chances that the sensor's coverage
    has. Source: Skolnik, Introduction to Radar Systems, 3rd ed., §2.4, §2.8.
    """
    if sensor.position_enu is None or not sees_silent(sensor):
        return np.zeros(up_m.shape)
    east, north = grid.east_m - sensor.position_enu[0], grid.north_m - sensor.position_enu[1]
    above = up_m - sensor.position_enu[2]
    # the sensor's level is its own: it leans against the site's by its distance from there
    lean = (sensor.position_enu[0] * east + sensor.position_enu[1] * north) / EARTH_RADIUS_M
    ground = np.hypot(east, north)
    distance = np.hypot(ground, above)
    elevation = np.arctan2(above + lean, ground)
    polar = np.stack([distance, np.arctan2(east, north) % tau, elevation], axis=-1)
    seen = in_sight(polar, sensor.coverage) & np.isfinite(up_m)
    seen &= distance <= reach_m(sensor, threat.kind, around)
    seen &= _moves_enough(sensor, threat, grid, (east, north, above), distance)
    if not seen.any():
        return np.zeros(up_m.shape)
    seen &= up_m >= around.least_visible_up_m(sensor.position_enu, grid.east_m, grid.north_m)
    half = around.half_range_m(sensor.sensor_id, threat.kind)
    return np.asarray(np.where(seen, _chance(distance, sensor.coverage, half), 0.0))


def _chance(distance: Array, coverage: Coverage, half_m: float | None) -> Array:
    if half_m is not None:
        snr = _SNR_HALF * (half_m / np.maximum(distance, 1.0)) ** 4
        return np.asarray(np.minimum(_FALSE_ALARM ** (1 / (1 + snr)), _CHANCE_MAX))
    near, far = coverage.detection_probability
    part = distance / coverage.range_max_m if isfinite(coverage.range_max_m) else np.zeros(distance.shape)
    return np.asarray(np.minimum(near + (far - near) * part, _CHANCE_MAX))


def _moves_enough(
    sensor: Sensor, threat: Threat, grid: PolarGrid, line: tuple[Array, Array, Array], distance: Array
) -> NDArray[np.bool_]:
    """Where (b, r) it moves along the line of sight faster than what a Doppler radar takes for clutter."""
    least = sensor.coverage.range_rate_min_mps
    if least <= 0:
        return np.ones(distance.shape, np.bool_)
    east, north, above = line
    inward = -threat.speed_mps * (
        np.sin(grid.bearing_rad)[:, None] * east + np.cos(grid.bearing_rad)[:, None] * north
    )
    rate = (inward + threat.climb_mps(grid.to_go_m) * above) / np.maximum(distance, 1.0)
    return np.asarray(np.abs(rate) >= least)
