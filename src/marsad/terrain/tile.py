"""A tile of an elevation model: where it lies, which heights it has, and its samples."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from marsad.errors import ReceivedError
from marsad.geo.geoid import Datum

Array = NDArray[np.float64]
Samples = NDArray[np.float32]

LOWEST_M, HIGHEST_M = -600.0, 9_000.0  # nothing on land is lower or higher: such samples are not known


@dataclass(frozen=True)
class Tile:
    """An elevation model's samples on a grid of latitudes and longitudes (WGS-84).

    name                     of its file
    north_deg, west_deg      of the first sample; rows go south, columns east
    row_deg, column_deg      between samples
    rows, columns            how many
    datum                    what its heights are above
    read                     samples (r, c) of rows from…to and columns from…to, m, NaN where void
    """

    name: str
    north_deg: float
    west_deg: float
    row_deg: float
    column_deg: float
    rows: int
    columns: int
    datum: Datum
    read: Callable[[slice, slice], Samples]

    @property
    def spacing_m(self) -> float:
        """Between its rows, m."""
        return self.row_deg * 111_195.0

    def rows_and_columns(self, latitude_deg: Array, longitude_deg: Array) -> tuple[Array, Array]:
        """Where places (n,) lie among the samples, in rows and columns from the first sample."""
        east = (longitude_deg - self.west_deg + 180.0) % 360.0 - 180.0
        return (self.north_deg - latitude_deg) / self.row_deg, east / self.column_deg

    def covers(self, row: Array, column: Array) -> NDArray[np.bool_]:
        """Which of them are within a sample of it: tiles of areas end one sample before their neighbour."""
        within = (row > -1) & (row < self.rows) & (column > -1) & (column < self.columns)
        return np.asarray(within)

    def loaded(self, latitude_deg: Array, longitude_deg: Array, margin: int) -> "Tile":
        """The part of it around these places (n,), so many samples more on each side, read once for all."""
        row, column = self.rows_and_columns(latitude_deg, longitude_deg)
        rows = _span(row, margin, self.rows)
        columns = _span(column, margin, self.columns)
        samples = self.read(rows, columns)

        def read(rows_read: slice, columns_read: slice) -> Samples:
            return samples[rows_read, columns_read]

        return replace(
            self,
            north_deg=self.north_deg - rows.start * self.row_deg,
            west_deg=self.west_deg + columns.start * self.column_deg,
            rows=len(samples),
            columns=samples.shape[1],
            read=read,
        )

    def heights_m(self, latitude_deg: Array, longitude_deg: Array) -> Array:
        """Heights (n,) as the tile has them, bilinear, NaN beyond it and beside a void."""
        row, column = self.rows_and_columns(latitude_deg, longitude_deg)
        found = np.full(len(row), np.nan)
        inside = np.flatnonzero(self.covers(row, column))
        if not len(inside):
            return found
        # a place on a sample is there, whatever its arithmetic left of it: its neighbour may be a void
        row = np.clip(np.round(row[inside], 6), 0, self.rows - 1)
        column = np.clip(np.round(column[inside], 6), 0, self.columns - 1)
        upper = np.minimum(row.astype(np.int64), self.rows - 2)
        left = np.minimum(column.astype(np.int64), self.columns - 2)
        first_row, first_column = int(upper.min()), int(left.min())
        samples = self.read(
            slice(first_row, int(upper.max()) + 2), slice(first_column, int(left.max()) + 2)
        ).astype(float)
        samples[(samples < LOWEST_M) | (samples > HIGHEST_M)] = np.nan
        down, right = row - upper, column - left
        i, j = upper - first_row, left - first_column
        above = _between(samples[i, j], samples[i, j + 1], right)
        below = _between(samples[i + 1, j], samples[i + 1, j + 1], right)
        found[inside] = _between(above, below, down)
        return found


def _span(places: Array, margin: int, count: int) -> slice:
    first = int(np.clip(np.floor(places.min()) - margin, 0, count - 2))
    return slice(first, int(np.clip(np.ceil(places.max()) + 1 + margin, first + 2, count)))


def _between(one: Array, other: Array, part: Array) -> Array:
    """Linear between two numbers; a place that is on one of them does not ask the other."""
    return np.where(part == 0, one, np.where(part == 1, other, (1 - part) * one + part * other))


def unusable(name: str, what: str, allowed: str) -> ReceivedError:
    """The error about a file that is no tile that can be used."""
    return ReceivedError("tile-unusable", f"{name}: {what}; {allowed}")
