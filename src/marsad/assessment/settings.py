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

    class_name: str = Field(description="the class of object that flies so")
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

    identity_cap_db: tuple[float, float] = Field(
        (-25.0, 8.0), description="least and most that all evidence of identity counts together"
    )
    intent_cap_db: tuple[float, float] = Field(
        (-10.0, 15.0), description="the same of intent: course, closing, loitering, diving"
    )
    context_cap_db: tuple[float, float] = Field(
        (-6.0, 8.0), description="the same of context: place, company, known activity"
    )
    hostility_cap_db: tuple[float, float] = Field(
        (-40.0, 30.0), description="the same of the whole sum: no object is ever certain"
    )
    authenticated_db: float = Field(-25.0, description="a friend whose claim was authenticated")
    adsb_consistent_db: float = Field(-15.0, description="an ADS-B claim that the sensors confirm")
    friend_listed_db: float = Field(
        default=-15.0, ge=-15.0, le=0.0, description="listed but not authenticated: never beyond ADS-B"
    )
    adsb_only_db: float = Field(
        default=-8.0, ge=-15.0, le=0.0, description="claim fits a crewed aircraft, no sensor confirms it yet"
    )
    remote_id_db: float = Field(-2.0, description="a Remote ID claim: whoever means harm seldom sends one")
    no_identity_db: float = Field(3.0, description="nothing claimed, though a receiver would have heard it")
    claim_disagrees_db: float = Field(6.0, description="a claim that the sensors contradict")
    by_hand_db: float = Field(default=30.0, description="a person calls it hostile, or with minus a friend")
    course_meets_db: float = Field(6.0, description="the course meets the zone with a chance of 0.6 or more")
    course_near_db: float = Field(3.0, description="the course meets the zone with a chance of 0.4 or more")
    course_misses_db: float = Field(-4.0, description="the course meets the zone with a chance below 0.05")
    closing_db: float = Field(2.0, description="has come closer for closing_for_s")
    low_fast_db: float = Field(3.0, description="flies below low_m and faster than fast_mps")
    diving_db: float = Field(5.0, description="dives and gains speed")
    loiter_db: float = Field(6.0, description="has stayed near a zone for loiter_for_s")
    opening_db: float = Field(-6.0, description="has gone away for opening_for_s")
    restricted_db: float = Field(5.0, description="flies within restricted_m of a restricted zone")
    grouped_db: float = Field(4.0, description="comes with others to the same zone")
    known_activity_db: float = Field(-4.0, description="flies where harmless objects are expected")


class EvidenceLimits(_Frozen):
    """When each piece of evidence counts."""

    closing_rate_mps: float = Field(default=1.0, description="slower is noise of the tracker")
    closing_for_s: float = Field(10.0, description="so long without a break counts as closing")
    opening_rate_mps: float = Field(5.0, description="going away faster than this counts")
    opening_for_s: float = Field(5.0, description="so long without a break counts as going away")
    low_m: float = Field(150.0, description="height above the site below which a fast object is suspect")
    fast_mps: float = Field(
        25.0, description="speed from which a low object is suspect; a dive needs half of it"
    )
    height_sigma_max_m: float = Field(default=75.0, description="above this the height is not known")
    dive_angle_deg: float = Field(10.0, description="steeper than this is a dive, if it gains speed")
    dive_acceleration_mps2: float = Field(0.5, description="gain of speed from which it is a dive")
    dive_for_s: float = Field(default=2.0, description="one noisy climb rate is no dive")
    loiter_within_m: float = Field(500.0, description="distance to a zone within which staying is loitering")
    loiter_for_s: float = Field(30.0, description="so long without a break is loitering")
    loiter_speed_mps: float = Field(default=3.0, description="of the mean velocity: circling counts")
    restricted_m: float = Field(default=3000.0, description="around every zone of value above 0")
    group_size: int = Field(3, description="so many that converge are a group")
    group_window_s: float = Field(60.0, description="arrivals this close in time converge")
    group_sector_deg: float = Field(30.0, description="so do those that come from within this sector")
    identity_grace_s: float = Field(default=5.0, description="time an honest aircraft gets to be heard")
    claim_fresh_s: float = Field(default=10.0, description="ADS-B and Remote ID report every 1 to 3 s")
    authenticated_fresh_s: float = Field(default=5.0, description="then the hold below WARN expires")
    disagree_sigmas: float = Field(3.0, description="a claim and a plot further apart than this disagree…")
    disagree_m: float = Field(150.0, description="…if they are also this far apart")
    disagree_times: int = Field(default=2, description="in a row; one may be an association error")
    compare_within_s: float = Field(default=3.0, description="claim and plot further apart do not compare")
    adsb_speed_max_mps: float = Field(
        400.0, description="a claim that jumps faster than this is not believed"
    )
    remote_id_speed_max_mps: float = Field(default=80.0, description="faster is no multirotor and no toy")
    radio_fresh_s: float = Field(30.0, description="so long a radio-frequency detection counts for the class")
    pending_for_s: float = Field(default=5.0, description="a track younger than this is pending")


