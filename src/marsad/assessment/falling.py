"""How a point mass falls: the compiled arithmetic of `ballistic`, with its model of drag."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from marsad.kernel_files import keep_checked
from marsad.model.ballistic import (
    GRAVITY_MPS2,
    SCALE_HEIGHT_M,
    SEA_LEVEL_DENSITY_KGPM3,
    WIND_GROWTH_MAX,
    WIND_HEIGHT_M,
)

Array = NDArray[np.float64]


@njit(nogil=True)
def _pull(height_m: float, v: Array, wind: Array, coefficient_kgpm2: float, out: Array) -> None:
    density = SEA_LEVEL_DENSITY_KGPM3 * np.exp(-height_m / SCALE_HEIGHT_M)
    growth = min(max(1.0 + height_m / WIND_HEIGHT_M, 1.0), WIND_GROWTH_MAX)
    east, north, up = v[0] - growth * wind[0], v[1] - growth * wind[1], v[2]
    drag = density * np.sqrt(east * east + north * north + up * up) / (2.0 * coefficient_kgpm2)
    out[0] = -drag * east
    out[1] = -drag * north
    out[2] = -drag * up - GRAVITY_MPS2


@keep_checked
@njit(cache=True, nogil=True)
def falls(
    state: Array, coefficient: Array, wind: Array, ground_up_m: Array, step_s: float, horizon_s: float
) -> Array:
    """Impacts (m,3) [east, north, time_s] of point masses (m,6), β (m,) kg/m²; NaN if none.

    wind (m,2)         at the ground, to east and to north, m/s; it grows with height
    ground_up_m (m,)   where the ground is that each comes down to
    Fourth-order Runge-Kutta; the last step is shortened by linear interpolation in height.
    """
    out = np.full((len(state), 3), np.nan)
    for row in range(len(state)):
        p, v = state[row, :3].copy(), state[row, 3:].copy()
        beta, ground = coefficient[row], ground_up_m[row]
        a1, a2, a3, a4 = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
        time = 0.0
        while time < horizon_s:
            _pull(p[2], v, wind[row], beta, a1)
            v2 = v + 0.5 * step_s * a1
            _pull(p[2] + 0.5 * step_s * v[2], v2, wind[row], beta, a2)
            v3 = v + 0.5 * step_s * a2
            _pull(p[2] + 0.5 * step_s * v2[2], v3, wind[row], beta, a3)
            v4 = v + step_s * a3
            _pull(p[2] + step_s * v3[2], v4, wind[row], beta, a4)
            new_p = p + step_s / 6.0 * (v + 2.0 * v2 + 2.0 * v3 + v4)
            new_v = v + step_s / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
            if new_p[2] <= ground and new_v[2] < 0.0:
                part = (p[2] - ground) / (p[2] - new_p[2]) if p[2] > ground else 0.0
                out[row, 0] = p[0] + part * (new_p[0] - p[0])
                out[row, 1] = p[1] + part * (new_p[1] - p[1])
                out[row, 2] = time + part * step_s
                break
            p, v = new_p, new_v
            time += step_s
    return out
