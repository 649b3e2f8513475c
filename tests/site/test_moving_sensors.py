"""Sensors that move: a look is seen from where its sensor was then, in time, late and played again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.geo.local import LocalFrame
from marsad.geo.polar import polar_from_enu
from marsad.model.detection import Measurement, Scan
from marsad.model.frame import CONFIGURATION, TICK, Frame, FrameKind
from marsad.model.sensor import Sensor, SensorHealth, SensorKind
from marsad.report.sensor_note import note_text
from marsad.site.fold import SiteFold
from marsad.site.look import Look
from marsad.site.whereabouts import Whereabouts

SECOND = 1_000_000_000
START = 1_641_264_000 * SECOND
SITE = b"""
[site]
id = "example"
name_en = "Example"
name_ar = "\xd9\x85\xd8\xab\xd8\xa7\xd9\x84"
latitude_deg = 33.3
longitude_deg = 44.4
[[site.zone]]
id = "gate"
name_en = "Gate"
name_ar = "\xd8\xa7\xd9\x84\xd8\xa8\xd9\x88\xd8\xa7\xd8\xa8\xd8\xa9"
centre = [33.3, 44.4]
radius_m = 150.0
[[feed]]
name = "sensors"
standard = "sapient"
"""
FRAME = LocalFrame(33.3, 44.4, 0.0)
ASHORE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.30, 44.40, 40.0)
AFLOAT = EdgeNode("0b8f2c5e-1c51-4c56-9a3f-3c3a4d0a1b11", "Ship", SensorKind.CAMERA, 33.30, 44.40, 20.0)
SIGMA = np.array([8.0, 0.004, 0.004])
OBJECT = np.array([900.0, 2600.0, 300.0])
Course = Callable[[float], Any]


def still(node: EdgeNode) -> Course:
    """The course of a node that stays where it is."""
    place = np.array(FRAME.enu_from_geodetic(node.latitude_deg, node.longitude_deg, node.height_m))
    return lambda t_s: place


def sailing(t_s: float) -> Any:
    """East at 10 m/s, past what it looks at."""
    return np.array([-600.0 + 10.0 * t_s, 1200.0, 20.0])


def moved(node: EdgeNode, place: Any) -> EdgeNode:
    """The node where it is now."""
    latitude, longitude, height = FRAME.geodetic_from_enu(place)
    return replace(node, latitude_deg=float(latitude), longitude_deg=float(longitude), height_m=float(height))


def frames(
    node: EdgeNode,
    link: int,
    course: Course,
    rng: Any,
    until_s: int,
    *,
    period_s: float = 1.0,
    latency_s: float = 0.0,
    velocity: Any = (0.0, 0.0, 0.0),
    doppler: bool = False,
    placed_s: float = 1.0,
) -> list[Frame]:
    """What a node sends that sees the object each period, its reports late, its places not.

    Its first look is after its second place: before, nobody knows that it moves.
    """
    out = [
        Frame("sensors", START, b"peer", link, FrameKind.OPENED),
        Frame("sensors", START, registration(node, START), link),
        Frame("sensors", START, status(moved(node, course(0.0)), START, ulid(START, link), first=True), link),
    ]
    for step in range(1, int(until_s / placed_s)):
        t_ns = START + round(step * placed_s * SECOND)
        here = moved(node, course(step * placed_s))
        out.append(Frame("sensors", t_ns, status(here, t_ns, ulid(t_ns, 90 + link)), link))
    for step in range(1, int((until_s - latency_s) / period_s)):
        t_s = 0.3 * link + step * period_s
        if t_s < placed_s:
            continue
        eye = course(t_s)
        turn = FRAME.rotation_enu_from_local(eye)
        now = OBJECT + np.array(velocity) * t_s
        seen = (now - eye) @ turn
        polar = polar_from_enu(seen[None])[0] + SIGMA * rng.standard_normal(3)
        ranged: dict[str, Any] = {}
        if node.kind is SensorKind.RADAR:
            ranged = {"range_m": float(polar[0]), "range_sigma_m": SIGMA[0]}
        if doppler:
            own = (course(t_s + 0.5) - course(t_s - 0.5)) @ turn
            rate = float(((np.array(velocity) @ turn) - own) @ seen / np.linalg.norm(seen))
            ranged |= {"range_rate_mps": rate + 0.5 * rng.standard_normal(), "range_rate_sigma_mps": 0.5}
        t_ns = START + round(t_s * SECOND)
        plot = polar_detection(
            node, t_ns, ulid(t_ns, 10 + link), ulid(START, 10 + link), float(polar[1]), SIGMA[1],
            elevation_rad=float(polar[2]), elevation_sigma_rad=SIGMA[2], **ranged,
        )  # fmt: skip
        out.append(Frame("sensors", t_ns + round(latency_s * SECOND), plot, link))
    return out


def folded(sent: list[Frame], until_s: float) -> tuple[SiteFold, set[int], list[Any]]:
    """A site that took these, the numbers that were ever shown, and the states of the last half."""
    fold = SiteFold(Frame(CONFIGURATION, START, SITE))
    numbers: set[int] = set()
    states = []
    ticks = [Frame(TICK, START + step * SECOND // 10) for step in range(1, int(until_s * 10))]
    for frame in sorted([*sent, *ticks], key=lambda frame: frame.t_ns):
        fold.fold(frame)
        if frame.feed == TICK:
            tracks = fold.picture().tracks
            numbers |= set(tracks.track_id.tolist())
            if frame.t_ns > START + until_s / 2 * SECOND and len(tracks.track_id):
                states.append(tracks.mean[0])
    return fold, numbers, states


@pytest.mark.parametrize("latency_s", [0.0, 2.0])
@pytest.mark.parametrize("placed_s", [1.0, 5.0])
def test_what_stands_stands_for_a_camera_that_sails_past_and_a_late_radar(
    latency_s: float, placed_s: float
) -> None:
    rng = np.random.default_rng(1)
    sent = frames(ASHORE, 1, still(ASHORE), rng, 60, latency_s=latency_s)
    sent += frames(AFLOAT, 2, sailing, rng, 60, period_s=0.2, placed_s=placed_s)
    _, numbers, states = folded(sent, 60.0)
    assert len(numbers) == 1
    mean = np.mean(states, 0)
    assert np.abs(mean[3:5]).max() < 1.0 and np.abs(mean[:2] - OBJECT[:2]).max() < 12.0


@pytest.mark.parametrize("latency_s", [0.0, 2.0])
@pytest.mark.parametrize("doppler", [False, True])
def test_a_radar_afloat_sees_what_stands_and_what_flies_as_one_ashore_does(
    latency_s: float, doppler: bool
) -> None:
    afloat = replace(AFLOAT, kind=SensorKind.RADAR)
    for velocity in ((0.0, 0.0, 0.0), (-20.0, 10.0, 0.0)):
        sent = frames(
            *(afloat, 1, sailing, np.random.default_rng(2), 60),
            latency_s=latency_s,
            velocity=velocity,
            doppler=doppler,
        )
        _, numbers, states = folded(sent, 60.0)
        assert len(numbers) == 1
        assert np.abs(np.mean(states, 0)[3:5] - velocity[:2]).max() < 1.0


def test_a_place_that_cannot_be_is_told_and_forgiven() -> None:
    def course(t_s: float) -> Any:
        return sailing(t_s) + (np.array([40_000.0, 0.0, 0.0]) if 20 <= t_s < 21 else 0.0)

    rng = np.random.default_rng(3)
    sent = frames(replace(AFLOAT, kind=SensorKind.RADAR), 1, course, rng, 30)
    fold, _, _ = folded(sent, 30.0)
    (sensor,) = fold.sensors()
    assert dict(fold.picture().counters)["sensors.jumped"] == 2
    assert sensor.health is SensorHealth.DEGRADED
    assert "jumped by 39" in note_text(sensor, "en") or "jumped by 40" in note_text(sensor, "en")
    assert "قفز" in note_text(sensor, "ar")


def look_at(t_s: float) -> Look:
    """An empty look."""
    none = np.empty((0, 6))
    return Look(Scan("ship", round(t_s * SECOND), Measurement.POLAR, none, none, ()), ())


def told(places: dict[float, Any]) -> Whereabouts:
    """Whereabouts that were told these."""
    whereabouts = Whereabouts(FRAME)
    for t_s, (east, north, up) in places.items():
        sensor = Sensor("ship", "Ship", SensorKind.CAMERA, "sensors", (east, north, up))
        whereabouts.note(sensor, round(t_s * SECOND))
    return whereabouts


def test_a_place_is_that_of_its_time_before_between_and_ahead() -> None:
    whereabouts = told({1.0 + k: sailing(1.0 + k) for k in range(10)})
    for t_s in (1.0, 4.5, 10.0, 12.0):
        pose = whereabouts.placed(look_at(t_s)).scan.pose
        assert pose is not None
        np.testing.assert_allclose(pose.position_enu, sailing(t_s), atol=1e-6)
        np.testing.assert_allclose(pose.velocity_enu, [10.0, 0.0, 0.0], atol=1e-6)
    sure, ahead = (whereabouts.placed(look_at(t_s)).scan.pose for t_s in (4.5, 14.0))
    assert sure is not None and ahead is not None
    assert sure.position_cov[0, 0] < 10.0 < ahead.position_cov[0, 0]


def test_who_stands_is_where_it_says_and_wandering_positioning_moves_nobody() -> None:
    rng = np.random.default_rng(4)
    whereabouts = told({float(k): 3.0 * rng.standard_normal(3) for k in range(200)})
    assert whereabouts.placed(look_at(100.0)).scan.pose is None
    assert whereabouts.counters["sensor-jumped"] == 0


def test_who_came_to_rest_stands() -> None:
    course = {float(k): sailing(min(k, 30)) for k in range(200)}
    assert told({t_s: place for t_s, place in course.items() if t_s < 60}).placed(look_at(50.0)).scan.pose
    assert told(course).placed(look_at(190.0)).scan.pose is None


@pytest.mark.parametrize("every_s", [1.0, 8.0])
def test_who_says_no_place_any_more_stands_where_it_said(every_s: float) -> None:
    """Many say a place only when it is new: it is not less sure for that, however long ago."""
    whereabouts = told({every_s * k: sailing(every_s * k) for k in range(12)})
    last_s = 11 * every_s
    for after_s in (60.0, 3_600.0):
        pose = whereabouts.placed(look_at(last_s + after_s)).scan.pose
        assert pose is not None and not pose.velocity_enu.any()
        np.testing.assert_allclose(pose.position_enu, sailing(last_s), atol=1e-6)
        assert pose.position_cov[0, 0] < 10.0
    on = whereabouts.placed(look_at(last_s + 1.5 * every_s)).scan.pose
    assert on is not None and on.velocity_enu[0] == pytest.approx(10.0), "one that is late sails on"


def test_before_a_jump_it_was_where_it_was_and_after_it_where_it_is() -> None:
    there = np.array([9_000.0, 0.0, 0.0])
    whereabouts = told({float(k): sailing(k) + (there if k >= 10 else 0.0) for k in range(20)})
    for t_s, offset in ((8.5, 0.0), (12.5, there)):
        pose = whereabouts.placed(look_at(t_s)).scan.pose
        assert pose is not None
        np.testing.assert_allclose(pose.position_enu, sailing(t_s) + offset, atol=1e-6)
    assert whereabouts.counters["sensor-jumped"] == 1
    assert whereabouts.jumped_m("ship", 20 * SECOND) == pytest.approx(9_010.0)
    assert whereabouts.jumped_m("ship", 80 * SECOND) == 0.0
