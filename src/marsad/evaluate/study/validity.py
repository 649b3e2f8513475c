"""Validity: how simulated flights differ from recorded ones, by the same statistics."""

import csv
import gzip
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marsad.errors import RecordingError
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
GAP_S = 3.0
WINDOW_S = 10
MOVING_MPS = 2.0
STILL_MPS = 1.0
AIRBORNE_M = 1.0
STRAIGHT_DEG = 10.0
SHORTEST_S = 20


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
    real = [(path, _statistics(recorded_places(path))) for path in _recordings(folder)]
    simulated = _simulated(generator, study_seed, raids)
    sets = {
        "real_drones": [found for path, found in real if not path.name.startswith(BIRDS)],
        "simulated_drones": [_statistics(places) for places, is_bird in simulated if not is_bird],
        "real_birds": [found for path, found in real if path.name.startswith(BIRDS)],
        "simulated_birds": [_statistics(places) for places, is_bird in simulated if is_bird],
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


def recorded_places(path: Path) -> Array:
    """Places (n, 3) of a recording once a second, rows of NaN where it has a gap. Raises RecordingError."""
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
    return _each_second(table[:, 0], table[:, 1:])


def _each_second(t_s: Array, places: Array) -> Array:
    grid = np.arange(np.ceil(t_s[0]), t_s[-1], 1.0)
    found = np.stack([np.interp(grid, t_s, axis) for axis in places.T], axis=-1)
    after = np.clip(np.searchsorted(t_s, grid, side="left"), 1, len(t_s) - 1)
    found[t_s[after] - t_s[after - 1] > GAP_S] = np.nan
    return np.asarray(found)


def _simulated(generator: Generator, study_seed: int, raids: int) -> list[tuple[Array, bool]]:
    """Places of every simulated multirotor and bird once a second, and whether it is a bird."""
    found = []
    with tempfile.TemporaryDirectory(prefix="marsad-study-") as folder:
        for number in range(1, raids + 1):
            raid = drawn_raid(generator.distributions, study_seed, number)
            scenario = staged(raid, generator.distributions, Path(folder)).scenario
            found += _flown(truth_of(scenario, raid.seed))
    return found


def _flown(truth: Truth) -> list[tuple[Array, bool]]:
    birds = (ObjectKind.SMALL_BIRD, ObjectKind.LARGE_BIRD)
    found = []
    for item in truth.objects:
        t_s = np.arange(max(item.start_s, 0.0), min(item.end_s, truth.duration_s), 1.0)
        if item.kind in (*birds, ObjectKind.MULTIROTOR) and len(t_s) > SHORTEST_S:
            found.append((item.planned.state(t_s)[0], item.kind in birds))
    return found


def _statistics(places: Array) -> dict[str, float]:
    """The statistics of one flight; NaN where it has no such time."""
    step = np.diff(places, axis=0)
    speed = np.hypot(step[:, 0], step[:, 1])
    up = places[1:, 2]
    airborne = ~(up < AIRBORNE_M + np.nanmin(up)) if np.isfinite(up).any() else np.isfinite(speed)
    known = airborne & np.isfinite(speed)
    moving = known & (speed > MOVING_MPS)
    heading = np.arctan2(step[:, 0], step[:, 1])
    turn = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    windows = [
        slice(k, k + WINDOW_S)
        for k in range(0, len(speed) - WINDOW_S + 1, WINDOW_S // 2)
        if moving[k : k + WINDOW_S].all()
    ]
    heights = [float(np.std(up[window])) for window in windows if np.isfinite(up[window]).all()]
    return {
        "speed_mps": _middle(speed[moving].tolist()),
        "hover_percent": 100 * float(np.mean(speed[known] < STILL_MPS)) if known.any() else np.nan,
        "speed_sd_mps": _middle([float(np.std(speed[window])) for window in windows]),
        "turn_deg_per_s": float(np.degrees(_middle(turn[moving[1:] & moving[:-1]].tolist()))),
        "height_sd_m": _middle(heights),
        "straight_s": float(_longest_straight(heading, moving)),
    }


def _longest_straight(heading: Array, moving: NDArray[np.bool_]) -> int:
    """How many seconds in a row the heading keeps within STRAIGHT_DEG of where it began."""
    longest = 0
    for begin in range(len(heading)):
        end = begin
        while end < len(heading) and moving[end]:
            off = abs((heading[end] - heading[begin] + np.pi) % (2 * np.pi) - np.pi)
            if off > np.radians(STRAIGHT_DEG):
                break
            end += 1
        longest = max(longest, end - begin)
    return longest


def _middle(values: Sequence[float]) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _span(values: Sequence[float]) -> Span | None:
    known = [value for value in values if np.isfinite(value)]
    return Span(float(np.median(known)), min(known), max(known)) if known else None
