"""Tracks from bearings alone: where lines cross, and not where they only seem to."""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.model.track import TrackTable
from marsad.tracking import Tracker, TrackingSettings
from marsad.tracking.bearings.triangulation import Prior, locate

SECOND = 1_000_000_000
PLACES = np.array([[0.0, 0, 10], [2500, 0, 10], [0, 2500, 15]])
OBJECTS = np.array(
    [
        [1500.0, 3000, 300, 20, -30, 0],
        [-2000, 2500, 200, 30, 10, 0],
        [3000, -1500, 400, -25, 20, 0],
        [-1500, -2000, 150, 10, 30, 0],
    ]
)


@dataclass
class Watch:
    """Sensors that measure directions only, each looking once a second, one after the other."""

    places: Any
    objects: Any
    elevation: bool = False
    sigma_rad: float = 0.01
    detection: float = 0.9
    false_plots: float = 0.1
    sights: Any = None  # which objects each sensor can see; None: all
    seed: int = 0
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def tracker(self, **settings: Any) -> Tracker:
        tracker = Tracker(TrackingSettings(**settings))
        cover = Coverage(
            range_max_m=8000.0,
            elevation_min_rad=-0.1,
            elevation_max_rad=1.2,
            detection_probability=(self.detection, self.detection),
            clutter_per_scan=max(self.false_plots, 0.01),
        )
        sigmas = (10.0, self.sigma_rad, self.sigma_rad, 1.0)
        for k, place in enumerate(self.places):
            sensor = Sensor(f"s{k}", "", SensorKind.CAMERA, "", tuple(place.tolist()), cover, sigmas)
            tracker.set_sensor(sensor)
        return tracker

    def truth(self, t_s: float) -> Any:
        now = self.objects.copy()
        now[:, :3] += t_s * now[:, 3:]
        return now

    def scans(self, looks: int) -> Iterator[Scan]:
        for look in range(looks):
            for k, place in enumerate(self.places):
                t_s = look + (k + 0.5) / len(self.places)
                now = self.truth(t_s)[:, :3] if self.sights is None else self.truth(t_s)[self.sights[k], :3]
                offset = now[self.rng.random(len(now)) < self.detection] - place
                false = self.rng.poisson(self.false_plots)
                values = np.full((len(offset) + false, 6), np.nan)
                azimuth = np.arctan2(offset[:, 0], offset[:, 1])
                values[:, 1] = np.r_[azimuth, self.rng.uniform(-np.pi, np.pi, false)]
                if self.elevation:
                    up = np.arctan2(offset[:, 2], np.hypot(offset[:, 0], offset[:, 1]))
                    values[:, 2] = np.r_[up, self.rng.uniform(-0.1, 1.2, false)]
                values[:, 1:3] += self.sigma_rad * self.rng.standard_normal((len(values), 2))
                sigmas = np.where(np.isnan(values), np.nan, self.sigma_rad)
                t_ns = round(t_s * SECOND)
                yield Scan(f"s{k}", t_ns, Measurement.POLAR, values, sigmas, ("",) * len(values))


def shown(tracker: Tracker, t_ns: int) -> TrackTable:
    table = tracker.table(t_ns)
    return table.where(table.confirmed)


def off(table: TrackTable, truth: Any) -> Any:
    """Distance on the ground (n, k) of every track from every object."""
    return np.linalg.norm(table.mean[:, None, :2] - truth[None, :, :2], axis=-1)


