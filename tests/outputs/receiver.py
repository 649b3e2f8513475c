"""A web server that takes announcements, and misbehaves when told to."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[[int], bytes | None]


def accepted(number: int) -> bytes | None:
    """The answer of a receiver that is well."""
    return b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Received:
    """What came."""

    bodies: list[bytes] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    @property
    def records(self) -> list[dict[str, Any]]:
        """The bodies as JSON."""
        return [json.loads(body) for body in self.bodies]

    async def until(self, count: int) -> None:
        """Return when so many have come."""
        async with asyncio.timeout(20):
            while len(self.bodies) < count:
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def receiver(
    answer: Answer = accepted, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Received]:
    """A receiver; `answer` gives the bytes for each post by its number from 0, None for none at all."""
    received = Received()
    peers: set[asyncio.StreamWriter] = set()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.add(writer)
        if (task := asyncio.current_task()) is not None:
            tasks.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")[1:-2]
                headers = {key.lower(): value for key, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                said = answer(len(received.bodies))
                received.bodies.append(body)
                received.headers.append(headers)
                received.requests.append(head.decode("latin-1").partition("\r\n")[0])
                received.news.set()
                if said is not None:
                    writer.write(said)
                    await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            peers.discard(writer)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls)
    received.port = server.sockets[0].getsockname()[1]
    try:
        yield received
    finally:
        server.close()
        for writer in list(peers):
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
