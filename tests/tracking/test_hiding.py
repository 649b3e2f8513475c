"""What a sensor cannot see inside its coverage: hovering drones, valleys."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from marsad.model.sensor import Coverage
from marsad.tracking.hiding import exposure, horizon_table, notch_sigma_mps

SECOND = 1_000_000_000
COVER = Coverage(
    range_max_m=8000.0,
    elevation_min_rad=-0.2,
    elevation_max_rad=1.4,
    detection_probability=(0.95, 0.9),
    clutter_per_scan=1.0,
    range_rate_min_mps=2.0,
)


def flight(t_s: float) -> Any:
    """A drone that comes at 15 m/s, brakes at 3 m/s², hovers from 15 s to 30 s, and flies on."""

    def speed(t: Any) -> Any:
        return np.where(t < 15, np.clip(15 - 3 * (t - 10), 0, 15), np.clip(3 * (t - 30), 0, 15))

    steps = np.linspace(0, t_s, 2000)
    gone = np.trapezoid(speed(steps), steps)
    return np.array([0.0, 3000 - gone, 150, 0, -float(speed(np.array(t_s))), 0])


def watched(world: Any, tracker: Any, notch_mps: float, until: int, gone_s: float = np.inf) -> list[Any]:
    """The tracks, once a second, of a radar that loses what is slower than its notch."""
    tables = []
    for k in range(until):
        state = flight(k) if k < gone_s else np.empty((0, 6))
        visible = len(state) and abs(state[4]) > notch_mps and world.rng.random() < 0.93
        tracker.observe(world.polar_scan(k, state if visible else np.empty((0, 6)), false=1))
        table = tracker.table(k * SECOND)
        tables.append(table.where(table.confirmed))
    return tables


@pytest.mark.parametrize("seed", range(3))
def test_a_hovering_drone_keeps_its_track(world: Any, make_tracker: Any, seed: int) -> None:
    world.rng = np.random.default_rng(seed)
    tables = watched(world, make_tracker(world.radar(coverage=COVER)), 2.0, 45)
    first, last = tables[9], tables[-1]
    assert len(first) == len(last) == 1 and first.track_id[0] == last.track_id[0]
    hovering = tables[28]
    assert hovering.existence[0] > 0.05, "it fades, for it could have flown on and been seen"
    assert np.linalg.norm(hovering.mean[0, :3] - flight(28)[:3]) < 250
    assert abs(hovering.mean[0, 4]) < 2.0, "no plot means no range rate"


def test_without_the_notch_the_same_track_is_lost(world: Any, make_tracker: Any) -> None:
    cover = replace(COVER, range_rate_min_mps=0.0)
    tables = watched(world, make_tracker(world.radar(coverage=cover)), 2.0, 45)
    assert len(tables[9]) == 1 and len(tables[28]) == 0


def test_a_fast_object_that_is_gone_dies_as_soon_as_without_a_notch(world: Any, make_tracker: Any) -> None:
    lives = []
    for notch_mps in (0.0, 2.0):
        world.rng = np.random.default_rng(1)
        cover = replace(COVER, range_rate_min_mps=notch_mps)
        tables = watched(world, make_tracker(world.radar(coverage=cover)), 0.0, 20, gone_s=8)
        lives.append(sum(bool((table.existence > 0.5).any()) for table in tables[8:]))
    assert lives[0] <= lives[1] <= lives[0] + 3


def test_a_plot_inside_the_notch_is_not_impossible(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar(coverage=COVER))
    hover = np.array([0.0, 3000, 150, 0, 0, 0])
    for k in range(15):
        tracker.observe(world.polar_scan(k, hover))
    table = tracker.table(14 * SECOND)
    assert table.confirmed.sum() == 1 and table.updates.max() == 15


def test_partial_scans_say_nothing_of_the_notch(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar(coverage=COVER), lifetime_s=1e9)
    for k in range(8):
        tracker.observe(world.polar_scan(k, flight(k)))
    before = tracker.table(7 * SECOND)
    tracker.observe(replace(world.polar_scan(7, np.empty((0, 6))), partial=True))
    assert_allclose(tracker.table(7 * SECOND).mean, before.mean)


def test_specification_and_compiled_engine_agree_with_a_notch_and_a_horizon(
    world: Any, make_tracker: Any
) -> None:
    cover = replace(COVER, horizon=((0.0, 0.03), (3.0, 0.2)))
    trackers = [make_tracker(world.radar(coverage=cover), compiled=compiled) for compiled in (True, False)]
    tables = []
    for tracker in trackers:
        world.rng = np.random.default_rng(4)
        tables.append(watched(world, tracker, 2.0, 25)[-1])
    assert len(tables[0]) >= 1
    assert_allclose(tables[0].mean, tables[1].mean, rtol=1e-6, atol=1e-5)
    assert_allclose(tables[0].existence, tables[1].existence, rtol=1e-6)


def one(velocity: float, sigma: float) -> Any:
    """A track straight north of the origin with this range rate."""
    mean = np.array([0.0, 3000, 300, 0, velocity, 0])
    return mean[None, None], np.diag([9.0, 9, 9, 1e-6, sigma**2, 1e-6])[None, None], np.ones((1, 1))


@given(st.floats(0.2, 20), st.floats(0.01, 30), st.floats(-40, 40))
def test_hiding_is_the_mean_of_the_notch_over_the_range_rate(
    notch: float, sigma: float, velocity: float
) -> None:
    width = notch_sigma_mps(Coverage(range_rate_min_mps=notch))
    assert_allclose(np.exp(-((notch / width) ** 2) / 2), 0.5)
    mean, cov, modes = one(velocity, sigma)
    mean[..., 2] = 0.0
    _, hidden = exposure(mean, cov, modes, np.zeros(3), np.eye(3), np.empty((2, 0)), width)
    rates = np.linspace(velocity - 8 * sigma, velocity + 8 * sigma, 4001)
    density = np.exp(-(((rates - velocity) / sigma) ** 2) / 2)
    expected = (density * np.exp(-((rates / width) ** 2) / 2)).sum() / density.sum()
    assert_allclose(hidden[0], expected, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize(("up_m", "chance"), [(300.0, 0.5), (400.0, 1.0), (200.0, 0.0)])
def test_behind_a_ridge_nothing_is_seen(up_m: float, chance: float) -> None:
    ridge = float(np.arctan2(300.0, 3000.0))
    table = horizon_table(Coverage(horizon=((6.0, ridge), (0.5, ridge), (3.0, -1.0))))
    mean, cov, modes = one(0.0, 1.0)
    mean[..., 2] = up_m
    above, hidden = exposure(mean, cov, modes, np.zeros(3), np.eye(3), table, 0.0)
    assert_allclose(above, chance, atol=1e-3)
    assert hidden[0] == 0


def test_a_mask_is_straight_between_its_points_and_goes_round() -> None:
    table = horizon_table(Coverage(horizon=((1.0, 0.1), (5.0, 0.3))))
    around = np.interp([1.0, 3.0, 5.0, 6.0, 0.2], *table)
    gap = 2 * np.pi - 4.0
    assert_allclose(around, [0.1, 0.2, 0.3, 0.3 - 0.2 / gap, 0.1 + 0.8 * 0.2 / gap])


def test_a_track_behind_a_ridge_lives_and_one_above_it_dies(world: Any, make_tracker: Any) -> None:
    alive = []
    for ridge_rad in (0.3, -0.3):
        cover = replace(COVER, range_rate_min_mps=0.0, horizon=((0.0, ridge_rad),))
        tracker = make_tracker(world.radar(coverage=cover))
        for k in range(16):
            state = np.array([0.0, 4000 - 30 * k, 300, 0, -30, 0])
            tracker.observe(world.polar_scan(k, state if k < 8 else np.empty((0, 6))))
        alive.append(tracker.table(15 * SECOND).existence.max(initial=0.0))
    assert alive[0] > 0.9 and alive[1] < 0.01
