"""Places and ellipses in the form of the wire. Pure functions."""

import math

import numpy as np
from numpy.typing import NDArray

from marsad import wire
from marsad.geo.local import LocalFrame

Array = NDArray[np.float64]


def place_to_wire(position_enu: tuple[float, float, float], frame: LocalFrame) -> wire.Place:
    """A place in both frames; an unknown height is taken as that of the site."""
    east, north, up = (0.0 if math.isnan(value) else float(value) for value in position_enu)
    latitude, longitude, _ = frame.geodetic_from_enu((east, north, up))
    return {
        "latitude_deg": round(float(latitude), 6),
        "longitude_deg": round(float(longitude), 6),
        "east_m": round(east, 1),
        "north_m": round(north, 1),
        "up_m": round(up, 1),
    }


def ellipses(covariance: Array) -> tuple[Array, Array, Array]:
    """Semi-axes (n,), m, and direction of the long one from north, rad, of (n, 2, 2) covariances [E N]."""
    east, north, cross = covariance[:, 0, 0], covariance[:, 1, 1], covariance[:, 0, 1]
    middle = (east + north) / 2
    spread = np.hypot((east - north) / 2, cross)
    major = np.sqrt(np.maximum(middle + spread, 0))
    minor = np.sqrt(np.maximum(middle - spread, 0))
    # angle from east, anticlockwise, is half the angle of the deviator; azimuth is its complement
    return major, minor, np.pi / 2 - np.arctan2(2 * cross, east - north) / 2
