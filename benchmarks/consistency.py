"""Does the engine err as much as it says? Covariances, innovations and existence against the truth.

Method. The scenarios of a tracking benchmark (seeded plots with known truth; the folder is the first
argument) are played through the engine.

1. NEES: squared error of position and velocity of each confirmed track, by its covariance, per
   dimension; its truth is the optimal assignment within the scenario's cut-off. 1 is honest, less is
   timid, more is boastful.
2. NIS: the same of what each sensor measures of a confirmed track before the filter has seen it, by
   kind of sensor and by number measured. Plots that came late or from another object are left out.
3. Existence: of all tracks listed with a probability, the share that stands for an object.

Run:  .venv/bin/python benchmarks/consistency.py BENCH-FOLDER [--runs 2] [--picture FILE.svg]
"""

import argparse
import importlib
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from bench_adapter import COLUMNS, scan_of, tracker_of
from marsad.model.detection import Measurement, Scan
from marsad.model.track import TrackTable
from marsad.tracking import Tracker, TrackingSettings, warm_up
from marsad.tracking.measurement import innovations, masked_spread
from marsad.tracking.motion import SPACE
from marsad.tracking.projection import project_polar

SCENARIOS = (
    dict(name="A", n=100), dict(name="A-dense", n=50), dict(name="B"), dict(name="C"), dict(name="D"),
    dict(name="W15"), dict(name="X17-10-98"), dict(name="X17-30-75"),
)  # fmt: skip
NUMBERS = {
    "xy": ("east", "north"),
    "radar": ("range", "azimuth", "elevation", "range rate"),
    "bearing": ("azimuth",),
    "eo": ("azimuth", "elevation"),
    "position": ("east", "north", "up"),
}
BINS = np.array([0.0, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97, 0.99, 1.0])
HONEST = (0.8, 1.3)

Samples = dict[tuple[str, str], list[float]]


