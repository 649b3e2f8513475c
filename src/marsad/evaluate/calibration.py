"""Whether what is said to be sure is as sure as it is said to be: probabilities, intervals, covariances.

Sources: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017 (ECE with bins of equal width);
Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950);
Bar-Shalom, Li, Kirubarajan, "Estimation with Applications to Tracking and Navigation" (2001), 5.4 (NEES).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of a reliability diagram: how many, their mean confidence, the share that came true."""

    low: float
    high: float
    count: int
    confidence: float
    share: float


class Reliability:
    """Confidences and whether they came true, in bins of equal width from 0 to 1."""

    def __init__(self, bins: int = BINS) -> None:
        self._count = np.zeros(bins, np.int64)
        self._confidence = np.zeros(bins)
        self._true = np.zeros(bins)

    def add(self, confidence: ArrayLike, came_true: ArrayLike) -> None:
        """Take in forecasts, each a confidence 0 to 1 and whether it came true; NaN is left out."""
        said, came = np.broadcast_arrays(
            np.atleast_1d(np.asarray(confidence, float)), np.asarray(came_true, bool)
        )
        good = np.isfinite(said)
        said, came = said[good], came[good]
        if ((said < 0) | (said > 1)).any():
            raise ValueError("a confidence lies outside 0 to 1")
        bins = len(self._count)
        place = np.minimum((said * bins).astype(np.int64), bins - 1)
        np.add.at(self._count, place, 1)
        np.add.at(self._confidence, place, said)
        np.add.at(self._true, place, came)

    @property
    def count(self) -> int:
        """How many forecasts."""
        return int(self._count.sum())

    def expected_error(self) -> float:
        """ECE: |share − confidence| of the bins, weighed by their counts; NaN without forecasts."""
        if not self.count:
            return float("nan")
        return float(np.abs(self._true - self._confidence).sum() / self.count)

    def diagram(self) -> tuple[Bin, ...]:
        """The bins that are not empty."""
        bins = len(self._count)
        return tuple(
            Bin(
                place / bins,
                (place + 1) / bins,
                int(self._count[place]),
                float(self._confidence[place] / self._count[place]),
                float(self._true[place] / self._count[place]),
            )
            for place in np.flatnonzero(self._count).tolist()
        )


def brier(probability: ArrayLike, came_true: ArrayLike) -> float:
    """Mean squared difference (m,) between probabilities of one event and whether it came true: 0 to 1."""
    said, came = np.asarray(probability, float), np.asarray(came_true, float)
    return float(np.mean((said - came) ** 2)) if said.size else float("nan")


def brier_of_classes(probability: ArrayLike, true_class: ArrayLike) -> float:
    """Brier's own score of several classes (m, k): the mean of summed squared differences, 0 to 2.

    true_class   (m,) column of the true class
    """
    said = np.asarray(probability, float)
    if not said.size:
        return float("nan")
    truth = np.zeros_like(said)
    truth[np.arange(len(said)), np.asarray(true_class, np.int64)] = 1.0
    return float(np.mean(((said - truth) ** 2).sum(1)))


def nees_per_dimension(error: ArrayLike, covariance: ArrayLike) -> Array:
    """Normalised estimation error squared over the dimension (m,), expected 1: eᵀ P⁻¹ e / d.

    error (m, d), covariance (m, d, d). NaN where an error is not known or a covariance is singular.
    """
    wrong, spread = np.asarray(error, float), np.asarray(covariance, float)
    found = np.full(len(wrong), np.nan)
    known = np.isfinite(wrong).all(1) & np.isfinite(spread).all((1, 2))
    known[known] = np.linalg.matrix_rank(spread[known], hermitian=True) == wrong.shape[1]
    if known.any():
        solved = np.linalg.solve(spread[known], wrong[known][:, :, None])[:, :, 0]
        found[known] = (wrong[known] * solved).sum(1) / wrong.shape[1]
    return found
