"""Bearings of the last seconds, bounded, as two blocks: what `crossings` looks for objects in."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import twin_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# columns of the numbers of a bearing: its line of sight, then what is held of it
EAST, NORTH, UP, AZIMUTH, ELEVATION, AZIMUTH_ERROR, ELEVATION_ERROR, REACH = range(8)
ELSEWHERE, OPEN, BACKGROUND, SEES, UNDETECTED = range(8, 13)
NUMBERS = 13
# columns of its book
T_NS, PERIOD_NS, SENSOR, ROW, OWNER = range(5)
COUNTS = 5


class Bearings(NamedTuple):
    """Bearings (b,) in site axes, oldest first; arrays are replaced, never written into.

    numbers (b, NUMBERS)  by the names above: place of the sensor; azimuth, elevation (NaN: not
                          measured) and their one-sigma errors; the sensor's reach in metres;
                          probability that it is of no track, and of none whose place is proven;
                          density of false plots and new objects there, per unit measured;
                          probability that the sensor reports an object in reach; objects per m²
                          the sensor had not seen before
    book (b, COUNTS)      whole numbers: when; the sensor's time between two looks; its column; row
                          of the plot in its scan; id of the track it most likely belongs to, 0 none
    """

    numbers: Array
    book: Index

    @staticmethod
    def none() -> "Bearings":
        """No bearings."""
        return Bearings(np.empty((0, NUMBERS)), np.empty((0, COUNTS), np.int64))

    @property
    def nbytes(self) -> int:
        """Memory of both blocks."""
        return self.numbers.nbytes + self.book.nbytes


class Post(NamedTuple):
    """What a sensor's bearings share: its place and axes, column, time between two looks, reach in
    metres, and, as in `Bearings`, what it sees and has not seen yet.
    """

    origin: Array
    rotation: Array
    column: int
    period_ns: int
    reach: float
    sees: float
    undetected: float


def beside(
    past: Bearings,
    rows: Index,
    values: Array,
    sigmas: Array,
    t_ns: int,
    post: Post,
    told: Array,
    owner: Index,
    memory_ns: int,
    most: int,
) -> Bearings:
    """Bearings not older than memory_ns, the newest `most` of them, and then those of a scan.

    rows (k,) of the polar plots (m, 4) that are bearings; told (k, 3): `ELSEWHERE`, `OPEN` and
    `BACKGROUND` of them, owner (k,) their tracks.
    """
    first = max(int(np.searchsorted(past.book[:, T_NS], t_ns - memory_ns)), len(past.book) - most)
    azimuth, elevation = values[rows, 1], values[rows, 2]
    level = np.nan_to_num(elevation)
    seen = np.stack([np.cos(level) * np.sin(azimuth), np.cos(level) * np.cos(azimuth), np.sin(level)], -1)
    east, north, up = (seen @ post.rotation.T).T
    numbers, book = np.empty((len(rows), NUMBERS)), np.empty((len(rows), COUNTS), np.int64)
    numbers[:, : UP + 1], numbers[:, AZIMUTH] = post.origin, np.arctan2(east, north)
    numbers[:, ELEVATION] = np.where(np.isnan(elevation), np.nan, np.arcsin(np.clip(up, -1, 1)))
    numbers[:, AZIMUTH_ERROR], numbers[:, ELEVATION_ERROR] = sigmas[rows, 1], sigmas[rows, 2]
    numbers[:, REACH], numbers[:, ELSEWHERE : BACKGROUND + 1] = post.reach, told
    numbers[:, SEES], numbers[:, UNDETECTED] = post.sees, post.undetected
    book[:, T_NS], book[:, PERIOD_NS], book[:, SENSOR] = t_ns, post.period_ns, post.column
    book[:, ROW], book[:, OWNER] = rows, owner
    return Bearings(
        np.concatenate([past.numbers[first:], numbers]), np.concatenate([past.book[first:], book])
    )


@twin_of(beside)
def beside_compiled(
    past: Bearings,
    rows: Index,
    values: Array,
    sigmas: Array,
    t_ns: int,
    post: Post,
    told: Array,
    owner: Index,
    memory_ns: int,
    most: int,
) -> Bearings:
    """The twin of `beside`."""
    old, first = len(past.book), max(0, len(past.book) - most)
    while first < old and past.book[first, T_NS] < t_ns - memory_ns:
        first += 1
    total = old - first + len(rows)
    numbers, book = np.empty((total, NUMBERS)), np.empty((total, COUNTS), np.int64)
    for b in range(old - first):
        for k in range(NUMBERS):
            numbers[b, k] = past.numbers[first + b, k]
        for k in range(COUNTS):
            book[b, k] = past.book[first + b, k]
    seen, turn = np.empty(3), post.rotation
    for k in range(len(rows)):
        b, j = old - first + k, rows[k]
        azimuth, elevation = values[j, 1], values[j, 2]
        level = 0.0 if np.isnan(elevation) else elevation
        east, north = np.cos(level) * np.sin(azimuth), np.cos(level) * np.cos(azimuth)
        for a in range(3):
            seen[a] = turn[a, 0] * east + turn[a, 1] * north + turn[a, 2] * np.sin(level)
            numbers[b, a], numbers[b, ELSEWHERE + a] = post.origin[a], told[k, a]
        numbers[b, AZIMUTH] = np.arctan2(seen[0], seen[1])
        raised = np.arcsin(min(max(seen[2], -1.0), 1.0))
        numbers[b, ELEVATION] = np.nan if np.isnan(elevation) else raised
        numbers[b, AZIMUTH_ERROR], numbers[b, ELEVATION_ERROR] = sigmas[j, 1], sigmas[j, 2]
        numbers[b, REACH], numbers[b, SEES], numbers[b, UNDETECTED] = post.reach, post.sees, post.undetected
        book[b, T_NS], book[b, PERIOD_NS], book[b, SENSOR] = t_ns, post.period_ns, post.column
        book[b, ROW], book[b, OWNER] = j, owner[k]
    return Bearings(numbers, book)
