"""The ground around a site: grids of heights in the site frame, the even earth where no height is known.

Each of these is a `model.ballistic.Ground`: it answers every place with a height, so that nothing that asks
has to stop where the map ends, and says apart (`known`) whether that height was measured.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from marsad.geo.local import LocalFrame

Array = NDArray[np.float64]
_TURNS_MAX = 10  # each is nearer by the square of the tilt of the vertical: 0.02 % at 100 km
_ENOUGH_M = 1e-3
_BULGE_PER_M = 1 / (2 * 6_371_000.0)


class Terrain(Protocol):
    """Ground that says where its height is known."""

    def ground_up_m(self, east_m: Array, north_m: Array) -> Array:
        """Heights (n,) in the site frame, metres, at places (n,) of the site frame."""

    def known(self, east_m: Array, north_m: Array) -> NDArray[np.bool_]:
        """At which places (n,) the height is that of a map, not assumed."""


def up_of_height(frame: LocalFrame, east_m: ArrayLike, north_m: ArrayLike, height_m: ArrayLike) -> Array:
    """Up (…,) in the site frame, m, at which places of that frame have a height above the ellipsoid, m."""
    east, north, wanted = np.broadcast_arrays(
        np.asarray(east_m, float), np.asarray(north_m, float), np.asarray(height_m, float)
    )
    up = wanted - frame.height_m - (east**2 + north**2) * _BULGE_PER_M
    for _ in range(_TURNS_MAX):
        _, _, height = frame.geodetic_from_enu(np.stack([east, north, up], axis=-1))
        more = wanted - height
        up = up + more
        if not np.abs(more).max(initial=0.0) > _ENOUGH_M:
            break
    return np.asarray(up)


@dataclass(frozen=True, slots=True)
class EvenGround:
    """The earth without hills: as high above the ellipsoid everywhere, so that it falls away with distance.

    frame      of the site
    height_m   above the ellipsoid
    """

    frame: LocalFrame
    height_m: float

    def ground_up_m(self, east_m: Array, north_m: Array) -> Array:
        """Heights (n,) in the site frame: at 50 km about 196 m below the site's plane."""
        return up_of_height(self.frame, east_m, north_m, self.height_m)

    def known(self, east_m: Array, north_m: Array) -> NDArray[np.bool_]:
        """Nowhere: it is assumed."""
        return np.zeros(np.shape(east_m), np.bool_)


@dataclass(frozen=True, slots=True)
class TerrainGrid:
    """Heights of the ground at nodes of a square grid in the site frame, bilinear between them.

    west_m, south_m   place of the first node
    spacing_m         between nodes, along east and along north
    up_m              (rows, columns) heights in the site frame, rows from south to north, columns from west
                      to east; NaN where the height is not known
    elsewhere         what the ground is beyond the grid and where a corner of the cell is not known:
                      a coarser grid, or even ground
    """

    west_m: float
    south_m: float
    spacing_m: float
    up_m: Array
    elsewhere: Terrain

    def ground_up_m(self, east_m: Array, north_m: Array) -> Array:
        """Heights (n,) in the site frame, metres, at places (n,) of the site frame."""
        east, north = np.asarray(east_m, float), np.asarray(north_m, float)
        found = self._interpolated(east, north)
        missing = np.isnan(found)
        if missing.any():
            found[missing] = self.elsewhere.ground_up_m(east[missing], north[missing])
        return found

    def known(self, east_m: Array, north_m: Array) -> NDArray[np.bool_]:
        """At which places (n,) this grid, or the one beyond it, has a height."""
        east, north = np.asarray(east_m, float), np.asarray(north_m, float)
        known = np.isfinite(self._interpolated(east, north))
        if not known.all():
            known[~known] = self.elsewhere.known(east[~known], north[~known])
        return known

    def _interpolated(self, east: Array, north: Array) -> Array:
        """Bilinear heights (n,); NaN beyond the grid, beside a void and where the place is NaN."""
        rows, columns = self.up_m.shape
        column, row = (east - self.west_m) / self.spacing_m, (north - self.south_m) / self.spacing_m
        within = (column >= 0) & (column <= columns - 1) & (row >= 0) & (row <= rows - 1)
        column, row = np.where(within, column, 0.0), np.where(within, row, 0.0)
        left = np.minimum(column.astype(np.int64), columns - 2)
        below = np.minimum(row.astype(np.int64), rows - 2)
        right_part, above_part = column - left, row - below
        lower = (1 - right_part) * self.up_m[below, left] + right_part * self.up_m[below, left + 1]
        upper = (1 - right_part) * self.up_m[below + 1, left] + right_part * self.up_m[below + 1, left + 1]
        return np.asarray(np.where(within, (1 - above_part) * lower + above_part * upper, np.nan))


def height_above_ground(frame: LocalFrame, ground: Terrain, position_enu: ArrayLike) -> Array:
    """How far (…,) points (…, 3) of the site frame are above the ground, along the vertical there, m.

    The vertical there leans against the site's: the ground under a point at 100 km and 10 km up lies 157 m
    nearer to the site than the point's own east and north.
    """
    position = np.asarray(position_enu, float)
    _, _, height = frame.geodetic_from_enu(position)
    down = _down(frame, position)
    above = np.zeros(position.shape[:-1])
    for _ in range(2):
        foot = position + above[..., None] * down
        up = ground.ground_up_m(foot[..., 0], foot[..., 1])
        foot = np.concatenate([foot[..., :2], up[..., None]], axis=-1)
        _, _, ground_height = frame.geodetic_from_enu(foot)
        above = height - ground_height
    return np.asarray(above)


def _down(frame: LocalFrame, position: Array) -> Array:
    """Unit vectors (…, 3) of the site frame to the centre of the earth, near enough to the vertical."""
    to_centre = -position - np.array([0.0, 0.0, 6_371_000.0 + frame.height_m])
    return np.asarray(to_centre / np.linalg.norm(to_centre, axis=-1, keepdims=True))
