"""Connections at the page's port: so many in all and from one network, counted until they are really closed.

One counts from its coming, not from when it is a screen: half a request, or half a handshake of TLS, holds a
descriptor, too.
"""

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from websockets.asyncio.server import Server, ServerConnection
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from marsad.links.crowd import CrowdWatch
from marsad.links.door import Door, bound, reset
from marsad.model.peer import network_of

BACKLOG = 512  # that wait with the operating system
BESIDE_SCREENS = 16  # connections that ask for the page, or are on their way out
_SAID_BYTES_MAX = 1_000
_ANSWERED_S = 5.0  # for the handshake of TLS, and for a request
_CLOSED_S = 2.0
_PING_S = 5.0
_SHUT_S = 5.0

Answer = Callable[[ServerConnection, Request], Response | None]
Screen = Callable[[ServerConnection], Awaitable[None]]


@dataclass(slots=True, eq=False)
class Place:
    """One connection: its socket, its network, and what it has become."""

    taken: socket.socket
    network: str
    connection: ServerConnection | None = None
    opening: asyncio.Task[None] | None = None

    def is_screen(self) -> bool:
        """Whether it shows the page, so that it gives way to nobody."""
        return self.connection is not None and self.connection.state is State.OPEN

    def end(self) -> None:
        """Close it at once."""
        if self.connection is not None and hasattr(self.connection, "transport"):
            self.connection.transport.abort()
        elif self.opening is not None:
            self.opening.cancel()


class Crowd:
    """The places there are; `most` in all, `per_network` of one network."""

    def __init__(self, most: int, per_network: int, watch: CrowdWatch) -> None:
        self.most, self.per_network = most, per_network
        self._watch = watch
        self._here: dict[Place, None] = {}

    def __len__(self) -> int:
        return len(self._here)

    def place(self, taken: socket.socket, address: str) -> Place | None:
        """A place for one more, for which one that is no screen (yet) may give way; None: there is none."""
        self._here = {one: None for one in self._here if one.taken.fileno() >= 0}
        place = Place(taken, network_of(address))
        counts = Counter(one.network for one in self._here)
        asking = [one for one in self._here if not one.is_screen()]
        if counts[place.network] >= self.per_network:
            asking = [one for one in asking if one.network == place.network]
        elif len(self._here) < self.most:
            self._here[place] = None
            return place
        if not asking:
            self._watch.turned_away(place.network)
            return None
        loser = max(asking, key=lambda one: counts[one.network])  # the oldest of the busiest
        del self._here[loser]
        self._watch.turned_away(loser.network)
        loser.end()
        self._here[place] = None
        return place

    def make_room(self) -> None:
        """Send one away that is no screen: the system has no descriptor for one more."""
        if (loser := next((one for one in self._here if not one.is_screen()), None)) is not None:
            del self._here[loser]
            loser.end()

    def end_all(self) -> None:
        """Close every connection."""
        for one in self._here:
            one.end()


class PageServer:
    """The server of a page: connections of websockets, taken in at a door of ours.

    answer  what a request gets, None: a screen
    screen  serves one, as long as it is open
    """

    def __init__(
        self,
        answer: Answer,
        screen: Screen,
        crowd: Crowd,
        tls: ssl.SSLContext | None,
        logger: logging.Logger,
    ) -> None:
        self._answer, self._screen = answer, screen
        self._crowd, self._tls, self._logger = crowd, tls, logger
        self._door: Door | None = None
        self._web = Server(self._itself, self._handle, logger)

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port. Raises OSError."""
        self._door = Door(await bound(host, port), self._admit, self._crowd.make_room)
        await self._web  # it asks this one, from now on, whether it is serving
        self._door.open(BACKLOG)
        return int(self._door.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Take no more in, and close those that are here."""
        if self._door is not None:
            self._door.shut()
            for one in self._door.sockets:
                one.close()
        self._crowd.end_all()

    async def wait_closed(self) -> None:
        """Wait until they are closed, a while at the most."""
        if self._door is not None:
            await self._door.wait_shut()
        if self._web.handler_tasks:
            await asyncio.wait(self._web.handler_tasks, timeout=_SHUT_S)

    def is_serving(self) -> bool:
        """Whether connections are taken in; one that asks meanwhile is refused otherwise."""
        return self._door is not None and self._door.is_open()

    async def _itself(self) -> asyncio.Server:
        return cast(asyncio.Server, self)  # it has all of it that websockets asks for

    async def _admit(self, taken: socket.socket, address: str) -> None:
        place = self._crowd.place(taken, address)
        if place is None:
            reset(taken)
            return
        place.opening = asyncio.create_task(self._opened(place))
        place.opening.add_done_callback(lambda _: taken.close() if place.connection is None else None)

    async def _opened(self, place: Place) -> None:
        """Speak TLS, where that is asked for, and HTTP from there on."""
        handshake: dict[str, float] = {}
        if self._tls is not None:
            handshake = {"ssl_handshake_timeout": _ANSWERED_S, "ssl_shutdown_timeout": _CLOSED_S}
        try:
            _, made = await asyncio.get_running_loop().connect_accepted_socket(
                self._connection,
                place.taken,
                ssl=self._tls,
                **handshake,
            )
        except OSError:  # of TLS, of the socket, or no answer in time
            return
        place.connection = made

    def _connection(self) -> ServerConnection:
        protocol = ServerProtocol(max_size=_SAID_BYTES_MAX, logger=self._logger)
        return ServerConnection(
            protocol,
            self._web,
            ping_interval=_PING_S,
            ping_timeout=_PING_S,
            close_timeout=_CLOSED_S,
            max_queue=4,
        )

    async def _handle(self, connection: ServerConnection) -> None:
        """One connection from its request to its end."""
        try:
            async with asyncio.timeout(_ANSWERED_S):
                await connection.handshake(process_request=self._answer, server_header=None)
            if connection.state is not State.OPEN:
                return
            connection.start_keepalive()
            async with connection:
                await self._screen(connection)
        except Exception:  # how it went wrong is nobody's news, but it holds nothing any more
            self._logger.debug("a connection failed", exc_info=True)
        finally:
            connection.transport.abort()
            if (task := asyncio.current_task()) is not None:
                self._web.handler_tasks.discard(task)
