"""The compiled kernels equal their NumPy specification."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import (
    MotionModel,
    TrackingSettings,
    association,
    gating,
    hiding,
    imm,
    measurement,
    motion,
    sectors,
    triangulation,
    warm_up,
)
from marsad.tracking.crossings import crossing_limits
from marsad.tracking.existence import SensorModel
from marsad.tracking.kernels import COMPILED, SPECIFICATION

RNG = np.random.default_rng(7)
BEGINNING = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def _same_numbers_in_any_order() -> None:
    RNG.bit_generator.state = BEGINNING


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
    return equal(getattr(SPECIFICATION, name), getattr(COMPILED, name), *arguments)


def equal(specification: Any, twin: Any, *arguments: Any) -> Any:
    specified, compiled = specification(*arguments), twin(*arguments)
    if not isinstance(specified, tuple):
        specified, compiled = (specified,), (compiled,)
    for one, other in zip(specified, compiled, strict=True):
        scale = np.nanmax(np.abs(one), initial=0.0)
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
    equal(imm.combine, imm.combine_compiled, *tracks(40, axes))


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
    equal(gating.touching, gating.touching_compiled, track_xy, reach[0], plot_xy, reach[1], limit)


def test_gating_of_distant_tracks_and_of_plots_in_one_place() -> None:
    plot_xy = np.zeros((50, 2))
    track_xy = np.array([[0.0, 0.0], [1e7, 1e7], [-1e7, 3.0], [0.0, 9.0]])
    track, _, _ = equal(
        gating.touching, gating.touching_compiled, track_xy, np.full(4, 10.0), plot_xy, np.zeros(50), 1000
    )
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
    pairs = (track, plot, expected, spread)
    equal(measurement.score, measurement.score_compiled, *pairs, values, errors, polar)
    owner = np.where(RNG.random(50) < 0.5, -1, RNG.integers(0, 30, 50))
    gates = np.linspace(0, 1, values.shape[1] + 1) * 1e3
    found = both("compare", *pairs, modes, values, errors, polar, gates, owner, 4.0)
    assert 0 < len(found[0]) < len(track) and len(found[4])
    both("candidates", expected, spread, values, errors, 9.0, polar, 10_000)
    likelihood, _ = measurement.score(*pairs, values, errors, polar)
    weight = RNG.uniform(0, 1, len(track))
    unseen = 1 / (1 + np.bincount(track, weight, 30))
    share = weight * unseen[track]
    both(
        "update",
        *(mean, cov, modes, expected, cross, spread),
        *(track, plot, likelihood, share, unseen, values, errors, polar),
    )


def test_candidates_without_range_or_azimuth() -> None:
    mean, cov, _ = tracks(30, 3)
    expected, _, spread = SPECIFICATION.project_polar(mean, cov, np.zeros(3), np.eye(3))
    values, errors = plots_near(expected, np.array([8.0, 0.01, 0.02, 0.5]), 60)
    values[:20, 0], values[20:40, 1] = np.nan, np.nan
    values[20:40, 0], values[:20, 1] = expected[:20, 0, 0], expected[:20, 1, 1]
    track, plot, _ = both("candidates", expected, spread, values, errors, 9.0, True, 10_000)
    assert {int(j) // 20 for j in plot} == {0, 1, 2} and (np.diff(track * 60 + plot) > 0).all()


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("polar", [False, True])
@pytest.mark.parametrize("place", [None, (10.0, -20.0, 5.0)])
@pytest.mark.parametrize("reach_m", [5000.0, np.inf])
def test_origins_of_plots(dimensions: Any, polar: Any, place: Any, reach_m: Any) -> None:
    settings = TrackingSettings(dimensions=dimensions)
    sensor = Sensor("s", "s", SensorKind.RADAR, "f", place, Coverage(range_max_m=reach_m, range_min_m=50.0))
    size = 4 if polar else 2 * dimensions
    sigmas = np.array([8.0, 0.01, 0.02, 0.5]) if polar else np.full(size, 5.0)
    values = RNG.normal(0, 1, (60, size)) * np.array([3000.0, 1.0, 0.3, 60.0, 60.0, 9.0])[:size]
    values[:, 0] = np.abs(values[:, 0])
    values[RNG.random(values.shape) < 0.3] = np.nan
    if not polar:
        values[:, :2] = RNG.normal(0, 3000, (60, 2))
    model = SensorModel.of(sensor, None, 0, settings)
    clutter, new, _ = both("origins", values, np.tile(sigmas, (60, 1)), polar, model, settings)
    assert (clutter > 0).all() and (new > 0).all()


@pytest.mark.parametrize("charging", [False, True])
@pytest.mark.parametrize("pairs", [0, 300])
def test_weighing(charging: Any, pairs: Any) -> None:
    track, plot = np.divmod(np.unique(RNG.integers(0, 40 * 60, pairs)), 60)
    existence, believed, detect = RNG.uniform(0.01, 0.99, (3, 40))
    owner = np.where(RNG.random(60) < 0.8, -1, RNG.integers(0, 40, 60))
    against = (owner[plot] >= 0) & (owner[plot] != track)
    found = both(
        "weigh",
        *(track, plot, RNG.normal(-12, 3, len(track)), existence, believed, detect, charging),
        *(RNG.uniform(1e-7, 1e-5, 60), RNG.uniform(1e-8, 1e-6, 60), owner, against, -7.0, 1e-9, 200),
        *(0.01, 50, 24),
    )
    probability, share, unseen, posterior = found[:4]
    assert_allclose(unseen + np.bincount(track, share, 40), 1.0, rtol=1e-6)
    assert (posterior <= 1 + 1e-6).all()
    own, owner_of = both("likely_own", track, plot, probability, share, 60)
    assert len(set(track[own])) == len(own) and (owner_of >= 0).sum() == len(own)


def test_marginals() -> None:
    track, plot = np.divmod(np.unique(RNG.integers(0, 40 * 60, 300)), 60)
    weight = 10 ** RNG.uniform(-3, 5, len(track))
    equal(association.marginals, association.marginals_compiled, track, plot, weight, 40, 60, 1e-9, 200)


@pytest.mark.parametrize("axes", [2, 3])
def test_agreement_of_twins(axes: Any) -> None:
    mean, cov, modes = tracks(40, axes, 1)
    mean[20:], cov[20:] = mean[:20] + RNG.normal(0, 3, (20, 1, 2 * axes)), cov[:20]
    updates, existence = RNG.integers(2, 9, 40), RNG.uniform(0, 1, 40)
    older, younger = both("agreeing", mean, cov, modes, updates, existence, 0.8, 10_000)
    assert 0 < len(older) < 20 and (older < younger).all()


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("polar", [False, True])
def test_start_of_tracks(dimensions: Any, polar: Any) -> None:
    settings = TrackingSettings(dimensions=dimensions)
    size = 4 if polar else 2 * dimensions
    values = RNG.normal(0, 1, (60, size)) * np.array([3000.0, 1.0, 0.3, 60.0, 60.0, 9.0])[:size]
    sigmas = np.abs(values) / 50 + 1e-3
    values[:, 0] = np.abs(values[:, 0])
    values[:, 2:][RNG.random((60, size - 2)) < 0.3] = np.nan
    both("start", values, sigmas, polar, np.array([10.0, -5.0, 20.0]), rotation(), settings)


@pytest.mark.parametrize("polar", [False, True])
@pytest.mark.parametrize("columns", [[0, 1, 2, 3], [0, 1, 3, 4]])
def test_cleaning_of_plots(polar: Any, columns: Any) -> None:
    values, sigmas = RNG.normal(0, 50, (200, 6)), RNG.normal(3, 3, (200, 6))
    for array in (values, sigmas):
        array[RNG.random(array.shape) < 0.2] = np.nan
        array[RNG.random(array.shape) < 0.02] = np.inf
    limit = np.array([100.0, 90.0, np.nan, 120.0])
    fallback, floor, ceiling = np.full(4, 2.0), np.full(4, 1.0), np.full(4, 5.0)
    usable, _, _ = both("clean", values, sigmas, np.array(columns), fallback, limit, floor, ceiling, polar)
    assert 20 < usable.sum() < 180


def test_detection_probability() -> None:
    limits = np.array([500.0, 5000.0, 5.5, 2.0, -0.2, 0.6, 0.95, 0.5])
    position = RNG.normal(0, 3000, (300, 3))
    (chance,) = both("detection_probability", position, np.array([10.0, 0.0, 5.0]), rotation(), limits)
    assert 0 < (chance > 0).mean() < 0.5


def bearings(count: int, raised: float = 0.5) -> Any:
    """Lines (count, 8) of five sensors that look at five objects, with their sensors and times."""
    places = RNG.uniform(-3000, 3000, (5, 3)) * [1, 1, 0.01]
    objects = RNG.uniform(-4000, 4000, (5, 3)) * [1, 1, 0.05]
    sensor, seen = RNG.integers(0, 5, (2, count))
    offset = objects[seen] - places[sensor]
    azimuth = np.arctan2(offset[:, 0], offset[:, 1]) + 0.01 * RNG.standard_normal(count)
    elevation = np.arctan2(offset[:, 2], np.hypot(offset[:, 0], offset[:, 1]))
    elevation[RNG.random(count) > raised] = np.nan
    sigma = np.where(np.isnan(elevation), np.nan, 0.01)
    lines = np.column_stack(
        [places[sensor], azimuth, elevation, np.full(count, 0.01), sigma, np.full(count, 9000.0)]
    )
    return lines, np.sort(RNG.integers(0, 3_000_000_000, count)), sensor


@pytest.mark.parametrize("count", [2, 60])
@pytest.mark.parametrize("raised", [0.0, 0.5, 1.0])
def test_crossings_of_bearings(count: Any, raised: Any) -> None:
    lines, t_ns, sensor = bearings(count, raised)
    limits = crossing_limits(TrackingSettings())
    elsewhere, known = RNG.uniform(0.2, 1, count), count // 2
    fresh, older = both("crossing_pairs", lines, t_ns, sensor, elsewhere, known, limits)
    assert count == 2 or len(fresh) > 20
    assert (sensor[fresh] != sensor[older]).all() and (older < known).all() and (fresh >= known).all()
    period_ns, owner = np.full(count, 1_000_000_000), RNG.integers(0, 6, count)
    (found,) = both("agreement", lines, t_ns, period_ns, sensor, owner, elsewhere, known, limits)
    assert count == 2 or len(set(found.tolist())) > 1


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("raised", [0.0, 0.5, 1.0])
def test_places_of_crossings(dimensions: Any, raised: Any) -> None:
    settings = TrackingSettings(dimensions=dimensions)
    lines, t_ns, sensor = bearings(60, raised if dimensions == 3 else 0.0)
    limits = crossing_limits(settings)
    fresh, older = SPECIFICATION.crossing_pairs(lines, t_ns, sensor, np.ones(60), 30, limits)
    age_s = (t_ns[fresh] - t_ns[older]) * 0.3e-9
    pairs = np.stack([lines[fresh], lines[older]], 1)
    mean, cov, _ = both("locate", pairs, age_s, *triangulation.priors(settings))
    settled = ~np.isnan(mean).any((1, 2))
    assert mean.shape[1:] == (3, 2 * dimensions) and settled.sum() > 20
    assert np.linalg.eigvalsh(cov[settled]).min() > 0


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("points", [0, 1, 5])
@pytest.mark.parametrize("notch_mps", [0.0, 40.0])
def test_exposure(axes: Any, points: Any, notch_mps: Any) -> None:
    horizon = tuple((k + 0.1, 0.3 * (k % 2) - 0.1) for k in range(points))
    table = hiding.horizon_table(Coverage(horizon=horizon))
    origin = np.array([100.0, -50.0, 10.0])
    above, hidden = both("exposure", *tracks(60, axes), origin, rotation(), table, notch_mps)
    assert_allclose(above, 1.0) if points == 0 else None
    assert (above >= 0).all() and (above <= 1 + 1e-9).all() and (hidden < 1).all()
    assert (hidden > 0.1).any() == (notch_mps > 0) and ((above < 0.5).any() or points < 5)


@pytest.mark.parametrize("polar", [False, True])
@pytest.mark.parametrize("place", [None, (10.0, -20.0, 5.0)])
@pytest.mark.parametrize("reach_m", [5000.0, np.inf])
def test_sectors(polar: Any, place: Any, reach_m: Any) -> None:
    sensor = Sensor("s", "s", SensorKind.RADAR, "f", place, Coverage(range_max_m=reach_m, range_min_m=50.0))
    geometry = sectors.sector_geometry(sensor, TrackingSettings())
    values = RNG.normal(0, 1, (60, 6)) * np.array([3000.0, 3.0 if polar else 3000.0, 0.3, 60.0, 60.0, 9.0])
    if polar:
        values[:, 0] = np.abs(values[:, 0])
        values[:, :2][RNG.random((60, 2)) < 0.2] = np.nan
    if polar and place is None:
        return  # such scans are refused
    counts, false = RNG.uniform(0, 30, len(sectors.sector_counts(sensor))), RNG.uniform(0, 1, 60)
    both("sector_factors", values, polar, geometry, counts, 10.0)
    (learned,) = both("learn_sectors", values, polar, geometry, counts, false, 50.0)
    assert learned.sum() > 0.98 * counts.sum()


def test_warm_up_names_every_kernel() -> None:
    names: list[str] = []
    warm_up(names.append)
    assert names[0] == "clean" and len(names) == len(set(names)) == 21
