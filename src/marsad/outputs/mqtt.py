"""MQTT 5: each announcement to the topic of its zone, QoS 1 and not retained; a PUBACK is its acceptance.

Topics, below ``<prefix>/<site>``: ``zone/<zone>/announcement`` and ``site/announcement`` for everybody;
``heartbeat``, which ends with the fold; ``availability`` (online or offline, retained, also the last will,
and said again where another client says something else there); ``confirm``, where people say that they have
it. A message has the user properties ``marsad-id`` and, where there is a secret, ``marsad-signature``, as a
web hook has it. It expires at the broker when it must not sound any more. Below ``stream/v1`` is what
`marsad.outputs.mqtt_stream` publishes.
"""

import asyncio
import contextlib
import logging
import math
import secrets
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import assert_never

from marsad.errors import EncodingError, LinkError
from marsad.links.mqtt import Access, Broker, UnansweredError, connected
from marsad.links.secret import secret_from
from marsad.links.tls import client_tls
from marsad.model.announcement import Delivered, DeliveryState, DrillAnnouncement, LiveAnnouncement, Switch
from marsad.model.drill import OutputLink
from marsad.model.heartbeat import Beat
from marsad.outputs.confirmations import Confirmations
from marsad.outputs.home_assistant import Sensors, Shown
from marsad.outputs.kept import Kept
from marsad.outputs.message import json_of, message_of
from marsad.outputs.mqtt_stream import MqttStream
from marsad.outputs.settings.mqtt import MqttSettings, broker_of, is_encrypted
from marsad.outputs.signing import signature
from marsad.outputs.transmitter import Surroundings, Word
from marsad.report.wording import catalogue

_LOG = logging.getLogger(__name__)
FIRST_AGAIN_S = 0.25
_ONLINE, _OFFLINE = b"online", b"offline"
_NOBODY = "the broker has it, and nobody is subscribed to it"


