"""Reads a journal: every frame that is whole, in order, and where it is not as it was written."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

from mcap.writer import MCAP0_MAGIC

from marsad.errors import RecordingError
from marsad.model.frame import CONFIGURATION, STATE, Frame
from marsad.model.reason import Reason
from marsad.site.checkpoint import configuration_of
from marsad.site.frame_times import Read, judged
from marsad.site.journal_files import Position, is_named_as_one, numbered_segments, segment_path
from marsad.site.segment_reader import Damage, Record, SegmentReader, Story

_FLAWS_MAX = 500

FlawKind = Literal[
    "unclosed", "damaged", "lost", "missing", "time", "mended", "marred", "order", "behind", "removed"
]
_COSTS_NO_FRAME = frozenset({"unclosed", "mended", "marred", "behind", "removed"})


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where a journal does not go on as it was written.

    kind     unclosed: the file ends before its end was written, as after a crash or while a run still
             writes it, and nothing is amiss; damaged: what stands there is no frame, and nothing whole
             follows in the file; lost: frames are missing between two whole ones; missing: the file itself
             is; time: frames whose time cannot be right were set aside; mended: their time was damaged in one
             of the two places where it stands; marred: damage that costs no frame; order: frames that
             stand where they do not belong were passed over; behind: bytes that were added behind the
             end; removed: the file's frames were removed by retention
    offset   the byte of the file where that is
    frames   of the whole journal before it
    count    of frames that are lost, set aside, mended or removed; the place is that of the first
    """

    kind: FlawKind
    file: str
    offset: int
    frames: int
    count: int = 0

    @property
    def is_damage(self) -> bool:
        """Whether frames that were written cannot be read."""
        return self.kind not in _COSTS_NO_FRAME

    def reason(self) -> Reason:
        """The flaw in words, by the catalogues."""
        count = float(self.count or self.frames)
        where = (("file", self.file), ("offset", float(self.offset)), ("frame", float(self.frames)))
        return Reason(f"journal.{self.kind}", (*where, ("frame_count", count)))


