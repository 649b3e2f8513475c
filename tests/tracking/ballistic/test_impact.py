"""Predicted impacts: as near as the bound allows, and within their ellipses as often as these say."""

import numpy as np
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from marsad.assessment.ballistic import BallisticLimits, Impact, fitted_impact
from marsad.tracking.ballistic.judging import Fit
from marsad.tracking.ballistic.memory import PlotMemory

from .rounds import MEDIUM, MORTAR, RADAR_A, RADAR_B, SHORT, Radar, Round, aimed, bound, fly, land, measure
from .test_fit import JUDGE, plots_of

Array = NDArray[np.float64]
CALM = BallisticLimits(wind_mps=(0.0, 0.0), wind_error_mps=0.0)
NINETY = 4.605  # χ² of two numbers


def predicted(
    start: Array, beta: float, radar: Radar, limits: BallisticLimits, wind: tuple[float, float], seed: int
) -> tuple[Impact, Array, float]:
    """The impact predicted after ten seconds, the true one, and the time of the prediction."""
    times = np.arange(0, 10.01, radar.period_s)
    states = fly(start, beta, times, wind)
    memory = PlotMemory.of(96)
    for seconds, plot in zip(
        times, plots_of(measure(states, radar, np.random.default_rng(seed)), radar, times), strict=True
    ):
        memory.add(round(seconds * 1e9), plot)
    fit = JUDGE.fit(memory, Fit.none(0))
    place = fitted_impact(fit.mean[None], fit.covariance[None], fit.by_wind[None], limits)
    return place, land(start, beta, wind), float(times[-1])


def rounds(
    kind: Round, radar: Radar, count: int, limits: BallisticLimits = CALM, wind_sigma: float = 0.0
) -> Array:
    """Of each round the miss in metres, its squared distance by the ellipse, and that of the time."""
    found = []
    for seed in range(count):
        dice = np.random.default_rng([seed, 77])
        beta = kind.beta_kgpm2 * float(np.exp(dice.normal(0, 0.1)))
        wind = (float(dice.normal(0, 1)) * wind_sigma, float(dice.normal(0, 1)) * wind_sigma)
        start = aimed(kind, beta, dice.normal(0, 300, 2), dice.uniform(0, 2 * np.pi), wind)
        place, true, now_s = predicted(start, beta, radar, limits, wind, seed)
        apart = place.place_enu[0] - true[:2]
        late = place.time_s[0] + now_s - true[2]
        square = apart @ np.linalg.solve(place.covariance[0], apart)
        found.append((np.hypot(*apart), square, (late / place.time_sigma_s[0]) ** 2))
    return np.array(found)


def test_misses_are_those_of_the_bound_and_nine_in_ten_are_in_their_ellipse() -> None:
    everything = []
    for kind in (MORTAR, SHORT, MEDIUM):
        for radar in (RADAR_A, RADAR_B):
            found = rounds(kind, radar, 30)
            everything.append(found)
            start = aimed(kind, kind.beta_kgpm2, np.zeros(2), 1.0, (0.0, 0.0))
            times = np.arange(0, 10.01, radar.period_s)
            least, _ = bound(start, kind.beta_kgpm2, times, radar, 0.5)
            draws = np.random.default_rng(0).multivariate_normal(np.zeros(2), least[:2, :2], 10_000)
            ratio = np.median(found[:, 0]) / np.median(np.hypot(*draws.T))
            assert ratio <= 1.5, (kind.name, radar.name, ratio)
    whole = np.concatenate(everything)
    assert 0.85 <= (whole[:, 1] <= NINETY).mean() <= 0.95
    assert 0.85 <= (whole[:, 2] <= 2.706).mean() <= 0.95


def test_wind_that_is_not_known_widens_the_ellipse_as_much_as_it_moves_the_impact() -> None:
    """Ignored, a wind of six metres a second leaves more than a quarter of all impacts outside."""
    found = rounds(MORTAR, RADAR_A, 40, BallisticLimits(wind_sigma_mps=6.0), 6.0)
    ignored = rounds(MORTAR, RADAR_A, 40, CALM, 6.0)
    assert 0.8 <= (found[:, 1] <= NINETY).mean() <= 0.98
    assert (ignored[:, 1] <= NINETY).mean() < 0.75


def test_wind_that_is_known_moves_the_impact_with_it() -> None:
    wind = 12.0, -8.0
    blown = BallisticLimits(wind_mps=wind, wind_error_mps=0.0)
    start = aimed(MORTAR, 3500.0, np.zeros(2), 2.0, wind)
    misses = []
    for limits in (blown, CALM):
        found = [predicted(start, 3500.0, RADAR_A, limits, wind, seed) for seed in range(8)]
        misses.append(np.mean([place.place_enu[0] - true[:2] for place, true, _ in found], axis=0))
    assert np.hypot(*misses[0]) < 20.0 < np.hypot(*misses[1])


class Slope:
    """Ground that rises by a tenth to the east."""

    def ground_up_m(self, east_m: Array, north_m: Array) -> Array:
        return np.asarray(east_m * 0.1)


def test_a_fall_ends_where_the_ground_is() -> None:
    mean = np.array([[-3000.0, 0, 1500, 180, 0, 20, np.log(6000.0)]])
    covariance = np.diag([4.0, 4, 4, 1, 1, 1, 1e-4])[None]
    by_wind = np.zeros((1, 7, 2))
    found = fitted_impact(mean, covariance, by_wind, CALM, Slope())
    east = found.place_enu[0, 0]
    level = fitted_impact(
        mean, covariance, by_wind, CALM.model_copy(update={"ground_up_m": float(east) * 0.1})
    )
    assert abs(east) > 100
    assert_allclose(level.place_enu, found.place_enu, atol=2.0)
    assert_allclose(level.time_s, found.time_s, atol=0.02)
