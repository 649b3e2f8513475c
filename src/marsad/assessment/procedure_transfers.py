"""Who is on the way between a procedure and a landing place, as helicopters leave a route to land.

Pure functions over arrays. The way is no procedure of its own, for no pilot flies it twice alike; what all
have in common is that they slow down before they land.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.procedure_shapes import ProcedureShapes

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
_WITHIN_M = 1_600.0  # of the middle of the place
_BRAKES_MPS2, _SPEEDS_UP_MPS2 = 0.6, 1.5  # gentler than this nobody comes or goes
_AIR_TAXI_MPS = 5.0
_BESIDE_M = 60.0  # of the place, for who aims at it or comes from it
_HOVER_MPS = 8.0  # slower, a course over ground says nothing


def transfers(position: Array, velocity: Array, shapes: ProcedureShapes) -> Flags:
    """Which tracks (n,) may be on their way to a landing place, or from it.

    position, velocity (n,2)   m, m/s, site ENU

    That is: near one, on a straight way to or from it, and slow enough to have landed there.
    """
    found = np.zeros(len(position), bool)
    grounds = shapes.grounds
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    course = velocity / np.maximum(speed, 0.1)[:, None]
    for row, index in enumerate(grounds.procedure.tolist()):
        if not shapes.landing_place[index]:
            continue
        middle = grounds.corners[row].mean(axis=0)
        radius_m = float(np.hypot(*(grounds.corners[row] - middle).T).max())
        away = middle - position
        distance_m = np.hypot(away[:, 0], away[:, 1])
        along = (away * course).sum(axis=1)
        beside_m = np.abs(away[:, 0] * course[:, 1] - away[:, 1] * course[:, 0])
        rate = np.where(along > 0, _BRAKES_MPS2, _SPEEDS_UP_MPS2)
        slow = speed <= _AIR_TAXI_MPS + np.sqrt(2 * rate * distance_m)
        straight = (beside_m <= radius_m + _BESIDE_M) | (speed < _HOVER_MPS)
        found |= (distance_m <= _WITHIN_M) & slow & straight
    return found
