"""Kernels are compiled in processes of their own; a cache that fails is mended, and told of."""

import asyncio
import os
import select
import sys
from contextlib import closing
from pathlib import Path

import pytest

from marsad.assessment.kernels import prepare as prepare_assessment
from marsad.errors import PreparationError
from marsad.model.reason import Reason
from marsad.station import kernel_cache, preparation
from marsad.station.cache_lock import CacheLock
from marsad.station.preparation import Progress, prepare
from marsad.tracking import warm_up

from ..terminals import Heard
from .conftest import flip, kernels, remove


async def test_only_what_is_missing_is_compiled_and_its_progress_told(cache: Path, heard: Heard) -> None:
    assert await prepare((3,), heard.prepared_so_far, heard.learn, load=False) == 0
    assert heard.shares == [1.0]
    remove(cache, "motion.step")
    seen: list[Progress] = []
    assert await prepare((3,), seen.append, heard.learn, load=False) == 1
    assert "step" in {progress.doing for progress in seen}
    shares = [progress.share for progress in seen]
    assert shares == sorted(shares) and shares[0] < 1 and shares[-1] == 1
    assert seen[0].left_s is not None and all(
        progress.left_s is None or progress.left_s >= 0 for progress in seen
    )
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
    monkeypatch.setattr(kernel_cache, "_move", lambda holding, with_kernels: _moved(monkeypatch, cache))
    assert await prepare((3,), heard.prepared_so_far, heard.learn, load=False) == 0
    assert len(heard.said) == 2 and "No space left on device" in heard.said[0] and str(cache) in heard.said[1]


def _moved(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Reason:
    monkeypatch.setenv(kernel_cache.VARIABLE, str(cache))
    return Reason("station.cache.private", (("where", str(cache)),))


async def test_several_damaged_kernels_are_told_and_compiled_anew_at_once(cache: Path, heard: Heard) -> None:
    """Some bits of an index or of machine code, which would end the process that runs it; and garbage."""
    for name in ("motion.step*.nbi", "cleaning.clean*.nbc"):
        for path in kernels(cache, name):
            flip(path)
    for path in kernels(cache, "retrodiction*.nb[ic]"):
        path.write_bytes(b"garbage")
    assert await prepare((3,), heard.prepared_so_far, heard.learn, load=False) == 3
    (said,) = heard.said
    assert "Damaged" in said
    assert all(name in said for name in ("motion.step", "cleaning.clean", "retrodiction"))
    assert await prepare((3,), heard.prepared_so_far, heard.learn, load=False) == 0
    assert len(heard.said) == 1


async def test_a_lost_file_of_code_is_compiled_though_its_index_is_there(cache: Path, heard: Heard) -> None:
    for path in kernels(cache, "motion.step*.nbc"):
        path.unlink()
    assert await prepare((3,), heard.prepared_so_far, heard.learn, load=False) == 1
    assert heard.said == []


async def test_a_cache_that_fails_twice_is_left_and_all_compiled_in_a_private_one(
    cache: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[str, int]] = []

    async def attempt(*arguments: object) -> int:
        where = Path(os.environ[kernel_cache.VARIABLE])
        found.append((str(where), len(kernels(where))))
        if len(found) < 3:
            raise preparation._Failed("a compiling process ended with status -4: no word")
        return 12

    monkeypatch.setattr(preparation, "_attempt", attempt)
    assert await prepare((3,), heard.prepared_so_far, heard.learn) == 12
    (first, held), (second, emptied), (third, none) = found
    assert first == second == str(cache) and held > 0 and emptied == 0
    assert third != str(cache) and none == 0
    assert "status -4" in heard.said[1] and third in heard.said[2]


async def test_who_comes_second_waits_and_finds_what_the_first_compiled(cache: Path, heard: Heard) -> None:
    remove(cache, "motion.step")
    waits = asyncio.Event()
    seen: list[Progress] = []

    def learn(reason: Reason) -> None:
        heard.learn(reason)
        waits.set()

    with closing(CacheLock(cache)) as first:
        assert first.take()
        first.tell(Progress(0.5, 3.0, "step"))
        second = asyncio.create_task(prepare((3,), seen.append, learn, load=False))
        await asyncio.wait_for(waits.wait(), 60)
        async with preparation._worker() as worker:
            await preparation._ask(worker, {"compile": "step", "dimensions": 3})
    assert await second == 0
    assert f"Process {os.getpid()}" in heard.said[0]
    assert seen[0] == Progress(0.5, 3.0, "step")


async def test_a_holder_that_is_silent_is_not_waited_for_without_end(
    cache: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "_TICK_S", 0.01)
    monkeypatch.setattr(preparation, "_SILENT_TICKS", 3)
    remove(cache, "motion.step")
    with closing(CacheLock(cache)) as silent:
        assert silent.take()
        assert await prepare((3,), heard.prepared_so_far, heard.learn, load=False) == 1


PREPARE = """
import asyncio
from marsad.station.preparation import prepare
asyncio.run(prepare((3,), lambda progress: print(progress.doing, flush=True), print, load=False))
"""


def children_of(process: int) -> list[str]:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes cannot be waited for here")
async def test_no_compiling_process_outlives_who_asked(tmp_path: Path) -> None:
    environment = {**os.environ, kernel_cache.VARIABLE: str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PREPARE), env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    while b"associate" not in await process.stdout.readline():
        pass
    children = children_of(process.pid)
    watched = [os.pidfd_open(int(child)) for child in children]
    process.kill()
    await process.communicate()
    assert watched
    for one in watched:
        with os.fdopen(one) as ended:
            ready, _, _ = await asyncio.to_thread(select.select, [ended], [], [], 60)
            assert ready, "it compiles on"


async def test_a_process_that_dies_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, heard: Heard, cache: Path
) -> None:
    monkeypatch.setattr(preparation, "_COMMAND", ("-c", "import sys; sys.exit('no such engine')"))
    monkeypatch.setattr(kernel_cache, "purge", lambda: (Reason("emptied"),))
    with pytest.raises(PreparationError, match="no such engine") as caught:
        await asyncio.wait_for(prepare((3,), heard.prepared_so_far, heard.learn), 60)
    assert "\n" not in str(caught.value)
    assert heard.said[0] == "emptied"
    assert "failed" in heard.said[1] and "no such engine" in heard.said[1]


async def test_where_every_kernel_is_there_no_process_is_started(
    monkeypatch: pytest.MonkeyPatch, heard: Heard
) -> None:
    await asyncio.to_thread(warm_up, lambda kernel: None, (3,))
    await asyncio.to_thread(prepare_assessment)
    monkeypatch.setattr(preparation, "_COMMAND", ("-c", "import sys; sys.exit('nobody asks it')"))
    assert await prepare((3,), heard.prepared_so_far, heard.learn) == 0
    assert not heard.said
