"""What to do about a track: readable rules over arrays, and when a level is left again."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.settings import LevelLimits
from marsad.model.threat import Level

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Levels = NDArray[np.int8]


class Rule(IntEnum):
    """The rules, most telling first within a level; the value is what arrays carry."""

    INFO = 0
    WATCH_SCORE = 1
    WATCH_NEAR = 2
    WATCH_ARRIVAL = 3
    ALERT_SCORE = 4
    ALERT_NEAR = 5
    ALERT_BALLISTIC = 6
    WARN_NEAR = 7
    WARN_COURSE = 8
    WARN_OVERHEAD = 9
    WARN_IMPACT = 10
    WARN_WHOLE_SITE = 11


LEVEL_OF_RULE: Levels = np.array([0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3], np.int8)


@dataclass(frozen=True)
class Situation:
    """All that the rules look at. (n,) per track, (n,z) per track and zone, (z,) per zone.

    Deliberately plain numbers: golden cases feed them directly.

    hostility, uncrewed (n,)   probabilities
    cooperative, ballistic, hostile_by_hand, held (n,)  held: may not warn (authenticated friend)
    faint (n,)                 too likely not there, or too new, to alert anybody
    margin_m (n,)
    hit, impact_s, distance_m, earliest_s, score (n,z)
    impact_limit, whole_site (n,)   of ballistic tracks: the limit of P_zone; warn every zone
    protected (z,)             zones that can be warned at all
    """

    hostility: Array
    uncrewed: Array
    cooperative: Flags
    ballistic: Flags
    hostile_by_hand: Flags
    held: Flags
    faint: Flags
    margin_m: Array
    hit: Array
    impact_s: Array
    distance_m: Array
    earliest_s: Array
    score: Array
    impact_limit: Array
    whole_site: Flags
    protected: Flags


def rules(situation: Situation, limits: LevelLimits, relief: float = 0.0) -> NDArray[np.int8]:
    """The rule (n,z) that sets the level of each track for each zone, as values of Rule.

    relief  added to the score before its limits: with the deadband it tells which level is kept
    """
    s = situation
    own = s.hostile_by_hand[:, None]
    hostile = ((s.hostility >= limits.warn_hostility) & (s.uncrewed >= limits.warn_uncrewed))[:, None] | own
    ballistic = s.ballistic[:, None]
    solid = ~s.faint[:, None] | own
    warnable = hostile & ~ballistic & ~s.held[:, None] & solid
    rocket = ballistic & ~s.held[:, None]
    wary = ((~s.cooperative & (s.uncrewed >= limits.floor_uncrewed))[:, None] | own) & ~ballistic
    raised = s.score + relief
    # a later line outweighs an earlier one
    found = np.zeros(s.score.shape, np.int8)
    for rule, holds in (
        (Rule.WATCH_SCORE, raised >= limits.watch_score),
        (Rule.WATCH_ARRIVAL, wary & (s.earliest_s <= limits.watch_arrival_s)),
        (Rule.WATCH_NEAR, wary & (s.distance_m <= limits.watch_distance_m)),
        (Rule.ALERT_SCORE, solid & (raised >= limits.alert_score)),
        (Rule.ALERT_NEAR, wary & solid & (s.distance_m <= limits.alert_distance_m)),
        (Rule.ALERT_BALLISTIC, ballistic),
        (
            Rule.WARN_NEAR,
            warnable & (s.hit >= limits.warn_hit_near) & (s.impact_s <= limits.warn_time_near_s),
        ),
        (Rule.WARN_COURSE, warnable & (s.hit >= limits.warn_hit) & (s.impact_s <= limits.warn_time_s)),
        (Rule.WARN_OVERHEAD, warnable & (s.distance_m <= s.margin_m[:, None])),
        (Rule.WARN_WHOLE_SITE, rocket & s.whole_site[:, None]),
        (Rule.WARN_IMPACT, rocket & (s.hit >= s.impact_limit[:, None])),
    ):
        found[holds & s.protected[None, :]] = rule
    return found


def level_of(rule: NDArray[np.int8]) -> Levels:
    """The level each rule stands for."""
    return np.asarray(LEVEL_OF_RULE[rule], np.int8)


@dataclass(frozen=True)
class Hold:
    """What hysteresis remembers per track and zone (n,z).

    level        in force
    before       level the rules gave at the last plot
    since_t_ns   since when the level would be lower, 0 if it would not
    """

    level: Levels
    before: Levels
    since_t_ns: NDArray[np.int64]


def settled(
    hold: Hold,
    now: Levels,
    keep: Levels,
    at_once: Flags,
    updated: Flags,
    t_ns: int,
    limits: LevelLimits,
) -> Hold:
    """Raise when two plots in a row agree (at once where told so); lower only after a while.

    now      (n,z) level by the rules
    keep     (n,z) level by the rules with the score's deadband: what would keep a level
    at_once  (n,)  one plot is enough: ballistic, or a person said so
    updated  (n,)  tracks with a new plot since the last call
    """
    agreed = now if limits.agreeing_updates == 1 else np.minimum(now, hold.before)
    candidate = np.where(at_once[:, None], now, np.where(updated[:, None], agreed, np.int8(0)))
    level = np.maximum(hold.level, candidate)
    before = np.where(updated[:, None], now, hold.before)
    lower = keep < level
    since = np.where(lower, np.where(hold.since_t_ns == 0, np.int64(t_ns), hold.since_t_ns), np.int64(0))
    over = lower & (t_ns - since >= int(limits.lower_after_s * 1e9))
    return Hold(
        np.where(over, keep, level).astype(np.int8),
        before.astype(np.int8),
        np.where(over, np.int64(0), since),
    )


def below_warn(level: Levels, held: Flags) -> Levels:
    """Cap at ALERT where a track is held."""
    return np.where(held[:, None], np.minimum(level, np.int8(Level.ALERT)), level).astype(np.int8)
