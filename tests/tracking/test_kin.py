"""Many sensors that never saw an object say little more against it than one of them."""

from typing import Any

import numpy as np
import pytest

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import SensorKind

from .conftest import SECOND

DRONE = np.array([[2_000.0, 5_000.0, 120.0, 0.0, -30.0, 0.0]])


def nothing_seen(name: str, t_s: float) -> Scan:
    empty = np.empty((0, 6))
    return Scan(name, round(t_s * SECOND), Measurement.POLAR, empty, empty, ())


def tracked(world: Any, make_tracker: Any, mute: int, **kind: Any) -> Any:
    """Three sights of a drone by a radar, beside so many that saw nothing meanwhile."""
    names = [f"mute {number}" for number in range(mute)]
    tracker = make_tracker(world.radar(), *(world.radar(name, **kind) for name in names))
    for k in range(3):
        tracker.observe(world.polar_scan(k, DRONE + k * np.array([0, -30.0, 0, 0, 0, 0])))
        for number, name in enumerate(names):
            tracker.observe(nothing_seen(name, k + 0.2 + number * 1e-3))
    return tracker


def existence(tracker: Any) -> float:
    return float(tracker.table(round(2.9 * SECOND)).existence.max(initial=0.0))


def odds(tracker: Any) -> float:
    return existence(tracker) / (1 - existence(tracker))


def test_sixteen_weigh_little_more_than_one(world: Any, make_tracker: Any) -> None:
    one, many = (odds(tracked(world, make_tracker, mute)) for mute in (1, 16))
    assert 0.8 * one < many <= one * (1 + 1e-9)


def test_who_comes_later_has_no_say_of_what_was_there(world: Any, make_tracker: Any) -> None:
    tracker = tracked(world, make_tracker, 1)
    before = odds(tracker)
    for number in range(30):
        tracker.set_sensor(world.radar(f"new {number}"))
        tracker.observe(nothing_seen(f"new {number}", 2.3 + number * 1e-3))
    assert odds(tracker) > 0.6 * before


def test_who_has_seen_it_speaks_for_itself(world: Any, make_tracker: Any) -> None:
    tracker = tracked(world, make_tracker, 16)
    for k in range(3, 12):
        tracker.observe(nothing_seen("radar", k))
    assert len(tracker.table(12 * SECOND, 0.5)) == 0


@pytest.mark.parametrize("kind", [SensorKind.CAMERA, SensorKind.OTHER])
def test_who_stares_has_no_kin(world: Any, make_tracker: Any, kind: SensorKind) -> None:
    tracker = tracked(world, make_tracker, 2, kind=kind)
    assert all(len(others) == 0 for others in tracker._kin.values())
