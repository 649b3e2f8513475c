"""Preparing the engine: kernels compiled in processes of their own, with per cent and seconds left.

The processes leave the kernels in the cache on disk; this one loads them from there, in a thread, at
the end. A cache that fails is emptied, or set aside for a private one, and tried once more.
"""

import asyncio
import contextlib
import errno
import json
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from marsad.assessment.assessor import prepare as prepare_assessment
from marsad.errors import PreparationError, said_by
from marsad.model.reason import Reason
from marsad.station import kernel_cache
from marsad.station.compile_worker import FALLS
from marsad.tracking.warm import CompileJob, jobs, warm_up

_COMMAND = ("-m", "marsad.station.compile_worker")
_TICK_S = 0.5
_LOAD_S = 2.0
_SLACK_S = 0.5  # what rises by less is the same number
_FALLS = CompileJob(FALLS, 0, 5.0)
_DISK_ERRORS = {errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EPERM, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a preparation is.

    share    0 to 1
    left_s   estimated seconds to the end, None where it takes longer than was said
    doing    the kernels under way, "" if none
    """

    share: float
    left_s: float | None
    doing: str = ""


@dataclass(slots=True)
class _Forecast:
    """What is left to do, by the known cost of each kernel and the pace of this machine so far.

    What was promised is kept: the share never falls and always moves, and the seconds left never rise;
    where they would, none are named until they are below what was said last.
    """

    workers: int
    waiting: list[CompileJob]
    total_s: float
    done_s: float = 0.0
    took_s: float = 0.0
    share: float = 0.0
    said_s: float = inf
    running: dict[CompileJob, float] = field(default_factory=dict)

    def progress(self, now_s: float) -> Progress:
        pace = self._pace(now_s)
        left_s = {
            job: max(job.cost_s - (now_s - began_s) / pace, 0.0) for job, began_s in self.running.items()
        }
        free_s = sorted([*left_s.values(), *[0.0] * (self.workers - len(left_s))])
        for job in self.waiting:  # each goes to whoever is free first, as they will
            free_s = sorted([free_s[0] + job.cost_s, *free_s[1:]])
        doing = ", ".join(sorted({job.name for job in self.running}))
        return Progress(self._moved(now_s), self._promise(free_s[-1] * pace + _LOAD_S), doing)

    def _moved(self, now_s: float) -> float:
        under_way_s = sum(
            job.cost_s * _part_done((now_s - began_s) / job.cost_s) for job, began_s in self.running.items()
        )
        share = (self.done_s + under_way_s) / (self.total_s + _LOAD_S)
        self.share = max(self.share, min(share, 0.99))
        return self.share

    def _promise(self, left_s: float) -> float | None:
        if left_s > self.said_s + _SLACK_S:
            return None
        self.said_s = min(self.said_s, left_s)
        return self.said_s

    def _pace(self, now_s: float) -> float:
        """Seconds here for a second of known cost: of what is done, and of what takes longer than known."""
        cost_s, took_s = self.done_s, self.took_s
        for job, began_s in self.running.items():
            if now_s - began_s > job.cost_s:
                cost_s += job.cost_s
                took_s += now_s - began_s
        return max(took_s / cost_s, 0.05) if cost_s > 0 else 1.0


def _part_done(elapsed: float) -> float:
    """The part of a kernel that is done, by the time it has taken as a multiple of what is known.

    Beyond four fifths it only creeps, so that it moves on a machine that is slower than thought.
    """
    late = elapsed - 0.8
    return elapsed if late <= 0 else 1.0 - 0.2 / (1.0 + late / 0.2)


class _Failed(Exception):
    """A worker or the cache failed; `code` is the operating system's number of it, if it is its fault."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


async def prepare(
    dimensions: Sequence[int],
    progress: Callable[[Progress], None],
    tell: Callable[[Reason], None],
    *,
    load: bool = True,
) -> int:
    """Have every kernel compiled, and loaded into this process; returns how many were compiled.

    progress   called about twice a second, and with share 1 at the end
    tell       called with each reason when the cache had to be left or emptied
    load       False: compile only, for a process that will not use them

    Raises PreparationError if it fails twice.
    """
    wanted = (*jobs(dimensions), _FALLS)
    try:
        compiled = await _attempt(wanted, progress, load)
    except _Failed as failure:
        for reason in _mend(failure):
            tell(reason)
        try:
            compiled = await _attempt(wanted, progress, load)
        except _Failed as again:
            raise PreparationError(f"the kernels cannot be compiled: {again}") from again
    progress(Progress(1.0, 0.0))
    return compiled


def _mend(failure: _Failed) -> tuple[Reason, ...]:
    if failure.code in _DISK_ERRORS:
        return kernel_cache.set_aside(os.strerror(failure.code or 0))
    return kernel_cache.purge()


async def _attempt(wanted: Sequence[CompileJob], progress: Callable[[Progress], None], load: bool) -> int:
    async with contextlib.AsyncExitStack() as ending:
        first = await ending.enter_async_context(_worker())
        looked = await _ask(first, {"look": _dimensions(wanted)})
        missing = [job for job in wanted if [job.name, job.dimensions] in looked["missing"]]
        if missing:
            others = range(min(_processors(), len(missing)) - 1)
            more = [await ending.enter_async_context(_worker()) for _ in others]
            await _compile(missing, [first, *more], progress)
    if load:
        await _load(wanted)
    return len(missing)


async def _compile(
    missing: Sequence[CompileJob], workers: list[Process], progress: Callable[[Progress], None]
) -> None:
    waiting = sorted(missing, key=lambda job: job.cost_s, reverse=True)
    forecast = _Forecast(len(workers), waiting, sum(job.cost_s for job in missing))
    ended = asyncio.Event()  # a kernel is there that another may have waited for

    async def work(worker: Process) -> None:
        while waiting:
            ended.clear()
            unfinished = {(job.name, job.dimensions) for job in (*waiting, *forecast.running)}
            ready = (
                job for job in waiting if not unfinished & {(name, job.dimensions) for name in job.after}
            )
            job = next(ready, None)
            if job is None:
                await ended.wait()
                continue
            waiting.remove(job)
            forecast.running[job] = began_s = time.monotonic()
            await _ask(worker, {"compile": job.name, "dimensions": job.dimensions})
            del forecast.running[job]
            forecast.done_s += job.cost_s
            forecast.took_s += time.monotonic() - began_s
            ended.set()

    async def tick() -> None:
        while True:
            progress(forecast.progress(time.monotonic()))
            await asyncio.sleep(_TICK_S)

    ticking = asyncio.create_task(tick())
    try:
        async with asyncio.TaskGroup() as group:
            for worker in workers:
                group.create_task(work(worker))
    except* _Failed as failures:
        raise failures.exceptions[0] from None
    finally:
        ticking.cancel()


def _dimensions(wanted: Sequence[CompileJob]) -> list[int]:
    return sorted({job.dimensions for job in wanted if job is not _FALLS})


async def _load(wanted: Sequence[CompileJob]) -> None:
    try:
        await asyncio.to_thread(warm_up, lambda name: None, tuple(_dimensions(wanted)))
        await asyncio.to_thread(prepare_assessment)
    except Exception as error:  # whatever a broken cache makes of it
        raise _Failed(said_by(error), getattr(error, "errno", None)) from error


@contextlib.asynccontextmanager
async def _worker() -> AsyncIterator[Process]:
    """A process that compiles; killed at the end if it is still at it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *_COMMAND), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def _ask(worker: Process, ask: dict[str, Any]) -> dict[str, Any]:
    """The answer of a process. Raises _Failed if it gives none, or says that it failed."""
    assert worker.stdin is not None and worker.stdout is not None and worker.stderr is not None
    with contextlib.suppress(ConnectionError):
        worker.stdin.write(json.dumps(ask).encode() + b"\n")
        await worker.stdin.drain()
    line = await worker.stdout.readline()
    if not line:
        said = (await worker.stderr.read()).decode(errors="replace").strip().splitlines()
        status = await worker.wait()
        raise _Failed(f"a compiling process ended with status {status}: {said[-1] if said else 'no word'}")
    answer: dict[str, Any] = json.loads(line)
    if "failed" in answer:
        raise _Failed(answer["failed"], answer["errno"])
    return answer


def _processors() -> int:
    """How many processes may compile at a time: one for each processor this one may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
