"""Cursor on Target: what an event says, what none ever is, and servers that misbehave."""

import asyncio
import itertools
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from math import nan
from xml.etree.ElementTree import Element, fromstring

import pytest
import takproto

from marsad.errors import EncodingError, LinkError
from marsad.links import kept
from marsad.model.announcement import (
    AnnouncementKind,
    DeliveryState,
    DrillAnnouncement,
    LiveAnnouncement,
    LiveSwitch,
    Purpose,
)
from marsad.model.reason import Reason
from marsad.model.site import Site, Zone
from marsad.model.threat import Level
from marsad.model.warning import TimeLeft
from marsad.outputs import cot
from marsad.outputs.cot import CotOutput
from marsad.outputs.cot_event import CotStyle, events_of, presence, time_of, xml_of
from marsad.outputs.files import file_findings
from marsad.outputs.settings import CotSettings
from marsad.outputs.transmitter import Surroundings
from marsad.report.wording import catalogue

from .conftest import S, announced, drilled
from .setting import STEPS, SetClock

WORDING = {"ar": catalogue("ar"), "en": catalogue("en")}
STYLE = CotStyle("Ain al-Asad", "en", frozenset({"WARN"}), True)
UID = "marsad.asad.raid-1-warn-fuel-1"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# all that ever leaves: places that are warned, their words, and the site itself
TYPES = {"a-f-G-U-C", "b-a-o-tbl", "b-a-o-can", "b-m-p-s-m", "u-d-f", "u-d-c-c", "b-t-f"}


def settings(**more: object) -> CotSettings:
    return CotSettings.model_validate({"name": "tak", "standard": "cot", **more})


@pytest.fixture
def mapped(site: Site) -> Site:
    """The site with a zone that has corners."""
    square = ((400.0, 400.0), (700.0, 400.0), (700.0, 600.0), (400.0, 600.0))
    return replace(
        site, zones=(*site.zones, Zone("yard", "Yard & <store>", "الساحة", square, (550.0, 500.0), 180.0))
    )


def every_announcement() -> Iterator[LiveAnnouncement | DrillAnnouncement]:
    """Every kind of word about every kind of alarm, meant or not."""
    for kind, stage, threat, seconds, zone_id in itertools.product(
        AnnouncementKind,
        (Level.ALERT, Level.WARN),
        ("owa", "ballistic", "multirotor"),
        (5.0, nan),
        ("", "fuel", "yard"),
    ):
        one = replace(
            announced(1, kind),
            stage=stage,
            zone_id=zone_id,
            time_left=TimeLeft(seconds, seconds, seconds),
            reasons=(Reason(f"alarm.track.{threat}"),),
        )
        yield one
        values = {entry.name: getattr(one, entry.name) for entry in fields(one)}
        yield from (DrillAnnouncement(**values, purpose=purpose) for purpose in Purpose)


def written(one: LiveAnnouncement | DrillAnnouncement, site: Site, style: CotStyle = STYLE) -> list[Element]:
    """The events of an announcement after they were bytes."""
    events = events_of(one, site, style, WORDING)
    return [fromstring(xml_of(event)) for event in (*events.standing, *events.said)]


# --- what is never said ---------------------------------------------------------------------------


@pytest.mark.parametrize("emergencies", [frozenset(), frozenset({"WARN"}), frozenset({"ALERT", "WARN"})])
def test_no_event_of_any_kind_is_a_task_or_calls_anything_hostile(
    mapped: Site, emergencies: frozenset[str]
) -> None:
    style = replace(STYLE, emergencies=emergencies)
    kinds = {event.get("type", "") for one in every_announcement() for event in written(one, mapped, style)}
    kinds.add(fromstring(xml_of(presence(mapped, style, 0, S))).get("type", ""))
    assert kinds <= TYPES
    assert not any(kind.startswith("t-") or re.match(r"a-[hsj]", kind) for kind in kinds)


