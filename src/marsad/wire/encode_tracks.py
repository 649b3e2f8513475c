"""Tracks, their past and what the site thinks of them → the wire."""

from typing import Any, cast

import numpy as np

from marsad import wire
from marsad.geo.geoid import above_sea_m
from marsad.geo.local import LocalFrame
from marsad.geo.polar import polar_from_enu
from marsad.model import flight as model_flight
from marsad.model.detection import Claim
from marsad.model.threat import THREAT_CLASSES, ThreatAssessment
from marsad.model.threat import ZoneThreat as ModelZoneThreat
from marsad.model.track import TrackTable
from marsad.wire.encode_flights import decision_to_wire, question_to_wire, track_flight_to_wire
from marsad.wire.encode_reasons import reason_to_wire
from marsad.wire.places import ellipses
from marsad.wire.values import NS_PER_MS, Array, known, level_number, rounded

_PROBABILITY_MIN = 0.005  # classes less likely than this are not listed


MOTION_DECIMALS = {
    "latitude_deg": 6,  # 0.1 m
    "longitude_deg": 6,
    "east_m": 1,
    "north_m": 1,
    "up_m": 1,
    "above_sea_m": 0,
    "above_ground_m": 0,
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


def motion_to_wire(tracks: TrackTable, frame: LocalFrame, above_ground_m: Array | None = None) -> wire.Motion:
    """Positions, velocities and one-sigma ellipses of all tracks, as rounded columns.

    above_ground_m   (n,) as in `Picture`
    """
    position, velocity = tracks.mean[:, :3], tracks.mean[:, 3:]
    latitude, longitude, height = frame.geodetic_from_enu(position)
    polar = polar_from_enu(position)
    major, minor, orientation = ellipses(tracks.covariance[:, :2, :2])
    columns: dict[str, Array] = {
        "latitude_deg": latitude,
        "longitude_deg": longitude,
        "east_m": position[:, 0],
        "north_m": position[:, 1],
        "up_m": position[:, 2],
        "above_sea_m": above_sea_m(latitude, longitude, height),
        "above_ground_m": np.full(len(tracks), np.nan) if above_ground_m is None else above_ground_m,
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
    above_ground = rounded["above_ground_m"]
    rounded["above_ground_m"] = [None if np.isnan(height) else height for height in above_ground]
    rounded["track_id"] = tracks.track_id.tolist()
    rounded["last_t_ms"] = (tracks.last_t_ns // NS_PER_MS).tolist()
    return cast(wire.Motion, rounded)


def trail_to_wire(settled: TrackTable, frame: LocalFrame) -> wire.Trail:
    """Where the tracks of a picture of the past were."""
    latitude, longitude, _ = frame.geodetic_from_enu(settled.mean[:, :3])
    return {
        "t_ms": settled.t_ns // NS_PER_MS,
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
        "level": level_number(assessment.level),
        "score": rounded(assessment.score, 1),
        "hostility": rounded(assessment.hostility, 2),
        "first_t_ms": first_t_ms,
        "zone_id": top.zone_id if top else None,
        "time_to_impact_s": known(top.time_to_impact_s, 1) if top else None,
        "time_low_s": known(top.time_low_s, 1) if top else None,
        "time_high_s": known(top.time_high_s, 1) if top else None,
        "flight": None if flight is None else track_flight_to_wire(flight),
        "decision": None if decision is None else decision_to_wire(decision),
        "question": None if question is None else question_to_wire(question),
        "claim": None if claim is None else claim_to_wire(claim),
        "spoofed": spoofed,
        "detail": detail,
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
        "decibans": rounded(assessment.decibans, 1),
        "evidence": [reason_to_wire(reason) for reason in assessment.evidence],
        "rule": reason_to_wire(assessment.rule),
        "counterfactual": None
        if assessment.counterfactual is None
        else reason_to_wire(assessment.counterfactual),
        "zones": [_zone_threat(zone) for zone in assessment.zones[:zones]],
        "sensor_ids": list(sensor_ids),
    }


def _zone_threat(zone: ModelZoneThreat) -> wire.ZoneThreat:
    return {
        "zone_id": zone.zone_id,
        "distance_m": known(zone.distance_m, 0),
        "closest_approach_m": known(zone.closest_approach_m, 0),
        "hit_probability": known(zone.hit_probability, 2),
        "time_to_impact_s": known(zone.time_to_impact_s, 1),
        "time_low_s": known(zone.time_low_s, 1),
        "time_high_s": known(zone.time_high_s, 1),
        "earliest_arrival_s": known(zone.earliest_arrival_s, 1),
        "score": rounded(zone.score, 1),
        "level": level_number(zone.level),
    }
