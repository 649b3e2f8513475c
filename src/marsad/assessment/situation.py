"""What the rules look at, in plain numbers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydantic import Field

from marsad.assessment.approach import Aim
from marsad.assessment.ballistic import BallisticLimits
from marsad.assessment.classification import BIRD, OWA, Classes
from marsad.assessment.columns import Flags, Floats
from marsad.assessment.flight_character import Character
from marsad.assessment.hostility import Hostility
from marsad.assessment.identity import Identities
from marsad.assessment.intake import Heard
from marsad.assessment.kinematics import Flight
from marsad.assessment.procedures import height_at_zone_m
from marsad.assessment.shapes import ZoneShapes
from marsad.assessment.usage import Usage
from marsad.model.settings import Settings
from marsad.model.track import TrackTable

_NOTHING_ELSE = 0.9  # probability of drone and bird together, above which it is one of the two
NO_ZONE = -1
"""In place of the row of a zone, where a site has none."""


class LevelLimits(Settings):
    """Rules that set the level."""

    warn_hostility: float = Field(0.5, description="WARN needs this probability of being hostile…")
    warn_uncrewed: float = Field(0.6, description="…and this one of being uncrewed…")
    warn_inside_uncrewed: float = Field(
        default=0.85,
        gt=0,
        lt=1,
        description="but what may as well be a bird and is over a zone already needs this one, to be warned "
        "of there: wherever it flies, it is inside, and birds are at home over kilometres",
    )
    warn_hit: float = Field(0.5, description="…and this one of hitting the zone…")
    warn_time_s: float = Field(60.0, description="…within this time")
    warn_hit_near: float = Field(0.3, description="or this probability of hitting the zone…")
    warn_time_near_s: float = Field(30.0, description="…within this shorter time")
    maybe_uncrewed: float = Field(
        default=0.15,
        gt=0,
        lt=1,
        description="what may be a drone with this probability, comes straight at a zone and says nothing of "
        "itself is an ALERT: one that was a drone outweighs five that were birds",
    )
    maybe_hit: float = Field(0.2, description="…with this probability of hitting it")
    maybe_time_s: float = Field(90.0, description="…within this time")
    maybe_straight_s: float = Field(
        default=10.0, ge=0, description="…once it has flown straight for so long, or has ever hovered;"
    )
    maybe_warn_uncrewed: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="…and a WARN with this one, as far as the rest is a bird: whom the siren calls for birds "
        "more often than for drones hears it no more",
    )
    claimed_alert_s: float = Field(
        default=90.0,
        ge=0,
        description="what calls itself an aircraft, off every procedure and low, is an ALERT…",
    )
    claimed_warn_s: float = Field(
        default=45.0,
        ge=0,
        description="…and a WARN so long before a zone, unless it is cleared or turns away",
    )
    claimed_low_m: float = Field(
        default=300.0,
        description="it is low if it is there at less than this, descending as now: over people nobody may "
        "(SERA.5005 f)",
    )
    claimed_weapon: float = Field(
        default=0.4,
        gt=0,
        le=1,
        description="a friend by its label alone that is a one-way drone with this "
        "probability is held to be one that lies",
    )
    claimed_hit: float = Field(0.4, description="…with this probability of hitting the zone")
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
    overflight_m: float = Field(
        default=3500.0,
        gt=0,
        description="what would be higher above a zone than this, descending as now, passes over it",
    )
    alert_updates: int = Field(
        default=6, ge=1, le=20, description="plots before a track alerts anybody; rockets need fewer"
    )
    alert_places: int = Field(
        default=4,
        ge=1,
        le=20,
        description="of them with a place, if it had any: from two places, which may be those of two birds, "
        "nobody knows a speed, however many bearings follow; one whose range rate contradicts that speed is "
        "no place of it",
    )
    agreeing_updates: int = Field(default=2, ge=1, le=2, description="plots that must agree to raise")


@dataclass(frozen=True)
class Situation:
    """All that the rules look at. (n,) per track, (n,z) per track and zone, (z,) per zone.

    Deliberately plain numbers: golden cases feed them directly.

    hostility, uncrewed (n,)   probabilities
    cooperative, ballistic, hostile_by_hand, held (n,)  held: may not warn (authenticated friend)
    faint (n,)                 too likely not there, too new, or landing or taking off, to alert anybody
    bird (n,)                  probability that it is a bird
    steady (n,)                has flown straight for long, or has hovered: as drones do
    claimed (n,)               calls itself an aircraft, or a friend it does not fly like; nobody cleared it
    labelled (n,)              calls itself a friend of the list, and nothing but that speaks for it
    from_here (n,)             was first seen over a protected zone and slow: it took off here
    unvouched (n,)             silent, or of a name that nobody knows; and it did not take off here
    doubted (n,)               of those claimed, who is no longer taken for one
    sensed (n,)                a sensor of the site sees it: more than a claim
    off_procedures (n,)        flies like nothing that uses a procedure of the site
    arrival_m (n,z)            height above the site at which it reaches the zone, descending as it does
    margin_m (n,)
    hit, impact_s, distance_m, earliest_s, score (n,z)
    impact_limit (n,)          of ballistic tracks: the limit of P_zone
    whole_site (n,z)           they fall nobody knows where, time runs out, and it may be there
    protected (z,)             zones that can be warned at all
    levels, falling            the limits of the rules
    zone_ids                   z identifiers, for the reasons
    relief                     added to the score before its limits: above 0 tells which level is kept
    """

    hostility: Floats
    uncrewed: Floats
    cooperative: Flags
    ballistic: Flags
    hostile_by_hand: Flags
    held: Flags
    faint: Flags
    bird: Floats
    steady: Flags
    claimed: Flags
    labelled: Flags
    from_here: Flags
    unvouched: Flags
    doubted: Flags
    sensed: Flags
    off_procedures: Flags
    arrival_m: Floats
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
        """(n,z) surely there, seen often enough, and not far above the zone, to alert somebody."""
        over = (self.arrival_m > self.levels.overflight_m) & np.isfinite(self.arrival_m)
        return np.asarray(~(self.faint[:, None] | over) | self.own)

    @cached_property
    def warnable(self) -> Flags:
        """(n,z) flies, is likely hostile and uncrewed, or is called so; and is nobody's friend."""
        likely = self.hostility >= self.levels.warn_hostility
        hostile = (likely & (self.uncrewed >= self.levels.warn_uncrewed))[:, None] | self.own
        free = ~self.ballistic[:, None] & ~self.held[:, None] & ~self.at_home
        return np.asarray(hostile & free & self.solid)

    @cached_property
    def at_home(self) -> Flags:
        """(n,z) may be a bird, and is over the zone already: its course says nothing. It raises no WARN, but
        keeps one that it had when it came."""
        either = self.uncrewed + self.bird >= _NOTHING_ELSE
        either &= (self.uncrewed < self.levels.warn_inside_uncrewed) & ~self.hostile_by_hand
        over = self.distance_m <= self.margin_m[:, None]
        return np.asarray(either[:, None] & over & (self.relief <= 0))

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
    def maybe(self) -> Flags:
        """(n,z) may be a drone, says nothing of itself, and comes straight at a zone, from outside.

        Over a zone of kilometres birds are at home: what is in it already comes at the zones within.
        """
        limits = self.levels
        strange = self.steady & ~self.cooperative & ~self.held & ~self.ballistic
        strange &= self.uncrewed >= limits.maybe_uncrewed
        comes = (
            (self.hit >= limits.maybe_hit) & (self.impact_s <= limits.maybe_time_s) & (self.distance_m > 0)
        )
        return np.asarray(strange[:, None] & self.solid & comes)

    @cached_property
    def maybe_warnable(self) -> Flags:
        """(n,z) likely hostile, a drone or else a bird at a probability that its cost allows, and outside."""
        limits = self.levels
        drone = self.uncrewed >= limits.maybe_warn_uncrewed
        or_bird = self.uncrewed + self.bird >= _NOTHING_ELSE
        likely = drone & or_bird & (self.hostility >= limits.warn_hostility)
        free = self.steady & ~self.ballistic & ~self.held & ~self.cooperative
        return np.asarray((likely & free)[:, None] & self.solid & (self.distance_m > 0))

    @cached_property
    def liar(self) -> Flags:
        """(n,z) calls itself an aircraft though it can be none, and flies at a zone, off every procedure,
        low or at a height that nobody knows."""
        limits = self.levels
        low = ~(self.arrival_m > limits.claimed_low_m)
        strange = self.claimed & self.doubted & self.off_procedures & ~self.ballistic
        return np.asarray(strange[:, None] & self.solid & low & (self.hit >= limits.claimed_hit))

    @cached_property
    def impostor(self) -> Flags:
        """(n,z) calls itself an aircraft, but flies low at a zone, off every procedure."""
        limits = self.levels
        low = self.arrival_m <= limits.claimed_low_m
        strange = self.claimed & self.off_procedures & ~self.ballistic
        return np.asarray(strange[:, None] & self.solid & low & (self.hit >= limits.claimed_hit))

    @cached_property
    def nameless(self) -> Flags:
        """(n,z) no bird, known to nobody, and comes low at a zone from outside, off every procedure.

        An aircraft that flies so has to say who it is; a weapon can fly like one."""
        limits = self.levels
        strange = self.unvouched & self.off_procedures & ~self.ballistic
        strange &= self.bird <= 1.0 - _NOTHING_ELSE
        comes = (self.arrival_m <= limits.claimed_low_m) & (self.distance_m > 0)
        return np.asarray(strange[:, None] & self.solid & comes & (self.hit >= limits.claimed_hit))

    @cached_property
    def borrowed(self) -> Flags:
        """(n,z) a friend by its open label alone, which anybody can send, that comes low at a zone from
        outside, off every procedure. Over the zone it keeps what it had when it came."""
        limits = self.levels
        low = ~(self.arrival_m > limits.claimed_low_m)
        strange = self.labelled & self.off_procedures & ~self.ballistic
        outside = (self.distance_m > 0) | (self.relief > 0)
        return np.asarray(strange[:, None] & self.solid & low & outside & (self.hit >= limits.claimed_hit))

    @cached_property
    def raised(self) -> Floats:
        """(n,z) the score with its relief."""
        return np.asarray(self.score + self.relief)


