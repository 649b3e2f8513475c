"""What kind of object flies like that: a Bayesian class belief from kinematics and reports."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from marsad.assessment.profiles import FlightProfile
from marsad.model.settings import Settings
from marsad.model.threat import HARMLESS_CLASSES, THREAT_CLASSES

Array = NDArray[np.float64]
_HARMLESS = np.array([name in HARMLESS_CLASSES for name in THREAT_CLASSES])
_SQRT_TAU = 2.5066282746310002  # area under a unit Gaussian: both shoulders of a band


class BeliefLimits(Settings):
    """How the belief in a class learns from flight and from reports, and how it forgets."""

    forget_s: float = Field(default=4.0, description="time constant of the kinematic evidence")
    kinematic_gain: float = Field(default=1.5, gt=0, description="independent looks a new track is worth")
    kinematic_look_s: float = Field(default=25.0, gt=0, description="flight that is worth as much again")
    kinematic_growth_max: float = Field(default=3.0, ge=1, description="how often as much, at the most")
    lasting_s: float = Field(
        default=8.0, gt=0, description="only what was shown for about so long grows with the track's age"
    )
    log_floor: float = Field(default=-8.0, lt=0, description="no look rules a class out further than this")
    young_wander_deg: float = Field(default=15.0, description="added spread while the course is new")
    report_weight: float = Field(
        default=0.3, gt=0, le=1.5, description="of one class report: those of one object are correlated"
    )
    report_cap: float = Field(
        default=5.0, gt=0, description="log ratio that class reports alone can reach, however many"
    )
    report_floor: float = Field(default=0.02, gt=0, lt=0.1, description="no sensor is surer than this")
    report_forget_s: float = Field(30.0, description="time constant with which class reports of sensors fade")


@dataclass(frozen=True)
class Features:
    """What a tracker sees of n objects; each with its one-sigma error, (n,5) in this order.

    speed in three dimensions (m/s), height (m), vertical speed (m/s), wander (degrees),
    vertical acceleration (m/s²). A feature that is not known has a large sigma, which flattens
    its likelihood for every class.
    """

    value: Array
    sigma: Array


@dataclass(frozen=True)
class Look:
    """What one look says of n objects, by class; logarithms, (n,c), the best class 0.

    fit    how well the class explains the flight: it counts anew with time, down to the floor
    share  how many of the class fly just so, and how closely: as much as a prior, it counts once. A class
           that may fly in many ways would otherwise lose to a narrow one by mere patience
    """

    fit: Array
    share: Array


class ClassModel:
    """Likelihood table of flight profiles, ready as arrays; p profiles, c classes."""

    def __init__(self, profiles: tuple[FlightProfile, ...], limits: BeliefLimits) -> None:
        self._limits = limits
        bands = np.array([profile.bands for profile in profiles], float)
        self._low, self._high, self._soft = (bands[:, :, part] for part in range(3))
        share = np.array([profile.share for profile in profiles])
        owner = np.array([THREAT_CLASSES.index(profile.class_name) for profile in profiles])
        order = np.argsort(owner, kind="stable")
        self._low, self._high, self._soft = self._low[order], self._high[order], self._soft[order]
        owner, share = owner[order], share[order]
        self._owner = owner
        self._starts = np.searchsorted(owner, np.arange(len(THREAT_CLASSES)))
        total = np.add.reduceat(share, self._starts)
        self._within = share / total[owner]
        self.log_prior: Array = np.log(total / total.sum())

    def look(self, features: Features) -> Look:
        """What one look says of n objects.

        Each profile is flat between its bands, with Gaussian shoulders whose width grows with the
        error of the feature; a class fits as well as its profile that fits best.
        """
        value, sigma = features.value[:, None, :], features.sigma[:, None, :]
        soft = np.sqrt(self._soft**2 + sigma**2)
        beyond = np.maximum(np.maximum(self._low - value, value - self._high), 0.0) / soft
        width = self._high - self._low + _SQRT_TAU * soft
        each = -0.5 * np.einsum("npf,npf->np", beyond, beyond)
        fit = np.maximum.reduceat(each, self._starts, axis=1)
        dense = self._within * np.exp(each - fit[:, self._owner]) / width.prod(axis=-1)
        share = np.log(np.add.reduceat(dense, self._starts, axis=1))
        share -= share.max(axis=1, keepdims=True)
        best = fit.max(axis=1, keepdims=True)
        return Look(np.maximum(fit - best, self._limits.log_floor), share)

    def learned(self, belief: Array, look: Array, interval_s: Array, over_s: float | Array) -> Array:
        """Kinematic log-belief (n,c) over some time after one more look, interval_s (n,) after the last.

        An exponential average times a gain: looks at one object are correlated, so a long
        track counts as a few independent ones and old behaviour is forgotten.
        """
        share = 1.0 - np.exp(-interval_s / over_s)
        return np.asarray(belief + share[:, None] * (self._limits.kinematic_gain * look - belief))

    def matured(self, belief: Array, lasting: Array, age_s: Array) -> Array:
        """Kinematic log-belief (n,c) of tracks age_s (n,) old, for the mix.

        What flies alike for twenty seconds has shown more than in its first ones; but a wide
        profile must not lose against a narrow one by mere patience, so the growth ends early. Only
        what lasted grows: an old track that does something new has shown that for a moment only.
        """
        limits = self._limits
        growth = np.minimum(age_s / limits.kinematic_look_s, limits.kinematic_growth_max - 1.0)
        return np.asarray(belief + growth[:, None] * lasting)

    def report(self, classes: tuple[tuple[str, float], ...]) -> Array | None:
        """Tempered log ratios (c,) of a sensor's class report; None if it says nothing.

        Probability not spoken for is spread evenly over the classes not named.
        """
        return _report(classes, self._limits.report_floor, self._limits.report_weight)

    def heard(self, belief: Array, report: Array, elapsed_s: float) -> Array:
        """Log-belief (c,) from class reports after one more, elapsed_s after the last; best class 0.

        Reports add up, for one verdict in seven is wrong even from a good classifier; but only to
        report_cap, for what errs about an object tends to err about it again.
        """
        total = belief * np.exp(-elapsed_s / self._limits.report_forget_s) + report
        return np.asarray(np.maximum(total - total.max(), -self._limits.report_cap))

    def probability(self, *logs: Array) -> Array:
        """Class mix (n,c) of the prior and one or more log-beliefs (n,c); each row sums to 1."""
        total = self.log_prior + sum(logs[1:], logs[0])
        total = np.exp(total - total.max(axis=1, keepdims=True))
        return np.asarray(total / total.sum(axis=1, keepdims=True))


@lru_cache(maxsize=4096)
def _report(classes: tuple[tuple[str, float], ...], floor: float, weight: float) -> Array | None:
    """What `ClassModel.report` gives; sensors have few things to say, and say them often."""
    given = np.full(len(THREAT_CLASSES), np.nan)
    for name, probability in classes:
        if name in THREAT_CLASSES and probability == probability:
            place = THREAT_CLASSES.index(name)
            before = 0.0 if np.isnan(given[place]) else given[place]
            given[place] = before + min(max(probability, 0.0), 1.0)
    silent = np.isnan(given)
    if silent.all():
        return None
    given[silent] = max(1.0 - float(np.nansum(given)), 0.0) / max(int(silent.sum()), 1)
    given = np.maximum(given / max(float(given.sum()), 1e-9), floor)
    log = np.log(given)
    found: Array = weight * (log - log.max())
    found.flags.writeable = False  # many share it
    return found


def likeliest(class_probability: Array, threats_only: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """Index (n,) of the likeliest class; in a tie the less threatening one.

    threats_only  (n,) tracks for which crewed aircraft, balloons and birds are out of the question
    """
    if threats_only is not None:
        class_probability = np.where(threats_only[:, None] & _HARMLESS, -1.0, class_probability)
    last = class_probability.shape[1] - 1
    return np.asarray(last - class_probability[:, ::-1].argmax(axis=1), np.int64)
