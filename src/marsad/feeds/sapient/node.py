"""A node as a sensor: what its Registration and StatusReport say of kind, coverage and place."""

from dataclasses import replace
from math import inf, nan, pi, radians, tau

from marsad.feeds.sapient.session import NOTE_MAX, Session
from marsad.feeds.sapient.units import POLAR_UNITS, azimuth_correction_rad
from marsad.feeds.sapient.wire import RangeBearingCone, Registration, StatusReport
from marsad.feeds.settings import NodeSettings, SapientSettings
from marsad.model.sensor import Coverage, Sensor, SensorKind

NAME_MAX = 100
FUSION_DECORRELATION_S = 5.0  # a tracker of drones forgets in about five updates of a second

_KINDS: dict[int, SensorKind] = {
    Registration.NODE_TYPE_RADAR: SensorKind.RADAR,
    Registration.NODE_TYPE_PASSIVE_RF: SensorKind.RADIO_FREQUENCY,
    Registration.NODE_TYPE_CAMERA: SensorKind.CAMERA,
    Registration.NODE_TYPE_ACOUSTIC: SensorKind.ACOUSTIC,
    Registration.NODE_TYPE_FUSION_NODE: SensorKind.FUSION,
}
_KINDS_BY_SUB_TYPE = {
    "remote id": SensorKind.REMOTE_ID,
    "remoteid": SensorKind.REMOTE_ID,
    "ads b": SensorKind.ADSB,
    "adsb": SensorKind.ADSB,
}
_STATUS_TYPES: dict[int, str] = {
    number: name.removeprefix("STATUS_TYPE_").replace("_", " ").lower()
    for name, number in StatusReport.StatusType.items()
}
# [range_m, azimuth_rad, elevation_rad, range_rate_mps] where a report carries no error: the
# upper half of what data sheets of such sensors state, for claiming too little costs less
SIGMAS: dict[SensorKind, tuple[float, float, float, float]] = {
    SensorKind.RADAR: (10.0, radians(1.0), radians(1.5), 0.5),
    SensorKind.RADIO_FREQUENCY: (nan, radians(3.0), radians(5.0), nan),
    SensorKind.CAMERA: (nan, radians(0.2), radians(0.2), nan),
    SensorKind.ACOUSTIC: (nan, radians(5.0), radians(7.0), nan),
    SensorKind.ADSB: (50.0, radians(0.5), radians(0.5), 3.0),
    SensorKind.REMOTE_ID: (20.0, radians(0.5), radians(0.5), 2.0),
    SensorKind.FUSION: (20.0, radians(1.0), radians(1.0), 1.0),
    SensorKind.OTHER: (25.0, radians(2.0), radians(2.0), 2.0),
}


def kind_of(record: Registration) -> SensorKind:
    """The principle a node works by: the first node type we have a word for."""
    for definition in record.node_definition:
        for sub_type in definition.node_sub_type:
            kind = _KINDS_BY_SUB_TYPE.get(sub_type.replace("-", " ").strip().casefold())
            if kind is not None:
                return kind
    for definition in record.node_definition:
        if definition.node_type in _KINDS:
            return _KINDS[definition.node_type]
    return SensorKind.OTHER


def sensor_of(record: Registration, node_id: str, settings: SapientSettings) -> Sensor:
    """A freshly registered node as a sensor, without a place yet."""
    node = settings.nodes.get(node_id, NodeSettings())
    kind = node.kind or kind_of(record)
    name = node.name or record.name.strip() or record.short_name.strip() or node_id[:8]
    return Sensor(
        sensor_id=node_id,
        name=name[:NAME_MAX],
        kind=kind,
        feed=settings.name,
        coverage=with_overrides(Coverage(), node),
        sigmas=node.sigmas or SIGMAS[kind],
        decorrelation_s=_decorrelation_s(kind, node),
        error_correlation_s=node.error_correlation_s,
        miss_correlation_s=node.miss_correlation_s,
    )


def _decorrelation_s(kind: SensorKind, node: NodeSettings) -> float:
    """How long the errors of its reports stay alike; only fusion nodes are taken for trackers unasked."""
    if node.decorrelation_s is not None:
        return node.decorrelation_s
    return FUSION_DECORRELATION_S if kind is SensorKind.FUSION else 0.0


def with_overrides(coverage: Coverage, node: NodeSettings) -> Coverage:
    """A coverage with what the site's settings know better."""
    named = (
        *("range_min_m", "range_max_m", "detection_probability", "clutter_per_scan", "scan_period_s"),
        "range_rate_min_mps",
    )
    changes = {name: value for name in named if (value := getattr(node, name)) is not None}
    if node.azimuth_sector_deg is not None:
        start, end = (radians(angle) for angle in node.azimuth_sector_deg)
        # from 0 to 360 is all round, not nothing
        changes["azimuth_from_rad"] = start % tau
        changes["azimuth_width_rad"] = tau if end - start >= tau else (end - start) % tau
    if node.elevation_sector_deg is not None:
        low, high = node.elevation_sector_deg
        changes["elevation_min_rad"], changes["elevation_max_rad"] = radians(low), radians(high)
    if node.horizon_deg is not None:
        changes["horizon"] = tuple(
            (radians(azimuth), radians(up)) for azimuth, up in sorted(node.horizon_deg)
        )
    return replace(coverage, **changes)


def with_coverage(session: Session, report: StatusReport, settings: SapientSettings) -> Sensor:
    """The sensor with the cone of its status report; polygons are not read.

    The field of view (where it looks now) goes before the coverage (where it could).
    """
    cones = [report.field_of_view] if report.HasField("field_of_view") else []
    cones += report.coverage[:1]
    for cone in cones:
        if cone.HasField("range_bearing"):
            coverage = _of_cone(cone.range_bearing, session, settings)
            return replace(session.sensor, coverage=with_overrides(coverage, session.settings))
    return session.sensor


def _of_cone(cone: RangeBearingCone, session: Session, settings: SapientSettings) -> Coverage:
    """A cone about an axis, its extents being whole widths; what is absent is unlimited."""
    angle_rad, length_m = POLAR_UNITS[cone.coordinate_system]
    coverage = Coverage()
    if cone.HasField("azimuth") and 0 < cone.horizontal_extent * angle_rad < tau and session.place:
        width = cone.horizontal_extent * angle_rad
        zone = session.place_zone or session.units.node_zone
        turn = azimuth_correction_rad(cone.datum, session.settings, settings, session.place, zone)
        start = (cone.azimuth * angle_rad + turn - width / 2) % tau
        coverage = replace(coverage, azimuth_from_rad=start, azimuth_width_rad=width)
    if cone.HasField("elevation") and 0 < cone.vertical_extent * angle_rad < pi:
        axis, half = cone.elevation * angle_rad, cone.vertical_extent * angle_rad / 2
        low, high = max(axis - half, -pi / 2), min(axis + half, pi / 2)
        if low < high:
            coverage = replace(coverage, elevation_min_rad=low, elevation_max_rad=high)
    reach = cone.range * length_m if cone.HasField("range") else inf
    return replace(coverage, range_max_m=reach) if 0 < reach < inf else coverage


def note_of(report: StatusReport) -> str:
    """A node's own words about its health, shortened; that there were none where it calls itself ill."""
    parts = []
    for entry in report.status[:8]:
        name = _STATUS_TYPES.get(entry.status_type, "other")
        parts.append(f"{name}: {entry.status_value}" if entry.status_value else name)
    if not parts and report.system in (StatusReport.SYSTEM_WARNING, StatusReport.SYSTEM_ERROR):
        return "fault without a word"
    return "; ".join(parts)[:NOTE_MAX]
