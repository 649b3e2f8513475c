"""The flight of a point mass that best explains some plots: the NumPy specification.

Falling through air,
dv/dt = g - ρ(h) |u| u / (2 β), u = v - w(h), ρ = 1.225 exp(-h / 9300 m), by fourth-order Runge-Kutta, with
its variational equations beside it for the sensitivities. Fitted by Gauss-Newton steps, damped where they
make it worse (Levenberg-Marquardt), over the whole of the plots. The state is that at the newest plot; from
there the flight is followed back to the oldest plot given, and no further.

Neglected: the curvature of the earth and the turn of gravity with it (over 20 km 31 m of height and 0.18°,
0.03 m/s²), the turn of the earth (at 600 m/s up to 0.09 m/s², one hundredth of gravity: 40 m after 30 s),
lift, spin and the rise of drag near the speed of sound, which β takes as the mean over the plots. A height of
the site above the sea makes β larger by as much as the air there is thinner, and so does no harm.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.model.ballistic import SCALE_HEIGHT_M, WIND_GROWTH_MAX, WIND_HEIGHT_M

Array = NDArray[np.float64]

# columns of a plot: seconds after the newest one (0 or less), values and errors of range, azimuth and
# elevation or of east, north and up (NaN: not measured), whether polar, place of the sensor, its axes by rows
TIME, VALUES, SIGMAS, POLAR, ORIGIN, AXES, COLUMNS = 0, 1, 4, 7, 8, 11, 20
STATES, UNKNOWNS = 7, 9  # position, velocity, ln β; and the wind to east and to north
STEP_S = 0.5  # no longer step of integration; errs by less than a centimetre over 20 s at 700 m/s
STEPS_MAX = 12  # of Gauss and Newton
ENOUGH = 0.01  # a step that makes χ² smaller by less is the last
NEAREST_M = 1.0
FREE_STEP = 1.0  # of ln β at once, at most


def rates(state: Array, sensitivity: Array, air: Array) -> tuple[Array, Array]:
    """Rates of a state (9,) and of its sensitivities (6, 9) to the state at the start.

    air (2,)  gravity in m/s² and density at sea level in kg/m³; none: flight with an acceleration of its own
    """
    velocity = state[3:6]
    if air[1] == 0:
        grown = np.concatenate([sensitivity[3:], np.zeros((3, UNKNOWNS))])
        grown[3:, 6:] = np.eye(3)
        return np.concatenate([velocity, state[6:]]), grown
    growth = min(max(1 + state[2] / WIND_HEIGHT_M, 1.0), WIND_GROWTH_MAX)
    velocity = velocity - growth * np.append(state[7:], 0.0)
    speed = max(float(np.sqrt((velocity**2).sum())), 1e-3)
    factor = air[1] * np.exp(-state[2] / SCALE_HEIGHT_M) * np.exp(-state[6]) / 2
    drag = -factor * speed * velocity
    by_velocity = -factor * (speed * np.eye(3) + np.outer(velocity, velocity) / speed)
    change = np.concatenate([state[3:6], drag])
    change[5] -= air[0]
    grown = np.empty((6, UNKNOWNS))
    grown[:3] = sensitivity[3:]
    grown[3:] = by_velocity @ sensitivity[3:] - np.outer(drag, sensitivity[2]) / SCALE_HEIGHT_M
    grown[3:, 6] -= drag
    grown[3:, 7:] -= growth * by_velocity[:, :2]
    return change, grown


def flown(state: Array, sensitivity: Array, dt_s: float, air: Array) -> None:
    """Carry a state and its sensitivities on by some time, which may be negative, in place."""
    count = int(np.ceil(abs(dt_s) / STEP_S))
    for _ in range(count):
        step = dt_s / count
        at, grown = state.copy(), sensitivity.copy()
        change, growth = np.zeros(6), np.zeros((6, UNKNOWNS))
        for part, weight in ((0.5, 1.0), (0.5, 2.0), (1.0, 2.0), (0.0, 1.0)):
            one, more = rates(at, grown, air)
            change += weight * one
            growth += weight * more
            at[:6] = state[:6] + part * step * one
            grown = sensitivity + part * step * more
        state[:6] += step / 6 * change
        sensitivity += step / 6 * growth


def seen(place: Array, plot: Array) -> tuple[Array, Array]:
    """What a plot's sensor would measure at a place (3,), and how that changes with the place (3, 3)."""
    if plot[POLAR] == 0:
        return place, np.eye(3)
    axes = plot[AXES:].reshape(3, 3)
    east, north, up = (place - plot[ORIGIN:AXES]) @ axes
    ground = max(float(np.sqrt(east**2 + north**2)), NEAREST_M)
    distance = float(np.sqrt(ground**2 + up**2))
    slope = np.array(
        [
            [east / distance, north / distance, up / distance],
            [north / ground**2, -east / ground**2, 0.0],
            [-east * up / ground / distance**2, -north * up / ground / distance**2, ground / distance**2],
        ]
    )
    return np.array([distance, np.arctan2(east, north), np.arctan2(up, ground)]), slope @ axes.T


