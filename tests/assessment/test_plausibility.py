"""What a claim may say: honest flights pass, lies are found with their numbers."""

import json
import pickle
import re
from dataclasses import replace
from pathlib import Path
from string import Formatter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from marsad.assessment.addresses import AddressStanding
from marsad.assessment.claim_bearings import BearingLines, offsets
from marsad.assessment.claim_kinds import ClaimMarks
from marsad.assessment.claim_settings import ClaimKind, ClaimSettings
from marsad.assessment.claim_state import ClaimReports, Finding, PlausibilityState
from marsad.assessment.columns import blank, take
from marsad.assessment.plausibility import ClaimRules, ClaimVerdict, hear, mark, seen_at, verdict
from marsad.assessment.schedule import ScheduleStanding
from marsad.report.wording import LANGUAGES, filled

S = 10**9
T0 = 1_669_118_400 * S
RULES = ClaimRules.of(ClaimSettings())
WORDING = Path(__file__).parents[2] / "src/marsad/report/wording"
CALM = ClaimMarks(ClaimKind.AIRCRAFT, AddressStanding.ASSIGNED, False, ScheduleStanding.NO_SCHEDULE)
Array = NDArray[np.float64]


def said(
    t_ns: int, place: Array, velocity: Array, height_m: float = 3000.0, climb_mps: float = 0.0
) -> ClaimReports:
    """One track's claim, of a track long heard and far from every zone."""
    one = np.ones(1)
    return ClaimReports(
        np.array([t_ns]), np.array([place], float), np.array([velocity], float),
        climb_mps * one, height_m * one, 1.0 * one, np.ones(1, bool), 50_000 * one, 500 * one, 1000 * one,
    )  # fmt: skip


def fly(
    kind: ClaimKind, course: Array, *, step_s: float = 1.0, height_m: float = 3000.0, climb_mps: float = 0.0,
    velocity: Array | None = None,
) -> ClaimVerdict:  # fmt: skip
    """The verdict after a track claimed these places (n,2), one every step_s."""
    state, row = blank(PlausibilityState, 1, 0), np.zeros(1, np.int64)
    mark(state, 0, T0, replace(CALM, kind=kind))
    moved = np.gradient(course, step_s, axis=0) if velocity is None else velocity
    t_ns = T0
    for place, now in zip(course, moved, strict=True):
        t_ns += round(step_s * S)
        hear(state, row, said(t_ns, place, now, height_m, climb_mps), RULES)
    return verdict(state, t_ns, RULES)


def straight(speed_mps: float, seconds: int = 30, step_s: float = 1.0) -> Array:
    along = np.arange(0, seconds, step_s) * speed_mps
    return np.stack([along, np.zeros_like(along)], axis=1)


def turning(speed_mps: float, radius_m: float, seconds: int = 40) -> Array:
    angle = np.arange(seconds) * speed_mps / radius_m
    return np.stack([radius_m * np.cos(angle), radius_m * np.sin(angle)], axis=1)


def found(verdict: ClaimVerdict) -> set[Finding]:
    return {one for one in Finding if verdict.found[0, one]}


@pytest.mark.parametrize("speed_mps", [26.0, 38.0, 51.0])
@pytest.mark.parametrize("kind", [ClaimKind.AIRLINER, ClaimKind.OPERATOR])
def test_no_airliner_hangs_in_the_air_at_38_000_feet(speed_mps: float, kind: ClaimKind) -> None:
    result = fly(kind, straight(speed_mps), height_m=11_582)
    assert found(result) == {Finding.SPEED_LOW} and result.refuted[0]
    (reason,) = result.reasons(0)
    assert reason.code == "claim.speed_low" and reason.decibans == 8.0
    assert dict(reason.arguments)["speed_mps"] == pytest.approx(speed_mps, abs=0.1)
    assert 70 <= float(dict(reason.arguments)["limit_mps"]) <= 80


