import pickle
from collections.abc import Callable
from math import isnan, nan, radians
from typing import Any

import numpy as np
import pytest

from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient import edge
from marsad.feeds.sapient.node_id import is_node_id, node_id
from marsad.feeds.sapient.session import AUTOMATON, RECENT_MAX, Event, State
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.validate import violations
from marsad.feeds.sapient.wire import SapientMessage, StatusReport, envelope
from marsad.model.detection import Claim, ClaimedState, Measurement
from marsad.model.frame import Frame, FrameKind
from marsad.model.sensor import SensorHealth, SensorKind

S = 1_000_000_000
SAID = ClaimedState("7700", True, True, False, False, "B6", navigation_integrity=0, navigation_accuracy=11)


def parsed(framed: bytes) -> Any:
    return SapientMessage.FromString(framed[4:])


def codes(received: Any) -> list[str]:
    return [refusal.reason for refusal in received.refusals]


def test_a_registration_is_acknowledged_to_its_sender(talk: Any, parsed_answers: Any) -> None:
    received = talk.say(edge.registration(talk.node, talk.t_ns))
    (ack,) = parsed_answers(received)
    assert ack.registration_ack.HasField("acceptance")
    assert ack.registration_ack.acceptance
    assert ack.destination_id == talk.node.node_id
    assert ack.node_id == talk.feed.node_id
    assert is_node_id(ack.node_id)
    assert ack.timestamp.seconds * S + ack.timestamp.nanos == talk.t_ns
    (sensor,) = received.sensors
    assert (sensor.name, sensor.kind, sensor.position_enu) == ("Radar North", SensorKind.RADAR, None)


def test_every_state_knows_what_to_do_on_every_event() -> None:
    assert set(AUTOMATON) == set(State)
    for steps in AUTOMATON.values():
        assert set(steps) == set(Event)
        for step in steps.values():
            assert not step.refusal or step.refusal in set(RefusalReason)


def test_the_own_node_id_is_the_same_at_every_start_and_differs_between_sites(talk_with: Any) -> None:
    one, again, other = talk_with(), talk_with(), talk_with(name="north")
    assert one.feed.node_id == again.feed.node_id != other.feed.node_id
    given = node_id("given")
    assert talk_with(node_id=given).feed.node_id == given


def test_an_invalid_registration_gets_a_refusal_and_an_error(talk: Any, parsed_answers: Any) -> None:
    message = parsed(edge.registration(talk.node, talk.t_ns))
    message.registration.ClearField("icd_version")
    received = talk.say_message(message)
    ack, answer = parsed_answers(received)
    assert ack.registration_ack.acceptance is False and ack.destination_id == talk.node.node_id
    assert "registration.icdVersion" in ack.registration_ack.ack_response_reason[0]
    assert "registration.icdVersion" in answer.error.error_message[0]
    assert answer.error.packet == message.SerializeToString()
    assert codes(received) == ["invalid"]
    (sensor,) = talk.feed.sensors()
    assert (sensor.health, sensor.position_enu) == (SensorHealth.REFUSED, None)


def test_faults_in_unused_parts_of_a_registration_are_forgiven_unless_it_is_set(
    talk_with: Any, parsed_answers: Any
) -> None:
    talk = talk_with(forgive_registration=False)
    message = parsed(edge.registration(talk.node, talk.t_ns))
    message.registration.ClearField("capabilities")
    message.registration.mode_definition[0].ClearField("settle_time")
    message.registration.mode_definition[0].ClearField("task")
    assert codes(talk.say_message(message)) == ["invalid"]
    forgiving = talk_with()
    (ack,) = parsed_answers(forgiving.say_message(message))
    assert ack.registration_ack.acceptance
    assert forgiving.feed.counters["registration-forgiven"] == 1
    message.registration.status_definition.ClearField("status_interval")
    received = forgiving.say_message(message)
    assert codes(received) == ["invalid"]
    assert "statusInterval" in received.refusals[0].detail
    assert "settleTime" not in received.refusals[0].detail


def test_a_status_gives_the_place_and_health(talk: Any) -> None:
    received = talk.greet()
    sensor = received.sensors[-1]
    expected = talk.site.enu_from_geodetic(33.82, 42.45, 190.0)
    assert sensor.position_enu == pytest.approx(tuple(expected), abs=1e-6)
    assert sensor.health is SensorHealth.OK
    warned = talk.say(edge.status(talk.node, talk.t_ns, talk.ulid(), health="warning"))
    assert warned.sensors[-1].health is SensorHealth.DEGRADED
    fine = talk.say(edge.status(talk.node, talk.t_ns, talk.ulid(), first=True))
    assert fine.sensors[-1].health is SensorHealth.OK


