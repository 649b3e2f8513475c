"""The stream over MQTT: the records of `marsad.server.stream`, a topic for each kind, not retained.

Below ``<prefix>/<site>/stream/v1``: ``track``, ``threat``, ``alarm``, ``delivery`` with their ends, and
``site`` for what concerns the stream itself. Who comes late has all of it within a minute: then it is told
anew. The picture that it is made from is the one that the output may show: of an exercise on outputs for
drills alone.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np

import marsad
from marsad.errors import LinkError
from marsad.links.mqtt import Broker
from marsad.model.picture import Picture
from marsad.outputs.settings.mqtt import MqttSettings
from marsad.outputs.transmitter import Surroundings
from marsad.server import wire
from marsad.server.encode import frame_of, picture_to_wire, site_to_wire
from marsad.server.stream.encode import head_of, heartbeat_of, hello_of, state_of, status_of
from marsad.server.stream.hub import sky_of
from marsad.server.stream.mailbox import Mailbox, Sky, Taken, Wanted
from marsad.server.stream.pulse import Pulse
from marsad.server.stream.records import VERSION, Kind

_LOG = logging.getLogger(__name__)
LOOK_S = 1.0
ANEW_S = 60.0
MESSAGES_PER_S = 1_000
_TURN_S = 0.1
_REST = 4.0  # times what a picture took: never more than a fifth of the time
_DETAILED, _ZONES = 100, 3
_FLEETING_S, _LASTING_S = 10.0, 600.0  # then the broker throws it away
_LASTING: tuple[str, ...] = ("alarm", "delivery")


class MqttStream:
    """Publishes what is wanted, while there is a broker and a picture that may be shown.

    counters  ``refused``: what the broker did not take; ``failed``: rounds that ended in an error
    """

    def __init__(
        self,
        settings: MqttSettings,
        surroundings: Surroundings,
        root: str,
        signed: Callable[[bytes], dict[str, str]],
    ) -> None:
        self.counters: Counter[str] = Counter()
        self._name = settings.name
        self._kinds: tuple[Kind, ...] = tuple(settings.stream)
        self._root = f"{root}/stream/v{VERSION}"
        self._signed = signed
        self._picture, self._utc_ns = surroundings.picture, surroundings.utc_ns
        self._mode = surroundings.site.mode
        self._frame = frame_of(surroundings.site)
        self._site = site_to_wire(surroundings.site, None, marsad.__version__)
        self._pulse = Pulse()
        self._shown: wire.Picture | None = None
        self._anew_s = 0.0

    async def run(self, broker: Broker) -> None:
        """Publish for the life of a connection; what fails here ends nothing else."""
        if not self._kinds:
            await asyncio.Event().wait()
        box = Mailbox(Wanted(self._kinds, 0.5 * LOOK_S))  # each look is the turn of everything
        last: Picture | None = None
        self._anew_s = 0.0
        while True:
            began_s = time.monotonic()
            picture = self._picture()
            took_s = 0.0
            try:
                if picture is not None:
                    took_s = await self._look(box, picture if picture is not last else None)
                    last = picture
                await self._publish(broker, box)
            except LinkError as error:
                self._fail(error)
            except Exception:  # whatever is wrong with a picture, announcements go on
                if not self.counters["failed"]:
                    _LOG.exception("output %s: a picture cannot be streamed", self._name)
                self.counters["failed"] += 1
            await asyncio.sleep(max(LOOK_S - (time.monotonic() - began_s), _REST * took_s, _TURN_S))

    def _fail(self, error: LinkError) -> None:
        if not self.counters["refused"]:
            _LOG.warning("output %s: the stream is not taken: %s", self._name, error)
        self.counters["refused"] += 1
        self._anew_s = 0.0  # nobody knows what came: all is told anew

    async def _look(self, box: Mailbox, picture: Picture | None) -> float:
        """Take a picture, None for no new one; how many seconds of processor it took."""
        now_s = time.monotonic()
        if picture is None:
            silent = state_of(self._shown, "running", is_silent=self._pulse.is_silent(now_s))
            box.state(self._head(), silent)
            return 0.0
        began_s = time.thread_time()
        shown, sky, took_s = await asyncio.to_thread(self._made, picture)
        self._shown = shown
        self._pulse.look(shown["t_ms"], shown["utc_offset_ms"], now_s)
        box.state(self._head(), state_of(shown, "running", is_silent=self._pulse.is_silent(now_s)))
        if now_s >= self._anew_s:
            self._anew_s = now_s + ANEW_S
            box.say("hello", self._head(), hello_of(self._site, self._kinds, LOOK_S, self._pulse.due_s))
            box.begin(sky, now_s)
        else:
            box.offer(sky, now_s)
        if self._pulse.beats(now_s):
            box.say("heartbeat", self._head(), heartbeat_of(shown["t_ms"], self._pulse.due_s))
        return took_s + time.thread_time() - began_s

    def _made(self, picture: Picture) -> tuple[wire.Picture, Sky, float]:
        began_s = time.thread_time()
        if not {"track", "threat"} & set(self._kinds):
            nothing = np.zeros(len(picture.tracks), bool)
            tracks = picture.tracks.where(nothing)
            picture = replace(picture, tracks=tracks, assessments=(), sources=(), claims=())
        picture = replace(picture, incident=None, settled=None, registration=None)
        shown = picture_to_wire(picture, self._frame, _DETAILED, _ZONES, self._mode)
        return shown, sky_of(shown, self._site, frozenset(self._kinds)), time.thread_time() - began_s

    async def _publish(self, broker: Broker, box: Mailbox) -> None:
        """All that waits, the newest of each, no faster than is agreeable. Raises LinkError."""
        count, until_s = 0, time.monotonic() + LOOK_S - _TURN_S
        while (taken := box.take(time.monotonic())) is not None:
            await self._hand_on(broker, taken)
            count += 1
            if count % int(MESSAGES_PER_S * _TURN_S) == 0:
                await asyncio.sleep(_TURN_S)
                if time.monotonic() >= until_s:
                    return

    async def _hand_on(self, broker: Broker, taken: Taken) -> None:
        place = "site" if taken.entry is None else taken.entry.kind
        topic, signed = f"{self._root}/{place}", self._signed(taken.data)
        if place in _LASTING:
            await broker.publish(topic, taken.data, expires_s=_LASTING_S, properties=signed)
        else:
            await broker.tell_once(topic, taken.data, _FLEETING_S, signed)

    def _head(self) -> bytes:
        return head_of(self._utc_ns() // 1_000_000, self._site["site_id"], status_of(self._site["mode"]))
