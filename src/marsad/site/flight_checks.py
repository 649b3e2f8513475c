"""What is wrong with a declared flight, whoever declares it: one sentence for each fault."""

import re
from collections.abc import Iterator

import numpy as np
import shapely

from marsad.geo.local import LocalFrame
from marsad.model.flight import AuthorisedFlight, Shape
from marsad.model.visible import name_fault

KINDS = ("multirotor", "fixedwing_small", "crewed", "balloon")
LABEL_SYSTEMS = ("icao", "remote_id", "friend_tag", "callsign")
PLACES_MAX = 200
LABELS_MAX = 10
FAR_M = 100_000.0
_TEXT_MAX = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LABEL = re.compile(rf"({'|'.join(LABEL_SYSTEMS)}):[^\s:][^:]{{0,62}}")
_PLACES = {
    Shape.ANYWHERE: (0, 0),
    Shape.CIRCLE: (1, 1),
    Shape.POLYGON: (3, PLACES_MAX),
    Shape.ROUTE: (2, PLACES_MAX),
}

Fault = tuple[str, str]  # field, sentence


def flight_faults(flight: AuthorisedFlight, frame: LocalFrame) -> Iterator[Fault]:
    """Every fault of a flight near the site whose frame is given, by field."""
    yield from _of_words(flight)
    yield from _of_place(flight, frame)
    if flight.low_m is not None and flight.high_m is not None and flight.low_m > flight.high_m:
        yield "high_m", f"heights from {flight.low_m:g} m to {flight.high_m:g} m: the lower one comes first"
    if flight.until_t_ns <= flight.from_t_ns:
        yield "until", "it ends before it begins; its end must be later than its beginning"
    if not flight.labels and flight.shape is Shape.ANYWHERE:
        yield "labels", "neither an identifier nor a place: nothing could be told to be this flight"


def _of_words(flight: AuthorisedFlight) -> Iterator[Fault]:
    if not _ID.fullmatch(flight.flight_id):
        yield (
            "id",
            f"{flight.flight_id[:80]!r}: 1 to 64 letters A-Z, a-z, digits, points, hyphens and underscores, "
            "the first a letter or a digit",
        )
    if not flight.name:
        yield "name", "is empty; write what people on watch call it"
    for field in ("name", "operator", "phone", "make", "remarks"):
        text = getattr(flight, field)
        if len(text) > _TEXT_MAX:
            yield field, f"{len(text)} characters; at most {_TEXT_MAX} are allowed"
        elif text and (fault := name_fault(text)):
            yield field, fault
    if flight.kind and flight.kind not in KINDS:
        yield "kind", f"{flight.kind[:80]!r}: allowed are {', '.join(KINDS)}, or nothing"
    if len(flight.labels) > LABELS_MAX:
        yield "labels", f"{len(flight.labels)} identifiers; at most {LABELS_MAX} are allowed"
    for label in flight.labels:
        if not _LABEL.fullmatch(label) or label != label.lower():
            yield (
                "labels",
                f"{label[:80]!r}: {' or '.join(LABEL_SYSTEMS)}, a colon and the identifier in small letters, "
                "such as remote_id:1596f",
            )


def _of_place(flight: AuthorisedFlight, frame: LocalFrame) -> Iterator[Fault]:
    least, most = _PLACES[flight.shape]
    if not least <= len(flight.places) <= most:
        yield "places", f"a {flight.shape.value} has {_count(least, most)} places, not {len(flight.places)}"
        return
    if flight.shape in (Shape.CIRCLE, Shape.ROUTE) and not 1.0 <= flight.extent_m <= FAR_M:
        what = "radius" if flight.shape is Shape.CIRCLE else "width"
        yield "extent_m", f"a {what} of {flight.extent_m:g} m: from 1 to {FAR_M:,.0f} m is allowed"
    for latitude, longitude in flight.places:
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            yield "places", f"{latitude:g}, {longitude:g} is no place: latitude first, from -90 to 90"
            return
        away_m = float(np.linalg.norm(frame.enu_from_geodetic(latitude, longitude, frame.height_m)[:2]))
        if away_m > FAR_M:
            yield (
                "places",
                f"{latitude:g}, {longitude:g} is {away_m / 1000:,.0f} km from the site; at most 100 km",
            )
            return
    if flight.shape is Shape.POLYGON and not shapely.is_valid(shapely.Polygon(flight.places)):
        yield "places", "the area's edges cross; list its corners in order around it"


def _count(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"
