"""What sensors more would give: seconds of warning with them and without, on one grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.coverage.grid import Protected
from marsad.coverage.outlook import Asked, Outlook, Resolution, grid_for, outlook
from marsad.coverage.sight import Air
from marsad.model.sensor import Sensor

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Gain:
    """Sensors that might be added, and what is seen without and with them.

    added          of what is added
    before, after  on the same grid
    """

    added: tuple[Sensor, ...]
    before: Outlook
    after: Outlook

    @property
    def seconds(self) -> Array:
        """Seconds gained (h, b); a sensor more never makes it less."""
        return np.asarray(np.maximum(self.after.warning_s - self.before.warning_s, 0.0))

    def share_of(self, more_s: float, level: int = 0) -> float:
        """Share of all bearings, 0 to 1, on which so many seconds or more are gained at a height."""
        return float((self.seconds[level] >= more_s).mean())


def gains(
    sensors: Sequence[Sensor],
    candidates: Sequence[Sensor],
    protected: Protected,
    asked: Asked,
    around: Air,
    fine: Resolution = Resolution(),  # noqa: B008
) -> tuple[Gain, ...]:
    """What each candidate would give, one by one, and last all of them together if they are several."""
    grid = grid_for(protected, [*sensors, *candidates], asked, around, fine)
    before = outlook(sensors, asked, grid, around)
    sets: list[tuple[Sensor, ...]] = [(candidate,) for candidate in candidates]
    if len(candidates) > 1:
        sets.append(tuple(candidates))
    return tuple(Gain(added, before, outlook([*sensors, *added], asked, grid, around)) for added in sets)
