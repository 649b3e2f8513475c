"""Zones drawn elsewhere: names and corners out of GeoJSON and KML.

Both write longitude before latitude. Heights, holes and lines are left out: a zone is the ground
that an outline encloses, or a circle round a point.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import shapely

from marsad.errors import ConfigError, ConfigFault

CORNERS_MAX = 200
_ZONES_MAX = 200
_SIMPLER_DEG = 1e-6  # a tenth of a metre
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError, ElementTree.ParseError)


@dataclass(frozen=True, slots=True)
class Outline:
    """A zone as drawn: its names ("" if none), and its corners, or one point with a radius.

    corners  (latitude, longitude) in degrees, in order, not closed; one for a circle
    """

    name_en: str
    name_ar: str
    corners: tuple[tuple[float, float], ...]
    radius_m: float | None = None


def read_outlines(data: bytes, file: str, radius_m: float) -> list[Outline]:
    """The outlines in the bytes of a GeoJSON or KML file; points get `radius_m` unless they say theirs.

    Raises ConfigError for a file that is neither, or holds none.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(file, "is no UTF-8 text (a KMZ must be unzipped first)") from error
    try:
        found = list(_kml(text, radius_m) if text.lstrip().startswith("<") else _geojson(text, radius_m))
    except _UNREADABLE as error:
        raise _refused(file, f"cannot be read as GeoJSON or KML: {error}") from error
    if not found:
        raise _refused(file, "holds no polygon and no point")
    if len(found) > _ZONES_MAX:
        raise _refused(file, f"holds {len(found)} outlines; at most {_ZONES_MAX} zones are allowed")
    return found


def _geojson(text: str, radius_m: float) -> Iterator[Outline]:
    root = json.loads(text)
    features = root["features"] if root["type"] == "FeatureCollection" else [root]
    for feature in features:
        properties = feature.get("properties") or {}
        geometry = feature["geometry"] if feature["type"] == "Feature" else feature
        english = str(properties.get("name_en") or properties.get("name") or "")
        arabic = str(properties.get("name_ar") or properties.get("name:ar") or "")
        for corners in _geojson_corners(geometry):
            radius = float(properties.get("radius_m") or radius_m) if len(corners) == 1 else None
            yield Outline(english, arabic, corners, radius)


def _geojson_corners(geometry: dict[str, Any] | None) -> Iterator[tuple[tuple[float, float], ...]]:
    kind = geometry["type"] if geometry else None
    if geometry is None or kind is None:
        return
    if kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from _geojson_corners(part)
    elif kind == "Point":
        yield (_place(geometry["coordinates"]),)
    elif kind == "Polygon":
        yield _ring(geometry["coordinates"][0])
    elif kind == "MultiPolygon":
        for polygon in geometry["coordinates"]:
            yield _ring(polygon[0])


def _kml(text: str, radius_m: float) -> Iterator[Outline]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("it declares entities, which no drawing needs")  # and which can fill memory
    root = ElementTree.fromstring(text.encode())
    for placemark in root.iter():
        if _tag(placemark) != "Placemark":
            continue
        name = next(((item.text or "").strip() for item in placemark if _tag(item) == "name"), "")
        for shape in placemark.iter():
            if _tag(shape) == "Polygon":
                yield Outline(name, "", _ring(_kml_places(_inner(shape, "outerBoundaryIs"))))
            elif _tag(shape) == "Point":
                yield Outline(name, "", (_place(_kml_places(shape)[0]),), radius_m)


def _kml_places(element: ElementTree.Element) -> list[list[float]]:
    text = _inner(element, "coordinates").text or ""
    return [[float(number) for number in place.split(",")] for place in text.split()]


def _inner(element: ElementTree.Element, tag: str) -> ElementTree.Element:
    """The first element of a name within another; the namespace does not matter."""
    for item in element.iter():
        if _tag(item) == tag:
            return item
    raise ValueError(f"{_tag(element)} without {tag}")


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _ring(places: list[list[float]]) -> tuple[tuple[float, float], ...]:
    corners = [_place(place) for place in places]
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    if len(corners) < 3:
        raise ValueError(f"an outline of {len(corners)} corners; it needs at least 3")
    tolerance_deg = _SIMPLER_DEG
    while len(corners) > CORNERS_MAX:
        corners = list(
            shapely.get_coordinates(shapely.simplify(shapely.Polygon(corners), tolerance_deg)).tolist()
        )[:-1]
        tolerance_deg *= 2
    return tuple(corners)


def _place(place: list[float]) -> tuple[float, float]:
    longitude, latitude = float(place[0]), float(place[1])
    if not (math.isfinite(latitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError(f"{place[:2]} is no [longitude, latitude] in degrees")
    return latitude, longitude


def _refused(file: str, sentence: str) -> ConfigError:
    return ConfigError(file, [ConfigFault("(file)", "", sentence, sentence=sentence)])
