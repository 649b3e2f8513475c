"""What is remembered of the claims of tracks: one row per track, as arrays."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.claim_settings import ClaimKind
from marsad.assessment.columns import Objects, Small, column

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
    DOUBLED = 17
    RENAMED = 18


_FINDINGS = len(Finding)
_SLOW = (
    ClaimKind.AIRCRAFT,
    ClaimKind.LIGHT,
    ClaimKind.HELICOPTER,
    ClaimKind.GLIDER,
    ClaimKind.ULTRALIGHT,
)


@dataclass
class PlausibilityState:
    """What is remembered of the claims of n tracks; times UTC ns, 0 = never.

    report            the newest own claim with a place, a Detection, until it is tested; None
    called            by each system, the identifier it sends now, and those before with the times it gave
                      them up: {system: (now, ((before, t_ns), ...))}; None before it sent any
    named             what its marks were taken of, None before
    reach_t_ns        since when it is within reach of living receivers: of ADS-B, of Remote ID
    bearing_t_ns      of the last bearing by a direction finder or camera, from bearing_origin
    recent            velocity claimed some seconds ago, against turns
    earlier           place claimed some seconds ago, against invented motion; way (n,2): claimed velocities
                      since then, added up; turned_mps: how much they changed
    times             how often each breach was seen, breach_t_ns when last, found_t_ns when it last counted
    value, limit      the numbers of that time
    doubled_at        range and bearing from the site of both places of a doubled identifier, its own first
    """

    report: Objects = column(object, blank=None)
    called: Objects = column(object, blank=None)
    named: Objects = column(object, blank=None)
    reach_t_ns: Index = column(np.int64, 2)
    bearing_t_ns: Index = column(np.int64)
    bearing_origin: Array = column(np.float64, 2)
    bearing_rad: Array = column(np.float64)
    bearing_sigma_rad: Array = column(np.float64)
    kind: Small = column(np.int8)
    first_t_ns: Index = column(np.int64)
    last_t_ns: Index = column(np.int64)
    last_place: Array = column(np.float64, 2, blank=np.nan)
    recent_t_ns: Index = column(np.int64)
    recent_velocity: Array = column(np.float64, 2, blank=np.nan)
    earlier_t_ns: Index = column(np.int64)
    earlier_place: Array = column(np.float64, 2, blank=np.nan)
    way: Array = column(np.float64, 2)
    turned_mps: Array = column(np.float64)
    last_velocity: Array = column(np.float64, 2, blank=np.nan)
    times: NDArray[np.int16] = column(np.int16, _FINDINGS)
    breach_t_ns: Index = column(np.int64, _FINDINGS)
    found_t_ns: Index = column(np.int64, _FINDINGS)
    value: Array = column(np.float64, _FINDINGS, blank=np.nan)
    limit: Array = column(np.float64, _FINDINGS, blank=np.nan)
    doubled_at: Array = column(np.float64, 4, blank=np.nan)

    @property
    def may_be_slow(self) -> Flags:
        """Which tracks (n,) say they are an aircraft of a kind that lands at the speed of a car."""
        return np.asarray((self.last_t_ns > 0) & np.isin(self.kind, _SLOW))


@dataclass(frozen=True)
class ClaimReports:
    """What k different tracks claimed at one time; NaN where it is not known.

    place (k,2) east, north, m · velocity (k,2) m/s · climb_mps, height_m (k,) height above sea level
    age_s (k,)       how long it was seen by whatever sensor, within reach of a living receiver
    covered (k,)     a living receiver would have heard it all its way
    distance_m, arrival_s (k,)   to the nearest protected zone, and until it could be there; inf = never
    listening_s (k,) for how long the receivers have listened
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
    listening_s: Array
