"""What a stage remembers of tracks: a dataclass of arrays, one row per track.

    @dataclass
    class LevelState:
        level: Small = column(np.int8, ZONES)
        lower_t_ns: Times = column(np.int64, ZONES)

The functions here make rows of any such record and move them; they know no stage by name.
"""

from collections.abc import Sequence
from dataclasses import field, fields
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


def blank(kind: type[State], count: int, zones: int) -> State:
    """A state record of tracks nobody has seen before."""
    made = {}
    for one in fields(cast(Any, kind)):
        what, shape, value = one.metadata["column"]
        full = (count, *(zones if length == ZONES else length for length in shape))
        made[one.name] = np.zeros(full, what) if value == 0 else np.full(full, value, what)
    return kind(**made)


def take(into: State, rows: Sequence[int], source: State, source_rows: Sequence[int]) -> None:
    """Copy rows of one state record into rows of another of the same kind."""
    for one in fields(cast(Any, into)):
        getattr(into, one.name)[rows] = getattr(source, one.name)[source_rows]


def replaced(column: NDArray[Scalar], rows: Rows, values: NDArray[Scalar]) -> NDArray[Scalar]:
    """A column with new values in some rows; the old one stays as it was."""
    if len(rows) == len(column):
        return values
    new = column.copy()
    new[rows] = values
    return new
