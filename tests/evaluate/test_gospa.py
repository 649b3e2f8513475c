from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.evaluate.gospa import gospa

C = 100.0
points = st.lists(st.tuples(*[st.floats(-200, 200, allow_subnormal=False)] * 3), max_size=4)


def by_definition(truth: list[tuple[float, ...]], tracks: list[tuple[float, ...]]) -> float:
    """The least cost over all assignments, tried one by one: Rahmathullah et al. 2017, eq. 1."""
    small, large = sorted((truth, tracks), key=len)
    best = np.inf
    for chosen in permutations(range(len(large)), len(small)):
        cost = sum(
            min(float(np.linalg.norm(np.subtract(small[k], large[n]))), C) ** 2 for k, n in enumerate(chosen)
        )
        best = min(best, cost)
    return float(np.sqrt(best + C**2 / 2 * (len(large) - len(small))))


@given(truth=points, tracks=points)
def test_it_is_the_least_cost_over_all_assignments(
    truth: list[tuple[float, ...]], tracks: list[tuple[float, ...]]
) -> None:
    assert gospa(truth, tracks, C).distance == pytest.approx(by_definition(truth, tracks), abs=1e-6)


@given(truth=points, tracks=points)
def test_the_parts_add_up_and_swap_with_the_sides(
    truth: list[tuple[float, ...]], tracks: list[tuple[float, ...]]
) -> None:
    there, back = gospa(truth, tracks, C), gospa(tracks, truth, C)
    assert there.distance**2 == pytest.approx(there.location + there.missed + there.false, abs=1e-6)
    assert there.assigned + there.missed_count == len(truth)
    assert there.assigned + there.false_count == len(tracks)
    assert there.distance == pytest.approx(back.distance, abs=1e-6)


@given(one=points, two=points, three=points)
@settings(max_examples=60)
def test_the_triangle_inequality_holds(
    one: list[tuple[float, ...]], two: list[tuple[float, ...]], three: list[tuple[float, ...]]
) -> None:
    direct = gospa(one, three, C).distance
    assert direct <= gospa(one, two, C).distance + gospa(two, three, C).distance + 1e-6


def test_known_values() -> None:
    assert gospa([], [], C).distance == 0.0
    assert gospa([[0, 0, 0]], [], C).distance == pytest.approx(C / np.sqrt(2))
    result = gospa([[0, 0, 0], [1000, 0, 0]], [[3, 4, 0], [-900, 0, 0]], C)
    assert (result.location, result.missed, result.false) == (25.0, C**2 / 2, C**2 / 2)
    assert (result.assigned, result.missed_count, result.false_count) == (1, 1, 1)


def test_a_cut_off_must_be_positive() -> None:
    with pytest.raises(ValueError, match="cutoff_m = 0"):
        gospa([], [], 0.0)
