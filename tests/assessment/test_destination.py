"""Whether a course leads to a protected place more than by chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.assessment.columns import blank
from marsad.assessment.destination import DestinationLimits, Destinations, DestinationState
from marsad.assessment.kinematics import FlightState, flight
from marsad.assessment.settings import AssessmentSettings
from marsad.assessment.shapes import ZoneShapes
from marsad.model.track import TrackTable

S_NS = 1_000_000_000
SETTINGS = AssessmentSettings()


def places(*discs: tuple[float, float, float, float]) -> Destinations:
    """Round zones: east, north, radius, value."""
    east, north, radius, value = (np.array(column) for column in zip(*discs, strict=True))
    shapes = ZoneShapes(
        tuple(str(number) for number in range(len(discs))),
        np.stack([east, north], axis=1),
        radius,
        value,
        np.zeros(len(discs), bool),
        np.arange(len(discs)),
        np.zeros(0, np.int64),
        np.zeros((0, 3, 2)),
    )
    return Destinations(shapes, DestinationLimits())


def ratio(place: Destinations, course_deg: float, at: tuple[float, float] = (0.0, -3000.0)) -> float:
    """For one flight at a place, of 15 m/s and that course."""
    course = np.radians(course_deg)
    mean = np.array([[*at, 50.0, 15 * np.sin(course), 15 * np.cos(course), 0.0]])
    return float(place.ratio(mean, np.eye(6)[None] * 0.01)[0])


def test_a_course_to_a_narrow_place_says_much_and_to_a_wide_one_little() -> None:
    narrow, wide = places((0, 0, 100, 1)), places((0, 0, 2500, 1))
    assert ratio(narrow, 0.0) > 10
    assert 1.0 < ratio(wide, 0.0) < 3.5
    assert ratio(narrow, 40.0) < 0.3


def test_inside_a_place_no_course_says_anything() -> None:
    assert ratio(places((0, 0, 500, 1)), 77.0, (0.0, 100.0)) == pytest.approx(1.0)


def test_one_place_of_many_says_less_than_the_only_one() -> None:
    around = [(4000 * np.sin(a), 4000 * np.cos(a), 100, 1.0) for a in (1.0, 2.0, 3.0)]
    assert ratio(places((0, 0, 100, 1), *around), 0.0) < 0.5 * ratio(places((0, 0, 100, 1)), 0.0)


def test_a_place_without_value_attracts_nobody() -> None:
    assert ratio(places((0, 0, 100, 0)), 0.0) == ratio(places((0, 0, 100, 0)), 90.0)


@given(st.floats(-180, 180), st.floats(100, 9000), st.floats(10, 5000))
def test_over_all_courses_it_says_nothing(bearing_deg: float, away_m: float, radius_m: float) -> None:
    """A likelihood ratio has mean one under chance."""
    place, bearing = places((0, 0, radius_m, 1)), np.radians(bearing_deg)
    at = (away_m * np.sin(bearing), away_m * np.cos(bearing))
    mean = np.mean([ratio(place, course, at) for course in np.arange(0, 360, 2.0)])
    assert mean == pytest.approx(1.0, abs=0.05)


def table(t_s: float, north_m: float, course_deg: float) -> TrackTable:
    course, one = np.radians(course_deg), np.ones(1, np.int64)
    mean = np.array([[0.0, north_m, 50.0, 15 * np.sin(course), 15 * np.cos(course), 0.0]])
    t_ns = round(t_s * S_NS)
    return TrackTable(
        t_ns,
        one,
        mean,
        np.eye(6)[None],
        np.ones(1),
        np.ones(1, bool),
        one,
        one * t_ns,
        one * 9,
        np.ones((1, 1)),
    )


def test_what_it_said_stands_when_the_place_widens_and_fades_when_it_turns_away() -> None:
    place, state, flown = places((0, 0, 100, 1)), blank(DestinationState, 1, 1), blank(FlightState, 1, 1)
    said = []
    for second in range(1, 190):
        one = table(second, -3000.0 + 15 * second, 0.0)
        said.append(
            float(place.decibans(state, one, flight(flown, one, SETTINGS.belief, SETTINGS.limits))[0])
        )
    assert said[0] == 0.0
    assert said[40] > 6.0
    assert said[-1] >= 6.0  # ten metres off, where every course leads in
    for second in range(190, 400):
        one = table(second, -200.0, 120.0)
        left = float(place.decibans(state, one, flight(flown, one, SETTINGS.belief, SETTINGS.limits))[0])
    assert left < 1.0
