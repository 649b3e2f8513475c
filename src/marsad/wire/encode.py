"""The picture → the wire form of `marsad.wire`. Pure functions, as all that it calls."""

import numpy as np

from marsad import wire
from marsad.geo.local import LocalFrame
from marsad.model import site as model_site
from marsad.model.picture import Picture
from marsad.model.threat_table import ThreatTable
from marsad.wire.encode_alarms import alarm_end_to_wire, alarm_to_wire, all_clear_to_wire
from marsad.wire.encode_authority import excused_to_wire, watch_to_wire
from marsad.wire.encode_flights import flight_to_wire
from marsad.wire.encode_impact import impacts_to_wire, keep_out_to_wire
from marsad.wire.encode_incidents import incident_to_wire
from marsad.wire.encode_reasons import reason_to_wire
from marsad.wire.encode_sensors import (
    asker_to_wire,
    biases_to_wire,
    clock_to_wire,
    navigation_to_wire,
    overload_to_wire,
    sensor_to_wire,
)
from marsad.wire.encode_telling import response_to_wire, telling_to_wire
from marsad.wire.encode_tracks import (
    FlightsOfTracks,
    detail_to_wire,
    motion_to_wire,
    track_to_wire,
    trail_to_wire,
)
from marsad.wire.values import NS_PER_MS


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
    first_ms = (picture.tracks.first_t_ns // NS_PER_MS).tolist()
    flights = FlightsOfTracks(picture.flights)
    return {
        "t_ms": picture.t_ns // NS_PER_MS,
        "motion": motion_to_wire(picture.tracks, frame, picture.above_ground_m),
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
            {"t_ms": news.t_ns // NS_PER_MS, "what": reason_to_wire(news.what)}
            for news in picture.flights.news
        ],
        "navigation": None if navigation is None else navigation_to_wire(navigation),
        "clock": None if picture.clock is None else clock_to_wire(picture.clock),
        "overloads": [overload_to_wire(overload) for overload in picture.overloads],
        "utc_offset_ms": picture.utc_offset_ns // NS_PER_MS,
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
