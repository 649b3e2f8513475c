"""A scene seen from a moving sensor is the same scene, and known as well as from one that stands."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from marsad.model.detection import Pose, Scan
from marsad.model.sensor import SensorKind
from marsad.tracking.view import blurred

SECOND = 1_000_000_000
START = np.array([-400.0, 300.0, 15.0])
KNOTS = np.array([9.0, 4.0, 0.0])


def turned(heading_rad: float) -> Any:
    """Axes of a sensor that takes this heading for north."""
    sine, cosine = np.sin(heading_rad), np.cos(heading_rad)
    return np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def pose(t_s: float, *, heading_rad: float = 0.0, sigma_m: float = 0.0, turn_rad: float = 0.0) -> Pose:
    """Where the ship is."""
    place = START + KNOTS * t_s
    errors = np.eye(3) * sigma_m**2, np.diag([0.0, 0.0, turn_rad**2])
    return Pose(place, KNOTS, turned(heading_rad), *errors)


def seen(world: Any, t_s: float, state: Any, where: Pose | None, name: str = "radar", false: int = 0) -> Scan:
    """What a radar at a pose, or at START, sees; Doppler between both."""
    now = state.copy()
    now[:, :3] += now[:, 3:] * t_s
    scan: Scan
    if where is None:
        scan = world.polar_scan(t_s, now, START, name, false=false)
        return scan
    apart = now.copy()
    apart[:, :3] = (now[:, :3] - where.position_enu) @ where.rotation_enu_from_sensor
    apart[:, 3:] = (now[:, 3:] - where.velocity_enu) @ where.rotation_enu_from_sensor
    scan = world.polar_scan(t_s, apart, np.zeros(3), name, false=false)
    return replace(scan, pose=where)


def flights(rng: Any) -> Any:
    """Six objects within 1 to 5 km."""
    bearing, heading = rng.uniform(-np.pi, np.pi, (2, 6))
    distance, speed = rng.uniform(1000, 5000, 6), rng.uniform(0, 60, 6)
    level = np.stack([np.sin(bearing) * distance, np.cos(bearing) * distance, rng.uniform(100, 900, 6)], 1)
    return np.hstack([level, np.stack([np.sin(heading) * speed, np.cos(heading) * speed, 0 * speed], 1)])


def squares(tracker: Any, state: Any, t_s: float) -> Any:
    """Squared errors (n,) in sigmas of the tracks nearest to objects, over 6."""
    table = tracker.table(round(t_s * SECOND))
    table = table.where(table.confirmed)
    now = state.copy()
    now[:, :3] += now[:, 3:] * t_s
    near = np.linalg.norm(table.mean[:, None, :3] - now[:, :3], axis=2).argmin(0)
    off = table.mean[near] - now
    return (off * np.linalg.solve(table.covariance[near], off[..., None])[..., 0]).sum(1) / 6


SPREAD = 0.5, 1.3  # a filter that allows for manoeuvres shows 0.5 to 0.8 on straight paths


@pytest.mark.parametrize("sails", [False, True])
def test_a_moving_sensor_errs_as_much_as_it_says(world: Any, make_tracker: Any, sails: bool) -> None:
    values, lost = [], 0
    for seed in range(12):
        world.rng = np.random.default_rng(seed)
        tracker = make_tracker(world.radar(position=tuple(START)))
        state = flights(world.rng)
        for step in range(40):
            where = pose(float(step), heading_rad=0.03 * step) if sails else None
            tracker.observe(seen(world, float(step), state, where, false=3))
        table = tracker.table(39 * SECOND)
        lost += len(state) - int(table.confirmed.sum())
        values.append(squares(tracker, state, 39.0))
    assert lost == 0
    assert SPREAD[0] < np.mean(values) < SPREAD[1]


def test_both_say_the_same_of_the_same_scene(world: Any, make_tracker: Any) -> None:
    means = []
    for sails in (False, True):
        errors = []
        for seed in range(12):
            world.rng = np.random.default_rng(seed)
            tracker = make_tracker(world.radar(position=tuple(START)))
            state = flights(world.rng)
            for step in range(40):
                tracker.observe(seen(world, float(step), state, pose(float(step)) if sails else None))
            errors.append(squares(tracker, state, 39.0))
        means.append(np.mean(errors))
    assert means[1] == pytest.approx(means[0], rel=0.3)


def test_what_comes_late_is_seen_from_where_it_was_seen(world: Any, make_tracker: Any) -> None:
    state = flights(world.rng)
    scans = [seen(world, float(step), state, pose(float(step))) for step in range(30)]
    one, other = (make_tracker(world.radar(position=tuple(START))) for _ in range(2))
    mixed = list(scans)
    for k in (8, 15, 22):
        mixed.insert(k + 3, mixed.pop(k))
    for first, second in zip(scans, mixed, strict=True):
        one.observe(first), other.observe(second)
        # wherever the sensor is said to be by now
        place = tuple((START + KNOTS * first.t_ns / SECOND).tolist())
        other.set_sensor(world.radar(position=place))
    assert other.counters["late_scans"] == 3
    ours, theirs = one.table(30 * SECOND), other.table(30 * SECOND)
    assert_allclose(theirs.mean, ours.mean, rtol=0, atol=1e-6)
    assert_allclose(theirs.covariance, ours.covariance, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("late", [False, True])
def test_bearings_of_two_ships_cross_where_the_object_is(world: Any, make_tracker: Any, late: bool) -> None:
    ships = {
        "one": (np.array([-2000.0, 0.0, 5.0]), np.array([10.0, 0.0, 0.0])),
        "two": (np.array([2500.0, -500.0, 5.0]), np.array([0.0, 10.0, 0.0])),
    }
    kind = SensorKind.RADIO_FREQUENCY
    tracker = make_tracker(*(world.radar(name, tuple(ship[0]), kind=kind) for name, ship in ships.items()))
    state, sent = np.array([[300.0, 3000.0, 200.0, 0.0, 0.0, 0.0]]), []
    for step in range(40):
        for name, (place, velocity) in ships.items():
            t_s = step + 0.4 * (name == "two")
            where = Pose(place + velocity * t_s, velocity, np.eye(3), np.zeros((3, 3)), np.zeros((3, 3)))
            scan = seen(world, t_s, state, where, name)
            scan.values[:, [0, 3]] = scan.sigmas[:, [0, 3]] = np.nan
            sent.append((t_s + 1.5 * (late and name == "two"), scan))
    for _, scan in sorted(sent, key=lambda item: item[0]):
        tracker.observe(scan)
    table = tracker.table(40 * SECOND)
    table = table.where(table.confirmed)
    assert len(table.track_id) == 1
    off = table.mean[0, :2] - state[0, :2]
    assert np.linalg.norm(off) < 60.0 and np.linalg.norm(table.mean[0, 3:5]) < 3.0


def test_a_sector_turns_and_moves_with_its_scan(world: Any, make_tracker: Any) -> None:
    """What is out of a camera's sight as it looks now is not held against a track."""
    reach = replace(world.radar().coverage, range_max_m=3000.0, clutter_per_scan=0.1)
    tracker = make_tracker(world.radar(position=tuple(START), coverage=reach))
    state = np.array([[2500.0, 300.0, 100.0, 0.0, 0.0, 0.0]])
    for step in range(10):
        tracker.observe(seen(world, float(step), state, pose(0.0)))
    existence = tracker.table(9 * SECOND).existence[0]
    away = replace(pose(0.0), position_enu=START - np.array([3000.0, 0.0, 0.0]))
    for step in range(10, 16):
        tracker.observe(seen(world, float(step), state[:0], away))
    assert tracker.table(15 * SECOND).existence[0] > 0.95 * existence
    for step in range(16, 24):
        tracker.observe(seen(world, float(step), state[:0], pose(0.0)))
    assert not tracker.table(23 * SECOND).confirmed.any()


