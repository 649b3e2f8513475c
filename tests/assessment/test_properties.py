"""Properties that the design promises, on random situations."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from marsad.assessment import geometry, hostility, score
from marsad.assessment.classes import ClassModel, Features, likeliest
from marsad.assessment.level import LevelState, Said, settled
from marsad.assessment.rules import RULES, level_of, rules
from marsad.assessment.shapes import ZoneShapes
from marsad.assessment.situation import Situation
from marsad.model.site import Site, Zone
from marsad.model.threat import THREAT_CLASSES, UNCREWED_CLASSES, Level
from marsad.report.wording import catalogue

from .situations import SETTINGS, situation

SHAPES = ZoneShapes.of(Site("s", "S", "S", 0, 0, 0, 0, (Zone("a", "", "", (), (0.0, 0.0), 150.0),)))
BIRD = THREAT_CLASSES.index("bird")
THREATENING = [THREAT_CLASSES.index(name) for name in ("owa", "fixedwing_small", "multirotor", "unknown")]
CAPS = SETTINGS.evidence


def number(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False).map(lambda value: round(value, 3))


MIX = (
    st.lists(number(0, 1), min_size=8, max_size=8)
    .filter(lambda parts: sum(parts) - parts[1] > 0.1)
    .map(lambda parts: np.array(parts) / sum(parts))
)
SUMS = st.tuples(number(-30, 12), number(-12, 20), number(-8, 10))


def judge(
    mix: np.ndarray, place: tuple[float, float], velocity: tuple[float, float], sums: tuple[float, ...]
) -> tuple[float, geometry.Approach, Situation]:
    """Score, geometry and situation of one track with given group sums."""
    mixes = mix[None, :].copy()
    mixes[:, THREAT_CLASSES.index("ballistic")] = 0  # rockets have another geometry
    mixes /= mixes.sum()
    top = likeliest(mixes)
    courses = geometry.Courses(
        np.array([place], float),
        np.array([velocity], float),
        np.diag([225.0, 225.0, 1.0, 1.0])[None],
        SETTINGS.column("margin_m")[top],
        np.tan(np.radians(SETTINGS.column("wander_deg")[top])),
        SETTINGS.column("dash_mps")[top],
    )
    near = geometry.approach(courses, SHAPES, SETTINGS.moving_mps)
    class_db = hostility.class_decibans(mixes, SETTINGS.column("prior_db"))
    one, two, three = (np.array([part]) for part in sums)
    hostile = hostility.hostility(hostility.decibans(class_db, one, two, three, CAPS))
    ranked = score.score(
        hostile,
        mixes @ SETTINGS.column("severity"),
        np.ones(1),
        score.pressing(near.hit, near.impact_s, near.earliest_s, near.distance_m, near.range_rate_mps),
    )
    seen = situation(
        hostility=hostile,
        uncrewed=mixes[:, [THREAT_CLASSES.index(name) for name in UNCREWED_CLASSES]].sum(axis=1),
        cooperative=sums[0] <= SETTINGS.levels.cooperative_db,
        bird=mixes[:, THREAT_CLASSES.index("bird")],
        margin_m=courses.margin_m,
        hit=near.hit,
        impact_s=near.impact_s,
        distance_m=near.distance_m,
        earliest_s=near.earliest_s,
        score=ranked,
    )
    return float(ranked[0, 0]), near, seen


@given(MIX, number(300, 8000), number(-190, 190), number(3, 80), SUMS)
@settings(max_examples=150, deadline=None)
def test_advancing_on_a_hitting_course_never_lowers_the_score(
    mix: np.ndarray, away: float, aside: float, speed: float, sums: tuple[float, ...]
) -> None:
    found = [judge(mix, (-east, aside), (speed, 0.0), sums) for east in np.linspace(away, 260, 12)]
    assume(all(near.meets[0, 0] for _, near, _ in found))
    scores = [one for one, _, _ in found]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(scores))


@given(MIX, number(300, 8000), number(-190, 190), SUMS)
@settings(max_examples=150, deadline=None)
def test_flying_faster_on_a_hitting_course_never_lowers_the_score(
    mix: np.ndarray, away: float, aside: float, sums: tuple[float, ...]
) -> None:
    found = [judge(mix, (-away, aside), (speed, 0.0), sums) for speed in np.linspace(3, 90, 12)]
    assume(all(near.meets[0, 0] for _, near, _ in found))
    scores = [one for one, _, _ in found]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(scores))


PLACE = st.tuples(number(-6000, 6000), number(-6000, 6000))
VELOCITY = st.tuples(number(-80, 80), number(-80, 80))


@given(MIX, PLACE, VELOCITY, SUMS, number(0, 40))
@settings(max_examples=150, deadline=None)
def test_friend_evidence_never_raises_score_or_level(
    mix: np.ndarray,
    place: tuple[float, float],
    velocity: tuple[float, float],
    sums: tuple[float, ...],
    friendly: float,
) -> None:
    before, _, one = judge(mix, place, velocity, sums)
    after, _, two = judge(mix, place, velocity, (sums[0] - friendly, *sums[1:]))
    assert after <= before + 1e-12
    assert level_of(rules(two))[0, 0] <= level_of(rules(one))[0, 0]


@given(MIX, PLACE, VELOCITY, SUMS, st.sampled_from(THREATENING), number(0, 1))
@settings(max_examples=200, deadline=None)
def test_moving_probability_to_bird_never_raises_the_score(
    mix: np.ndarray,
    place: tuple[float, float],
    velocity: tuple[float, float],
    sums: tuple[float, ...],
    source: int,
    share: float,
) -> None:
    moved = mix.copy()
    moved[BIRD] += share * mix[source]
    moved[source] -= share * mix[source]
    before, near, _ = judge(mix, place, velocity, sums)
    # while the likeliest class stays, or the course meets the zone: a wider wander only hits more
    # where the course misses
    same = likeliest(mix[None])[0] == likeliest(moved[None])[0]
    assume(same or bool(near.meets[0, 0] and near.miss_m[0, 0] == 0))
    assert judge(moved, place, velocity, sums)[0] <= before + 1e-9


@given(MIX, SUMS)
@settings(max_examples=100, deadline=None)
def test_hostility_is_a_probability_and_grows_with_every_group(
    mix: np.ndarray, sums: tuple[float, ...]
) -> None:
    class_db = hostility.class_decibans(mix[None], SETTINGS.column("prior_db"))

    def weight(*parts: float) -> float:
        one, two, three = (np.array([part]) for part in parts)
        return float(hostility.hostility(hostility.decibans(class_db, one, two, three, CAPS))[0])

    base = weight(*sums)
    assert 0 < base < 1
    for group in range(3):
        more = list(sums)
        more[group] += 2
        assert weight(*more) >= base


# --- levels -------------------------------------------------------------------------------------


CLAIMED: dict[str, object] = {"claimed": True, "cooperative": True, "uncrewed": 0.0, "hit": 0.4}


def situation_of(**values: object) -> Situation:
    """A hostile drone far away; override what matters."""
    base: dict[str, object] = {
        "hostility": 0.9, "uncrewed": 0.95, "cooperative": False, "ballistic": False,
        "hostile_by_hand": False, "held": False, "faint": False, "bird": 0.0, "steady": False,
        "claimed": False, "labelled": False, "unvouched": False, "from_here": False, "doubted": False,
        "sensed": True,
        "off_procedures": True, "arrival_m": 60.0,
        "margin_m": 50.0, "hit": 0.0, "impact_s": np.inf,
        "distance_m": 9000.0, "earliest_s": 200.0, "score": 5.0, "impact_limit": 0.02,
        "whole_site": False, "protected": True,
    } | values  # fmt: skip
    wide = {"arrival_m", "hit", "impact_s", "distance_m", "earliest_s", "score"}
    arrays = {name: np.array([[value]] if name in wide else [value]) for name, value in base.items()}
    return Situation(**arrays, levels=SETTINGS.levels, falling=SETTINGS.ballistic)  # type: ignore[arg-type]


def rule_of(**values: object) -> str:
    return RULES[int(rules(situation_of(**values))[0, 0])].name


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({}, "info"),
        ({"score": 15.0}, "watch_score"),
        ({"score": 35.0}, "alert_score"),
        ({"distance_m": 3000.0}, "watch_near"),
        ({"distance_m": 3000.0, "cooperative": True}, "info"),
        ({"distance_m": 3000.0, "uncrewed": 0.49}, "info"),
        ({"earliest_s": 120.0}, "watch_arrival"),
        ({"distance_m": 500.0}, "alert_near"),
        ({"hit": 0.5, "impact_s": 60.0}, "warn_course"),
        ({"hit": 0.5, "impact_s": 60.1}, "info"),
        ({"hit": 0.49, "impact_s": 60.0}, "info"),
        ({"hit": 0.3, "impact_s": 30.0}, "warn_near"),
        ({"hit": 0.3, "impact_s": 30.1}, "info"),
        ({"hit": 0.9, "impact_s": 20.0, "hostility": 0.49}, "info"),
        ({"hit": 0.9, "impact_s": 20.0, "uncrewed": 0.59}, "info"),
        ({"hit": 0.9, "impact_s": 20.0, "held": True}, "info"),
        ({"hit": 0.9, "impact_s": 20.0, "faint": True}, "info"),
        ({"score": 90.0, "distance_m": 0.0, "faint": True}, "watch_near"),
        ({"hit": 0.9, "impact_s": 20.0, "faint": True, "hostile_by_hand": True}, "warn_course"),
        ({"hit": 0.9, "impact_s": 20.0, "protected": False}, "info"),
        ({"hit": 0.9, "impact_s": 20.0, "arrival_m": 3500.0}, "warn_course"),
        ({"hit": 0.9, "impact_s": 20.0, "arrival_m": 3501.0}, "info"),
        ({"hit": 0.9, "impact_s": 20.0, "arrival_m": np.nan}, "warn_course"),
        (
            {"hit": 0.9, "impact_s": 20.0, "hostility": 0.1, "uncrewed": 0.0, "hostile_by_hand": True},
            "warn_course",
        ),
        ({"steady": True, "uncrewed": 0.15, "bird": 0.85, "hit": 0.2, "impact_s": 90.0}, "alert_maybe"),
        ({"steady": True, "uncrewed": 0.14, "bird": 0.86, "hit": 0.2, "impact_s": 90.0}, "info"),
        ({"steady": True, "uncrewed": 0.15, "bird": 0.85, "hit": 0.19, "impact_s": 90.0}, "info"),
        ({"steady": True, "uncrewed": 0.15, "bird": 0.85, "hit": 0.2, "impact_s": 90.1}, "info"),
        ({"uncrewed": 0.15, "bird": 0.85, "hit": 0.2, "impact_s": 90.0}, "info"),
        ({"steady": True, "uncrewed": 0.5, "bird": 0.4, "hit": 0.5, "impact_s": 60.0}, "warn_maybe"),
        ({"steady": True, "uncrewed": 0.5, "bird": 0.39, "hit": 0.5, "impact_s": 60.0}, "alert_maybe"),
        ({"steady": True, "uncrewed": 0.5, "bird": 0.5, "hit": 0.3, "impact_s": 30.0}, "warn_maybe"),
        ({"steady": True, "uncrewed": 0.9, "hit": 0.3, "impact_s": 30.0}, "warn_near"),
        ({**CLAIMED, "impact_s": 90.0}, "alert_claimed"),
        ({**CLAIMED, "impact_s": 90.1}, "info"),
        ({**CLAIMED, "impact_s": 45.0}, "warn_claimed"),
        ({**CLAIMED, "impact_s": 45.0, "sensed": False}, "alert_claimed"),
        ({**CLAIMED, "impact_s": 90.0, "doubted": True}, "alert_doubted"),
        ({**CLAIMED, "impact_s": 90.0, "doubted": True, "arrival_m": np.nan}, "alert_doubted"),
        ({**CLAIMED, "impact_s": 90.0, "arrival_m": np.nan}, "info"),
        ({**CLAIMED, "impact_s": 90.0, "doubted": True, "arrival_m": 300.1}, "info"),
        ({**CLAIMED, "impact_s": 45.0, "doubted": True, "arrival_m": np.nan}, "warn_doubted"),
        ({**CLAIMED, "impact_s": 45.0, "doubted": True, "sensed": False}, "alert_doubted"),
        ({**CLAIMED, "impact_s": 45.0, "doubted": True, "off_procedures": False}, "info"),
        ({**CLAIMED, "impact_s": 45.0, "off_procedures": False}, "info"),
        ({**CLAIMED, "impact_s": 45.0, "arrival_m": 300.1}, "info"),
        ({**CLAIMED, "impact_s": 45.0, "arrival_m": np.nan}, "info"),
        ({**CLAIMED, "impact_s": 45.0, "hit": 0.39}, "info"),
        ({"distance_m": 50.0}, "warn_overhead"),
        ({"distance_m": 51.0}, "alert_near"),
        ({"ballistic": True, "uncrewed": 0.0, "hit": 0.02}, "warn_impact"),
        ({"ballistic": True, "uncrewed": 0.0, "hit": 0.019}, "alert_ballistic"),
        ({"ballistic": True, "uncrewed": 0.0, "hit": 0.011, "impact_limit": 0.01}, "warn_impact"),
        ({"ballistic": True, "uncrewed": 0.0, "whole_site": True}, "warn_whole_site"),
        (
            {"ballistic": True, "uncrewed": 0.0, "hit": 1.0, "impact_s": 5.0, "held": True},
            "alert_ballistic",
        ),
        ({"ballistic": True, "uncrewed": 1.0, "distance_m": 0.0}, "alert_ballistic"),
    ],
)  # fmt: skip
def test_rule(values: dict[str, object], rule: str) -> None:
    assert rule_of(**values) == rule


def test_rules_stand_in_the_order_of_their_levels_and_each_can_be_told_from_the_others() -> None:
    assert [rule.level for rule in RULES] == sorted(rule.level for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert [rule.name for rule in RULES if rule.otherwise is None] == ["info"]


@pytest.mark.parametrize(
    ("bird", "impact_s", "code"),
    [
        (0.05, 70.0, "rule.alert_maybe"),
        (0.04, 70.0, "rule.alert_drone"),
        (0.05, 50.0, "rule.warn_maybe"),
        (0.0, 50.0, "rule.warn_drone"),
    ],
)
def test_what_is_hardly_a_bird_is_not_said_to_be_one_perhaps(bird: float, impact_s: float, code: str) -> None:
    values = {"steady": True, "uncrewed": 0.95, "bird": bird, "hit": 0.6, "impact_s": impact_s}
    situation = replace(situation_of(**values), zone_ids=("camp",))
    told = {rule.name: rule.reason.of(situation, 0, 0) for rule in RULES if rule.holds(situation)[0, 0]}
    reason = told["warn_maybe" if "warn" in code else "alert_maybe"]
    assert reason.code == code
    assert ("bird_percent" in dict(reason.arguments)) is code.endswith("maybe")
    assert ("may be" in catalogue("en")[code], "قد يكون" in catalogue("ar")[code]) == (
        (True, True) if code == "rule.alert_maybe" else (False, False)
    )


def hold_of(now: Level, before: Level = Level.INFO, since: int = 0) -> LevelState:
    return LevelState(np.array([[now]], np.int8), np.array([[before]], np.int8), np.array([[since]]))


def step(
    hold: LevelState, now: Level, keep: Level, t_s: float, *, plot: bool = True, at_once: bool = False
) -> tuple[Level, LevelState]:
    said = Said(
        np.array([[now]], np.int8), np.array([[keep]], np.int8), np.array([at_once]), np.array([plot])
    )
    after = settled(hold, said, int(t_s * 1e9), SETTINGS.levels)
    return Level(int(after.level[0, 0])), after


def test_two_plots_in_a_row_raise_to_what_both_say() -> None:
    one, hold = step(hold_of(Level.INFO), Level.WARN, Level.WARN, 1)
    two, hold = step(hold, Level.ALERT, Level.ALERT, 2)
    three, hold = step(hold, Level.WARN, Level.WARN, 3)
    four, _ = step(hold, Level.WARN, Level.WARN, 4)
    assert (one, two, three, four) == (Level.INFO, Level.ALERT, Level.ALERT, Level.WARN)


def test_looks_without_a_new_plot_agree_with_nothing() -> None:
    _, hold = step(hold_of(Level.INFO), Level.WARN, Level.WARN, 1)
    for number_ in range(20):
        found, hold = step(hold, Level.WARN, Level.WARN, 1 + number_ / 10, plot=False)
        assert found is Level.INFO


def test_rockets_are_raised_by_one_plot() -> None:
    assert step(hold_of(Level.INFO), Level.WARN, Level.WARN, 1, at_once=True)[0] is Level.WARN


def test_a_level_falls_ten_seconds_after_its_reason_is_gone_and_a_relapse_starts_anew() -> None:
    hold = hold_of(Level.WARN, Level.WARN)
    for second in range(1, 10):
        found, hold = step(hold, Level.INFO, Level.WATCH, second)
        assert found is Level.WARN
    found, hold = step(hold, Level.WARN, Level.WARN, 10)
    for second in range(11, 21):
        found, hold = step(hold, Level.INFO, Level.WATCH, second)
        assert found is Level.WARN
    found, _ = step(hold, Level.INFO, Level.WATCH, 21)
    assert found is Level.WATCH  # the deadband keeps what the lower score still supports


# --- class belief ----------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(number(0, 900), number(-100, 12000), number(-400, 400), number(0, 170), number(-20, 20)),
        min_size=1,
        max_size=5,
    ),
    number(0.01, 500),
)
@settings(max_examples=100, deadline=None)
def test_class_mix_is_a_mix_whatever_flies(values: list[tuple[float, ...]], sigma: float) -> None:
    model = ClassModel(SETTINGS.profiles, SETTINGS.belief)
    look = model.look(Features(np.array(values), np.full((len(values), 5), sigma)))
    assert (look.fit <= 0).all() and (look.fit >= SETTINGS.belief.log_floor).all()
    assert (look.share <= 0).all()
    belief = model.learned(np.zeros_like(look.fit), look.fit, np.ones(len(values)), 4.0)
    mix = model.probability(belief, look.share)
    assert np.isfinite(mix).all() and mix.sum(axis=1) == pytest.approx(1)


def test_what_cannot_be_seen_says_nothing() -> None:
    model = ClassModel(SETTINGS.profiles, SETTINGS.belief)
    look = model.look(Features(np.array([[50.0, 100, 0, 0, 0]]), np.full((1, 5), 1e6)))
    assert np.ptp(look.fit) < 0.05 and np.ptp(look.share) < 0.05


@pytest.mark.parametrize("pairs", [(), (("dragon", 0.9),), (("bird", float("nan")),)])
def test_reports_that_say_nothing_are_none(pairs: tuple[tuple[str, float], ...]) -> None:
    assert ClassModel(SETTINGS.profiles, SETTINGS.belief).report(pairs) is None


@given(st.lists(st.tuples(st.sampled_from(THREAT_CLASSES), st.floats(-5, 5)), min_size=1, max_size=10))
@settings(max_examples=100, deadline=None)
def test_any_report_is_bounded(pairs: list[tuple[str, float]]) -> None:
    log = ClassModel(SETTINGS.profiles, SETTINGS.belief).report(tuple(pairs))
    assert log is not None and np.isfinite(log).all()
    assert log.max() == 0 and log.min() >= SETTINGS.belief.report_weight * np.log(0.02)
