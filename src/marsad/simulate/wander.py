"""Birds: flocks that wander about a home, turning and climbing at random."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.geo.local import LocalFrame
from marsad.simulate.route import raised
from marsad.simulate.trajectory import Trajectory

Array = NDArray[np.float64]
STEP_S = 1.0
TURN_MEMORY_S = 12.0  # how long a bird keeps turning the same way
CLIMB_MEMORY_S = 20.0


@dataclass(frozen=True, slots=True)
class Haunt:
    """Where a flock stays.

    east_m, north_m    its centre in the site's plane
    radius_m           beyond it the birds turn back
    height_min_m, height_max_m   above the ellipsoid
    speed_mps          cruising speed
    turn_sigma_radps   how restlessly they turn
    """

    east_m: float
    north_m: float
    radius_m: float
    height_min_m: float
    height_max_m: float
    speed_mps: float
    turn_sigma_radps: float


def wander(
    haunt: Haunt, frame: LocalFrame, start_s: float, end_s: float, random: np.random.Generator
) -> tuple[Array, Array, Array, Array, Array]:
    """Times, plane (k, 2), its velocity (k, 2), height and climb of a flock's middle.

    Turn rate and climb are Ornstein-Uhlenbeck processes; outside the haunt the heading is drawn
    home, near the height limits the climb is turned round.
    """
    count = max(3, int(np.ceil((end_s - start_s) / STEP_S)) + 1)
    t = start_s + STEP_S * np.arange(count, dtype=np.float64)
    noise = random.standard_normal((count, 2))
    plane, velocity = np.empty((count, 2)), np.empty((count, 2))
    height, climb = np.empty(count), np.empty(count)
    away = haunt.radius_m * np.sqrt(random.random())
    bearing, heading = random.uniform(0, 2 * np.pi, 2)
    x = np.array([haunt.east_m + away * np.sin(bearing), haunt.north_m + away * np.cos(bearing)])
    low, high = haunt.height_min_m, haunt.height_max_m
    z, turn, rise = float(random.uniform(low, high)), 0.0, 0.0
    keep_turn, keep_rise = float(np.exp(-STEP_S / TURN_MEMORY_S)), float(np.exp(-STEP_S / CLIMB_MEMORY_S))
    for row in range(count):
        v = haunt.speed_mps * np.array([np.sin(heading), np.cos(heading)])
        if row:
            x = x + (velocity[row - 1] + v) / 2 * STEP_S
            z = z + (climb[row - 1] + rise) / 2 * STEP_S
        plane[row], velocity[row], height[row], climb[row] = x, v, z, rise
        turn = keep_turn * turn + haunt.turn_sigma_radps * np.sqrt(1 - keep_turn**2) * noise[row, 0]
        home = np.array([haunt.east_m, haunt.north_m]) - x
        if np.hypot(*home) > haunt.radius_m:
            error = (np.arctan2(home[0], home[1]) - heading + np.pi) % (2 * np.pi) - np.pi
            turn = 0.7 * turn + 0.1 * error
        heading += turn * STEP_S
        rise = keep_rise * rise + 1.0 * np.sqrt(1 - keep_rise**2) * noise[row, 1]
        if (z < low and rise < 0) or (z > high and rise > 0):
            rise = -rise
    return t, plane, velocity, height, climb


def flock(
    haunt: Haunt,
    frame: LocalFrame,
    start_s: float,
    end_s: float,
    members: list[np.random.Generator],
    leader: np.random.Generator,
) -> list[Trajectory]:
    """One trajectory per member: the flock's path with a slowly changing offset of a few metres."""
    t, plane, velocity, height, climb = wander(haunt, frame, start_s, end_s, leader)
    paths = []
    for random in members:
        amplitude = random.normal(0.0, 12.0, (2, 3))
        phase = random.uniform(0, 2 * np.pi, (2, 3))
        rate = random.uniform(0.05, 0.2, (2, 3))  # rad/s: half a minute to two to change places
        angle = rate * (t[:, None, None] - start_s) + phase
        offset = (amplitude * np.sin(angle)).sum(1)
        drift = (amplitude * rate * np.cos(angle)).sum(1)
        lift = np.clip(offset[:, 2], 3.0 - (height - haunt.height_min_m), None)
        rising = np.where(lift == offset[:, 2], drift[:, 2], 0.0)
        paths.append(
            raised(frame, t, plane + offset[:, :2], velocity + drift[:, :2], height + lift, climb + rising)
        )
    return paths
