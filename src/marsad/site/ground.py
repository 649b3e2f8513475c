"""The ground of a site as the fold has it: from its TERRAIN frame, and even where nothing is known."""

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.geo.local import LocalFrame
from marsad.geo.surroundings import Surroundings, surroundings_from_bytes
from marsad.geo.terrain import Terrain, height_above_ground
from marsad.model.lowest import LowestGround
from marsad.model.terrain import TerrainNews
from marsad.model.track import TrackTable

Array = NDArray[np.float64]

TRACKS_UNDER_GROUND = "tracks-under-ground"
_MINUTE_NS = 60_000_000_000
_MANY_UNDER_GROUND = 20
_STEPS_MAX = 1_000
_SQUARES = 64  # each way
_BULGE_PER_M = 1 / (2 * 6_371_000.0)


class SiteGround:
    """The ground around one site; a pickle of it is the bytes of its frame."""

    def __init__(self, frame: LocalFrame) -> None:
        self._frame = frame
        self._around: Surroundings | None = None
        self._ground: Terrain | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _thawed, (self._frame, self.data)

    @property
    def data(self) -> bytes:
        """The bytes of the newest frame that could be read, b"" before the first."""
        return b"" if self._around is None else self._around.data

    @property
    def terrain(self) -> Terrain | None:
        """The ground, None while nothing is known of it."""
        return self._ground

    def hear(self, data: bytes) -> None:
        """Take the surroundings from a frame. Raises ReceivedError, and keeps what was known."""
        self._around = surroundings_from_bytes(data, self._frame)
        self._ground = self._around.ground()

    def news(self) -> TerrainNews | None:
        """What is known, for people."""
        around = self._around
        if around is None:
            return None
        return TerrainNews(around.radius_m, around.known_share, around.sources)

    def above_ground_m(self, tracks: TrackTable) -> Array | None:
        """Heights (n,) of tracks above the ground, NaN where that is not known; None if it nowhere is."""
        if self._ground is None:
            return None
        position = tracks.mean[:, :3]
        above = height_above_ground(self._frame, self._ground, position)
        return np.where(self._ground.known(position[:, 0], position[:, 1]), above, np.nan)

    def lowest(self) -> LowestGround:
        """How low the ground is in squares around the site.

        Where no map says it, it may be as low as the ellipsoid, and lower where the site is: a valley beside
        a site on a mountain, the plain a hundred kilometres away. That is never taken for the height of the
        ground, only for what an object may not be under.
        """
        unknown_m = -max(self._frame.height_m, 0.0)
        if self._around is None:
            return LowestGround.even(unknown_m)
        grid = self._around.grids[-1]
        rows, columns = grid.up_m.shape
        east = grid.west_m + grid.spacing_m * np.arange(columns)
        north = grid.south_m + grid.spacing_m * np.arange(rows)
        along_earth = grid.up_m + _BULGE_PER_M * (east**2 + north[:, None] ** 2)
        lowest = np.where(np.isnan(along_earth), unknown_m, along_earth)
        step = -(-max(rows, columns) // _SQUARES)
        lowest = np.minimum.reduceat(lowest, np.arange(0, rows, step), axis=0)
        lowest = np.minimum.reduceat(lowest, np.arange(0, columns, step), axis=1)
        # a square begins half a node before its first one and ends half a node behind its last
        half = grid.spacing_m / 2
        return LowestGround(grid.west_m - half, grid.south_m - half, step * grid.spacing_m, lowest, unknown_m)


class UnderGround:
    """Whether so many tracks were dropped lately because they were under ground that people should know."""

    def __init__(self) -> None:
        self._past: deque[tuple[int, int]] = deque(
            [(0, 0)]
        )  # time, dropped by then; the first is a minute old

    def note(self, t_ns: int, dropped: int) -> None:
        """So many were dropped since the beginning."""
        if self._past[-1][1] != dropped:
            self._past.append((t_ns, dropped))
        while len(self._past) > 1 and (self._past[1][0] < t_ns - _MINUTE_NS or len(self._past) > _STEPS_MAX):
            self._past.popleft()

    def notices(self) -> tuple[str, ...]:
        """The code of what people should know, if there is something."""
        many = self._past[-1][1] - self._past[0][1] >= _MANY_UNDER_GROUND
        return (TRACKS_UNDER_GROUND,) if many else ()


def _thawed(frame: LocalFrame, data: bytes) -> SiteGround:
    ground = SiteGround(frame)
    if data:
        ground.hear(data)
    return ground
