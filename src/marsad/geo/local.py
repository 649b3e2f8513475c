"""The site's east-north-up frame (ENU) and its transforms to geodetic and sensor frames."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from marsad.geo.wgs84 import ecef_from_geodetic, geodetic_from_ecef

Array = NDArray[np.float64]


def rotation_enu_from_ecef(latitude_rad: float, longitude_rad: float) -> Array:
    """The (3, 3) rotation that turns ECEF differences into east, north, up at a place."""
    sin_lat, cos_lat = np.sin(latitude_rad), np.cos(latitude_rad)
    sin_lon, cos_lon = np.sin(longitude_rad), np.cos(longitude_rad)
    return np.array(
        [
            [-sin_lon, cos_lon, 0.0],
            [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat],
            [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat],
        ]
    )


@dataclass(frozen=True)
class LocalFrame:
    """A tangent-plane ENU frame with its origin at a geodetic place (degrees, metres)."""

    latitude_deg: float
    longitude_deg: float
    height_m: float = 0.0

    @cached_property
    def _origin_ecef(self) -> Array:
        return ecef_from_geodetic(
            np.radians(self.latitude_deg), np.radians(self.longitude_deg), self.height_m
        )

    @cached_property
    def _rotation_enu_from_ecef(self) -> Array:
        return rotation_enu_from_ecef(
            float(np.radians(self.latitude_deg)), float(np.radians(self.longitude_deg))
        )

    def enu_from_geodetic(
        self, latitude_deg: ArrayLike, longitude_deg: ArrayLike, height_m: ArrayLike
    ) -> Array:
        """Position (…, 3) in this frame, m, of geodetic points."""
        ecef = ecef_from_geodetic(np.radians(latitude_deg), np.radians(longitude_deg), height_m)
        return (ecef - self._origin_ecef) @ self._rotation_enu_from_ecef.T

    def geodetic_from_enu(self, position_enu: ArrayLike) -> tuple[Array, Array, Array]:
        """Latitude, longitude (degrees) and height (m) of points (…, 3) of this frame."""
        ecef = np.asarray(position_enu, float) @ self._rotation_enu_from_ecef + self._origin_ecef
        latitude, longitude, height = geodetic_from_ecef(ecef)
        return np.degrees(latitude), np.degrees(longitude), height

    def rotation_enu_from_local(self, position_enu: ArrayLike) -> Array:
        """Rotation (3, 3) from the east-north-up axes *at a point* to the axes of this frame.

        Ten kilometres away the horizontals differ by 0.09°: what a sensor there calls azimuth
        and elevation is about its own axes.
        """
        latitude, longitude, _ = self.geodetic_from_enu(position_enu)
        there = rotation_enu_from_ecef(float(np.radians(latitude)), float(np.radians(longitude)))
        return self._rotation_enu_from_ecef @ there.T
