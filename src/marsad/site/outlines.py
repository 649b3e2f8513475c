"""Zones drawn elsewhere: names and corners out of GeoJSON and KML.

Both write longitude before latitude. Heights, holes and lines are left out: a zone is the ground
that an outline encloses, or a circle round a point.
"""

import contextlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import shapely

from marsad.errors import ConfigError, ConfigFault

CORNERS_MAX = 200
_ZONES_MAX = 200
_REASON_PLACE = re.compile(r"\[(\S+) (\S+)\]")
_SIMPLER_DEG = 1e-6  # a tenth of a metre
_COARSEST = 0.01  # of its extent: an outline made simpler than that is another one
_UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
    ElementTree.ParseError,
)


@dataclass(frozen=True, slots=True)
class Outline:
    """A zone as drawn: its names ("" if none), and its corners, or one point with a radius.

    corners  (latitude, longitude) in degrees, in order, not closed; one for a circle
    """

    name_en: str
    name_ar: str
    corners: tuple[tuple[float, float], ...]
    radius_m: float | None = None


class _Unusable(ValueError):
    """A shape that is read, but encloses no ground that a zone could be."""


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
    except _Unusable as error:
        raise _refused(file, str(error)) from error
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
    for number, feature in enumerate(features, 1):
        properties = feature.get("properties") or {}
        geometry = feature["geometry"] if feature["type"] == "Feature" else feature
        english = _name(properties.get("name_en") or properties.get("name"))
        arabic = _name(properties.get("name_ar") or properties.get("name:ar"))
        with _told(f"feature {number}", english or arabic):
            shapes = list(_geojson_corners(geometry))
        for corners in shapes:
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
    placemarks = (element for element in root.iter() if _tag(element) == "Placemark")
    for number, placemark in enumerate(placemarks, 1):
        name = next((_name(item.text) for item in placemark if _tag(item) == "name"), "")
        for shape in placemark.iter():
            if _tag(shape) == "Polygon":
                with _told(f"placemark {number}", name):
                    corners = _ring(_kml_places(_inner(shape, "outerBoundaryIs")))
                yield Outline(name, "", corners)
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
        raise _Unusable(f"an outline of {len(corners)} corners; it needs at least 3")
    drawn = shapely.Polygon(corners)
    if not shapely.is_valid(drawn):
        raise _Unusable(_crossing(drawn, len(corners)))
    if len(corners) <= CORNERS_MAX:
        return tuple(corners)
    return _simpler(drawn, len(corners))


def _crossing(drawn: shapely.Polygon, count: int) -> str:
    """Where an outline crosses or touches itself."""
    reason = str(shapely.is_valid_reason(drawn))
    place = _REASON_PLACE.search(reason)
    where = (
        f" at latitude {float(place.group(1)):.6f}, longitude {float(place.group(2)):.6f}" if place else ""
    )
    return (
        f"its outline of {count} corners crosses or touches itself{where}, so it encloses no one piece of "
        "ground; draw it again in order around the zone"
    )


def _simpler(drawn: shapely.Polygon, count: int) -> tuple[tuple[float, float], ...]:
    """The corners of an outline with no more of them than a zone may have, as near to it as that allows."""
    south, west, north, east = drawn.bounds
    coarsest_deg = _COARSEST * max(north - south, east - west)
    tolerance_deg = min(_SIMPLER_DEG, coarsest_deg)
    while tolerance_deg <= coarsest_deg:
        corners = shapely.get_coordinates(shapely.simplify(drawn, tolerance_deg)).tolist()[:-1]
        if len(corners) <= CORNERS_MAX:
            return tuple((latitude, longitude) for latitude, longitude in corners)
        tolerance_deg *= 2
    raise _Unusable(
        f"its outline of {count} corners is so jagged that {CORNERS_MAX}, the most a zone may have, do not "
        "follow it; draw it with fewer"
    )


@contextlib.contextmanager
def _told(what: str, name: str) -> Iterator[None]:
    """Whatever is unusable in here is told with which shape it is in."""
    try:
        yield
    except _Unusable as error:
        raise _Unusable(f"{what}{f' ({name})' if name else ''} cannot be a zone: {error}") from error


def _name(value: Any) -> str:
    """A name in one line: drawings wrap them."""
    return " ".join(str(value or "").split())


def _place(place: list[float]) -> tuple[float, float]:
    longitude, latitude = float(place[0]), float(place[1])
    if not (math.isfinite(latitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise _Unusable(f"{place[:2]} is no [longitude, latitude] in degrees")
    return latitude, longitude


def _refused(file: str, sentence: str) -> ConfigError:
    return ConfigError(file, [ConfigFault("(file)", "", sentence, sentence=sentence)])
