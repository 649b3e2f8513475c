"""How tracks move: what a tracker's states tell over some seconds."""

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from marsad.assessment.columns import Flags, Floats, Rows, Times, column, replaced
from marsad.model.settings import Settings
from marsad.model.track import TrackTable

_LONGEST_LOOK_S = 4.0  # a plot after a longer gap counts as much as one after this


class KinematicLimits(Settings):
    """Over which times motion is averaged."""

    wander_s: float = Field(8.0, description="time over which the spread of the course is averaged")
    acceleration_s: float = Field(1.0, description="time over which the acceleration is averaged")


class HeightLimits(Settings):
    """When a height counts as known."""

    height_sigma_max_m: float = Field(default=75.0, description="above this the height is not known")


@dataclass
class FlightState:
    """Averages of each track's motion.

    assessed_t_ns  of the last plot that was used
    velocity       at that plot; velocity_slow, velocity_mean (horizontal): over short and over longer
    course_mean    mean of the unit vector along the horizontal velocity: short when the course wanders
    acceleration   smoothed
    """

    assessed_t_ns: Times = column(np.int64)
    velocity: Floats = column(np.float64, 3)
    velocity_slow: Floats = column(np.float64, 3)
    velocity_mean: Floats = column(np.float64, 2)
    course_mean: Floats = column(np.float64, 2)
    acceleration: Floats = column(np.float64, 3)


@dataclass(frozen=True)
class Flight:
    """How n tracks move, and of m of them the news.

    rows (m,)             tracks with a new plot since the last look
    fresh, step_s (m,)    never looked at before; since the look before, at most some seconds
    speed_mps (n,)        horizontal
    course_mean (n,2)     as in the state
    acceleration (n,3)    as in the state
    height_m, climb_mps   above the site; vertical speed. NaN where the height is not known
    surge_mps2            acceleration along the course
    mean_speed_mps        of the mean velocity over some ten seconds: small when circling
    """

    rows: Rows
    fresh: Flags
    step_s: Floats
    speed_mps: Floats
    course_mean: Floats
    acceleration: Floats
    height_m: Floats
    climb_mps: Floats
    surge_mps2: Floats
    mean_speed_mps: Floats

    @property
    def updated(self) -> Flags:
        """Which tracks (n,) have a new plot."""
        found = np.zeros(len(self.speed_mps), bool)
        found[self.rows] = True
        return found


def flight(state: FlightState, table: TrackTable, limits: KinematicLimits, heights: HeightLimits) -> Flight:
    """Advance the averages of tracks with a new plot; how all tracks move."""
    velocity = table.mean[:, 3:]
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    course = velocity[:, :2] / np.maximum(speed, 1e-6)[:, None]
    rows = np.flatnonzero(table.last_t_ns > state.assessed_t_ns)
    then, last = state.assessed_t_ns[rows], table.last_t_ns[rows]
    fresh = then == 0
    elapsed = np.where(fresh, 1.0, np.maximum((last - then) / 1e9, 1e-3))
    if len(rows):
        _average(state, rows, (velocity[rows], course[rows]), (fresh, elapsed), limits)
        state.assessed_t_ns = replaced(state.assessed_t_ns, rows, last)
    state.velocity = velocity.copy()
    unknown = table.covariance[:, 2, 2] > heights.height_sigma_max_m**2
    slow, pull = state.velocity_mean, state.acceleration
    return Flight(
        rows,
        fresh,
        np.minimum(elapsed, _LONGEST_LOOK_S),
        speed,
        state.course_mean,
        pull,
        np.where(unknown, np.nan, table.mean[:, 2]),
        np.where(unknown, np.nan, velocity[:, 2]),
        pull[:, 0] * course[:, 0] + pull[:, 1] * course[:, 1],
        np.hypot(slow[:, 0], slow[:, 1]),
    )


def _average(
    state: FlightState,
    rows: Rows,
    motion: tuple[Floats, Floats],
    since: tuple[Flags, Floats],
    limits: KinematicLimits,
) -> None:
    """Take the velocity and course of the rows into their averages, whole columns being replaced.

    since  which are fresh, and how many seconds ago the others were looked at
    """
    (velocity, course), (fresh, elapsed_s) = motion, since
    # a track of one plot has no velocity yet: its zero is no flight that a later one could swerve from
    fresh = fresh | ~state.velocity_slow[rows].any(axis=1)
    share = 1.0 - np.exp(-elapsed_s / limits.acceleration_s)
    lag = velocity - state.velocity_slow[rows]
    acceleration = np.where(fresh[:, None], 0.0, lag * (share / elapsed_s)[:, None])
    fast = np.where(fresh, 1.0, share)[:, None]
    slow = np.where(fresh, 1.0, 1.0 - np.exp(-elapsed_s / limits.wander_s))[:, None]
    mean, steady = state.velocity_mean[rows], state.course_mean[rows]
    state.acceleration = replaced(state.acceleration, rows, acceleration)
    state.velocity_slow = replaced(state.velocity_slow, rows, state.velocity_slow[rows] + fast * lag)
    state.velocity_mean = replaced(state.velocity_mean, rows, mean + slow * (velocity[:, :2] - mean))
    state.course_mean = replaced(state.course_mean, rows, steady + slow * (course - steady))
