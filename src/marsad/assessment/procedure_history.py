"""For how long tracks have flown like what uses a procedure, where they joined it, and what they left."""

from dataclasses import dataclass

import numpy as np

from marsad.assessment.columns import Flags, Floats, Rows, Times, column
from marsad.assessment.procedure_places import Motion, placed_compiled
from marsad.assessment.procedure_shapes import ProcedureShapes
from marsad.assessment.procedures import Flown, ProcedureFit, off_every_procedure

_FLOWN_NS = 10_000_000_000  # shorter than this, it was only crossed
_REMEMBERED_NS = 120_000_000_000  # so long it is told that one was left
_WATCHED_NS = 5_000_000_000  # seen for less before, a track may have come along it
_LATE_M = 2_300.0  # to the end: 2 km to a threshold and the way to where wheels touch
_ENDED_M = 1_500.0  # nearer to its end than this, one is done with it
_STEP_S = 2.0  # a look counts as the time since the last one, up to this
_MOST_S = 6.0  # so much support is kept at most: what leaves is soon seen to
_DIFFERS = 1.5  # a second of flight that surely differs takes back as many that fitted
_DOUBTFUL = 0.3  # and a second of which too little is known to tell takes back this part of one
_ROLLS_MPS = 30.0  # slower than this, one has not taken off yet
_ROLLS_NS = 60_000_000_000  # no longer than this a roll takes: what stays is no aircraft that takes off


@dataclass(frozen=True)
class ProcedureHistory:
    """Of n tracks; times are UTC ns, 0 never.

    seen_t_ns, looked_t_ns   when it was first compared, and last
    flown       index of the procedure that it flies like what uses, -1 none
    support_s   seconds of flight that speak for that, less those that speak against it; 0 ends it
    known       it was supported for long enough, or never seen to fly otherwise
    used_t_ns   when it last was known to fly like what uses any procedure
    began       it was first seen on a runway
    named       it came to what it flies as an aircraft that says so and is seen where it says
    since_t_ns  since when, it or another of the same runway
    last_t_ns   when it last did
    to_go_m     along it to its end then
    joined_m    along it to its end when it joined, NaN where it may have come along it unseen
    left        index of the procedure that it last left before its end, -1 none
    left_t_ns   when
    rolled_t_ns when it rolled along a runway last
    """

    seen_t_ns: Times = column(np.int64)
    looked_t_ns: Times = column(np.int64)
    flown: Rows = column(np.int64, blank=-1)
    support_s: Floats = column(np.float64)
    known: Flags = column(np.bool_)
    used_t_ns: Times = column(np.int64)
    began: Flags = column(np.bool_)
    named: Flags = column(np.bool_)
    since_t_ns: Times = column(np.int64)
    last_t_ns: Times = column(np.int64)
    to_go_m: Floats = column(np.float64, blank=np.nan)
    joined_m: Floats = column(np.float64, blank=np.nan)
    left: Rows = column(np.int64, blank=-1)
    left_t_ns: Times = column(np.int64)
    rolled_t_ns: Times = column(np.int64)

    def duration_s(self, t_ns: int) -> Floats:
        """For how long (n,) each has flown like what uses its procedure; 0 where it does not."""
        return np.asarray(np.where(self.flown >= 0, (t_ns - self.since_t_ns) / 1e9, 0.0))

    @property
    def joined_late(self) -> Flags:
        """Which tracks (n,) were seen elsewhere and joined their procedure only near its end."""
        return np.asarray((self.flown >= 0) & (self.joined_m < _LATE_M))


