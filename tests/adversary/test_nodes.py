"""Whose a node is, against peers that use its identifier: on other feeds, elsewhere, before it came.

Frames against the fold, as in ``test_fold``. The radar's first word here comes at BEGIN.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.framing import framed
from marsad.feeds.sapient.node_id import node_id
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import Registration, SapientMessage
from marsad.model.asker import Asker
from marsad.model.effect import Hangup, Reply, Warn
from marsad.model.frame import CONFIGURATION, OPERATOR, TICK, Frame, FrameKind
from marsad.model.peer import Certificate, Peer, bytes_from_peer
from marsad.model.reason import Reason
from marsad.model.sensor import Sensor, SensorHealth
from marsad.model.threat import Level
from marsad.report.wording import LANGUAGES, word
from marsad.site.fold import SiteFold
from marsad.station.narrator import Narrator

from ..example_site import example_site
from .raid import RADAR, SCAN_S, SITE, S, hello, scan

T0 = 1_700_000_000 * S
BEGIN = T0 + 20 * S
HONEST, PEER = 1000, 1
AT_HOME, ELSEWHERE = "10.0.0.5", "10.0.0.66"
FAR = replace(RADAR, latitude_deg=RADAR.latitude_deg + 0.5, longitude_deg=RADAR.longitude_deg + 0.5)
BEHIND = replace(RADAR, node_id=node_id("behind"), name="Behind")
SECOND_FEED = '[[feed]]\nname = "b"\nstandard = "sapient"\nlisten = "127.0.0.1:0"\n'
LISTED = example_site("0.0.0.0:5021", sensors='access = "listed"\n')
NAMED = example_site(
    "0.0.0.0:5021", sensors=f'access = "listed"\n[feed.nodes.{RADAR.node_id}]\nname = "Radar"\n'
)
CERTIFIED = example_site(
    "0.0.0.0:5021",
    sensors='access = "certified"\ntls_certificate = "/a"\ntls_key = "/b"\ntls_authorities = "/c"\n',
    after='[[feed]]\nname = "b"\nstandard = "sapient"\nlisten = "127.0.0.1:5022"\n',
)
OWN = Certificate("ab" * 32, (RADAR.node_id,))


def opened(link: int, t_ns: int, address: str = "127.0.0.1", feed: str = "sensors") -> Frame:
    return Frame(feed, t_ns, bytes_from_peer(Peer(address, 5000 + link)), link, FrameKind.OPENED)


def closed(link: int, t_ns: int) -> Frame:
    return Frame("sensors", t_ns, b"", link, FrameKind.CLOSED)


def scans(begin: int = BEGIN, seconds: float = 14.0, link: int = HONEST) -> list[Frame]:
    numbers = range(1, round(seconds / SCAN_S) + 1)
    times = [begin + round(number * SCAN_S * S) for number in numbers]
    return [
        Frame("sensors", t_ns, scan(t_ns, number), link) for number, t_ns in zip(numbers, times, strict=True)
    ]


def radar(begin: int = BEGIN, address: str = "127.0.0.1", seconds: float = 14.0) -> list[Frame]:
    """The honest radar: it connects, registers and sees the drone come."""
    return [
        opened(HONEST, begin, address),
        Frame("sensors", begin, hello(begin), HONEST),
        *scans(begin, seconds),
    ]


def moved(t_ns: int, number: int = 0) -> bytes:
    return status(FAR, t_ns, ulid(t_ns, 50 + number), first=True)


def goodbye(t_ns: int, number: int = 0) -> bytes:
    return status(RADAR, t_ns, ulid(t_ns, 70 + number), health="goodbye")


def stolen(t_ns: int, number: int = 0) -> bytes:
    return registration(RADAR, t_ns) + moved(t_ns, number)


@dataclass
class Story:
    """What came of some frames: seconds from BEGIN until each stage, what the radar was told."""

    fold: SiteFold
    warned: dict[Level, float] = field(default_factory=dict)
    told: list[SapientMessage] = field(default_factory=list)
    hangups: list[Hangup] = field(default_factory=list)

    @property
    def radar(self) -> Sensor:
        return next(one for one in self.fold.sensors() if one.sensor_id == RADAR.node_id)

    @property
    def askers(self) -> tuple[Asker, ...]:
        return self.fold.picture().askers

    @property
    def times(self) -> tuple[float | None, float | None]:
        return self.warned.get(Level.ALERT), self.warned.get(Level.WARN)


def happened(frames: Iterable[Frame], site: str = SITE, seconds: float = 36.0) -> Story:
    story = Story(SiteFold(Frame(CONFIGURATION, T0, site.encode())))
    ticks = [Frame(TICK, T0 + tenth * S // 10) for tenth in range(1, round(10 * seconds))]
    for frame in sorted([*frames, *ticks], key=lambda frame: frame.t_ns):
        if frame.t_ns > T0 + seconds * S:
            break
        for effect in story.fold.fold(frame):
            if isinstance(effect, Warn):
                story.warned.setdefault(effect.event.stage, (frame.t_ns - BEGIN) / S)
            elif isinstance(effect, Reply) and effect.link == HONEST:
                story.told.append(SapientMessage.FromString(effect.data[4:]))
            elif isinstance(effect, Hangup):
                story.hangups.append(effect)
    return story


ALONE = (4.6, 5.6)


def test_the_radar_alone() -> None:
    story = happened(radar())
    assert story.times == pytest.approx(ALONE)
    assert (story.radar.health, story.radar.note) == (SensorHealth.OK, "")


# ---------------------------------------------------------------- another feed of the site


@pytest.mark.parametrize("first_s", [-10.0, 1.0], ids=["before", "beside"])
@pytest.mark.parametrize("words", [stolen, lambda t_ns, number: stolen(t_ns, number) + goodbye(t_ns, number)])
def test_its_identifier_on_another_feed_is_another_sensor(
    words: Callable[[int, int], bytes], first_s: float
) -> None:
    begin = BEGIN + round(first_s * S)
    peer = [opened(PEER, begin, feed="b")]
    peer += [Frame("b", begin + k * S // 10, words(begin + k * S // 10, k), PEER) for k in range(1, 230)]
    story = happened([*peer, *radar()], site=SITE + SECOND_FEED)
    assert story.times == pytest.approx(ALONE)
    own, other = sorted(story.fold.sensors(), key=lambda sensor: sensor.feed, reverse=True)
    assert (own.feed, other.feed) == ("sensors", "b")
    names = {own.sensor_id, other.sensor_id}
    assert names in ({RADAR.node_id, f"b/{RADAR.node_id}"}, {RADAR.node_id, f"sensors/{RADAR.node_id}"})
    assert {message.WhichOneof("content") for message in story.told} == {"registration_ack"}
    if words is stolen:
        assert (own.health, own.note) == (SensorHealth.DEGRADED, "speaks on feed b as well")


def test_one_that_is_known_by_its_certificate_is_claimed_on_no_other_feed() -> None:
    frames = radar()
    frames[0] = replace(frames[0], data=bytes_from_peer(Peer("10.0.0.5", 5, OWN)))
    peer = [opened(PEER, BEGIN, feed="b"), opened(PEER + 1, T0, feed="b")]
    peer += [Frame("b", T0 + S, stolen(T0 + S), PEER + 1)]
    peer += [Frame("b", BEGIN + k * S // 10, stolen(BEGIN + k * S // 10, k), PEER) for k in range(1, 140)]
    peer += [Frame("b", BEGIN + S, moved(BEGIN + S), PEER + 1)]
    story = happened([*peer, *frames], site=CERTIFIED)
    assert story.times == pytest.approx(ALONE)
    own = next(sensor for sensor in story.fold.sensors() if sensor.feed == "sensors")
    assert (own.health, own.note) == (SensorHealth.DEGRADED, "claimed from 127.0.0.1")
    other = next(sensor for sensor in story.fold.sensors() if sensor.feed == "b")
    assert (other.health, other.note) == (SensorHealth.REFUSED, "known by its certificate on feed sensors")
    assert dict(story.fold.picture().counters)["refused.node-held"] > 100


# ---------------------------------------------------------------- who was there before


@pytest.mark.parametrize("each_s", [0.1, 0.5, 5.0])
@pytest.mark.parametrize("keeps", [True, False], ids=["one connection", "many"])
@pytest.mark.parametrize(
    "before", [registration, lambda node, t_ns: hello(t_ns)], ids=["registered", "spoke"]
)
def test_who_used_the_identifier_first_takes_nothing_from_the_radar_that_speaks(
    each_s: float, keeps: bool, before: Callable[[EdgeNode, int], bytes]
) -> None:
    frames = [
        opened(PEER, T0, ELSEWHERE),
        Frame("sensors", T0, before(RADAR, T0), PEER),
        closed(PEER, T0 + 9 * S),
    ]
    link = PEER + 1
    frames += [opened(link, BEGIN, ELSEWHERE)] if keeps else []
    for number in range(1, round(14 / each_s)):
        t_ns = BEGIN + round(number * each_s * S) + 3_000_000
        frames += [] if keeps else [opened(link, t_ns, ELSEWHERE), closed(link, t_ns + 1000)]
        frames += [Frame("sensors", t_ns, stolen(t_ns, number), link)]
        link += not keeps
    story = happened([*frames, *radar(address=AT_HOME)], site=NAMED)
    assert story.times == pytest.approx(ALONE)
    assert (story.radar.health, story.radar.note) == (SensorHealth.DEGRADED, f"claimed from {ELSEWHERE}")


# ---------------------------------------------------------------- started anew


def restarted(claimants: int, again_s: float = 0.0, peers: Callable[[int], str] | None = None) -> list[Frame]:
    """The radar loses its power before BEGIN, its old connection stays open; others claim it all the time."""
    address = peers or (lambda number: f"10.0.0.{20 + number}")
    frames = [opened(900, T0, AT_HOME), Frame("sensors", T0, hello(T0), 900)]
    frames += [
        Frame("sensors", t_ns, status(RADAR, t_ns, ulid(t_ns, 4)), 900)
        for t_ns in range(T0 + 5 * S, BEGIN, 5 * S)
    ]
    for number in range(claimants):
        link = 10 + number
        frames += [opened(link, T0 + S, address(number))]
        times = [T0 + second * S + number * 1000 for second in range(2, 36)]
        frames += [Frame("sensors", t_ns, registration(RADAR, t_ns), link) for t_ns in times]
    own = radar(address=AT_HOME)
    if again_s:
        own += [
            Frame("sensors", t_ns, hello(t_ns), HONEST)
            for t_ns in range(BEGIN + round(again_s * S), BEGIN + 14 * S, round(again_s * S))
        ]
    return sorted([*frames, *own], key=lambda frame: frame.t_ns)


@pytest.mark.parametrize("claimants", [1, 4, 30])
@pytest.mark.parametrize("again_s", [0.0, 5.0])
def test_no_crowd_keeps_out_the_radar_that_was_started_anew(claimants: int, again_s: float) -> None:
    alone = happened(restarted(0, again_s), site=NAMED)
    assert None not in alone.times
    story = happened(restarted(claimants, again_s), site=NAMED)
    assert story.times == pytest.approx(alone.times)
    assert story.radar.health is SensorHealth.DEGRADED
    assert story.radar.note.startswith("claimed from 10.0.0.")
    shown = [asker.address for asker in story.askers]
    assert len(shown) == min(claimants, 4)
    assert AT_HOME not in shown


def test_nor_does_a_crowd_behind_its_own_address() -> None:
    alone = happened(restarted(0), site=NAMED)
    story = happened(restarted(4, peers=lambda number: AT_HOME), site=NAMED)
    assert story.times == pytest.approx(alone.times)


@pytest.mark.parametrize("address", [AT_HOME, ELSEWHERE])
def test_who_claimed_it_while_it_spoke_does_not_have_it_when_it_closes(address: str) -> None:
    """Started anew as it should be: it closes its connection and is back at once."""
    frames = restarted(1, 5.0, peers=lambda number: address)
    frames += [closed(900, BEGIN - S // 100)]
    story = happened(frames, site=NAMED)
    assert story.times == pytest.approx(ALONE)
    assert (story.radar.health, story.radar.note) == (SensorHealth.DEGRADED, f"claimed from {address}")


def test_who_claimed_it_has_it_at_last_when_it_stays_away() -> None:
    frames = [frame for frame in restarted(1) if frame.link != HONEST]
    story = happened([*frames, closed(900, BEGIN - S)], site=NAMED)
    assert story.radar.health is SensorHealth.OK
    assert story.askers == ()


# ---------------------------------------------------------------- asking to join


def admitted(address: str) -> Frame:
    act = {
        "action": "admit_node",
        "feed": "sensors",
        "node_id": RADAR.node_id,
        "by": "Officer",
        "address": address,
    }
    return Frame(OPERATOR, BEGIN, json.dumps(act).encode())


def refused(address: str) -> Frame:
    act = {
        "action": "refuse_node",
        "feed": "sensors",
        "node_id": RADAR.node_id,
        "by": "Officer",
        "address": address,
    }
    return Frame(OPERATOR, BEGIN - S, json.dumps(act).encode())


def asking() -> list[Frame]:
    """The radar has asked since T0, and goes on reporting; a stranger asks with its identifier."""
    frames = [opened(HONEST, T0, AT_HOME), Frame("sensors", T0, hello(T0), HONEST), *scans()]
    frames += [opened(PEER, T0 + S, ELSEWHERE)]
    for second in range(2, 34):
        t_ns = T0 + second * S
        frames += [Frame("sensors", t_ns, registration(RADAR, t_ns) if second < 19 else moved(t_ns), PEER)]
    return frames


@pytest.mark.parametrize("address", ["", AT_HOME])
def test_two_that_ask_with_one_identifier_are_two_and_the_first_is_admitted(address: str) -> None:
    waiting = happened(asking(), site=LISTED, seconds=19)
    assert [(asker.address, asker.asking.value) for asker in waiting.askers] == [
        (AT_HOME, "asks"),
        (ELSEWHERE, "asks"),
    ]
    story = happened([*asking(), admitted(address)], site=LISTED)
    assert story.times == pytest.approx(ALONE), "its place was told while it waited"


def test_an_admission_from_an_address_is_one_from_there_only() -> None:
    frames = [frame for frame in asking() if frame.link != HONEST]
    story = happened([*frames, admitted(AT_HOME)], site=LISTED)
    assert story.fold.sensors() == ()
    narrowed = replace(admitted(ELSEWHERE), t_ns=BEGIN + 6 * S // 5)
    story = happened([*asking(), admitted(""), narrowed], site=LISTED, seconds=21.8)
    assert (story.radar.health, story.radar.note) == (
        SensorHealth.REFUSED,
        "bound to another address by Officer",
    )


def test_a_stranger_is_refused_and_not_the_sensor_it_plays() -> None:
    story = happened([*asking(), refused(ELSEWHERE), admitted(AT_HOME)], site=LISTED)
    assert story.times == pytest.approx(ALONE)
    assert [(asker.address, asker.asking.value) for asker in story.askers] == [(ELSEWHERE, "refused")]
    assert [hangup.link for hangup in story.hangups] == [PEER]


@pytest.mark.parametrize("action", ["refuse_node", "list_nodes"])
def test_a_sensor_that_a_person_silences_in_an_alarm_did_not_say_goodbye(action: str) -> None:
    act: dict[str, object] = {"action": action, "feed": "sensors", "by": "Olga"}
    act |= {"node_id": RADAR.node_id} if action == "refuse_node" else {"node_ids": [BEHIND.node_id]}
    decided = Frame(OPERATOR, BEGIN + 7 * S, json.dumps(act).encode())
    story = happened([*radar(), decided])
    assert story.times == pytest.approx(ALONE), "the alarm stands, and nothing more comes of that sensor"
    assert story.radar.health is SensorHealth.REFUSED and story.radar.note.endswith(" by Olga")
    incident = story.fold.incident()
    assert incident is not None
    (line,) = [one for one in incident.timeline if one.what.code.startswith("door.")]
    assert (line.by, dict(line.what.arguments)["sensor"]) == ("Olga", RADAR.name)
    for language in LANGUAGES:
        narrator = Narrator(story.fold.site, language)
        told = " ".join(narrator.sentences([], story.fold.picture()))
        assert "Olga" in told and word(Reason("report.health.gone"), language) not in told
        assert RADAR.name in word(line.what, language)


# ---------------------------------------------------------------- what a stranger says of it


def said_falsely(t_ns: int) -> bytes:
    message: Any = SapientMessage.FromString(registration(RADAR, t_ns)[4:])
    message.registration.node_definition[0].node_type = Registration.NODE_TYPE_JAMMER
    message.registration.icd_version = "nonsense"
    return framed(message.SerializeToString())


@pytest.mark.parametrize("is_there", [False, True])
def test_a_stranger_makes_no_effector_of_the_radar(is_there: bool) -> None:
    """A radar that believes it is registered, as after a site lost its journal, is asked to register."""
    frames = [opened(HONEST, BEGIN, AT_HOME), *scans()]
    if is_there:
        frames += [opened(PEER, T0, ELSEWHERE), Frame("sensors", T0, said_falsely(T0), PEER)]
    frames += [Frame("sensors", BEGIN + 6 * S // 10, hello(BEGIN + 6 * S // 10), HONEST)]
    story = happened(frames, site=NAMED)
    assert story.times == pytest.approx((5.1, 6.1))
    assert story.told[0].task.command.request == "Registration"
    assert [sensor.health for sensor in story.fold.sensors()] == [SensorHealth.OK]


def test_a_stranger_s_faulty_registration_is_no_row_of_the_radar() -> None:
    frames = [*radar(address=AT_HOME), opened(PEER, BEGIN, ELSEWHERE)]
    frames += [Frame("sensors", BEGIN + k * S, said_falsely(BEGIN + k * S), PEER) for k in range(1, 13)]
    story = happened(frames, site=NAMED)
    assert story.times == pytest.approx(ALONE)
    assert [sensor.sensor_id for sensor in story.fold.sensors()] == [RADAR.node_id]


# ---------------------------------------------------------------- one connection, many nodes


def faulty(node: EdgeNode, t_ns: int, number: int, length: int = 10) -> bytes:
    message: Any = SapientMessage.FromString(
        polar_detection(node, t_ns, ulid(t_ns, 9), ulid(t_ns, number), 0.1, 0.01, range_m=9000.0)[4:]
    )
    message.additional_information = "x" * length
    message.detection_report.range_bearing.range = float("nan")
    return framed(message.SerializeToString())


LONG = (1 << 20) - 2000


@pytest.mark.parametrize("is_known", [True, False], ids=["registered", "never registered"])
@pytest.mark.parametrize(("count", "length"), [(2100, 10), (2, LONG)], ids=["many", "long"])
def test_one_faulty_node_does_not_cut_off_its_neighbours(count: int, length: int, is_known: bool) -> None:
    frames = radar()
    if is_known:
        first = registration(BEHIND, BEGIN) + status(BEHIND, BEGIN, ulid(BEGIN, 1), first=True)
        frames.append(Frame("sensors", BEGIN, first, HONEST))
    for second in range(8):
        t_ns = BEGIN + second * S + 1
        frames.append(Frame("sensors", t_ns, faulty(BEHIND, t_ns, second, length) * count, HONEST))
    story = happened(frames)
    assert story.hangups == []
    assert story.times == pytest.approx(ALONE)
    assert (story.radar.health, story.radar.note) == (SensorHealth.OK, "")


def test_a_connection_that_names_nobody_is_cut_all_the_same() -> None:
    frames = [*radar(), opened(PEER, BEGIN), Frame("sensors", BEGIN, framed(b"\xff" * 40) * 2100, PEER)]
    story = happened(frames)
    assert [(hangup.link, hangup.reason) for hangup in story.hangups] == [(PEER, "too-many-faults")]
    assert story.times == pytest.approx(ALONE)
