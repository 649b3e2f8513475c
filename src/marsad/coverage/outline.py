"""Coverage and its holes as areas of the ground, in the site frame and as GeoJSON (RFC 7946)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from marsad.coverage.grid import PolarGrid
from marsad.coverage.health import CoverageNow
from marsad.coverage.holes import Hole
from marsad.coverage.outlook import Outlook
from marsad.geo.local import LocalFrame
from marsad.model.reason import Reason
from marsad.model.sensor import Sensor

Array = NDArray[np.float64]
Area = shapely.Geometry
SECTORS = 72  # of the seconds of warning, as they are drawn and told
LABELS = 12  # of these sectors
DECIMALS = 5  # of a degree: a metre


def covered_area(found: Outlook, level: int) -> Area:
    """The ground over which an intruder at one of the heights is seen, m east and north; may be empty."""
    flags = found.covered[level]
    padded = np.pad(flags.astype(np.int8), ((0, 0), (1, 1)))
    change = np.diff(padded, axis=1)
    rows, first = np.nonzero(change == 1)
    _, last = np.nonzero(change == -1)
    if not len(rows):
        return shapely.Polygon()
    wedges = shapely.polygons(_wedges(found.grid, rows, first, last))
    # a hair wider than they are, so that neighbours grow together
    whole = shapely.union_all(wedges, grid_size=0.01).buffer(0.5, join_style="mitre")
    return whole.simplify(found.grid.ring_m / 4)


def _wedges(grid: PolarGrid, rows: NDArray[Any], first: NDArray[Any], last: NDArray[Any]) -> Array:
    """Corners (n, 5, 2) of pieces of rings, half a bearing to either side."""
    half = np.pi / grid.bearings * 1.001
    low, high = first * grid.ring_m, last * grid.ring_m
    turn = grid.bearing_rad[rows]
    around = [(low, turn - half), (high, turn - half), (high, turn + half), (low, turn + half)]
    corners = [
        np.stack([grid.around.centre_enu[0] + far * np.sin(at), grid.around.centre_enu[1] + far * np.cos(at)])
        for far, at in (*around, around[0])
    ]
    return np.moveaxis(np.stack(corners), -1, 0)


def hole_area(hole: Hole, found: Outlook, wanted_s: float) -> Area:
    """The ground of a hole: from the edge to where an intruder should be known to leave so many seconds."""
    grid, threat = found.grid, found.asked.threat
    deep = max(wanted_s + found.asked.decide_s, 1.0) * threat.speed_mps if threat.speed_mps > 0 else 1_000.0
    steps = max(2, int(np.ceil((hole.to_deg - hole.from_deg) / 2.0)) + 1)
    turn = np.radians(np.linspace(hole.from_deg, hole.to_deg, steps))
    edge = grid.around.edge_m(turn)
    outer, inner = _at(grid, turn, edge + deep), _at(grid, turn, edge)
    if hole.is_all_round:
        return shapely.Polygon(outer, [inner]).buffer(0)
    return shapely.Polygon(np.concatenate([outer, inner[::-1]])).buffer(0)


def hole_middle(hole: Hole, found: Outlook, wanted_s: float) -> tuple[float, float]:
    """Where its name goes, m east and north."""
    turn = np.radians([(hole.from_deg + hole.to_deg) / 2])
    speed = found.asked.threat.speed_mps
    deep = wanted_s * speed if speed > 0 else 1_000.0
    east, north = _at(found.grid, turn, found.grid.around.edge_m(turn) + 1.3 * deep)[0]
    return float(east), float(north)


def sector_warning_s(found: Outlook, level: int, sectors: int = SECTORS) -> Array:
    """The least seconds of warning (s,) in each of so many sectors; the first is centred on north."""
    width = found.grid.bearings // sectors
    return np.asarray(np.roll(found.warning_s[level], width // 2).reshape(sectors, width).min(axis=1))


def sector_middle(seconds: Array, sectors: int = SECTORS) -> Array:
    """The median (s,) of figures by bearing (b,) in each sector; the first is centred on north."""
    width = len(seconds) // sectors
    return np.asarray(np.median(np.roll(seconds, width // 2).reshape(sectors, width), axis=1))


def ring_sector(grid: PolarGrid, number: int, low_m: float, high_m: float, sectors: int = SECTORS) -> Array:
    """Corners (k, 2) of one sector of a ring about the middle, m east and north."""
    half = np.pi / sectors * 0.92
    turn = 2 * np.pi * number / sectors + np.linspace(-half, half, 4)
    outer, inner = _at(grid, turn, np.full(4, high_m)), _at(grid, turn, np.full(4, low_m))
    return np.concatenate([outer, inner[::-1]])


def _at(grid: PolarGrid, turn: Array, far: Array) -> Array:
    """Places (n, 2), m east and north."""
    east, north = grid.around.centre_enu
    return np.stack([east + far * np.sin(turn), north + far * np.cos(turn)], axis=-1)


def in_degrees(frame: LocalFrame, area: Area) -> list[list[list[list[float]]]]:
    """An area as the coordinates of a MultiPolygon: polygons of rings of [longitude, latitude]."""
    parts = [part for part in shapely.get_parts(area) if isinstance(part, shapely.Polygon)]
    return [
        [_ring(frame, shapely.get_coordinates(ring)) for ring in (part.exterior, *part.interiors)]
        for part in parts
        if not part.is_empty
    ]


def place_in_degrees(frame: LocalFrame, place: tuple[float, float]) -> list[float]:
    """[longitude, latitude] of a place, m east and north."""
    return _ring(frame, np.array([place]))[0]


def _ring(frame: LocalFrame, corners: Array) -> list[list[float]]:
    latitude, longitude, _ = frame.geodetic_from_enu(np.column_stack([corners, np.zeros(len(corners))]))
    found: list[list[float]] = np.column_stack([longitude, latitude]).round(DECIMALS).tolist()
    return found


def geojson(
    found: CoverageNow,
    frame: LocalFrame,
    sensors: Sequence[Sensor],
    worded: Callable[[Reason], str],
    told: Mapping[Hole, Reason],
) -> dict[str, Any]:
    """All of it as a FeatureCollection: areas by height, holes by name, seconds by sector, sensors."""
    now = found.outlook
    features = []
    for level, height_m in enumerate(now.asked.levels_m):
        named = {"what": "covered", "height_m": None if now.asked.threat.falls else height_m}
        features.append(_feature(in_degrees(frame, covered_area(now, level)), named))
    for hole in found.holes:
        values = {
            "what": "hole",
            "from_deg": round(hole.from_deg % 360, 1),
            "to_deg": round(hole.to_deg % 360, 1),
            "height_m": _number(hole.height_m),
            "warning_s": _number(hole.warning_s),
            "name": worded(told[hole]),
        }
        features.append(_feature(in_degrees(frame, hole_area(hole, now, found.wanted_s)), values))
    features += _seconds(found, frame)
    for sensor in sensors:
        if sensor.position_enu is not None:
            latitude, longitude, _ = frame.geodetic_from_enu(np.array(sensor.position_enu))
            point = {"type": "Point", "coordinates": [round(float(longitude), 6), round(float(latitude), 6)]}
            about = {"what": "sensor", "sensor_id": sensor.sensor_id, "name": sensor.name}
            about |= {"kind": sensor.kind.value, "health": sensor.health.value}
            features.append({"type": "Feature", "properties": about, "geometry": point})
    return {"type": "FeatureCollection", "features": features}


def _seconds(found: CoverageNow, frame: LocalFrame) -> list[dict[str, Any]]:
    now = found.outlook
    if now.asked.threat.speed_mps <= 0:
        return []
    low_m, high_m = ring_m(found)
    out = []
    for level, height_m in enumerate(now.asked.levels_m):
        for number, seconds in enumerate(sector_warning_s(now, level).tolist()):
            corners = ring_sector(now.grid, number, low_m, high_m)
            about = {
                "what": "warning",
                "height_m": None if now.asked.threat.falls else height_m,
                "bearing_deg": number * 360.0 / SECTORS,
                "warning_s": round(seconds, 1),
            }
            out.append(_feature(in_degrees(frame, shapely.Polygon(corners)), about))
    return out


def ring_m(found: CoverageNow) -> tuple[float, float]:
    """Where the ring of seconds is drawn, m from the middle: outside of all that is seen and of all holes."""
    now = found.outlook
    deep_m = (found.wanted_s + now.asked.decide_s) * now.asked.threat.speed_mps
    seen = np.flatnonzero(now.covered.any(axis=(0, 1)))
    farthest_m = (seen[-1] + 1) * now.grid.ring_m if len(seen) else 0.0
    outside_m = max(float(now.grid.edge_m.max()) + max(deep_m, 1_000.0), float(farthest_m))
    return 1.03 * outside_m, 1.1 * outside_m


def _feature(polygons: list[list[list[list[float]]]], properties: Mapping[str, Any]) -> dict[str, Any]:
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Feature", "properties": dict(properties), "geometry": geometry}


def _number(value: float) -> float | None:
    return round(value, 1) if np.isfinite(value) else None
