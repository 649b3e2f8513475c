"""Nodes that send more than a site can follow, and what its console has of it meanwhile."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.framing import framed
from marsad.feeds.sapient.node_id import node_id
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import SapientMessage
from marsad.links.clock import SystemClock

from .raid import RADAR, S

_TENTH_S = 0.1
AGE_MAX_S, HEALTHZ_MAX_S = 1.0, 0.2


@dataclass
class Flood:
    """A known node that reports more than anybody can see.

    per_s     reports a second, each at a time of its own
    shift_s   what its stamps are ahead
    range_m   how far away what it sees is, at the least: far enough that nothing of it comes to an alarm
    """

    node: EdgeNode
    per_s: int
    shift_s: float = 0.0
    range_m: float = 60_000.0
    _bodies: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number in range(self.per_s // 10):
            report = polar_detection(
                *(self.node, S, ulid(S, 100 + number), ulid(S, 100 + number)),
                *((0.05 + 0.37 * number) % 6.2, 0.01),
                range_m=self.range_m + 37.0 * (number % 50),
            )
            message = SapientMessage.FromString(report[4:])
            message.ClearField("timestamp")
            self._bodies.append(message.SerializeToString())

    def hello(self, t_ns: int) -> bytes:
        return registration(self.node, t_ns) + status(self.node, t_ns, ulid(t_ns, 1), first=True)

    def words(self, t_ns: int) -> Iterator[bytes]:
        """What it says in a tenth of a second that is over at t_ns."""
        stamped = SapientMessage()
        apart_ns = S // 10 // len(self._bodies)
        begin_ns = t_ns - S // 10 + round(self.shift_s * S)
        for number, body in enumerate(self._bodies):
            stamped.timestamp.FromNanoseconds(begin_ns + number * apart_ns)
            yield framed(body + stamped.SerializeToString())


class Flock(Flood):
    """Many nodes on one link, each of which says little: what it sees stands, at a place of its own."""

    def __init__(self, name: str, count: int, per_s: int) -> None:
        self._nodes = [_node(f"{name} {number}") for number in range(count)]
        super().__init__(self._nodes[0], per_s * count, range_m=9_000.0)

    def __post_init__(self) -> None:
        for number, node in enumerate(self._nodes):
            report = polar_detection(
                *(node, S, ulid(S, 5 + number), ulid(S, 5 + number)),
                *(0.05 + 0.02 * number, 0.01),
                range_m=self.range_m + 50.0 * number,
            )
            message = SapientMessage.FromString(report[4:])
            message.ClearField("timestamp")
            self._bodies += [message.SerializeToString()] * (self.per_s // 10 // len(self._nodes))

    def hello(self, t_ns: int) -> bytes:
        return b"".join(
            registration(node, t_ns) + status(node, t_ns, ulid(t_ns, 1), first=True) for node in self._nodes
        )

    def words(self, t_ns: int) -> Iterator[bytes]:
        """As of a flood; each node says its own at once."""
        stamped = SapientMessage()
        each = len(self._bodies) // len(self._nodes)
        for number, body in enumerate(self._bodies):
            stamped.timestamp.FromNanoseconds(t_ns - S // 10 + number % each * (S // 10 // each))
            yield framed(body + stamped.SerializeToString())


def floods(count: int, per_s: int) -> list[Flood]:
    """Floods of as many nodes, all at the radar's place."""
    return [Flood(_node(f"Flood {number}"), per_s) for number in range(count)]


def spread(shift_s: float, range_m: float = 60_000.0) -> Flood:
    """Attack P5: within what a node may say, each report at a time of its own, its clock so far off."""
    return Flood(_node("Spread"), 400, shift_s, range_m)


def _node(name: str) -> EdgeNode:
    return replace(RADAR, node_id=node_id(name), name=name)


