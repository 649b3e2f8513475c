"""A bird over a zone is no attacker that has arrived, and two places of two birds are no speed."""

from dataclasses import replace
from math import nan, pi
from typing import Any

import numpy as np
import pytest

from marsad.assessment.level import LevelState, decide
from marsad.assessment.rules import level_of, rules
from marsad.assessment.situation import Situation
from marsad.model.detection import Attribution, Detection, Measurement
from marsad.model.threat import Level

from .situations import situation

YES, NO = np.array([True]), np.array([False])
OVER = situation(
    hostility=0.8,
    uncrewed=0.7,
    bird=0.28,
    steady=True,
    arrival_m=60.0,
    hit=1.0,
    impact_s=0.0,
    distance_m=0.0,
    earliest_s=0.0,
    score=30.0,
)


def level(seen: Situation) -> Level:
    return Level(int(level_of(rules(seen))[0, 0]))


def test_what_may_as_well_be_a_bird_over_a_zone_is_an_alert() -> None:
    assert level(OVER) == Level.ALERT
    leaves = replace(OVER, distance_m=np.array([[30.0]]), hit=np.zeros((1, 1)), impact_s=np.array([[np.inf]]))
    assert level(leaves) == Level.ALERT


@pytest.mark.parametrize(
    "seen",
    [
        replace(OVER, uncrewed=np.array([0.9]), bird=np.array([0.08])),  # more than one sign says so
        replace(OVER, bird=np.array([0.0])),  # a drone or an aircraft, but no bird
        replace(OVER, hostile_by_hand=YES),
        replace(OVER, distance_m=np.array([[300.0]]), impact_s=np.array([[20.0]])),  # comes from outside
    ],
)
def test_what_is_no_bird_or_comes_from_outside_is_a_warning(seen: Situation) -> None:
    assert level(seen) == Level.WARN


def test_a_warning_given_outside_stays_inside() -> None:
    state = LevelState(*(np.zeros((1, 1), kind) for kind in (np.int8, np.int8, np.int64)))
    outside = replace(OVER, distance_m=np.array([[300.0]]), impact_s=np.array([[20.0]]))
    for second in range(3):
        decide(state, outside, YES, (1 + second) * 10**9)
    for second in range(3, 60):
        assert decide(state, OVER, YES, (1 + second) * 10**9).level[0, 0] == Level.WARN


@pytest.mark.parametrize(("places", "highest"), [(2, Level.WATCH), (30, Level.WARN)])
def test_bearings_alone_make_no_speed_known(air: Any, places: int, highest: Level) -> None:
    """A track that two places began, those of two birds perhaps, and that a camera goes on seeing."""
    assessor, rows, found = air.assessor(), np.zeros(1, np.int64), []
    for second in range(20):
        state = [-3000.0 + 55.0 * second, 0.0, 100.0, 55.0, 0.0, 0.0]
        plot = air.detection(second, state)
        if second >= places:
            values, sigmas = (nan, 4.7, 0.1, nan, nan, nan), (nan, 0.002, 0.002, nan, nan, nan)
            plot = Detection("radar", plot.t_ns, Measurement.POLAR, values, sigmas)
        assessor.hear(plot.t_ns, [plot], Attribution(rows + 1, rows, np.ones(1)), air.sensors)
        table = air.table(second, [state], updates=second + 1)
        found += [one.level for one in assessor.assess(table)]
    assert max(found) == highest


@pytest.mark.parametrize(
    ("rate_mps", "unfit", "highest"),
    [
        (-250.0, False, Level.WARN),  # as it flies
        (250.0, False, Level.WARN),  # the sign the other way round
        (0.0, False, Level.WARN),  # of everything none
        (-12.0, True, Level.WARN),  # a radar whose speeds were found wrong
        (nan, False, Level.WARN),
        (-12.0, False, Level.WATCH),  # the birds of a flock, of whose plots a fast track was made
    ],
)
def test_a_track_made_of_the_plots_of_slow_objects_warns_nobody(
    air: Any, rate_mps: float, unfit: bool, highest: Level
) -> None:
    assessor, rows, found = air.assessor(), np.zeros(1, np.int64), []
    for second in range(20):
        state = [-6000.0 + 250.0 * second, 0.0, 60.0, 250.0, 0.0, 0.0]
        values, sigmas = (-state[0], 1.5 * pi, 0.01, rate_mps, nan, nan), (6.0, 0.009, 0.014, 0.3, nan, nan)
        plot = Detection("radar", air.detection(second, state).t_ns, Measurement.POLAR, values, sigmas)
        attributed = Attribution(rows + 1, rows, np.ones(1))
        assessor.hear(plot.t_ns, [plot], attributed, air.sensors, speeds_unfit=unfit)
        table = air.table(second, [state], updates=second + 1)
        found += [one.level for one in assessor.assess(table)]
    assert max(found) == highest
