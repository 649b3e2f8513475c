"""An ADS-B receiver that hears a crowded sky."""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from ..example_site import example_site

SITE = example_site(adsb='"127.0.0.1:{port}"', after="[server]\nport = 0\n")


def row(number: int, utc_s: float) -> str:
    """Where an aircraft is: straight on at 200 m/s, each its own way, 30 to 330 km away."""
    angle, away_m = 2.399963 * number, 30_000.0 + 60.0 * number
    along_m = 200.0 * (utc_s % 600.0)
    north_m = away_m * math.cos(angle) - along_m * math.sin(angle)
    east_m = away_m * math.sin(angle) + along_m * math.cos(angle)
    latitude = 33.3 + north_m / 111_000.0
    longitude = 44.4 + east_m / 92_700.0
    stamp = f"{datetime.fromtimestamp(utc_s, UTC):%Y/%m/%d,%H:%M:%S.%f}"[:-3]
    return (
        f"MSG,3,1,1,{0x400000 + number:06X},1,{stamp},{stamp},,{20_000 + number},,,"
        f"{latitude:.5f},{longitude:.5f},,,0,0,0,0\r\n"
    )


@asynccontextmanager
async def receiver(aircraft: int) -> AsyncIterator[int]:
    """A receiver on a port of this machine that sends each aircraft once a second, a tenth at a time."""
    sending: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        sending.add(task)
        due_s = time.monotonic()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            for tenth in range(1 << 30):
                utc_s = time.time()
                writer.write("".join(row(n, utc_s) for n in range(tenth % 10, aircraft, 10)).encode())
                await writer.drain()
                due_s = max(due_s + 0.1, time.monotonic() - 1.0)
                await asyncio.sleep(max(due_s - time.monotonic(), 0.0))
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        for task in sending:
            task.cancel()
        server.close()
