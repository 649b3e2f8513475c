"""One connection that is kept up and written to: dialled again with growing pauses whenever it breaks.

What the peer says is read and thrown away, so that it never waits for us; a peer that takes nothing, or is
gone without a word, is cut off.
"""

import asyncio
import contextlib
import socket
import ssl
from collections import Counter
from collections.abc import Callable

from marsad.errors import LinkError

FIRST_AGAIN_S, LAST_AGAIN_S = 0.5, 5.0
_SETTLED_S = 5.0  # a connection that lasted so long was a good one
_READ_BYTES = 65_536
_UNANSWERED_MS = 10_000


class KeptConnection:
    """A connection to one address.

    tls        None: in the clear
    timeout_s  a peer that answers or takes nothing for so long is gone
    greet      what is sent first on each connection
    reached    called with "" whenever it is connected, and with what is wrong whenever it is not
    counters   ``dialled``, ``connected``, ``lost``: so often so far
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        server_name: str | None,
        timeout_s: float,
        greet: Callable[[], bytes],
        reached: Callable[[str], None] = lambda trouble: None,
    ) -> None:
        self._where = f"{host}:{port}"
        self._host, self._port = host, port
        self._tls = tls
        self._server_name = (server_name or host) if tls is not None else None
        self._timeout_s = timeout_s
        self._greet = greet
        self._reached = reached
        self._writer: asyncio.StreamWriter | None = None
        self._trouble = "nobody dialled"
        self._tried = asyncio.Event()
        self.counters: Counter[str] = Counter()

    async def run(self) -> None:
        """Keep it up until cancelled."""
        loop = asyncio.get_running_loop()
        pause_s = FIRST_AGAIN_S
        while True:
            begun_s = loop.time()
            self.counters["dialled"] += 1
            try:
                await self._once()
                self._trouble = f"{self._where} hung up"
            except TimeoutError:
                self._trouble = f"{self._where} did not answer within {self._timeout_s:g} s"
            except (OSError, LinkError) as error:
                said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                self._trouble = f"{self._where}: {said or type(error).__name__}"
            self._tried.set()
            self._reached(self._trouble)
            if loop.time() - begun_s >= _SETTLED_S:
                pause_s = FIRST_AGAIN_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LAST_AGAIN_S)

    async def send(self, data: bytes) -> None:
        """Hand bytes to the peer's system. Raises LinkError with what is wrong."""
        with contextlib.suppress(TimeoutError):  # what is said right after the start waits for the first dial
            async with asyncio.timeout(self._timeout_s):
                await self._tried.wait()
        writer = self._writer
        if writer is None:
            raise LinkError(f"no connection: {self._trouble}", "unreachable")
        try:
            await self._write(writer, data)
        except OSError as error:  # TimeoutError is one
            writer.transport.abort()
            if isinstance(error, TimeoutError):
                raise LinkError(
                    f"{self._where} took nothing for {self._timeout_s:g} s", "no_answer"
                ) from error
            raise LinkError(f"{self._where}: {error.strerror or error}") from error

    async def _once(self) -> None:
        async with asyncio.timeout(self._timeout_s):
            reader, writer = await asyncio.open_connection(
                self._host, self._port, ssl=self._tls, server_hostname=self._server_name
            )
        try:
            _watch(writer)
            await self._write(writer, self._greet())
            self._writer = writer
            self._tried.set()
            self._reached("")
            self.counters["connected"] += 1
            while await reader.read(_READ_BYTES):
                pass
        finally:
            if self._writer is not None:
                self.counters["lost"] += 1
            self._writer = None
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        async with asyncio.timeout(self._timeout_s):
            writer.write(data)
            await writer.drain()


def _watch(writer: asyncio.StreamWriter) -> None:
    """A peer that is gone without a word is noticed within seconds, not hours."""
    writer.transport.set_write_buffer_limits(high=0)  # what is drained is with the system
    plain = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, name):
                plain.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNANSWERED_MS)
