"""The console of a site in processes of their own."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

from marsad.server import ServerSettings
from marsad.server.encoded_site import EncodedSite
from marsad.station.console_process import ConsoleProcess, Patience

SOON = Patience(first_s=0.01, most_s=0.05, tick_s=0.1, silent_ticks=5, hung_ticks=25)


@dataclass
class Kept:
    """A site's console, served by processes of their own, and what was told of them."""

    console: ConsoleProcess
    address: str
    told: list[tuple[str, bool]] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def hear(self, code: str, there: bool) -> None:
        async with self.news:
            self.told.append((code, there))
            self.news.notify_all()

    async def until(self, code: str, there: bool, count: int = 1) -> None:
        """Wait until it was told so often."""
        async with self.news, asyncio.timeout(60):
            await self.news.wait_for(lambda: self.told.count((code, there)) >= count)

    def send(self, number: signal.Signals) -> None:
        """A signal to the server."""
        assert self.console.process is not None
        self.console.process.send_signal(number)


@asynccontextmanager
async def keeping(
    gateway: Any, settings: ServerSettings | None = None, patience: Patience = SOON
) -> AsyncIterator[Kept]:
    """The console of a gateway in processes of their own."""
    wanted = settings or ServerSettings(port=0)
    telling: set[asyncio.Task[None]] = set()
    was: dict[str, bool] = {}

    def trouble(code: str, there: bool) -> None:
        if was.get(code, False) != there:
            was[code] = there
            telling.add(asyncio.create_task(kept.hear(code, there)))

    with closing(socket.create_server(("127.0.0.1", 0), backlog=256)) as listening:
        console = ConsoleProcess(EncodedSite(gateway, wanted), wanted, listening, trouble, patience)
        kept = Kept(console, f"http://127.0.0.1:{listening.getsockname()[1]}")
        running = asyncio.create_task(console.run())
        try:
            async with asyncio.timeout(60):
                await console.started()
            yield kept
        finally:
            await console.stop()
            running.cancel()
            await asyncio.gather(running, *telling, return_exceptions=True)
