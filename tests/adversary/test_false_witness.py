"""Peers that state wrong speeds, see nothing, come and go, or slip in their time, beside an honest radar."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from marsad.feeds.sapient.edge import EdgeNode, location_detection, polar_detection, registration, status
from marsad.feeds.sapient.framing import framed
from marsad.feeds.sapient.node_id import node_id
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import SapientMessage
from marsad.model.effect import Warn
from marsad.model.frame import CONFIGURATION, TICK, Frame, FrameKind
from marsad.model.peer import Peer, bytes_from_peer
from marsad.model.sensor import SensorHealth, SensorKind
from marsad.model.threat import Level
from marsad.site.fold import SiteFold

from .raid import RADAR, SCAN_S, SITE, S, hello, scan

T0 = 1_700_000_000 * S
HONEST, PEER = 1000, 1
SECONDS = 10.0
PEER_NODE = replace(RADAR, node_id=node_id("peer"), name="Peer")
Report = Callable[[int, float], bytes]


def opened(link: int, t_ns: int = T0) -> Frame:
    return Frame("sensors", t_ns, bytes_from_peer(Peer("127.0.0.1", 5000 + link)), link, FrameKind.OPENED)


def radar(begin: int = T0, words: Callable[[int, int], bytes] = scan) -> list[Frame]:
    """The honest radar, from its first word on."""
    times = [begin + round(number * SCAN_S * S) for number in range(1, round(SECONDS / SCAN_S))]
    said = [Frame("sensors", t_ns, words(t_ns, number), HONEST) for number, t_ns in enumerate(times, 1)]
    ticks = [Frame(TICK, begin + number * S // 10) for number in range(1, round(SECONDS * 10))]
    return [opened(HONEST, begin), Frame("sensors", begin, hello(begin), HONEST), *said, *ticks]


def peer(report: Report, each_s: float = 0.5, node: EdgeNode = PEER_NODE) -> Iterator[Frame]:
    """A node that says, so often, what it makes of the object that the radar sees."""
    yield opened(PEER)
    yield Frame("sensors", T0, registration(node, T0) + status(node, T0, ulid(T0, 1), first=True), PEER)
    for number in range(1, round(SECONDS / each_s)):
        t_ns = T0 + round(number * each_s * S) + 20_000_000
        yield Frame("sensors", t_ns, report(t_ns, (t_ns - T0) / S), PEER)


def warned(frames: list[Frame], begin: int = T0) -> tuple[dict[Level, float], SiteFold]:
    """Seconds until each stage was raised first, and the site."""
    fold = SiteFold(Frame(CONFIGURATION, T0, SITE.encode()))
    found: dict[Level, float] = {}
    for frame in sorted(frames, key=lambda frame: frame.t_ns):
        for effect in fold.fold(frame):
            if isinstance(effect, Warn):
                found.setdefault(effect.event.stage, (frame.t_ns - begin) / S)
    return found, fold


@pytest.fixture(scope="module")
def alone() -> dict[Level, float]:
    found, _ = warned(radar())
    assert set(found) == {Level.ALERT, Level.WARN}
    return found


def is_in_time(found: dict[Level, float], alone: dict[Level, float]) -> bool:
    return all(found[level] <= alone[level] + 0.5 for level in alone)


def judged(fold: SiteFold, name: str) -> tuple[SensorHealth, str]:
    return next((sensor.health, sensor.note) for sensor in fold.sensors() if sensor.name == name)


# ------------------------------------------------------------------ speeds


def polar(t_ns: int, after_s: float, rate_mps: float) -> bytes:
    away_m = 2_500.0 - 60.0 * after_s
    return polar_detection(
        *(PEER_NODE, t_ns, ulid(t_ns, 9), ulid(S, 77), 0.3, 0.005),
        range_m=away_m, range_sigma_m=10.0, elevation_rad=math.atan2(100.0, away_m), elevation_sigma_rad=0.01,
        range_rate_mps=rate_mps, range_rate_sigma_mps=0.5,
    )  # fmt: skip


def standing(t_ns: int, after_s: float) -> bytes:
    away_m = 2_500.0 - 60.0 * after_s
    place = PEER_NODE.latitude_deg + away_m * math.cos(0.3) / 110_900.0
    across = PEER_NODE.longitude_deg + away_m * math.sin(0.3) / 93_000.0
    return location_detection(
        *(PEER_NODE, t_ns, ulid(t_ns, 9), ulid(S, 77), place, across, 140.0, 10.0),
        velocity_enu=(0.0, 0.0, 0.0), velocity_sigma_mps=0.5,
    )  # fmt: skip


RATES: dict[str, tuple[Report, float]] = {
    "none": (lambda t_ns, after_s: polar(t_ns, after_s, 0.0), 0.5),
    "the other way round": (lambda t_ns, after_s: polar(t_ns, after_s, 60.0), 0.5),
    "the other way round, each second": (lambda t_ns, after_s: polar(t_ns, after_s, 60.0), 1.0),
    "now and then the other way round": (
        lambda t_ns, after_s: polar(t_ns, after_s, -60.0 if round(5 * after_s) % 4 else 60.0), 0.2,
    ),
    "right at first": (lambda t_ns, after_s: polar(t_ns, after_s, -60.0 if after_s < 2.5 else 60.0), 0.1),
    "velocity of none": (standing, 0.5),
}  # fmt: skip


@pytest.mark.parametrize("name", RATES)
def test_wrong_speeds_beside_right_places_delay_no_warning(name: str, alone: dict[Level, float]) -> None:
    report, each_s = RATES[name]
    node = replace(PEER_NODE, polar=report is not standing)
    found, fold = warned(radar() + list(peer(report, each_s, node)))
    assert is_in_time(found, alone)
    if "now and then" not in name:
        assert judged(fold, "Peer") == (SensorHealth.DEGRADED, "range rate does not fit")
    assert judged(fold, "Radar")[0] is SensorHealth.OK


def test_right_speeds_are_believed(alone: dict[Level, float]) -> None:
    found, fold = warned(radar() + list(peer(lambda t_ns, after_s: polar(t_ns, after_s, -60.0))))
    assert is_in_time(found, alone) and judged(fold, "Peer") == (SensorHealth.OK, "")


# ------------------------------------------------------------------ classes


CAMERA = replace(PEER_NODE, kind=SensorKind.CAMERA, name="Camera")


def named(name: str) -> Report:
    """The object's direction, and what the node takes it for."""

    def report(t_ns: int, after_s: float) -> bytes:
        away_m = 2_500.0 - 60.0 * after_s
        return polar_detection(
            *(CAMERA, t_ns, ulid(t_ns, 9), ulid(S, 77), 0.3, 0.005),
            elevation_rad=math.atan2(100.0, away_m), elevation_sigma_rad=0.01, classes=[(name, 1.0)],
        )  # fmt: skip

    return report


