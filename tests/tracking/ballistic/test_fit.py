"""Fits of free fall: equal to their specification, as good as the bound, and of nothing else."""

import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from marsad.model.ballistic import BallisticTable, FitVerdict
from marsad.model.detection import Attribution, Measurement, Scan
from marsad.model.sensor import Sensor, SensorKind
from marsad.model.track import TrackTable
from marsad.tracking import Follower, TrackingSettings
from marsad.tracking.ballistic.judging import Fit, FitJudge
from marsad.tracking.ballistic.memory import PlotMemory
from marsad.tracking.ballistic.settings import BallisticFitSettings
from marsad.tracking.ballistic.trajectory import AXES, ORIGIN, POLAR, SIGMAS, TIME, VALUES, fitted
from marsad.tracking.kernels import COMPILED

from .rounds import (
    MEDIUM,
    MORTAR,
    RADAR_A,
    RADAR_B,
    SHORT,
    Radar,
    Round,
    aimed,
    bound,
    fly,
    land,
    measure,
)

Array = NDArray[np.float64]
SECOND = 1_000_000_000
STEADY_PLOTS = 20
JUDGE = FitJudge(BallisticFitSettings(), True)
SENSOR = Sensor("radar", "Radar", SensorKind.RADAR, "sensors", (0.0, 0.0, 10.0))


def plots_of(values: Array, radar: Radar, times: Array) -> Array:
    plots = np.zeros((len(values), 20))
    plots[:, TIME] = times - times[-1]
    plots[:, VALUES:SIGMAS] = values
    plots[:, SIGMAS:POLAR] = radar.range_m, radar.angle_rad, radar.angle_rad
    plots[:, POLAR], plots[:, ORIGIN + 2], plots[:, AXES:] = 1.0, 10.0, np.eye(3).ravel()
    return plots


def watch(states: Array, times: Array, radar: Radar, seed: int = 1) -> list[Fit]:
    """The fit after each plot of states (t, 6)."""
    plots = plots_of(measure(states, radar, np.random.default_rng(seed)), radar, times)
    memory, fit, found = PlotMemory.of(96), Fit.none(0), []
    for seconds, plot in zip(times, plots, strict=True):
        memory.add(round(seconds * SECOND), plot)
        fit = JUDGE.fit(memory, fit)
        found.append(fit)
    return found


def thrown(kind: Round, radar: Radar, seconds: float, seed: int = 1) -> tuple[Array, Array, float]:
    """States and times of a round that comes down near the radar, and its β."""
    dice = np.random.default_rng([seed, 5])
    beta = kind.beta_kgpm2 * float(np.exp(dice.normal(0, 0.1)))
    start = aimed(kind, beta, dice.normal(0, 300, 2), dice.uniform(0, 2 * np.pi), (0.0, 0.0))
    times = np.arange(0, seconds + 1e-6, radar.period_s)
    return fly(start, beta, times), times, beta


