"""TCP links: listen for sensors that dial us, dial sensors that listen; bytes in, bytes out.

Inbound bytes are handed on in the chunks they came in; handing on waits while the site's queue is
full, so a peer that floods is held back by TCP itself. Outbound bytes have a bounded backlog: a peer
that stops reading is cut off and counted, never waited for. What peers that dial us may take, `limits` says.
"""

import asyncio
import contextlib
import errno
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from marsad.errors import LinkError
from marsad.links.connections import BACKLOG, Connections, Deliver
from marsad.links.crowd import CrowdWatch
from marsad.links.door import StreamDoor, bound
from marsad.links.guarded import GuardedConnections
from marsad.links.limits import Limits
from marsad.model.effect import Standing
from marsad.model.frame import FrameKind

_ANSWER_S = 10.0  # a machine that is switched off says nothing, and the system waits two minutes for it
_SETTLED_S = 1.0
_KNOWN_MAX = 256  # connections on which known nodes speak, beside those of strangers


class TcpListener:
    """Waits for peers on an address.

    taken    a socket that listens there already, whose peers have waited to be accepted
    limits   what strangers may take before anything is journalled; None: whoever dials is known
    tls      serves TLS with this; a peer must show a certificate
    tells_peers   whether the site is told who is at the other end, by which it decides who may speak
    numbers  of the links, where they go on after those of another listener of the feed
    crowd         is told who is turned away
    """

    def __init__(
        self,
        host: str,
        port: int,
        deliver: Deliver,
        connections_max: int = 256,
        taken: socket.socket | None = None,
        *,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        tells_peers: bool = True,
        numbers: Iterator[int] | None = None,
        crowd: CrowdWatch | None = None,
    ) -> None:
        self.host, self.port = host, port
        self._taken = taken
        self._connections = (
            Connections(deliver, connections_max)
            if limits is None
            else GuardedConnections(deliver, limits, tls, tells_peers, crowd)
        )
        self._connections.numbers = numbers or self._connections.numbers
        self.counters = self._connections.counters
        self._open_max = connections_max if limits is None else limits.strangers_max + _KNOWN_MAX
        self._crowd = crowd
        self._door: StreamDoor | None = None

    async def start(self) -> int:
        """Listen; returns the port (the one chosen, where port 0 was asked for). Raises LinkError."""
        try:
            sockets = [self._taken] if self._taken else await bound(self.host, self.port)
            self._door = StreamDoor(sockets, self._serve, self._open_max, self.counters, self._crowd)
            self._door.open(BACKLOG)
        except OSError as error:
            raise LinkError(f"cannot listen on {self.host}:{self.port}: {error}") from error
        self.port = int(sockets[0].getsockname()[1])
        return self.port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # asyncio's streams tell of one as of a failure
            await self._connections.serve(reader, writer)

    def send(self, link: int, data: bytes) -> None:
        """Queue bytes for a connection."""
        self._connections.send(link, data)

    def hangup(self, link: int) -> None:
        """Close a connection."""
        self._connections.hangup(link)

    def vouch(self, link: int, standing: Standing) -> None:
        """A connection is worth this."""
        self._connections.vouch(link, standing)

    async def stop(self) -> None:
        """Stop listening and close every connection."""
        if self._door is not None:
            await self._door.close()
            await self._connections.close()
        elif self._taken is not None:  # it never began
            self._taken.close()
        if self._crowd is not None:
            self._crowd.close()


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

    watch    called whenever the reach is another than before, not for every try
    numbers  of the links, where they go on after those of another of the feed
    """

    def __init__(
        self,
        host: str,
        port: int,
        deliver: Deliver,
        retry_s: float = 5.0,
        watch: Callable[[Reach], None] = lambda reach: None,
        numbers: Iterator[int] | None = None,
    ) -> None:
        self.host, self.port = host, port
        self.retry_s = retry_s
        self._deliver = deliver
        self.watch = watch
        self._reach: Reach | None = None
        self._connections = Connections(self._delivered, 1)
        self._connections.numbers = numbers or self._connections.numbers
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

    def vouch(self, link: int, standing: Standing) -> None:
        """Whom we dial we know."""

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
