"""The standard's rules for the usual DetectionReport, written out by hand for speed.

``validate`` is the specification; tests hold that whatever passes here breaks no rule there.
"""

from functools import lru_cache
from math import isfinite

from marsad.feeds.sapient.node_id import is_node_id
from marsad.feeds.sapient.ulid import is_ulid
from marsad.feeds.sapient.units import POLAR_UNITS
from marsad.feeds.sapient.validate import SECONDS_MAX
from marsad.feeds.sapient.wire import DetectionReport, SapientMessage

ENTRIES_MAX = 64
KEPT_BYTES_MAX = 1024


def is_plain(message: SapientMessage, *, strict: bool) -> bool:
    """Quick test that a detection breaks no rule; False = ask ``validate.violations``.

    Knows the fields that ``decode`` reads; a report with any other field goes the long way.
    The node_id is the caller's to check.
    """
    report, moment = message.detection_report, message.timestamp
    if not (0 <= moment.nanos < 1_000_000_000 and 0 <= moment.seconds < SECONDS_MAX):
        return False
    if moment.seconds == 0 and not message.HasField("timestamp"):
        return False
    if message.HasField("destination_id") and not is_node_id(message.destination_id, strict=strict):
        return False
    any_case = not strict
    if not (is_ulid(report.report_id, any_case=any_case) and is_ulid(report.object_id, any_case=any_case)):
        return False
    if (
        report.signal
        or report.behaviour
        or report.associated_detection
        or report.derived_detection
        or report.associated_file
        or report.HasField("task_id")
        or report.HasField("prediction_location")
    ):
        return False
    if report.HasField("detection_confidence") and not 0 <= report.detection_confidence <= 1:
        return False
    return _is_plain_place(report) and _are_plain_entries(report)


def _is_plain_place(report: DetectionReport) -> bool:
    which = report.WhichOneof("location_oneof")
    if which == "range_bearing":
        bearing = report.range_bearing
        return (
            bearing.coordinate_system in POLAR_UNITS
            and 1 <= bearing.datum <= 4
            and isfinite(bearing.range + bearing.azimuth + bearing.elevation)
            and isfinite(bearing.range_error + bearing.azimuth_error + bearing.elevation_error)
            and not report.HasField("enu_velocity")
        )
    if which != "location":
        return False
    place = report.location
    if not (place.HasField("x") and place.HasField("y") and isfinite(place.x + place.y + place.z)):
        return False
    if place.coordinate_system not in (1, 2, 5) or not 1 <= place.datum <= 2:
        return False
    if not isfinite(place.x_error + place.y_error + place.z_error):
        return False
    if not report.HasField("enu_velocity"):
        return True
    rate = report.enu_velocity
    return (
        rate.HasField("east_rate")
        and rate.HasField("north_rate")
        and isfinite(rate.east_rate + rate.north_rate + rate.up_rate)
        and isfinite(rate.east_rate_error + rate.north_rate_error + rate.up_rate_error)
    )


def _are_plain_entries(report: DetectionReport) -> bool:
    for info in (report.object_info, report.track_info):
        if not info:
            continue
        if len(info) > ENTRIES_MAX:
            return False
        for entry in info:
            if not (entry.type.strip() and entry.value.strip() and isfinite(entry.error)):
                return False
    classification = report.classification
    if len(classification) > ENTRIES_MAX:
        return False
    for named in classification:
        written = named.SerializeToString()
        is_short = len(written) <= KEPT_BYTES_MAX
        if not (_is_kept_class_plain(written) if is_short else _is_plain_class(named)):
            return False
    return True


@lru_cache(maxsize=1024)
def _is_kept_class_plain(named: bytes) -> bool:
    """The same of a class given as bytes: a classifier says the same things over and over."""
    return _is_plain_class(DetectionReport.DetectionReportClassification.FromString(named))


def _is_plain_class(named: DetectionReport.DetectionReportClassification) -> bool:
    if not (named.type.strip() and 0 <= named.confidence <= 1) or len(named.sub_class) > ENTRIES_MAX:
        return False
    for sub in named.sub_class:
        if not (sub.type.strip() and 0 <= sub.confidence <= 1 and sub.HasField("level")):
            return False
        for last in sub.sub_class:
            if last.sub_class or not (
                last.type.strip() and 0 <= last.confidence <= 1 and last.HasField("level")
            ):
                return False
    return True
