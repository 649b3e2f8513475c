"""Whatever bytes come, in whatever pieces, nothing raises and the pieces do not matter."""

import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marsad.errors import ReceivedError
from marsad.feeds.sapient import edge
from marsad.feeds.sapient.feed import SapientFeed
from marsad.feeds.sapient.framing import Deframer, framed
from marsad.feeds.sapient.node_id import node_id
from marsad.feeds.sapient.quick import is_plain
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.validate import violations
from marsad.feeds.sapient.wire import DecodeError, SapientMessage
from marsad.feeds.settings import SapientSettings
from marsad.geo.local import LocalFrame
from marsad.model.frame import Frame
from marsad.model.sensor import SensorKind

T0 = 1_641_290_400_000_000_000
RADAR = edge.EdgeNode(node_id("radar"), "Radar", SensorKind.RADAR, 33.82, 42.45, 190.0)
CAMERA = edge.EdgeNode(node_id("camera"), "Camera", SensorKind.CAMERA, 33.79, 42.43, 185.0, polar=False)
POLAR = edge.polar_detection(
    RADAR,
    T0,
    ulid(T0, 2),
    ulid(T0, 3),
    1.0,
    0.01,
    range_m=1000.0,
    range_sigma_m=5.0,
    elevation_rad=0.1,
    elevation_sigma_rad=0.02,
    range_rate_mps=-5.0,
    range_rate_sigma_mps=0.5,
    classes=[("multirotor", 0.5), ("ballistic", 0.2), ("bird", 0.1)],
    confidence=0.5,
)
LOCATION = edge.location_detection(
    CAMERA, T0, ulid(T0, 4), ulid(T0, 5), 33.9, 42.5, 300.0, 10.0, velocity_enu=(1.0, 2.0, 3.0)
)
SPEECH = (
    edge.registration(RADAR, T0),
    edge.status(RADAR, T0, ulid(T0, 1), first=True),
    POLAR,
    edge.registration(CAMERA, T0),
    edge.status(CAMERA, T0, ulid(T0, 1), first=True),
    LOCATION,
    edge.alert(RADAR, T0, ulid(T0, 6), "A"),
    edge.status(RADAR, T0, ulid(T0, 8), health="goodbye"),
)


@pytest.fixture(scope="module")
def greeted() -> bytes:
    """A pickled feed that knows both nodes."""
    feed = SapientFeed(SapientSettings(name="s", listen="0.0.0.0:5020"), LocalFrame(33.8, 42.44, 180.0))
    feed.receive(Frame("s", T0, b"".join(SPEECH[:2] + SPEECH[3:5]), 1))
    return pickle.dumps(feed)


@given(st.lists(st.binary(max_size=50), max_size=20), st.lists(st.integers(1, 64), max_size=60))
def test_messages_come_out_whole_however_they_are_cut(bodies: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(framed, bodies))
    deframer = Deframer(64)
    found: list[bytes] = []
    for cut in [*cuts, len(stream)]:
        piece, stream = stream[:cut], stream[cut:]
        messages, fault = deframer.messages(piece)
        assert fault is None
        assert deframer.pending_bytes < 68
        found += messages
    assert found == bodies
    assert deframer.pending_bytes == 0


def test_a_length_beyond_the_limit_is_a_fault_at_its_place() -> None:
    deframer = Deframer(64)
    messages, fault = deframer.messages(framed(b"good") + (65).to_bytes(4, "little"))
    assert messages == [b"good"]
    assert isinstance(fault, ReceivedError)
    assert (fault.reason, fault.offset) == ("frame-too-long", 8)
    assert deframer.pending_bytes == 0


@pytest.mark.parametrize(("header", "hint"), [(b"\x00\x00\x00\x20", "big-endian"), (b"GET ", "SAPIENT peer")])
def test_a_wrong_length_is_explained(header: bytes, hint: str) -> None:
    _, fault = Deframer(64).messages(header)
    assert fault is not None
    assert hint in fault.detail


@given(st.lists(st.integers(1, 700), max_size=30))
def test_any_chunking_gives_the_same_result(cuts: list[int]) -> None:
    stream = b"".join(SPEECH)
    setting = SapientSettings(name="s", listen="0.0.0.0:5020")
    whole = SapientFeed(setting, LocalFrame(33.8, 42.44, 180.0))
    pieces = SapientFeed(setting, LocalFrame(33.8, 42.44, 180.0))
    expected = whole.receive(Frame("s", T0, stream, 1))
    assert len(expected.detections) == 2
    received: dict[str, list[Any]] = {"detections": [], "sensors": [], "replies": [], "refusals": []}
    for cut in [*cuts, len(stream)]:
        part = pieces.receive(Frame("s", T0, stream[:cut], 1))
        stream = stream[cut:]
        for name, values in received.items():
            values += getattr(part, name)
    # NaN is not equal to itself, its representation is
    assert {name: repr(values) for name, values in received.items()} == {
        name: repr(getattr(expected, name)) for name in received
    }
    assert pieces.counters == whole.counters


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_no_bytes_make_it_raise(greeted: bytes, chunks: list[bytes]) -> None:
    feed = pickle.loads(greeted)
    for chunk in chunks:
        feed.receive(Frame("s", T0, chunk, 1))
        feed.receive(Frame("s", T0, framed(chunk), 2))
    feed.advance(T0 + 10**12)


