"""The Registration as the key to the bare numbers a node sends afterwards.

A message names its coordinate system and datum; the UTM zone, the units of velocities and of
extra values stand only in the Registration (BSI Flex 335 v2.0, 6.3.1). What the site knows
better (settings) goes before what the node says.
"""

from dataclasses import dataclass, replace
from math import degrees, nan, pi, radians, tau

from marsad.errors import ReceivedError
from marsad.feeds.position import SiteFrame, Three, metres_per_radian
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient.utm import convergence_rad, geodetic_from_utm, natural_zone, parsed_zone
from marsad.feeds.sapient.wire import (
    Location,
    LocationCoordinateSystem,
    LocationDatum,
    RangeBearingCoordinateSystem,
    RangeBearingDatum,
    Registration,
    SpeedUnits,
)
from marsad.feeds.settings import NodeSettings, SapientSettings

KILOMETRES_PER_HOUR = 1 / 3.6
EXTRA_VALUES_MAX = 64
ZONE_MAX = 8
_UNDECLARED: float | None = 1.0  # SI unless said otherwise

TIME_UNITS_S: dict[int, float] = {
    Registration.TIME_UNITS_NANOSECONDS: 1e-9,
    Registration.TIME_UNITS_MICROSECONDS: 1e-6,
    Registration.TIME_UNITS_MILLISECONDS: 1e-3,
    Registration.TIME_UNITS_SECONDS: 1.0,
    Registration.TIME_UNITS_MINUTES: 60.0,
    Registration.TIME_UNITS_HOURS: 3600.0,
    Registration.TIME_UNITS_DAYS: 86400.0,
}
_DEGREE = pi / 180
# coordinate system -> (radians per unit of angle, metres per unit of range)
POLAR_UNITS: dict[int, tuple[float, float]] = {
    RangeBearingCoordinateSystem.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M: (_DEGREE, 1.0),
    RangeBearingCoordinateSystem.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_M: (1.0, 1.0),
    RangeBearingCoordinateSystem.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_KM: (_DEGREE, 1000.0),
    RangeBearingCoordinateSystem.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM: (1.0, 1000.0),
}
_SPEEDS: dict[int, float] = {
    SpeedUnits.SPEED_UNITS_UNSPECIFIED: 1.0,
    SpeedUnits.SPEED_UNITS_MS: 1.0,
    SpeedUnits.SPEED_UNITS_KPH: KILOMETRES_PER_HOUR,
}
_NAMED_SPEEDS = {
    "m/s": 1.0,
    "ms": 1.0,
    "mps": 1.0,
    "metres per second": 1.0,
    "meters per second": 1.0,
    "km/h": KILOMETRES_PER_HOUR,
    "kph": KILOMETRES_PER_HOUR,
    "kmh": KILOMETRES_PER_HOUR,
    "kt": 1852 / 3600,
    "kn": 1852 / 3600,
    "knots": 1852 / 3600,
    "ft/s": 0.3048,
}
RANGE_RATE_NAMES = frozenset(
    {"range_rate", "range rate", "rangerate", "radial_velocity", "radial velocity", "radial speed"}
)
_DATUMS: dict[str, int] = {
    "true": RangeBearingDatum.RANGE_BEARING_DATUM_TRUE,
    "grid": RangeBearingDatum.RANGE_BEARING_DATUM_GRID,
    "magnetic": RangeBearingDatum.RANGE_BEARING_DATUM_MAGNETIC,
    "platform": RangeBearingDatum.RANGE_BEARING_DATUM_PLATFORM,
}
_RADIANS = LocationCoordinateSystem.LOCATION_COORDINATE_SYSTEM_LAT_LNG_RAD_M
_UTM = LocationCoordinateSystem.LOCATION_COORDINATE_SYSTEM_UTM_M
ANGLES: dict[int, str] = {
    LocationCoordinateSystem.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M: "degrees",
    LocationCoordinateSystem.LOCATION_COORDINATE_SYSTEM_LAT_LNG_RAD_M: "radians",
}
ERROR_MAX_M = 10_000.0  # a place that is more uncertain tells nothing
METRES_MIN = 0.5  # smaller errors, as metres, would claim more than any sensor of objects in the air can
_GEOID = LocationDatum.LOCATION_DATUM_WGS84_G


