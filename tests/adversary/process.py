"""A real `marsad run`, an honest radar on a real socket, and bad peers on others."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from marsad.feeds.sapient.edge import status
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import SapientMessage
from marsad.links.clock import SystemClock
from marsad.model.effect import Effect, Reply, Warn
from marsad.model.frame import Frame, FrameKind
from marsad.model.peer import peer_from_bytes
from marsad.model.threat import Level
from marsad.site.fold import SiteFold, fold_of
from marsad.site.journal import JournalReader
from marsad.station.record import newest_journal

from .load import Flood, Seen, arrived, flooding, watching
from .raid import RADAR, SCAN_S, SITE, STATUS_S, Attack, S, hello, scan

Stages = dict[Level, float]


@dataclass
class Outcome:
    """What a raid came to, by the journal of the site.

    with_peer     seconds from the radar's first word to each stage or beyond, as it was
    without_peer  the same for the same frames of the radar alone, at the times they came
    late_s        how much later than they were sent the radar's reports came, the worst
    refused       how often what the radar said was answered by an Error
    seen          what its console had of it meanwhile
    """

    with_peer: Stages
    without_peer: Stages
    late_s: float
    refused: int
    journal_bytes: int
    counters: dict[str, int]
    seen: Seen


@asynccontextmanager
async def site(
    directory: Path, settings: str = SITE, *, hung_up_at_once: bool = False
) -> AsyncIterator[tuple[Process, int, int]]:
    """A site as a process of its own, and the ports of its feed and of its console.

    hung_up_at_once   it gets a SIGHUP with each line that it says while it starts
    """
    path = _written(directory, settings)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from marsad.cli import main; main()"),
        *("run", str(path), "--data", str(directory)),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    drained: asyncio.Task[None] | None = None
    try:
        assert process.stdout is not None
        async with asyncio.timeout(300):
            console = 0
            while ": listens on " not in (line := (await process.stdout.readline()).decode()):
                assert line, "the site ended"
                if hung_up_at_once:
                    process.send_signal(signal.SIGHUP)
                if line.startswith("Console: "):
                    console = int(line.strip().rstrip("/").rpartition(":")[2])
        drained = asyncio.create_task(_swallow(process.stdout))
        yield process, int(line.rpartition(":")[2]), console
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()
        if drained is not None:
            await drained


def _written(directory: Path, settings: str) -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / "site.toml"
    path.write_text(settings, "utf-8")
    return path


@dataclass
class BadPeer:
    """One attack on its sockets, as long as the context lasts."""

    attack: Attack
    port: int
    _speaker: asyncio.StreamWriter | None = None
    _open: list[asyncio.StreamWriter] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def come_first(self) -> None:
        """All that comes before the radar."""
        for _ in range(self.attack.crowd):
            self._open.append((await asyncio.open_connection("127.0.0.1", self.port))[1])
        if first := self.attack.first(SystemClock().now_ns()):
            self._speaker = await self._dial()
            self._speaker.write(first)

    async def begin(self) -> None:
        """What it says beside the radar."""
        speaker = self._speaker or await self._dial()
        self._tasks.append(asyncio.create_task(self._talk(speaker)))

    async def _dial(self) -> asyncio.StreamWriter:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._open.append(writer)
        self._tasks.append(asyncio.create_task(_swallow(reader)))
        return writer

    async def _talk(self, writer: asyncio.StreamWriter) -> None:
        clock = SystemClock()
        with contextlib.suppress(OSError):
            while self.attack.each:
                t_ns = clock.now_ns()
                writer.write(
                    b"".join(self.attack.words(t_ns, number) for number in range(self.attack.each // 10 or 1))
                )
                await writer.drain()
                await asyncio.sleep(0.1)

    async def end(self) -> None:
        """Go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._open:
            writer.transport.abort()


async def _message(reader: asyncio.StreamReader) -> SapientMessage:
    length = int.from_bytes(await reader.readexactly(4), "little")
    message: SapientMessage = SapientMessage.FromString(await reader.readexactly(length))
    return message


async def _swallow(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        while await reader.read(65_536):
            pass


async def raided(
    directory: Path, attacks: list[Attack], scans: int, floods: list[Flood] | None = None, before_s: float = 0
) -> Outcome:
    """A raid seen by an honest radar beside bad peers.

    floods     nodes that send more than a site can follow
    before_s   how long they have done so as the raid begins
    """
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        running, port, console = await stack.enter_async_context(site(directory))
        peers = [BadPeer(attack, port) for attack in attacks]
        for peer in peers:
            await peer.come_first()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        own_port = writer.get_extra_info("sockname")[1]
        writer.write(hello(clock.now_ns()))
        async with asyncio.timeout(30):
            assert (await _message(reader)).registration_ack.acceptance
        swallows = asyncio.create_task(_swallow(reader))
        seen = await stack.enter_async_context(watching(console, running.pid))
        sources = await asyncio.gather(*(arrived(flood, port) for flood in floods or ()))
        for flood, source in zip(floods or (), sources, strict=True):
            await stack.enter_async_context(flooding(flood, *source))
        for _ in range(round(before_s / STATUS_S)):  # an empty sky
            await asyncio.sleep(STATUS_S)
            writer.write(status(RADAR, clock.now_ns(), ulid(clock.now_ns(), 4)))
        for peer in peers:
            await peer.begin()
        for number in range(1, scans + 1):
            await asyncio.sleep(SCAN_S)  # a radar turns
            writer.write(scan(clock.now_ns(), number))
            await writer.drain()
        await asyncio.sleep(SCAN_S)
        swallows.cancel()
        for peer in peers:
            await peer.end()
        writer.close()
    return _outcome(directory, own_port, seen)


def _outcome(directory: Path, own_port: int, seen: Seen) -> Outcome:
    path = newest_journal(directory, "example")
    assert path is not None
    frames = list(JournalReader(path).frames())
    opened = [frame for frame in frames if frame.kind is FrameKind.OPENED]
    (own,) = (frame.link for frame in opened if peer_from_bytes(frame.data).port == own_port)
    fold, stages, refused = _folded(frames, own)
    alone = [frame for frame in frames if frame.feed != "sensors" or frame.link == own]
    spoken = [frame for frame in alone if frame.feed == "sensors" and frame.kind is FrameKind.DATA]
    gaps = [(later.t_ns - earlier.t_ns) / S - SCAN_S for earlier, later in pairwise(spoken)]
    return Outcome(
        stages,
        _folded(alone, own)[1],
        max(gaps),
        refused,
        sum(file.stat().st_size for file in directory.glob("*.mcap")),
        dict(fold.picture().counters),
        seen,
    )


def _folded(frames: list[Frame], own: int) -> tuple[SiteFold, Stages, int]:
    fold = fold_of(frames[0])
    stages: Stages = {}
    refused = 0
    began_t_ns = next(frame.t_ns for frame in frames if frame.link == own and frame.feed == "sensors")
    for frame in frames[1:]:
        effects: list[Effect] = fold.fold(frame)
        for effect in effects:
            if isinstance(effect, Warn):
                for stage in (Level.ALERT, Level.WARN):
                    if stage <= effect.event.stage:
                        stages.setdefault(stage, (frame.t_ns - began_t_ns) / S)
            elif isinstance(effect, Reply) and effect.link == own:
                refused += SapientMessage.FromString(effect.data[4:]).HasField("error")
    return fold, stages, refused