def test_doubt_of_place_and_axes_blurs_plots_by_what_it_moves_them(world: Any) -> None:
    rng = np.random.default_rng(5)
    where = pose(0.0, heading_rad=0.7, sigma_m=12.0, turn_rad=0.02)
    where = replace(where, turn_cov=np.diag([0.01, 0.015, 0.02]) ** 2)
    plot = np.array([[900.0, 2.0, 0.3, -5.0]])
    sigmas = np.full((1, 4), 1e-9)
    _, blur = blurred(plot, sigmas, where, 15_000.0)
    sine, cosine = np.sin(plot[0, 1:3]), np.cos(plot[0, 1:3])
    line = plot[0, 0] * np.array([cosine[1] * sine[0], cosine[1] * cosine[0], sine[1]])
    shifted = line + 12.0 * rng.standard_normal((20_000, 3))
    turn = rng.standard_normal((20_000, 3)) * [0.01, 0.015, 0.02]
    shifted = shifted + np.cross(turn, line)
    away = np.linalg.norm(shifted, axis=1)
    spread = [
        away.std(),
        np.arctan2(shifted[:, 0], shifted[:, 1]).std(),
        np.arcsin(shifted[:, 2] / away).std(),
    ]
    assert_allclose(blur[0, :3], spread, rtol=0.05)


