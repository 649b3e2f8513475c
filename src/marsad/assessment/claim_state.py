"""What is remembered of the claims of tracks: one row per track, as arrays."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.int64]


class Finding(IntEnum):
    """What speaks against a claim (the last one for it); columns of the state."""

    SPEED_LOW = 0
    SPEED_HIGH = 1
    CLIMB = 2
    DESCENT = 3
    CEILING = 4
    TURN = 5
    ACCELERATION = 6
    MOTION = 7
    JUMP = 8
    BEARING = 9
    UNASSIGNED = 10
    NO_IDENTITY = 11
    OPERATOR = 12
    LATE = 13
    CLOSE = 14
    OFF_SCHEDULE = 15
    ON_SCHEDULE = 16


@dataclass
class ClaimState:
    """What is remembered of the claims of n tracks; times UTC ns, 0 = never.

    recent            velocity claimed some seconds ago, against turns
    earlier           place claimed some seconds ago, against invented motion; way (n,2): claimed velocities
                      since then, added up; turned_mps: how much they changed
    times             how often each breach was seen, breach_t_ns when last, found_t_ns when it last counted
    value, limit      the numbers of that time
    """

    kind: NDArray[np.int8]
    first_t_ns: Index
    last_t_ns: Index
    last_place: Array
    recent_t_ns: Index
    recent_velocity: Array
    earlier_t_ns: Index
    earlier_place: Array
    way: Array
    turned_mps: Array
    last_velocity: Array
    times: NDArray[np.int16]
    breach_t_ns: Index
    found_t_ns: Index
    value: Array
    limit: Array

    @staticmethod
    def blank(count: int) -> "ClaimState":
        """Tracks that have claimed nothing yet."""
        findings = len(Finding)

        def never() -> Index:
            return np.zeros(count, np.int64)

        def places() -> Array:
            return np.full((count, 2), np.nan)

        return ClaimState(
            np.zeros(count, np.int8), never(), never(), places(), never(), places(), never(), places(),
            np.zeros((count, 2)), np.zeros(count), places(), np.zeros((count, findings), np.int16),
            np.zeros((count, findings), np.int64), np.zeros((count, findings), np.int64),
            np.full((count, findings), np.nan), np.full((count, findings), np.nan),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: Index) -> "ClaimState":
        """The state of some rows in that order; a row of -1 is blank."""
        taken, old = ClaimState.blank(len(rows)), np.asarray(rows) >= 0
        for field in fields(self):
            getattr(taken, field.name)[old] = getattr(self, field.name)[rows[old]]
        return taken


@dataclass(frozen=True)
class ClaimReports:
    """What k different tracks claimed at one time; NaN where it is not known.

    place (k,2) east, north, m · velocity (k,2) m/s · climb_mps, height_m (k,) height above sea level
    age_s (k,)       of the track: how long it has been seen by whatever sensor
    covered (k,)     a living receiver would have heard it all that time
    distance_m, arrival_s (k,)   to the nearest protected zone, and until it could be there; inf = never
    listening_s      for how long the receivers have listened
    """

    t_ns: Index
    place: Array
    velocity: Array
    climb_mps: Array
    height_m: Array
    age_s: Array
    covered: Flags
    distance_m: Array
    arrival_s: Array
    listening_s: float
