"""Motion models as matrices: transition, process noise, and the chain that switches between them."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.settings import MotionModel

Array = NDArray[np.float64]


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


def switching_matrix(models: tuple[MotionModel, ...], dt_s: float) -> Array:
    """(M, M) probabilities to be in model m after |dt_s| from model j (row).

    A continuous-time chain that leaves j at rate 1/sojourn_j for any other alike, so that two
    short steps equal one long one whatever the rhythm of the sensors.
    """
    count = len(models)
    if count == 1:
        return np.ones((1, 1))
    rates = np.array([1 / model.sojourn_s for model in models])
    generator = np.tile((rates / (count - 1))[:, None], (1, count))
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
