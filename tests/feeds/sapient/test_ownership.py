"""A node belongs to the connection that registered it: what another says in its name does nothing to it."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.feeds.sapient import edge
from marsad.feeds.sapient.wire import Registration, SapientMessage, sender_of
from marsad.model.effect import Standing
from marsad.model.frame import Frame, FrameKind
from marsad.model.peer import Certificate, Peer, bytes_from_peer
from marsad.model.sensor import SensorHealth

OWNER, OTHER, THIRD = 1, 2, 3


def codes(received: Any) -> list[str]:
    return [refusal.reason for refusal in received.refusals]


def opened(talk: Any, link: int, address: str = "10.0.0.1", certificate: Certificate | None = None) -> None:
    data = bytes_from_peer(Peer(address, 40_000 + link, certificate))
    talk.feed.receive(Frame("sapient", talk.t_ns, data, link, FrameKind.OPENED))


def closed(talk: Any, link: int) -> Any:
    return talk.feed.receive(Frame("sapient", talk.t_ns, b"", link, FrameKind.CLOSED))


def registered(talk: Any, link: int) -> Any:
    return talk.say(edge.registration(talk.node, talk.t_ns), link=link)


def status(talk: Any, link: int, **changes: Any) -> Any:
    return talk.say(edge.status(talk.node, talk.t_ns, talk.ulid(), **changes), link=link)


def false_words(talk: Any) -> dict[str, list[bytes]]:
    """Everything a node may say, in the radar's identifier."""
    elsewhere = edge.EdgeNode(talk.node.node_id, "Radar", talk.node.kind, 34.32, 42.95, 190.0)
    return {
        "goodbye": [edge.status(talk.node, talk.t_ns, talk.ulid(), health="goodbye")],
        "moved": [edge.status(elsewhere, talk.t_ns, talk.ulid(), first=True)],
        "ill": [edge.status(talk.node, talk.t_ns, talk.ulid(), health="fault")],
        "reports": [talk.polar() for _ in range(3)],
        "registration": [edge.registration(elsewhere, talk.t_ns)],
        "alert": [edge.alert(talk.node, talk.t_ns, talk.ulid(), "x")],
        "flood": [talk.polar() for _ in range(40)],
    }


@pytest.mark.parametrize("what", ["goodbye", "moved", "ill", "reports", "registration", "alert", "flood"])
def test_what_another_connection_says_does_nothing_to_the_node(
    talk_with: Callable[..., Any], what: str
) -> None:
    talk = talk_with(messages_per_s_max=20)
    talk.greet(link=OWNER)
    talk.wait(1.5)
    before = talk.feed.sensors()
    received = talk.say(*false_words(talk)[what], link=OTHER)
    assert set(codes(received)) == {"node-held"}
    assert received.detections == []
    (told,) = received.sensors
    assert (told.health, told.note) == (SensorHealth.DEGRADED, "claimed by another connection")
    (after,) = talk.feed.sensors()
    assert (replace(after, health=SensorHealth.OK, note=""),) == before, "nothing else of it"
    assert [refusal.sensor_id for refusal in received.refusals] == [""] * len(received.refusals)
    heard = talk.say(talk.polar(), link=OWNER)
    assert (len(heard.detections), codes(heard)) == (1, []), "its budget of the second is whole"
    talk.wait(31)
    status(talk, OWNER)
    assert talk.feed.sensors()[0].note == "", "and nobody has claimed it of late"


def test_the_owner_is_asked_for_a_word_while_another_claims_its_node(talk: Any, parsed_answers: Any) -> None:
    talk.greet(link=OWNER)
    talk.wait(1)
    received = registered(talk, OTHER)
    assert [reply.link for reply in received.replies] == [OWNER, OTHER, OTHER]
    ask, ack, error = parsed_answers(received)
    assert ask.task.command.request == "Status"
    assert not ack.registration_ack.acceptance
    assert "6.25 s" in ack.registration_ack.ack_response_reason[0]
    assert error.error.error_message[0].startswith("node-held")
    again = parsed_answers(registered(talk, OTHER))
    assert "task" not in [answer.WhichOneof("content") for answer in again], "once an interval"


