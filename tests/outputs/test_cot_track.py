"""Tracks as Cursor on Target: what they say, who may see them, and that nothing is hostile by itself."""

import asyncio
import re
import socket
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest

from marsad.model.picture import Picture
from marsad.model.reason import Reason
from marsad.model.site import Mode, Site
from marsad.model.threat import THREAT_CLASSES, Identity, Level, ThreatAssessment
from marsad.model.track import TrackTable
from marsad.outputs import cot
from marsad.outputs.cot import CotOutput
from marsad.outputs.cot_event import xml_of
from marsad.outputs.cot_track import TRACKS_MAX, gone, opex_of, track_events
from marsad.outputs.outputs import Outputs
from marsad.outputs.settings import CotSettings
from marsad.outputs.transmitter import Surroundings

from .conftest import S

T_NS = 1_641_285_600 * S


def threat(
    track_id: int,
    class_name: str = "owa",
    identity: Identity = Identity.UNKNOWN,
    name: str = "",
    score: float = 10.0,
) -> ThreatAssessment:
    mix = tuple(float(one == class_name) for one in THREAT_CLASSES)
    rule = Reason("rule.info")
    return ThreatAssessment(
        *(track_id, T_NS, Level.INFO, score, identity, name, mix, 0.5, 0.0, (), rule, None, ())
    )


def seen(*threats: ThreatAssessment, t_ns: int = T_NS) -> Picture:
    """A picture of objects a kilometre east, 200 m up, that fly north-east."""
    count = len(threats)
    mean = np.tile(np.array([1000.0, 0.0, 200.0, 30.0, 30.0, 0.0]), (count, 1))
    covariance = np.tile(np.diag([100.0, 400.0, 25.0, 1.0, 1.0, 1.0]), (count, 1, 1))
    tracks = TrackTable(
        t_ns,
        np.array([one.track_id for one in threats], np.int64),
        mean,
        covariance,
        np.ones(count),
        np.ones(count, bool),
        np.full(count, t_ns),
        np.full(count, t_ns),
        np.full(count, 5),
        np.ones((count, 1)),
    )
    return Picture(t_ns, tracks, threats, (), (), None, ())


def written(picture: Picture, site: Site, opex: str = "o") -> list[Element]:
    return [fromstring(xml_of(event)) for event in track_events(picture, site, opex).values()]


def test_hostile_is_what_a_person_called_so_and_nothing_else(site: Site) -> None:
    for class_name in THREAT_CLASSES:
        for identity in Identity:
            kinds = [one.get("type", "") for one in written(seen(threat(1, class_name, identity)), site)]
            assert len(kinds) == (0 if class_name == "bird" else 1)
            for kind in kinds:
                assert re.match(r"a-[pusafnh]-A", kind)
                assert kind.startswith("a-h-") is (identity is Identity.HOSTILE)


def test_a_track_says_where_it_is_and_how_it_flies(site: Site) -> None:
    (event,) = written(seen(threat(7, "multirotor", name="T\x00E\u202eST" + "X" * 100)), site, "e")
    assert (event.get("uid"), event.get("type"), event.get("opex")) == (
        *("marsad.asad.track.7", "a-u-A-M-H-Q", "e"),
    )
    assert (event.get("time"), event.get("stale")) == ("2022-01-04T08:40:00.000Z", "2022-01-04T08:40:10.000Z")
    point, track, contact = event.find("point"), event.find("detail/track"), event.find("detail/contact")
    assert point is not None and track is not None and contact is not None
    assert float(point.get("lon", "")) == pytest.approx(42.4 + 1000 / 92_600, abs=2e-5)
    assert float(point.get("hae", "")) == pytest.approx(380.0, abs=0.5)
    assert (point.get("ce"), point.get("le")) == ("20.0", "5.0")
    assert track.attrib == {"course": "45.0", "speed": "42.4"}
    callsign = contact.get("callsign", "")
    assert callsign.startswith("EXERCISE TESTXX") and len(callsign) < 60


