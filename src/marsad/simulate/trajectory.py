"""Trajectories: where an object is at any time, as a smooth curve with its own derivative."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trajectory:
    """A cubic Hermite curve through knots: velocity is continuous and is its exact derivative.

    t_s           (k,) rising, seconds from the scenario's start, k ≥ 2
    position_enu  (k, 3) m
    velocity_enu  (k, 3) m/s
    """

    t_s: Array
    position_enu: Array
    velocity_enu: Array

    @property
    def start_s(self) -> float:
        """When it appears."""
        return float(self.t_s[0])

    @property
    def end_s(self) -> float:
        """When it ends."""
        return float(self.t_s[-1])

    def state(self, t_s: ArrayLike) -> tuple[Array, Array]:
        """Position and velocity (…, 3) at the given times; straight on beyond both ends."""
        time = np.asarray(t_s, float)
        row = np.clip(np.searchsorted(self.t_s, time, side="right") - 1, 0, len(self.t_s) - 2)
        position, velocity = hermite(
            time,
            self.t_s[row],
            self.t_s[row + 1],
            self.position_enu[row],
            self.position_enu[row + 1],
            self.velocity_enu[row],
            self.velocity_enu[row + 1],
        )
        for edge, outside in ((0, time < self.t_s[0]), (-1, time > self.t_s[-1])):
            ahead = (time - self.t_s[edge])[..., None] * self.velocity_enu[edge]
            position = np.where(outside[..., None], self.position_enu[edge] + ahead, position)
            velocity = np.where(outside[..., None], self.velocity_enu[edge], velocity)
        return position, velocity


def later(path: Trajectory, by_s: float) -> Trajectory:
    """The same path, flown so much later."""
    return Trajectory(path.t_s + by_s, path.position_enu, path.velocity_enu)


def hermite(
    t: Array, t0: ArrayLike, t1: ArrayLike, p0: Array, p1: Array, v0: Array, v1: Array
) -> tuple[Array, Array]:
    """Cubic Hermite interpolation: value and derivative (…, 3) at t between knots t0 < t1."""
    begin = np.asarray(t0, float)
    step = (np.asarray(t1, float) - begin)[..., None]
    u = (t - begin)[..., None] / step
    position = (
        (1 + 2 * u) * (1 - u) ** 2 * p0
        + u * (1 - u) ** 2 * step * v0
        + u**2 * (3 - 2 * u) * p1
        + u**2 * (u - 1) * step * v1
    )
    velocity = 6 * u * (u - 1) / step * (p0 - p1) + (1 - u) * (1 - 3 * u) * v0 + u * (3 * u - 2) * v1
    return position, velocity
