"""A sensor more never makes the picture worse, though its errors last and its misses come in spells."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import exp, log, radians
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import ndtr

from marsad.evaluate.gospa import gospa
from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.scenario import Emitter, Scenario
from marsad.simulate.sensing import Camera, DirectionFinder, Radar
from marsad.simulate.sensors import CameraSettings, DirectionFinderSettings, RadarSettings
from marsad.simulate.trajectory import Trajectory
from marsad.simulate.truth import TrueObject, Truth, truth_of
from marsad.tracking import Tracker, TrackingSettings

Array = NDArray[np.float64]
Eye = Radar | Camera | DirectionFinder
LASTS_S, SETTLED_S, CUTOFF_M = 60.0, 12.0, 200.0
ERRORS_LAST_S, MISSES_LAST_S = 3.0, 5.0
KINDS = {
    Radar: SensorKind.RADAR,
    Camera: SensorKind.CAMERA,
    DirectionFinder: SensorKind.RADIO_FREQUENCY,
}
PLACES = [  # where each flies at time 0, and how fast, m and m/s
    ((-2_500.0, 3_000.0, 150.0), (22.0, -9.0, 0.0)),
    ((3_200.0, 2_400.0, 220.0), (-18.0, 12.0, 0.0)),
    ((800.0, -3_600.0, 120.0), (6.0, 25.0, 0.0)),
]


class Drawn:
    """One look's draws of one object: errors and luck as they last, all else of the stream itself."""

    def __init__(self, luck: float, errors: Array, stream: np.random.Generator) -> None:
        self._luck, self._errors, self.integers, self._stream = luck, errors, stream.integers, stream

    def standard_exponential(self) -> float:
        return -log(1 - self._luck)

    def random(self) -> float:
        luck, self._luck = self._luck, self._stream.random()
        return luck

    def standard_normal(self, size: int | None = None) -> Any:
        return self._errors[: size or 1] if size else float(self._errors[0])


class Lasting:
    """An eye whose errors and luck of each object are first-order Gauss-Markov processes."""

    def __init__(self, eye: Eye, errors_last_s: float = ERRORS_LAST_S) -> None:
        self.eye, self._plain = eye, eye.stream
        self._state: dict[int, Array] = {}
        period_s = eye.settings.period_s
        self._stays = np.array([exp(-period_s / MISSES_LAST_S), *[exp(-period_s / errors_last_s)] * 4])
        eye.stream = self.stream  # type: ignore[method-assign]

    def stream(self, row: int) -> Any:
        """The draws of the next look."""
        stream = self._plain(row)
        fresh = stream.standard_normal(5)
        last = self._state.get(row)
        now = fresh if last is None else self._stays * last + np.sqrt(1 - self._stays**2) * fresh
        self._state[row] = now
        return Drawn(float(np.clip(ndtr(now[0]), 1e-9, 1 - 1e-9)), now[1:], stream)


@dataclass
class Picture:
    """How good a picture was: mean share of objects with a track, numbers per object, mean GOSPA in m."""

    complete: float
    numbers: float
    gospa_m: float


def flying(name: str, place: tuple[float, float, float], velocity: tuple[float, float, float]) -> TrueObject:
    t = np.array([0.0, 10_000.0])
    v = np.array(velocity)
    path = Trajectory(t, np.array(place) + t[:, None] * v, np.array([v, v]))
    emitter = Emitter(power_dbm=20.0, period_s=1.0, burst_s=1.0)
    return TrueObject(name, ObjectKind.ONE_WAY_DRONE, True, path, -5.0, None, emitter, None)


@pytest.fixture
def truth(build: Callable[..., Scenario]) -> Callable[[int], Truth]:
    """The objects, with the seed of all streams."""
    empty = truth_of(build(object=[], expected={}, duration_s=200.0), 1)
    objects = tuple(flying(f"o{k}", *where) for k, where in enumerate(PLACES))
    return lambda seed: replace(empty, objects=objects, seed=seed)


@pytest.fixture
def eyes(build: Callable[..., Scenario], tables: dict[str, Any]) -> Callable[[Truth, str], Eye]:
    """A sensor by its name, new."""
    frame = build().layout.frame
    apart = {"latitude_deg": 33.012, "longitude_deg": 44.008}
    seen = {"false_plots_per_look": 0.1}

    def made(truth: Truth, name: str) -> Eye:
        kind = name.split()[0]
        table = {**tables[kind], **(apart if "apart" in name else {}), **seen}
        table["period_s"] = 0.1 if "quick" in name else 1.0
        table["node_id"] = table["node_id"][:-1] + str(len(name) % 10)
        if kind == "radar":
            table["false_plots_per_look"] = 3.0
            return Radar(RadarSettings(**table), truth, frame, 4 / 3)
        if kind == "camera":
            table |= {"pixels_to_detect": 0.5, "detection_probability": 0.85}
            return Camera(CameraSettings(**table), truth, frame, 4 / 3)
        return DirectionFinder(DirectionFinderSettings(**table), truth, frame, 4 / 3)

    return made


def sensor_of(name: str, eye: Eye) -> Sensor:
    """What the site knows of it: what its maker says."""
    limits = eye.settings
    chance = 0.9 if isinstance(limits, RadarSettings) else limits.detection_probability
    cover = Coverage(
        range_max_m=limits.range_max_m,
        elevation_min_rad=radians(limits.elevation_min_deg),
        elevation_max_rad=radians(limits.elevation_max_deg),
        detection_probability=(chance, chance),
        clutter_per_scan=max(limits.false_plots_per_look, 0.01),
        scan_period_s=limits.period_s,
        range_rate_min_mps=1.5 if isinstance(eye, Radar) else 0.0,
    )
    east, north, up = eye.position_enu.tolist()
    told = (ERRORS_LAST_S, MISSES_LAST_S) if "told" in name else (None, None)
    sensor = Sensor(name, name, KINDS[type(eye)], "test", (east, north, up), cover)
    return replace(sensor, error_correlation_s=told[0], miss_correlation_s=told[1])


