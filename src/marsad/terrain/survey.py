"""The surroundings of a site from the tiles of a folder, small enough for one frame.

Two grids in the site frame: a fine one near the site, for what hides a drone from a sensor there, and a
coarse one out to the radius. A node of the coarse one is the mean of the samples around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marsad.errors import ReceivedError
from marsad.geo.geoid import Datum, above_ellipsoid_m
from marsad.geo.local import LocalFrame
from marsad.geo.surroundings import BYTES_MAX, HeightGrid, Surroundings, surroundings
from marsad.geo.terrain import EvenGround
from marsad.terrain.folder import Datums, Square, open_tile, square_of, tile_files
from marsad.terrain.tile import Tile

Array = NDArray[np.float64]

NEAR_M = 8_000.0
NEAR_SPACING_M = 30.0
FAR_NODES = 400  # each way from the site
_COARSER = 1.25
_EARTH_M = 6_371_000.0
_SAMPLES_MAX = 4  # each way, of which a node is the mean


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a folder: everything within radius_m of the site."""

    folder: Path
    radius_m: float
    datums: Datums = field(default_factory=Datums)


@dataclass(frozen=True, slots=True)
class Survey:
    """What a folder has of a site's surroundings.

    found     the surroundings; None if not a single height is known
    missing   squares of a degree within the radius of which no file is there, or none that can be used
    refused   files that may be of them and cannot be used, with the reason
    """

    found: Surroundings | None
    missing: tuple[Square, ...]
    refused: tuple[ReceivedError, ...]


class _Nodes:
    """The nodes of a grid in the making: their places, and the heights above the ellipsoid found so far."""

    def __init__(self, frame: LocalFrame, half: int, spacing_m: float) -> None:
        self.frame, self.half, self.spacing_m = frame, half, spacing_m
        axis = spacing_m * np.arange(-half, half + 1)
        east, north = np.meshgrid(axis, axis)
        self.east, self.north = east.ravel(), north.ravel()
        self.height_m = np.full(len(self.east), np.nan)
        self.used: set[str] = set()
        self.even_up = EvenGround(frame, frame.height_m).ground_up_m(self.east, self.north)
        place = np.stack([self.east, self.north, self.even_up], axis=-1)
        self.latitude, self.longitude, _ = frame.geodetic_from_enu(place)

    @staticmethod
    def around(frame: LocalFrame, radius_m: float, spacing_m: float) -> "_Nodes":
        """As many as reach over the radius."""
        return _Nodes(frame, int(np.ceil(radius_m / spacing_m)), spacing_m)

    def fill(self, tile: Tile) -> bool:
        """Take over from a tile what is not known yet; whether that was anything."""
        row, column = tile.rows_and_columns(self.latitude, self.longitude)
        open_ = np.flatnonzero(tile.covers(row, column) & np.isnan(self.height_m))
        if not len(open_):
            return False
        latitude, longitude = self.latitude[open_], self.longitude[open_]
        part = tile.loaded(latitude, longitude, int(np.ceil(self.spacing_m / tile.spacing_m)) + 3)
        # the ground at a node of the site frame lies under the site's vertical, not the one there: on a
        # mountain of 3,000 m at 50 km that is 24 m beside
        above = np.nan_to_num(part.heights_m(latitude, longitude)) - self.frame.height_m
        latitude = latitude + np.degrees(above * self.north[open_] / _EARTH_M**2)
        away = _EARTH_M**2 * np.cos(np.radians(latitude))
        longitude = longitude + np.degrees(above * self.east[open_] / away)
        height = self._mean(part, latitude, longitude)
        if part.datum is not Datum.ELLIPSOID:
            height = above_ellipsoid_m(latitude, longitude, height)
        self.height_m[open_] = height
        return bool(np.isfinite(self.height_m[open_]).any())

    def _mean(self, tile: Tile, latitude: Array, longitude: Array) -> Array:
        """Mean heights (n,) of so many places around each node that no sample of the tile is left out.

        At the corner of a tile a quarter of them is enough: the others are its neighbours'.
        """
        count = int(np.clip(np.ceil(self.spacing_m / tile.spacing_m - 0.5), 1, _SAMPLES_MAX))
        parts = (np.arange(count) + 0.5) / count - 0.5
        north_deg = parts * self.spacing_m / 111_195.0
        east_deg = north_deg / np.maximum(np.cos(np.radians(latitude.mean())), 0.01)
        total, known = np.zeros(len(latitude)), np.zeros(len(latitude))
        for down in north_deg:
            for right in east_deg:
                height = tile.heights_m(latitude + down, longitude + right)
                total += np.nan_to_num(height)
                known += np.isfinite(height)
        return np.where(known >= count**2 / 4, total / np.maximum(known, 1), np.nan)

    def grid(self) -> HeightGrid:
        """The grid as it is carried."""
        side = 2 * self.half + 1
        # the site's vertical leans against the one there, so that there is more of it to a height
        leaning = 1.0 + (self.east**2 + self.north**2) / (2 * _EARTH_M**2)
        up = self.even_up + (self.height_m - self.frame.height_m) * leaning
        first = -self.half * self.spacing_m
        return HeightGrid(first, first, self.spacing_m, up.reshape(side, side))


