"""For how long tracks have flown like what uses a procedure, where they joined it, and what they left."""

from dataclasses import dataclass

import numpy as np

from marsad.assessment.columns import Flags, Floats, Rows, Times, column
from marsad.assessment.procedure_places import Motion, placed_compiled
from marsad.assessment.procedure_shapes import ProcedureShapes
from marsad.assessment.procedures import Flown, ProcedureFit

_GAP_NS = 5_000_000_000  # one bad plot does not end a flight along a procedure
_FLOWN_NS = 10_000_000_000  # shorter than this, it was only crossed
_REMEMBERED_NS = 120_000_000_000  # so long it is told that one was left
_WATCHED_NS = 5_000_000_000  # seen for less before, a track may have come along it
_LATE_M = 2_300.0  # to the end: 2 km to a threshold and the way to where wheels touch
_ENDED_M = 1_500.0  # nearer to its end than this, one is done with it


@dataclass(frozen=True)
class ProcedureHistory:
    """Of n tracks; times are UTC ns, 0 never.

    seen_t_ns   when it was first compared
    flown       index of the procedure that it flies like what uses, -1 none
    since_t_ns  since when, without a longer gap, it or another of the same runway
    last_t_ns   when it last did
    to_go_m     along it to its end then
    joined_m    along it to its end when it joined, NaN where it may have come along it unseen
    left        index of the procedure that it last left before its end, -1 none
    left_t_ns   when
    rolled_t_ns when it rolled along a runway last
    """

    seen_t_ns: Times = column(np.int64)
    flown: Rows = column(np.int64, blank=-1)
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
    history: ProcedureHistory, found: ProcedureFit, shapes: ProcedureShapes, t_ns: int
) -> ProcedureHistory:
    """The history after one more comparison, of the same tracks in the same rows."""
    fits, before = found.fits, history.flown
    seen = np.where(history.seen_t_ns == 0, t_ns, history.seen_t_ns)
    if not len(shapes):
        return ProcedureHistory(seen, *(getattr(history, name) for name in _FIELDS[1:]))
    recent = (before >= 0) & (t_ns - history.last_t_ns <= _GAP_NS)
    same = fits & recent & (shapes.group[found.index] == shapes.group[before])
    begins = fits & ~same
    over = (before >= 0) & (begins | (~fits & ~recent))
    long = history.last_t_ns - history.since_t_ns >= _FLOWN_NS
    leaves = over & long & (history.to_go_m > _ENDED_M)
    watched = t_ns - seen >= _WATCHED_NS
    left = np.where(leaves, before, history.left)
    left_t = np.where(leaves, t_ns, history.left_t_ns)
    back = fits & (left >= 0) & (shapes.group[found.index] == shapes.group[left])
    forgotten = back | (t_ns - left_t > _REMEMBERED_NS)
    return ProcedureHistory(
        seen,
        np.where(fits, found.index, np.where(over, -1, before)),
        np.where(begins, t_ns, history.since_t_ns),
        np.where(fits, t_ns, history.last_t_ns),
        np.where(fits, found.to_go_m, history.to_go_m),
        np.where(begins, np.where(watched, found.to_go_m, np.nan), history.joined_m),
        np.where(forgotten, -1, left),
        np.where(forgotten, 0, left_t),
        np.where(fits & shapes.runway[found.index], t_ns, history.rolled_t_ns),
    )


_FIELDS = tuple(ProcedureHistory.__dataclass_fields__)


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
