"""Validity: how simulated flights differ from recorded ones, by the same statistics."""

import csv
import gzip
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marsad.errors import RecordingError
from marsad.evaluate.motion import motion_figures
from marsad.evaluate.study.distributions import Generator
from marsad.evaluate.study.drawing import drawn_raid
from marsad.evaluate.study.staging import staged
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.truth import Truth, truth_of

Array = NDArray[np.float64]
FOLDERS = ("flights", "drone")
BIRDS = ("pigeon", "stork", "jackdaw", "bird")  # a recording of a bird begins with its name
RAIDS = 40
STATISTICS = ("speed_mps", "hover_percent", "speed_sd_mps", "turn_deg_per_s", "height_sd_m", "straight_s")
AIRBORNE_M = 1.0
SHORTEST_S = 20.0
STEP_S = 0.25


@dataclass(frozen=True, slots=True)
class Span:
    """The middle of some flights, and their lowest and highest."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Statistics:
    """Statistics of real and simulated drones and birds.

    raids     whose simulated flights were looked at
    flights   set → how many; sets are real_drones, simulated_drones, real_birds, simulated_birds
    spans     statistic → set → its span
    """

    raids: int
    flights: dict[str, int]
    spans: dict[str, dict[str, Span]]


def validity(folder: Path, generator: Generator, study_seed: int, raids: int = RAIDS) -> Statistics:
    """Compare the recordings in a folder with the simulated flights of the first raids of a study.

    Raises RecordingError if there are none, or one cannot be read.
    """
    real = [(path, _figures(*airborne(*recorded_places(path)))) for path in _recordings(folder)]
    simulated = _simulated(generator, study_seed, raids)
    sets = {
        "real_drones": [found for path, found in real if not path.name.startswith(BIRDS)],
        "simulated_drones": [figures for figures, is_bird in simulated if not is_bird],
        "real_birds": [found for path, found in real if path.name.startswith(BIRDS)],
        "simulated_birds": [figures for figures, is_bird in simulated if is_bird],
    }
    spans = {
        statistic: {
            name: span
            for name, flights in sets.items()
            if (span := _span([flight[statistic] for flight in flights])) is not None
        }
        for statistic in STATISTICS
    }
    return Statistics(raids, {name: len(flights) for name, flights in sets.items()}, spans)


def _recordings(folder: Path) -> list[Path]:
    paths = [path for name in FOLDERS for path in sorted((folder / name).glob("*.csv*"))]
    if not paths:
        raise RecordingError(
            f"{folder}: no recording of a flight is here; needed are tables such as flights/NAME.csv.gz "
            f"with the columns t_s, east_m, north_m, up_m; birds begin with {', '.join(BIRDS)}"
        )
    return paths


def recorded_places(path: Path) -> tuple[Array, Array]:
    """Times (n,) and places (n, 3) of a recording; NaN for heights it has not. Raises RecordingError."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except (OSError, EOFError, ValueError) as error:
        raise RecordingError(f"{path}: cannot be read: {error}") from error
    rows = list(csv.DictReader(StringIO(text)))
    height = "up_m" if rows and "up_m" in rows[0] else "height_above_takeoff_m"
    columns = ("t_s", "east_m", "north_m", height)
    try:
        table = np.array([[float(row[column] or "nan") for column in columns] for row in rows])
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingError(
            f"{path}: must be a table with the numbers t_s, east_m, north_m, up_m: {error}"
        ) from error
    if len(table) < 2:
        raise RecordingError(f"{path}: holds {len(table)} places; two at least are needed")
    rising = np.diff(table[:, 0], prepend=-np.inf) > 0
    return table[rising, 0], table[rising, 1:]


def airborne(t_s: Array, places: Array) -> tuple[Array, Array]:
    """The part of a flight in which it is off the ground, if heights tell."""
    up = places[:, 2]
    off = up > up.min() + AIRBORNE_M if np.ptp(up) > 5 * AIRBORNE_M else np.ones(len(up), bool)
    return t_s[off], places[off]


def _simulated(generator: Generator, study_seed: int, raids: int) -> list[tuple[dict[str, float], bool]]:
    """The figures of every simulated multirotor and bird, and whether it is a bird."""
    found = []
    with tempfile.TemporaryDirectory(prefix="marsad-study-") as folder:
        for number in range(1, raids + 1):
            raid = drawn_raid(generator.distributions, study_seed, number)
            scenario = staged(raid, generator.distributions, Path(folder)).scenario
            found += _flown(truth_of(scenario, raid.seed))
    return found


def _flown(truth: Truth) -> list[tuple[dict[str, float], bool]]:
    birds = (ObjectKind.SMALL_BIRD, ObjectKind.LARGE_BIRD)
    found = []
    for item in truth.objects:
        t_s = np.arange(max(item.start_s, 0.0), min(item.end_s, truth.duration_s), STEP_S)
        if item.kind in (*birds, ObjectKind.MULTIROTOR) and len(t_s) * STEP_S > SHORTEST_S:
            found.append((_figures(t_s, item.planned.state(t_s)[0]), item.kind in birds))
    return found


def _figures(t_s: Array, places: Array) -> dict[str, float]:
    """The figures of one flight by name; NaN where it has no time for them."""
    found = motion_figures(t_s, places)
    return {**asdict(found), "hover_percent": 100 * found.hover_share}


def _span(values: Sequence[float]) -> Span | None:
    known = [value for value in values if np.isfinite(value)]
    return Span(float(np.median(known)), min(known), max(known)) if known else None
