"""Does a camera that looks ten times a second help, when its errors and its misses last?

Two boats that weave as the engine's steady model says, a radar that looks once a second, and a camera whose
errors are a first-order Gauss-Markov process and whose misses are a chain of two states, both of the same
size and share as the independent ones, so that only what lasts differs. Five cases: the radar alone; with a
camera that errs and misses independently; whose errors last; whose misses come in spells; both. The camera
measures azimuth and elevation, or range and azimuth.

Per case, over all seeds: the share of boat and time with a confirmed track within 150 m (completeness), the
track numbers that stood for the two boats (2 is right), confirmed tracks that stand for none, error of place,
squared error of place and velocity by its covariance per level dimension (NEES; 1 is honest). Last, how long
the engine takes the camera's errors and misses to last at the end.

Run:  .venv/bin/python benchmarks/correlated_sensors.py [--seeds 20] [--rates 10 20] [--ranged] [--known]
--known tells the engine how long errors and misses last, where the cases have any.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import exp, radians

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import Tracker, TrackingSettings, warm_up

Array = NDArray[np.float64]
LASTS_S = 120.0
NEAR_M = 150.0
SETTLED_S = 10.0  # from where on figures count
ERRORS_LAST_S, MISSES_LAST_S = 3.0, 5.0
STRENGTH_M2PS3 = 2.0  # of the boats' weaving, as the engine's steady model has it
DETECTION = 0.9
RADAR = (10.0, radians(0.3), radians(1.0), np.nan)
CAMERA_PLACE = np.array([600.0, -200.0, 15.0])


@dataclass(frozen=True)
class Case:
    """What sensors there are: a camera or none, and how long its errors and misses last (0: independent)."""

    name: str
    camera: bool = True
    errors_s: float = 0.0
    misses_s: float = 0.0


CASES = (
    Case("a radar alone", camera=False),
    Case("b independent"),
    Case("c lasting errors", errors_s=ERRORS_LAST_S),
    Case("d lasting misses", misses_s=MISSES_LAST_S),
    Case("e both", errors_s=ERRORS_LAST_S, misses_s=MISSES_LAST_S),
)


@dataclass
class Figures:
    """What was found of one case."""

    complete: list[float] = field(default_factory=list)
    identities: list[int] = field(default_factory=list)
    false: list[float] = field(default_factory=list)
    square_m2: list[float] = field(default_factory=list)
    nees: list[float] = field(default_factory=list)
    lasts_s: list[tuple[float, float]] = field(default_factory=list)

    def row(self, name: str) -> str:
        """One line of the table."""
        place = float(np.sqrt(np.mean(self.square_m2)))
        errors_s, misses_s = np.mean(self.lasts_s, 0)
        return (
            f"| {name} | {np.mean(self.complete):.3f} | {np.mean(self.identities):.2f} "
            f"| {np.mean(self.false):.3f} | {place:.1f} | {np.mean(self.nees):.2f} "
            f"| {errors_s:.2f}, {misses_s:.2f} |"
        )


class Boats:
    """Two boats by time, (T, 2, 6): white-noise acceleration held to about 8 m/s."""

    def __init__(self, random: np.random.Generator, step_s: float) -> None:
        state = np.array([[5500.0, 2500, 0, -6, 4, 0], [2500.0, 6000, 0, 5, -5, 0]])
        self.step_s, kept = step_s, [state]
        for _ in range(round(LASTS_S / step_s)):
            state = state.copy()
            before = state[:, 3:5].copy()
            kick = random.standard_normal((2, 2)) * np.sqrt(STRENGTH_M2PS3 * step_s)
            speed = np.hypot(*before.T)[:, None]
            state[:, 3:5] += kick - 0.02 * step_s * np.maximum(speed - 12.0, 0.0) * before
            state[:, :2] += (before + state[:, 3:5]) / 2 * step_s
            kept.append(state)
        self.states = np.array(kept)

    def at(self, t_s: float) -> Array:
        """States (2, 6) at a time."""
        return np.asarray(self.states[round(t_s / self.step_s)])


class Eye:
    """A sensor that sees the boats with errors and misses that may last."""

    def __init__(self, sensor: Sensor, case: Case, period_s: float, random: np.random.Generator) -> None:
        self.sensor, self.random, self.period_s = sensor, random, period_s
        self.sigma = np.array(sensor.sigmas[:3])
        self.stays = exp(-period_s / case.errors_s) if case.errors_s else 0.0
        # a spell of misses lasts so long in the mean, a spell of hits so that the share is kept
        self.ends = min(period_s / case.misses_s, 1.0) if case.misses_s else 1.0
        self.error = random.standard_normal((2, 3))
        self.blind = random.random(2) > DETECTION
        self.lasting = case.misses_s > 0

    def look(self, t_s: float, boats: Array) -> Scan:
        """What it sees now."""
        random, place = self.random, np.array(self.sensor.position_enu)
        fresh = random.standard_normal((2, 3))
        self.error = self.stays * self.error + np.sqrt(1 - self.stays**2) * fresh
        draw = random.random(2)
        if self.lasting:
            begins = self.ends * (1 - DETECTION) / DETECTION
            self.blind = np.where(self.blind, draw > self.ends, draw < begins)
        else:
            self.blind = draw > DETECTION
        offset = boats[:, :3] - place
        ground = np.hypot(offset[:, 0], offset[:, 1])
        azimuth, elevation = np.arctan2(offset[:, 0], offset[:, 1]), np.arctan2(offset[:, 2], ground)
        polar = np.stack([np.hypot(ground, offset[:, 2]), azimuth, elevation], -1)
        seen = (polar + self.sigma * self.error)[~self.blind]
        cover = self.sensor.coverage
        false = random.poisson(cover.clutter_per_scan)
        low = [cover.range_min_m, -np.pi, cover.elevation_min_rad]
        high = [cover.range_max_m, np.pi, cover.elevation_max_rad]
        values = np.full((len(seen) + false, 6), np.nan)
        values[: len(seen), :3], values[len(seen) :, :3] = seen, random.uniform(low, high, (false, 3))
        values[:, :3][:, np.isnan(self.sigma)] = np.nan
        sigmas = np.where(np.isnan(values), np.nan, np.append(self.sigma, [np.nan] * 3))
        order = random.permutation(len(values))
        return Scan(
            self.sensor.sensor_id,
            round(t_s * 1e9),
            Measurement.POLAR,
            values[order],
            sigmas[order],
            ("",) * len(values),
        )


def sensors(rate_hz: float, ranged: bool) -> tuple[Sensor, Sensor]:
    """The radar and the camera."""
    cover = Coverage(
        range_min_m=50.0,
        range_max_m=12_000.0,
        elevation_min_rad=-0.1,
        elevation_max_rad=0.2,
        detection_probability=(DETECTION, DETECTION),
        clutter_per_scan=3.0,
    )
    radar = Sensor("radar", "", SensorKind.RADAR, "", (0.0, 0.0, 20.0), cover, RADAR)
    sigmas = (15.0, radians(0.1), np.nan, np.nan) if ranged else (np.nan, radians(0.1), radians(0.1), np.nan)
    east, north, up = CAMERA_PLACE.tolist()
    cover = replace(cover, clutter_per_scan=0.3, scan_period_s=1 / rate_hz)
    return radar, Sensor("camera", "", SensorKind.CAMERA, "", (east, north, up), cover, sigmas)


def scans(case: Case, radar: Sensor, camera: Sensor, boats: Boats, seed: int) -> Iterator[Scan]:
    """All scans in the order of their times."""
    eye = Eye(radar, Case(""), 1.0, np.random.default_rng((seed, 1)))
    period_s = camera.coverage.scan_period_s
    other = Eye(camera, case, period_s, np.random.default_rng((seed, 2)))
    for k in range(round(LASTS_S / boats.step_s)):
        t_s = k * boats.step_s
        if k % round(1 / boats.step_s) == 0:
            yield eye.look(t_s, boats.at(t_s))
        if case.camera and k % round(period_s / boats.step_s) == round(period_s / boats.step_s) // 2:
            yield other.look(t_s, boats.at(t_s))


def play(
    case: Case, radar: Sensor, camera: Sensor, seed: int, found: Figures, settings: TrackingSettings
) -> None:
    """One run of one case."""
    boats = Boats(np.random.default_rng((seed, 0)), 0.025)
    tracker = Tracker(settings)
    tracker.set_sensor(radar)
    if case.camera:
        tracker.set_sensor(camera)
    numbers: set[int] = set()
    seen, looked, false, next_s = 0, 0, 0, SETTLED_S
    for scan in scans(case, radar, camera, boats, seed):
        while scan.t_ns > next_s * 1e9:
            table, truth = tracker.table(round(next_s * 1e9)), boats.at(next_s)
            table = table.where(table.confirmed)
            apart = np.linalg.norm(truth[:, None, :2] - table.mean[None, :, :2], axis=2)
            mine, its = linear_sum_assignment(np.minimum(apart, NEAR_M))
            near = apart[mine, its] < NEAR_M
            mine, its = mine[near], its[near]
            seen, looked, false = seen + len(mine), looked + 2, false + len(table) - len(its)
            numbers.update(table.track_id[its].tolist())
            columns = [0, 1, 3, 4]
            error = table.mean[its][:, columns] - truth[mine][:, columns]
            cov = table.covariance[its][:, np.array(columns)[:, None], columns]
            found.nees += ((error * np.linalg.solve(cov, error[..., None])[..., 0]).sum(1) / 4).tolist()
            found.square_m2 += (error[:, :2] ** 2).sum(1).tolist()
            next_s += 0.5
        tracker.observe(scan)
    found.complete.append(seen / looked)
    found.identities.append(len(numbers))
    found.false.append(2 * false / looked)
    found.lasts_s.append(tracker.correlation_s(camera.sensor_id) if case.camera else (0.0, 0.0))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--rates", type=float, nargs="+", default=[10.0, 20.0])
    parser.add_argument("--ranged", action="store_true")
    parser.add_argument("--known", action="store_true")
    parser.add_argument("--cases", default="abcde")
    parser.add_argument("--specification", action="store_true", help="run the NumPy twins: slow")
    given = parser.parse_args()
    settings = TrackingSettings(compiled=not given.specification)
    if settings.compiled:
        warm_up(lambda name: None)
    head = ("camera", "case", "completeness", "numbers for two", "false tracks", "error, m")
    print(f"| {' | '.join((*head, 'NEES per dimension', 'errors, misses last, s'))} |")
    print("|---|---|---|---|---|---|---|---|")
    for rate_hz in given.rates:
        for case in (case for case in CASES if case.name[0] in given.cases):
            if not case.camera and rate_hz != given.rates[0]:
                continue
            found, (radar, camera) = Figures(), sensors(rate_hz, given.ranged)
            if given.known:
                camera = replace(camera, error_correlation_s=case.errors_s, miss_correlation_s=case.misses_s)
            for seed in range(given.seeds):
                play(case, radar, camera, seed, found, settings)
            print(f"| {rate_hz:.0f} Hz {found.row(case.name)}", flush=True)


if __name__ == "__main__":
    main()
