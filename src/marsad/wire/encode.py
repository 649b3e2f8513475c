"""Records of the model → the wire form of `marsad.wire`. Pure functions."""

import math
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from marsad import wire
from marsad.geo.local import LocalFrame
from marsad.geo.polar import polar_from_enu
from marsad.model import asker as model_asker
from marsad.model import flight as model_flight
from marsad.model import incident as model_incident
from marsad.model import reason as model_reason
from marsad.model import sensor as model_sensor
from marsad.model import site as model_site
from marsad.model import warning as model_warning
from marsad.model.clock import ClockStep
from marsad.model.detection import Claim
from marsad.model.overload import Overload
from marsad.model.picture import NavigationHealth, Picture
from marsad.model.registration import RegistrationTable
from marsad.model.threat import THREAT_CLASSES, ThreatAssessment
from marsad.model.threat import ZoneThreat as ModelZoneThreat
from marsad.model.threat_table import ThreatTable
from marsad.model.track import TrackTable
from marsad.report.account import mark_of, timeline_of, warnings_of
from marsad.report.endings import endings_of
from marsad.wire.encode_authority import excused_to_wire, watch_to_wire
from marsad.wire.encode_impact import actual_impact_to_wire, impacts_to_wire, keep_out_to_wire
from marsad.wire.encode_telling import response_to_wire, telling_to_wire
from marsad.wire.places import ellipses, place_to_wire
from marsad.wire.procedure_outlines import procedure_to_wire

Array = NDArray[np.float64]
TIMELINE_MAX = 200  # entries of an incident sent with a picture
_CIRCLE_CORNERS = 72  # 5° steps: the chord is 0.1 % short of the circle
_PROBABILITY_MIN = 0.005  # classes less likely than this are not listed
_NS_PER_MS = 1_000_000
_BIASES: tuple[tuple[wire.BiasName, float, int], ...] = (
    ("range", 1.0, 1),
    ("azimuth", math.radians(1), 2),
    ("elevation", math.radians(1), 2),
    ("clock", 1.0, 2),
)
MOTION_DECIMALS = {
    "latitude_deg": 6,  # 0.1 m
    "longitude_deg": 6,
    "east_m": 1,
    "north_m": 1,
    "up_m": 1,
    "speed_mps": 1,
    "course_deg": 1,
    "climb_mps": 1,
    "range_m": 0,
    "bearing_deg": 1,
    "semi_major_m": 1,
    "semi_minor_m": 1,
    "orientation_deg": 0,
    "up_sigma_m": 0,
    "existence": 2,
}


def frame_of(site: model_site.Site) -> LocalFrame:
    """The site's ENU frame."""
    return LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)


