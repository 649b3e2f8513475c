"""Incidents → the wire."""

import math

from marsad import wire
from marsad.geo.local import LocalFrame
from marsad.model import incident as model_incident
from marsad.model import site as model_site
from marsad.report.account import mark_of, timeline_of, warnings_of
from marsad.report.endings import endings_of
from marsad.wire.encode_impact import actual_impact_to_wire
from marsad.wire.encode_reasons import reason_to_wire
from marsad.wire.places import place_to_wire
from marsad.wire.values import NS_PER_MS, known, rounded, time_ms

TIMELINE_MAX = 200  # entries of an incident sent with a picture


def incident_to_wire(
    incident: model_incident.Incident, frame: LocalFrame, mode: model_site.Mode
) -> wire.Incident:
    """An incident with the newest part of its timeline, on a site that runs in a mode."""
    return {
        "incident_id": incident.incident_id,
        "site_id": incident.site_id,
        "version": incident.version,
        "opened_t_ms": incident.opened_t_ns // NS_PER_MS,
        "closed_t_ms": time_ms(incident.closed_t_ns),
        "mode": mark_of(incident, mode).value,
        "objects": [_incident_object(item, frame) for item in incident.objects],
        "warnings": [
            {
                "zone_id": warning.zone_id,
                "stage": warning.stage,
                "t_ms": warning.t_ns // NS_PER_MS,
                "lead_s": known(warning.lead_s, 0),
                "track_id": warning.track_id,
            }
            for warning in warnings_of(incident)
        ],
        "timeline": [
            {"t_ms": entry.t_ns // NS_PER_MS, "what": reason_to_wire(entry.what), "by": entry.by}
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
                "t_ms": one.t_ns // NS_PER_MS,
                "taken_back_t_ms": time_ms(one.taken_back_t_ns),
            }
            for one in endings_of(incident)
        ],
        "impacts": [actual_impact_to_wire(one, frame) for one in incident.impacts],
        "amendments": [
            {
                "t_ms": one.t_ns // NS_PER_MS,
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
        "opened_t_ms": incident.opened_t_ns // NS_PER_MS,
        "closed_t_ms": time_ms(incident.closed_t_ns),
        "mode": mark_of(incident, mode).value,
        "objects": len(incident.objects),
        "stopped": incident.stopped,
        "outcome": incident.outcome.value,
    }


def _incident_object(item: model_incident.IncidentObject, frame: LocalFrame) -> wire.IncidentObject:
    return {
        "track_ids": list(item.track_ids),
        "class_name": item.told_class,
        "first_t_ms": item.first_t_ns // NS_PER_MS,
        "first_place": place_to_wire(item.first_position_enu, frame),
        "first_range_m": rounded(item.first_range_m, 0),
        "first_bearing_deg": rounded(math.degrees(item.first_azimuth_rad), 1),
        "last_t_ms": item.last_t_ns // NS_PER_MS,
        "last_place": place_to_wire(item.last_position_enu, frame),
        "speed_mps": rounded(item.speed_mps, 1),
        "sensor_ids": list(item.sensor_ids),
        "outcome": item.outcome.value,
        "outcome_t_ms": time_ms(item.outcome_t_ns),
        "outcome_by": item.outcome_by,
        "proposed": item.proposed.value,
        "reached_zone_id": item.reached_zone_id,
        "reached_over": item.reached_over,
        "predicted_place": None if item.predicted_enu is None else place_to_wire(item.predicted_enu, frame),
        "predicted_t_ms": time_ms(item.predicted_t_ns),
    }
