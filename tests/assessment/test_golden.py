"""The 25 golden cases of the design: scores to 0.1 and levels, at the layer of group sums."""

from collections.abc import Mapping

import numpy as np
import pytest

from marsad.assessment import geometry, hostility, score
from marsad.assessment.classes import likeliest
from marsad.assessment.rules import level_of, rules
from marsad.assessment.shapes import ZoneShapes
from marsad.model.site import Site, Zone
from marsad.model.threat import THREAT_CLASSES, UNCREWED_CLASSES, Level

from .situations import SETTINGS, situation

SITE = Site("s", "S", "S", 33.0, 44.0, 0.0, 0, (Zone("a", "A", "A", (), (0.0, 0.0), 150.0),))
OWA, FW, MR, UN, CR, BALLOON, BIRD = (
    "owa", "fixedwing_small", "multirotor", "unknown", "crewed", "balloon", "bird",
)  # fmt: skip
Mix = Mapping[str, float]
Pair = tuple[float, float]

FLYING: list[tuple[int, Mix, Pair, Pair, tuple[float, float, float], Level, float, float | None]] = [
    (1, {OWA: 0.97, FW: 0.03}, (-1000, 10), (60, 0), (3, 16, 5), Level.WARN, 97.3, 13),
    (2, {MR: 0.97, BIRD: 0.03}, (-500, 10), (18, 0), (3, 8, 5), Level.WARN, 58.8, 17),
    (3, {MR: 1}, (-500, 0), (18, 0), (-2, 8, 5), Level.WARN, 50.7, None),
    (4, {MR: 1}, (-800, 0), (18, 0), (6, 8, 5), Level.WARN, 55.3, 33),
    (5, {OWA: 0.95, FW: 0.05}, (-2500, 40), (50, 0), (3, 11, 5), Level.WARN, 75.8, 46),
    (6, {OWA: 0.8, CR: 0.2}, (-3000, 50), (55, 0), (6, 11, 5), Level.WARN, 63.9, None),
    (10, {OWA: 0.9, FW: 0.1}, (-5000, 60), (50, 0), (3, 8, 0), Level.ALERT, 46.8, 96),
    (11, {MR: 0.95, BIRD: 0.05}, (-1200, 20), (15, 0), (3, 5, 5), Level.ALERT, 37.4, None),
    (12, {MR: 0.95, BIRD: 0.05}, (-1500, 20), (15, 0), (3, 5, 9), Level.ALERT, 36.3, None),
    (13, {MR: 0.95, BIRD: 0.05}, (-300, 0), (0, 0), (3, 6, 5), Level.ALERT, 36.2, None),
    (14, {CR: 0.9, OWA: 0.1}, (-4000, 50), (60, 0), (3, 8, 5), Level.WATCH, 33.3, None),
    (15, {OWA: 0.9, FW: 0.1}, (1500, 0), (50, 0), (3, -3, 5), Level.WATCH, 31.3, None),
    (16, {OWA: 0.9, FW: 0.1}, (-2236, 2000), (50, 0), (3, 1, 0), Level.WATCH, 25.2, None),
    (17, {OWA: 0.8, FW: 0.2}, (-10000, 100), (50, 0), (3, 5, 0), Level.WATCH, 18.6, 197),
    (18, {BIRD: 0.5, MR: 0.5}, (-800, 0), (14, 0), (3, 2, 5), Level.WATCH, 12.1, None),
    (19, {MR: 0.95, BIRD: 0.05}, (-1500, 0), (0, 0), (3, 0, 5), Level.WATCH, 12.5, None),
    (20, {UN: 1}, (-3000, 100), (25, 0), (3, 2, 0), Level.WATCH, 9.2, None),
    (21, {BIRD: 0.8, MR: 0.15, UN: 0.05}, (-800, 0), (12, 0), (0, 2, 5), Level.INFO, 1.9, None),
    (22, {BALLOON: 0.9, UN: 0.1}, (-600, 0), (5, 0), (3, 5, 5), Level.INFO, 3.0, None),
    (23, {MR: 1}, (-350, 0), (5, 0), (-25, 8, 0), Level.INFO, 0.3, None),
    (24, {CR: 1}, (-4000, 500), (70, 0), (-15, 2, 0), Level.INFO, 0.0, None),
    (25, {MR: 0.95, BIRD: 0.05}, (100, 0), (0, 0), (3, 6, 5), Level.WARN, 38.8, None),
]
FALLING = [
    (7, 0.6, 25.0, Level.WARN, 75.6),
    (8, 0.1, 25.0, Level.WARN, 30.9),
    (9, 0.005, 20.0, Level.ALERT, 7.0),
]


