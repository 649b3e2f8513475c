"""How far off a true plot may lie: quantiles of chi-square."""

from functools import cache
from math import erfc, exp, pi, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@cache
def gates(size: int, probability: float) -> Array:
    """Squared gate radii (K+1,) of plots with 0 to K numbers."""
    return np.array([0.0, *(gate_square(count + 1, probability) for count in range(size))])


@cache
def gate_square(count: int, probability: float) -> float:
    """Squared gate radius in sigmas that holds a true plot of `count` numbers with this probability.

    The quantile of chi-square with `count` degrees of freedom, by bisection of its closed form
    (Abramowitz, Stegun, 26.4.4-5).
    """
    low, high = 0.0, 1000.0
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if _chi_square_tail(count, middle) > 1 - probability:
            low = middle
        else:
            high = middle
    return high


def _chi_square_tail(count: int, square: float) -> float:
    term = exp(-square / 2) * (1.0 if count % 2 == 0 else sqrt(2 * square / pi))
    tail = 0.0 if count % 2 == 0 else erfc(sqrt(square / 2))
    for order in range(2 if count % 2 == 0 else 3, count + 1, 2):
        tail += term
        term *= square / order
    return tail
