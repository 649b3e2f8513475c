"""Which tracks fly like what uses one of the site's procedures, and in what they differ.

Pure functions over arrays: n tracks, p procedures, q paths of s segments in all, g grounds. A procedure
never clears a place: each property of the flight, sideways, height, course, speed, size, must be that of
what uses it. What is asked of each property is the probability that its true value belongs to the
procedure. Where the estimate itself does not, that is at most one half however little is known, so no
uncertainty makes a fit; where too little is known of a height to tell, it counts as one half at most.
"""

from dataclasses import dataclass, replace
from enum import IntFlag
from typing import cast

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.procedure_places import Belonging, Motion, Placed, belonging, placed_compiled
from marsad.assessment.procedure_shapes import ProcedureShapes

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]
Small = NDArray[np.uint8]

FITS_ABOVE = 0.5  # degree of fit above which a track flies like what uses a procedure
_THERE_ABOVE = 0.3  # probability of being in its place and on its course, to be compared with it
_RUNWAY_BELOW_M = 150.0  # what is higher above a runway, though over it, is not on it
_NEAR_M = 300.0  # beside it by no more than its half width or this, it is compared, too
_SURE_SIGMAS = 2.0  # beyond a limit by so many sigmas, a property surely differs
_EARTH_RADIUS_M = 6_371_000.0
_SOFT_MPS, _SOFT_DEG, _SOFT_M = 2.0, 3.0, 10.0  # no pilot and no wind is exact
_STANDING_MPS = 8.0  # slower, a course over ground says nothing
_UNKNOWN = 0.5  # what a height counts that is not known
_SMALL_ABOVE = 0.7  # probability of being small that surely differs from an aircraft
_DESCENT_SHALLOWER_DEG, _DESCENT_STEEPER_DEG = 1.0, 3.5  # about a glide path
_SOFT_CLIMB_MPS = 1.0
_NO_HEIGHT_M = 1e6  # one sigma of a height that is not known


class Property(IntFlag):
    """In what a flight can differ from a procedure; the bits of `ProcedureFit.differs` and `.unknown`."""

    SIDEWAYS = 1
    HEIGHT = 2
    DESCENT = 4
    SPEED = 8
    SIZE = 16
    COURSE = 32


@dataclass(frozen=True)
class Flown:
    """What is known of n tracks.

    position, velocity (n,3)   m, m/s, site ENU; a height that is not known is NaN
    covariance (n,6,6)         of [E N U vE vN vU]
    height_doubt_m (n,)        one sigma of what is wrong with all heights of a track alike, such as a
                               pressure altitude's; 0 where nothing is
    small (n,)                 probability that it is smaller than any crewed aircraft, from class reports or
                               its radar cross-section; NaN where nothing tells
    slowest_mps (n,)           as slow as what is known of it lets it use a runway: light aircraft are slower
                               than what is meant to; inf where nothing is known
    """

    position: Array
    velocity: Array
    covariance: Array
    height_doubt_m: Array
    small: Array
    slowest_mps: Array


@dataclass(frozen=True)
class ProcedureFit:
    """For each of n tracks the procedure that it flies most like, and how much.

    index         of the procedure in or near the place and the course of which it is, -1 for none
    degree        0 to 1: how much it flies like what uses that
    differs       bits of Property in which it surely differs
    unknown       bits of Property of which too little is known to tell
    offset_m      sideways beyond the procedure's edge, 0 within
    height_m      above the site's reference point, NaN where it is not known
    height_off_m  beyond the heights that belong to it there: negative below, 0 within
    nominal_off_m from the height meant to be flown there: negative below; NaN where any will do
    course_off_deg  from its direction; 0 for ground
    speed_mps     over ground
    low_mps, high_mps  that belong to it
    small         as given
    to_go_m       along it to its end, NaN for ground
    on_runway     within the strip of a runway, at whatever height and on whatever course
    """

    index: Indices
    degree: Array
    differs: Small
    unknown: Small
    offset_m: Array
    height_m: Array
    height_off_m: Array
    nominal_off_m: Array
    course_off_deg: Array
    speed_mps: Array
    low_mps: Array
    high_mps: Array
    small: Array
    to_go_m: Array
    on_runway: Flags

    @property
    def fits(self) -> Flags:
        """Which tracks (n,) fly like what uses a procedure."""
        return np.asarray(self.degree > FITS_ABOVE)


