"""The rules, one row each: level, when it holds, why people are told, and what would have to be different.

To add a rule is to add a row. Within a track and zone a later row outweighs an earlier one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from marsad.assessment.columns import Flags, Small
from marsad.assessment.situation import NO_ZONE, Situation
from marsad.model.reason import Reason
from marsad.model.threat import Level

_BIRD_SAID = 0.05  # probability of a bird below which a rule does not speak of one


@dataclass(frozen=True, slots=True)
class Quote:
    """One number, or word, that a sentence quotes of a track and a zone, by their rows."""

    name: str
    value: Callable[[Situation, int, int], float | str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A reason that is yet without its numbers.

    no_bird  what is said instead of a track that is hardly a bird
    """

    code: str
    quotes: tuple[Quote, ...] = ()
    no_bird: "Sentence | None" = None

    def of(self, situation: Situation, row: int, zone: int) -> Reason:
        """The reason with the numbers of one track and zone."""
        if self.no_bird is not None and situation.bird[row] < _BIRD_SAID:
            return self.no_bird.of(situation, row, zone)
        return Reason(self.code, tuple((one.name, one.value(situation, row, zone)) for one in self.quotes))


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the level it sets, where it holds (n,z), its reason, and what would have put it lower.

    relieved  with the relief of the situation it holds for longer, which keeps a level
    """

    name: str
    level: Level
    holds: Callable[[Situation], Flags]
    reason: Sentence
    otherwise: Sentence | None
    relieved: bool = False


def told(code: str, *quotes: Quote, no_bird: Sentence | None = None) -> Sentence:
    """A sentence that quotes these numbers."""
    return Sentence(code, quotes, no_bird)


def limit(name: str, setting: str, scale: float = 1.0) -> Quote:
    """A limit out of the settings of the levels; in percent with a scale of 100."""
    return Quote(name, lambda s, row, zone: scale * getattr(s.levels, setting))


ZONE = Quote("zone_id", lambda s, row, zone: s.zone_ids[zone])
SCORE = Quote("score", lambda s, row, zone: float(s.score[row, zone]) if zone != NO_ZONE else 0.0)
DISTANCE = Quote("distance_m", lambda s, row, zone: float(s.distance_m[row, zone]))
HIT = Quote("hit_percent", lambda s, row, zone: 100.0 * float(s.hit[row, zone]))
TIME = Quote("time_s", lambda s, row, zone: float(s.impact_s[row, zone]))
EARLIEST = Quote("time_s", lambda s, row, zone: float(s.earliest_s[row, zone]))
HOSTILE = Quote("hostility_percent", lambda s, row, zone: 100.0 * float(s.hostility[row]))
MARGIN = Quote("limit_m", lambda s, row, zone: float(s.margin_m[row]))
IMPACT_LIMIT = Quote("limit_percent", lambda s, row, zone: 100.0 * float(s.impact_limit[row]))
_SURE_ROCKET = Quote("limit_percent", lambda s, row, zone: 100.0 * s.falling.confirm_probability)
_VAGUE = Quote("limit_m", lambda s, row, zone: s.falling.unconverged_sigma_m)
_WATCH_SCORE, _ALERT_SCORE = limit("limit", "watch_score"), limit("limit", "alert_score")
_WATCH_M, _WATCH_S = limit("limit_m", "watch_distance_m"), limit("limit_s", "watch_arrival_s")
_ALERT_M = limit("limit_m", "alert_distance_m")
UNCREWED = Quote("uncrewed_percent", lambda s, row, zone: 100.0 * float(s.uncrewed[row]))
_BIRD = Quote("bird_percent", lambda s, row, zone: 100.0 * float(s.bird[row]))
_ARRIVAL = Quote("height_m", lambda s, row, zone: max(float(s.arrival_m[row, zone]), 0.0))
_LOW = limit("limit_m", "claimed_low_m")
_MAYBE_S, _MAYBE = limit("limit_s", "maybe_time_s"), limit("limit_percent", "maybe_uncrewed", 100.0)
_MAYBE_WARN = limit("limit_percent", "maybe_warn_uncrewed", 100.0)
_UNWATCHED = told("counter.watch", ZONE, _WATCH_M, _WATCH_S, _WATCH_SCORE)


def _on_course(setting_hit: str, setting_time: str) -> Callable[[Situation], Flags]:
    def holds(s: Situation) -> Flags:
        likely = s.hit >= getattr(s.levels, setting_hit)
        return np.asarray(s.warnable & likely & (s.impact_s <= getattr(s.levels, setting_time)))

    return holds


def _course(setting_hit: str, setting_time: str) -> tuple[Sentence, Sentence]:
    percent, seconds = limit("limit_percent", setting_hit, 100.0), limit("limit_s", setting_time)
    return (
        told("rule.warn_course", ZONE, HIT, TIME, percent, seconds, HOSTILE),
        told("counter.time", ZONE, seconds),
    )


@dataclass(frozen=True, slots=True)
class _Stranger:
    """Somebody who comes low at a zone off every procedure, for one of the reasons that clear nobody.

    name      as in the names of the rules and their sentences
    comes     (n,z) where there is one
    warns     (n,) who of them a WARN is given of
    quotes    what the sentence tells between the zone and the limit
    counter   the sentence of what would be different
    relieved  see `Rule`
    """

    name: str
    comes: Callable[[Situation], Flags]
    warns: Callable[[Situation], Flags] = lambda s: s.sensed
    quotes: tuple[Quote, ...] = (TIME, _ARRIVAL, _LOW)
    counter: str = "counter.claimed"
    relieved: bool = False


def _comes_low(one: _Stranger, level: Level, setting_time: str) -> Rule:
    """The rule of a stranger: a level so long before the zone."""

    def holds(s: Situation) -> Flags:
        who = one.comes(s) & (one.warns(s)[:, None] if level is Level.WARN else True)
        return np.asarray(who & (s.impact_s <= getattr(s.levels, setting_time)))

    name, seconds = f"{level.name.lower()}_{one.name}", limit("limit_s", setting_time)
    reason = told(f"rule.{name}", ZONE, *one.quotes, seconds)
    return Rule(name, level, holds, reason, told(one.counter, ZONE, seconds), one.relieved)


_STRANGERS = (
    _Stranger("claimed", lambda s: s.impostor),
    _Stranger("doubted", lambda s: s.liar, quotes=(TIME,)),
    _Stranger(
        "listed",
        lambda s: s.borrowed,
        warns=lambda s: s.sensed & ~s.from_here,
        quotes=(TIME,),
        counter="counter.listed",
        relieved=True,
    ),
    _Stranger("unvouched", lambda s: s.nameless, counter="counter.unvouched"),
)
RULES = (
    Rule(
        "info",
        Level.INFO,
        lambda s: np.ones(s.score.shape, bool),
        told("rule.info", SCORE, _WATCH_SCORE),
        None,
    ),
    Rule(
        "watch_score",
        Level.WATCH,
        lambda s: s.raised >= s.levels.watch_score,
        told("rule.watch_score", ZONE, SCORE, _WATCH_SCORE),
        told("counter.score", ZONE, _WATCH_SCORE),
        relieved=True,
    ),
    Rule(
        "watch_arrival",
        Level.WATCH,
        lambda s: s.wary & (s.earliest_s <= s.levels.watch_arrival_s),
        told("rule.watch_arrival", ZONE, EARLIEST, _WATCH_S),
        _UNWATCHED,
    ),
    Rule(
        "watch_near",
        Level.WATCH,
        lambda s: s.wary & (s.distance_m <= s.levels.watch_distance_m),
        told("rule.watch_near", ZONE, DISTANCE, _WATCH_M),
        _UNWATCHED,
    ),
    Rule(
        "alert_maybe",
        Level.ALERT,
        lambda s: s.maybe,
        told(
            "rule.alert_maybe",
            ZONE,
            UNCREWED,
            _BIRD,
            TIME,
            _MAYBE_S,
            no_bird=told("rule.alert_drone", ZONE, UNCREWED, TIME, _MAYBE_S),
        ),
        told("counter.maybe", ZONE, _MAYBE),
    ),
    *(_comes_low(one, Level.ALERT, "claimed_alert_s") for one in _STRANGERS),
    Rule(
        "alert_score",
        Level.ALERT,
        lambda s: s.solid & (s.raised >= s.levels.alert_score),
        told("rule.alert_score", ZONE, SCORE, _ALERT_SCORE),
        told("counter.score", ZONE, _ALERT_SCORE),
        relieved=True,
    ),
    Rule(
        "alert_near",
        Level.ALERT,
        lambda s: s.wary & s.solid & (s.distance_m <= s.levels.alert_distance_m),
        told("rule.alert_near", ZONE, DISTANCE, _ALERT_M),
        told("counter.alert_near", ZONE, _ALERT_M, _ALERT_SCORE),
    ),
    Rule(
        "alert_ballistic",
        Level.ALERT,
        lambda s: s.ballistic[:, None],
        told("rule.alert_ballistic", ZONE, HIT, IMPACT_LIMIT),
        told("counter.ballistic", _SURE_ROCKET),
    ),
    Rule(
        "warn_maybe",
        Level.WARN,
        lambda s: (
            s.maybe_warnable
            & (
                ((s.hit >= s.levels.warn_hit) & (s.impact_s <= s.levels.warn_time_s))
                | ((s.hit >= s.levels.warn_hit_near) & (s.impact_s <= s.levels.warn_time_near_s))
            )
        ),
        told(
            "rule.warn_maybe",
            ZONE,
            UNCREWED,
            _BIRD,
            HIT,
            TIME,
            _MAYBE_WARN,
            no_bird=told("rule.warn_drone", ZONE, UNCREWED, HIT, TIME, _MAYBE_WARN),
        ),
        told("counter.maybe", ZONE, _MAYBE_WARN),
    ),
    *(_comes_low(one, Level.WARN, "claimed_warn_s") for one in _STRANGERS),
    Rule(
        "warn_near",
        Level.WARN,
        _on_course("warn_hit_near", "warn_time_near_s"),
        *_course("warn_hit_near", "warn_time_near_s"),
        relieved=True,
    ),
    Rule(
        "warn_course",
        Level.WARN,
        _on_course("warn_hit", "warn_time_s"),
        *_course("warn_hit", "warn_time_s"),
        relieved=True,
    ),
    Rule(
        "warn_overhead",
        Level.WARN,
        lambda s: s.warnable & (s.distance_m <= s.margin_m[:, None]),
        told("rule.warn_overhead", ZONE, DISTANCE, MARGIN, HOSTILE),
        told("counter.overhead", ZONE, MARGIN, limit("limit_percent", "warn_hostility", 100.0)),
        relieved=True,
    ),
    Rule(
        "warn_whole_site",
        Level.WARN,
        lambda s: s.rocket & (s.whole_site | (s.relief > 0)),
        told("rule.warn_whole_site", ZONE, TIME, _VAGUE),
        told("counter.whole_site", _VAGUE),
        relieved=True,
    ),
    Rule(
        "warn_impact",
        Level.WARN,
        lambda s: s.rocket & ((s.hit >= s.impact_limit[:, None]) | (s.relief > 0)),
        told("rule.warn_impact", ZONE, HIT, IMPACT_LIMIT, TIME),
        told("counter.impact", ZONE, IMPACT_LIMIT),
        relieved=True,  # a zone once warned of a rocket stays warned of it
    ),
)
Book = tuple[Rule, ...]


def outweighed(situation: Situation, level: Level, row: int, zone: int, book: Book = RULES) -> Rule | None:
    """The rule of a level that holds for one track and zone besides one of a higher level, if any."""
    for one in reversed(book):
        if one.level is level and np.broadcast_to(one.holds(situation), situation.score.shape)[row, zone]:
            return one
    return None


def _levels(book: Book) -> Small:
    return np.array([rule.level for rule in book], np.int8)


_LEVELS = _levels(RULES)


def rules(situation: Situation, book: Book = RULES) -> Small:
    """The row (n,z) of the book that sets the level of each track for each zone."""
    found = np.zeros(situation.score.shape, np.int8)
    for number, rule in enumerate(book[1:], 1):
        np.copyto(found, np.int8(number), where=rule.holds(situation))
    return found * situation.protected


def kept(situation: Situation, rule: Small, book: Book = RULES) -> Small:
    """The level (n,z) that would be kept: by the rules that hold, and by those that hold with relief."""
    found = level_of(rule, book)
    relieved = replace(situation, relief=situation.levels.score_deadband)
    for one in book:
        if one.relieved:
            holds = one.holds(relieved) & situation.protected
            found = np.maximum(found, holds * np.int8(one.level))
    return found


def level_of(rule: Small, book: Book = RULES) -> Small:
    """The level that each row of the book sets."""
    levels = _LEVELS if book is RULES else _levels(book)
    return np.asarray(levels[rule], np.int8)
