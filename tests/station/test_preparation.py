"""Kernels are compiled in processes of their own; a cache that fails is mended, and told of."""

import asyncio
import os
from itertools import pairwise
from pathlib import Path

import pytest

from marsad.errors import PreparationError
from marsad.model.reason import Reason
from marsad.report.wording import word
from marsad.station import kernel_cache, preparation
from marsad.station.preparation import Progress, prepare
from marsad.tracking.warm import CompileJob

from ..terminals import Heard
from .conftest import kernels, remove


async def test_only_what_is_missing_is_compiled_and_its_progress_told(cache: Path, heard: Heard) -> None:
    assert await prepare((3,), heard.prepared_so_far, heard.learn, load=False) == 0
    assert heard.shares == [1.0]
    remove(cache, "motion.step")
    seen: list[Progress] = []
    assert await prepare((3,), seen.append, heard.learn, load=False) == 1
    assert "step" in {progress.doing for progress in seen}
    shares = [progress.share for progress in seen]
    assert shares == sorted(shares) and shares[0] < 1 and shares[-1] == 1
    assert all(progress.left_s is not None and progress.left_s >= 0 for progress in seen)
    assert kernels(cache, "motion.step*.nbc")
    assert heard.said == []


async def test_a_full_disk_or_read_only_cache_is_left_for_a_private_one(
    cache: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[str] = []
    real = preparation._attempt

    async def attempt(*arguments: object) -> int:
        attempts.append(os.environ[kernel_cache.VARIABLE])
        if len(attempts) == 1:
            raise preparation._Failed("OSError: no space left on device", 28)
        return await real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(preparation, "_attempt", attempt)
    monkeypatch.setattr(kernel_cache, "_move", lambda holding: _moved(monkeypatch, cache))
    assert await prepare((3,), heard.prepared_so_far, heard.learn, load=False) == 0
    assert len(heard.said) == 2 and "No space left on device" in heard.said[0] and str(cache) in heard.said[1]


def _moved(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Reason:
    monkeypatch.setenv(kernel_cache.VARIABLE, str(cache))
    return Reason("station.cache.private", (("where", str(cache)),))


@pytest.mark.parametrize("pattern", ["motion.step*.nbi", "motion.step*.nbc"])
async def test_garbage_in_the_cache_is_told_and_compiled_anew(
    cache: Path, pattern: str, heard: Heard
) -> None:
    """Only the one kernel is asked for, so that not all is compiled in a test."""
    step = (CompileJob("step", 3, 1.0),)
    for path in kernels(cache, pattern):
        path.write_bytes(b"garbage")
    worker_says: list[str] = []
    try:
        await preparation._attempt(step, lambda progress: None, False)
        async with preparation._worker() as worker:
            await preparation._ask(worker, {"compile": "step", "dimensions": 3})
    except preparation._Failed as failure:
        worker_says.append(str(failure))
    assert worker_says and "Traceback" not in worker_says[0] and "\n" not in worker_says[0]
    before = kernels(cache)
    told = " ".join(word(reason, "en") for reason in kernel_cache.purge())
    assert "could not be read" in told and "motion.step" in told
    gone = set(before) - set(kernels(cache))
    assert gone and all("motion.step" in path.name for path in gone)  # only what is broken is compiled anew
    assert await preparation._attempt(step, lambda progress: None, False) == 1


async def test_a_process_that_dies_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, heard: Heard, cache: Path
) -> None:
    monkeypatch.setattr(preparation, "_COMMAND", ("-c", "import sys; sys.exit('no such engine')"))
    monkeypatch.setattr(kernel_cache, "purge", lambda: (Reason("emptied"),))
    with pytest.raises(PreparationError, match="no such engine") as caught:
        await asyncio.wait_for(prepare((3,), heard.prepared_so_far, heard.learn), 60)
    assert "\n" not in str(caught.value)
    assert heard.said == ["emptied"]


def test_the_forecast_counts_down_and_takes_nothing_back() -> None:
    slow, quick = CompileJob("slow", 3, 30.0), CompileJob("quick", 3, 10.0)
    forecast = preparation._Forecast(2, [], 40.0)
    forecast.running = {slow: 0.0, quick: 0.0}
    early = forecast.progress(1.0)
    assert early.left_s == pytest.approx(29 + preparation._LOAD_S, abs=0.5)
    forecast.running.pop(quick)
    forecast.done_s, forecast.took_s = 10.0, 20.0  # half the pace that was thought
    later = forecast.progress(20.0)
    assert later.left_s is None  # 40 s now: more than was said
    assert later.share >= early.share
    last = forecast.progress(45.0)
    assert last.left_s is not None and early.left_s is not None and last.left_s < early.left_s
    assert forecast.progress(500.0).share < 1


def test_on_a_machine_ten_times_slower_than_thought_the_share_moves_and_the_seconds_never_rise() -> None:
    jobs = [CompileJob(f"job {number}", 3, 8.0) for number in range(4)]
    forecast = preparation._Forecast(2, jobs[2:], 32.0)
    forecast.running = {jobs[0]: 0.0, jobs[1]: 0.0}
    seen: list[Progress] = []
    for second in range(1, 161):
        if second == 80:
            forecast.done_s, forecast.took_s = 16.0, 160.0
            forecast.waiting.clear()
            forecast.running = {jobs[2]: 80.0, jobs[3]: 80.0}
        seen.append(forecast.progress(float(second)))
    shares = [progress.share for progress in seen]
    assert all(after > before for before, after in pairwise(shares))
    named = [progress.left_s for progress in seen if progress.left_s is not None]
    assert named == sorted(named, reverse=True)
    assert seen[50].left_s is None and seen[-1].left_s is not None
