from math import isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.evaluate.accuracy import accuracy, course_errors_deg
from marsad.evaluate.look import Array


def test_errors_by_hand() -> None:
    truth = np.array([[0.0, 0, 100, 10, 0, 0], [1000.0, 0, 100, 0, 10, 0]])
    tracks = np.array([[3.0, 4, 100, 10, 0, 0], [1000.0, 0, 112, 10, 0, 0]])
    found = accuracy(truth, tracks)
    assert found.count == 2
    assert found.rmse_m == pytest.approx(sqrt((25 + 144) / 2))
    assert found.cep50_m == pytest.approx(2.5)  # halfway between 0 and 5 on the map
    assert found.vertical_rmse_m == pytest.approx(sqrt(72))
    assert found.velocity_error_mps == pytest.approx((0 + sqrt(200)) / 2)
    assert found.course_error_deg == pytest.approx(45.0)


def test_what_is_not_told_is_not_compared() -> None:
    truth = np.array([[0.0, 0, 500, 10, 0, 0]])
    tracks = np.array([[3.0, 4, nan, nan, nan, nan]])
    found = accuracy(truth, tracks)
    assert found.rmse_m == 5.0 and isnan(found.vertical_rmse_m) and isnan(found.velocity_error_mps)
    assert isnan(found.course_error_deg)


def test_nothing_compared_is_not_a_number() -> None:
    found = accuracy(np.empty((0, 6)), np.empty((0, 6)))
    assert found.count == 0 and isnan(found.rmse_m) and isnan(found.r95_m)


def test_what_stands_has_no_course() -> None:
    assert len(course_errors_deg(np.array([[1.0, 0.0]]), np.array([[0.0, 5.0]]))) == 0


@given(st.floats(0, 359), st.floats(-179, 179))
def test_course_errors_do_not_know_where_north_is(course_deg: float, off_deg: float) -> None:
    def along(angle: float) -> Array:
        return 20 * np.array([[np.sin(np.radians(angle)), np.cos(np.radians(angle))]])

    assert course_errors_deg(along(course_deg), along(course_deg + off_deg)) == pytest.approx([abs(off_deg)])
