"""What is remembered of each track between assessments: one row per track, as arrays."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from marsad.model.threat import THREAT_CLASSES

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Small = NDArray[np.int8]


def _fields(count: int, zones: int) -> dict[str, NDArray[np.generic]]:
    """Rows of tracks nobody has seen before. Times are UTC ns, 0 = never."""
    classes = len(THREAT_CLASSES)
    return {
        # kinematics
        "assessed_t_ns": np.zeros(count, np.int64),  # of the last plot that was used
        "kinematic": np.zeros((count, classes)),
        "kinematic_lasting": np.zeros((count, classes)),
        "velocity_then": np.zeros((count, 3)),
        "velocity_slow": np.zeros((count, 3)),
        "velocity_mean": np.zeros((count, 2)),
        "course_mean": np.zeros((count, 2)),
        "acceleration": np.zeros((count, 3)),
        "ballistic": np.zeros(count, np.int8),
        "diving_t_ns": np.zeros(count, np.int64),
        # streaks, per zone
        "closing_t_ns": np.zeros((count, zones), np.int64),
        "opening_t_ns": np.zeros((count, zones), np.int64),
        "loiter_t_ns": np.zeros((count, zones), np.int64),
        # hysteresis, per zone
        "level": np.zeros((count, zones), np.int8),
        "level_before": np.zeros((count, zones), np.int8),
        "lower_t_ns": np.zeros((count, zones), np.int64),
        # what was heard
        "heard_t_ns": np.zeros(count, np.int64),
        "plot_t_ns": np.zeros(count, np.int64),
        "plot_enu": np.zeros((count, 2)),
        "plot_covariance": np.zeros((count, 2, 2)),
        "sensed_t_ns": np.zeros(count, np.int64),
        "radio_t_ns": np.zeros(count, np.int64),
        "report": np.zeros((count, classes)),
        "report_t_ns": np.zeros(count, np.int64),
        "claim_system": np.zeros(count, np.int8),
        "claim_t_ns": np.zeros(count, np.int64),
        "claim_place_t_ns": np.zeros(count, np.int64),
        "claim_enu": np.zeros((count, 2)),
        "claim_velocity": np.zeros((count, 2)),
        "claim_sigma_m": np.zeros(count),
        "authentic_t_ns": np.zeros(count, np.int64),
        "listed_t_ns": np.zeros(count, np.int64),
        "agrees_t_ns": np.zeros(count, np.int64),
        "disagrees_t_ns": np.zeros(count, np.int64),
        "disagrees": np.zeros(count, np.int8),
        "offset_m": np.zeros(count),
        # what a person decided: index into the identities, -1 = nothing
        "decided": np.full(count, -1, np.int8),
    }


@dataclass
class Memory:
    """Rows in the order of track_id; columns by name and type."""

    zones: int
    track_id: Times = field(default_factory=lambda: np.empty(0, np.int64))
    columns: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.columns:
            self.columns = _fields(0, self.zones)

    def __len__(self) -> int:
        return len(self.track_id)

    def floats(self, name: str) -> Floats:
        """A column of float64."""
        column: Floats = self.columns[name]  # type: ignore[assignment]
        return column

    def times(self, name: str) -> Times:
        """A column of int64 nanoseconds."""
        column: Times = self.columns[name]  # type: ignore[assignment]
        return column

    def small(self, name: str) -> Small:
        """A column of int8."""
        column: Small = self.columns[name]  # type: ignore[assignment]
        return column

    def put(self, name: str, values: NDArray[np.generic]) -> None:
        """Replace a whole column."""
        self.columns[name] = values

    def align(self, track_id: Times, source: "Memory | None" = None) -> None:
        """Make the rows exactly those tracks, in that order.

        A track new to this memory takes its row from the source, or else starts blank.
        """
        if len(track_id) == len(self.track_id) and bool((track_id == self.track_id).all()):
            return
        ids = track_id.tolist()
        fresh = _fields(len(ids), self.zones)
        elsewhere = [place for place, one in enumerate(ids) if one not in self.rows]
        for other, places in ((self, range(len(ids))), (source, elsewhere)):
            found = [place for place in places if other is not None and ids[place] in other.rows]
            if other is None or not found:
                continue
            old = [other.rows[ids[place]] for place in found]
            for name, column in fresh.items():
                column[found] = other.columns[name][old]
        self.columns = fresh
        self.track_id = track_id.copy()
        self.rows = {one: row for row, one in enumerate(ids)}
