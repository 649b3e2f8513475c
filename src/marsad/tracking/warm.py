"""Compiling before the first scan, so that none waits for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Sensor, SensorKind
from marsad.tracking.bearings.crossed import Radars
from marsad.tracking.bearings.memory import Bearings
from marsad.tracking.bearings.triangulation import Prior
from marsad.tracking.existence import SensorModel
from marsad.tracking.kernels import COMPILED, Kernels
from marsad.tracking.motion import Motion
from marsad.tracking.motion import step as motion_step
from marsad.tracking.plots import prepare
from marsad.tracking.records import Store
from marsad.tracking.registration.lesson import example_lesson
from marsad.tracking.relinking.recent import example_looks
from marsad.tracking.rules import Rules
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.tracker import Tracker

# Seconds of one core from an empty cache, as measured; they only weigh the progress that is shown.
_COST_S = {
    "clean": 5.0,
    "fold": 105.0,
    "crossed": 15.0,
    "portray": 14.0,
    "lesson": 10.0,
    "step": 4.0,
    "retrodict": 8.0,
    "relink": 12.0,
}


@dataclass(frozen=True, slots=True)
class CompileJob:
    """One kernel for one number of dimensions: independent of all others, for any process to compile.

    cost_s   what it takes on one core of an ordinary machine from an empty cache
    """

    name: str
    dimensions: int
    cost_s: float


def jobs(dimensions: Sequence[int]) -> tuple[CompileJob, ...]:
    """All that engines of these numbers of dimensions need, each once."""
    return tuple(
        CompileJob(field.name, axes, _COST_S[field.name]) for axes in dimensions for field in fields(Kernels)
    )


def is_compiled(job: CompileJob) -> bool:
    """Whether the cache on disk names the kernel as it is now; nothing is compiled or loaded."""
    index = cast(Any, getattr(COMPILED, job.name)).dispatcher._cache._cache_file._load_index()
    axes = [_axes(key[0]) for key in index]
    return any(count in (None, job.dimensions) for count in axes)


def compile_job(job: CompileJob) -> None:
    """Compile the kernel and leave it in the cache on disk, or load it from there."""
    _first_use(TrackingSettings(dimensions=job.dimensions))[job.name]()


def _axes(signature: Any) -> int | None:
    """For how many dimensions a signature is: the length of the tuple of axes, if it has one."""
    from numba.core import types

    for kind in signature:
        if isinstance(kind, types.UniTuple) and kind.dtype == types.int64:
            return int(kind.count)
        if isinstance(kind, types.BaseTuple) and (found := _axes(cast(Any, kind).types)) is not None:
            return found
    return None


def warm_up(progress: Callable[[str], None], dimensions: tuple[int, ...] = (3,)) -> None:
    """Compile every kernel, or load it from the cache on disk, so that no scan waits for it.

    progress is called with the kernel's name before each. The whole takes a minute or two per
    number of dimensions the first time on a machine, and about a second after that.
    """
    for axes in dimensions:
        first_use = _first_use(TrackingSettings(dimensions=axes))
        for field in fields(Kernels):
            progress(field.name)
            first_use[field.name]()


def _first_use(settings: TrackingSettings) -> dict[str, Callable[[], Any]]:
    """A call of each kernel, with the types it is called with."""
    sensor = Sensor("", "", SensorKind.RADAR, "", (0.0, 0.0, 0.0))
    model, tracker = SensorModel.of(sensor, None, 0, settings), Tracker(settings)
    tracker.set_sensor(sensor)
    scan, axes, none = _scan(1000.0), tuple(range(settings.dimensions)), np.empty(0, np.int64)
    numbers, d, count = Motion.of(settings.models), 2 * settings.dimensions, len(settings.models)
    mean, cov, modes = np.ones((1, d)), np.eye(d)[None], np.full((1, count), 1 / count)
    matrices = motion_step(numbers, axes, 0.5)
    nothing = Store(np.empty(0), 0, 0, count, 1, 0), Bearings.none(), none, none, Radars.of([model]), 0, 0
    held = Prior.of(settings), Rules.of(settings), axes
    return {
        "clean": lambda: prepare(scan, model, settings, COMPILED, lambda name, number: None),
        "fold": lambda: tracker.observe(scan),
        "crossed": lambda: COMPILED.crossed(*nothing, *held),
        "portray": lambda: tracker.table(0),
        "lesson": lambda: COMPILED.lesson(*example_lesson()),
        "step": lambda: COMPILED.step(numbers, axes, 0.5),
        "retrodict": lambda: COMPILED.retrodict(*(mean, cov, modes) * 2, *matrices, numbers.drag, 0.5),
        "relink": lambda: COMPILED.relink(*example_looks(settings)),
    }


def _scan(range_m: float) -> Scan:
    values: NDArray[np.float64] = np.full((1, 6), np.nan)
    values[0, :2] = range_m, 0.0
    return Scan("", 0, Measurement.POLAR, values, values, ("",))
