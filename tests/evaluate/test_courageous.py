import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.errors import ConfigError
from marsad.evaluate.courageous import Document, Log, read, write
from marsad.evaluate.foreign_run import score_log

from .logs import encoded, flight, log, place, position, record

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
# of each part of a log: the fields that must be there, and those that may be, by the format's description
FIELDS = {
    "log": ({"version", "vendor_name", "system_name", "static_cuas_location", "detection", "tracks"}, set()),
    "track": ({"uas_id", "records"}, {"name", "uav_home_location"}),
    "record": (
        {"time", "record_number", "classification", "alarm", "location"},
        {"identification", "velocity", "cuas_location"},
    ),
    "location": ({"$type", "lat", "lon", "height_amsl"}, set()),
}


def as_the_format_wants(tree: dict[str, Any]) -> bool:
    """Whether a written log has just the fields of the format, none of them null."""

    def fits(kind: str, part: dict[str, Any]) -> bool:
        must, may = FIELDS[kind]
        return must <= part.keys() <= must | may and None not in part.values()

    numbers = [item["record_number"] for track in tree["tracks"] for item in track["records"]]
    return (
        fits("log", tree)
        and all(fits("track", track) for track in tree["tracks"])
        and all(fits("record", item) for track in tree["tracks"] for item in track["records"])
        and all(fits("location", item["location"]) for track in tree["tracks"] for item in track["records"])
        and len(numbers) == len(set(numbers))
        and all(isinstance(item["time"], int) for track in tree["tracks"] for item in track["records"])
    )


LOCATIONS: list[dict[str, Any]] = [
    position(5.0),
    {"$type": "Position2d", "lat": 33.3, "lon": 44.4},
    {"$type": "BearingElevationDistance", "bearing": 12.5, "elevation": 3, "distance": 800.0},
    {"$type": "BearingElevation", "bearing": 12.5, "elevation": 3},
    {"$type": "Bearing", "bearing": 12.5},
    {"$type": "Arc", "from": 350, "to": 10},
    {"$type": "Quad", "quad": "West"},
]


@pytest.mark.parametrize("location", LOCATIONS, ids=lambda item: item["$type"])
def test_every_location_is_read_and_written_as_it_was(location: dict[str, Any]) -> None:
    tree = log(
        {"uas_id": 2**64 - 1, "name": "T", "uav_home_location": place(), "records": [record(0, 1, location)]},
        detection=({"records": [record(1, 2, location), record(2, 3, None)]}, {"uas_id": 7, "records": []}),
    )
    found = read(encoded(tree), "log")
    assert (found.unknown, found.repeated) == ((), 0)
    assert json.loads(write(found.document)) == tree


def test_the_optional_may_be_null_and_is_then_left_out() -> None:
    tree = log({"uas_id": 1, "name": None, "records": [record(0, 1, position(0), velocity=None)]})
    assert b"null" not in write(read(encoded(tree), "log").document)


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    tree = copy.deepcopy(log(flight(1, 0, 2), detection=({"records": [record(0, 9, None)]},)))
    change(tree)
    return tree


def put(value: Any, *keys: Any) -> Callable[[dict[str, Any]], object]:
    def change(tree: dict[str, Any]) -> None:
        part: Any = tree
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = value

    return change


