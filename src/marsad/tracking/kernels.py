"""The set of kernels a tracker runs on: the NumPy specification or its compiled twin."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from marsad.model.sensor import Sensor, SensorKind
from marsad.tracking import (
    birth,
    cleaning,
    crossings,
    existence,
    gating,
    ghosts,
    hiding,
    imm,
    measurement,
    motion,
    origins,
    registration_lesson,
    registration_lesson_kernel,
    retrodiction,
    sectors,
    triangulation,
    twins,
    update,
    weighing,
)
from marsad.tracking.existence import SensorModel
from marsad.tracking.settings import TrackingSettings


@dataclass(frozen=True)
class Kernels:
    """The arithmetic of the engine; every function is documented where it is defined."""

    clean: Callable[..., Any]
    step: Callable[..., Any]
    predict: Callable[..., Any]
    picture: Callable[..., Any]
    project_polar: Callable[..., Any]
    candidates: Callable[..., Any]
    compare: Callable[..., Any]
    origins: Callable[..., Any]
    weigh: Callable[..., Any]
    likely_own: Callable[..., Any]
    update: Callable[..., Any]
    detection_probability: Callable[..., Any]
    agreeing: Callable[..., Any]
    start: Callable[..., Any]
    crossing_pairs: Callable[..., Any]
    agreement: Callable[..., Any]
    locate: Callable[..., Any]
    exposure: Callable[..., Any]
    sector_factors: Callable[..., Any]
    learn_sectors: Callable[..., Any]
    retrodict: Callable[..., Any]
    lesson: Callable[..., Any]


SPECIFICATION = Kernels(
    cleaning.clean,
    motion.step,
    imm.predict,
    imm.picture,
    measurement.project_polar,
    gating.candidates,
    measurement.compare,
    origins.origins,
    weighing.weigh,
    weighing.likely_own,
    update.update,
    existence.detection_probability,
    twins.agreeing,
    birth.start,
    crossings.crossing_pairs,
    ghosts.agreement,
    triangulation.locate,
    hiding.exposure,
    sectors.sector_factors,
    sectors.learn_sectors,
    retrodiction.retrodict,
    registration_lesson.lesson,
)
COMPILED = Kernels(
    cleaning.clean_compiled,
    motion.step_compiled,
    imm.predict_compiled,
    imm.picture_compiled,
    measurement.project_polar_compiled,
    gating.candidates_compiled,
    measurement.compare_compiled,
    origins.origins_compiled,
    weighing.weigh_compiled,
    weighing.likely_own_compiled,
    update.update_compiled,
    existence.detection_probability_compiled,
    twins.agreeing_compiled,
    birth.start_compiled,
    crossings.crossing_pairs_compiled,
    ghosts.agreement_compiled,
    triangulation.locate_compiled,
    hiding.exposure_compiled,
    sectors.sector_factors_compiled,
    sectors.learn_sectors_compiled,
    retrodiction.retrodict_compiled,
    registration_lesson_kernel.lesson_compiled,
)


def kernels(compiled: bool) -> Kernels:
    """The compiled set or the specification."""
    return COMPILED if compiled else SPECIFICATION


def warm_up(progress: Callable[[str], None]) -> None:
    """Compile every kernel, or load it from the cache on disk, so that no scan waits for it.

    progress is called with the kernel's name before each. The whole takes some ten seconds the
    first time on a machine and well under one second after that.
    """
    d, count = 6, 2
    settings = TrackingSettings()
    radar = SensorModel.of(Sensor("", "", SensorKind.RADAR, ""), None, 0, settings)
    mean, cov = np.ones((1, count, d)), np.tile(np.eye(d), (1, count, 1, 1))
    modes, matrices = np.full((1, count), 0.5), np.tile(np.eye(d), (count, 1, 1))
    none, one = np.zeros(1, np.int64), np.ones(1)
    # two lines that cross at right angles
    pair, lines = np.arange(2), np.array([[0.0, 0, 0, 0, np.nan, 1, np.nan, 9], [4, 4, 0, -1.57, 0, 1, 1, 9]])
    values = np.ones((1, 4))
    expected, cross, spread = (
        np.ones((1, count, 4)),
        np.ones((1, count, d, 4)),
        np.tile(np.eye(4), (1, count, 1, 1)),
    )
    arguments: dict[str, tuple[Any, ...]] = {
        "clean": (np.ones((1, 6)), np.ones((1, 6)), np.arange(4), *(np.ones(4),) * 4, True),
        "step": (motion.Motion.of(settings.models, 3), 0.5),
        "predict": (mean, cov, modes, matrices, np.zeros((count, d)), matrices, np.full((count, count), 0.5)),
        "picture": (mean, cov, modes, 1.0, 1.0, 1.0),
        "project_polar": (mean, cov, np.zeros(3), np.eye(3)),
        "candidates": (expected, spread, values, values, 1.0, True, 10),
        "compare": (none, none, expected, spread, modes, values, values, True, np.ones(5), none, 1.0),
        "origins": (values, values, True, radar, settings),
        "weigh": (
            *(none, none, one, one / 2, one / 2, one / 2, True, one, one),
            *(none, np.zeros(1, np.bool_), -1.0, 1e-3, 10, 0.01, 10, 10),
        ),
        "likely_own": (none, none, one, one, 1),
        "update": (
            *(mean, cov, modes, expected, cross, spread),
            *(none, none, np.zeros((1, count)), one / 2, one / 2, values, values, True),
        ),
        "detection_probability": (np.zeros((1, 3)), np.zeros(3), np.eye(3), np.ones(8)),
        "agreeing": (mean, cov, modes, none, one, 1.0, 10),
        "start": (values, values, True, np.zeros(3), np.eye(3), settings),
        "crossing_pairs": (lines, pair, pair, np.ones(2), 1, np.ones(7)),
        "agreement": (lines, *(pair,) * 4, np.ones(2), 1, np.ones(7)),
        "locate": (lines[None], one, *triangulation.priors(settings)),
        "sector_factors": (values, True, radar.geometry, radar.sectors, 1.0),
        "learn_sectors": (values, True, radar.geometry, radar.sectors, one, 9.0),
        "exposure": (mean, cov, modes, np.zeros(3), np.eye(3), np.zeros((2, 3)), 1.0),
        "retrodict": (
            *(mean[:, 0], cov[:, 0], modes) * 2,
            *(matrices, np.zeros((count, d)), matrices, np.full((count, count), 0.5)),
        ),
        "lesson": registration_lesson.example(),
    }
    for field in fields(Kernels):
        progress(field.name)
        getattr(COMPILED, field.name)(*arguments[field.name])
