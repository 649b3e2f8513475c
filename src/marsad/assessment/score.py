"""The threat score: hostility times severity times value times how pressing the geometry is.

The score ranks tracks; it does not trigger warnings (see ``level``).
"""

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.approach import Aim
from marsad.assessment.reasons import clip

Array = NDArray[np.float64]
FAR_M = 10_000.0
HURRY_S, PATIENCE_S = 15.0, 300.0
DETOUR_S = 60.0  # what an object not on a hitting course is given on top of the straight dash


def urgency(time_s: Array) -> Array:
    """1 at 15 s or less, 0 at 300 s or more."""
    return clip((PATIENCE_S - time_s) / (PATIENCE_S - HURRY_S), (0.0, 1.0))


def pressing(
    hit: Array, impact_s: Array, earliest_s: Array, distance_m: Array, range_rate_mps: Array
) -> Array:
    """K (n,z) of flying objects: 0.55 G + 0.30 U + 0.15 X."""
    opportunity = np.maximum(1.0 - earliest_s / DETOUR_S, 0.0)
    weight = np.where(range_rate_mps > 5.0, 0.2, 0.5)
    meeting = np.maximum(hit, weight * opportunity)
    later = earliest_s + DETOUR_S
    time_s = np.where(hit >= 0.1, np.minimum(impact_s, later), later)
    proximity = np.maximum(1.0 - distance_m / FAR_M, 0.0)
    return np.asarray(0.55 * meeting + 0.30 * urgency(time_s) + 0.15 * proximity)


def pressing_ballistic(impact_probability: Array, impact_s: Array) -> Array:
    """K (n,z) of ballistic objects: sqrt(P_zone) (0.6 + 0.4 U)."""
    return np.asarray(np.sqrt(impact_probability) * (0.6 + 0.4 * urgency(impact_s)))


def score(hostility: Array, severity: Array, value: Array, pressing: Array) -> Array:
    """(n,z), 0 to 100: hostility (n,), expected severity (n,), value of the zones (z,), K (n,z)."""
    return np.asarray(100.0 * (hostility * severity)[:, None] * value[None, :] * pressing)


def rank(hostility: Array, severity: Array, value: Array, aim: Aim) -> Array:
    """The threat score (n,z) of tracks that fly or fall."""
    near = aim.near
    flying = pressing(near.hit, near.impact_s, near.earliest_s, near.distance_m, near.range_rate_mps)
    if aim.ballistic.any():
        falling = pressing_ballistic(near.hit, near.impact_s)
        flying = np.where(aim.ballistic[:, None], falling, flying)
    return score(hostility, severity, value, flying)
