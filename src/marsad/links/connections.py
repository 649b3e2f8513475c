"""The open connections of a feed: their numbers, what is read from them and what is written to them."""

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from itertools import count

from marsad.links.peers import peer_of
from marsad.model.effect import Standing
from marsad.model.frame import FrameKind
from marsad.model.peer import bytes_from_peer

Deliver = Callable[[int, FrameKind, bytes], Awaitable[None]]
BACKLOG = 1024  # connections that the operating system holds until they are accepted
CHUNK_BYTES = 16_384  # of one link at a time; more would keep the others waiting
_BACKLOG_BYTES_MAX = 1_048_576
_CLOSING_S = 1.0
_KEEP_ALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}  # seconds, seconds, questions


class Connections:
    """The open connections of one feed and what is written to them.

    numbers   of its links; where another listener of the same feed was before, they go on after its own
    """

    def __init__(self, deliver: Deliver, connections_max: int) -> None:
        self._deliver = deliver
        self._connections_max = connections_max
        self._writers: dict[int, asyncio.StreamWriter] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self.numbers: Iterator[int] = count(1)
        self.counters: Counter[str] = Counter()

    def send(self, link: int, data: bytes) -> None:
        """Queue bytes for a connection; one that is gone is counted, one that is full is cut off."""
        writer = self._writers.get(link)
        if writer is None or writer.is_closing():
            self.counters["sent-to-nobody"] += 1
            return
        if writer.transport.get_write_buffer_size() + len(data) > _BACKLOG_BYTES_MAX:
            self.counters["cut-off-not-reading"] += 1
            self._cut_off(link, writer)
            return
        writer.write(data)

    def hangup(self, link: int) -> None:
        """Close a connection, letting what is queued out first."""
        writer = self._writers.get(link)
        if writer is not None:
            writer.close()

    def vouch(self, link: int, standing: Standing) -> None:
        """The site says what a connection is worth; here that makes no difference."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one connection to its end."""
        if len(self._writers) >= self._connections_max:
            self.counters["refused-too-many"] += 1
            writer.transport.abort()
            return
        link = self._take_in(writer)
        try:
            await self._deliver(link, FrameKind.OPENED, bytes_from_peer(peer_of(writer)))
            while chunk := await reader.read(CHUNK_BYTES):
                await self._deliver(link, FrameKind.DATA, chunk)
        except OSError:
            self.counters["broken"] += 1
        finally:
            self._writers.pop(link, None)
            writer.close()
            await self._deliver(link, FrameKind.CLOSED, b"")

    def _take_in(self, writer: asyncio.StreamWriter) -> int:
        link = next(self.numbers)
        self._writers[link] = writer
        _keep_alive(writer)
        if (task := asyncio.current_task()) is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        return link

    def _cut_off(self, link: int, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def close(self) -> None:
        """Close every connection; nothing more is handed on once this returns."""
        for writer in self._writers.values():
            writer.close()
        # once to end of itself, once to leave what it waits to hand on, once to leave saying that it closed
        for _ in range(2):
            if self._serving:
                await asyncio.wait(self._serving, timeout=_CLOSING_S)
            for task in self._serving:
                task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    """Have the system ask now and then whether the other machine is still there."""
    taken: socket.socket | None = writer.get_extra_info("socket")
    if taken is None:
        return
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE.items():
        if (option := getattr(socket, name, None)) is not None:  # not every system has all of them
            taken.setsockopt(socket.IPPROTO_TCP, option, value)
