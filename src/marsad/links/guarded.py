"""Connections of whoever dials us: kept within limits before anything of them is journalled.

A connection is opened for the site with its first word: who says nothing never enters the journal. What is
refused or closed here is counted, and the counts are handed on as a frame of their own, at most one a second.
"""

import asyncio
import json
import math
import ssl
from collections import Counter

from marsad.links.connections import CHUNK_BYTES, Connections, Deliver
from marsad.links.limits import Limits, Lobby, Turned
from marsad.links.peers import peer_of
from marsad.model.effect import Standing
from marsad.model.frame import FrameKind
from marsad.model.peer import NOBODY, Peer, bytes_from_peer

_TELL_S = 1.0
_HANDSHAKE_S = 5.0
_EVERY_MAX = 2**31


class GuardedConnections(Connections):
    """The open connections of a listening feed.

    tls           what each must speak, None: nothing of the kind
    tells_peers   whether the site is told who is there
    """

    def __init__(
        self, deliver: Deliver, limits: Limits, tls: ssl.SSLContext | None, tells_peers: bool
    ) -> None:
        super().__init__(deliver, _EVERY_MAX)
        self._limits = limits
        self._lobby = Lobby(limits)
        self._tls = tls
        self._tells_peers = tells_peers
        self._greetings: dict[int, asyncio.TimerHandle] = {}
        self._raised: dict[int, asyncio.Event] = {}
        self._turned: Counter[str] = Counter()
        self._telling: asyncio.TimerHandle | None = None
        self._tellers: set[asyncio.Task[None]] = set()

    def vouch(self, link: int, standing: Standing) -> None:
        """The site says what a connection is worth."""
        self._lobby.vouch(link, standing)
        if link in self._raised:
            self._raised[link].set()
            self._time_greeting(link)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one connection to its end."""
        peer = peer_of(writer)
        if peer == NOBODY:  # gone before it was here
            writer.transport.abort()
            return
        link = self._take_in(writer)
        self._raised[link] = asyncio.Event()
        loser = self._lobby.enter(link, peer.address)
        self._time_greeting(link)
        if loser is not None:
            self._turn_out(loser, Turned.GAVE_WAY)
        try:
            await self._listen(link, reader, writer)
        finally:
            self._lobby.leave(link)
            self._writers.pop(link, None)
            self._raised.pop(link, None)
            if (timer := self._greetings.pop(link, None)) is not None:
                timer.cancel()
            writer.close()

    async def _listen(self, link: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._tls is not None and not await self._secured(writer, self._tls):
            return
        opened = False
        try:
            while chunk := await reader.read(CHUNK_BYTES):
                if not opened:
                    await self._pause(link, self._lobby.speaks(link, _now_s()))
                    peer = peer_of(writer) if self._tells_peers else NOBODY
                    if writer.is_closing() or (self._tells_peers and peer == NOBODY):
                        return
                    opened = True
                    await self._deliver(link, FrameKind.OPENED, _told(peer))
                await self._deliver(link, FrameKind.DATA, chunk)
                await self._pause(link, self._lobby.read(link, len(chunk), _now_s()))
        except OSError:
            self.counters["broken"] += 1
        finally:
            if opened:
                await self._deliver(link, FrameKind.CLOSED, b"")

    async def _secured(self, writer: asyncio.StreamWriter, tls: ssl.SSLContext) -> bool:
        """Speak TLS from here on; whether that came about."""
        try:
            await writer.start_tls(tls, ssl_handshake_timeout=_HANDSHAKE_S)
        except OSError:  # of TLS, of the socket, or no answer in time
            self._count(Turned.HANDSHAKE)
            return False
        return True

    async def _pause(self, link: int, wait_s: float) -> None:
        """Wait, unless the site says meanwhile that the connection is worth more."""
        if wait_s <= 0:
            return
        raised = self._raised[link]
        raised.clear()
        try:
            async with asyncio.timeout(wait_s):
                await raised.wait()
        except TimeoutError:
            if self._lobby.is_known(link):
                self._count(Turned.HELD_BACK)

    def _time_greeting(self, link: int) -> None:
        """Let the time run within which a known node must speak, while none does."""
        if (timer := self._greetings.pop(link, None)) is not None:
            timer.cancel()
        if self._lobby.is_stranger(link) and math.isfinite(self._limits.greeting_max_s):
            self._greetings[link] = asyncio.get_running_loop().call_later(
                self._limits.greeting_max_s, self._turn_out, link, Turned.NO_GREETING
            )

    def _turn_out(self, link: int, why: Turned) -> None:
        if (writer := self._writers.get(link)) is not None:
            if not writer.is_closing():
                self._count(why)
            writer.transport.abort()  # one that is closing, too: what it does not take would hold its socket

    def _cut_off(self, link: int, writer: asyncio.StreamWriter) -> None:
        self._turn_out(link, Turned.NOT_READING)

    def _count(self, why: Turned) -> None:
        self.counters[why] += 1
        self._turned[why] += 1
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(_TELL_S, self._tell)

    def _tell(self) -> None:
        """Hand the counts on; a task, for the site's queue may be full."""
        self._telling = None
        counts, self._turned = self._turned, Counter()
        data = json.dumps(counts, separators=(",", ":")).encode()
        task = asyncio.ensure_future(self._hand_on(data))
        self._tellers.add(task)
        task.add_done_callback(self._tellers.discard)

    async def _hand_on(self, counts: bytes) -> None:
        await self._deliver(0, FrameKind.REFUSED, counts)

    async def close(self) -> None:
        """Close every connection, let what serves them end, and hand on what was counted."""
        await super().close()
        if self._telling is not None:
            self._telling.cancel()
            self._tell()
        if self._tellers:
            await asyncio.wait(self._tellers, timeout=_TELL_S)


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _told(peer: Peer) -> bytes:
    return b"" if peer == NOBODY else bytes_from_peer(peer)
