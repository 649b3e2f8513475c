"""The stream's hub: each picture is put into records once, for all who follow the stream.

A heartbeat goes out only where the time of the site itself has gone on since the one before: who has none
knows that the fold stands still, whatever else of Marsad lives.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from marsad import wire
from marsad.stream.encode import (
    Entry,
    Key,
    alarms_of,
    deliveries_of,
    head_of,
    heartbeat_of,
    hello_of,
    state_of,
    status_of,
    threats_of,
    tracks_of,
)
from marsad.stream.mailbox import Mailbox, Sky, Wanted
from marsad.stream.pulse import HEARTBEAT_S, Pulse
from marsad.stream.records import Kind
from marsad.stream.source import Limits, Numbered, Pictures, Send, Site

_LOG = logging.getLogger(__name__)
MESSAGES_PER_S = 4_000  # to all together: the consoles are served by the same process
_TURNS_PER_S = 20
_MAKES: dict[Kind, Callable[[wire.Picture, wire.SiteInfo], dict[Key, Entry]]] = {
    "track": tracks_of,
    "threat": threats_of,
    "alarm": alarms_of,
    "delivery": deliveries_of,
}


def sky_of(picture: wire.Picture, site: wire.SiteInfo, kinds: frozenset[Kind]) -> Sky:
    """A picture in records of some kinds."""
    head = head_of(picture["t_ms"], site["site_id"], status_of(site["mode"]))
    return Sky(picture["t_ms"], head, {kind: _MAKES[kind](picture, site) for kind in kinds})


@dataclass(slots=True)
class StreamCounts:
    """What the stream did, for /metrics."""

    messages: int = 0
    bytes: int = 0
    states_dropped: int = 0
    clients_dropped: int = 0
    clients_refused: int = 0
    wishes_refused: int = 0
    make_s: float = 0.0


class StreamHub:
    """Follows the pictures and fills the mailboxes of those who follow the stream."""

    def __init__(
        self,
        site: Site,
        pictures: Pictures,
        limits: Limits,
        *,
        utc_ns: Callable[[], int] = time.time_ns,
        messages_per_s: int = MESSAGES_PER_S,
    ) -> None:
        """utc_ns   the clock by which it says when what is no part of a picture was so"""
        self.counts = StreamCounts()
        self._site = site
        self._pictures = pictures
        self._limits = limits
        self._utc_ns, self._messages_per_s = utc_ns, messages_per_s
        self._boxes: dict[Mailbox, asyncio.Event] = {}
        self.pulse = Pulse()

    @property
    def clients(self) -> int:
        """How many follow the stream now."""
        return len(self._boxes)

    @property
    def states_dropped(self) -> int:
        """How many states of objects were left out because they were not taken in time."""
        return self.counts.states_dropped + sum(box.dropped for box in self._boxes)

    @property
    def is_full(self) -> bool:
        """Whether one more is too many."""
        return self.clients >= self._limits.stream_clients

    async def run(self) -> None:
        """Follow the pictures until cancelled."""
        seen = 0
        while True:
            try:
                new = await self._pictures.after(seen, HEARTBEAT_S)
                seen = new.sequence if new else seen
                await self._go_on(new)
            except Exception:
                _LOG.exception("a picture that cannot be streamed; the next is tried")
                await asyncio.sleep(HEARTBEAT_S)

    async def _go_on(self, new: Numbered | None) -> None:
        now_s = time.monotonic()
        if new is not None:
            self.pulse.look(new.picture["t_ms"], new.picture["utc_offset_ms"], now_s)
        if not self._boxes:
            return
        if new is not None:
            await self._fill(new.picture, now_s)
        self._tell_state()
        self.beat_if_due()
        for news in self._boxes.values():
            news.set()

    async def _fill(self, picture: wire.Picture, now_s: float) -> None:
        kinds: set[Kind] = set()
        for box in self._boxes:
            rare = () if box.is_due(now_s) or not box.is_begun else ("track", "threat")
            kinds |= {kind for kind in box.wanted.kinds if kind not in rare}
        sky = await self._made(picture, frozenset(kinds))
        for box in self._boxes:
            if box.is_begun:
                box.offer(sky, now_s)
            elif kinds.issuperset(box.wanted.kinds):
                box.begin(sky, now_s)

    async def _made(self, picture: wire.Picture, kinds: frozenset[Kind]) -> Sky:
        began_s = time.perf_counter()
        sky = await asyncio.to_thread(sky_of, picture, self._site.info(), kinds)
        self.counts.make_s += time.perf_counter() - began_s
        return sky

    def _tell_state(self) -> None:
        head, record = self._head(), self._state()
        for box in self._boxes:
            box.state(head, record)

    def beat_if_due(self) -> None:
        """Send a heartbeat to all where the fold has gone on since the one before."""
        now_s = time.monotonic()
        if not self.pulse.is_beat_due(now_s):
            return
        self.pulse.beat(now_s)
        head = self._head()
        newest = self._pictures.newest
        assert newest is not None, "the fold has gone on"
        record = heartbeat_of(newest.picture["t_ms"], self.pulse.due_s)
        for box in self._boxes:
            box.say("heartbeat", head, record)

    def _head(self) -> bytes:
        site = self._site.info()
        return head_of(self._utc_ns() // 1_000_000, site["site_id"], status_of(site["mode"]))

    def _state(self) -> dict[str, object]:
        newest = self._pictures.newest
        is_silent = self.pulse.is_silent(time.monotonic())
        return state_of(newest.picture if newest else None, self._site.phase().name, is_silent=is_silent)

    # ---------------------------------------------------------------- one who follows it

    async def opened(self, wanted: Wanted) -> Mailbox:
        """The mailbox of a new receiver, filled with all that there is. `close` it at the end."""
        box = Mailbox(wanted)
        self._boxes[box] = asyncio.Event()
        try:
            await self._begin(box)
        except BaseException:
            self.close(box)
            raise
        return box

    async def rewanted(self, box: Mailbox, wanted: Wanted) -> None:
        """A client wants something else from now on: it is greeted anew."""
        box.want(wanted)
        await self._begin(box)

    async def renew(self, box: Mailbox) -> None:
        """A receiver is told all that there is once more: nobody knows what of it came."""
        box.is_begun = False
        await self._begin(box)

    async def _begin(self, box: Mailbox) -> None:
        hello = hello_of(self._site.info(), box.wanted.kinds, box.wanted.every_s, self.pulse.due_s)
        box.say("hello", self._head(), hello)
        box.state(self._head(), self._state())
        self._boxes[box].set()
        if (newest := self._pictures.newest) is None:
            return  # with the first picture
        wanted = box.wanted
        sky = await self._made(newest.picture, frozenset(wanted.kinds))
        if not box.is_begun and box.wanted is wanted:
            box.begin(sky, time.monotonic())
            self._boxes[box].set()

    def refuse(self, box: Mailbox, reason: str, detail: str) -> None:
        """What a client sent cannot be used."""
        self.counts.wishes_refused += 1
        box.say("refused", self._head(), {"kind": "refused", "reason": reason, "detail": detail})
        self._boxes[box].set()

    def close(self, box: Mailbox) -> None:
        """Whoever it was for is gone."""
        del self._boxes[box]
        self.counts.states_dropped += box.dropped

    async def feed(self, box: Mailbox, send: Send, allowed: Callable[[], bool]) -> bool:
        """Send what waits, until it is not taken any more (False) or no longer allowed (True)."""
        news = self._boxes[box]
        while allowed():
            began_s = time.monotonic()
            most = max(self._messages_per_s // max(self.clients, 1) // _TURNS_PER_S, 1)
            try:
                async with asyncio.timeout(self._limits.send_timeout_s):
                    count = await self._send_some(box, send, most)
            except TimeoutError:
                self.counts.clients_dropped += 1
                return False
            if count == most:  # more waits
                await asyncio.sleep(max(1 / _TURNS_PER_S - (time.monotonic() - began_s), 0))
                continue
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await news.wait()
            except TimeoutError:
                continue
            news.clear()
        return True

    async def _send_some(self, box: Mailbox, send: Send, most: int) -> int:
        for count in range(most):
            taken = box.take(time.monotonic())
            if taken is None:
                return count
            await send(taken)
            self.counts.messages += 1
            self.counts.bytes += len(taken.data)
        return most
