"""The class stage: what tracks are, from flight, class reports of sensors, radio and claims."""

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from marsad.assessment.claims import Standing
from marsad.assessment.classes import BeliefLimits, ClassModel, Features
from marsad.assessment.columns import CLASSES, Flags, Floats, Times, column, replaced
from marsad.assessment.flight_character import Character
from marsad.assessment.free_fall import FallLimits, Fits
from marsad.assessment.intake import Heard, Plot, within
from marsad.assessment.kinematics import Flight, KinematicLimits
from marsad.assessment.reasons import Part
from marsad.assessment.slowing import Slowing
from marsad.assessment.usage import Usage
from marsad.model.sensor import SensorKind
from marsad.model.threat import HARMLESS_CLASSES, THREAT_CLASSES, UNCREWED_CLASSES
from marsad.model.track import TrackTable

CLASS_CODES = tuple(f"class.mix.{name}" for name in THREAT_CLASSES)
CREWED = THREAT_CLASSES.index("crewed")
BALLISTIC = THREAT_CLASSES.index("ballistic")
BIRD = THREAT_CLASSES.index("bird")
OWA = THREAT_CLASSES.index("owa")
_MULTIROTOR = THREAT_CLASSES.index("multirotor")
_FIXEDWING = THREAT_CLASSES.index("fixedwing_small")
_SMALL = [THREAT_CLASSES.index(name) for name in ("owa", "fixedwing_small", "multirotor", "bird")]
_NEPER_PER_DECIBAN = np.log(10.0) / 10.0
BIRD_MPS_MAX = 110.0  # a peregrine that stoops
TOO_FAST = 20.0  # log ratio
_DOUBT = 0.1  # probability of a bird from which it is said
_REPORT_TELLS = 0.3  # a belief from reports that has faded below this share tells nothing of the size
_UNCREWED = [THREAT_CLASSES.index(name) for name in UNCREWED_CLASSES]
_THREATS = [place for place, name in enumerate(THREAT_CLASSES) if name not in HARMLESS_CLASSES]
_WITNESSES = {kind: place for place, kind in enumerate(SensorKind)}


class MixLimits(FallLimits):
    """What claims, radio and the tracker's motion models say of the class."""

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
    against_bird_max_db: float = Field(
        default=20.0, ge=0.0, description="most that the flight itself may say against a bird"
    )
    aims_low_m: float = Field(
        default=1000.0, description="an aircraft higher than this flies over a place, and not at it"
    )
    ballistic_model: str = Field(
        default="ballistic", description="name of the tracker's motion model that falls freely"
    )
    ballistic_model_weight: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        description="how much that model's probability counts for the class; 1: as its whole log ratio",
    )
    ballistic_mode: int = Field(
        default=-1,
        description="kept for older files and without effect; the model is found by its name",
    )

    crewed_alone_max: float = Field(
        default=1.0,
        gt=0,
        description="log ratio by which class reports may prefer a crewed aircraft while one kind of sensor "
        "says so: one that errs, or lies, hides no attacker",
    )


class ClassLimits(MixLimits, BeliefLimits, KinematicLimits):
    """How the class belief learns and forgets."""


@dataclass
class ClassState:
    """Log-beliefs per class.

    kinematic  of the last seconds' flight; lasting: of what was shown for longer
    share      logarithm of how many of each class fly so, as ``Look.share``
    report     of class reports of sensors, the last at report_t_ns
    crewed_t_ns  when sensors of each kind last said that it is a crewed aircraft
    """

    kinematic: Floats = column(np.float64, CLASSES)
    lasting: Floats = column(np.float64, CLASSES)
    share: Floats = column(np.float64, CLASSES)
    report: Floats = column(np.float64, CLASSES)
    report_t_ns: Times = column(np.int64)
    crewed_t_ns: Times = column(np.int64, len(_WITNESSES))


@dataclass(frozen=True)
class Classes:
    """What n tracks are.

    mix       (n,c) probability of each class
    uncrewed  (n,) probability of the classes that may attack
    crewed_log  (n,) log-belief, by flight alone, that it is a crewed aircraft; 0 fits best
    """

    mix: Floats
    uncrewed: Floats
    crewed_log: Floats

    def doubt(self, told: Flags) -> Part:
        """That it may be a bird, or a drone: told (n,) for whom."""
        quotes = (("bird_percent", 100.0 * self.mix[:, BIRD]), ("uncrewed_percent", 100.0 * self.uncrewed))
        return Part("class.may_be_bird", np.zeros(len(told)), quotes, told & (self.mix[:, BIRD] >= _DOUBT))

    def reasons(self, class_db: Floats, version: str) -> list[Part]:
        """The likeliest class and what the whole mix weighs, class_db (n,)."""
        best, percent = self.mix.argmax(axis=1), 100.0 * self.mix.max(axis=1)
        quotes = (("probability_percent", percent), ("version", version))
        return [
            Part(CLASS_CODES[name], class_db, quotes, best == name)
            for name in np.flatnonzero(np.bincount(best, minlength=CLASSES)).tolist()
        ]


