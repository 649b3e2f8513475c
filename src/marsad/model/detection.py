"""Detections: one report of one object by one sensor; scans: all of one look, as arrays."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Six = tuple[float, float, float, float, float, float]


class Measurement(IntEnum):
    """How the six numbers of a detection are to be read.

    POLAR     [range_m, azimuth_rad, elevation_rad, range_rate_mps, NaN, NaN], seen from the
              sensor: azimuth and elevation about true north and the horizontal at the sensor,
              range rate positive outbound; any subset may be NaN (a bearing alone is legal)
    POSITION  [east_m, north_m, up_m, east_mps, north_mps, up_mps] in the site frame; up and
              the velocity may be NaN
    """

    POLAR = 0
    POSITION = 1


class ClaimSource(StrEnum):
    """How a claim came to be; only what the object itself computed depends on its navigation."""

    OWN = "own"  # the object's own report (ADS-B, Remote ID)
    MULTILATERATION = "multilateration"  # ground stations computed the place
    RELAYED = "relayed"  # a ground station relays what its radar saw (TIS-B)


class Distress(StrEnum):
    """What a transponder code calls for (ICAO Annex 10 Vol IV, 2.1.4; Doc 4444, 15.1 and 15.3)."""

    NONE = ""
    UNLAWFUL_INTERFERENCE = "unlawful_interference"  # 7500
    RADIO_FAILURE = "radio_failure"  # 7600
    EMERGENCY = "emergency"  # 7700, or an emergency flag without a code


_DISTRESS = {
    "7500": Distress.UNLAWFUL_INTERFERENCE,
    "7600": Distress.RADIO_FAILURE,
    "7700": Distress.EMERGENCY,
}


@dataclass(frozen=True, slots=True)
class ClaimedState:
    """What else an object says of itself; "" and None where it has not said.

    squawk                transponder code, four octal digits
    alert                 the code was changed lately, or is one of distress
    emergency             an emergency is declared
    ident                 the pilot pressed ident (SPI)
    on_ground             it says it is on the ground
    category              emitter category of ADS-B, such as ``A3``; ``B6`` is an unmanned aircraft
    climb_mps             vertical rate
    altitude_m            altitude as sent, before any correction
    geometric             the altitude is above the ellipsoid, not by pressure
    navigation_integrity  NIC, 0 to 11; 0: the position may be anywhere
    navigation_accuracy   NACp, 0 to 11; 0: accuracy not known
    source                who computed the position
    """

    squawk: str = ""
    alert: bool | None = None
    emergency: bool | None = None
    ident: bool | None = None
    on_ground: bool | None = None
    category: str = ""
    climb_mps: float | None = None
    altitude_m: float | None = None
    geometric: bool = False
    navigation_integrity: int | None = None
    navigation_accuracy: int | None = None
    source: ClaimSource = ClaimSource.OWN

    @property
    def distress(self) -> Distress:
        """What the code calls for; the flag alone where there is no code."""
        if self.squawk in _DISTRESS:
            return _DISTRESS[self.squawk]
        return Distress.EMERGENCY if self.emergency else Distress.NONE


NOTHING_CLAIMED = ClaimedState()


@dataclass(frozen=True, slots=True)
class Claim:
    """What an object says of itself, or another system of it. Evidence, never proof.

    system          ``icao`` (ADS-B address), ``remote_id``, ``friend_tag`` …
    identifier      unique within the system, lower case, such as ``4b43ac``
    callsign        as sent, stripped; "" if none
    authenticated   the claim is cryptographically bound to a known key
    state           transponder code, flags, altitude and integrity
    bearer          which of those that use the identifier at one time, from 1; 0 = none can be told
    elsewhere       [east_m, north_m] in the site frame, where another uses it now; None if nobody does
    """

    system: str
    identifier: str
    callsign: str = ""
    authenticated: bool = False
    state: ClaimedState = NOTHING_CLAIMED
    bearer: int = 1
    elsewhere: tuple[float, float] | None = None

    @property
    def label(self) -> str:
        """The identifier with its system, as friends and flights are listed."""
        return f"{self.system}:{self.identifier}"

    @property
    def key(self) -> str:
        """The key by which the tracker binds reports of the same object; "" if it cannot be told."""
        if self.bearer == 1:
            return self.label
        return f"{self.label}#{self.bearer}" if self.bearer else ""


@dataclass(frozen=True, slots=True)
class Detection:
    """One report of one object.

    t_ns      when it was measured
    values    see Measurement; NaN = not measured
    sigmas    one-sigma errors of values, same order; NaN where the value is NaN
    claim     identity claimed in the report, if any
    classes   (class name of THREAT_CLASSES, probability) pairs the sensor gives, may be empty
    object_id the sensor's own track identifier, "" if none
    report_id the sensor's own report identifier, "" if none
    """

    sensor_id: str
    t_ns: int
    measurement: Measurement
    values: Six
    sigmas: Six
    claim: Claim | None = None
    classes: tuple[tuple[str, float], ...] = ()
    object_id: str = ""
    report_id: str = ""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a sensor stood, how it was turned and how it moved when it looked.

    position_enu (3,), velocity_enu (3,)  m and m/s in the site frame
    rotation_enu_from_sensor (3, 3)       carries the axes at the sensor (east, north, up there) to it
    position_cov (3, 3)                   m², of the position
    turn_cov (3, 3)                       rad², of a small turn about these axes
    """

    position_enu: NDArray[np.float64]
    velocity_enu: NDArray[np.float64]
    rotation_enu_from_sensor: NDArray[np.float64]
    position_cov: NDArray[np.float64]
    turn_cov: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scan:
    """All detections of one sensor at one time; zero rows says "it looked and saw nothing".

    values, sigmas   (m, 6) float64, see Measurement
    labels           m keys of claimed identities, "" where none
    partial          the sensor did not look at everything it covers: no plot is no evidence of absence
    objects          m track identifiers of the sensor's own tracker, () where it has none
    pose             where the sensor was then; None: where it is said to be
    """

    sensor_id: str
    t_ns: int
    measurement: Measurement
    values: NDArray[np.float64]
    sigmas: NDArray[np.float64]
    labels: tuple[str, ...]
    partial: bool = False
    objects: tuple[str, ...] = ()
    pose: Pose | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """Which plots of a scan belong to which tracks, pairs of probability above one half.

    track_id (k,) int64 · plot (k,) row in the scan · probability (k,)
    """

    track_id: NDArray[np.int64]
    plot: NDArray[np.int64]
    probability: NDArray[np.float64]

    @staticmethod
    def nothing() -> "Attribution":
        """No plot belongs to any track."""
        empty: NDArray[Any] = np.empty(0, np.int64)
        return Attribution(empty, empty, np.empty(0))
