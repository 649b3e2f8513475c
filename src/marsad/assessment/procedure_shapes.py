"""A site's procedures as arrays, prepared once: segments of paths and outlines of ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from marsad.model.procedure import Ground, Path, PathPoint, Procedure, ProcedureUse

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]
_DAY_S = 86_400


@dataclass(frozen=True)
class PathShapes:
    """s segments of the paths of a site, those of one path in a row.

    procedure (s,)          index of the procedure it is of
    first (q,)              index of each path's first segment, for q paths
    of_path (s,)            index 0..q-1 of its path
    paths (q,)              index of each path's procedure
    start, along (s,2)      where it begins, m; unit vector in the direction flown
    length_m (s,)
    half_width, low, high, nominal (s,2)   at its begin and end, m; nominal NaN where any height will do
    slope_deg (s,)          of the nominal height along it, NaN where there is none
    to_go_m (s,)            from its end to the end of the path
    both_ways (s,)
    """

    procedure: Indices
    first: Indices
    of_path: Indices
    paths: Indices
    start: Array
    along: Array
    length_m: Array
    half_width: Array
    low: Array
    high: Array
    nominal: Array
    slope_deg: Array
    to_go_m: Array
    both_ways: Flags

    @cached_property
    def segments(self) -> Array:
        """(s,7) start, direction, length and both half widths of each, for the compiled arithmetic."""
        return np.column_stack([self.start, self.along, self.length_m, self.half_width])


@dataclass(frozen=True)
class GroundShapes:
    """g outlines of at most k corners, the last repeated where there are fewer.

    procedure (g,)     index of the procedure it is of
    corners, edges (g,k,2)   m; an edge is the way from its corner to the next
    edge_m2 (g,k)      squared length of an edge, 1 where it has none
    """

    procedure: Indices
    corners: Array
    edges: Array
    edge_m2: Array


@dataclass(frozen=True)
class ProcedureShapes:
    """All p procedures of a site.

    ground_low_m, ground_high_m (p,)   of ground, NaN of paths
    low_mps, high_mps (p,)
    course_deg (p,)     how far a course may be off the path's; inf for ground
    runway (p,)         is one
    of_runway (p,)      is one, or a final or a climb of one
    any_size (p,)       small drones use it, too
    landing_place (p,)  is one
    group (p,)          equal for the procedures of one runway: who goes from one to another stays on it
    hours               per procedure as the model has them
    """

    procedures: tuple[Procedure, ...]
    paths: PathShapes
    grounds: GroundShapes
    ground_low_m: Array
    ground_high_m: Array
    low_mps: Array
    high_mps: Array
    course_deg: Array
    runway: Flags
    of_runway: Flags
    any_size: Flags
    landing_place: Flags
    group: Indices
    utc_offset_s: int

    def __len__(self) -> int:
        return len(self.procedures)

    def any_size_at(self, index: Indices) -> Flags:
        """Whether small drones use the procedures of these indices (n,); False for -1."""
        return np.asarray((index >= 0) & np.append(self.any_size, False)[index])

    def of_runway_at(self, index: Indices) -> Flags:
        """Whether the procedures of these indices (n,) are of a runway; False for -1."""
        return np.asarray((index >= 0) & np.append(self.of_runway, False)[index])

    def landing_place_at(self, index: Indices) -> Flags:
        """Whether the procedures of these indices (n,) are landing places; False for -1."""
        return np.asarray((index >= 0) & np.append(self.landing_place, False)[index])

    def in_use(self, t_ns: int) -> Flags:
        """Which procedures (p,) are used at a time, by the site's local day."""
        second = (t_ns // 1_000_000_000 + self.utc_offset_s) % _DAY_S
        return np.array(
            [
                not one.hours or any(_within(second, begin, end) for begin, end in one.hours)
                for one in self.procedures
            ],
            bool,
        )


_COURSE_DEG = {
    ProcedureUse.FINAL: 20.0,  # cutting in at 30 degrees, one is not established yet
    ProcedureUse.DEPARTURE_CLIMB: 30.0,
    ProcedureUse.RUNWAY: 30.0,
}
_COURSE_ELSEWHERE_DEG = 40.0
_OF_RUNWAYS = (ProcedureUse.FINAL, ProcedureUse.RUNWAY, ProcedureUse.DEPARTURE_CLIMB)


def prepared(procedures: Sequence[Procedure], utc_offset_s: int = 0) -> ProcedureShapes:
    """The arrays of a site's procedures."""
    groups: dict[str, int] = {}
    return ProcedureShapes(
        tuple(procedures),
        _paths(procedures),
        _grounds(procedures),
        np.array([_ground_m(one, "low_m") for one in procedures], float),
        np.array([_ground_m(one, "high_m") for one in procedures], float),
        np.array([one.low_mps for one in procedures], float),
        np.array([one.high_mps for one in procedures], float),
        np.array([_course_deg(one) for one in procedures], float),
        np.array([one.use == ProcedureUse.RUNWAY for one in procedures], bool),
        np.array([one.use in _OF_RUNWAYS for one in procedures], bool),
        np.array([one.use == ProcedureUse.OWN_DRONES for one in procedures], bool),
        np.array([one.use == ProcedureUse.LANDING_PLACE for one in procedures], bool),
        np.array(
            [groups.setdefault(":".join(one.procedure_id.split(":")[:2]), len(groups)) for one in procedures],
            np.int64,
        ),
        utc_offset_s,
    )


def _course_deg(procedure: Procedure) -> float:
    if isinstance(procedure.shape, Ground):
        return np.inf
    return _COURSE_DEG.get(procedure.use, _COURSE_ELSEWHERE_DEG)


def _ground_m(procedure: Procedure, name: str) -> float:
    return float(getattr(procedure.shape, name)) if isinstance(procedure.shape, Ground) else np.nan


def _within(second: int, begin: int, end: int) -> bool:
    return begin <= second < end if begin < end else second >= begin or second < end


def _paths(procedures: Sequence[Procedure]) -> PathShapes:
    rows: list[tuple[int, int, PathPoint, PathPoint, float, bool]] = []
    first: list[int] = []
    paths: list[int] = []
    for number, procedure in enumerate(procedures):
        if not isinstance(procedure.shape, Path):
            continue
        points = procedure.shape.points
        first.append(len(rows))
        lengths = [_length(one, other) for one, other in pairwise(points)]
        for place, (one, other) in enumerate(pairwise(points)):
            rows.append(
                (number, len(paths), one, other, sum(lengths[place + 1 :]), procedure.shape.both_ways)
            )
        paths.append(number)
    start = np.array([(one.east_m, one.north_m) for _, _, one, _, _, _ in rows]).reshape(-1, 2)
    end = np.array([(other.east_m, other.north_m) for _, _, _, other, _, _ in rows]).reshape(-1, 2)
    length = np.hypot(*(end - start).T)

    def both(name: str) -> Array:
        pairs = [(getattr(one, name), getattr(other, name)) for _, _, one, other, _, _ in rows]
        return np.array(pairs, float).reshape(-1, 2)  # None is NaN

    nominal = both("nominal_m")
    return PathShapes(
        np.array([row[0] for row in rows], np.int64),
        np.array(first, np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array(paths, np.int64),
        start,
        (end - start) / np.where(length > 0, length, 1.0)[:, None],
        length,
        both("half_width_m"),
        both("low_m"),
        both("high_m"),
        nominal,
        np.degrees(np.arctan2(nominal[:, 1] - nominal[:, 0], length)),
        np.array([row[4] for row in rows], float),
        np.array([row[5] for row in rows], bool),
    )


def _length(one: PathPoint, other: PathPoint) -> float:
    return float(np.hypot(other.east_m - one.east_m, other.north_m - one.north_m))


def _grounds(procedures: Sequence[Procedure]) -> GroundShapes:
    found = [(number, one.shape) for number, one in enumerate(procedures) if isinstance(one.shape, Ground)]
    most = max((len(shape.corners_enu) for _, shape in found), default=1)
    corners = np.zeros((len(found), most, 2))
    for row, (_, shape) in enumerate(found):
        corners[row] = shape.corners_enu[-1]
        corners[row, : len(shape.corners_enu)] = shape.corners_enu
    edges = np.roll(corners, -1, axis=1) - corners
    square = (edges**2).sum(axis=-1)
    return GroundShapes(
        np.array([number for number, _ in found], np.int64), corners, edges, np.where(square > 0, square, 1.0)
    )