def survey(wanted: Wanted, frame: LocalFrame) -> Survey:
    """What the folder has of the surroundings of a site. Raises ReceivedError if it cannot be read at all."""
    squares = squares_around(frame, wanted.radius_m)
    refused: list[ReceivedError] = []
    tiles: list[Tile] = []
    for path in tile_files(wanted.folder, set(squares)):
        try:
            tiles.append(open_tile(path, wanted.datums))
        except ReceivedError as error:
            refused.append(error)
    tiles.sort(key=lambda tile: (round(tile.row_deg * 3600, 3), tile.name))  # the finest first
    held = set[Square]().union(*(_held(tile, squares) for tile in tiles))
    missing = tuple(square for square in squares if square not in held)
    found = _surroundings(wanted.radius_m, frame, tiles, refused)
    return Survey(found, missing, tuple(refused))


def _surroundings(
    radius_m: float, frame: LocalFrame, tiles: Sequence[Tile], refused: list[ReceivedError]
) -> Surroundings | None:
    """The surroundings from the tiles, as fine as fits into one frame; what is broken goes to refused."""
    if not tiles:
        return None
    near_m = max(NEAR_SPACING_M, tiles[0].spacing_m)
    near = _filled(_Nodes.around(frame, min(NEAR_M, radius_m), near_m), tiles, refused)
    far_m = max(radius_m / FAR_NODES, near_m)
    while True:
        far = _filled(_Nodes.around(frame, radius_m, far_m), tiles, refused)
        both = [near, far] if near.spacing_m < far.spacing_m else [far]
        used = sorted(set().union(*(nodes.used for nodes in both)))
        if not used:
            return None
        within = np.hypot(far.east, far.north) <= radius_m
        share = float(np.isfinite(far.height_m[within]).mean())
        found = surroundings(frame, radius_m, share, used, [nodes.grid() for nodes in both])
        if len(found.data) <= BYTES_MAX:
            return found
        far_m *= _COARSER


def _filled(nodes: _Nodes, tiles: Sequence[Tile], refused: list[ReceivedError]) -> _Nodes:
    """The nodes with all that the tiles know of them."""
    for tile in tiles:
        try:
            if nodes.fill(tile):
                nodes.used.add(tile.name)
        except ReceivedError as error:
            if str(error) not in map(str, refused):
                refused.append(error)
    return nodes


def squares_around(frame: LocalFrame, radius_m: float) -> tuple[Square, ...]:
    """The squares of a degree that a circle around the site touches, from south-west to north-east."""
    around = np.linspace(0.0, 2 * np.pi, 73)
    out = np.linspace(0.0, radius_m, 41)[:, None]
    east, north = (out * np.sin(around)).ravel(), (out * np.cos(around)).ravel()
    latitude, longitude, _ = frame.geodetic_from_enu(np.stack([east, north, np.zeros(len(east))], axis=-1))
    corners = np.stack([np.floor(latitude), (np.floor(longitude) + 180) % 360 - 180], axis=-1)
    return tuple((int(south), int(west)) for south, west in np.unique(corners, axis=0))


def _held(tile: Tile, squares: Sequence[Square]) -> set[Square]:
    """Which squares a tile has: the one it is named after, or those whose middle it covers."""
    named = square_of(tile.name)
    if named is not None:
        return {named}
    middles = np.array(squares, float) + 0.5
    row, column = tile.rows_and_columns(middles[:, 0], middles[:, 1])
    return {square for square, covered in zip(squares, tile.covers(row, column), strict=True) if covered}
