"""Scans of a part of what a sensor covers teach of false plots what they hold."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import Tracker

SECOND = 1_000_000_000
FALSE_PER_SWEEP = 12.0
SIGMA = np.array([8.0, 0.009, 0.014, 0.5])
STATE = np.array([[4e3, 3e3, 300, -20.0, 5, 0], [-3e3, 4e3, 250, 10, -15, 0]])


def radar(kind: SensorKind, stated: float) -> Sensor:
    cover = Coverage(
        range_min_m=200.0,
        range_max_m=15e3,
        elevation_min_rad=-0.1,
        elevation_max_rad=1.0,
        detection_probability=(0.95, 0.9),
        clutter_per_scan=stated,
        scan_period_s=1.0,
    )
    return Sensor("s", "s", kind, "test", (0.0, 0.0, 10.0), cover, sigmas=(8.0, 0.009, 0.014, 0.5))


def plots(t_s: float, false: float, random: Any, real: bool = True) -> Any:
    """Plots (m, 6) of a whole look, the objects' and false ones."""
    now = STATE[: 2 * real, :3] + t_s * STATE[: 2 * real, 3:] - np.array([0.0, 0, 10])
    seen = now[random.random(len(now)) < 0.92]
    reach = np.linalg.norm(seen, axis=1)
    polar = np.stack([reach, np.arctan2(seen[:, 0], seen[:, 1]), np.arcsin(seen[:, 2] / reach)], -1)
    count, low, high = random.poisson(false), [200.0, -np.pi, -0.1], [15e3, np.pi, 1.0]
    values = np.full((len(polar) + count, 6), np.nan)
    values[: len(polar), :3] = polar + SIGMA[:3] * random.standard_normal(polar.shape)
    values[len(polar) :, :3] = random.uniform(low, high, (count, 3))
    return values


def scan(t_s: float, values: Any, partial: bool) -> Scan:
    sigmas = np.full_like(values, np.nan)
    sigmas[:, :3] = SIGMA[:3]
    t_ns = round(t_s * SECOND)
    return Scan("s", t_ns, Measurement.POLAR, values, sigmas, ("",) * len(values), partial)


def sweeps(parts: int, lasts_s: int = 120) -> Any:
    """Scans of sweeps, each as one scan or in so many parts by azimuth (0: one that is called partial)."""
    random = np.random.default_rng(3)
    for k in range(lasts_s):
        values = plots(float(k), FALSE_PER_SWEEP, random)
        sector = ((values[:, 1] % (2 * np.pi)) / (2 * np.pi) * max(parts, 1)).astype(int)
        for part in range(max(parts, 1)):
            yield scan(k + part / max(parts, 1), values[sector == part], parts != 1)


@pytest.mark.parametrize("stated", [1.0, 30.0])
@pytest.mark.parametrize("parts", [0, 8])
def test_a_radar_that_sends_parts_only_learns_its_false_plots(
    parts: int, stated: float, make_tracker: Callable[..., Tracker]
) -> None:
    whole, partly = (make_tracker(radar(SensorKind.RADAR, stated)) for _ in range(2))
    for tracker, scans in ((whole, sweeps(1)), (partly, sweeps(parts))):
        for one in scans:
            tracker.observe(one)
    assert whole.clutter_per_scan("s") == pytest.approx(FALSE_PER_SWEEP, rel=0.3)
    assert FALSE_PER_SWEEP / 2 < partly.clutter_per_scan("s") < FALSE_PER_SWEEP * 2


@pytest.mark.parametrize("false", [0.2, 1.0])
@pytest.mark.parametrize("silent", [False, True])
def test_a_staring_sensor_that_is_silent_when_it_sees_nothing_learns_them_too(
    silent: bool, false: float, make_tracker: Callable[..., Tracker]
) -> None:
    """Looks without plots are not sent: those that hold false ones only are no fair sample."""
    tracker, random = make_tracker(radar(SensorKind.OTHER, 5 * false)), np.random.default_rng(5)
    for k in range(1_200):
        values = plots(k / 10, false, random, real=not silent)
        if len(values):
            tracker.observe(scan(k / 10, values, True))
    assert false / 2 < tracker.clutter_per_scan("s") < false * 2


def test_bearings_teach_nothing(make_tracker: Callable[..., Tracker]) -> None:
    tracker, random = make_tracker(radar(SensorKind.CAMERA, 0.7)), np.random.default_rng(5)
    for k in range(100):
        values = plots(k / 10, 3.0, random)
        values[:, 0] = np.nan
        tracker.observe(scan(k / 10, values, True))
    assert tracker.clutter_per_scan("s") == 0.7


def test_claims_are_no_false_plots(make_tracker: Callable[..., Tracker]) -> None:
    tracker = make_tracker(replace(radar(SensorKind.ADSB, 0.01), position_enu=None))
    for k in range(50):
        place = np.full((1, 6), np.nan)
        place[0, :3] = np.random.default_rng(k).uniform(-9e3, 9e3, 3)
        tracker.observe(Scan("s", k * SECOND, Measurement.POSITION, place, np.full((1, 6), 9.0), ("",), True))
    assert tracker.clutter_per_scan("s") == 0.01
    assert tracker.clutter_per_scan("nobody") == 0.0
