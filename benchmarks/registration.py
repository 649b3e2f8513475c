"""What registration is worth: scenario C of the bench with one radar that is off.

    python benchmarks/registration.py BENCH [--seeds 3] [--duration 240] [--azimuth-deg 0.5] [--clock-s 0.3]

Radar 1 is turned by the azimuth bias, which is added to its azimuths, and its clock is ahead by
the offset, which is added to the time stamps of its scans; when they arrive, what other sensors
see and the truth stay as they are. GOSPA (p = 2, c = 200 m, each second) by stretches of time, of
four runs over the same scans: unbiased and biased, without and with registration.
"""

import argparse
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bench_adapter import KINDS, SHOW, coverage, scan_of, settings
from marsad.model.registration import PARAMETERS
from marsad.model.sensor import Sensor
from marsad.tracking import Tracker, warm_up

BIASED = 1


def tracked(scenario: Any, azimuth_rad: float, clock_s: float, enabled: bool) -> tuple[Any, Any, float]:
    """(arrival, time, positions, velocities) after each scan, the final biases, seconds used."""
    tracker = Tracker(settings(scenario, registration={"enabled": enabled}))
    for sensor in scenario.sensors.values():
        plane = sensor.kind in ("xy", "position")
        place = None if plane else (float(sensor.pos[0]), float(sensor.pos[1]), float(sensor.pos[2]))
        tracker.set_sensor(
            Sensor(str(sensor.id), sensor.kind, KINDS[sensor.kind], "bench", place, coverage(sensor))
        )
    shown, newest, spent = [], 0, 0.0
    for item in scenario.scans:
        scan = scan_of(item, scenario.sensors[item.sensor], scenario.dim)
        if item.sensor == BIASED:
            scan.values[:, 1] += azimuth_rad
            scan = replace(scan, t_ns=scan.t_ns + round(clock_s * 1e9))
        newest = max(newest, scan.t_ns)
        begin = time.perf_counter()
        tracker.observe(scan)
        spent += time.perf_counter() - begin
        table = tracker.table(newest)
        table = table.where(table.existence > SHOW)
        shown.append((item.arrival, newest * 1e-9, table.mean[:, :3], table.mean[:, 3:]))
    return shown, tracker.registration(), spent


def scores(scenario: Any, shown: Any, metrics: Any) -> tuple[Any, Any]:
    """GOSPA and localisation part at each scoring time."""
    total, near, k = [], [], 0
    for t, truth in zip(scenario.truth_time, scenario.truth_pos, strict=True):
        while k + 1 < len(shown) and shown[k + 1][0] <= t + 1e-9:
            k += 1
        _, when, place, velocity = shown[k]
        result = metrics.gospa(truth, place + (t - when) * velocity, scenario.c, scenario.p)
        total.append(result.total)
        near.append(result.loc)
    return np.array(total), np.array(near)


def main() -> None:
    """Print one table over all seeds and the biases found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--duration", type=float, default=240.0)
    parser.add_argument("--azimuth-deg", type=float, default=0.5)
    parser.add_argument("--clock-s", type=float, default=0.3)
    options = parser.parse_args()
    sys.path.insert(0, str(options.bench))
    import metrics
    import scenarios

    warm_up(lambda name: None)
    off = (np.radians(options.azimuth_deg), options.clock_s)
    runs = {
        "unbiased": (0.0, 0.0, False),
        "unbiased, registered": (0.0, 0.0, True),
        "biased": (*off, False),
        "biased, registered": (*off, True),
    }
    edges = np.append(np.arange(0, options.duration, 30.0), options.duration)
    print("| seed | run | " + " | ".join(f"{a:.0f}-{b:.0f} s" for a, b in pairwise(edges)) + " | s |")
    mean: dict[str, list[Any]] = {}
    for seed in range(options.first, options.first + options.seeds):
        scenario = scenarios.site(True, seed=seed, duration=options.duration)
        for name, (azimuth_rad, clock_s, enabled) in runs.items():
            shown, table, spent = tracked(scenario, azimuth_rad, clock_s, enabled)
            total, _ = scores(scenario, shown, metrics)
            at = np.digitize(scenario.truth_time, edges[1:-1])
            row = [total[at == part].mean() for part in range(len(edges) - 1)]
            mean.setdefault(name, []).append(row)
            print(f"| {seed} | {name} | " + " | ".join(f"{x:.1f}" for x in row) + f" | {spent:.2f} |")
            if enabled:
                report(table)
    for name, rows in mean.items():
        print(f"| all | {name} | " + " | ".join(f"{x:.1f}" for x in np.mean(rows, 0)) + " | |")


def report(table: Any) -> None:
    """Print the biases: estimate, sigma, * where applied, ! where large."""
    unit = np.array([1.0, 180 / np.pi, 180 / np.pi, 1.0])
    for row, name in enumerate(table.sensor_ids):
        parts = [
            f"{label.split('_')[0]} {e:+.3f}±{s:.3f}{'*' * bool(a)}{'!' * bool(g)}"
            for label, e, s, a, g in zip(
                PARAMETERS,
                table.estimate[row] * unit,
                table.sigma[row] * unit,
                table.applied[row],
                table.large[row],
                strict=True,
            )
        ]
        print(f"    {name}: {table.pairs[row]} pairs; " + ", ".join(parts))


if __name__ == "__main__":
    main()
