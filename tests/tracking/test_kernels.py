"""The compiled kernels equal their NumPy specification."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import (
    MotionModel,
    TrackingSettings,
    association,
    birth,
    cleaning,
    drag,
    existence,
    folding,
    gating,
    grid,
    hiding,
    imm,
    measurement,
    mixture,
    motion,
    newcomers,
    origins,
    projection,
    quantile,
    records,
    retrodiction,
    sectors,
    store,
    tidy,
    ties,
    twins,
    update,
    warm_up,
    weighing,
)
from marsad.tracking.bearings import crossed, crossed_odds, crossings, ghosts, sight, triangulation
from marsad.tracking.bearings.crossings import crossing_limits
from marsad.tracking.bearings.memory import (
    BACKGROUND,
    COUNTS,
    ELSEWHERE,
    NUMBERS,
    OPEN,
    OWNER,
    PERIOD_NS,
    ROW,
    SEES,
    SENSOR,
    T_NS,
    UNDETECTED,
    Bearings,
    Post,
    beside,
)
from marsad.tracking.compiled import compiled
from marsad.tracking.existence import SensorModel
from marsad.tracking.kernels import Kernels
from marsad.tracking.labels import unclaimed
from marsad.tracking.rules import Rules
from marsad.tracking.warm import _UNITS

PLANE, SPACE = (0, 1), (0, 1, 2)
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


def both(specification: Any, *arguments: Any) -> Any:
    return equal(specification, compiled(specification), *arguments)


def both_write(specification: Any, written: Any, *arguments: Any) -> Any:
    """The same of a step that writes into arguments: `written` are their places."""
    copies = [[part.copy() if isinstance(part, np.ndarray) else part for part in arguments] for _ in range(2)]
    results = specification(*copies[0]), compiled(specification)(*copies[1])
    for place in written:
        close(copies[0][place], copies[1][place])
    if results[0] is not None:
        close(*results)
    return copies[0]


def close(one: Any, other: Any) -> None:
    one, other = np.asarray(one, float), np.asarray(other, float)
    assert np.array_equal(np.isinf(one), np.isinf(other))
    one, other = np.where(np.isinf(one), 0.0, one), np.where(np.isinf(other), 0.0, other)
    scale = np.nanmax(np.abs(one), initial=0.0)
    assert_allclose(other, one, rtol=1e-9, atol=1e-10 * max(scale, 1e-300))


def equal(specification: Any, twin: Any, *arguments: Any) -> Any:
    specified, compiled = specification(*arguments), twin(*arguments)
    if not isinstance(specified, tuple):
        specified, compiled = (specified,), (compiled,)
    for one, other in zip(specified, compiled, strict=True):
        close(one, other)
    return specified


@pytest.mark.parametrize("axes", [PLANE, SPACE])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("turning", [False, True])
def test_prediction(axes: Any, count: Any, turning: Any) -> None:
    mean, cov, modes = tracks(40, len(axes), count)
    matrices = motion.step(motion.Motion.of(MODELS[-count:] if turning else MODELS[:count]), axes, 0.7)
    written = np.empty_like(mean), np.empty_like(cov), np.empty_like(modes)
    both_write(imm.predict, (8, 9, 10), mean, cov, modes, *matrices, axes, *written)


@pytest.mark.parametrize("axes", [PLANE, SPACE])
@pytest.mark.parametrize("slowest", [(0.0, 0.0, 0.0), (0.0, 50.0, 0.0), (60.0, 0.0, 20.0), (4e3, 4e3, 4e3)])
def test_models_that_suit_the_speed(axes: Any, slowest: Any) -> None:
    mean, cov, modes = tracks(40, len(axes), 3)
    after = both_write(imm.suit, (2,), mean, cov, modes, np.array(slowest))[2]
    assert_allclose(after.sum(1), 1.0)
    speed = np.hypot(mean[:, 1, len(axes)], mean[:, 1, len(axes) + 1])
    if slowest == (0.0, 50.0, 0.0):
        changed = after[:, 1] / after[:, 0] / (modes[:, 1] / modes[:, 0])
        assert (changed[speed > 90] > 0.9).all() and (changed[speed < 30] < 0.1).all()
    if not any(slowest):
        assert_allclose(after, modes)
    if min(slowest) > 1e3:
        # nobody is so fast, and something must be believed
        assert_allclose(after, 1 / 3)


@pytest.mark.parametrize("axes", [PLANE, SPACE])
@pytest.mark.parametrize("dt_s", [-0.3, 0.0, 1e-6, 0.7, 25.0])
@pytest.mark.parametrize("count", [1, 3])
def test_motion_matrices(axes: Any, dt_s: Any, count: Any) -> None:
    both(motion.step, motion.Motion.of(MODELS[:count]), axes, dt_s)


@pytest.mark.parametrize("axes", [PLANE, SPACE])
@pytest.mark.parametrize("count", [1, 3])
def test_combination_and_picture(axes: Any, count: Any) -> None:
    mean, cov, modes = tracks(40, len(axes), count)
    both(mixture.picture, *both(mixture.combine, mean, cov, modes, axes), 1000.0, 4.0, 9.0)
    both(mixture.places, mean, modes, np.array([1.0, 2.0, 30.0]))


@pytest.mark.parametrize("axes", [PLANE, SPACE])
@pytest.mark.parametrize("count", [1, 3])
def test_retrodiction(axes: Any, count: Any) -> None:
    mean, cov, _ = tracks(40, len(axes))
    modes = tracks(40, len(axes), count)[2]
    matrices = motion.step(motion.Motion.of(MODELS[:count]), axes, 0.7)
    same: Any = [*(np.repeat(x[:, :1], count, 1) for x in (mean, cov)), modes]
    later: Any = [np.empty_like(part) for part in same]
    arguments: Any = (*same, *matrices, axes, *later)
    imm.predict(*arguments)
    moved, spread = mixture.combine(later[0], later[1], later[2], axes)
    state = mean[:, 0].copy(), cov[:, 0].copy(), modes
    slowing = np.array([1e-4, 0.0, 2e-3])[:count], 0.7
    later = [moved + 5.0, spread / 2, later[2]]
    _, cov, smoothed = both(retrodiction.retrodict, *state, *later, *matrices, *slowing)
    assert np.linalg.eigvalsh(cov).min() > 0
    assert_allclose(smoothed.sum(1), 1)


@pytest.mark.parametrize("axes", [PLANE, SPACE])
@pytest.mark.parametrize("dt_s", [0.5, 4.0, -3.0, 0.0])
def test_what_air_takes(axes: Any, dt_s: Any) -> None:
    mean, _, _ = tracks(40, len(axes))
    mean[0, :, len(axes) :] = 0.0
    both_write(drag.slow, (0,), mean, np.array([1e-4, 0.0, 0.02]), dt_s)


def rotation() -> Any:
    return np.linalg.qr(RNG.normal(0, 1, (3, 3)))[0]


@pytest.mark.parametrize("axes", [PLANE, SPACE])
@pytest.mark.parametrize("tilted", [False, True])
def test_polar_projection(axes: Any, tilted: Any) -> None:
    mean, cov, _ = tracks(40, len(axes))
    place, turn = np.array([100.0, -50.0, 10.0]), rotation() if tilted else np.eye(3)
    both(projection.project_polar, mean, cov, place, turn, axes, np.arange(40))


@pytest.mark.parametrize("plots", [0, 1, 300])
@pytest.mark.parametrize("limit", [10_000, 50])
def test_gating(plots: Any, limit: Any) -> None:
    track_xy, plot_xy = RNG.uniform(-1000, 1000, (60, 2)), RNG.uniform(-1000, 1000, (plots, 2))
    squares = RNG.uniform(1, 200, 60) ** 2, RNG.uniform(1, 30, plots) ** 2
    for offset in (np.zeros(60), RNG.uniform(0, 99, 60)):
        both(grid.touching, track_xy, offset, squares[0], plot_xy, squares[1], limit)


def test_gating_of_distant_tracks_and_of_plots_in_one_place() -> None:
    plot_xy = np.zeros((50, 2))
    track_xy = np.array([[0.0, 0.0], [1e7, 1e7], [-1e7, 3.0], [0.0, 9.0]])
    track, _, _ = both(grid.touching, track_xy, np.full(4, 9.0), np.ones(4), plot_xy, np.zeros(50), 1000)
    assert set(track) == {0, 3}


@pytest.mark.parametrize("centres", [0, 1, 12])
@pytest.mark.parametrize("places", [0, 60])
@pytest.mark.parametrize("reach_m", [0.0, 7.0, 400.0])
def test_places_beside_others(centres: Any, places: Any, reach_m: Any) -> None:
    centre_xy, place_xy = RNG.normal(0, 300, (centres, 2)), RNG.normal(0, 300, (places, 2))
    place_xy[: min(centres, places)] = centre_xy[: min(centres, places)]
    # squares this far apart share a mark
    place_xy[places // 2 :] += 64 * reach_m
    (near,) = both(grid.beside, centre_xy, place_xy, reach_m)
    assert near.sum() >= min(centres, places // 2) * (reach_m > 0)


@pytest.mark.parametrize("values", [[], [3.0], [2.0, 1.0, 2.0, -1.0, 1.0, 5.0, 2.0]])
def test_order(values: Any) -> None:
    both(grid.order, np.array(values))


@pytest.mark.parametrize("axes", [PLANE, SPACE])
@pytest.mark.parametrize("polar", [False, True])
@pytest.mark.parametrize("count", [1, 3])
def test_comparison_and_update(axes: Any, polar: Any, count: Any) -> None:
    mean, cov, modes = tracks(30, len(axes), count)
    if polar:
        expected, cross, spread = projection.project_polar(
            mean, cov, np.zeros(3), np.eye(3), axes, np.arange(30)
        )
        sigmas = np.array([8.0, 0.01, 0.02, 0.5])
    else:
        expected, cross, spread = mean, cov, cov
        sigmas = np.repeat([10.0, 2.0], len(axes))
    values, errors = plots_near(expected, sigmas, 50)
    track, plot = np.divmod(np.unique(RNG.integers(0, 30 * 50, 200)), 50)
    owner = np.full(50, -1)
    owner[plot[::4]] = track[::4]
    gates = np.linspace(0, 1, values.shape[1] + 1) * 1e3
    pairs = (track, plot, expected, spread, modes, values, errors, polar)
    track, plot, density, _, broken = both(measurement.compare, *pairs, gates, owner, 4.0)
    assert 0 < len(track) < len(pairs[0]) and len(broken)
    both(gating.candidates, mean, cov, values, errors, 9.0, polar, np.zeros(3), np.eye(3), axes, 10_000)
    weight = RNG.uniform(0, 1, len(track))
    unseen = 1 / (1 + np.bincount(track, weight, 30))
    share = weight * unseen[track]
    both_write(
        update.update,
        (0, 1, 2),
        *(mean, cov, modes, expected.copy(), cross.copy(), spread.copy()),
        *(track, plot, density, share, unseen, values, errors, polar, axes),
    )


def test_candidates_without_range_or_azimuth() -> None:
    mean, cov, _ = tracks(30, 3)
    expected, _, _ = projection.project_polar(mean, cov, np.zeros(3), np.eye(3), SPACE, np.arange(30))
    values, errors = plots_near(expected, np.array([8.0, 0.01, 0.02, 0.5]), 60)
    values[:20, 0], values[20:40, 1] = np.nan, np.nan
    values[20:40, 0], values[:20, 1] = expected[:20, 0, 0], expected[:20, 1, 1]
    turned = rotation()
    track, plot, _ = both(
        gating.candidates, mean, cov, values, errors, 9.0, True, np.zeros(3), np.eye(3), SPACE, 10_000
    )
    assert {int(j) // 20 for j in plot} == {0, 1, 2} and (np.diff(track * 60 + plot) > 0).all()
    both(gating.candidates, mean, cov, values, errors, 9.0, True, np.ones(3), turned, SPACE, 10_000)


def test_claimed_pairs() -> None:
    track, plot = np.divmod(np.unique(RNG.integers(0, 30 * 50, 200)), 50)
    owner = np.where(RNG.random(50) < 0.5, -1, RNG.integers(0, 30, 50))
    both(gating.with_claims, track, plot, owner)
    both(gating.with_claims, track, plot, np.full(50, -1))
    bit, systems = 1 << RNG.integers(0, 3, 50), RNG.integers(0, 8, 30)
    against = both(weighing.contradicting, track, plot, owner, bit, systems)[0]
    assert 0 < against.sum() < len(track)
    both_write(weighing.distrust, (1, 2, 3), np.array([3, 7]), owner, bit, RNG.random(50) < 0.5)


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
    numbers, errors = model.numbers, np.tile(sigmas, (60, 1))
    spans = numbers.polar_log_spans if polar else numbers.position_log_spans
    facts: Any = (model.origin, model.limits, numbers.facts, spans, numbers.speeds)
    clutter, new, _ = both(origins.origins, values, errors, polar, *facts, model.clutter, model.undetected)
    assert (clutter > 0).all() and (new > 0).all()


@pytest.mark.parametrize("charging", [False, True])
@pytest.mark.parametrize("pairs", [0, 300])
def test_weighing(charging: Any, pairs: Any) -> None:
    track, plot = np.divmod(np.unique(RNG.integers(0, 40 * 60, pairs)), 60)
    existence, believed, detect = RNG.uniform(0.01, 0.99, (3, 40))
    owner = np.where(RNG.random(60) < 0.8, -1, RNG.integers(0, 40, 60))
    against = (owner[plot] >= 0) & (owner[plot] != track)
    found = both(
        weighing.weigh,
        *(track, plot, np.exp(RNG.normal(-12, 3, len(track))), existence, believed, detect, charging),
        *(RNG.uniform(1e-7, 1e-5, 60), RNG.uniform(1e-8, 1e-6, 60), owner, against, 1e-3, 1e-9, 200),
        *(0.01, 50, 24),
    )
    probability, share, unseen, posterior = found[:4]
    assert_allclose(unseen + np.bincount(track, share, 40), 1.0, rtol=1e-6)
    assert (posterior <= 1 + 1e-6).all()
    own, owner_of = both(weighing.likely_own, track, plot, probability, share, 60)
    assert len(set(track[own])) == len(own) and (owner_of >= 0).sum() == len(own)


def test_marginals() -> None:
    track, plot = np.divmod(np.unique(RNG.integers(0, 40 * 60, 300)), 60)
    weight = 10 ** RNG.uniform(-3, 5, len(track))
    both(association.marginals, track, plot, weight, 40, 60, 1e-9, 200)


@pytest.mark.parametrize("axes", [PLANE, SPACE])
def test_agreement_of_twins(axes: Any) -> None:
    mean, cov, modes = tracks(40, len(axes), 1)
    mean[20:], cov[20:] = mean[:20] + RNG.normal(0, 3, (20, 1, 2 * len(axes))), cov[:20]
    updates, existence = RNG.integers(2, 9, 40), RNG.uniform(0, 1, 40)
    track, plot = np.divmod(np.unique(RNG.integers(0, 40 * 200, 120)), 200)
    (shares,) = both(twins.sharing, track, plot, 40, 200)
    assert 5 < shares.sum() < 35
    numbers = modes, shares | (np.arange(40) % 3 > 0), updates, existence, 0.8
    older, younger = both(twins.agreeing, mean, cov, *numbers, axes, 10_000)
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
    unknown, axes, plots = birth.Unknown.of(settings), tuple(range(dimensions)), np.arange(5, 50)
    count = len(settings.models)
    mean, cov = np.empty((45, count, 2 * dimensions)), np.empty((45, count, 2 * dimensions, 2 * dimensions))
    place = np.array([10.0, -5.0, 20.0])
    both_write(birth.start, (8, 9), values, sigmas, plots, polar, place, rotation(), axes, unknown, mean, cov)


@pytest.mark.parametrize("polar", [False, True])
@pytest.mark.parametrize("columns", [[0, 1, 2, 3], [0, 1, 3, 4]])
def test_cleaning_of_plots(polar: Any, columns: Any) -> None:
    values, sigmas = RNG.normal(0, 50, (200, 6)), RNG.normal(3, 3, (200, 6))
    for array in (values, sigmas):
        array[RNG.random(array.shape) < 0.2] = np.nan
        array[RNG.random(array.shape) < 0.02] = np.inf
    limit = np.array([100.0, 90.0, np.nan, 120.0])
    fallback, floor, ceiling = np.full(4, 2.0), np.full(4, 1.0), np.full(4, 5.0)
    rows, _, _ = both(
        cleaning.clean, values, sigmas, np.array(columns), fallback, limit, floor, ceiling, polar
    )
    assert 20 < len(rows) < 180


def test_detection_probability() -> None:
    limits = np.array([500.0, 5000.0, 5.5, 2.0, -0.2, 0.6, 0.95, 0.5])
    position = RNG.normal(0, 3000, (300, 3))
    (chance,) = both(
        existence.detection_probability, position, np.array([10.0, 0.0, 5.0]), rotation(), limits
    )
    assert 0 < (chance > 0).mean() < 0.5


def bearings(count: int, raised: float = 0.5) -> Any:
    """Bearings of five sensors that look at five objects, with their sensors and times."""
    places = RNG.uniform(-3000, 3000, (5, 3)) * [1, 1, 0.01]
    objects = RNG.uniform(-4000, 4000, (5, 3)) * [1, 1, 0.05]
    sensor, seen = RNG.integers(0, 5, (2, count))
    offset = objects[seen] - places[sensor]
    numbers, book = np.empty((count, NUMBERS)), np.empty((count, COUNTS), np.int64)
    numbers[:, :3], numbers[:, 7], numbers[:, 5] = places[sensor], 9000.0, 0.01
    numbers[:, 3] = np.arctan2(offset[:, 0], offset[:, 1]) + 0.01 * RNG.standard_normal(count)
    numbers[:, 4] = np.arctan2(offset[:, 2], np.hypot(offset[:, 0], offset[:, 1]))
    numbers[RNG.random(count) > raised, 4] = np.nan
    numbers[:, 6] = np.where(np.isnan(numbers[:, 4]), np.nan, 0.01)
    numbers[:, [ELSEWHERE, OPEN]] = RNG.uniform(0.2, 1, (count, 1))
    numbers[:, [BACKGROUND, SEES, UNDETECTED]] = RNG.uniform([1e-2, 0.5, 1e-6], [1e-1, 1, 1e-4], (count, 3))
    book[:, T_NS], book[:, PERIOD_NS] = np.sort(RNG.integers(0, 3_000_000_000, count)), 1_000_000_000
    book[:, SENSOR], book[:, ROW], book[:, OWNER] = sensor, np.arange(count), RNG.integers(0, 6, count)
    return Bearings(numbers, book)


@pytest.mark.parametrize("count", [2, 60])
@pytest.mark.parametrize("raised", [0.0, 0.5, 1.0])
def test_crossings_of_bearings(count: Any, raised: Any) -> None:
    seen, limits, known = bearings(count, raised), crossing_limits(TrackingSettings()), count // 2
    fresh, older = both(crossings.crossing_pairs, seen, known, limits)
    sensor = seen.book[:, SENSOR]
    assert count == 2 or len(fresh) > 20
    assert (sensor[fresh] != sensor[older]).all() and (older < known).all() and (fresh >= known).all()
    (found,) = both(ghosts.agreement, seen, known, limits)
    assert count == 2 or len(set(found.tolist())) > 1


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("raised", [0.0, 0.5, 1.0])
def test_places_of_crossings(dimensions: Any, raised: Any) -> None:
    settings = TrackingSettings(dimensions=dimensions)
    seen = bearings(60, raised if dimensions == 3 else 0.0)
    seen.numbers[:, ELSEWHERE] = 1.0
    prior, limits = triangulation.Prior.of(settings), crossing_limits(settings)
    fresh, older = crossings.crossing_pairs(seen, 30, limits)
    t_ns = seen.book[:, T_NS]
    age_s = (t_ns[fresh] - t_ns[older]) * 0.3e-9
    pairs = np.stack([seen.numbers[fresh], seen.numbers[older]], 1)
    mean, cov, _ = both(triangulation.locate, pairs, age_s, prior.height, prior.motion)
    settled = ~np.isnan(mean).any((1, 2))
    assert mean.shape[1:] == (len(settings.models), 2 * dimensions) and settled.sum() > 20
    assert np.linalg.eigvalsh(cov[settled]).min() > 0


@pytest.mark.parametrize("most", [5, 1000])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_tracks_of_crossings(dimensions: Any, most: Any) -> None:
    settings = TrackingSettings(dimensions=dimensions)
    seen, axes, rules = bearings(60), tuple(range(dimensions)), Rules.of(settings)
    seen.numbers[:, ELSEWHERE] = 1.0
    prior = triangulation.Prior.of(settings)
    fresh, older = crossings.crossing_pairs(seen, 30, crossing_limits(settings))
    pairs = both(crossed.crossing_pairs, seen, fresh, older, most)
    assert len(pairs[0]) == min(most, len(fresh))
    located = triangulation.locate(pairs[2], pairs[3], prior.height, prior.motion)
    chosen = crossed_odds.Crossings(
        *both(crossed_odds.weigh_crossings, seen, *pairs[:2], *located, prior, rules)
    )
    assert len(chosen.fresh) > 0 and (most == 5 or len(chosen.fresh) < len(pairs[0]))
    place, spread = mixture.combine(chosen.mean, chosen.cov, chosen.modes, axes)
    mean, cov, modes = tracks(9, dimensions)
    known, doubt = mixture.combine(mean, cov, modes, axes)
    known[0] = place[0]
    (taken,) = both(crossed.taken, place, spread, known, doubt)
    assert taken[0]
    both(crossed.taken, place, spread, known[:0], doubt[:0])
    sensor = Sensor(
        "s", "s", SensorKind.RADAR, "f", (0.0, 0.0, 0.0), Coverage(horizon=((0.0, -0.1), (3.0, 0.1)))
    )
    radar = SensorModel.of(sensor, None, 0, settings)
    radar.last_t_ns = 0
    (left,) = both(crossed.unwatched, chosen, crossed.Radars.of([radar, radar]).looked([radar, radar]), 1)
    assert (left <= chosen.existence).all() and (left < chosen.existence).any()
    none = np.zeros(len(taken), np.bool_)
    results = [
        step(chosen, seen, none, chosen.existence, 40, rules)
        for step in (crossed.started, compiled(crossed.started))
    ]
    for one, other in zip((*results[0][0], results[0][1]), (*results[1][0], results[1][1]), strict=True):
        close(one, other)
    assert len(results[0][1]) and (np.diff(results[0][1]) > 0).all()


@pytest.mark.parametrize("most", [3, 60])
def test_bearings_of_a_scan(most: Any) -> None:
    past, rules = bearings(30), RULES
    values, sigmas = RNG.normal(0, 1, (20, 4)), RNG.uniform(0.01, 0.02, (20, 4))
    values[RNG.random((20, 4)) < 0.4] = np.nan
    track, plot = np.divmod(np.unique(RNG.integers(0, 9 * 20, 50)), 20)
    probability, (elsewhere, background) = RNG.random(len(track)) / 9, RNG.random((2, 20))
    owner, book = RNG.integers(-1, 9, 20), a_book(9).book
    told = (track, plot, probability, elsewhere, owner, background, book, 120, rules)
    rows, held, whose = both(sight.bearing_rows, values, most, *told)
    assert 0 < len(rows) <= most and (held[:, 1] < 1).any()
    post = Post(np.array([10.0, -20.0, 5.0]), rotation(), 3, 10**9, 5000.0, 0.8, 1e-6)
    joined = both(beside, past, rows, values, sigmas, 3_500_000_000, post, held, whose, 2_000_000_000, most)
    assert len(rows) < len(joined[1]) <= most + len(rows)


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("points", [0, 1, 5])
@pytest.mark.parametrize("notch_mps", [0.0, 40.0])
def test_exposure(axes: Any, points: Any, notch_mps: Any) -> None:
    horizon = tuple((k + 0.1, 0.3 * (k % 2) - 0.1) for k in range(points))
    table = hiding.horizon_table(Coverage(horizon=horizon))
    origin = np.array([100.0, -50.0, 10.0])
    above, hidden = both(hiding.exposure, *tracks(60, axes), origin, rotation(), table, notch_mps)
    assert_allclose(above, 1.0) if points == 0 else None
    assert (above >= 0).all() and (above <= 1 + 1e-9).all() and (hidden < 1).all()
    assert (hidden > 0.1).any() == (notch_mps > 0) and ((above < 0.5).any() or points < 5)


@pytest.mark.parametrize("least", [0.0, 1.0])
def test_the_notch_as_a_plot(least: Any) -> None:
    mean, cov, _ = tracks(30, 3)
    expected, _, spread = projection.project_polar(mean, cov, np.zeros(3), np.eye(3), SPACE, np.arange(30))
    track, plot = np.divmod(np.unique(RNG.integers(0, 30 * 20, 60)), 20)
    density, share, unseen = RNG.random((len(track), 3)), RNG.random(len(track)), RNG.random(30)
    hidden = np.where(RNG.random(30) < least, RNG.random(30), 0.0)
    values, errors = RNG.normal(0, 1, (20, 4)), np.ones((20, 4))
    found = both(
        hiding.with_hidden, track, plot, density, share, unseen, hidden, expected, spread, values, errors, 3.0
    )
    assert (len(found[0]) > len(track)) == (least > 0)
    both(hiding.exposed, *RNG.random((3, 30)))


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
    (where,) = both(sectors.sectors, values, polar, geometry)
    both(sectors.sector_factors, where, place is not None, counts, 10.0)
    (learned,) = both(sectors.learn_sectors, where, place is not None, counts, false, 50.0)
    assert learned.sum() > 0.98 * counts.sum()


def a_book(n: int) -> Any:
    """Tracks with numbers in every column."""
    rows = store.columns(np.empty(store.block_size(n, 3, 6, 2)), n, 3, 6, 2)
    rows.mean[:], rows.cov[:], rows.modes[:] = tracks(n, 3)
    rows.mean[:, :, 2] = RNG.normal(500, 600, (n, 3))
    rows.existence[:], rows.floor[:] = 10 ** RNG.uniform(-6, 0, n), 10 ** RNG.uniform(-6, 0, n)
    rows.visibility[:], rows.book[:] = RNG.random((n, 2)), RNG.integers(0, 100, (n, store.COUNTS))
    rows.clear[:], rows.seen_ns[:] = RNG.random((n, 2)), RNG.integers(0, 100, (n, 2))
    return rows


def on_copies(specification: Any, rows: Any, *arguments: Any) -> Any:
    """Results and rows after the step, equal from the specification and from its twin."""
    copies = [store.Tracks(*(column.copy() for column in rows)) for _ in range(2)]
    results = specification(copies[0], *arguments), compiled(specification)(copies[1], *arguments)
    for one, other in zip(*copies, strict=True):
        close(one, other)
    if results[0] is not None:
        for one, other in zip(*(r if isinstance(r, tuple) else (r,) for r in results), strict=True):
            close(one, other)
    return results[0]


INDEPENDENT = ties.INDEPENDENT
BEFORE = np.array([[k + 1.0, 3e8, k % 2, 0.1 * k, np.nan, 0.3] for k in range(0, 60, 2)])
ALIKE = ties.Ties(2.0, 0.9, 0.92, 0.01, True, BEFORE)
RULES = Rules.of(TrackingSettings(max_tracks=20))._replace(
    coast_ns=70, bearing_coast_ns=80, crossing_coast_ns=60, bearing_trust_ns=50, confirm_crossed=50
)


def test_the_book_of_tracks() -> None:
    rows, plot = a_book(60), np.arange(30)
    own, ranged = np.sort(RNG.permutation(60)[:30]), RNG.random(40) < 0.7
    on_copies(tidy.note_own, rows, own, plot, ranged, RNG.integers(-1, 2, 60), 1, 120, RULES)
    on_copies(tidy.confirm, rows, RULES)
    on_copies(store.keep, rows, RNG.random(60) < 0.5)
    both(tidy.identity, rows.book, np.where(RNG.random(20) < 0.4, -1, RNG.integers(0, 60, 20)))
    chance, modes = RNG.random(40), RNG.random((40, 3))
    on_copies(
        newcomers.enter, rows, chance, modes, np.arange(60) // 2, np.arange(60) + 7, 9, np.array([0.3, 1]), 1
    )


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_what_is_carried_on(share: float) -> None:
    past, predicted = a_book(60), a_book(60)
    rows = np.flatnonzero(RNG.random(60) < share)
    copies = [store.Tracks(*(column.copy() for column in predicted)) for _ in range(2)]
    for written, carry in zip(copies, (store.carry, compiled(store.carry)), strict=True):
        carry(past, written, 0.9, rows)
        first = store.part(written, 0, len(rows))
        assert_allclose(first.existence, 0.9 * past.existence[rows])
        for name in ("book", "floor", "visibility", "clear", "seen_ns"):
            assert np.array_equal(getattr(first, name), getattr(past, name)[rows])
        for name in ("mean", "cov", "modes"):
            assert np.array_equal(getattr(first, name), getattr(predicted, name)[rows])


@pytest.mark.parametrize("charging", [False, True])
def test_who_lasts(charging: bool) -> None:
    existence, floor = 10 ** RNG.uniform(-6, 0, (2, 60))
    believed, detect, track = RNG.random(60), RNG.random(60), np.sort(RNG.integers(0, 60, 20))
    rules = RULES._replace(prune_existence=0.01)
    (rows,) = both(tidy.lasting, existence, floor, believed, detect, charging, track, rules)
    assert set(track) <= set(rows) and len(set(track)) < len(rows) < 60
    owner = np.where(RNG.random(30) < 0.5, -1, RNG.choice(rows, 30))
    on_rows, of_plots = both_write(tidy.renumber, (1, 2), rows, track, owner)[1:]
    assert np.array_equal(rows[on_rows], track) and np.array_equal(owner < 0, of_plots < 0)
    assert np.array_equal(rows[of_plots[owner >= 0]], owner[owner >= 0])


@pytest.mark.parametrize("most", [5, 1000])
def test_what_is_dropped(most: Any) -> None:
    rows = a_book(60)
    rules = RULES._replace(max_tracks=most, prune_existence=0.01)
    keep = np.ones((2, 60), np.bool_)
    struck = [step(rows, keep[k], 120, rules) for k, step in enumerate((tidy.drop, compiled(tidy.drop)))]
    assert np.array_equal(*keep) and struck[0] == struck[1] and (struck[0][0] > 0) == (most == 5)
    assert 0 < keep[0].sum() <= most


@pytest.mark.parametrize("most", [5, 1000])
def test_what_starts(most: Any) -> None:
    fresh, ranged = RNG.random((2, 60)) < 0.5
    (chance,) = both(newcomers.startable, RNG.random(60) ** 9, RNG.random(60) ** 9, ranged, fresh, RULES)
    plots, surplus = both(newcomers.chosen, chance, 1e-3, most)
    assert (surplus > 0) == (most == 5) and (np.diff(plots) > 0).all()
    known = plots[::3]
    (ids,) = both(newcomers.identified, plots, known, known + 1, 100)
    assert len(set(ids)) == len(ids) and np.array_equal(ids[::3], known + 1)
    both(newcomers.identified, plots, known[:0], known[:0], 100)


def test_what_is_too_vague() -> None:
    existence, floor, updates = (
        10 ** RNG.uniform(-6, 0, 60),
        10 ** RNG.uniform(-6, 0, 60),
        RNG.integers(1, 3, 60),
    )
    track = np.sort(RNG.integers(0, 60, 300))
    (vague,) = both(tidy.vague, existence, floor, updates, track, RULES)
    assert 0 < vague.sum() < 30 and (existence[vague] < 1e-3).all()


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("partial", [False, True])
def test_existence_after_bearings(tied: bool, partial: bool) -> None:
    rows = a_book(60)
    rows.existence[:] = RNG.uniform(0, 0.5, 60)
    track, plot = np.divmod(np.unique(RNG.integers(0, 60 * 40, 90)), 40)
    believed, detect = RNG.uniform(0, 1, (2, 60))
    joint, contrary = np.exp(RNG.normal(-12, 3, len(track))), np.zeros(len(track), np.bool_)
    clutter, new, nobody = np.full(40, 1e-6), np.full(40, 1e-7), np.full(40, -1)
    of_pairs, of_plots = (track, plot, joint), (clutter, new, nobody)
    beliefs = (1e-3, 1e-6, 50, 0.01, 50, 24)
    arguments: Any = (*of_pairs, rows.existence, believed, detect, True, *of_plots, contrary, *beliefs)
    found = weighing.weigh(*arguments)
    bearing = RNG.random(40) < 0.5
    agreed = RNG.integers(-1, 2, 60)
    facts = (detect, tied, partial, 1, 120, RULES)
    on_copies(tidy.settle, rows, found, track, plot, bearing, agreed, *facts)
    own, _ = weighing.likely_own(track, plot, found.probability, found.share, 40)
    born = np.arange(0, 40, 3)
    on_copies(tidy.attribution, rows, found, track[own], plot[own], found.share[own], born + 500, born)


def a_picture(rows: int, dimensions: int, settings: TrackingSettings) -> Any:
    """Tracks in a block, for one scan."""
    size, models = 2 * dimensions, len(settings.models)
    block = np.empty(store.block_size(rows + 5, models, size, 2))
    full = store.part(store.columns(block, rows + 5, models, size, 2), 0, rows)
    full.mean[:], full.cov[:], full.modes[:] = tracks(rows, dimensions, models)
    full.mean[:, 1:] = full.mean[:, :1] + RNG.normal(0, 3, (rows, models - 1, size))
    full.existence[:], full.floor[:] = RNG.uniform(0, 1, rows), 1e-4
    full.visibility[:], full.book[:] = 0.9, 0
    full.clear[:], full.seen_ns[:] = RNG.uniform(0.1, 1, (rows, 2)), RNG.integers(0, 10**9, (rows, 2))
    full.book[:, store.TRACK_ID] = np.arange(rows) + 1
    full.book[:, store.UPDATES], full.book[:, store.RANGED] = 5, 5
    return records.Store(block, rows + 5, rows, models, 2, 0), full


def a_look(
    values: Any,
    errors: Any,
    polar: bool,
    partial: bool,
    settings: TrackingSettings,
    ties: Any = INDEPENDENT,
) -> Any:
    """A scan of a radar that stands in the middle, of the second column."""
    cover = Coverage(range_max_m=9e3, horizon=((0.0, -0.1), (3.0, 0.1)), clutter_per_scan=1.0)
    model = SensorModel.of(Sensor("s", "s", SensorKind.RADAR, "f", (0.0, 0.0, 0.0), cover), None, 1, settings)
    numbers, gates = model.numbers, quantile.gates(values.shape[1], 0.9997)
    spans = numbers.polar_log_spans if polar else numbers.position_log_spans
    where: Any = (
        model.geometry,
        model.origin,
        model.rotation,
        True,
        model.limits,
        model.horizon,
        model.notch,
    )
    return records.Look(
        *(10**9, values, errors, polar, partial, 1.0, ties, gates, np.ones(64), model.clutter, 1e-7, spans),
        *(numbers.facts, numbers.speeds, *where, 1, np.array([0.5, 1]), 10**9, 0.9),
    )


def folded(now: Any, look: Any, claims: Any, remembered: Any, settings: TrackingSettings) -> Any:
    """What becomes of a scan, the same by the specification and compiled."""
    played, m = records.Played(np.array([2, 4]), np.array([777, 778]), 900), len(look.values)
    axes, size = tuple(range(settings.dimensions)), 2 * settings.dimensions
    room = store.block_size(now.used + m, now.models, size, now.sensors)
    numbers = motion.Motion.of(settings.models), birth.Unknown.of(settings), Rules.of(settings)
    blocks, limits = (np.empty(room), np.empty(room)), crossing_limits(settings)
    one, other = (
        step(now, block, look, claims, played, remembered, *numbers, limits, axes)
        for step, block in zip((folding.fold, compiled(folding.fold)), blocks, strict=True)
    )
    for name in records.Folded._fields:
        if name == "bearings":
            close(one.bearings.numbers, other.bearings.numbers)
            close(one.bearings.book, other.bearings.book)
        elif name == "contention":
            for mine, its in zip(one.contention, other.contention, strict=True):
                close(mine, its)
        else:
            close(getattr(one, name), getattr(other, name))
    shape = now.used + m, now.models, size, now.sensors
    for column in zip(
        *(store.part(store.columns(block, *shape), 0, one.used) for block in blocks), strict=True
    ):
        close(*column)
    return one


@pytest.mark.parametrize("ties", [INDEPENDENT, ALIKE])
@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_whole_scan(dimensions: Any, partial: Any, ties: Any) -> None:
    """The compiled fold is the specification, down to labels and twins."""
    settings = TrackingSettings(dimensions=dimensions, merge_updates=1, models=MODELS)
    size, rows = 2 * dimensions, 40
    now, full = a_picture(rows, dimensions, settings)
    full.mean[20:30], full.cov[20:30] = full.mean[:10] + 1, full.cov[:10]
    full.book[::4, store.SYSTEMS] = 1
    at = RNG.integers(0, rows, 50)
    values = np.full((50, size), np.nan)
    values[:, :dimensions] = full.mean[at, 0, :dimensions] + RNG.normal(0, 9, (50, dimensions))
    owner = np.where(np.arange(50) % 5, -1, at)
    owner[0] = np.argmax(np.abs(full.mean[:, 0, :2] - full.mean[at[0], 0, :2]).sum(1))
    look = a_look(values, np.where(np.isnan(values), np.nan, 9.0), False, partial, settings, ties)
    full.book[1::3, store.CONFIRMED], full.existence[1::3], full.visibility[1::3] = 1, 0.95, 1.0
    claims = records.Claims(owner, np.where(owner < 0, 0, 1), owner >= 0)
    one = folded(now, look, claims, Bearings.none(), settings)
    assert one.own.shape[1] and len(one.broken) and one.born.shape[1]
    assert (one.merged.shape[1] > 0) == (not partial)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_scan_of_bearings(dimensions: Any) -> None:
    settings = TrackingSettings(dimensions=dimensions)
    now, full = a_picture(20, dimensions, settings)
    full.existence[:], full.book[10:, store.RANGED] = 0.9, 0
    remembered = bearings(40)
    remembered.book[:, T_NS] //= 3
    remembered.book[:, OWNER] = RNG.integers(0, 21, 40)
    values = np.full((30, 4), np.nan)
    values[:20, 1] = np.arctan2(full.mean[:, 0, 0], full.mean[:, 0, 1])
    values[20:, 1], values[::7, 0] = RNG.uniform(-np.pi, np.pi, 10), 3000.0
    look = a_look(values, np.where(np.isnan(values), np.nan, 0.02), True, False, settings)
    one = folded(now, look, unclaimed(30), remembered, settings)
    assert one.crossing.shape[1] and one.own.shape[1] and len(one.bearings.book) == 40 + 25


def test_warm_up_names_every_kernel() -> None:
    names: list[str] = []
    warm_up(names.append)
    assert len(names) == len(set(names))
    assert set(names) == {field.name for field in fields(Kernels)} | set(_UNITS)
