"""A sensor's own words: what a SAPIENT edge node says to a fusion node, as framed bytes.

Used by the simulator (honest sensor bytes), by playback of recordings and by tests. Pure
functions of the node, the time and the reading. Polar nodes report in degrees and metres about
true north; the others in latitude, longitude (degrees) and ellipsoidal height.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, degrees, isnan, radians, sin, sqrt

from marsad.errors import EncodingError
from marsad.feeds.sapient import taxonomy
from marsad.feeds.sapient.claimed import CLAIMED_NAMES, entries
from marsad.feeds.sapient.framing import framed
from marsad.feeds.sapient.node_id import is_node_id
from marsad.feeds.sapient.ulid import is_ulid
from marsad.feeds.sapient.wire import (
    ICD_VERSION,
    NS_PER_S,
    Alert,
    DetectionReport,
    Location,
    LocationCoordinateSystem,
    LocationDatum,
    RangeBearingCoordinateSystem,
    RangeBearingDatum,
    Registration,
    SapientMessage,
    SpeedUnits,
    StatusReport,
    envelope,
)
from marsad.geo.wgs84 import ECCENTRICITY_SQUARED, SEMI_MAJOR_AXIS_M
from marsad.model.detection import Claim
from marsad.model.sensor import SensorKind

MODE = "Default"
RANGE_RATE = "range_rate"
CALLSIGN = "callsign"
CLAIM_SYSTEMS = ("icao", "remote_id", "friend_tag")
"""Types of object_info that Marsad's own nodes use beside the standard's fields."""

NODE_TYPES: dict[SensorKind, tuple[Registration.NodeType, str]] = {
    SensorKind.RADAR: (Registration.NODE_TYPE_RADAR, ""),
    SensorKind.RADIO_FREQUENCY: (Registration.NODE_TYPE_PASSIVE_RF, ""),
    SensorKind.CAMERA: (Registration.NODE_TYPE_CAMERA, ""),
    SensorKind.ACOUSTIC: (Registration.NODE_TYPE_ACOUSTIC, ""),
    SensorKind.ADSB: (Registration.NODE_TYPE_PASSIVE_RF, "ADS-B"),
    SensorKind.REMOTE_ID: (Registration.NODE_TYPE_PASSIVE_RF, "Remote ID"),
    SensorKind.FUSION: (Registration.NODE_TYPE_FUSION_NODE, ""),
    SensorKind.OTHER: (Registration.NODE_TYPE_OTHER, ""),
}
# the generated enumerations look each name up anew
_DEGREES_M = RangeBearingCoordinateSystem.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M
_TRUE_NORTH = RangeBearingDatum.RANGE_BEARING_DATUM_TRUE
_SYSTEMS = {
    "ok": StatusReport.SYSTEM_OK,
    "warning": StatusReport.SYSTEM_WARNING,
    "fault": StatusReport.SYSTEM_ERROR,
    "goodbye": StatusReport.SYSTEM_GOODBYE,
}


@dataclass(frozen=True, slots=True)
class EdgeNode:
    """One sensor as it describes itself.

    node_id            UUID of version 4, see ``node_id.node_id``
    height_m           above the WGS-84 ellipsoid
    status_interval_s  how often it promises a status report
    polar              reports range, azimuth and elevation; else positions
    """

    node_id: str
    name: str
    kind: SensorKind
    latitude_deg: float
    longitude_deg: float
    height_m: float
    status_interval_s: float = 5.0
    polar: bool = True


def registration(node: EdgeNode, t_ns: int) -> bytes:
    """The first thing a node says: what it is, what it reports and in which units."""
    message = _envelope(node, t_ns)
    record = message.registration
    node_type, sub_type = NODE_TYPES[node.kind]
    record.node_definition.add(node_type=node_type, node_sub_type=[sub_type] if sub_type else [])
    record.icd_version = ICD_VERSION
    record.name = node.name
    record.short_name = node.name[:16]
    record.capabilities.add(category="Detection", type=str(node.kind))
    record.status_definition.status_interval.units = Registration.TIME_UNITS_SECONDS
    record.status_definition.status_interval.value = node.status_interval_s
    _describe_geodetic(record.status_definition.location_definition)
    mode = record.mode_definition.add(mode_name=MODE, mode_type=Registration.MODE_TYPE_PERMANENT)
    mode.settle_time.units = mode.maximum_latency.units = Registration.TIME_UNITS_SECONDS
    mode.settle_time.value = 0.0
    mode.maximum_latency.value = 1.0
    mode.scan_type = Registration.SCAN_TYPE_SCANNING
    _describe_detections(node, mode.detection_definition.add())
    mode.task.concurrent_tasks = 1
    mode.task.region_definition.region_type.append(Registration.REGION_TYPE_AREA_OF_INTEREST)
    _describe_geodetic(mode.task.region_definition.region_area.add())
    record.config_data.add(manufacturer="Marsad", model=f"{node.kind} edge node")
    return _framed(message)


def status(node: EdgeNode, t_ns: int, report_id: str, *, first: bool = False, health: str = "ok") -> bytes:
    """Where the node stands and how it is: ``ok``, ``warning``, ``fault`` or ``goodbye``.

    first   also to be set on the report after a change of health, since "unchanged" must not
            come with another state than the last
    """
    if health not in _SYSTEMS:
        raise EncodingError(f"health = {health!r}; allowed are {', '.join(_SYSTEMS)}")
    message = _envelope(node, t_ns)
    report = message.status_report
    report.report_id = _ulid("report_id", report_id)
    report.system = _SYSTEMS[health]
    report.info = StatusReport.INFO_NEW if first or health != "ok" else StatusReport.INFO_UNCHANGED
    report.mode = MODE
    _locate(report.node_location, node.latitude_deg, node.longitude_deg, node.height_m, None)
    return _framed(message)


def polar_detection(
    node: EdgeNode,
    t_ns: int,
    report_id: str,
    object_id: str,
    azimuth_rad: float,
    azimuth_sigma_rad: float,
    *,
    range_m: float | None = None,
    range_sigma_m: float | None = None,
    elevation_rad: float | None = None,
    elevation_sigma_rad: float | None = None,
    range_rate_mps: float | None = None,
    range_rate_sigma_mps: float | None = None,
    classes: Sequence[tuple[str, float]] = (),
    confidence: float | None = None,
    claim: Claim | None = None,
) -> bytes:
    """A reading in the node's own polar coordinates; None or NaN = not measured.

    The standard has no field for a range rate: it travels as object_info "range_rate" in m/s,
    positive outbound, as the registration declares.
    """
    message, report = _detection(node, t_ns, report_id, object_id, classes, confidence, claim)
    bearing = report.range_bearing
    bearing.coordinate_system, bearing.datum = _DEGREES_M, _TRUE_NORTH
    if (azimuth := _measured(azimuth_rad)) is not None:
        bearing.azimuth = degrees(azimuth) % 360.0
        if (sigma := _measured(azimuth_sigma_rad)) is not None:
            bearing.azimuth_error = degrees(sigma)
    if (distance := _measured(range_m)) is not None:
        bearing.range = distance
        if (sigma := _measured(range_sigma_m)) is not None:
            bearing.range_error = sigma
    if (elevation := _measured(elevation_rad)) is not None:
        bearing.elevation = degrees(elevation)
        if (sigma := _measured(elevation_sigma_rad)) is not None:
            bearing.elevation_error = degrees(sigma)
    if (rate := _measured(range_rate_mps)) is not None:
        entry = report.object_info.add(type=RANGE_RATE, value=f"{rate:.3f}")
        if (sigma := _measured(range_rate_sigma_mps)) is not None:
            entry.error = sigma
    return _framed(message)


def location_detection(
    node: EdgeNode,
    t_ns: int,
    report_id: str,
    object_id: str,
    latitude_deg: float,
    longitude_deg: float,
    height_m: float | None,
    sigma_m: float,
    *,
    velocity_enu: tuple[float, float, float] | None = None,
    velocity_sigma_mps: float | None = None,
    classes: Sequence[tuple[str, float]] = (),
    confidence: float | None = None,
    claim: Claim | None = None,
) -> bytes:
    """A position with the same one-sigma error along each axis; height None = unknown.

    velocity_enu   m/s along east, north and up *at the object*; up may be NaN
    """
    message, report = _detection(node, t_ns, report_id, object_id, classes, confidence, claim)
    _locate(report.location, latitude_deg, longitude_deg, _measured(height_m), sigma_m)
    if velocity_enu is not None:
        east, north, up = velocity_enu
        velocity = report.enu_velocity
        velocity.east_rate, velocity.north_rate = east, north
        if (rate := _measured(up)) is not None:
            velocity.up_rate = rate
        if (sigma := _measured(velocity_sigma_mps)) is not None:
            velocity.east_rate_error = velocity.north_rate_error = sigma
            if velocity.HasField("up_rate"):
                velocity.up_rate_error = sigma
    return _framed(message)


def alert(node: EdgeNode, t_ns: int, alert_id: str, description: str) -> bytes:
    """A warning of the node's own, which the fusion node has to acknowledge."""
    message = _envelope(node, t_ns)
    message.alert.alert_id = _ulid("alert_id", alert_id)
    message.alert.alert_type = Alert.ALERT_TYPE_WARNING
    message.alert.status = Alert.ALERT_STATUS_ACTIVE
    message.alert.description = description
    return _framed(message)