class Evidence:
    """What was found, by scenario and kind."""

    def __init__(self) -> None:
        self.nees: Samples = defaultdict(list)
        self.nis: Samples = defaultdict(list)
        self.existence: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        self.confirmed: dict[str, list[bool]] = defaultdict(list)

    def play(self, scenario: Any, options: dict[str, Any]) -> None:
        """One run of one scenario."""
        tracker, truth_at, newest = tracker_of(scenario, **options), 0, -1
        for scan in scenario.scans:
            while truth_at < len(scenario.truth_time) and scenario.truth_time[truth_at] < scan.arrival - 1e-9:
                self.look(scenario, tracker, truth_at)
                truth_at += 1
            made = scan_of(scan, scenario.sensors[scan.sensor], scenario.dim)
            if made.t_ns > newest:
                before = tracker.table(made.t_ns)
                self.innovations(scenario, scan, made, before.where(before.confirmed), tracker)
            else:
                tracker.observe(made)
            newest = max(newest, made.t_ns)

    def look(self, scenario: Any, tracker: Tracker, at: int) -> None:
        """Compare the picture with the truth of one time."""
        table, axes = tracker.table(round(scenario.truth_time[at] * 1e9)), scenario.dim
        columns = np.r_[:axes, 3 : 3 + axes]
        truth = np.concatenate([scenario.truth_pos[at], scenario.truth_vel[at]], 1)
        real, free = np.zeros(len(table), bool), np.arange(len(truth))
        # confirmed tracks come first: an unlikely track beside one stands for nothing
        for rows in (np.flatnonzero(table.confirmed), np.flatnonzero(~table.confirmed)):
            apart = np.linalg.norm(truth[free, None, :axes] - table.mean[rows][None, :, :axes], axis=2)
            mine, its = linear_sum_assignment(np.minimum(apart, scenario.c))
            near = apart[mine, its] < scenario.c
            mine, its = free[mine[near]], rows[its[near]]
            real[its], free = True, np.setdiff1d(free, mine)
            if table.confirmed[its].all():
                error = table.mean[its][:, columns] - truth[mine]
                cov = table.covariance[its][:, columns[:, None], columns]
                square = (error * np.linalg.solve(cov, error[..., None])[..., 0]).sum(1) / len(columns)
                for ident, value in zip(scenario.truth_id[at][mine], square, strict=True):
                    self.nees[scenario.name, scenario.kinds[int(ident)]].append(float(value))
        self.existence[scenario.name] += zip(table.existence.tolist(), real.tolist(), strict=True)
        self.confirmed[scenario.name] += real[table.confirmed & (table.existence >= 0.9)].tolist()

    def innovations(self, scenario: Any, scan: Any, made: Scan, before: TrackTable, tracker: Tracker) -> None:
        """Fold the scan in, and compare its plots with what was expected of the tracks they belong to."""
        found, kind = tracker.observe(made), scenario.sensors[scan.sensor].kind
        row = {track_id: at for at, track_id in enumerate(before.track_id.tolist())}
        pairs = [
            (row[track], plot)
            for track, plot in zip(found.track_id.tolist(), found.plot.tolist(), strict=True)
            if track in row and scan.origin[plot] >= 0
        ]
        if not pairs:
            return
        track, plot = np.array(pairs).T
        mean, cov = before.mean[track][:, None], before.covariance[track][:, None]
        polar = made.measurement is Measurement.POLAR
        expected, spread = mean, cov
        if polar:
            place = np.array(scenario.sensors[scan.sensor].pos, float)
            expected, _, spread = project_polar(mean, cov, place, np.eye(3), SPACE, np.arange(len(mean)))
        size, columns = expected.shape[-1], COLUMNS[kind]
        values, sigmas = made.values[plot][:, None, :size], made.sigmas[plot][:, None, :size]
        measured = ~np.isnan(values)
        apart = np.where(measured, innovations(values, expected, polar), 0.0)
        scatter = masked_spread(spread, sigmas, measured)
        square = (apart * np.linalg.solve(scatter, apart[..., None])[..., 0]).sum(-1)[:, 0] / len(columns)
        self.nis[scenario.name, kind] += square.tolist()
        for ident, value in zip(scan.origin[plot], square, strict=True):
            self.nis[scenario.name, f"{kind} of {scenario.kinds[int(ident)]}"].append(float(value))
        for name, column in zip(NUMBERS[kind], columns, strict=True):
            part = apart[:, 0, column] ** 2 / scatter[:, 0, column, column]
            self.nis[scenario.name, f"{kind} {name}"] += part.tolist()


