"""Does registration correct what is not off, and still find what is?

    python benchmarks/lasting_errors.py [--seeds 40] [--until-s 180] [--last-s 0 3 10 30]

Five boats (5-12 m/s, within 2-7 km) or twelve flights (30-90 m/s) are seen by two radars 5 km apart, once a
second each, and say themselves where they are, two of five of them. Errors have the stated size and last:
each radar's error of each object's range, azimuth, elevation is a Gauss-Markov process of that correlation
time. Without any bias: in how many runs anything was corrected at any time, and the largest such correction.
With one radar off by 0.5 degrees, or by 0.3 s: in how many runs it was corrected, after how long, and how
exactly at the end.
"""

import argparse
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Measurement, Scan
from marsad.model.registration import PARAMETERS
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.tracking import Tracker, TrackingSettings, warm_up

Array = NDArray[np.float64]

SECOND = 1_000_000_000
SIGMA = np.array([8.0, 0.009, 0.014, 0.5])
SAID_SIGMA_M = 15.0
UNITS = np.array([1.0, 180 / np.pi, 180 / np.pi, 1.0])
COVER = Coverage(
    range_max_m=20_000.0,
    elevation_min_rad=-0.1,
    elevation_max_rad=1.4,
    detection_probability=(0.95, 0.9),
    clutter_per_scan=2.0,
)
PLACES = {"north": (0.0, 0.0, 20.0), "south": (4000.0, -3000.0, 20.0)}


@dataclass
class Lasting:
    """Errors (n, 3) of n objects by one radar, alike for last_s."""

    rng: np.random.Generator
    count: int
    last_s: float
    now: Array = field(init=False)
    t_s: float = 0.0

    def __post_init__(self) -> None:
        self.now = self.rng.standard_normal((self.count, 3))

    def at(self, t_s: float) -> Array:
        """The errors then, in units of the stated ones."""
        stay = np.exp(-(t_s - self.t_s) / self.last_s) if self.last_s > 0 else 0.0
        fresh = self.rng.standard_normal(self.now.shape)
        self.now, self.t_s = stay * self.now + np.sqrt(1 - stay**2) * fresh, t_s
        return self.now


def moving(rng: np.random.Generator, boats: bool) -> Array:
    """States (n, 6) at the beginning."""
    count, speed, height = (5, (5.0, 12.0), (0.0, 5.0)) if boats else (12, (30.0, 90.0), (200.0, 1500.0))
    bearing, heading = rng.uniform(-np.pi, np.pi, (2, count))
    distance, pace = rng.uniform(2000, 7000, count), rng.uniform(*speed, count)
    state = np.zeros((count, 6))
    state[:, 0], state[:, 1] = distance * np.sin(bearing), distance * np.cos(bearing)
    state[:, 2] = rng.uniform(*height, count)
    state[:, 3], state[:, 4] = pace * np.sin(heading), pace * np.cos(heading)
    state[:, :3] -= 90.0 * state[:, 3:]
    return state


def scans(rng: np.random.Generator, boats: bool, last_s: float, bias: Array, until_s: float) -> list[Scan]:
    """All scans as they come; the southern radar is off by `bias` (4,)."""
    start = moving(rng, boats)
    errors = {name: Lasting(rng, len(start), last_s) for name in PLACES}
    out = []
    for t_s in np.arange(0.0, until_s, 1.0):
        out.append(polar(rng, "north", start, t_s, errors, np.zeros(4)))
        out.append(polar(rng, "south", start, t_s + 0.37, errors, bias))
        out.append(said(rng, start, t_s + 0.71))
    return out


def polar(
    rng: np.random.Generator, name: str, start: Array, t_s: float, errors: dict[str, Lasting], bias: Array
) -> Scan:
    """What a radar sees."""
    place = start[:, :3] + t_s * start[:, 3:] - np.array(PLACES[name])
    distance = np.linalg.norm(place, axis=1)
    values = np.full((len(start), 6), np.nan)
    values[:, 0], values[:, 1] = distance, np.arctan2(place[:, 0], place[:, 1])
    values[:, 2] = np.arcsin(place[:, 2] / distance)
    values[:, 3] = (place * start[:, 3:]).sum(1) / distance + SIGMA[3] * rng.standard_normal(len(start))
    values[:, :3] += errors[name].at(t_s) * SIGMA[:3] + bias[:3]
    seen = rng.random(len(start)) < 0.95
    low, high = [200.0, -np.pi, -0.1, -60.0], [20_000.0, np.pi, 1.0, 60.0]
    false = np.full((rng.poisson(2.0), 6), np.nan)
    false[:, :4] = rng.uniform(low, high, (len(false), 4))
    values = np.concatenate([values[seen], false])
    sigmas = np.full_like(values, np.nan)
    sigmas[:, :4] = SIGMA
    t_ns = round((t_s + bias[3]) * SECOND)
    return Scan(name, t_ns, Measurement.POLAR, values, sigmas, ("",) * len(values))


