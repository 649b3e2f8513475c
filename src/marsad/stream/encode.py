"""The wire's picture → the records of the stream. Pure functions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from pydantic_core import to_json

import marsad
from marsad import wire
from marsad.stream import records
from marsad.stream.records import Kind

_LEVELS: tuple[records.LevelName, ...] = ("INFO", "WATCH", "ALERT", "WARN")
_WATCH = 1
_STATUS: Mapping[str, records.StatusName] = {"live": "actual", "exercise": "exercise", "test": "test"}
_FLEETING = (
    "time_left_s",
    "time_left_low_s",
    "time_left_high_s",
    "updated_at",
    "impact_at",
    "all_clear_from_at",
)  # alarms change always in these
_SEMI_MAJOR_M = 6_378_137.0
_ECCENTRICITY_2 = 6.694_379_990_141_3e-3
Key = tuple[str, str | int]


@dataclass(frozen=True, slots=True)
class Entry:
    """The newest state of one object, ready to be sent.

    key      of the object: its end has the same
    head     ``"at":…,"site_id":…,"status":…,`` as JSON
    core     the rest, from ``"kind"`` on, as JSON
    essence  what of it is worth being told at once; b"" for what can wait for its turn
    is_end   whether the object is over
    is_quiet whether there is nothing to tell of it, unless there was before
    """

    kind: Kind
    key: Key
    head: bytes
    core: bytes
    essence: bytes = b""
    is_end: bool = False
    is_quiet: bool = False

    def message(self, sequence: int) -> bytes:
        """The message with its number."""
        return message_of(sequence, self.head, self.core)


def message_of(sequence: int, head: bytes, core: bytes) -> bytes:
    """A whole message as JSON."""
    return b'{"version":%d,"sequence":%d,%s%s' % (records.VERSION, sequence, head, core)


def head_of(t_ms: int, site_id: str, status: records.StatusName) -> bytes:
    """What every message begins with, behind version and sequence."""
    return to_json({"at": at(t_ms), "site_id": site_id, "status": status})[1:-1] + b","


def core_of(record: Mapping[str, Any]) -> bytes:
    """A message without its head, as JSON."""
    return to_json(record, inf_nan_mode="null")[1:]


def at(t_ms: int) -> str:
    """A time as it is written."""
    return f"{datetime.fromtimestamp(t_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{t_ms % 1000:03d}Z"


def status_of(mode: wire.ModeName) -> records.StatusName:
    """Whether what a site in a mode says is meant."""
    return _STATUS[mode]


def hello_of(site: wire.SiteInfo, kinds: tuple[Kind, ...], every_s: float, due_s: float) -> dict[str, Any]:
    """The first message, without its head."""
    return {
        "kind": "hello",
        "software": marsad.__version__,
        "kinds": list(kinds),
        "every_s": every_s,
        "heartbeat_due_s": due_s,
        "name_en": site["name_en"],
        "name_ar": site["name_ar"],
        "latitude_deg": site["latitude_deg"],
        "longitude_deg": site["longitude_deg"],
        "height_m": site["height_m"],
        "zones": [
            {
                "zone_id": zone["zone_id"],
                "name_en": zone["name_en"],
                "name_ar": zone["name_ar"],
                "outline": zone["ring"],
            }
            for zone in site["zones"]
        ],
    }


def heartbeat_of(picture_t_ms: int, due_s: float) -> dict[str, Any]:
    """A sign that the fold goes on, without its head."""
    return {"kind": "heartbeat", "due_s": due_s, "picture_at": at(picture_t_ms)}


def state_of(picture: wire.Picture | None, phase: str, *, is_silent: bool) -> dict[str, Any]:
    """How the site is, without its head."""
    sensors = picture["sensors"] if picture else []
    navigation = picture["navigation"] if picture else None
    return {
        "kind": "state",
        "phase": phase,
        "fold": "silent" if is_silent else "alive",
        "faults": sorted(picture["faults"]) if picture else [],
        "overloads": len(picture["overloads"]) if picture else 0,
        "sensors": len(sensors),
        "sensors_ok": sum(sensor["health"] == "ok" for sensor in sensors),
        "navigation": navigation["state"] if navigation else None,
    }


def tracks_of(picture: wire.Picture, site: wire.SiteInfo) -> dict[Key, Entry]:
    """Every track of a picture."""
    head = head_of(picture["t_ms"], site["site_id"], status_of(site["mode"]))
    height = _Heights(site)
    motion = picture["motion"]
    columns = cast(dict[str, list[Any]], motion)
    names = [name for name in _MOTION if name in columns]
    row_of = {track_id: row for row, track_id in enumerate(motion["track_id"])}
    found: dict[Key, Entry] = {}
    for track in picture["tracks"]:
        row = row_of[track["track_id"]]
        record: dict[str, Any] = {
            "kind": "track",
            "track_id": track["track_id"],
            "identity": track["identity"],
            "class_name": track["class_name"],
            "flight_id": (track["flight"]["flight_id"] or None) if track["flight"] else None,
            "is_spoofed": track["spoofed"],
            **{name: columns[name][row] for name in names},
            "height_m": height(motion, row),
            "first_at": at(track["first_t_ms"]),
            "last_plot_at": at(motion["last_t_ms"][row]),
        }
        key = ("track", track["track_id"])
        found[key] = Entry("track", key, head, core_of(record))
    return found


_MOTION = (
    "latitude_deg", "longitude_deg", "east_m", "north_m", "up_m", "above_sea_m", "above_ground_m",
    "speed_mps", "course_deg", "climb_mps", "semi_major_m", "semi_minor_m", "orientation_deg", "up_sigma_m",
    "existence",
)  # fmt: skip


def track_end(kind: Kind, key: Key, head: bytes) -> Entry:
    """The end of a track, told among those of a kind."""
    return Entry(kind, key, head, core_of({"kind": "track_end", "track_id": key[1]}), is_end=True)


def threats_of(picture: wire.Picture, site: wire.SiteInfo) -> dict[Key, Entry]:
    """The threat of each track; one at INFO is told only where another was before."""
    head = head_of(picture["t_ms"], site["site_id"], status_of(site["mode"]))
    found: dict[Key, Entry] = {}
    for track in picture["tracks"]:
        detail = track["detail"]
        record: records.Threat | dict[str, Any] = {
            "kind": "threat",
            "track_id": track["track_id"],
            "level": _LEVELS[track["level"]],
            "score": track["score"],
            "hostility": track["hostility"],
            "zone_id": track["zone_id"],
            "time_to_impact_s": track["time_to_impact_s"],
            "time_low_s": track["time_low_s"],
            "time_high_s": track["time_high_s"],
            "rule": detail["rule"]["code"] if detail else None,
            "reasons": _weights(detail) if detail else None,
            "zones": [_zone_threat(zone) for zone in detail["zones"]] if detail else None,
        }
        key = ("threat", track["track_id"])
        found[key] = Entry("threat", key, head, core_of(record), is_quiet=track["level"] < _WATCH)
    return found


def _weights(detail: wire.TrackDetail) -> list[records.Weight]:
    return [{"code": one["code"], "decibans": one["decibans"]} for one in detail["evidence"]]


def _zone_threat(zone: wire.ZoneThreat) -> records.ZoneThreat:
    return {
        "zone_id": zone["zone_id"],
        "level": _LEVELS[zone["level"]],
        "distance_m": zone["distance_m"],
        "closest_approach_m": zone["closest_approach_m"],
        "hit_probability": zone["hit_probability"],
        "time_to_impact_s": zone["time_to_impact_s"],
        "time_low_s": zone["time_low_s"],
        "time_high_s": zone["time_high_s"],
    }


def alarms_of(picture: wire.Picture, site: wire.SiteInfo) -> dict[Key, Entry]:
    """Every alarm that stands, and the newest that are over."""
    head = head_of(picture["t_ms"], site["site_id"], status_of(site["mode"]))
    found: dict[Key, Entry] = {}
    for end in picture["ended_alarms"]:
        key = ("alarm", end["alarm_id"])
        core = core_of(
            {
                "kind": "alarm_end",
                "alarm_id": end["alarm_id"],
                "raid_id": end["raid_id"],
                "zone_id": end["zone_id"] or None,
                "stage": _LEVELS[end["stage"]],
                "how": end["how"],
                "ended_at": at(end["t_ms"]),
                "words": end["words"],
            }
        )
        found[key] = Entry("alarm", key, head, core, core, is_end=True)
    for alarm in picture["alarms"]:
        key = ("alarm", alarm["alarm_id"])
        record = _alarm(alarm)
        lasting = {name: value for name, value in record.items() if name not in _FLEETING}
        found[key] = Entry("alarm", key, head, core_of(record), core_of(lasting))
    return found


def _alarm(alarm: wire.Alarm) -> dict[str, Any]:
    seen_ms, left = alarm["acknowledged_t_ms"], alarm["time_left"]
    falls_ms, clear_ms = alarm["impact_t_ms"], alarm["all_clear_from_t_ms"]
    return {
        "kind": "alarm",
        "alarm_id": alarm["alarm_id"],
        "raid_id": alarm["raid_id"],
        "zone_id": alarm["zone_id"] or None,
        "stage": _LEVELS[alarm["stage"]],
        "state": alarm["state"],
        "opened_at": at(alarm["opened_t_ms"]),
        "updated_at": at(alarm["updated_t_ms"]),
        "track_ids": alarm["track_ids"],
        "active_track_ids": alarm["active_ids"],
        "time_left_s": left["likely_s"],
        "time_left_low_s": left["low_s"],
        "time_left_high_s": left["high_s"],
        "lie_down": alarm["lie_down"],
        "impact_at": None if falls_ms is None else at(falls_ms),
        "all_clear_from_at": None if clear_ms is None else at(clear_ms),
        "is_acknowledged": seen_ms is not None,
        "acknowledged_at": None if seen_ms is None else at(seen_ms),
        "reasons": [reason["code"] for reason in alarm["reasons"]],
    }


def alarm_dropped(key: Key, head: bytes, t_ms: int) -> Entry:
    """The end of an alarm that nobody ended."""
    record = {
        "kind": "alarm_end",
        "alarm_id": key[1],
        "raid_id": None,
        "zone_id": None,
        "stage": None,
        "how": "dropped",
        "ended_at": at(t_ms),
        "words": "",
    }
    core = core_of(record)
    return Entry("alarm", key, head, core, core, is_end=True)


def deliveries_of(picture: wire.Picture, site: wire.SiteInfo) -> dict[Key, Entry]:
    """Where the newest announcements stand, oldest first."""
    status = status_of(site["mode"])
    standards = {one["output_id"]: one["standard"] for one in picture["telling"]["outputs"]}
    found: dict[Key, Entry] = {}
    for one in reversed(picture["telling"]["deliveries"]):
        plot_ms = one["first_plot_t_ms"]
        record = {
            "kind": "delivery",
            "output_id": one["output_id"],
            "standard": standards.get(one["output_id"]),
            "announcement_id": one["announcement_id"],
            "announcement": one["kind"],
            "alarm_id": one["alarm_id"],
            "zone_id": one["zone_id"] or None,
            "stage": _LEVELS[one["stage"]],
            "state": one["state"],
            "ruled_at": at(one["ruled_t_ms"]),
            "made_at": at(one["made_t_ms"]),
            "expires_at": at(one["expires_t_ms"]),
            "first_plot_at": None if plot_ms is None else at(plot_ms),
            "reached_at": {state: at(t_ms) for state, t_ms in one["reached_t_ms"].items()},
            "confirmations": len(one["confirmed_by"]),
            "attempts": one["attempts"],
        }
        # a test of the ways out on a site that is live is a test
        meant = "test" if one["is_drill"] and status == "actual" else status
        head = head_of(picture["t_ms"], site["site_id"], meant)
        key = ("delivery", f"{one['output_id']} {one['announcement_id']}")
        core = core_of(record)
        found[key] = Entry("delivery", key, head, core, core)
    return found


class _Heights:
    """Heights above the ellipsoid of places of a site's frame; it knows the latitude of each already."""

    def __init__(self, site: wire.SiteInfo) -> None:
        latitude = math.radians(site["latitude_deg"])
        sine, cosine = math.sin(latitude), math.cos(latitude)
        radius_m = _SEMI_MAJOR_M / math.sqrt(1 - _ECCENTRICITY_2 * sine * sine)
        # seen in the meridian of the site: distance from the earth's axis, and to the side of it
        self._axis_m = (radius_m + site["height_m"]) * cosine
        self._plane_m = (radius_m * (1 - _ECCENTRICITY_2) + site["height_m"]) * sine
        self._sine, self._cosine = sine, cosine

    def __call__(self, motion: wire.Motion, row: int) -> float:
        east_m, north_m, up_m = motion["east_m"][row], motion["north_m"][row], motion["up_m"][row]
        outwards_m = self._axis_m - self._sine * north_m + self._cosine * up_m
        upwards_m = self._plane_m + self._cosine * north_m + self._sine * up_m
        axis_m = math.hypot(outwards_m, east_m)
        latitude = math.radians(motion["latitude_deg"][row])
        sine, cosine = math.sin(latitude), math.cos(latitude)
        bent = math.sqrt(1 - _ECCENTRICITY_2 * sine * sine)
        # exact in its first order where the latitude is rounded
        return round(axis_m * cosine + upwards_m * sine - _SEMI_MAJOR_M * bent, 1)
