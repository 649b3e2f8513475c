"""Tracks: one row per object, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TrackTable:
    """All tracks of a site, predicted to one time.

    t_ns              the common time
    track_id    (n,)  int64, from 1, never used again
    mean        (n,6) [E N U vE vN vU], m and m/s, site ENU
    covariance  (n,6,6)
    existence   (n,)  probability that the object is there
    confirmed   (n,)  bool: shown to people; once confirmed a track stays so until it is dropped
    first_t_ns  (n,)  time of the first plot
    last_t_ns   (n,)  time of the last plot that was likely its own
    updates     (n,)  number of such plots
    modes       (n,k) probabilities of the motion models, in the order of the tracker's settings
    mode_names  k names of those models; empty where nobody named them
    """

    t_ns: int
    track_id: NDArray[np.int64]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    existence: NDArray[np.float64]
    confirmed: NDArray[np.bool_]
    first_t_ns: NDArray[np.int64]
    last_t_ns: NDArray[np.int64]
    updates: NDArray[np.int64]
    modes: NDArray[np.float64]
    mode_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.track_id)

    def where(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "TrackTable":
        """The given rows only, in that order."""
        return TrackTable(
            self.t_ns,
            self.track_id[rows],
            self.mean[rows],
            self.covariance[rows],
            self.existence[rows],
            self.confirmed[rows],
            self.first_t_ns[rows],
            self.last_t_ns[rows],
            self.updates[rows],
            self.modes[rows],
            self.mode_names,
        )
