"""Who stands at the console's port: few from one address, and nobody who asks for nothing.

A connection costs a file handle, and there are not many. So one that asks for nothing is closed after a
while, and at once where there is no more room: of the address that most of them come from, the oldest.
"""

import asyncio
import functools
import resource
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from marsad.links.crowd import CrowdWatch, nobody_is_told
from marsad.links.door import Door, reset

BACKLOG = 512
_AT_ONCE = 16  # so many give way where the system has no room
_HANDLES_KEPT = 100  # for everything but connections


@dataclass(frozen=True, slots=True)
class Room:
    """How many connections there may be, and for how long one may ask for nothing.

    handshake_s  for TLS
    sweep_s      so often it is looked
    """

    most: int = 1024
    per_address: int = 128
    silent_s: float = 10.0
    handshake_s: float = 5.0
    sweep_s: float = 1.0


@dataclass(slots=True, eq=False)
class Visit:
    """One connection: from where, since when it asks for nothing, and what it asked last."""

    address: str
    since_s: float
    socket: socket.socket
    transport: asyncio.BaseTransport | None = None
    opening: asyncio.Task[None] | None = None
    asked: object = None

    def is_gone(self) -> bool:
        """Whether the connection is over."""
        if self.transport is not None:
            return self.transport.is_closing()
        return self.opening is not None and self.opening.done()

    def look(self, now_s: float) -> bool:
        """Whether it asks for something now; something else than before begins its time anew."""
        if self.transport is None or self.transport.is_closing():  # of TLS it has no protocol any more
            return False
        protocol = self.transport.get_protocol()
        if not isinstance(protocol, H11Protocol):
            return True  # a picture's channel, which was asked for
        cycle = getattr(protocol, "cycle", None)
        if cycle is not None and not cycle.response_complete:
            self.since_s = now_s
            return True
        if cycle is not self.asked:
            self.asked, self.since_s = cycle, now_s
        return False

    def close(self) -> None:
        """End it at once."""
        if self.transport is not None:
            self.transport.abort() if isinstance(
                self.transport, asyncio.Transport
            ) else self.transport.close()
        elif self.opening is not None:
            self.opening.cancel()


@dataclass
class Porch:
    """Takes connections in at listening sockets and gives them to a server's protocol.

    is_crowd   whether many people may come from an address: a reverse proxy
    crowd      is told who is turned away, or has to give way
    """

    protocol: Callable[[], asyncio.Protocol]
    tls: ssl.SSLContext | None = None
    room: Room = field(default_factory=Room)
    is_crowd: Callable[[str], bool] = lambda address: False
    turned_away: Counter[str] = field(default_factory=Counter)
    crowd: CrowdWatch = field(default_factory=lambda: CrowdWatch("", nobody_is_told))
    _visits: dict[Visit, None] = field(default_factory=dict)
    _here: Counter[str] = field(default_factory=Counter)
    _door: Door | None = None
    _sweeping: asyncio.Task[None] | None = None

    def open(self, listening: list[socket.socket]) -> None:
        """Begin to take connections in."""
        self._door = Door(listening, self._admit, self._make_some_room)
        self._door.open(BACKLOG)
        self._sweeping = asyncio.create_task(self._sweep())

    def close(self) -> None:
        """Take no more in; those that are here stay, but for those that ask for nothing."""
        if self._door is not None:
            self._door.shut()
        if self._sweeping is not None:
            self._sweeping.cancel()
        self.crowd.close()
        now_s = asyncio.get_running_loop().time()
        for visit in self._visits:
            if not visit.look(now_s):
                visit.close()

    def close_clients(self) -> None:
        """End all connections."""
        for visit in self._visits:
            visit.close()

    async def wait_closed(self) -> None:
        """Wait until none is taken in any more."""
        if self._door is not None:
            await self._door.wait_shut()
        if self._sweeping is not None:
            await asyncio.gather(self._sweeping, return_exceptions=True)

    def is_serving(self) -> bool:
        """Whether connections are taken in."""
        return self._door is not None and self._door.is_open()

    async def _admit(self, taken: socket.socket, address: str) -> None:
        """Give one that comes in its place, or close it."""
        if (why := self._why_not(address)) is not None:
            self.turned_away[why] += 1
            self.crowd.turned_away(address)
            reset(taken)
            return
        visit = Visit(address, asyncio.get_running_loop().time(), taken)
        self._visits[visit] = None
        self._here[address] += 1
        visit.opening = asyncio.create_task(self._opened(visit))
        visit.opening.add_done_callback(functools.partial(_close_unopened, visit))

    def _make_some_room(self) -> None:
        """Where the system has no descriptor for one more."""
        self._make_room(_AT_ONCE)

    def _why_not(self, address: str) -> str | None:
        """Why one more may not come from an address, None if it may; another may have to give way."""
        is_many = self._here[address] >= self.room.per_address and not self.is_crowd(address)
        if is_many and not self._make_room(1, address):
            return "too-many-from-address"
        is_full = len(self._visits) >= self._most()
        return "too-many" if is_full and not self._make_room(_AT_ONCE) else None

    def _most(self) -> int:
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return self.room.most if soft < 0 else max(min(self.room.most, soft - _HANDLES_KEPT), 1)

    def _make_room(self, count: int, address: str | None = None) -> int:
        """Close some that ask for nothing, the oldest of the busiest address; how many there were."""
        now_s = asyncio.get_running_loop().time()
        self._forget_gone()
        idle = [visit for visit in self._visits if not visit.look(now_s) and address in (None, visit.address)]
        counts = Counter(visit.address for visit in idle)
        # what is here is in the order of its coming
        for visit in sorted(idle, key=lambda one: -counts[one.address])[:count]:
            self._end(visit, "gave-way")
            self.crowd.turned_away(visit.address)
        return min(count, len(idle))

    def _end(self, visit: Visit, why: str) -> None:
        self.turned_away[why] += 1
        self._forget(visit)
        visit.close()

    def _forget(self, visit: Visit) -> None:
        if visit in self._visits:
            del self._visits[visit]
            self._here[visit.address] -= 1
            if not self._here[visit.address]:
                del self._here[visit.address]

    def _forget_gone(self) -> None:
        for visit in [visit for visit in self._visits if visit.is_gone()]:
            self._forget(visit)

    async def _opened(self, visit: Visit) -> None:
        """Give a connection to its protocol, after the handshake of TLS."""
        handshake: dict[str, Any] = {}
        if self.tls is not None:
            handshake = {"ssl": self.tls, "ssl_handshake_timeout": self.room.handshake_s}
        try:
            visit.transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                self.protocol, visit.socket, **handshake
            )
        except (OSError, ssl.SSLError):
            self._forget(visit)

    async def _sweep(self) -> None:
        """Close whoever has asked for nothing for too long."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.room.sweep_s)
            self._forget_gone()
            for visit in list(self._visits):
                if not visit.look(loop.time()) and loop.time() - visit.since_s > self.room.silent_s:
                    self._end(visit, "silent")


def _close_unopened(visit: Visit, _: asyncio.Task[None]) -> None:
    """Also one that was ended before its opening had begun."""
    if visit.transport is None:
        visit.socket.close()
