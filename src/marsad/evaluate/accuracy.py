"""How far tracks are from what they are on: place, height, velocity, course, by range."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
COURSE_SPEED_MIN_MPS = 2.0  # what is slower has no course to speak of


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Errors of the pairs of tracks and objects; NaN where nothing was compared.

    count               pairs
    rmse_m              root mean square of the distance, in as many dimensions as are known
    cep50_m, r95_m      radii that hold 50 % of the errors on the map, and 95 % of the distances
    vertical_rmse_m     root mean square of the error in height alone
    velocity_error_mps  mean size of the error in velocity
    course_error_deg    mean size of the error in course, of objects that move
    """

    count: int
    rmse_m: float
    cep50_m: float
    r95_m: float
    vertical_rmse_m: float
    velocity_error_mps: float
    course_error_deg: float


def accuracy(truth: Array, tracks: Array) -> Accuracy:
    """The errors of states (m, 6) of tracks against those of the objects they are on, row by row."""
    error = tracks - truth
    on_map = np.hypot(error[:, 0], error[:, 1])
    distance = np.sqrt(np.nansum(error[:, :3] ** 2, axis=1))
    up = error[:, 2][np.isfinite(error[:, 2])]
    speed = np.sqrt(np.nansum(error[:, 3:] ** 2, axis=1))[np.isfinite(error[:, 3:5]).all(1)]
    course = course_errors_deg(truth[:, 3:5], tracks[:, 3:5])
    return Accuracy(
        count=len(error),
        rmse_m=_root_mean_square(distance),
        cep50_m=_percentile(on_map, 50),
        r95_m=_percentile(distance, 95),
        vertical_rmse_m=_root_mean_square(up),
        velocity_error_mps=_mean(speed),
        course_error_deg=_mean(course),
    )


def course_errors_deg(truth: Array, tracks: Array) -> Array:
    """Sizes of the angles between velocities on the map (m, 2), where both move and are known."""
    moves = (np.hypot(*truth.T) >= COURSE_SPEED_MIN_MPS) & (np.hypot(*tracks.T) > 0)
    true, mine = truth[moves], tracks[moves]
    cross = true[:, 0] * mine[:, 1] - true[:, 1] * mine[:, 0]
    return np.asarray(np.abs(np.degrees(np.arctan2(cross, (true * mine).sum(1)))))


def _root_mean_square(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2))) if len(values) else float("nan")


def _mean(values: Array) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _percentile(values: Array, percent: float) -> float:
    return float(np.percentile(values, percent)) if len(values) else float("nan")
