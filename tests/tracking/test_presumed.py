"""Heights that no radar measured."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from marsad.tracking.motion import SPACE
from marsad.tracking.presumed import presume, presumed

SCALE_M, CEILING_M = 300.0, 12_000.0


@given(st.floats(1.0, 60_000.0))
def test_mean_and_sigma_are_those_of_what_flies_low_or_anywhere_and_no_higher_than_it_is_far(
    distance_m: float,
) -> None:
    height = np.linspace(0.0, distance_m, 20_001)
    density = 0.5 * np.exp(-height / SCALE_M) / SCALE_M + 0.5 * (height <= CEILING_M) / CEILING_M
    whole, first, second = (integrate.simpson(density * height**k, x=height) for k in range(3))
    mean, sigma = presumed(distance_m, SCALE_M, CEILING_M)
    assert np.isclose(mean, first / whole, rtol=0.01, atol=1.0)
    assert np.isclose(sigma, np.sqrt(second / whole - (first / whole) ** 2), rtol=0.01, atol=1.0)


def state(height_sigma_m: float) -> tuple[np.ndarray, np.ndarray]:
    mean = np.array([[[1500.0, 0.0, 1000.0, -50.0, 0.0, 0.0]]])
    cov = np.diag([100.0, 100.0, height_sigma_m, 5.0, 5.0, 3.0]) ** 2
    cov[0, 2] = cov[2, 0] = -0.5 * 100.0 * height_sigma_m
    return mean, cov[None, None].copy()


HEIGHTS = SCALE_M, CEILING_M, 1500.0
FLAT = np.array([[1800.0, 1.5, np.nan, np.nan]])


def test_a_height_of_which_nothing_is_known_becomes_the_presumed_one_and_the_place_goes_with_it() -> None:
    mean, cov = state(1500.0)
    before = mean.copy()
    presume(mean, cov, FLAT, np.zeros(3), HEIGHTS, SPACE)
    away = np.sqrt((before[0, 0, :3] ** 2).sum() + 1500.0**2)
    height, sigma = presumed(float(away), SCALE_M, CEILING_M)
    assert np.isclose(np.sqrt(cov[0, 0, 2, 2]), sigma)
    assert height < mean[0, 0, 2] < 1000.0 and mean[0, 0, 0] > 1500.0  # lower, and farther over ground
    assert np.linalg.eigvalsh(cov[0, 0]).min() > 0


def test_a_height_that_is_known_a_scan_with_heights_and_two_dimensions_are_left_alone() -> None:
    for plots, sigma_m in (
        (FLAT, 50.0),
        (np.array([[1800.0, 1.5, 0.1, np.nan]]), 1500.0),
        (FLAT[:0], 1500.0),
    ):
        mean, cov = state(sigma_m)
        before = mean.copy(), cov.copy()
        presume(mean, cov, plots, np.zeros(3), HEIGHTS, SPACE)
        assert np.array_equal(mean, before[0]) and np.array_equal(cov, before[1])
