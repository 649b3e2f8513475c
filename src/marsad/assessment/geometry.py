"""Where tracks are going: miss distance, hit probability and time for tracks × zones.

Pure functions over arrays; n tracks, z zones, q polygons of k corners. Course coordinates have
x along the horizontal velocity and y to its left, with the track at the origin.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.shapes import ZoneShapes

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
NINETY_PERCENT = 1.6448536269514722  # two-sided 90 % of a normal distribution, in sigmas
PARALLEL = 1e-9


@dataclass(frozen=True)
class Courses:
    """n tracks in the horizontal plane and what their likeliest class adds.

    position, velocity (n,2)    m, m/s, site ENU
    covariance (n,4,4)          of [E N vE vN]
    margin_m, tan_wander, dash_mps (n,)
    """

    position: Array
    velocity: Array
    covariance: Array
    margin_m: Array
    tan_wander: Array
    dash_mps: Array


@dataclass(frozen=True)
class Approach:
    """Arrays (n,z).

    distance_m        to the zone's edge, 0 inside
    range_rate_mps    positive when opening
    closest_s         time of closest approach (TCPA); inf where there is none ahead
    miss_m            distance to the zone's edge at closest approach; NaN where none
    sigma_m           of the miss distance at that time
    hit               probability that the course meets the zone widened by the margin
    meets             whether the mean course meets it
    impact_s          time until the widened zone is entered, closest_s where it is missed, else inf
    low_s, high_s     90 % interval of impact_s
    earliest_s        straight at dash speed
    speed_mps (n,)    horizontal
    """

    distance_m: Array
    range_rate_mps: Array
    closest_s: Array
    miss_m: Array
    sigma_m: Array
    hit: Array
    meets: Flags
    impact_s: Array
    low_s: Array
    high_s: Array
    earliest_s: Array
    speed_mps: Array


@dataclass(frozen=True)
class _Lines:
    """Along-course results per track and zone, in metres and sides of the course."""

    distance: Array
    outward: Array  # component of the velocity away from the zone, m/s
    closest_x: Array  # along the course
    entry_x: Array
    meets: Flags
    low_y: Array  # sides of the widened zone, left positive
    high_y: Array
    miss: Array  # unwidened edge from the course


def prepare() -> None:
    """Compile the kernel, or load it from its cache, and import what it needs, before the first track."""
    none, no_rows = np.zeros(0), np.zeros(0, np.int64)
    nowhere = ZoneShapes((), np.zeros((0, 2)), none, none, none > 0, no_rows, no_rows, np.zeros((0, 3, 2)))
    approach_compiled(np.zeros((1, 6)), np.zeros((1, 6, 6)), np.ones((1, 3)), nowhere, 2.0)


def approach_compiled(
    mean: Array, covariance: Array, by_class: Array, shapes: ZoneShapes, moving_mps: float
) -> Approach:
    """What `approach` gives, of tracks (n,6) and (n,6,6); by_class (n,3): margin_m, tan_wander, dash_mps."""
    from marsad.assessment.approach_kernel import approaches  # brings Numba

    exact = np.ascontiguousarray(mean), np.ascontiguousarray(covariance), np.ascontiguousarray(by_class)
    found = approaches(*exact, shapes.discs, shapes.owner, shapes.corners, moving_mps)
    distance, rate, closest, miss, sigma, low, high, meets, impact, low_s, high_s, earliest = found
    hit = np.where(closest < np.inf, _normal(high) - _normal(low), 0.0)
    speed = np.hypot(mean[:, 3], mean[:, 4])
    return Approach(
        distance, rate, closest, miss, sigma, hit, meets > 0, impact, low_s, high_s, earliest, speed
    )


def _normal(value: Array) -> Array:
    """Φ, the cumulative standard normal distribution."""
    from scipy.special import ndtr  # half a second that whoever only reads settings can spare

    return cast(Array, ndtr(value))


def approach(courses: Courses, shapes: ZoneShapes, moving_mps: float) -> Approach:
    """Approach of every track to every zone: the specification of `approach_compiled`.

    The miss distance is normal about the mean course; its sigma is that of the track across the
    course at closest approach, with the wander of the class: s² t² tan²(wander). The zone,
    widened by the margin, fills the interval [low_y, high_y] across the course, so
    hit = Φ(high/σ) - Φ(low/σ); for a circle this is Φ((R-c)/σ) - Φ((-R-c)/σ).
    """
    speed = np.hypot(courses.velocity[:, 0], courses.velocity[:, 1])
    along = courses.velocity / np.where(speed > 0, speed, 1.0)[:, None]
    along[speed == 0, 0] = 1.0
    lines = _lines(courses, shapes, along)
    moving = (speed >= moving_mps)[:, None]
    pace = np.where(moving[:, 0], speed, 1.0)[:, None]
    ahead = moving & (lines.closest_x > 0)
    closest = np.where(ahead, lines.closest_x / pace, np.inf)
    near = np.where(ahead, closest, 0.0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=-1)
    sigma = np.sqrt(
        _spread(courses.covariance, across, near) + (speed * courses.tan_wander)[:, None] ** 2 * near**2
    )
    safe = np.maximum(sigma, 1e-6)
    hit = np.where(ahead, _normal(lines.high_y / safe) - _normal(lines.low_y / safe), 0.0)
    meets = ahead & lines.meets
    impact = np.where(meets, np.maximum(lines.entry_x, 0.0) / pace, closest)
    until = np.where(ahead, impact, 0.0)
    wide = NINETY_PERCENT * np.sqrt(_spread(courses.covariance, along, until)) / pace
    return Approach(
        lines.distance,
        lines.outward,
        closest,
        np.where(ahead, lines.miss, np.nan),
        sigma,
        hit,
        meets,
        impact,
        np.maximum(impact - wide, 0.0),
        impact + wide,
        lines.distance / np.maximum(speed, courses.dash_mps)[:, None],
        speed,
    )


def _spread(covariance: Array, direction: Array, after_s: Array) -> Array:
    """Variance (n,z) of the position along unit directions (n,2), predicted by after_s (n,z)."""
    at = np.einsum("ni,nij,nj->n", direction, covariance[:, :2, :2], direction)[:, None]
    both = np.einsum("ni,nij,nj->n", direction, covariance[:, :2, 2:], direction)[:, None]
    rate = np.einsum("ni,nij,nj->n", direction, covariance[:, 2:, 2:], direction)[:, None]
    return np.asarray(np.maximum(at + after_s * (2 * both + after_s * rate), 0.0))


def _lines(courses: Courses, shapes: ZoneShapes, along: Array) -> _Lines:
    round_ones = _circles(courses, shapes, along)
    if not len(shapes.polygons):
        return round_ones
    cornered = _polygons(courses, shapes, along)
    if not len(shapes.circles):
        return cornered
    order = np.argsort(np.concatenate([shapes.circles, shapes.polygons]))
    names = _Lines.__dataclass_fields__
    return _Lines(
        *(
            np.concatenate([getattr(round_ones, name), getattr(cornered, name)], axis=1)[:, order]
            for name in names
        )
    )


def _circles(courses: Courses, shapes: ZoneShapes, along: Array) -> _Lines:
    to_centre = shapes.centre[shapes.circles][None, :, :] - courses.position[:, None, :]
    radius = shapes.radius[shapes.circles][None, :]
    wide = radius + courses.margin_m[:, None]
    x = to_centre[..., 0] * along[:, None, 0] + to_centre[..., 1] * along[:, None, 1]
    y = to_centre[..., 1] * along[:, None, 0] - to_centre[..., 0] * along[:, None, 1]
    middle = np.hypot(x, y)
    speed = np.hypot(courses.velocity[:, 0], courses.velocity[:, 1])[:, None]
    meets = np.abs(y) < wide
    half = np.sqrt(np.maximum(wide**2 - y**2, 0.0))
    return _Lines(
        np.maximum(middle - radius, 0.0),
        -speed * x / np.where(middle > 0, middle, 1.0),
        x,
        x - half,
        meets,
        y - wide,
        y + wide,
        np.maximum(np.abs(y) - radius, 0.0),
    )


def _polygons(courses: Courses, shapes: ZoneShapes, along: Array) -> _Lines:
    corner = shapes.corners[None, :, :, :] - courses.position[:, None, None, :]
    east, north = corner[..., 0], corner[..., 1]
    cos, sin = along[:, None, None, 0], along[:, None, None, 1]
    x = east * cos + north * sin
    y = north * cos - east * sin
    distance, foot_x = _nearest(x, y)
    margin = courses.margin_m[:, None]
    inside = distance <= margin
    meets, entry, middle = _chord(x, y, margin, inside)
    low, high = y.min(axis=-1), y.max(axis=-1)
    miss = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    touching = np.abs(np.abs(y) - miss[..., None]) <= 1e-6 * (1.0 + miss[..., None])
    beside = (x * touching).sum(axis=-1) / np.maximum(touching.sum(axis=-1), 1)
    speed = np.hypot(courses.velocity[:, 0], courses.velocity[:, 1])[:, None]
    to_centre = shapes.centre[shapes.polygons][None, :, :] - courses.position[:, None, :]
    centre_x = (to_centre * along[:, None, :]).sum(axis=-1)
    centre = np.hypot(to_centre[..., 0], to_centre[..., 1])
    toward = np.where(distance > 0, foot_x, centre_x) / np.where(
        distance > 0, distance, np.maximum(centre, 1e-9)
    )
    return _Lines(
        distance,
        -speed * toward,
        np.where(meets, middle, beside),
        entry,
        meets,
        low - margin,
        high + margin,
        miss,
    )


def _nearest(x: Array, y: Array) -> tuple[Array, Array]:
    """Distance (n,q) from the origin to polygons (n,q,k), 0 inside, and the nearest point's x."""
    next_x, next_y = np.roll(x, -1, axis=-1), np.roll(y, -1, axis=-1)
    dx, dy = next_x - x, next_y - y
    length = dx * dx + dy * dy
    part = np.clip(-(x * dx + y * dy) / np.where(length > 0, length, 1.0), 0.0, 1.0)
    foot_x, foot_y = x + part * dx, y + part * dy
    squared = foot_x * foot_x + foot_y * foot_y
    best = squared.argmin(axis=-1)[..., None]
    crossing = (y > 0) != (next_y > 0)
    right = x - y * dx / np.where(crossing, dy, 1.0) > 0
    inside = (crossing & right).sum(axis=-1) % 2 == 1
    edge = np.sqrt(np.take_along_axis(squared, best, -1)[..., 0])
    return np.where(inside, 0.0, edge), np.take_along_axis(foot_x, best, -1)[..., 0]


