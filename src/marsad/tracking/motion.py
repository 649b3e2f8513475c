"""Motion models as matrices: transition, process noise, and the chain that switches between them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel, twin_of
from marsad.tracking.motion_settings import MotionModel

Array = NDArray[np.float64]
Axes = tuple[
    int, ...
]  # (0, 1) in a plane, (0, 1, 2) in space: a tuple, so that compiled loops know its length

PLANE, SPACE = (0, 1), (0, 1, 2)
GRAVITY_MPS2 = 9.80665  # ISO 80000-3, standard acceleration of free fall


def transition_matrices(parameters: Array, axes: Axes, dt_s: float) -> Array:
    """(M, d, d) matrices that carry [position, velocity] over dt_s; d = 2 * len(axes).

    parameters (M, 4) as in `Motion`. A turn of rate w about the vertical: Bar-Shalom, Li,
    Kirubarajan (2001), eq. 11.7.1-4, with w clockwise because azimuth is.
    """
    dimensions = len(axes)
    matrices = np.tile(np.eye(2 * dimensions), (len(parameters), 1, 1))
    for matrix, rate in zip(matrices, parameters[:, 2], strict=True):
        matrix[:dimensions, dimensions:] = dt_s * np.eye(dimensions)
        if rate:
            sine, cosine = np.sin(rate * dt_s), np.cos(rate * dt_s)
            matrix[:2, dimensions : dimensions + 2] = (
                np.array([[sine, 1 - cosine], [cosine - 1, sine]]) / rate
            )
            matrix[dimensions : dimensions + 2, dimensions : dimensions + 2] = [
                [cosine, sine],
                [-sine, cosine],
            ]
    return matrices


def noise_matrices(parameters: Array, axes: Axes, dt_s: float) -> Array:
    """(M, d, d) covariances added over |dt_s| by white-noise acceleration (ibid., eq. 6.2.2-12)."""
    dimensions, t = len(axes), abs(dt_s)
    matrices = np.zeros((len(parameters), 2 * dimensions, 2 * dimensions))
    place = np.arange(dimensions)
    for matrix, (level, upward, _, _) in zip(matrices, parameters, strict=True):
        density = np.array([level, level, upward])[:dimensions]
        matrix[place, place] = density * t**3 / 3
        matrix[place, place + dimensions] = matrix[place + dimensions, place] = density * t**2 / 2
        matrix[place + dimensions, place + dimensions] = density * t
    return matrices


def drifts(parameters: Array, axes: Axes, dt_s: float) -> Array:
    """(M, d) what gravity adds to [position, velocity] in dt_s, for the models that fall."""
    drift = np.zeros((len(parameters), 2 * len(axes)))
    if len(axes) == 3:
        falls = parameters[:, 3] > 0
        drift[falls, 2], drift[falls, 5] = -GRAVITY_MPS2 * dt_s**2 / 2, -GRAVITY_MPS2 * dt_s
    return drift


def switching_matrix(generator: Array, dt_s: float) -> Array:
    """(M, M) probabilities to be in model m after |dt_s| from model j (row).

    A continuous-time chain that leaves j at rate 1/sojourn_j for the others in proportion to
    their shares, so that two short steps equal one long one whatever the rhythm of the sensors.
    """
    if len(generator) == 1:
        return np.ones((1, 1))
    return _exponential(generator * abs(dt_s))


def _generator(models: tuple[MotionModel, ...]) -> Array:
    """(M, M) rates of the chain, per second; rows sum to zero."""
    count = len(models)
    if count == 1:
        return np.zeros((1, 1))
    rates = np.array([1 / model.sojourn_s for model in models])
    shares = np.tile([model.share for model in models], (count, 1))
    np.fill_diagonal(shares, 0.0)
    generator = rates[:, None] * shares / shares.sum(1, keepdims=True)
    np.fill_diagonal(generator, -rates)
    return np.asarray(generator)


def _exponential(matrix: Array) -> Array:
    """Matrix exponential by scaling and squaring of a Taylor series, for small matrices."""
    norm = float(np.abs(matrix).sum(1).max())
    squarings = max(0, int(np.ceil(np.log2(max(norm, 1e-300)))) + 3)
    step = matrix / 2**squarings
    result = np.eye(len(matrix))
    term = np.eye(len(matrix))
    for order in range(1, 13):
        term = term @ step / order
        result = result + term
    for _ in range(squarings):
        result = result @ result
    return result


class Motion(NamedTuple):
    """The motion models as numbers: parameters (M, 4), generator (M, M), slowest, drag (M,).

    A row of parameters is horizontal and vertical noise density, turn rate, and 1.0 if it falls;
    slowest (M,) the least speed of what moves so, 0 for any; drag (M,) as in `drag.slow`.
    """

    parameters: Array
    generator: Array
    slowest: Array
    drag: Array

    @staticmethod
    def of(models: tuple[MotionModel, ...]) -> "Motion":
        """The numbers of these models."""
        rows = [
            (model.noise_m2ps3, model.vertical_noise_m2ps3, model.turn_rate_radps, float(model.gravity))
            for model in models
        ]
        slowest = np.array([model.speed_min_mps for model in models], float)
        drag = np.array([model.drag_per_m for model in models], float)
        return Motion(np.array(rows, float), _generator(models), slowest, drag)


def step(motion: Motion, axes: Axes, dt_s: float) -> tuple[Array, Array, Array, Array]:
    """Transition, drift, noise and switching over dt_s, as `imm.predict` wants them."""
    return (
        transition_matrices(motion.parameters, axes, dt_s),
        drifts(motion.parameters, axes, dt_s),
        noise_matrices(motion.parameters, axes, dt_s),
        switching_matrix(motion.generator, dt_s),
    )


@twin_of(step)
def step_compiled(motion: Motion, axes: Axes, dt_s: float) -> tuple[Array, Array, Array, Array]:
    """The twin of `step`: so cheap that no interval needs to be remembered."""
    transition, drift, noise = _motion_matrices(motion.parameters, len(axes), dt_s)
    return transition, drift, noise, _switching(motion.generator, abs(dt_s))


@kernel
def _motion_matrices(parameters: Array, axes: int, dt: float) -> tuple[Array, Array, Array]:
    count, d, t = len(parameters), 2 * axes, abs(dt)
    transition, noise = np.zeros((count, d, d)), np.zeros((count, d, d))
    drift = np.zeros((count, d))
    for m in range(count):
        for a in range(axes):
            density = parameters[m, 0] if a < 2 else parameters[m, 1]
            transition[m, a, a], transition[m, axes + a, axes + a] = 1.0, 1.0
            transition[m, a, axes + a] = dt
            noise[m, a, a], noise[m, axes + a, axes + a] = density * t**3 / 3, density * t
            noise[m, a, axes + a] = noise[m, axes + a, a] = density * t**2 / 2
        rate = parameters[m, 2]
        if rate != 0.0:
            sine, cosine = np.sin(rate * dt), np.cos(rate * dt)
            transition[m, 0, axes], transition[m, 1, axes + 1] = sine / rate, sine / rate
            transition[m, 0, axes + 1], transition[m, 1, axes] = (1 - cosine) / rate, (cosine - 1) / rate
            transition[m, axes, axes], transition[m, axes + 1, axes + 1] = cosine, cosine
            transition[m, axes, axes + 1], transition[m, axes + 1, axes] = sine, -sine
        if axes == 3 and parameters[m, 3] > 0:
            drift[m, 2], drift[m, 5] = -GRAVITY_MPS2 * dt**2 / 2, -GRAVITY_MPS2 * dt
    return transition, drift, noise


@kernel
def _switching(generator: Array, t: float) -> Array:
    count = len(generator)
    switching, term = np.zeros((count, count)), np.zeros((count, count))
    for m in range(count):
        switching[m, m], term[m, m] = 1.0, 1.0
    if count == 1:
        return switching
    norm = 0.0
    for a in range(count):
        total = 0.0
        for b in range(count):
            total += abs(generator[a, b]) * t
        norm = max(norm, total)
    squarings = max(0, int(np.ceil(np.log2(max(norm, 1e-300)))) + 3)
    scale = t / 2.0**squarings
    product = np.empty((count, count))
    for order in range(1, 13 + squarings):
        for a in range(count):
            for b in range(count):
                value = 0.0
                for c in range(count):
                    if order < 13:
                        value += term[a, c] * generator[c, b] * scale / order
                    else:
                        value += switching[a, c] * switching[c, b]
                product[a, b] = value
        if order < 13:
            for a in range(count):
                for b in range(count):
                    term[a, b] = product[a, b]
                    switching[a, b] += product[a, b]
        else:
            for a in range(count):
                for b in range(count):
                    switching[a, b] = product[a, b]
    return switching