@pytest.mark.parametrize(
    ("kind", "speed_mps", "height_m", "climb_mps"),
    [
        (ClaimKind.AIRLINER, 70, 300, -4),
        (ClaimKind.AIRLINER, 250, 11_500, 0),
        (ClaimKind.AIRLINER, 330, 11_500, 0),  # with a jet stream
        (ClaimKind.AIRLINER, 110, 1500, 18),
        (ClaimKind.OPERATOR, 0, 300, 0),  # a rescue helicopter that hovers
        (ClaimKind.OPERATOR, 60, 3000, -8),
        (ClaimKind.HELICOPTER, 75, 800, 8),
        (ClaimKind.GLIDER, 30, 2500, 4),
        (ClaimKind.LIGHT, 55, 1000, 4),
        (ClaimKind.DRONE, 18, 200, 3),
        (ClaimKind.UNMANNED, 60, 7000, 0),
        (ClaimKind.BALLOON, 8, 1500, 2),
        (ClaimKind.AIRCRAFT, 280, 9000, 60),
    ],
)
def test_what_flies_as_its_kind_does_has_no_finding(
    kind: ClaimKind, speed_mps: float, height_m: float, climb_mps: float
) -> None:
    result = fly(kind, straight(speed_mps), height_m=height_m, climb_mps=climb_mps)
    assert found(result) == set() and result.decibans[0] == 0 and not result.refuted[0]


@pytest.mark.parametrize(
    ("kind", "speed_mps", "height_m", "climb_mps", "finding"),
    [
        (ClaimKind.AIRLINER, 25, 500, 0, Finding.SPEED_LOW),
        (ClaimKind.AIRLINER, 300, 300, 0, Finding.SPEED_HIGH),
        (ClaimKind.HELICOPTER, 160, 800, 0, Finding.SPEED_HIGH),
        (ClaimKind.DRONE, 120, 200, 0, Finding.SPEED_HIGH),
        (ClaimKind.GLIDER, 150, 2500, 0, Finding.SPEED_HIGH),
        (ClaimKind.AIRLINER, 120, 3000, 95, Finding.CLIMB),
        (ClaimKind.HELICOPTER, 40, 3000, -70, Finding.DESCENT),
        (ClaimKind.HELICOPTER, 40, 11_000, 0, Finding.CEILING),
        (ClaimKind.AIRLINER, 250, 20_000, 0, Finding.CEILING),
    ],
)
def test_what_its_kind_cannot_do_is_found(
    kind: ClaimKind, speed_mps: float, height_m: float, climb_mps: float, finding: Finding
) -> None:
    result = fly(kind, straight(speed_mps), height_m=height_m, climb_mps=climb_mps)
    assert found(result) == {finding}
    assert result.decibans[0] == RULES.weights[finding]


def test_a_turn_that_would_break_an_airliner() -> None:
    tight = fly(ClaimKind.AIRLINER, turning(120, 250))  # 5.9 g
    assert Finding.TURN in found(tight) and tight.reasons(0)[0].arguments[1] == ("limit", 2.5)
    assert found(fly(ClaimKind.AIRLINER, turning(120, 2500))) == set()
    assert found(fly(ClaimKind.GLIDER, turning(28, 120), height_m=2000)) == set()


