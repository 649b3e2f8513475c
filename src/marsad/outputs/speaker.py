"""Loudspeakers by RTP: sentences joined of clips, repeated until their time ends or a newer word comes.

Nobody says that anything sounded, and who hears it twice cannot know. A sentence takes seconds: the word is
sent once its first words are, and goes on sounding beside. What takes its place, about the same alarm or by
the order that holds on every output (`marsad.outputs.precedence`), cuts it at the end of a clip, so that no
word is torn; what of it is still to be said is said on.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from marsad.errors import BusyError, EncodingError, LinkError, RefusedError
from marsad.links.address import address_from
from marsad.links.datagrams import DatagramSender
from marsad.links.rtp import PACKET_S, PACKET_SAMPLES, PCMA, PCMU, RtpStream
from marsad.model.announcement import (
    AnnouncementKind,
    Delivered,
    DeliveryState,
    DrillAnnouncement,
    LiveAnnouncement,
    Switch,
)
from marsad.outputs.clips import TONE, needed_files, read_clips
from marsad.outputs.g711 import encoded, silence
from marsad.outputs.kept import Kept
from marsad.outputs.precedence import rank, remaining
from marsad.outputs.settings.speaker import SpeakerSettings
from marsad.outputs.speech import clips_of, zone_clip
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

    kept: Kept[LiveAnnouncement | DrillAnnouncement]
    due_s: float
    begun: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    times: int = 0
    is_cut: bool = False

    @property
    def word(self) -> LiveAnnouncement | DrillAnnouncement:
        """The announcement, by the clock as it is now."""
        return self.kept.word

    @property
    def is_drill(self) -> bool:
        """Whether it is of a drill or an exercise."""
        return isinstance(self.word, DrillAnnouncement)

    @property
    def key(self) -> tuple[bool, str]:
        """What it is about; a drill takes nothing away from what is meant."""
        return self.is_drill, self.word.alarm_id

    @property
    def turn(self) -> tuple[bool, bool, int, float]:
        """What is said first: what is meant, what nobody heard yet, the most urgent of it, what waits."""
        return self.is_drill, self.times > 0, 0 if self.times else rank(self.word), self.due_s

    def part(self, kept: Kept[LiveAnnouncement | DrillAnnouncement], due_s: float) -> "_Sentence":
        """What of it is still to be said, as a repetition: whoever it was handed on for was told so."""
        said = _Sentence(kept, due_s, times=max(self.times, 1))
        said.begun.set_result(None)
        return said


class Speaker:
    """One group of loudspeakers.

    counters  ``cut``, ``unsent``: sentences that a newer one cut, that could not be sent again; ``failed``:
              that met a fault of this program
    """

    def __init__(self, settings: SpeakerSettings, surroundings: Surroundings) -> None:
        """Raises LinkError for a clip or an interface that cannot be used."""
        self._settings, self._surroundings = settings, surroundings
        zones = [zone.zone_id for zone in surroundings.site.zones]
        self._zones = tuple(settings.zones) or tuple(zones)
        self._clips = self._read(needed_files(settings, zones))
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
        """Begin to say an announcement; returns when its first words are out.

        Raises LinkError, and RefusedError for one of a zone that no recording names.
        """
        if isinstance(word, Switch):
            raise EncodingError("loudspeakers say sentences, no levels")
        if not isinstance(word, LiveAnnouncement | DrillAnnouncement):
            assert_never(word)
        kept = Kept(word, self._surroundings.utc_offset_ns)
        await self._learn_zone(word)
        word = kept.word
        sentence = _Sentence(kept, asyncio.get_running_loop().time())
        if sentence.is_drill and any(not one.is_drill for one in self._sentences):
            raise BusyError("what is meant is being said", DRILL_AGAIN_S)
        for one in [one for one in self._sentences if one.key == sentence.key]:
            self._drop(one)
        self._take_the_place_of_others(word)
        self._add(sentence)
        try:
            await sentence.begun
        except asyncio.CancelledError:  # it expired, or the site ends
            self._drop(sentence)
            raise
        return DeliveryState.SENT

    def foresee(self, word: Word) -> None:
        """A word comes: what it supersedes is cut at once, no drill stands in the way of what is meant."""
        if isinstance(word, Switch):
            return
        self._take_the_place_of_others(word)
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

    def _read(self, names: Sequence[str]) -> dict[str, bytes]:
        """Clips in packets. Raises LinkError for one that cannot be used."""
        clips = read_clips(Path(self._settings.clips), names)
        return {
            name: self._packets(encoded(samples, self._settings.encoding)) for name, samples in clips.items()
        }

    async def _learn_zone(self, word: LiveAnnouncement | DrillAnnouncement) -> None:
        """The recordings of a zone that the settings have no more, as long as they lie in the folder.

        Raises RefusedError where they do not: a sentence without its zone would be heard as for everybody.
        """
        if not word.zone_id or word.kind is AnnouncementKind.TEST:
            return
        names = [f"{language}/{zone_clip(word.zone_id)}.wav" for language in self._settings.languages]
        if lacking := [name for name in names if name not in self._clips]:
            try:
                self._clips |= await asyncio.to_thread(self._read, lacking)
            except LinkError as error:
                raise RefusedError(f"zone {word.zone_id!r} cannot be named: {error}", "unsuited") from error

    def _take_the_place_of_others(self, word: LiveAnnouncement | DrillAnnouncement) -> None:
        """Of what sounds nothing is said any more that a fresh word supersedes; the rest of it is."""
        again_s = asyncio.get_running_loop().time() + max(self._settings.pause_s, 1.0)
        for one in list(self._sentences):
            old = one.word
            left = remaining(word, old, self._zones)
            if left == (old,) or old.made_t_ns > word.made_t_ns:
                continue
            is_told = one.begun.done()  # else the lane says what is left
            self._drop(one)
            for part in left if is_told else ():
                if not isinstance(part, Switch):
                    kept = Kept(part, self._surroundings.utc_offset_ns)
                    self._add(one.part(kept, max(one.due_s, again_s)))

    def _add(self, sentence: _Sentence) -> None:
        if len(self._sentences) >= SENTENCES_MAX:
            self._drop(max(self._sentences, key=lambda one: one.turn))
        self._sentences.append(sentence)
        self._news.set()

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
        except Exception as error:  # whatever is wrong with a sentence, others are said
            self.counters["failed"] += 1
            _LOG.exception("loudspeakers %s: %s", self._settings.name, sentence.word.announcement_id)
            said = RefusedError(f"it cannot be said: {type(error).__name__}: {error}", "other")
            await self._give_up(sentence, said)
            return
        sentence.times += 1
        sentence.due_s = loop.time() + self._settings.pause_s
        is_trial = sentence.word.kind is AnnouncementKind.TEST  # it says nothing that has to be heard twice
        if is_trial or sentence.times >= self._settings.repeats:
            self._drop(sentence)

    def _sounds(self, sentence: _Sentence) -> Iterator[tuple[bytes, bool]]:
        """What sounds, one after the other, and whether it is a word; read at the time when it sounds."""
        if self._lead_in:
            yield self._lead_in, False
        if TONE in self._clips:
            yield self._clips[TONE], False
        for language in self._settings.languages:
            word = sentence.word
            elapsed_s = max(self._surroundings.utc_ns() - word.made_t_ns, 0) / _NS
            for clip in clips_of(word, elapsed_s):
                yield self._clips[f"{language}/{clip}.wav"], True

    def _has_to_give_way(self, sentence: _Sentence) -> bool:
        """Whether it is cut, or is a repetition while somebody waits for something that nobody heard yet."""
        if sentence.is_cut:
            return True
        return sentence.times > 0 and any(one.times == 0 for one in self._sentences)

    async def _give_up(self, sentence: _Sentence, error: RefusedError) -> None:
        """Nothing more of it is said, and that is told."""
        is_told = sentence.begun.done()
        if not is_told:
            sentence.begun.set_exception(error)
            sentence.begun.exception()
        self._drop(sentence)
        if is_told:
            name, not_sent = sentence.word.announcement_id, DeliveryState.NOT_SENT
            told = Delivered(self._settings.name, name, not_sent, str(error), code=error.code)
            await self._surroundings.tell(told)

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