def mix_of(parts: Mix) -> np.ndarray:
    return np.array([[parts.get(name, 0.0) for name in THREAT_CLASSES]])


def weigh(mix: np.ndarray, sums: tuple[float, float, float]) -> np.ndarray:
    class_db = hostility.class_decibans(mix, SETTINGS.column("prior_db"))
    one, two, three = (np.array([part], float) for part in sums)
    return hostility.hostility(hostility.decibans(class_db, one, two, three, SETTINGS.evidence))


def uncrewed(mix: np.ndarray) -> np.ndarray:
    return np.asarray(mix[:, [THREAT_CLASSES.index(name) for name in UNCREWED_CLASSES]].sum(axis=1))


@pytest.mark.parametrize("case", FLYING, ids=lambda case: str(case[0]))
def test_flying_golden_case(case: tuple) -> None:  # type: ignore[type-arg]
    _, parts, place, velocity, sums, expected_level, expected_score, expected_time = case
    mix = mix_of(parts)
    top = likeliest(mix)
    courses = geometry.Courses(
        np.array([place], float),
        np.array([velocity], float),
        np.diag([15.0**2, 15.0**2, 1.0, 1.0])[None],
        SETTINGS.column("margin_m")[top],
        np.tan(np.radians(SETTINGS.column("wander_deg")[top])),
        SETTINGS.column("dash_mps")[top],
    )
    near = geometry.approach(courses, ZoneShapes.of(SITE), SETTINGS.moving_mps)
    hostile = weigh(mix, sums)
    ranked = score.score(
        hostile,
        mix @ SETTINGS.column("severity"),
        np.ones(1),
        score.pressing(near.hit, near.impact_s, near.earliest_s, near.distance_m, near.range_rate_mps),
    )
    assert ranked[0, 0] == pytest.approx(expected_score, abs=0.1)
    if expected_time is not None:
        assert near.impact_s[0, 0] == pytest.approx(expected_time, abs=0.55)
    seen = situation(
        hostility=hostile,
        uncrewed=uncrewed(mix),
        cooperative=sums[0] <= SETTINGS.levels.cooperative_db,
        bird=mix[:, THREAT_CLASSES.index("bird")],
        margin_m=courses.margin_m,
        hit=near.hit,
        impact_s=near.impact_s,
        distance_m=near.distance_m,
        earliest_s=near.earliest_s,
        score=ranked,
    )
    assert level_of(rules(seen))[0, 0] == expected_level


@pytest.mark.parametrize("case", FALLING, ids=lambda case: str(case[0]))
def test_ballistic_golden_case(case: tuple[int, float, float, Level, float]) -> None:
    _, chance, time_s, expected_level, expected_score = case
    mix = mix_of({"ballistic": 1.0})
    hostile = weigh(mix, (0.0, 0.0, 0.0))
    hit, impact = np.array([[chance]]), np.array([[time_s]])
    ranked = score.score(
        hostile,
        mix @ SETTINGS.column("severity"),
        np.ones(1),
        score.pressing_ballistic(hit, impact),
    )
    assert ranked[0, 0] == pytest.approx(expected_score, abs=0.1)
    seen = situation(
        hostility=hostile,
        uncrewed=uncrewed(mix),
        ballistic=True,
        bird=0.0,
        margin_m=0.0,
        hit=hit,
        impact_s=impact,
        distance_m=3000.0,
        earliest_s=100.0,
        score=ranked,
        impact_limit=SETTINGS.ballistic.warn_impact,
    )
    assert level_of(rules(seen))[0, 0] == expected_level
