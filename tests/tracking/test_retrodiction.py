"""The trail is where objects were, as well as all plots up to now can tell."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pydantic import ValidationError

from marsad.model.track import TrackTable
from marsad.tracking import MotionModel, Trail, TrailSettings, motion
from marsad.tracking.kernels import SPECIFICATION

SECOND = 1_000_000_000
STEADY = MotionModel(name="steady", noise_m2ps3=0.5, vertical_noise_m2ps3=0.5, sojourn_s=30.0)


def test_smoothing_is_conditioning_on_all_plots_at_once() -> None:
    """Of one linear model: against the Gaussian of the whole path, conditioned on every plot."""
    rng, count = np.random.default_rng(3), 12
    f, b, q, _ = motion.step(motion.Motion.of((STEADY,)), motion.PLANE, 1.0)
    start, seen, noise = np.diag([400.0, 400, 100, 100]), np.eye(2, 4), 25.0 * np.eye(2)
    plots = rng.normal(0, 20, (count, 2))

    joint = np.zeros((4 * count, 4 * count))
    joint[:4, :4] = start
    for k in range(1, count):
        past, now = slice(0, 4 * k), slice(4 * k, 4 * k + 4)
        joint[now, past] = f[0] @ joint[4 * k - 4 : 4 * k, past]
        joint[past, now] = joint[now, past].T
        joint[now, now] = f[0] @ joint[4 * k - 4 : 4 * k, 4 * k - 4 : 4 * k] @ f[0].T + q[0]
    looks = np.kron(np.eye(count), seen)
    gain = joint @ looks.T @ np.linalg.inv(looks @ joint @ looks.T + np.kron(np.eye(count), noise))
    mean, cov = gain @ plots.ravel(), joint - gain @ looks @ joint

    filtered = []
    x, p = np.zeros(4), start
    for k in range(count):
        if k:
            x, p = f[0] @ x, f[0] @ p @ f[0].T + q[0]
        k_gain = p @ seen.T @ np.linalg.inv(seen @ p @ seen.T + noise)
        x, p = x + k_gain @ (plots[k] - seen @ x), p - k_gain @ seen @ p
        filtered.append((x[None], p[None], np.ones((1, 1))))
    later = filtered[-1]
    for k in range(count - 2, -1, -1):
        later = SPECIFICATION.retrodict(*filtered[k], *later, f, b, q, np.ones((1, 1)), np.zeros(1), 1.0)
        assert_allclose(later[0][0], mean[4 * k : 4 * k + 4], rtol=1e-8, atol=1e-8)
        assert_allclose(later[1][0], cov[4 * k : 4 * k + 4, 4 * k : 4 * k + 4], rtol=1e-7, atol=1e-8)


def weaving(rng: Any, turning: bool) -> Any:
    """A drone's path (81, 6): steady, or with a turn of a right angle in the middle."""
    heading = rng.uniform(0, 2 * np.pi)
    state, path = np.r_[rng.uniform(-4000, 4000, 2), 300.0, np.zeros(3)], []
    for k in range(81):
        rate = 0.16 if turning and 36 <= k < 46 else 0.0
        heading += rate
        state = state.copy()
        state[3:5] = 40 * np.sin(heading), 40 * np.cos(heading)
        state[:3] += state[3:]
        path.append(state)
    return np.array(path)


def errors(world: Any, make_tracker: Any, turning: bool) -> Any:
    """Squared error and normalised squared error (runs, 2) of filtered and smoothed states."""
    rows = []
    for run in range(10):
        path = weaving(np.random.default_rng(run), turning)
        tracker = make_tracker(world.radar(), dimensions=3)
        trail, shown = Trail(tracker.settings, TrailSettings(step_s=1.0)), {}
        for k, truth in enumerate(path):
            tracker.observe(world.polar_scan(k, truth, false=2))
            table = tracker.table(k * SECOND)
            shown[k] = table.where(table.confirmed)
            smoothed = trail.note(shown[k])
            if k < 20 or trail.settled is not smoothed[0]:
                continue
            pair = []
            for past in (shown[k - 10], smoothed[0]):
                assert past.t_ns == (k - 10) * SECOND
                apart = past.mean - path[k - 10]
                row = int(np.argmin(np.linalg.norm(apart[:, :3], axis=1)))
                pair.append((apart[row, :3] @ apart[row, :3],
                             apart[row] @ np.linalg.solve(past.covariance[row], apart[row]) / 6))  # fmt: skip
            rows.append(pair)
    return np.mean(rows, 0)