class JournalReader:
    """Reads the frames of a journal in order, past whatever is damaged.

    flaws   after reading: what was met on the way
    """

    def __init__(self, path: Path) -> None:
        """Raises RecordingError if there is no such journal."""
        self.path = path
        self.flaws: list[Flaw] = []
        self.position = Position()
        self._knows = False  # what was so before the next frame
        if not numbered_segments(path):
            raise RecordingError(f"{path}: there is no such journal")

    def frames(self, after: Position | None = None) -> Iterator[Frame]:
        """All frames behind a position, oldest first. Raises RecordingError on a foreign file.

        What opens a segment (its configuration and state) is passed over where the frames before it were
        read, and comes first where they were not: because the reading begins there, or they are gone.
        """
        start = after or Position()
        self.position = start
        self._knows = after is not None
        expected = start.segment
        for number, file in numbered_segments(self.path).items():
            if number < start.segment:
                continue
            if number > expected:
                self._note("missing", segment_path(self.path, expected), 0, 0)
                self._knows = False
            expected = number + 1
            yield from self._segment(number, file, start.offset if number == start.segment else 0)

    def opening(self, segment: int) -> tuple[Frame, ...]:
        """What opens a segment: its configuration and state. Raises RecordingError if it cannot be read."""
        found: list[Frame] = []
        try:
            with segment_path(self.path, segment).open("rb") as stream:
                for item in SegmentReader(stream).items():
                    if isinstance(item, Record):
                        if not item.is_opening:
                            break
                        found.append(item.frame)
        except OSError as error:
            raise RecordingError(f"{segment_path(self.path, segment)}: {error}") from error
        return tuple(found)

    def _segment(self, number: int, file: Path, offset: int) -> Iterator[Frame]:
        with file.open("rb") as stream:
            refuse_foreign(file, stream)
            reader = SegmentReader(stream)
            opening: list[Frame] = []
            for (frame, _, end), verdict in judged(self._records(file, reader, opening)):
                if end <= offset:
                    continue
                if verdict != "good":
                    self._note("mended" if verdict == "mended" else "time", file, end, 1)
                if verdict == "absurd":
                    continue
                if not self._knows:
                    self._knows = True
                    yield from _opened_by(opening, frame)
                self.position = Position(number, end, self.position.frames + 1)
                yield frame
            self._end(file, reader.story, opening)

    def _records(self, file: Path, reader: SegmentReader, opening: list[Frame]) -> Iterator[Read]:
        """The frames of a file as far as they are whole; notes what is amiss between them."""
        for item in reader.items():
            if isinstance(item, Damage):
                self._note_damage(file, item)
            elif item.is_opening:
                opening.append(item.frame)
            elif item.is_withheld:
                self._note("removed", file, item.start, 1)
            else:
                if item.is_mended:
                    self._note("mended", file, item.start, 1)
                yield Read(item.frame, item.again_t_ns, item.end)

    def _end(self, file: Path, story: Story, opening: list[Frame]) -> None:
        if story.removed is not None and story.end is not None:
            self._note("removed", file, 0, int(story.removed.get("frames", story.end.seal.records)))
            self._knows = False
        elif not story.is_closed and not self._is_told(file):
            self._note("unclosed", file, story.whole_until, 0)

    def _is_told(self, file: Path) -> bool:
        """Whether it is told already that nothing whole follows."""
        return any(flaw.file == file.name and flaw.kind in ("unclosed", "damaged") for flaw in self.flaws)

    def _note_damage(self, file: Path, damage: Damage) -> None:
        if damage.why == "torn":
            self._note("unclosed", file, damage.start, 0)
        elif damage.why == "order":
            self._note("order", file, damage.start, 1)
        elif damage.why == "behind":
            self._note("behind", file, damage.start, 0)
        elif damage.lost:
            self._note("lost", file, damage.start, damage.lost)
        else:
            self._note("damaged" if damage.why == "broken" else "marred", file, damage.start, 0)

    def _note(self, kind: FlawKind, file: Path, offset: int, count: int) -> None:
        """Keep a flaw; times, and what comes too often, with those of its kind: a worn-out disk has many."""
        if kind in ("time", "mended", "order", "removed") or len(self.flaws) >= _FLAWS_MAX:
            for number, flaw in enumerate(self.flaws):
                if flaw.kind == kind and (flaw.file == file.name or len(self.flaws) >= _FLAWS_MAX):
                    self.flaws[number] = replace(flaw, count=flaw.count + count)
                    return
        self.flaws.append(Flaw(kind, file.name, offset, self.position.frames, count))


def _opened_by(opening: list[Frame], frame: Frame) -> Iterator[Frame]:
    """What a reading that begins with a frame of a segment is told before it.

    The settings stand in the state, too: one flipped bit of an opening does not cost both.
    """
    state = next((one for one in opening if one.feed == STATE), None)
    is_told = any(one.feed == CONFIGURATION for one in opening)
    if state is not None and not is_told and (settings := configuration_of(state.data)) is not None:
        yield replace(state, feed=CONFIGURATION, data=settings)
    if state is not None or frame.feed != CONFIGURATION:
        yield from opening


def refuse_foreign(file: Path, stream: BinaryIO) -> None:
    """Raise RecordingError where a file is none of ours, in place of telling that all of it is damaged.

    One whose first bytes are damaged is ours by the name that a site gives its journals, or by what
    stands behind them where it is called a journal otherwise.
    """
    with suppress(OSError):
        start = stream.read(4096)
        magic = start[: len(MCAP0_MAGIC)]
        is_ours = is_named_as_one(file) or (file.suffix == ".mcap" and b"marsad" in start)
        if magic != MCAP0_MAGIC[: len(magic)] and not is_ours:
            raise RecordingError(f"{file}: not a journal: it begins with {magic!r}, not {MCAP0_MAGIC!r}")
