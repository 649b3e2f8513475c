"""The picture hub: one subscription to the site, any number of consoles.

Every picture is made once; every step between two pictures is encoded once and shared. A
client holds at most the picture it was last sent, so a slow one skips to the newest, and one that
takes nothing for ``send_timeout_s`` is dropped and counted.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from pydantic_core import to_json

from marsad import wire
from marsad.server.delta import delta
from marsad.server.settings import ServerSettings
from marsad.server.wire_site import Shown, WireSite
from marsad.stream.source import Numbered

_LOG = logging.getLogger(__name__)
_MESSAGES_KEPT = 16  # encoded steps shared between clients at slightly different places
_RETRY_S = 1.0

Send = Callable[[str], Awaitable[None]]


class Ending(Enum):
    """Why the hub stopped feeding a client."""

    NOT_READING = "not reading"
    SIGNED_OUT = "signed out"


@dataclass(slots=True)
class HubCounts:
    """What the hub did, for /metrics."""

    pictures: int = 0
    pictures_skipped: int = 0
    messages: int = 0
    bytes: int = 0
    resyncs: int = 0
    clients_dropped: int = 0
    clients_refused: int = 0
    encode_s: float = 0.0


class PictureHub:
    """Takes pictures from the site and feeds them to consoles."""

    def __init__(self, site: WireSite, settings: ServerSettings) -> None:
        self.counts = HubCounts()
        self.clients = 0
        self.newest: Numbered | None = None
        self.last_picture_s: float | None = None
        self._site = site
        self._settings = settings
        self._fresh = asyncio.Event()
        self._messages: dict[tuple[int | None, int, bool], str] = {}

    async def run(self) -> None:
        """Follow the site until cancelled; a subscription that ends or fails is taken up again."""
        while True:
            try:
                async for shown in self._site.pictures():
                    self.publish(shown)
                    # a crowded picture comes less often: encoding never takes more than a fifth of the time
                    await asyncio.sleep(max(1 / self._settings.picture_rate_hz, 4 * shown.encode_s))
            except Exception:
                _LOG.exception("the site's pictures stopped; trying again in %s s", _RETRY_S)
            await asyncio.sleep(_RETRY_S)

    def picture_age_s(self) -> float | None:
        """How long ago the newest picture came, or None before the first."""
        return None if self.last_picture_s is None else time.monotonic() - self.last_picture_s

    def publish(self, shown: Shown) -> None:
        """Number a picture and wake the clients."""
        self.counts.encode_s += shown.encode_s
        self.counts.pictures += 1
        self.newest = Numbered(self.newest.sequence + 1 if self.newest else 1, shown.picture)
        self.last_picture_s = time.monotonic()
        self._fresh.set()
        self._fresh = asyncio.Event()

    async def after(self, sequence: int, timeout_s: float) -> Numbered | None:
        """The newest picture as soon as its number is greater; None after so long without one."""
        if self.newest is None or self.newest.sequence <= sequence:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._fresh.wait()
        newest = self.newest
        return newest if newest is not None and newest.sequence > sequence else None

    def message(self, old: Numbered | None, new: Numbered, *, phones: bool = True) -> str:
        """The message that brings a client from one picture to another; None: from nothing.

        phones   whether it holds the telephone numbers of owners
        """
        key = (old.sequence if old else None, new.sequence, phones)
        if key not in self._messages:
            while len(self._messages) >= _MESSAGES_KEPT:
                del self._messages[next(iter(self._messages))]
            self._messages[key] = _encoded(old, new, phones=phones)
        return self._messages[key]

    async def feed(
        self, send: Send, resync: asyncio.Event, allowed: Callable[[], bool], *, phones: bool = True
    ) -> Ending:
        """Send pictures to one client until it is dropped, or no longer allowed to see them.

        resync is set when the client asks for a snapshot; phones as in `message`.
        """
        sent: Numbered | None = None
        while allowed():
            if resync.is_set():
                resync.clear()
                self.counts.resyncs += 1
                sent = None
            new = await self._newer_than(sent, resync)
            if resync.is_set():
                continue
            if new is None:
                text = _heartbeat(sent)
            else:
                if sent is not None:
                    self.counts.pictures_skipped += new.sequence - sent.sequence - 1
                text = self.message(sent, new, phones=phones)
                sent = new
            try:
                await asyncio.wait_for(send(text), self._settings.send_timeout_s)
            except TimeoutError:
                self.counts.clients_dropped += 1
                return Ending.NOT_READING
            self.counts.messages += 1
            self.counts.bytes += len(text)
        return Ending.SIGNED_OUT

    async def _newer_than(self, sent: Numbered | None, resync: asyncio.Event) -> Numbered | None:
        """The newest picture as soon as it is newer than the given one; None after a silence."""
        seen = sent.sequence if sent else 0
        if self.newest is None or self.newest.sequence <= seen:
            waits = [asyncio.ensure_future(self._fresh.wait()), asyncio.ensure_future(resync.wait())]
            try:
                await asyncio.wait(
                    waits, timeout=self._settings.heartbeat_s, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                for wait in waits:
                    wait.cancel()
        newest = self.newest
        return newest if newest is not None and newest.sequence > seen else None


def phoneless(flights: list[wire.Flight]) -> list[wire.Flight]:
    """Flights without the telephone numbers of their owners, for who may not ask them."""
    return [{**flight, "phone": ""} for flight in flights]


def _encoded(old: Numbered | None, new: Numbered, *, phones: bool) -> str:
    message: wire.Message
    if old is None:
        message = {
            "kind": "snapshot",
            "version": wire.VERSION,
            "sequence": new.sequence,
            "server_t_ms": _now_ms(),
            "picture": new.picture
            if phones
            else {**new.picture, "flights": phoneless(new.picture["flights"])},
        }
    else:
        change = delta(old.picture, new.picture, old.sequence, new.sequence, _now_ms())
        if not phones and "flights" in change:
            change["flights"] = phoneless(change["flights"])
        message = change
    return to_json(message, inf_nan_mode="null").decode()


def _heartbeat(sent: Numbered | None) -> str:
    message: wire.Heartbeat = {
        "kind": "heartbeat",
        "version": wire.VERSION,
        "sequence": sent.sequence if sent else 0,
        "server_t_ms": _now_ms(),
    }
    return to_json(message).decode()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
