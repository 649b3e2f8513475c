"""What the page for integrators says is answered is what the feed answers."""

import re
from pathlib import Path

from marsad.feeds.sapient import edge, reply
from marsad.feeds.sapient.edge import EdgeNode
from marsad.feeds.sapient.feed import SapientFeed
from marsad.feeds.sapient.framing import framed
from marsad.feeds.sapient.node_id import node_id
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import SapientMessage, TaskAck, envelope
from marsad.feeds.settings import SapientSettings
from marsad.geo.local import LocalFrame
from marsad.model.frame import Frame
from marsad.model.sensor import SensorHealth, SensorKind

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "en" / "sapient.md"
T_NS = 1_700_000_000_000_000_000
NODE = EdgeNode(node_id("radar"), "Radar", SensorKind.RADAR, 33.301, 44.401, 40.0)


class Talk:
    """A connection to a feed as the guide's settings make it."""

    def __init__(self, **settings: object) -> None:
        given = SapientSettings.model_validate({"name": "sensors", "listen": "127.0.0.1:5020", **settings})
        self.feed = SapientFeed(given, LocalFrame(33.30, 44.40, 35.0))
        self.t_ns = T_NS

    def say(self, data: bytes, link: int = 1) -> list[SapientMessage]:
        received = self.feed.receive(Frame("sensors", self.t_ns, data, link))
        return [SapientMessage.FromString(one.data[4:]) for one in received.replies]

    def registered(self) -> "Talk":
        assert self.say(edge.registration(NODE, self.t_ns))[0].registration_ack.acceptance
        assert self.say(edge.status(NODE, self.t_ns, ulid(self.t_ns, 1), first=True)) == []
        return self


def plot(t_ns: int, number: int = 1) -> bytes:
    return edge.polar_detection(
        NODE, t_ns, ulid(t_ns, number), ulid(1, 1), 0.3, 0.01, range_m=4000.0, range_sigma_m=10.0
    )


def told(row: str) -> str:
    """What the page says is answered to what a row of it names."""
    (answer,) = re.findall(rf"^\| {re.escape(row)}.*? \| (.*) \|$", PAGE.read_text("utf-8"), re.M)
    return str(answer)


def test_a_registration_is_acknowledged_and_reports_are_taken_in_silence() -> None:
    talk = Talk().registered()
    assert talk.say(plot(T_NS)) == []
    assert "RegistrationAck, `acceptance: true`" in told("Registration, valid")
    assert told("StatusReport, DetectionReport, valid") == "nothing"


def test_one_node_too_many_is_refused_with_the_reason() -> None:
    talk = Talk(nodes_max=1).registered()
    other = EdgeNode(node_id("other"), "Other", SensorKind.RADAR, 33.3, 44.4, 40.0)
    answer = talk.say(edge.registration(other, T_NS))[0].registration_ack
    assert not answer.acceptance
    assert "no room" in answer.ack_response_reason[0]
    assert SapientSettings(name="sensors").nodes_max == 256
    assert "`acceptance: false`, with the reason" in told("Registration when 256 nodes are known")


def test_a_registration_against_the_rules_is_refused_and_one_with_harmless_gaps_is_not() -> None:
    message = SapientMessage.FromString(edge.registration(NODE, T_NS)[4:])
    message.registration.mode_definition[0].ClearField("settle_time")
    talk = Talk()
    (ack,) = talk.say(framed(message.SerializeToString()))
    assert ack.registration_ack.acceptance and "settleTime" in ack.registration_ack.ack_response_reason[0]
    assert "with what is missing" in told("Registration with gaps that do no harm")
    message.registration.icd_version = "BSI Flex 335 v1.0"
    talk = Talk()
    ack, error = talk.say(framed(message.SerializeToString()))
    assert not ack.registration_ack.acceptance and ack.registration_ack.ack_response_reason
    assert error.error.error_message[0].startswith("this is SAPIENT v1.0")
    assert "`acceptance: false`" in told("Registration that breaks a rule")
    assert "that it is v1.0, before all else" in told("anything of SAPIENT v1.0")
    (sensor,) = talk.feed.sensors()
    assert sensor.health is SensorHealth.REFUSED


def test_a_message_against_the_rules_is_answered_with_an_error_that_quotes_it() -> None:
    message = SapientMessage(node_id=NODE.node_id)
    message.registration.name = "x" * 5_000
    body = message.SerializeToString()
    _, answer = Talk().say(framed(body))
    assert "field-missing" in " ".join(answer.error.error_message)
    assert answer.error.packet == body[: reply.PACKET_BYTES_MAX]
    assert f"the first {reply.PACKET_BYTES_MAX} bytes" in told("anything that breaks a rule")


def test_an_unregistered_node_is_told_so_and_asked_to_register() -> None:
    answers = Talk().say(plot(T_NS))
    assert {answer.WhichOneof("content") for answer in answers} == {"error", "task"}
    (task,) = (answer.task for answer in answers if answer.HasField("task"))
    assert task.command.request == "Registration"
    (error,) = (answer.error for answer in answers if answer.HasField("error"))
    assert error.error_message[0].startswith("not-registered")
    assert "`not-registered`" in told("a report without being registered")


def test_an_alert_is_acknowledged_and_a_task_rejected() -> None:
    talk = Talk().registered()
    (answer,) = talk.say(edge.alert(NODE, T_NS, ulid(T_NS, 5), "smoke"))
    assert answer.HasField("alert_ack")
    task = envelope(NODE.node_id, T_NS, talk.feed.node_id)
    task.task.task_id = ulid(T_NS, 6)
    task.task.control = task.task.CONTROL_START
    task.task.command.request = "Status"
    (answer,) = talk.say(framed(task.SerializeToString()))
    assert answer.task_ack.task_status == TaskAck.TASK_STATUS_REJECTED
    assert "rejected" in told("Task")


def test_a_copy_and_an_error_get_no_answer() -> None:
    talk = Talk().registered()
    assert talk.say(plot(T_NS)) == talk.say(plot(T_NS)) == []
    assert talk.feed.counters["duplicate"] == 1
    error = envelope(NODE.node_id, T_NS, talk.feed.node_id)
    error.error.packet = b"x"
    error.error.error_message.append("no")
    assert talk.say(framed(error.SerializeToString())) == []


def test_a_clock_that_is_far_behind_is_named() -> None:
    talk = Talk().registered()
    (answer,) = talk.say(plot(T_NS - round(30.5e9)))
    assert answer.error.error_message[0].startswith("time-past")
    assert "`time-past`" in PAGE.read_text("utf-8")


def test_a_clock_that_is_ahead_is_counted() -> None:
    talk = Talk().registered()
    assert talk.say(plot(T_NS + round(2.5e9))) == []
    assert talk.feed.counters["time-ahead"] == 1
    assert "`time-ahead`" in PAGE.read_text("utf-8")


def test_a_node_silent_for_three_intervals_is_lost() -> None:
    talk = Talk().registered()
    talk.feed.advance(T_NS + round(3.1 * NODE.status_interval_s * 1e9))
    (sensor,) = talk.feed.sensors()
    assert sensor.health is SensorHealth.LOST


def test_a_wrong_length_ends_the_connection() -> None:
    talk = Talk()
    received = talk.feed.receive(Frame("sensors", T_NS, (2**20 + 1).to_bytes(4, "little"), 1))
    assert [one.reason for one in received.hangups] == ["frame-too-long"]
    big_endian = talk.feed.receive(Frame("sensors", T_NS, (500).to_bytes(4, "big"), 2))
    assert "big-endian" in big_endian.refusals[0].detail
