"""The context stage: evidence of what happens around a track: place, company, known activity."""

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from marsad.assessment.classification import Classes
from marsad.assessment.columns import Flags, Floats, Rows
from marsad.assessment.geometry import Approach
from marsad.assessment.intent import ClosingLimits
from marsad.assessment.reasons import Part
from marsad.assessment.shapes import ZoneShapes
from marsad.model.settings import Settings


class ContextWeights(Settings):
    """Decibans of what happens around a track."""

    restricted_db: float = Field(5.0, description="flies within restricted_m of a restricted zone")
    grouped_db: float = Field(4.0, description="comes with others to the same zone")
    known_activity_db: float = Field(-4.0, description="flies where harmless objects are expected")


class GroupLimits(ClosingLimits):
    """Who converges."""

    group_size: int = Field(3, description="so many that converge are a group")
    group_window_s: float = Field(60.0, description="arrivals this close in time converge")
    group_sector_deg: float = Field(30.0, description="so do those that come from within this sector")


class ContextLimits(GroupLimits):
    """When each piece of context counts."""

    restricted_m: float = Field(default=3000.0, description="around every zone of value above 0")


class KnownActivity(Settings):
    """A place where harmless objects are expected: an airway, a roost, a notified flight."""

    centre_enu: tuple[float, float] = Field(description="metres east and north of the site's reference point")
    radius_m: float = Field(gt=0, description="radius of the place")
    height_from_m: float = Field(-1000.0, description="lowest height above the site")
    height_to_m: float = Field(20000.0, description="highest height above the site")
    from_t_ns: int = Field(0, description="begins then, UTC nanoseconds")
    until_t_ns: int = Field(2**63 - 1, description="ends then, UTC nanoseconds")


@dataclass(frozen=True)
class Context:
    """Decibans (n,), and how many converge with each track, itself counted."""

    restricted: Floats
    grouped: Floats
    known_activity: Floats
    group_size: Rows

    def total(self) -> Floats:
        """Uncapped sum (n,)."""
        return np.asarray(self.restricted + self.grouped + self.known_activity)

    def parts(self) -> list[Part]:
        """What counted."""
        return [
            Part("context.restricted", self.restricted),
            Part("context.grouped", self.grouped, (("count", self.group_size),)),
            Part("context.known_activity", self.known_activity),
        ]


@dataclass(frozen=True)
class Surroundings:
    """The zones of the site, and where harmless objects are expected."""

    shapes: ZoneShapes
    activities: tuple[KnownActivity, ...]
    weights: ContextWeights
    limits: ContextLimits
    utc_offset_ns: int = 0

    def context(
        self, t_ns: int, position: Floats, height_m: Floats, near: Approach, suspects: tuple[Flags, Flags]
    ) -> Context:
        """What happens around tracks at these places.

        suspects  (n,) which are not cooperative, and which of those may be drones
        """
        strange, candidates = suspects
        within = (near.distance_m <= 0) & self.shapes.restricted
        within |= (near.distance_m <= self.limits.restricted_m) & (self.shapes.value > 0)
        sizes = group_sizes(position, near, candidates, self.limits)
        known = known_activity(position, height_m, t_ns + self.utc_offset_ns, self.activities)
        return Context(
            np.where(within.any(axis=1) & strange, self.weights.restricted_db, 0.0),
            np.where(sizes >= self.limits.group_size, self.weights.grouped_db, 0.0),
            np.where(known, self.weights.known_activity_db, 0.0),
            sizes,
        )


def suspects(cooperative: Flags, classes: Classes, floor_uncrewed: float) -> tuple[Flags, Flags]:
    """Which tracks (n,) are not cooperative, and which of those may be drones."""
    strange = ~cooperative
    return strange, strange & (classes.uncrewed >= floor_uncrewed)


def group_sizes(position: Floats, near: Approach, candidates: Flags, limits: GroupLimits) -> Rows:
    """How many candidates (itself counted) converge with each track (n,); 0 for others.

    Converging: closing on the same zone, and arriving within the window of one another or
    coming out of the same sector as seen from the reference point of the site.
    """
    sizes = np.zeros(len(position), np.int64)
    if not near.distance_m.shape[1]:
        return sizes
    rows = np.flatnonzero(candidates)
    closing = near.range_rate_mps[rows] < -limits.closing_rate_mps
    coming = closing.any(axis=1)
    rows, closing = rows[coming], closing[coming]
    if len(rows) < limits.group_size:
        return sizes
    goal = np.where(closing, near.earliest_s[rows], np.inf).argmin(axis=1)
    arrival = near.distance_m[rows, goal] / np.maximum(near.speed_mps[rows], 1.0)
    bearing = np.arctan2(position[rows, 0], position[rows, 1])
    apart = np.abs((bearing[:, None] - bearing[None, :] + np.pi) % (2 * np.pi) - np.pi)
    together = (goal[:, None] == goal[None, :]) & (
        (np.abs(arrival[:, None] - arrival[None, :]) <= limits.group_window_s)
        | (apart <= np.radians(limits.group_sector_deg))
    )
    sizes[rows] = together.sum(axis=1)
    return sizes


def known_activity(position: Floats, height_m: Floats, t_ns: int, places: tuple[KnownActivity, ...]) -> Flags:
    """Which tracks fly where harmless objects are expected now."""
    within = np.zeros(len(position), bool)
    for place in places:
        if place.from_t_ns <= t_ns <= place.until_t_ns:
            near = np.hypot(*(position - np.asarray(place.centre_enu)).T) <= place.radius_m
            high = np.isnan(height_m) | ((height_m >= place.height_from_m) & (height_m <= place.height_to_m))
            within |= near & high
    return within
