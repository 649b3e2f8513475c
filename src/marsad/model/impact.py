"""Where falling objects are predicted to come down, and where pieces of one that broke up do.

All of it is carried forward from the newest plot: where an object came from is in no field here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.model.foreseen import ForeseenImpact as ForeseenImpact
from marsad.model.reason import Reason

Array = NDArray[np.float64]


class Doubt(StrEnum):
    """What is not known of a fall, which makes its ellipse wider."""

    WIND = "wind"  # nobody has said what wind blows
    HEIGHT = "height"  # no sensor measures its height
    PLOTS = "plots"  # too few plots for a fit: it is judged by the tracker's own state
    FLIGHT = "flight"  # the ellipse is still so large that no zone can be told from another


@dataclass(frozen=True, slots=True)
class ImpactTable:
    """Predicted impacts of n falling tracks, in ascending order of their numbers.

    track_id       (n,)      int64
    t_ns           (n,)      when each comes down, likeliest; 0 where it does not within the horizon
    time_sigma_s   (n,)      one sigma of it
    place_enu      (n,3)     where, on the ground, site ENU, m
    covariance_m2  (n,2,2)   of east and north
    doubts         n tuples: what is not known of each
    """

    track_id: NDArray[np.int64]
    t_ns: NDArray[np.int64]
    time_sigma_s: Array
    place_enu: Array
    covariance_m2: Array
    doubts: tuple[tuple[Doubt, ...], ...]

    def __len__(self) -> int:
        return len(self.track_id)

    def row_of(self, track_id: int) -> int | None:
        """The row of a track; None where it is not predicted to come down."""
        place = int(np.searchsorted(self.track_id, track_id))
        return place if place < len(self) and self.track_id[place] == track_id else None

    def foreseen(self, t_ns: int, track_id: int) -> ForeseenImpact | None:
        """The prediction of one track as it stands at a time; None where it has none."""
        row = self.row_of(track_id)
        if row is None or not self.t_ns[row] or not np.isfinite(self.place_enu[row]).all():
            return None
        variances, axes = np.linalg.eigh(self.covariance_m2[row])  # in ascending order
        minor, major = np.sqrt(np.maximum(variances, 0.0)).tolist()
        east, north = axes[:, 1].tolist()
        place = self.place_enu[row].tolist()
        return ForeseenImpact(
            t_ns,
            int(self.t_ns[row]),
            (place[0], place[1], place[2]),
            major,
            minor,
            float(np.arctan2(east, north) % np.pi),
        )

    @staticmethod
    def nothing() -> "ImpactTable":
        """Nothing falls."""
        whole: NDArray[Any] = np.empty(0, np.int64)
        return ImpactTable(whole, whole, np.empty(0), np.empty((0, 3)), np.empty((0, 2, 2)), ())


@dataclass(frozen=True, slots=True)
class KeepOut:
    """Ground on which pieces come down of an object that broke up: a proposal that people stay away from it.

    track_ids      that of the object, and those of its pieces
    t_ns           when it was seen to have broken up
    place_enu      middle of the ellipse, on the ground, m
    semi_major_m, semi_minor_m   half axes; nine pieces in ten come down within
    orientation_rad              of the long axis, from north to the east
    until_t_ns     when the lightest piece is down
    reason         why, with the numbers
    """

    track_ids: tuple[int, ...]
    t_ns: int
    place_enu: tuple[float, float, float]
    semi_major_m: float
    semi_minor_m: float
    orientation_rad: float
    until_t_ns: int
    reason: Reason
