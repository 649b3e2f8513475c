"""Plays a source of frames over real sockets, as the sensors themselves would.

For a feed that listens, every link of the source becomes a TCP connection to it; for a feed that
dials, a listening socket that answers it. Operator frames are handed to `on_operator`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from marsad.errors import LinkError
from marsad.links.clock import Clock
from marsad.links.tcp import TcpListener
from marsad.model.effect import Effect, Hangup, Reply
from marsad.model.frame import OPERATOR, Frame, FrameKind
from marsad.model.picture import Picture

_STEP_NS = 50_000_000
_CONNECT_TRIES = 50


class Source(Protocol):
    """A world that sends frames and hears what comes back."""

    start_t_ns: int
    end_t_ns: int

    def frames(self, until_t_ns: int) -> Sequence[Frame]:
        """Everything that is sent since the last call up to that time, in time order."""

    def notice(self, effects: Sequence[Effect], picture: Picture | None) -> None:
        """What came back."""


class Player:
    """One source on its sockets.

    source      what is played; may be given later, before `run`
    addresses   feed name → (host, port) where the site listens, for the feeds that listen
    served      names of the feeds that dial; `start` opens a port for each
    site_gone   the site has ended a link that was played on
    ends_with_site   whether `run` ends then; else the rest is played to whoever is left
    """

    def __init__(
        self,
        source: Source | None,
        clock: Clock,
        addresses: dict[str, tuple[str, int]],
        served: Sequence[str],
        on_operator: Callable[[Frame], Awaitable[None]] | None = None,
    ) -> None:
        self.source = source
        self._clock = clock
        self.addresses = addresses
        self._on_operator = on_operator
        self._links: dict[tuple[str, int], asyncio.StreamWriter] = {}
        self._readers: set[asyncio.Task[None]] = set()
        self._peers: dict[str, set[int]] = {feed: set() for feed in served}
        self._listeners = {feed: TcpListener("127.0.0.1", 0, self._peer_of(feed)) for feed in served}
        self._dialled = {feed: asyncio.Event() for feed in served}
        self._stopping = False
        self.site_gone = False
        self.ends_with_site = False
        self.frames_sent = 0
        self.bytes_sent = 0

    async def start(self) -> dict[str, tuple[str, int]]:
        """Open the served ports; returns feed → address for the site to dial.

        Where `addresses` names one of them it is opened there. Raises LinkError.
        """
        for feed, listener in self._listeners.items():
            listener.host, listener.port = self.addresses.get(feed, ("127.0.0.1", 0))
            await listener.start()
        return {feed: (listener.host, listener.port) for feed, listener in self._listeners.items()}

    async def dialled(self) -> None:
        """Return when the site has dialled every served port."""
        for event in self._dialled.values():
            await event.wait()

    async def run(self) -> None:
        """Play the source to its end, each frame when the clock says its time."""
        source = self._given()
        t_ns = source.start_t_ns
        while t_ns < source.end_t_ns and not self._ended():
            t_ns = min(max(t_ns + _STEP_NS, self._clock.now_ns()), source.end_t_ns)
            for frame in source.frames(t_ns):
                if self._ended():
                    break
                await self._send(frame)
            await self._clock.sleep_until(t_ns)

    async def stop(self) -> None:
        """Close every socket."""
        self._stopping = True
        for writer in self._links.values():
            writer.close()
        for task in self._readers:
            task.cancel()
        for listener in self._listeners.values():
            await listener.stop()

    def _ended(self) -> bool:
        return self.ends_with_site and self.site_gone

    def _given(self) -> Source:
        if self.source is None:
            raise ValueError("the player was given no source to play")
        return self.source

    async def _send(self, frame: Frame) -> None:
        self.frames_sent += 1
        self.bytes_sent += len(frame.data)
        if frame.feed == OPERATOR:
            if self._on_operator is not None:
                await self._on_operator(frame)
        elif frame.feed in self._listeners:
            for link in sorted(self._peers[frame.feed]):
                self._listeners[frame.feed].send(link, frame.data)
        elif frame.kind is FrameKind.OPENED:
            await self._connect(frame.feed, frame.link)
        elif writer := self._links.get((frame.feed, frame.link)):
            if frame.kind is FrameKind.CLOSED:
                writer.close()
                del self._links[frame.feed, frame.link]
            else:
                writer.write(frame.data)
                try:
                    await writer.drain()
                except OSError:
                    self.site_gone = True

    async def _connect(self, feed: str, link: int) -> None:
        host, port = self.addresses[feed]
        for attempt in range(_CONNECT_TRIES):
            try:
                reader, writer = await asyncio.open_connection(host, port)
                break
            except OSError as error:
                if attempt + 1 == _CONNECT_TRIES:
                    raise LinkError(f"feed {feed}: nobody listens on {host}:{port}: {error}") from error
                await asyncio.sleep(0.1)
        self._links[feed, link] = writer
        task = asyncio.create_task(self._listen(feed, link, reader))
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)

    async def _listen(self, feed: str, link: int, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                self._given().notice([Reply(feed, link, data)], None)
        if (writer := self._links.pop((feed, link), None)) is not None:
            writer.close()
            self.site_gone = True
            self._given().notice([Hangup(feed, link, "closed-by-site")], None)

    def _peer_of(self, feed: str) -> Callable[[int, FrameKind, bytes], Awaitable[None]]:
        async def deliver(link: int, kind: FrameKind, data: bytes) -> None:
            if kind is FrameKind.OPENED:
                self._peers[feed].add(link)
                self._dialled[feed].set()
            elif kind is FrameKind.CLOSED:
                self._peers[feed].discard(link)
                self.site_gone = self.site_gone or not self._stopping

        return deliver