@pytest.mark.parametrize("air", [(9.80665, 1.225), (0.0, 0.0)])
def test_the_compiled_fit_equals_its_specification(air: tuple[float, float]) -> None:
    states, times, _ = thrown(MEDIUM, RADAR_A, 4.0)
    plots = plots_of(measure(states, RADAR_A, np.random.default_rng(2)), RADAR_A, times)
    plots[3, VALUES + 2] = np.nan
    plots[5, POLAR], plots[5, VALUES:SIGMAS], plots[5, SIGMAS:POLAR] = 0.0, states[5, :3], 20.0
    guess = np.concatenate([states[-1] + 20.0, [np.log(6000.0), 1.0, -2.0]])
    prior = np.array([0, 0, 0, 0, 0, 0, np.log(6000.0), 0, 0])
    weight = np.diag(np.array([1e6, 1e6, 1e6, 3e3, 3e3, 3e3, 0.5, 4.0, 9.0]) ** -2.0)
    weight[6, 7] = weight[7, 6] = 0.01
    if not air[1]:
        guess[6:] = prior[6:] = 0.0
    arguments = guess, plots, np.array(air), prior, weight
    compiled, plain = COMPILED.fitted(*arguments), fitted(*arguments)
    for part in range(4):
        assert_allclose(compiled[part], plain[part], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("radar", [RADAR_A, RADAR_B], ids=lambda radar: radar.name)
@pytest.mark.parametrize("kind", [MORTAR, SHORT, MEDIUM], ids=lambda kind: kind.name)
def test_the_state_errs_by_what_its_covariance_says_and_that_is_the_bound(kind: Round, radar: Radar) -> None:
    count, square, logs = 16, 0.0, []
    for seed in range(count):
        states, times, beta = thrown(kind, radar, 10.0, seed)
        fit = watch(states[:1], times[:1], radar)[0]
        memory = PlotMemory.of(96)
        plots = plots_of(measure(states, radar, np.random.default_rng([seed, 9])), radar, times)
        for seconds, plot in zip(times, plots, strict=True):
            memory.add(round(seconds * SECOND), plot)
        fit = JUDGE.fit(memory, fit)
        apart = np.append(states[-1], np.log(beta)) - fit.mean
        square += float(apart @ np.linalg.solve(fit.covariance, apart))
        if seed < 2:
            _, least = bound(states[0], beta, times, radar, 0.5)
            logs.append(np.linalg.slogdet(fit.covariance)[1] - np.linalg.slogdet(least)[1])
    assert 0.75 < square / (7 * count) < 1.3  # 112 squares: a standard deviation of 0.13
    assert np.abs(logs).max() < 1.0  # of the volume: its half axes within 8 %


def test_what_falls_is_known_within_seconds() -> None:
    for kind in (MORTAR, SHORT, MEDIUM):
        states, times, _ = thrown(kind, RADAR_A, 8.0)
        verdicts = [fit.verdict for fit in watch(states, times, RADAR_A)]
        first = verdicts.index(FitVerdict.BALLISTIC)
        assert times[first] <= 4.5, kind.name
        assert set(verdicts[first:]) == {FitVerdict.BALLISTIC}


def test_plots_under_thrust_drop_out_and_the_rest_errs_as_it_says() -> None:
    kinds = []
    for seed in range(6):
        dice = np.random.default_rng(seed)
        start = np.array([-9000.0, 0, 40, 60, 5, 55]) + dice.normal(0, 2, 6)
        burn = np.arange(0, 4.01, 0.25)
        under = fly(start, 9000.0, burn, thrust=140.0)
        after = fly(under[-1], 9000.0, np.arange(0, 10.01, 0.25))[1:]
        states, times = np.concatenate([under, after]), np.linspace(0, 14, 57)
        found = watch(states, times, RADAR_A, seed)
        kinds += [fit.verdict for fit in found[8:17]]
        assert not any(fit.verdict is FitVerdict.BALLISTIC for fit in found[8:17])
        last = found[-1]
        assert last.verdict is FitVerdict.BALLISTIC and 25 <= last.plots <= 42
        apart = np.append(states[-1], np.log(9000.0)) - last.mean
        assert apart @ np.linalg.solve(last.covariance, apart) < 24.0
    assert FitVerdict.BURNING in kinds


def straight(start: list[float], pull: Array, turn: float, times: Array) -> Array:
    """States of an aircraft with an acceleration of its own, which turns."""
    out, now = [], np.array(start)
    for _ in range(round(times[-1] / 0.05) + 1):
        out.append(now.copy())
        speed = max(np.hypot(now[3], now[4]), 1.0)
        force = pull + turn * np.array([now[4], -now[3], 0.0]) / speed
        now[:3] += 0.05 * now[3:] + 0.00125 * force
        now[3:] += 0.05 * force
    return np.array(out)[:: round((times[1] - times[0]) / 0.05)]


AIRCRAFT = {
    "airliner": ([-9000.0, 3000, 3000, 210, 0, -8], [0.0, 0, 0], 0.0),
    "airliner that dives": ([-9000.0, 3000, 6000, 230, 0, -10], [0.0, 0, -3.0], 0.0),
    "airliner that brakes": ([-9000.0, 1000, 900, 140, 0, -4], [-2.5, 0, 0], 0.0),
    "jet": ([-9000.0, 500, 600, 280, 20, 2], [0.0, 0, 0], 0.0),
    "jet that turns": ([-6000.0, 500, 1500, 250, 20, 2], [0.0, 0, 0], 45.0),
    "jet that climbs": ([-6000.0, 500, 300, 200, 20, 120], [1.0, 0, 2.0], 0.0),
    "drone that dives": ([-3000.0, 200, 1500, 75, 0, -40], [1.0, 0, -2.0], 0.0),
    "fast bird": ([-800.0, 100, 200, 62, 0, -20], [0.0, 0, -1.0], 4.0),
}


@pytest.mark.parametrize("radar", [RADAR_A, RADAR_B], ids=lambda radar: radar.name)
@pytest.mark.parametrize("name", AIRCRAFT)
def test_nothing_that_flies_is_taken_for_what_falls(name: str, radar: Radar) -> None:
    start, pull, turn = AIRCRAFT[name]
    times = np.arange(0, 15.01, radar.period_s)
    for seed in range(4):
        found = watch(straight(start, np.array(pull), turn, times), times, radar, seed)
        assert not any(fit.verdict is FitVerdict.BALLISTIC for fit in found)


def test_a_radar_without_elevation_says_that_the_height_is_hardly_known() -> None:
    states, times, _ = thrown(MEDIUM, RADAR_A, 6.0)
    plots = plots_of(measure(states, RADAR_A, np.random.default_rng(2)), RADAR_A, times)
    plots[:, VALUES + 2] = np.nan
    memory = PlotMemory.of(96)
    for seconds, plot in zip(times, plots, strict=True):
        memory.add(round(seconds * SECOND), plot)
    fit = JUDGE.fit(memory, Fit.none(0))
    assert np.sqrt(fit.covariance[2, 2]) > 500
    assert abs(fit.mean[2] - states[-1, 2]) < 3 * np.sqrt(fit.covariance[2, 2])


# ---------------------------------------------------------------- memory and follower


def test_late_plots_take_their_place_and_the_oldest_go() -> None:
    memory = PlotMemory.of(4)
    for t_ns in (5, 1, 3, 4, 2, 9):
        memory.add(t_ns, np.full(20, float(t_ns)))
    assert memory.t_ns.tolist() == [3, 4, 5, 9] and memory.plots[:, 1].tolist() == [3, 4, 5, 9]
    memory.forget_before(5)
    memory.add(4, np.zeros(20))
    assert memory.t_ns[: memory.count].tolist() == [5, 9]


def table_of(states: dict[int, Array], t_ns: int, updates: int = 5) -> TrackTable:
    n, whole = len(states), np.array(sorted(states))
    times = np.full(n, t_ns)
    return TrackTable(
        t_ns, whole, np.array([states[one] for one in whole]), np.tile(np.eye(6), (n, 1, 1)), np.ones(n),
        np.ones(n, bool), times - SECOND, times, np.full(n, updates), np.full((n, 1), 1.0), ("steady",),
    )  # fmt: skip


def scan_of(values: Array, t_ns: int) -> Scan:
    rows = np.full((len(values), 6), np.nan)
    rows[:, :3] = values
    sigmas = np.full_like(rows, np.nan)
    sigmas[:, :3] = RADAR_A.range_m, RADAR_A.angle_rad, RADAR_A.angle_rad
    return Scan("radar", t_ns, Measurement.POLAR, rows, sigmas, ("",) * len(rows))


def attributed(*track_id: int) -> Attribution:
    count = len(track_id)
    return Attribution(np.array(track_id), np.arange(count), np.ones(count))


def follow(follower: Follower, swap: bool = False) -> BallisticTable:
    """A rocket, track 3, and a drone of 20 m/s, track 8; late: two looks in turn come the wrong way round."""
    states, times, _ = thrown(MEDIUM, RADAR_A, 6.0)
    drone = np.array([-2000.0, 50, 100, 20, 0, 0])
    looks = []
    for seconds, state in zip(times, states, strict=True):
        drone[:2] = -2000 + 20 * seconds, 50
        values = measure(np.array([state, drone]), RADAR_A, np.random.default_rng(round(seconds * 100)))
        looks.append((round(seconds * SECOND), values, {3: state, 8: drone.copy()}))
    order = list(range(len(looks)))
    if swap:
        order[10], order[11] = order[11], order[10]
    found = BallisticTable.nothing()
    for number in order:
        t_ns, values, now = looks[number]
        follower.hear(
            scan_of(values, t_ns),
            attributed(3, 8),
            {"radar": SENSOR},
            lambda sensor: np.eye(3),
        )
        found = follower.table(table_of(now, t_ns))
    return found


def test_fast_tracks_alone_are_fitted_and_late_looks_change_nothing() -> None:
    found, late = (
        follow(Follower(TrackingSettings(), "ballistic")),
        follow(Follower(TrackingSettings(), "ballistic"), swap=True),
    )
    assert found.track_id.tolist() == [3] and found.verdict.tolist() == [FitVerdict.BALLISTIC]
    assert found.plots[0] == 25 and 0.6 < found.residual[0] < 1.5
    # only where the steps of the fit began differs
    apart = late.mean[0] - found.mean[0]
    assert np.abs(apart / np.sqrt(np.diag(found.covariance[0]))).max() < 0.02


def test_a_snapshot_goes_on_as_the_original() -> None:
    one = Follower(TrackingSettings(), "ballistic")
    follow(one)
    other = pickle.loads(pickle.dumps(one))
    values, state = np.array([[9000.0, 1.0, 0.3]]), np.array([0.0, 0, 0, 300, 0, 0])
    for follower in (one, other):
        follower.hear(
            scan_of(values, 7 * SECOND),
            attributed(3),
            {"radar": SENSOR},
            lambda sensor: np.eye(3),
        )
    tables = [follower.table(table_of({3: state}, 7 * SECOND)) for follower in (one, other)]
    assert_allclose(tables[0].mean, tables[1].mean, rtol=0, atol=0)


def test_without_anything_fast_nothing_is_remembered() -> None:
    follower = Follower(TrackingSettings(), "ballistic")
    slow = {8: np.array([-2000.0, 50, 100, 20, 0, 0])}
    follower.table(table_of(slow, 0))
    follower.hear(
        scan_of(np.array([[2000.0, 1.0, 0.1]]), SECOND),
        attributed(8),
        {"radar": SENSOR},
        lambda sensor: np.eye(3),
    )
    assert not len(follower.table(table_of(slow, SECOND))) and not follower._followed


def test_what_flies_straight_rests_ever_longer_until_it_comes_to_fall() -> None:
    follower, times = Follower(TrackingSettings(), "ballistic"), np.arange(0, 80.0, 0.25)
    states = np.array([-20000.0, 4000, 3000, 210, 0, -5]) + times[:, None] * [210.0, 0, -5, 0, 0, 0]
    for seconds, state in zip(times, states, strict=True):
        t_ns = round(seconds * SECOND)
        values = measure(state[None], RADAR_A, np.random.default_rng(round(seconds * 100)))
        follower.hear(scan_of(values, t_ns), attributed(1), {"radar": SENSOR}, lambda sensor: np.eye(3))
        found = follower.table(table_of({1: state}, t_ns))
    assert found.verdict.tolist() == [FitVerdict.STRAIGHT]
    assert 20 < follower.counters["fits"] < 160
    falls = replace(table_of({1: states[-1]}, 80 * SECOND), mode_names=("ballistic",))
    renamed = pickle.loads(pickle.dumps(follower))
    renamed._falls = "thrown"
    follower.table(falls)
    assert 1 in follower._wanted
    renamed.table(falls)  # the site calls that model by another name: nothing says that it falls
    assert 1 not in renamed._wanted


def test_candidates_are_bounded_and_counted() -> None:
    settings = TrackingSettings(ballistic=BallisticFitSettings(candidates_max=2))
    follower = Follower(settings, "ballistic")
    names = tuple(range(1, 7))
    values = np.tile([[5000.0, 1.0, 0.2]], (6, 1))
    follower.hear(
        scan_of(values, SECOND),
        attributed(*names),
        {"radar": SENSOR},
        lambda sensor: np.eye(3),
    )
    assert len(follower._followed) == 2 and follower.counters["unfollowed"] == 4


def test_no_field_tells_whence_something_came() -> None:
    """A state is that at the newest plot; nothing is followed back beyond the oldest that is remembered."""
    names = {field.name for field in fields(BallisticTable)} | {field.name for field in fields(Fit)}
    assert names <= {
        "track_id", "t_ns", "mean", "covariance", "by_wind", "plots", "residual", "evidence", "verdict",
        "cut", "burned", "held",
    }  # fmt: skip
    found = follow(Follower(TrackingSettings(), "ballistic"))
    assert found.t_ns.tolist() == [6 * SECOND]


def test_impact_of_the_tests_own_rounds_is_where_they_are_aimed() -> None:
    start = aimed(MEDIUM, 9000.0, np.array([200.0, -100.0]), 1.0, (4.0, -2.0))
    assert_allclose(land(start, 9000.0, (4.0, -2.0))[:2], [200.0, -100.0], atol=0.01)


def test_plots_of_one_moment_and_no_course_over_ground_are_a_fit_like_any_other() -> None:
    """What a peer may send: many reports at one time, of range and bearing alone; no matrix is singular."""
    place = np.array([9_000.0, 0.4, np.nan])
    plots = plots_of(np.tile(place, (STEADY_PLOTS, 1)), RADAR_A, np.zeros(STEADY_PLOTS))
    memory = PlotMemory.of(96)
    for plot in plots:
        memory.add(SECOND, plot)
    fit = JUDGE.fit(memory, Fit.none(0))
    assert fit.verdict is not FitVerdict.BALLISTIC
    assert np.isfinite(fit.covariance).all()
