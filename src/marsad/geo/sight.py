"""Lines of sight over the ground: what a sensor can see of a place, and from which height up.

The site frame is Cartesian, so the earth's curvature is in the heights of the ground (`EvenGround` falls
away with distance; `model.ballistic.FlatGround` is a plane and hides nothing). Rays bend down in air with a
curvature of (1 - 1/k) / R, which is what an earth of radius k R under straight rays stands for.
Source: Rec. ITU-R P.834-9, §1.1, §2 (k = 4/3 in the standard atmosphere; over hot sea and desert k may be 2
and more, at times below 1).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from marsad.model.ballistic import Ground

Array = NDArray[np.float64]

EARTH_RADIUS_M = 6_371_000.0
STANDARD_K = 4.0 / 3.0
STEP_M = 30.0  # one cell of the maps there are…
SAMPLES_MAX = 1_000  # …but no more than so many on a ray
_AT_ONCE = 2_000_000  # samples


def least_visible_up_m(
    ground: Ground, sensor_enu_m: ArrayLike, east_m: ArrayLike, north_m: ArrayLike, k: float = STANDARD_K
) -> Array:
    """The lowest height (n,) in the site frame, m, that a sensor sees over each of places (n,).

    It is the ground itself where nothing stands between. sensor_enu_m (3,): a sensor whose height is said
    to be under the ground stands on it. The ground is sampled every 30 m, at most a thousand times.
    Raises ValueError where k is not above 0.
    """
    east, north = np.broadcast_arrays(np.asarray(east_m, float), np.asarray(north_m, float))
    flat_east, flat_north = east.ravel(), north.ravel()
    eye = standing(ground, sensor_enu_m)
    distance = np.hypot(flat_east - eye[0], flat_north - eye[1])
    count = np.clip(np.ceil(np.nan_to_num(distance) / STEP_M - 1e-6), 1, SAMPLES_MAX).astype(np.int64)
    out = np.empty(len(distance))
    order = np.argsort(count, kind="stable")
    begin = 0
    while begin < len(order):
        # the longest ray of each batch sets its number of samples: rays of like length go together
        end = begin + max(1, _AT_ONCE // int(count[order[min(begin + 1_000, len(order) - 1)]]))
        rows = order[begin:end]
        out[rows] = _over_rays(ground, eye, flat_east[rows], flat_north[rows], int(count[rows].max()), k)
        begin = end
    return out.reshape(east.shape)


def is_seen(
    ground: Ground, sensor_enu_m: ArrayLike, position_enu_m: ArrayLike, k: float = STANDARD_K
) -> NDArray[np.bool_]:
    """Which of positions (…, 3) of the site frame a sensor at (3,) has in its line of sight."""
    position = np.asarray(position_enu_m, float)
    least = least_visible_up_m(ground, sensor_enu_m, position[..., 0], position[..., 1], k)
    return np.asarray(position[..., 2] >= least)


def least_visible_around_up_m(
    ground: Ground, sensor_enu_m: ArrayLike, azimuth_rad: ArrayLike, range_m: ArrayLike, k: float = STANDARD_K
) -> Array:
    """The lowest visible heights (a, r) in the site frame, m, all round a sensor: one sweep per azimuth.

    azimuth_rad (a,), clockwise from north; range_m (r,) along the horizontal, ascending. What hides a place
    is what lies at the ranges before it, so these want to be about as dense as the map. Far cheaper than
    asking for each place apart.
    """
    azimuth, distance = np.asarray(azimuth_rad, float)[:, None], np.asarray(range_m, float)[None, :]
    eye = standing(ground, sensor_enu_m)
    bend = _bend_per_m2(k)
    east, north = eye[0] + distance * np.sin(azimuth), eye[1] + distance * np.cos(azimuth)
    up = ground.ground_up_m(east.ravel(), north.ravel()).reshape(east.shape)
    away = np.maximum(distance, 1e-3)
    slope = np.maximum.accumulate((up + bend * distance**2 - eye[2]) / away, axis=1)
    before = np.concatenate([np.full((len(slope), 1), -np.inf), slope[:, :-1]], axis=1)
    return np.asarray(np.maximum(up, eye[2] + before * distance - bend * distance**2))


def standing(ground: Ground, sensor_enu_m: ArrayLike) -> Array:
    """Where a sensor (3,) stands: where it says, or on the ground where it says it is under it."""
    eye = np.array(sensor_enu_m, float)
    eye[2] = max(eye[2], float(ground.ground_up_m(eye[0:1], eye[1:2])[0]))
    return eye


def _bend_per_m2(k: float) -> float:
    """How far a level ray has dropped, m, per square of the way, m²."""
    if not k > 0:
        raise ValueError(f"k is {k}, and must be above 0")
    return (1.0 - 1.0 / k) / (2.0 * EARTH_RADIUS_M)


def _over_rays(ground: Ground, eye: Array, east: Array, north: Array, count: int, k: float) -> Array:
    """Least visible heights (n,) over places (n,) by rays of `count` steps each."""
    bend = _bend_per_m2(k)
    part = np.arange(1, count) / count
    ray_east = eye[0] + (east - eye[0])[:, None] * part
    ray_north = eye[1] + (north - eye[1])[:, None] * part
    distance = np.hypot(east - eye[0], north - eye[1])
    own_up = ground.ground_up_m(east, north)
    if count == 1:
        return own_up
    up = ground.ground_up_m(ray_east.ravel(), ray_north.ravel()).reshape(ray_east.shape)
    way = distance[:, None] * part
    slope = ((up + bend * way**2 - eye[2]) / np.maximum(way, 1e-3)).max(axis=1)
    return np.asarray(np.maximum(own_up, eye[2] + slope * distance - bend * distance**2))
