"""TCP links: listen for sensors that dial us, dial sensors that listen; bytes in, bytes out.

Inbound bytes are handed on in the chunks they came in; handing on waits while the site's queue is
full, so a peer that floods is held back by TCP itself. Outbound bytes have a bounded backlog: a peer
that stops reading is cut off and counted, never waited for.
"""

import asyncio
import contextlib
import errno
import os
import re
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Literal

from marsad.errors import LinkError
from marsad.model.frame import FrameKind

Deliver = Callable[[int, FrameKind, bytes], Awaitable[None]]
_CHUNK_BYTES = 65_536
_BACKLOG_BYTES_MAX = 1_048_576
_CLOSING_S = 1.0
_ANSWER_S = 10.0  # a machine that is switched off says nothing, and the system waits two minutes for it
_SETTLED_S = 1.0
_KEEP_ALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}  # seconds, seconds, questions


class _Connections:
    """The open connections of one feed and what is written to them."""

    def __init__(self, deliver: Deliver, connections_max: int) -> None:
        self._deliver = deliver
        self._connections_max = connections_max
        self._writers: dict[int, asyncio.StreamWriter] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self._numbers = count(1)
        self.counters: Counter[str] = Counter()

    def send(self, link: int, data: bytes) -> None:
        """Queue bytes for a connection; one that is gone is counted, one that is full is cut off."""
        writer = self._writers.get(link)
        if writer is None or writer.is_closing():
            self.counters["sent-to-nobody"] += 1
            return
        if writer.transport.get_write_buffer_size() + len(data) > _BACKLOG_BYTES_MAX:
            self.counters["cut-off-not-reading"] += 1
            writer.transport.abort()
            return
        writer.write(data)

    def hangup(self, link: int) -> None:
        """Close a connection, letting what is queued out first."""
        writer = self._writers.get(link)
        if writer is not None:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one connection to its end."""
        if len(self._writers) >= self._connections_max:
            self.counters["refused-too-many"] += 1
            writer.transport.abort()
            return
        link = next(self._numbers)
        self._writers[link] = writer
        if (task := asyncio.current_task()) is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        _keep_alive(writer)
        peer = str(writer.get_extra_info("peername"))
        try:
            await self._deliver(link, FrameKind.OPENED, peer.encode())
            while chunk := await reader.read(_CHUNK_BYTES):
                await self._deliver(link, FrameKind.DATA, chunk)
        except OSError:
            self.counters["broken"] += 1
        finally:
            self._writers.pop(link, None)
            writer.close()
            await self._deliver(link, FrameKind.CLOSED, b"")

    async def close(self) -> None:
        """Close every connection and let what serves them end."""
        for writer in self._writers.values():
            writer.close()
        if self._serving:
            await asyncio.wait(self._serving, timeout=_CLOSING_S)


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    """Have the system ask now and then whether the other machine is still there."""
    taken: socket.socket | None = writer.get_extra_info("socket")
    if taken is None:
        return
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE.items():
        if (option := getattr(socket, name, None)) is not None:  # not every system has all of them
            taken.setsockopt(socket.IPPROTO_TCP, option, value)


class TcpListener:
    """Waits for peers on an address.

    taken   a socket that listens there already, whose peers have waited to be accepted
    """

    def __init__(
        self,
        host: str,
        port: int,
        deliver: Deliver,
        connections_max: int = 256,
        taken: socket.socket | None = None,
    ) -> None:
        self.host, self.port = host, port
        self._taken = taken
        self._connections = _Connections(deliver, connections_max)
        self.counters = self._connections.counters
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen; returns the port (the one chosen, where port 0 was asked for). Raises LinkError."""
        try:
            where = {"sock": self._taken} if self._taken else {"host": self.host, "port": self.port}
            self._server = await asyncio.start_server(self._connections.serve, **where)
        except OSError as error:
            raise LinkError(f"cannot listen on {self.host}:{self.port}: {error}") from error
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    def send(self, link: int, data: bytes) -> None:
        """Queue bytes for a connection."""
        self._connections.send(link, data)

    def hangup(self, link: int) -> None:
        """Close a connection."""
        self._connections.hangup(link)

    async def stop(self) -> None:
        """Stop listening and close every connection."""
        if self._server is not None:
            self._server.close()
            await self._connections.close()


