"""UTM: the transverse Mercator projection of WGS-84 by Krüger's series, and its convergence.

Source: Karney, "Transverse Mercator with an accuracy of a few nanometers", Journal of Geodesy 85
(2011), eqs. 7-36: Krüger's series to the sixth order in the third flattening n, better than
5 nm within 35° of the central meridian. Zones and bands: NGA.SIG.0012, 2014.
"""

import re
from dataclasses import dataclass
from math import asinh, atan, atan2, atanh, cos, cosh, degrees, hypot, radians, sin, sinh, sqrt, tan

from marsad.errors import ReceivedError
from marsad.feeds.reasons import RefusalReason
from marsad.geo.wgs84 import ECCENTRICITY_SQUARED, FLATTENING, SEMI_MAJOR_AXIS_M

SCALE = 0.9996
FALSE_EASTING_M = 500_000.0
FALSE_NORTHING_SOUTH_M = 10_000_000.0

_N = FLATTENING / (2 - FLATTENING)
_ECCENTRICITY = sqrt(ECCENTRICITY_SQUARED)
_RADIUS_M = SEMI_MAJOR_AXIS_M / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64 + _N**6 / 256)
# Karney (2011), eq. 35: geodetic to projected
_ALPHA = (
    _N / 2 - 2 / 3 * _N**2 + 5 / 16 * _N**3 + 41 / 180 * _N**4 - 127 / 288 * _N**5 + 7891 / 37800 * _N**6,
    13 / 48 * _N**2 - 3 / 5 * _N**3 + 557 / 1440 * _N**4 + 281 / 630 * _N**5 - 1983433 / 1935360 * _N**6,
    61 / 240 * _N**3 - 103 / 140 * _N**4 + 15061 / 26880 * _N**5 + 167603 / 181440 * _N**6,
    49561 / 161280 * _N**4 - 179 / 168 * _N**5 + 6601661 / 7257600 * _N**6,
    34729 / 80640 * _N**5 - 3418889 / 1995840 * _N**6,
    212378941 / 319334400 * _N**6,
)
# Karney (2011), eq. 36: projected to geodetic
_BETA = (
    _N / 2 - 2 / 3 * _N**2 + 37 / 96 * _N**3 - 1 / 360 * _N**4 - 81 / 512 * _N**5 + 96199 / 604800 * _N**6,
    1 / 48 * _N**2 + 1 / 15 * _N**3 - 437 / 1440 * _N**4 + 46 / 105 * _N**5 - 1118711 / 3870720 * _N**6,
    17 / 480 * _N**3 - 37 / 840 * _N**4 - 209 / 4480 * _N**5 + 5569 / 90720 * _N**6,
    4397 / 161280 * _N**4 - 11 / 504 * _N**5 - 830251 / 7257600 * _N**6,
    4583 / 161280 * _N**5 - 108847 / 3991680 * _N**6,
    20648693 / 638668800 * _N**6,
)
_ZONE = re.compile(r"\s*(\d{1,2})\s*([C-HJ-NP-Xc-hj-np-x])\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Zone:
    """A UTM zone, 1 to 60, in one hemisphere."""

    number: int
    north: bool

    @property
    def meridian_rad(self) -> float:
        """Longitude of the central meridian."""
        return radians(6 * self.number - 183)


def parsed_zone(text: str) -> Zone:
    """The zone of a designator such as ``38S``: a number and a *latitude band*.

    Band letters N to X lie north of the equator: ``38S`` is Iraq, not the southern hemisphere.
    Raises ReceivedError.
    """
    match = _ZONE.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= 60:
        raise ReceivedError(
            RefusalReason.UTM_ZONE,
            f"UTM zone {text[:20]!r}: a number 1 to 60 and a latitude band C to X are required",
        )
    return Zone(int(match[1]), match[2].upper() >= "N")


def natural_zone(latitude_rad: float, longitude_rad: float) -> Zone:
    """The zone of a place by its longitude, without the exceptions of Norway and Svalbard."""
    return Zone(int((degrees(longitude_rad) + 180) // 6) % 60 + 1, latitude_rad >= 0)


def utm_from_geodetic(latitude_rad: float, longitude_rad: float, zone: Zone) -> tuple[float, float]:
    """Easting and northing, m, in a zone."""
    tau = tan(latitude_rad)
    sigma = sinh(_ECCENTRICITY * atanh(_ECCENTRICITY * tau / hypot(1, tau)))
    conformal = tau * hypot(1, sigma) - sigma * hypot(1, tau)
    offset = longitude_rad - zone.meridian_rad
    xi = xi_base = atan2(conformal, cos(offset))
    eta = eta_base = asinh(sin(offset) / hypot(conformal, cos(offset)))
    for order, alpha in enumerate(_ALPHA, 1):
        xi += alpha * sin(2 * order * xi_base) * cosh(2 * order * eta_base)
        eta += alpha * cos(2 * order * xi_base) * sinh(2 * order * eta_base)
    northing = SCALE * _RADIUS_M * xi
    return (
        FALSE_EASTING_M + SCALE * _RADIUS_M * eta,
        northing if zone.north else northing + FALSE_NORTHING_SOUTH_M,
    )


def geodetic_from_utm(easting_m: float, northing_m: float, zone: Zone) -> tuple[float, float]:
    """Latitude and longitude, rad. Raises ReceivedError for a point no UTM zone holds."""
    if not (0 <= easting_m <= 1e6 and 0 <= northing_m <= 1e7):
        raise ReceivedError(
            RefusalReason.POSITION_IMPLAUSIBLE,
            f"UTM easting {easting_m:.1f} m, northing {northing_m:.1f} m: 0 to 1000000 and 0 to 10000000 "
            "are possible; are these degrees, or are the axes swapped (setting axis_order)?",
        )
    north = northing_m if zone.north else northing_m - FALSE_NORTHING_SOUTH_M
    xi_base = north / (SCALE * _RADIUS_M)
    eta_base = (easting_m - FALSE_EASTING_M) / (SCALE * _RADIUS_M)
    xi, eta = xi_base, eta_base
    for order, beta in enumerate(_BETA, 1):
        xi -= beta * sin(2 * order * xi_base) * cosh(2 * order * eta_base)
        eta -= beta * cos(2 * order * xi_base) * sinh(2 * order * eta_base)
    conformal = sin(xi) / hypot(sinh(eta), cos(xi))
    return atan(_tangent(conformal)), zone.meridian_rad + atan2(sinh(eta), cos(xi))


def _tangent(conformal: float) -> float:
    """The latitude's tangent from the conformal latitude's (Karney 2011, eqs. 19-21)."""
    tau = conformal
    for _ in range(4):
        sigma = sinh(_ECCENTRICITY * atanh(_ECCENTRICITY * tau / hypot(1, tau)))
        back = tau * hypot(1, sigma) - sigma * hypot(1, tau)
        slope = 1 + (1 - ECCENTRICITY_SQUARED) * tau**2
        tau += (conformal - back) / hypot(1, back) * slope / ((1 - ECCENTRICITY_SQUARED) * hypot(1, tau))
    return tau


def convergence_rad(latitude_rad: float, longitude_rad: float, zone: Zone) -> float:
    """Azimuth of grid north, clockwise from true north: true azimuth = grid azimuth + this.

    Spherical to first order, tan γ = tan Δλ · sin φ: within a zone it differs from the
    ellipsoid's by less than 0.01°, far below any sensor's azimuth error.
    """
    return atan(tan(longitude_rad - zone.meridian_rad) * sin(latitude_rad))
