"""The journal: every frame, on disk before anyone looks at it.

A journal is a series of MCAP files (https://mcap.dev): ``NAME.mcap``, then ``NAME-0001.mcap`` and
so on, one added whenever a run goes on after a crash or a failed disk, or a file has grown large. Each is
unchunked, so that a frame is whole in the file as soon as `Journal.append` returns; each begins with its
opening, frames that say what was so before it; and each names the seal of the one before it, whoever wrote
that and however it ended.

What holds: a frame whose append returned survives the death of the process (it is in the
operating system's hands); it survives the loss of power once the next `Journal.sync` returned.

Record: topic = feed, log time and publish time = receive time, data = kind (1 byte), link (4 bytes,
little endian), the frame's bytes, salt (16 bytes), CRC-32 (4 bytes).
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType

from marsad.errors import RecordingError
from marsad.model.frame import Frame
from marsad.site.journal_files import SEGMENTS_MAX, numbered_segments, segment_path
from marsad.site.journal_files import Position as Position
from marsad.site.journal_files import segments as segments
from marsad.site.journal_reader import Flaw as Flaw
from marsad.site.journal_reader import JournalReader as JournalReader
from marsad.site.seal import Seal
from marsad.site.sealing import seal_of, told_at_end
from marsad.site.segment import Head, Segment

SEGMENT_BYTES_MAX = 64 * 2**20
Opening = Callable[[], Sequence[Frame]]


class Journal:
    """Appends frames to a new segment of a journal; one writer at a time.

    opening             called for what opens each segment, as its first frames are written
    segment_bytes_max   a segment that has grown so large behind its opening is followed by the next
    """

    def __init__(
        self,
        path: Path,
        opening: Opening = tuple,
        *,
        segment_bytes_max: int = SEGMENT_BYTES_MAX,
        patient: bool = False,
    ) -> None:
        """Open the next free segment at `path`.

        patient   where it cannot be made now, every append tries again

        Raises RecordingError if it cannot be made.
        """
        self.path = path
        self.opening = opening
        self.frames_written = 0
        self.segment_bytes_max = segment_bytes_max
        self._retired: list[int] = []  # ended, and not yet safe from a loss of power
        self._before: tuple[int, Seal, bool] | None = None  # the segment before; whether it has an end
        self._file = -1
        self._segment = self._offset = self._opening_bytes = 0
        try:
            self._open_segment()
        except RecordingError:
            if not patient:
                raise

    def append(self, frames: Iterable[Frame]) -> None:
        """Write frames; when this returns every one of them survives the death of the process.

        Raises RecordingError if the disk refuses; then none of these frames is in the journal,
        those before are untouched, and the next append tries a new segment.
        """
        self.ready()
        if self._file < 0:
            self._open_segment()
        frames = list(frames)
        mark = self._bytes.tree.mark()
        begun = b""
        if not self._offset:
            begun = self._bytes.begin() + self._bytes.frames(self.opening(), opening=True)
            self._opening_bytes = len(begun)
        try:
            self._write(begun + self._bytes.frames(frames))
        except RecordingError:
            if self._offset:
                self._bytes.tree.back(mark)
                self._before = self._segment, self._bytes.seal(self._offset), False
            raise
        self.frames_written += len(frames)

    @property
    def position(self) -> tuple[int, int]:
        """Segment number and byte offset of the end of what is written."""
        return self._segment, self._offset

    def ready(self) -> bytes:
        """The root over the records so far of the segment that the next frames go to, b"" if there is none.

        Raises RecordingError if the disk refuses it.
        """
        if self._file >= 0 and self._offset - self._opening_bytes >= self.segment_bytes_max:
            self.rotate()
        return self._bytes.tree.root() if self._file >= 0 and self._offset else b""

    @property
    def is_open(self) -> bool:
        """Whether there is a file that is written to."""
        return self._file >= 0

    def is_there(self) -> bool:
        """Whether the file that is written to is where it was made: it may have been deleted meanwhile."""
        if self._file < 0:
            return True
        try:
            return os.path.samestat(os.stat(self._name), os.fstat(self._file))
        except FileNotFoundError:
            return False
        except OSError:  # a disk that does not answer says nothing about the file
            return True

    def leave(self) -> None:
        """Let go of a file that is not there any more; the next append begins a new one."""
        self._abandon()

    def sync(self) -> None:
        """Ask the disk to keep what is written through a loss of power."""
        retired, self._retired = self._retired, []
        try:
            if self._file >= 0:
                retired.append(os.dup(self._file))
            for file in retired:
                os.fsync(file)
        except OSError as error:
            raise RecordingError(f"{self.path}: cannot be synced: {error}") from error
        finally:
            for file in retired:
                with contextlib.suppress(OSError):
                    os.close(file)

    def close(self) -> None:
        """Finish the segment so that any MCAP tool opens it.

        Raises RecordingError if the disk refuses the end; the frames before it stay readable, and the
        next append begins a new segment.
        """
        self._finish()
        self.sync()

    def rotate(self) -> None:
        """Finish this segment and go on in the next; `sync` makes both safe.

        Raises RecordingError if the disk refuses either; the next append tries a new segment then.
        """
        self._finish()
        self._open_segment()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_segment(self) -> None:
        number = max(numbered_segments(self.path), default=-1) + 1
        self._segment, self._name = number, segment_path(self.path, number)
        self._file, self._offset, self._opening_bytes = -1, 0, 0
        if number >= SEGMENTS_MAX:
            raise RecordingError(f"{self._name}: a journal has at most {SEGMENTS_MAX} files; begin another")
        try:
            head = self._head(number)
            self._name.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except OSError as error:
            raise RecordingError(f"{self._name}: no journal can be written here: {error}") from error
        self._bytes = Segment(head)

    def _head(self, number: int) -> Head:
        if number == 0:
            return Head()
        if self._before is None or self._before[0] != number - 1:
            file = segment_path(self.path, number - 1)
            ended = file.exists() and told_at_end(file) is not None
            self._before = number - 1, seal_of(self.path, number - 1), ended
        return Head(number, *self._before[1:])

    def _finish(self) -> None:
        """Write the end of the segment and let go of it; it is synced later."""
        if self._file < 0:
            return
        try:
            seal = self._bytes.seal(self._offset)
            begun = b"" if self._offset else self._bytes.begin()
            self._write(begun + self._bytes.end(self._offset + len(begun)))
            self._before = self._segment, seal, True
            self._retired.append(self._file)
            self._file = -1
        finally:
            self._abandon()

    def _write(self, new: bytes) -> None:
        data = memoryview(new)
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
