"""Who may speak to a site is decided by frames, of operators and of the rim: every replay decides alike."""

import json
import pickle

import pytest

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.model.action import Action, AdmitNode, ListNodes, RefuseNode
from marsad.model.effect import Effect, Hangup, Refuse, Reply, Vouch
from marsad.model.frame import CONFIGURATION, OPERATOR, TICK, Frame, FrameKind
from marsad.model.peer import Peer, bytes_from_peer
from marsad.model.sensor import SensorKind
from marsad.site.actions import json_from_action
from marsad.site.fold import SiteFold

from ..example_site import example_site

S = 1_000_000_000
T0 = 1_641_264_000 * S
SITE = example_site("0.0.0.0:5020", adsb='"127.0.0.1:30003"')
RADAR = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.301, 44.401, 40.0)


def configured(text: str = SITE) -> SiteFold:
    return SiteFold(Frame(CONFIGURATION, T0, text.encode()))


def acted(t_ns: int, action: Action) -> Frame:
    return Frame(OPERATOR, t_ns, json_from_action(action))


def opened(t_ns: int, link: int, address: str = "10.0.0.1") -> Frame:
    return Frame("sensors", t_ns, bytes_from_peer(Peer(address, 4000 + link)), link, FrameKind.OPENED)


def words(t_ns: int, link: int, number: int) -> list[Frame]:
    """What a radar says in a second: how it is, and what it sees."""
    beat = status(RADAR, t_ns, ulid(t_ns, 1), first=number == 1)
    plot = polar_detection(
        RADAR, t_ns, ulid(t_ns, 2), ulid(T0, 3), 0.0, 0.005,
        range_m=3_000.0 - 50.0 * number, range_sigma_m=10.0, elevation_rad=0.05, elevation_sigma_rad=0.01,
    )  # fmt: skip
    return [Frame("sensors", t_ns, beat, link), Frame("sensors", t_ns, plot, link)]


def day() -> list[Frame]:
    """A list is made, a radar asks, is admitted after five seconds, and is turned away after fifteen."""
    frames = [acted(T0, ListNodes("settings", "sensors", ())), opened(T0, 1)]
    frames.append(Frame("sensors", T0, registration(RADAR, T0), 1))
    for second in range(1, 20):
        t_ns = T0 + second * S
        if second == 5:
            frames.append(acted(t_ns, AdmitNode("Layla", "sensors", RADAR.node_id)))
        if second == 15:
            frames.append(acted(t_ns, RefuseNode("Layla", "sensors", RADAR.node_id)))
        frames += words(t_ns, 1, second)
        frames += [Frame(TICK, t_ns + tenth * S // 10) for tenth in range(1, 10)]
    return frames


def test_an_operator_admits_and_refuses_and_a_replay_says_the_same() -> None:
    fold, twin = configured(), configured()
    effects: list[Effect] = []
    tracks = {}
    for frame in day():
        effects += fold.fold(frame)
        tracks[(frame.t_ns - T0) // S] = len(fold.picture().tracks)
    assert tracks[4] == 0
    assert tracks[12] == 1
    assert any(isinstance(effect, Hangup) and effect.reason == "turned-away" for effect in effects)
    reasons = [effect.reason for effect in effects if isinstance(effect, Refuse)]
    assert reasons.count("not-admitted") == 1 + 2 * 4
    assert reasons.count("turned-away") == 2 * 5
    assert fold.picture().askers[0].asking.value == "refused"
    assert [effect for frame in day() for effect in twin.fold(frame)] == effects
    assert fold.digest() == twin.digest()
    assert fold.sensors() == twin.sensors()


def test_a_snapshot_between_yes_and_no_goes_on_alike() -> None:
    fold = configured()
    frames = day()
    for frame in frames[: len(frames) // 2]:
        fold.fold(frame)
    twin = pickle.loads(pickle.dumps(fold))
    for frame in frames[len(frames) // 2 :]:
        assert fold.fold(frame) == twin.fold(frame)
    assert fold.digest() == twin.digest()


def test_a_feed_of_a_journal_without_a_list_hears_whoever_spoke_then() -> None:
    """Off loopback too: what was heard is heard again, and only from its own list on others wait."""
    fold = configured()
    fold.fold(Frame("sensors", T0, b"('10.0.0.1', 4001)", 1, FrameKind.OPENED))
    effects = fold.fold(Frame("sensors", T0, registration(RADAR, T0), 1))
    assert any(isinstance(effect, Reply) for effect in effects)
    assert fold.guarded()["sensors"].node_ids() == (RADAR.node_id,)
    assert not fold.guarded()["sensors"].is_listed


def test_an_admitted_node_is_acknowledged_and_vouched_for() -> None:
    fold = configured()
    for frame in day()[:3]:
        fold.fold(frame)
    effects = fold.fold(acted(T0, AdmitNode("Layla", "sensors", RADAR.node_id, "10.0.0.1")))
    assert [effect.link for effect in effects if isinstance(effect, Vouch)] == [1]
    assert [effect.link for effect in effects if isinstance(effect, Reply)] == [1]


@pytest.mark.parametrize(
    ("action", "reason", "says"),
    [
        (AdmitNode("L", "adsb", RADAR.node_id), "feed-unguarded", "'adsb'; allowed are sensors"),
        (RefuseNode("L", "none", RADAR.node_id), "feed-unguarded", "'none'; allowed are sensors"),
        (AdmitNode("L", "sensors", "radar"), "node-unknown", "'radar': a UUID is expected"),
        (ListNodes("L", "sensors", (RADAR.node_id, "x")), "node-unknown", "'x'"),
        (AdmitNode("L", "sensors", RADAR.node_id, "radar.example"), "address-unknown", "'radar.example'"),
    ],
)
def test_what_cannot_be_decided_is_refused_in_words(action: Action, reason: str, says: str) -> None:
    (effect,) = configured().fold(acted(T0, action))
    assert isinstance(effect, Refuse)
    assert effect.reason == reason
    assert says in effect.detail


def test_what_the_rim_refused_is_counted_and_told_once_for_each_reason() -> None:
    fold = configured()
    data = json.dumps({"no-greeting": 7, "gave-way": 249}).encode()
    told = fold.fold(Frame("sensors", T0, data, 0, FrameKind.REFUSED))
    assert [(effect.reason, effect.detail[:3]) for effect in told if isinstance(effect, Refuse)] == [
        ("rim.no-greeting", "7 t"),
        ("rim.gave-way", "249"),
    ]
    assert dict(fold.picture().counters)["rim.gave-way"] == 249


@pytest.mark.parametrize("data", [b"", b"[", b"[]", b'{"a": "b", "c": true, "d": -1}', b"\xff", b"[" * 9999])
def test_a_count_that_cannot_be_read_counts_nothing(data: bytes) -> None:
    fold = configured()
    assert fold.fold(Frame("sensors", T0, data, 0, FrameKind.REFUSED)) == []