def reliability(pairs: list[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """Mean probability, share of objects, number of tracks, per bin of probability."""
    chance, real = np.array(pairs).T
    place = np.clip(np.searchsorted(BINS, chance, side="right") - 1, 0, len(BINS) - 2)
    return [
        (float(chance[place == k].mean()), float(real[place == k].mean()), int((place == k).sum()))
        for k in range(len(BINS) - 1)
        if (place == k).sum() >= 100
    ]


def table(evidence: Evidence) -> str:
    """All figures as one text."""
    lines = ["| scenario | of | NEES per dimension | median | samples |", "|---|---|---|---|---|"]
    for (name, kind), values in evidence.nees.items():
        lines.append(f"| {name} | {kind} | {np.mean(values):.2f} | {np.median(values):.2f} | {len(values)} |")
    lines += ["", "| scenario | sensor | NIS per dimension | samples |", "|---|---|---|---|"]
    for (name, kind), values in evidence.nis.items():
        lines.append(f"| {name} | {kind} | {np.mean(values):.2f} | {len(values)} |")
    lines += [
        "",
        "| scenario | shown at 0.9 or more: objects | listed: probability → share of objects |",
        "|---|---|---|",
    ]
    for name, pairs in evidence.existence.items():
        curve = ", ".join(f"{chance:.2f} → {share:.2f}" for chance, share, _ in reliability(pairs))
        lines.append(f"| {name} | {np.mean(evidence.confirmed[name]):.3f} | {curve} |")
    return "\n".join(lines)


def picture(evidence: Evidence) -> str:
    """NEES, NIS and existence side by side as SVG."""
    width, height, parts = 1080, 420, []
    nees = {f"{name} {kind}": float(np.mean(v)) for (name, kind), v in evidence.nees.items()}
    nis = {f"{name} {kind}": float(np.mean(v)) for (name, kind), v in evidence.nis.items() if " " not in kind}
    for left, title, bars in ((20, "NEES per dimension", nees), (390, "NIS per dimension", nis)):
        parts += bar_chart(left, title, bars)
    parts += curve_chart(760, evidence)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="#22303c">'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>' + "".join(parts) + "</svg>\n"
    )


def bar_chart(left: int, title: str, bars: dict[str, float]) -> list[str]:
    """Values about 1 as dots on lines, with the band of honesty."""
    x0, scale, step = left + 120, 105.0, min(24.0, 330 / max(len(bars), 1))
    bottom = 50 + step * len(bars)
    parts = [
        text(left + 120, 24, title, "bold"),
        rect(x0 + HONEST[0] * scale, 40, (HONEST[1] - HONEST[0]) * scale, bottom - 40),
    ]
    for tick in (0.0, 0.5, 1.0, 1.5, 2.0):
        x = x0 + tick * scale
        parts += [line(x, 40, x, bottom, "#b9c4cd"), text(x - 8, bottom + 16, f"{tick:g}")]
    for number, (name, value) in enumerate(bars.items()):
        y = 56 + step * number
        inside = HONEST[0] <= value <= HONEST[1]
        if value > 2.1:
            parts.append(text(x0 + 2.2 * scale, y + 4, f"{value:.1f}"))
        parts += [
            f'<text x="{x0 - 8}" y="{y + 4:.1f}" text-anchor="end">{name}</text>',
            f'<circle cx="{x0 + min(value, 2.1) * scale:.1f}" cy="{y:.1f}" r="5" '
            f'fill="{"#0b4f8a" if inside else "#a3291a"}"/>',
        ]
    return parts


def curve_chart(left: int, evidence: Evidence) -> list[str]:
    """Share of objects over probability, all scenarios together and each by itself."""
    x0, y0, size = left + 40, 350.0, 270.0
    parts = [
        text(x0, 24, "Share of listed tracks that are objects", "bold"),
        line(x0, y0, x0 + size, y0 - size, "#5b7083"),
    ]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        y = y0 - tick * size
        parts += [line(x0, y, x0 + size, y, "#dfe5eb"), text(x0 - 28, y + 4, f"{tick:g}")]
        parts.append(text(x0 + tick * size - 8, y0 + 18, f"{tick:g}"))
    everything = [pair for pairs in evidence.existence.values() for pair in pairs]
    for pairs, colour, wide in [
        *((p, "#9fb3c2", 1) for p in evidence.existence.values()),
        (everything, "#0b4f8a", 3),
    ]:
        points = " ".join(f"{x0 + a * size:.1f},{y0 - b * size:.1f}" for a, b, _ in reliability(pairs))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{wide}"/>')
    return [*parts, text(x0 + 60, y0 + 40, "probability given by the tracker")]


def text(x: float, y: float, words: str, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-weight="{weight}">{words}</text>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def rect(x: float, y: float, width: float, height: float) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="#dbe9f2"/>'


def main(folder: Path, runs: int, names: list[str], options: dict[str, Any]) -> Evidence:
    """All scenarios of the folder."""
    sys.path.insert(0, str(folder))
    scenarios, evidence = importlib.import_module("scenarios"), Evidence()
    warm_up(lambda kernel: None)
    for wanted in SCENARIOS:
        for run in range(runs if not names or wanted["name"] in names else 0):
            counted = {"run": run} if str(wanted["name"])[0] in "WX" else {"seed": run}
            evidence.play(scenarios.make(**wanted, **counted), options)
    return evidence


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of the benchmark, with scenarios.py")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--scenario", action="append", default=[], help="only these")
    parser.add_argument("--picture", type=Path, help="where to put the figure, an SVG")
    parser.add_argument(
        "--settings", default="{}", help="JSON of tracking settings that replace the adapter's"
    )
    given = parser.parse_args()
    changes = TrackingSettings.model_validate_json(given.settings)
    found = main(
        given.folder,
        given.runs,
        given.scenario,
        {name: getattr(changes, name) for name in changes.model_fields_set},
    )
    print(table(found))
    if given.picture:
        given.picture.write_text(picture(found), "utf-8")
