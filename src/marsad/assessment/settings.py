"""Every weight and limit of the threat assessment, in one versioned record."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from marsad.model.threat import THREAT_CLASSES

Band = tuple[float, float, float]
"""(low, high, softness): flat between low and high, Gaussian shoulders of that width outside."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class ClassWeights(_Frozen):
    """What being of a class means for the threat score."""

    prior_db: float = Field(ge=-40, le=40, description="hostility of the class by itself, decibans")
    severity: float = Field(ge=0, le=1, description="what a hit would mean, 1 = the worst")
    dash_mps: float = Field(gt=0, description="speed it can reach in a dash; for the earliest arrival")
    wander_deg: float = Field(ge=0, lt=90, description="how far it strays from its present course")
    margin_m: float = Field(ge=0, description="a miss by less than this still counts as a hit")


def _weights(
    prior_db: float, severity: float, dash_mps: float, wander_deg: float, margin_m: float
) -> ClassWeights:
    return ClassWeights(
        prior_db=prior_db, severity=severity, dash_mps=dash_mps, wander_deg=wander_deg, margin_m=margin_m
    )


class FlightProfile(_Frozen):
    """One way in which objects of a class fly: bands of what a tracker can see.

    A class may have several profiles (an airliner and a helicopter are both crewed). The
    shares of all profiles are the prior class mix of an object nobody has identified.
    """

    class_name: str
    share: float = Field(gt=0, description="prior share among unidentified objects; normalised")
    speed_mps: Band = Field(description="speed in three dimensions")
    height_m: Band = Field(description="height above the site")
    climb_mps: Band = Field(description="vertical speed")
    wander_deg: Band = Field(description="circular spread of the course over some ten seconds")
    climb_acceleration_mps2: Band = Field(description="vertical acceleration, -9.8 in free fall")

    @model_validator(mode="after")
    def _sane(self) -> "FlightProfile":
        if self.class_name not in THREAT_CLASSES:
            raise ValueError(f"class {self.class_name!r} is none of {', '.join(THREAT_CLASSES)}")
        for low, high, softness in self.bands:
            if not (low < high and softness > 0):
                raise ValueError(f"band {(low, high, softness)}: low must be below high, softness above 0")
        return self

    @property
    def bands(self) -> tuple[Band, ...]:
        """The bands in the order of the features of ``classes.Features``."""
        return (
            self.speed_mps,
            self.height_m,
            self.climb_mps,
            self.wander_deg,
            self.climb_acceleration_mps2,
        )


def _profile(name: str, share: float, *bands: Band) -> FlightProfile:
    speed, height, climb, wander, fall = bands
    return FlightProfile(
        class_name=name,
        share=share,
        speed_mps=speed,
        height_m=height,
        climb_mps=climb,
        wander_deg=wander,
        climb_acceleration_mps2=fall,
    )


