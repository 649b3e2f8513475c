"""Rockets from the bytes of a radar to the warning: the zones at risk, in time, and no others."""

import pickle
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.model.effect import Effect, Warn
from marsad.model.frame import CONFIGURATION, TICK, Frame, FrameKind
from marsad.model.sensor import SensorKind
from marsad.model.threat import Level
from marsad.model.warning import WarningEventKind
from marsad.site.fold import SiteFold

from ..example_site import example_site

Array = NDArray[np.float64]
SECOND = 1_000_000_000
START = 1_641_264_000 * SECOND
SITE = example_site("127.0.0.1:5020").encode()
NODE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.301, 44.401, 40.0)
SIGMAS = np.array([10.0, np.radians(0.11), np.radians(0.11)])


def rocket(towards: Array, seconds: float, period_s: float = 0.25, course_deg: float = 70.0) -> Array:
    """Places (t, 3) of a medium rocket that comes down there, from just after burn-out."""

    def rates(_: float, state: Array) -> Array:
        pull = -1.225 * np.exp(-state[2] / 9300.0) * np.linalg.norm(state[3:]) * state[3:] / 18_000.0
        return np.concatenate([state[3:], pull - np.array([0.0, 0.0, 9.80665])])

    def lands(_: float, state: Array) -> float:
        return float(state[2])

    lands.terminal, lands.direction = True, -1  # type: ignore[attr-defined]
    rise, course = np.radians(38.0), np.radians(course_deg)
    level, up = 650.0 * np.cos(rise), 650.0 * np.sin(rise)
    start = np.array([0.0, 0.0, 50.0, level * np.sin(course), level * np.cos(course), up])
    end = solve_ivp(rates, (0, 200), start, events=lands, rtol=1e-8).y_events[0][0][:2]
    start[:2] = towards - end
    times = np.arange(0, seconds, period_s)
    return np.asarray(solve_ivp(rates, (0, seconds), start, t_eval=times, rtol=1e-8).y[:3].T)


@dataclass
class Watched:
    """What a fold did with what a radar saw."""

    fold: SiteFold
    warned: list[tuple[float, WarningEventKind, Level]] = field(default_factory=list)
    seen: list[tuple[float, str, Level, str]] = field(default_factory=list)


def watched(paths: list[Array], period_s: float = 0.25, seed: int = 3) -> Watched:
    """A radar that looks four times a second; nothing else is in the air."""
    fold, dice = SiteFold(Frame(CONFIGURATION, START, SITE)), np.random.default_rng(seed)
    fold.fold(Frame("sensors", START + SECOND, b"peer", 1, FrameKind.OPENED))
    fold.fold(Frame("sensors", START + SECOND, registration(NODE, START + SECOND), 1))
    ready = status(NODE, START + SECOND, ulid(START + SECOND, 1), first=True)
    fold.fold(Frame("sensors", START + SECOND, ready, 1))
    found, place = Watched(fold), np.array(fold.sensors()[0].position_enu)
    for look in range(max(map(len, paths))):
        t_ns = START + 2 * SECOND + round(look * period_s * SECOND)
        effects: list[Effect] = []
        for number, path in enumerate(paths):
            if look >= len(path):
                continue
            east, north, up = path[look] - place
            ground = np.hypot(east, north)
            seen = np.array([np.hypot(ground, up), np.arctan2(east, north), np.arctan2(up, ground)])
            seen += dice.normal(size=3) * SIGMAS
            plot = polar_detection(
                NODE, t_ns, ulid(t_ns, 10 * look + number), ulid(t_ns, number), seen[1], SIGMAS[1],
                range_m=seen[0], range_sigma_m=SIGMAS[0],
                elevation_rad=seen[2], elevation_sigma_rad=SIGMAS[2],
            )  # fmt: skip
            effects += fold.fold(Frame("sensors", t_ns, plot, 1))
        for part in range(1, 5):
            effects += fold.fold(Frame(TICK, t_ns + round(part * period_s / 4 * SECOND)))
        seconds = look * period_s
        events = [one.event for one in effects if isinstance(one, Warn)]
        found.warned += [(seconds, event.kind, event.stage) for event in events]
        found.seen += [(seconds, one.class_name, one.level, one.rule.code) for one in fold._assessments]
    return found