def _envelope(node: EdgeNode, t_ns: int) -> SapientMessage:
    return _envelope_of(node.node_id, t_ns)


def _envelope_of(node_id: str, t_ns: int) -> SapientMessage:
    if not is_node_id(node_id):
        raise EncodingError(f"node_id = {node_id!r}: a lower-case UUID of version 4 is required")
    return envelope(node_id, t_ns)


def _framed(message: SapientMessage) -> bytes:
    return framed(message.SerializeToString())


def _ulid(field: str, text: str) -> str:
    if not is_ulid(text):
        raise EncodingError(f"{field} = {text!r}: an upper-case ULID is required")
    return text


def _measured(value: float | None) -> float | None:
    return None if value is None or isnan(value) else value


def _detection(
    node: EdgeNode,
    t_ns: int,
    report_id: str,
    object_id: str,
    classes: Sequence[tuple[str, float]],
    confidence: float | None,
    claim: Claim | None,
) -> tuple[SapientMessage, DetectionReport]:
    message = SapientMessage()
    message.CopyFrom(_blank(node.node_id, tuple(classes)))
    message.timestamp.seconds, message.timestamp.nanos = divmod(t_ns, NS_PER_S)
    report = message.detection_report
    report.report_id = _ulid("report_id", report_id)
    report.object_id = _ulid("object_id", object_id)
    if confidence is not None:
        report.detection_confidence = confidence
    if claim is not None:
        if claim.system not in CLAIM_SYSTEMS:
            raise EncodingError(f"claim.system = {claim.system!r}; allowed are {', '.join(CLAIM_SYSTEMS)}")
        report.object_info.add(type=claim.system, value=claim.identifier)
        if claim.callsign:
            report.object_info.add(type=CALLSIGN, value=claim.callsign)
        for name, value in entries(claim.state):
            report.object_info.add(type=name, value=value)
    return message, report


