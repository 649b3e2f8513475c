"""What a sensor covers, by what it says of itself: range, sector, elevation, and the horizon around it."""

from collections.abc import Iterable
from math import tau

import numpy as np
from numpy.typing import NDArray

from marsad.geo.polar import polar_from_enu
from marsad.model.sensor import Coverage, Sensor, SensorHealth, SensorKind

Array = NDArray[np.float64]
_DEAF = frozenset({SensorHealth.LOST, SensorHealth.GONE, SensorHealth.REFUSED})


def covered(position_enu: Array, sensors: Iterable[Sensor]) -> NDArray[np.bool_]:
    """Which places (j, 3) lie in the sight of a sensor that lives and needs no help of the object.

    What hears only transmissions, and what objects say of themselves, is left out: a silent object is
    in nobody's coverage there.
    """
    found = np.zeros(len(position_enu), bool)
    for sensor in sensors:
        silent = sensor.kind.is_cooperative or sensor.kind is SensorKind.RADIO_FREQUENCY
        if sensor.position_enu is None or silent or sensor.health in _DEAF:
            continue
        found |= in_sight(polar_from_enu(position_enu - np.array(sensor.position_enu)), sensor.coverage)
    return found


def in_sight(polar: Array, coverage: Coverage) -> NDArray[np.bool_]:
    """Which of [range_m, azimuth_rad, elevation_rad] (j, 3) a coverage holds."""
    distance, azimuth, elevation = polar.T
    inside = (distance >= coverage.range_min_m) & (distance <= coverage.range_max_m)
    if coverage.azimuth_width_rad < tau:
        inside &= (azimuth - coverage.azimuth_from_rad) % tau <= coverage.azimuth_width_rad
    inside &= (elevation >= coverage.elevation_min_rad) & (elevation <= coverage.elevation_max_rad)
    if coverage.horizon:
        at, least = np.array(coverage.horizon).T
        inside &= elevation >= np.interp(azimuth, at, least, period=tau)
    return np.asarray(inside)
