"""The geoid against values of the fine grid that are not nodes of the package's, and its arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.geo.geoid import ERROR_MAX_M, above_ellipsoid_m, above_sea_m, undulation_m

# latitude, longitude, undulation in EGM96 at 15 minutes of arc, of which the package leaves every second out
FINE = [
    (33.25, 44.25, -1.89),
    (36.25, 43.75, 15.29),
    (24.75, 46.75, -7.98),
    (-33.25, 18.25, 31.10),
    (46.25, 7.25, 50.79),
    (0.25, -78.75, 23.41),
    (-17.0, 180.0, 51.45),
]


@pytest.mark.parametrize(("latitude_deg", "longitude_deg", "undulation"), FINE)
def test_undulations_are_those_of_the_fine_grid(
    latitude_deg: float, longitude_deg: float, undulation: float
) -> None:
    assert float(undulation_m(latitude_deg, longitude_deg)) == pytest.approx(undulation, abs=0.3)


@given(st.floats(-90, 90), st.floats(-360, 360), st.floats(-500, 20_000))
def test_there_and_back_is_the_same_height_all_round_the_earth(
    latitude_deg: float, longitude_deg: float, height_m: float
) -> None:
    above_sea = above_sea_m(latitude_deg, longitude_deg, height_m)
    assert float(above_ellipsoid_m(latitude_deg, longitude_deg, above_sea)) == pytest.approx(height_m)
    assert -107.0 - ERROR_MAX_M < height_m - float(above_sea) < 85.4 + ERROR_MAX_M
    assert float(undulation_m(latitude_deg, longitude_deg + 360)) == pytest.approx(
        float(undulation_m(latitude_deg, longitude_deg)), abs=1e-6
    )


def test_it_has_no_seam_at_the_date_line_and_none_at_the_pole() -> None:
    assert np.ptp(undulation_m(-17.0, [179.9999, -179.9999])) < 1e-2
    assert np.ptp(undulation_m(90.0, np.arange(-180, 180, 7.0))) < 0.2
    assert np.isnan(undulation_m([np.nan, 1.0], [1.0, np.nan])).all()