_LEVEL_FLIGHT: Band = (-2, 2, 2)
_PROFILES = (
    # Propeller one-way attack drones: 40-60 m/s cruise, straight; open reports of 2019-2024.
    _profile("owa", 0.09, (33, 62, 4), (20, 500, 100), (-8, 4, 3), (0, 6, 4), _LEVEL_FLIGHT),
    _profile("owa", 0.02, (33, 75, 6), (300, 3000, 300), (-25, 6, 4), (0, 8, 4), (-6, 4, 2)),
    # Jet-driven ones are rarer and lower than airliners of that speed.
    _profile("owa", 0.005, (90, 220, 15), (20, 1000, 150), (-30, 10, 5), (0, 6, 4), (-6, 4, 2)),
    # Muzzle or burn-out speeds 70-900 m/s, research/domain table of point-mass rockets.
    _profile("ballistic", 0.02, (75, 700, 12), (-50, 10000, 500), (-400, 400, 30), (0, 4, 4), (-22, -7, 2)),
    _profile("fixedwing_small", 0.07, (12, 33, 3), (20, 600, 80), (-5, 5, 2), (0, 25, 6), _LEVEL_FLIGHT),
    # Multirotors: on their way (straight), hovering, and flown by hand.
    _profile("multirotor", 0.10, (4, 23, 2), (10, 150, 40), (-4, 6, 2), (0, 8, 4), _LEVEL_FLIGHT),
    _profile("multirotor", 0.08, (0, 3, 1), (3, 150, 40), (-4, 6, 2), (0, 100, 20), _LEVEL_FLIGHT),
    _profile("multirotor", 0.04, (1, 15, 2), (3, 150, 40), (-4, 6, 2), (5, 90, 10), (-3, 3, 2)),
    _profile("unknown", 0.06, (0, 300, 50), (0, 10000, 500), (-50, 50, 20), (0, 90, 20), (-4, 4, 1.5)),
    # Airliners and jets en route, arriving and departing; light aircraft and helicopters.
    _profile("crewed", 0.10, (60, 290, 20), (1500, 13000, 400), (-18, 20, 4), (0, 12, 5), _LEVEL_FLIGHT),
    _profile("crewed", 0.06, (55, 140, 10), (100, 2000, 150), (-8, 15, 3), (0, 15, 5), _LEVEL_FLIGHT),
    # …and on final: low, slow for their kind, straight, sinking towards a runway that a zone may hold.
    _profile("crewed", 0.05, (50, 90, 6), (0, 900, 60), (-6, 3, 2), (0, 8, 4), _LEVEL_FLIGHT),
    _profile("crewed", 0.05, (18, 85, 6), (40, 600, 60), (-8, 8, 3), (0, 25, 6), _LEVEL_FLIGHT),
    _profile("crewed", 0.06, (18, 85, 6), (300, 2500, 150), (-8, 8, 3), (0, 25, 6), _LEVEL_FLIGHT),
    _profile("crewed", 0.01, (0, 20, 4), (5, 600, 60), (-5, 5, 2), (0, 100, 20), _LEVEL_FLIGHT),
    _profile("balloon", 0.03, (0, 12, 3), (20, 10000, 200), (-1, 6, 1), (0, 40, 10), (-1, 1, 1)),
    # Gulls, pigeons, raptors: 8-23 m/s, turning; and birds commuting on a fairly steady course. Their
    # share is what a radar over open ground sees low and slow: many birds a day, few drones a year.
    _profile("bird", 1.60, (6, 22, 2), (0, 200, 60), (-4, 4, 2), (9, 90, 6), (-3, 3, 2)),
    _profile("bird", 0.60, (8, 20, 2), (0, 200, 60), (-3, 3, 2), (3, 25, 5), (-3, 3, 2)),
)


class EvidenceWeights(_Frozen):
    """Decibans of each piece of evidence, and the caps of its group (correlated items)."""

    identity_cap_db: tuple[float, float] = (-25.0, 8.0)
    intent_cap_db: tuple[float, float] = (-10.0, 15.0)
    context_cap_db: tuple[float, float] = (-6.0, 8.0)
    hostility_cap_db: tuple[float, float] = (-40.0, 30.0)
    authenticated_db: float = -25.0
    adsb_consistent_db: float = -15.0
    friend_listed_db: float = Field(
        default=-15.0, ge=-15.0, le=0.0, description="listed but not authenticated: never beyond ADS-B"
    )
    adsb_only_db: float = Field(
        default=-8.0, ge=-15.0, le=0.0, description="claim fits a crewed aircraft, no sensor confirms it yet"
    )
    remote_id_db: float = -2.0
    no_identity_db: float = 3.0
    claim_disagrees_db: float = 6.0
    by_hand_db: float = Field(default=30.0, description="a person calls it hostile, or with minus a friend")
    course_meets_db: float = 6.0
    course_near_db: float = 3.0
    course_misses_db: float = -4.0
    closing_db: float = 2.0
    low_fast_db: float = 3.0
    diving_db: float = 5.0
    loiter_db: float = 6.0
    opening_db: float = -6.0
    restricted_db: float = 5.0
    grouped_db: float = 4.0
    known_activity_db: float = -4.0