mutations = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8)


@settings(max_examples=300)
@given(st.sampled_from(SPEECH), mutations)
def test_no_damaged_message_makes_it_raise(
    greeted: bytes, message: bytes, changes: list[tuple[int, int]]
) -> None:
    feed = pickle.loads(greeted)
    body = bytearray(message[4:])
    for place, value in changes:
        body[place % len(body)] = value
    received = feed.receive(Frame("s", T0, framed(bytes(body)), 1))
    for detection in received.detections:
        for value, sigma in zip(detection.values, detection.sigmas, strict=True):
            assert (value != value) == (sigma != sigma)
            assert abs(value) < 1e7 or value != value
            assert 0 < sigma < 1e7 or sigma != sigma
    feed.advance(T0 + 10**11)


numbers = st.one_of(st.floats(), st.sampled_from([0.0, -1.0, 1e308, -1e308, 1e-320, 360.0, 6.3]))
DOUBLES = {
    "range_bearing": ["range", "azimuth", "elevation", "range_error", "azimuth_error", "elevation_error"],
    "location": ["x", "y", "z", "x_error", "y_error", "z_error"],
    "enu_velocity": ["east_rate", "north_rate", "up_rate", "east_rate_error", "up_rate_error"],
}


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([POLAR, LOCATION]),
    st.lists(st.tuples(st.integers(0, 5), numbers), max_size=6),
    st.integers(0, 7),
    st.integers(0, 6),
)
def test_no_numbers_make_it_raise(
    greeted: bytes, framed_report: bytes, changes: list[tuple[int, float]], system: int, datum: int
) -> None:
    feed = pickle.loads(greeted)
    message: Any = SapientMessage.FromString(framed_report[4:])
    report = message.detection_report
    for part in ("range_bearing", "location", "enu_velocity"):
        if report.HasField(part):
            for index, value in changes:
                setattr(getattr(report, part), DOUBLES[part][index % len(DOUBLES[part])], value)
    place = report.range_bearing if report.HasField("range_bearing") else report.location
    place.coordinate_system, place.datum = system, datum
    if system == 5:
        place_zone = "38S"
        if report.HasField("location"):
            report.location.utm_zone = place_zone
    received = feed.receive(Frame("s", T0, framed(message.SerializeToString()), 1))
    assert len(received.detections) + len(received.refusals) == 1
    for detection in received.detections:
        for value, sigma in zip(detection.values, detection.sigmas, strict=True):
            assert (value != value) == (sigma != sigma)
            assert abs(value) < 1e7 or value != value


@settings(max_examples=500)
@given(st.sampled_from([POLAR, LOCATION]), mutations, st.booleans())
def test_the_quick_test_never_passes_what_the_rules_refuse(
    message: bytes, changes: list[tuple[int, int]], strict: bool
) -> None:
    body = bytearray(message[4:])
    for place, value in changes:
        body[place % len(body)] = value
    try:
        parsed = SapientMessage.FromString(bytes(body))
    except DecodeError:
        return
    parsed.node_id = RADAR.node_id
    if parsed.WhichOneof("content") == "detection_report" and is_plain(parsed, strict=strict):
        assert violations(parsed, strict=strict) == []


def cleared(message: Any, path: str) -> Any:
    """The message without one field; repeated entries by their first."""
    *parents, name = path.split(".")
    at = message
    for parent in parents:
        at = getattr(at, parent)
        at = at[0] if hasattr(at, "__len__") else at
    at.ClearField(name)
    return message


FIELDS = [
    "timestamp",
    "detection_report.report_id",
    "detection_report.object_id",
    "detection_report.range_bearing",
    "detection_report.range_bearing.coordinate_system",
    "detection_report.range_bearing.datum",
    "detection_report.range_bearing.azimuth",
    "detection_report.detection_confidence",
    "detection_report.classification",
    "detection_report.classification.type",
    "detection_report.classification.confidence",
    "detection_report.classification.sub_class.type",
    "detection_report.classification.sub_class.level",
    "detection_report.classification.sub_class.sub_class.level",
    "detection_report.object_info",
    "detection_report.object_info.type",
    "detection_report.object_info.value",
    "detection_report.object_info.error",
]


@pytest.mark.parametrize("path", FIELDS)
def test_the_quick_test_and_the_rules_agree_on_every_missing_field(path: str) -> None:
    message = cleared(SapientMessage.FromString(POLAR[4:]), path)
    assert is_plain(message, strict=True) == (violations(message) == [])


@pytest.mark.parametrize(
    "part",
    [
        "location.x",
        "location.y",
        "location.coordinate_system",
        "location.datum",
        "location.z",
        "enu_velocity.east_rate",
        "enu_velocity.north_rate",
        "enu_velocity.up_rate",
        "enu_velocity",
        "location",
    ],
)
def test_the_quick_test_and_the_rules_agree_on_locations(part: str) -> None:
    message = cleared(SapientMessage.FromString(LOCATION[4:]), f"detection_report.{part}")
    assert is_plain(message, strict=True) == (violations(message) == [])


def test_usual_reports_take_the_quick_way() -> None:
    for framed_report in (POLAR, LOCATION):
        assert is_plain(SapientMessage.FromString(framed_report[4:]), strict=True)
