from dataclasses import replace
from math import isnan, nan

import numpy as np
import pytest

from marsad.evaluate.rockets import (
    TRACK_S,
    Foretold,
    RoundResult,
    Watch,
    at_track_time,
    circle_of_half,
    impact_bounds,
    nothing_foretold,
    warning_measures,
)
from marsad.simulate.ballistics import Atmosphere, Charge, fired, laid, on_ground

AIR = Atmosphere(0.0, 33.0)
SIGMAS = {
    "A": (10.0, np.radians(0.11), np.radians(0.11), 0.25),
    "B": (15.0, np.radians(0.5), np.radians(0.5), 1.0),
}


def bounds_of(sigmas: tuple[float, ...], period_s: float) -> list[np.ndarray]:
    """Of a mortar round from 3.1 km that flies for 37 s, seen from the site from its first second on."""
    start, charge = on_ground(0.0, 3_100.0), Charge(np.array([252.0]), np.array([3_500.0]))
    laying = laid(start, np.zeros((1, 3)), charge, AIR, high=True)
    flight = fired(start, laying.elevation_rad, laying.azimuth_rad, charge, AIR)
    assert flight.end_s[0] == pytest.approx(37.0, abs=1.0)
    state = np.concatenate(flight.at(0, np.array([1.0])), axis=1)[0]
    watch = Watch(np.array([0.0, 0.0, 10.0]), np.eye(3), (sigmas[0], sigmas[1], sigmas[2]))
    plots_s = np.arange(0.0, flight.end_s[0] - 1.0, period_s)
    return impact_bounds(state, 3_500.0, AIR, watch, plots_s, TRACK_S)


@pytest.mark.parametrize(
    ("radar", "wanted_m"), [("A", (219, 111, 41, 24, 9, 4)), ("B", (342, 237, 159, 121, 60, 31))]
)
def test_the_bound_is_that_of_the_published_geometry(radar: str, wanted_m: tuple[int, ...]) -> None:
    *sigmas, period_s = SIGMAS[radar]
    found = [circle_of_half(one[:2, :2]) for one in bounds_of(tuple(sigmas), period_s)]
    assert found == pytest.approx(wanted_m, rel=0.35)


def test_the_bound_grows_with_the_errors_and_without_a_height_and_is_none_without_plots() -> None:
    *sigmas, period_s = SIGMAS["A"]
    plain = bounds_of(tuple(sigmas), period_s)
    twice = bounds_of(tuple(2 * sigma for sigma in sigmas), period_s)
    flat = bounds_of((sigmas[0], sigmas[1], np.inf), period_s)
    for near, far, unknown in zip(plain, twice, flat, strict=True):
        assert np.linalg.eigvalsh(far - near).min() > -1e-6 * np.trace(far)
        assert np.linalg.eigvalsh(unknown - near).min() > -1e-6 * np.trace(unknown)
    assert circle_of_half(twice[2][:2, :2]) == pytest.approx(2 * circle_of_half(plain[2][:2, :2]), rel=0.2)
    sparse = bounds_of(tuple(sigmas), 10.0)
    assert isnan(circle_of_half(sparse[0][:2, :2])) and not isnan(circle_of_half(sparse[5][:2, :2]))


def test_half_of_a_round_distribution_lies_within_its_known_radius() -> None:
    assert circle_of_half(np.diag([100.0**2, 100.0**2])) == pytest.approx(117.7, abs=1.0)
    assert circle_of_half(np.diag([100.0**2, 1e-9])) == pytest.approx(67.4, abs=2.0)


def foretold(east_m: float, north_m: float, late_s: float = 0.5) -> Foretold:
    return Foretold((east_m, north_m), (100.0**2, 0.0, 50.0**2), late_s, 0.4, 20.0, 80.0)


def test_measures_at_a_track_time_are_of_those_foretold_and_tell_how_many_were() -> None:
    random = np.random.default_rng(3)
    east, north = 100.0 * random.standard_normal(4_000), 50.0 * random.standard_normal(4_000)
    rounds = [RoundResult({5.0: foretold(*place)}, 2.0, (), ()) for place in zip(east, north, strict=True)]
    rounds += [RoundResult({5.0: nothing_foretold(20.0)}, nan, (), ()), RoundResult({}, nan, (), ())]
    found = at_track_time(rounds, 5.0)
    assert (found.rounds, found.foretold) == (4_001, 4_000)
    assert found.contained == pytest.approx((0.5, 0.9, 0.95), abs=0.03)
    assert found.cep50_m == pytest.approx(circle_of_half(np.diag([100.0**2, 50.0**2])), rel=0.05)
    assert (found.bound_m, found.late_sigma_s) == (80.0, 0.4) and found.late_rms_s == pytest.approx(0.5)
    assert isnan(at_track_time(rounds, 8.0).cep50_m)
    narrow = [
        replace(one, foretold={5.0: replace(one.foretold[5.0], covariance_m2=(2_500.0, 0.0, 625.0))})
        for one in rounds[:4_000]
    ]
    assert at_track_time(narrow, 5.0).contained[1] < 0.75


def test_warnings_are_counted_by_zones_hit_and_by_rounds_that_hit_none() -> None:
    rounds = [
        RoundResult({}, 3.0, ("a",), ("a", "b", "c")),
        RoundResult({}, 5.0, ("b",), ("a",)),
        RoundResult({}, nan, ("c",), ()),
        RoundResult({}, 4.0, (), ("a",)),
        RoundResult({}, nan, (), ()),
    ]
    found = warning_measures(rounds)
    assert (found.hits, found.hits_warned, found.missed, found.missed_warned) == (3, 1, 2, 1)
    assert found.first_s == 4.0 and found.warned_per_hit == pytest.approx(4 / 3)