def scan_of(name: str, eye: Eye, t_s: float) -> Scan:
    """A look as a scan; a camera and a finder are staring, and have seen all they could."""
    limits, plots = eye.settings, eye.look(t_s)
    values = np.full((len(plots), 6), np.nan)
    for row, plot in enumerate(plots):
        values[row, :4] = plot.range_m, plot.azimuth_rad, plot.elevation_rad, plot.range_rate_mps
    sigmas = np.full((len(plots), 6), np.nan)
    degrees = [getattr(limits, f"{angle}_sigma_deg", np.nan) for angle in ("azimuth", "elevation")]
    sigmas[:, :4] = getattr(limits, "range_sigma_m", np.nan), *np.radians(degrees), 0.4
    sigmas[np.isnan(values)] = np.nan
    return Scan(name, round(t_s * 1e9), Measurement.POLAR, values, sigmas, ("",) * len(plots))


def scans(eyes: dict[str, Eye]) -> Iterator[Scan]:
    """All looks in the order of their times; no two at one time."""
    times = [
        (look * eye.settings.period_s + 0.013 * place, name)
        for place, (name, eye) in enumerate(eyes.items())
        for look in range(round(LASTS_S / eye.settings.period_s))
    ]
    for t_s, name in sorted(times):
        yield scan_of(name, eyes[name], t_s)


def picture(truth: Truth, eyes: dict[str, Eye]) -> Picture:
    """How good a picture these sensors make."""
    tracker = Tracker(TrackingSettings())
    for name, eye in eyes.items():
        tracker.set_sensor(sensor_of(name, eye))
    rows = np.arange(len(truth.objects))
    numbers: list[set[int]] = [set() for _ in rows]
    complete, errors_m, next_s = [], [], SETTLED_S
    for scan in scans(eyes):
        while scan.t_ns > next_s * 1e9:
            table = tracker.table(round(next_s * 1e9))
            table = table.where(table.confirmed)
            true, _ = truth.states(rows, np.full(len(rows), next_s))
            found = gospa(true, table.mean[:, :3], CUTOFF_M)
            complete.append(found.assigned / len(rows))
            errors_m.append(found.distance)
            apart = np.linalg.norm(true[:, None] - table.mean[None, :, :3], axis=2)
            for mine, its in zip(*linear_sum_assignment(np.minimum(apart, CUTOFF_M)), strict=True):
                if apart[mine, its] < CUTOFF_M:
                    numbers[mine].add(int(table.track_id[its]))
            next_s += 1.0
        tracker.observe(scan)
    return Picture(
        float(np.mean(complete)), float(np.mean([len(one) for one in numbers])), float(np.mean(errors_m))
    )


def mean(pictures: list[Picture]) -> Picture:
    return Picture(
        *(
            float(np.mean([getattr(one, name) for one in pictures]))
            for name in ("complete", "numbers", "gospa_m")
        )
    )


BASES: tuple[tuple[str, ...], ...] = (("radar",), ("radar", "camera quick apart"))
MORE = (
    "camera quick",
    "camera quick  apart",
    "finder quick",
    "finder",
    "radar apart",
    "radar apart told",
    "radar quick apart told",
)


def holds(
    base: tuple[str, ...],
    more: tuple[str, ...],
    seeds: range,
    truth: Callable[[int], Truth],
    eyes: Callable[[Truth, str], Eye],
) -> None:
    """Compare the picture of the base with that of the base and more sensors, over the seeds."""

    def made(seed: int, names: tuple[str, ...]) -> Picture:
        true = truth(seed)
        built = {name: eyes(true, name) for name in names}
        for name, eye in built.items():
            if name != "radar":
                # that a radar's errors last nobody assumes: the site must say so
                Lasting(eye, ERRORS_LAST_S if "told" in name or "radar" not in name else 0.01)
        return picture(true, built)

    before = mean([made(seed, base) for seed in seeds])
    for one in more:
        after = mean([made(seed, (*base, one)) for seed in seeds])
        assert after.complete >= before.complete - 0.005, (one, before, after)
        assert after.numbers <= before.numbers + 0.05, (one, before, after)
        assert after.gospa_m <= 1.03 * before.gospa_m, (one, before, after)


def test_a_sensor_more_never_makes_the_picture_worse(
    truth: Callable[[int], Truth], eyes: Callable[[Truth, str], Eye]
) -> None:
    holds(("radar",), ("camera quick", "finder quick", "radar apart told"), range(3), truth, eyes)


@pytest.mark.apart
@pytest.mark.parametrize("base", BASES)
def test_none_of_many_sensors_makes_the_picture_worse(
    base: tuple[str, ...], truth: Callable[[int], Truth], eyes: Callable[[Truth, str], Eye]
) -> None:
    holds(base, MORE, range(10), truth, eyes)


def test_errors_of_the_lasting_eye_last_and_are_as_large_as_others(
    truth: Callable[[int], Truth], eyes: Callable[[Truth, str], Eye]
) -> None:
    lasting = Lasting(eyes(truth(5), "camera quick"))
    drawn = np.array([lasting.stream(0).standard_normal(2)[0] for _ in range(20_000)])
    assert drawn.std() == pytest.approx(1.0, abs=0.15)
    alike = np.corrcoef(drawn[:-10], drawn[10:])[0, 1]
    assert alike == pytest.approx(exp(-1.0 / ERRORS_LAST_S), abs=0.08)