@pytest.mark.parametrize("turning", [False, True])
def test_what_came_after_says_better_where_it_was(world: Any, make_tracker: Any, turning: bool) -> None:
    (filtered, before), (smoothed, after) = errors(world, make_tracker, turning)
    assert np.sqrt(smoothed / filtered) < 0.8
    # a filter that is late in a turn claims too much; the trail must not claim more
    assert after < before if turning else 0.6 < after < 1.2


def tables(tracker: Any, world: Any, scans: int, states: Any, gone_at: int = 10**9) -> list[TrackTable]:
    shown = []
    for k in range(scans):
        truth = states + k * np.concatenate([states[:, 3:], 0 * states[:, 3:]], 1)
        tracker.observe(world.polar_scan(k, truth[:1] if k >= gone_at else truth))
        table = tracker.table(k * SECOND)
        shown.append(table.where(table.confirmed))
    return shown


PAIR = np.array([[3000.0, 4000.0, 300.0, -30.0, -40.0, 0.0], [-5000.0, 100.0, 500.0, 60.0, 0.0, 1.0]])


def test_the_trail_is_bounded_and_one_point_a_step(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar())
    shown = tables(tracker, world, 40, PAIR)
    trail = Trail(tracker.settings, TrailSettings(lag_s=8.0, step_s=2.0))
    for k, table in enumerate(shown):
        smoothed = trail.note(table)
        assert len(smoothed) == (0 if k % 2 else min(k // 2 + 1, 5))
        assert trail.note(table) == ()
        if smoothed:
            assert smoothed[-1] is table
            assert [past.t_ns for past in smoothed] == [t * SECOND for t in range(max(k - 8, 0), k + 1, 2)]
        if k >= 10:
            assert trail.settled is not None and trail.settled.t_ns == (k - k % 2 - 8) * SECOND
        else:
            assert trail.settled is None
    assert trail.note(shown[3]) == (), "a picture of the past is none of the present"
    with pytest.raises(ValidationError, match="128 are allowed"):
        TrailSettings(lag_s=100.0, step_s=0.1)


def test_a_track_that_ended_keeps_the_trail_it_had(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar(), coast_s_max=2.0)
    shown = tables(tracker, world, 26, PAIR, gone_at=20)
    trail = Trail(tracker.settings, TrailSettings(step_s=1.0))
    for table in shown:
        smoothed = trail.note(table)
    gone = set(shown[18].track_id.tolist()) - set(shown[25].track_id.tolist())
    assert len(gone) == 1
    for past, was in zip(smoothed, shown[15:], strict=True):
        assert past.track_id.tolist() == was.track_id.tolist()
    (row,) = np.flatnonzero(np.isin(smoothed[0].track_id, list(gone)))
    truth = PAIR[1, :3] + 15 * PAIR[1, 3:]
    apart = [np.linalg.norm(table.mean[row, :3] - truth) for table in (smoothed[0], shown[15])]
    assert np.trace(smoothed[0].covariance[row]) < np.trace(shown[15].covariance[row]) and apart[0] < 150


def test_a_picture_of_a_plane_keeps_its_unknown_height(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar(), dimensions=2)
    flat = PAIR * [1, 1, 0, 1, 1, 0] + [0, 0, 10, 0, 0, 0]
    trail, shown = Trail(tracker.settings, TrailSettings(step_s=1.0)), tables(tracker, world, 20, flat)
    for table in shown:
        smoothed = trail.note(table)
    past, was = smoothed[0], shown[9]
    assert_allclose(past.mean[:, [2, 5]], was.mean[:, [2, 5]], rtol=0)
    assert_allclose(past.covariance[:, 2], was.covariance[:, 2], rtol=0)
    assert (past.covariance[:, 0, 0] < was.covariance[:, 0, 0]).all()


def test_the_trail_is_the_same_after_a_snapshot(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar())
    shown = tables(tracker, world, 24, PAIR)
    trail = Trail(tracker.settings, TrailSettings(step_s=1.0))
    for table in shown[:15]:
        trail.note(table)
    other = pickle.loads(pickle.dumps(trail))
    for table in shown[15:]:
        one, two = trail.note(table), other.note(table)
        assert [past.mean.tobytes() for past in one] == [past.mean.tobytes() for past in two]


def test_noting_a_picture_changes_none(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar())
    shown = tables(tracker, world, 14, PAIR)
    before = pickle.dumps(shown)
    trail = Trail(tracker.settings, TrailSettings(step_s=1.0))
    for table in shown:
        trail.note(table)
    trail.note(replace(shown[-1], t_ns=15 * SECOND).where(np.zeros(len(shown[-1]), bool)))
    assert pickle.dumps(shown) == before