@lru_cache(maxsize=1024)
def _blank(node_id: str, classes: tuple[tuple[str, float], ...]) -> SapientMessage:
    """What all detections of a node that name these classes share; to be copied, not changed."""
    message = _envelope_of(node_id, 0)
    taxonomy.add_classes(message.detection_report, classes)
    return message


def _locate(
    location: Location,
    latitude_deg: float,
    longitude_deg: float,
    height_m: float | None,
    sigma_m: float | None,
) -> None:
    """Fill a location: x is the longitude, y the latitude; errors are in degrees like them."""
    location.coordinate_system = LocationCoordinateSystem.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
    location.datum = LocationDatum.LOCATION_DATUM_WGS84_E
    location.x, location.y = longitude_deg, latitude_deg
    if height_m is not None:
        location.z = height_m
    if sigma_m is None:
        return
    latitude = radians(latitude_deg)
    squared = 1 - ECCENTRICITY_SQUARED * sin(latitude) ** 2
    meridian_radius_m = SEMI_MAJOR_AXIS_M * (1 - ECCENTRICITY_SQUARED) / squared**1.5
    parallel_radius_m = SEMI_MAJOR_AXIS_M / sqrt(squared) * max(cos(latitude), 1e-6)
    location.x_error = degrees(sigma_m / parallel_radius_m)
    location.y_error = degrees(sigma_m / meridian_radius_m)
    if height_m is not None:
        location.z_error = sigma_m


def _describe_geodetic(definition: Registration.LocationType) -> None:
    definition.location_units = LocationCoordinateSystem.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
    definition.location_datum = LocationDatum.LOCATION_DATUM_WGS84_E


def _describe_detections(node: EdgeNode, definition: Registration.DetectionDefinition) -> None:
    """Declare units, the extra object_info types, velocity, errors and classes."""
    units = definition.location_type
    declared = [(name, "text") for name in (*CLAIM_SYSTEMS, CALLSIGN, *CLAIMED_NAMES)]
    if node.polar:
        units.range_bearing_units = RangeBearingCoordinateSystem.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M
        units.range_bearing_datum = RangeBearingDatum.RANGE_BEARING_DATUM_TRUE
        declared.insert(0, (RANGE_RATE, "m/s"))
    else:
        _describe_geodetic(units)
        velocity = definition.velocity_type
        velocity.enu_velocity_units.east_north_rate_units = SpeedUnits.SPEED_UNITS_MS
        velocity.enu_velocity_units.up_rate_units = SpeedUnits.SPEED_UNITS_MS
        velocity.location_datum = LocationDatum.LOCATION_DATUM_WGS84_E
    for name, unit in declared:
        definition.detection_report.add(
            category=Registration.DETECTION_REPORT_CATEGORY_OBJECT, type=name, units=unit
        )
    error = definition.geometric_error
    error.type, error.variation_type = "Standard Deviation", "Per report"
    error.units = "degrees, metres"
    classes = definition.detection_class_definition.add(
        confidence_definition=Registration.CONFIDENCE_DEFINITION_MULTI_CLASS
    )
    air = classes.class_definition.add(type=taxonomy.AIR_VEHICLE, units="probability")
    for name in ("Manned fixed wing", "UAV fixed wing", "UAV rotary wing", "Other"):
        air.sub_class.add(type=name, units="probability", level=1)
    animal = classes.class_definition.add(type=taxonomy.ANIMAL, units="probability")
    animal.sub_class.add(type="Bird", units="probability", level=1)
    dock = classes.taxonomy_dock_definition.add(
        Dock_class_namespace="sapient_core", Dock_class=taxonomy.DOCK_CLASS
    )
    for name in taxonomy.DOCKED:
        dock.Extension_subclass.add(Subclass_namespace="marsad", Subclass_name=name, units="probability")