def advanced(
    history: ProcedureHistory,
    found: ProcedureFit,
    shapes: ProcedureShapes,
    t_ns: int,
    known_s: float,
    named: Flags,
) -> ProcedureHistory:
    """The history after one more comparison, of the same tracks in the same rows.

    Evidence adds up: flight that fits speaks for a procedure, flight that surely differs against it, and
    what is doubtful says little either way. So one bad plot ends nothing, and what leaves is soon off.

    known_s   so long it must have flown so, to be more than a crossing
    named     (n,) says that it is an aircraft, and is seen where it says
    """
    fits, before = found.fits, history.flown
    seen = np.where(history.seen_t_ns == 0, t_ns, history.seen_t_ns)
    looked = np.full(len(seen), t_ns, np.int64)
    if not len(shapes):
        return ProcedureHistory(seen, looked, *(getattr(history, name) for name in _FIELDS[2:]))
    group = shapes.group
    begins = fits & ~((before >= 0) & (group[found.index] == group[before]))
    support = _support_s(history, found, begins, t_ns)
    over = (before >= 0) & (begins | (support <= 0))
    flown = np.where(fits, found.index, np.where(over, -1, before))
    began = history.began | (found.on_runway & (t_ns - seen < _WATCHED_NS))
    joined = np.where(begins, _joined_m(found, shapes, t_ns - seen, began), history.joined_m)
    stays = began & shapes.runway[flown] & (found.speed_mps < _ROLLS_MPS) & (t_ns - seen > _ROLLS_NS)
    joined = np.where(stays & np.isnan(joined), 0.0, joined)
    known = (history.known & ~begins) | (support >= known_s) | (t_ns - seen < _WATCHED_NS)
    long = history.last_t_ns - history.since_t_ns >= _FLOWN_NS
    leaves = over & long & (history.to_go_m > _ENDED_M)
    left = np.where(leaves, before, history.left)
    left_t = np.where(leaves, t_ns, history.left_t_ns)
    back = fits & (left >= 0) & (group[found.index] == group[left])
    forgotten = back | (t_ns - left_t > _REMEMBERED_NS)
    return ProcedureHistory(
        seen,
        looked,
        flown,
        np.where(flown >= 0, support, 0.0),
        known & (flown >= 0),
        np.where(known & fits, t_ns, history.used_t_ns),
        began,
        ((history.named & ~begins) | named) & (flown >= 0),
        np.where(begins, t_ns, history.since_t_ns),
        np.where(fits, t_ns, history.last_t_ns),
        np.where(fits, found.to_go_m, history.to_go_m),
        joined,
        np.where(forgotten, -1, left),
        np.where(forgotten, 0, left_t),
        np.where(fits & shapes.runway[found.index] & ~(joined < _LATE_M), t_ns, history.rolled_t_ns),
    )


_FIELDS = tuple(ProcedureHistory.__dataclass_fields__)


def _support_s(history: ProcedureHistory, found: ProcedureFit, begins: Flags, t_ns: int) -> Floats:
    """The support (n,) after one more comparison, 0 and more."""
    since_s = np.where(history.looked_t_ns == 0, 1.0, (t_ns - history.looked_t_ns) / 1e9)
    step_s = np.minimum(since_s, _STEP_S)
    against = np.where(off_every_procedure(found), -_DIFFERS, -_DOUBTFUL)
    gain_s = step_s * np.where(found.fits, 1.0, against)
    return np.asarray(np.clip(np.where(begins, 0.0, history.support_s) + gain_s, 0.0, _MOST_S))


def _joined_m(found: ProcedureFit, shapes: ProcedureShapes, watched_ns: Times, began: Flags) -> Floats:
    """To the end of the procedure (n,) for what flies it from now on; NaN where it may have begun there.

    A track that was not seen before may have come along it, and what was first seen on a runway takes off
    there. What comes onto a runway from elsewhere, and not by its final, was in the air before.
    """
    on_runway = shapes.runway[found.index]
    late_m = np.where(on_runway, 0.0, found.to_go_m)
    return np.where((watched_ns < _WATCHED_NS) | (on_runway & began), np.nan, late_m)


def left_by_m(history: ProcedureHistory, flown: Flown, shapes: ProcedureShapes) -> Floats:
    """How far (n,) sideways tracks are from what belongs to the procedure that they left; NaN for none."""
    away = np.full(len(history.left), np.nan)
    (rows,) = np.nonzero(history.left >= 0)
    if len(rows):
        motion = Motion(flown.position[rows, :2], flown.velocity[rows, :2], flown.covariance[rows, :2, :2])
        at = placed_compiled(motion, shapes)
        outside = np.maximum(at.beyond_m - at.half_m, 0.0)
        away[rows] = outside[np.arange(len(rows)), history.left[rows]]
    return away
