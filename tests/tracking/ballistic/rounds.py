"""Rounds and radars of the tests: flights by SciPy's integrator, and the bound on what can be known of them.

Nothing here is the estimator's: its air, its steps and its sensitivities are written anew.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Round:
    """A kind of round by its speed and rise at burn-out, mass over drag area, and time under thrust."""

    name: str
    speed_mps: float
    rise_deg: float
    beta_kgpm2: float


@dataclass(frozen=True)
class Radar:
    """A radar at the target by its one-sigma errors and rate."""

    name: str
    range_m: float
    angle_rad: float
    period_s: float


MORTAR = Round("mortar", 200.0, 55.0, 3500.0)
SHORT = Round("short", 380.0, 40.0, 5000.0)
MEDIUM = Round("medium", 650.0, 38.0, 9000.0)
RADAR_A = Radar("A", 10.0, np.radians(0.11), 0.25)
RADAR_B = Radar("B", 15.0, np.radians(0.5), 1.0)


def _rates(_: float, state: Array, beta: float, wind: Array, thrust: float) -> Array:
    shear = np.clip(1.0 + state[2] / 2500.0, 1.0, 4.0)
    air = state[3:] - np.append(wind * shear, 0.0)
    speed = np.linalg.norm(air)
    pull = -1.225 * np.exp(-state[2] / 9300.0) * speed * air / (2.0 * beta)
    pull = pull + thrust * state[3:] / np.linalg.norm(state[3:])
    return np.concatenate([state[3:], pull - np.array([0.0, 0.0, 9.80665])])


def fly(
    start: Array, beta: float, times: Array, wind: tuple[float, float] = (0.0, 0.0), thrust: float = 0.0
) -> Array:
    """States (t, 6) at ascending times from the first, at which the start is."""
    run = solve_ivp(
        _rates, (times[0], times[-1] + 1e-6), start, t_eval=times, args=(beta, np.array(wind), thrust),
        rtol=1e-9, atol=1e-6,
    )  # fmt: skip
    return np.asarray(run.y.T)


def _landed(_: float, state: Array, *__: object) -> float:
    return float(state[2])


_landed.terminal = True  # type: ignore[attr-defined]
_landed.direction = -1  # type: ignore[attr-defined]


def land(start: Array, beta: float, wind: tuple[float, float] = (0.0, 0.0)) -> Array:
    """[east, north, seconds] of the impact on flat ground at height 0."""
    run = solve_ivp(
        _rates, (0.0, 400.0), start, events=_landed, args=(beta, np.array(wind), 0.0), rtol=1e-8, atol=1e-5
    )
    return np.array([*run.y_events[0][0][:2], run.t_events[0][0]])


def aimed(kind: Round, beta: float, towards: Array, course_rad: float, wind: tuple[float, float]) -> Array:
    """The state (6,) at burn-out of a round that comes down at a place (2,)."""
    rise = np.radians(kind.rise_deg)
    level, up = kind.speed_mps * np.cos(rise), kind.speed_mps * np.sin(rise)
    start = np.array([0.0, 0.0, 30.0, level * np.sin(course_rad), level * np.cos(course_rad), up])
    start[:2] = towards - land(start, beta, wind)[:2]
    return start


def measure(states: Array, radar: Radar, dice: np.random.Generator) -> Array:
    """Plots (t, 3) of range, azimuth and elevation, by a radar 10 m above the middle of the site."""
    east, north, up = states[:, 0], states[:, 1], states[:, 2] - 10.0
    level = np.hypot(east, north)
    true = np.stack([np.hypot(level, up), np.arctan2(east, north), np.arctan2(up, level)], axis=1)
    errors = np.array([radar.range_m, radar.angle_rad / 1.0, radar.angle_rad])
    return np.asarray(true + dice.normal(size=true.shape) * errors)


def _sights(states: Array) -> Array:
    east, north, up = states[:, 0], states[:, 1], states[:, 2] - 10.0
    level = np.hypot(east, north)
    return np.stack([np.hypot(level, up), np.arctan2(east, north), np.arctan2(up, level)], axis=1)


def bound(start: Array, beta: float, times: Array, radar: Radar, sigma: float) -> tuple[Array, Array]:
    """The least covariance (3, 3) of [east, north, seconds] of the impact, and the bound (7, 7) of the state
    at the last plot, for ln β known to sigma beforehand."""
    steps = np.array([1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.01])
    now = np.append(fly(start, beta, times)[-1], np.log(beta))

    def back(state: Array) -> Array:
        run = solve_ivp(
            _rates, (times[-1], times[0] - 1e-6), state[:6], t_eval=times[::-1],
            args=(np.exp(state[6]), np.zeros(2), 0.0), rtol=1e-9, atol=1e-6,
        )  # fmt: skip
        return _sights(run.y.T)

    def away(state: Array) -> Array:
        return land(state[:6], float(np.exp(state[6])))

    slope = np.stack([(back(now + h) - back(now - h)) / (2 * h.sum()) for h in np.diag(steps)], axis=-1)
    slope /= np.array([radar.range_m, radar.angle_rad, radar.angle_rad])[:, None]
    known = np.einsum("tka,tkb->ab", slope, slope)
    known[6, 6] += sigma**-2
    least = np.linalg.inv(known)
    to_ground = np.stack([(away(now + h) - away(now - h)) / (2 * h.sum()) for h in np.diag(steps)], axis=-1)
    return to_ground @ least @ to_ground.T, least