def test_the_words_of_a_status_become_the_note(talk: Any) -> None:
    talk.greet()
    message = parsed(edge.status(talk.node, talk.t_ns, talk.ulid()))
    message.status_report.status.add(
        status_type=StatusReport.STATUS_TYPE_WEATHER,
        status_level=StatusReport.STATUS_LEVEL_WARNING_STATUS,
        status_value="Sandstorm",
    )
    assert talk.say_message(message).sensors[-1].note == "weather: Sandstorm"


def test_a_node_that_calls_itself_ill_without_a_word_is_said_to(talk: Any) -> None:
    """Nobody who sees a degraded sensor is left to guess why."""
    talk.greet()
    sensor = talk.say(edge.status(talk.node, talk.t_ns, talk.ulid(), health="warning")).sensors[-1]
    assert (sensor.health, sensor.note) == (SensorHealth.DEGRADED, "fault without a word")


def test_a_polar_detection_keeps_all_its_numbers(talk: Any) -> None:
    talk.greet()
    report_id, object_id = talk.ulid(), talk.ulid()
    received = talk.say(
        edge.polar_detection(
            talk.node,
            talk.t_ns,
            report_id,
            object_id,
            6.2,
            0.01,
            range_m=1234.5,
            range_sigma_m=7.0,
            elevation_rad=0.1,
            elevation_sigma_rad=0.02,
            range_rate_mps=-21.5,
            range_rate_sigma_mps=0.5,
            classes=[("multirotor", 0.75), ("bird", 0.25)],
            claim=Claim("remote_id", "MFG1A0123456789", "BLUE 1", state=SAID),
        )
    )
    (detection,) = received.detections
    assert detection.measurement is Measurement.POLAR
    assert detection.values[:4] == pytest.approx((1234.5, 6.2, 0.1, -21.5))
    assert detection.sigmas[:4] == pytest.approx((7.0, 0.01, 0.02, 0.5))
    assert all(isnan(value) for value in (*detection.values[4:], *detection.sigmas[4:]))
    assert detection.classes == (("multirotor", 0.75), ("bird", 0.25))
    assert detection.claim == Claim("remote_id", "mfg1a0123456789", "BLUE 1", state=SAID)
    assert (detection.report_id, detection.object_id) == (report_id, object_id)
    assert (detection.sensor_id, detection.t_ns) == (talk.node.node_id, talk.t_ns)
    assert not received.refusals


def test_a_bearing_stays_a_bearing(talk: Any) -> None:
    talk.greet()
    received = talk.say(edge.polar_detection(talk.node, talk.t_ns, talk.ulid(), talk.ulid(), 1.0, nan))
    (detection,) = received.detections
    assert [isnan(value) for value in detection.values] == [True, False, True, True, True, True]
    assert detection.sigmas[1] == pytest.approx(radians(1.0)), "the default of a radar"


def test_a_location_detection_arrives_in_the_site_frame(talk: Any, camera: edge.EdgeNode) -> None:
    talk.greet(camera)
    received = talk.say(
        edge.location_detection(
            camera,
            talk.t_ns,
            talk.ulid(),
            talk.ulid(),
            33.9,
            42.6,
            400.0,
            12.0,
            velocity_enu=(10.0, -20.0, 3.0),
            velocity_sigma_mps=1.5,
        )
    )
    (detection,) = received.detections
    position = talk.site.enu_from_geodetic(33.9, 42.6, 400.0)
    turn = talk.site.rotation_enu_from_local(position)
    velocity = turn @ np.array([10.0, -20.0, 3.0])
    assert detection.measurement is Measurement.POSITION
    assert detection.values == pytest.approx((*position, *velocity), abs=1e-6)
    assert detection.sigmas == pytest.approx((12.0, 12.0, 12.0, 1.5, 1.5, 1.5), rel=1e-6)


