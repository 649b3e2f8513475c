"""Where and when a ballistic object comes down, and how likely in which zone.

Point mass with quadratic drag in an exponential atmosphere, no wind, no thrust:
dv/dt = g - ρ(h) |v| v / (2 β), ρ = 1.225 exp(-h / 9300 m). The spread comes from sigma points
over position, velocity and ln β (unscented transform, Julier & Uhlmann 2004, with κ = 3 - n
replaced by equal weights on 2n points: no negative weights).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from marsad.assessment.settings import BallisticLimits
from marsad.assessment.shapes import ZoneShapes
from marsad.geo import polygon

Array = NDArray[np.float64]
GRAVITY_MPS2 = 9.80665
SEA_LEVEL_DENSITY_KGPM3 = 1.225
SCALE_HEIGHT_M = 9300.0
_SAMPLES = 512


@dataclass(frozen=True)
class Impact:
    """Of m tracks: where (m,2) ± covariance (m,2,2), after time_s (m,) ± time_sigma_s (m,).

    time_s is NaN where the object does not come down within the horizon.
    """

    place_enu: Array
    covariance: Array
    time_s: Array
    time_sigma_s: Array

    @property
    def sigma_major_m(self) -> Array:
        """Long half axis (m,) of the one-sigma ellipse."""
        return np.asarray(np.sqrt(np.maximum(np.linalg.eigvalsh(self.covariance)[:, -1], 0.0)))


@njit(cache=True, nogil=True)
def _pull(height_m: float, v: Array, coefficient_kgpm2: float, out: Array) -> None:
    density = SEA_LEVEL_DENSITY_KGPM3 * np.exp(-height_m / SCALE_HEIGHT_M)
    speed = np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    drag = density * speed / (2.0 * coefficient_kgpm2)
    out[0] = -drag * v[0]
    out[1] = -drag * v[1]
    out[2] = -drag * v[2] - GRAVITY_MPS2


@njit(cache=True, nogil=True)
def falls(state: Array, coefficient: Array, ground_up_m: float, step_s: float, horizon_s: float) -> Array:
    """Impacts (m,3) [east, north, time_s] of point masses (m,6), β (m,) kg/m²; NaN if none.

    Fourth-order Runge-Kutta; the last step is shortened by linear interpolation in height.
    """
    out = np.full((len(state), 3), np.nan)
    for row in range(len(state)):
        p, v = state[row, :3].copy(), state[row, 3:].copy()
        beta = coefficient[row]
        a1, a2, a3, a4 = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
        time = 0.0
        while time < horizon_s:
            _pull(p[2], v, beta, a1)
            v2 = v + 0.5 * step_s * a1
            _pull(p[2] + 0.5 * step_s * v[2], v2, beta, a2)
            v3 = v + 0.5 * step_s * a2
            _pull(p[2] + 0.5 * step_s * v2[2], v3, beta, a3)
            v4 = v + step_s * a3
            _pull(p[2] + step_s * v3[2], v4, beta, a4)
            new_p = p + step_s / 6.0 * (v + 2.0 * v2 + 2.0 * v3 + v4)
            new_v = v + step_s / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
            if new_p[2] <= ground_up_m and new_v[2] < 0.0:
                part = (p[2] - ground_up_m) / (p[2] - new_p[2]) if p[2] > ground_up_m else 0.0
                out[row, 0] = p[0] + part * (new_p[0] - p[0])
                out[row, 1] = p[1] + part * (new_p[1] - p[1])
                out[row, 2] = time + part * step_s
                break
            p, v = new_p, new_v
            time += step_s
    return out


def prepare() -> None:
    """Compile the kernel, or load it from its cache, before the first rocket needs it."""
    falls(np.zeros((1, 6)), np.ones(1), 0.0, 1.0, 2.0)


def impact(mean: Array, covariance: Array, limits: BallisticLimits) -> Impact:
    """Impacts of ballistic tracks, mean (m,6) and covariance (m,6,6) in site ENU."""
    count, size = len(mean), 7
    full = np.zeros((count, size, size))
    full[:, :6, :6] = covariance
    full[:, 6, 6] = limits.coefficient_sigma**2
    root = _root(full) * np.sqrt(size)
    centre = np.concatenate([mean, np.full((count, 1), np.log(limits.coefficient_kgpm2))], axis=1)
    spread = np.concatenate([root, -root], axis=2).transpose(0, 2, 1)
    points = (centre[:, None, :] + spread).reshape(-1, size)
    points = np.concatenate([centre, points])
    falls_at = falls(
        np.ascontiguousarray(points[:, :6]),
        np.exp(points[:, 6]),
        limits.ground_up_m,
        limits.step_s,
        limits.horizon_s,
    )
    likely, around = falls_at[:count], falls_at[count:].reshape(count, 2 * size, 3)
    around = np.where(np.isfinite(around), around, likely[:, None, :])
    middle = around.mean(axis=1)
    apart = around - middle[:, None, :]
    scatter = np.einsum("mpi,mpj->mij", apart, apart) / (2 * size)
    return Impact(middle[:, :2], scatter[:, :2, :2], middle[:, 2], np.sqrt(scatter[:, 2, 2]))


def _root(covariance: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :])


def _lattice(count: int) -> Array:
    """Points (count,2) spread like a standard normal: equal-probability rings, golden angle."""
    index = np.arange(count)
    radius = np.sqrt(-2.0 * np.log1p(-(index + 0.5) / count))
    angle = index * np.pi * (3.0 - np.sqrt(5.0))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


_POINTS = _lattice(_SAMPLES)


def zone_probability(place: Impact, shapes: ZoneShapes, buffer_m: float) -> Array:
    """P(impact within the buffer of the zone), (m,z); 0 for tracks that do not come down."""
    spots = place.place_enu[:, None, :] + np.einsum("mij,sj->msi", _root(place.covariance), _POINTS)
    out = np.zeros((len(spots), len(shapes)))
    flat = spots.reshape(-1, 2)
    for row in shapes.circles:
        near = np.hypot(*(flat - shapes.centre[row]).T) <= shapes.radius[row] + buffer_m
        out[:, row] = near.reshape(len(spots), -1).mean(axis=1)
    for place_in, row in enumerate(shapes.polygons):
        within = polygon.distance(shapes.corners[place_in], flat) <= buffer_m
        out[:, row] = within.reshape(len(spots), -1).mean(axis=1)
    out[~np.isfinite(place.time_s)] = 0.0
    return out


def zone_offset(place: Impact, shapes: ZoneShapes) -> Array:
    """Distance (m,z) from the mean impact to each zone, 0 inside."""
    out = np.empty((len(place.time_s), len(shapes)))
    for row in shapes.circles:
        away = np.hypot(*(place.place_enu - shapes.centre[row]).T)
        out[:, row] = np.maximum(away - shapes.radius[row], 0.0)
    for place_in, row in enumerate(shapes.polygons):
        out[:, row] = polygon.distance(shapes.corners[place_in], place.place_enu)
    return out
