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
_SLOWED_MPS = 28.0  # further off than that, who comes from a route has slowed down to this
_BRAKES_MPS2 = 1.0  # harder than this helicopters seldom brake when they come in
_SPEEDS_UP_MPS2 = 1.5
_AIR_TAXI_MPS = 5.0
_BESIDE_M = 60.0  # of the place, for who aims at it or comes from it
_HOVER_MPS = 8.0  # slower, a course over ground says nothing


@dataclass(frozen=True)
class Transfers:
    """Which tracks (n,) may be on their way to a landing place, and from one.

    comes     near the place and straight at it
    from_far  the same, but further off, no further than the routes that lead past it
    turns     no further off than those and slow, whatever the course: may have left one just now
    """

    comes: Flags
    goes: Flags
    from_far: Flags
    turns: Flags


def transfers(position: Array, velocity: Array, shapes: ProcedureShapes) -> Transfers:
    """Who is near a landing place, on a straight way to it or from it, and slow enough to land there.

    position, velocity (n,2)   m, m/s, site ENU
    """
    comes, goes, from_far, turns = (np.zeros(len(position), bool) for _ in range(4))
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
        leaves = (distance_m <= _reach_m(middle, shapes)) & slow & (speed <= _SLOWED_MPS)
        from_far |= leaves & straight & inbound
        turns |= leaves
    return Transfers(comes, goes, from_far, turns)


def _reach_m(middle: Array, shapes: ProcedureShapes) -> float:
    """How far from a landing place the route begins to be left for it: the far side of the nearest one."""
    paths = shapes.paths
    routes = ~shapes.of_runway[paths.procedure]
    if not routes.any():
        return _WITHIN_M
    to = middle - paths.start[routes]
    part = np.clip((to * paths.along[routes]).sum(axis=1), 0.0, paths.length_m[routes])
    away = to - part[:, None] * paths.along[routes]
    return float((np.hypot(away[:, 0], away[:, 1]) + paths.half_width[routes].max(axis=1)).min())