def test_a_location_without_height_has_no_height(talk: Any, camera: edge.EdgeNode) -> None:
    talk.greet(camera)
    (detection,) = talk.say(
        edge.location_detection(
            camera, talk.t_ns, talk.ulid(), talk.ulid(), 33.9, 42.6, None, 12.0, velocity_enu=(1.0, 2.0, nan)
        )
    ).detections
    assert isnan(detection.values[2])
    assert isnan(detection.sigmas[2])
    assert isnan(detection.values[5])
    expected = talk.site.enu_from_geodetic(33.9, 42.6, 180.0)
    assert detection.values[:2] == pytest.approx(tuple(expected[:2]), abs=1e-6)


def test_an_unregistered_node_is_refused_and_asked_to_register(talk: Any, parsed_answers: Any) -> None:
    received = talk.say(talk.polar())
    assert codes(received) == ["not-registered"]
    assert received.detections == []
    ask, error = parsed_answers(received)
    assert ask.task.command.request == "Registration"
    assert ask.destination_id == talk.node.node_id
    assert violations(ask) == []
    assert error.WhichOneof("content") == "error"
    again = parsed_answers(talk.say(talk.polar()))
    assert [answer.WhichOneof("content") for answer in again] == ["error"], "asked once in ten seconds"


def test_detections_before_the_first_status_are_taken_but_counted(talk: Any, camera: edge.EdgeNode) -> None:
    talk.say(edge.registration(camera, talk.t_ns))
    received = talk.say(
        edge.location_detection(camera, talk.t_ns, talk.ulid(), talk.ulid(), 33.9, 42.6, 400.0, 12.0)
    )
    assert len(received.detections) == 1
    assert talk.feed.counters["detection-before-status"] == 1


def test_a_bearing_from_an_unknown_place_is_refused(talk: Any) -> None:
    talk.say(edge.registration(talk.node, talk.t_ns))
    received = talk.say(talk.polar())
    assert codes(received) == ["node-position-unknown"]
    assert "nodeLocation" in received.refusals[0].detail
    assert received.detections == []


def test_unchanged_before_new_is_counted_and_taken(talk: Any) -> None:
    talk.say(edge.registration(talk.node, talk.t_ns))
    received = talk.say(edge.status(talk.node, talk.t_ns, talk.ulid()))
    assert received.sensors[-1].position_enu is not None
    assert talk.feed.counters["unchanged-before-new"] == 1


def test_a_silent_node_is_lost_after_three_intervals_and_its_connection_closed(talk: Any) -> None:
    talk.greet()
    quiet = talk.wait(14.9)
    assert (quiet.sensors, quiet.hangups) == ([], [])
    lost = talk.wait(0.2)
    assert [sensor.health for sensor in lost.sensors] == [SensorHealth.LOST]
    assert [(hangup.link, hangup.reason) for hangup in lost.hangups] == [(1, "node-silent")]
    assert talk.wait(30).hangups == [], "hung up once"


def test_a_node_that_detects_but_gives_no_status_is_degraded(talk: Any) -> None:
    talk.greet()
    for _ in range(8):
        talk.wait(2.0)
        talk.say(talk.polar())
    (sensor,) = talk.feed.sensors()
    assert sensor.health is SensorHealth.DEGRADED
    assert "no status report" in sensor.note


def test_a_silent_node_does_not_take_its_neighbour_on_the_socket_along(
    talk: Any, camera: edge.EdgeNode
) -> None:
    talk.greet()
    talk.greet(camera)
    talk.wait(10)
    talk.say(edge.status(camera, talk.t_ns, talk.ulid()))
    lost = talk.wait(6)
    assert [sensor.sensor_id for sensor in lost.sensors] == [talk.node.node_id]
    assert lost.hangups == []


def test_two_nodes_on_one_socket_keep_their_own_places(talk: Any, camera: edge.EdgeNode) -> None:
    talk.greet()
    talk.greet(camera)
    received = talk.say(
        talk.polar(),
        edge.location_detection(camera, talk.t_ns, talk.ulid(), talk.ulid(), 33.9, 42.6, 400.0, 12.0),
    )
    assert [d.sensor_id for d in received.detections] == [talk.node.node_id, camera.node_id]
    first, second = talk.feed.sensors()
    assert first.position_enu != second.position_enu