@dataclass(frozen=True, slots=True)
class Units:
    """What the numbers of one node mean.

    node_zone, detection_zone   UTM zone of its own location and of what it reports, "" = not said
    horizontal_mps, vertical_mps   factors that turn its velocities into m/s
    range_rate_mps   factor for the extra value "range_rate"; None: declared in a unknown unit
    """

    node_zone: str = ""
    detection_zone: str = ""
    horizontal_mps: float = 1.0
    vertical_mps: float = 1.0
    range_rate_mps: float | None = 1.0


def units_of(record: Registration) -> Units:
    """Read a validated Registration's declarations; the first of each kind counts."""
    node_zone = record.status_definition.location_definition.zone[:ZONE_MAX]
    detection_zone, horizontal, vertical, range_rate = "", 1.0, 1.0, _UNDECLARED
    definitions = [d for mode in record.mode_definition for d in mode.detection_definition]
    for definition in reversed(definitions):
        detection_zone = definition.location_type.zone[:ZONE_MAX] or detection_zone
        if definition.HasField("velocity_type"):
            speeds = definition.velocity_type.enu_velocity_units
            horizontal = _SPEEDS.get(speeds.east_north_rate_units, 1.0)
            vertical = _SPEEDS.get(speeds.up_rate_units, 1.0) if speeds.up_rate_units else horizontal
        for extra in definition.detection_report[:EXTRA_VALUES_MAX]:
            if extra.type.strip().casefold() in RANGE_RATE_NAMES:
                range_rate = _NAMED_SPEEDS.get(extra.units.strip().casefold())
    return Units(node_zone, detection_zone or node_zone, horizontal, vertical, range_rate)


@dataclass(frozen=True, slots=True)
class Geodetic:
    """A place read from a message.

    height_m   above the ellipsoid, NaN = not known
    sigma_east_m, sigma_north_m, sigma_up_m   NaN where the message gives no error
    """

    latitude_rad: float
    longitude_rad: float
    height_m: float
    sigma_east_m: float
    sigma_north_m: float
    sigma_up_m: float


def geodetic(location: Location, zone: str, node: NodeSettings, settings: SapientSettings) -> Geodetic:
    """Read a location in any of the standard's systems. Raises ReceivedError."""
    x, y = location.x, location.y
    x_error, y_error = _error(location, "x_error"), _error(location, "y_error")
    if node.axis_order == "yx":
        x, y, x_error, y_error = y, x, y_error, x_error
    if location.coordinate_system == _UTM:
        utm = parsed_zone(location.utm_zone or zone)
        latitude, longitude = geodetic_from_utm(x, y, utm)
        # grid axes are turned by the convergence, which no error ellipse notices
        east, north = x_error, y_error
    else:
        unit = 1.0 if location.coordinate_system == _RADIANS else _DEGREE
        latitude, longitude = y * unit, x * unit
        if not (abs(latitude) <= pi / 2 and abs(longitude) <= tau):
            raise ReceivedError(
                RefusalReason.POSITION_IMPLAUSIBLE,
                f"latitude y = {y:g}, longitude x = {x:g}: -90 to 90 and -180 to 180 degrees are possible; "
                "are the axes swapped (setting axis_order) or the units others than declared?",
            )
        per_longitude, per_latitude = metres_per_radian(latitude)
        east, north = x_error * unit * per_longitude, y_error * unit * per_latitude
    height = location.z if location.HasField("z") else nan
    if location.datum == _GEOID:
        height += settings.geoid_undulation_m
    return Geodetic(latitude, longitude, height, east, north, _error(location, "z_error"))


