"""Figures of motion, of flights whose figures are known; what is simulated flies like what was recorded."""

import csv
import gzip
import io
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from marsad.evaluate.flown import GROUPS, RECORDED, Ranges, flights
from marsad.evaluate.motion import MotionFigures, motion_figures
from marsad.simulate.birds import MEASURED, SPECIES

RECORDINGS = Path(__file__).parents[3] / "shared" / "data" / "flights"
SLACK = {"fixed wing manual": 0.45}  # models loop tighter than the simulated kind is allowed to turn
T_S = np.arange(0.0, 200.0, 0.25)


def path(east: object, north: object, up: object) -> MotionFigures:
    columns = np.broadcast_arrays(
        np.asarray(east, float), np.asarray(north, float), np.asarray(up, float), T_S
    )
    return motion_figures(T_S, np.column_stack(columns[:3]))


def test_a_straight_line_is_straight() -> None:
    figures = path(12.0 * T_S, 5.0 * T_S, 100.0)
    assert figures.speed_mps == pytest.approx(13.0)
    assert figures.speed_sd_mps == pytest.approx(0.0, abs=1e-9)
    assert figures.turn_deg_per_s == pytest.approx(0.0, abs=1e-6)
    assert figures.straight_s == 199 and figures.hover_share == 0.0


def test_a_circle_turns_by_its_rate() -> None:
    angle = np.radians(15.0) * T_S
    figures = path(40.0 * np.sin(angle), 40.0 * np.cos(angle), 50.0 + 2.0 * T_S)
    assert figures.turn_deg_per_s == pytest.approx(15.0, abs=0.01)
    assert figures.height_sd_m == pytest.approx(2.0 * np.sqrt(99 / 12), abs=0.01)
    assert figures.straight_s == 2  # twenty degrees hold two seconds' headings of fifteen


def test_what_stands_hovers_and_has_no_figures_of_motion() -> None:
    figures = path(0.1 * np.sin(T_S), 0.0, 30.0)
    assert figures.hover_share == 1.0
    assert np.isnan(figures.turn_deg_per_s) and figures.straight_s == 0


def test_gaps_are_no_motion() -> None:
    t_s = np.concatenate([T_S, T_S + 5_000.0])
    east = np.concatenate([10.0 * T_S, 10.0 * T_S + 90_000.0])
    figures = motion_figures(t_s, np.column_stack([east, 0 * east, 0 * east]))
    assert figures.speed_mps == pytest.approx(10.0) and figures.speed_sd_mps == pytest.approx(0.0, abs=1e-9)


def medians(group: str, count: int = 24) -> dict[str, float]:
    found = [asdict(each) for each in flights(group, count)]
    return {name: float(np.nanmedian([each[name] for each in found])) for name in found[0]}


def near(value: float, low: float, high: float, slack: float) -> bool:
    return low / (1 + slack) - 0.05 <= value <= high * (1 + slack) + 0.05


@pytest.mark.parametrize("group", sorted(RECORDED))
def test_simulated_flights_are_like_the_recorded_ones(group: str) -> None:
    """Medians within the recorded range and a quarter; legs, ruled by single gusts, within twice."""
    known: Ranges = RECORDED[group]
    for name, value in medians(group).items():
        low, high = getattr(known, name)
        slack = 1.0 if name == "straight_s" else SLACK.get(group, 0.25)
        assert near(value, low, high, slack), (name, value, low, high)


def test_what_is_assumed_is_said_to_be() -> None:
    assert set(SPECIES) - MEASURED == {"gull", "kestrel"}
    assert MEASURED <= set(RECORDED) <= set(GROUPS)
    assert medians("gull", 6)["straight_s"] > 60.0  # straight for minutes
    assert medians("kestrel", 6)["hover_share"] > 0.3


@pytest.mark.parametrize(("kind", "group"), [("stork", "stork"), ("pigeon", "pigeon")])
def test_the_recorded_ranges_are_what_the_recordings_hold(kind: str, group: str) -> None:
    if not RECORDINGS.is_dir():
        pytest.skip(f"the recordings are not here: {RECORDINGS}")
    files = sorted(RECORDINGS.glob(f"{kind}_*.csv.gz"))
    assert files
    for file in files:
        rows = list(csv.DictReader(io.StringIO(gzip.decompress(file.read_bytes()).decode())))
        table = np.array([[float(row[key]) for key in ("t_s", "east_m", "north_m", "up_m")] for row in rows])
        found = asdict(motion_figures(table[:, 0], table[:, 1:]))
        for name, value in found.items():
            low, high = getattr(RECORDED[group], name)
            assert near(value, low, high, 0.15), (file.name, name, value, low, high)