def test_a_node_back_within_two_minutes_speaks_without_registering(talk: Any) -> None:
    talk.greet()
    closed = talk.feed.receive(Frame("sapient", talk.t_ns, b"", 1, FrameKind.CLOSED))
    assert closed.sensors[-1].health is SensorHealth.DEGRADED
    talk.wait(100)
    received = talk.say(talk.polar(), link=2)
    assert len(received.detections) == 1
    assert received.replies == []
    assert received.sensors[-1].health is not SensorHealth.LOST


def test_a_node_back_after_more_is_heard_and_asked_to_register(talk: Any, parsed_answers: Any) -> None:
    talk.greet()
    talk.wait(200)
    received = talk.say(talk.polar(), link=2)
    assert len(received.detections) == 1
    (ask,) = parsed_answers(received)
    assert ask.task.command.request == "Registration"
    assert talk.feed.counters["registration-stale"] == 1
    assert received.replies[0].link == 2


def test_answers_go_where_the_node_spoke_last(talk: Any) -> None:
    talk.greet(link=1)
    talk.feed.receive(Frame("sapient", talk.t_ns, b"", 1, FrameKind.CLOSED))
    received = talk.say(edge.alert(talk.node, talk.t_ns, talk.ulid(), "Something"), link=5)
    assert [reply.link for reply in received.replies] == [5]


def test_a_node_may_register_again_at_any_time(talk: Any, parsed_answers: Any) -> None:
    talk.greet()
    changed = edge.EdgeNode(talk.node.node_id, "New name", SensorKind.ACOUSTIC, 33.82, 42.45, 190.0)
    received = talk.say(edge.registration(changed, talk.t_ns))
    assert parsed_answers(received)[0].registration_ack.acceptance
    (sensor,) = talk.feed.sensors()
    assert (sensor.name, sensor.kind) == ("New name", SensorKind.ACOUSTIC)
    assert sensor.position_enu is not None, "it has not moved by registering"


def test_goodbye_makes_a_sensor_gone_and_its_reports_refused(talk: Any) -> None:
    talk.greet()
    gone = talk.say(edge.status(talk.node, talk.t_ns, talk.ulid(), health="goodbye"))
    assert gone.sensors[-1].health is SensorHealth.GONE
    assert codes(talk.say(talk.polar())) == ["after-goodbye"]
    assert talk.wait(100).hangups == []
    talk.greet()
    assert len(talk.say(talk.polar()).detections) == 1


def test_an_alert_is_acknowledged_by_its_identifier(talk: Any, parsed_answers: Any) -> None:
    talk.greet()
    alert_id = talk.ulid()
    (answer,) = parsed_answers(talk.say(edge.alert(talk.node, talk.t_ns, alert_id, "Perimeter")))
    assert answer.alert_ack.alert_id == alert_id
    assert answer.destination_id == talk.node.node_id
    assert violations(answer) == []


def test_an_error_is_never_answered_with_an_error(talk: Any) -> None:
    talk.greet()
    message = envelope(talk.node.node_id, talk.t_ns)
    message.error.packet = b"x"
    message.error.error_message.append("Unknown node ID")
    received = talk.say_message(message)
    assert received.replies == []
    assert codes(received) == ["peer-error"]
    assert "Unknown node ID" in received.refusals[0].detail


def test_marsad_takes_no_tasks(talk: Any, parsed_answers: Any) -> None:
    talk.greet()
    message: Any = envelope(talk.node.node_id, talk.t_ns)
    message.task.task_id = talk.ulid()
    message.task.control = 1
    message.task.command.request = "Status"
    (answer,) = parsed_answers(talk.say_message(message))
    assert answer.WhichOneof("content") == "task_ack"
    assert answer.task_ack.task_status == 2
    assert violations(answer) == []


def test_our_own_reports_coming_back_are_dropped_without_an_answer(talk: Any) -> None:
    talk.greet()
    own = parsed(talk.polar())
    own.node_id = talk.feed.node_id
    derived = parsed(talk.polar())
    derived.detection_report.associated_detection.add(node_id=talk.feed.node_id, object_id=talk.ulid())
    for message in (own, derived):
        received = talk.say_message(message)
        assert codes(received) == ["loop"]
        assert (received.detections, received.replies) == ([], [])


def test_the_same_report_twice_counts_once(talk: Any) -> None:
    talk.greet()
    report = talk.polar()
    assert len(talk.say(report).detections) == 1
    talk.feed.receive(Frame("sapient", talk.t_ns, b"", 1, FrameKind.CLOSED))
    assert codes(talk.say(report, link=2)) == ["duplicate"]


