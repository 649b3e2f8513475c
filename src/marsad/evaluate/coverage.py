"""What a sensor covers, by what it says of itself: range, sector, elevation, and the horizon around it."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from marsad.coverage.sight import in_sight, is_awake, sees_silent
from marsad.geo.polar import polar_from_enu
from marsad.model.sensor import Sensor

Array = NDArray[np.float64]


def covered(position_enu: Array, sensors: Iterable[Sensor]) -> NDArray[np.bool_]:
    """Which places (j, 3) lie in the sight of a sensor that lives and needs no help of the object.

    What hears only transmissions, and what objects say of themselves, is left out: a silent object is
    in nobody's coverage there.
    """
    found = np.zeros(len(position_enu), bool)
    for sensor in sensors:
        if sensor.position_enu is None or not (sees_silent(sensor) and is_awake(sensor)):
            continue
        found |= in_sight(polar_from_enu(position_enu - np.array(sensor.position_enu)), sensor.coverage)
    return found