RECORD = ("tracks", 0, "records", 1)
WRONG: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (put("0.3.2", "version"), r'\$\.version is "0\.3\.2": should be \'0\.4\.1\''),
    (lambda tree: tree.pop("vendor_name"), r"\$\.vendor_name is missing"),
    (put({}, "tracks"), r"\$\.tracks is \{\}: a list is needed"),
    (put(5, "tracks", 0), r"\$\.tracks\[0\] is 5: an object with fields is needed"),
    (put(-1, "tracks", 0, "uas_id"), r"\$\.tracks\[0\]\.uas_id is -1"),
    (put(2**64, "tracks", 0, "uas_id"), r"\$\.tracks\[0\]\.uas_id is 18446744073709551616"),
    (put(None, *RECORD, "alarm"), r"\$\.tracks\[0\]\.records\[1\]\.alarm is null"),
    (put("1700000000000", *RECORD, "time"), r"\.time is \"1700000000000\": should be a valid integer"),
    (put(1_700_000_000, *RECORD, "time"), r"records\[1\]\.time is 1700000000: this looks like seconds"),
    (put(1_700_000_000_000_000, *RECORD, "time"), "this looks like microseconds or nanoseconds"),
    (put("Drone", *RECORD, "classification"), r"\.classification is \"Drone\""),
    (put(1.5, *RECORD, "alarm", "certainty"), r"\.alarm\.certainty is 1\.5"),
    (put(1, *RECORD, "alarm", "active"), r"\.alarm\.active is 1"),
    (put(91, *RECORD, "location", "lat"), r"records\[1\]\.location\.lat is 91"),
    (put(float("nan"), *RECORD, "location", "lon"), r"\.location\.lon is NaN: a finite number is needed"),
    (put(float("inf"), *RECORD, "location", "height_amsl"), "a finite number is needed"),
    (put("Point", *RECORD, "location", "$type"), r"records\[1\]\.location is .*'Point'"),
    (put({"lat": 1}, *RECORD, "location"), r"\.location is .*: a location needs the field \$type"),
    (put({"east": 1, "north": 2}, *RECORD, "velocity"), r"\.velocity\.up is missing"),
    (lambda tree: tree["tracks"][0]["records"][1].pop("location"), r"\.records\[1\]\.location is missing"),
    (put(2e6, *RECORD, "location", "height_amsl"), r"height_amsl is 2000000\.0"),
    (put(1_800_000_000_000, *RECORD, "time"), r"the records lie up to 1157 days apart; at most 31"),
    (put({"lat": 1, "lon": 2}, "static_cuas_location"), r"static_cuas_location\.height_amsl is missing"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_a_fault_is_told_with_its_path(change: Callable[[dict[str, Any]], object], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        read(encoded(changed(change)), "system.json")
    assert str(caught.value).startswith("system.json: 1 fault\n")


def test_every_fault_is_told_at_once_and_no_more_than_can_be_read() -> None:
    tree = log(*({"uas_id": -1, "records": []} for _ in range(80)), version="1")
    with pytest.raises(ConfigError) as caught:
        read(encoded(tree), "log")
    assert len(caught.value.faults) == 51 and "and 31 more faults" in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"", b"[", b"{}x", b"\xff", b"[" * 50_000, b"9" * 5000, b'{"a": 1, "a": 2}']
)
def test_what_is_no_json_is_told(data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"no JSON text|twice"):
        read(data, "log")


def test_a_mark_of_the_byte_order_is_passed_by() -> None:
    assert read(b"\xef\xbb\xbf" + encoded(log()), "log").document.tracks == ()


def test_unknown_fields_are_told_and_not_fatal() -> None:
    tree = changed(put(1, "colour"))
    for item in tree["tracks"][0]["records"]:
        item["rcs"] = -10
        item["location"]["sigma"] = 5
    found = read(encoded(tree), "log")
    assert found.unknown == ("$.colour", "$.tracks[].records[].location.sigma", "$.tracks[].records[].rcs")


def test_record_numbers_that_are_there_twice_are_counted() -> None:
    assert read(encoded(log(flight(1, 0, 2), flight(2, 0, 2, first=1))), "log").repeated == 2


# ---------------------------------------------------------------- whatever comes

TRUTH = read(encoded(log(flight(1))), "truth")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def survives(data: bytes) -> None:
    """Read as a log and scored both as a system and as a truth, or refused in our words."""
    try:
        found = read(data, "log")
        assert isinstance(found, Log) and isinstance(found.document, Document)
        again = read(write(found.document), "again")
        assert again.document == found.document
        score_log(found, TRUTH)
        score_log(TRUTH, found)
    except ConfigError as error:
        assert error.faults and str(error)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_what_once_was_strange_is_survived(path: Path) -> None:
    survives(path.read_bytes())


def steps(tree: Any) -> list[tuple[Any, ...]]:
    """The way to every value in a tree."""
    below = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [(key, *rest) for key, value in below for rest in [(), *steps(value)]]


SMALL = log(
    {"uas_id": 1, "records": [record(t, t, item) for t, item in enumerate(LOCATIONS)]},
    detection=({"records": [record(3, 90, LOCATIONS[0])]},),
)
WAYS = steps(SMALL)


@given(st.data())
@settings(max_examples=150)
def test_any_value_anywhere_is_survived(data: st.DataObject) -> None:
    tree = copy.deepcopy(SMALL)
    for _ in range(data.draw(st.integers(1, 3))):
        way = data.draw(st.sampled_from(WAYS))
        try:
            put(data.draw(json_values), *way)(tree)
        except (KeyError, IndexError, TypeError):
            continue  # what led there is gone already
    survives(encoded(tree))


@given(st.data())
@settings(max_examples=100)
def test_any_bytes_in_place_of_others_are_survived(data: st.DataObject) -> None:
    text = bytearray(encoded(SMALL))
    for _ in range(data.draw(st.integers(1, 6))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    survives(bytes(text))


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data: bytes) -> None:
    survives(data)
