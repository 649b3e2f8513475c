"""What nodes of the field get wrong: told in words that name it, and shown where people look."""

from math import radians
from typing import Any

import pytest

from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient import edge
from marsad.feeds.sapient.node_id import node_id
from marsad.feeds.sapient.refused import KEPT_NS, REFUSED_MAX
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import SapientMessage, StatusReport
from marsad.model.detection import Claim
from marsad.model.sensor import SensorHealth, SensorKind
from marsad.report.sensor_note import note_text


def parsed(framed: bytes) -> Any:
    return SapientMessage.FromString(framed[4:])


def codes(received: Any) -> list[str]:
    return [refusal.reason for refusal in received.refusals]


def located(talk: Any, camera: edge.EdgeNode, **errors: float) -> Any:
    """A position in degrees with such errors."""
    message = parsed(
        edge.location_detection(
            camera, talk.t_ns, talk.ulid(), ulid(talk.t_ns, 7), 33.81, 42.45, 300.0, 10.0,
            claim=Claim("icao", "4b43ac", "ABC123@@@"),
        )
    )  # fmt: skip
    for name, value in errors.items():
        setattr(message.detection_report.location, name, value)
    return talk.say_message(message)


# ------------------------------------------------------------------ D8: errors in another unit


@pytest.mark.parametrize("system", [1, 2])
def test_d8_errors_in_metres_of_a_position_in_degrees_are_corrected_and_told(
    talk: Any, camera: edge.EdgeNode, system: int
) -> None:
    talk.greet(camera)
    message = parsed(
        edge.location_detection(camera, talk.t_ns, talk.ulid(), ulid(talk.t_ns, 7), 33.81, 42.45, 300.0, 10.0)
    )
    place = message.detection_report.location
    if system == 2:
        place.x, place.y, place.coordinate_system = radians(place.x), radians(place.y), 2
    place.x_error, place.y_error = 5.0, 4.0
    received = talk.say_message(message)
    (detection,) = received.detections
    assert detection.sigmas[:2] == (5.0, 4.0)
    assert talk.feed.counters["error-unit-corrected"] == 1
    sensor = received.sensors[-1]
    assert sensor.health is SensorHealth.DEGRADED
    unit = "degrees" if system == 1 else "radians"
    assert "x_error = 5, y_error = 4" in sensor.note and unit in sensor.note and "metres" in sensor.note
    assert "5" in note_text(sensor, "ar") and "degrees" not in note_text(sensor, "ar")


@pytest.mark.parametrize("error", [0.2, 0.1, 20_000.0])
def test_d8_errors_that_can_be_neither_degrees_nor_metres_are_refused_with_their_unit(
    talk: Any, camera: edge.EdgeNode, error: float
) -> None:
    talk.greet(camera)
    received = located(talk, camera, x_error=error, y_error=error)
    assert codes(received) == [RefusalReason.POSITION_IMPLAUSIBLE] and received.detections == []
    assert f"x_error = {error:g}" in received.refusals[0].detail
    assert "degrees" in received.refusals[0].detail


def test_d8_coarse_but_possible_errors_stay_what_they_are(talk: Any, camera: edge.EdgeNode) -> None:
    talk.greet(camera)
    (detection,) = located(talk, camera, x_error=0.05, y_error=0.05).detections
    assert 4_000 < detection.sigmas[0] < 6_000 and "error-unit-corrected" not in talk.feed.counters


def test_d8_each_axis_keeps_its_error_where_a_node_has_them_swapped(
    talk_with: Any, camera: edge.EdgeNode
) -> None:
    talk = talk_with(nodes={camera.node_id: {"axis_order": "yx"}})
    talk.say(edge.registration(camera, talk.t_ns))
    message = parsed(
        edge.location_detection(camera, talk.t_ns, talk.ulid(), ulid(talk.t_ns, 7), 42.45, 33.81, 300.0, 10.0)
    )
    place = message.detection_report.location
    place.x_error, place.y_error = 3.0, 8.0
    (detection,) = talk.say_message(message).detections
    assert detection.sigmas[:2] == (8.0, 3.0)


