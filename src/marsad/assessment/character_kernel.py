"""What flights tell of drone or bird: the compiled twin of `flight_character.character_specified`.

NumPy needs some two hundred passes over small arrays for it; here each track is gone through once.
"""

from math import exp, hypot, log, log10, sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

from marsad.kernel_files import keep_checked

Array = NDArray[np.float64]
Times = NDArray[np.int64]


@njit(nogil=True)
def _density(log_m: float, noise_m: float, median: float, sigma: float) -> float:
    square = median * median + noise_m * noise_m
    spread = sigma * (median * median) / square
    width = sqrt(0.22**2 + spread * spread)
    off = (log_m - 0.5 * log(square)) / width
    return exp(-0.5 * (off * off)) / width


@njit(nogil=True)
def _against_bird(distance_m: float, noise_m: float, mixtures: Array) -> float:
    """Decibans; mixtures (2,2,3): share, median and sigma of each part, of drones, then of birds."""
    log_m = log(max(distance_m, hypot(mixtures[0, 0, 1], noise_m)))
    drone = bird = 0.0
    for k in range(mixtures.shape[1]):
        drone += mixtures[0, k, 0] * _density(log_m, noise_m, mixtures[0, k, 1], mixtures[0, k, 2])
        bird += mixtures[1, k, 0] * _density(log_m, noise_m, mixtures[1, k, 1], mixtures[1, k, 2])
    return 10.0 * log10(max(drone, 1e-12) / max(bird, 1e-12))


@njit(nogil=True)
def _across(a: float, b: float, east2: float, north2: float, both: float) -> float:
    return sqrt(max(a * a * east2 + b * b * north2 + 2 * (a * b) * both, 0.0))


@njit(nogil=True)
def _remember_leg(leg: Array, moved: tuple[float, float], elapsed: float, keep: float, weight: float) -> None:
    """Move the moments (10,) of the leg on: weight, time and its square, place, time by place, squares."""
    (x, y), total, time = moved, leg[0], leg[1]
    px, py = leg[3], leg[4]
    leg[7] = keep * (leg[7] - (x * px + px * x) + x * x * total)
    leg[8] = keep * (leg[8] - (y * py + py * y) + y * y * total)
    leg[9] = keep * (leg[9] - (x * py + px * y) + x * y * total)
    new_x, new_y = px - x * total, py - y * total
    leg[5] = keep * (leg[5] - x * time - elapsed * new_x)
    leg[6] = keep * (leg[6] - y * time - elapsed * new_y)
    leg[3], leg[4] = keep * new_x, keep * new_y
    leg[2] = keep * (leg[2] - 2 * elapsed * time + elapsed * elapsed * total)
    leg[1], leg[0] = keep * (time - elapsed * total), keep * total + weight


@njit(nogil=True)
def _remember_stay(
    stay: Array, moved: tuple[float, float], decay: float, stay_m: float, gained: tuple[float, float]
) -> None:
    """Move the moments (6,) of the stay on: weight, place 2, place squared 2, speed squared."""
    (x, y), before, (weight, speed_squared) = moved, stay[0], gained
    share = max(before, 1e-9)
    gone = before > 0 and hypot(stay[1] / share - x, stay[2] / share - y) > stay_m
    keep = 0.0 if gone else decay
    stay[3] = keep * (stay[3] - 2 * x * stay[1] + x * x * before)
    stay[4] = keep * (stay[4] - 2 * y * stay[2] + y * y * before)
    stay[1], stay[2] = keep * (stay[1] - x * before), keep * (stay[2] - y * before)
    stay[0], stay[5] = keep * before + weight, keep * stay[5] + weight * speed_squared


@njit(nogil=True)
def _line(leg: Array, covariance: Array) -> tuple[float, float, float]:
    """Speed along the straight line through the leg, the wander across it and the stated error across it."""
    weight = max(leg[0], 1e-9)
    time, x, y = leg[1] / weight, leg[3] / weight, leg[4] / weight
    spread_s2 = max(leg[2] / weight - time * time, 1e-6)
    with_x, with_y = leg[5] / weight - time * x, leg[6] / weight - time * y
    east, north = with_x / spread_s2, with_y / spread_s2
    east2 = leg[7] / weight - x * x - with_x * with_x / spread_s2
    north2 = leg[8] / weight - y * y - with_y * with_y / spread_s2
    both = leg[9] / weight - x * y - with_x * with_y / spread_s2
    speed = hypot(east, north)
    a, b = north / max(speed, 1e-3), -east / max(speed, 1e-3)
    wander = _across(a, b, east2, north2, both)
    return speed, wander, _across(a, b, covariance[0, 0], covariance[1, 1], covariance[0, 1])


