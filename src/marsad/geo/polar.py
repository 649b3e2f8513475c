"""Polar coordinates: range, azimuth clockwise from north, elevation above the horizontal."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def wrapped(angle_rad: ArrayLike) -> Array:
    """Angles brought into [-π, π)."""
    return (np.asarray(angle_rad, float) + np.pi) % (2 * np.pi) - np.pi


def polar_from_enu(relative_enu: ArrayLike) -> Array:
    """(…, 3) [range_m, azimuth_rad in [0, 2π), elevation_rad] of positions relative to the eye.

    At zero range azimuth and elevation are 0.
    """
    east, north, up = np.moveaxis(np.asarray(relative_enu, float), -1, 0)
    ground = np.hypot(east, north)
    return np.stack(
        [np.hypot(ground, up), np.arctan2(east, north) % (2 * np.pi), np.arctan2(up, ground)], axis=-1
    )


def enu_from_polar(polar: ArrayLike) -> Array:
    """Relative positions (…, 3), m, of [range_m, azimuth_rad, elevation_rad]."""
    distance, azimuth, elevation = np.moveaxis(np.asarray(polar, float), -1, 0)
    ground = distance * np.cos(elevation)
    return np.stack(
        [ground * np.sin(azimuth), ground * np.cos(azimuth), distance * np.sin(elevation)], axis=-1
    )
