"""Flight declarations in JSON: GeoJSON declarations of UTM systems, and ASTM F3548 operational intents.

Of both the common fields are read. Each feature, or each volume, is one flight of the register.
"""

from collections.abc import Callable, Iterator
from typing import Any

from marsad.geo.local import LocalFrame
from marsad.model.flight import FOREVER_NS, AuthorisedFlight, Shape
from marsad.site.flight_fields import Faults, Taken, moment_ns, number

ROUTE_WIDTH_M = 100.0  # of a line without a width of its own
_GEOJSON = ("flight_declaration_geo_json", "parts")
_UNITS = {"M": 1.0, "FT": 0.3048}
Place = tuple[float, float]


def declared(root: Any, frame: LocalFrame, faults: Faults) -> Iterator[Taken]:
    """The flights of one declaration or of a list of them; what is wrong goes to `faults` with its path."""
    several = isinstance(root, list)
    for number_, record in enumerate(root if several else [root]):
        reader = _Reader(frame, faults, f"[{number_}]" if several else "")
        if not isinstance(record, dict):
            faults.add(reader.path or "(file)", "", "a flight declaration is a JSON object")
        elif any(key in record for key in _GEOJSON):
            yield from reader.features(record)
        elif (volumes := _volumes(record)) is not None:
            yield from reader.volumes(record, *volumes)
        else:
            wanted = f"{_GEOJSON[0]} (GeoJSON) or volumes (ASTM F3548) is expected"
            faults.add(reader.path or "(file)", "", f"is no flight declaration: {wanted}")


def _volumes(record: dict[str, Any]) -> tuple[Any, str] | None:
    """The volumes of an operational intent, however deep they stand, and their path."""
    for path in (
        ("volumes",),
        ("details", "volumes"),
        ("operational_intent", "details", "volumes"),
        ("operational_intent_reference", "volumes"),
        ("flight_intent", "operational_intent", "volumes"),
    ):
        found: Any = record
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if found is not None:
            return found, ".".join(path)
    return None