def test_of_too_many_the_most_dangerous_are_shown(site: Site) -> None:
    picture = seen(*(threat(number, score=float(number)) for number in range(1, 301)))
    shown = track_events(picture, site, "o")
    assert sorted(shown) == list(range(301 - TRACKS_MAX, 301))


def test_a_track_that_is_no_more_ends_once(site: Site) -> None:
    before = track_events(seen(threat(1), threat(2)), site, "o")
    now = track_events(seen(threat(2), t_ns=T_NS + S), site, "o")
    (over,) = gone(before, now.keys(), T_NS + S)
    assert (over.get("uid"), over.get("stale")) == ("marsad.asad.track.1", "2022-01-04T08:40:01.000Z")


@pytest.mark.parametrize(
    ("mode", "live_warning", "opex"),
    [(Mode.LIVE, True, "o"), (Mode.LIVE, False, "s"), (Mode.EXERCISE, True, "e"), (Mode.TEST, True, "s")],
)
def test_only_a_site_in_earnest_shows_what_is_meant(
    site: Site, mode: Mode, live_warning: bool, opex: str
) -> None:
    assert opex_of(replace(site, mode=mode), live_warning=live_warning) == opex


def settings(port: int, **more: object) -> CotSettings:
    record = {"name": "tak", "standard": "cot", "address": f"udp://127.0.0.1:{port}", **more}
    return CotSettings.model_validate(record)


async def kinds_heard(one: socket.socket, count: int) -> list[str]:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(20):
        data = [await loop.sock_recv(one, 65_535) for _ in range(count)]
    return [fromstring(item).get("type", "") for item in data]


async def test_each_picture_is_shown_once_and_one_that_is_faulty_keeps_nothing_else(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cot, "TRACKS_S", 0.005)
    good, last = seen(threat(1), threat(2)), seen(threat(2), t_ns=T_NS + S)
    faulty = replace(good, assessments=good.assessments[:1], tracks=good.tracks.where(np.array([], np.int64)))
    pictures = [None, good, good, good, faulty, faulty, last]
    around = replace(surroundings, picture=lambda: pictures.pop(0) if len(pictures) > 1 else pictures[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gate:
        gate.bind(("127.0.0.1", 0))
        gate.setblocking(False)
        output = CotOutput(settings(gate.getsockname()[1], tracks=True, repeat_s=600), around)
        task = asyncio.create_task(output.run())
        kinds = await kinds_heard(gate, 1 + 2 + 2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await output.close()
        with pytest.raises(BlockingIOError):
            gate.recv(1)
    assert kinds == ["a-f-G-U-C"] + ["a-u-A-M-F-Q"] * 4
    assert output.counters["unshown-pictures"] == 1


@pytest.mark.parametrize(
    ("mode", "more", "sees"),
    [
        (Mode.LIVE, {}, True),
        (Mode.TEST, {}, False),
        (Mode.TEST, {"drills": True}, True),
        (Mode.LIVE, {"live": False, "drills": True}, False),
    ],
)
async def test_what_is_no_real_sky_is_shown_on_outputs_for_drills_alone(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch, mode: Mode, more: dict[str, bool], sees: bool
) -> None:
    monkeypatch.setattr(cot, "TRACKS_S", 0.005)
    asked = asyncio.Event()

    def picture() -> Picture:
        asked.set()
        return seen(threat(1))

    around = replace(surroundings, site=replace(surroundings.site, mode=mode), picture=picture)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gate:
        gate.bind(("127.0.0.1", 0))
        gate.setblocking(False)
        record = settings(gate.getsockname()[1], tracks=True, repeat_s=1, **more)
        task = asyncio.create_task(Outputs([record], around, live_warning=True).run())
        kinds = await kinds_heard(gate, 2)  # without tracks the second is that the site is still there
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert kinds == ["a-f-G-U-C", "a-u-A-M-F-Q" if sees else "a-f-G-U-C"]
    assert asked.is_set() is sees
