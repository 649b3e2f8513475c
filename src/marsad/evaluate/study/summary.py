"""Summaries: the rates and counts of a study, from the results of its raids."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marsad.evaluate import intervals
from marsad.evaluate.study.rates import Rate, rate
from marsad.evaluate.study.results import IN_TIME_S, AttackerResult, RaidResult
from marsad.evaluate.study.sensor_suites import PLAIN

PLAIN_WARN_S = 15.0
Seen = tuple[RaidResult, AttackerResult]


@dataclass(frozen=True, slots=True)
class Headline:
    """One rate of the study.

    key      of its sentence
    goal     the share it should reach, None = told only
    """

    key: str
    goal: float | None
    who: Callable[[Seen], bool]
    good: Callable[[Seen], bool]

    def of(self, seen: Sequence[Seen]) -> Rate:
        """The rate among those that it is about."""
        return rate(self.good(each) for each in seen if self.who(each))


def is_allowed(seen: Seen) -> bool:
    """Whether physics left anything."""
    return seen[1].allowed_s is not None


def is_liar(seen: Seen) -> bool:
    """Whether it calls itself an aircraft."""
    return seen[1].lie != "none"


def is_plain_multirotor(seen: Seen) -> bool:
    """A multirotor under plain radars, without a transponder."""
    return seen[1].kind == "multirotor" and seen[0].suite in PLAIN and not is_liar(seen)


def is_silent_on_final(seen: Seen) -> bool:
    """A one-way drone on the published final, without a transponder."""
    return (
        seen[1].kind in ("one-way-drone", "jet-drone") and seen[1].approach == "final" and not is_liar(seen)
    )


def warned_by_physics(seen: Seen) -> bool:
    """Warned in time: 30 s ahead, or half of what physics left."""
    return seen[1].is_warned(by_physics=True)


HEADLINES = (
    Headline("in-time", 0.97, is_allowed, warned_by_physics),
    Headline("in-time-all", None, lambda seen: True, lambda seen: seen[1].is_warned()),
    Headline("honest", None, lambda seen: is_allowed(seen) and not is_liar(seen), warned_by_physics),
    Headline("liars", 0.95, lambda seen: is_allowed(seen) and is_liar(seen), warned_by_physics),
    Headline("liars-all", None, is_liar, lambda seen: seen[1].is_warned()),
    Headline(
        "plain-alert",
        0.95,
        lambda seen: is_allowed(seen) and is_plain_multirotor(seen),
        lambda seen: seen[1].is_alerted(IN_TIME_S, by_physics=True),
    ),
    Headline("plain-alert-all", None, is_plain_multirotor, lambda seen: seen[1].is_alerted(IN_TIME_S)),
    Headline(
        "plain-warn",
        None,
        lambda seen: is_allowed(seen) and is_plain_multirotor(seen),
        lambda seen: seen[1].is_warned(PLAIN_WARN_S, by_physics=True),
    ),
    Headline("plain-warn-all", None, is_plain_multirotor, lambda seen: seen[1].is_warned(PLAIN_WARN_S)),
    Headline("final-alert", 1.0, is_silent_on_final, lambda seen: seen[1].alert_lead_s is not None),
    Headline("final-warn", 0.9, lambda s: is_allowed(s) and is_silent_on_final(s), warned_by_physics),
    Headline("one-identity", None, lambda seen: seen[1].identities > 0, lambda seen: seen[1].identities == 1),
)
GROUPINGS: dict[str, Callable[[Seen], str]] = {
    "kind": lambda seen: seen[1].kind,
    "suite": lambda seen: seen[0].suite,
    "approach": lambda seen: seen[1].approach,
    "fault": lambda seen: seen[0].fault,
    "weather": lambda seen: seen[0].weather,
    "lie": lambda seen: seen[1].lie,
    "size": lambda seen: "smallest" if seen[0].smallest else "usual",
    "site": lambda seen: seen[0].site,
}


def seen_of(results: Sequence[RaidResult]) -> list[Seen]:
    """Every attacker that reaches a zone within its raid, with the raid."""
    return [(raid, attacker) for raid in results for attacker in raid.attackers if attacker.reached]


@dataclass(frozen=True, slots=True)
class Group:
    """The attackers of one group.

    by_physics   warned in time where physics allows
    plain        warned 30 s ahead, of all
    """

    name: str
    by_physics: Rate
    plain: Rate
    alerted: Rate


def grouped(seen: Sequence[Seen], by: Callable[[Seen], str]) -> list[Group]:
    """The rates of each group, by name."""
    return [
        Group(
            name,
            rate(warned_by_physics(each) for each in members if is_allowed(each)),
            rate(each[1].is_warned() for each in members),
            rate(each[1].is_alerted() for each in members),
        )
        for name in sorted({by(each) for each in seen})
        for members in ([each for each in seen if by(each) == name],)
    ]


@dataclass(frozen=True, slots=True)
class Needless:
    """How often one cause led to needless alerts and warnings, with the interval of warnings per hour."""

    cause: str
    alerts: int
    warns: int
    warns_low_per_h: float
    warns_high_per_h: float


def needless_by_cause(results: Sequence[RaidResult]) -> list[Needless]:
    """Each cause, most warnings first; the last is "all"."""
    hours = simulated_hours(results)
    counts: dict[str, Counter[str]] = {"all": Counter()}
    for raid in results:
        for item in raid.needless:
            counts.setdefault(item.cause, Counter())[item.stage] += 1
            counts["all"][item.stage] += 1
    names = sorted(
        counts, key=lambda name: (name == "all", -counts[name]["WARN"], -counts[name]["ALERT"], name)
    )
    return [
        Needless(name, counts[name]["ALERT"], counts[name]["WARN"], per_hour.low, per_hour.high)
        for name in names
        for per_hour in (intervals.rate(counts[name]["WARN"], hours),)
    ]


def simulated_hours(results: Sequence[RaidResult]) -> float:
    """How long all raids last."""
    return max(sum(raid.duration_s for raid in results) / 3600, 1e-9)


def missed(results: Sequence[RaidResult]) -> list[Seen]:
    """Those whom physics allows to warn of, and who were not warned of in time."""
    return [each for each in seen_of(results) if is_allowed(each) and not warned_by_physics(each)]


def out_of_reach(results: Sequence[RaidResult]) -> int:
    """How many attackers the sensors could never have told of in time to matter."""
    return sum(not is_allowed(each) for each in seen_of(results))
