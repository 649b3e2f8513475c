"""Incidents as JSON, there and back without loss.

One JSON object with ``format`` 1 and the fields of the record under their own names; enumerations
by value, tuples as arrays. JSON has no NaN and no infinity: they are the objects ``{"float": "nan"}``,
``{"float": "inf"}``, ``{"float": "-inf"}``. Text is ASCII with escapes, so that no character, not
even a lone surrogate from a broken keyboard, can make a record unwritable.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from math import isfinite
from typing import Any, TypeVar

from marsad.errors import RecordingError
from marsad.model.impact import ForeseenImpact
from marsad.model.incident import (
    ActualImpact,
    Amendment,
    Casualties,
    Fact,
    FactStatus,
    Incident,
    IncidentObject,
    IncidentTelling,
    IncidentWarning,
    Outcome,
    TimelineEntry,
)
from marsad.model.reason import Reason
from marsad.model.threat import Identity

FORMAT = 1
Json = Any
T = TypeVar("T")


def json_from_incident(incident: Incident) -> str:
    """The record as one line of JSON; equal records give equal text."""
    document = {
        "format": FORMAT,
        "incident_id": incident.incident_id,
        "site_id": incident.site_id,
        "version": incident.version,
        "opened_t_ns": incident.opened_t_ns,
        "closed_t_ns": incident.closed_t_ns,
        "exercise": incident.exercise,
        "objects": [_from_object(item) for item in incident.objects],
        "warnings": [_from_warning(item) for item in incident.warnings],
        "timeline": [_from_entry(item) for item in incident.timeline],
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
        "paths_enu": [[_floats(point) for point in path] for path in incident.paths_enu],
    }
    # left out where there is none, so that a record of before them has the digest that it had
    if incident.told:
        document["told"] = [_from_telling(item) for item in incident.told]
    if incident.cleared:
        document["cleared"] = list(incident.cleared)
    if incident.impacts:
        document["impacts"] = [_from_impact(item) for item in incident.impacts]
    if incident.amendments:
        document["amendments"] = [
            {**asdict(item), "before": item.before.value, "after": item.after.value}
            for item in incident.amendments
        ]
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def incident_from_json(text: str) -> Incident:
    """The record that ``json_from_incident`` wrote. Raises RecordingError if it is not one."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise RecordingError(f"incident of format {document['format']!r}; this version reads {FORMAT}")
        return _incident(document)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise RecordingError(f"not an incident: {error!r} in {text[:80]!r}") from error


def digest_of_incident(incident: Incident) -> str:
    """SHA-256 of the record's JSON, hexadecimal: printed in the report, checked against the register."""
    return sha256(json_from_incident(incident).encode("ascii")).hexdigest()


def _float(value: float) -> Json:
    return value if isfinite(value) else {"float": repr(float(value))}


def _floats(values: tuple[float, ...]) -> list[Json]:
    return [_float(value) for value in values]


def _from_object(item: IncidentObject) -> Json:
    document: dict[str, Json] = {
        "track_ids": list(item.track_ids),
        "class_name": item.class_name,
        "first_t_ns": item.first_t_ns,
        "first_position_enu": _floats(item.first_position_enu),
        "first_range_m": _float(item.first_range_m),
        "first_azimuth_rad": _float(item.first_azimuth_rad),
        "last_t_ns": item.last_t_ns,
        "last_position_enu": _floats(item.last_position_enu),
        "speed_mps": _float(item.speed_mps),
        "sensor_ids": list(item.sensor_ids),
        "outcome": item.outcome.value,
        "outcome_t_ns": item.outcome_t_ns,
        "outcome_by": item.outcome_by,
    }
    if item.proposed is not Outcome.UNKNOWN:
        document["proposed"] = item.proposed.value
    if item.reached_zone_id:
        document["reached_zone_id"] = item.reached_zone_id
    if not item.reached_over:
        document["reached_over"] = False
    if item.identity is not Identity.PENDING:
        document["identity"] = item.identity.value
    if item.foreseen is not None:
        document["foreseen"] = {**asdict(item.foreseen), "place_enu": _floats(item.foreseen.place_enu)}
    if item.predicted_enu is not None:
        document["predicted_enu"] = _floats(item.predicted_enu)
        document["predicted_t_ns"] = item.predicted_t_ns
    return document


def _from_impact(item: ActualImpact) -> Json:
    predicted = item.predicted_enu
    return {
        **asdict(item),
        "place_enu": _floats(item.place_enu),
        "predicted_enu": None if predicted is None else _floats(predicted),
    }


def _from_telling(item: IncidentTelling) -> Json:
    document = asdict(item)
    if item.confirmed_t_ns is None:
        del document["confirmed_t_ns"]
    return document


def _from_warning(item: IncidentWarning) -> Json:
    return {
        "zone_id": item.zone_id,
        "stage": item.stage,
        "t_ns": item.t_ns,
        "lead_s": _float(item.lead_s),
        "track_id": item.track_id,
    }


def _from_entry(item: TimelineEntry) -> Json:
    return {
        "t_ns": item.t_ns,
        "code": item.what.code,
        "arguments": [
            [name, value if isinstance(value, str) else _float(value)] for name, value in item.what.arguments
        ],
        "decibans": None if item.what.decibans is None else _float(item.what.decibans),
        "by": item.by,
    }


def _number(value: Json) -> float:
    if isinstance(value, dict):
        return float(value["float"])
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return value


def _is(kind: type[T], value: Json) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r} is not of {kind.__name__}")
    return value


def _or_none(read: Callable[[Json], T], value: Json) -> T | None:
    return None if value is None else read(value)


def _int(value: Json) -> int:
    return _is(int, value)


