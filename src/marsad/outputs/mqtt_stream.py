"""The stream over MQTT: the records of `marsad.stream`, a topic for each kind, not retained.

Below ``<prefix>/<site>/stream/v1``: ``track``, ``threat``, ``alarm``, ``delivery`` with their ends, and
``site`` for what concerns the stream itself. Who comes late has all of it within a minute: then it is told
anew. The picture that it is made from is the one that the output may show: of an exercise on outputs for
drills alone. The broker is the one receiver of a hub of its own.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import marsad
from marsad import wire
from marsad.errors import LinkError
from marsad.links.mqtt import Broker
from marsad.model.picture import Picture
from marsad.model.site import Site
from marsad.outputs.settings.mqtt import MqttSettings
from marsad.outputs.transmitter import Surroundings
from marsad.stream.hub import StreamHub
from marsad.stream.mailbox import Mailbox, Taken, Wanted
from marsad.stream.records import VERSION, Kind
from marsad.stream.source import Numbered
from marsad.wire.encode import picture_to_wire
from marsad.wire.encode_site import frame_of, site_to_wire

_LOG = logging.getLogger(__name__)
LOOK_S = 1.0
ANEW_S = 60.0
MESSAGES_PER_S = 1_000
_SENT_WITHIN_S = 30.0  # a turn's messages; each has a limit of its own
_TURN_S = 0.1
_PATIENCE_S = 5.0  # with a broker that takes what is made of one look no faster
_REST = 4.0  # times what a picture took: never more than a fifth of the time
_DETAILED, _ZONES = 100, 3
_FLEETING_S, _LASTING_S = 10.0, 600.0  # then the broker throws it away
_LASTING: tuple[str, ...] = ("alarm", "delivery")


@dataclass(frozen=True, slots=True)
class _Limits:
    """The broker alone follows, and is given its time."""

    stream_clients: int = 1
    send_timeout_s: float = _SENT_WITHIN_S


@dataclass(frozen=True, slots=True)
class _Running:
    """The phase in which a site has outputs."""

    name: str = "running"


class _Shown:
    """The site as the stream's hello says it."""

    def __init__(self, site: Site) -> None:
        self._info = site_to_wire(site, None, marsad.__version__)

    def info(self) -> wire.SiteInfo:
        """The site and its zones."""
        return self._info

    def phase(self) -> _Running:
        """Where the site is in its life."""
        return _Running()


class _Looks:
    """The pictures that an output may show, as they are sent; one look a second where that is cheap."""

    def __init__(self, surroundings: Surroundings, kinds: tuple[Kind, ...]) -> None:
        self.newest: Numbered | None = None
        self.came = asyncio.Event()
        self._kinds = kinds
        self._picture, self._mode = surroundings.picture, surroundings.site.mode
        self._frame = frame_of(surroundings.site)
        self._seen: Picture | None = None
        self._looked_s = self._took_s = self._spent_s = 0.0
        self.spent_s: Callable[[], float] = lambda: 0.0  # on records of the pictures, in all
        self.waits: Callable[[], bool] = lambda: False  # whether what was made of the last is not all sent

    def forget(self) -> None:
        """Nobody has looked for a while: what was seen is old."""
        self.newest = self._seen = None
        self.came.clear()

    async def after(self, sequence: int, timeout_s: float) -> Numbered | None:
        """The picture that there is at the next look; None where it is no new one."""
        took_s = self._took_s + self.spent_s() - self._spent_s
        rest_s = max(LOOK_S, _REST * took_s) + self._looked_s - time.monotonic()
        await asyncio.sleep(max(rest_s, _TURN_S))
        if self.waits() and time.monotonic() - self._looked_s < _PATIENCE_S:
            return None
        self._looked_s, self._took_s, self._spent_s = time.monotonic(), 0.0, self.spent_s()
        picture = self._picture()
        if picture is None or picture is self._seen:
            return None
        self._seen = picture
        shown, self._took_s = await asyncio.to_thread(self._made, picture)
        self.newest = Numbered(sequence + 1, shown)
        self.came.set()
        return self.newest

    def _made(self, picture: Picture) -> tuple[wire.Picture, float]:
        began_s = time.thread_time()
        if not {"track", "threat"} & set(self._kinds):
            nothing = np.zeros(len(picture.tracks), bool)
            tracks = picture.tracks.where(nothing)
            picture = replace(picture, tracks=tracks, assessments=(), sources=(), claims=())
        picture = replace(picture, incident=None, settled=None, registration=None)
        shown = picture_to_wire(picture, self._frame, _DETAILED, _ZONES, self._mode)
        return shown, time.thread_time() - began_s


class MqttStream:
    """Publishes what is wanted, while there is a broker and a picture that may be shown.

    counters  ``refused``: what the broker did not take; ``failed``: turns that ended in an error
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
        self._looks = _Looks(surroundings, self._kinds)
        self.hub = StreamHub(
            _Shown(surroundings.site),
            self._looks,
            _Limits(),
            utc_ns=surroundings.utc_ns,
            messages_per_s=MESSAGES_PER_S,
        )
        self._looks.spent_s = lambda: self.hub.counts.make_s

    async def run(self, broker: Broker) -> None:
        """Publish for the life of a connection; what fails here ends nothing else."""
        if not self._kinds:
            await asyncio.Event().wait()
        self._looks.forget()
        looking = asyncio.create_task(self.hub.run(), name=f"looks of output {self._name}")
        try:
            await self._looks.came.wait()
            await self._publish(broker)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _publish(self, broker: Broker) -> None:
        """Hand on what waits, and all there is once more every minute, or after an error."""

        async def hand_on(taken: Taken) -> None:
            await self._hand_on(broker, taken)

        box: Mailbox | None = None
        try:
            while True:
                try:
                    if box is None:
                        box = await self.hub.opened(Wanted(self._kinds, LOOK_S, is_each_picture=True))
                        self._looks.waits = _has_more(box)
                        self.hub.beat_if_due()  # of the picture that came before the box was there
                    else:
                        await self.hub.renew(box)
                    await self.hub.feed(box, hand_on, _until(time.monotonic() + ANEW_S))
                    continue
                except LinkError as error:
                    self._fail(error)
                except Exception:  # whatever is wrong with a picture, announcements go on
                    if not self.counters["failed"]:
                        _LOG.exception("output %s: a picture cannot be streamed", self._name)
                    self.counters["failed"] += 1
                await asyncio.sleep(LOOK_S)
        finally:
            if box is not None:
                self.hub.close(box)
                self._looks.waits = lambda: False

    def _fail(self, error: LinkError) -> None:
        if not self.counters["refused"]:
            _LOG.warning("output %s: the stream is not taken: %s", self._name, error)
        self.counters["refused"] += 1

    async def _hand_on(self, broker: Broker, taken: Taken) -> None:
        place = "site" if taken.entry is None else taken.entry.kind
        topic, signed = f"{self._root}/{place}", self._signed(taken.data)
        if place in _LASTING:
            await broker.publish(topic, taken.data, expires_s=_LASTING_S, properties=signed)
        else:
            await broker.tell_once(topic, taken.data, _FLEETING_S, signed)


def _until(end_s: float) -> Callable[[], bool]:
    """Whether it is not yet so late."""
    return lambda: time.monotonic() < end_s


def _has_more(box: Mailbox) -> Callable[[], bool]:
    """Whether something waits in it."""
    return lambda: not box.is_empty
