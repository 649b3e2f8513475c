"""Single positions in plain floats: geodetic to site ENU, for decoders that see one at a time.

The array form is ``marsad.geo``; a NumPy call on one point costs more than the whole decoding
of a report. Tests hold the two equal.
"""

from dataclasses import dataclass
from math import cos, radians, sin, sqrt

from marsad.geo.local import LocalFrame
from marsad.geo.wgs84 import ECCENTRICITY_SQUARED, SEMI_MAJOR_AXIS_M

Three = tuple[float, float, float]
Nine = tuple[float, float, float, float, float, float, float, float, float]


def _ecef(latitude_rad: float, longitude_rad: float, height_m: float) -> Three:
    """Earth-centred earth-fixed position, m. Source: NIMA TR8350.2, eq. 4-14."""
    sine = sin(latitude_rad)
    normal = SEMI_MAJOR_AXIS_M / sqrt(1.0 - ECCENTRICITY_SQUARED * sine * sine)
    horizontal = (normal + height_m) * cos(latitude_rad)
    return (
        horizontal * cos(longitude_rad),
        horizontal * sin(longitude_rad),
        (normal * (1.0 - ECCENTRICITY_SQUARED) + height_m) * sine,
    )


def _axes(latitude_rad: float, longitude_rad: float) -> Nine:
    """Rows east, north, up of a place, in ECEF."""
    sin_lat, cos_lat = sin(latitude_rad), cos(latitude_rad)
    sin_lon, cos_lon = sin(longitude_rad), cos(longitude_rad)
    return (
        -sin_lon,
        cos_lon,
        0.0,
        -sin_lat * cos_lon,
        -sin_lat * sin_lon,
        cos_lat,
        cos_lat * cos_lon,
        cos_lat * sin_lon,
        sin_lat,
    )


def metres_per_radian(latitude_rad: float) -> tuple[float, float]:
    """Length on the ellipsoid of a radian of longitude and of a radian of latitude."""
    squared = 1.0 - ECCENTRICITY_SQUARED * sin(latitude_rad) ** 2
    normal = SEMI_MAJOR_AXIS_M / sqrt(squared)
    # a ten-thousandth of a degree from the pole a longitude still means something
    parallel = normal * max(cos(latitude_rad), 1e-6)
    return parallel, normal * (1.0 - ECCENTRICITY_SQUARED) / squared


@dataclass(frozen=True, slots=True)
class SiteFrame:
    """The site's ENU frame for one point at a time."""

    origin_ecef: Three
    axes: Nine
    height_m: float

    @staticmethod
    def of(frame: LocalFrame) -> "SiteFrame":
        """The same frame as the array form."""
        latitude, longitude = radians(frame.latitude_deg), radians(frame.longitude_deg)
        return SiteFrame(
            _ecef(latitude, longitude, frame.height_m), _axes(latitude, longitude), frame.height_m
        )

    def enu(self, latitude_rad: float, longitude_rad: float, height_m: float) -> Three:
        """Position in the site frame, m, of a geodetic point."""
        x, y, z = _ecef(latitude_rad, longitude_rad, height_m)
        x0, y0, z0 = self.origin_ecef
        return self._turned(x - x0, y - y0, z - z0)

    def velocity_enu(self, latitude_rad: float, longitude_rad: float, local_enu: Three) -> Three:
        """A velocity given along east, north, up *at a place*, along the site's axes."""
        east, north, up = local_enu
        a = _axes(latitude_rad, longitude_rad)
        return self._turned(
            a[0] * east + a[3] * north + a[6] * up,
            a[1] * east + a[4] * north + a[7] * up,
            a[2] * east + a[5] * north + a[8] * up,
        )

    def _turned(self, x: float, y: float, z: float) -> Three:
        a = self.axes
        return (
            a[0] * x + a[1] * y + a[2] * z,
            a[3] * x + a[4] * y + a[5] * z,
            a[6] * x + a[7] * y + a[8] * z,
        )
