"""What other settings change at the links of the feeds: which are closed, opened, or opened anew."""

import contextlib
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from marsad.errors import LinkError
from marsad.feeds.settings import FeedSettings
from marsad.links.address import Address
from marsad.station.hold import Ports, listen_addresses, listening_on

_OF_THE_LINK = (
    *("standard", "listen", "connect", "access", "tls_certificate", "tls_key", "tls_authorities"),
    *("links_max", "link_bytes_per_s_max", "greeting_max_s"),
)


@dataclass(frozen=True, slots=True)
class FeedChanges:
    """The links of feeds that other settings change.

    gone    feeds that are no more
    anew    feeds that are new, or reached otherwise than before
    listens where each of those listens that does
    """

    gone: frozenset[str]
    anew: frozenset[str]
    listens: Mapping[str, Address]

    @staticmethod
    def between(
        before: Sequence[FeedSettings], after: Sequence[FeedSettings], kept: Collection[str]
    ) -> "FeedChanges":
        """From some settings to others; kept are feeds whose links stay as they are: they are rehearsed."""
        links = {feed.name: _link_of(feed) for feed in before}
        names = {feed.name for feed in after}
        anew = frozenset(
            feed.name for feed in after if links.get(feed.name) != _link_of(feed) and feed.name not in kept
        )
        listens = {name: address for name, address in listen_addresses(after).items() if name in anew}
        return FeedChanges(frozenset(links.keys() - names), anew, listens)

    def opened(self, held: Mapping[str, socket.socket]) -> dict[str, socket.socket]:
        """Sockets that listen where feeds will: what another feed has there goes on listening, as a copy.

        So nothing has to be had anew once the settings hold, and could not be. Raises LinkError where one
        cannot be had, having kept none.
        """
        used = {_place(taken): taken for taken in held.values()}
        with contextlib.ExitStack() as undo:
            taken = {}
            for name, address in self.listens.items():
                if address in used and address[1]:
                    taken[name] = undo.enter_context(_copy(name, used[address]))
                else:
                    taken[name] = undo.enter_context(listening_on(name, address))
            undo.pop_all()
        return taken

    def ports(self, ports: Ports, taken: Mapping[str, socket.socket]) -> Ports:
        """The ports from now on."""
        kept = {name: one for name, one in ports.feeds.items() if name not in self.gone | self.anew}
        return replace(ports, feeds={**kept, **taken})


def _link_of(feed: FeedSettings) -> tuple[object, ...]:
    return tuple(getattr(feed, name, None) for name in _OF_THE_LINK)


def _copy(feed: str, taken: socket.socket) -> socket.socket:
    try:
        return taken.dup()
    except OSError as error:
        raise LinkError(f"feed {feed} cannot listen: {error.strerror or error}") from error


def _place(taken: socket.socket) -> Address:
    try:
        host, port = taken.getsockname()[:2]
    except OSError:  # closed already
        return "", -1
    return str(host), int(port)
