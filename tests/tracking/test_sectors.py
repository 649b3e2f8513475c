"""False plots counted by sector: a road does not blind the rest, nor fill the screen."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import Tracker, TrackingSettings, sectors
from marsad.tracking.sectors import AZIMUTHS, RINGS, sector_counts, sector_geometry

SECOND = 1_000_000_000


def learn_sectors(values: Any, polar: bool, shape: Any, counts: Any, false: Any, memory: float) -> Any:
    return sectors.learn_sectors(sectors.sectors(values, polar, shape), shape[0] > 0, counts, false, memory)


def sector_factors(values: Any, polar: bool, shape: Any, counts: Any, prior: float) -> Any:
    return sectors.sector_factors(sectors.sectors(values, polar, shape), shape[0] > 0, counts, prior)


COVER = Coverage(
    range_max_m=8000.0,
    elevation_min_rad=-0.1,
    elevation_max_rad=1.0,
    detection_probability=(0.9, 0.9),
    clutter_per_scan=8.0,
)
RADAR = Sensor("radar", "", SensorKind.RADAR, "", (0.0, 0.0, 10.0), COVER, (8.0, 0.009, 0.014, 0.5))
OFF = 1e9  # a prior so strong that all sectors keep to the mean


def scan(k: int, rng: np.random.Generator, state: Any = None, road: int = 8, rest: int = 2) -> Scan:
    """Plots of a road at azimuth 0.1 to 0.3, 4.2 to 5.8 km away, false ones everywhere, and an object."""
    low, high = [4200.0, 0.1, -0.01, -20.0], [5800.0, 0.3, 0.03, 20.0]
    plots = [rng.uniform(low, high, (rng.poisson(road), 4))]
    plots.append(rng.uniform([50, -np.pi, -0.1, -60], [8000, np.pi, 1.0, 60], (rng.poisson(rest), 4)))
    sigma = np.array([8.0, 0.009, 0.014, 0.5])
    if state is not None and rng.random() < 0.9:
        offset = state[:3] - np.array([0.0, 0.0, 10.0])
        distance = float(np.linalg.norm(offset))
        seen = [
            *(distance, np.arctan2(offset[0], offset[1]), np.arcsin(offset[2] / distance)),
            offset @ state[3:] / distance,
        ]
        plots.append((seen + sigma * rng.standard_normal(4))[None])
    values = np.full((sum(map(len, plots)), 6), np.nan)
    values[:, :4] = np.vstack(plots)
    sigmas = np.full_like(values, np.nan)
    sigmas[:, :4] = sigma
    return Scan("radar", k * SECOND, Measurement.POLAR, values, sigmas, ("",) * len(values))


def watch(prior: float, seed: int, scans: int = 150) -> tuple[Tracker, np.random.Generator, float]:
    """A tracker that has learned the road, and the mean number of false tracks it showed meanwhile."""
    rng = np.random.default_rng(seed)
    tracker = Tracker(TrackingSettings(clutter_sector_prior=prior))
    tracker.set_sensor(RADAR)
    false = 0.0
    for k in range(scans):
        tracker.observe(scan(k, rng))
        false += (tracker.table(k * SECOND).existence > 0.5).sum() * (k >= scans // 2)
    return tracker, rng, false / (scans // 2)


def until_confirmed(tracker: Tracker, rng: np.random.Generator, azimuth_rad: float, begin: int) -> int:
    """Scans until a drone that starts 5 km away is shown."""
    away = np.array([np.sin(azimuth_rad), np.cos(azimuth_rad), 0])
    for k in range(30):
        state = np.r_[away * (5000 - 25.0 * k) + [0, 0, 150], -25 * away]
        tracker.observe(scan(begin + k, rng, state))
        table = tracker.table((begin + k) * SECOND)
        near = np.linalg.norm(table.mean[:, :2] - state[:2], axis=1) < 300
        if (table.confirmed & near).any():
            return k + 1
    return 99


def test_a_noisy_road_starts_fewer_false_tracks_and_the_quiet_rest_sees_no_less() -> None:
    false, first = {}, {}
    for prior in (10.0, OFF):
        runs = [watch(prior, seed) for seed in range(2)]
        false[prior] = np.mean([run[2] for run in runs])
        first[prior] = np.mean([until_confirmed(tracker, rng, -2.0, 150) for tracker, rng, _ in runs])
    assert false[10.0] < 0.75 * false[OFF]
    assert first[10.0] <= first[OFF]


def test_a_drone_above_the_road_is_still_found() -> None:
    tracker, rng, _ = watch(10.0, 7)
    assert until_confirmed(tracker, rng, 0.2, 150) <= 20


def geometry(place: Any, **cover: Any) -> tuple[Any, Any]:
    sensor = Sensor("s", "", SensorKind.RADAR, "", place, Coverage(**cover))
    return sector_geometry(sensor, TrackingSettings()), sector_counts(sensor)


@pytest.mark.parametrize("polar", [True, False])
def test_even_false_plots_fill_all_sectors_alike(polar: bool) -> None:
    rng = np.random.default_rng(3)
    shape, counts = geometry(
        (100.0, -50.0, 0.0),
        range_min_m=500.0,
        range_max_m=5000.0,
        azimuth_from_rad=6.0,
        azimuth_width_rad=2.0,
    )
    azimuth = 6.0 + 2.0 * rng.random(20_000)
    if polar:
        values = np.full((20_000, 4), np.nan)
        values[:, 0], values[:, 1] = rng.uniform(500, 5000, 20_000), azimuth
    else:
        distance = np.sqrt(rng.uniform(500.0**2, 5000.0**2, 20_000))
        values = np.full((20_000, 6), np.nan)
        values[:, 0] = 100 + distance * np.sin(azimuth)
        values[:, 1] = -50 + distance * np.cos(azimuth)
    counts = learn_sectors(values, polar, shape, counts, np.ones(20_000), 100.0)
    assert len(counts) == AZIMUTHS * RINGS and counts.sum() == 20_000
    assert_allclose(counts / counts.mean(), 1.0, atol=0.25)
    assert_allclose(sector_factors(values, polar, shape, counts, 1.0).mean(), 1.0, atol=0.02)


def test_sectors_without_plots_keep_to_the_mean_and_those_with_many_leave_it() -> None:
    shape, counts = geometry((0.0, 0.0, 0.0), range_max_m=8000.0)
    here, there = np.array([[5000.0, 0.2, 0, 0]]), np.array([[5000.0, 3.0, 0, 0]])
    assert sector_factors(here, True, shape, counts, 10.0)[0] == 1.0
    counts = learn_sectors(here, True, shape, counts, np.ones(1), 200.0)
    assert_allclose(sector_factors(here, True, shape, counts, 10.0), 1.1, atol=0.01)
    for _ in range(500):
        counts = learn_sectors(np.repeat(here, 5, 0), True, shape, counts, np.ones(5), 200.0)
    assert sector_factors(here, True, shape, counts, 10.0)[0] > 30
    assert 0.3 < sector_factors(there, True, shape, counts, 10.0)[0] < 1.0
    # a bearing alone lies in all rings, a range alone in all azimuths
    bearing, ring = np.array([[np.nan, 0.2, 0, 0]]), np.array([[5000.0, np.nan, 0, 0]])
    chances = [sector_factors(plot, True, shape, counts, 10.0)[0] for plot in (here, bearing, ring)]
    assert chances[0] > chances[1] > chances[2] > 1.0


def test_bearings_are_of_no_sector() -> None:
    shape, counts = geometry((0.0, 0.0, 0.0))
    values = np.array([[np.nan, 1.0, np.nan, np.nan]])
    assert learn_sectors(values, True, shape, counts, np.ones(1), 200.0).sum() == 0


def test_a_rewind_takes_back_what_was_counted() -> None:
    rng = np.random.default_rng(9)
    scans = [scan(k, rng) for k in range(30)]
    straight, mixed = Tracker(TrackingSettings()), Tracker(TrackingSettings())
    for tracker, order in ((straight, scans), (mixed, [*scans[:20], *scans[21:23], scans[20], *scans[23:]])):
        tracker.set_sensor(RADAR)
        for item in order:
            tracker.observe(item)
    assert mixed.counters["late_scans"] == 1
    one, other = (tracker._sensors["radar"].sectors for tracker in (straight, mixed))
    assert one.sum() > 50
    assert_allclose(other, one, rtol=1e-9)
