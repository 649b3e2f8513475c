"""Positions against an independent implementation, and there and back again."""

import numpy as np
import pymap3d
from hypothesis import given
from hypothesis import strategies as st

from marsad.geo.local import LocalFrame
from marsad.geo.wgs84 import ecef_from_geodetic, geodetic_from_ecef

ONE_MICROMETRE = 1e-6
ONE_CENTIMETRE = 0.01
latitudes = st.floats(-89.9, 89.9)
longitudes = st.floats(-179.9, 179.9)
heights = st.floats(-400, 40_000)


@given(latitudes, longitudes, heights)
def test_ecef_agrees_with_pymap3d(latitude: float, longitude: float, height: float) -> None:
    ours = ecef_from_geodetic(np.radians(latitude), np.radians(longitude), height)
    np.testing.assert_allclose(ours, pymap3d.geodetic2ecef(latitude, longitude, height), atol=ONE_MICROMETRE)


@given(latitudes, longitudes, heights)
def test_geodetic_returns_from_ecef(latitude: float, longitude: float, height: float) -> None:
    there = ecef_from_geodetic(np.radians(latitude), np.radians(longitude), height)
    back = geodetic_from_ecef(there)
    np.testing.assert_allclose(np.degrees(back[:2]), (latitude, longitude), atol=1e-11)
    assert abs(back[2] - height) < ONE_MICROMETRE


def test_poles_and_equator_have_their_heights() -> None:
    for latitude in (-90.0, 0.0, 90.0):
        ecef = ecef_from_geodetic(np.radians(latitude), 0.3, 1234.5)
        assert abs(geodetic_from_ecef(ecef)[2] - 1234.5) < ONE_MICROMETRE


@given(
    st.floats(-60, 60), longitudes, st.floats(-100, 3000), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), heights
)
def test_enu_agrees_with_pymap3d(
    latitude: float, longitude: float, height: float, north: float, east: float, up: float
) -> None:
    frame = LocalFrame(latitude, longitude, height)
    point = (latitude + north, longitude + east, up)
    expected = pymap3d.geodetic2enu(*point, latitude, longitude, height)
    np.testing.assert_allclose(frame.enu_from_geodetic(*point), expected, atol=ONE_CENTIMETRE / 100)


@given(st.tuples(*[st.floats(-80_000, 80_000)] * 2, st.floats(-100, 20_000)))
def test_enu_returns_from_geodetic(position_enu: tuple[float, float, float]) -> None:
    frame = LocalFrame(33.7856, 42.4412, 188.0)
    np.testing.assert_allclose(
        frame.enu_from_geodetic(*frame.geodetic_from_enu(position_enu)),
        position_enu,
        atol=ONE_MICROMETRE * 10,
    )


def test_horizontals_differ_with_distance() -> None:
    frame = LocalFrame(33.7856, 42.4412, 188.0)
    rotation = frame.rotation_enu_from_local((10_000.0, 0.0, 0.0))
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    tilt_rad = np.arccos(rotation[2, 2])
    assert abs(tilt_rad - 10_000 / 6.378e6) < 1e-5
    np.testing.assert_allclose(frame.rotation_enu_from_local((0.0, 0.0, 0.0)), np.eye(3), atol=1e-12)
