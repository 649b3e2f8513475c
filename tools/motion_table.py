"""Compare how the simulator's birds and drones fly with recorded flights: one table, same definitions.

    python tools/motion_table.py [FOLDER …]

A FOLDER holds recordings: CSV tables with t_s, east_m, north_m and up_m or height_above_takeoff_m,
gzipped or not; those whose names begin with pigeon, stork or dji are compared. Without one, the
simulated flights stand beside the published ranges alone.
"""

import csv
import gzip
import io
import sys
from dataclasses import astuple
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marsad.evaluate.flown import GROUPS, RECORDED, flights
from marsad.evaluate.motion import MotionFigures, motion_figures

COLUMNS = ("m/s", "hover %", "SD m/s", "turn °/s", "SD height m", "straight s")
FLIGHTS = 24
Array = NDArray[np.float64]


def main(folders: list[Path]) -> None:
    """Print the table."""
    say(f"{'':34}" + "".join(f"{name:>15}" for name in COLUMNS))
    for path in sorted(path for folder in folders for path in folder.iterdir()):
        if path.name.startswith(("pigeon", "stork", "dji")) and ".csv" in path.suffixes:
            say(line(path.name.split(".")[0], [motion_figures(*recording(path))]))
    for group in GROUPS:
        say(line(f"simulated: {group}", list(flights(group, FLIGHTS))))
        known = RECORDED.get(group)
        if known is None:
            say(f"  {'assumed, not measured':32}")
            continue
        *ranges, measured = astuple(known)
        ranges[1] = (100 * ranges[1][0], 100 * ranges[1][1])
        say(f"  {measured:32}" + "".join(f"{f'{low:g} to {high:g}':>15}" for low, high in ranges))


def say(row: str) -> None:
    """A row of the table."""
    sys.stdout.write(f"{row}\n")


def line(name: str, figures: list[MotionFigures]) -> str:
    """A row: median, and between brackets the middle two thirds, of all flights."""
    table = np.array([astuple(each) for each in figures]) * np.array([1, 100, 1, 1, 1, 1])
    low, middle, high = np.nanpercentile(table, [17, 50, 83], axis=0)
    cells = [
        f"{m:.3g}" if len(figures) == 1 else f"{m:.3g} ({a:.2g}-{b:.2g})"
        for a, m, b in zip(low, middle, high, strict=True)
    ]
    return f"{name:34}" + "".join(f"{cell:>15}" for cell in cells)


def recording(path: Path) -> tuple[Array, Array]:
    """Times and places of a recorded flight."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    up = "up_m" if "up_m" in rows[0] else "height_above_takeoff_m"
    table = np.array([[float(row[key] or "nan") for key in ("t_s", "east_m", "north_m", up)] for row in rows])
    return table[:, 0], table[:, 1:]


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