def fit(flown: Flown, shapes: ProcedureShapes, t_ns: int) -> ProcedureFit:
    """What each track flies like, of the procedures that are in use at a time."""
    count = len(flown.position)
    speed = np.hypot(flown.velocity[:, 0], flown.velocity[:, 1])
    bulge_m = (flown.position[:, 0] ** 2 + flown.position[:, 1] ** 2) / (2 * _EARTH_RADIUS_M)
    height = flown.position[:, 2] + bulge_m
    if not len(shapes) or not count:
        return _no_fit(flown, height, speed)
    motion = Motion(flown.position[:, :2], flown.velocity[:, :2], flown.covariance[:, :2, :2])
    at = placed_compiled(motion, shapes)
    on_course, course_z = _on_course(at, flown, shapes, speed)
    there_alone = _there(at)
    in_place = there_alone * on_course
    low = ~(height > _RUNWAY_BELOW_M)
    on_runway = np.asarray(low & (there_alone[:, shapes.runway] >= _THERE_ABOVE).any(axis=1), bool)
    sideways = np.maximum(at.beyond_m - at.half_m, 0.0)
    near = (sideways <= np.maximum(at.half_m, _NEAR_M)) & (at.course_off_deg <= 2 * shapes.course_deg)
    rows, columns = np.nonzero((near | (in_place >= _THERE_ABOVE)) & shapes.in_use(t_ns))
    if not len(rows):
        return replace(_no_fit(flown, height, speed), on_runway=on_runway)
    there = in_place[rows, columns]
    belongs = belonging(at, shapes, rows, columns, motion.velocity)
    pairs = _compared(flown, height, speed, rows, columns, belongs, shapes)
    rank = np.full(in_place.shape, -1.0)
    rank[rows, columns] = there * (pairs.alike + 1e-3) + 1e-6 / (1.0 + sideways[rows, columns])
    best = rank.argmax(axis=1)
    pair_of = np.zeros(in_place.shape, np.int64)
    pair_of[rows, columns] = np.arange(len(rows))
    none = rank.max(axis=1) < 0
    pair = np.where(none, 0, pair_of[np.arange(count), best])
    chosen_pair = np.arange(count), best
    elsewhere = Property.SIDEWAYS * (sideways > _SURE_SIGMAS * at.sigma_m) + Property.COURSE * (
        course_z > _SURE_SIGMAS
    )

    def chosen(values: Array | Indices, otherwise: float = np.nan) -> Array:
        return np.where(none, otherwise, values)

    return ProcedureFit(
        np.where(none, -1, best),
        chosen((there * pairs.alike)[pair], 0.0),
        chosen(pairs.differs[pair] + elsewhere[chosen_pair], 0).astype(np.uint8),
        chosen(pairs.unknown[pair], 0).astype(np.uint8),
        chosen(sideways[chosen_pair]),
        height,
        chosen(pairs.height_off_m[pair]),
        chosen(pairs.nominal_off_m[pair]),
        chosen(at.course_off_deg[chosen_pair]),
        speed,
        chosen(_lowest_mps(flown, shapes, np.arange(count), best)),
        chosen(shapes.high_mps[best]),
        flown.small,
        chosen(pairs.to_go_m[pair]),
        on_runway,
    )


@dataclass(frozen=True)
class _Compared:
    """m pairs of a track and a procedure in or near the place and the course of which it is.

    alike   probability that its height, descent, speed and size are those of what uses it
    """

    alike: Array
    differs: Indices
    unknown: Indices
    height_off_m: Array
    nominal_off_m: Array
    to_go_m: Array