def test_no_event_names_anybody_who_is_to_do_it(mapped: Site) -> None:
    """Addressees and requests have elements of their own; none is written."""
    tags = {
        element.tag
        for one in every_announcement()
        for event in written(one, mapped)
        for element in event.iter()
    }
    known = {
        "event",
        "point",
        "detail",
        "contact",
        "emergency",
        "link",
        "remarks",
        "color",
        "shape",
        "ellipse",
    }
    known |= {"strokeColor", "strokeWeight", "fillColor", "labels_on", "__chat", "chatgrp"}
    assert tags <= known


def test_a_drill_says_so_first_and_carries_the_mark_of_its_kind(mapped: Site) -> None:
    marks = {None: "o", Purpose.EXERCISE: "e", Purpose.TEST: "s"}
    for one in every_announcement():
        purpose = one.purpose if isinstance(one, DrillAnnouncement) else None
        for event in written(one, mapped):
            assert event.get("opex") == marks[purpose]
            first = event.findtext("detail/remarks", "").split()[0]
            assert (first == (purpose.name if purpose else None)) is (purpose is not None)


# --- what is said ---------------------------------------------------------------------------------


def test_every_event_has_all_that_the_schema_wants(mapped: Site) -> None:
    for one in every_announcement():
        for event in written(one, mapped):
            assert event.get("version") == "2.0" and event.get("how") == "m-f"
            assert (event.get("uid") or "").startswith(("marsad.asad.", "GeoChat.marsad.asad."))
            times = [event.get(name, "") for name in ("time", "start", "stale")]
            assert all(TIME.fullmatch(text) for text in times)
            begun, stale = datetime.fromisoformat(times[1]), datetime.fromisoformat(times[2])
            assert begun < stale and stale.timestamp() <= one.expires_t_ns / S + 0.001
            point = event.find("point")
            assert point is not None
            assert abs(float(point.get("lat", "nan")) - 33.8) < 0.1
            assert abs(float(point.get("lon", "nan")) - 42.4) < 0.1
            assert 0 < float(point.get("ce", "nan")) < 2_000
            assert event[0].tag == "point" and event[1].tag == "detail"


@pytest.mark.parametrize("end", [AnnouncementKind.ALL_CLEAR, AnnouncementKind.RETRACTION])
def test_what_ends_an_alarm_cancels_its_events_by_the_same_names(mapped: Site, end: AnnouncementKind) -> None:
    warning = written(replace(announced(), zone_id=""), mapped)
    over = written(replace(announced(2, end), zone_id=""), mapped)
    assert [one.get("uid") for one in warning[:-1]] == [one.get("uid") for one in over[:-1]]
    assert (warning[0].get("type"), over[0].get("type")) == ("b-a-o-tbl", "b-a-o-can")
    emergency = over[0].find("detail/emergency")
    assert emergency is not None and emergency.get("cancel") == "true"
    assert [one.get("type") for one in over[1:-1]] == ["u-d-c-c", "u-d-c-c", "u-d-f"]
    for before, after in zip(warning[1:-1], over[1:-1], strict=True):
        lasts = [
            datetime.fromisoformat(one.get("stale", "")) - datetime.fromisoformat(one.get("start", ""))
            for one in (before, after)
        ]
        assert [one.total_seconds() for one in lasts] == [600, 60]
        colours = [one.find("detail/strokeColor") for one in (before, after)]
        assert [one.get("value") for one in colours if one is not None] == ["-65536", "-16736256"]


def test_a_zone_with_corners_is_drawn_closed_and_its_name_is_text(mapped: Site) -> None:
    _, outline, _ = written(replace(announced(), zone_id="yard"), mapped)
    points = [link.get("point") for link in outline.iter("link")]
    assert len(points) == 5 and points[0] == points[-1]
    latitude, longitude = (float(part) for part in (points[0] or "").split(","))
    assert latitude == pytest.approx(33.8 + 400 / 110_900, abs=2e-5)
    assert longitude == pytest.approx(42.4 + 400 / 92_600, abs=2e-5)
    contact = outline.find("detail/contact")
    assert contact is not None and "Yard & <store>" in contact.get("callsign", "")