def with_errors_believed(place: Geodetic, location: Location, node: NodeSettings) -> tuple[Geodetic, str]:
    """The place with errors that can be errors, and a note on how they were read, "" for as they say.

    The errors of a place in degrees are degrees, and many send metres: 5 degrees are 550 km. What cannot be
    degrees and can be metres is taken for metres. Raises ReceivedError for what can be neither.
    """
    if not (place.sigma_east_m > ERROR_MAX_M or place.sigma_north_m > ERROR_MAX_M):
        return place, ""
    x_error, y_error = _error(location, "x_error"), _error(location, "y_error")
    if node.axis_order == "yx":
        x_error, y_error = y_error, x_error
    unit = ANGLES.get(location.coordinate_system)
    said = f"x_error = {location.x_error:g}, y_error = {location.y_error:g}"
    given = [one for one in (x_error, y_error) if one == one]
    if unit is None or not METRES_MIN <= min(given) <= max(given) <= ERROR_MAX_M:
        raise ReceivedError(
            RefusalReason.POSITION_IMPLAUSIBLE,
            f"{said} {unit or 'metres'}: an error of more than {ERROR_MAX_M / 1000:g} km tells of no place; "
            "the errors have the unit of the coordinates",
        )
    note = f"{said} {unit} taken for metres: the errors have the unit of the coordinates"
    return replace(place, sigma_east_m=x_error, sigma_north_m=y_error), note


def _error(location: Location, name: str) -> float:
    """A one-sigma error; none, zero and negative ones say nothing."""
    value: float = getattr(location, name)
    return value if value > 0 else nan


def position_enu(place: Geodetic, height_m: float, site: SiteFrame, settings: SapientSettings) -> Three:
    """Position in the site frame of a place at a height. Raises ReceivedError if too far off."""
    east, north, up = site.enu(place.latitude_rad, place.longitude_rad, height_m)
    if not east * east + north * north + up * up <= settings.distance_max_m**2:
        distance_km = (east * east + north * north + up * up) ** 0.5 / 1000
        raise ReceivedError(
            RefusalReason.POSITION_IMPLAUSIBLE,
            f"latitude {degrees(place.latitude_rad):.5f}, longitude {degrees(place.longitude_rad):.5f}, "
            f"height {height_m:.0f} m is {distance_km:.0f} km from the site; at most "
            f"{settings.distance_max_m / 1000:.0f} km is believed: are the axes swapped "
            "(setting axis_order), or is the zone wrong?",
        )
    return east, north, up


def azimuth_correction_rad(
    datum: int, node: NodeSettings, settings: SapientSettings, place: Geodetic, zone: str
) -> float:
    """What to add to a node's azimuths to count them from true north. Raises ReceivedError."""
    offset = radians(node.azimuth_offset_deg)
    if node.azimuth_datum is not None:
        datum = _DATUMS[node.azimuth_datum]
    if datum == RangeBearingDatum.RANGE_BEARING_DATUM_TRUE:
        return offset
    if datum == RangeBearingDatum.RANGE_BEARING_DATUM_MAGNETIC:
        if settings.magnetic_declination_deg is None:
            raise ReceivedError(
                RefusalReason.DATUM_MAGNETIC,
                "azimuths count from magnetic north and the declination is not set; "
                "set magnetic_declination_deg, or azimuth_datum of this node",
            )
        return offset + radians(settings.magnetic_declination_deg)
    if datum == RangeBearingDatum.RANGE_BEARING_DATUM_PLATFORM:
        if node.azimuth_datum != "platform":
            raise ReceivedError(
                RefusalReason.DATUM_PLATFORM,
                "azimuths count from the platform's heading, which no message carries; for a fixed "
                'platform set azimuth_datum = "platform" and azimuth_offset_deg of this node',
            )
        return offset
    latitude, longitude = place.latitude_rad, place.longitude_rad
    grid = parsed_zone(zone) if zone else natural_zone(latitude, longitude)
    return offset + convergence_rad(latitude, longitude, grid)


def seconds(duration: Registration.Duration, longest_s: float) -> float:
    """A duration in seconds, between 1 s and the longest believed."""
    return min(max(duration.value * TIME_UNITS_S.get(duration.units, 1.0), 1.0), longest_s)
