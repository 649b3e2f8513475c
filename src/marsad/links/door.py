"""The door of a listening feed: connections are taken in one by one; a crowd never has the descriptors.

A server of asyncio accepts all that wait, up to the length of the queue, before anybody is asked whether
there is room, and closes who is turned out only in later turns of the loop. Here the next is taken in when
the one before is being served and who gave way for it has gone; the rest waits with the operating system,
which holds no descriptor of ours for it.
"""

import asyncio
import contextlib
import errno
import logging
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable

_LOG = logging.getLogger(__name__)
_CLOSED = (errno.EBADF, errno.EINVAL, errno.ENOTSOCK)
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, no time
_SETTLED_TURNS = 3  # it is served, who gives way is aborted, and that one's socket is closed
_PAUSE_S = 0.25

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Door:
    """Takes connections in at listening sockets and has each served.

    open_max   sockets at most, each counted until it really is closed; more are reset at once
    """

    def __init__(
        self, listening: list[socket.socket], serve: Serve, open_max: int, counters: Counter[str]
    ) -> None:
        self._listening = listening
        self._serve = serve
        self._open_max = open_max
        self._counters = counters
        self._taken: set[socket.socket] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._full = False

    def open(self, backlog: int) -> None:
        """Begin to take connections in."""
        for one in self._listening:
            one.setblocking(False)
            one.listen(backlog)
            self._tasks.append(asyncio.create_task(self._take_in(one)))

    async def close(self) -> None:
        """Take no more in."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in self._listening:
            one.close()

    async def _take_in(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                taken, _ = await loop.sock_accept(listening)
            except OSError as error:
                if error.errno in _CLOSED:
                    return
                await self._hindered(error)
                continue
            self._full = False
            await self._let_in(taken)
            for _ in range(_SETTLED_TURNS):
                await asyncio.sleep(0)

    async def _let_in(self, taken: socket.socket) -> None:
        self._taken = {one for one in self._taken if one.fileno() >= 0}
        if len(self._taken) >= self._open_max:
            self._counters["refused-too-many"] += 1
            with contextlib.suppress(OSError):
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            taken.close()
            return
        self._taken.add(taken)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        try:
            await loop.connect_accepted_socket(
                lambda: asyncio.StreamReaderProtocol(reader, self._serve, loop=loop), taken
            )
        except BaseException as error:
            taken.close()
            if not isinstance(error, OSError):
                raise

    async def _hindered(self, error: OSError) -> None:
        if error.errno not in _NO_ROOM:
            await asyncio.sleep(0)
            return
        if not self._full:
            self._full = True
            _LOG.error("no connection can be taken in (%s); tried again all the time", error.strerror)
        await asyncio.sleep(_PAUSE_S)


async def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to all addresses of a host. Raises OSError."""
    server = await asyncio.start_server(lambda reader, writer: None, host, port, start_serving=False)
    try:
        return [one.dup() for one in server.sockets]
    finally:
        server.close()
