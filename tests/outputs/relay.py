"""A relay that speaks Modbus TCP, written from the standard alone; it misbehaves when told to."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_READ_COILS, _WRITE_COIL, _WRITE_REGISTER = 1, 5, 6


@dataclass
class Relay:
    """What it holds, what was asked of it, and how it misbehaves.

    welded     coils that stay as they are whatever is written
    missing    coils and registers that it has not
    is_deaf    it answers nothing
    garbage    what it answers instead
    """

    port: int = 0
    coils: dict[int, bool] = field(default_factory=dict)
    registers: dict[int, int] = field(default_factory=dict)
    asked: list[tuple[int, int, int]] = field(default_factory=list)  # function, coil or register, value
    welded: set[int] = field(default_factory=set)
    missing: set[int] = field(default_factory=set)
    units: set[int] = field(default_factory=set)
    is_deaf: bool = False
    garbage: bytes = b""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, number: int, is_on: bool) -> None:
        """Return when a coil is so."""
        async with asyncio.timeout(20):
            while self.coils.get(number, False) is not is_on:
                self.news.clear()
                await self.news.wait()

    async def until_asked(self, function: int, number: int, count: int) -> None:
        """Return when something was asked so often."""
        async with asyncio.timeout(20):
            while sum(asked[:2] == (function, number) for asked in self.asked) < count:
                self.news.clear()
                await self.news.wait()

    @property
    def written(self) -> list[tuple[int, bool]]:
        """Coils that were written, in order."""
        return [(number, value == 0xFF00) for function, number, value in self.asked if function == 5]

    def answer(self, pdu: bytes) -> bytes:
        """The answer to a question."""
        function, number, value = struct.unpack(">BHH", pdu)
        self.asked.append((function, number, value))
        if number in self.missing:
            return bytes([function | 0x80, 2])
        if function == _READ_COILS:
            return bytes([function, 1, int(self.coils.get(number, False))])
        if function == _WRITE_COIL:
            if number not in self.welded:
                self.coils[number] = value == 0xFF00
            return pdu
        if function == _WRITE_REGISTER:
            self.registers[number] = value
            return pdu
        return bytes([function | 0x80, 1])


@asynccontextmanager
async def serving(relay: Relay) -> AsyncIterator[Relay]:
    """Switch it on; it forgets nothing when it is switched off, as a relay with a latch."""
    writers: set[asyncio.StreamWriter] = set()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        if (task := asyncio.current_task()) is not None:
            tasks.add(task)
        try:
            while True:
                number, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                relay.units.add(unit)
                pdu = await reader.readexactly(length - 1)
                if relay.is_deaf:
                    continue
                said = relay.answer(pdu)
                frame = struct.pack(">HHHB", number, 0, len(said) + 1, unit) + said
                writer.write(relay.garbage or frame)
                await writer.drain()
                relay.news.set()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writers.discard(writer)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", relay.port)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        for writer in list(writers):
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