@pytest.mark.parametrize(
    ("sensors", "objects", "elevation", "sigma_rad", "within_s"),
    [
        (2, 1, False, 0.01, 15),
        (2, 2, True, 0.001, 15),
        (2, 4, True, 0.001, 15),
        (3, 1, False, 0.01, 10),
        (3, 2, False, 0.01, 15),
        (3, 4, False, 0.01, 15),
        (3, 4, True, 0.01, 15),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_objects_are_found_where_bearings_cross(
    sensors: int, objects: int, elevation: bool, sigma_rad: float, within_s: int, seed: int
) -> None:
    watch = Watch(PLACES[:sensors], OBJECTS[:objects], elevation, sigma_rad, seed=seed)
    tracker = watch.tracker()
    for scan in watch.scans(within_s + 5):
        tracker.observe(scan)
        if scan.t_ns < within_s * SECOND:
            continue
        table = shown(tracker, scan.t_ns)
        apart = off(table, watch.truth(scan.t_ns / SECOND))
        assert apart.shape == (objects, objects), "one track per object, no ghost"
        assert apart.min(0).max() < 300 and len(set(apart.argmin(0).tolist())) == objects
    assert tracker.counters["births"] == 0 < tracker.counters["crossings"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("objects", [2, 3])
def test_two_sensors_that_cannot_tell_objects_from_ghosts_show_neither(objects: int, seed: int) -> None:
    together = np.array(
        [[500.0, 3000, 300, 20, -10, 0], [2000, 3500, 250, -10, 10, 0], [1200, 2000, 200, 0, 20, 0]]
    )
    watch = Watch(PLACES[:2], together[:objects], seed=seed)
    tracker = watch.tracker()
    for scan in watch.scans(30):
        tracker.observe(scan)
        assert len(shown(tracker, scan.t_ns)) == 0
    assert tracker.counters["crossings"] > objects**2


def test_two_sensors_that_see_different_objects_show_nothing() -> None:
    watch = Watch(PLACES[:2], OBJECTS[:2], True, 0.001, sights=([0], [1]))
    tracker = watch.tracker()
    for scan in watch.scans(30):
        tracker.observe(scan)
        assert len(shown(tracker, scan.t_ns)) == 0


def test_sensors_on_one_mast_do_not_triangulate() -> None:
    watch = Watch(np.array([[0.0, 0, 10], [20, 0, 20]]), OBJECTS[:2], True, 0.001)
    tracker = watch.tracker()
    for scan in watch.scans(20):
        tracker.observe(scan)
    assert tracker.counters["crossings"] == 0 and len(tracker.table(20 * SECOND)) == 0


def test_a_track_lost_by_the_radar_lives_on_while_two_cameras_agree(world: Any) -> None:
    watch = Watch(PLACES[:2], OBJECTS[:1], True, 0.001)
    tracker = watch.tracker(bearing_coast_s_max=20.0)
    tracker.set_sensor(world.radar())
    for scan in watch.scans(60):
        t_s = scan.t_ns / SECOND
        if t_s < 4:
            tracker.observe(world.polar_scan(t_s, watch.truth(t_s)))
        tracker.observe(scan)
    table = shown(tracker, 60 * SECOND)
    assert table.track_id.tolist() == [1]
    assert off(table, watch.truth(60.0)).max() < 100


def test_late_bearings_end_in_the_same_state_and_ids_as_bearings_in_order() -> None:
    watch = Watch(PLACES, OBJECTS[:2], seed=1)
    scans = list(watch.scans(10))
    straight, mixed = watch.tracker(), watch.tracker()
    for scan in scans:
        straight.observe(scan)
    order = [scan for k, scan in enumerate(scans) if k not in (4, 11)]
    order.insert(7, scans[4])
    order.insert(14, scans[11])
    meaning: dict[int, int] = {}
    for scan in order:
        mixed.observe(scan)
        table = mixed.table(scan.t_ns)
        for track_id, first in zip(table.track_id.tolist(), table.first_t_ns.tolist(), strict=True):
            assert meaning.setdefault(track_id, first) == first, "an id came to mean another object"
    one, other = straight.table(scans[-1].t_ns), mixed.table(scans[-1].t_ns)
    assert mixed.counters["late_scans"] == 2 and len(one) == len(other) >= 2
    rows = np.argsort(one.mean[:, 0]), np.argsort(other.mean[:, 0])
    assert_allclose(other.mean[rows[1]], one.mean[rows[0]], rtol=1e-9, atol=1e-6)
    assert_allclose(other.existence[rows[1]], one.existence[rows[0]], rtol=1e-7)


def test_specification_and_compiled_engine_agree_and_pickle_mid_run() -> None:
    watch = Watch(PLACES, OBJECTS, seed=2)
    trackers = [watch.tracker(), watch.tracker(compiled=False)]
    for k, scan in enumerate(watch.scans(8)):
        for tracker in trackers:
            tracker.observe(scan)
        if k == 9:
            trackers = [pickle.loads(pickle.dumps(tracker)) for tracker in trackers]
    a, b = (tracker.table(8 * SECOND) for tracker in trackers)
    assert len(a) >= 4
    assert_allclose(a.mean, b.mean, rtol=1e-6, atol=1e-4)
    assert_allclose(a.existence, b.existence, rtol=1e-6)


@pytest.mark.parametrize("elevation", [False, True])
@pytest.mark.parametrize("age_s", [0.0, 1.0])
def test_the_place_of_a_crossing_is_as_good_as_its_covariance_says(elevation: bool, age_s: float) -> None:
    rng, settings = np.random.default_rng(5), TrackingSettings()
    prior = Prior.of(settings)
    motion = prior.motion
    count, sigma = 400, 0.003
    place = rng.normal([1000.0, 4500, 1000], [1500, 1500, 300], (count, 3))
    velocity = rng.standard_normal((count, 3)) * [motion[0, 0], motion[0, 0], motion[0, 1]]
    lines = np.full((count, 2, 8), np.nan)
    for k, (sensor, age) in enumerate(((PLACES[0], 0.0), (PLACES[1], age_s))):
        offset = place - age * velocity - sensor
        lines[:, k, :3] = sensor
        lines[:, k, 3] = np.arctan2(offset[:, 0], offset[:, 1]) + sigma * rng.standard_normal(count)
        lines[:, k, 5], lines[:, k, 7] = sigma, 9000.0
        if elevation:
            up = np.arctan2(offset[:, 2], np.hypot(offset[:, 0], offset[:, 1]))
            lines[:, k, 4], lines[:, k, 6] = up + sigma * rng.standard_normal(count), sigma
    mean, cov, log = locate(lines, np.full(count, age_s), prior.height, motion[:1])
    mean, cov = mean[:, 0], cov[:, 0]
    settled = ~np.isnan(log[:, 0])
    assert settled.mean() > 0.95
    apart = (np.c_[place, velocity] - mean)[settled]
    used = 3 if elevation else 2
    square = (
        apart[:, :used] * np.linalg.solve(cov[settled][:, :used, :used], apart[:, :used, None])[..., 0]
    ).sum(1)
    assert 0.85 < np.median(square) / {2: 1.386, 3: 2.366}[used] < 1.2
    assert elevation or np.sqrt(np.median(cov[settled, 2, 2])) > 1400, "height was not measured"