def test_a_leap_in_speed_is_found() -> None:
    moving = np.arange(40.0)
    speed = 60 + 140 * ((moving // 4) % 2)
    leaps = fly(ClaimKind.AIRLINER, np.c_[np.cumsum(speed), 0 * speed], velocity=np.c_[speed, 0 * speed])
    assert Finding.ACCELERATION in found(leaps)
    steady = 60 + 2.2 * moving  # take-off and climb
    assert found(fly(ClaimKind.AIRLINER, np.c_[np.cumsum(steady), 0 * steady])) == set()


def test_a_place_that_does_not_move_as_claimed_is_found() -> None:
    stands = np.zeros((40, 2))
    frozen = fly(ClaimKind.AIRCRAFT, stands, velocity=np.tile([70.0, 0.0], (40, 1)))
    assert found(frozen) == {Finding.MOTION}
    assert dict(frozen.reasons(0)[0].arguments)["difference_mps"] == pytest.approx(70)
    backwards = fly(ClaimKind.AIRCRAFT, straight(60, 40), velocity=np.tile([-60.0, 0.0], (40, 1)))
    assert Finding.MOTION in found(backwards)


def test_places_late_by_a_second_are_no_lie() -> None:
    random = np.random.default_rng(3)
    late = straight(240, 60) - np.c_[240 * random.uniform(0, 1, 60), np.zeros(60)]
    assert (
        found(fly(ClaimKind.AIRLINER, late, height_m=11_000, velocity=np.tile([240.0, 0.0], (60, 1))))
        == set()
    )


def test_one_jump_may_be_a_fault_two_are_a_finding() -> None:
    course = straight(200, 40)
    once, twice = course.copy(), course.copy()
    once[10:] += 40_000
    twice[10:20] += 40_000
    assert Finding.JUMP not in found(fly(ClaimKind.AIRLINER, once, height_m=9000))
    hopping = fly(ClaimKind.AIRLINER, twice, height_m=9000, velocity=np.tile([200.0, 0.0], (40, 1)))
    assert Finding.JUMP in found(hopping)


def test_one_bad_report_is_no_finding_and_findings_fade() -> None:
    course = straight(70, 60)
    velocity = np.tile([70.0, 0.0], (60, 1))
    velocity[30] = (900.0, 0.0)
    assert found(fly(ClaimKind.AIRLINER, course, height_m=500, velocity=velocity)) == set()
    state, row = blank(PlausibilityState, 1, 0), np.zeros(1, np.int64)
    mark(state, 0, T0, replace(CALM, kind=ClaimKind.DRONE))
    for second in range(10):
        hear(state, row, said(T0 + second * S, np.array([200.0 * second, 0]), np.array([200.0, 0])), RULES)
    assert Finding.SPEED_HIGH in found(verdict(state, T0 + 10 * S, RULES))
    assert found(verdict(state, T0 + 200 * S, RULES)) == set()


@pytest.mark.parametrize(
    ("age_s", "climb_mps", "covered", "distance_m", "arrival_s", "finding"),
    [
        (60, 0, True, 3000, 60, Finding.LATE),
        (60, 0, True, 30_000, 80, Finding.LATE),
        (60, 0, True, 30_000, 400, None),
        (60, 0, False, 3000, 60, None),
        (1, -1, True, 3000, 60, Finding.CLOSE),
        (1, 8, True, 3000, 60, None),  # it has just taken off
        (1, 0, True, 3000, np.inf, None),  # goes nowhere near
        (1, 0, False, 3000, 60, None),
    ],
)
def test_a_claim_that_comes_up_only_near(
    age_s: float,
    climb_mps: float,
    covered: bool,
    distance_m: float,
    arrival_s: float,
    finding: Finding | None,
) -> None:
    state, row = blank(PlausibilityState, 1, 0), np.zeros(1, np.int64)
    first = replace(
        said(T0, np.zeros(2), np.array([60.0, 0]), 100.0, climb_mps),
        age_s=np.array([age_s]), covered=np.array([covered]), distance_m=np.array([distance_m]),
        arrival_s=np.array([arrival_s]),
    )  # fmt: skip
    hear(state, row, first, RULES)
    later = replace(first, t_ns=first.t_ns + 20 * S, age_s=first.age_s + 20)
    hear(state, row, later, RULES)
    assert found(verdict(state, T0 + 20 * S, RULES)) == ({finding} if finding is not None else set())
    deaf = blank(PlausibilityState, 1, 0)
    hear(deaf, row, replace(first, listening_s=np.array([10.0])), RULES)
    assert Finding.CLOSE not in found(verdict(deaf, T0 + S, RULES))


def test_names_weigh_as_long_as_they_are_claimed() -> None:
    state, row = blank(PlausibilityState, 1, 0), np.zeros(1, np.int64)
    marks = ClaimMarks(ClaimKind.OPERATOR, AddressStanding.NO_IDENTITY, True, ScheduleStanding.OTHER_TIME)
    mark(state, 0, T0, marks)
    hear(state, row, said(T0 + 500 * S, np.zeros(2), np.array([60.0, 0])), RULES)
    named = verdict(state, T0 + 501 * S, RULES)
    assert found(named) == {Finding.NO_IDENTITY, Finding.OPERATOR, Finding.OFF_SCHEDULE}
    assert not named.refuted[0]  # names are no proof
    mark(state, 0, T0 + 502 * S, replace(CALM, schedule=ScheduleStanding.LISTED))
    assert verdict(state, T0 + 502 * S, RULES).decibans[0] == -4.0


def test_a_place_off_its_bearing_is_found() -> None:
    lines = BearingLines(np.array([[0.0, 0.0]]), np.radians([90.0]), np.radians([1.0]))
    place = np.array([[0.0, 5000.0], [5000.0, 100.0], [100.0, 0.0]])
    none = np.array([-1, -1, -1])
    off, limit = offsets(place, np.full(3, 30.0), lines, np.zeros(3, np.int64))
    assert off[0] == pytest.approx(np.pi / 2) and off[1] < limit[1] and np.isnan(off[2])
    assert np.isnan(offsets(place, np.full(3, 30.0), lines, none)[0]).all()
    nothing = BearingLines(np.zeros((0, 2)), np.zeros(0), np.zeros(0))
    assert np.isnan(offsets(place, np.full(3, 30.0), nothing, none)[0]).all()
    state, rows = blank(PlausibilityState, 3, 0), np.arange(3)
    for second in range(4):
        seen_at(state, rows, np.full(3, T0 + second * S), off, limit, RULES)
    result = verdict(state, T0 + 4 * S, RULES)
    assert result.found[:, Finding.BEARING].tolist() == [True, False, False]
    assert verdict(state, T0 + 4 * S, RULES, belief=0.25).decibans[0] == 0.25 * result.decibans[0]


def test_rows_are_taken_as_the_chain_aligns_them() -> None:
    state = blank(PlausibilityState, 2, 0)
    mark(state, 1, T0, replace(CALM, kind=ClaimKind.GLIDER))
    hear(state, np.array([1]), said(T0, np.array([7.0, 8.0]), np.array([30.0, 0])), RULES)
    taken = blank(PlausibilityState, 3, 0)
    take(taken, [0, 2], state, [1, 0])
    assert taken.kind.tolist() == [ClaimKind.GLIDER, 0, 0]
    assert taken.last_place[0].tolist() == [7.0, 8.0] and np.isnan(taken.last_place[1]).all()
    again = pickle.loads(pickle.dumps(taken))
    assert again.first_t_ns.tolist() == [T0, 0, 0]


numbers = st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6))


