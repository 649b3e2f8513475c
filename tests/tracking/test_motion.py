from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.linalg import expm

from marsad.tracking import MotionModel, TrackingSettings, motion

MODELS = (
    MotionModel(name="a", noise_m2ps3=0.5, vertical_noise_m2ps3=0.1, sojourn_s=20.0),
    MotionModel(name="b", noise_m2ps3=20.0, vertical_noise_m2ps3=4.0, sojourn_s=5.0, turn_rate_radps=-0.3),
    MotionModel(name="c", noise_m2ps3=1.0, vertical_noise_m2ps3=0.1, sojourn_s=2.0, turn_rate_radps=0.3),
)
NUMBERS = motion.Motion.of(MODELS)
SPACE = (0, 1, 2)
steps = st.floats(0.001, 20.0)


@settings(deadline=None)
@given(steps, steps)
def test_two_steps_equal_one(first: Any, second: Any) -> None:
    whole = motion.transition_matrices(NUMBERS.parameters, SPACE, first + second)
    parts = motion.transition_matrices(NUMBERS.parameters, SPACE, second) @ motion.transition_matrices(
        NUMBERS.parameters, SPACE, first
    )
    assert_allclose(parts, whole, atol=1e-9)
    chain = motion.switching_matrix(NUMBERS.generator, first) @ motion.switching_matrix(
        NUMBERS.generator, second
    )
    assert_allclose(chain, motion.switching_matrix(NUMBERS.generator, first + second), atol=1e-12)


@settings(deadline=None)
@given(steps, steps)
def test_noise_of_straight_flight_adds_up(first: Any, second: Any) -> None:
    straight = NUMBERS.parameters[:1]
    later = motion.transition_matrices(straight, SPACE, second)
    carried = later @ motion.noise_matrices(straight, SPACE, first) @ np.swapaxes(later, 1, 2)
    both = carried + motion.noise_matrices(straight, SPACE, second)
    assert_allclose(both, motion.noise_matrices(straight, SPACE, first + second), rtol=1e-9, atol=1e-12)


@settings(deadline=None)
@given(steps)
def test_switching_is_the_exponential_of_its_generator(step: Any) -> None:
    rates = np.array([1 / m.sojourn_s for m in MODELS])
    generator = np.tile(rates[:, None] / 2, (1, 3))
    np.fill_diagonal(generator, -rates)
    assert_allclose(motion.switching_matrix(NUMBERS.generator, step), expm(generator * step), atol=1e-12)


def test_a_positive_turn_is_clockwise_and_keeps_speed() -> None:
    turn = motion.transition_matrices(NUMBERS.parameters, SPACE, 2.0)[2]
    state = turn @ np.array([0.0, 0.0, 100.0, 0.0, 50.0, 0.0])  # flying north
    assert state[0] > 0 and state[3] > 0
    assert_allclose(np.hypot(state[3], state[4]), 50.0)


def test_speeds_of_new_objects_lie_evenly_up_to_the_top_one() -> None:
    level = TrackingSettings(models=MODELS, speed_max_mps=120.0, vertical_speed_max_mps=20.0)
    rng = np.random.default_rng(3)
    speed, heading = rng.uniform(0.0, 120.0, 100_000), rng.uniform(0.0, 2 * np.pi, 100_000)
    for sigma, climb in level.speed_sigmas_mps():
        assert_allclose((speed * np.sin(heading)).std(), sigma, rtol=0.01)
        assert climb == 10.0