def _text(value: Json) -> str:
    return _is(str, value)


def _point(values: Json) -> tuple[float, float, float]:
    east, north, up = (_number(value) for value in values)
    return east, north, up


def _fact(value: Json) -> Fact:
    return Fact(FactStatus(value["status"]), _text(value["text"]))


def _object(value: Json) -> IncidentObject:
    return IncidentObject(
        track_ids=tuple(_int(item) for item in value["track_ids"]),
        class_name=_text(value["class_name"]),
        first_t_ns=_int(value["first_t_ns"]),
        first_position_enu=_point(value["first_position_enu"]),
        first_range_m=_number(value["first_range_m"]),
        first_azimuth_rad=_number(value["first_azimuth_rad"]),
        last_t_ns=_int(value["last_t_ns"]),
        last_position_enu=_point(value["last_position_enu"]),
        speed_mps=_number(value["speed_mps"]),
        sensor_ids=tuple(_text(item) for item in value["sensor_ids"]),
        outcome=Outcome(value["outcome"]),
        outcome_t_ns=_or_none(_int, value["outcome_t_ns"]),
        outcome_by=_text(value["outcome_by"]),
        proposed=Outcome(value.get("proposed", Outcome.UNKNOWN.value)),
        reached_zone_id=_text(value.get("reached_zone_id", "")),
        reached_over=_is(bool, value.get("reached_over", True)),
        identity=Identity(value.get("identity", Identity.PENDING.value)),
        predicted_enu=_or_none(_point, value.get("predicted_enu")),
        predicted_t_ns=_or_none(_int, value.get("predicted_t_ns")),
        foreseen=_or_none(_foreseen, value.get("foreseen")),
    )


def _warning(value: Json) -> IncidentWarning:
    return IncidentWarning(
        _text(value["zone_id"]),
        _text(value["stage"]),
        _int(value["t_ns"]),
        _number(value["lead_s"]),
        _or_none(_int, value["track_id"]),
    )


def _telling(value: Json) -> IncidentTelling:
    return IncidentTelling(
        output_id=_text(value["output_id"]),
        alarm_id=_text(value["alarm_id"]),
        zone_id=_text(value["zone_id"]),
        stage=_text(value["stage"]),
        made_t_ns=_int(value["made_t_ns"]),
        got_t_ns=_or_none(_int, value["got_t_ns"]),
        end=_text(value["end"]),
        end_made_t_ns=_or_none(_int, value["end_made_t_ns"]),
        end_got_t_ns=_or_none(_int, value["end_got_t_ns"]),
        confirmed_t_ns=_or_none(_int, value.get("confirmed_t_ns")),
    )


def _foreseen(value: Json) -> ForeseenImpact:
    return ForeseenImpact(
        t_ns=_int(value["t_ns"]),
        impact_t_ns=_int(value["impact_t_ns"]),
        place_enu=_point(value["place_enu"]),
        semi_major_m=_number(value["semi_major_m"]),
        semi_minor_m=_number(value["semi_minor_m"]),
        orientation_rad=_number(value["orientation_rad"]),
    )


def _impact(value: Json) -> ActualImpact:
    return ActualImpact(
        t_ns=_int(value["t_ns"]),
        place_enu=_point(value["place_enu"]),
        note=_text(value["note"]),
        by=_text(value["by"]),
        entered_t_ns=_int(value["entered_t_ns"]),
        alarm_id=_text(value["alarm_id"]),
        track_id=_or_none(_int, value["track_id"]),
        predicted_enu=_or_none(_point, value["predicted_enu"]),
        predicted_t_ns=_or_none(_int, value["predicted_t_ns"]),
    )


def _amendment(value: Json) -> Amendment:
    return Amendment(
        t_ns=_int(value["t_ns"]),
        by=_text(value["by"]),
        track_id=_or_none(_int, value["track_id"]),
        before=Outcome(value["before"]),
        after=Outcome(value["after"]),
        reason=_text(value["reason"]),
    )


def _entry(value: Json) -> TimelineEntry:
    arguments = tuple(
        (_text(name), item if isinstance(item, str) else _number(item)) for name, item in value["arguments"]
    )
    what = Reason(_text(value["code"]), arguments, _or_none(_number, value["decibans"]))
    return TimelineEntry(_int(value["t_ns"]), what, _text(value["by"]))


def _incident(value: Json) -> Incident:
    casualties = value["casualties"]
    return Incident(
        incident_id=_text(value["incident_id"]),
        site_id=_text(value["site_id"]),
        version=_int(value["version"]),
        opened_t_ns=_int(value["opened_t_ns"]),
        closed_t_ns=_or_none(_int, value["closed_t_ns"]),
        exercise=_is(bool, value["exercise"]),
        objects=tuple(_object(item) for item in value["objects"]),
        warnings=tuple(_warning(item) for item in value["warnings"]),
        timeline=tuple(_entry(item) for item in value["timeline"]),
        outcome=Outcome(value["outcome"]),
        casualties=Casualties(
            FactStatus(casualties["status"]), _int(casualties["killed"]), _int(casualties["injured"])
        ),
        damage=_fact(value["damage"]),
        claim=_fact(value["claim"]),
        accounted=_is(bool, value["accounted"]),
        closed_by=_text(value["closed_by"]),
        paths_enu=tuple(tuple(_point(point) for point in path) for path in value["paths_enu"]),
        told=tuple(_telling(item) for item in value.get("told", ())),
        cleared=tuple(_text(item) for item in value.get("cleared", ())),
        amendments=tuple(_amendment(item) for item in value.get("amendments", ())),
        impacts=tuple(_impact(item) for item in value.get("impacts", ())),
    )