def _compared(
    flown: Flown, height: Array, speed: Array, rows: Indices, columns: Indices, belongs: Belonging,
    shapes: ProcedureShapes,
) -> _Compared:  # fmt: skip
    tall, height_off, height_z, height_unknown = _height(belongs, flown, height, rows)
    low_mps = _lowest_mps(flown, shapes, rows, columns)
    fast, speed_z = _speed(flown, speed, rows, low_mps, shapes.high_mps[columns])
    descent, descent_z = _descent(belongs, flown, height, speed, rows)
    any_size = shapes.any_size[columns]
    small = np.where(any_size, 0.0, flown.small[rows])
    unseen = np.isnan(small)
    small = np.where(unseen, 0.0, small)
    return _Compared(
        tall * fast * descent * (1.0 - small),
        Property.HEIGHT * (height_z > _SURE_SIGMAS)
        + Property.SPEED * (speed_z > _SURE_SIGMAS)
        + Property.SIZE * (small > _SMALL_ABOVE)
        + Property.DESCENT * (descent_z > _SURE_SIGMAS),
        Property.HEIGHT * height_unknown + Property.SIZE * unseen,
        height_off,
        height[rows] - belongs.nominal_m,
        belongs.to_go_m,
    )


def _lowest_mps(flown: Flown, shapes: ProcedureShapes, rows: Indices, columns: Indices) -> Array:
    """The lowest speed (m,) that belongs to each pair of a track and a procedure."""
    slowest = np.where(shapes.of_runway[columns], flown.slowest_mps[rows], np.inf)
    return np.minimum(shapes.low_mps[columns], slowest)


def off_every_procedure(found: ProcedureFit) -> Flags:
    """Which tracks (n,) surely fly like nothing that uses a procedure of the site.

    That is: near none, or surely beside it, or surely different in course, height, descent, speed or size
    from what uses it. Where too little is known to tell, it is not.
    A site without procedures has every track off them; whether it has any is for the caller to ask.
    """
    return np.asarray((found.index < 0) | (~found.fits & (found.differs > 0)))


def height_at_zone_m(height_m: Array, climb_mps: Array, time_s: Array) -> Array:
    """Heights (n,z) above the site at which tracks reach zones if they go on descending as they do.

    height_m (n,), climb_mps (n,)   now; a climb is not counted on, for it can end at any time
    time_s (n,z)                    until a zone is reached; inf where it is not, which gives inf
    Below 0 the ground comes first. NaN where the height is not known.
    """
    reached = np.isfinite(time_s)
    sunk = np.minimum(climb_mps, 0.0)[:, None] * np.where(reached, time_s, 0.0)
    return np.asarray(np.where(reached, height_m[:, None] + sunk, np.inf))


def _no_fit(flown: Flown, height: Array, speed: Array) -> ProcedureFit:
    count = len(height)
    nothing = np.full(count, np.nan)
    bits = np.zeros(count, np.uint8)
    return ProcedureFit(
        np.full(count, -1, np.int64), np.zeros(count), bits, bits, nothing, height, nothing, nothing, nothing,
        speed, nothing, nothing, flown.small, nothing, np.zeros(count, bool),
    )  # fmt: skip


def _normal(value: Array) -> Array:
    """Φ, the cumulative standard normal distribution."""
    from scipy.special import ndtr  # half a second that whoever only reads settings can spare

    return cast(Array, ndtr(value))


def _within(value: Array, low: Array, high: Array, sigma: Array) -> Array:
    """Probability that a true value lies within limits."""
    return np.asarray(_normal((high - value) / sigma) - _normal((low - value) / sigma))


def _beyond(value: Array, low: Array, high: Array) -> Array:
    """How far a value is beyond its limits: negative below, 0 within."""
    return np.asarray(np.minimum(value - low, 0.0) + np.maximum(value - high, 0.0))


def _there(at: Placed) -> Array:
    """Probability (n,p) of being in the place: between both sides of a path, inside an outline."""
    nearer = _normal((at.half_m - at.beyond_m) / at.sigma_m)
    beyond = _normal((-at.half_m - at.beyond_m) / at.sigma_m)
    return np.asarray(nearer - np.where(at.half_m > 0, beyond, 0.0))


