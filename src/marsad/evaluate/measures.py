"""Figures with what is asked of them: a target (T) and a stretch (O), where the field names some.

The targets are a profile of this project. The workshop agreement CWA 18150 says what to measure and how,
not how good is good enough: to reach them is not to pass it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isnan, nan
from types import MappingProxyType

from marsad.evaluate.intervals import Interval, proportion, rate


class Group(StrEnum):
    """What a figure is about."""

    DETECT = "detect"
    TRACK = "track"
    IDENTIFY = "identify"
    THREAT = "threat"
    WARN = "warn"
    OPERATOR = "operator"


class Verdict(StrEnum):
    """What a figure is against its target."""

    STRETCH = "stretch"
    TARGET = "target"
    MISSED = "missed"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Target:
    """From `low` to `high` is good; the stretch, where there is one, is narrower."""

    low: float = -inf
    high: float = inf
    stretch_low: float | None = None
    stretch_high: float | None = None

    def verdict(self, value: float) -> Verdict:
        """Of a figure; none of one that is not known."""
        if isnan(value):
            return Verdict.NONE
        if not self.low <= value <= self.high:
            return Verdict.MISSED
        if self.stretch_low is None and self.stretch_high is None:
            return Verdict.TARGET
        low = -inf if self.stretch_low is None else self.stretch_low
        high = inf if self.stretch_high is None else self.stretch_high
        return Verdict.STRETCH if low <= value <= high else Verdict.TARGET


def _at_least(value: float, stretch: float | None = None) -> Target:
    return Target(low=value, stretch_low=stretch)


def _at_most(value: float, stretch: float | None = None) -> Target:
    return Target(high=value, stretch_high=stretch)


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "tracked": _at_least(0.90, 0.97),
        "time-to-detect": _at_most(5.0, 2.0),
        "time-to-track": _at_most(5.0, 3.0),
        "completeness": _at_least(0.90),
        "ambiguity": _at_most(1.10),
        "spurious": _at_most(0.05),
        "continuity": _at_least(0.85),
        "switches": _at_most(2.0),
        "r95-near": _at_most(75.0, 30.0),
        "velocity-error": _at_most(3.0),
        "course-error": _at_most(10.0),
        "false-tracks": _at_most(1 / 8, 1 / 24),
        "nees": Target(0.8, 1.3),
        "time-to-class": _at_most(10.0, 5.0),
        "class-right": _at_least(0.85),
        "drone-recall": _at_least(0.90),
        "bird-as-drone": _at_most(0.05, 0.02),
        "friend-as-threat": _at_most(0.02),
        "threat-as-friend": _at_most(0.0),
        "class-ece": _at_most(0.08),
        "level-60": _at_least(0.85),
        "level-30": _at_least(0.95),
        "zones-warned": _at_least(0.95),
        "lead-usable": _at_least(0.90),
        "needless-warn": _at_most(1.0, 0.25),
        "zones-ratio": _at_most(3.0),
        "alarms-mean": _at_most(1.0),
        "alarms-most": _at_most(10.0),
        "acknowledged": _at_most(15.0),
    }
)


class Unit(StrEnum):
    """What a figure is given in."""

    SHARE = "share"
    METRES = "m"
    SECONDS = "s"
    METRES_PER_SECOND = "mps"
    DEGREES = "deg"
    PER_HOUR = "per-hour"
    PER_WEEK = "per-week"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure.

    key        of its sentence, ``evaluate.measure.<key>``, and of its target
    count      how many cases, events or pairs it rests on
    low, high  its 95 % interval; NaN where the cases are not independent and none can be given
    """

    group: Group
    key: str
    value: float
    unit: Unit
    count: int
    low: float = nan
    high: float = nan

    @property
    def target(self) -> Target | None:
        """What is asked of it, if anything."""
        return TARGETS.get(self.key)

    @property
    def verdict(self) -> Verdict:
        """Whether it is as good as asked."""
        return Verdict.NONE if self.target is None else self.target.verdict(self.value)

    @property
    def is_shown(self) -> bool:
        """Whether its whole interval is as good as asked: the count is enough to say so."""
        if self.target is None or isnan(self.low) or isnan(self.high):
            return False
        return self.target.low <= self.low and self.high <= self.target.high


def share(group: Group, key: str, hits: int, cases: int) -> Measure:
    """A share of independent cases, with its Clopper–Pearson interval."""
    found = proportion(hits, cases)
    return _with(group, key, found, Unit.SHARE, cases)


def share_of_looks(group: Group, key: str, hits: int, cases: int) -> Measure:
    """A share of looks that depend on each other: no interval."""
    return Measure(group, key, hits / cases if cases else nan, Unit.SHARE, cases)


def pace(group: Group, key: str, events: int, exposure: float, unit: Unit) -> Measure:
    """Events per unit of time, with the exact Poisson interval that so much time allows."""
    return _with(group, key, rate(events, exposure), unit, events)


def figure(group: Group, key: str, value: float, unit: Unit, count: int) -> Measure:
    """A figure without interval."""
    return Measure(group, key, value, unit, count)


def _with(group: Group, key: str, found: Interval, unit: Unit, count: int) -> Measure:
    known = not isnan(found.value)
    return Measure(
        group, key, found.value, unit, count, found.low if known else nan, found.high if known else nan
    )