def test_a_bearing_without_range_is_blurred_too(world: Any) -> None:
    values = np.array([[np.nan, 1.0, np.nan, np.nan]])
    _, sigmas = blurred(values, np.array([[np.nan, 0.01, np.nan, np.nan]]), pose(0.0, sigma_m=50.0), 10_000.0)
    assert np.isnan(sigmas[0, [0, 2, 3]]).all()
    assert sigmas[0, 1] == pytest.approx(np.hypot(0.01, 50.0 / 5_000.0), rel=1e-3)


@pytest.mark.parametrize("gap_s", [0.0, 30.0])
def test_a_ship_that_sails_keeps_what_was_learned_of_it_and_one_that_was_lifted_does_not(
    biased: Any, gap_s: float
) -> None:
    """Also where nothing flew for a while, so that nothing was compared."""
    rng = np.random.default_rng(7)
    looks = [*biased.pair_of_radars((0.0, np.radians(0.5), 0.0, 0.0)), biased.receiver()]
    tracker = biased.tracker_of(looks)
    south = looks[1].sensor
    state = biased.flights(rng, 12)
    scans = biased.scans(rng, [looks[0], looks[2]], state, 4, 90.0 + gap_s)
    for step in range(90 + round(gap_s)):
        t_s = step + 0.37
        place = np.array(south.position_enu) + KNOTS * t_s
        moved = replace(south, position_enu=tuple(place.tolist()))
        (scan,) = biased.scans(rng, [replace(looks[1], sensor=moved, offset_s=t_s)], state, 4, t_s + 0.5)
        where = Pose(place, KNOTS, np.eye(3), np.zeros((3, 3)), np.zeros((3, 3)))
        scan.values[:, 3] = np.nan  # the world's Doppler is that of a sensor at rest
        if not 85.0 < t_s < 85.0 + gap_s:
            scans.append(replace(scan, pose=where))
    for scan in sorted(scans, key=lambda scan: scan.t_ns):
        tracker.observe(scan)
    table = tracker.registration()
    row = table.sensor_ids.index("south")
    assert table.applied[row].tolist() == [False, True, False, False]
    assert abs(np.degrees(table.estimate[row, 1]) - 0.5) < 0.2
    lifted = Pose(np.array(south.position_enu) + 3000.0, KNOTS, np.eye(3), np.zeros((3, 3)), np.zeros((3, 3)))
    (scan,) = biased.scans(rng, [replace(looks[1], offset_s=91.0 + gap_s)], state, 4, 91.5 + gap_s)
    tracker.observe(replace(scan, pose=lifted))
    north = replace(looks[0], offset_s=92.0 + gap_s)
    tracker.observe(biased.scans(rng, [north], state, 4, 92.5 + gap_s)[0])
    assert not tracker.registration().applied[row].any()


def test_speeds_seen_from_a_moving_sensor_are_believed(world: Any, make_tracker: Any) -> None:
    state, fast = flights(world.rng), replace(pose(0), velocity_enu=np.array([30.0, 20.0, 0.0]))
    tracker = make_tracker(world.radar("radar", tuple(START)))
    for k in range(10):
        where = replace(
            fast, position_enu=START + fast.velocity_enu * k, rotation_enu_from_sensor=turned(0.7)
        )
        tracker.observe(seen(world, k, state, where))
    assert tracker._rates._records["radar"].used and not tracker.is_rate_unfit("radar")
