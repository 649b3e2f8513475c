"""Bearings of the last seconds, bounded, as arrays: what `crossings` looks for objects in."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.settings import TrackingSettings

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Bearings:
    """Bearings in site axes, oldest first; arrays are replaced, never written into.

    line (b, 8)    place of the sensor east, north, up; azimuth, elevation (NaN: not measured), their
                   one-sigma errors; the sensor's reach in metres
    t_ns (b,)      when; period_ns (b,) the sensor's time between two looks
    sensor (b,)    column of the sensor; row (b,) of the plot in its scan
    owner (b,)     id of the track it most likely belongs to, 0 none
    elsewhere (b,) probability that it is of no track; open (b,) of none whose place is proven
    background (b,) density of false plots and new objects there, per unit measured
    sees (b,)      probability that the sensor reports an object in reach
    undetected (b,) objects per m² the sensor had not seen before
    """

    line: Array
    t_ns: Index
    period_ns: Index
    sensor: Index
    row: Index
    owner: Index
    elsewhere: Array
    open: Array
    background: Array
    sees: Array
    undetected: Array

    @staticmethod
    def none() -> "Bearings":
        """No bearings."""
        real, whole = np.empty(0), np.empty(0, np.int64)
        return Bearings(np.empty((0, 8)), *(whole,) * 5, *(real,) * 5)

    def __len__(self) -> int:
        return len(self.t_ns)

    @cached_property
    def nbytes(self) -> int:
        """Memory of all arrays."""
        return sum(getattr(self, field.name).nbytes for field in fields(self))

    def then(self, fresh: "Bearings") -> "Bearings":
        """These and, after them, the fresh ones."""
        columns = ((getattr(self, field.name), getattr(fresh, field.name)) for field in fields(self))
        return Bearings(*(np.concatenate(pair) for pair in columns))

    def recent(self, t_ns: int, settings: TrackingSettings) -> "Bearings":
        """Those not older than `bearing_memory_s`, the newest `bearings_max` of them."""
        first = int(np.searchsorted(self.t_ns, t_ns - int(settings.bearing_memory_s * 1e9)))
        first = max(first, len(self) - settings.bearings_max)
        return Bearings(*(getattr(self, field.name)[first:] for field in fields(self))) if first else self