# ------------------------------------------------------------------ D10: padding


@pytest.mark.parametrize("padded", ["ABC123@@@", "ABC123__", " ABC123 ", "ABC123\t"])
def test_d10_padding_is_no_part_of_a_callsign(talk: Any, camera: edge.EdgeNode, padded: str) -> None:
    talk.greet(camera)
    message = parsed(
        edge.location_detection(
            camera, talk.t_ns, talk.ulid(), ulid(talk.t_ns, 7), 33.81, 42.45, 300.0, 10.0,
            claim=Claim("icao", "4b43ac", "ABC123"),
        )
    )  # fmt: skip
    for entry in message.detection_report.object_info:
        if entry.type == edge.CALLSIGN:
            entry.value = padded
    (detection,) = talk.say_message(message).detections
    assert detection.claim.callsign == "ABC123"


# ------------------------------------------------------------------ D12: refused nodes


def third_party(talk: Any) -> Any:
    """A registration as two of two nodes of others sent it: no settle time, task, text of capabilities."""
    message = parsed(edge.registration(talk.node, talk.t_ns))
    message.registration.mode_definition[0].ClearField("settle_time")
    message.registration.mode_definition[0].ClearField("task")
    del message.registration.capabilities[:]
    message.registration.capabilities.add()
    return message


def test_d12_a_node_with_harmless_gaps_is_taken_by_default_and_the_gaps_are_listed(
    talk: Any, parsed_answers: Any
) -> None:
    (ack,) = parsed_answers(talk.say_message(third_party(talk)))
    reasons = " ".join(ack.registration_ack.ack_response_reason)
    assert ack.registration_ack.acceptance
    assert all(word in reasons for word in ("settleTime", "task", "capabilities"))
    talk.say(edge.status(talk.node, talk.t_ns, talk.ulid(), first=True))
    assert len(talk.say(talk.polar()).detections) == 1
    (sensor,) = talk.feed.sensors()
    assert sensor.health is SensorHealth.OK and "settleTime" in sensor.note
    assert "settleTime" in note_text(sensor, "ar") and "forgiven" not in note_text(sensor, "ar")
    again = talk.say(edge.registration(talk.node, talk.t_ns))
    assert again.sensors[-1].note == ""


def test_d12_strictness_is_a_setting(talk_with: Any, parsed_answers: Any) -> None:
    talk = talk_with(forgive_registration=False)
    received = talk.say_message(third_party(talk))
    ack, error = parsed_answers(received)
    assert not ack.registration_ack.acceptance
    assert "forgive_registration" in " ".join(ack.registration_ack.ack_response_reason)
    assert error.WhichOneof("content") == "error"


def test_d12_a_refused_node_is_shown_with_its_reasons_until_it_is_taken(
    talk: Any, parsed_answers: Any
) -> None:
    message = third_party(talk)
    message.registration.status_definition.ClearField("status_interval")
    ack, _ = parsed_answers(talk.say_message(message))
    assert not ack.registration_ack.acceptance
    assert any("statusInterval" in one for one in ack.registration_ack.ack_response_reason)
    (sensor,) = talk.feed.sensors()
    assert (sensor.sensor_id, sensor.name, sensor.kind) == (
        talk.node.node_id,
        "Radar North",
        SensorKind.RADAR,
    )
    assert sensor.health is SensorHealth.REFUSED and sensor.last_t_ns == talk.t_ns
    for language in ("ar", "en"):
        assert "statusInterval" in note_text(sensor, language)
    later = talk.say(talk.polar())
    assert codes(later) == [RefusalReason.NOT_REGISTERED]
    assert "statusInterval" in later.refusals[0].detail
    assert len(talk.feed.sensors()) == 1
    talk.greet()
    (sensor,) = talk.feed.sensors()
    assert sensor.health is SensorHealth.OK


