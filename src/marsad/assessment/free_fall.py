"""The stage of falling: what tracking's fits of free fall say of each track."""

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from marsad.assessment.columns import Flags, Floats, Rows
from marsad.assessment.reasons import Part
from marsad.model.ballistic import BallisticTable, FitVerdict
from marsad.model.settings import Settings
from marsad.model.track import TrackTable

_REJECTED = (FitVerdict.STRAIGHT, FitVerdict.UNSTEADY, FitVerdict.SLOW)
_MODE_MIN, _MODE_MAX = 0.02, 0.98


class FallLimits(Settings):
    """What fits of free fall say of the class of fast tracks."""

    fall_fitted: float = Field(
        default=8.0,
        ge=0,
        description="log ratio by which a fit of free fall prefers a rocket, or rejects one",
    )
    fall_mode_weight: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="while the fit says neither, how much the tracker's motion model that falls counts",
    )


@dataclass(frozen=True)
class Fits:
    """The fits of n tracks, in the order of the table of tracks.

    fitted  the rows of `table` that are theirs; the rest of the fields is of the tracks `rows` that have one
    """

    table: BallisticTable
    count: int
    rows: Rows
    fitted: Rows

    @staticmethod
    def of(fits: BallisticTable | None, table: TrackTable) -> "Fits":
        """The fits, put in the order of the tracks."""
        if fits is None or not len(fits):
            none = np.empty(0, np.int64)
            return Fits(BallisticTable.nothing(), len(table), none, none)
        found = fits.rows_of(table.track_id)
        rows = np.flatnonzero(found >= 0)
        return Fits(fits, len(table), rows, found[rows])

    @property
    def verdict(self) -> Rows:
        """Of the rows that have a fit."""
        return np.asarray(self.table.verdict[self.fitted], np.int64)

    def where(self, *verdicts: FitVerdict) -> Flags:
        """Which of all tracks (n,) have a fit of one of these verdicts."""
        found = np.zeros(self.count, bool)
        found[self.rows] = np.isin(self.verdict, verdicts)
        return found

    @property
    def falls(self) -> Flags:
        """Which tracks (n,) fall freely."""
        return self.where(FitVerdict.BALLISTIC)

    @property
    def rejected(self) -> Flags:
        """Which tracks (n,) were seen not to."""
        return self.where(*_REJECTED)

    @property
    def known(self) -> Flags:
        """Which tracks (n,) have a fit, whatever it says."""
        found = np.zeros(self.count, bool)
        found[self.rows] = True
        return found

    def falling(self, rows: Rows) -> Rows:
        """Rows (m,) of the fits of these rows of tracks, -1 where a track has none that falls."""
        place = np.full(self.count, -1)
        place[self.rows] = np.where(self.verdict == FitVerdict.BALLISTIC, self.fitted, -1)
        return place[rows]

    def log_ratio(self, table: TrackTable, limits: FallLimits, model: str) -> Floats:
        """What the fits say for a rocket, log ratio (n,); 0 of tracks that have none.

        model  name of the tracker's motion model that falls freely
        """
        told = np.zeros(self.count)
        if not len(self.rows):
            return told
        if model in table.mode_names:
            falls = table.modes[self.rows, table.mode_names.index(model)]
            falls = np.clip(falls, _MODE_MIN, _MODE_MAX)
            told[self.rows] = limits.fall_mode_weight * np.log(falls / (1.0 - falls))
        told[self.falls] = limits.fall_fitted
        told[self.rejected] = -limits.fall_fitted
        return told

    def parts(self) -> list[Part]:
        """What is told of them."""
        if not len(self.rows):
            return []
        numbers = np.full((3, self.count), np.nan)
        fits, fitted = self.table, self.fitted
        numbers[0, self.rows] = fits.plots[fitted]
        numbers[1, self.rows] = np.linalg.norm(fits.mean[fitted, 3:6], axis=1)
        numbers[2, self.rows] = fits.residual[fitted]
        quotes = ("plots", numbers[0]), ("speed_mps", numbers[1]), ("residual", numbers[2])
        nothing = np.zeros(self.count)
        return [
            Part("class.falls", nothing, quotes, self.falls),
            Part("class.burns", nothing, (), self.where(FitVerdict.BURNING)),
        ]