def _on_course(at: Placed, flown: Flown, shapes: ProcedureShapes, speed: Array) -> tuple[Array, Array]:
    """Probability (n,p) of going where the procedure goes, and by how many sigmas it surely is not."""
    spread = np.sqrt(np.maximum(flown.covariance[:, 3, 3] + flown.covariance[:, 4, 4], 0.0) / 2)
    sigma = np.hypot(np.degrees(np.arctan2(spread, np.maximum(speed, 0.1))), _SOFT_DEG)[:, None]
    off = (at.course_off_deg - shapes.course_deg) / sigma
    moving = (speed > _STANDING_MPS)[:, None]
    return np.where(moving, _normal(-off), 1.0), np.where(moving, off, 0.0)


def _height(
    belongs: Belonging, flown: Flown, height: Array, rows: Indices
) -> tuple[Array, Array, Array, Flags]:
    """What heights (m,) count, how far they are beyond, by how many sigmas, which are not known."""
    sigma = np.sqrt(np.maximum(flown.covariance[:, 2, 2], 0.0) + flown.height_doubt_m**2 + _SOFT_M**2)
    sigma = np.where(np.isfinite(height) & np.isfinite(sigma), sigma, _NO_HEIGHT_M)[rows]
    value = np.nan_to_num(height)[rows]
    # nothing flies below the ground: who seems to is low, and the estimate wrong
    low = np.where(belongs.low_m <= 0, -_NO_HEIGHT_M, belongs.low_m)
    beyond = _beyond(value, low, belongs.high_m)
    away = np.abs(beyond) / sigma
    inside = _within(value, low, belongs.high_m, sigma)
    unknown = (sigma > (belongs.high_m - belongs.low_m) / 2) & (away <= _SURE_SIGMAS)
    counts = np.where(unknown, _UNKNOWN * np.exp(-0.5 * away**2), inside)
    return counts, np.where(np.isnan(height[rows]), np.nan, beyond), away, unknown


def _speed(flown: Flown, speed: Array, rows: Indices, low_mps: Array, high_mps: Array) -> tuple[Array, Array]:
    """Probability (m,) of a speed that belongs there, and by how many sigmas it surely does not."""
    along = flown.velocity[:, :2] / np.where(speed > 0, speed, 1.0)[:, None]
    variance = np.einsum("ni,nij,nj->n", along, flown.covariance[:, 3:5, 3:5], along)
    sigma = np.sqrt(np.maximum(variance, 0.0) + _SOFT_MPS**2)[rows]
    low = np.where(low_mps > 0, low_mps, -np.inf)
    value = speed[rows]
    return _within(value, low, high_mps, sigma), np.abs(_beyond(value, low, high_mps)) / sigma


def _descent(
    belongs: Belonging, flown: Flown, height: Array, speed: Array, rows: Indices
) -> tuple[Array, Array]:
    """How well (m,) a track descends as a final does where it is on the glide path, and how surely not.

    What flies level through a glide path is on it for a while; who meets it from below is higher than
    that. Vertical speeds are noisy: this only lowers, and only what differs by more than its sigma.
    """
    slope = np.degrees(np.arctan2(flown.velocity[:, 2], np.maximum(speed, 1.0)))[rows]
    spread = np.sqrt(np.maximum(flown.covariance[:, 5, 5], 0.0) + _SOFT_CLIMB_MPS**2)
    sigma = np.degrees(spread / np.maximum(speed, 1.0))[rows]
    off = _beyond(slope, belongs.slope_deg - _DESCENT_STEEPER_DEG, belongs.slope_deg + _DESCENT_SHALLOWER_DEG)
    away = np.where(height[rows] < belongs.level_m, np.abs(np.nan_to_num(off)) / sigma, 0.0)
    return 2 * _normal(-np.maximum(away - 1.0, 0.0)), away
