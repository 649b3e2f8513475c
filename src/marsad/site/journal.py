"""The journal: every frame, on disk before anyone looks at it.

A journal is a series of MCAP files (https://mcap.dev): ``NAME.mcap``, then ``NAME-0001.mcap`` and
so on, one added whenever a run goes on after a crash or a failed disk. Each is unchunked, so that a
frame is whole in the file as soon as `Journal.append` returns.

What holds: a frame whose append returned survives the death of the process (it is in the
operating system's hands); it survives the loss of power once the next `Journal.sync` returned.

Record: topic = feed, log time and publish time = receive time, data = kind (1 byte), link (4 bytes,
little endian), then the frame's bytes.
"""

import contextlib
import os
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from glob import escape as glob_escape
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal

from mcap.exceptions import McapError
from mcap.records import Channel, Message
from mcap.stream_reader import StreamReader
from mcap.writer import MCAP0_MAGIC

from marsad.errors import RecordingError
from marsad.model.frame import Frame, FrameKind
from marsad.model.reason import Reason
from marsad.site.frame_times import Read, judged
from marsad.site.segment import HEADER, Segment

_SEGMENTS_MAX = 9_999
_RECORD_BYTES_MAX = 64 * 2**20
_MESSAGE = re.compile(rb"\x05(?=(.{4}\0{4}.{6}))", re.S)  # opcode, length, channel, running number
_RECORD_HEAD = struct.Struct("<BQ")  # opcode, length
_OPCODE_MAX = 15
_MESSAGE_BYTES_MIN = 22 + HEADER.size
_SEGMENT_FRAMES_MAX = 2**24


@dataclass(frozen=True, slots=True)
class Position:
    """Where a frame stands: the segment's number, the byte behind its record, the frames so far."""

    segment: int = 0
    offset: int = 0
    frames: int = 0


def segment_path(path: Path, segment: int) -> Path:
    """The file of one segment; segment 0 is the path itself."""
    return path if segment == 0 else path.with_name(f"{path.stem}-{segment:04d}{path.suffix}")


def segments(path: Path) -> list[Path]:
    """The files of a journal that are there, in order."""
    found = []
    for number in range(_SEGMENTS_MAX):
        file = segment_path(path, number)
        if not file.exists():
            break
        found.append(file)
    return found