def test_a_node_started_anew_is_registered_when_its_old_connection_is_silent_for_an_interval(
    talk: Any, parsed_answers: Any
) -> None:
    """A half-open socket: nothing has closed it, and nobody speaks on it any more."""
    talk.greet(link=OWNER)
    talk.wait(1)
    registered(talk, OTHER)
    assert talk.wait(5.2).replies == []
    handed = talk.wait(0.1)
    (ack,) = parsed_answers(handed)
    assert ack.registration_ack.acceptance
    assert handed.replies[0].link == OTHER
    assert (OTHER, Standing.KNOWN) in [(vouch.link, vouch.standing) for vouch in handed.vouched]
    status(talk, OTHER, first=True)
    assert len(talk.say(talk.polar(), link=OTHER).detections) == 1


def test_one_that_comes_after_the_silence_need_not_wait(talk: Any, parsed_answers: Any) -> None:
    talk.greet(link=OWNER)
    talk.wait(6.3)
    (ack,) = parsed_answers(registered(talk, OTHER))
    assert ack.registration_ack.acceptance


def test_an_owner_that_was_only_quiet_has_its_node_back_as_it_was(talk: Any) -> None:
    talk.greet(link=OWNER)
    (before,) = talk.feed.sensors()
    talk.wait(6.3)
    for words in false_words(talk)["registration"] + false_words(talk)["moved"]:
        talk.say(words, link=OTHER)
    (stolen,) = talk.feed.sensors()
    assert stolen.position_enu != before.position_enu
    received = talk.say(talk.polar(), link=OWNER)
    assert len(received.detections) == 1
    assert received.sensors[-1].position_enu == before.position_enu
    assert codes(talk.say(talk.polar(), link=OTHER)) == ["node-held"]


def test_the_first_owner_has_it_back_when_the_second_closes(talk: Any) -> None:
    talk.greet(link=OWNER)
    talk.wait(6.3)
    registered(talk, OTHER)
    assert closed(talk, OTHER).sensors[-1].health is SensorHealth.OK
    assert len(talk.say(talk.polar(), link=OWNER).detections) == 1


def test_after_a_closed_connection_the_next_is_heard_at_once(talk: Any, parsed_answers: Any) -> None:
    talk.greet(link=OWNER)
    closed(talk, OWNER)
    (ack,) = parsed_answers(registered(talk, OTHER))
    assert ack.registration_ack.acceptance


def test_who_waits_is_registered_when_the_owner_closes(talk: Any, parsed_answers: Any) -> None:
    talk.greet(link=OWNER)
    registered(talk, OTHER)
    handed = closed(talk, OWNER)
    (ack,) = parsed_answers(handed)
    assert (ack.registration_ack.acceptance, handed.replies[0].link) == (True, OTHER)


def test_who_has_said_goodbye_has_let_go(talk: Any, parsed_answers: Any) -> None:
    talk.greet(link=OWNER)
    status(talk, OWNER, health="goodbye")
    (ack,) = parsed_answers(registered(talk, OTHER))
    assert ack.registration_ack.acceptance


def test_the_same_certificate_has_its_node_at_once(talk: Any, parsed_answers: Any) -> None:
    own = Certificate("a" * 64, ("radar",))
    opened(talk, OWNER, certificate=own)
    talk.greet(link=OWNER)
    opened(talk, OTHER, certificate=Certificate("b" * 64, ("radar",)))
    assert codes(registered(talk, OTHER)) == ["node-held"]
    opened(talk, THIRD, certificate=own)
    received = registered(talk, THIRD)
    assert parsed_answers(received)[-1].registration_ack.acceptance
    assert [(hangup.link, hangup.reason) for hangup in received.hangups] == [(OWNER, "node-moved")]


