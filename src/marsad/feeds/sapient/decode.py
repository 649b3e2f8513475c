"""DetectionReport to Detection: units, datum, errors, classes and claims; nothing invented."""

from dataclasses import dataclass
from math import degrees, isfinite, nan, pi, tau

from marsad.errors import ReceivedError
from marsad.feeds.position import SiteFrame, Three
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient.claimed import CLAIMED_NAMES, with_entry
from marsad.feeds.sapient.edge import CALLSIGN, CLAIM_SYSTEMS
from marsad.feeds.sapient.session import NOTE_MAX, Session
from marsad.feeds.sapient.taxonomy import classes_of
from marsad.feeds.sapient.units import (
    POLAR_UNITS,
    RANGE_RATE_NAMES,
    Geodetic,
    azimuth_correction_rad,
    geodetic,
    position_enu,
    with_errors_believed,
)
from marsad.feeds.sapient.wire import DetectionReport, RangeBearing
from marsad.feeds.sbs import PADDING
from marsad.feeds.settings import SapientSettings
from marsad.model.detection import NOTHING_CLAIMED, Claim, Detection, Measurement, Six

POSITION_SIGMA_M = 25.0
VELOCITY_SIGMA_MPS = 2.0
ANGLE_SIGMA_RAD = 0.05
SIGMA_MAX = 1e6
SPEED_MAX_MPS = 10_000.0  # faster than any rocket that reaches a site
CLAIM_TEXT_MAX = 64


@dataclass(slots=True)
class Extras:
    """What travels in object_info and track_info beside the standard's fields."""

    range_rate_mps: float = nan
    range_rate_sigma_mps: float = nan
    claim: Claim | None = None
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Decoded:
    """A detection, how many extra values could not be read, and how a doubtful value was, or ""."""

    detection: Detection
    unreadable: int
    doubt: str


def detection_of(
    report: DetectionReport,
    t_ns: int,
    session: Session,
    site: SiteFrame,
    settings: SapientSettings,
) -> Decoded:
    """The detection of a valid report. Raises ReceivedError with the hint what to set."""
    extras, doubt = _extras(report, session), ""
    if report.WhichOneof("location_oneof") == "range_bearing":
        measurement = Measurement.POLAR
        values, sigmas = _polar(report.range_bearing, extras, session, settings)
    else:
        measurement = Measurement.POSITION
        values, sigmas, doubt = _position(report, session, site, settings)
    detection = Detection(
        session.sensor.sensor_id,
        t_ns,
        measurement,
        values,
        sigmas,
        extras.claim,
        classes_of(report) if report.classification else (),
        report.object_id,
        report.report_id,
    )
    return Decoded(detection, extras.unreadable, doubt[:NOTE_MAX])


def _polar(
    bearing: RangeBearing, extras: Extras, session: Session, settings: SapientSettings
) -> tuple[Six, Six]:
    """[range, azimuth, elevation, range rate] about true north; what is absent stays NaN."""
    angle_rad, length_m = POLAR_UNITS[bearing.coordinate_system]
    default = session.sensor.sigmas
    if session.place is None:
        raise ReceivedError(
            RefusalReason.NODE_POSITION_UNKNOWN,
            "rangeBearing is seen from the node, and no StatusReport.nodeLocation has said where it stands",
        )
    distance, sigma_distance = _range(bearing, length_m, default[0], settings)
    azimuth = elevation = sigma_azimuth = sigma_elevation = nan
    if bearing.HasField("azimuth"):
        azimuth = _angle("azimuth", bearing.azimuth, angle_rad, -tau, 2 * tau)
        azimuth = (azimuth + _correction(bearing.datum, session, settings)) % tau
        sigma_azimuth = _sigma(bearing.azimuth_error * angle_rad, default[1], ANGLE_SIGMA_RAD)
    if bearing.HasField("elevation"):
        elevation = _angle("elevation", bearing.elevation, angle_rad, -pi / 2, pi / 2)
        sigma_elevation = _sigma(bearing.elevation_error * angle_rad, default[2], ANGLE_SIGMA_RAD)
    if azimuth != azimuth and elevation != elevation and distance != distance:
        raise ReceivedError(
            RefusalReason.NOTHING_MEASURED, "rangeBearing has neither azimuth, elevation nor range"
        )
    rate, sigma_rate = extras.range_rate_mps, nan
    if rate == rate:
        sigma_rate = _sigma(extras.range_rate_sigma_mps, default[3], VELOCITY_SIGMA_MPS)
    return (
        (distance, azimuth, elevation, rate, nan, nan),
        (sigma_distance, sigma_azimuth, sigma_elevation, sigma_rate, nan, nan),
    )


def _range(
    bearing: RangeBearing, length_m: float, default_m: float, settings: SapientSettings
) -> tuple[float, float]:
    """Range and its error in metres, NaN where none was measured."""
    if not bearing.HasField("range"):
        return nan, nan
    distance = bearing.range * length_m
    if not 0 <= distance <= settings.distance_max_m:
        raise ReceivedError(
            RefusalReason.RANGE_IMPLAUSIBLE,
            f"range {bearing.range:g} is {distance / 1000:g} km; "
            f"0 to {settings.distance_max_m / 1000:g} km is believed: are the units (m, km) as declared?",
        )
    return distance, _sigma(bearing.range_error * length_m, default_m)


