"""COURAGEOUS logs for tests, written by hand from the format's description."""

import json
from typing import Any

LATITUDE, LONGITUDE, HEIGHT_M = 33.30, 44.40, 40.0
BEGIN_MS = 1_700_000_000_000
DEGREE_M = 110_900.0  # about so many metres north in a degree here


def place(north_m: float = 0.0, up_m: float = 0.0) -> dict[str, Any]:
    return {"lat": LATITUDE + north_m / DEGREE_M, "lon": LONGITUDE, "height_amsl": HEIGHT_M + up_m}


def position(north_m: float, up_m: float = 100.0) -> dict[str, Any]:
    return {"$type": "Position3d", **place(north_m, up_m)}


def record(t_s: float, number: int, location: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """A record of a track; `more` replaces or adds fields."""
    made: dict[str, Any] = {
        "time": BEGIN_MS + round(1000 * t_s),
        "record_number": number,
        "classification": "UAV",
        "alarm": {"active": False, "certainty": 0.5},
    }
    if location is not None:
        made["location"] = location
    return made | more


def flight(
    uas_id: int, begin_s: int = 0, end_s: int = 60, speed_mps: float = -20.0, first: int = 0, **more: Any
) -> dict[str, Any]:
    """A track that flies along the meridian from 2 km north, a record a second."""
    records = [
        record(t_s, first + n, position(2000 + speed_mps * t_s), **more)
        for n, t_s in enumerate(range(begin_s, end_s + 1))
    ]
    return {"uas_id": uas_id, "records": records}


def log(*tracks: dict[str, Any], detection: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    return {
        "version": "0.4.1",
        "vendor_name": "Elsewhere GmbH",
        "system_name": "Watcher",
        "static_cuas_location": place(),
        "detection": list(detection),
        "tracks": list(tracks),
        **more,
    }


def encoded(tree: Any) -> bytes:
    return json.dumps(tree).encode()
