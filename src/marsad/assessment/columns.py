"""What a stage remembers of tracks: a dataclass of arrays, one row per track.

    @dataclass
    class LevelState:
        level: Small = column(np.int8, ZONES)
        lower_t_ns: Times = column(np.int64, ZONES)

The functions here make rows of any such record and move them; they know no stage by name.
"""

from collections.abc import Sequence
from dataclasses import field, fields
from functools import cache
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from marsad.model.threat import THREAT_CLASSES

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
"""UTC ns; 0 = never."""
Rows = NDArray[np.int64]
"""Row numbers."""
Small = NDArray[np.int8]
Flags = NDArray[np.bool_]
Objects = NDArray[np.object_]
ZONES = -1
"""Stands for the number of zones in the shape of a column."""
CLASSES = len(THREAT_CLASSES)
State = TypeVar("State")
Scalar = TypeVar("Scalar", bound=np.generic)


def column(kind: type, *shape: int, blank: object = 0) -> Any:
    """One array of a state record: its type, its shape beyond the rows, and what a new row holds."""
    return field(metadata={"column": (kind, shape, blank)})


@cache
def _columns(kind: type) -> tuple[tuple[str, type, tuple[int, ...], object], ...]:
    """Name, type, shape beyond the rows and blank of each column of a record."""
    return tuple((one.name, *one.metadata["column"]) for one in fields(cast(Any, kind)))


def _empty(column: tuple[str, type, tuple[int, ...], object], count: int, zones: int) -> NDArray[Any]:
    """Rows of one column that hold its blank."""
    _, what, shape, value = column
    full = (count, *(zones if length == ZONES else length for length in shape))
    return np.zeros(full, what) if value == 0 else np.full(full, value, what)


def blank(kind: type[State], count: int, zones: int) -> State:
    """A state record of tracks nobody has seen before."""
    return kind(**{one[0]: _empty(one, count, zones) for one in _columns(cast(Any, kind))})


def take(into: State, rows: Sequence[int], source: State, source_rows: Sequence[int]) -> None:
    """Copy rows of one state record into rows of another of the same kind."""
    here, there = np.asarray(rows, np.int64), np.asarray(source_rows, np.int64)
    for name, *_ in _columns(cast(Any, type(into))):
        getattr(into, name)[here] = getattr(source, name)[there]


def with_zones(state: State, came_from: Sequence[int]) -> State:
    """A state record for other zones: those of each stage that remembers by zone, in a new order.

    came_from (z,)  place of each zone among those of before; -1 for a new one, of which nothing is known
    """
    there = np.asarray(came_from, np.int64)
    known = there >= 0
    kind = cast(Any, type(state))
    new: dict[str, NDArray[Any]] = {}
    for one in _columns(kind):
        name, _, shape, _ = one
        before = new[name] = getattr(state, name)
        if ZONES in shape:
            axis = 1 + shape.index(ZONES)
            new[name] = _empty(one, len(before), len(there))
            kept = np.moveaxis(new[name], axis, 0)
            kept[known] = np.moveaxis(before, axis, 0)[there[known]]
    return cast(State, kind(**new))


def forget(state: State, rows: Sequence[int]) -> None:
    """Make rows of a state record such as those of tracks nobody has seen before."""
    here = np.asarray(rows, np.int64)
    for name, _, _, value in _columns(cast(Any, type(state))):
        getattr(state, name)[here] = value


def replaced(column: NDArray[Scalar], rows: Rows, values: NDArray[Scalar]) -> NDArray[Scalar]:
    """A column with new values in some rows; the old one stays as it was."""
    if len(rows) == len(column):
        return values
    new = column.copy()
    new[rows] = values
    return new
