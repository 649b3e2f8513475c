"""Pages for phones and gate screens: one zone, large, on an address of their own.

The page is served, and fed over a WebSocket, by the site's own process: it lives on when the console's does
not. It shows nothing but announcements: no track, no place. It makes a noise of its own
when it hears nothing of the site, and of the fold, for a while; a tap confirms.
"""

import asyncio
import json
import logging
from collections import Counter
from dataclasses import replace
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from marsad.errors import EncodingError, LinkError
from marsad.links.crowd import CrowdWatch
from marsad.links.tls import server_tls
from marsad.model.announcement import (
    AnnouncementKind,
    Delivered,
    DeliveryState,
    DrillAnnouncement,
    LiveAnnouncement,
    Switch,
)
from marsad.model.drill import OutputLink
from marsad.model.heartbeat import Beat
from marsad.model.peer import network_of
from marsad.model.site import Mode
from marsad.model.threat import Level
from marsad.model.visible import name_fault
from marsad.model.warning import LIE_DOWN_BELOW_S, TimeLeft
from marsad.outputs.kept import Kept
from marsad.outputs.message import message_of
from marsad.outputs.page_answers import html, plain, trouble_of
from marsad.outputs.page_crowd import BESIDE_SCREENS, Crowd, PageServer
from marsad.outputs.page_keys import PageKey, PageKeys
from marsad.outputs.page_screen import Screen
from marsad.outputs.page_words import NEEDLESS_MAX, ScreenWords
from marsad.outputs.settings import PageSettings
from marsad.outputs.transmitter import Surroundings, Word
from marsad.report.wording import catalogue

_QUIET = logging.getLogger(__name__ + ".connections")
_QUIET.setLevel(logging.CRITICAL)  # who opens a page, and how it goes wrong, is nobody's news
_NO_TIME = TimeLeft(float("nan"), float("nan"), float("nan"))
_NOW = TimeLeft(0.0, 0.0, 0.0)
TOO_MANY = 4429  # closes the connection of a screen that is one too many, as those of the console
SAYS_TOO_MUCH = 1008  # and that of one that says what no page says (RFC 6455, 7.4.1: against the policy)
NO_KEY = 4401  # and of one whose key was taken away
KEYS_S = 1.0  # so often it is looked for other keys
_QUERY_MAX = 1_000
_STANDING_MAX = 200
_NAME_MAX = 80


