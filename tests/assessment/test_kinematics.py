"""What a tracker's states tell of motion over some seconds."""

import numpy as np
import pytest

from marsad.assessment.columns import blank
from marsad.assessment.kinematics import Flight, FlightState, flight
from marsad.assessment.settings import AssessmentSettings
from marsad.model.track import TrackTable

S_NS = 1_000_000_000
SETTINGS = AssessmentSettings()


def look(state: FlightState, second: int, east_mps: float) -> Flight:
    """One more plot of a flight to the east."""
    one = np.ones(1, np.int64)
    mean = np.array([[100.0 * second, 0.0, 9000.0, east_mps, 0.0, 0.0]])
    t_ns = second * S_NS
    table = TrackTable(
        t_ns, one, mean, np.eye(6)[None], np.ones(1), np.ones(1, bool), one, one * t_ns, one, np.ones((1, 1))
    )
    return flight(state, table, SETTINGS.belief, SETTINGS.limits)


def test_the_zero_of_a_track_of_one_plot_is_no_flight_it_swerves_from() -> None:
    state = blank(FlightState, 1, 0)
    look(state, 1, 0.0)
    for second in range(2, 5):
        found = look(state, second, 248.0)
        assert np.hypot(*found.course_mean[0]) == pytest.approx(1.0)
        assert np.abs(found.acceleration[0]).max() == 0.0


def test_a_swerve_shortens_the_mean_course() -> None:
    state = blank(FlightState, 1, 0)
    for second in range(1, 6):
        look(state, second, 50.0)
    assert np.hypot(*look(state, 6, -50.0).course_mean[0]) < 0.9
