"""Rockets of which little is seen: late, by two plots, or near an airliner that dives. Nothing is refused."""

import numpy as np
import pytest
from numpy.typing import NDArray

from marsad.model.threat import Level
from marsad.model.warning import WarningEventKind

from .test_rockets import Watched, first, rocket, watched

Array = NDArray[np.float64]
ROCKET = {"rule.alert_ballistic", "rule.warn_impact", "rule.warn_whole_site"}


def coming_down(last_s: float) -> Array:
    """The last seconds of a medium rocket that comes down in the middle of the site."""
    path = rocket(np.zeros(2), 90.0)
    above = path[: int(np.argmax(path[4:, 2] < 0)) + 4]
    return above[-round(last_s / 0.25) :]


@pytest.fixture(scope="module")
def late() -> Watched:
    return watched([coming_down(5.0)])


def test_what_is_first_seen_five_seconds_before_it_comes_down_is_warned_of(late: Watched) -> None:
    assert first(late, Level.WARN) <= 3.0
    raised = [time_s for time_s, kind, stage in late.warned if kind is WarningEventKind.RAISED]
    assert raised and raised[0] <= 3.0


def test_whoever_is_warned_so_late_is_told_to_lie_down(late: Watched) -> None:
    alarms = [one for one in late.fold.picture().alarms if one.stage is Level.WARN]
    assert alarms and all(one.must_lie_down or not one.active_ids for one in alarms)
    assert all(not one.time_left.likely_s >= 10.0 for one in alarms)


def test_of_two_plots_nothing_is_said_to_fall_and_none_is_refused_in_silence() -> None:
    path = coming_down(6.0)
    path[1] = path[4]
    found = watched([path[:2]], period_s=1.0)
    assert not {code for _, _, _, code in found.seen} & ROCKET
    assert not found.warned
    counts = dict(found.fold.picture().counters)
    assert (counts["detections"], counts["tracking.plots"], counts["tracking.births"]) == (2, 2, 1)
    assert not any(count for name, count in counts.items() if "dropped" in name or "unusable" in name)


def test_an_airliner_that_dives_and_pulls_out_is_no_rocket() -> None:
    times = np.arange(0, 30, 0.25)
    sinks = np.interp(times, [0, 4, 16, 22, 28, 30], [0, 0, -85, -85, 0, 0])
    path = np.stack(
        [-7_000.0 + 220.0 * times, np.full_like(times, 1_800.0), 4_000.0 + np.cumsum(sinks) * 0.25], axis=1
    )
    found = watched([path])
    assert len(found.fold.picture().tracks) == 1
    assert not {code for _, _, _, code in found.seen} & ROCKET
    assert "ballistic" not in {one.class_name for one in found.fold.picture().assessments}