def test_only_the_latest_reports_are_remembered(talk: Any) -> None:
    talk.greet()
    first = talk.polar()
    talk.say(first, *[talk.polar() for _ in range(RECENT_MAX - 1)])
    assert codes(talk.say(first)) == ["duplicate"]
    talk.say(talk.polar())
    assert codes(talk.say(first)) == [], "forgotten, not kept for ever"


def test_a_clock_that_is_ahead_is_counted_and_the_report_used(talk: Any) -> None:
    talk.greet()
    message = parsed(talk.polar())
    message.timestamp.seconds += 3
    received = talk.say_message(message)
    assert len(received.detections) == 1 and codes(received) == []
    assert talk.feed.counters["time-ahead"] == 1


def test_a_clock_far_behind_is_refused_with_a_hint(talk: Any) -> None:
    talk.greet()
    message = parsed(talk.polar())
    message.timestamp.seconds -= 31
    received = talk.say_message(message)
    assert codes(received) == ["time-past"]
    assert "NTP" in received.refusals[0].detail
    assert received.sensors[-1].health is SensorHealth.DEGRADED
    talk.wait(9)
    assert talk.wait(2).sensors[-1].health is SensorHealth.OK, "the refusal is forgotten"


def test_time_going_back_is_counted_but_taken(talk: Any) -> None:
    talk.greet()
    talk.wait(1)
    late = edge.polar_detection(talk.node, talk.t_ns - S, talk.ulid(), talk.ulid(), 1.0, 0.1)
    received = talk.say(talk.polar(), late)
    assert len(received.detections) == 2
    assert talk.feed.counters["time-backwards"] == 1


@pytest.mark.parametrize("number", [nan, float("inf"), float("-inf")])
@pytest.mark.parametrize("field", ["azimuth", "range", "elevation_error"])
def test_a_number_that_is_none_is_refused(talk: Any, field: str, number: float) -> None:
    talk.greet()
    message = parsed(talk.polar())
    setattr(message.detection_report.range_bearing, field, number)
    received = talk.say_message(message)
    assert codes(received) == ["invalid"]
    assert "number-not-finite: detectionReport.rangeBearing" in received.refusals[0].detail


def test_a_velocity_beside_a_bearing_is_held_to_the_rules(talk: Any) -> None:
    talk.greet()
    message = parsed(talk.polar())
    message.detection_report.enu_velocity.east_rate = 1.0
    message.detection_report.enu_velocity.north_rate = nan
    assert codes(talk.say_message(message)) == ["invalid"]


def test_swapped_axes_are_refused_with_the_setting_that_helps(
    talk: Any, talk_with: Callable[..., Any], camera: edge.EdgeNode
) -> None:
    message = parsed(
        edge.location_detection(camera, talk.t_ns, talk.ulid(), talk.ulid(), 33.9, 42.6, 400.0, 12.0)
    )
    place = message.detection_report.location
    place.x, place.y = place.y, place.x
    talk.greet(camera)
    received = talk.say_message(message)
    assert codes(received) == ["position-implausible"]
    assert "axis_order" in received.refusals[0].detail

    told = talk_with(nodes={camera.node_id: {"axis_order": "yx"}})
    swapped = parsed(edge.status(camera, talk.t_ns, talk.ulid(), first=True))
    where = swapped.status_report.node_location
    where.x, where.y = where.y, where.x
    told.say(edge.registration(camera, talk.t_ns))
    told.say_message(swapped)
    (detection,) = told.say_message(message).detections
    expected = talk.site.enu_from_geodetic(33.9, 42.6, 400.0)
    assert detection.values[:3] == pytest.approx(tuple(expected), abs=1e-6)


def test_degrees_sent_as_radians_are_refused(talk: Any) -> None:
    talk.greet()
    message = parsed(talk.polar())
    message.detection_report.range_bearing.azimuth = 57.3
    message.detection_report.range_bearing.coordinate_system = 2
    received = talk.say_message(message)
    assert codes(received) == ["angle-implausible"]
    assert "radians" in received.refusals[0].detail


def test_a_report_without_any_measurement_is_refused(talk: Any) -> None:
    talk.greet()
    message = parsed(talk.polar())
    message.detection_report.range_bearing.ClearField("azimuth")
    message.detection_report.range_bearing.ClearField("range")
    assert codes(talk.say_message(message)) == ["nothing-measured"]