def hear(state: ClassState, row: int, plot: Plot, model: ClassModel) -> None:
    """What a sensor's classifier says of the track in that row."""
    log = model.report(plot.detection.classes) if plot.detection.classes else None
    if log is not None:
        elapsed_s = max(plot.t_ns - int(state.report_t_ns[row]), 0) / 1e9
        state.report[row] = model.heard(state.report[row], log, elapsed_s)
        state.report_t_ns[row] = plot.t_ns
        if int(log.argmax()) == CREWED:
            kind = plot.sensor.kind if plot.sensor else SensorKind.OTHER
            state.crewed_t_ns[row, _WITNESSES[kind]] = plot.t_ns


def small(state: ClassState, t_ns: int, limits: BeliefLimits) -> Floats:
    """Probability (n,) that a track is smaller than any crewed aircraft, by class reports; NaN without."""
    faded = np.exp(-(t_ns - state.report_t_ns) / 1e9 / limits.report_forget_s)
    told = (state.report_t_ns > 0) & (faded > _REPORT_TELLS)
    share = np.exp(state.report - state.report.max(axis=1, keepdims=True))
    return np.where(told, share[:, _SMALL].sum(axis=1) / share.sum(axis=1), np.nan)


@dataclass(frozen=True)
class FlightEvidence:
    """What the flight itself tells of the class, beyond speed and height.

    character  drone or bird
    destination_db  (n,) what it says against a bird that the course leads to a protected place
    slowing    from an aircraft's speed to a helicopter's
    usage      of the site's procedures
    fits       of free fall to its plots
    """

    flight: Flight
    character: Character
    destination_db: Floats
    slowing: Slowing
    usage: Usage
    fits: Fits


