"""Lines of sight: the horizon of the even earth, the shadow of a ridge, sweeps against single rays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.geo.local import LocalFrame
from marsad.geo.sight import (
    EARTH_RADIUS_M,
    is_seen,
    least_visible_around_up_m,
    least_visible_up_m,
)
from marsad.geo.terrain import EvenGround, TerrainGrid, height_above_ground
from marsad.model.ballistic import FlatGround

FRAME = LocalFrame(33.28, 44.39, 40.0)
EVEN = EvenGround(FRAME, 40.0)


def ridge(height_m: float, at_east_m: float = 5_000.0) -> TerrainGrid:
    """Even ground with a wall to the east, two cells thick."""
    nodes = np.arange(-10_000.0, 10_001.0, 100.0)
    east, north = np.meshgrid(nodes, nodes)
    up = EVEN.ground_up_m(east.ravel(), north.ravel()).reshape(east.shape)
    return TerrainGrid(
        -10_000.0, -10_000.0, 100.0, np.where(abs(east - at_east_m) < 101, up + height_m, up), EVEN
    )


@pytest.mark.parametrize("k", [1.0, 4 / 3, 2.0])
def test_the_even_earth_has_the_horizon_of_an_earth_k_times_as_large(k: float) -> None:
    sensor_m, away = 10.0, np.array([5_000.0, 30_000.0, 60_000.0])
    least = least_visible_up_m(EVEN, [0, 0, sensor_m], np.zeros(3), away, k)
    positions = np.stack([np.zeros(3), away, least], axis=-1)
    above = height_above_ground(FRAME, EVEN, positions)
    reach = 2 * k * EARTH_RADIUS_M
    beyond = np.maximum(away - np.sqrt(reach * sensor_m), 0.0)
    assert above == pytest.approx(beyond**2 / reach, abs=1.0, rel=0.02)


def test_a_ridge_hides_by_similar_triangles_and_only_behind_itself() -> None:
    ground = ridge(95.0)
    east = np.array([4_000.0, 9_500.0, -9_500.0])
    least = least_visible_up_m(ground, [0, 0, 5.0], east, np.zeros(3))
    assert least[1] == pytest.approx(5.0 + 90.0 * 9_500 / 4_900, abs=6.0)
    assert least[[0, 2]] == pytest.approx(ground.ground_up_m(east[[0, 2]], np.zeros(2)), abs=1.0)
    assert is_seen(ground, [0, 0, 5.0], [[9_500.0, 0, 200.0], [9_500.0, 0, 150.0]]).tolist() == [True, False]


def test_a_plane_hides_nothing_and_a_sensor_under_the_ground_stands_on_it() -> None:
    places = np.array([1.0, 500.0, 40_000.0])
    assert least_visible_up_m(FlatGround(3.0), [0, 0, -50.0], places, places) == pytest.approx(3.0, abs=1e-6)


@settings(max_examples=20)
@given(st.floats(-np.pi, np.pi), st.floats(0, 300.0), st.floats(0.8, 3.0))
def test_a_sweep_sees_what_single_rays_see(azimuth_rad: float, height_m: float, k: float) -> None:
    ground = ridge(height_m, -3_000.0)
    ranges = np.arange(30.0, 6_000.1, 30.0)
    swept = least_visible_around_up_m(ground, [0, 0, 8.0], [azimuth_rad], ranges, k)[0, 99::100]
    east, north = np.sin(azimuth_rad) * ranges[99::100], np.cos(azimuth_rad) * ranges[99::100]
    # a ray alone may be sampled more closely than the sweep: it meets the edge of the ridge up to 30 m sooner
    assert swept == pytest.approx(least_visible_up_m(ground, [0, 0, 8.0], east, north, k), abs=0.2, rel=0.02)


def test_k_must_be_above_zero() -> None:
    with pytest.raises(ValueError, match=r"k is 0.*above 0"):
        least_visible_up_m(EVEN, [0, 0, 5.0], [1_000.0], [0.0], 0.0)