@keep_checked
@njit(cache=True, nogil=True)
def characters(
    seen: Array,
    covariance: Array,
    t_ns: Times,
    updated: NDArray[np.bool_],
    moments: Array,
    last: Array,
    times: Times,
    flown: NDArray[np.int8],
    limits: Array,
    mixtures: Array,
) -> Array:
    """What n flights tell after their newest plots, (5,n) as in `Character`; what is remembered moves on.

    seen      (n,6) place, velocity, variance of the velocity, height
    moments   (n,16) of the leg (10) and of the stay (6)
    last      (n,5) place, what straightness and what stays have come to, and the present one of late
    times     (n,2) of the latest plot, and since when it flies straight
    limits    as `flight_character` packs them
    mixtures  (2,2,2,3) of the wander, then of the stay
    """
    leg_s, stay_s, gap_s, known, stay_known, look_s = limits[:6]
    forget_s, moving_mps, stay_m, clear_m, moved_mps, noise_share = limits[6:12]
    least_db, steady_max_db, hover_max_db, hovered_db, lasts_s = limits[12:17]
    found = np.empty((5, len(seen)))
    for n in range(len(seen)):
        east, north, speed_e, speed_n, variance, height = seen[n]
        leg, stay, first = moments[n, :10], moments[n, 10:], times[n, 0] == 0
        fresh = first or not updated[n]
        elapsed = 0.0 if fresh else max(t_ns[n] - times[n, 0], 0) / 1e9
        moved = (0.0, 0.0) if fresh else (east - last[n, 0], north - last[n, 1])
        weight = (1.0 if first else min(elapsed, gap_s)) if updated[n] else 0.0
        _remember_leg(leg, moved, elapsed, exp(-elapsed / leg_s), weight)
        squared = speed_e * speed_e + speed_n * speed_n - noise_share * variance
        _remember_stay(stay, moved, exp(-elapsed / stay_s), stay_m, (weight, squared))
        if updated[n]:
            last[n, 0], last[n, 1], times[n, 0] = east, north, t_ns[n]
        speed, wander, sigma = _line(leg, covariance[n])
        share = max(stay[0], 1e-9)
        x, y = stay[1] / share, stay[2] / share
        spread = sqrt(max((stay[3] / share - x * x) + (stay[4] / share - y * y), 0.0))
        moving = leg[0] >= known and speed > moving_mps
        steady = min(max(_against_bird(wander, noise_share * sigma, mixtures[0]), least_db), 8.0)
        gained = last[n, 2] + (min(elapsed / look_s, 1.0) * steady if moving else 0.0)
        last[n, 2] = min(max(gained * exp(-elapsed / forget_s), least_db), steady_max_db)
        if height > clear_m or (moving and speed > moved_mps):
            flown[n] = 1
        hover = 0.0
        if stay[0] >= stay_known and flown[n] > 0 and stay[5] < moving_mps * moving_mps * stay[0]:
            hover = _against_bird(spread, noise_share * sqrt(2.0) * sigma, mixtures[1])
            hover = min(max(hover, 0.0), hover_max_db)
        last[n, 4] += (1.0 - exp(-elapsed / lasts_s)) * (hover - last[n, 4])
        last[n, 3] = max(last[n, 3], last[n, 4])
        straight_s = 0.0
        if last[n, 2] > 0:
            if times[n, 1] == 0:
                times[n, 1] = t_ns[n]
            straight_s = (t_ns[n] - times[n, 1]) / 1e9
        else:
            times[n, 1] = 0
        against = max(last[n, 2], 0.0) + last[n, 3]
        found[0, n] = against if against > 0 else last[n, 2]
        found[1, n] = 1.0 if last[n, 3] >= hovered_db else 0.0
        found[2, n], found[3, n], found[4, n] = straight_s, wander, spread
    return found
