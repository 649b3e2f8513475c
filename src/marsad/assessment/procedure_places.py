"""Where tracks are in a site's procedures, and what belongs to it there.

n tracks, p procedures, q of them paths of s segments in all; m pairs of a track and a procedure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.procedure_shapes import GroundShapes, PathShapes, ProcedureShapes, prepared

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
_SOFT_M = 10.0  # no pilot is exact
_LEVEL_M = 1.0  # a lower limit that sinks by less along a segment is level
_LEVEL_SLACK_M = 50.0  # the lower limit is so much below the height in which one may fly level
_FLARE_M = 50.0  # nearer to the end of a glide path, aircraft level off


@dataclass(frozen=True)
class Motion:
    """n tracks in the horizontal plane.

    position, velocity (n,2)   m, m/s, site ENU
    covariance (n,2,2)         of the position
    """

    position: Array
    velocity: Array
    covariance: Array


@dataclass(frozen=True)
class Placed:
    """Tracks against procedures, all (n,p).

    beyond_m        from the middle line of a path; from the outline of ground, below 0 inside it
    half_m          how much of that still belongs to it: the half width of a path, 0 of ground
    sigma_m         of that
    course_off_deg  from the direction flown there, 0 for ground
    segment         the nearest of a path's, -1 for ground
    part            0 to 1, how far along it
    """

    beyond_m: Array
    half_m: Array
    sigma_m: Array
    course_off_deg: Array
    segment: Indices
    part: Array


@dataclass(frozen=True)
class Belonging:
    """What belongs to a procedure where a track is, for m pairs.

    nominal_m   the height meant to be flown, NaN where any between low_m and high_m is
    slope_deg   of the glide path, below 0; NaN where nothing need descend
    level_m     the height from which one may fly level to the glide path; NaN where there is none
    to_go_m     to the end of the path as it is flown, NaN for ground
    """

    low_m: Array
    high_m: Array
    nominal_m: Array
    slope_deg: Array
    level_m: Array
    to_go_m: Array


def prepare() -> None:
    """Compile the kernel, or load it from its cache, before the first track."""
    one = np.zeros((1, 2))
    placed_compiled(Motion(one, one, np.zeros((1, 2, 2))), prepared(()))


def placed_compiled(motion: Motion, shapes: ProcedureShapes) -> Placed:
    """What `placed` gives, by its compiled twin."""
    from marsad.assessment.procedure_kernel import places  # brings Numba

    paths, grounds = shapes.paths, shapes.grounds
    found, segment = places(
        *(np.ascontiguousarray(one) for one in (motion.position, motion.velocity, motion.covariance)),
        *(len(shapes), paths.segments, paths.both_ways, paths.of_path, paths.paths),
        *(grounds.procedure, grounds.corners, grounds.edges, grounds.edge_m2),
    )
    return Placed(found[0], found[1], found[2], found[3], segment, found[4])


def placed(motion: Motion, shapes: ProcedureShapes) -> Placed:
    """Every track in every procedure: paths by their nearest segment, grounds by their outline.

    The specification of `placed_compiled`.
    """
    size = (len(motion.position), len(shapes))
    at = Placed(
        np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size), np.full(size, -1), np.zeros(size)
    )
    if len(shapes.paths.procedure):
        _on_paths(at, motion, shapes.paths)
    if len(shapes.grounds.procedure):
        _on_grounds(at, motion, shapes.grounds)
    return at


def belonging(
    at: Placed, shapes: ProcedureShapes, rows: Indices, columns: Indices, velocity: Array
) -> Belonging:
    """What belongs there, for pairs of a track (m,) and a procedure (m,); velocity (n,2) of the tracks."""
    segment, part = at.segment[rows, columns], at.part[rows, columns]
    paths = shapes.paths
    if not len(paths.procedure):
        nothing = np.full(len(rows), np.nan)
        return Belonging(shapes.ground_low_m[columns], shapes.ground_high_m[columns], *[nothing] * 4)
    ground = segment < 0
    low = np.where(ground, shapes.ground_low_m[columns], _between(paths.low[segment], part))
    high = np.where(ground, shapes.ground_high_m[columns], _between(paths.high[segment], part))
    nominal = np.where(ground, np.nan, _between(paths.nominal[segment], part))
    glides = (paths.low[segment, 0] > paths.low[segment, 1] + _LEVEL_M) & (
        nominal > paths.nominal[segment, 1] + _FLARE_M
    )
    to_go = paths.to_go_m[segment] + (1.0 - part) * paths.length_m[segment]
    # who flies a path the other way comes to its begin
    back = paths.both_ways[segment] & ((velocity[rows] * paths.along[segment]).sum(axis=1) < 0)
    begin = paths.first[paths.of_path[segment]]
    to_go = np.where(back, paths.to_go_m[begin] + paths.length_m[begin] - to_go, to_go)
    return Belonging(
        low,
        high,
        nominal,
        np.where(glides & ~ground, paths.slope_deg[segment], np.nan),
        np.where(glides & ~ground, paths.low[segment, 0] + _LEVEL_SLACK_M, np.nan),
        np.where(ground, np.nan, to_go),
    )


def _on_paths(at: Placed, motion: Motion, paths: PathShapes) -> None:
    along, length = paths.along, paths.length_m
    relative = motion.position[:, None, :] - paths.start[None, :, :]
    x = relative[..., 0] * along[:, 0] + relative[..., 1] * along[:, 1]
    y = relative[..., 1] * along[:, 0] - relative[..., 0] * along[:, 1]
    part = np.clip(x / length, 0.0, 1.0)
    away = np.hypot(y, x - part * length)
    half = paths.half_width[:, 0] + part * (paths.half_width[:, 1] - paths.half_width[:, 0])
    nearest = _nearest(away / half, paths)
    rows = np.arange(len(nearest))[:, None]
    north, east = along[nearest, 0], along[nearest, 1]  # of the direction across, but for a sign
    cosine = motion.velocity[:, :1] * along[nearest, 0] + motion.velocity[:, 1:] * along[nearest, 1]
    cosine /= np.maximum(np.hypot(motion.velocity[:, 0], motion.velocity[:, 1]), 1e-9)[:, None]
    cosine = np.where(paths.both_ways[nearest], np.abs(cosine), cosine)
    spread = motion.covariance
    variance = (
        east * east * spread[:, 0, :1] - 2 * east * north * spread[:, 0, 1:] + north**2 * spread[:, 1, 1:]
    )
    column = paths.paths
    at.beyond_m[:, column] = away[rows, nearest]
    at.half_m[:, column] = half[rows, nearest]
    at.sigma_m[:, column] = np.sqrt(np.maximum(variance, 0.0) + _SOFT_M**2)
    at.course_off_deg[:, column] = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    at.segment[:, column] = nearest
    at.part[:, column] = part[rows, nearest]


def _nearest(away: Array, paths: PathShapes) -> Indices:
    """The segment (n,q) of each path that a track is nearest to, in widths."""
    least = np.minimum.reduceat(away, paths.first, axis=1)
    numbers = np.where(away <= least[:, paths.of_path], np.arange(away.shape[1]), -1)
    return np.asarray(np.maximum.reduceat(numbers, paths.first, axis=1))


def _between(ends: Array, part: Array) -> Array:
    """Values (m,) between those at the begin and the end of segments (m,2)."""
    return np.asarray(ends[:, 0] + part * (ends[:, 1] - ends[:, 0]))


def _on_grounds(at: Placed, motion: Motion, grounds: GroundShapes) -> None:
    x = grounds.corners[None, :, :, 0] - motion.position[:, :1, None]
    y = grounds.corners[None, :, :, 1] - motion.position[:, 1:, None]
    dx, dy = grounds.edges[..., 0], grounds.edges[..., 1]
    part = np.clip((x * dx + y * dy) / -grounds.edge_m2, 0.0, 1.0)
    edge = np.sqrt(((x + part * dx) ** 2 + (y + part * dy) ** 2).min(axis=-1))
    crossing = (y > 0) != (y + dy > 0)
    right = (x * dy - y * dx > 0) == (dy > 0)
    inside = (crossing & right).sum(axis=-1) % 2 == 1
    spread = np.maximum(motion.covariance[:, 0, 0] + motion.covariance[:, 1, 1], 0.0) / 2
    at.beyond_m[:, grounds.procedure] = np.where(inside, -edge, edge)
    at.sigma_m[:, grounds.procedure] = np.sqrt(spread + _SOFT_M**2)[:, None]