@dataclass(frozen=True)
class Found:
    """What the stages before the rules found of n tracks; score (n,z)."""

    heard: Heard
    flight: Flight
    character: Character
    usage: Usage
    classes: Classes
    identity: Identities
    aim: Aim
    hostility: Hostility
    score: Floats


@dataclass(frozen=True)
class Watch:
    """What of a site every situation shares: its zones and the limits of its rules."""

    shapes: ZoneShapes
    levels: LevelLimits
    falling: BallisticLimits

    def situation(self, table: TrackTable, found: Found) -> Situation:
        """What the rules look at."""
        limits, near, identity, flight = self.levels, found.aim.near, found.identity, found.flight
        return Situation(
            hostility=found.hostility.probability,
            uncrewed=found.classes.uncrewed,
            cooperative=identity.cooperative(limits.cooperative_db),
            ballistic=found.aim.ballistic,
            hostile_by_hand=identity.hostile_by_hand,
            held=identity.held,
            faint=(table.existence < limits.faint_existence)
            | (table.updates < limits.alert_updates)
            | (
                (found.heard.placed + found.heard.contradicted > 0)
                & (found.heard.placed < limits.alert_places)
            )
            | found.usage.lands,
            bird=found.classes.mix[:, BIRD],
            steady=found.character.hovered | (found.character.straight_s >= limits.maybe_straight_s),
            claimed=identity.aircraft
            | (identity.listed & (found.classes.mix[:, OWA] >= limits.claimed_weapon)),
            labelled=identity.labelled & ~identity.aircraft,
            from_here=identity.from_here,
            unvouched=identity.unvouched,
            doubted=identity.untrue,
            sensed=found.heard.sensed,
            off_procedures=found.usage.off,
            arrival_m=height_at_zone_m(flight.height_m, flight.climb_mps, near.impact_s),
            margin_m=found.aim.margin_m,
            hit=near.hit,
            impact_s=near.impact_s,
            distance_m=near.distance_m,
            earliest_s=near.earliest_s,
            score=found.score,
            impact_limit=found.aim.impact_limit,
            whole_site=found.aim.whole_site,
            protected=self.shapes.value > 0,
            levels=limits,
            falling=self.falling,
            zone_ids=self.shapes.zone_ids,
        )
