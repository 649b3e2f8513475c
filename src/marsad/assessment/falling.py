"""How a point mass falls: the compiled arithmetic of `ballistic`, with its model of drag."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from marsad.kernel_files import keep_checked

Array = NDArray[np.float64]
GRAVITY_MPS2 = 9.80665
SEA_LEVEL_DENSITY_KGPM3 = 1.225
SCALE_HEIGHT_M = 9300.0


@njit(nogil=True)
def _pull(height_m: float, v: Array, coefficient_kgpm2: float, out: Array) -> None:
    density = SEA_LEVEL_DENSITY_KGPM3 * np.exp(-height_m / SCALE_HEIGHT_M)
    speed = np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    drag = density * speed / (2.0 * coefficient_kgpm2)
    out[0] = -drag * v[0]
    out[1] = -drag * v[1]
    out[2] = -drag * v[2] - GRAVITY_MPS2


@keep_checked
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
