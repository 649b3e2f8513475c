"""Numbers and times of the model as the wire has them."""

import math
from typing import cast

import numpy as np
from numpy.typing import NDArray

from marsad import wire

Array = NDArray[np.float64]


NS_PER_MS = 1_000_000


def time_ms(t_ns: int | None) -> int | None:
    """Milliseconds of nanoseconds; None stays None."""
    return None if t_ns is None else t_ns // NS_PER_MS


def level_number(level: int) -> wire.LevelNumber:
    """A level as its number of 0 to 3."""
    return cast(wire.LevelNumber, int(level))


def known(value: float, decimals: int) -> float | None:
    """The rounded number, or None where it is not finite."""
    return round(float(value), decimals) if math.isfinite(value) else None


def rounded(value: float, decimals: int) -> float:
    """The rounded number; what is not finite is shown as 0."""
    return round(float(value), decimals) if math.isfinite(value) else 0.0