def _angle(name: str, given: float, unit_rad: float, low_rad: float, high_rad: float) -> float:
    """An angle in radians, if it can be one."""
    angle = given * unit_rad
    if not low_rad <= angle <= high_rad:
        raise ReceivedError(
            RefusalReason.ANGLE_IMPLAUSIBLE,
            f"{name} {given:g}: {degrees(low_rad):.0f} to {degrees(high_rad):.0f} degrees is believed; "
            "are degrees sent as radians?",
        )
    return angle


def _sigma(given: float, default: float, fallback: float = POSITION_SIGMA_M) -> float:
    """The error given, if it is one; else the node's default; else one that claims little."""
    if 0 < given < SIGMA_MAX:
        return given
    return default if default > 0 else fallback


def _correction(datum: int, session: Session, settings: SapientSettings) -> float:
    """Azimuth correction of a node for a datum, kept until the node moves."""
    known = session.corrections.get(datum)
    if known is None:
        assert session.place is not None, "checked before any angle is read"
        zone = session.place_zone or session.units.node_zone
        known = azimuth_correction_rad(datum, session.settings, settings, session.place, zone)
        session.corrections[datum] = known
    return known


def _position(
    report: DetectionReport, session: Session, site: SiteFrame, settings: SapientSettings
) -> tuple[Six, Six, str]:
    """[east, north, up and their rates] in the site frame and their errors; up is NaN if no height was given.

    Last, how its errors were read where they cannot be what they say.
    """
    given = geodetic(report.location, session.units.detection_zone, session.settings, settings)
    place, doubt = with_errors_believed(given, report.location, session.settings)
    height = place.height_m
    is_level = height != height
    # without a height the horizontal place is read at the site's level: 1 m off per km of error
    # in height at 6 km distance
    east, north, up = position_enu(place, site.height_m if is_level else height, site, settings)
    velocity, sigma_mps, sigma_up_mps = _velocity(report, place, session, site)
    return (
        (east, north, nan if is_level else up, *velocity),
        (
            _sigma(place.sigma_east_m, POSITION_SIGMA_M),
            _sigma(place.sigma_north_m, POSITION_SIGMA_M),
            nan if is_level else _sigma(place.sigma_up_m, 2 * POSITION_SIGMA_M),
            sigma_mps,
            sigma_mps,
            sigma_up_mps,
        ),
        doubt,
    )


def _velocity(
    report: DetectionReport, place: Geodetic, session: Session, site: SiteFrame
) -> tuple[Three, float, float]:
    """Velocity in the site frame, m/s, and its errors across and up; NaN for what is not known."""
    if not report.HasField("enu_velocity"):
        return (nan, nan, nan), nan, nan
    rate, units = report.enu_velocity, session.units
    has_up = rate.HasField("up_rate")
    east, north, up = site.velocity_enu(
        place.latitude_rad,
        place.longitude_rad,
        (
            rate.east_rate * units.horizontal_mps,
            rate.north_rate * units.horizontal_mps,
            rate.up_rate * units.vertical_mps if has_up else 0.0,
        ),
    )
    if not max(abs(east), abs(north), abs(up)) <= SPEED_MAX_MPS:
        raise ReceivedError(
            RefusalReason.SPEED_IMPLAUSIBLE,
            f"velocity east {rate.east_rate:g}, north {rate.north_rate:g}, up {rate.up_rate:g}: at most "
            f"{SPEED_MAX_MPS:g} m/s is believed: are the units (m/s, km/h) as declared?",
        )
    sigma = _sigma(
        max(rate.east_rate_error, rate.north_rate_error) * units.horizontal_mps, VELOCITY_SIGMA_MPS
    )
    if not has_up:
        return (east, north, nan), sigma, nan
    return (east, north, up), sigma, _sigma(rate.up_rate_error * units.vertical_mps, VELOCITY_SIGMA_MPS)


def _extras(report: DetectionReport, session: Session) -> Extras:
    """Range rate and claimed identity. What cannot be read costs itself, not the report."""
    extras = Extras()
    system = identifier = callsign = ""
    state = NOTHING_CLAIMED
    for info in (report.object_info, report.track_info):
        if not info:
            continue
        for entry in info:
            name = entry.type.strip().casefold()
            if name in RANGE_RATE_NAMES:
                factor = session.units.range_rate_mps
                try:
                    rate = float(entry.value)
                except ValueError:
                    rate = nan
                if factor is None or not isfinite(rate) or abs(rate) > SPEED_MAX_MPS:
                    extras.unreadable += 1
                    continue
                extras.range_rate_mps = rate * factor
                extras.range_rate_sigma_mps = entry.error * factor
            elif name in CLAIM_SYSTEMS:
                system, identifier = name, entry.value.strip().casefold()[:CLAIM_TEXT_MAX]
            elif name == CALLSIGN:
                callsign = entry.value.strip(PADDING)[:CLAIM_TEXT_MAX]
            elif name in CLAIMED_NAMES:
                try:
                    state = with_entry(state, name, entry.value)
                except ValueError:
                    extras.unreadable += 1
    if identifier:
        extras.claim = Claim(system, identifier, callsign, state=state)
    return extras


def check_time(t_ns: int, receive_t_ns: int, settings: SapientSettings) -> None:
    """Refuse a detection whose clock cannot be right. Raises ReceivedError."""
    late_s = (receive_t_ns - t_ns) / 1e9
    if late_s > settings.past_max_s:
        raise ReceivedError(
            RefusalReason.TIME_PAST,
            f"the report is {late_s:.1f} s old on arrival; at most {settings.past_max_s:g} s is allowed: "
            "is the sensor's clock set by NTP?",
        )
