"""What the sensors see, for the console: asked of the site as raw material, worked out by whoever serves.

To work it out takes some tenths of a second of a processor, which the site does not have; it is done again
only when a sensor lives, dies or moves, and once for all consoles.
"""

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any

from marsad import wire
from marsad.model.reason import Reason

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from marsad.coverage.health import CoverageNow, Opening
    from marsad.coverage.sight import Air
    from marsad.geo.local import LocalFrame
    from marsad.model.intruder import ThreatKind
    from marsad.server.wire_site import WireSite
    from marsad.site.coverage import CoverageMaterial

_KEPT_MAX = 8  # of one state of the sensors: a kind of intruder each


@cache
def _adapter() -> "TypeAdapter[Any]":
    from pydantic import ConfigDict, TypeAdapter

    from marsad.site.coverage import CoverageMaterial

    exact = ConfigDict(ser_json_inf_nan="constants", ser_json_bytes="base64", val_json_bytes="base64")
    return TypeAdapter(tuple[CoverageMaterial], config=exact)


def json_from_material(material: "CoverageMaterial") -> bytes:
    """As it is sent."""
    return _adapter().dump_json((material,))


def material_from_json(data: bytes) -> "CoverageMaterial":
    """The inverse. Raises ValueError if it is none."""
    (found,) = _adapter().validate_json(data)
    return found  # type: ignore[no-any-return]


class CoverageMaps:
    """Works out coverage for whoever asks; what was worked out of the same sensors is given again."""

    def __init__(self, site: "WireSite") -> None:
        self._site = site
        self._lock = asyncio.Lock()
        self._key: object = None
        self._made: dict[str, wire.CoverageMap] = {}
        self._air: Air | None = None
        self._terrain = b""

    async def of(self, threat: "ThreatKind | None") -> wire.CoverageMap | None:
        """What is seen of a kind of intruder, of the site's own by default; None before the first picture."""
        from marsad.coverage.health import what_counts

        async with self._lock:
            material = await self._site.coverage()
            if material is None:
                return None
            key = what_counts(material.sensors), material.settings, material.stated, material.terrain
            if key != self._key:
                self._key, self._made = key, {}
            if self._air is None or material.terrain != self._terrain:
                self._terrain, self._air = material.terrain, material.air()
            asked = (threat or material.settings.threat).value
            if asked not in self._made:
                if len(self._made) >= _KEPT_MAX:
                    self._made.clear()
                self._made[asked] = await asyncio.to_thread(coverage_map, material, threat, self._air)
            return self._made[asked]


def coverage_map(
    material: "CoverageMaterial", threat: "ThreatKind | None", around: "Air"
) -> wire.CoverageMap:
    """What the sensors see, as it is sent."""
    from marsad.coverage.grid import protected_of
    from marsad.coverage.health import coverage_now
    from marsad.geo.local import LocalFrame

    site = material.site
    frame = LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
    asked = material.asked(threat)
    wanted_s = material.settings.warning_s
    found = coverage_now(material.sensors, protected_of(site), asked, around, wanted_s)
    names = {sensor.sensor_id: sensor.name for sensor in material.sensors}
    sectors, labels = _ring(found, frame)
    return {
        "threat": asked.threat.kind.value,
        "speed_mps": round(asked.threat.speed_mps, 1),
        "wanted_s": wanted_s,
        "bands": _bands(found, frame),
        "holes": _holes(found, frame),
        "openings": [_opening(one, names, site.utc_offset_s) for one in found.openings],
        "sectors": sectors,
        "labels": labels,
    }


def _bands(found: "CoverageNow", frame: "LocalFrame") -> list[wire.CoverageBand]:
    from marsad.coverage.outline import covered_area, in_degrees, sector_warning_s

    now = found.outlook
    moves = now.asked.threat.speed_mps > 0
    return [
        {
            "height_m": None if now.asked.threat.falls else height_m,
            "area": in_degrees(frame, covered_area(now, level)),
            "warning_s": sector_warning_s(now, level).round(1).tolist() if moves else None,
        }
        for level, height_m in enumerate(now.asked.levels_m)
    ]


def _holes(found: "CoverageNow", frame: "LocalFrame") -> list[wire.CoverageHole]:
    from math import isfinite

    from marsad.coverage.holes import told
    from marsad.coverage.outline import hole_area, hole_middle, in_degrees, place_in_degrees

    return [
        {
            "what": _reason(told(hole)),
            "from_deg": round(hole.from_deg, 1),
            "to_deg": round(hole.to_deg, 1),
            "height_m": hole.height_m if isfinite(hole.height_m) else None,
            "warning_s": round(hole.warning_s, 1) if isfinite(hole.warning_s) else None,
            "area": in_degrees(frame, hole_area(hole, found.outlook, found.wanted_s)),
            "label": place_in_degrees(frame, hole_middle(hole, found.outlook, found.wanted_s)),
        }
        for hole in found.holes
    ]


def _opening(opening: "Opening", names: dict[str, str], utc_offset_s: int) -> wire.CoverageOpening:
    from marsad.coverage.holes import told_opened
    from marsad.report.wording.dates import clock, local_time

    at = clock(local_time(opening.since_t_ns, utc_offset_s), "en") if opening.since_t_ns else ""
    silent = [names[sensor_id] for sensor_id in opening.sensor_ids]
    return {
        "what": _reason(told_opened(opening.hole, at, silent)),
        "since_t_ms": opening.since_t_ns // 1_000_000 if opening.since_t_ns else None,
        "sensor_ids": list(opening.sensor_ids),
    }


def _ring(found: "CoverageNow", frame: "LocalFrame") -> tuple[list[list[list[float]]], list[list[float]]]:
    """The parts of the ring of seconds, and where its figures stand; none for what stands still."""
    import numpy as np
    import shapely

    from marsad.coverage.outline import LABELS, SECTORS, in_degrees, place_in_degrees, ring_m, ring_sector

    now = found.outlook
    if now.asked.threat.speed_mps <= 0:
        return [], []
    low_m, high_m = ring_m(found)
    corners = [ring_sector(now.grid, number, low_m, high_m) for number in range(SECTORS)]
    sectors = [in_degrees(frame, shapely.Polygon(one))[0][0] for one in corners]
    turns = np.arange(LABELS) * (2 * np.pi / LABELS)
    east, north = now.grid.around.centre_enu
    far = 1.05 * high_m
    places = [(east + far * float(np.sin(turn)), north + far * float(np.cos(turn))) for turn in turns]
    return sectors, [place_in_degrees(frame, place) for place in places]


def _reason(reason: Reason) -> wire.Reason:
    from math import isfinite

    arguments: dict[str, float | str] = {
        name: value for name, value in reason.arguments if isinstance(value, str) or isfinite(value)
    }
    return {"code": reason.code, "arguments": arguments, "decibans": None}
