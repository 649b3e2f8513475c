"""What changed from one wire picture to the next, and its inverse. Pure functions.

`applied` is the specification of what the console does with a delta (``picture/apply.ts``): for
any two pictures, ``applied(old, delta(old, new)) == new`` up to the order of tracks and sensors,
which carries no meaning.
"""

from collections.abc import Sequence
from typing import Any, cast

from marsad import wire

_COLUMNS = tuple(wire.Motion.__annotations__)


def delta(
    old: wire.Picture, new: wire.Picture, from_sequence: int, sequence: int, server_t_ms: int
) -> wire.Delta:
    """Only what differs between two pictures."""
    tracks, removed_tracks = _changes(old["tracks"], new["tracks"], "track_id")
    sensors, removed_sensors = _changes(old["sensors"], new["sensors"], "sensor_id")
    alarms, _ = _changes(old["alarms"], new["alarms"], "alarm_id")
    message: wire.Delta = {
        "kind": "delta",
        "version": wire.VERSION,
        "sequence": sequence,
        "from_sequence": from_sequence,
        "server_t_ms": server_t_ms,
        "t_ms": new["t_ms"],
        "motion": _motion_changes(old["motion"], new["motion"]),
        "tracks": tracks,
        "removed_track_ids": removed_tracks,
        "alarms": alarms,
        "alarm_ids": [alarm["alarm_id"] for alarm in new["alarms"]],
        "sensors": sensors,
        "removed_sensor_ids": removed_sensors,
    }
    if old["trail"] != new["trail"]:
        message["trail"] = new["trail"]
    if old["incident"] != new["incident"]:
        message["incident"] = new["incident"]
    if old["counters"] != new["counters"]:
        message["counters"] = new["counters"]
    if old["faults"] != new["faults"]:
        message["faults"] = new["faults"]
    if old["notices"] != new["notices"]:
        message["notices"] = new["notices"]
    if old["flights"] != new["flights"]:
        message["flights"] = new["flights"]
    if old["flight_news"] != new["flight_news"]:
        message["flight_news"] = new["flight_news"]
    if old["navigation"] != new["navigation"]:
        message["navigation"] = new["navigation"]
    if old["clock"] != new["clock"]:
        message["clock"] = new["clock"]
    if old["overloads"] != new["overloads"]:
        message["overloads"] = new["overloads"]
    if old["utc_offset_ms"] != new["utc_offset_ms"]:
        message["utc_offset_ms"] = new["utc_offset_ms"]
    if old["askers"] != new["askers"]:
        message["askers"] = new["askers"]
    if old["telling"] != new["telling"]:
        message["telling"] = new["telling"]
    if old["response"] != new["response"]:
        message["response"] = new["response"]
    if old["watch"] != new["watch"]:
        message["watch"] = new["watch"]
    if old["excused"] != new["excused"]:
        message["excused"] = new["excused"]
    if old["ended_alarms"] != new["ended_alarms"]:
        message["ended_alarms"] = new["ended_alarms"]
    if old["all_clears"] != new["all_clears"]:
        message["all_clears"] = new["all_clears"]
    if old["impacts"] != new["impacts"]:
        message["impacts"] = new["impacts"]
    if old["keep_outs"] != new["keep_outs"]:
        message["keep_outs"] = new["keep_outs"]
    return message


def applied(picture: wire.Picture, change: wire.Delta) -> wire.Picture:
    """The picture after a change."""
    gone = set(change["removed_track_ids"])
    rows = {row[0]: row for row in _rows(picture["motion"]) if row[0] not in gone}
    rows.update({row[0]: row for row in _rows(change["motion"])})
    alarms = {alarm["alarm_id"]: alarm for alarm in (*picture["alarms"], *change["alarms"])}
    return {
        "t_ms": change["t_ms"],
        "motion": _columns(list(rows.values())),
        "tracks": _merged(picture["tracks"], change["tracks"], gone, "track_id"),
        "alarms": [alarms[alarm_id] for alarm_id in change["alarm_ids"]],
        "sensors": _merged(
            picture["sensors"], change["sensors"], set(change["removed_sensor_ids"]), "sensor_id"
        ),
        "trail": change.get("trail", picture["trail"]),
        "incident": change.get("incident", picture["incident"]),
        "counters": change.get("counters", picture["counters"]),
        "faults": change.get("faults", picture["faults"]),
        "notices": change.get("notices", picture["notices"]),
        "flights": change.get("flights", picture["flights"]),
        "flight_news": change.get("flight_news", picture["flight_news"]),
        "navigation": change.get("navigation", picture["navigation"]),
        "clock": change.get("clock", picture["clock"]),
        "overloads": change.get("overloads", picture["overloads"]),
        "utc_offset_ms": change.get("utc_offset_ms", picture["utc_offset_ms"]),
        "askers": change.get("askers", picture["askers"]),
        "telling": change.get("telling", picture["telling"]),
        "response": change.get("response", picture["response"]),
        "watch": change.get("watch", picture["watch"]),
        "excused": change.get("excused", picture["excused"]),
        "ended_alarms": change.get("ended_alarms", picture["ended_alarms"]),
        "all_clears": change.get("all_clears", picture["all_clears"]),
        "impacts": change.get("impacts", picture["impacts"]),
        "keep_outs": change.get("keep_outs", picture["keep_outs"]),
    }


def _changes(old: Sequence[Any], new: Sequence[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Records that are new or different, and keys of those that are gone."""
    before = {record[key]: record for record in old}
    changed = [record for record in new if before.get(record[key]) != record]
    kept = {record[key] for record in new}
    return changed, [record_key for record_key in before if record_key not in kept]


def _merged(old: Sequence[Any], changed: Sequence[Any], gone: set[Any], key: str) -> list[Any]:
    records = {record[key]: record for record in old if record[key] not in gone}
    records.update({record[key]: record for record in changed})
    return list(records.values())


def _motion_changes(old: wire.Motion, new: wire.Motion) -> wire.Motion:
    before = {row[0]: row for row in _rows(old)}
    return _columns([row for row in _rows(new) if before.get(row[0]) != row])


def _rows(motion: wire.Motion) -> list[tuple[Any, ...]]:
    columns = cast(dict[str, list[Any]], motion)
    return list(zip(*(columns[name] for name in _COLUMNS), strict=True))


def _columns(rows: list[tuple[Any, ...]]) -> wire.Motion:
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in _COLUMNS]
    return cast(wire.Motion, dict(zip(_COLUMNS, columns, strict=True)))