class Journal:
    """Appends frames to a new segment of a journal; one writer at a time."""

    def __init__(self, path: Path) -> None:
        """Open the next free segment at `path`. Raises RecordingError if it cannot be made."""
        self.path = path
        self.frames_written = 0
        self._open_segment()

    def append(self, frames: Iterable[Frame]) -> None:
        """Write frames; when this returns every one of them survives the death of the process.

        Raises RecordingError if the disk refuses; then none of these frames is in the journal,
        those before are untouched, and the next append tries a new segment.
        """
        if self._file < 0:
            self._open_segment()
        frames = list(frames)
        self._write(self._bytes.frames(frames, self.frames_written))
        self.frames_written += len(frames)

    @property
    def position(self) -> tuple[int, int]:
        """Segment number and byte offset of the end of what is written."""
        return self._segment, self._offset

    def sync(self) -> None:
        """Ask the disk to keep what is written through a loss of power."""
        if self._file >= 0:
            try:
                os.fsync(self._file)
            except OSError as error:
                raise RecordingError(f"{self._name}: cannot be synced: {error}") from error

    def close(self) -> None:
        """Finish the segment so that any MCAP tool opens it.

        Raises RecordingError if the disk refuses the end; the frames before it stay readable, and the
        next append begins a new segment.
        """
        if self._file < 0:
            return
        try:
            self._write(self._bytes.end(self._offset + len(self._begun)))
            self.sync()
        finally:
            self._abandon()

    def rotate(self) -> None:
        """Close this segment and go on in the next, so that a restart reads only the last one.

        Raises RecordingError if the disk refuses either; the next append tries a new segment then.
        """
        self.close()
        self._open_segment()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_segment(self) -> None:
        number = len(segments(self.path))
        self._segment = number
        self._name = segment_path(self.path, number)
        self._file = -1
        self._offset = 0
        try:
            self._name.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except OSError as error:
            raise RecordingError(f"{self._name}: no journal can be written here: {error}") from error
        self._bytes = Segment()
        self._begun = self._bytes.begin()  # goes out with what is written first

    def _write(self, new: bytes) -> None:
        data, self._begun = memoryview(self._begun + new), b""
        done = 0
        try:
            while done < len(data):
                done += os.write(self._file, data[done:])
        except OSError as error:
            self._forget_torn_tail()
            raise RecordingError(f"{self._name}: the disk refuses: {error}") from error
        self._offset += done

    def _forget_torn_tail(self) -> None:
        """Cut half a record off, then leave this segment: the writer's own offsets are off now."""
        with contextlib.suppress(OSError):  # the reader stops at a torn record anyway
            os.ftruncate(self._file, self._offset)
        if self._offset == 0:
            with contextlib.suppress(OSError):
                self._name.unlink(missing_ok=True)
        self._abandon()

    def _abandon(self) -> None:
        """Let go of the file, unless that is done: a refused write has let go of it already."""
        if self._file >= 0:
            with contextlib.suppress(OSError):  # what was to be kept is synced; a full disk may say so again
                os.close(self._file)
            self._file = -1


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where a journal does not go on as it was written.

    kind     unclosed: the file ends before its end was written, as after a crash or while a run still
             writes it, and nothing is amiss; damaged: what stands there is no frame, and the rest of
             the file was not read; lost: frames are missing between two whole ones; missing: the file
             itself is, and no later one was read; time: frames whose time cannot be right were set aside;
             mended: their time was damaged in one of the two places where it stands
    offset   the byte of the file where that is
    frames   of the whole journal before it
    count    of frames that are lost, set aside or mended; the place is that of the first
    """

    kind: Literal["unclosed", "damaged", "lost", "missing", "time", "mended"]
    file: str
    offset: int
    frames: int
    count: int = 0

    @property
    def is_damage(self) -> bool:
        """Whether frames that were written cannot be read."""
        return self.kind not in ("unclosed", "mended")

    def reason(self) -> Reason:
        """The flaw in words, by the catalogues."""
        count = float(self.count or self.frames)
        where = (("file", self.file), ("offset", float(self.offset)), ("frame", float(self.frames)))
        return Reason(f"journal.{self.kind}", (*where, ("frame_count", count)))


class JournalReader:
    """Reads the frames of a journal in order, as far as they are whole in every segment.

    flaws   after reading: what was met on the way, at most one that ends the reading of a segment
    """

    def __init__(self, path: Path) -> None:
        """Raises RecordingError if there is no such journal."""
        self.path = path
        self.flaws: list[Flaw] = []
        self.position = Position()
        if not path.exists():
            raise RecordingError(f"{path}: there is no such journal")

    def frames(self, after: Position | None = None) -> Iterator[Frame]:
        """All frames behind a position, oldest first. Raises RecordingError on a foreign file."""
        start = after or Position()
        self.position = start
        found = segments(self.path)
        for number, file in enumerate(found):
            if number >= start.segment:
                yield from self._segment(number, file, start.offset if number == start.segment else 0)
        missing = segment_path(self.path, len(found))
        if any(later.name > missing.name for later in _later_segments(self.path)):
            self.flaws.append(Flaw("missing", missing.name, 0, self.position.frames))

    def _segment(self, number: int, file: Path, offset: int) -> Iterator[Frame]:
        with file.open("rb") as stream:
            if (start := stream.read(len(MCAP0_MAGIC))) != MCAP0_MAGIC[: len(start)]:
                raise RecordingError(f"{file}: not a journal: it begins with {start!r}, not {MCAP0_MAGIC!r}")
            stream.seek(0)
            for (frame, _, end), verdict in judged(self._records(file, stream)):
                if end <= offset:
                    continue
                if verdict != "good":
                    self._note_time(file, end, "mended" if verdict == "mended" else "time")
                if verdict != "absurd":
                    self.position = Position(number, end, self.position.frames + 1)
                    yield frame

    def _records(self, file: Path, stream: BinaryIO) -> Iterator[Read]:
        """The frames of a file as far as they are whole; notes what ends the reading."""
        channels: dict[int, str] = {}
        last: int | None = None
        end = len(MCAP0_MAGIC)  # of what was read and is whole
        reader = StreamReader(stream, record_size_limit=_RECORD_BYTES_MAX)
        try:
            for record in reader.records:
                if isinstance(record, Message):
                    frame = _frame(record, channels[record.channel_id])
                    self._note_lost(file, end, last, record.sequence)
                    last, end = record.sequence, stream.tell()
                    yield Read(frame, record.publish_time, end)
                    continue
                if isinstance(record, Channel):
                    channels[record.id] = record.topic
                end = stream.tell()
        except (McapError, struct.error, KeyError, ValueError, EOFError):
            stream.seek(end)
            torn = _is_torn(stream.read(), last)
            kind: Literal["unclosed", "damaged"] = "unclosed" if torn else "damaged"
            self.flaws.append(Flaw(kind, file.name, end, self.position.frames))

    def _note_time(self, file: Path, offset: int, kind: Literal["time", "mended"]) -> None:
        """Count it with those of its kind in the same file: a worn-out disk has many."""
        for number, flaw in enumerate(self.flaws):
            if (flaw.kind, flaw.file) == (kind, file.name):
                self.flaws[number] = replace(flaw, count=flaw.count + 1)
                return
        self.flaws.append(Flaw(kind, file.name, offset, self.position.frames, 1))

    def _note_lost(self, file: Path, offset: int, last: int | None, sequence: int) -> None:
        if last is not None and (lost := (sequence - last - 1) & 0xFFFFFFFF):
            self.flaws.append(Flaw("lost", file.name, offset, self.position.frames, lost))


def _later_segments(path: Path) -> Iterator[Path]:
    return path.parent.glob(f"{glob_escape(path.stem)}-[0-9][0-9][0-9][0-9]{path.suffix}")


def _is_torn(rest: bytes, last: int | None) -> bool:
    """Whether what stands behind the last whole record is one that was not written to its end.

    last   the running number of the last frame
    """
    if not rest.strip(b"\0"):  # nothing, or a file system's zeros after a power cut
        return True
    if len(rest) < _RECORD_HEAD.size:
        return True
    opcode, length = _RECORD_HEAD.unpack_from(rest)
    cut = 0 < opcode <= _OPCODE_MAX and len(rest) - _RECORD_HEAD.size < length <= _RECORD_BYTES_MAX
    return cut and not _holds_frames(rest[_RECORD_HEAD.size :], last)


def _holds_frames(data: bytes, last: int | None) -> bool:
    """Whether whole frames stand there: a broken length leads past the end as a torn record does."""
    for match in _MESSAGE.finditer(data):
        length, sequence = struct.unpack("<Q2xI", match.group(1))
        ahead = (sequence - (-1 if last is None else last)) & 0xFFFFFFFF
        whole = _MESSAGE_BYTES_MIN <= length <= len(data) - match.start() - _RECORD_HEAD.size
        if whole and 0 < ahead <= _SEGMENT_FRAMES_MAX:
            return True
    return False


def _frame(record: Message, feed: str) -> Frame:
    kind, link = HEADER.unpack_from(record.data)
    return Frame(feed, record.log_time, record.data[HEADER.size :], link, FrameKind(kind))
