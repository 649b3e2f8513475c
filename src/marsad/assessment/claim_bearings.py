"""Claimed places against the bearings of direction finders and cameras."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_NEAR_M = 200.0  # so near to the sensor a place says little of a bearing


@dataclass(frozen=True)
class BearingLines:
    """Bearings to objects: origin (b,2) of the sensor, azimuth_rad (b,) from true north, sigma_rad (b,)."""

    origin: Array
    azimuth_rad: Array
    sigma_rad: Array


def offsets(
    place: Array, sigma_m: Array, lines: BearingLines, line: NDArray[np.int64], sigmas: float = 4.0
) -> tuple[Array, Array]:
    """How far claimed places are off a bearing, and how far they may be, both in rad (k,).

    place (k,2), sigma_m (k,)   claimed places
    line (k,)                   the bearing of the same object, -1 none: NaN then
    The error of the place counts as seen from the sensor; within 200 m of it nothing is compared.
    """
    if not len(lines.azimuth_rad):
        return np.full(len(place), np.nan), np.full(len(place), np.nan)
    chosen = np.maximum(line, 0)
    away = place - lines.origin[chosen]
    distance = np.hypot(away[:, 0], away[:, 1])
    turn = np.arctan2(away[:, 0], away[:, 1]) - lines.azimuth_rad[chosen]
    offset = np.abs((turn + np.pi) % (2 * np.pi) - np.pi)
    spread = np.hypot(lines.sigma_rad[chosen], sigma_m / np.maximum(distance, _NEAR_M))
    known = (line >= 0) & (distance >= _NEAR_M)
    return np.where(known, offset, np.nan), np.where(known, sigmas * spread, np.nan)
