"""Cursor on Target: alarms to a TAK server, or to the handsets of a network by datagrams.

Neither ever says that it got anything, and who comes late has missed what was said: so how each alarm stands
is sent again on every new connection, and every few seconds; by the same uid, so that nobody is told twice.
Only what was sent once, and has not grown old, is sent again; what is over is repeated for a minute, and
after that on new connections.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, assert_never
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from marsad.errors import EncodingError, LinkError
from marsad.links.datagrams import DatagramSender
from marsad.links.kept import KeptConnection
from marsad.links.tls import client_tls
from marsad.model.announcement import DeliveryState, DrillAnnouncement, LiveAnnouncement, Switch
from marsad.model.drill import OutputLink
from marsad.model.picture import Picture
from marsad.outputs.cot_event import ENDED_S, CotStyle, Events, events_of, presence, xml_of
from marsad.outputs.cot_track import gone, opex_of, track_events
from marsad.outputs.kept import Kept
from marsad.outputs.settings import CotSettings
from marsad.outputs.time_left import as_of
from marsad.outputs.transmitter import Surroundings, Word
from marsad.report.wording import catalogue

_LOG = logging.getLogger(__name__)
STANDING_MAX = 200
TRACKS_S = 1.0
_PRESENCES = 5  # so many may be lost before the site is thought to be gone
_NS = 1_000_000_000


class _Wire(Protocol):
    """How messages leave."""

    counters: Counter[str]

    async def send(self, messages: list[bytes]) -> None:
        """Send messages. Raises LinkError."""

    async def run(self) -> None:
        """Keep it up until cancelled."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """How an alarm stands: the newest word about it, which is repeated, and grows old."""

    kept: Kept[LiveAnnouncement | DrillAnnouncement]

    def is_old(self, now_ns: int) -> bool:
        """Whether nobody is told of it any more."""
        return self.kept.word.expires_t_ns <= now_ns

    def is_repeated(self, now_ns: int) -> bool:
        """Whether it is said again and again; what is over is for a while."""
        word = self.kept.word
        ended_t_ns = word.made_t_ns + ENDED_S * _NS
        return now_ns < (min(word.expires_t_ns, ended_t_ns) if word.kind.ends else word.expires_t_ns)


class CotOutput:
    """One TAK server or network.

    counters  of its connection or datagrams
    """

    def __init__(self, settings: CotSettings, surroundings: Surroundings) -> None:
        """Raises LinkError for certificates or an interface that cannot be used."""
        self._settings = settings
        self._tell_link = surroundings.tell_link
        self._linked: Callable[[], None] = lambda: None
        self._utc_offset_ns = surroundings.utc_offset_ns
        self._site, self._utc_ns, self._picture = surroundings.site, surroundings.utc_ns, surroundings.picture
        self._opex = opex_of(surroundings.site, live_warning=surroundings.warning.live_warning)
        callsign = settings.callsign or surroundings.site.name_en
        self._style = CotStyle(callsign, settings.language, frozenset(settings.emergencies), settings.chat)
        self._standing: dict[str, _Standing] = {}
        self._turn = asyncio.Lock()  # else how an alarm stood could be repeated behind its end
        self._encoded = _protobuf if settings.version == 1 else xml_of
        parts = urlsplit(settings.address)
        if parts.scheme == "udp":
            self._wire: _Wire = _Datagrams(settings)
        else:
            self._wire = _Stream(settings, lambda: self._all(is_new=True), self._reached)
        self.counters = self._wire.counters

    def when_linked(self, call: Callable[[], None]) -> None:
        """Call this whenever the server is there again."""
        self._linked = call

    def _reached(self, trouble: str) -> None:
        self._tell_link(OutputLink(self._settings.name, not trouble, trouble))
        if not trouble:
            self._linked()

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        """Send the events of an announcement. Raises LinkError."""
        if isinstance(word, Switch):
            raise EncodingError("Cursor on Target carries messages, no levels")
        if not isinstance(word, LiveAnnouncement | DrillAnnouncement):
            assert_never(word)
        kept = Kept(word, self._utc_offset_ns)
        async with self._turn:
            events = self._events(kept.word)
            await self._wire.send([self._encoded(one) for one in (*events.standing, *events.said)])
            self._remember(kept)
        return DeliveryState.SENT

    async def run(self) -> None:
        """Keep the connection up, and show that the site is there and how its alarms stand."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._wire.run())
            group.create_task(self._repeat())
            if self._settings.tracks:
                group.create_task(self._show_tracks())

    async def close(self) -> None:
        """Let go of the connection."""
        self._wire.close()

    def _events(self, word: LiveAnnouncement | DrillAnnouncement) -> Events:
        """The events of an announcement as they are sent now: what is repeated says the time left of then."""
        wording = {"ar": catalogue("ar"), "en": catalogue("en")}
        return events_of(as_of(word, self._utc_ns()), self._site, self._style, wording)

    def _remember(self, kept: Kept[LiveAnnouncement | DrillAnnouncement]) -> None:
        alarm_id = kept.word.alarm_id
        self._standing.pop(alarm_id, None)  # the newest is the last that makes room
        self._standing[alarm_id] = _Standing(kept)
        if len(self._standing) > STANDING_MAX:
            del self._standing[next(iter(self._standing))]

    async def _repeat(self) -> None:
        while True:
            try:
                async with self._turn:
                    await self._wire.send(self._all(is_new=False))
            except LinkError as error:  # a connection is made anew, and begins with all of it
                if not self.counters["unsent"]:
                    _LOG.warning("the site is not seen there, nor its open alarms: %s", error)
                self.counters["unsent"] += 1
            await asyncio.sleep(self._settings.repeat_s)

    async def _show_tracks(self) -> None:
        """Show what is seen; each picture once, so that what nobody renews grows old there."""
        shown: dict[int, Element] = {}
        last: Picture | None = None
        while True:
            await asyncio.sleep(TRACKS_S)
            picture = self._picture()
            if picture is None or picture is last:
                continue
            last = picture
            try:
                shown = await self._show(picture, shown)
            except LinkError:
                self.counters["unsent-pictures"] += 1
            except Exception:  # whatever is wrong with a track, alarms go on
                if not self.counters["unshown-pictures"]:
                    _LOG.exception("a picture cannot be shown")
                self.counters["unshown-pictures"] += 1

    async def _show(self, picture: Picture, before: dict[int, Element]) -> dict[int, Element]:
        """Send the tracks of a picture, and the end of those before that are no more; returns its own."""
        now = track_events(picture, self._site, self._opex)
        events = [*now.values(), *gone(before, now.keys(), picture.t_ns)]
        if events:
            async with self._turn:
                await self._wire.send([self._encoded(one) for one in events])
        return now

    def _all(self, *, is_new: bool) -> list[bytes]:
        """That the site is there, and how each alarm stands that is not old.

        is_new   for a connection that is new: also what was over for a while
        """
        now_ns = self._utc_ns()
        for alarm_id, one in list(self._standing.items()):
            if one.is_old(now_ns):
                del self._standing[alarm_id]
        lasts_ns = int(_PRESENCES * self._settings.repeat_s * _NS)
        messages = [self._encoded(presence(self._site, self._style, now_ns, lasts_ns))]
        for one in self._standing.values():
            if is_new or one.is_repeated(now_ns):
                messages += [self._encoded(event) for event in self._events(one.kept.word).standing]
        return messages