def test_d12_who_cannot_even_name_himself_is_shown_by_his_connection(talk: Any) -> None:
    message = third_party(talk)
    message.node_id = "radar-1"
    talk.say_message(message, link=4)
    (sensor,) = talk.feed.sensors()
    assert sensor.sensor_id == "connection 4" and "nodeId" in sensor.note


def test_d12_refused_nodes_are_bounded_in_number_and_time(talk: Any) -> None:
    for number in range(REFUSED_MAX + 5):
        talk.t_ns += 1_000_000_000
        message = third_party(talk)
        message.node_id = node_id(f"stranger {number}")
        message.registration.ClearField("icd_version")
        talk.say_message(message, link=number)
    shown = talk.feed.sensors()
    assert len(shown) == REFUSED_MAX and shown[-1].sensor_id == node_id(f"stranger {REFUSED_MAX + 4}")
    talk.wait(KEPT_NS / 1e9 + 1)
    assert talk.feed.sensors() == ()


# ------------------------------------------------------------------ D13: another version


def test_d13_a_registration_of_version_1_is_called_that_before_all_its_field_errors(
    talk: Any, parsed_answers: Any
) -> None:
    message = parsed(edge.registration(talk.node, talk.t_ns))
    for _ in range(30):  # more faults than are told
        message.registration.node_definition.add()
    message.registration.icd_version = "BSI_Flex_335_v1.0"
    received = talk.say_message(message)
    ack, error = parsed_answers(received)
    for texts in (ack.registration_ack.ack_response_reason, error.error.error_message):
        assert texts[0].startswith("this is SAPIENT v1.0") and "v2.0" in texts[0] and len(texts) == 10
    assert received.refusals[0].detail.startswith("this is SAPIENT v1.0")
    (sensor,) = talk.feed.sensors()
    assert sensor.note.startswith("registration refused: this is SAPIENT v1.0")
    # and so is what it says next
    assert "this is SAPIENT v1.0" in talk.say(talk.polar()).refusals[0].detail


def first_version_status(talk: Any) -> bytes:
    """A status report of version 1.0: coverage in field 9, kind of status in field 2 as text."""
    body = SapientMessage(node_id=talk.node.node_id)
    body.timestamp.seconds = talk.t_ns // 10**9
    report = StatusReport(report_id=talk.ulid(), system="SYSTEM_OK", info="INFO_NEW", mode="default")
    inner: bytes = report.SerializeToString()
    status = b"\x08\x02" + b"\x12\x07weather"
    inner += b"\x5a" + bytes([len(status)]) + status  # status = 11
    inner += b"\x4a\x00"  # coverage = 9
    head: bytes = body.SerializeToString()
    return head + b"\x32" + bytes([len(inner)]) + inner


def test_d13_a_status_report_of_version_1_is_known_by_its_fields(talk: Any) -> None:
    talk.greet()
    body = first_version_status(talk)
    (refusal,) = talk.say(len(body).to_bytes(4, "little") + body).refusals
    assert refusal.reason == RefusalReason.INVALID
    assert refusal.detail.startswith("this is SAPIENT v1.0")
    assert "statusType" in refusal.detail


@pytest.mark.parametrize("version", ["SAPIENT", "BSI Flex 335 v3.1"])
def test_d13_any_other_version_is_named_too(talk: Any, version: str) -> None:
    message = parsed(edge.registration(talk.node, talk.t_ns))
    message.registration.icd_version = version
    detail = talk.say_message(message).refusals[0].detail
    assert repr(version) in detail and ("v3.1" in detail.partition(":")[0]) == (version != "SAPIENT")


def test_d13_xml_of_before_is_called_xml(talk: Any) -> None:
    (refusal,) = talk.say(b'<?xml version="1.0"?><SensorRegistration>').refusals
    assert refusal.reason == RefusalReason.FRAME_TOO_LONG and "XML" in refusal.detail
