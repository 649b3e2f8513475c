"""The site as the process of its console's server knows it: by what it says over the channel."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from marsad import wire
from marsad.errors import LinkError
from marsad.model.action import Action
from marsad.model.security import SecurityEvent, json_from_event
from marsad.server.channel import Channel, Kind, Message
from marsad.server.refusals import error_from_refusal
from marsad.server.wire_site import Phase, Shown
from marsad.site.actions import json_from_action

if TYPE_CHECKING:
    from marsad.server.documents import Dossier
    from marsad.site.coverage import CoverageMaterial

_ALIVE_S = 1.0
_ANSWER_S = 10.0
_AT_ONCE = 8  # questions, and likewise actions, open at the site; the others wait here
_WAITING_MAX = 256
GONE = "the site does not answer"


class RemoteSite:
    """Implements `WireSite` over a channel.

    accounts   called with the records of those who may sign in from now on
    """

    def __init__(self, channel: Channel, site: wire.SiteInfo, starts: int = 1) -> None:
        self.starts = starts
        self.accounts: Callable[[list[dict[str, Any]]], None] = lambda operators: None
        self._channel = channel
        self._info = site
        self._phase = Phase("preparing", 0.0)
        self._pictures = 0
        self._heard_s = time.monotonic()
        self._newest: wire.Picture | None = None
        self._shown: asyncio.Queue[Shown] = asyncio.Queue(1)
        self._open: dict[int, tuple[Kind, asyncio.Future[bytes]]] = {}
        self._number = 0
        self._lanes = {kind: asyncio.Semaphore(_AT_ONCE) for kind in (Kind.ASK, Kind.ACT)}
        self._waiting = 0

    async def follow(self) -> None:
        """Take what the site says until it asks for an end in good order; called again, until that is done.

        Raises LinkError where the site is gone, or says what no site of ours does.
        """
        beating = asyncio.create_task(self._beat())
        try:
            while (message := await self._channel.receive()) is not None:
                if message.kind is Kind.END:
                    return
                self._take(message)
        finally:
            beating.cancel()
        raise LinkError(GONE)

    def give_up(self) -> None:
        """Nothing more will be answered."""
        for _, answer in self._open.values():
            if not answer.done():
                answer.set_exception(LinkError(GONE))

    async def _beat(self) -> None:
        while True:
            if self._channel.is_read:
                self._channel.send(Kind.ALIVE)
            await asyncio.sleep(_ALIVE_S)

    def _take(self, message: Message) -> None:
        match message.kind:
            case Kind.PULSE:
                self._hear(message.record())
            case Kind.PICTURE:
                self._newest = message.record()
                if not self._shown.full():
                    self._shown.put_nowait(Shown(self._newest, message.number * 1e-6))
            case Kind.ANSWER | Kind.REFUSAL:
                self._answered(message)
            case Kind.ACCOUNTS:
                self.accounts(message.record())
            case _:
                raise LinkError(f"channel: {message.kind.name} is not for a site to say")

    def _answered(self, message: Message) -> None:
        kind, answer = self._open.pop(message.number)
        self._lanes[kind].release()  # only now: the site holds what nobody here waits for any more
        if answer.done():
            return
        if message.kind is Kind.ANSWER:
            answer.set_result(message.body)
        else:
            answer.set_exception(error_from_refusal(message.record()))

    def _hear(self, pulse: dict[str, Any]) -> None:
        self._phase = Phase(pulse["name"], pulse["share"], pulse["left_s"])
        if pulse["pictures"] != self._pictures or self._phase.name == "preparing":
            self._heard_s = time.monotonic()
        self._pictures = pulse["pictures"]

    # ---------------------------------------------------------------- what is known here

    def info(self) -> wire.SiteInfo:
        """The site and its zones."""
        return self._info

    def phase(self) -> Phase:
        """Where the site is in its life, as it last said."""
        return self._phase

    def silent_s(self) -> float | None:
        """How long the site has not said that its fold has gone on, or while it is prepared, nothing."""
        return time.monotonic() - self._heard_s

    def newest(self) -> wire.Picture | None:
        """The newest picture that came."""
        return self._newest

    async def pictures(self) -> AsyncIterator[Shown]:
        """New pictures: each is asked for when the one before it has been dealt with."""
        while True:
            self._channel.send(Kind.WANT)
            yield await self._shown.get()

    # ---------------------------------------------------------------- what the site is asked

    async def submit(self, action: Action, key: str = "") -> None:
        """Have an action journalled. Raises LinkError where the site does not say what became of it."""
        await self._ask(Kind.ACT, key.encode() + b"\n" + json_from_action(action))

    async def track(self, track_id: int) -> wire.TrackReport | None:
        """One track with all its reasons."""
        found: wire.TrackReport | None = await self._asked("track", track_id=track_id)
        return found

    async def authority(self) -> wire.AuthorityCard:
        """Who decides what."""
        found: wire.AuthorityCard = await self._asked("authority")
        return found

    async def flights(self) -> list[wire.Flight]:
        """The declared flights."""
        found: list[wire.Flight] = await self._asked("flights")
        return found

    async def incidents(self, limit: int, before_t_ms: int | None) -> Sequence[wire.IncidentSummary]:
        """The newest incidents."""
        before = {} if before_t_ms is None else {"before_t_ms": before_t_ms}
        found: list[wire.IncidentSummary] = await self._asked("incidents", limit=limit, **before)
        return found

    def note(self, event: SecurityEvent) -> None:
        """Have what happened at the door journalled; a site that does not read is told nothing more."""
        if self._channel.is_read:
            self._channel.send(Kind.NOTE, json_from_event(event))

    async def security(self, limit: int, before_t_ms: int) -> Sequence[wire.SecurityLine]:
        """The newest lines of the security log."""
        found: list[wire.SecurityLine] = await self._asked("security", limit=limit, before_t_ms=before_t_ms)
        return found

    async def delays(self) -> Sequence[wire.WarningDelay]:
        """How long warnings took."""
        found: list[wire.WarningDelay] = await self._asked("delays")
        return found

    async def incident(self, incident_id: str) -> wire.Incident | None:
        """One incident."""
        found: wire.Incident | None = await self._asked("incident", incident_id=incident_id)
        return found

    async def coverage(self) -> "CoverageMaterial | None":
        """What the coverage of the sensors is worked out of."""
        from marsad.server.coverage import material_from_json

        body = await self._ask(Kind.ASK, to_json({"what": "coverage"}))
        return material_from_json(body) if body else None

    async def dossier(self, incident_id: str) -> "Dossier | None":
        """What an incident's documents are written from."""
        from marsad.server.documents import dossier_from_json

        body = await self._ask(Kind.ASK, to_json({"what": "dossier", "incident_id": incident_id}))
        return dossier_from_json(body) if body else None

    async def _asked(self, what: str, **arguments: int | str) -> Any:
        body = await self._ask(Kind.ASK, to_json({"what": what, **arguments}))
        return from_json(body) if body else None

    async def _ask(self, kind: Kind, body: bytes) -> bytes:
        if self._waiting >= _WAITING_MAX:
            raise LinkError(f"{GONE}: {_WAITING_MAX} requests wait for it already")
        self._waiting += 1
        sent = False
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._lanes[kind].acquire()
                sent = True
                return await self._sent(kind, body)
        except TimeoutError:
            raise LinkError(_silence(kind, sent)) from None
        finally:
            self._waiting -= 1

    def _sent(self, kind: Kind, body: bytes) -> "asyncio.Future[bytes]":
        self._number += 1
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._open[self._number] = kind, answer
        self._channel.send(kind, body, self._number)
        return answer


def _silence(kind: Kind, sent: bool) -> str:
    if kind is Kind.ACT and sent:
        return f"{GONE}: whether the action was done is not known; look before you do it again"
    return f"{GONE}: nothing was done"
