"""Who is on the way between a procedure and a landing place, as helicopters leave a route to land.

Pure functions over arrays. The way is no procedure of its own, for no pilot flies it twice alike; what all
have in common is that they slow down before they land.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.procedure_shapes import ProcedureShapes

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
_WITHIN_M = 1_600.0  # of the middle of the place
_BRAKES_MPS2 = 1.0  # harder than this helicopters seldom brake when they come in
_SPEEDS_UP_MPS2 = 1.5
_AIR_TAXI_MPS = 5.0
_BESIDE_M = 60.0  # of the place, for who aims at it or comes from it
_HOVER_MPS = 8.0  # slower, a course over ground says nothing


@dataclass(frozen=True)
class Transfers:
    """Which tracks (n,) may be on their way to a landing place, and from one."""

    comes: Flags
    goes: Flags


def transfers(position: Array, velocity: Array, shapes: ProcedureShapes) -> Transfers:
    """Who is near a landing place, on a straight way to it or from it, and slow enough to land there.

    position, velocity (n,2)   m, m/s, site ENU
    """
    comes, goes = np.zeros(len(position), bool), np.zeros(len(position), bool)
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
        inbound = (away * course).sum(axis=1) > 0
        beside_m = np.abs(away[:, 0] * course[:, 1] - away[:, 1] * course[:, 0])
        rate = np.where(inbound, _BRAKES_MPS2, _SPEEDS_UP_MPS2)
        slow = speed <= _AIR_TAXI_MPS + np.sqrt(2 * rate * distance_m)
        straight = (beside_m <= radius_m + _BESIDE_M) | (speed < _HOVER_MPS)
        near = (distance_m <= _WITHIN_M) & slow & straight
        comes |= near & inbound
        goes |= near & ~inbound
    return Transfers(comes, goes)
