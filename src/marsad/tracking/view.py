"""Where a scan was seen from: place, axes and what can be seen from there.

They belong to the scan, not to the sensor: a ship's camera looked from where the ship was then, and a scan
that comes late, or is played again, is taken from there. What is not known of place and axes blurs every
plot of the scan; what the sensor itself moved by is taken out of range rates, which are those between both.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Pose

Array = NDArray[np.float64]

LEVEL_MIN = 1e-3  # cosine of the steepest elevation at which an azimuth still means something


@dataclass(frozen=True)
class View:
    """One sensor's sight at one time, as `Look` wants it.

    geometry (7,)           of the sectors its false plots are counted in
    origin (3,), rotation (3, 3), placed  its place and axes; whether the place is known
    limits (8,), horizon (2, k), notch    of its coverage, and what hides objects from it
    velocity (3,)           its own, m/s
    """

    geometry: Array
    origin: Array
    rotation: Array
    placed: bool
    limits: Array
    horizon: Array
    notch: float
    velocity: Array

    def at(self, pose: Pose) -> "View":
        """The same sight from another place."""
        origin = np.array(pose.position_enu, float)
        geometry = self.geometry.copy()
        if geometry[0]:
            geometry[1:3] = origin[:2]
        rotation = np.ascontiguousarray(pose.rotation_enu_from_sensor, float)
        velocity = np.array(pose.velocity_enu, float)
        return replace(
            self, geometry=geometry, origin=origin, rotation=rotation, placed=True, velocity=velocity
        )

    @cached_property
    def where(self) -> tuple[Array, Array, Array, bool, Array, Array, float]:
        """These fields of `Look`, in its order."""
        return (
            *(self.geometry, self.origin, self.rotation, self.placed),
            *(self.limits, self.horizon, self.notch),
        )


NOWHERE = View(
    *(np.zeros(7), np.zeros(3), np.eye(3), False),
    *(np.zeros(8), np.empty((2, 0)), 0.0, np.zeros(3)),
)


def blurred(values: Array, sigmas: Array, pose: Pose, reach_m: float) -> tuple[Array, Array]:
    """Polar plots (m, 4) and their errors, seen from a place at rest and known exactly.

    Where no range is measured, the place's error is taken to turn the bearing as at half of reach_m.
    """
    distance = np.where(np.isnan(values[:, 0]), reach_m / 2, values[:, 0])
    azimuth, elevation = values[:, 1], np.nan_to_num(values[:, 2])
    sine, cosine = np.sin(azimuth), np.cos(azimuth)
    level, rise = np.maximum(np.cos(elevation), LEVEL_MIN), np.sin(elevation)
    line = np.stack([level * sine, level * cosine, rise], -1)
    across = np.stack([cosine, -sine, np.zeros_like(sine)], -1)
    upward = np.stack([-rise * sine, -rise * cosine, level], -1)
    rotation = pose.rotation_enu_from_sensor
    shift = rotation.T @ pose.position_cov @ rotation

    def spread(direction: Array, cov: Array) -> Array:
        return np.asarray(np.einsum("mi,ij,mj->m", direction, cov, direction))

    far = np.maximum(distance, 1.0)
    sigmas = sigmas.copy()
    turned = spread(np.cross(line, across), pose.turn_cov) / level**2
    tilted = spread(np.cross(line, upward), pose.turn_cov)
    sigmas[:, 0] = np.sqrt(sigmas[:, 0] ** 2 + spread(line, shift))
    sigmas[:, 1] = np.sqrt(sigmas[:, 1] ** 2 + spread(across, shift) / (far * level) ** 2 + turned)
    sigmas[:, 2] = np.sqrt(sigmas[:, 2] ** 2 + spread(upward, shift) / far**2 + tilted)
    values = values.copy()
    values[:, 3] += line @ (rotation.T @ pose.velocity_enu)
    return values, sigmas
