"""Evidence of intent and context: what a track does, and what happens around it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.geometry import Approach
from marsad.assessment.memory import Memory
from marsad.assessment.settings import EvidenceLimits, EvidenceWeights, KnownActivity

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Flight:
    """How n tracks move, beyond their course. Heights that are not known are NaN.

    height_m, climb_mps   above the site; vertical speed
    speed_mps             horizontal
    surge_mps2            acceleration along the course
    mean_speed_mps        of the mean velocity over some ten seconds: small when circling
    """

    height_m: Array
    climb_mps: Array
    speed_mps: Array
    surge_mps2: Array
    mean_speed_mps: Array


@dataclass(frozen=True)
class Intent:
    """Decibans; (n,z) where they depend on the zone."""

    course: Array
    closing: Array
    opening: Array
    loiter: Array
    low_fast: Array
    diving: Array
    closing_s: Array
    loiter_s: Array

    def total(self) -> Array:
        """Uncapped sum (n,z)."""
        return np.asarray(
            self.course + self.closing + self.opening + self.loiter + (self.low_fast + self.diving)[:, None]
        )


@dataclass(frozen=True)
class Context:
    """Decibans (n,)."""

    restricted: Array
    grouped: Array
    known_activity: Array
    group_size: NDArray[np.int64]

    def total(self) -> Array:
        """Uncapped sum (n,)."""
        return np.asarray(self.restricted + self.grouped + self.known_activity)


def _streak(memory: Memory, name: str, holds: Flags, t_ns: int) -> Array:
    """Seconds (n,z) since the condition began to hold without a break; 0 where it does not."""
    since = memory.times(name)
    since = np.where(holds, np.where(since == 0, np.int64(t_ns), since), np.int64(0))
    memory.put(name, since)
    return np.asarray(np.where(holds, (t_ns - since) / 1e9, 0.0))


def intent(
    memory: Memory,
    near: Approach,
    flight: Flight,
    t_ns: int,
    weights: EvidenceWeights,
    limits: EvidenceLimits,
) -> Intent:
    """Evidence of intent toward each zone; advances the streaks in the memory."""
    closing_s = _streak(memory, "closing_t_ns", near.range_rate_mps < -limits.closing_rate_mps, t_ns)
    opening_s = _streak(memory, "opening_t_ns", near.range_rate_mps > limits.opening_rate_mps, t_ns)
    staying = (near.distance_m <= limits.loiter_within_m) & (
        flight.mean_speed_mps <= limits.loiter_speed_mps
    )[:, None]
    loiter_s = _streak(memory, "loiter_t_ns", staying, t_ns)
    course = np.where(
        near.hit >= 0.6,
        weights.course_meets_db,
        np.where(
            near.hit >= 0.4,
            weights.course_near_db,
            np.where((near.hit < 0.05) & np.isfinite(near.closest_s), weights.course_misses_db, 0.0),
        ),
    )
    low_fast = (flight.height_m < limits.low_m) & (flight.speed_mps > limits.fast_mps)
    steep = -flight.climb_mps > np.tan(np.radians(limits.dive_angle_deg)) * flight.speed_mps
    faster = (flight.surge_mps2 > limits.dive_acceleration_mps2) & (flight.speed_mps > limits.fast_mps / 2)
    diving = _streak(memory, "diving_t_ns", steep & faster, t_ns) >= limits.dive_for_s
    return Intent(
        course,
        np.where(closing_s >= limits.closing_for_s, weights.closing_db, 0.0),
        np.where(opening_s >= limits.opening_for_s, weights.opening_db, 0.0),
        np.where(loiter_s > limits.loiter_for_s, weights.loiter_db, 0.0),
        np.where(low_fast, weights.low_fast_db, 0.0),
        np.where(diving, weights.diving_db, 0.0),
        closing_s,
        loiter_s,
    )


def group_sizes(
    position: Array, near: Approach, candidates: Flags, limits: EvidenceLimits
) -> NDArray[np.int64]:
    """How many candidates (itself counted) converge with each track (n,); 0 for others.

    Converging: closing on the same zone, and arriving within the window of one another or
    coming out of the same sector as seen from the reference point of the site.
    """
    sizes = np.zeros(len(position), np.int64)
    if not near.distance_m.shape[1]:
        return sizes
    closing = near.range_rate_mps < -limits.closing_rate_mps
    target = np.where(closing, near.earliest_s, np.inf).argmin(axis=1)
    rows = np.flatnonzero(candidates & closing.any(axis=1))
    if len(rows) < limits.group_size:
        return sizes
    goal = target[rows]
    arrival = near.distance_m[rows, goal] / np.maximum(near.speed_mps[rows], 1.0)
    bearing = np.arctan2(position[rows, 0], position[rows, 1])
    apart = np.abs((bearing[:, None] - bearing[None, :] + np.pi) % (2 * np.pi) - np.pi)
    together = (goal[:, None] == goal[None, :]) & (
        (np.abs(arrival[:, None] - arrival[None, :]) <= limits.group_window_s)
        | (apart <= np.radians(limits.group_sector_deg))
    )
    sizes[rows] = together.sum(axis=1)
    return sizes


def known_activity(position: Array, height_m: Array, t_ns: int, places: tuple[KnownActivity, ...]) -> Flags:
    """Which tracks fly where harmless objects are expected now."""
    within = np.zeros(len(position), bool)
    for place in places:
        if place.from_t_ns <= t_ns <= place.until_t_ns:
            near = np.hypot(*(position - np.asarray(place.centre_enu)).T) <= place.radius_m
            high = np.isnan(height_m) | ((height_m >= place.height_from_m) & (height_m <= place.height_to_m))
            within |= near & high
    return within
