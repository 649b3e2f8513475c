"""Tracking by itself: polar plots of a radar with a known coverage become tracks, drawn as a picture.

    python track_radar_plots.py picture.svg

Two objects fly through the sector of a radar that misses one plot in ten and sees two false ones a scan.
"""

import sys
from math import radians

import numpy as np

from marsad.tracking import (
    Coverage,
    Measurement,
    Scan,
    Sensor,
    SensorKind,
    Tracker,
    TrackingSettings,
    TrackTable,
)

SCANS, PERIOD_S = 40, 1.0
SIGMAS = np.array([10.0, radians(0.5), radians(0.5), 0.5])  # range, azimuth, elevation, range rate
COVERAGE = Coverage(
    range_max_m=8_000.0,
    azimuth_from_rad=radians(270.0),
    azimuth_width_rad=radians(180.0),  # from west over north to east
    elevation_min_rad=0.0,
    elevation_max_rad=radians(40.0),
    detection_probability=(0.95, 0.85),  # at the radar, and at 8 km
    clutter_per_scan=2.0,
    scan_period_s=PERIOD_S,
)
START = np.array([[-4_000.0, 5_000.0, 400.0], [3_000.0, 2_000.0, 200.0]])  # east, north, up
VELOCITY = np.array([[60.0, -40.0, 0.0], [-30.0, 40.0, 5.0]])


def true_places(k: int) -> np.ndarray:
    return START + VELOCITY * k * PERIOD_S


def polar_plots(k: int, rng: np.random.Generator) -> np.ndarray:
    """Range, azimuth, elevation and range rate of what the radar sees in scan k, objects and false plots."""
    place = true_places(k)
    distance = np.linalg.norm(place, axis=1)
    azimuth = np.arctan2(place[:, 0], place[:, 1])
    elevation = np.arcsin(place[:, 2] / distance)
    rate = (place * VELOCITY).sum(axis=1) / distance
    seen = np.column_stack([distance, azimuth, elevation, rate]) + SIGMAS * rng.standard_normal((2, 4))
    seen = seen[rng.random(2) < 0.9]
    false = rng.uniform([300.0, radians(-90.0), 0.0, -80.0], [8_000.0, radians(90.0), radians(40.0), 80.0],
                        (rng.poisson(COVERAGE.clutter_per_scan), 4))  # fmt: skip
    return np.vstack([seen, false])


def run() -> tuple[list[np.ndarray], list[TrackTable]]:
    """The plots of every scan, in polar coordinates, and the confirmed tracks after it."""
    rng = np.random.default_rng(7)
    tracker = Tracker(TrackingSettings())
    tracker.set_sensor(
        Sensor("radar", "Radar", SensorKind.RADAR, "", position_enu=(0.0, 0.0, 0.0), coverage=COVERAGE)
    )
    plots, tables = [], []
    for k in range(SCANS):
        plots.append(polar_plots(k, rng))
        values = np.pad(plots[-1], ((0, 0), (0, 2)), constant_values=np.nan)  # six columns; two are not used
        sigmas = np.tile(np.append(SIGMAS, [np.nan, np.nan]), (len(values), 1))
        t_ns = round(k * PERIOD_S * 1e9)
        tracker.observe(Scan("radar", t_ns, Measurement.POLAR, values, sigmas, ("",) * len(values)))
        table = tracker.table(t_ns)
        tables.append(table.where(table.confirmed))
    return plots, tables


def picture(plots: list[np.ndarray], tables: list[TrackTable]) -> str:
    """An SVG map, north up, 8 km each way: plots grey, tracks in colour, one colour a track."""
    dots = [
        f'<circle cx="{r * np.sin(a):.0f}" cy="{-r * np.cos(a):.0f}" r="25" fill="#999"/>'
        for scan in plots
        for r, a, *_ in scan
    ]
    paths: dict[int, list[str]] = {}
    for table in tables:
        for track_id, mean in zip(table.track_id.tolist(), table.mean, strict=True):
            paths.setdefault(track_id, []).append(f"{mean[0]:.0f},{-mean[1]:.0f}")
    colours = ("#c0392b", "#2471a3", "#1e8449", "#9a7d0a")
    lines = [
        f'<polyline points="{" ".join(points)}" fill="none" stroke-width="40" '
        f'stroke="{colours[track_id % 4]}"><title>track {track_id}</title></polyline>'
        for track_id, points in paths.items()
    ]
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8200 -8200 16400 8400" width="1000">'
    sector = '<path d="M-8000 0 A8000 8000 0 0 1 8000 0 Z" fill="#f4f6f7" stroke="#bbb" stroke-width="20"/>'
    return "\n".join([head, sector, *dots, *lines, "</svg>", ""])


def main(file: str) -> None:
    plots, tables = run()
    for track_id, mean, existence in zip(
        tables[-1].track_id, tables[-1].mean, tables[-1].existence, strict=True
    ):
        east, north, up = mean[:3]
        print(
            f"track {track_id}: east {east:.0f} m, north {north:.0f} m, up {up:.0f} m, there {existence:.3f}"
        )
    with open(file, "w", encoding="utf-8") as stream:
        stream.write(picture(plots, tables))
    print(file, "is drawn")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "picture.svg")
