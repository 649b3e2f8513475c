"""Falling objects: the fits of their flight that tracking hands to assessment, and the air they share.

A fit is of the flight after burn-out, at the time of the newest plot, and is only ever carried forward.
Where an object was before its first plot after burn-out is in no field here.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GRAVITY_MPS2 = 9.80665
SEA_LEVEL_DENSITY_KGPM3 = 1.225
SCALE_HEIGHT_M = 9300.0
WIND_HEIGHT_M = 2500.0  # wind grows by that of the ground on so many metres…
WIND_GROWTH_MAX = 4.0  # …up to so many times that of the ground


class FitVerdict(IntEnum):
    """What the plots of a fast track say of its flight.

    TOO_FEW    not enough plots yet
    UNDECIDED  they fit free fall no better than straight flight yet
    BALLISTIC  it falls freely, slowed by air
    BURNING    it gains speed along its course: under thrust
    STRAIGHT   it flies straight: held up by something
    UNSTEADY   neither: it manoeuvres, or plots of others are among its own
    SLOW       free fall fits, but it is slower than rockets are
    """

    TOO_FEW = 0
    UNDECIDED = 1
    BALLISTIC = 2
    BURNING = 3
    STRAIGHT = 4
    UNSTEADY = 5
    SLOW = 6


class Ground(Protocol):
    """The height of the ground."""

    def ground_up_m(self, east_m: Array, north_m: Array) -> Array:
        """Heights (n,) in the site frame, metres, at places (n,) of the site frame."""


@dataclass(frozen=True, slots=True)
class FlatGround:
    """Ground that is as high everywhere."""

    up_m: float = 0.0

    def ground_up_m(self, east_m: Array, north_m: Array) -> Array:
        """The same height (n,) for each place."""
        return np.full(np.shape(east_m), self.up_m)


@dataclass(frozen=True, slots=True)
class BallisticTable:
    """Fits of n fast tracks, in ascending order of their numbers.

    track_id    (n,)    int64
    t_ns        (n,)    time of the newest plot of each, of which its state is
    mean        (n,7)   [E N U vE vN vU ln β], site ENU, m, m/s, β in kg/m²; NaN where there is no fit
    covariance  (n,7,7) of the errors of the plots and of what was assumed of β; not of the wind
    by_wind     (n,7,2) by how much the mean moves for each m/s of wind at the ground, to east and to north,
                        that blew and was not known
    plots       (n,)    number of plots that the fit explains
    residual    (n,)    their squared errors by what is expected: about 1 where the fit is true; NaN without
    evidence    (n,)    how much better free fall explains them than straight flight, as a difference of χ²
    verdict     (n,)    int8, see FitVerdict
    """

    track_id: NDArray[np.int64]
    t_ns: NDArray[np.int64]
    mean: Array
    covariance: Array
    by_wind: Array
    plots: NDArray[np.int64]
    residual: Array
    evidence: Array
    verdict: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.track_id)

    @property
    def is_burning(self) -> NDArray[np.bool_]:
        """Which (n,) are under thrust."""
        return np.asarray(self.verdict == FitVerdict.BURNING)

    def rows_of(self, track_id: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of each of these tracks, -1 where it has none."""
        if not len(self):
            return np.full(len(track_id), -1)
        place = np.minimum(np.searchsorted(self.track_id, track_id), len(self) - 1)
        return np.where(self.track_id[place] == track_id, place, -1)

    @staticmethod
    def nothing() -> "BallisticTable":
        """No track is fast."""
        whole: NDArray[Any] = np.empty(0, np.int64)
        none = np.empty(0)
        shapes = np.empty((0, 7)), np.empty((0, 7, 7)), np.empty((0, 7, 2))
        return BallisticTable(whole, whole, *shapes, whole, none, none, np.empty(0, np.int8))