class Pages:
    """One address at which any number of screens open their page.

    counters  ``connected``, ``refused`` (no key, or too many), ``too-talkative`` (closed for it), and those
              of what screens say
    """

    def __init__(self, settings: PageSettings, surroundings: Surroundings) -> None:
        """Raises LinkError for a key or certificate that cannot be used."""
        self.counters: Counter[str] = Counter()
        self._settings = settings
        self._site = surroundings.site
        self._surroundings = surroundings
        live = surroundings.site.mode is Mode.LIVE
        self._is_in_earnest = live and surroundings.warning.live_warning
        path = settings.secret_file
        self._keys = None if path is None else PageKeys(Path(path))
        certificate, key = settings.tls_certificate, settings.tls_key
        self._tls = None if certificate is None or key is None else server_tls(certificate, key)
        self._standing: dict[str, Kept[LiveAnnouncement | DrillAnnouncement]] = {}
        self._screens: dict[ServerConnection, Screen] = {}
        self._is_seen: bool | None = None  # as told last
        self._beat = ""
        self._beaten = asyncio.Event()
        self._server: PageServer | None = None
        self._words = ScreenWords(settings.screens_max, settings.screens_per_address, self.counters)
        self._watch: CrowdWatch | None = None
        self._trouble = ""  # why nobody can open it
        self._page = (files(__package__) / "page.html").read_text("utf-8")
        self.port = 0  # once it is listening
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled. Raises LinkError where the address cannot be had."""
        self._is_seen = None
        try:
            await self._listen()
        except OSError as error:
            self._trouble = trouble_of(self._settings.listen, error)
            raise LinkError(self._trouble, "no_address") from error

    async def _listen(self) -> None:
        host, _, port = self._settings.listen.rpartition(":")
        self._watch = watch = CrowdWatch(f"{self._settings.name}:{port}", self._surroundings.tell_security)
        beside = BESIDE_SCREENS
        most, per_network = self._settings.screens_max + beside, self._settings.screens_per_address + beside
        crowd = Crowd(most, per_network, watch)
        self._server = server = PageServer(self._answer, self._serve, crowd, self._tls, _QUIET)
        try:
            self.port = await server.start(host.strip("[]"), int(port))
            self._trouble = ""
            self.listening.set()
            self._tell_link()
            await self._follow_keys()
            await asyncio.Event().wait()
        finally:
            server.close()
            watch.close()
            await server.wait_closed()

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        """Put an announcement on every screen that it concerns.

        Raises LinkError while there is none, for nobody would see it; whoever opens the page has it at once.
        """
        if isinstance(word, Switch):
            raise EncodingError("a page carries messages, no levels")
        self._stand(word)
        text = self._text(word)
        meant = [screen for screen in self._screens.values() if screen.is_of(word.zone_id)]
        sent = await asyncio.gather(*(screen.announce(word, text) for screen in meant))
        if self._trouble:
            raise LinkError(self._trouble, "no_address")
        if not any(sent):
            raise LinkError(
                "no screen of its zone has the page open; the first that opens it has it at once", "no_screen"
            )
        return DeliveryState.SENT

    def beat(self, word: Beat) -> None:
        """The site lives, and its fold with it; a screen that is not told so for a while is loud."""
        beat = {"kind": "beat", "state": word.state, "due_s": word.due_s, "site_ms": self._site_ms()}
        self._beat = json.dumps(beat)
        beaten, self._beaten = self._beaten, asyncio.Event()
        beaten.set()

    async def close(self) -> None:
        """Close every screen's connection."""
        for connection in list(self._screens):
            connection.transport.abort()
        if self._server is not None:
            self._server.close()

    # --- screens ---------------------------------------------------------------------------------

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The page itself, a refusal, or None for the WebSocket that it opens."""
        parts = urlsplit(request.path)
        if self._keys is not None:
            key = self._key_of(parts.query)
            if key is None:
                self.counters["refused"] += 1
                return plain(HTTPStatus.FORBIDDEN, "the key is missing or wrong: ask for the page's address")
            if not key.opens(_one(parts.query, "zone")):
                self.counters["refused"] += 1
                return plain(HTTPStatus.FORBIDDEN, f"this key opens &zone={' or &zone='.join(key.zones)}")
        if parts.path == "/live":
            origin, host = request.headers.get("Origin", ""), request.headers.get("Host", "")
            if urlsplit(origin).netloc != host:
                self.counters["refused"] += 1
                return plain(HTTPStatus.FORBIDDEN, "this page is fed to itself only")
            if len(self._screens) >= self._settings.screens_max:
                self.counters["refused"] += 1
                return plain(HTTPStatus.SERVICE_UNAVAILABLE, "as many screens as may (screens_max) are open")
            return None
        if parts.path != "/":
            return plain(HTTPStatus.NOT_FOUND, "there is one page, at /")
        return html(self._page)

    def _key_of(self, query: str) -> PageKey | None:
        """The key that a page's address ends in; None where it is none, or none is needed."""
        return None if self._keys is None else self._keys.key(_one(query, "key"))

    async def _follow_keys(self) -> None:
        """Close what was opened by a key that is taken away."""
        while self._keys is not None:
            await asyncio.sleep(KEYS_S)
            if not await asyncio.to_thread(self._keys.look):
                continue
            for connection, screen in list(self._screens.items()):
                if screen.key is not None and not self._keys.holds(screen.key):
                    await connection.close(NO_KEY, "the key of this page's address is good no more")

    async def _serve(self, connection: ServerConnection) -> None:
        """One screen, as long as it is open."""
        assert connection.request is not None
        query = urlsplit(connection.request.path).query
        address = network_of((connection.remote_address or ("",))[0])
        most = self._settings.screens_per_address
        if sum(screen.address == address for screen in self._screens.values()) >= most:
            self.counters["refused"] += 1
            await connection.close(TOO_MANY, f"{most} pages are open from {address} (screens_per_address)")
            return
        asked = _one(query, "zone")
        # of a zone that there is not it has all that is said, for nobody knows which it ought to have
        is_known = any(zone.zone_id == asked for zone in self._site.zones)
        screen = Screen(connection, asked if is_known else "", address, _STANDING_MAX)
        screen.key = self._key_of(query)
        self._screens[connection] = screen
        self._tell_link()
        self.counters["connected"] += 1
        name = _name_of(query)
        beats = asyncio.create_task(self._beats(screen))
        try:
            await screen.send(json.dumps(self._greeting(asked), ensure_ascii=False))
            for word in self._standing_now():
                if screen.is_of(word.zone_id):
                    await screen.announce(word, self._text(word))
            async for said in connection:
                await self._hear(said, screen, name)
                if screen.needless >= NEEDLESS_MAX:
                    await self._turn_away(connection, screen)
                    break
        except ConnectionClosed:
            pass
        finally:
            beats.cancel()
            await asyncio.gather(beats, return_exceptions=True)
            self._screens.pop(connection, None)
            self._tell_link()

    def _tell_link(self) -> None:
        """Nobody is reached where no screen shows the page."""
        is_seen = bool(self._screens)
        if is_seen is not self._is_seen:
            self._is_seen = is_seen
            said = "" if is_seen else "no screen has the page open"
            self._surroundings.tell_link(
                OutputLink(self._settings.name, is_seen, said, "" if is_seen else "no_screen_at_all")
            )

    async def _beats(self, screen: Screen) -> None:
        """Hand on each beat; one that is not taken in time is left out."""
        while True:
            await self._beaten.wait()
            await screen.send(self._beat)

    def _greeting(self, zone_id: str) -> dict[str, Any]:
        """What a page learns first; `unknown_zone` is what it asked for where there is no such zone."""
        zone = next((zone for zone in self._site.zones if zone.zone_id == zone_id), None)
        named = zone or self._site
        is_unknown = zone is None and zone_id != ""
        is_told = self._settings.live if self._is_in_earnest else self._settings.drills
        return {
            "kind": "hello",
            "zone": {"ar": named.name_ar, "en": named.name_en},
            "site": {"ar": self._site.name_ar, "en": self._site.name_en},
            "silent_after_s": self._settings.silent_after_s,
            "is_told": is_told and not is_unknown and zone_id in ("", *(self._settings.zones or [zone_id])),
            "unknown_zone": zone_id[:40] if is_unknown else "",
            "zones": [{"id": one.zone_id, "ar": one.name_ar, "en": one.name_en} for one in self._site.zones]
            if is_unknown
            else [],
            "site_ms": self._site_ms(),
        }

    async def _hear(self, said: str | bytes, screen: Screen, name: str) -> None:
        """What a screen says of what it was sent: that it shows, that it sounds, that a person confirmed."""
        taken = self._words.hear(said, screen, self._standing, asyncio.get_running_loop().time())
        if taken is None:
            return
        announcement_id, state = taken
        by = name if state is DeliveryState.CONFIRMED else ""
        # whoever reaches a page without a key can give any name
        unproved = state is DeliveryState.CONFIRMED and self._keys is None
        output_id = self._settings.name
        await self._surroundings.tell(Delivered(output_id, announcement_id, state, by=by, unproved=unproved))

    async def _turn_away(self, connection: ServerConnection, screen: Screen) -> None:
        """Close the connection of a screen that says too much; where many are, people are told whose."""
        self.counters["too-talkative"] += 1
        if self._watch is not None:
            self._watch.turned_away(screen.address)
        await connection.close(SAYS_TOO_MUCH, f"{NEEDLESS_MAX} words of this page said nothing")

    # --- what stands -------------------------------------------------------------------------------

    def _stand(self, word: LiveAnnouncement | DrillAnnouncement) -> None:
        self._standing[word.announcement_id] = Kept(word, self._surroundings.utc_offset_ns)
        while len(self._standing) > _STANDING_MAX:
            del self._standing[next(iter(self._standing))]

    def _standing_now(self) -> list[LiveAnnouncement | DrillAnnouncement]:
        """The newest word about each alarm that still holds."""
        now_ns = self._surroundings.utc_ns()
        newest = {word.alarm_id: word for word in (one.word for one in self._standing.values())}
        return [word for word in newest.values() if word.expires_t_ns > now_ns and not word.kind.ends]

    def _text(self, word: LiveAnnouncement | DrillAnnouncement) -> str:
        wording = {"ar": catalogue("ar"), "en": catalogue("en")}
        record = message_of(word, self._site, wording)
        # the page counts down itself: a time in words would be of another moment
        untimed = message_of(replace(word, time_left=_NO_TIME), self._site, wording)["text"]
        # what to do is told by the time that there was: whoever is told to run must have had the time
        record["text"] = {
            language: text | {"instruction": record["text"][language]["instruction"]}
            for language, text in untimed.items()
        }
        if word.stage is Level.WARN and word.kind in (AnnouncementKind.WARNING, AnnouncementKind.UPDATE):
            # and once the page has counted down to where nobody has the time to run, that they lie down
            at_the_last = message_of(replace(word, time_left=_NOW), self._site, wording)["text"]
            for language, text in record["text"].items():
                text["instruction_at_last"] = at_the_last[language]["instruction"]
            record["at_last_s"] = LIE_DOWN_BELOW_S
        said = {"kind": "announcement", "utc_offset_ms": self._utc_offset_ms(), "announcement": record}
        return json.dumps(said, ensure_ascii=False)

    def _site_ms(self) -> int:
        """Site time: what a page goes by, for neither its own clock nor the site's may be set meanwhile."""
        return self._surroundings.utc_ns() // 1_000_000 - self._utc_offset_ms()

    def _utc_offset_ms(self) -> int:
        return self._surroundings.utc_offset_ns() // 1_000_000


def _one(query: str, name: str) -> str:
    return parse_qs(query, max_num_fields=8).get(name, [""])[0] if len(query) <= _QUERY_MAX else ""


def _name_of(query: str) -> str:
    name = _one(query, "name")[:_NAME_MAX]
    return "" if not name or name_fault(name) else name
