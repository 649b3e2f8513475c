"""A drone that borrows a friend's open label, or calls itself by one address after the other, is warned of.

A radar sees it come straight at the zone all the time; what it says of itself comes as lines of ADS-B or as
reports of a SAPIENT node. All through the fold, as from a site's feeds.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import pytest

from marsad.feeds import sbs
from marsad.feeds.sapient.edge import location_detection, polar_detection, registration, status
from marsad.feeds.sapient.node_id import node_id
from marsad.feeds.sapient.ulid import ulid
from marsad.model.detection import Claim
from marsad.model.effect import Warn
from marsad.model.frame import CONFIGURATION, TICK, Frame, FrameKind
from marsad.model.peer import Peer, bytes_from_peer
from marsad.model.sensor import SensorKind
from marsad.model.threat import Level
from marsad.site.fold import SiteFold

from .raid import RADAR, SITE, S

T0 = 1_700_000_000 * S
FRIEND = Claim("icao", "4b43ac", "POLICE1")
LISTED = (
    SITE.replace("[[feed]]", '[[site.friend]]\nlabel = "icao:4b43ac"\nname = "Police"\n[[feed]]', 1)
    + '[[feed]]\nname = "adsb"\nstandard = "sbs"\nconnect = "127.0.0.1:30003"\n'
)
NODE = replace(RADAR, node_id=node_id("Peer"), name="Peer", kind=SensorKind.OTHER, polar=False)
AZIMUTH_RAD, EDGE_M = 0.3, 250.0  # the zone, the radar beside its centre, and a margin
Said = tuple[Claim, float, float]
"""What it calls itself, and how far east and north of its place it says it is."""
Words = Callable[[float], Said | None]


@dataclass(frozen=True)
class Course:
    """A flight straight at the zone."""

    speed_mps: float
    start_m: float
    up_m: float

    @property
    def arrival_s(self) -> float:
        return (self.start_m - EDGE_M) / self.speed_mps

    def away_m(self, after_s: float) -> float:
        return self.start_m - self.speed_mps * after_s

    def place(self, after_s: float, east_m: float, north_m: float) -> tuple[float, float, float]:
        away = self.away_m(after_s)
        return (
            RADAR.latitude_deg + (away * math.cos(AZIMUTH_RAD) + north_m) / 110_900.0,
            RADAR.longitude_deg + (away * math.sin(AZIMUTH_RAD) + east_m) / 93_000.0,
            RADAR.height_m + self.up_m,
        )


# what flies slowly was not seen from so far away
COURSES = {
    12: Course(12.0, 1_500.0, 60.0),
    20: Course(20.0, 2_300.0, 60.0),
    40: Course(40.0, 4_500.0, 120.0),
    55: Course(55.0, 5_500.0, 80.0),
    70: Course(70.0, 6_000.0, 80.0),
}


def seen(course: Course) -> Iterator[Frame]:
    """The radar's turns, and the time between."""
    yield Frame("sensors", T0, bytes_from_peer(Peer("127.0.0.1", 5001)), 1, FrameKind.OPENED)
    words = registration(RADAR, T0) + status(RADAR, T0, ulid(T0, 1), first=True)
    yield Frame("sensors", T0, words, 1)
    for turn in range(1, int(course.arrival_s)):
        t_ns, away = T0 + turn * S, course.away_m(turn)
        plot = polar_detection(
            RADAR, t_ns, ulid(t_ns, 2), ulid(S, 9), AZIMUTH_RAD + 0.002 * math.sin(7.1 * turn), 0.005,
            range_m=away + 5 * math.sin(3.3 * turn), range_sigma_m=10.0,
            elevation_rad=math.atan2(course.up_m, away), elevation_sigma_rad=0.01,
        )  # fmt: skip
        yield Frame("sensors", t_ns, plot + (b"" if turn % 5 else status(RADAR, t_ns, ulid(t_ns, 3))), 1)
        yield Frame(TICK, t_ns + S // 4)
        yield Frame(TICK, t_ns + 3 * S // 4)


def by_node(course: Course, words: Words) -> Iterator[Frame]:
    """The same words by a node of SAPIENT, twice a second."""
    yield Frame("sensors", T0, bytes_from_peer(Peer("127.0.0.1", 5002)), 2, FrameKind.OPENED)
    yield Frame("sensors", T0 + 1, registration(NODE, T0) + status(NODE, T0, ulid(T0, 1), first=True), 2)
    for turn in range(1, int(2 * course.arrival_s)):
        after_s = 0.5 * turn + 0.2
        t_ns = T0 + round(after_s * S)
        found = b"" if turn % 10 else status(NODE, t_ns, ulid(t_ns, 5))
        if (said := words(after_s)) is not None:
            claim, east, north = said
            place = course.place(after_s, east, north)
            found += location_detection(NODE, t_ns, ulid(t_ns, 9), ulid(S, 77), *place, 5.0, claim=claim)
        yield Frame("sensors", t_ns, found or b"", 2)


def by_adsb(course: Course, words: Words) -> Iterator[Frame]:
    """The same words as a receiver of ADS-B hears them, twice a second."""
    yield Frame("adsb", T0, b"", 3, FrameKind.OPENED)
    for turn in range(1, int(2 * course.arrival_s)):
        after_s = 0.5 * turn + 0.1
        t_ns, lines = T0 + round(after_s * S), b"\r\n"
        if (said := words(after_s)) is not None:
            claim, east, north = said
            latitude, longitude, height = course.place(after_s, east, north)
            knots, track = course.speed_mps / 0.514444, math.degrees(AZIMUTH_RAD) + 180.0
            lines = sbs.position(t_ns, claim.identifier, latitude, longitude, height / 0.3048)
            lines += sbs.velocity(t_ns, claim.identifier, knots, track, 0.0)
        yield Frame("adsb", t_ns, lines, 3)


def told(course: Course, frames: Iterator[Frame]) -> tuple[dict[Level, float], SiteFold]:
    """When the site first told of each level, s after the start, and the site once it has warned."""
    fold, found = SiteFold(Frame(CONFIGURATION, T0, LISTED.encode())), dict[Level, float]()
    for frame in sorted([*seen(course), *frames], key=lambda one: one.t_ns):
        for effect in fold.fold(frame):
            if isinstance(effect, Warn):
                found.setdefault(effect.event.stage, (frame.t_ns - T0) / S)
        if Level.WARN in found:
            break
    return found, fold


@cache
def silent(speed_mps: int) -> dict[Level, float]:
    """When the same drone is told of that says nothing."""
    course = COURSES[speed_mps]
    return told(course, by_adsb(course, lambda after_s: None))[0]


def always(after_s: float) -> Said:
    return FRIEND, 0.0, 0.0


@pytest.mark.parametrize(
    ("speed_mps", "by"), [(12, by_node), (20, by_adsb), (40, by_adsb), (55, by_node), (70, by_node)]
)
def test_a_listed_label_alone_silences_no_warning(
    speed_mps: int, by: Callable[[Course, Words], Iterator[Frame]]
) -> None:
    course = COURSES[speed_mps]
    found, _ = told(course, by(course, always))
    assert course.arrival_s - found[Level.ALERT] >= 60
    assert course.arrival_s - found[Level.WARN] >= 30


@pytest.mark.parametrize(("speed_mps", "by"), [(20, by_node), (40, by_adsb)])
def test_a_borrowed_label_that_falls_silent_gains_no_time(
    speed_mps: int, by: Callable[[Course, Words], Iterator[Frame]]
) -> None:
    course = COURSES[speed_mps]
    found, _ = told(course, by(course, lambda after_s: always(0) if 10 <= after_s <= 31 else None))
    assert found[Level.WARN] <= silent(speed_mps)[Level.WARN] + 3


def renamed(after_s: float) -> Said:
    """Another address each time."""
    return Claim("icao", f"4b4{round(after_s * 2) % 4096:03x}", ""), 0.0, 0.0


def veering(after_s: float) -> Said:
    """Seven seconds under each address, of which it flies off during the last four."""
    turn, within = divmod(after_s, 7.0)
    off = max(0.0, within - 3.0) * 80.0
    return Claim("icao", f"4b{int(turn):04x}", ""), off * 0.3, off * 0.95


def veering_late(after_s: float) -> Said:
    """One address all the way, which flies off alone just before the drone would be warned of."""
    off = max(0.0, after_s - 50.0) * 80.0
    return Claim("icao", "4b0007", ""), off * 0.3, off * 0.95


@pytest.mark.parametrize("by", [by_node, by_adsb])
def test_a_claim_that_leaves_its_object_speaks_of_it_no_more(
    by: Callable[[Course, Words], Iterator[Frame]],
) -> None:
    course = COURSES[40]
    found, _ = told(course, by(course, veering_late))
    assert 50.0 < found[Level.WARN] <= silent(40)[Level.WARN] + 3


# a place that flies off draws the track a little way with it
@pytest.mark.parametrize(("words", "gains_s"), [(renamed, 3.0), (veering, 6.0)])
@pytest.mark.parametrize("by", [by_node, by_adsb])
def test_one_that_calls_itself_by_several_addresses_is_refuted_and_gains_next_to_no_time(
    words: Words, gains_s: float, by: Callable[[Course, Words], Iterator[Frame]]
) -> None:
    course = COURSES[40]
    found, fold = told(course, by(course, words))
    assert found[Level.WARN] <= silent(40)[Level.WARN] + gains_s
    if words is veering:
        return  # the track that is warned of may be one that no claim was ever taken for
    (foremost,) = [one for one in fold.picture().assessments if one.level is Level.WARN]
    assert "claim.renamed" in {reason.code for reason in foremost.evidence}
