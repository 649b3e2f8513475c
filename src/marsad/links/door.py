"""The door of every port: connections are taken in one by one, so that a crowd never has the descriptors.

A server of asyncio accepts all that wait, up to the length of the queue, before anybody is asked whether
there is room, and closes who is turned out only in later turns of the loop. Here the next is taken in when
the one before has its place and who gave way for it has gone; the rest waits with the operating system,
which holds no descriptor of ours for it. A connection counts from there on: also while it shakes hands.
"""

import asyncio
import contextlib
import errno
import logging
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable

from marsad.links.crowd import CrowdWatch, nobody_is_told

_LOG = logging.getLogger(__name__)
_CLOSED = (errno.EBADF, errno.EINVAL, errno.ENOTSOCK)
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, no time
_SETTLED_TURNS = 3  # it is served, who gives way is aborted, and that one's socket is closed
_PAUSE_S = 0.25

Admit = Callable[[socket.socket, str], Awaitable[None]]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def nobody_gives_way() -> None:
    """Where the system has no room there is nobody to send away."""


class Door:
    """Takes connections in at listening sockets.

    admit       gives one, and the address it comes from, its place, or resets it; raises nothing but OSError
    make_room   sends some away that need not be here: the system has no descriptor for one more
    """

    def __init__(
        self, listening: list[socket.socket], admit: Admit, make_room: Callable[[], None] = nobody_gives_way
    ) -> None:
        self.sockets = tuple(listening)
        self._admit = admit
        self._make_room = make_room
        self._tasks: list[asyncio.Task[None]] = []
        self._full = False

    def open(self, backlog: int) -> None:
        """Begin to take connections in."""
        for one in self.sockets:
            one.setblocking(False)
            one.listen(backlog)
            self._tasks.append(asyncio.create_task(self._take_in(one)))

    def shut(self) -> None:
        """Take no more in."""
        for task in self._tasks:
            task.cancel()

    async def wait_shut(self) -> None:
        """Wait until none is taken in any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def is_open(self) -> bool:
        """Whether connections are taken in."""
        return any(not task.done() for task in self._tasks)

    async def close(self) -> None:
        """Take no more in and listen no longer."""
        self.shut()
        await self.wait_shut()
        for one in self.sockets:
            one.close()

    async def _take_in(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                taken, peer = await loop.sock_accept(listening)
            except OSError as error:
                if error.errno in _CLOSED:
                    return
                await self._hindered(error)
                continue
            self._full = False
            taken.setblocking(False)
            try:
                await self._admit(taken, peer[0] if isinstance(peer, tuple) else "")
            except OSError:  # it went meanwhile
                taken.close()
            for _ in range(_SETTLED_TURNS):
                await asyncio.sleep(0)

    async def _hindered(self, error: OSError) -> None:
        if error.errno not in _NO_ROOM:
            await asyncio.sleep(0)
            return
        if not self._full:
            self._full = True
            _LOG.error("no connection can be taken in (%s); tried again all the time", error.strerror)
        self._make_room()
        await asyncio.sleep(_PAUSE_S)


class StreamDoor(Door):
    """Has each connection served as a pair of streams.

    open_max   sockets at most, each counted until it really is closed; more are reset at once
    """

    def __init__(
        self,
        listening: list[socket.socket],
        serve: Serve,
        open_max: int,
        counters: Counter[str],
        crowd: CrowdWatch | None = None,
    ) -> None:
        super().__init__(listening, self._let_in)
        self._serve = serve
        self._open_max = open_max
        self._counters = counters
        self._crowd = crowd or CrowdWatch("", nobody_is_told)
        self._taken: set[socket.socket] = set()

    async def _let_in(self, taken: socket.socket, address: str) -> None:
        self._taken = {one for one in self._taken if one.fileno() >= 0}
        if len(self._taken) >= self._open_max:
            self._counters["refused-too-many"] += 1
            self._crowd.turned_away(address)
            reset(taken)
            return
        self._taken.add(taken)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        try:
            await loop.connect_accepted_socket(
                lambda: asyncio.StreamReaderProtocol(reader, self._serve, loop=loop), taken
            )
        except BaseException:
            taken.close()
            raise


def reset(taken: socket.socket) -> None:
    """Close a connection at once; the other end is told by a reset."""
    with contextlib.suppress(OSError):
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    taken.close()


async def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to all addresses of a host. Raises OSError."""
    server = await asyncio.start_server(lambda reader, writer: None, host, port, start_serving=False)
    try:
        return [one.dup() for one in server.sockets]
    finally:
        server.close()
