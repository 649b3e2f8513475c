"""What the rules look at, in plain numbers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydantic import Field

from marsad.assessment.approach import Aim
from marsad.assessment.ballistic import BallisticLimits
from marsad.assessment.classification import Classes
from marsad.assessment.columns import Flags, Floats
from marsad.assessment.hostility import Hostility
from marsad.assessment.identity import Identities
from marsad.assessment.shapes import ZoneShapes
from marsad.model.settings import Settings
from marsad.model.track import TrackTable

NO_ZONE = -1
"""In place of the row of a zone, where a site has none."""


class LevelLimits(Settings):
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
    levels, falling            the limits of the rules
    zone_ids                   z identifiers, for the reasons
    relief                     added to the score before its limits: tells which level is kept
    """

    hostility: Floats
    uncrewed: Floats
    cooperative: Flags
    ballistic: Flags
    hostile_by_hand: Flags
    held: Flags
    faint: Flags
    margin_m: Floats
    hit: Floats
    impact_s: Floats
    distance_m: Floats
    earliest_s: Floats
    score: Floats
    impact_limit: Floats
    whole_site: Flags
    protected: Flags
    levels: LevelLimits
    falling: BallisticLimits
    zone_ids: tuple[str, ...] = ()
    relief: float = 0.0

    @cached_property
    def own(self) -> Flags:
        """(n,1) whom a person calls hostile."""
        return self.hostile_by_hand[:, None]

    @cached_property
    def solid(self) -> Flags:
        """(n,1) surely there, and seen often enough, to alert somebody."""
        return np.asarray(~self.faint[:, None] | self.own)

    @cached_property
    def warnable(self) -> Flags:
        """(n,1) flies, is likely hostile and uncrewed, or is called so; and is nobody's friend."""
        likely = self.hostility >= self.levels.warn_hostility
        hostile = (likely & (self.uncrewed >= self.levels.warn_uncrewed))[:, None] | self.own
        return np.asarray(hostile & ~self.ballistic[:, None] & ~self.held[:, None] & self.solid)

    @cached_property
    def rocket(self) -> Flags:
        """(n,1) falls freely, and is nobody's friend."""
        return np.asarray((self.ballistic & ~self.held)[:, None])

    @cached_property
    def wary(self) -> Flags:
        """(n,1) flies, and may be a drone that does not say who it is."""
        strange = ~self.cooperative & (self.uncrewed >= self.levels.floor_uncrewed)
        return np.asarray((strange[:, None] | self.own) & ~self.ballistic[:, None])

    @cached_property
    def raised(self) -> Floats:
        """(n,z) the score with its relief."""
        return np.asarray(self.score + self.relief)


@dataclass(frozen=True)
class Watch:
    """What of a site every situation shares: its zones and the limits of its rules."""

    shapes: ZoneShapes
    levels: LevelLimits
    falling: BallisticLimits

    def situation(
        self,
        table: TrackTable,
        classes: Classes,
        identity: Identities,
        aim: Aim,
        hostility: Hostility,
        score: Floats,
    ) -> Situation:
        """What the rules look at."""
        limits, near = self.levels, aim.near
        return Situation(
            hostility=hostility.probability,
            uncrewed=classes.uncrewed,
            cooperative=identity.decibans <= limits.cooperative_db,
            ballistic=aim.ballistic,
            hostile_by_hand=identity.hostile_by_hand,
            held=identity.held,
            faint=(table.existence < limits.faint_existence) | (table.updates < limits.alert_updates),
            margin_m=aim.margin_m,
            hit=near.hit,
            impact_s=near.impact_s,
            distance_m=near.distance_m,
            earliest_s=near.earliest_s,
            score=score,
            impact_limit=aim.impact_limit,
            whole_site=aim.whole_site,
            protected=self.shapes.value > 0,
            levels=limits,
            falling=self.falling,
            zone_ids=self.shapes.zone_ids,
        )
