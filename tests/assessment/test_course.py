"""Straight flights are judged by their leg; who turns, or has flown straight for moments only, is not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marsad.assessment.course import LegLimits, along_legs
from marsad.assessment.flight_character import Character
from marsad.model.track import TrackTable

LIMITS = LegLimits()
LEG_S = 10.0


def drawn(leg_mps: tuple[float, float], wander_m: float = 5.0, straight_s: float = 30.0) -> Character:
    one = np.ones(1)
    return Character(0 * one, one > 1, straight_s * one, wander_m * one, 0 * one, np.array([leg_mps], float))


@pytest.fixture
def table(air: Any) -> TrackTable:
    """One track whose newest velocity is off by 2 m/s, stated as 3 m/s."""
    return air.table(1.0, [[1000.0, 0.0, 50.0, -11.0, 2.0, 0.0]], sigma=(7.0, 3.0))  # type: ignore[no-any-return]


def test_a_straight_flight_goes_on_along_its_leg_and_its_course_is_surer(table: TrackTable) -> None:
    led = along_legs(table, drawn((-12.0, 0.0)), LEG_S, LIMITS)
    assert led.mean[0, 3:5] == pytest.approx([-12.0, 0.0], abs=0.2)
    assert led.mean[0, [0, 1, 2, 5]].tolist() == table.mean[0, [0, 1, 2, 5]].tolist()
    assert np.sqrt(led.covariance[0, 3, 3]) < 0.8
    assert np.linalg.eigvalsh(led.covariance[0]).min() > 0


def test_the_more_it_wanders_the_more_the_newest_velocity_counts(table: TrackTable) -> None:
    north = [
        along_legs(table, drawn((-12.0, 0.0), wander), LEG_S, LIMITS).mean[0, 4] for wander in (2, 20, 90)
    ]
    assert 0.0 <= north[0] < north[1] < north[2] <= 2.0
    assert north[2] > 1.7


@pytest.mark.parametrize(
    "found", [drawn((-12.0, 0.0), straight_s=9.0), drawn((12.0, 0.0)), drawn((-12.0, 12.0))]
)
def test_who_is_not_straight_yet_or_turns_is_taken_as_seen_last(table: TrackTable, found: Character) -> None:
    assert along_legs(table, found, LEG_S, LIMITS).mean.tolist() == table.mean.tolist()


def test_the_table_given_stays_as_it_was(table: TrackTable) -> None:
    before = replace(table, mean=table.mean.copy(), covariance=table.covariance.copy())
    along_legs(table, drawn((-12.0, 0.0)), LEG_S, LIMITS)
    assert np.array_equal(before.mean, table.mean) and np.array_equal(before.covariance, table.covariance)
