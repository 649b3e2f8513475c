from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.linalg import expm

from marsad.tracking import MotionModel, TrackingSettings, drag, motion

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


@pytest.mark.parametrize("dt_s", [0.25, 1.0, 4.0])
def test_air_takes_what_it_takes_of_a_rocket(dt_s: Any) -> None:
    start = np.array([0.0, 0.0, 2000.0, 400.0, 300.0, 200.0])
    known = start.copy()
    for _ in range(400):
        thin = np.exp(-known[2] / drag.SCALE_HEIGHT_M)
        force = -6e-5 * thin * np.linalg.norm(known[3:]) * known[3:]
        known += dt_s / 400 * np.r_[known[3:], force]
    state = np.r_[start[:3] + dt_s * start[3:], start[3:]]
    without = state.copy()
    drag.slow(state[None, None], np.array([6e-5]), dt_s)
    assert np.linalg.norm(state[:3] - known[:3]) < 0.05 * np.linalg.norm(without[:3] - known[:3])
    assert np.linalg.norm(state[3:] - known[3:]) < 0.05 * np.linalg.norm(without[3:] - known[3:])


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
