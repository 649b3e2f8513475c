"""Speeds that a sensor states are used once its own places bear them out, and no longer than they do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from .conftest import SECOND


def flown(world: Any, tracker: Any, factor: float, looks: range, speed: float = -40.0) -> float:
    """One drone in a radar's sight, its range rates times a factor; the radial speed it is taken for."""
    for k in looks:
        truth = np.array([[300.0, 9_000.0 + speed * k, 120.0, 0.0, speed, 0.0]])
        scan = world.polar_scan(k, truth)
        scan.values[:, 3] *= factor
        tracker.observe(scan)
    table = tracker.table(looks[-1] * SECOND)
    table = table.where(table.confirmed)
    return float(table.mean[0, 4]) if len(table) == 1 else np.nan


def used(tracker: Any) -> bool:
    return bool(tracker._rates._records["radar"].used)


def test_rates_that_fit_are_soon_used(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar())
    assert flown(world, tracker, 1.0, range(8)) == pytest.approx(-40.0, abs=1.5)
    assert used(tracker) and not tracker.is_rate_unfit("radar")


@pytest.mark.parametrize("factor", [0.0, -1.0])
def test_rates_that_do_not_fit_cost_no_track(world: Any, make_tracker: Any, factor: float) -> None:
    tracker = make_tracker(world.radar())
    assert flown(world, tracker, factor, range(12)) == pytest.approx(-40.0, abs=8.0)
    assert not used(tracker) and tracker.is_rate_unfit("radar")


def test_what_fits_again_is_used_again(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar())
    for first, factor in ((0, 1.0), (12, -1.0), (36, 1.0)):
        flown(world, tracker, factor, range(first, first + 12 if first == 0 else first + 24))
        assert used(tracker) == (factor > 0) and tracker.is_rate_unfit("radar") == (factor < 0)
    assert len(tracker.table(59 * SECOND).where(tracker.table(59 * SECOND).confirmed)) == 1


def test_slow_objects_tell_nothing(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar())
    flown(world, tracker, 0.0, range(30), speed=-0.5)
    assert not used(tracker) and not tracker.is_rate_unfit("radar")


def test_false_plots_refute_nobody(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar())
    for k in range(40):
        truth = np.array([[300.0, 9_000.0 - 40.0 * k, 120.0, 0.0, -40.0, 0.0]])
        tracker.observe(world.polar_scan(k, truth, false=20))
    assert used(tracker) and not tracker.is_rate_unfit("radar")


def test_the_parts_of_a_look_share_one_answer(world: Any, make_tracker: Any) -> None:
    """Parts without the track are no looks that miss it; what a part tells does not change the next part."""
    tracker = make_tracker(world.radar())
    flown(world, tracker, 1.0, range(8))
    for k in range(8, 12):
        scan = world.polar_scan(k, np.array([[300.0, 9_000.0 - 40.0 * k, 120.0, 0.0, -40.0, 0.0]]), false=4)
        for row in reversed(range(len(scan.values))):  # the drone comes last
            some = slice(row, row + 1)
            tracker.observe(replace(scan, values=scan.values[some], sigmas=scan.sigmas[some], labels=()))
            assert used(tracker)
    assert tracker._rates._records["radar"].astray == 0


def test_speeds_that_were_judged_before_are_used_at_once(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(replace(world.radar(), speeds_proven=True))
    flown(world, tracker, 1.0, range(3))
    assert "radar" not in tracker._rates._records