@given(st.lists(st.tuples(st.integers(-5, 100), *[numbers] * 6), max_size=12), st.sampled_from(ClaimKind))
def test_no_claim_breaks_it_and_the_sum_is_within_its_cap(
    reports: list[tuple[int, float, float, float, float, float, float]], kind: ClaimKind
) -> None:
    state, row = blank(PlausibilityState, 1, 0), np.zeros(1, np.int64)
    mark(state, 0, T0, replace(CALM, kind=kind))
    for second, east, north, east_mps, north_mps, height, climb in reports:
        place, velocity = np.array([east, north]), np.array([east_mps, north_mps])
        hear(state, row, said(T0 + second * S, place, velocity, height, climb), RULES)
    result = verdict(state, T0 + 100 * S, RULES)
    low, high = RULES.settings.weights.cap_db
    assert low <= result.decibans[0] <= high
    for reason in result.reasons(0):
        assert all(np.isfinite(float(value)) for _, value in reason.arguments)


def catalogue(language: str, room: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((WORDING / language / f"{room}.json").read_text("utf-8"))
    return words


def test_every_finding_has_its_sentence_in_both_languages() -> None:
    codes = {f"claim.{one.name.lower()}" for one in Finding}
    english, arabic = catalogue("en", "claims"), catalogue("ar", "claims")
    assert set(english) == set(arabic) == codes
    state = blank(PlausibilityState, 1, 0)
    state.found_t_ns[:], state.value[:], state.limit[:], state.last_t_ns[:] = T0, 12.3, 4.5, T0
    for reason in verdict(state, T0, RULES).reasons(0):
        for language, words in zip(LANGUAGES, (english, arabic), strict=True):
            sentence = words[reason.code]
            names = {name for _, name, _, _ in Formatter().parse(sentence) if name}
            assert names <= dict(reason.arguments).keys(), reason.code
            assert filled(reason.code, language, dict(reason.arguments))
        assert re.search("[\u0600-\u06ff]", arabic[reason.code])