class _Stream:
    """A connection to a server, in XML."""

    def __init__(
        self, settings: CotSettings, greeting: Callable[[], list[bytes]], reached: Callable[[str], None]
    ) -> None:
        parts = urlsplit(settings.address)
        tls = None
        if parts.scheme == "tls":
            tls = client_tls(settings.authorities, settings.client_certificate, settings.client_key)
        self._connection = KeptConnection(
            parts.hostname or "",
            parts.port or 0,
            tls=tls,
            server_name=settings.server_name,
            timeout_s=settings.timeout_s,
            greet=lambda: b"\n".join(greeting()) + b"\n",
            reached=reached,
        )
        self.counters = self._connection.counters

    async def send(self, messages: list[bytes]) -> None:
        """Events one after the other, a line each. Raises LinkError."""
        await self._connection.send(b"\n".join(messages) + b"\n")

    async def run(self) -> None:
        """Connect, and again whenever it ends, until cancelled."""
        await self._connection.run()

    def close(self) -> None:
        """The connection ends with `run`."""


class _Datagrams:
    """Datagrams, an event each."""

    def __init__(self, settings: CotSettings) -> None:
        parts = urlsplit(settings.address)
        self._sender = DatagramSender(
            parts.hostname or "", parts.port or 0, settings.interface, settings.hops
        )
        self.counters: Counter[str] = Counter()

    async def send(self, messages: list[bytes]) -> None:
        """Events, a datagram each. Raises LinkError."""
        for message in messages:
            self._sender.send(message)

    async def run(self) -> None:
        """There is nothing to keep up."""

    def close(self) -> None:
        """No datagram goes out any more."""
        self._sender.close()


def _protobuf(event: Element) -> bytes:
    """An event as a datagram of version 1 of the TAK protocol."""
    import takproto  # only where it is spoken

    return bytes(takproto.xml2proto(xml_of(event), takproto.TAKProtoVer.MESH))
