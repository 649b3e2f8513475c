"""The WGS-84 ellipsoid: geodetic coordinates to and from earth-centred earth-fixed ones."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

SEMI_MAJOR_AXIS_M = 6378137.0  # NIMA TR8350.2 (2000), table 3.1
FLATTENING = 1 / 298.257223563  # same
SEMI_MINOR_AXIS_M = SEMI_MAJOR_AXIS_M * (1 - FLATTENING)
ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING)

Array = NDArray[np.float64]


def ecef_from_geodetic(latitude_rad: ArrayLike, longitude_rad: ArrayLike, height_m: ArrayLike) -> Array:
    """Earth-centred earth-fixed position (…, 3), m, of points given by geodetic coordinates.

    height_m is above the ellipsoid. NaN in gives NaN out.
    Source: NIMA TR8350.2, eq. 4-14.
    """
    latitude = np.asarray(latitude_rad, float)
    longitude = np.asarray(longitude_rad, float)
    height = np.asarray(height_m, float)
    normal = SEMI_MAJOR_AXIS_M / np.sqrt(1 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2)
    horizontal = (normal + height) * np.cos(latitude)
    return np.stack(
        np.broadcast_arrays(
            horizontal * np.cos(longitude),
            horizontal * np.sin(longitude),
            (normal * (1 - ECCENTRICITY_SQUARED) + height) * np.sin(latitude),
        ),
        axis=-1,
    )


def geodetic_from_ecef(position_ecef: ArrayLike) -> tuple[Array, Array, Array]:
    """Latitude and longitude (rad) and ellipsoidal height (m) of points (…, 3).

    Bowring's formula with two refinements: better than 1e-9 m to 100 km height, away from the
    centre of the earth. Source: Bowring, "Transformation from spatial to geographical
    coordinates", Survey Review 23 (1976).
    """
    x, y, z = np.moveaxis(np.asarray(position_ecef, float), -1, 0)
    distance_from_axis = np.hypot(x, y)
    second = ECCENTRICITY_SQUARED / (1 - ECCENTRICITY_SQUARED)
    reduced = np.arctan2(z * SEMI_MAJOR_AXIS_M, distance_from_axis * SEMI_MINOR_AXIS_M)
    for _ in range(3):
        latitude = np.arctan2(
            z + second * SEMI_MINOR_AXIS_M * np.sin(reduced) ** 3,
            distance_from_axis - ECCENTRICITY_SQUARED * SEMI_MAJOR_AXIS_M * np.cos(reduced) ** 3,
        )
        reduced = np.arctan2((1 - FLATTENING) * np.sin(latitude), np.cos(latitude))
    normal = SEMI_MAJOR_AXIS_M / np.sqrt(1 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2)
    # one form is ill-conditioned at the poles, the other at the equator
    height = np.where(
        np.abs(latitude) < np.pi / 4,
        distance_from_axis / np.cos(latitude) - normal,
        z / np.where(np.sin(latitude) == 0, 1, np.sin(latitude)) - normal * (1 - ECCENTRICITY_SQUARED),
    )
    return latitude, np.arctan2(y, x), height
