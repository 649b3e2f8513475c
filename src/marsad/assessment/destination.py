"""The destination stage: whether a flight points at a protected place more often than chance would have it.

Birds cross a site as their own ways lead; what attacks comes straight at what is worth an attack. The
narrower the place is from where the flight is, the more it says that the course leads there: over a
perimeter of kilometres nearly every course leads into it, and that says nothing.
"""

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from marsad.assessment.columns import Floats, column, replaced
from marsad.assessment.kinematics import Flight
from marsad.assessment.reasons import Part
from marsad.assessment.shapes import ZoneShapes
from marsad.model.settings import Settings
from marsad.model.track import TrackTable

_TOLD_DB = 4.0  # from here it is told
_INSIDE = np.pi  # half the angle of all courses: what is inside a place points into it whatever its course


class DestinationLimits(Settings):
    """How much it says that a course leads to a protected place."""

    aims: float = Field(
        default=0.8, ge=0, lt=1, description="share of attackers whose course leads to a place of the site"
    )
    course_sigma_deg: float = Field(default=5.0, gt=0, description="how closely they keep to that course")
    beside_m: float = Field(default=50.0, ge=0, description="so far beside a place is still at it")
    settled_s: float = Field(default=10.0, gt=0, description="time over which the course is judged")
    forget_s: float = Field(default=60.0, gt=0, description="time constant with which it is forgotten")
    db_max: float = Field(default=8.0, ge=0, description="most that it says against a bird, or an aircraft")


@dataclass
class DestinationState:
    """What the courses said, decibans (n,): of the last seconds; and the most, fading since."""

    db: Floats = column(np.float64)
    most_db: Floats = column(np.float64)


class Destinations:
    """Owns the protected places; what is remembered of tracks is in the state."""

    def __init__(self, shapes: ZoneShapes, limits: DestinationLimits) -> None:
        worth = shapes.value > 0
        self._discs = shapes.discs[worth]
        self._share = shapes.value[worth] / max(float(shapes.value[worth].sum()), 1e-9)
        self._limits = limits

    def decibans(self, state: DestinationState, table: TrackTable, flight: Flight) -> Floats:
        """What it says against a bird (n,), after one more look, from 0 to the most."""
        rows = flight.rows
        if len(rows) and len(self._discs):
            said = 10.0 * np.log10(self.ratio(table.mean[rows], table.covariance[rows]))
            keep = np.where(flight.fresh, 1.0, np.exp(-flight.step_s / self._limits.settled_s))
            lately = np.where(flight.fresh, 0.0, keep * state.db[rows] + (1.0 - keep) * said)
            # who comes near sees the place widen, and his course says less: what it said before stands, but
            # not for who turns off, or a bird that circles would have aimed everywhere
            stands_s = np.where(said >= 0.0, self._limits.forget_s, self._limits.settled_s)
            before = state.most_db[rows] * np.exp(-flight.step_s / stands_s)
            state.db = replaced(state.db, rows, lately)
            state.most_db = replaced(state.most_db, rows, np.maximum(before, lately))
        return np.clip(state.most_db, 0.0, self._limits.db_max)

    def ratio(self, mean: Floats, covariance: Floats) -> Floats:
        """How much likelier (n,) such a course is for what attacks than for what crosses by chance.

        mean (n,6), covariance (n,6,6)   tracks in site ENU, m and m/s

        Of what attacks, `aims` fly to one of the places, chosen by their value, the rest anywhere.
        """
        limits = self._limits
        away = self._discs[:, :2] - mean[:, None, :2]
        distance = np.hypot(away[..., 0], away[..., 1])
        wide = np.minimum((self._discs[:, 2] + limits.beside_m) / np.maximum(distance, 1.0), 1.0)
        half = np.where(wide < 1.0, np.arcsin(wide), _INSIDE)
        course = np.arctan2(mean[:, 3], mean[:, 4])[:, None]
        off = np.abs((np.arctan2(away[..., 0], away[..., 1]) - course + np.pi) % (2 * np.pi) - np.pi)
        sigma = np.hypot(_course_sigma(mean, covariance), np.radians(limits.course_sigma_deg))[:, None]
        hit = _normal((half - off) / sigma) - _normal((-half - off) / sigma)
        by_chance = half / np.pi
        each = np.where(half < _INSIDE, hit / by_chance, 1.0)
        return np.asarray(1.0 - limits.aims + limits.aims * (each @ self._share))


def aimed(destination_db: Floats) -> Part:
    """That the course leads to a place, where it says much; it weighs through the class."""
    return Part("character.aims", np.zeros(len(destination_db)), told=destination_db >= _TOLD_DB)


def _course_sigma(mean: Floats, covariance: Floats) -> Floats:
    """One sigma (n,) of the course, radians."""
    east, north = mean[:, 3], mean[:, 4]
    speed = np.maximum(np.hypot(east, north), 0.5)
    across = (
        north**2 * covariance[:, 3, 3]
        + east**2 * covariance[:, 4, 4]
        - 2 * east * north * covariance[:, 3, 4]
    )
    return np.asarray(np.sqrt(np.maximum(across, 0.0)) / speed**2)


def _normal(x: Floats) -> Floats:
    """Distribution function of the unit normal, to 0.0002 (Page 1977)."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))))
