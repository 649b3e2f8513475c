"""The tracks as a structure of arrays, oldest first; columns are replaced, never written into."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass
class Births:
    """New rows, all seen at t_ns: mean (k, M, d), cov (k, M, d, d), modes (k, M), the others (k,).

    ranged: how many of their plots measured range, 0 for tracks that bearings started.
    """

    mean: Array
    cov: Array
    modes: Array
    existence: Array
    track_id: Index
    t_ns: int
    ranged: int = 1


class _Column(Generic[Scalar]):
    """Attribute access to one column: read it, or replace it whole."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, store: "TrackStore", owner: type) -> NDArray[Scalar]:
        return cast("NDArray[Scalar]", store._data[self.name])

    def __set__(self, store: "TrackStore", column: NDArray[Scalar]) -> None:
        store._data[self.name] = column


class TrackStore:
    """Columns of all tracks. No column is ever written into, so that a copy costs next to nothing:
    who changes one puts a new array in its place.

    mean (n, M, d), cov (n, M, d, d), modes (n, M); floor: existence below which a track may be
    dropped, half of what it started with; ranged, ranged_t_ns: number of own plots that measured
    range (or position) and time of the last, or of the last crossing of bearings that counts as such;
    crossed: looks in which bearings of two sensors agreed, less doubtful ones; visibility (n, S):
    probability that sensor column s can see this object at all; twin_id, twin_scans: the older track
    this one agrees with, and for how many scans; systems: bit set of label systems bound to it.
    """

    track_id = _Column[np.int64]()
    mean = _Column[np.float64]()
    cov = _Column[np.float64]()
    modes = _Column[np.float64]()
    existence = _Column[np.float64]()
    floor = _Column[np.float64]()
    confirmed = _Column[np.bool_]()
    first_t_ns = _Column[np.int64]()
    last_t_ns = _Column[np.int64]()
    updates = _Column[np.int64]()
    ranged = _Column[np.int64]()
    ranged_t_ns = _Column[np.int64]()
    crossed = _Column[np.int64]()
    visibility = _Column[np.float64]()
    twin_id = _Column[np.int64]()
    twin_scans = _Column[np.int64]()
    systems = _Column[np.int64]()

    def __init__(self, models: int, states: int, sensors: int = 0) -> None:
        self._data: dict[str, NDArray[Any]] = {
            "track_id": np.zeros(0, np.int64),
            "mean": np.zeros((0, models, states)),
            "cov": np.zeros((0, models, states, states)),
            "modes": np.zeros((0, models)),
            "existence": np.zeros(0),
            "floor": np.zeros(0),
            "confirmed": np.zeros(0, np.bool_),
            "first_t_ns": np.zeros(0, np.int64),
            "last_t_ns": np.zeros(0, np.int64),
            "updates": np.zeros(0, np.int64),
            "ranged": np.zeros(0, np.int64),
            "ranged_t_ns": np.zeros(0, np.int64),
            "crossed": np.zeros(0, np.int64),
            "visibility": np.zeros((0, sensors)),
            "twin_id": np.zeros(0, np.int64),
            "twin_scans": np.zeros(0, np.int64),
            "systems": np.zeros(0, np.int64),
        }

    def __len__(self) -> int:
        return len(self._data["track_id"])

    @property
    def nbytes(self) -> int:
        """Memory of all columns."""
        return sum(array.nbytes for array in self._data.values())

    def copy(self) -> "TrackStore":
        """The tracks as they are now, whatever happens to this store later; columns are shared."""
        twin = TrackStore.__new__(TrackStore)
        twin._data = dict(self._data)
        return twin

    def add_sensor(self, visibility: float) -> None:
        """One more sensor column."""
        old = self._data["visibility"]
        self._data["visibility"] = np.hstack([old, np.full((len(old), 1), visibility)])

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Drop all rows but those marked; order stays."""
        if rows.all():
            return
        kept = np.flatnonzero(rows)
        for name, array in self._data.items():
            self._data[name] = array.take(kept, axis=0)

    def append(self, births: Births, visibility: Array) -> None:
        """Add tracks with the given visibility, (S,) for all or (k, S)."""
        new = len(births.track_id)
        if new == 0:
            return
        t_ns, zero = np.full(new, births.t_ns, np.int64), np.zeros(new, np.int64)
        fresh: dict[str, NDArray[Any]] = {
            "track_id": births.track_id,
            "mean": births.mean,
            "cov": births.cov,
            "modes": births.modes,
            "existence": births.existence,
            "floor": births.existence / 2,
            "confirmed": np.zeros(new, np.bool_),
            "first_t_ns": t_ns,
            "last_t_ns": t_ns,
            "updates": zero + 1,
            "ranged": zero + births.ranged,
            "ranged_t_ns": t_ns,
            "crossed": zero,
            "visibility": np.broadcast_to(visibility, (new, visibility.shape[-1])),
            "twin_id": zero,
            "twin_scans": zero,
            "systems": zero,
        }
        for name, array in self._data.items():
            self._data[name] = np.concatenate([array, fresh[name]])