class LevelLimits(_Frozen):
    """Rules that set the level."""

    warn_hostility: float = Field(0.5, description="WARN needs this probability of being hostile…")
    warn_uncrewed: float = Field(0.6, description="…and this one of being uncrewed…")
    warn_hit: float = Field(0.5, description="…and this one of hitting the zone…")
    warn_time_s: float = Field(60.0, description="…within this time")
    warn_hit_near: float = Field(0.3, description="or this probability of hitting the zone…")
    warn_time_near_s: float = Field(30.0, description="…within this shorter time")
    alert_score: float = Field(35.0, description="threat score of 0 to 100 from which it is an ALERT")
    watch_score: float = Field(15.0, description="threat score from which it is watched")
    floor_uncrewed: float = Field(
        0.5, description="rules of distance and arrival need this probability of being uncrewed"
    )
    alert_distance_m: float = Field(500.0, description="nearer to a zone than this is an ALERT at least")
    watch_distance_m: float = Field(3000.0, description="nearer to a zone than this is watched at least")
    watch_arrival_s: float = Field(
        120.0, description="what could be at a zone within this time is watched at least"
    )
    cooperative_db: float = Field(default=-8.0, description="identity evidence at or below: cooperative")
    score_deadband: float = Field(
        5.0, description="a level is kept until the score is this much below its limit…"
    )
    lower_after_s: float = Field(10.0, description="…and lowered only after so long")
    faint_existence: float = Field(
        default=0.8, ge=0, lt=1, description="a track less likely to be there than this alerts nobody"
    )
    alert_updates: int = Field(
        default=6, ge=1, le=20, description="plots before a track alerts anybody; rockets need fewer"
    )
    agreeing_updates: int = Field(default=2, ge=1, le=2, description="plots that must agree to raise")