def said(rng: np.random.Generator, start: Array, t_s: float) -> Scan:
    """What two of five say of themselves."""
    named = start[: 2 * len(start) // 5]
    values = np.full((len(named), 6), np.nan)
    values[:, :3] = named[:, :3] + t_s * named[:, 3:] + SAID_SIGMA_M * rng.standard_normal((len(named), 3))
    sigmas = np.where(np.isnan(values), np.nan, SAID_SIGMA_M)
    labels = tuple(f"icao:{k:06x}" for k in range(len(named)))
    return Scan("said", round(t_s * SECOND), Measurement.POSITION, values, sigmas, labels)


def learner() -> Tracker:
    """A tracker that knows the sensors."""
    tracker = Tracker(TrackingSettings())
    for name, place in PLACES.items():
        tracker.set_sensor(Sensor(name, name, SensorKind.RADAR, "", place, COVER, (8.0, 0.009, 0.014, 0.5)))
    itself = Coverage(detection_probability=(0.95, 0.95), clutter_per_scan=0.01)
    tracker.set_sensor(Sensor("said", "said", SensorKind.ADSB, "", None, itself, (15.0, 0.1, 0.1, 1.0)))
    return tracker


def run(seed: int, boats: bool, last_s: float, bias: Array, until_s: float) -> tuple[Array, Any, int]:
    """Largest corrections (S, 4); when the southern radar was first corrected by each (4,); the end."""
    rng, tracker = np.random.default_rng([seed, round(last_s)]), learner()
    largest, first = np.zeros((3, 4)), np.full(4, np.nan)
    names = [*PLACES, "said"]
    table = tracker.registration()
    for scan in scans(rng, boats, last_s, bias, until_s):
        tracker.observe(scan)
        new = tracker.registration()
        if new is table:
            continue
        table = new
        for row, name in enumerate(table.sensor_ids):
            done = np.where(table.applied[row], np.abs(np.nan_to_num(table.estimate[row])), 0.0)
            place = names.index(name)
            largest[place] = np.maximum(largest[place], done)
            if name == "south":
                first = np.where(np.isnan(first) & table.applied[row], scan.t_ns / SECOND, first)
    return largest, (first, table), tracker.counters["late_scans"]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--until-s", type=float, default=180.0)
    parser.add_argument("--last-s", type=float, nargs="+", default=[0.0, 3.0, 10.0, 30.0])
    options = parser.parse_args()
    warm_up(lambda name: None)
    print("| no bias | errors last | runs corrected | range, azimuth, elevation, clock | largest | late |")
    for boats in (True, False):
        for last_s in options.last_s:
            runs = [run(s, boats, last_s, np.zeros(4), options.until_s) for s in range(options.seeds)]
            largest = np.array([found[0] for found in runs])
            corrected, by = (largest > 0).any((1, 2)).sum(), (largest > 0).any(1).sum(0)
            most = largest.max((0, 1)) * UNITS
            late = sum(found[2] for found in runs)
            print(
                f"| {'boats' if boats else 'flights'} | {last_s:g} s | {corrected} of {len(runs)} "
                f"| {', '.join(map(str, by))} | {', '.join(f'{x:.2f}' for x in most)} | {late} |"
            )
    print("| true bias | errors last | found | median, last after s | error, rms | also corrected |")
    for boats in (True, False):
        for which, size in ((1, np.radians(0.5)), (3, 0.3)):
            for last_s in options.last_s:
                found_line(options, boats, which, size, last_s)


def found_line(options: Any, boats: bool, which: int, size: float, last_s: float) -> None:
    """Print what became of one true bias."""
    bias = np.zeros(4)
    bias[which] = size
    when, off, also = [], [], Counter[str]()
    for seed in range(options.seeds):
        largest, (first, table), _ = run(seed, boats, last_s, bias, options.until_s)
        row = table.sensor_ids.index("south")
        off.append((table.estimate[row, which] - size) * UNITS[which])
        if np.isfinite(first[which]):
            when.append(first[which])
        wrong = largest > 0
        wrong[1, which] = False
        also.update(PARAMETERS[k] for k in np.flatnonzero(wrong.any(0)))
    times = f"{np.median(when):.0f}, {max(when):.0f}" if when else "-"
    print(
        f"| {'boats' if boats else 'flights'}, {PARAMETERS[which]} | {last_s:g} s "
        f"| {len(when)} of {options.seeds} | {times} | {np.sqrt(np.mean(np.square(off))):.3f} "
        f"| {', '.join(f'{k} {v}' for k, v in sorted(also.items())) or '-'} |"
    )


if __name__ == "__main__":
    main()
