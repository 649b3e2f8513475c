"""Where intruders were first seen, beside where the coverage of the sensors said that they would be."""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.coverage.grid import PolarGrid, Protected, protected_of
from marsad.coverage.outlook import Asked, Outlook, Resolution, grid_for, outlook
from marsad.coverage.sight import Air
from marsad.model.effect import Effect
from marsad.model.picture import Picture
from marsad.model.sensor import Sensor
from marsad.simulate import Simulation
from marsad.simulate.scenario import scenario_of
from marsad.site.coverage import air_of, asked_of
from marsad.site.offline import run_offline
from marsad.site.recorder import begin

Array = NDArray[np.float64]
GATE_M = 150.0  # a track further from an intruder is not on it


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """One intruder that flew straight in; distances over the ground from the middle of the zones, NaN never.

    bearing_deg   from which it came
    seen_m        at its first plot
    confirmed_m   when its track was first shown
    foretold_seen_m, foretold_confirmed_m   what the coverage said of both
    """

    bearing_deg: float
    seen_m: float
    confirmed_m: float
    foretold_seen_m: float
    foretold_confirmed_m: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well both agree over those that were seen and foretold: medians of the differences, m.

    error_m is without sign, bias_m with: positive where more was foretold than was; unseen counts those that
    were foretold and not seen, or seen and not foretold.
    """

    count: int
    unseen: int
    error_m: float
    bias_m: float


def agreement(foretold_m: Sequence[float], true_m: Sequence[float]) -> Agreement:
    """How well distances agree, pair by pair; NaN is never."""
    foretold, true = np.array(foretold_m, float), np.array(true_m, float)
    both = np.isfinite(foretold) & np.isfinite(true)
    either = np.isfinite(foretold) != np.isfinite(true)
    off = foretold[both] - true[both]
    if not both.any():
        return Agreement(0, int(either.sum()), nan, nan)
    return Agreement(int(both.sum()), int(either.sum()), float(np.median(np.abs(off))), float(np.median(off)))


def fly_in(site_path: Path, tables: dict[str, Any], height_m: float, seed: int) -> list[FirstSeen]:
    """Run a scenario whose objects fly straight in at one height, and compare. Raises ConfigError.

    tables   of the scenario; its objects are named by their bearings in degrees, such as "from-040"
    """
    scenario = scenario_of(tables, site_path)
    simulation = Simulation(scenario, seed)
    with tempfile.TemporaryDirectory(prefix="marsad-coverage-") as folder:
        recorder = begin(Path(folder) / "journal.mcap", site_path.read_bytes(), simulation.start_t_ns)
        settings, site = recorder.fold.settings, recorder.fold.site
        watch = _Watch(simulation)
        try:
            run_offline(simulation, recorder, watch.watch)
        finally:
            recorder.journal.close()
        sensors = recorder.fold.sensors()
    asked = asked_of(settings, heights_m=(height_m,))
    found = foretold(sensors, protected_of(site), asked, air_of(settings))
    middle = np.array(protected_of(site).centre_enu)
    detected = simulation.detected_s()
    out = []
    for row, item in enumerate(simulation.truth.objects):
        turn_deg = float(item.object_id.removeprefix("from-"))
        seen_m = _away(simulation, row, detected.get(item.object_id), middle)
        confirmed_m = _away(simulation, row, watch.shown_s.get(row), middle)
        out.append(
            FirstSeen(turn_deg, seen_m, confirmed_m, *at_bearing(found, turn_deg)),
        )
    return out


def foretold(sensors: Sequence[Sensor], protected: Protected, asked: Asked, around: Air) -> Outlook:
    """What the coverage of these sensors says."""
    grid: PolarGrid = grid_for(protected, sensors, asked, around, Resolution())
    return outlook(sensors, asked, grid, around)


def at_bearing(found: Outlook, bearing_deg: float) -> tuple[float, float]:
    """The first sight and the confirmation on a bearing, at the lowest height asked about."""
    row = round(bearing_deg / 360.0 * found.grid.bearings) % found.grid.bearings
    return float(found.first_seen_m[0, row]), float(found.confirmed_m[0, row])


def intruders(
    bearings_deg: Iterable[float], from_m: float, height_m: float, speed_mps: float, rcs_dbsm: float
) -> list[dict[str, Any]]:
    """Objects of a scenario that fly straight in from these bearings, at one height above the site."""
    return [
        {
            "id": f"from-{bearing:03.0f}",
            "kind": "multirotor",
            "rcs_dbsm": rcs_dbsm,
            "waypoints": [
                {
                    "azimuth_deg": float(bearing),
                    "range_m": range_m,
                    "above_ground_m": height_m,
                    "speed_mps": speed_mps,
                }
                for range_m in (from_m, 60.0)
            ],
        }
        for bearing in bearings_deg
    ]


class _Watch:
    """Notes when a confirmed track is first near each object."""

    def __init__(self, simulation: Simulation) -> None:
        self._truth = simulation.truth
        self._start_t_ns = simulation.start_t_ns
        self._cycle_t_ns = 0
        self.shown_s: dict[int, float] = {}

    def watch(self, t_ns: int, effects: Sequence[Effect], picture: Picture) -> None:
        """See a step of the run."""
        if picture.t_ns == self._cycle_t_ns or not len(picture.tracks):
            return
        self._cycle_t_ns = picture.t_ns
        t_s = (picture.t_ns - self._start_t_ns) * 1e-9
        rows = np.array(
            [row for row in self._truth.flying(t_s).tolist() if row not in self.shown_s], np.int64
        )
        if not len(rows):
            return
        position, _ = self._truth.states(rows, np.full(len(rows), t_s))
        apart = np.linalg.norm(position[:, None, :2] - picture.tracks.mean[None, :, :2], axis=-1)
        for row in rows[apart.min(axis=1) <= GATE_M].tolist():
            self.shown_s[row] = t_s


def _away(simulation: Simulation, row: int, t_s: float | None, middle: Array) -> float:
    """How far an object was from the middle at a time; NaN for never."""
    if t_s is None:
        return nan
    position, _ = simulation.truth.states(np.array([row]), np.array([t_s]))
    return float(np.hypot(*(position[0, :2] - middle)))
