import numpy as np
import pytest

from marsad.simulate.ballistics import (
    Atmosphere,
    Charge,
    density_kgpm3,
    falling,
    fired,
    height_m,
    laid,
    on_ground,
)
from marsad.simulate.route import RouteError

CALM = Atmosphere(40.0, 33.0)


def one(speed_mps: float, beta_kgpm2: float, burn_s: float = 0.0) -> Charge:
    return Charge(np.array([speed_mps]), np.array([beta_kgpm2]), burn_s)


@pytest.mark.parametrize(
    ("high_m", "density"), [(0, 1.2250), (5_000, 0.7364), (11_000, 0.3648), (15_000, 0.1948)]
)
def test_the_air_is_the_standard_atmosphere(high_m: float, density: float) -> None:
    assert density_kgpm3(np.array([high_m]))[0] == pytest.approx(density, abs=2e-4)


def test_without_air_a_round_flies_a_parabola() -> None:
    """Of 100 m/s at 45°, on an earth that does not turn: v² / g."""
    still = Atmosphere(0.0, 0.0)
    flight = fired(np.zeros(3), np.array([np.pi / 4]), np.array([0.0]), one(100.0, 1e12), still)
    assert flight.ends()[0][1] == pytest.approx(100.0**2 / 9.80665, rel=1e-3)
    assert flight.end_s[0] == pytest.approx(2 * 100.0 * np.sin(np.pi / 4) / 9.80665, rel=1e-3)


def test_what_falls_long_falls_as_fast_as_drag_lets_it() -> None:
    state = np.array([[0.0, 0.0, 3_000.0, 0.0, 0.0, 0.0]])
    path = falling(state, np.array([100.0]), CALM).trajectory(0, 0.0)
    terminal = np.sqrt(2 * 100.0 * 9.80665 / 1.2203)
    assert -path.velocity_enu[-1, 2] == pytest.approx(terminal, rel=0.01)


def test_burning_brings_it_to_its_speed_and_gravity_bends_its_path() -> None:
    flight = fired(np.zeros(3), np.radians([45.0]), np.array([0.0]), one(690.0, 9_000.0, 2.0), CALM)
    burnt = int(np.argmin(np.abs(flight.t_s - 2.0)))
    velocity = flight.states[burnt, 0, 3:]
    assert np.linalg.norm(velocity) == pytest.approx(690.0, rel=1e-4)
    assert 36.0 < np.degrees(np.arcsin(velocity[2] / 690.0)) < 44.0
    speeds = np.linalg.norm(flight.states[:, 0, 3:], axis=1)
    assert (np.diff(speeds[: burnt + 1]) > 0).all() and speeds[burnt + 1] < speeds[burnt]


def test_wind_blows_by_height() -> None:
    blown = Atmosphere(40.0, 33.0, (0.0, 1_000.0), ((0.0, 0.0), (10.0, 0.0)))
    assert blown.wind(np.array([0.0, 500.0, 2_000.0]))[:, 0] == pytest.approx([0.0, 5.0, 10.0])
    state = np.array([[0.0, 0.0, 3_000.0, 0.0, 0.0, 0.0]])
    drift = [falling(state, np.array([100.0]), air).ends()[0][0] for air in (CALM, blown)]
    assert drift[1] - drift[0] > 300.0


def test_a_path_ends_on_the_round_earth() -> None:
    place = on_ground(15_000.0, 10_000.0)
    assert height_m(place) == pytest.approx(0.0, abs=1e-3) and place[2] < -20.0
    flight = fired(place, np.radians([50.0]), np.radians([200.0]), one(230.0, 3_500.0), CALM)
    path = flight.trajectory(0, 12.5)
    assert path.start_s == 12.5 and height_m(path.position_enu[-1]) == pytest.approx(0.0, abs=1e-3)
    assert path.end_s == 12.5 + flight.end_s[0]


@pytest.mark.parametrize(
    ("charge", "range_m", "high", "flight_s"),
    [
        (one(230.0, 3_500.0), 3_100.0, True, (28.0, 42.0)),
        (one(400.0, 5_000.0, 1.0), 7_100.0, False, (25.0, 40.0)),
        (one(690.0, 9_000.0, 2.0), 18_400.0, False, (45.0, 70.0)),
    ],
)
def test_a_round_is_laid_so_that_it_hits(
    charge: Charge, range_m: float, high: bool, flight_s: tuple[float, float]
) -> None:
    blown = Atmosphere(40.0, 33.0, (0.0, 3_000.0), ((2.0, -1.0), (8.0, 6.0)))
    start, aim = on_ground(0.6 * range_m, -0.8 * range_m), on_ground(0.0, 0.0)
    laying = laid(start, aim[None], charge, blown, high=high)
    assert (np.degrees(laying.elevation_rad[0]) > 44.0) == high
    flight = fired(start, laying.elevation_rad, laying.azimuth_rad, charge, blown)
    assert np.hypot(*flight.ends()[0][:2]) < 1.0
    assert flight_s[0] < flight.end_s[0] < flight_s[1]


@pytest.mark.parametrize(
    ("range_m", "said"),
    [(9_000.0, r"9000 m away: its reach is from 2.. to 79\d\d m"), (100.0, "100 m away: its reach")],
)
def test_a_place_out_of_reach_is_said_with_what_is_within(range_m: float, said: str) -> None:
    with pytest.raises(RouteError, match=said):
        laid(on_ground(0.0, range_m), on_ground(0.0, 0.0)[None], one(400.0, 5_000.0, 1.0), CALM, high=False)
