"""The intent stage: evidence of what a track is about to do, toward each zone."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydantic import Field

from marsad.assessment.columns import ZONES, Flags, Floats, Rows, Times, column
from marsad.assessment.geometry import Approach
from marsad.assessment.kinematics import Flight
from marsad.assessment.reasons import Part, cap, clip
from marsad.model.settings import Settings


class IntentWeights(Settings):
    """Decibans of what a track seems to intend."""

    course_meets_db: float = Field(6.0, description="the course meets the zone with a chance of 0.6 or more")
    course_near_db: float = Field(3.0, description="the course meets the zone with a chance of 0.4 or more")
    course_misses_db: float = Field(-4.0, description="the course meets the zone with a chance below 0.05")
    closing_db: float = Field(2.0, description="has come closer for closing_for_s")
    low_fast_db: float = Field(3.0, description="flies below low_m and faster than fast_mps")
    diving_db: float = Field(5.0, description="dives and gains speed")
    loiter_db: float = Field(6.0, description="has stayed near a zone for loiter_for_s")
    opening_db: float = Field(-6.0, description="has gone away for opening_for_s")


class ClosingLimits(Settings):
    """When coming closer and going away count."""

    closing_rate_mps: float = Field(default=1.0, description="slower is noise of the tracker")
    closing_for_s: float = Field(10.0, description="so long without a break counts as closing")


class IntentLimits(ClosingLimits):
    """When each piece of evidence of intent counts."""

    opening_rate_mps: float = Field(5.0, description="going away faster than this counts")
    opening_for_s: float = Field(5.0, description="so long without a break counts as going away")
    low_m: float = Field(150.0, description="height above the site below which a fast object is suspect")
    fast_mps: float = Field(
        25.0, description="speed from which a low object is suspect; a dive needs half of it"
    )
    dive_angle_deg: float = Field(10.0, description="steeper than this is a dive, if it gains speed")
    dive_acceleration_mps2: float = Field(0.5, description="gain of speed from which it is a dive")
    dive_for_s: float = Field(default=2.0, description="one noisy climb rate is no dive")
    loiter_within_m: float = Field(500.0, description="distance to a zone within which staying is loitering")
    loiter_for_s: float = Field(30.0, description="so long without a break is loitering")
    loiter_speed_mps: float = Field(default=3.0, description="of the mean velocity: circling counts")


@dataclass
class IntentState:
    """Since when each condition holds without a break; 0 where it does not."""

    closing_t_ns: Times = column(np.int64, ZONES)
    opening_t_ns: Times = column(np.int64, ZONES)
    loiter_t_ns: Times = column(np.int64, ZONES)
    diving_t_ns: Times = column(np.int64)


@dataclass(frozen=True)
class Intent:
    """Decibans of n tracks; (n,z) where they depend on the zone, with what their sentences quote.

    closing_t_ns, loiter_t_ns  since when, at t_ns
    zone  (n,) the zone toward which the intent is strongest; only its evidence counts
    """

    course: Floats
    closing: Floats
    opening: Floats
    loiter: Floats
    low_fast: Floats
    diving: Floats
    t_ns: int
    closing_t_ns: Times
    loiter_t_ns: Times
    zone: Rows

    @cached_property
    def total(self) -> Floats:
        """Uncapped sum (n,z)."""
        return np.asarray(
            self.course + self.closing + self.opening + self.loiter + (self.low_fast + self.diving)[:, None]
        )

    def foremost_db(self) -> Floats:
        """Uncapped sum (n,) toward the zone where it is strongest."""
        return self._toward(self.total) if self.total.shape[1] else self.low_fast + self.diving

    def _toward(self, values: Floats) -> Floats:
        """Values (n,z) toward the zone where the intent is strongest."""
        return np.asarray(values[np.arange(len(values)), self.zone])

    def reasons(self, near: Approach, flight: Flight, cap_db: tuple[float, float]) -> list[Part]:
        """What counted toward that zone, and what the cap of the group takes away."""

        def at(values: Floats) -> Floats:
            return self._toward(values) if values.shape[1] else np.zeros(len(values))

        def for_s(since: Times) -> Floats:
            return at((self.t_ns - since) / 1e9)

        parts = [
            Part("intent.course", at(self.course), (("hit_percent", at(100.0 * near.hit)),)),
            Part("intent.closing", at(self.closing), (("duration_s", for_s(self.closing_t_ns)),)),
            Part("intent.opening", at(self.opening), (("rate_mps", at(near.range_rate_mps)),)),
            Part("intent.loiter", at(self.loiter), (("duration_s", for_s(self.loiter_t_ns)),)),
            Part("intent.low_fast", self.low_fast, (("speed_mps", flight.speed_mps),)),
            Part("intent.diving", self.diving, (("descent_mps", -flight.climb_mps),)),
        ]
        return [*parts, cap("cap.intent", parts, cap_db)]


class IntentJudge:
    """Owns the weights and limits of intent; its streaks are in the state."""

    def __init__(
        self, weights: IntentWeights, limits: IntentLimits, cap_db: tuple[float, float], value: Floats
    ) -> None:
        self._weights, self._limits, self._cap_db = weights, limits, cap_db
        self._open_to = np.where(value > 0, 0.0, -1000.0)  # zones that can be warned at all

    def intent(self, state: IntentState, near: Approach, flight: Flight, t_ns: int) -> Intent:
        """Evidence of intent toward each zone; advances the streaks."""
        weights, limits = self._weights, self._limits
        closing = near.range_rate_mps < -limits.closing_rate_mps
        state.closing_t_ns = _streak(state.closing_t_ns, closing, t_ns)
        opening = near.range_rate_mps > limits.opening_rate_mps
        state.opening_t_ns = _streak(state.opening_t_ns, opening, t_ns)
        slow = (flight.mean_speed_mps <= limits.loiter_speed_mps)[:, None]
        staying = (near.distance_m <= limits.loiter_within_m) & slow
        state.loiter_t_ns = _streak(state.loiter_t_ns, staying, t_ns)
        dives = self._dives(flight)
        state.diving_t_ns = _streak(state.diving_t_ns, dives, t_ns)
        low_fast = (flight.height_m < limits.low_m) & (flight.speed_mps > limits.fast_mps)
        closed = closing & _long(state.closing_t_ns, t_ns, limits.closing_for_s)
        opened = opening & _long(state.opening_t_ns, t_ns, limits.opening_for_s)
        loiters = staying & _long(state.loiter_t_ns, t_ns - 1, limits.loiter_for_s)
        dived = dives & _long(state.diving_t_ns, t_ns, limits.dive_for_s)
        found = Intent(
            self._course(near),
            np.where(closed, weights.closing_db, 0.0),
            np.where(opened, weights.opening_db, 0.0),
            np.where(loiters, weights.loiter_db, 0.0),
            np.where(low_fast, weights.low_fast_db, 0.0),
            np.where(dived, weights.diving_db, 0.0),
            t_ns,
            state.closing_t_ns,
            state.loiter_t_ns,
            np.zeros(len(low_fast), np.int64),
        )
        if len(self._open_to):
            found.zone[:] = (clip(found.total, self._cap_db) + self._open_to).argmax(axis=1)
        return found

    def _course(self, near: Approach) -> Floats:
        weights = self._weights
        misses = np.where((near.hit < 0.05) & np.isfinite(near.closest_s), weights.course_misses_db, 0.0)
        close = np.where(near.hit >= 0.4, weights.course_near_db, misses)
        return np.asarray(np.where(near.hit >= 0.6, weights.course_meets_db, close))

    def _dives(self, flight: Flight) -> Flags:
        limits = self._limits
        steep = -flight.climb_mps > np.tan(np.radians(limits.dive_angle_deg)) * flight.speed_mps
        faster = flight.surge_mps2 > limits.dive_acceleration_mps2
        return np.asarray(steep & faster & (flight.speed_mps > limits.fast_mps / 2))


def _streak(since: Times, holds: Flags, t_ns: int) -> Times:
    """Since when the condition holds without a break; 0 where it does not."""
    return np.where(since == 0, np.int64(t_ns), since) * holds


def _long(since: Times, t_ns: int, for_s: float) -> Flags:
    """Which began so many seconds ago, or more."""
    return np.asarray(since <= t_ns - round(for_s * 1e9))