def test_what_is_no_emergency_and_what_is_a_test_of_the_chain_is_a_marker(mapped: Site) -> None:
    alert = replace(announced(), stage=Level.ALERT)
    assert written(alert, mapped)[0].get("type") == "b-m-p-s-m"
    test = written(replace(announced(kind=AnnouncementKind.TEST), zone_id=""), mapped)
    assert [event.get("type") for event in test] == ["b-m-p-s-m", "b-t-f"]
    arabic = written(announced(), mapped, replace(STYLE, language="ar", chat=False))
    assert len(arabic) == 2 and (arabic[0].findtext("detail/emergency") or "").startswith("احتموا فوراً")


# --- datagrams ------------------------------------------------------------------------------------


@contextmanager
def group(
    port_of: Callable[[socket.socket], int] = lambda one: int(one.getsockname()[1]),
) -> Iterator[tuple[socket.socket, int]]:
    """A handset in a multicast group on the loopback interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("239.2.3.1", 0))
        member = struct.pack("4s4s", socket.inet_aton("239.2.3.1"), socket.inet_aton("127.0.0.1"))
        one.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        one.setblocking(False)
        yield one, port_of(one)


async def received(one: socket.socket, count: int) -> list[bytes]:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(20):
        return [await loop.sock_recv(one, 65_535) for _ in range(count)]


async def test_a_group_is_sent_xml_and_nothing_is_known_of_it(surroundings: Surroundings) -> None:
    with group() as (gate, port):
        record = settings(address=f"udp://239.2.3.1:{port}", interface="127.0.0.1")
        output = CotOutput(record, surroundings)
        one = drilled()
        assert await output.transmit(one.announcement_id, one) is DeliveryState.SENT
        events = [fromstring(data) for data in await received(gate, 3)]
        await output.close()
    assert [event.get("type") for event in events] == ["b-a-o-tbl", "u-d-c-c", "b-t-f"]
    assert events[0].findtext("detail/emergency", "").startswith("TEST ")


async def test_version_1_is_protobuf_as_another_library_reads_it(surroundings: Surroundings) -> None:
    with group() as (gate, port):
        record = settings(address=f"udp://239.2.3.1:{port}", interface="127.0.0.1", version=1)
        output = CotOutput(record, surroundings)
        one = announced()
        await output.transmit(one.announcement_id, one)
        data = await received(gate, 3)
        await output.close()
    assert all(one.startswith(b"\xbf\x01\xbf") for one in data)
    alert = takproto.parse_proto(bytearray(data[0])).cotEvent
    assert (alert.uid, alert.type, alert.how, alert.opex) == (UID, "b-a-o-tbl", "m-f", "o")
    assert (alert.sendTime, alert.staleTime) == (one.made_t_ns // 10**6, one.expires_t_ns // 10**6)
    assert alert.lat == pytest.approx(33.8045, abs=1e-3) and alert.lon == pytest.approx(42.4054, abs=1e-3)
    more = fromstring(f"<detail>{alert.detail.xmlDetail}</detail>")
    assert more.findtext("emergency", "").startswith("Take cover now.")
    assert "احتموا فوراً" in more.findtext("remarks", "")
    assert alert.detail.contact.callsign.startswith("Take cover now.")
    chat = takproto.parse_proto(bytearray(data[2])).cotEvent
    words = fromstring(f"<detail>{chat.detail.xmlDetail}</detail>").findtext("remarks", "")
    assert chat.type == "b-t-f" and "Take cover now." in words and "احتموا فوراً" in words


async def test_open_alarms_are_repeated_and_what_is_over_is_not_for_ever(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [announced().made_t_ns]
    moved = replace(surroundings, utc_ns=lambda: now[0])
    with group() as (gate, port):
        record = settings(address=f"udp://239.2.3.1:{port}", interface="127.0.0.1", chat=False)
        output = CotOutput(record, moved)
        for number, alarm_id in enumerate("ab"):
            one = announced(number, alarm_id=alarm_id)
            await output.transmit(one.announcement_id, one)
        over = announced(3, AnnouncementKind.ALL_CLEAR, alarm_id="a", lasts_s=3600)
        await output.transmit(over.announcement_id, over)
        await received(gate, 6)

        async def repeated(is_new: bool = False) -> list[str]:
            await output._wire.send(messages := output._all(is_new=is_new))
            return [fromstring(data).get("type", "") for data in await received(gate, len(messages))]

        assert await repeated() == ["a-f-G-U-C", "b-a-o-tbl", "u-d-c-c", "b-a-o-can", "u-d-c-c"]
        now[0] += 61 * S
        assert await repeated() == ["a-f-G-U-C", "b-a-o-tbl", "u-d-c-c"]
        assert (await repeated(is_new=True))[-2:] == ["b-a-o-can", "u-d-c-c"]
        now[0] += 600 * S
        assert await repeated() == ["a-f-G-U-C"]
        monkeypatch.setattr(cot, "STANDING_MAX", 3)
        now[0] = announced().made_t_ns
        for number in range(10):
            one = announced(number, alarm_id=f"alarm {number}")
            await output.transmit(one.announcement_id, one)
        await received(gate, 20)
        assert len(await repeated()) == 1 + 2 * 3
        await output.close()


@pytest.mark.parametrize("step_ns", STEPS)
async def test_an_open_alarm_is_repeated_as_long_as_it_stands_though_the_clock_is_set(
    surroundings: Surroundings, step_ns: int
) -> None:
    one = announced()
    clock = SetClock(one.made_t_ns)
    with group() as (gate, port):
        record = settings(address=f"udp://239.2.3.1:{port}", interface="127.0.0.1", chat=False)
        output = CotOutput(record, clock.within(surroundings))
        await output.transmit(one.announcement_id, one)
        await received(gate, 2)

        def repeated() -> list[Element]:
            return [fromstring(data) for data in output._all(is_new=False)]

        clock.site_ns += 10 * S
        clock.utc_offset_ns = step_ns
        _, alert, _ = repeated()
        made_ns, expires_ns = one.made_t_ns + step_ns, one.expires_t_ns + step_ns
        assert (alert.get("time"), alert.get("stale")) == (time_of(made_ns), time_of(expires_ns))
        clock.site_ns += 589 * S
        assert len(repeated()) == 3
        clock.site_ns += S
        assert len(repeated()) == 1, "and it ends when it should"
        await output.close()


def test_an_interface_that_is_not_there_is_told_of_at_the_start(surroundings: Surroundings) -> None:
    record = settings(address="udp://239.2.3.1:6969", interface="203.0.113.7", unprotected=True)
    with pytest.raises(LinkError, match=r"from 203\.0\.113\.7"):
        CotOutput(record, surroundings)


# --- servers that misbehave -----------------------------------------------------------------------


@dataclass
class Peers:
    """What dialled a server."""

    heard: bytearray = field(default_factory=bytearray)
    count: int = 0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, enough: Callable[["Peers"], bool]) -> None:
        async with asyncio.timeout(20), self.news:
            await self.news.wait_for(lambda: enough(self))


@asynccontextmanager
async def server(behave: Callable[[int], str], port: int = 0) -> AsyncIterator[tuple[int, Peers]]:
    """A server that does to each peer, by its number, as it is told: reads, hangs up, babbles or sleeps."""
    peers = Peers()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            tasks.add(task)
        manner = behave(peers.count)
        async with peers.news:
            peers.count += 1
            peers.news.notify_all()
        try:
            if manner == "hangs up":
                return
            if manner == "babbles":
                writer.write(b"\x00\xff<event><event" * 50_000)
            if manner == "sleeps":
                await asyncio.Event().wait()
            while data := await reader.read(65_536):
                async with peers.news:
                    peers.heard += data
                    peers.news.notify_all()
        except OSError:
            pass
        finally:
            writer.transport.abort()

    one = await asyncio.start_server(serve, "127.0.0.1", port, limit=2**10)
    try:
        yield one.sockets[0].getsockname()[1], peers
    finally:
        one.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await one.wait_closed()


@asynccontextmanager
async def running(output: CotOutput) -> AsyncIterator[CotOutput]:
    task = asyncio.create_task(output.run())
    try:
        yield output
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await output.close()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FIRST_AGAIN_S", 0.01)
    monkeypatch.setattr(kept, "LAST_AGAIN_S", 0.05)


async def test_nobody_there_is_told_of_in_a_sentence(surroundings: Surroundings) -> None:
    async with server(lambda number: "reads") as (port, _):
        pass
    async with running(CotOutput(settings(address=f"tcp://127.0.0.1:{port}"), surroundings)) as output:
        one = announced()
        with pytest.raises(LinkError, match=f"no connection: 127.0.0.1:{port}: .*(refused|failed)"):
            await output.transmit(one.announcement_id, one)


@pytest.mark.usefixtures("soon")
async def test_a_server_that_hangs_up_is_dialled_again_with_pauses(surroundings: Surroundings) -> None:
    manners = ["hangs up"] * 3 + ["babbles"]
    async with server(lambda number: manners[min(number, 3)]) as (port, peers):
        output = CotOutput(settings(address=f"tcp://127.0.0.1:{port}"), surroundings)
        task = asyncio.create_task(output.run())
        await peers.until(lambda one: one.count >= 4 and b"a-f-G-U-C" in one.heard)
        one = announced()
        assert await output.transmit(one.announcement_id, one) is DeliveryState.SENT
        await peers.until(lambda one: b"b-a-o-tbl" in one.heard)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    text = bytes(peers.heard)
    assert text.index(b"a-f-G-U-C") < text.index(b"b-a-o-tbl"), "a server takes nothing before that"


@pytest.mark.usefixtures("soon")
async def test_a_server_that_takes_nothing_is_cut_off_and_told_of(surroundings: Surroundings) -> None:
    many = replace(
        surroundings.site,
        zones=tuple(Zone(f"z{n}", "Z" * 3_000, "ز", (), (0.0, 0.0), 10.0) for n in range(200)),
    )
    async with server(lambda number: "sleeps") as (port, _):
        record = settings(address=f"tcp://127.0.0.1:{port}", timeout_s=0.3)
        async with running(CotOutput(record, replace(surroundings, site=many))) as output:
            said = ""
            for number in range(20):  # until the system's buffers are full
                one = replace(announced(number, alarm_id=f"alarm {number}"), zone_id="")
                try:
                    await output.transmit(one.announcement_id, one)
                except LinkError as error:
                    said = str(error)
                    break
    assert "took nothing for 0.3 s" in said


async def test_levels_are_none_of_its_business(surroundings: Surroundings) -> None:
    output = CotOutput(settings(address="tcp://127.0.0.1:1"), surroundings)
    with pytest.raises(EncodingError):
        await output.transmit("x", LiveSwitch("fuel", Level.WARN, True, 0))


# --- settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"address": "tak.example:8089"}, "is no address such as"),
        ({"address": "udp://tak.example:6969"}, "sent to an IPv4 address"),
        ({"address": "tls://me:secret@tak.example:8089"}, "is no address such as"),
        ({"address": "tcp://tak.example:8087"}, "use tls://"),
        ({"address": "udp://239.2.3.1:6969"}, "set unprotected = true"),
        ({"address": "udp://239.2.3.1:6969", "interface": "10.0.0.7"}, "set unprotected = true"),
        ({"address": "udp://239.2.3.1:6969", "interface": "eth0"}, "no IPv4 address of this machine"),
        ({"address": "tls://tak.example:8089", "version": 1}, "never sends any type of a task"),
        ({"address": "tcp://127.0.0.1:8087", "server_name": "x"}, "server_name is for tls://"),
        ({"address": "tls://tak.example:8089", "client_key": "k"}, "must be given together"),
    ],
)
def test_settings_that_cannot_be_meant(record: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(**record)


def test_certificates_that_are_not_there_are_found_before_the_start() -> None:
    good = settings(address="udp://239.2.3.1:6969", interface="127.0.0.1", version=1)
    assert list(file_findings(good)) == []
    (finding,) = file_findings(settings(address="tls://tak.example:8089", authorities="/nowhere/ca.pem"))
    assert finding.place == ("authorities",)


def test_the_presence_of_a_site_is_older_than_it_is_repeated(site: Site) -> None:
    event = fromstring(xml_of(presence(site, STYLE, int(datetime.now(UTC).timestamp()) * S, 75 * S)))
    stale, begun = (datetime.fromisoformat(event.get(name, "")) for name in ("stale", "start"))
    assert (stale - begun).total_seconds() == 75
