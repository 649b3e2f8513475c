"""Two radars that differ by more than they say: a rocket is still known for one, and its ellipse is wider."""

from dataclasses import replace

import numpy as np
import pytest

from marsad.assessment.ballistic import BallisticLimits, Impact, fitted_impact
from marsad.model.ballistic import BallisticTable, FitVerdict
from marsad.tracking import Follower, TrackingSettings
from marsad.tracking.ballistic.apart import SENSORS_MAX, Apart
from marsad.tracking.ballistic.judging import Fit

from .rounds import MEDIUM, RADAR_A, land, measure
from .test_fit import JUDGE, SENSOR, attributed, plots_of, scan_of, table_of, thrown

SECOND = 1_000_000_000
SENSORS = {"radar": SENSOR, "other": replace(SENSOR, sensor_id="other")}


def followed(azimuth_deg: float, late_s: float, seconds: float = 10.0) -> tuple[list[BallisticTable], Impact]:
    """The fits of a rocket that two radars see by turns, the second turned and with a clock that is late;
    and where it really comes down, as the miss of the prediction by the last of them."""
    follower, found = Follower(TrackingSettings(), "ballistic"), []
    states, times, beta = thrown(MEDIUM, RADAR_A, seconds, seed=4)
    seen = measure(states, RADAR_A, np.random.default_rng(4))
    for number, (time_s, values) in enumerate(zip(times, seen, strict=True)):
        second = number % 2 == 1
        told = values + np.array([0.0, np.radians(azimuth_deg) * second, 0.0])
        t_ns = round((time_s + late_s * second) * SECOND)
        scan = replace(scan_of(told[None], t_ns), sensor_id="other" if second else "radar")
        follower.hear(scan, attributed(3), SENSORS, lambda sensor: np.eye(3))
        now_ns = round(time_s * SECOND) + SECOND // 2
        found.append(follower.table(table_of({3: states[number]}, now_ns)))
    last = found[-1]
    place = fitted_impact(last.mean, last.covariance, last.by_wind, BallisticLimits(wind_mps=(0.0, 0.0)))
    missed = place.place_enu - land(states[0], beta)[:2]
    return found, replace(place, place_enu=missed)


@pytest.mark.parametrize(("azimuth_deg", "late_s"), [(0.1, 0.0), (0.5, 0.0), (0.0, 0.1), (0.1, 0.3)])
def test_a_rocket_is_known_for_one_whatever_two_radars_differ_by(azimuth_deg: float, late_s: float) -> None:
    found, place = followed(azimuth_deg, late_s)
    falls = [bool((one.verdict == FitVerdict.BALLISTIC).all() and len(one)) for one in found]
    assert np.mean(falls[20:]) > 0.9
    missed, spread = place.place_enu[0], place.covariance[0]
    assert missed @ np.linalg.solve(spread, missed) < 9.2  # 99 % of two numbers
    assert np.hypot(*missed) < 500.0


def test_what_differs_is_told_as_a_wider_ellipse_and_what_agrees_as_one_fit() -> None:
    _, agree = followed(0.0, 0.0)
    _, differ = followed(0.1, 0.3)
    assert 1.2 * agree.sigma_major_m[0] < differ.sigma_major_m[0] < 10.0 * agree.sigma_major_m[0]


def test_of_an_aircraft_that_two_radars_see_apart_nothing_falls() -> None:
    follower, times = Follower(TrackingSettings(), "ballistic"), np.arange(0, 20.0, 0.25)
    dice, verdicts = np.random.default_rng(6), set()
    for number, time_s in enumerate(times):
        late_s = 0.3 * (number % 2)
        sinks = -60.0 if time_s > 5.0 else 0.0
        state = np.array([-9000.0 + 220 * time_s, 2500.0, 4000 + sinks * (time_s - 5), 220.0, 0.0, sinks])
        t_ns = round((time_s + late_s) * SECOND)
        scan = scan_of(measure(state[None], RADAR_A, dice), t_ns)
        scan = replace(scan, sensor_id="other" if number % 2 else "radar")
        follower.hear(scan, attributed(1), SENSORS, lambda sensor: np.eye(3))
        found = follower.table(table_of({1: state}, round(time_s * SECOND) + SECOND // 2))
        verdicts |= set(found.verdict.tolist())
    assert FitVerdict.BALLISTIC not in verdicts


def test_sensors_are_bounded_and_one_alone_changes_nothing() -> None:
    states, times, _ = thrown(MEDIUM, RADAR_A, 3.0)
    plots, apart = plots_of(measure(states, RADAR_A, np.random.default_rng(1)), RADAR_A, times), Apart()
    torn = replace(Fit.none(0), verdict=FitVerdict.UNSTEADY, cut=3)
    for time_s, plot in zip(times, plots, strict=True):
        apart.add("radar", round(time_s * SECOND), plot, 96)
    assert apart.fit(torn, JUDGE, 40.0) is torn
    for number in range(2 * SENSORS_MAX):
        apart.add(f"radar-{number}", 0, plots[0], 96)
    assert len(apart._by_sensor) == SENSORS_MAX
    assert apart.fit(replace(torn, t_ns=3 * SECOND), JUDGE, 40.0).verdict is FitVerdict.BALLISTIC
