"""Motion models as matrices: transition, process noise, and the chain that switches between them."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.settings import MotionModel

Array = NDArray[np.float64]

GRAVITY_MPS2 = 9.80665  # ISO 80000-3, standard acceleration of free fall


def transition_matrices(models: tuple[MotionModel, ...], dimensions: int, dt_s: float) -> Array:
    """(M, d, d) matrices that carry [position, velocity] over dt_s; d = 2 * dimensions.

    A turn of rate w about the vertical: Bar-Shalom, Li, Kirubarajan (2001), eq. 11.7.1-4, with
    w clockwise because azimuth is.
    """
    d = 2 * dimensions
    matrices = np.tile(np.eye(d), (len(models), 1, 1))
    for matrix, model in zip(matrices, models, strict=True):
        matrix[:dimensions, dimensions:] = dt_s * np.eye(dimensions)
        if model.turn_rate_radps:
            rate, angle = model.turn_rate_radps, model.turn_rate_radps * dt_s
            sine, cosine = np.sin(angle), np.cos(angle)
            matrix[:2, dimensions : dimensions + 2] = (
                np.array([[sine, 1 - cosine], [cosine - 1, sine]]) / rate
            )
            matrix[dimensions : dimensions + 2, dimensions : dimensions + 2] = [
                [cosine, sine],
                [-sine, cosine],
            ]
    return matrices


def noise_matrices(models: tuple[MotionModel, ...], dimensions: int, dt_s: float) -> Array:
    """(M, d, d) covariances added over |dt_s| by white-noise acceleration (ibid., eq. 6.2.2-12)."""
    d, t = 2 * dimensions, abs(dt_s)
    matrices = np.zeros((len(models), d, d))
    axes = np.arange(dimensions)
    for matrix, model in zip(matrices, models, strict=True):
        density = np.array([model.noise_m2ps3, model.noise_m2ps3, model.vertical_noise_m2ps3])[:dimensions]
        matrix[axes, axes] = density * t**3 / 3
        matrix[axes, axes + dimensions] = matrix[axes + dimensions, axes] = density * t**2 / 2
        matrix[axes + dimensions, axes + dimensions] = density * t
    return matrices


def drifts(models: tuple[MotionModel, ...], dimensions: int, dt_s: float) -> Array:
    """(M, d) what gravity adds to [position, velocity] in dt_s, for the models that fall."""
    drift = np.zeros((len(models), 2 * dimensions))
    if dimensions == 3:
        falls = [model.gravity for model in models]
        drift[falls, 2], drift[falls, 5] = -GRAVITY_MPS2 * dt_s**2 / 2, -GRAVITY_MPS2 * dt_s
    return drift


def switching_matrix(models: tuple[MotionModel, ...], dt_s: float) -> Array:
    """(M, M) probabilities to be in model m after |dt_s| from model j (row).

    A continuous-time chain that leaves j at rate 1/sojourn_j for the others in proportion to
    their shares, so that two short steps equal one long one whatever the rhythm of the sensors.
    """
    count = len(models)
    if count == 1:
        return np.ones((1, 1))
    rates = np.array([1 / model.sojourn_s for model in models])
    shares = np.tile([model.share for model in models], (count, 1))
    np.fill_diagonal(shares, 0.0)
    generator = rates[:, None] * shares / shares.sum(1, keepdims=True)
    np.fill_diagonal(generator, -rates)
    return _exponential(generator * abs(dt_s))


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