class _Reader:
    """Reads one declaration."""

    def __init__(self, frame: LocalFrame, faults: Faults, path: str) -> None:
        self.path = path
        self._frame = frame
        self._faults = faults

    # ---------------------------------------------------------------- GeoJSON

    def features(self, record: dict[str, Any]) -> Iterator[Taken]:
        """The flights of GeoJSON features; what is none is a fault with its place."""
        key = next(key for key in _GEOJSON if key in record)
        collection, at = record[key], self._at(key)
        found = collection.get("features") if isinstance(collection, dict) else None
        if not isinstance(found, list) or not found:
            self._faults.add(f"{at}.features", "", "a list of at least one GeoJSON feature is expected")
            return
        for index, feature in enumerate(found):
            where = f"{at}.features[{index}]"
            if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
                self._faults.add(where, "", "a GeoJSON feature is expected")
                continue
            properties = feature.get("properties") or {}
            shape, places, extent_m = self._geometry(feature.get("geometry"), properties, f"{where}.geometry")
            heights = [
                self._height(properties.get(name), f"{where}.properties.{name}", "meters", "datum")
                for name in ("min_altitude", "max_altitude")
            ]
            times = [self._time(properties, record, names, where) for names in (_FROM_NAMES, _UNTIL_NAMES)]
            yield self._flight(record, index, len(found), (shape, places, extent_m), heights, times)

    def _geometry(
        self, geometry: Any, properties: dict[str, Any], where: str
    ) -> tuple[Shape, tuple[Place, ...], float]:
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
        at = f"{where}.coordinates"
        if kind == "Polygon" and isinstance(coordinates, list) and coordinates:
            return Shape.POLYGON, _opened(self._places(coordinates[0], at + "[0]", _lng_lat)), 0.0
        if kind == "LineString":
            width_m = self._number(properties.get("width_m", ROUTE_WIDTH_M), f"{where}.properties.width_m")
            return Shape.ROUTE, self._places(coordinates, at, _lng_lat), width_m or ROUTE_WIDTH_M
        if kind == "Point" and "radius_m" in properties:
            radius_m = self._number(properties["radius_m"], f"{where}.properties.radius_m")
            return Shape.CIRCLE, self._places([coordinates], at, _lng_lat), radius_m or 1.0
        allowed = "Polygon, LineString, or Point with properties.radius_m"
        self._faults.add(f"{where}.type", str(kind), f"{str(kind)[:40]!r}: allowed are {allowed}")
        return Shape.ANYWHERE, (), 0.0

    # ---------------------------------------------------------------- ASTM F3548

    def volumes(self, record: dict[str, Any], volumes: Any, below: str) -> Iterator[Taken]:
        """The flights of the volumes of an operational intent, which stand at `below` in the record."""
        at = self._at(below)
        if not isinstance(volumes, list) or not volumes:
            self._faults.add(at, "", "a list of at least one volume is expected")
            return
        for index, item in enumerate(volumes):
            where = f"{at}[{index}]"
            volume = item.get("volume") if isinstance(item, dict) else None
            if not isinstance(volume, dict):
                self._faults.add(f"{where}.volume", "", "is missing; a volume with its outline is expected")
                continue
            outline = self._outline(volume, f"{where}.volume")
            heights = [
                self._height(volume.get(name), f"{where}.volume.{name}", "value", "reference")
                for name in ("altitude_lower", "altitude_upper")
            ]
            times = [
                self._f3548_time(item.get(name), f"{where}.{name}") for name in ("time_start", "time_end")
            ]
            yield self._flight(record, index, len(volumes), outline, heights, times)

    def _outline(self, volume: dict[str, Any], where: str) -> tuple[Shape, tuple[Place, ...], float]:
        circle, polygon = volume.get("outline_circle"), volume.get("outline_polygon")
        if isinstance(circle, dict):
            radius = circle.get("radius")
            units = str(radius.get("units", "M")) if isinstance(radius, dict) else "M"
            value = self._number(
                radius.get("value") if isinstance(radius, dict) else radius,
                f"{where}.outline_circle.radius.value",
            )
            places = self._places([circle.get("center")], f"{where}.outline_circle.center", _named)
            return Shape.CIRCLE, places, (value or 1.0) * _UNITS.get(units.upper(), 1.0)
        if isinstance(polygon, dict):
            at = f"{where}.outline_polygon.vertices"
            return Shape.POLYGON, _opened(self._places(polygon.get("vertices"), at, _named)), 0.0
        self._faults.add(where, "", "outline_polygon or outline_circle is expected")
        return Shape.ANYWHERE, (), 0.0

    def _f3548_time(self, written: Any, where: str) -> int | None:
        if written is None:
            self._faults.add(where, "", "is missing")
            return None
        value = written.get("value") if isinstance(written, dict) else written
        return self._moment(value, f"{where}.value")

    # ---------------------------------------------------------------- both

    def _flight(
        self,
        record: dict[str, Any],
        index: int,
        count: int,
        outline: tuple[Shape, tuple[Place, ...], float],
        heights: list[float | None],
        times: list[int | None],
    ) -> Taken:
        intent = record.get("operational_intent", record)
        reference = intent.get("reference") if isinstance(intent, dict) else None
        flight_id = _first(record, "flight_id", "id", "plan_id") or _first(reference, "id")
        if not flight_id:
            self._faults.add(self._at("flight_id"), "", "is missing; give each declaration an id of its own")
        party = _first(record, "originating_party", "operator", "operator_id") or _first(reference, "manager")
        name = _first(record, "name", "purpose") or party or flight_id
        labels = record.get("labels") if isinstance(record.get("labels"), list) else []
        serial = _first(record, "aircraft_serial_number", "remote_id", "uas_serial_number")
        icao, callsign = _first(record, "icao_address", "icao"), _first(record, "callsign")
        written = [
            *map(str, labels or []),
            *([f"remote_id:{serial}"] if serial else []),
            *([f"icao:{icao}"] if icao else []),
            *([f"callsign:{''.join(callsign.split())}"] if callsign else []),
        ]
        flight = AuthorisedFlight(
            flight_id if count == 1 else f"{flight_id}.{index + 1}",
            name if count == 1 else f"{name} {index + 1}",
            operator=party,
            phone=_first(record, "phone", "contact_phone", "contact_url"),
            kind=_first(record, "kind"),
            make=_first(record, "make", "aircraft_id", "vehicle_id"),
            labels=tuple(dict.fromkeys(label.lower() for label in written)),
            shape=outline[0],
            places=outline[1],
            extent_m=outline[2],
            low_m=heights[0],
            high_m=heights[1],
            from_t_ns=times[0] or 0,
            until_t_ns=times[1] or FOREVER_NS,
            remarks=_first(record, "remarks"),
            source="declaration",
        )
        return flight, 0, f"{self.path}." if self.path else ""

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _time(
        self, properties: dict[str, Any], record: dict[str, Any], names: tuple[str, ...], where: str
    ) -> int | None:
        for source, at in ((properties, f"{where}.properties"), (record, self.path)):
            for name in names:
                if name in source:
                    return self._moment(source[name], f"{at}.{name}" if at else name)
        self._faults.add(
            f"{where}.properties.{names[0]}", "", "is missing; so it is for the whole declaration"
        )
        return None

    def _moment(self, written: Any, where: str) -> int | None:
        found: int | None = self._read(moment_ns, written, where)
        return found

    def _number(self, written: Any, where: str) -> float | None:
        found: float | None = self._read(number, written, where)
        return found

    def _read(self, reading: Callable[[Any], Any], written: Any, where: str) -> Any:
        try:
            return reading(written)
        except ValueError as error:
            self._faults.add(where, str(written), f"{str(written)[:60]!r}: {error}")
            return None

    def _height(self, written: Any, where: str, value: str, datum: str) -> float | None:
        """Height above the site's reference point: as written above the ground, less its own above WGS-84."""
        if written is None:
            return None
        if not isinstance(written, dict):
            self._faults.add(where, str(written), f"a table of {value} and {datum} is expected")
            return None
        units = str(written.get("units", "M")).upper()
        height_m = self._number(written.get(value), f"{where}.{value}")
        if height_m is None:
            return None
        if units not in _UNITS:
            self._faults.add(f"{where}.units", units, f"{units[:20]!r}: allowed are {', '.join(_UNITS)}")
        height_m *= _UNITS.get(units, 1.0)
        above = str(written.get(datum, "")).lower()
        if above in ("w84", "wgs84", "hae"):
            return height_m - self._frame.height_m
        if above in ("agl", "sfc", "ground"):
            return height_m
        allowed = "W84 (above the ellipsoid) and AGL; heights above sea level need a geoid, which is not here"
        self._faults.add(f"{where}.{datum}", above, f"{above[:20]!r}: allowed are {allowed}")
        return None

    def _places(self, written: Any, where: str, place: Callable[[Any], Place]) -> tuple[Place, ...]:
        if not isinstance(written, list):
            self._faults.add(where, "", "a list of places is expected")
            return ()
        places: list[Place] = []
        for index, item in enumerate(written):
            try:
                places.append(place(item))
            except (ValueError, TypeError, LookupError):
                self._faults.add(f"{where}[{index}]", str(item), f"{str(item)[:60]!r} is no place")
        return tuple(places)


_FROM_NAMES = ("start_datetime", "start_time", "effective_time_begin")
_UNTIL_NAMES = ("end_datetime", "end_time", "effective_time_end")


def _lng_lat(item: Any) -> Place:
    return number(item[1]), number(item[0])


def _named(item: Any) -> Place:
    return number(item["lat"]), number(item["lng"])


def _opened(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """A ring without its repeated first corner."""
    return places[:-1] if len(places) > 1 and places[0] == places[-1] else places


def _first(record: Any, *names: str) -> str:
    """The first of some fields that holds a text or a number, as text; "" if none does."""
    for name in names:
        value = record.get(name) if isinstance(record, dict) else None
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""
