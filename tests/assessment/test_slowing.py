"""What was fast for long and is now slow is crewed; what always was slow, or goes on fast, is not told of."""

from typing import Any

import numpy as np
import pytest

from marsad.assessment.columns import blank
from marsad.assessment.kinematics import Flight
from marsad.assessment.slowing import Slowing, SlowingState, SlowingWeights, slowing


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


def test_a_helicopter_without_a_transponder_that_comes_in_is_no_drone_and_no_bird(air: Any) -> None:
    """It cruises at 50 m/s, slows to 10 and goes on so; a multirotor flies the last part alike."""

    def path(seconds: float) -> np.ndarray[Any, Any]:
        east = -6000 + 50 * min(seconds, 60.0) + max(seconds - 60, 0) * 15
        speed = 50.0 if seconds < 60 else 15.0
        return np.array([east, 2500.0, 90.0, speed, 0.0, 0.0])

    def multirotor(seconds: float) -> np.ndarray[Any, Any]:
        return np.array([-3000 + 15 * seconds, 2500.0, 90.0, 15.0, 0.0, 0.0])

    found = air.fly(path, 90)[-1]
    other = air.fly(multirotor, 90)[-1]
    crewed, others = found.class_probability[5], other.class_probability[5]
    assert crewed > 5 * others
    assert "character.slowed" in {part.code for part in found.evidence}
    assert "character.slowed" not in {part.code for part in other.evidence}
