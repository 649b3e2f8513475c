"""The procedure stage: which tracks fly like what uses the site's procedures, and what that weighs.

What flies like an arriving aircraft, in place, height, descent, course, speed and size, is likely one,
also where it says nothing. A place by itself clears nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from marsad.assessment.columns import Flags, Floats, Rows
from marsad.assessment.intake import within
from marsad.assessment.kinematics import Flight
from marsad.assessment.procedure_history import ProcedureHistory, advanced, left_by_m
from marsad.assessment.procedure_reasons import procedure_reasons
from marsad.assessment.procedure_shapes import ProcedureShapes, prepared
from marsad.assessment.procedure_transfers import transfers
from marsad.assessment.procedures import FITS_ABOVE, Flown, ProcedureFit, fit, off_every_procedure
from marsad.assessment.reasons import Part
from marsad.assessment.shapes import ZoneShapes
from marsad.model.reason import Reason
from marsad.model.settings import Settings
from marsad.model.site import Site
from marsad.model.track import TrackTable

_LARGE_BELOW = 0.05  # probability of being small that no drone has
_REGISTERED_M = 8_000.0  # from here on heights are as wrong as the claims that sensors are held against


class ProcedureWeights(Settings):
    """What it weighs to fly like what uses a procedure."""

    procedure_db: float = Field(
        default=-8.0, ge=-20.0, le=0.0, description="flies in every way like what uses a procedure"
    )
    procedure_crewed: float = Field(
        default=4.0,
        ge=0.0,
        description="log ratio for a crewed aircraft of what flies like one on a procedure",
    )
    took_off_s: float = Field(
        default=90.0, ge=0.0, description="so long what rolled along a runway counts as using it…"
    )
    away_s: float = Field(
        default=300.0, ge=0.0, description="…and so long, if it goes away from all that is protected"
    )
    procedure_known_s: float = Field(
        default=4.0, ge=0.0, description="so long it must have flown so, to be more than a crossing"
    )
    procedure_join_m: float = Field(
        default=2300.0, ge=0.0, description="nearer to the end of a procedure nobody joins it who is believed"
    )
    procedure_light_mps: float = Field(
        default=28.0,
        ge=0.0,
        description="as slow as this uses a runway who says it is a light aircraft and is seen where it "
        "says, or is as large as one; others must be as fast as the runway says",
    )
    roll_s: float = Field(
        default=60.0,
        ge=0.0,
        description="so long what was first seen on a runway may stand and roll there before it takes off",
    )
    transfer_s: float = Field(
        default=90.0,
        ge=0.0,
        description="so long after it used a landing place, who goes away from there has taken off",
    )
    turn_in_s: float = Field(
        default=15.0,
        ge=0.0,
        description="so long who left a route slowly may turn onto the way to a landing place near it",
    )
    pressure_height_m: float = Field(
        default=60.0,
        ge=0.0,
        description="one sigma of heights that only a transponder gives: the day's pressure; radars that are "
        "held against transponders are wrong by as much far out",
    )


@dataclass(frozen=True)
class Usage:
    """How n tracks use the procedures of the site.

    found      the procedure each flies most like, and in what it differs
    history    of the tracks, after this look
    lands      (n,) rolls along a runway, or comes to it or leaves it in every way as what uses it does
    took_off   (n,) rolled along a runway of late
    degree     (n,) 0 to 1: how much each flies like what uses it, once for long enough
    off        (n,) does not fly like what uses any, or joined it too near its end to be believed
    decibans   (n,) what that weighs; crewed (n,) log ratio for a crewed aircraft
    left_by_m  (n,) how far beside the procedure that it left; NaN for none
    """

    t_ns: int
    shapes: ProcedureShapes
    found: ProcedureFit
    history: ProcedureHistory
    lands: Flags
    took_off: Flags
    degree: Floats
    off: Flags
    decibans: Floats
    crewed: Floats
    left_by_m: Floats

    def part(self) -> Part:
        """What it weighs."""
        return Part("context.procedure", self.decibans, (("degree_percent", 100.0 * self.degree),))

    def reasons(self, rows: Rows) -> Iterator[tuple[int, Reason]]:
        """The places, among the rows, and what is told of each: it weighs through the class and the part."""
        for place, row in enumerate(rows.tolist()):
            told = procedure_reasons(
                row, self.found, self.history, float(self.left_by_m[row]), self.shapes, self.t_ns
            )
            for reason in told:
                yield place, reason


@dataclass(frozen=True)
class Known:
    """What is known of n tracks beside their flight.

    small   (n,) probability that it is smaller than any crewed aircraft, NaN where nothing tells
    sensed  (n,) seen by a sensor of the site's own, so that its height is no claim
    named   (n,) says that it is an aircraft, and nobody sees it elsewhere
    fast    (n,) was as fast as no drone is that can land like a helicopter
    light   (n,) says that it is an aircraft, no operator's, and is seen where it says
    """

    small: Floats
    sensed: Flags
    named: Flags
    fast: Flags
    light: Flags


class ProcedureJudge:
    """Owns the procedures of the site as arrays; how long each track has used them is in the state."""

    def __init__(self, site: Site, weights: ProcedureWeights) -> None:
        self._shapes = prepared(site.procedures, site.utc_offset_s)
        self._weights = weights
        shapes = ZoneShapes.of(site)
        self._protected = shapes.centre[shapes.value > 0]

    def usage(self, history: ProcedureHistory, table: TrackTable, flight: Flight, known: Known) -> Usage:
        """What each track of the table flies like."""
        weights = self._weights
        position = table.mean[:, :3].copy()
        position[:, 2] = np.where(np.isnan(flight.height_m), np.nan, position[:, 2])
        far = np.minimum(np.hypot(position[:, 0], position[:, 1]) / _REGISTERED_M, 1.0)
        doubt_m = weights.pressure_height_m * np.where(known.sensed, far, 1.0)
        # who was on the final at its speeds, or took off here, may be slower nearer to the ground
        slows = self._shapes.of_runway_at(history.flown) & history.known
        slows &= ~(history.joined_m < weights.procedure_join_m)
        light = known.light | (known.small < _LARGE_BELOW) | slows
        slowest = np.where(light, weights.procedure_light_mps, np.inf)
        flown = Flown(position, table.mean[:, 3:], table.covariance, doubt_m, known.small, slowest)
        found = fit(flown, self._shapes, table.t_ns)
        after = advanced(history, found, self._shapes, table.t_ns, weights.procedure_known_s, known.named)
        # who joins but the last of a final, where all come low and near, is no arrival like others
        believed = (after.flown >= 0) & ~(after.joined_m < weights.procedure_join_m)
        uses = after.known & believed
        # who took off here comes from no enemy, however slowly it climbs away
        # from everything that is protected: who flies on to a place comes to it, wherever it took off
        from_zones = position[:, None, :2] - self._protected
        away = ((from_zones * table.mean[:, None, 3:5]).sum(axis=2) > 0).all(axis=1)
        leaves = within(table.t_ns, after.rolled_t_ns, weights.away_s) & away
        took_off = within(table.t_ns, after.rolled_t_ns, weights.took_off_s) | leaves
        lands = believed & self._shapes.of_runway_at(after.flown)
        # transponders fall silent on the ground, and what stands on a runway to take off is at no height yet
        lands |= uses & self._shapes.landing_place_at(after.flown) & after.named
        rolls = after.began & found.on_runway & ~off_every_procedure(found)
        lands |= leaves | (rolls & within(table.t_ns, after.seen_t_ns, weights.roll_s))
        # of what was hardly seen yet, or joins one just now, nobody can say that it flies like nothing here
        open_ = believed | (table.t_ns - after.seen_t_ns < int(weights.procedure_known_s * 1e9))
        uses |= took_off
        way = transfers(position[:, :2], table.mean[:, 3:5], self._shapes)
        used = within(table.t_ns, after.used_t_ns, weights.transfer_s)
        comes = way.comes | (way.from_far & used)
        comes |= way.turns & within(table.t_ns, after.used_t_ns, weights.turn_in_s)
        open_ |= known.named & ((comes & known.fast) | (way.goes & used))
        degree = np.where(uses, np.where(found.fits, found.degree, FITS_ABOVE), 0.0)
        return Usage(
            table.t_ns,
            self._shapes,
            found,
            after,
            lands,
            took_off,
            degree,
            ~uses & ~open_,
            degree * weights.procedure_db,
            degree * weights.procedure_crewed * ~self._shapes.any_size_at(found.index),
            left_by_m(after, flown, self._shapes),
        )