@pytest.mark.parametrize("name", ["crewed", "bird", "balloon"])
@pytest.mark.parametrize("each_s", [0.5, 0.2])
def test_one_camera_that_calls_it_harmless_hides_no_attacker(
    name: str, each_s: float, alone: dict[Level, float]
) -> None:
    found, _ = warned(radar() + list(peer(named(name), each_s, CAMERA)))
    assert min(found.values()) <= alone[Level.ALERT] + 1.0 and found[Level.WARN] <= alone[Level.WARN] + 0.8


# ------------------------------------------------------------------ silence


@pytest.mark.parametrize("reports", [0, 30])
def test_radars_that_see_nothing_of_it_delay_no_warning(reports: int, alone: dict[Level, float]) -> None:
    count = 16 if reports == 0 else 4
    frames = radar()
    for number in range(count):
        node, link = replace(RADAR, node_id=node_id(f"m{number}"), name=f"M{number}"), number + 1
        frames += [opened(link), Frame("sensors", T0, registration(node, T0), link)]
        for second in range(round(SECONDS)):
            t_ns = T0 + second * S + number
            said = status(node, t_ns, ulid(t_ns, 7), first=second == 0)
            frames.append(Frame("sensors", t_ns, said, link))
            for part in range(reports):
                t_ns = T0 + second * S + (part + 1) * S // (reports + 1) + number
                far = polar_detection(
                    *(node, t_ns, ulid(t_ns, 8), ulid(t_ns, 8), (0.37 * (part + second)) % 6.2, 0.01),
                    range_m=60_000.0 + 37.0 * part,
                )
                frames.append(Frame("sensors", t_ns, far, link))
    found, fold = warned(frames)
    assert is_in_time(found, alone) and len(fold.picture().sensors) == count + 1


# ------------------------------------------------------------------ names


def test_a_sensor_that_comes_after_256_others_have_gone_is_heard(alone: dict[Level, float]) -> None:
    frames: list[Frame] = []
    for number in range(256):
        node = replace(RADAR, node_id=node_id(f"x{number}"), name=f"X{number}")
        t_ns, link = T0 + number * S // 20, number + 1
        said = registration(node, t_ns) + status(node, t_ns, ulid(t_ns, 1), first=True)
        frames += [opened(link, t_ns), Frame("sensors", t_ns, said, link)]
        frames.append(Frame("sensors", t_ns, b"", link, FrameKind.CLOSED))
    begin = T0 + 150 * S
    frames += [Frame(TICK, T0 + second * S) for second in range(1, 150)]
    found, fold = warned(frames + radar(begin), begin)
    assert found == alone and judged(fold, "Radar") == (SensorHealth.OK, "")


# ------------------------------------------------------------------ time


@pytest.mark.parametrize("ahead_s", [3, 10, 3_600])
@pytest.mark.parametrize("slips", [1, 2])
def test_a_stamp_that_slips_is_one_report_less(slips: int, ahead_s: int, alone: dict[Level, float]) -> None:
    def words(t_ns: int, number: int) -> bytes:
        plot = scan(t_ns, number)
        size = int.from_bytes(plot[:4], "little")
        message = SapientMessage.FromString(plot[4 : 4 + size])
        if number == slips:
            message.timestamp.FromNanoseconds(t_ns + ahead_s * S)
        return framed(message.SerializeToString()) + plot[4 + size :]

    found, fold = warned(radar(words=words))
    assert all(found[level] <= alone[level] + 1.0 for level in alone)
    assert judged(fold, "Radar") == (SensorHealth.OK, "")
    assert dict(fold.picture().counters)["hearing.stamp-ahead"] == 1