def _chord(x: Array, y: Array, margin: Array, inside: Flags) -> tuple[Flags, Array, Array]:
    """Where the course y = 0 crosses polygons (n,q,k) widened by the margin (n,1).

    The widened outline is a disc at each corner and a strip along each edge. Returns whether
    it is met, the first entry ahead and the middle of the part ahead.
    """
    wide = margin[..., None]
    half = np.sqrt(np.maximum(wide**2 - y**2, 0.0))
    discs = np.abs(y) <= wide
    first, last = _strips(x, y, wide)
    strips = first <= last
    starts = np.concatenate([np.where(discs, x - half, np.inf), np.where(strips, first, np.inf)], axis=-1)
    ends = np.concatenate([np.where(discs, x + half, -np.inf), np.where(strips, last, -np.inf)], axis=-1)
    counted = np.where(inside[..., None], True, ends > 0)
    entry = np.where(counted, starts, np.inf).min(axis=-1)
    leave = np.where(counted, ends, -np.inf).max(axis=-1)
    behind = ~np.isfinite(entry)
    # a course that lies wholly behind still has a middle, which tells that nothing is ahead
    entry = np.where(behind, starts.min(axis=-1), entry)
    leave = np.where(behind, ends.max(axis=-1), leave)
    meets = np.isfinite(entry)
    entry = np.where(meets, entry, 0.0)
    return meets, entry, np.where(meets, (entry + np.where(meets, leave, 0.0)) / 2, 0.0)


def _strips(x: Array, y: Array, wide: Array) -> tuple[Array, Array]:
    """Interval of the course y = 0 within each edge's strip; empty where first > last."""
    dx, dy = np.roll(x, -1, axis=-1) - x, np.roll(y, -1, axis=-1) - y
    length = np.hypot(dx, dy)
    safe_x = np.where(np.abs(dx) < PARALLEL, PARALLEL, dx)
    safe_y = np.where(np.abs(dy) < PARALLEL, PARALLEL, dy)
    one, two = x + y * dy / safe_x, x + (y * dy + length**2) / safe_x
    three, four = x - (y * dx + wide * length) / safe_y, x - (y * dx - wide * length) / safe_y
    first = np.maximum(np.minimum(one, two), np.minimum(three, four))
    last = np.minimum(np.maximum(one, two), np.maximum(three, four))
    return np.where(length > 0, first, np.inf), np.where(length > 0, last, -np.inf)
