"""What was fast for long and is now slow is crewed; what always was slow, or goes on fast, is not told of."""

from typing import Any

import numpy as np
import pytest

from marsad.assessment.columns import blank
from marsad.assessment.kinematics import Flight
from marsad.assessment.slowing import Slowing, SlowingState, SlowingWeights, slowing
from marsad.model.detection import Claim
from marsad.model.threat import Level


def flight_at(speed_mps: float) -> Flight:
    one, none = np.array([speed_mps]), np.zeros(1)
    return Flight(
        np.zeros(1, np.int64), np.zeros(1, bool), none, one, np.zeros((1, 2)), np.zeros((1, 3)), none, none,
        none, one,
    )  # fmt: skip


def after(speeds: list[tuple[float, int]]) -> Slowing:
    """What is told after so many seconds at each speed."""
    state, t_s, found = blank(SlowingState, 1, 0), 1000, None
    for speed, seconds in speeds:
        for _ in range(seconds):
            t_s += 1
            found = slowing(state, flight_at(speed), t_s * 10**9, SlowingWeights())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("speeds", "told"),
    [
        ([(50.0, 30), (32.0, 10), (20.0, 1)], True),  # a helicopter that comes in
        ([(70.0, 60), (25.0, 5)], True),  # an airliner that rolls out
        ([(50.0, 60)], False),  # a one-way drone
        ([(50.0, 60), (34.0, 20)], False),  # as slow as it can fly
        ([(20.0, 60), (5.0, 20)], False),  # a multirotor
        ([(50.0, 5), (10.0, 20)], False),  # an error of some seconds
        ([(50.0, 30), (10.0, 320)], False),  # long ago
    ],
)
def test_who_slowed_down(speeds: list[tuple[float, int]], told: bool) -> None:
    found = after(speeds)
    assert (found.crewed[0] > 0) == told
    assert len(list(found.part().reasons(np.arange(1)))) == told


@pytest.mark.parametrize(("fast", "slow"), [(50.0, 27.0), (45.0, 25.0), (42.0, 24.0)])
def test_a_silent_drone_that_slows_on_its_way_is_warned_of_to_the_end(
    air: Any, fast: float, slow: float
) -> None:
    """A racing drone, or one with wings that meets the wind."""

    def path(seconds: float) -> list[float]:
        east = -4000 + fast * min(seconds, 40.0) + slow * max(seconds - 40.0, 0.0)
        return [east, 0.0, 60.0, fast if seconds < 40 else slow, 0.0, 0.0]

    arrival_s = round(40 + (3850 - 40 * fast) / slow)
    found = air.fly(path, arrival_s)
    assert "character.slowed" not in {part.code for one in found for part in one.evidence}
    # slower, it may be more than a minute off again for a moment
    assert {one.level for one in found[arrival_s - 50 :]} == {Level.WARN}
    assert {one.level for one in found[arrival_s - 90 :]} <= {Level.ALERT, Level.WARN}


def test_who_says_what_he_is_and_slows_down_is_told_to_be_crewed(air: Any) -> None:
    def path(seconds: float) -> list[float]:
        east = -6000 + 50 * min(seconds, 60.0) + max(seconds - 60, 0) * 15
        return [east, 2500.0, 90.0, 50.0 if seconds < 60 else 15.0, 0.0, 0.0]

    claim = Claim("icao", "4b1805", "HELI1")

    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state), air.detection(seconds, state, "adsb", claim)]

    last = air.fly(path, 90, hear=hear)[-1]
    assert "character.slowed" in {part.code for part in last.evidence}
    assert last.class_name == "crewed"