def picture_to_wire(
    picture: Picture, frame: LocalFrame, detailed: int, zones: int, mode: model_site.Mode
) -> wire.Picture:
    """The whole picture of a site in a mode.

    The `detailed` most dangerous tracks carry reasons and their top `zones`.
    """
    threats = ThreatTable.of(picture.assessments)
    with_detail = set(np.lexsort((-threats.score, -threats.level))[:detailed].tolist())
    biases = {} if picture.registration is None else biases_to_wire(picture.registration)
    sources = picture.sources or ((),) * len(threats)
    claims = picture.claims or (None,) * len(threats)
    navigation = picture.navigation
    spoofed = frozenset(() if navigation is None else navigation.spoofed)
    first_ms = (picture.tracks.first_t_ns // _NS_PER_MS).tolist()
    flights = FlightsOfTracks(picture.flights)
    return {
        "t_ms": picture.t_ns // _NS_PER_MS,
        "motion": motion_to_wire(picture.tracks, frame),
        "trail": None if picture.settled is None else trail_to_wire(picture.settled, frame),
        "tracks": [
            track_to_wire(
                assessment,
                first_ms[row],
                detail_to_wire(assessment, sources[row], zones) if row in with_detail else None,
                flights,
                claims[row],
                assessment.track_id in spoofed,
            )
            for row, assessment in enumerate(threats)
        ],
        "alarms": [alarm_to_wire(alarm) for alarm in picture.alarms],
        "sensors": [
            sensor_to_wire(sensor, frame, biases.get(sensor.sensor_id)) for sensor in picture.sensors
        ],
        "incident": None if picture.incident is None else incident_to_wire(picture.incident, frame, mode),
        "counters": dict(picture.counters),
        "faults": list(picture.faults),
        "notices": list(picture.notices),
        "flights": [flight_to_wire(flight, picture.t_ns) for flight in picture.flights.flights],
        "flight_news": [
            {"t_ms": news.t_ns // _NS_PER_MS, "what": reason_to_wire(news.what)}
            for news in picture.flights.news
        ],
        "navigation": None if navigation is None else navigation_to_wire(navigation),
        "clock": None if picture.clock is None else clock_to_wire(picture.clock),
        "overloads": [overload_to_wire(overload) for overload in picture.overloads],
        "utc_offset_ms": picture.utc_offset_ns // _NS_PER_MS,
        "askers": [asker_to_wire(asker) for asker in picture.askers],
        "telling": telling_to_wire(picture.telling, picture.output_health, picture.drilling),
        "response": response_to_wire(picture.response),
        "watch": watch_to_wire(picture.watch),
        "excused": excused_to_wire(picture),
        "ended_alarms": [alarm_end_to_wire(event) for event in picture.ended],
        "all_clears": [all_clear_to_wire(one) for one in picture.all_clears],
        "impacts": impacts_to_wire(picture, frame),
        "keep_outs": [keep_out_to_wire(one, frame, reason_to_wire(one.reason)) for one in picture.keep_outs],
    }


def clock_to_wire(step: ClockStep) -> wire.ClockStep:
    """A step of the machine's clock."""
    return {"t_ms": step.t_ns // _NS_PER_MS, "what": reason_to_wire(step.what)}


def overload_to_wire(overload: Overload) -> wire.Overload:
    """One thing that is too much for the site."""
    return {
        "shed": overload.shed.value,
        "sensor_id": overload.sensor_id,
        "since_t_ms": overload.since_t_ns // _NS_PER_MS,
        "per_s": round(overload.per_s, 1),
        "count": overload.count,
        "what": reason_to_wire(overload.what),
    }


def motion_to_wire(tracks: TrackTable, frame: LocalFrame) -> wire.Motion:
    """Positions, velocities and one-sigma ellipses of all tracks, as rounded columns."""
    position, velocity = tracks.mean[:, :3], tracks.mean[:, 3:]
    latitude, longitude, _ = frame.geodetic_from_enu(position)
    polar = polar_from_enu(position)
    major, minor, orientation = ellipses(tracks.covariance[:, :2, :2])
    columns: dict[str, Array] = {
        "latitude_deg": latitude,
        "longitude_deg": longitude,
        "east_m": position[:, 0],
        "north_m": position[:, 1],
        "up_m": position[:, 2],
        "speed_mps": np.linalg.norm(velocity, axis=1),
        "course_deg": np.degrees(np.arctan2(velocity[:, 0], velocity[:, 1])) % 360,
        "climb_mps": velocity[:, 2],
        "range_m": polar[:, 0],
        "bearing_deg": np.degrees(polar[:, 1]),
        "semi_major_m": major,
        "semi_minor_m": minor,
        "orientation_deg": np.degrees(orientation) % 180,
        "up_sigma_m": np.sqrt(np.maximum(tracks.covariance[:, 2, 2], 0.0)),
        "existence": tracks.existence,
    }
    rounded: dict[str, list[Any]] = {
        name: np.round(column, MOTION_DECIMALS[name]).tolist() for name, column in columns.items()
    }
    rounded["track_id"] = tracks.track_id.tolist()
    rounded["last_t_ms"] = (tracks.last_t_ns // _NS_PER_MS).tolist()
    return cast(wire.Motion, rounded)


def trail_to_wire(settled: TrackTable, frame: LocalFrame) -> wire.Trail:
    """Where the tracks of a picture of the past were."""
    latitude, longitude, _ = frame.geodetic_from_enu(settled.mean[:, :3])
    return {
        "t_ms": settled.t_ns // _NS_PER_MS,
        "track_id": settled.track_id.tolist(),
        "latitude_deg": np.round(latitude, MOTION_DECIMALS["latitude_deg"]).tolist(),
        "longitude_deg": np.round(longitude, MOTION_DECIMALS["longitude_deg"]).tolist(),
    }


class FlightsOfTracks:
    """What is known of flights, questions and decisions, by track."""

    def __init__(self, flights: model_flight.FlightPicture) -> None:
        self.flight = {one.track_id: one for one in flights.tracks}
        self.decision = {one.track_id: one for one in flights.decisions}
        self.question = {one.track_id: one for one in flights.questions}


def claim_to_wire(claim: Claim) -> wire.Claim:
    """What a track says of itself."""
    state = claim.state
    return {
        "system": claim.system,
        "identifier": claim.identifier,
        "callsign": claim.callsign,
        "squawk": state.squawk,
        "distress": state.distress.value,
        "alert": state.alert,
        "ident": state.ident,
        "on_ground": state.on_ground,
        "category": state.category,
        "navigation_integrity": state.navigation_integrity,
        "navigation_accuracy": state.navigation_accuracy,
        "source": state.source.value,
    }


def navigation_to_wire(health: NavigationHealth) -> wire.Navigation:
    """The health of satellite navigation."""
    return {
        "state": health.state.value,
        "aircraft": health.aircraft,
        "reasons": [reason_to_wire(reason) for reason in health.reasons],
    }


def track_to_wire(
    assessment: ThreatAssessment,
    first_t_ms: int,
    detail: wire.TrackDetail | None,
    flights: FlightsOfTracks,
    claim: Claim | None = None,
    spoofed: bool = False,
) -> wire.Track:
    """What the site thinks of one track, and what the track says of itself."""
    flight = flights.flight.get(assessment.track_id)
    decision = flights.decision.get(assessment.track_id)
    question = flights.question.get(assessment.track_id)
    top = assessment.zones[0] if assessment.zones else None
    return {
        "track_id": assessment.track_id,
        "name": assessment.name,
        "identity": assessment.identity.value,
        "class_name": cast(wire.ClassName, assessment.class_name),
        "level": _level(assessment.level),
        "score": _round(assessment.score, 1),
        "hostility": _round(assessment.hostility, 2),
        "first_t_ms": first_t_ms,
        "zone_id": top.zone_id if top else None,
        "time_to_impact_s": _known(top.time_to_impact_s, 1) if top else None,
        "time_low_s": _known(top.time_low_s, 1) if top else None,
        "time_high_s": _known(top.time_high_s, 1) if top else None,
        "flight": None if flight is None else track_flight_to_wire(flight),
        "decision": None if decision is None else decision_to_wire(decision),
        "question": None if question is None else question_to_wire(question),
        "claim": None if claim is None else claim_to_wire(claim),
        "spoofed": spoofed,
        "detail": detail,
    }


def track_flight_to_wire(flight: model_flight.TrackFlight) -> wire.TrackFlight:
    """The declared flight a track is taken for, and those it could be."""
    return {
        "flight_id": flight.flight_id,
        "how": flight.how.value,
        "fits": flight.fits,
        "reasons": [reason_to_wire(reason) for reason in flight.reasons],
        "candidates": list(flight.candidates),
    }


def decision_to_wire(decision: model_flight.Decision) -> wire.Decision:
    """What a person decided."""
    return {
        "identity": decision.identity.value,
        "by": decision.by,
        "t_ms": decision.t_ns // _NS_PER_MS,
        "why": cast(wire.WhyName, decision.why),
        "note": decision.note,
        "flight_id": decision.flight_id,
    }


def question_to_wire(question: model_flight.Question) -> wire.Question:
    """What an owner was asked or said."""
    return {
        "flight_id": question.flight_id,
        "answer": question.answer.value,
        "by": question.by,
        "t_ms": question.t_ns // _NS_PER_MS,
        "note": question.note,
    }


def flight_to_wire(flight: model_flight.AuthorisedFlight, t_ns: int) -> wire.Flight:
    """A declared flight as it stands at a time."""
    return {
        "flight_id": flight.flight_id,
        "name": flight.name,
        "operator": flight.operator,
        "phone": flight.phone,
        "kind": flight.kind,
        "make": flight.make,
        "labels": list(flight.labels),
        "shape": flight.shape.value,
        "places": [list(place) for place in flight.places],
        "extent_m": flight.extent_m,
        "low_m": flight.low_m,
        "high_m": flight.high_m,
        "from_t_ms": _ms(flight.from_t_ns or None),
        "until_t_ms": _ms(None if flight.until_t_ns == model_flight.FOREVER_NS else flight.until_t_ns),
        "remarks": flight.remarks,
        "source": flight.source,
        "state": flight.state(t_ns).value,
    }


def detail_to_wire(assessment: ThreatAssessment, sensor_ids: tuple[str, ...], zones: int) -> wire.TrackDetail:
    """Why the track is judged so."""
    return {
        "class_probability": cast(
            dict[wire.ClassName, float],
            {
                name: round(probability, 2)
                for name, probability in zip(THREAT_CLASSES, assessment.class_probability, strict=True)
                if probability >= _PROBABILITY_MIN
            },
        ),
        "decibans": _round(assessment.decibans, 1),
        "evidence": [reason_to_wire(reason) for reason in assessment.evidence],
        "rule": reason_to_wire(assessment.rule),
        "counterfactual": None
        if assessment.counterfactual is None
        else reason_to_wire(assessment.counterfactual),
        "zones": [_zone_threat(zone) for zone in assessment.zones[:zones]],
        "sensor_ids": list(sensor_ids),
    }


def reason_to_wire(reason: model_reason.Reason) -> wire.Reason:
    """A reason; numbers that are not finite travel as their names ("nan", "inf")."""
    arguments: dict[str, float | str] = {}
    for name, value in reason.arguments:
        if isinstance(value, str):
            arguments[name] = value
        else:
            arguments[name] = round(float(value), 4) if math.isfinite(value) else str(value)
    return {
        "code": reason.code,
        "arguments": arguments,
        "decibans": None if reason.decibans is None else _known(reason.decibans, 1),
    }


def alarm_to_wire(alarm: model_warning.Alarm) -> wire.Alarm:
    """An alarm."""
    return {
        "alarm_id": alarm.alarm_id,
        "raid_id": alarm.raid_id,
        "zone_id": alarm.zone_id,
        "stage": _level(alarm.stage),
        "state": alarm.state.value,
        "opened_t_ms": alarm.opened_t_ns // _NS_PER_MS,
        "updated_t_ms": alarm.updated_t_ns // _NS_PER_MS,
        "track_ids": list(alarm.track_ids),
        "active_ids": list(alarm.active_ids),
        "time_left": {
            "likely_s": _known(alarm.time_left.likely_s, 1),
            "low_s": _known(alarm.time_left.low_s, 1),
            "high_s": _known(alarm.time_left.high_s, 1),
        },
        "reasons": [reason_to_wire(reason) for reason in alarm.reasons],
        "acknowledged_t_ms": _ms(alarm.acknowledged_t_ns),
        "acknowledged_by": alarm.acknowledged_by,
        "acknowledged_count": alarm.acknowledged_count,
        "last_active_t_ms": alarm.last_active_t_ns // _NS_PER_MS if alarm.last_active_t_ns else None,
        "lie_down": alarm.must_lie_down,
        "impact_t_ms": _ms(alarm.impact_t_ns or None),
        "all_clear_from_t_ms": _ms(alarm.all_clear_from_t_ns or None),
    }


def alarm_end_to_wire(event: model_warning.WarningEvent) -> wire.AlarmEnd:
    """How an alarm ended."""
    words = (dict(reason.arguments).get("words", "") for reason in event.reasons)
    return {
        "alarm_id": event.alarm_id,
        "raid_id": event.raid_id,
        "zone_id": event.zone_id,
        "stage": _level(event.stage),
        "how": "retracted" if event.kind is model_warning.WarningEventKind.RETRACTED else "all_clear",
        "t_ms": event.t_ns // _NS_PER_MS,
        "words": str(next(words, "")),
    }


def all_clear_to_wire(one: model_warning.StandingAllClear) -> wire.StandingAllClear:
    """An all-clear that can still be taken back."""
    return {
        "zone_id": one.zone_id,
        "t_ms": one.t_ns // _NS_PER_MS,
        "until_t_ms": one.until_t_ns // _NS_PER_MS,
    }


def biases_to_wire(table: RegistrationTable) -> dict[str, list[wire.Bias]]:
    """What is known of each sensor that was compared with another, by its id."""
    found: dict[str, list[wire.Bias]] = {}
    for row in np.flatnonzero(table.pairs).tolist():
        biases: list[wire.Bias] = []
        for column, (quantity, unit, digits) in enumerate(_BIASES):
            value, sigma = (float(part[row, column]) / unit for part in (table.estimate, table.sigma))
            if not math.isnan(value):
                biases.append(
                    {
                        "quantity": quantity,
                        "value": _round(value, digits),
                        "sigma": _round(sigma, digits),
                        "applied": bool(table.applied[row, column]),
                        "large": bool(table.large[row, column]),
                    }
                )
        found[table.sensor_ids[row]] = biases
    return found


def sensor_to_wire(
    sensor: model_sensor.Sensor, frame: LocalFrame, biases: list[wire.Bias] | None = None
) -> wire.Sensor:
    """A sensor, with what is known of its biases."""
    coverage = sensor.coverage
    return {
        "sensor_id": sensor.sensor_id,
        "name": sensor.name,
        "kind": sensor.kind.value,
        "feed": sensor.feed,
        "place": None if sensor.position_enu is None else place_to_wire(sensor.position_enu, frame),
        "coverage": {
            "range_min_m": _round(coverage.range_min_m, 0),
            "range_max_m": _known(coverage.range_max_m, 0),
            "azimuth_from_deg": _round(math.degrees(coverage.azimuth_from_rad), 1),
            "azimuth_width_deg": _round(math.degrees(coverage.azimuth_width_rad), 1),
        },
        "health": sensor.health.value,
        "last_t_ms": sensor.last_t_ns // _NS_PER_MS,
        "note": sensor.note,
        "delay": None if sensor.delay is None else _delay_to_wire(sensor.delay),
        "biases": biases or [],
    }


def _delay_to_wire(delay: model_sensor.Delay) -> wire.Delay:
    return {
        "latency_s": _round(delay.latency_s, 1),
        "late_s": _round(delay.late_s, 1),
        "shift_s": _round(delay.shift_s, 1),
    }


def asker_to_wire(asker: model_asker.Asker) -> wire.Asker:
    """A node that may not speak."""
    return {
        "feed": asker.feed,
        "node_id": asker.node_id,
        "name": asker.name,
        "kind": asker.kind.value,
        "address": asker.address,
        "asking": asker.asking.value,
        "first_t_ms": asker.first_t_ns // _NS_PER_MS,
        "last_t_ms": asker.last_t_ns // _NS_PER_MS,
        "reports": asker.reports,
        "by": asker.by,
    }


def incident_to_wire(
    incident: model_incident.Incident, frame: LocalFrame, mode: model_site.Mode
) -> wire.Incident:
    """An incident with the newest part of its timeline, on a site that runs in a mode."""
    return {
        "incident_id": incident.incident_id,
        "site_id": incident.site_id,
        "version": incident.version,
        "opened_t_ms": incident.opened_t_ns // _NS_PER_MS,
        "closed_t_ms": _ms(incident.closed_t_ns),
        "mode": mark_of(incident, mode).value,
        "objects": [_incident_object(item, frame) for item in incident.objects],
        "warnings": [
            {
                "zone_id": warning.zone_id,
                "stage": warning.stage,
                "t_ms": warning.t_ns // _NS_PER_MS,
                "lead_s": _known(warning.lead_s, 0),
                "track_id": warning.track_id,
            }
            for warning in warnings_of(incident)
        ],
        "timeline": [
            {"t_ms": entry.t_ns // _NS_PER_MS, "what": reason_to_wire(entry.what), "by": entry.by}
            for entry in timeline_of(incident)[-TIMELINE_MAX:]
        ],
        "timeline_left_off": max(0, len(incident.timeline) - TIMELINE_MAX),
        "outcome": incident.outcome.value,
        "casualties": {
            "status": incident.casualties.status.value,
            "killed": incident.casualties.killed,
            "injured": incident.casualties.injured,
        },
        "damage": {"status": incident.damage.status.value, "text": incident.damage.text},
        "claim": {"status": incident.claim.status.value, "text": incident.claim.text},
        "accounted": incident.accounted,
        "closed_by": incident.closed_by,
        "cleared_zone_ids": list(incident.cleared),
        "endings": [
            {
                "kind": one.kind.value,
                "zone_id": one.zone_id,
                "alarm_id": one.alarm_id,
                "t_ms": one.t_ns // _NS_PER_MS,
                "taken_back_t_ms": _ms(one.taken_back_t_ns),
            }
            for one in endings_of(incident)
        ],
        "impacts": [actual_impact_to_wire(one, frame) for one in incident.impacts],
        "amendments": [
            {
                "t_ms": one.t_ns // _NS_PER_MS,
                "by": one.by,
                "track_id": one.track_id,
                "before": one.before.value,
                "after": one.after.value,
                "reason": one.reason,
            }
            for one in incident.amendments
        ],
    }


def incident_summary(incident: model_incident.Incident, mode: model_site.Mode) -> wire.IncidentSummary:
    """A row of the list of incidents, on a site that runs in a mode."""
    return {
        "incident_id": incident.incident_id,
        "site_id": incident.site_id,
        "version": incident.version,
        "opened_t_ms": incident.opened_t_ns // _NS_PER_MS,
        "closed_t_ms": _ms(incident.closed_t_ns),
        "mode": mark_of(incident, mode).value,
        "objects": len(incident.objects),
        "stopped": incident.stopped,
        "outcome": incident.outcome.value,
    }


def site_to_wire(site: model_site.Site, base_map: str | None, software_version: str) -> wire.SiteInfo:
    """The site with its zones and procedures as outlines in degrees."""
    frame = frame_of(site)
    return {
        "site_id": site.site_id,
        "name_en": site.name_en,
        "name_ar": site.name_ar,
        "latitude_deg": site.latitude_deg,
        "longitude_deg": site.longitude_deg,
        "height_m": site.height_m,
        "utc_offset_s": site.utc_offset_s,
        "mode": site.mode.value,
        "zones": [_zone_shape(zone, frame) for zone in site.zones],
        "procedures": [procedure_to_wire(procedure, frame) for procedure in site.procedures],
        "friends": [{"label": friend.label, "name": friend.name} for friend in site.friends],
        "names": [{"of": name.of, "name_en": name.name_en, "name_ar": name.name_ar} for name in site.names],
        "base_map": base_map,
        "software_version": software_version,
    }


def _incident_object(item: model_incident.IncidentObject, frame: LocalFrame) -> wire.IncidentObject:
    return {
        "track_ids": list(item.track_ids),
        "class_name": item.told_class,
        "first_t_ms": item.first_t_ns // _NS_PER_MS,
        "first_place": place_to_wire(item.first_position_enu, frame),
        "first_range_m": _round(item.first_range_m, 0),
        "first_bearing_deg": _round(math.degrees(item.first_azimuth_rad), 1),
        "last_t_ms": item.last_t_ns // _NS_PER_MS,
        "last_place": place_to_wire(item.last_position_enu, frame),
        "speed_mps": _round(item.speed_mps, 1),
        "sensor_ids": list(item.sensor_ids),
        "outcome": item.outcome.value,
        "outcome_t_ms": _ms(item.outcome_t_ns),
        "outcome_by": item.outcome_by,
        "proposed": item.proposed.value,
        "reached_zone_id": item.reached_zone_id,
        "reached_over": item.reached_over,
        "predicted_place": None if item.predicted_enu is None else place_to_wire(item.predicted_enu, frame),
        "predicted_t_ms": _ms(item.predicted_t_ns),
    }


def _zone_threat(zone: ModelZoneThreat) -> wire.ZoneThreat:
    return {
        "zone_id": zone.zone_id,
        "distance_m": _known(zone.distance_m, 0),
        "closest_approach_m": _known(zone.closest_approach_m, 0),
        "hit_probability": _known(zone.hit_probability, 2),
        "time_to_impact_s": _known(zone.time_to_impact_s, 1),
        "time_low_s": _known(zone.time_low_s, 1),
        "time_high_s": _known(zone.time_high_s, 1),
        "earliest_arrival_s": _known(zone.earliest_arrival_s, 1),
        "score": _round(zone.score, 1),
        "level": _level(zone.level),
    }


def _zone_shape(zone: model_site.Zone, frame: LocalFrame) -> wire.ZoneShape:
    if zone.corners_enu:
        corners = np.array(zone.corners_enu, float)
    else:
        turn = np.linspace(0, 2 * np.pi, _CIRCLE_CORNERS, endpoint=False)
        corners = np.array(zone.centre_enu) + zone.radius_m * np.stack([np.sin(turn), np.cos(turn)], axis=1)
    closed = np.vstack([corners, corners[:1]])
    latitude, longitude, _ = frame.geodetic_from_enu(np.column_stack([closed, np.zeros(len(closed))]))
    centre_latitude, centre_longitude, _ = frame.geodetic_from_enu((*zone.centre_enu, 0.0))
    return {
        "zone_id": zone.zone_id,
        "name_en": zone.name_en,
        "name_ar": zone.name_ar,
        "ring": np.round(np.stack([longitude, latitude], axis=1), 6).tolist(),
        "centre": [round(float(centre_longitude), 6), round(float(centre_latitude), 6)],
        "radius_m": _round(zone.radius_m, 0),
        "value": zone.value,
        "restricted": zone.restricted,
    }


def _ms(t_ns: int | None) -> int | None:
    return None if t_ns is None else t_ns // _NS_PER_MS


def _level(level: int) -> wire.LevelNumber:
    return cast(wire.LevelNumber, int(level))


def _known(value: float, decimals: int) -> float | None:
    """The rounded number, or None where it is not finite."""
    return round(float(value), decimals) if math.isfinite(value) else None


def _round(value: float, decimals: int) -> float:
    """The rounded number; what is not finite is shown as 0."""
    return round(float(value), decimals) if math.isfinite(value) else 0.0
