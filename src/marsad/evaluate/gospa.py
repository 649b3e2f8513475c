"""GOSPA: how far a set of tracks is from the set of true objects, in one number with its parts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gospa:
    """The metric and its parts; ``distance**2 = location + missed + false``.

    distance   m
    location   sum of squared distances of the assigned pairs, m²
    missed     cutoff²/2 for each true object without a track, m²
    false      cutoff²/2 for each track without a true object, m²
    assigned, missed_count, false_count   how many of each
    """

    distance: float
    location: float
    missed: float
    false: float
    assigned: int
    missed_count: int
    false_count: int


def gospa(truth: ArrayLike, tracks: ArrayLike, cutoff_m: float) -> Gospa:
    """GOSPA of order p = 2 with α = 2 between positions (j, d) and (n, d).

    Source: Rahmathullah, García-Fernández, Svensson, "Generalized optimal sub-pattern assignment
    metric", FUSION 2017, proposition 1.
    """
    if not cutoff_m > 0:
        raise ValueError(f"cutoff_m = {cutoff_m}: must be above 0")
    true, track = _points(truth), _points(tracks)
    square = ((true[:, None, :] - track[None, :, :]) ** 2).sum(-1)
    # a pair further apart than the cut-off costs as much as one missed and one false
    cost = np.minimum(square, cutoff_m**2)
    rows, columns = linear_sum_assignment(cost)
    paired = square[rows, columns] < cutoff_m**2
    assigned = int(paired.sum())
    location = float(square[rows, columns][paired].sum())
    missed_count, false_count = len(true) - assigned, len(track) - assigned
    missed, false = (count * cutoff_m**2 / 2 for count in (missed_count, false_count))
    total = location + missed + false
    return Gospa(float(np.sqrt(total)), location, missed, false, assigned, missed_count, false_count)


def _points(points: ArrayLike) -> Array:
    array = np.asarray(points, float)
    return array.reshape(0, 3) if array.size == 0 else array
