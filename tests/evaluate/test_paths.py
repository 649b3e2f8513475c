from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.evaluate.look import Array
from marsad.evaluate.paths import LoggedPaths, arrivals_s, segment_of, state_of
from marsad.model.site import Zone

from .scenes import DRONE

ZONE = Zone("gate", "Gate", "بوابة", (), (0.0, 0.0), 100.0)
SQUARE = Zone("yard", "Yard", "ساحة", ((-300, -300), (300, -300), (300, 300), (-300, 300)), (0.0, 0.0), 425.0)


def states(*north_m: float, up_m: float = 50.0) -> Array:
    return np.array([(0.0, north, up_m, nan, nan, nan) for north in north_m])


def test_between_records_it_goes_straight_and_untold_velocities_are_those_of_the_places() -> None:
    part = segment_of(np.array([0.0, 1, 2]), states(0, 10, 20))
    assert part.at(0.5) == pytest.approx([0, 5, 50, 0, 10, 0])
    assert part.at(2.0) == pytest.approx([0, 20, 50, 0, 10, 0])


def test_beyond_its_ends_it_goes_on_a_moment_and_in_gaps_it_is_nowhere() -> None:
    part = segment_of(np.array([10.0, 11, 30]), states(0, 10, 20))
    assert part.at(9.6) is not None and part.at(9.4) is None
    assert part.at(30.5) is not None and part.at(30.6) is None
    assert part.at(20.0) is None


def test_one_record_is_there_for_its_moment() -> None:
    part = segment_of(np.array([5.0]), states(7))
    assert part.at(5.3) is not None and part.at(4.4) is None
    assert np.isnan(part.states[0, 3:]).all()


def test_records_in_any_order_and_twice_at_a_time() -> None:
    part = segment_of(np.array([2.0, 0, 1, 1]), states(20, 0, 9, 10))
    assert part.t_s.tolist() == [0, 1, 2] and part.states[:, 1].tolist() == [0, 10, 20]


@given(st.permutations(range(6)))
def test_the_order_of_records_does_not_matter(order: list[int]) -> None:
    t_s, places = np.arange(6.0), states(0, 5, 3, 9, 2, 1)
    mixed = segment_of(t_s[order], places[order])
    assert np.array_equal(mixed.states, segment_of(t_s, places).states)


def test_of_two_stretches_at_once_the_later_begun_counts() -> None:
    first, second = (
        segment_of(np.array([0.0, 9]), states(0, 0)),
        segment_of(np.array([4.0, 8]), states(70, 70)),
    )
    found = [state_of([first, second], t_s) for t_s in (2.0, 5.0, 9.0)]
    assert [None if state is None else state[1] for state in found] == [0, 70, 0]
    assert state_of([], 0.0) is None


def test_arrivals_by_hand() -> None:
    path = segment_of(np.arange(0.0, 61, 1), states(*(1000 - 20.0 * t for t in range(61))))
    found = arrivals_s([path], (ZONE, SQUARE))
    assert list(found) == ["yard", "gate"] and list(found.values()) == pytest.approx([35.0, 45.0], abs=0.11)
    high = segment_of(path.t_s, states(*(1000 - 20.0 * t for t in range(61)), up_m=1500.0))
    assert arrivals_s([high], (ZONE, SQUARE)) == {} and arrivals_s([], (ZONE,)) == {}


def test_who_is_there_at_a_time() -> None:
    paths = LoggedPaths(
        0,
        (DRONE, DRONE),
        [[segment_of(np.array([0.0, 5]), states(1, 1))], [segment_of(np.array([4.0, 9]), states(2, 2))]],
    )
    assert [paths.at(t_s)[0].tolist() for t_s in (1.0, 4.5, 8.0, 20.0)] == [[0], [0, 1], [1], []]
    assert paths.span_s == (0.0, 9.0) and paths.at(20.0)[1].shape == (0, 6)
