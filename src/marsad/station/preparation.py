"""Preparing the engine: kernels compiled in processes of their own, with per cent and seconds left.

The processes leave the kernels in the cache on disk; this one loads them from there, in a thread, at
the end. One process at a time fills a cache; others wait and find what it left. What is damaged on disk
is as good as absent. A cache that fails all the same is emptied, or set aside for a private one, and tried
again; if it fails again it is left for a private one in which all is compiled.
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
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, cast

from marsad.assessment.kernels import place_of_kernels
from marsad.assessment.kernels import prepare as prepare_assessment
from marsad.errors import PreparationError, said_by
from marsad.model.reason import Reason
from marsad.station import kernel_cache
from marsad.station.cache_lock import CacheLock, Holder
from marsad.station.compile_worker import ASSESSMENT, Looked, look
from marsad.station.forecast import Forecast, Progress
from marsad.tracking.warm import CompileJob, jobs, warm_up

__all__ = ["Progress", "prepare"]

_COMMAND = ("-m", "marsad.station.compile_worker")
_TICK_S = 0.5
_SILENT_TICKS = 120  # so long a holder of the lock may say nothing before nobody waits for it any more
_LOOK_S = 1.0  # what starting a process and looking into the cache take where `cost_s` holds
_ASSESSMENT = CompileJob(ASSESSMENT, 0, 12.0)
_DISK_ERRORS = {errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EPERM, errno.EDQUOT}


class _Failed(Exception):
    """A worker or the cache failed; `code` is the operating system's number of it, if it is its fault."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(slots=True)
class _Listener:
    """Who is told how far it is and what was found, and what was said last."""

    progress: Callable[[Progress], None]
    tell: Callable[[Reason], None]
    share: float = 0.0
    left_s: float = inf

    def move(self, progress: Progress) -> None:
        """Say how far it is, unless that takes something back."""
        self.share = max(self.share, progress.share)
        if progress.left_s is not None:
            self.left_s = min(self.left_s, progress.left_s)
        self.progress(Progress(self.share, progress.left_s, progress.doing))


async def prepare(
    dimensions: Sequence[int],
    progress: Callable[[Progress], None],
    tell: Callable[[Reason], None],
    *,
    load: bool = True,
) -> int:
    """Have every kernel compiled, and loaded into this process; returns how many were compiled.

    progress   called about twice a second, and with share 1 at the end
    tell       called with each reason when the cache was damaged, had to be left, emptied or waited for
    load       False: compile only, for a process that will not use them

    Raises PreparationError if it fails three times.
    """
    wanted, listener = (*jobs(dimensions), _ASSESSMENT), _Listener(progress, tell)
    for mend in (_mend, _leave, None):
        try:
            compiled = await _attempt(wanted, listener, load)
            break
        except _Failed as failure:
            if mend is None:
                raise PreparationError(f"the kernels cannot be compiled: {failure}") from failure
            for reason in mend(failure):
                tell(reason)
    progress(Progress(1.0, 0.0))
    return compiled


def _mend(failure: _Failed) -> tuple[Reason, ...]:
    if failure.code in _DISK_ERRORS:
        return kernel_cache.set_aside(os.strerror(failure.code or 0))
    return kernel_cache.purge()


def _leave(failure: _Failed) -> tuple[Reason, ...]:
    return kernel_cache.set_aside(str(failure), with_kernels=False)


async def _attempt(wanted: Sequence[CompileJob], listener: _Listener, load: bool) -> int:
    if await _is_all_there(wanted, listener):
        if load:
            await _load(wanted)
        return 0
    async with contextlib.AsyncExitStack() as ending:
        began_s = time.monotonic()
        first = await ending.enter_async_context(_worker())
        missing = await _missing(first, wanted, listener.tell)
        look_s = time.monotonic() - began_s
        if missing:
            lock = ending.enter_context(contextlib.closing(CacheLock(kernel_cache.directory())))
            if await _wait_for(lock, listener):
                missing = await _missing(first, wanted, listener.tell)
        if missing:
            kernel_cache.remove_unfinished()
            others = range(min(_processors(), len(missing)) - 1)
            more = [await ending.enter_async_context(_worker()) for _ in others]
            waiting = sorted(missing, key=lambda job: job.cost_s, reverse=True)
            cost_s = sum(job.cost_s for job in missing)
            known = _LOOK_S, look_s, listener.share, listener.left_s
            await _compile(Forecast(1 + len(more), waiting, cost_s, *known), [first, *more], lock, listener)
    if load:
        await _load(wanted)
    return len(missing)


async def _is_all_there(wanted: Sequence[CompileJob], listener: _Listener) -> bool:
    """Whether nothing is to be compiled, as at nearly every start: no process need be started to find out."""
    if not kernel_cache.holds(Path(place_of_kernels())):
        return False
    try:
        looked = await asyncio.to_thread(look, _dimensions(wanted))
    except Exception:  # whatever a broken cache makes of it: the process that compiles says what
        return False
    if looked["damaged"]:
        listener.tell(kernel_cache.damaged(looked["damaged"]))
    return not _of(wanted, looked)


async def _missing(
    worker: Process, wanted: Sequence[CompileJob], tell: Callable[[Reason], None]
) -> list[CompileJob]:
    looked = cast(Looked, await _ask(worker, {"look": _dimensions(wanted)}))
    if looked["damaged"]:
        tell(kernel_cache.damaged(looked["damaged"]))
    return _of(wanted, looked)


def _of(wanted: Sequence[CompileJob], looked: Looked) -> list[CompileJob]:
    """Which of the jobs are missing."""
    return [job for job in wanted if [job.name, job.dimensions] in looked["missing"]]


async def _wait_for(lock: CacheLock, listener: _Listener) -> bool:
    """Take the lock, as soon as whoever has it lets go or has been silent for long; whether it was held."""
    before: Holder | None = None
    silent_ticks, waited = 0, False
    while not lock.take() and silent_ticks < _SILENT_TICKS:
        holder = lock.holder()
        silent_ticks = silent_ticks + 1 if holder is None or holder == before else 0
        if holder is not None:
            if not waited:
                listener.tell(kernel_cache.waited_for(holder.process))
            if holder.progress.share > 0:  # it has begun
                listener.move(holder.progress)
        before, waited = holder, True
        await asyncio.sleep(_TICK_S)
    if silent_ticks == _SILENT_TICKS:
        lock.close()
    return waited


async def _compile(forecast: Forecast, workers: list[Process], lock: CacheLock, listener: _Listener) -> None:
    waiting = forecast.waiting
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
            forecast.begin(job, time.monotonic())
            await _ask(worker, {"compile": job.name, "dimensions": job.dimensions})
            forecast.end(job, time.monotonic())
            ended.set()

    async def tick() -> None:
        while True:
            progress = forecast.progress(time.monotonic())
            lock.tell(progress)
            listener.move(progress)
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
    return sorted({job.dimensions for job in wanted if job is not _ASSESSMENT})


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
