"""The compiled kernels equal their NumPy specification."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from marsad.tracking import MotionModel, motion, warm_up
from marsad.tracking.kernels import COMPILED, SPECIFICATION

RNG = np.random.default_rng(7)
MODELS = (
    MotionModel(name="a", noise_m2ps3=0.5, vertical_noise_m2ps3=0.1, sojourn_s=20.0),
    MotionModel(name="b", noise_m2ps3=20.0, vertical_noise_m2ps3=4.0, sojourn_s=5.0),
    MotionModel(
        name="c", noise_m2ps3=1.0, vertical_noise_m2ps3=0.1, sojourn_s=5.0, turn_rate_radps=0.2, gravity=True
    ),
)


def tracks(n: Any, axes: Any, count: Any = 3) -> Any:
    d = 2 * axes
    mean = RNG.normal(0, 1, (n, count, d)) * np.repeat([3000.0, 40.0], axes)
    root = RNG.normal(0, 1, (n, count, d, d)) * np.repeat([20.0, 5.0], axes)[:, None]
    modes = RNG.uniform(0.1, 1, (n, count))
    return mean, root @ np.swapaxes(root, -1, -2) + np.eye(d), modes / modes.sum(1, keepdims=True)


def plots_near(expected: Any, sigmas: Any, m: Any) -> Any:
    at = RNG.integers(0, len(expected), m)
    values = expected[at, 0] + 3 * sigmas * RNG.standard_normal((m, len(sigmas)))
    values[RNG.random(values.shape) < 0.2] = np.nan
    values[:, 0] = expected[at, 0, 0]
    return values, np.tile(sigmas, (m, 1))


def both(name: Any, *arguments: Any) -> Any:
    specified = getattr(SPECIFICATION, name)(*arguments)
    compiled = getattr(COMPILED, name)(*arguments)
    if not isinstance(specified, tuple):
        specified, compiled = (specified,), (compiled,)
    for one, other in zip(specified, compiled, strict=True):
        scale = np.abs(one).max() if np.size(one) else 1.0
        assert_allclose(other, one, rtol=1e-9, atol=1e-10 * max(scale, 1e-300))
    return specified


@pytest.mark.parametrize("axes", [2, 3])
def test_prediction(axes: Any) -> None:
    both(
        "predict",
        *tracks(40, axes),
        motion.transition_matrices(MODELS, axes, 0.7),
        motion.drifts(MODELS, axes, 0.7),
        motion.noise_matrices(MODELS, axes, 0.7),
        motion.switching_matrix(MODELS, 0.7),
    )


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("dt_s", [-0.3, 1e-6, 0.7, 25.0])
@pytest.mark.parametrize("count", [1, 3])
def test_motion_matrices(axes: Any, dt_s: Any, count: Any) -> None:
    both("step", motion.Motion.of(MODELS[:count], axes), dt_s)


@pytest.mark.parametrize("axes", [2, 3])
def test_picture(axes: Any) -> None:
    both("picture", *tracks(40, axes), 1000.0, 4.0, 9.0)


@pytest.mark.parametrize("axes", [2, 3])
def test_combination(axes: Any) -> None:
    both("combine", *tracks(40, axes))


def rotation() -> Any:
    return np.linalg.qr(RNG.normal(0, 1, (3, 3)))[0]


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("tilted", [False, True])
def test_polar_projection(axes: Any, tilted: Any) -> None:
    mean, cov, _ = tracks(40, axes)
    both("project_polar", mean, cov, np.array([100.0, -50.0, 10.0]), rotation() if tilted else np.eye(3))


@pytest.mark.parametrize("plots", [0, 1, 300])
@pytest.mark.parametrize("limit", [10_000, 50])
def test_gating(plots: Any, limit: Any) -> None:
    track_xy, plot_xy = RNG.uniform(-1000, 1000, (60, 2)), RNG.uniform(-1000, 1000, (plots, 2))
    reach = RNG.uniform(1, 200, 60), RNG.uniform(1, 30, plots)
    both("touching", track_xy, reach[0], plot_xy, reach[1], limit)


def test_gating_of_distant_tracks_and_of_plots_in_one_place() -> None:
    plot_xy = np.zeros((50, 2))
    track_xy = np.array([[0.0, 0.0], [1e7, 1e7], [-1e7, 3.0], [0.0, 9.0]])
    track, _, _ = both("touching", track_xy, np.full(4, 10.0), plot_xy, np.zeros(50), 1000)
    assert set(track) == {0, 3}


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("polar", [False, True])
def test_score_and_update(axes: Any, polar: Any) -> None:
    mean, cov, modes = tracks(30, axes)
    if polar:
        expected, cross, spread = SPECIFICATION.project_polar(mean, cov, np.zeros(3), np.eye(3))
        sigmas = np.array([8.0, 0.01, 0.02, 0.5])
    else:
        expected, cross, spread = mean, cov, cov
        sigmas = np.repeat([10.0, 2.0], axes)
    values, errors = plots_near(expected, sigmas, 50)
    track, plot = np.divmod(np.unique(RNG.integers(0, 30 * 50, 200)), 50)
    likelihood, _ = both("score", track, plot, expected, spread, values, errors, polar)
    weight = RNG.uniform(0, 1, len(track))
    unseen = 1 / (1 + np.bincount(track, weight, 30))
    share = weight * unseen[track]
    both(
        "update",
        *(mean, cov, modes, expected, cross, spread),
        *(track, plot, likelihood, share, unseen, values, errors, polar),
    )


def test_marginals() -> None:
    track, plot = np.divmod(np.unique(RNG.integers(0, 40 * 60, 300)), 60)
    weight = 10 ** RNG.uniform(-3, 5, len(track))
    both("marginals", track, plot, weight, 40, 60, 1e-9, 200)


def test_detection_probability() -> None:
    limits = np.array([500.0, 5000.0, 5.5, 2.0, -0.2, 0.6, 0.95, 0.5])
    position = RNG.normal(0, 3000, (300, 3))
    (chance,) = both("detection_probability", position, np.array([10.0, 0.0, 5.0]), rotation(), limits)
    assert 0 < (chance > 0).mean() < 0.5


def test_warm_up_names_every_kernel() -> None:
    names: list[str] = []
    warm_up(names.append)
    assert names[0] == "step" and len(names) == len(set(names)) == 10
