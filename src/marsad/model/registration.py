"""Registration: how far each sensor is off, in where it points and in what its clock says."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PARAMETERS = ("range_m", "azimuth_rad", "elevation_rad", "clock_s")


@dataclass(frozen=True, slots=True)
class RegistrationTable:
    """Biases of all sensors that take part in registration, one row per sensor.

    Columns are PARAMETERS; a plot is the truth plus the bias, a time stamp the true time plus the
    clock offset. NaN = not a bias this sensor can have, such as the range of a bearing.

    sensor_ids       S sensors
    estimate (S, 4)  m, rad, rad, s
    sigma    (S, 4)  one-sigma errors of the estimate; without evidence that of the prior
    pairs    (S,)    pairs of plots used
    applied  (S, 4)  plots and time stamps are corrected by the estimate
    large    (S, 4)  surely so large that somebody should look after the sensor
    """

    sensor_ids: tuple[str, ...]
    estimate: NDArray[np.float64]
    sigma: NDArray[np.float64]
    pairs: NDArray[np.int64]
    applied: NDArray[np.bool_]
    large: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.sensor_ids)
