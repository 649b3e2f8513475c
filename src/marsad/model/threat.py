"""Threats: who an object is, how dangerous, and how many seconds are left, with reasons."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from math import inf, nan

from marsad.model.reason import Reason

THREAT_CLASSES = (
    "owa",  # one-way attack drone, fixed wing
    "ballistic",
    "fixedwing_small",
    "multirotor",
    "unknown",
    "crewed",
    "balloon",
    "bird",
)
DRONE_CLASSES = ("owa", "fixedwing_small", "multirotor")
UNCREWED_CLASSES = (*DRONE_CLASSES, "unknown")
HARMLESS_CLASSES = ("crewed", "balloon", "bird")
FASTEST_MPS = {
    "owa": 300.0,
    "fixedwing_small": 90.0,
    "multirotor": 70.0,
    "crewed": 700.0,
    "balloon": 120.0,
    "bird": 45.0,
}
"""Over ground, with a wind behind it: nothing of the class is told to fly faster.

Swifts reach 31 m/s in level flight (P. Henningsson and others, J. R. Soc. Interface 7, 2010); free balloons
have the winds of a jet stream.
"""


class Level(IntEnum):
    """What to do about a track."""

    INFO = 0
    WATCH = 1
    ALERT = 2
    WARN = 3


class Identity(StrEnum):
    """Standard identity. HOSTILE and FRIEND-by-hand are set by a person only."""

    PENDING = "pending"
    UNKNOWN = "unknown"
    FRIEND = "friend"
    ASSUMED_FRIEND = "assumed_friend"
    NEUTRAL = "neutral"
    SUSPECT = "suspect"
    HOSTILE = "hostile"


@dataclass(frozen=True, slots=True)
class ZoneThreat:
    """One track against one zone.

    distance_m            to the zone's edge, 0 inside
    closest_approach_m    miss distance of the present course; NaN if it does not approach
    hit_probability       that the present course meets the zone
    time_to_impact_s      until the course meets the zone; NaN if it does not
    time_low_s, time_high_s   90 % interval of time_to_impact_s
    earliest_arrival_s    at dash speed, straight
    """

    zone_id: str
    distance_m: float
    closest_approach_m: float
    hit_probability: float
    time_to_impact_s: float
    time_low_s: float
    time_high_s: float
    earliest_arrival_s: float
    score: float
    level: Level


@dataclass(frozen=True, slots=True)
class ThreatAssessment:
    """Everything the site thinks of one track at one time.

    class_probability  in the order of THREAT_CLASSES, sums to 1
    hostility          P_h, 0 to 1
    decibans           W, the clamped sum that gives hostility
    evidence           every part of W, with its decibans
    rule               the rule and numbers that set the level
    counterfactual     what would have put it one level lower, or None at INFO
    zones              one entry per zone, most dangerous first
    name               callsign or claimed identifier, "" if none
    speed_mps          horizontal, as it is shown with the class; NaN if that is not known
    """

    track_id: int
    t_ns: int
    level: Level
    score: float
    identity: Identity
    name: str
    class_probability: tuple[float, ...]
    hostility: float
    decibans: float
    evidence: tuple[Reason, ...]
    rule: Reason
    counterfactual: Reason | None
    zones: tuple[ZoneThreat, ...]
    speed_mps: float = nan

    @property
    def class_name(self) -> str:
        """The likeliest class; unknown where nothing of it flies as fast as is shown.

        A fresh track's speed has an error that leaves a bird likely, and people see the speed without it.
        """
        best = max(range(len(self.class_probability)), key=self.class_probability.__getitem__)
        name = THREAT_CLASSES[best]
        return "unknown" if self.speed_mps > FASTEST_MPS.get(name, inf) else name
