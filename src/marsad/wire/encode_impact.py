"""Predicted and actual impacts, and ground to keep away from, for the wire. Pure functions."""

import math

import numpy as np

from marsad import wire
from marsad.geo.local import LocalFrame
from marsad.model.impact import ImpactTable, KeepOut
from marsad.model.incident import ActualImpact
from marsad.model.picture import Picture
from marsad.model.threat import Level, ZoneThreat
from marsad.model.threat_table import ThreatTable
from marsad.wire.places import ellipses, place_to_wire

_NS_PER_MS = 1_000_000
_RISK_MIN = 0.005  # a zone less likely than this is named only where it is warned all the same


def impacts_to_wire(picture: Picture, frame: LocalFrame) -> list[wire.Impact]:
    """Where the falling tracks of a picture come down, with the zones that are at risk."""
    table = picture.impacts
    if table is None or not len(table):
        return []
    threats = ThreatTable.of(picture.assessments)
    rows = np.flatnonzero(np.isin(threats.track_id, table.track_id))
    zones = {one.track_id: one.zones for one in threats.brief(rows)}
    return [_impact(table, row, zones.get(int(table.track_id[row]), ()), frame) for row in range(len(table))]


def _impact(table: ImpactTable, row: int, zones: tuple[ZoneThreat, ...], frame: LocalFrame) -> wire.Impact:
    risky = [one for one in zones if one.hit_probability >= _RISK_MIN or one.level >= Level.WARN]
    risky.sort(key=lambda one: (-one.hit_probability, one.zone_id))
    comes = bool(np.isfinite(table.place_enu[row]).all()) and bool(table.t_ns[row])
    major, minor, turn = (float(part[0]) for part in ellipses(table.covariance_m2[row : row + 1]))
    east, north, up = table.place_enu[row].tolist()
    return {
        "track_id": int(table.track_id[row]),
        "t_ms": int(table.t_ns[row]) // _NS_PER_MS if comes else None,
        "time_sigma_s": round(float(table.time_sigma_s[row]), 1) if comes else None,
        "place": place_to_wire((east, north, up), frame) if comes else None,
        "semi_major_m": round(major, 0) if comes else None,
        "semi_minor_m": round(minor, 0) if comes else None,
        "orientation_deg": round(math.degrees(turn) % 180, 0) if comes else None,
        "zones": [_zone(one) for one in risky],
        "doubts": [one.value for one in table.doubts[row]],
    }


def _zone(one: ZoneThreat) -> wire.ZoneAtRisk:
    level: wire.LevelNumber = int(one.level)  # type: ignore[assignment]
    known = one.hit_probability if math.isfinite(one.hit_probability) else 0.0
    return {"zone_id": one.zone_id, "hit_probability": round(known, 3), "level": level}


def keep_out_to_wire(one: KeepOut, frame: LocalFrame, reason: wire.Reason) -> wire.KeepOut:
    """Ground to keep away from."""
    return {
        "track_ids": list(one.track_ids),
        "t_ms": one.t_ns // _NS_PER_MS,
        "until_t_ms": one.until_t_ns // _NS_PER_MS,
        "place": place_to_wire(one.place_enu, frame),
        "semi_major_m": round(one.semi_major_m, 0),
        "semi_minor_m": round(one.semi_minor_m, 0),
        "orientation_deg": round(math.degrees(one.orientation_rad) % 180, 0),
        "reason": reason,
    }


def actual_impact_to_wire(one: ActualImpact, frame: LocalFrame) -> wire.ActualImpact:
    """Where something came down, and where it had been predicted to."""
    predicted = one.predicted_enu
    return {
        "t_ms": one.t_ns // _NS_PER_MS,
        "place": place_to_wire(one.place_enu, frame),
        "note": one.note,
        "by": one.by,
        "entered_t_ms": one.entered_t_ns // _NS_PER_MS,
        "alarm_id": one.alarm_id,
        "track_id": one.track_id,
        "predicted_place": None if predicted is None else place_to_wire(predicted, frame),
        "predicted_t_ms": None if one.predicted_t_ns is None else one.predicted_t_ns // _NS_PER_MS,
        "apart_m": None if math.isnan(one.apart_m) else round(one.apart_m, 0),
    }