def test_a_flooding_node_is_told_once_a_second(talk_with: Callable[..., Any]) -> None:
    talk = talk_with(messages_per_s_max=10)
    talk.greet()
    received = talk.say(*[talk.polar() for _ in range(50)])
    assert len(received.detections) == 9, "the status was the first of the ten"
    assert codes(received) == ["flood"]
    assert talk.feed.counters["flood"] == 41
    talk.wait(1)
    assert len(talk.say(talk.polar()).detections) == 1


def test_garbage_is_told_and_answered_only_so_often(talk_with: Callable[..., Any]) -> None:
    talk = talk_with(faults_per_s_max=5)
    received = talk.say(b"\x00\x00\x00\x00" * 400)
    assert len(received.refusals) == 5
    assert len(received.replies) == 5
    assert talk.feed.counters["invalid"] == 400
    assert talk.feed.counters["refusals-untold"] == 395


def test_a_connection_of_nothing_but_noise_is_closed(talk_with: Callable[..., Any]) -> None:
    talk = talk_with(faults_per_s_max=5)
    received = talk.say(b"\x00\x00\x00\x00" * 20_000)
    assert [hangup.reason for hangup in received.hangups] == ["too-many-faults"]
    assert talk.feed.counters["messages"] == 501


def test_long_messages_use_up_more_of_a_second(talk_with: Callable[..., Any]) -> None:
    talk = talk_with(messages_per_s_max=30)
    talk.greet()
    message = parsed(talk.polar())
    message.additional_information = "x" * 20_000
    assert len(talk.say_message(message).detections) == 1
    assert codes(talk.say_message(message)) == ["flood"]
    assert codes(talk.say_message(message)) == [], "told once"


def test_an_oversized_frame_is_answered_and_hung_up(talk: Any, parsed_answers: Any) -> None:
    talk.greet()
    received = talk.say(talk.polar(), (1 << 24).to_bytes(4, "little"), b"xxxx")
    assert len(received.detections) == 1, "what came before is used"
    assert codes(received) == ["frame-too-long"]
    assert parsed_answers(received)[-1].WhichOneof("content") == "error"
    assert [(hangup.link, hangup.reason) for hangup in received.hangups] == [(1, "frame-too-long")]
    assert talk.say(talk.polar()).detections == []
    assert talk.feed.counters["chunk-after-hangup"] == 1
    talk.feed.receive(Frame("sapient", talk.t_ns, b"", 1, FrameKind.CLOSED))
    talk.feed.receive(Frame("sapient", talk.t_ns, b"", 1, FrameKind.OPENED))
    assert len(talk.say(talk.polar()).detections) == 1


def test_a_truncated_message_is_told(talk: Any) -> None:
    talk.greet()
    talk.say(talk.polar()[:-5])
    received = talk.feed.receive(Frame("sapient", talk.t_ns, b"", 1, FrameKind.CLOSED))
    assert codes(received) == ["frame-truncated"]
    assert received.replies == []


def test_connections_are_bounded_and_the_oldest_that_no_node_speaks_on_gives_way(
    talk_with: Callable[..., Any],
) -> None:
    talk = talk_with(links_max=2)
    talk.greet(link=1)
    talk.say(b"", link=2)
    received = talk.say(b"x", link=3)
    assert [(hangup.link, hangup.reason) for hangup in received.hangups] == [(2, "link-gave-way")]
    camera = edge.EdgeNode(node_id("second"), "Camera", SensorKind.CAMERA, 33.8, 42.4, 190.0)
    talk.feed.receive(Frame("sapient", talk.t_ns, b"", 3, FrameKind.CLOSED))
    talk.greet(camera, link=4)
    received = talk.say(b"x", link=5)
    assert [(hangup.link, hangup.reason) for hangup in received.hangups] == [(5, "too-many-links")]


def test_an_idle_connection_is_closed(talk: Any) -> None:
    talk.feed.receive(Frame("sapient", talk.t_ns, b"", 9, FrameKind.OPENED))
    received = talk.wait(301)
    assert [(hangup.link, hangup.reason) for hangup in received.hangups] == [(9, "link-idle")]


