"""The tracks of one moment as a structure of arrays, oldest first, in one piece of memory."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# columns of the book of a track
TRACK_ID, CONFIRMED, FIRST_T_NS, LAST_T_NS, UPDATES, RANGED = range(6)
RANGED_T_NS, CROSSED, TWIN_ID, TWIN_SCANS, SYSTEMS = range(6, 11)
COUNTS = 11


class Tracks(NamedTuple):
    """Columns of n tracks with M motion models, d states and S sensors.

    mean (n, M, d), cov (n, M, d, d), modes (n, M), existence (n,)
    floor (n,)        existence below which a track may be dropped: half of what it started with
    visibility (n, S) probability that sensor column s can see this object at all
    clear (n, S)      that its sight of it was clear after its last look: see `ties`
    seen_ns (n, S)    when it saw the track last, -inf never; exact to 256 ns
    book (n, COUNTS)  whole numbers, by the names above: id; 1 once it was shown; time of the first
                      plot, time of the last of its own and number of those; number of those that
                      measured range (or position) and time of the last, or of the last crossing of
                      bearings that counts as such; looks in which bearings of two sensors agreed,
                      less doubtful ones; the older track it agrees with and for how many scans;
                      bit set of label systems bound to it
    """

    mean: Array
    cov: Array
    modes: Array
    existence: Array
    floor: Array
    visibility: Array
    clear: Array
    seen_ns: Array
    book: Index


@both
def block_size(rows: int, models: int, states: int, sensors: int) -> int:
    """Numbers of eight bytes that so many tracks need."""
    return rows * (models * (states + 1) * states + models + 2 + 3 * sensors + COUNTS)


@both
def columns(block: Array, rows: int, models: int, states: int, sensors: int) -> Tracks:
    """The columns in a block of `block_size`, all of them with `rows` rows; nothing is copied."""
    mean_end = rows * models * states
    cov_end = mean_end * (states + 1)
    modes_end = cov_end + rows * models
    seen = modes_end + 2 * rows
    size = rows * sensors
    book = seen + 3 * size
    return Tracks(
        block[:mean_end].reshape((rows, models, states)),
        block[mean_end:cov_end].reshape((rows, models, states, states)),
        block[cov_end:modes_end].reshape((rows, models)),
        block[modes_end : modes_end + rows],
        block[modes_end + rows : seen],
        block[seen : seen + size].reshape((rows, sensors)),
        block[seen + size : seen + 2 * size].reshape((rows, sensors)),
        block[seen + 2 * size : book].reshape((rows, sensors)),
        block[book : book + rows * COUNTS].view(np.int64).reshape((rows, COUNTS)),
    )


@both
def part(tracks: Tracks, start: int, stop: int) -> Tracks:
    """The same columns, these rows only; nothing is copied."""
    return Tracks(
        tracks.mean[start:stop],
        tracks.cov[start:stop],
        tracks.modes[start:stop],
        tracks.existence[start:stop],
        tracks.floor[start:stop],
        tracks.visibility[start:stop],
        tracks.clear[start:stop],
        tracks.seen_ns[start:stop],
        tracks.book[start:stop],
    )


@both
def carry(past: Tracks, tracks: Tracks, survival: float, rows: Index) -> None:
    """Copy what motion does not change from one moment to the next, of these rows (k,) only.

    Existence times survival. What is predicted, mean, cov and modes, stands in the tracks already and
    moves up, so that the first k of them are the rows wanted, in their order.
    """
    n, count, d = tracks.mean.shape
    states, spreads = tracks.mean.reshape((n, count * d)), tracks.cov.reshape((n, count * d * d))
    for k in range(len(rows)):
        i = rows[k]
        if i != k:
            for a in range(count * d):
                states[k, a] = states[i, a]
            for a in range(count * d * d):
                spreads[k, a] = spreads[i, a]
            for m in range(count):
                tracks.modes[k, m] = tracks.modes[i, m]
        tracks.existence[k], tracks.floor[k] = past.existence[i] * survival, past.floor[i]
        for s in range(past.visibility.shape[1]):
            tracks.visibility[k, s] = past.visibility[i, s]
            tracks.clear[k, s], tracks.seen_ns[k, s] = past.clear[i, s], past.seen_ns[i, s]
        for b in range(COUNTS):
            tracks.book[k, b] = past.book[i, b]


@both
def keep(tracks: Tracks, rows: NDArray[np.bool_]) -> int:
    """Move the marked rows to the front, in their order; their number."""
    n, count, d = tracks.mean.shape
    states, spreads = tracks.mean.reshape((n, count * d)), tracks.cov.reshape((n, count * d * d))
    kept = 0
    for row in range(n):
        if rows[row]:
            if kept < row:
                for a in range(count * d):
                    states[kept, a] = states[row, a]
                for a in range(count * d * d):
                    spreads[kept, a] = spreads[row, a]
                for m in range(count):
                    tracks.modes[kept, m] = tracks.modes[row, m]
                for s in range(tracks.visibility.shape[1]):
                    tracks.visibility[kept, s] = tracks.visibility[row, s]
                    tracks.clear[kept, s] = tracks.clear[row, s]
                    tracks.seen_ns[kept, s] = tracks.seen_ns[row, s]
                for k in range(COUNTS):
                    tracks.book[kept, k] = tracks.book[row, k]
                tracks.existence[kept], tracks.floor[kept] = tracks.existence[row], tracks.floor[row]
            kept += 1
    return kept


@both
def row_of(book: Index, track_id: int, ascending: bool) -> int:
    """The row of a track in a book (n, COUNTS), -1 none; ascending as `in_order` says: quick then."""
    if track_id == 0:
        return -1
    i = np.searchsorted(book[:, TRACK_ID], track_id)
    if i < len(book) and book[i, TRACK_ID] == track_id:
        return int(i)
    if not ascending:
        for row in range(len(book)):
            if book[row, TRACK_ID] == track_id:
                return row
    return -1


@both
def in_order(book: Index) -> bool:
    """Whether the ids of a book (n, COUNTS) ascend: nearly always, but where a past was played again."""
    fine = True
    for row in range(1, len(book)):
        fine &= book[row - 1, TRACK_ID] < book[row, TRACK_ID]
    return fine


class TrackStore:
    """Tracks in a block with room for more. A block is never written into once it is in a store,
    so that a copy costs a reference: who changes a track puts a new block in its place.
    """

    def __init__(self, models: int, states: int, sensors: int = 0) -> None:
        self.models, self.states, self.sensors = models, states, sensors
        self.block, self.rows, self.count = np.empty(0), 0, 0
        self._tracks: Tracks | None = None

    def __len__(self) -> int:
        return self.count

    def __getstate__(self) -> dict[str, object]:
        packed = self.copy()
        packed.grow(0)  # without room to spare
        return packed.__dict__

    @property
    def nbytes(self) -> int:
        """Memory of all columns."""
        return self.block.nbytes

    @property
    def tracks(self) -> Tracks:
        """The columns."""
        if self._tracks is None:
            room = columns(self.block, self.rows, self.models, self.states, self.sensors)
            self._tracks = part(room, 0, self.count)
        return self._tracks

    def replace(self, block: Array, rows: int, count: int) -> None:
        """Put a block with room for `rows` in the place of the old, its first `count` rows in use."""
        self.block, self.rows, self.count, self._tracks = block, rows, count, None

    def copy(self) -> "TrackStore":
        """The tracks as they are now, whatever happens to this store later; the block is shared."""
        twin = TrackStore.__new__(TrackStore)
        twin.__dict__.update(self.__dict__)
        return twin

    def room(self, rows: int) -> Array:
        """An empty block for the tracks there are and so many more."""
        # by NumPy, which asks the system for large pages where Numba does not
        return np.empty(block_size(self.count + rows, self.models, self.states, self.sensors))

    def grow(self, rows: int) -> Tracks:
        """Add so many rows at the end, to be filled by the caller; those."""
        total, old = self.count + rows, self.tracks
        block = self.room(rows)
        tracks = columns(block, total, self.models, self.states, self.sensors)
        for column, before in zip(tracks, old, strict=True):
            column[: self.count] = before
        fresh = part(tracks, self.count, total)
        self.replace(block, total, total)
        return fresh

    def clear_sensor(self, column: int, visibility: float) -> None:
        """Begin a column anew, if there is one, for a sensor that has seen no track yet."""
        if column >= self.sensors:
            return
        self.grow(0)
        for values, begin in zip(
            (self.tracks.visibility, self.tracks.clear, self.tracks.seen_ns),
            (visibility, 1.0, -np.inf),
            strict=True,
        ):
            values[:, column] = begin

    def add_sensor(self, visibility: Array | float) -> None:
        """One more sensor column; visibility of the tracks (n,)."""
        old, sensors = self.tracks, self.sensors + 1
        block = np.empty(block_size(self.count, self.models, self.states, sensors))
        tracks = columns(block, self.count, self.models, self.states, sensors)
        begin = {"visibility": visibility, "clear": 1.0, "seen_ns": -np.inf}
        for name, column, before in zip(Tracks._fields, tracks, old, strict=True):
            if name in begin:
                column[:, :-1], column[:, -1] = before, begin[name]
            else:
                column[:] = before
        self.sensors = sensors
        self.replace(block, self.count, self.count)
