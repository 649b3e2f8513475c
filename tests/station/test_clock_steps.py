"""A real run while its wall clock is set: the picture, the tracks and the alarms go on, and it is told.

Only the wall clock of the process is moved, by a file that it reads the shift from; its steady clock and
those of the sensor are the machine's.
"""

import asyncio
import json
import signal
import subprocess
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.model.clock import Tie
from marsad.model.frame import CLOCK
from marsad.model.sensor import SensorKind
from marsad.site.journal import JournalReader
from marsad.station.record import newest_journal

from .conftest import SITE

NODE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.301, 44.401, 40.0)
STEPS_S = (-1, 1, -10, 10, -3_600, 3_600, -86_400, 86_400)
WITHOUT_PICTURE_S_MAX = 2.0
# The command line as it is, on a machine whose wall clock is ahead by the seconds that a file says.
RUN = """
import pathlib, sys, time
shift, true_ns, true_s = pathlib.Path(sys.argv.pop(1)), time.time_ns, time.time
time.time_ns = lambda: true_ns() + int(shift.read_text()) * 10**9
time.time = lambda: true_s() + int(shift.read_text())
from marsad.cli import main
main()
"""


def set_ahead(directory: Path, seconds: int) -> None:
    draft = directory / "shift-draft"
    draft.write_text(str(seconds))
    draft.rename(directory / "shift")


@asynccontextmanager
async def run(directory: Path) -> AsyncIterator[tuple[Process, str, int]]:
    """The process, the address of its pictures, and the port of its feed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUN, str(directory / "shift"), "run", str(directory / "site.toml")),
        *("--data", str(directory)),
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        console = ""
        async with asyncio.timeout(300):  # from an empty cache the kernels are compiled
            while not (line := (await process.stdout.readline()).decode()).startswith("Feed sensors"):
                if line.startswith("Console: "):
                    console = line.split()[1]
        yield process, console.replace("http", "ws", 1) + "api/picture", int(line.rpartition(":")[2])
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(60):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class Radar:
    """Sees one drone come from the north, twice a second, by its own clock, over whatever port is open."""

    def __init__(self) -> None:
        self.begun_s = time.monotonic()
        self.number = 0

    async def report(self, port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            t_ns = time.time_ns()
            writer.write(registration(NODE, t_ns) + status(NODE, t_ns, ulid(t_ns, 1), first=True))
            while True:
                writer.write(self._look())
                await asyncio.sleep(0.5)
        finally:
            writer.close()

    def _look(self) -> bytes:
        t_ns, age_s = time.time_ns(), time.monotonic() - self.begun_s
        self.number += 1
        beat = status(NODE, t_ns, ulid(t_ns, 2)) if self.number % 8 == 0 else b""
        return beat + polar_detection(
            NODE, t_ns, ulid(t_ns, self.number), ulid(1, 1), 0.0, 0.005,
            range_m=9_000.0 - 30.0 * age_s, range_sigma_m=10.0,
            elevation_rad=0.02, elevation_sigma_rad=0.005,
        )  # fmt: skip


class Console:
    """What a console is sent, and the longest it was sent no picture."""

    def __init__(self) -> None:
        self.picture: dict[str, Any] = {}
        self.track_ids: set[int] = set()
        self.seen: set[int] = set()
        self.gap_s = 0.0
        self._fresh = asyncio.Event()

    async def follow(self, address: str) -> None:
        last_s: float | None = None
        async with connect(address, max_size=None, proxy=None) as socket:
            async for text in socket:
                message = json.loads(text)
                if message["kind"] == "heartbeat":
                    continue
                now_s = time.monotonic()
                self.gap_s = max(self.gap_s, 0.0 if last_s is None else now_s - last_s)
                last_s = now_s
                change = message.get("picture", message)
                self.picture |= change
                if "picture" in message:
                    self.track_ids = set()
                self.track_ids |= {track["track_id"] for track in change["tracks"]}
                self.track_ids -= set(message.get("removed_track_ids", ()))
                self.seen |= self.track_ids
                self._fresh.set()

    async def until(self, found: Any) -> None:
        async with asyncio.timeout(60):
            while not (self.picture and found(self)):
                self._fresh.clear()
                await self._fresh.wait()


def told(step_s: int) -> Any:
    """Whether a console is told of a step of that size, with the time that the clock has now."""

    def found(console: Console) -> bool:
        clock = console.picture["clock"]
        if clock is None:
            return False
        (way, unit), size = clock["what"]["code"].split(".")[1:], clock["what"]["arguments"]["size"]
        seconds = (
            size * {"s": 1, "min": 60, "h": 3_600, "day": 86_400}[unit] * (1 if way == "forward" else -1)
        )
        return bool(abs(seconds - step_s) < 0.2)

    return found


async def test_steps_of_the_wall_clock_live_and_across_a_restart(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE, "utf-8")
    set_ahead(tmp_path, 0)
    ahead_s, radar = 0, Radar()
    async with run(tmp_path) as (_, address, port), asyncio.TaskGroup() as tasks:
        console = Console()
        beside = [tasks.create_task(radar.report(port)), tasks.create_task(console.follow(address))]
        await console.until(lambda console: console.track_ids)
        for step_s in STEPS_S:
            ahead_s += step_s
            set_ahead(tmp_path, ahead_s)
            await console.until(told(step_s))
            assert abs(console.picture["t_ms"] / 1000 - time.time() - ahead_s) < WITHOUT_PICTURE_S_MAX
        seen, gap_s = console.seen, console.gap_s
        [task.cancel() for task in beside]
    assert len(seen) == 1
    assert gap_s <= WITHOUT_PICTURE_S_MAX
    set_ahead(tmp_path, -3_600)
    async with run(tmp_path) as (process, address, port), asyncio.TaskGroup() as tasks:
        console, begun_s = Console(), time.monotonic()
        beside = [tasks.create_task(radar.report(port)), tasks.create_task(console.follow(address))]
        await console.until(told(-3_600))
        assert time.monotonic() - begun_s <= WITHOUT_PICTURE_S_MAX
        assert console.track_ids == seen
        assert process.stdout is not None
        async with asyncio.timeout(60):
            while "clock was set back by 60 min" not in (await process.stdout.readline()).decode():
                pass
        [task.cancel() for task in beside]
    journal = newest_journal(tmp_path, "example")
    assert journal is not None
    frames = list(JournalReader(journal).frames())
    ties = [Tie.from_bytes(frame.data).utc_offset_ns / 1e9 for frame in frames if frame.feed == CLOCK]
    rounded = [round(tie) for tie in ties]
    assert rounded == [sum(STEPS_S[:number]) for number in range(len(STEPS_S) + 1)] + [-3_600]
    assert max(frame.t_ns for frame in frames) - frames[0].t_ns < 600 * 10**9