def first(found: Watched, level: Level) -> float:
    """When a level was in force first, seconds after the first plot."""
    return next((seconds for seconds, _, now, _ in found.seen if now >= level), np.inf)


@pytest.mark.parametrize("seed", [0, 2])
def test_a_rocket_that_hits_is_told_of_within_five_seconds_and_warned_of_with_forty_left(seed: int) -> None:
    found = watched([rocket(np.zeros(2), 16.0, course_deg=70.0 + 40.0 * seed)], seed=seed)
    assert first(found, Level.ALERT) <= 5.0
    assert first(found, Level.WARN) <= 15.0
    assert any(kind is WarningEventKind.RAISED and stage is Level.WARN for _, kind, stage in found.warned)
    (last,) = found.fold.picture().assessments
    assert "bird" not in {class_name for _, class_name, _, _ in found.seen}
    assert last.class_name == "ballistic" and "class.falls" in {one.code for one in last.evidence}
    (zone,) = last.zones
    assert zone.time_low_s < zone.time_to_impact_s < zone.time_high_s < zone.time_low_s + 5.0
    assert 53.0 < zone.time_to_impact_s + found.seen[-1][0] < 63.0


def test_a_rocket_that_misses_by_three_kilometres_is_an_alert_without_a_siren() -> None:
    course = np.radians(70.0 + 90.0)
    found = watched([rocket(3000.0 * np.array([np.sin(course), np.cos(course)]), 10.0)])
    assert first(found, Level.ALERT) <= 5.0 and first(found, Level.WARN) == np.inf
    assert {stage for _, _, stage in found.warned} == {Level.ALERT}
    assert found.seen[-1][3] == "rule.alert_ballistic"


def test_a_salvo_is_one_alarm_of_the_zone() -> None:
    salvo = [
        rocket(np.array([40.0 * number, 0.0]), 16.0, course_deg=66.0 + 4.0 * number) for number in range(4)
    ]
    found = watched(salvo)
    raised = [
        kind for _, kind, stage in found.warned if kind is WarningEventKind.RAISED and stage is Level.WARN
    ]
    assert len(raised) == 1
    assert sum(one.level is Level.WARN for one in found.fold.picture().assessments) == 4


def test_what_flies_fast_and_what_flies_slowly_is_no_rocket() -> None:
    times = np.arange(0, 12, 0.25)[:, None]
    airliner = np.array([-9000.0, 3000, 3000]) + times * np.array([200.0, 0, -6])
    jet = np.array([-8000.0, -2000, 500]) + times * np.array([270.0, 60, 0])
    dives = np.array([-4000.0, 4000, 2500]) + times * np.array([130.0, -90, -60]) - [0, 0, 0.75] * times**2
    drone = np.array([-1500.0, 900, 120]) + times * np.array([25.0, -12, 0])
    found = watched([airliner, jet, dives, drone])
    assert len(found.fold.picture().tracks) == 4
    assert not {code for _, _, _, code in found.seen} & {"rule.alert_ballistic", "rule.warn_impact"}
    assert "ballistic" not in {one.class_name for one in found.fold.picture().assessments}


def test_a_fold_of_a_rocket_is_the_same_again_and_goes_on_from_its_snapshot() -> None:
    path = rocket(np.zeros(2), 5.0)
    assert watched([path]).fold.digest() == watched([path]).fold.digest()
    fold = watched([path]).fold
    again = pickle.loads(pickle.dumps(fold))
    for one in (fold, again):
        one.fold(Frame(TICK, START + 20 * SECOND))
    assert fold.digest() == again.digest()