class EvidenceLimits(_Frozen):
    """When each piece of evidence counts."""

    closing_rate_mps: float = Field(default=1.0, description="slower is noise of the tracker")
    closing_for_s: float = 10.0
    opening_rate_mps: float = 5.0
    opening_for_s: float = 5.0
    low_m: float = 150.0
    fast_mps: float = 25.0
    height_sigma_max_m: float = Field(default=75.0, description="above this the height is not known")
    dive_angle_deg: float = 10.0
    dive_acceleration_mps2: float = 0.5
    dive_for_s: float = Field(default=2.0, description="one noisy climb rate is no dive")
    loiter_within_m: float = 500.0
    loiter_for_s: float = 30.0
    loiter_speed_mps: float = Field(default=3.0, description="of the mean velocity: circling counts")
    restricted_m: float = Field(default=3000.0, description="around every zone of value above 0")
    group_size: int = 3
    group_window_s: float = 60.0
    group_sector_deg: float = 30.0
    identity_grace_s: float = Field(default=5.0, description="time an honest aircraft gets to be heard")
    claim_fresh_s: float = Field(default=10.0, description="ADS-B and Remote ID report every 1 to 3 s")
    authenticated_fresh_s: float = Field(default=5.0, description="then the hold below WARN expires")
    disagree_sigmas: float = 3.0
    disagree_m: float = 150.0
    disagree_times: int = Field(default=2, description="in a row; one may be an association error")
    compare_within_s: float = Field(default=3.0, description="claim and plot further apart do not compare")
    adsb_speed_max_mps: float = 400.0
    remote_id_speed_max_mps: float = Field(default=80.0, description="faster is no multirotor and no toy")
    radio_fresh_s: float = 30.0
    pending_for_s: float = Field(default=5.0, description="a track younger than this is pending")


class LevelLimits(_Frozen):
    """Rules that set the level."""

    warn_hostility: float = 0.5
    warn_uncrewed: float = 0.6
    warn_hit: float = 0.5
    warn_time_s: float = 60.0
    warn_hit_near: float = 0.3
    warn_time_near_s: float = 30.0
    alert_score: float = 35.0
    watch_score: float = 15.0
    floor_uncrewed: float = 0.5
    alert_distance_m: float = 500.0
    watch_distance_m: float = 3000.0
    watch_arrival_s: float = 120.0
    cooperative_db: float = Field(default=-8.0, description="identity evidence at or below: cooperative")
    score_deadband: float = 5.0
    lower_after_s: float = 10.0
    faint_existence: float = Field(
        default=0.8, ge=0, lt=1, description="a track less likely to be there than this alerts nobody"
    )
    alert_updates: int = Field(
        default=6, ge=1, le=20, description="plots before a track alerts anybody; rockets need fewer"
    )
    agreeing_updates: int = Field(default=2, ge=1, le=2, description="plots that must agree to raise")


class BallisticLimits(_Frozen):
    """Impact prediction and the rule for rockets and mortars."""

    confirm_probability: float = 0.5
    drop_probability: float = Field(default=0.2, description="a rocket does not become a bird at its apex")
    confirm_updates: int = Field(default=3, description="three plots before anybody takes cover")
    warn_impact: float = Field(default=0.02, description="one missed warning costs fifty needless ones")
    warn_impact_wide: float = 0.01
    wide_sigma_m: float = Field(default=400.0, description="beyond it the ellipse is wide")
    buffer_m: float = 125.0
    unconverged_sigma_m: float = 1000.0
    cover_s: float = Field(default=10.0, description="time people need to reach cover")
    decide_before_s: float = Field(default=8.0, description="before the last useful moment")
    whole_site_sigmas: float = 2.0
    coefficient_kgpm2: float = Field(default=6000.0, description="middle of mortar to large rocket")
    coefficient_sigma: float = Field(default=0.5, description="of its natural logarithm")
    ground_up_m: float = 0.0
    step_s: float = Field(default=0.25, gt=0)
    horizon_s: float = Field(default=150.0, gt=0)