@dataclass(frozen=True, slots=True)
class Reach:
    """How a dialled address is reached.

    state     connected; unreachable: it never came to a connection; lost: there was one
    cause     why it is unreachable: ``refused``, ``no-answer``, ``no-route``, ``unknown-host``, ``closed``
              (it takes the connection and hangs up at once), or ``system`` for what else the system says
    detail    what the system says, where the cause is that
    """

    state: Literal["connected", "unreachable", "lost"]
    cause: str = ""
    detail: str = ""


class TcpDialler:
    """Keeps a connection to an address, dialling again after `retry_s`.

    watch   called whenever the reach is another than before, not for every try
    """

    def __init__(
        self,
        host: str,
        port: int,
        deliver: Deliver,
        retry_s: float = 5.0,
        watch: Callable[[Reach], None] = lambda reach: None,
    ) -> None:
        self.host, self.port = host, port
        self.retry_s = retry_s
        self._deliver = deliver
        self.watch = watch
        self._reach: Reach | None = None
        self._connections = _Connections(self._delivered, 1)
        self.counters = self._connections.counters
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Begin dialling; returns the port."""
        self._task = asyncio.create_task(self._dial(), name=f"dial {self.host}:{self.port}")
        return self.port

    def send(self, link: int, data: bytes) -> None:
        """Queue bytes for the connection."""
        self._connections.send(link, data)

    def hangup(self, link: int) -> None:
        """Close the connection; it is dialled again."""
        self._connections.hangup(link)

    async def stop(self) -> None:
        """Stop dialling and close the connection."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _dial(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_ANSWER_S):
                    reader, writer = await asyncio.open_connection(self.host, self.port)
            except OSError as error:  # TimeoutError is one
                self.counters["refused-by-peer"] += 1
                self._now(unreachable(error))
            else:
                await self._serve(reader, writer)
            await asyncio.sleep(self.retry_s)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # a peer that takes the connection and hangs up is not reached, however often it does so
        settled = asyncio.get_running_loop().call_later(_SETTLED_S, self._now, _CONNECTED)
        try:
            await self._connections.serve(reader, writer)
        finally:
            settled.cancel()
        self._now(Reach("lost") if self._reach == _CONNECTED else Reach("unreachable", "closed"))

    async def _delivered(self, link: int, kind: FrameKind, data: bytes) -> None:
        if kind is FrameKind.DATA:
            self._now(_CONNECTED)
        await self._deliver(link, kind, data)

    def _now(self, reach: Reach) -> None:
        if reach != self._reach:
            self._reach = reach
            self.watch(reach)


_CONNECTED = Reach("connected")
_CAUSES = {
    errno.ECONNREFUSED: "refused",
    errno.ETIMEDOUT: "no-answer",
    errno.EHOSTUNREACH: "no-route",
    errno.EHOSTDOWN: "no-route",
    errno.ENETUNREACH: "no-route",
}
_ERRNO = re.compile(r"\[Errno (\d+)\]")


def unreachable(error: OSError) -> Reach:
    """Why a connection did not come about; of several addresses of one name the first that is known."""
    if isinstance(error, socket.gaierror):
        return Reach("unreachable", "unknown-host")
    if isinstance(error, TimeoutError):
        return Reach("unreachable", "no-answer")
    codes = [error.errno] if error.errno else [int(code) for code in _ERRNO.findall(str(error))]
    for code in codes:
        if code in _CAUSES:
            return Reach("unreachable", _CAUSES[code])
    return Reach("unreachable", "system", os.strerror(codes[0]) if codes else str(error))
