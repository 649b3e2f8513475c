"""How a route is really flown: nobody, not even an autopilot, flies a drawn line at a drawn speed.

The wobbles are fitted to recorded flights of multirotors on automatic legs and flown by hand for video,
and of models flown by hand (tools/motion_table.py compares). They fade towards the end of a route: what
comes to hit, hits.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from marsad.simulate.kinds import ObjectKind
from marsad.simulate.trajectory import Trajectory

Array = NDArray[np.float64]
STEP_S = 0.5
FADE_S = 12.0
MEMORY_PER_FILTER = 0.6


class Manner(StrEnum):
    """Who flies a route, and how closely."""

    EXACT = "exact"
    AUTOMATIC = "automatic"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Wobble:
    """Standard deviation and memory of each wobble, smooth in value and rate.

    aside      to the side of the route
    ahead_s    how far ahead of, or behind, its timetable
    above      over and under the route
    """

    aside_m: float
    aside_memory_s: float
    ahead_s: float
    ahead_memory_s: float
    above_m: float
    above_memory_s: float


_MULTIROTOR = {
    Manner.AUTOMATIC: Wobble(0.5, 2.5, 0.15, 2.5, 0.2, 3.0),
    Manner.MANUAL: Wobble(3.5, 4.0, 0.5, 5.0, 1.6, 5.0),
}
_FIXED_WING = {
    Manner.AUTOMATIC: Wobble(4.0, 5.0, 0.1, 4.0, 1.5, 5.0),
    Manner.MANUAL: Wobble(12.0, 4.5, 1.0, 5.0, 8.0, 6.0),
}


def wobble_of(kind: ObjectKind, manner: Manner) -> Wobble:
    """How a kind of aircraft wobbles when it is flown so; not for an exact manner."""
    return (_MULTIROTOR if kind is ObjectKind.MULTIROTOR else _FIXED_WING)[manner]


def flown_so(path: Trajectory, kind: ObjectKind, manner: Manner, random: np.random.Generator) -> Trajectory:
    """A route as it is flown; the same where the manner is exact."""
    if manner is Manner.EXACT:
        return path
    wobble = wobble_of(kind, manner)
    t_s = np.arange(path.start_s, path.end_s, STEP_S)
    t_s = np.append(t_s, path.end_s) if path.end_s - t_s[-1] > 0.1 else t_s
    fade = np.clip((path.end_s - t_s) / FADE_S, 0.0, 1.0)
    count = len(t_s)
    ahead = wobble.ahead_s * _smooth(count, wobble.ahead_memory_s, random) * fade
    position, velocity = path.state(np.clip(t_s + ahead, path.start_s, path.end_s))
    moving = np.hypot(velocity[:, 0], velocity[:, 1]) > 1.0
    latest = np.maximum.accumulate(np.where(moving, np.arange(count), 0))  # what stands keeps its heading
    heading = np.unwrap(np.arctan2(velocity[latest, 0], velocity[latest, 1]))
    aside = wobble.aside_m * _smooth(count, wobble.aside_memory_s, random) * fade
    above = wobble.above_m * _smooth(count, wobble.above_memory_s, random) * fade
    position = position + np.column_stack([aside * np.cos(heading), -aside * np.sin(heading), above])
    return Trajectory(t_s, position, np.gradient(position, t_s, axis=0))


def _smooth(count: int, memory_s: float, random: np.random.Generator) -> Array:
    """A stationary process of unit variance, three times low-passed so that its rate is smooth, too."""
    keep = float(np.exp(-STEP_S / (MEMORY_PER_FILTER * memory_s)))
    steps = np.arange(int(12 * memory_s / STEP_S))
    answer = (steps + 1) * (steps + 2) / 2 * keep**steps  # of three such filters in a row to one shock
    answer /= np.sqrt(np.sum(answer**2))
    shocks = random.standard_normal(count + len(answer) - 1)
    return np.asarray(np.convolve(shocks, answer, mode="valid"))
