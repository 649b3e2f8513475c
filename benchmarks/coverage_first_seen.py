"""How well does the coverage of a site foretell where intruders are first seen?

Question   by bearing, how far out is an intruder first seen and when is its track shown, beside what
           `marsad coverage` says of the same settings?
Data       radio-silent multirotors fly straight in from bearings all round at one height, at a site with one
           radar behind a skyline (hills of 1.2° to 6°, a tower), and at one with a second radar beside it;
           the sensors are those of the simulator, which draws each look.
Method     the whole site is run: plots, tracker, picture. First seen: the first true plot. Shown: the first
           picture with a track within 150 m of it. Bearings are 5° beside the ends of hills.
Run        python benchmarks/coverage_first_seen.py [--bearings 36] [--seeds 3]
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from marsad.evaluate.first_seen import FirstSeen, agreement, fly_in, intruders
from marsad.simulate.sensors import Obstacle

RADARS = ("6f0d3c52-9f0e-4f6b-8b1e-0a4a4d1c2b21", "6f0d3c52-9f0e-4f6b-8b1e-0a4a4d1c2b22")
PLACES = ((33.3, 44.4), (33.3135, 44.4186))
HALF_M = 3_000.0
SKYLINE = (
    Obstacle(from_deg=30, to_deg=75, below_deg=3.0),
    Obstacle(from_deg=120, to_deg=150, below_deg=1.2),
    Obstacle(from_deg=200, to_deg=206, below_deg=6.0),
)


def horizon() -> list[list[float]]:
    """The skyline as the settings of a node have it."""
    points = [[0.0, -5.0]]
    for hill in SKYLINE:
        points += [[hill.from_deg - 0.01, -5.0], [hill.from_deg, hill.below_deg]]
        points += [[hill.to_deg, hill.below_deg], [hill.to_deg + 0.01, -5.0]]
    return points


def site_text(count: int) -> str:
    """A site of one round zone with so many radars; the first stands behind the skyline."""
    text = """[site]
id = "coverage"
name_en = "Coverage"
name_ar = "التغطية"
latitude_deg = 33.3
longitude_deg = 44.4
height_m = 40.0

[[site.zone]]
id = "all"
name_en = "All"
name_ar = "الكل"
centre = [33.3, 44.4]
radius_m = 200.0

[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"
"""
    for number in range(count):
        text += f"""
[feed.nodes.{RADARS[number]}]
name = "Radar {number + 1}"
kind = "radar"
range_max_m = 6000.0
elevation_sector_deg = [-5.0, 60.0]
detection_probability = [0.97, 0.2]
clutter_per_scan = 0.5
scan_period_s = 1.0
range_rate_min_mps = 1.5
sees_m = {{ multirotor = {HALF_M} }}
"""
        if number == 0:
            text += f"horizon_deg = {horizon()}\n"
    return text


def tables(count: int, bearings_deg: list[float], height_m: float) -> dict[str, Any]:
    """The scenario: intruders from all bearings at once."""
    radars = [
        {
            "node_id": RADARS[number],
            "latitude_deg": PLACES[number][0],
            "longitude_deg": PLACES[number][1],
            "antenna_m": 15.0,
            "period_s": 1.0,
            "offset_s": 0.3 + 0.4 * number,
            "range_max_m": 6000.0,
            "elevation_min_deg": -5.0,
            "elevation_max_deg": 60.0,
            "range_sigma_m": 8.0,
            "azimuth_sigma_deg": 0.5,
            "elevation_sigma_deg": 0.8,
            "notch_mps": 1.5,
            "resolution_m": 10.0,
            "false_plots_per_look": 0.5,
            # 12.77 dB and Pfa 1e-6 make half of the looks plots
            "reference": {"range_m": HALF_M, "rcs_dbsm": -15.0, "snr_db": 12.77},
            "obstacles": [hill.model_dump() for hill in SKYLINE] if number == 0 else [],
        }
        for number in range(count)
    ]
    return {
        "name": "coverage",
        "title_en": "From all sides",
        "title_ar": "من كل الجهات",
        "start": "2022-01-04T02:40:00Z",
        "duration_s": 310.0 if count == 1 else 410.0,
        "site": "coverage.toml",
        "radar": radars,
        "object": intruders(bearings_deg, 6_200.0 if count == 1 else 8_200.0, height_m, 20.0, -15.0),
    }


def run(count: int, bearings: int, height_m: float, seed: int) -> list[FirstSeen]:
    """One raid from all sides."""
    turns = [round(5 + number * 360.0 / bearings) for number in range(bearings)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.toml"
        path.write_text(site_text(count), "utf-8")
        return fly_in(path, tables(count, [float(turn) for turn in turns], height_m), height_m, seed)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bearings", type=int, default=36)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--height", type=float, default=60.0)
    asked = parser.parse_args()
    for count in (1, 2):
        found = [run(count, asked.bearings, asked.height, seed) for seed in range(1, asked.seeds + 1)]
        print(f"\n{count} radar(s), {asked.height:g} m up, {asked.seeds} seeds: median over seeds, m")
        print("bearing  seen: foretold    true   shown: foretold    true")
        for rows in zip(*found, strict=True):
            seen, shown = (
                float(np.median([getattr(row, name) for row in rows])) for name in ("seen_m", "confirmed_m")
            )
            first = rows[0]
            print(
                f"{first.bearing_deg:5.0f}°  {first.foretold_seen_m:14.0f} {seen:7.0f} "
                f"{first.foretold_confirmed_m:16.0f} {shown:7.0f}"
            )
        every = [row for rows in found for row in rows]
        for name in ("seen", "confirmed"):
            told = agreement(
                [getattr(row, f"foretold_{name}_m") for row in every],
                [getattr(row, f"{name}_m") for row in every],
            )
            print(
                f"{name}: median error {told.error_m:.0f} m, bias {told.bias_m:+.0f} m, {told.count} "
                f"intruders, {told.unseen} foretold and not seen or the other way round"
            )


if __name__ == "__main__":
    main()
