"""Who may speak: lists of nodes, addresses, certificates, and an operator's yes and no."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from marsad.feeds.sapient import edge
from marsad.feeds.sapient.node_id import node_id
from marsad.feeds.settings import SapientSettings
from marsad.model.effect import Standing
from marsad.model.frame import Frame, FrameKind
from marsad.model.peer import Certificate, Peer, bytes_from_peer, peer_from_bytes
from marsad.model.sensor import SensorHealth, SensorKind

RADAR = node_id("radar")
TLS = {"tls_certificate": "a.pem", "tls_key": "b.pem", "tls_authorities": "c.pem"}


def codes(received: Any) -> list[str]:
    return [refusal.reason for refusal in received.refusals]


def opened(talk: Any, link: int, address: str = "10.0.0.1", certificate: Certificate | None = None) -> None:
    data = bytes_from_peer(Peer(address, 40_000 + link, certificate))
    talk.feed.receive(Frame("sapient", talk.t_ns, data, link, FrameKind.OPENED))


def stranger(number: int) -> edge.EdgeNode:
    return edge.EdgeNode(node_id(f"stranger {number}"), f"S{number}", SensorKind.RADAR, 33.8, 42.4, 100.0)


def test_without_a_list_everybody_may_speak(talk: Any) -> None:
    opened(talk, 1)
    talk.greet()
    assert not talk.feed.is_listed
    assert talk.feed.node_ids() == (RADAR,)
    assert len(talk.say(talk.polar()).detections) == 1


def test_a_node_of_the_settings_may_speak_and_another_waits(
    talk_with: Callable[..., Any], parsed_answers: Any, camera: edge.EdgeNode
) -> None:
    talk = talk_with(access="listed", nodes={RADAR: {}})
    opened(talk, 1)
    talk.greet()
    assert len(talk.say(talk.polar()).detections) == 1
    opened(talk, 2, "10.0.0.9")
    received = talk.say(edge.registration(camera, talk.t_ns), link=2)
    ack, _ = parsed_answers(received)
    assert not ack.registration_ack.acceptance
    assert "operator" in ack.registration_ack.ack_response_reason[0]
    assert codes(received) == ["not-admitted"]
    assert [(vouch.link, vouch.standing) for vouch in received.vouched] == [(2, Standing.ASKING)]
    (asker,) = talk.feed.askers()
    assert (asker.node_id, asker.name, asker.kind) == (camera.node_id, "Camera", SensorKind.CAMERA)
    assert (asker.address, asker.asking.value) == ("10.0.0.9", "asks")
    report = edge.location_detection(camera, talk.t_ns, talk.ulid(), talk.ulid(), 33.9, 42.6, 400.0, 12.0)
    refused = talk.say(report, link=2)
    assert (codes(refused), refused.detections) == (["not-admitted"], [])
    assert talk.feed.askers()[0].reports == 1
    assert [sensor.sensor_id for sensor in talk.feed.sensors()] == [RADAR]


def test_who_is_admitted_is_registered_at_once_and_heard(
    talk_with: Callable[..., Any], parsed_answers: Any
) -> None:
    talk = talk_with(access="listed")
    opened(talk, 1)
    talk.say(edge.registration(talk.node, talk.t_ns))
    received = talk.feed.admit(talk.t_ns, RADAR)
    (ack,) = parsed_answers(received)
    assert ack.registration_ack.acceptance
    assert [(vouch.link, vouch.standing) for vouch in received.vouched] == [(1, Standing.KNOWN)]
    talk.say(edge.status(talk.node, talk.t_ns, talk.ulid(), first=True))
    assert len(talk.say(talk.polar()).detections) == 1
    assert talk.feed.askers() == ()


def test_who_is_turned_away_is_hung_up_shown_and_may_be_admitted_later(talk_with: Callable[..., Any]) -> None:
    talk = talk_with(access="listed")
    opened(talk, 1)
    talk.say(edge.registration(talk.node, talk.t_ns))
    received = talk.feed.turn_away(talk.t_ns, RADAR)
    assert [(hangup.link, hangup.reason) for hangup in received.hangups] == [(1, "turned-away")]
    opened(talk, 2)
    assert codes(talk.say(edge.registration(talk.node, talk.t_ns), link=2)) == ["turned-away"]
    assert [asker.asking.value for asker in talk.feed.askers()] == ["refused"]
    talk.feed.admit(talk.t_ns, RADAR)
    talk.greet(link=2)
    assert len(talk.say(talk.polar(), link=2).detections) == 1


def test_a_node_that_spoke_is_silenced_by_a_refusal(talk: Any) -> None:
    opened(talk, 1)
    talk.greet()
    received = talk.feed.turn_away(talk.t_ns, RADAR, by="Olga; K.")
    assert [hangup.link for hangup in received.hangups] == [1]
    assert received.sensors[-1].health is SensorHealth.REFUSED, "it said no goodbye"
    for words in (talk.polar(), edge.registration(talk.node, talk.t_ns)):
        assert codes(talk.say(words)) == ["turned-away"]
    (sensor,) = talk.feed.sensors()
    assert (sensor.health, sensor.note) == (SensorHealth.REFUSED, "refused by Olga, K.")
    assert [asker.by for asker in talk.feed.askers()] == ["Olga; K."]
    talk.feed.list_nodes(talk.t_ns, (), by="Omar")
    assert talk.feed.sensors() == (sensor,), "who refused it stays known"
    talk.feed.admit(talk.t_ns, RADAR)
    opened(talk, 2)
    talk.greet(link=2)
    assert talk.feed.sensors()[0].health is SensorHealth.OK


def test_a_list_made_from_a_journal_keeps_its_nodes_and_stops_others(
    talk: Any, camera: edge.EdgeNode
) -> None:
    opened(talk, 1)
    talk.greet()
    talk.greet(camera)
    talk.feed.list_nodes(talk.t_ns, (RADAR,), by="Omar")
    assert talk.feed.is_listed
    assert talk.feed.node_ids() == (RADAR,)
    assert len(talk.say(talk.polar()).detections) == 1
    report = edge.location_detection(camera, talk.t_ns, talk.ulid(), talk.ulid(), 33.9, 42.6, 400.0, 12.0)
    assert talk.say(report).detections == []
    assert codes(talk.say(edge.status(camera, talk.t_ns, talk.ulid()))) == ["not-registered"]
    assert talk.say(report).detections == [], "a status alone brings nobody back"
    left = talk.feed.sensors()[1]
    assert (left.health, left.note) == (SensorHealth.REFUSED, "left off the list of its feed by Omar")


def test_those_that_ask_are_bounded_and_the_busiest_address_gives_way(talk_with: Callable[..., Any]) -> None:
    talk = talk_with(access="listed", askers_max=8)
    opened(talk, 1, "10.0.0.66")
    talk.say(*[edge.registration(stranger(number), talk.t_ns) for number in range(50)])
    assert len(talk.feed.askers()) == 8
    opened(talk, 2, "10.0.0.1")
    talk.say(edge.registration(talk.node, talk.t_ns), link=2)
    asking = {asker.node_id for asker in talk.feed.askers()}
    assert len(asking) == 8
    assert RADAR in asking
    talk.say(*[edge.registration(stranger(number), talk.t_ns) for number in range(50, 99)])
    assert RADAR in {asker.node_id for asker in talk.feed.askers()}


def test_who_asked_and_went_is_forgotten_after_a_while(talk_with: Callable[..., Any]) -> None:
    talk = talk_with(access="listed")
    talk.feed.receive(Frame("sapient", talk.t_ns, b"('10.0.0.1', 5)", 1, FrameKind.OPENED))
    talk.say(edge.registration(talk.node, talk.t_ns))
    talk.feed.receive(Frame("sapient", talk.t_ns, b"", 1, FrameKind.CLOSED))
    assert len(talk.feed.askers()) == 1
    talk.wait(601)
    assert talk.feed.askers() == ()


@pytest.mark.parametrize(("address", "expected"), [("10.0.0.7", []), ("10.0.1.7", ["address-other"])])
def test_a_node_may_be_bound_to_an_address(
    talk_with: Callable[..., Any], address: str, expected: list[str]
) -> None:
    talk = talk_with(access="listed", nodes={RADAR: {"address": "10.0.0.0/24"}})
    opened(talk, 1, address)
    assert codes(talk.say(edge.registration(talk.node, talk.t_ns))) == expected


def test_an_admission_may_be_bound_to_an_address(talk_with: Callable[..., Any]) -> None:
    talk = talk_with(access="listed")
    talk.feed.admit(talk.t_ns, RADAR, "10.0.0.1")
    opened(talk, 1, "10.0.0.2")
    assert codes(talk.say(edge.registration(talk.node, talk.t_ns))) == ["address-other"]
    opened(talk, 2, "10.0.0.1")
    assert codes(talk.say(edge.registration(talk.node, talk.t_ns), link=2)) == []


@pytest.mark.parametrize(
    ("node", "certificate", "expected"),
    [
        ({}, Certificate("a" * 64, (f"urn:uuid:{RADAR}",)), []),
        ({}, Certificate("a" * 64, (RADAR,)), []),
        ({}, Certificate("a" * 64, ("camera",)), ["certificate-other"]),
        ({"certificate": "Radar.example"}, Certificate("a" * 64, ("radar.example",)), []),
        ({"certificate": "AA:" * 31 + "AA"}, Certificate("a" * 64), []),
        ({"certificate": "radar.example"}, Certificate("a" * 64, (RADAR,)), ["certificate-other"]),
        ({}, None, ["certificate-other"]),
    ],
)
def test_a_certificate_is_bound_to_its_node(
    talk_with: Callable[..., Any], node: dict[str, str], certificate: Certificate | None, expected: list[str]
) -> None:
    talk = talk_with(access="certified", nodes={RADAR: node}, **TLS)
    opened(talk, 1, certificate=certificate)
    assert codes(talk.say(edge.registration(talk.node, talk.t_ns))) == expected


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"access": "open", "listen": "0.0.0.0:5020"}, "which others than this machine reach"),
        ({"access": "open", "listen": "192.0.2.1:5020"}, 'set access = "listed"'),
        ({"access": "listed", "connect": "10.0.0.1:5001"}, "give listen"),
        ({"access": "certified", "connect": "10.0.0.1:5001", **TLS}, "give listen"),
        ({"access": "certified", "listen": "0.0.0.0:5020"}, "tls_certificate, tls_key, tls_authorities"),
        ({"listen": "0.0.0.0:5020", "tls_key": "b.pem"}, 'access = "certified" only'),
        ({"listen": "0.0.0.0:5020", "nodes": {RADAR: {"certificate": "x"}}}, 'access = "certified" only'),
        ({"nodes": {RADAR: {"address": "radar"}}}, "no address and no network"),
    ],
)
def test_settings_that_would_open_a_feed_to_strangers_are_refused(
    values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        SapientSettings.model_validate({"name": "s", **values})
    assert sentence in str(caught.value)


@pytest.mark.parametrize("listen", ["127.0.0.1:5020", "[::1]:5020", "localhost:5020"])
def test_an_open_feed_listens_on_this_machine_alone(listen: str) -> None:
    assert SapientSettings(name="s", listen=listen, access="open").is_local


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"('10.0.0.1', 51234)", Peer("10.0.0.1", 51234)),
        (b"('fe80::1%eth0', 51234, 0, 2)", Peer("fe80::1", 51234)),
        (b"None", Peer()),
        (b"", Peer()),
        (b"\xff\xfe", Peer()),
        (b'{"address":[],"port":{}}', Peer()),
        (b"[" * 10_000, Peer()),
        (b'{"address":"10.0.0.1","port":Infinity}', Peer()),
        (b'{"address":"::ffff:10.0.0.1","port":1}', Peer("10.0.0.1", 1)),
    ],
)
def test_who_opened_a_connection_is_read_from_journals_of_all_times(data: bytes, expected: Peer) -> None:
    assert peer_from_bytes(data) == expected


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_bytes_make_the_reading_of_a_peer_fail(data: bytes) -> None:
    peer = peer_from_bytes(data)
    assert peer_from_bytes(bytes_from_peer(peer)) == peer


@given(
    st.dictionaries(
        st.sampled_from(["address", "port", "certificate", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["fingerprint", "names"]), inner)
            ),
            max_leaves=6,
        ),
    )
)
def test_nor_does_any_json(record: dict[str, Any]) -> None:
    peer = peer_from_bytes(json.dumps(record).encode())
    assert isinstance(peer.port, int)
    assert peer_from_bytes(bytes_from_peer(peer)) == peer


def test_a_peer_is_written_and_read_alike() -> None:
    peer = Peer("2001:db8::7", 7, Certificate("f" * 64, ("urn:uuid:x", "رادار")))
    assert peer_from_bytes(bytes_from_peer(peer)) == peer
