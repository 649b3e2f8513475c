from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.evaluate.calibration import Reliability, brier, brier_of_classes, nees_per_dimension


def test_expected_error_by_hand() -> None:
    seen = Reliability()
    seen.add([0.95, 0.85, 0.85, 0.55], [True, True, False, False])
    # bins: 0.9: |0.95 − 1| of one; 0.8: |0.85 − 0.5| of two; 0.5: |0.55 − 0| of one
    assert seen.expected_error() == pytest.approx((0.05 + 2 * 0.35 + 0.55) / 4)
    assert [(item.low, item.count) for item in seen.diagram()] == [(0.5, 1), (0.8, 2), (0.9, 1)]
    assert seen.diagram()[1].share == 0.5 and seen.count == 4


def test_certainty_is_in_the_last_bin_and_nothing_said_is_left_out() -> None:
    seen = Reliability()
    assert isnan(seen.expected_error()) and seen.diagram() == ()
    seen.add([1.0, float("nan"), 0.0], True)
    assert [(item.low, item.count) for item in seen.diagram()] == [(0.0, 1), (0.9, 1)]
    with pytest.raises(ValueError, match="outside 0 to 1"):
        seen.add(1.5, True)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_the_error_lies_between_nothing_and_one_and_does_not_know_the_order(
    said: list[tuple[float, bool]],
) -> None:
    there, back = Reliability(), Reliability()
    for confidence, came in said:
        there.add(confidence, came)
    back.add([c for c, _ in reversed(said)], [b for _, b in reversed(said)])
    assert 0 <= there.expected_error() <= 1
    assert there.expected_error() == pytest.approx(back.expected_error())


def test_brier_by_hand() -> None:
    assert brier([0.9, 0.2], [True, False]) == pytest.approx((0.01 + 0.04) / 2)
    assert brier_of_classes([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]], [0, 1]) == pytest.approx(
        (0.09 + 0.04 + 0.01) / 2
    )
    assert isnan(brier([], [])) and isnan(brier_of_classes([], []))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda item: sum(item) > 0), st.data())
def test_brier_of_classes_is_at_most_two_and_none_for_the_truth(
    raw: list[float], data: st.DataObject
) -> None:
    probability = np.array(raw) / sum(raw)
    true = data.draw(st.integers(0, len(raw) - 1))
    assert 0 <= brier_of_classes([probability], [true]) <= 2 + 1e-9
    assert brier_of_classes([np.eye(len(raw))[true]], [true]) == 0.0


def test_nees_by_hand() -> None:
    covariance = np.array([np.diag([4.0, 9.0]), np.diag([1.0, 1.0])])
    assert nees_per_dimension([[2.0, 3.0], [3.0, 4.0]], covariance) == pytest.approx([1.0, 12.5])


def test_nees_of_honest_errors_is_one() -> None:
    random = np.random.default_rng(1)
    root = random.normal(size=(4, 4))
    error = random.normal(size=(20_000, 4)) @ root.T
    found = nees_per_dimension(error, np.broadcast_to(root @ root.T, (20_000, 4, 4)))
    assert found.mean() == pytest.approx(1.0, abs=0.02)


def test_nees_of_what_cannot_be_judged_is_not_a_number() -> None:
    covariance = np.array([np.eye(2), np.zeros((2, 2)), np.full((2, 2), np.nan)])
    found = nees_per_dimension([[np.nan, 1.0], [1.0, 1.0], [1.0, 1.0]], covariance)
    assert np.isnan(found).all() and len(nees_per_dimension(np.empty((0, 6)), np.empty((0, 6, 6)))) == 0
