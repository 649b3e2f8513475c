"""How low tracks may be: nothing flies under the ground."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LowestGround:
    """The lowest ground in squares around a site, above its reference point, along the earth.

    Along the earth: 0 is as far above the ellipsoid as the site is, however far away.

    west_m, south_m   the corner of the first square in the site frame
    spacing_m         side of a square
    up_m              (rows, columns) from south to north, from west to east, m
    elsewhere_up_m    beyond them
    """

    west_m: float
    south_m: float
    spacing_m: float
    up_m: Array
    elsewhere_up_m: float

    @staticmethod
    def even(up_m: float) -> "LowestGround":
        """The same everywhere."""
        return LowestGround(0.0, 0.0, 1.0, np.empty((0, 0)), up_m)

    def bordered_up_m(self) -> Array:
        """The squares (rows + 2, columns + 2) with one more on each side, which stand for all beyond."""
        return np.ascontiguousarray(np.pad(self.up_m, 1, constant_values=self.elsewhere_up_m))
