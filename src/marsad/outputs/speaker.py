"""Loudspeakers by RTP: sentences joined of clips, repeated until their time ends or a newer word comes.

Nobody says that anything sounded, and who hears it twice cannot know. A sentence takes seconds: the word is
sent once its first words are, and goes on sounding beside. What is newer about the same cuts it at the end of
a clip, so that no word is torn.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from marsad.errors import BusyError, EncodingError, LinkError
from marsad.links.address import address_from
from marsad.links.datagrams import DatagramSender
from marsad.links.rtp import PACKET_S, PACKET_SAMPLES, PCMA, PCMU, RtpStream
from marsad.model.announcement import (
    AnnouncementKind,
    DeliveryState,
    DrillAnnouncement,
    LiveAnnouncement,
    Switch,
)
from marsad.outputs.clips import TONE, needed_files, read_clips
from marsad.outputs.g711 import encoded, silence
from marsad.outputs.settings.speaker import SpeakerSettings
from marsad.outputs.speech import clips_of
from marsad.outputs.transmitter import Surroundings, Word

_LOG = logging.getLogger(__name__)
SENTENCES_MAX = 50
DRILL_AGAIN_S = 10.0
_NS = 1_000_000_000


@dataclass(slots=True, eq=False)
class _Sentence:
    """One announcement that sounds.

    due_s    by the event loop's clock: when it is said next
    times    how often it was said, whole
    begun    when its first words are out; fails where they cannot be
    is_cut   nothing more of it is said
    """

    word: LiveAnnouncement | DrillAnnouncement
    due_s: float
    begun: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    times: int = 0
    is_cut: bool = False

    @property
    def is_drill(self) -> bool:
        """Whether it is of a drill or an exercise."""
        return isinstance(self.word, DrillAnnouncement)

    @property
    def key(self) -> tuple[bool, str]:
        """What it is about; a drill takes nothing away from what is meant."""
        return self.is_drill, self.word.alarm_id

    @property
    def turn(self) -> tuple[bool, bool, float]:
        """What is said first: what is meant, then what nobody heard yet, then what waits longest."""
        return self.is_drill, self.times > 0, self.due_s


class Speaker:
    """One group of loudspeakers.

    counters  ``cut``, ``unsent``: sentences that a newer one cut, that could not be sent again
    """

    def __init__(self, settings: SpeakerSettings, surroundings: Surroundings) -> None:
        """Raises LinkError for a clip or an interface that cannot be used."""
        self._settings, self._surroundings = settings, surroundings
        zones = [zone.zone_id for zone in surroundings.site.zones]
        clips = read_clips(Path(settings.clips), needed_files(settings, zones))
        self._clips = {
            name: self._packets(encoded(samples, settings.encoding)) for name, samples in clips.items()
        }
        quiet = silence(settings.encoding) * PACKET_SAMPLES
        self._lead_in = quiet * round(settings.lead_in_s / PACKET_S)
        host, port = address_from(settings.address)
        sender = DatagramSender(host, port, settings.interface, settings.hops, settings.dscp)
        self._stream = RtpStream(sender, PCMA if settings.encoding == "pcma" else PCMU)
        self._voice = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"speaker {settings.name}")
        self._sentences: list[_Sentence] = []
        self._news = asyncio.Event()
        self.counters: Counter[str] = Counter()

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        """Begin to say an announcement; returns when its first words are out. Raises LinkError."""
        if isinstance(word, Switch):
            raise EncodingError("loudspeakers say sentences, no levels")
        if not isinstance(word, LiveAnnouncement | DrillAnnouncement):
            assert_never(word)
        sentence = _Sentence(word, asyncio.get_running_loop().time())
        if sentence.is_drill and any(not one.is_drill for one in self._sentences):
            raise BusyError("what is meant is being said", DRILL_AGAIN_S)
        self._cut(sentence.key)
        if len(self._sentences) >= SENTENCES_MAX:
            self._drop(max(self._sentences, key=lambda one: one.turn))
        self._sentences.append(sentence)
        self._news.set()
        try:
            await sentence.begun
        except asyncio.CancelledError:  # it expired, or the site ends
            self._drop(sentence)
            raise
        return DeliveryState.SENT

    def foresee(self, word: Word) -> None:
        """A word comes: what it ends is cut at once, and no drill stands in the way of what is meant."""
        if isinstance(word, Switch):
            return
        if word.kind.ends:
            self._cut((isinstance(word, DrillAnnouncement), word.alarm_id))
        if isinstance(word, LiveAnnouncement):
            for one in [one for one in self._sentences if one.is_drill]:
                self._drop(one)

    async def run(self) -> None:
        """Say what there is to say, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._news.clear()
            self._forget_old()
            due = min(
                (one for one in self._sentences if one.due_s <= loop.time()),
                key=lambda one: one.turn,
                default=None,
            )
            if due is not None:
                await self._say(due)
                continue
            try:
                async with asyncio.timeout_at(min((one.due_s for one in self._sentences), default=None)):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Fall silent, and let go of the socket."""
        self._stream.stop()  # the thread ends within a packet
        await asyncio.to_thread(self._voice.shutdown, wait=True)
        self._stream.close()

    def _packets(self, data: bytes) -> bytes:
        """A clip in whole packets."""
        lacking = -len(data) % PACKET_SAMPLES
        return data + silence(self._settings.encoding) * lacking

    def _cut(self, key: tuple[bool, str]) -> None:
        for one in [one for one in self._sentences if one.key == key]:
            self._drop(one)

    def _drop(self, sentence: _Sentence) -> None:
        """Nothing more of it is said; who waits for it is told."""
        if sentence in self._sentences:
            self._sentences.remove(sentence)
        sentence.is_cut = True
        if not sentence.begun.done():
            sentence.begun.set_exception(
                LinkError("a newer word took its place before it sounded", "superseded")
            )
            sentence.begun.exception()  # whoever waited may have gone
        self._news.set()

    def _forget_old(self) -> None:
        now_ns = self._surroundings.utc_ns()
        for one in [one for one in self._sentences if now_ns >= one.word.expires_t_ns]:
            self._drop(one)

    async def _say(self, sentence: _Sentence) -> None:
        """Say it once, whole, unless something else has to be said first."""
        loop = asyncio.get_running_loop()
        try:
            for data, is_word in self._sounds(sentence):
                await loop.run_in_executor(self._voice, self._stream.play, data)
                if is_word and not sentence.begun.done():
                    sentence.begun.set_result(None)
                if self._has_to_give_way(sentence):
                    self.counters["cut"] += 1
                    return
        except LinkError as error:
            self._fail(sentence, error)
            return
        sentence.times += 1
        sentence.due_s = loop.time() + self._settings.pause_s
        is_trial = sentence.word.kind is AnnouncementKind.TEST  # it says nothing that has to be heard twice
        if is_trial or sentence.times >= self._settings.repeats:
            self._drop(sentence)

    def _sounds(self, sentence: _Sentence) -> Iterator[tuple[bytes, bool]]:
        """What sounds, one after the other, and whether it is a word; read at the time when it sounds."""
        word = sentence.word
        if self._lead_in:
            yield self._lead_in, False
        if TONE in self._clips:
            yield self._clips[TONE], False
        for language in self._settings.languages:
            elapsed_s = max(self._surroundings.utc_ns() - word.made_t_ns, 0) / _NS
            for clip in clips_of(word, elapsed_s):
                yield self._clips[f"{language}/{clip}.wav"], True

    def _has_to_give_way(self, sentence: _Sentence) -> bool:
        """Whether it is cut, or is a repetition while somebody waits for something that nobody heard yet."""
        if sentence.is_cut:
            return True
        return sentence.times > 0 and any(one.times == 0 for one in self._sentences)

    def _fail(self, sentence: _Sentence, error: LinkError) -> None:
        """Who waits for it is told, and tries it again; a repetition is left out, and told once."""
        if not sentence.begun.done():
            sentence.begun.set_exception(error)
            sentence.begun.exception()
            self._drop(sentence)
            return
        if not self.counters["unsent"]:
            _LOG.warning("loudspeakers %s: %s", self._settings.name, error)
        self.counters["unsent"] += 1
        sentence.times += 1
        sentence.due_s = asyncio.get_running_loop().time() + max(self._settings.pause_s, 1.0)
        if sentence.times >= self._settings.repeats:
            self._drop(sentence)
