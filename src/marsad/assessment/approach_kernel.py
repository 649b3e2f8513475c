"""How tracks approach zones: the compiled twin of the arithmetic in `geometry`, which is its specification.

NumPy needs some 120 passes over arrays of a few hundred numbers for it; here each track and zone is gone
through once.
"""

from math import hypot, inf, isfinite, nan, sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

from marsad.assessment.geometry import NINETY_PERCENT, PARALLEL
from marsad.kernel_files import keep_checked

Array = NDArray[np.float64]
FIELDS = 12


@njit(nogil=True)
def _circle(x: float, y: float, radius: float, margin: float, out: Array) -> None:
    """A round zone whose centre is at (x, y) in course coordinates."""
    wide, middle = radius + margin, hypot(x, y)
    half = sqrt(max(wide * wide - y * y, 0.0))
    out[0], out[1] = max(middle - radius, 0.0), x / middle if middle > 0 else 0.0
    out[2], out[3], out[4] = x, x - half, 1.0 if abs(y) < wide else 0.0
    out[5], out[6], out[7] = y - wide, y + wide, max(abs(y) - radius, 0.0)


@njit(nogil=True)
def _strip(x: float, y: float, dx: float, dy: float, wide: float) -> tuple[float, float]:
    """Interval of the course y = 0 within an edge's strip; empty where first > last."""
    length = hypot(dx, dy)
    if length <= 0:
        return inf, -inf
    safe_x = PARALLEL if abs(dx) < PARALLEL else dx
    safe_y = PARALLEL if abs(dy) < PARALLEL else dy
    one, two = x + y * dy / safe_x, x + (y * dy + length * length) / safe_x
    three, four = x - (y * dx + wide * length) / safe_y, x - (y * dx - wide * length) / safe_y
    first = max(min(one, two), min(three, four))
    last = min(max(one, two), max(three, four))
    return first, last


@njit(nogil=True)
def _polygon(x: Array, y: Array, to_centre: tuple[float, float], margin: float, out: Array) -> None:
    """A zone with corners (k,) in course coordinates; to_centre: x of its centre, and how far off it is."""
    count, squared, foot, inside = len(x), inf, 0.0, False
    low, high = y[0], y[0]
    for i in range(count):
        j = (i + 1) % count
        dx, dy = x[j] - x[i], y[j] - y[i]
        length = dx * dx + dy * dy
        part = min(max(-(x[i] * dx + y[i] * dy) / (length if length > 0 else 1.0), 0.0), 1.0)
        foot_x, foot_y = x[i] + part * dx, y[i] + part * dy
        if foot_x * foot_x + foot_y * foot_y < squared:
            squared, foot = foot_x * foot_x + foot_y * foot_y, foot_x
        if (y[i] > 0) != (y[j] > 0) and x[i] - y[i] * dx / dy > 0:
            inside = not inside
        low, high = min(low, y[i]), max(high, y[i])
    distance = 0.0 if inside else sqrt(squared)
    within = distance <= margin
    entry, leave, first_start, last_end = inf, -inf, inf, -inf
    for i in range(count):
        j = (i + 1) % count
        starts, ends = inf, -inf
        if abs(y[i]) <= margin:
            half = sqrt(max(margin * margin - y[i] * y[i], 0.0))
            starts, ends = x[i] - half, x[i] + half
        for turn in range(2):
            if turn == 1:
                starts, ends = _strip(x[i], y[i], x[j] - x[i], y[j] - y[i], margin)
                if starts > ends:
                    starts, ends = inf, -inf
            first_start, last_end = min(first_start, starts), max(last_end, ends)
            if within or ends > 0:
                entry, leave = min(entry, starts), max(leave, ends)
    if not isfinite(entry):
        # a course that lies wholly behind still has a middle, which tells that nothing is ahead
        entry, leave = first_start, last_end
    meets = isfinite(entry)
    miss = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    beside, touching = 0.0, 0
    for i in range(count):
        if abs(abs(y[i]) - miss) <= 1e-6 * (1.0 + miss):
            beside, touching = beside + x[i], touching + 1
    centre_x, centre = to_centre
    out[0] = distance
    out[1] = foot / distance if distance > 0 else centre_x / max(centre, 1e-9)
    out[2] = (entry + leave) / 2 if meets else beside / max(touching, 1)
    out[3] = entry if meets else 0.0
    out[4], out[5], out[6], out[7] = 1.0 if meets else 0.0, low - margin, high + margin, miss


