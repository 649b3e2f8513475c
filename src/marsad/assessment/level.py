"""The level stage: what the rules say of each track and zone, and when a level is left again."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from marsad.assessment.columns import ZONES, Flags, Small, Times, column
from marsad.assessment.rules import kept, level_of, rules
from marsad.assessment.situation import LevelLimits, Situation
from marsad.model.threat import Level


@dataclass
class LevelState:
    """What hysteresis remembers per track and zone (n,z).

    level       in force
    before      level the rules gave at the last plot
    lower_t_ns  since when the level would be lower, 0 if it would not
    """

    level: Small = column(np.int8, ZONES)
    before: Small = column(np.int8, ZONES)
    lower_t_ns: Times = column(np.int64, ZONES)


@dataclass(frozen=True)
class Decision:
    """Per track and zone (n,z): the row of RULES that holds now, and the level in force.

    situation  what the rules looked at: the numbers of their reasons
    """

    situation: Situation
    rule: Small
    level: Small

    @cached_property
    def highest(self) -> Small:
        """The level (n,) of each track: its highest toward any zone."""
        return np.asarray(self.level.max(axis=1, initial=np.int8(0)))


def decide(state: LevelState, situation: Situation, updated: Flags, t_ns: int) -> Decision:
    """The level in force after one more look; updated (n,) has a new plot."""
    limits = situation.levels
    rule = rules(situation)
    given = level_of(rule)
    # what keeps a level matters only where the rules give less than is in force
    keep = given if (given >= state.level).all() else kept(situation, rule)
    said = Said(given, keep, situation.ballistic | situation.hostile_by_hand, updated)
    hold = settled(state, said, t_ns, limits)
    state.level = below_warn(hold.level, situation.held)
    state.before, state.lower_t_ns = hold.before, hold.lower_t_ns
    return Decision(situation, rule, state.level)


@dataclass(frozen=True)
class Said:
    """What the rules say of n tracks and z zones now.

    given    (n,z) level by the rules
    keep     (n,z) level by the rules with the score's deadband: what would keep a level
    at_once  (n,)  one plot is enough: ballistic, or a person said so
    updated  (n,)  tracks with a new plot since the last call
    """

    given: Small
    keep: Small
    at_once: Flags
    updated: Flags


def settled(hold: LevelState, said: Said, t_ns: int, limits: LevelLimits) -> LevelState:
    """Raise when two plots in a row agree (at once where told so); lower only after a while."""
    now, updated = said.given, said.updated[:, None]
    agreed = now if limits.agreeing_updates == 1 else np.minimum(now, hold.before)
    candidate = np.where(said.at_once[:, None], now, np.where(updated, agreed, np.int8(0)))
    level = np.maximum(hold.level, candidate)
    before = np.where(updated, now, hold.before)
    lower = said.keep < level
    if not lower.any():
        return LevelState(level, before, np.zeros_like(hold.lower_t_ns))
    since = np.where(lower, np.where(hold.lower_t_ns == 0, np.int64(t_ns), hold.lower_t_ns), np.int64(0))
    over = lower & (t_ns - since >= int(limits.lower_after_s * 1e9))
    return LevelState(
        np.where(over, said.keep, level),
        before,
        np.where(over, np.int64(0), since),
    )


def below_warn(level: Small, held: Flags) -> Small:
    """Cap at ALERT where a track is held."""
    return np.where(held[:, None], np.minimum(level, np.int8(Level.ALERT)), level).astype(np.int8)