async def arrived(flood: Flood, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A node that has been let in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(flood.hello(SystemClock().now_ns()))
    await reader.readexactly(4)
    return reader, writer


@asynccontextmanager
async def flooding(
    flood: Flood, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> AsyncIterator[None]:
    """A node that floods, as long as the context lasts."""
    clock = SystemClock()
    tasks = [asyncio.create_task(_swallow(reader)), asyncio.create_task(_talk(flood, writer, clock))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        writer.transport.abort()


async def _talk(flood: Flood, writer: asyncio.StreamWriter, clock: SystemClock) -> None:
    due_s = time.monotonic()
    with contextlib.suppress(OSError):
        for turn in range(1 << 30):
            t_ns = clock.now_ns()
            if turn % 50 == 49:
                writer.write(status(flood.node, t_ns, ulid(t_ns, 7)))
            writer.write(b"".join(flood.words(t_ns)))
            await writer.drain()
            due_s = max(due_s + _TENTH_S, time.monotonic() - 1.0)
            await asyncio.sleep(max(due_s - time.monotonic(), 0.0))


async def _swallow(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        while await reader.read(65_536):
            pass


@dataclass
class Seen:
    """What a console and a monitor had of a site.

    ages_s      how old the newest picture was, looked at every 50 ms
    healthz_s   how long /healthz took to answer
    rss_bytes   memory of the process, every second
    overloads   codes of what was said to be too much, and of faults
    """

    ages_s: list[float] = field(default_factory=list)
    healthz_s: list[float] = field(default_factory=list)
    rss_bytes: list[int] = field(default_factory=list)
    overloads: dict[str, None] = field(default_factory=dict)
    newest_t_ms: int = 0

    def held_to_limits(self) -> None:
        """The picture is no older than a second, the process answers at once, and its memory stays."""
        assert percentile(self.ages_s, 99) <= AGE_MAX_S
        assert percentile(self.healthz_s, 99) <= HEALTHZ_MAX_S
        if len(self.rss_bytes) > 60:
            assert max(self.rss_bytes[-20:]) < 1.15 * max(self.rss_bytes[20:40])

    def figures(self) -> str:
        """In one line."""
        rss = [value / 2**20 for value in self.rss_bytes]
        return (
            f"picture age p50 {percentile(self.ages_s, 50):5.2f} p99 {percentile(self.ages_s, 99):6.2f} s "
            f"healthz p99 {1000 * percentile(self.healthz_s, 99):7.0f} ms "
            f"RSS {rss[len(rss) // 4] if rss else 0:4.0f} → {max(rss, default=0):4.0f} MiB"
        )


def percentile(values: list[float], percent: float) -> float:
    """The value below which so many per cent are; infinite where there is none."""
    ascending = sorted(values)
    return (
        ascending[min(int(len(ascending) * percent / 100), len(ascending) - 1)] if ascending else float("inf")
    )


@asynccontextmanager
async def watching(console: int, process: int) -> AsyncIterator[Seen]:
    """A console and a monitor of a site beside the body."""
    seen = Seen()
    tasks = [
        asyncio.create_task(_pictures(console, seen)),
        asyncio.create_task(_ages(seen)),
        asyncio.create_task(_healthz(console, seen)),
        asyncio.create_task(_memory(process, seen)),
    ]
    try:
        yield seen
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


async def snapshot(console: int) -> dict[str, Any]:
    """The whole picture as a console has it that opens now."""
    async with connect(f"ws://127.0.0.1:{console}/api/picture", max_size=None) as socket:
        picture: dict[str, Any] = json.loads(await socket.recv())["picture"]
        return picture


async def _pictures(console: int, seen: Seen) -> None:
    async with connect(f"ws://127.0.0.1:{console}/api/picture", max_size=None) as socket:
        async for text in socket:
            message = json.loads(text)
            picture = message.get("picture", message)
            if "t_ms" in picture:
                seen.newest_t_ms = picture["t_ms"]
            for told in picture.get("overloads", ()):
                seen.overloads[told["what"]["code"]] = None
            for fault in picture.get("faults", ()):
                seen.overloads[fault] = None


async def _ages(seen: Seen) -> None:
    while True:
        await asyncio.sleep(0.05)
        if seen.newest_t_ms:
            seen.ages_s.append(time.time() - seen.newest_t_ms / 1000)


async def _healthz(console: int, seen: Seen) -> None:
    while True:
        began_s = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", console)
        with contextlib.closing(writer):  # the watch may end while it waits
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
        assert b" 200 " in answer.splitlines()[0], answer[:80]
        seen.healthz_s.append(time.monotonic() - began_s)
        await asyncio.sleep(0.1)


async def _memory(process: int, seen: Seen) -> None:
    while True:
        status_text = await asyncio.to_thread(Path(f"/proc/{process}/status").read_text, "ascii")
        (line,) = (line for line in status_text.splitlines() if line.startswith("VmRSS:"))
        seen.rss_bytes.append(int(line.split()[1]) * 1024)
        await asyncio.sleep(1.0)
