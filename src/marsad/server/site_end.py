"""The site's end of the channel: the small part of the console's server that runs beside the fold.

It never waits for the server. One picture at a time is made, when the server wants it, and it is the newest;
signs of life are left out while the server does not read; a server that has more than a few questions or
actions open at a time is at fault and is ended. So what a server can cost is bounded, alive or not: answers
wait for their turn, and take no more than a fifth of the time.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic_core import to_json

from marsad.errors import LinkError, MarsadError, ReceivedError
from marsad.model.picture import Picture
from marsad.model.security import event_from_json
from marsad.server.channel import Channel, Kind, Message
from marsad.server.coverage import json_from_material
from marsad.server.documents import json_from_dossier
from marsad.server.encoded_site import EncodedSite
from marsad.server.kept_sessions import KeptSessions
from marsad.server.refusals import refusal_from_error
from marsad.server.settings import Operator, ServerSettings
from marsad.site.actions import action_from_json

_LOG = logging.getLogger(__name__)
_PULSE_S = 0.5
_AGAIN_S = 1.0  # a subscription that failed is taken up again
_REST = 4.0  # times what an answer took
_REST_MAX_S = 1.0
_IN_A_ROW, _PAUSE_S = 64, 0.02  # a server that talks without end is heard so fast, and the fold goes on
_NOTES_MAX, _NOTES_S = 600, 60.0  # so many lines of the security log in so long
OPEN_MAX = 32  # questions, and likewise actions, that a server may have open


class SiteEnd:
    """Serves one server's process over one channel, until either ends."""

    def __init__(self, site: EncodedSite, channel: Channel, sessions: KeptSessions) -> None:
        self.settled = asyncio.Event()  # it serves, or says that it is unable to
        self.unable: dict[str, Any] | None = None
        self.heard = 0  # messages so far
        self.notes_dropped = 0
        self._notes_s: deque[float] = deque(maxlen=_NOTES_MAX)
        self._site = site
        self._channel = channel
        self._sessions = sessions
        self._picture: Picture | None = None
        self._pictures = 0
        self._fresh = asyncio.Event()
        self._wanted = asyncio.Event()
        self._questions: asyncio.Queue[Message] = asyncio.Queue(OPEN_MAX)
        self._actions: asyncio.Queue[Message] = asyncio.Queue(OPEN_MAX)
        self._phase_told = ""

    def greet(self, settings: ServerSettings, starts: int) -> None:
        """The first message: what to serve, who is signed in, and how many servers there have been."""
        record = {
            "settings": settings.model_dump(mode="json"),
            "site": self._site.info(),
            "sessions": self._sessions.records(),
            "starts": starts,
        }
        self._channel.tell(Kind.HELLO, record)
        self._pulse()

    def adopt(self, operators: Sequence[Operator]) -> None:
        """Tell the server who may sign in from now on."""
        self._channel.tell(Kind.ACCOUNTS, [one.model_dump(mode="json") for one in operators])

    def end(self) -> None:
        """Have the server finish what is open and end."""
        self._channel.send(Kind.END)

    async def run(self) -> None:
        """Serve until the server's end is gone. Raises LinkError for what no server of ours sends."""
        works = (self._follow(), self._beat(), self._show(), self._answer(), self._act())
        tasks = [asyncio.create_task(work) for work in (self._receive(), *works)]
        try:
            # the first to end ends all: a server that lacks one of them would seem to serve
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                error = task.exception()
                if error is not None and not isinstance(error, LinkError):
                    raise LinkError(f"channel: {error!r}") from error
                task.result()
        finally:
            self._channel.close()  # before anything is waited for: whoever ends us may do so twice
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _receive(self) -> None:
        while (message := await self._channel.receive()) is not None:
            self.heard += 1
            self._take(message)
            if self.heard % _IN_A_ROW == 0:
                await asyncio.sleep(_PAUSE_S)

    def _take(self, message: Message) -> None:
        try:
            match message.kind:
                case Kind.WANT:
                    self._wanted.set()
                case Kind.ALIVE:
                    pass
                case Kind.ASK:
                    self._questions.put_nowait(message)
                case Kind.ACT:
                    self._actions.put_nowait(message)
                case Kind.KEEP:
                    self._sessions.keep(message.record())
                case Kind.FORGET:
                    self._sessions.forget(message.record())
                case Kind.NOTE:
                    self._note(message)
                case Kind.SERVING:
                    self.settled.set()
                case Kind.UNABLE:
                    self.unable = message.record()
                    self.settled.set()
                case _:
                    raise LinkError(f"channel: {message.kind.name} is not for a server to say")
        except asyncio.QueueFull:
            raise LinkError(f"channel: more than {OPEN_MAX} open questions or actions") from None
        except ReceivedError as error:
            raise LinkError(f"channel: {error.detail}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise LinkError(f"channel: {message.kind.name} that cannot be read: {error!r}") from error

    def _note(self, message: Message) -> None:
        """A line of the security log; a server that says too many is not written the journal full by."""
        event = event_from_json(message.body)
        now_s = time.monotonic()
        self._notes_s += [now_s]
        if len(self._notes_s) == _NOTES_MAX and now_s - self._notes_s[0] < _NOTES_S:
            self.notes_dropped += 1
            return
        self._site.note(event)

    # ---------------------------------------------------------------- what is told

    async def _follow(self) -> None:
        """The newest picture, as it is: nothing is made of it here."""
        while True:
            try:
                async for picture in self._site.gateway.subscribe():
                    self._picture = picture
                    self._pictures += 1
                    self._fresh.set()
                    if self._site.phase().name != self._phase_told:
                        self._pulse()
            except Exception:
                _LOG.exception("the site's pictures stopped; trying again in %s s", _AGAIN_S)
            await asyncio.sleep(_AGAIN_S)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_PULSE_S)
            if self._channel.is_read:
                self._pulse()

    def _pulse(self) -> None:
        phase = self._site.phase()
        self._phase_told = phase.name
        record = {
            "name": phase.name,
            "share": phase.share,
            "left_s": phase.left_s,
            "pictures": self._pictures,
        }
        self._channel.tell(Kind.PULSE, record)

    async def _show(self) -> None:
        shown: Picture | None = None
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._picture is None or self._picture is shown:
                self._fresh.clear()
                await self._fresh.wait()
            await self._channel.read_up()
            shown = self._picture
            try:
                body, took_s = await asyncio.to_thread(self._made, shown)
            except Exception:
                _LOG.exception("a picture that cannot be made for the console; the next is tried")
                self._wanted.set()
                continue
            self._channel.send(Kind.PICTURE, body, int(1e6 * took_s))

    def _made(self, picture: Picture) -> tuple[bytes, float]:
        """The picture ready to be sent, and the seconds of processor that it took."""
        began_s = time.thread_time()
        body = to_json(self._site.encoded(picture), inf_nan_mode="null")
        return body, time.thread_time() - began_s

    # ---------------------------------------------------------------- what is asked and done

    async def _answer(self) -> None:
        while True:
            message = await self._questions.get()
            await self._channel.read_up()
            started_s = time.perf_counter()
            await self._respond(message, self._found)
            await asyncio.sleep(min(_REST * (time.perf_counter() - started_s), _REST_MAX_S))

    async def _act(self) -> None:
        """One after the other, in the order in which they came."""
        while True:
            await self._respond(await self._actions.get(), self._done)

    async def _respond(self, message: Message, respond: Callable[[Message], Awaitable[bytes]]) -> None:
        try:
            self._channel.send(Kind.ANSWER, await respond(message), message.number)
        except Exception as error:
            if not isinstance(error, MarsadError):
                _LOG.exception("the console's server asked for what failed: %s", message.body[:200])
            self._channel.tell(Kind.REFUSAL, refusal_from_error(error), message.number)

    async def _done(self, message: Message) -> bytes:
        key, _, action = message.body.partition(b"\n")
        await self._site.submit(action_from_json(action), key.decode())
        return b""

    async def _found(self, message: Message) -> bytes:
        question = message.record()
        found: Any
        match question["what"]:
            case "track":
                found = await self._site.track(int(question["track_id"]))
            case "authority":
                found = await self._site.authority()
            case "flights":
                found = await self._site.flights()
            case "incidents":
                before = question.get("before_t_ms")
                found = await self._site.incidents(
                    int(question["limit"]), None if before is None else int(before)
                )
            case "security":
                found = await self._site.security(int(question["limit"]), int(question["before_t_ms"]))
            case "delays":
                found = await self._site.delays()
            case "incident":
                found = await self._site.incident(str(question["incident_id"]))
            case "coverage":
                material = await self._site.coverage()
                return b"" if material is None else json_from_material(material)
            case "dossier":
                dossier = await self._site.dossier(str(question["incident_id"]))
                return b"" if dossier is None else json_from_dossier(dossier)
            case what:
                raise LinkError(f"channel: a question for {str(what)[:40]!r}")
        return b"" if found is None else to_json(found, inf_nan_mode="null")