class BallisticLimits(_Frozen):
    """Impact prediction and the rule for rockets and mortars."""

    confirm_probability: float = Field(
        0.5, description="from this probability of the ballistic class a track is a rocket"
    )
    drop_probability: float = Field(default=0.2, description="a rocket does not become a bird at its apex")
    confirm_updates: int = Field(default=3, description="three plots before anybody takes cover")
    warn_impact: float = Field(default=0.02, description="one missed warning costs fifty needless ones")
    warn_impact_wide: float = Field(0.01, description="the same while the impact ellipse is wide")
    wide_sigma_m: float = Field(default=400.0, description="beyond it the ellipse is wide")
    buffer_m: float = Field(125.0, description="an impact this near to a zone counts as in it: fragments fly")
    unconverged_sigma_m: float = Field(
        1000.0, description="beyond it no zone can be told from another: all within two sigmas are warned"
    )
    cover_s: float = Field(default=10.0, description="time people need to reach cover")
    decide_before_s: float = Field(default=8.0, description="before the last useful moment")
    whole_site_sigmas: float = Field(
        2.0, description="kept for older files; the rule for the whole site goes by two sigmas"
    )
    coefficient_kgpm2: float = Field(default=6000.0, description="middle of mortar to large rocket")
    coefficient_sigma: float = Field(default=0.5, description="of its natural logarithm")
    ground_up_m: float = Field(
        0.0, description="height of the ground at the impact above the site's reference point"
    )
    step_s: float = Field(default=0.25, gt=0, description="step of the computed fall")
    horizon_s: float = Field(default=150.0, gt=0, description="the fall is computed for so long")


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
    wander_s: float = Field(8.0, description="time over which the spread of the course is averaged")
    acceleration_s: float = Field(1.0, description="time over which the acceleration is averaged")
    young_wander_deg: float = Field(default=15.0, description="added spread while the course is new")
    report_weight: float = Field(
        default=0.3, gt=0, le=1.5, description="of one class report: those of one object are correlated"
    )
    report_cap: float = Field(
        default=5.0, gt=0, description="log ratio that class reports alone can reach, however many"
    )
    report_floor: float = Field(default=0.02, gt=0, lt=0.1, description="no sensor is surer than this")
    report_forget_s: float = Field(30.0, description="time constant with which class reports of sensors fade")
    adsb_crewed: float = Field(default=4.0, description="log ratio of a consistent ADS-B claim")
    remote_id_multirotor: float = Field(
        2.0, description="log ratio of an honest Remote ID claim for a multirotor"
    )
    remote_id_fixedwing: float = Field(1.0, description="the same for a small fixed-wing drone")
    adsb_absent_crewed: float = Field(default=-2.3, description="one crewed aircraft in ten is silent")
    radio: tuple[float, ...] = Field(
        default=(-1.0, -5.0, 0.0, 0.0, -0.5, -1.5, -3.0, -4.0),
        description="log ratio per class of a radio-frequency detection: birds do not transmit",
    )
    ballistic_mode: int = Field(default=-1, description="column of the tracker's ballistic model; -1 none")


class KnownActivity(_Frozen):
    """A place where harmless objects are expected: an airway, a roost, a notified flight."""

    centre_enu: tuple[float, float] = Field(description="metres east and north of the site's reference point")
    radius_m: float = Field(gt=0, description="radius of the place")
    height_from_m: float = Field(-1000.0, description="lowest height above the site")
    height_to_m: float = Field(20000.0, description="highest height above the site")
    from_t_ns: int = Field(0, description="begins then, UTC nanoseconds")
    until_t_ns: int = Field(2**63 - 1, description="ends then, UTC nanoseconds")


_CLASSES = {
    "owa": _weights(0, 1.0, 60, 4, 50),
    "ballistic": _weights(20, 1.0, 400, 0, 0),
    "fixedwing_small": _weights(-5, 0.8, 30, 8, 50),
    "multirotor": _weights(-6, 0.7, 20, 12, 50),
    "unknown": _weights(-8, 0.6, 40, 10, 50),
    "crewed": _weights(-20, 0.5, 120, 3, 100),
    "balloon": _weights(-20, 0.1, 8, 20, 0),
    "bird": _weights(-30, 0.05, 15, 25, 0),
}


class AssessmentSettings(_Frozen):
    """All settings of the assessment. Change a weight, change the version.

    The defaults are the published design "PHK": hostility in decibans, geometry, rules.
    """

    version: str = Field(default="phk-1", description="printed in records")
    classes: dict[str, ClassWeights] = Field(
        default=_CLASSES, description="weights per class; all classes must be given"
    )
    profiles: tuple[FlightProfile, ...] = Field(
        _PROFILES, description="how the classes fly, at least one profile per class"
    )
    evidence: EvidenceWeights = Field(EvidenceWeights(), description="what each piece of evidence weighs")
    limits: EvidenceLimits = Field(EvidenceLimits(), description="when each piece of evidence counts")
    levels: LevelLimits = Field(LevelLimits(), description="rules that set the level")
    ballistic: BallisticLimits = Field(BallisticLimits(), description="rockets and mortars: impact and rule")
    belief: ClassLimits = Field(ClassLimits(), description="how the class is learned")
    known_activities: tuple[KnownActivity, ...] = Field(
        (), description="places where harmless objects are expected"
    )
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