def test_nodes_are_bounded_and_the_longest_away_gives_way(
    talk_with: Callable[..., Any], camera: edge.EdgeNode, parsed_answers: Any
) -> None:
    talk = talk_with(nodes_max=1)
    talk.greet()
    refused = talk.say(edge.registration(camera, talk.t_ns))
    ack = parsed_answers(refused)[0].registration_ack
    assert ack.HasField("acceptance")
    assert not ack.acceptance
    assert ack.ack_response_reason
    talk.wait(200)
    received = talk.say(edge.registration(camera, talk.t_ns))
    assert parsed_answers(received)[0].registration_ack.acceptance
    assert received.sensors[0].health is SensorHealth.GONE
    assert [sensor.sensor_id for sensor in talk.feed.sensors()] == [camera.node_id]


def test_an_implausible_node_place_is_refused_but_the_node_lives(talk: Any) -> None:
    talk.say(edge.registration(talk.node, talk.t_ns))
    message = parsed(edge.status(talk.node, talk.t_ns, talk.ulid(), first=True))
    message.status_report.node_location.x = -42.0
    received = talk.say_message(message)
    assert codes(received) == ["position-implausible"]
    assert talk.feed.sensors()[0].position_enu is None
    assert talk.feed.sensors()[0].health is SensorHealth.DEGRADED


def test_the_field_of_view_becomes_the_coverage(talk_with: Callable[..., Any]) -> None:
    talk = talk_with(nodes={node_id("radar"): {"scan_period_s": 2.5, "clutter_per_scan": 3.0}})
    talk.say(edge.registration(talk.node, talk.t_ns))
    message = parsed(edge.status(talk.node, talk.t_ns, talk.ulid(), first=True))
    cone = message.status_report.field_of_view.range_bearing
    cone.coordinate_system, cone.datum = 3, 1
    cone.azimuth, cone.horizontal_extent, cone.range = 10.0, 90.0, 8.0
    cone.elevation, cone.vertical_extent = 20.0, 40.0
    coverage = talk.say_message(message).sensors[-1].coverage
    assert coverage.azimuth_from_rad == pytest.approx(radians(325))
    assert coverage.azimuth_width_rad == pytest.approx(radians(90))
    assert coverage.range_max_m == pytest.approx(8000)
    assert coverage.elevation_min_rad == pytest.approx(0)
    assert coverage.elevation_max_rad == pytest.approx(radians(40))
    assert (coverage.scan_period_s, coverage.clutter_per_scan) == (2.5, 3.0)


def test_a_view_counted_from_an_unknown_north_costs_only_itself(talk: Any) -> None:
    talk.say(edge.registration(talk.node, talk.t_ns))
    message = parsed(edge.status(talk.node, talk.t_ns, talk.ulid(), first=True))
    cone = message.status_report.field_of_view.range_bearing
    cone.coordinate_system, cone.datum = 1, 4
    cone.azimuth, cone.horizontal_extent = 10.0, 90.0
    received = talk.say_message(message)
    assert received.refusals == []
    assert received.sensors[-1].position_enu is not None
    assert talk.feed.counters["coverage-unreadable"] == 1


def test_a_snapshot_goes_on_as_if_nothing_had_happened(talk: Any) -> None:
    talk.greet()
    talk.say(talk.polar()[:20])
    twin = pickle.loads(pickle.dumps(talk.feed))
    rest = Frame("sapient", talk.t_ns, talk.polar(azimuth_rad=2.0), 2)
    assert talk.feed.receive(rest) == twin.receive(rest)
    assert talk.feed.counters == twin.counters
    assert talk.feed.advance(talk.t_ns + 60 * S) == twin.advance(talk.t_ns + 60 * S)


def test_every_answer_is_valid_by_the_strict_rules(talk: Any, parsed_answers: Any) -> None:
    said = [
        talk.say(talk.polar()),
        talk.greet(),
        talk.say(edge.alert(talk.node, talk.t_ns, talk.ulid(), "A")),
        talk.say(b"\x03\x00\x00\x00abc"),
    ]
    replies = [answer for received in said for answer in parsed_answers(received)]
    assert len(replies) == 5
    for answer in replies:
        assert violations(answer) == []


def test_upper_case_identifiers_pass_unless_strict(talk_with: Callable[..., Any]) -> None:
    for strict, expected in ((False, 1), (True, 0)):
        talk = talk_with(strict=strict)
        talk.greet()
        message = parsed(talk.polar())
        message.detection_report.report_id = ulid(talk.t_ns, 99).lower()
        assert len(talk.say_message(message).detections) == expected
