"""A real rocket of students: its apogee, and when it comes to it, from the first two seconds of its coast."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from marsad.model.ballistic import GRAVITY_MPS2, SCALE_HEIGHT_M, SEA_LEVEL_DENSITY_KGPM3
from marsad.tracking.ballistic.judging import Fit, FitJudge
from marsad.tracking.ballistic.memory import PlotMemory
from marsad.tracking.ballistic.settings import BallisticFitSettings
from marsad.tracking.ballistic.trajectory import COLUMNS, SIGMAS, VALUES

Array = NDArray[np.float64]
ASCENT = Path(__file__).parents[4] / "shared" / "data" / "rocket" / "student_rocket_ascent.csv.gz"
COAST_S, SEEN_S = 4.96, 2.0
APOGEE_M, APOGEE_S = 3_904.0, 29.6
SIGMA_M, PERIOD_S = 10.0, 0.25  # as a counter-rocket radar that looks up at it
NINE_IN_TEN = 1.645


def heights() -> tuple[Array, Array]:
    with gzip.open(ASCENT, "rt") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    names = list(rows[0])
    height = next(one for one in names if one.startswith(("height", "up")))
    return np.array([float(row["t_s"]) for row in rows]), np.array([float(row[height]) for row in rows])


def apogees(states: Array) -> Array:
    """Height and time (n, 2) of the top of each path, states (n, 7) as the fits have them."""
    place, velocity, beta = states[:, 2].copy(), states[:, 3:6].copy(), np.exp(states[:, 6])
    top, when = place.copy(), np.zeros(len(states))
    step = 0.01
    for number in range(6_000):
        rising = velocity[:, 2] > 0
        if not rising.any():
            break
        density = SEA_LEVEL_DENSITY_KGPM3 * np.exp(-place / SCALE_HEIGHT_M)
        drag = density * np.linalg.norm(velocity, axis=1) / (2 * beta)
        pull = -drag[:, None] * velocity - np.array([0.0, 0.0, GRAVITY_MPS2])
        place += step * velocity[:, 2] + step**2 / 2 * pull[:, 2]
        velocity += step * pull
        top, when = np.where(rising, place, top), np.where(rising, (number + 1) * step, when)
    return np.stack([top, when], axis=1)


@pytest.mark.skipif(not ASCENT.exists(), reason=f"{ASCENT} is not there")
@pytest.mark.parametrize("seed", range(4))
def test_the_apogee_of_a_real_ascent_is_within_its_interval_after_two_seconds_of_coast(seed: int) -> None:
    time_s, height_m = heights()
    looks = np.arange(COAST_S, COAST_S + SEEN_S + 0.01, PERIOD_S)
    random = np.random.default_rng(seed)
    memory, judge, fit = PlotMemory.of(32), FitJudge(BallisticFitSettings(), compiled=True), Fit.none(0)
    for look_s in looks:
        plot = np.zeros(COLUMNS)
        plot[VALUES + 2] = np.interp(look_s, time_s, height_m) + SIGMA_M * random.standard_normal()
        plot[SIGMAS : SIGMAS + 3] = SIGMA_M
        memory.add(round(look_s * 1e9), plot)
        fit = judge.fit(memory, fit)
    drawn = random.multivariate_normal(fit.mean, fit.covariance, 400)
    likely, found = apogees(fit.mean[None])[0], apogees(drawn)
    truth = np.array([APOGEE_M, APOGEE_S - looks[-1]])
    sigma = found.std(axis=0)
    assert (np.abs(truth - likely) < NINE_IN_TEN * sigma).all(), (truth, likely, sigma)
    assert sigma[0] < 0.2 * APOGEE_M and sigma[1] < 4.0  # and it says something
