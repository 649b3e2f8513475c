"""The course stage: where straight flights are going, by their last leg and not by the last plot alone.

What a tracker must hold possible, that an object turns any moment, makes its velocity swing from plot to
plot. Of what has flown straight for a while more is known: the line through its last places.
"""

from dataclasses import replace

import numpy as np
from pydantic import Field

from marsad.assessment.flight_character import Character
from marsad.model.settings import Settings
from marsad.model.track import TrackTable

_PLANE = [3, 4]  # velocity east and north


class LegLimits(Settings):
    """When a course is that of the last leg."""

    leg_straight_s: float = Field(
        default=10.0, ge=0, description="what has flown straight for so long goes on along its last leg…"
    )
    leg_sigma_mps: float = Field(
        default=0.5, gt=0, description="…whose velocity is no surer than this per axis…"
    )
    leg_agrees_sigmas: float = Field(
        default=2.5,
        gt=0,
        description="…unless the newest velocity differs from it by more than this: it turns",
    )


def along_legs(table: TrackTable, drawn: Character, leg_s: float, limits: LegLimits) -> TrackTable:
    """The table with the velocity of what flies straight put together from the tracker's and its leg's.

    leg_s   time constant with which the leg forgets

    The distances from the line hang together, so they count as one look: a wander of w over a leg of s
    leaves w/s open. Whoever turns wanders, and the tracker's velocity counts again.
    """
    rows = np.flatnonzero(drawn.straight_s >= limits.leg_straight_s)
    leg = np.hypot(drawn.wander_m[rows] / leg_s, limits.leg_sigma_mps) ** 2
    own = table.covariance[rows][:, _PLANE, _PLANE]
    apart = drawn.leg_mps[rows] - table.mean[rows][:, _PLANE]
    agrees = (apart**2 / (own + leg[:, None])).sum(axis=1) <= limits.leg_agrees_sigmas**2
    if not agrees.any():
        return table
    rows, own, apart = rows[agrees], own[agrees], apart[agrees]
    share = own / np.maximum(own + leg[agrees, None], 1e-12)
    mean, covariance = table.mean.copy(), table.covariance.copy()
    for place, axis in enumerate(_PLANE):
        left = 1.0 - share[:, place]
        mean[rows, axis] += share[:, place] * apart[:, place]
        covariance[rows, axis, :] *= left[:, None]
        covariance[rows, :, axis] *= left[:, None]
        covariance[rows, axis, axis] = own[:, place] * left
    return replace(table, mean=mean, covariance=covariance)