@njit(nogil=True)
def _spread(a: float, b: float, c: Array, after_s: float) -> float:
    """Variance of the position (6,6) along the unit direction (a, b), predicted by after_s."""
    at = a * a * c[0, 0] + a * b * (c[0, 1] + c[1, 0]) + b * b * c[1, 1]
    both = a * a * c[0, 3] + a * b * (c[0, 4] + c[1, 3]) + b * b * c[1, 4]
    rate = a * a * c[3, 3] + a * b * (c[3, 4] + c[4, 3]) + b * b * c[4, 4]
    return max(float(at + after_s * (2 * both + after_s * rate)), 0.0)


@keep_checked
@njit(cache=True, nogil=True)
def approaches(
    mean: Array,
    covariance: Array,
    classes: Array,
    circles: Array,
    owner: NDArray[np.int64],
    corners: Array,
    moving_mps: float,
) -> Array:
    """What `geometry.Approach` holds, (12,n,z) in its order; but in place of `hit` the sides in sigmas.

    classes  (n,3) margin_m, tan_wander, dash_mps
    circles  (z,3) [east, north, radius] of each zone or of its enclosing circle
    owner    (z,) row of a zone's corners in corners (q,k,2), -1 if it is round

    Rows: distance, range rate, closest_s, miss, sigma, low side / sigma, high side / sigma, meets,
    impact_s, low_s, high_s, earliest_s.
    """
    tracks, zones = len(mean), len(circles)
    found = np.empty((FIELDS, tracks, zones))
    line, x, y = np.empty(8), np.empty(corners.shape[1]), np.empty(corners.shape[1])
    for n in range(tracks):
        margin, tan_wander, dash = classes[n, 0], classes[n, 1], classes[n, 2]
        east, north, c = mean[n, 3], mean[n, 4], covariance[n]
        speed = hypot(east, north)
        a, b = (east / speed, north / speed) if speed > 0 else (1.0, 0.0)
        moving = speed >= moving_mps
        pace = speed if moving else 1.0
        for z in range(zones):
            to_east, to_north = circles[z, 0] - mean[n, 0], circles[z, 1] - mean[n, 1]
            centre_x = to_east * a + to_north * b
            if owner[z] < 0:
                _circle(centre_x, to_north * a - to_east * b, circles[z, 2], margin, line)
            else:
                for k in range(len(x)):
                    e, h = corners[owner[z], k, 0] - mean[n, 0], corners[owner[z], k, 1] - mean[n, 1]
                    x[k], y[k] = e * a + h * b, h * a - e * b
                _polygon(x, y, (centre_x, hypot(to_east, to_north)), margin, line)
            ahead = moving and line[2] > 0
            near = line[2] / pace if ahead else 0.0
            wander = speed * tan_wander * near
            sigma = sqrt(_spread(-b, a, c, near) + wander * wander)
            safe = max(sigma, 1e-6)
            meets = ahead and line[4] > 0
            closest = near if ahead else inf
            impact = max(line[3], 0.0) / pace if meets else closest
            wide = NINETY_PERCENT * sqrt(_spread(a, b, c, impact if ahead else 0.0)) / pace
            found[0, n, z], found[1, n, z] = line[0], -speed * line[1]
            found[2, n, z], found[3, n, z] = closest, line[7] if ahead else nan
            found[4, n, z], found[5, n, z], found[6, n, z] = sigma, line[5] / safe, line[6] / safe
            found[7, n, z], found[8, n, z] = 1.0 if meets else 0.0, impact
            found[9, n, z], found[10, n, z] = max(impact - wide, 0.0), impact + wide
            found[11, n, z] = line[0] / max(speed, dash)
    return found
