"""What a flock must not do and a swarm must: tracks that falter, and drones side by side."""

from collections.abc import Callable, Sequence
from math import cos, sin
from typing import Any

import numpy as np
import pytest

from marsad.assessment import AssessmentSettings
from marsad.assessment.classes import ClassModel
from marsad.model.detection import Attribution
from marsad.model.threat import THREAT_CLASSES, Level, ThreatAssessment

Path = Callable[[float], Sequence[float]]
SQUARE = ((0.0, 0.0), (30.0, 0.0), (0.0, 30.0), (30.0, 30.0))


def bird(east: float, north: float, falters_s: float = 1e9, for_s: float = 0.0) -> Path:
    """Circles near the base at 8 m/s.

    Its track slows for a while: plots of one bird after another, as a radar gives them that does
    not resolve a flock, make a track that hardly moves.
    """

    def path(seconds: float) -> list[float]:
        turn = 0.12 * seconds + 0.5 * sin(0.7 * seconds)
        speed = 3.5 if falters_s <= seconds < falters_s + for_s else 8.0
        middle = [60 * sin(0.12 * seconds) - 400 + east, 60 * cos(0.12 * seconds) + north]
        return [*middle, 50, speed * cos(turn), -speed * sin(turn), 0]

    return path


def together(air: Any, paths: Sequence[Path], seconds: int) -> list[tuple[ThreatAssessment, ...]]:
    """Tracks 1 to n along their paths, one plot of a radar without a classifier each a second."""
    assessor, noise = air.assessor(), np.random.default_rng(7)
    found = []
    for second in range(seconds):
        states = np.array([path(second) for path in paths], float)
        plots = [air.detection(second, list(state)) for state in states]
        rows = np.arange(len(plots))
        whole = Attribution(rows + 1, rows, np.ones(len(plots)))
        assessor.hear(air.start_ns + second * 1_000_000_000, plots, whole, {"radar": air.sensors["radar"]})
        states += noise.normal(size=states.shape) * [5, 5, 8, 0.5, 0.5, 0.5]
        # stated as a tracker states its errors: half as large again as they are
        found.append(
            assessor.assess(air.table(second, states.tolist(), updates=second + 1, sigma=(7.5, 0.75)))
        )
    return found


def first(found: list[tuple[ThreatAssessment, ...]], track_id: int, level: Level) -> float:
    """The second in which a track first reaches the level; inf if never."""
    for second, now in enumerate(found):
        if any(one.track_id == track_id and one.level >= level for one in now):
            return second
    return float("inf")


@pytest.mark.parametrize("company", [False, True])
@pytest.mark.parametrize("for_s", [4.0, 6.0, 8.0])
def test_a_bird_whose_track_falters_for_seconds_alerts_nobody(air: Any, for_s: float, company: bool) -> None:
    others = [bird(*place) for place in SQUARE[1:]] if company else []
    found = together(air, [bird(*SQUARE[0], 40, for_s), *others], 75)
    assert max(one.level for now in found for one in now) < Level.ALERT


@pytest.mark.parametrize("speed_mps", [14.0, 18.0])
def test_a_silent_swarm_side_by_side_is_warned_of(air: Any, speed_mps: float) -> None:
    swarm = [air.straight(-1500 + east, north, 60, speed_mps, 0, 0) for east, north in SQUARE]
    found = together(air, swarm, 110)
    assert all(first(found, track_id, Level.WARN) <= 50 for track_id in range(1, 5))


def test_a_swarm_that_hovers_near_a_zone_is_alerted_of_within_seconds(air: Any) -> None:
    found = together(air, [air.straight(-400 + east, north, 60, 0, 0, 0) for east, north in SQUARE], 40)
    assert all(first(found, track_id, Level.ALERT) <= 10 for track_id in range(1, 5))


def test_a_hovering_drone_among_birds_is_alerted_of_within_seconds(air: Any) -> None:
    flock = [bird(*place) for place in SQUARE[1:]]
    found = together(air, [air.straight(-400, 0, 60, 0, 0, 0), *flock], 40)
    assert first(found, 1, Level.ALERT) <= 10
    assert all(first(found, track_id, Level.ALERT) == float("inf") for track_id in (2, 3, 4))


def test_a_drone_that_flew_like_a_bird_and_then_hovers_is_alerted_of_within_ten_seconds(air: Any) -> None:
    def path(seconds: float) -> Sequence[float]:
        return bird(0, 0)(seconds) if seconds < 60 else [*bird(0, 0)(60)[:3], 0, 0, 0]

    found = together(air, [path], 90)
    assert 60 <= first(found, 1, Level.ALERT) <= 70


def test_only_what_lasted_grows_with_age() -> None:
    settings, count = AssessmentSettings(), len(THREAT_CLASSES)
    model = ClassModel(settings.profiles, settings.belief)
    momentary, age_s = np.full((1, count), -2.0), np.array([60.0])
    assert model.matured(momentary, np.zeros((1, count)), age_s) == pytest.approx(-2.0)
    assert model.matured(momentary, momentary, age_s) == pytest.approx(-6.0)
    assert model.matured(momentary, momentary, np.zeros(1)) == pytest.approx(-2.0)