def test_at_its_own_address_a_node_goes_before_whoever_took_it_while_it_was_away(
    talk: Any, parsed_answers: Any
) -> None:
    opened(talk, OWNER, "10.0.0.1")
    talk.greet(link=OWNER)
    for _ in range(13):
        talk.wait(5)
        status(talk, OWNER)
    closed(talk, OWNER)
    opened(talk, OTHER, "10.0.0.66")
    assert parsed_answers(registered(talk, OTHER))[0].registration_ack.acceptance
    opened(talk, THIRD, "10.0.0.1")
    assert parsed_answers(registered(talk, THIRD))[0].registration_ack.acceptance
    assert codes(talk.say(talk.polar(), link=THIRD)) == []
    assert codes(talk.say(talk.polar(), link=OTHER)) == ["node-held"], "nor has it the node back by a word"


@pytest.mark.parametrize(
    ("before_s", "after_s", "comes_home"), [(5, 30, False), (300, 200, True), (300, 400, False)]
)
def test_its_home_is_where_it_has_spoken_for_longest(
    talk: Any, before_s: int, after_s: int, comes_home: bool
) -> None:
    for link, address, seconds in ((OWNER, "10.0.0.66", before_s), (OTHER, "10.0.0.1", after_s)):
        opened(talk, link, address)
        talk.greet(link=link)
        for _ in range(seconds // 5):
            talk.wait(5)
            status(talk, link)
        if link == OWNER:
            closed(talk, link)
    opened(talk, THIRD, "10.0.0.66")
    assert codes(registered(talk, THIRD)) == ([] if comes_home else ["node-held"])


def test_a_middleware_keeps_its_nodes_beside_a_stranger(talk: Any, camera: edge.EdgeNode) -> None:
    talk.greet(link=OWNER)
    talk.greet(camera, link=OWNER)
    registered(talk, OTHER)
    assert len(talk.say(talk.polar(), link=OWNER).detections) == 1
    assert [sensor.health for sensor in talk.feed.sensors()] == [SensorHealth.DEGRADED, SensorHealth.OK]


def test_a_flood_by_one_node_refuses_nothing_of_its_neighbour_on_the_link(
    talk_with: Callable[..., Any], camera: edge.EdgeNode
) -> None:
    talk = talk_with(messages_per_s_max=20)
    talk.greet(link=OWNER)
    talk.greet(camera, link=OWNER)
    talk.say(*[talk.polar() for _ in range(60)], link=OWNER)
    report = edge.location_detection(camera, talk.t_ns, talk.ulid(), talk.ulid(), 33.9, 42.6, 400.0, 12.0)
    heard = talk.say(report, link=OWNER)
    assert (len(heard.detections), codes(heard)) == (1, [])


def test_a_flood_hides_no_registration_on_the_same_link(
    talk_with: Callable[..., Any], camera: edge.EdgeNode
) -> None:
    """A middleware gathers what its nodes say: a flood and the first words of another in one chunk."""
    talk = talk_with(messages_per_s_max=20)
    talk.greet(link=OWNER)
    flood = [talk.polar() for _ in range(60)]
    first = edge.registration(camera, talk.t_ns), edge.status(camera, talk.t_ns, talk.ulid(), first=True)
    report = edge.location_detection(camera, talk.t_ns, talk.ulid(), talk.ulid(), 33.9, 42.6, 400.0, 12.0)
    heard = talk.say(*flood, *first, *flood, report, *flood, link=OWNER)
    assert [one.sensor_id for one in heard.detections].count(camera.node_id) == 1
    assert [sensor.health for sensor in talk.feed.sensors()] == [SensorHealth.DEGRADED, SensorHealth.OK]
    assert talk.feed.counters["flood"] == 180 - 19, "all but what it might say"


def test_claims_are_shown_bounded_and_survive_a_snapshot(talk: Any) -> None:
    opened(talk, OWNER)
    talk.greet(link=OWNER)
    for link in range(10, 30):
        opened(talk, link, f"10.0.{link}.1")
        registered(talk, link)
    shown = talk.feed.askers()
    assert [asker.asking.value for asker in shown] == ["claims"] * 4
    assert shown[0].address == "10.0.10.1"
    twin = pickle.loads(pickle.dumps(talk.feed))
    assert talk.feed.advance(talk.t_ns + 7 * 10**9) == twin.advance(talk.t_ns + 7 * 10**9)
    assert talk.feed.sensors() == twin.sensors()


def test_many_registrations_leave_room_for_an_honest_node(talk_with: Callable[..., Any]) -> None:
    talk = talk_with(nodes_max=16, nodes_per_link_max=8)

    def flood(link: int, count: int) -> Any:
        nodes = [
            edge.EdgeNode(f"00000000-0000-4000-8{link:03d}-{n:012d}", "x", talk.node.kind, 33.8, 42.4, 100.0)
            for n in range(count)
        ]
        return talk.say(*[edge.registration(node, talk.t_ns) for node in nodes], link=link)

    refused = flood(OTHER, 300)
    assert set(codes(refused)) == {"too-many-nodes"}
    flood(THIRD, 300)
    talk.greet(link=OWNER)
    assert len(talk.say(talk.polar(), link=OWNER).detections) == 1
    flood(THIRD, 300)
    assert len(talk.say(talk.polar(), link=OWNER).detections) == 1
    taken = [sensor for sensor in talk.feed.sensors() if sensor.health is not SensorHealth.REFUSED]
    assert len(taken) == 16


def test_a_crowd_of_connections_that_only_register_leaves_room_for_an_honest_node(
    talk_with: Callable[..., Any],
) -> None:
    talk = talk_with(nodes_max=16, links_max=16)
    for link in range(10, 26):
        node = edge.EdgeNode(f"00000000-0000-4000-8000-{link:012d}", "x", talk.node.kind, 33.8, 42.4, 100.0)
        talk.say(edge.registration(node, talk.t_ns), link=link)
    talk.wait(5.5)
    received = talk.greet(link=OWNER)
    assert [hangup.reason for hangup in received.hangups] == ["link-gave-way"]
    assert len(talk.say(talk.polar(), link=OWNER).detections) == 1


@pytest.mark.parametrize("is_known", [True, False])
def test_who_registered_as_an_effector_is_sent_no_task_whatever_it_does(
    talk: Any, parsed_answers: Any, is_known: bool
) -> None:
    """Neither after a silence, nor unregistered again, nor as the owner of a contested node."""
    message = SapientMessage.FromString(edge.registration(talk.node, talk.t_ns)[4:])
    message.registration.node_definition.add(node_type=Registration.NODE_TYPE_JAMMER)
    if not is_known:
        message.registration.ClearField("icd_version")  # refused, and remembered all the same
    said = [talk.say_message(message, link=OWNER), status(talk, OWNER)]
    said += [talk.say(talk.polar(), link=OWNER), registered(talk, OTHER)]
    talk.wait(200)
    said += [talk.say(talk.polar(), link=OWNER), status(talk, OTHER), talk.say(talk.polar(), link=THIRD)]
    closed(talk, OWNER)
    talk.wait(400)
    said += [talk.say(talk.polar(), link=THIRD), status(talk, THIRD, health="goodbye")]
    said += [talk.say(talk.polar(), link=THIRD)]
    contents = {answer.WhichOneof("content") for received in said for answer in parsed_answers(received)}
    assert contents - {"error"} <= {"registration_ack"}


@given(st.binary(max_size=40), st.text(max_size=40), st.booleans())
def test_the_sender_of_a_message_is_found_without_reading_it(
    noise: bytes, node_id: str, stamped: bool
) -> None:
    message = SapientMessage(node_id=node_id)
    if stamped:
        message.timestamp.FromNanoseconds(1_700_000_000_123_456_789)
    message.additional_information = "x" * 300
    is_short = len(node_id.encode()) < 128
    assert sender_of(message.SerializeToString()) == (node_id.encode() if is_short else b"")
    assert sender_of(noise) in noise
