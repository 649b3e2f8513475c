"""Polar coordinates and polygons."""

import numpy as np
import pymap3d
from hypothesis import given
from hypothesis import strategies as st

from marsad.geo.polar import enu_from_polar, polar_from_enu, wrapped
from marsad.geo.polygon import contains, distance, enclosing_circle

metres = st.floats(-50_000, 50_000)


@given(metres, metres, st.floats(-1_000, 20_000))
def test_polar_there_and_back(east: float, north: float, up: float) -> None:
    np.testing.assert_allclose(
        enu_from_polar(polar_from_enu((east, north, up))), (east, north, up), atol=1e-6
    )


def test_polar_agrees_with_pymap3d_in_degrees() -> None:
    points = np.random.default_rng(1).uniform(-9_000, 9_000, (50, 3))
    azimuth, elevation, slant = pymap3d.enu2aer(*points.T.copy())
    ours = polar_from_enu(points)
    np.testing.assert_allclose(ours[:, 0], slant)
    np.testing.assert_allclose(np.degrees(ours[:, 1:]), np.stack([azimuth, elevation], 1))


@given(st.floats(-100, 100))
def test_wrapped_is_the_same_direction_near_zero(angle: float) -> None:
    assert -np.pi <= wrapped(angle) < np.pi
    assert abs(np.sin(wrapped(angle)) - np.sin(angle)) < 1e-9


def test_polygon_inside_outside_and_distance() -> None:
    square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    points = np.array([[5.0, 5.0], [13.0, 14.0], [-2.0, 5.0]])
    assert contains(square, points).tolist() == [True, False, False]
    np.testing.assert_allclose(distance(square, points), [0.0, 5.0, 2.0])


@given(
    st.lists(
        st.tuples(st.floats(0, 6.28), st.floats(1, 1000)),
        min_size=3,
        max_size=12,
        unique_by=lambda p: round(p[0], 2),
    )
)
def test_enclosing_circle_encloses(spokes: list[tuple[float, float]]) -> None:
    corners = [(r * np.cos(a), r * np.sin(a)) for a, r in sorted(spokes)]
    centre, radius_m = enclosing_circle(corners)
    reach = np.linalg.norm(np.array(corners) - centre, axis=1)
    assert reach.max() <= radius_m * 1.02 + 1e-6
