"""A small world for the tracker: sensors, truth that flies straight, scans of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import Tracker, TrackingSettings

Array = NDArray[np.float64]

SECOND = 1_000_000_000


@dataclass
class World:
    """Scans of objects in straight flight, with seeded noise."""

    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    @staticmethod
    def radar(
        name: str = "radar",
        position: tuple[float, float, float] = (0.0, 0.0, 10.0),
        coverage: Coverage | None = None,
        kind: SensorKind = SensorKind.RADAR,
    ) -> Sensor:
        cover = coverage or Coverage(
            range_max_m=15000.0,
            elevation_min_rad=-0.1,
            elevation_max_rad=1.4,
            detection_probability=(0.95, 0.9),
            clutter_per_scan=5.0,
        )
        return Sensor(name, name, kind, "test", position, cover, sigmas=(8.0, 0.009, 0.014, 0.5))

    @staticmethod
    def gps(name: str = "gps", kind: SensorKind = SensorKind.ADSB) -> Sensor:
        cover = Coverage(detection_probability=(0.95, 0.95), clutter_per_scan=0.01)
        return Sensor(name, name, kind, "test", None, cover, sigmas=(15.0, 0.1, 0.1, 1.0))

    def polar_scan(
        self,
        t_s: float,
        state: Array,
        origin: Array | None = None,
        name: str = "radar",
        noise: float = 1.0,
        false: int = 0,
    ) -> Scan:
        origin = np.array([0.0, 0.0, 10.0]) if origin is None else origin
        state = np.reshape(state, (-1, 6))
        offset = state[:, :3] - origin
        distance = np.linalg.norm(offset, axis=1)
        values = np.full((len(state) + false, 6), np.nan)
        values[: len(state), 0] = distance
        values[: len(state), 1] = np.arctan2(offset[:, 0], offset[:, 1])
        values[: len(state), 2] = np.arcsin(offset[:, 2] / distance)
        values[: len(state), 3] = (offset * state[:, 3:]).sum(1) / distance
        sigma = np.array([8.0, 0.009, 0.014, 0.5])
        values[: len(state), :4] += noise * sigma * self.rng.standard_normal((len(state), 4))
        low, high = np.array([200.0, -np.pi, -0.1, -60.0]), np.array([15000.0, np.pi, 1.0, 60.0])
        values[len(state) :, :4] = self.rng.uniform(low, high, (false, 4))
        sigmas = np.full_like(values, np.nan)
        sigmas[:, :4] = sigma
        return Scan(name, round(t_s * SECOND), Measurement.POLAR, values, sigmas, ("",) * len(values), False)

    def position_scan(
        self,
        t_s: float,
        position: Array,
        sigma: float = 10.0,
        labels: tuple[str, ...] = (),
        name: str = "gps",
        partial: bool = False,
        noisy: bool = True,
    ) -> Scan:
        position = np.atleast_2d(position)
        values = np.full((len(position), 6), np.nan)
        values[:, : position.shape[1]] = position
        if noisy:
            values[:, : position.shape[1]] += sigma * self.rng.standard_normal(position.shape)
        sigmas = np.where(np.isnan(values), np.nan, sigma)
        return Scan(
            name,
            round(t_s * SECOND),
            Measurement.POSITION,
            values,
            sigmas,
            labels or ("",) * len(values),
            partial,
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make_tracker() -> Callable[..., Tracker]:
    def make(*sensors: Sensor, **settings: object) -> Tracker:
        tracker = Tracker(TrackingSettings(**settings))
        for sensor in sensors:
            tracker.set_sensor(sensor)
        return tracker

    return make