class ClassLimits(_Frozen):
    """How the class belief learns and forgets."""

    forget_s: float = Field(default=4.0, description="time constant of the kinematic evidence")
    kinematic_gain: float = Field(default=1.5, gt=0, description="independent looks a new track is worth")
    kinematic_look_s: float = Field(default=25.0, gt=0, description="flight that is worth as much again")
    kinematic_growth_max: float = Field(default=3.0, ge=1, description="how often as much, at the most")
    lasting_s: float = Field(
        default=8.0, gt=0, description="only what was shown for about so long grows with the track's age"
    )
    log_floor: float = Field(default=-8.0, lt=0, description="no look rules a class out further than this")
    wander_s: float = 8.0
    acceleration_s: float = 1.0
    young_wander_deg: float = Field(default=15.0, description="added spread while the course is new")
    report_weight: float = Field(
        default=0.3, gt=0, le=1.5, description="of one class report: those of one object are correlated"
    )
    report_cap: float = Field(
        default=5.0, gt=0, description="log ratio that class reports alone can reach, however many"
    )
    report_floor: float = Field(default=0.02, gt=0, lt=0.1, description="no sensor is surer than this")
    report_forget_s: float = 30.0
    adsb_crewed: float = Field(default=4.0, description="log ratio of a consistent ADS-B claim")
    remote_id_multirotor: float = 2.0
    remote_id_fixedwing: float = 1.0
    adsb_absent_crewed: float = Field(default=-2.3, description="one crewed aircraft in ten is silent")
    radio: tuple[float, ...] = Field(
        default=(-1.0, -5.0, 0.0, 0.0, -0.5, -1.5, -3.0, -4.0),
        description="log ratio per class of a radio-frequency detection: birds do not transmit",
    )
    ballistic_mode: int = Field(default=-1, description="column of the tracker's ballistic model; -1 none")


class KnownActivity(_Frozen):
    """A place where harmless objects are expected: an airway, a roost, a notified flight."""

    centre_enu: tuple[float, float]
    radius_m: float = Field(gt=0)
    height_from_m: float = -1000.0
    height_to_m: float = 20000.0
    from_t_ns: int = 0
    until_t_ns: int = 2**63 - 1


class AssessmentSettings(_Frozen):
    """All settings of the assessment. Change a weight, change the version.

    The defaults are the published design "PHK": hostility in decibans, geometry, rules.
    """

    version: str = Field(default="phk-1", description="printed in records")
    classes: dict[str, ClassWeights] = {
        "owa": _weights(0, 1.0, 60, 4, 50),
        "ballistic": _weights(20, 1.0, 400, 0, 0),
        "fixedwing_small": _weights(-5, 0.8, 30, 8, 50),
        "multirotor": _weights(-6, 0.7, 20, 12, 50),
        "unknown": _weights(-8, 0.6, 40, 10, 50),
        "crewed": _weights(-20, 0.5, 120, 3, 100),
        "balloon": _weights(-20, 0.1, 8, 20, 0),
        "bird": _weights(-30, 0.05, 15, 25, 0),
    }
    profiles: tuple[FlightProfile, ...] = _PROFILES
    evidence: EvidenceWeights = EvidenceWeights()
    limits: EvidenceLimits = EvidenceLimits()
    levels: LevelLimits = LevelLimits()
    ballistic: BallisticLimits = BallisticLimits()
    belief: ClassLimits = ClassLimits()
    known_activities: tuple[KnownActivity, ...] = ()
    moving_mps: float = Field(default=2.0, gt=0, description="slower has no course")
    tracks_max: int = Field(default=20000, gt=0, description="state kept; further tracks are counted")

    @model_validator(mode="after")
    def _complete(self) -> "AssessmentSettings":
        if set(self.classes) != set(THREAT_CLASSES):
            raise ValueError(
                f"classes must be exactly {', '.join(THREAT_CLASSES)}, not {sorted(self.classes)}"
            )
        missing = set(THREAT_CLASSES) - {profile.class_name for profile in self.profiles}
        if missing:
            raise ValueError(f"profiles: no flight profile for {', '.join(sorted(missing))}")
        if len(self.belief.radio) != len(THREAT_CLASSES):
            raise ValueError(
                f"belief.radio needs {len(THREAT_CLASSES)} numbers, has {len(self.belief.radio)}"
            )
        return self

    def column(self, field: str) -> NDArray[np.float64]:
        """One weight of all classes, in the order of THREAT_CLASSES."""
        return np.array([getattr(self.classes[name], field) for name in THREAT_CLASSES], float)