def weighed(start: Array, plots: Array, air: Array) -> tuple[Array, Array, Array]:
    """Information (9, 9) and gradient (9,) of the plots about a state (9,), and χ² (k,) of each."""
    information, gradient, square = np.zeros((UNKNOWNS, UNKNOWNS)), np.zeros(UNKNOWNS), np.zeros(len(plots))
    state, sensitivity = start.copy(), np.eye(6, UNKNOWNS)
    last_s = 0.0
    for row in range(len(plots) - 1, -1, -1):
        plot = plots[row]
        flown(state, sensitivity, plot[TIME] - last_s, air)
        last_s = plot[TIME]
        expected, slope = seen(state[:3], plot)
        for k in range(3):
            apart, sigma = plot[VALUES + k] - expected[k], plot[SIGMAS + k]
            if np.isnan(apart):
                continue
            if plot[POLAR] > 0 and k > 0:
                apart = (apart + np.pi) % (2 * np.pi) - np.pi
            line = slope[k] @ sensitivity[:3] / sigma
            information += np.outer(line, line)
            gradient += line * (apart / sigma)
            square[row] += (apart / sigma) ** 2
    return information, gradient, square


def fitted(
    guess: Array, plots: Array, air: Array, prior: Array, weight: Array
) -> tuple[Array, Array, Array, float]:
    """The state (9,) at the newest plot, information (9, 9), χ² (k,) of each plot and that of the prior.

    guess (9,)            where to begin
    prior (9,)            what is assumed of the state, with the information weight (9, 9)
    """
    best, trial, cost, damping = guess.copy(), guess.copy(), np.inf, 0.0
    information, gradient, square = weighed(trial, plots, air)
    kept, slope, squares, assumed = information, gradient, square, 0.0
    for turn in range(STEPS_MAX):
        if turn:
            information, gradient, square = weighed(trial, plots, air)
        own = float((trial - prior) @ weight @ (trial - prior))
        total = square.sum() + own
        if total <= cost:
            gained, cost = cost - total, total
            best, kept, squares, assumed = trial.copy(), information, square, own
            slope = gradient + weight @ (prior - trial)
            damping /= 10
            if gained < ENOUGH:
                break
        else:
            damping = max(10 * damping, 1e-3)
        normal = kept + weight
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), slope)
        if air[1] > 0:
            step[6] = min(max(step[6], -FREE_STEP), FREE_STEP)
        trial = best + step
    return best, kept, squares, assumed


def example_flight() -> tuple[Array, Array, Array, Array, Array]:
    """Arguments of `fitted`: one plot of something that stands."""
    plot = np.zeros((1, COLUMNS))
    plot[0, SIGMAS:POLAR] = 1.0
    return np.zeros(UNKNOWNS), plot, np.zeros(2), np.zeros(UNKNOWNS), np.eye(UNKNOWNS)
