"""Flights out of files: taken whole, or every fault named with its line or path."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.errors import ConfigError
from marsad.geo.local import LocalFrame
from marsad.model.flight import Shape
from marsad.site.flight_files import read_flights

FRAME = LocalFrame(33.3, 44.4, 40.0)
HEADER = "id,name,operator,phone,kind,remote_id,area,radius_m,width_m,low_m,high_m,from,until,remarks\n"
GOOD = HEADER + (
    "a,Survey,City,+964 770,multirotor,1596F,33.31 44.40,300,,0,120,"
    "2030-01-01T08:00+03:00,2030-01-01T10:00+03:00,\n"
    '"b","Power line, north",,,fixedwing_small,,33.31 44.40; 33.33 44.42,,100,,,,2030-01-01T10:00Z,weekly\n'
)


def faults(data: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_flights(data.encode(), "flights.csv", FRAME)
    return [f"{fault.line}: {fault}" for fault in caught.value.faults]


def test_a_table_is_read() -> None:
    one, two = read_flights(GOOD.encode(), "flights.csv", FRAME)
    assert (one.name, one.operator, one.phone, one.labels) == (
        "Survey",
        "City",
        "+964 770",
        ("remote_id:1596f",),
    )
    assert (one.shape, one.places, one.extent_m) == (Shape.CIRCLE, ((33.31, 44.4),), 300.0)
    assert (one.low_m, one.high_m) == (0.0, 120.0)
    assert (one.until_t_ns - one.from_t_ns) == 2 * 3_600 * 10**9
    assert (two.name, two.shape, two.extent_m, two.remarks) == (
        "Power line, north",
        Shape.ROUTE,
        100.0,
        "weekly",
    )
    assert two.low_m is None and two.from_t_ns == 0


def test_semicolons_and_a_byte_order_mark_are_understood() -> None:
    table = "\ufeffid;name;until;icao\r\na;Helicopter;2030-01-01T00:00:00Z;4B43AC\r\n"
    (flight,) = read_flights(table.encode(), "flights.csv", FRAME)
    assert flight.labels == ("icao:4b43ac",)


def test_every_fault_of_a_table_is_told_at_once_with_its_line() -> None:
    told = faults(
        HEADER
        + "a,,,,helicopter,x,,,,,,,tomorrow,\n"
        + "b,Two,,,,x,33.31 44.40,,,,,,2030-01-01T00:00:00Z,\n"
        + "b,Three,,,,x,,,,200,100,2031-01-01T00:00:00Z,2030-01-01T00:00:00Z,\n"
        + "d,Four,,,,,,,,,,,2030-01-01T00:00:00Z,\n"
        + "e,Five,,,,x,13.31 44.40,300,,,,,2030-01-01T00:00:00Z,,too,many\n"
        + "f,Six,,,,x,33.31 44.40,a lot,,,,,2030-01-01T00:00:00,\n"
    )
    for line, part in (
        (2, "name: is empty"), (2, "'tomorrow': a time with its zone"),
        (3, "area: give one place with radius_m"),
        (4, "the lower one comes first"), (4, "ends before it begins"),
        (5, "neither an identifier nor a place"),
        (6, "16 cells under 14 columns"),
        (7, "'a lot': a number is expected"), (7, "'2030-01-01T00:00:00': a time with its zone"),
    ):  # fmt: skip
        assert any(one.startswith(f"{line}: ") and part in one for one in told), (line, part, told)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "column 'id' is missing"),
        ("id,name,until\n", "declares no flight"),
        (
            "id,name,until,colour\na,A,2030-01-01T00:00:00Z,red\n",
            "unknown column 'colour'; known are id, name",
        ),
        ("id,name\na,A\n", "column 'until' is missing"),
        ("id,id,name,until\n", "column 'id' is there 2 times"),
        ("{", "is not JSON"),
        ("[]", "declares no flight"),
        ("[1]", "a flight declaration is a JSON object"),
        ('{"a": 1}', "is no flight declaration: flight_declaration_geo_json (GeoJSON) or volumes"),
    ],
)
def test_what_is_no_list_of_flights_is_refused(table: str, says: str) -> None:
    assert any(says in one for one in faults(table))


def test_a_table_in_another_encoding_is_refused() -> None:
    with pytest.raises(ConfigError, match="no UTF-8 text"):
        read_flights("id,name\na,مسح".encode("cp1256"), "flights.csv", FRAME)


def geojson() -> dict[str, Any]:
    ring = [[44.40, 33.31], [44.41, 33.31], [44.41, 33.32], [44.40, 33.31]]
    return {
        "flight_id": "utm-7",
        "originating_party": "Medicine Delivery Company",
        "purpose": "Delivery",
        "phone": "+964 780",
        "start_datetime": "2030-01-01T08:00:00Z",
        "end_datetime": "2030-01-01T09:00:00Z",
        "aircraft_serial_number": "1596F",
        "flight_declaration_geo_json": {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {
                        "min_altitude": {"meters": 50, "datum": "agl"},
                        "max_altitude": {"meters": 160, "datum": "wgs84"},
                    },
                    "geometry": {"type": "Polygon", "coordinates": [ring]},
                }
            ],
        },
    }


def f3548() -> dict[str, Any]:
    def volume(outline: dict[str, Any]) -> dict[str, Any]:
        return {
            "volume": outline
            | {
                "altitude_lower": {"value": 40, "reference": "W84", "units": "M"},
                "altitude_upper": {"value": 140, "reference": "W84", "units": "M"},
            },
            "time_start": {"value": "2030-01-01T08:00:00Z", "format": "RFC3339"},
            "time_end": {"value": "2030-01-01T09:00:00Z", "format": "RFC3339"},
        }

    vertices = [{"lng": 44.40, "lat": 33.31}, {"lng": 44.41, "lat": 33.31}, {"lng": 44.41, "lat": 33.32}]
    circle = {"center": {"lng": 44.42, "lat": 33.33}, "radius": {"value": 250, "units": "M"}}
    return {
        "operational_intent": {
            "reference": {"id": "2f8343be-6482-4d1b-a474-16847e01af1e", "manager": "uss1"},
            "details": {
                "volumes": [
                    volume({"outline_polygon": {"vertices": vertices}}),
                    volume({"outline_circle": circle}),
                ]
            },
        }
    }


def read(record: Any) -> Any:
    return read_flights(json.dumps(record).encode(), "declaration.json", FRAME)


def test_a_geojson_declaration_is_read() -> None:
    (flight,) = read(geojson())
    assert (flight.flight_id, flight.name, flight.operator) == (
        "utm-7",
        "Delivery",
        "Medicine Delivery Company",
    )
    assert flight.labels == ("remote_id:1596f",) and flight.phone == "+964 780"
    assert flight.shape is Shape.POLYGON and flight.places[0] == (33.31, 44.40) and len(flight.places) == 3
    assert (flight.low_m, flight.high_m) == (50.0, 120.0)  # the site lies 40 m above the ellipsoid
    assert flight.source == "declaration"


def test_an_operational_intent_is_read_volume_by_volume() -> None:
    one, two = read(f3548())
    assert one.flight_id.endswith("1af1e.1") and two.flight_id.endswith("1af1e.2")
    assert one.operator == "uss1"
    assert (one.shape, two.shape, two.extent_m) == (Shape.POLYGON, Shape.CIRCLE, 250.0)
    assert (one.low_m, one.high_m) == (0.0, 100.0)


def test_every_fault_of_a_declaration_is_told_with_its_path() -> None:
    first, second = geojson(), f3548()
    properties = first["flight_declaration_geo_json"]["features"][0]["properties"]
    properties["max_altitude"]["datum"] = "amsl"
    del first["end_datetime"]
    second["operational_intent"]["details"]["volumes"][1]["volume"]["outline_circle"]["radius"]["value"] = (
        "wide"
    )
    second["operational_intent"]["details"]["volumes"][0]["time_start"]["value"] = "2030-01-01"
    told = faults(json.dumps([first, second, 5]))
    for path, part in (
        (
            "[0].flight_declaration_geo_json.features[0].properties.max_altitude.datum",
            "'amsl': allowed are W84",
        ),
        ("[0].flight_declaration_geo_json.features[0].properties.end_datetime", "is missing"),
        ("[1].operational_intent.details.volumes[1].volume.outline_circle.radius.value", "'wide': a number"),
        ("[1].operational_intent.details.volumes[0].time_start.value", "a time with its zone"),
        ("[2]", "a flight declaration is a JSON object"),
    ):
        assert any(path in one and part in one for one in told), (path, told)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_garbage_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(ConfigError):
        read_flights(data, "garbage", FRAME)


KEYS = (
    "volumes", "volume", "features", "geometry", "properties", "type", "coordinates", "reference",
    "flight_declaration_geo_json", "outline_circle", "radius", "time_start", "operational_intent", "labels",
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_of_any_shape_is_refused_in_words(record: Any) -> None:
    with pytest.raises(ConfigError):
        read_flights(b"[" + json.dumps(record).encode() + b"]", "garbage", FRAME)
