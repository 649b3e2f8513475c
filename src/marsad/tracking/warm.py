"""Compiling before the first scan, so that none waits for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Measurement, Scan
from marsad.model.sensor import Sensor, SensorKind
from marsad.tracking.ballistic.trajectory import example_flight
from marsad.tracking.bearings.crossed import Radars
from marsad.tracking.bearings.memory import Bearings
from marsad.tracking.bearings.triangulation import Prior
from marsad.tracking.boundary import is_record
from marsad.tracking.compiled import unit
from marsad.tracking.conclusion import conclude
from marsad.tracking.existence import SensorModel
from marsad.tracking.folding import compare_bearings
from marsad.tracking.kernels import COMPILED, SPECIFICATION
from marsad.tracking.late import Entry
from marsad.tracking.motion import Motion
from marsad.tracking.motion import step as motion_step
from marsad.tracking.pairing import associate
from marsad.tracking.plots import prepare
from marsad.tracking.records import Store
from marsad.tracking.registration.lesson import example_lesson
from marsad.tracking.relinking.recent import example_looks
from marsad.tracking.rules import Rules
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.store import TrackStore
from marsad.tracking.tracker import Tracker

# Kernels with machine code of their own: seconds of one core from an empty cache, which weigh the progress
# that is shown, and what is compiled before. `fold` is but the calls of the three units it consists of.
_UNITS: dict[str, Callable[..., Any]] = {
    "associate": associate,
    "conclude": conclude,
    "compare_bearings": compare_bearings,
}
_COST_S = {
    "associate": 11.0,
    "conclude": 8.5,
    "relink": 7.0,
    "crossed": 3.5,
    "lesson": 3.0,
    "compare_bearings": 2.0,
    "retrodict": 1.5,
    "portray": 1.5,
    "fold": 1.0,
    "clean": 0.5,
    "step": 0.3,
    "fitted": 3.0,
}
_AFTER = {"fold": tuple(_UNITS)}


@dataclass(frozen=True, slots=True)
class CompileJob:
    """One kernel or compilation unit for one number of dimensions, for any process to compile.

    cost_s   what it takes on one core of an ordinary machine from an empty cache
    after    names of the jobs that are better done before: it would do their work itself
    """

    name: str
    dimensions: int
    cost_s: float
    after: tuple[str, ...] = ()


def jobs(dimensions: Sequence[int]) -> tuple[CompileJob, ...]:
    """All that engines of these numbers of dimensions need, each once."""
    return tuple(
        CompileJob(name, axes, cost_s, _AFTER.get(name, ()))
        for axes in dimensions
        for name, cost_s in _COST_S.items()
    )


def is_compiled(job: CompileJob) -> bool:
    """Whether the cache on disk holds the kernel as it is now, undamaged; nothing is compiled or loaded."""
    return bool(kept_in(job.name).holds(lambda key: _axes(key[0]) in (None, job.dimensions)))


def kept_in(name: str) -> Any:
    """The files of a kernel in the cache on disk: see `kernel_files`."""
    return _dispatcher(name)._cache._cache_file


def compile_job(job: CompileJob) -> None:
    """Compile the kernel and leave it in the cache on disk, or load it from there."""
    settings = TrackingSettings(dimensions=job.dimensions)
    if job.name in _UNITS:
        _dispatcher(job.name).compile(unit_types(job.name, settings))
    else:
        _first_use(settings)[job.name]()


def unit_types(name: str, settings: TrackingSettings) -> tuple[Any, ...]:
    """Numba's types of what a compilation unit is called with, from the first scan of an example."""
    import numba

    typeof = cast(Any, numba).typeof
    return tuple(typeof(_as_compiled(argument)) for argument in _unit_arguments(settings)[name])


def _unit_arguments(settings: TrackingSettings) -> dict[str, tuple[Any, ...]]:
    """Arguments of the units, as the specification makes them."""
    tracker, model, scan = Tracker(settings), *_example(settings)
    tracker.set_sensor(model.sensor)
    plots = prepare(scan, model, settings, SPECIFICATION, lambda name, number: None)
    block_of = TrackStore(len(settings.models), 2 * settings.dimensions, 1)
    now = Store(block_of.block, block_of.rows, 0, block_of.models, block_of.sensors, plots.t_ns)
    ties = model.ties(plots.t_ns, settings)
    whole = tracker.arguments(Entry(plots), plots, model, now, block_of.room(len(plots)), 1.0, ties)
    store, block, look, claims, played, bearings, motion, unknown, rules, limits, axes = whole
    found = associate(store, block, look, claims, motion, unknown, rules, axes)
    seen = compare_bearings(store, look, found, bearings, rules, limits, axes)
    return {
        "associate": (store, block, look, claims, motion, unknown, rules, axes),
        "compare_bearings": (store, look, found, bearings, rules, limits, axes),
        "conclude": (store, look, found, seen, played, unknown, rules, axes),
    }


def _as_compiled(value: Any) -> Any:
    """A value in the types that compiled code gives: arrays in one piece, no scalars of NumPy's."""
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value)
    if isinstance(value, tuple):
        kind: Any = type(value)
        return (kind._make if is_record(kind) else kind)(map(_as_compiled, value))
    return value.item() if isinstance(value, np.generic) else value


def _dispatcher(name: str) -> Any:
    if name in _UNITS:
        return unit(_UNITS[name])
    return cast(Any, getattr(COMPILED, name)).dispatcher


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

    progress is called with the kernel's name before each. The whole takes half a minute per
    number of dimensions the first time on a machine, and about a second after that.
    """
    for job in jobs(dimensions):
        progress(job.name)
        compile_job(job)


def _first_use(settings: TrackingSettings) -> dict[str, Callable[[], Any]]:
    """A call of each kernel, with the types it is called with."""
    (model, scan), tracker = _example(settings), Tracker(settings)
    tracker.set_sensor(model.sensor)
    axes, none = tuple(range(settings.dimensions)), np.empty(0, np.int64)
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
        "fitted": lambda: COMPILED.fitted(*example_flight()),
    }


def _example(settings: TrackingSettings) -> tuple[SensorModel, Scan]:
    """A radar, and a scan of it with one plot."""
    values: NDArray[np.float64] = np.full((1, 6), np.nan)
    values[0, :2] = 1000.0, 0.0
    sensor = Sensor("", "", SensorKind.RADAR, "", (0.0, 0.0, 0.0))
    scan = Scan("", 0, Measurement.POLAR, values, values, ("",))
    return SensorModel.of(sensor, None, 0, settings), scan
