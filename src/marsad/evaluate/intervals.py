"""How sure a share or a rate is: exact intervals, and how much must be seen to show a figure.

Sources: Clopper & Pearson, "The use of confidence or fiducial limits illustrated in the case of the
binomial", Biometrika 26 (1934); Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28
(1936). Both are conservative: they hold the truth at least as often as they say.
"""

from dataclasses import dataclass
from math import ceil, inf, isfinite, log, nan

from scipy.stats import beta, chi2

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its interval; NaN where nothing was counted."""

    value: float
    low: float
    high: float


def proportion(hits: int, cases: int, confidence: float = CONFIDENCE) -> Interval:
    """The share of cases that were hits, with its two-sided Clopper–Pearson interval.

    No case at all is NaN between 0 and 1. Raises ValueError for what cannot be counted.
    """
    _check(confidence)
    if not 0 <= hits <= cases:
        raise ValueError(f"{hits} hits of {cases} cases: hits are from 0 to the number of cases")
    if cases == 0:
        return Interval(nan, 0.0, 1.0)
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, cases - hits + 1)) if hits else 0.0
    high = float(beta.isf(tail, hits + 1, cases - hits)) if hits < cases else 1.0
    return Interval(hits / cases, low, high)


def rate(events: int, exposure: float, confidence: float = CONFIDENCE) -> Interval:
    """Events per unit of exposure (hours, weeks …), with the two-sided exact Poisson interval of Garwood.

    Without exposure the rate is NaN between 0 and infinity. Raises ValueError for what cannot be counted.
    """
    _check(confidence)
    if events < 0 or not exposure >= 0 or not isfinite(exposure):
        raise ValueError(f"{events} events in {exposure}: neither may be below 0 or infinite")
    if exposure == 0:
        return Interval(nan, 0.0, inf)
    tail = (1 - confidence) / 2
    low = float(chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    high = float(chi2.isf(tail, 2 * (events + 1))) / 2
    return Interval(events / exposure, low / exposure, high / exposure)


def runs_without_miss(share: float, confidence: float = CONFIDENCE) -> int:
    """How many runs without a miss show, one-sided, that at least a share succeeds: 29 for 0.9."""
    _check(confidence)
    if not 0 < share < 1:
        raise ValueError(f"share {share}: must lie between 0 and 1")
    return ceil(log(1 - confidence) / log(share))


def exposure_without_event(most_per_unit: float, confidence: float = CONFIDENCE) -> float:
    """How long nothing must happen to show, one-sided, at most a rate: three times its inverse."""
    _check(confidence)
    if not most_per_unit > 0:
        raise ValueError(f"rate {most_per_unit}: must be above 0")
    return -log(1 - confidence) / most_per_unit


def _check(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}: must lie between 0 and 1")
