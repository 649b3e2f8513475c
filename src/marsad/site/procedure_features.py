"""A site's procedures out of GeoJSON: features whose properties are the settings of procedures.

The property that names a feature says what it is: runway_id (a line of two points, the thresholds),
corridor_id (a line), area_id (a polygon, or a point with radius_m). GeoJSON writes longitude before
latitude; a third number, a height, is left out.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from marsad.geo.local import LocalFrame
from marsad.site.faults import tree_faults
from marsad.site.procedure_settings import RECORDS, far_off

_SHAPES = {"runway": ("LineString",), "corridor": ("LineString",), "area": ("Polygon", "Point")}
_PLACES = {"runway": ("thresholds",), "corridor": ("points",), "area": ("corners", "centre")}
_FEATURES_MAX = 200
_SWAPPED = "latitude and longitude look swapped: GeoJSON writes longitude first"


@dataclass(frozen=True, slots=True)
class DrawnProcedures:
    """What a file holds: per kind its records as settings have them, and each fault as a sentence."""

    records: dict[str, list[dict[str, Any]]]
    faults: list[str]


class _Unusable(ValueError):
    """What is wrong with a feature before its properties are looked at."""


def read_features(data: bytes, frame: LocalFrame | None, taken: dict[str, set[str]]) -> DrawnProcedures:
    """The procedures in the bytes of a GeoJSON file; nothing is raised, every fault is told.

    frame   of the site, None if its place is not known
    taken   per kind the names that the settings themselves have given already
    """
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in RECORDS}
    faults: list[str] = []
    names = {kind: {name: "the settings" for name in taken.get(kind, ())} for kind in RECORDS}
    try:
        features = _features(data)
    except ValueError as error:
        return DrawnProcedures(found, [str(error)])
    for number, feature in enumerate(features, 1):
        called = f"feature {number}"
        try:
            kind, record = _record(feature)
        except _Unusable as error:
            faults.append(f"{called}: {error}")
            continue
        name = str(record[f"{kind}_id"])
        called += f" ({name})"
        wrong = [f"{called}: {sentence}" for sentence in _wrong(kind, record, frame)]
        if name in names[kind]:
            wrong.append(f"{called}: {kind}_id is {name!r}; {names[kind][name]} has it already")
        names[kind].setdefault(name, f"feature {number}")
        faults += wrong
        if not wrong:
            found[kind].append(record)
    return DrawnProcedures(found, faults)


def toml_of(records: dict[str, list[dict[str, Any]]]) -> str:
    """Records as TOML tables: what a settings file would have said itself."""
    lines = []
    for kind, items in records.items():
        for record in items:
            lines += ["", f"[[{kind}]]"]
            # a JSON value of this kind is a TOML value but for one letter that JSON leaves as it is
            lines += [
                f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
                for key, value in record.items()
            ]
    return "\n".join([*lines, ""])


def _features(data: bytes) -> list[Any]:
    try:
        root = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("is no UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"cannot be read as GeoJSON: {error}") from None
    if not isinstance(root, dict) or root.get("type") not in ("FeatureCollection", "Feature"):
        raise ValueError("is no GeoJSON FeatureCollection")
    features = root.get("features") if root["type"] == "FeatureCollection" else [root]
    if not isinstance(features, list):
        raise ValueError("its features are no list")
    if not features:
        raise ValueError("holds no feature")
    if len(features) > _FEATURES_MAX:
        raise ValueError(f"holds {len(features)} features; at most {_FEATURES_MAX} are allowed")
    return features


def _record(feature: Any) -> tuple[str, dict[str, Any]]:
    """What a feature is, and its record as settings have it."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        raise _Unusable("is no feature with properties")
    properties: dict[str, Any] = {k: v for k, v in feature["properties"].items() if v is not None}
    kinds = [kind for kind in RECORDS if f"{kind}_id" in properties]
    if len(kinds) != 1:
        listed = ", ".join(f"{kind}_id" for kind in RECORDS)
        raise _Unusable(f"must name itself by one property of {listed}")
    (kind,) = kinds
    for key in _PLACES[kind]:
        if key in properties:
            raise _Unusable(f"property {key} is not needed: the feature's geometry says where it is")
    for key, value in properties.items():
        if not key.isascii() or not key.replace("_", "").isalnum() or isinstance(value, dict):
            raise _Unusable(f"property {key!r} is no setting of a {kind}")
    geometry = feature.get("geometry")
    geometry = geometry if isinstance(geometry, dict) else {}
    shape = geometry.get("type")
    if shape not in _SHAPES[kind]:
        raise _Unusable(f"its geometry is {json.dumps(shape)}; a {kind} is a {' or '.join(_SHAPES[kind])}")
    return kind, {**properties, **_place(kind, shape, geometry.get("coordinates"))}


def _place(kind: str, shape: str, coordinates: Any) -> dict[str, Any]:
    """The settings that say where it is."""
    if shape == "Point":
        return {"centre": _corner(coordinates)}
    if shape == "Polygon":
        rings = coordinates if isinstance(coordinates, list) else []
        if len(rings) != 1:
            raise _Unusable(f"its polygon has {len(rings)} rings; an area has one outline and no holes")
        coordinates = rings[0]
    if not isinstance(coordinates, list):
        raise _Unusable("its coordinates are no list")
    corners = [_corner(place) for place in coordinates]
    if kind != "area":
        return {_PLACES[kind][0]: corners}
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    return {"corners": corners}


def _corner(place: Any) -> list[float]:
    """[latitude, longitude] of a GeoJSON position."""
    pair = place[:2] if isinstance(place, list) else []
    if len(pair) != 2 or not all(
        isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
        for number in pair
    ):
        raise _Unusable(f"{json.dumps(place)} is no [longitude, latitude] in degrees")
    longitude, latitude = float(pair[0]), float(pair[1])
    if abs(latitude) > 90 and abs(longitude) <= 90:
        raise _Unusable(f"[{longitude:g}, {latitude:g}]: {_SWAPPED}")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise _Unusable(f"[{longitude:g}, {latitude:g}] is no [longitude, latitude] in degrees")
    return [latitude, longitude]


def _wrong(kind: str, record: dict[str, Any], frame: LocalFrame | None) -> Iterator[str]:
    """Every fault of a record, as settings would tell it."""
    model = RECORDS[kind]
    try:
        settings = model.model_validate(record)
    except ValidationError as error:
        yield from (str(fault) for fault in tree_faults(model, record, error, {}))
        return
    if frame is not None and (finding := far_off(kind, settings, frame)) is not None:
        swapped = finding.sentence.endswith("look swapped")
        yield finding.sentence + (": GeoJSON writes longitude first" if swapped else "")