class Classifier:
    """Owns nothing but settings and tables; what it learns is in the state."""

    def __init__(self, model: ClassModel, limits: ClassLimits, moving_mps: float) -> None:
        self.model = model
        self._limits = limits
        self._moving_mps = moving_mps
        self._radio = np.array(limits.radio)

    def classes(
        self, state: ClassState, table: TrackTable, flown: FlightEvidence, heard: Heard, claims: Standing
    ) -> Classes:
        """Advance the beliefs of tracks with a new plot; what all tracks are."""
        flight = flown.flight
        if len(flight.rows):
            self._learn(state, table, flight, heard.age_s[flight.rows])
        # patience tells silent objects apart; what names itself an aircraft need not prove it for minutes
        patience_s = np.where(claims.honest & claims.adsb, 0.0, heard.age_s)
        shown = self.model.matured(state.kinematic, state.lasting, patience_s)
        told = self._told(state, table, heard, claims)
        told[:, BALLISTIC] += flown.fits.log_ratio(table, self._limits, self._limits.ballistic_model)
        against_bird = np.minimum(
            flown.character.against_bird_db + flown.destination_db, self._limits.against_bird_max_db
        )
        told[:, BIRD] -= _NEPER_PER_DECIBAN * against_bird
        told[:, CREWED] += flown.usage.crewed + flown.slowing.crewed
        # nor do aircraft that say nothing of themselves aim low at a place, but to land as others do
        strange = (
            flown.usage.off & ~(claims.honest & claims.adsb) & (flight.height_m < self._limits.aims_low_m)
        )
        told[:, CREWED] -= _NEPER_PER_DECIBAN * flown.destination_db * strange
        mix = self.model.probability(shown, state.share, told)
        if (wrong := self._too_fast(table, flight, mix)).any():
            told[wrong, BIRD] -= TOO_FAST
            mix = self.model.probability(shown, state.share, told)
        return Classes(mix, mix[:, _UNCREWED].sum(axis=1), state.kinematic[:, CREWED])

    def _too_fast(self, table: TrackTable, flight: Flight, mix: Floats) -> Flags:
        """Who would be called a bird, and is faster than any: of few plots it is the likeliest of all."""
        across = table.covariance[:, 3, 3] + table.covariance[:, 4, 4]
        least = flight.speed_mps - 2.0 * np.sqrt(np.maximum(across, 0.0))
        return np.asarray((mix.argmax(axis=1) == BIRD) & (least > BIRD_MPS_MAX))

    def _features(self, table: TrackTable, flight: Flight, age_s: Floats) -> Features:
        """What the flight of tracks with a new plot, age_s old, shows of the class."""
        limits, rows = self._limits, flight.rows
        speed, mean = flight.speed_mps[rows], table.mean[rows]
        sigma = np.sqrt(np.maximum(table.covariance[rows].diagonal(axis1=1, axis2=2), 0.0))
        sigma_speed = np.sqrt((sigma[:, 3] ** 2 + sigma[:, 4] ** 2) / 2)
        steady = flight.course_mean[rows]
        resultant = np.clip(np.hypot(steady[:, 0], steady[:, 1]), 1e-3, 1.0)
        wander = np.degrees(np.sqrt(-2.0 * np.log(resultant)))
        heading = np.degrees(sigma_speed / np.maximum(speed, 0.5))
        young = limits.young_wander_deg * np.exp(-age_s / limits.wander_s)
        still = np.where(speed < self._moving_mps, 180.0, 0.0)
        shaky = np.where(flight.fresh, 100.0, sigma[:, 5] / limits.acceleration_s)
        # where the vertical is not known, the speed in three dimensions is the horizontal one
        climb = np.where(sigma[:, 5] < np.maximum(speed, 10.0), mean[:, 5], 0.0)
        fall = flight.acceleration[rows, 2]
        return Features(
            np.stack([np.hypot(speed, climb), mean[:, 2], mean[:, 5], wander, fall], axis=1),
            np.stack([sigma_speed, sigma[:, 2], sigma[:, 5], heading + young + still, shaky], axis=1),
        )

    def _learn(self, state: ClassState, table: TrackTable, flight: Flight, age_s: Floats) -> None:
        """Advance the momentary and the lasting belief of tracks with a new plot by one look."""
        rows, step_s = flight.rows, flight.step_s
        seen = self.model.look(self._features(table, flight, age_s))
        # the mean of a whole short life: a young track that flies steadily loses nothing
        lasting_s = np.minimum(np.maximum(age_s, step_s), self._limits.lasting_s)
        kinematic = self.model.learned(state.kinematic[rows], seen.fit, step_s, self._limits.forget_s)
        lasting = self.model.learned(state.lasting[rows], seen.fit, step_s, lasting_s)
        # a new track's is that of its first look
        keep = np.where(flight.fresh, 0.0, np.exp(-step_s / self._limits.forget_s))[:, None]
        state.share = replaced(state.share, rows, seen.share + keep * (state.share[rows] - seen.share))
        state.kinematic = replaced(state.kinematic, rows, kinematic)
        state.lasting = replaced(state.lasting, rows, lasting)

    def _told(self, state: ClassState, table: TrackTable, heard: Heard, claims: Standing) -> Floats:
        """Log ratios (n,c) of what was told: class reports, radio, claims, and the model of motion."""
        limits = self._limits
        told = np.zeros_like(state.report)
        if (reported := np.flatnonzero(state.report_t_ns)).size:
            age_s = (table.t_ns - state.report_t_ns[reported]) / 1e9
            faded = state.report[reported] * np.exp(-age_s / limits.report_forget_s)[:, None]
            said = within(table.t_ns, state.crewed_t_ns[reported], limits.report_forget_s)
            bound = np.where(said.sum(axis=1) > 1, limits.report_cap, limits.crewed_alone_max)
            faded[:, CREWED] = np.minimum(faded[:, CREWED], faded[:, _THREATS].max(axis=1) + bound)
            told[reported] = faded
        if (radio := np.flatnonzero(heard.radio)).size:
            told[radio] += self._radio
        told[:, CREWED] += limits.adsb_crewed * (claims.honest & claims.adsb)
        # a claim that cannot be true is worth as much as none
        told[:, CREWED] += limits.adsb_absent_crewed * (heard.adsb & ~(claims.fresh & ~claims.refuted))
        if (drone := np.flatnonzero(claims.unopposed & claims.remote_id)).size:
            # whoever says so falsely is no bird either
            told[drone, _MULTIROTOR] += limits.remote_id_multirotor
            told[drone, _FIXEDWING] += limits.remote_id_fixedwing
        if limits.ballistic_model_weight and limits.ballistic_model in table.mode_names:
            column_ = table.mode_names.index(limits.ballistic_model)
            falls = np.clip(table.modes[:, column_], 0.02, 0.98)
            told[:, BALLISTIC] += limits.ballistic_model_weight * np.log(falls / (1.0 - falls))
        return told
