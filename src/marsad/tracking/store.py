"""The tracks as a structure of arrays with spare capacity; rows 0..n-1 live, oldest first."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Scalar = TypeVar("Scalar", bound=np.generic)

COLUMNS = (
    "track_id",
    "mean",
    "cov",
    "modes",
    "existence",
    "floor",
    "confirmed",
    "first_t_ns",
    "last_t_ns",
    "updates",
    "visibility",
    "twin_id",
    "twin_scans",
    "systems",
)


@dataclass
class Births:
    """New rows, all seen at t_ns: mean (k, M, d), cov (k, M, d, d), modes (k, M), the others (k,)."""

    mean: Array
    cov: Array
    modes: Array
    existence: Array
    track_id: Index
    t_ns: int


class _Column(Generic[Scalar]):
    """Attribute access to the living rows of one column, a view to read and write."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, store: "TrackStore", owner: type) -> NDArray[Scalar]:
        return cast("NDArray[Scalar]", store.column(self.name))


class TrackStore:
    """Columns of all tracks; the views returned by attributes hold the living rows only.

    mean (n, M, d), cov (n, M, d, d), modes (n, M); floor: existence below which a track may be
    dropped, half of what it started with; visibility (n, S): probability that sensor
    column s can see this object at all; twin_id, twin_scans: the older track this one agrees
    with, and for how many scans; systems: bit set of label systems bound to it.
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
    visibility = _Column[np.float64]()
    twin_id = _Column[np.int64]()
    twin_scans = _Column[np.int64]()
    systems = _Column[np.int64]()

    def __init__(self, models: int, states: int, sensors: int = 0) -> None:
        self._count = 0
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
            "visibility": np.zeros((0, sensors)),
            "twin_id": np.zeros(0, np.int64),
            "twin_scans": np.zeros(0, np.int64),
            "systems": np.zeros(0, np.int64),
        }

    def __len__(self) -> int:
        return self._count

    def column(self, name: str) -> NDArray[Any]:
        """Living rows of one column, a view."""
        return self._data[name][: self._count]

    @property
    def nbytes(self) -> int:
        """Memory of all columns."""
        return sum(array.nbytes for array in self._data.values())

    def copy(self) -> "TrackStore":
        """An independent copy without spare rows."""
        twin = TrackStore.__new__(TrackStore)
        twin._count = self._count
        twin._data = {name: self.column(name).copy() for name in COLUMNS}
        return twin

    def add_sensor(self, visibility: float) -> None:
        """One more sensor column."""
        old = self._data["visibility"]
        self._data["visibility"] = np.hstack([old, np.full((len(old), 1), visibility)])

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Drop all rows but those marked; order stays."""
        kept = int(rows.sum())
        if kept == self._count:
            return
        for name in COLUMNS:
            array = self._data[name]
            array[:kept] = array[: self._count][rows]
        self._count = kept

    def append(self, births: Births, visibility: Array) -> None:
        """Add tracks with the given visibility (S,) each."""
        new = len(births.track_id)
        if new == 0:
            return
        self._reserve(self._count + new)
        rows = slice(self._count, self._count + new)
        self._count += new
        data = self._data
        data["track_id"][rows] = births.track_id
        data["mean"][rows] = births.mean
        data["cov"][rows] = births.cov
        data["modes"][rows] = births.modes
        data["existence"][rows] = births.existence
        data["floor"][rows] = births.existence / 2
        data["confirmed"][rows] = False
        data["first_t_ns"][rows] = births.t_ns
        data["last_t_ns"][rows] = births.t_ns
        data["updates"][rows] = 1
        data["visibility"][rows] = visibility
        data["twin_id"][rows] = 0
        data["twin_scans"][rows] = 0
        data["systems"][rows] = 0

    def _reserve(self, rows: int) -> None:
        if rows <= len(self._data["track_id"]):
            return
        capacity = max(64, rows + rows // 2)
        for name in COLUMNS:
            old = self._data[name]
            grown = np.zeros((capacity, *old.shape[1:]), old.dtype)
            grown[: self._count] = old[: self._count]
            self._data[name] = grown