class Mqtt:
    """One broker. The connection is kept up by `run`; what is to be said waits for it in the lane."""

    def __init__(self, settings: MqttSettings, surroundings: Surroundings) -> None:
        """Raises LinkError for a secret, password or certificate that cannot be used."""
        self._settings = settings
        self._surroundings = surroundings
        self._root = f"{settings.prefix}/{surroundings.site.site_id}"
        path = settings.secret_file
        self._secret = secret_from(None if path is None else Path(path))
        self._access = _access(
            settings, f"marsad-{surroundings.site.site_id}-{settings.name}-{secrets.token_hex(4)}", self._root
        )
        self._confirmations = (
            None if self._secret is None else Confirmations(settings.name, self._secret, self._utc_s)
        )
        self._sensors = (
            None if settings.home_assistant is None else Sensors(settings, surroundings.site, self._root)
        )
        self._stream = MqttStream(settings, surroundings, self._root, self._signed)
        self._availability_topic = f"{self._root}/availability"
        self._is_overwritten, self._corrected_s = False, -math.inf  # somebody else says there what is not so
        self._broker: Broker | None = None
        self._trouble = "not connected yet"
        self._was_tried = asyncio.Event()  # whether it is there is known
        self._is_silent = asyncio.Event()  # the broker answers nothing any more
        self._linked: Callable[[], None] = lambda: None
        self._beat: Beat | None = None
        self._beats_until_s: float | None = None  # by then the next has come, or the fold stands still
        self._news = asyncio.Event()

    # ---------------------------------------------------------------- what is said

    def when_linked(self, call: Callable[[], None]) -> None:
        """Call this whenever the broker is there again."""
        self._linked = call

    def beat(self, word: Beat) -> None:
        """The site lives; returns at once."""
        self._beat = word
        self._beats_until_s = _now_s() + word.due_s
        self._news.set()

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        """Publish an announcement. Raises LinkError."""
        if isinstance(word, Switch):
            raise EncodingError("MQTT carries messages, no levels")
        if not isinstance(word, LiveAnnouncement | DrillAnnouncement):
            assert_never(word)
        kept = Kept(word, self._surroundings.utc_offset_ns)
        broker, site = await self._there(), self._surroundings.site
        word = kept.word
        body = json_of(message_of(word, site, {"ar": catalogue("ar"), "en": catalogue("en")}))
        place = f"zone/{word.zone_id}" if word.zone_id else "site"
        try:
            has_listeners = await broker.publish(
                f"{self._root}/{place}/announcement",
                body,
                expires_s=self._left_s(word),
                properties={"marsad-id": announcement_id, **self._signed(body)},
            )
        except UnansweredError:
            self._is_silent.set()
            raise
        if not has_listeners:
            said = Delivered(
                self._settings.name, announcement_id, DeliveryState.ACCEPTED, _NOBODY, code="nobody_listens"
            )
            await self._surroundings.tell(said)
        if self._sensors is not None:
            changed = self._sensors.take(word, _now_s(), self._left_s(kept.word))
            with contextlib.suppress(LinkError):  # it is shown anew once the broker is back
                await self._show(broker, changed)
            self._news.set()
        return DeliveryState.ACCEPTED

    async def close(self) -> None:
        """Nothing: the connection ends with `run`."""

    # ---------------------------------------------------------------- the connection

    async def run(self) -> None:
        """Keep up a connection until cancelled, with pauses that grow."""
        pause_s = FIRST_AGAIN_S
        while True:
            began_s = _now_s()
            try:
                async with connected(self._access) as broker:
                    await self._greet(broker)
                    await self._serve(broker)
            except LinkError as error:
                self._down(str(error))
            if _now_s() - began_s > self._settings.again_s:
                pause_s = FIRST_AGAIN_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, self._settings.again_s)

    async def _greet(self, broker: Broker) -> None:
        """Say all that a broker which was away, or has forgotten it, must know. Raises LinkError."""
        with contextlib.suppress(LinkError):  # a broker may refuse that, and need not be ours alone
            await broker.subscribe(self._availability_topic)
        if self._confirmations is not None:
            await broker.subscribe(f"{self._root}/confirm")
        if self._sensors is not None:
            await self._show(broker, [*self._sensors.declared(), *self._sensors.held(_now_s())])
        await self._tell_availability(broker)
        if self._trouble:
            _LOG.info("output %s: connected to %s", self._settings.name, self._settings.url)
        self._broker, self._trouble = broker, ""
        self._is_silent.clear()
        self._was_tried.set()
        self._surroundings.tell_link(OutputLink(self._settings.name, True))
        self._linked()

    async def _serve(self, broker: Broker) -> None:
        """Serve a connection to its end. Raises LinkError."""
        works: list[Coroutine[object, object, None]] = [
            self._hear(broker), self._keep_told(broker), self._until_silent(), self._stream.run(broker),
        ]  # fmt: skip
        tasks = [asyncio.create_task(work) for work in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except asyncio.CancelledError:
            self._beats_until_s = 0.0  # nobody lives here from now on
            with contextlib.suppress(LinkError):
                await self._tell_availability(broker)
            raise
        finally:
            self._broker = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear(self, broker: Broker) -> None:
        """Take confirmations. Raises LinkError at the end of the connection."""
        async for came in broker.messages():
            if came.topic == self._availability_topic:
                self._note_availability(came.data)
                continue
            if self._confirmations is None:
                continue
            signed = came.properties.get("marsad-signature", "")
            said = self._confirmations.hear(came.data, signed, _now_s())
            if said is not None:
                await self._surroundings.tell(said)

    async def _keep_told(self, broker: Broker) -> None:
        """Beats, the end of the fold, and the ends of what sensors show. Raises LinkError."""
        was_alive, told = self._is_alive(), None
        while True:
            self._news.clear()
            if self._beat is not None and self._beat is not told:
                told, data = self._beat, self._beat.to_bytes(self._secret)
                await broker.tell_once(f"{self._root}/heartbeat", data, told.due_s, self._signed(data))
            if self._is_alive() is not was_alive or self._is_overwritten:
                was_alive = self._is_alive()
                await self._tell_availability(broker)
            if self._sensors is not None:
                await self._show(broker, self._sensors.ended(_now_s()))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._next_s()):
                    await self._news.wait()

    def _next_s(self) -> float | None:
        ends = [self._sensors.next_end_s() if self._sensors is not None else None]
        if self._is_alive():
            ends.append(self._beats_until_s)
        return min((end for end in ends if end is not None), default=None)

    async def _until_silent(self) -> None:
        await self._is_silent.wait()
        raise LinkError(f"no answer within {self._settings.timeout_s:g} s", "no_answer")

    def _down(self, why: str) -> None:
        if not self._trouble or self._trouble != why:
            _LOG.warning("output %s: %s: %s", self._settings.name, self._settings.url, why)
        self._trouble = why
        self._was_tried.set()
        self._surroundings.tell_link(OutputLink(self._settings.name, False, why))

    # ---------------------------------------------------------------- parts of what is said

    async def _there(self) -> Broker:
        await self._was_tried.wait()
        if self._broker is None:
            raise LinkError(f"no connection to {self._settings.url}: {self._trouble}", "unreachable")
        return self._broker

    def _is_alive(self) -> bool:
        """Whether the fold works, as far as its beats say; before the first nothing is said against it."""
        return self._beats_until_s is None or _now_s() < self._beats_until_s

    async def _tell_availability(self, broker: Broker) -> None:
        self._is_overwritten = False
        data = self._availability()
        await broker.publish(self._availability_topic, data, retain=True, properties=self._signed(data))

    def _note_availability(self, said: bytes) -> None:
        """Who else may write there says what is not so: it is said again, once a second at most."""
        if said == self._availability():
            return
        self._is_overwritten = True
        if _now_s() - self._corrected_s >= 1.0:  # else with the next beat
            self._corrected_s = _now_s()
            self._news.set()

    def _availability(self) -> bytes:
        return _ONLINE if self._is_alive() else _OFFLINE

    async def _show(self, broker: Broker, shown: list[Shown]) -> None:
        for one in shown:
            await broker.publish(one.topic, one.data, expires_s=one.lasts_s, retain=True)

    def _left_s(self, word: LiveAnnouncement | DrillAnnouncement) -> float:
        left_ns = word.expires_t_ns - self._surroundings.utc_ns()
        return max(self._surroundings.wall_s(left_ns), 0.0)

    def _signed(self, data: bytes) -> dict[str, str]:
        if self._secret is None:
            return {}
        return {"marsad-signature": signature(self._secret, self._utc_s(), data)}

    def _utc_s(self) -> int:
        return self._surroundings.utc_ns() // 1_000_000_000


def _access(settings: MqttSettings, client_id: str, root: str) -> Access:
    path = settings.password_file
    password = secret_from(None if path is None else Path(path), "the password", 1)
    tls = None
    if is_encrypted(settings.url):
        tls = client_tls(settings.authorities, settings.client_certificate, settings.client_key)
    return Access(
        *broker_of(settings.url),
        client_id,
        settings.user,
        None if password is None else password.decode("utf-8", "replace"),
        tls,
        (f"{root}/availability", _OFFLINE),
        settings.timeout_s,
    )


def _now_s() -> float:
    return asyncio.get_running_loop().time()
