"""Connections at the page's port: so many in all and from one network, counted until they are really closed.

One counts from its coming, not from when it is a screen: half a request holds a descriptor, too.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from socket import socket

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from marsad.model.peer import network_of

AT_ONCE = 4  # taken in in one turn of the loop, so that the others have theirs
BACKLOG = 512  # that wait with the operating system
BESIDE_SCREENS = 16  # connections that ask for the page, or are on their way out


class Crowd:
    """The connections there are; `most` in all, `per_network` of one network."""

    def __init__(self, most: int, per_network: int) -> None:
        self.most, self.per_network = most, per_network
        self._here: dict[ServerConnection, str] = {}

    def takes(self, connection: ServerConnection) -> bool:
        """Whether there is room for one more, for which one that is no screen (yet) may give way."""
        self._here = {one: network for one, network in self._here.items() if _is_open(one.transport)}
        network = network_of((connection.transport.get_extra_info("peername") or ("",))[0])
        counts = Counter(self._here.values())
        asking = [one for one in self._here if one.state is not State.OPEN]
        if counts[network] >= self.per_network:
            asking = [one for one in asking if self._here[one] == network]
        elif len(self._here) < self.most:
            self._here[connection] = network
            return True
        if not asking:
            return False
        loser = max(asking, key=lambda one: counts[self._here[one]])  # the oldest of the busiest
        del self._here[loser]
        loser.transport.abort()
        self._here[connection] = network
        return True

    def connection(self) -> type[ServerConnection]:
        """Connections of a server that are aborted where there is no room for them."""
        crowd = self

        class Counted(ServerConnection):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.Transport)
                super().connection_made(transport)
                if not crowd.takes(self):
                    transport.abort()

        return Counted


def _is_open(transport: asyncio.BaseTransport) -> bool:
    taken = transport.get_extra_info("socket")
    return taken is not None and taken.fileno() >= 0


def let_more_wait(sockets: Iterable[socket]) -> None:
    """Have the system keep more waiting than are taken in at once."""
    for one in sockets:
        with one.dup() as same:
            same.listen(BACKLOG)
