"""A small world for the tracker: sensors, truth that flies straight, scans of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

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


# a world of several sensors, each with its own bias of place and clock

SIGMA = np.array([8.0, 0.009, 0.014, 0.5])
COVER = Coverage(
    range_max_m=20_000.0,
    elevation_min_rad=-0.1,
    elevation_max_rad=1.4,
    detection_probability=(0.95, 0.9),
    clutter_per_scan=2.0,
)


@dataclass
class Station:
    """One sensor of the world: bias (4,) is range, azimuth, elevation, clock."""

    sensor: Sensor
    period_s: float
    offset_s: float
    bias: Array = field(default_factory=lambda: np.zeros(4))
    columns: tuple[int, ...] = (0, 1, 2, 3)


def radar(name: str, place: tuple[float, float, float], kind: SensorKind = SensorKind.RADAR) -> Sensor:
    return Sensor(name, name, kind, "test", place, COVER, sigmas=(8.0, 0.009, 0.014, 0.5))


def adsb() -> Sensor:
    cover = Coverage(detection_probability=(0.95, 0.95), clutter_per_scan=0.01)
    return Sensor("adsb", "adsb", SensorKind.ADSB, "test", None, cover, sigmas=(15.0, 0.1, 0.1, 1.0))


def flights(rng: np.random.Generator, count: int, speed_mps: tuple[float, float] = (30.0, 90.0)) -> Array:
    """States (n, 6) that cross the ring from 2 to 8 km in all directions."""
    bearing, heading = rng.uniform(-np.pi, np.pi, (2, count))
    distance, speed = rng.uniform(2000, 8000, count), rng.uniform(*speed_mps, count)
    state = np.zeros((count, 6))
    state[:, 0], state[:, 1] = distance * np.sin(bearing), distance * np.cos(bearing)
    state[:, 2] = rng.uniform(200, 1500, count)
    state[:, 3], state[:, 4] = speed * np.sin(heading), speed * np.cos(heading)
    # in the middle of the minute they are where they were drawn
    state[:, :3] -= 30.0 * state[:, 3:]
    return state


def scans(
    rng: np.random.Generator, looks: list[Station], state: Array, named: int, until_s: float
) -> list[Scan]:
    """All scans in order of arrival; the first `named` objects send their position."""
    out = []
    for look in looks:
        for t_s in np.arange(look.offset_s, until_s, look.period_s):
            now = state.copy()
            now[:, :3] += t_s * now[:, 3:]
            out.append((t_s, _scan(rng, look, now, named, t_s)))
    return [scan for _, scan in sorted(out, key=lambda item: item[0])]


def _scan(rng: np.random.Generator, look: Station, now: Array, named: int, t_s: float) -> Scan:
    cooperative = look.sensor.kind.is_cooperative
    t_ns = round((t_s + look.bias[3]) * SECOND)
    seen = np.flatnonzero(rng.random(len(now)) < 0.95)
    if cooperative:
        seen = seen[seen < named]
        values = np.full((len(seen), 6), np.nan)
        values[:, :3] = now[seen, :3] + 15.0 * rng.standard_normal((len(seen), 3))
        labels = tuple(f"icao:{k:06x}" for k in seen)
        sigmas = np.where(np.isnan(values), np.nan, 15.0)
        return Scan(look.sensor.sensor_id, t_ns, Measurement.POSITION, values, sigmas, labels)
    offset = now[seen, :3] - np.array(look.sensor.position_enu)
    distance = np.linalg.norm(offset, axis=1)
    clean = np.stack(
        [
            distance,
            np.arctan2(offset[:, 0], offset[:, 1]),
            np.arcsin(offset[:, 2] / distance),
            (offset * now[seen, 3:]).sum(1) / distance,
        ],
        1,
    )
    noisy = clean + SIGMA * rng.standard_normal(clean.shape) + np.append(look.bias[:3], 0.0)
    false = rng.uniform([200, -np.pi, -0.1, -60], [20_000, np.pi, 1.0, 60], (rng.poisson(2.0), 4))
    values = np.full((len(seen) + len(false), 6), np.nan)
    values[:, :4] = np.concatenate([noisy, false])
    values[:, [c for c in range(4) if c not in look.columns]] = np.nan
    sigmas = np.full_like(values, np.nan)
    sigmas[:, :4] = np.where(np.isnan(values[:, :4]), np.nan, SIGMA)
    return Scan(look.sensor.sensor_id, t_ns, Measurement.POLAR, values, sigmas, ("",) * len(values))


def pair_of_radars(bias: Any = (0.0, 0.0, 0.0, 0.0)) -> list[Station]:
    """Two radars 5 km apart, the second of which is off."""
    return [
        Station(radar("north", (0.0, 0.0, 10.0)), 1.0, 0.0),
        Station(radar("south", (4000.0, -3000.0, 20.0)), 1.0, 0.37, np.array(bias, float)),
    ]


def receiver(clock_s: float = 0.0) -> Station:
    """A receiver of what aircraft say of themselves."""
    return Station(adsb(), 1.0, 0.71, np.array([0.0, 0.0, 0.0, clock_s]))


def tracker_of(looks: list[Station], **settings: Any) -> Tracker:
    """A tracker that knows these sensors."""
    tracker = Tracker(TrackingSettings(**settings))
    for look in looks:
        tracker.set_sensor(look.sensor)
    return tracker


def without_bias(looks: list[Station]) -> list[Station]:
    """The same sensors, true."""
    return [replace(look, bias=np.zeros(4)) for look in looks]


class BiasedWorld:
    """Sensors that are off, and what flies about them."""

    Station = Station
    radar = staticmethod(radar)
    flights = staticmethod(flights)
    scans = staticmethod(scans)
    pair_of_radars = staticmethod(pair_of_radars)
    receiver = staticmethod(receiver)
    tracker_of = staticmethod(tracker_of)
    without_bias = staticmethod(without_bias)


@pytest.fixture
def biased() -> type[BiasedWorld]:
    return BiasedWorld
