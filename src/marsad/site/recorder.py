"""Journal first, then fold; and going on from a journal that was left behind."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from marsad.errors import RecordingError, lacks_descriptors
from marsad.model.effect import Effect, Register
from marsad.model.frame import CHECKPOINT, CONFIGURATION, DIGEST, GAP, STATE, TERRAIN, Frame
from marsad.model.incident import Incident
from marsad.model.utc import moved
from marsad.site import resumption
from marsad.site.checkpoint import checkpoint
from marsad.site.data_key import DataKey
from marsad.site.digest import json_from_digest
from marsad.site.fold import SiteFold, fold_of
from marsad.site.journal import Flaw, Journal, JournalReader, Position, segments
from marsad.site.journal_files import numbered_segments
from marsad.site.snapshot import Unusable, freeze, load, program, snapshot_path
from marsad.site.unwritten import PART_BYTES, WAITING_BYTES_MAX, Lost, Unwritten

_LOG = logging.getLogger(__name__)
_WATCH_FRAMES = 1_000
_MINUTE_NS = 60 * 10**9
_LAST_PARTS_BYTES = PART_BYTES, PART_BYTES // 8, PART_BYTES // 64


class Recorder:
    """Takes frames: each is journalled, then folded.

    A disk that refuses must not silence a siren: the frames are then folded all the same, wait in memory as
    far as there is room, oldest given up first, and are written in their order as soon as the disk takes
    frames again. What was given up is counted, and that gap is written down as a frame.

    Every minute the fold's digest is journalled, before the first frame of that minute, so that a replay can
    be compared with what happened (`marsad.site.verify`).

    fault              what the disk says while it refuses, else ""
    lacks_descriptors  whether it is no doing of the disk's: the process has no file descriptor left
    opens_with_state   whether the newest segment begins with what is so before its first frame
    key                of the directory, which its snapshots are signed with; who starts a site gives its own
    spared             called where the disk refuses the end: makes the room that was held back for that
    """

    def __init__(
        self,
        journal: Journal,
        fold: SiteFold,
        frames_before: int = 0,
        waiting_bytes_max: int = WAITING_BYTES_MAX,
    ) -> None:
        self.journal = journal
        self.fold = fold
        self.fault, self.opens_with_state, self.lacks_descriptors = "", False, False
        self.key = DataKey(journal.path.parent)
        self._frames_before = frames_before
        self._began_t_ns = fold.t_ns
        self._unwritten = Unwritten(waiting_bytes_max)
        self.spared: Callable[[], object] = lambda: None
        self._minute = fold.t_ns // _MINUTE_NS
        journal.opening = self.opening

    @property
    def unrecorded(self) -> int:
        """Frames that were folded and are not on the disk."""
        return len(self._unwritten)

    @property
    def lost(self) -> Lost | None:
        """What is lost if the disk takes nothing more; None where all is written."""
        return self._unwritten.lost

    def opening(self) -> Sequence[Frame]:
        """What opens a segment: what is so before its first frame."""
        opening = [Frame(CONFIGURATION, self.fold.t_ns, self.fold.configuration)]
        if ground := self.fold.ground.data:
            opening.append(Frame(TERRAIN, self.fold.t_ns, ground))
        # what waits for the disk is in the state already, and a replay would fold it twice
        is_so = not self._unwritten.waits and self.fold.frames > 1
        state = self._survives(STATE, self.fold.t_ns) if is_so else []
        self.opens_with_state = bool(state)
        return [*opening, *state]

    def take(self, frames: Iterable[Frame]) -> list[Effect]:
        """Journal and fold frames in order; all their effects in the same order."""
        return [effect for effects in self.take_each(list(frames)) for effect in effects]

    def take_each(self, frames: Sequence[Frame]) -> list[list[Effect]]:
        """Journal and fold frames in order; the effects of each."""
        if not frames:
            return []
        digest = []
        if (minute := frames[0].t_ns // _MINUTE_NS) > self._minute:
            self._minute = minute
            digest = [self._digest(frames[0].t_ns)]
        self.record([*digest, *frames])
        for frame in digest:
            self.fold.fold(frame)
        return [self.fold.fold(frame) for frame in frames]

    def checkpoint(self, t_ns: int) -> list[Frame]:
        """The frame that holds what must survive of the state as it is; none where that cannot be written."""
        return self._survives(CHECKPOINT, t_ns)

    def _survives(self, feed: str, t_ns: int) -> list[Frame]:
        try:
            return [Frame(feed, t_ns, checkpoint(self.fold))]
        except Exception:  # whatever it is, the site goes on; a start then folds more
            _LOG.exception("what must survive a restart cannot be written down")
            return []

    def begin_anew(self) -> None:
        """Go on in new files where the old are gone: with what is so, and how much before it is lost."""
        self.journal.leave()
        with suppress(OSError):  # its place is one in files that are gone, and would be another in the new
            snapshot_path(self.journal.path).unlink(missing_ok=True)
        written = self._frames_before + self.journal.frames_written
        self._unwritten.give_up(written, self._began_t_ns, self.fold.t_ns)
        self._frames_before = -self.journal.frames_written
        self.take(self.checkpoint(self.fold.t_ns))

    def snapshot(self) -> bytes | None:
        """The state's bytes for `snapshot.store`, or None while frames are missing on disk.

        None, too, where the state cannot be frozen: the site goes on, and a start folds more.
        """
        if self.unrecorded:
            return None
        segment, offset = self.journal.position
        frames = self._frames_before + self.journal.frames_written
        try:
            return freeze(self.fold, Position(segment, offset, frames))
        except Exception:  # as of a checkpoint: whatever it is
            _LOG.exception("the state cannot be frozen")
            return None

    def close(self) -> None:
        """Journal the digest at the end and finish the journal.

        Where the disk refuses that, once more with all the room that can be made. Raises RecordingError where
        it refuses again; `lost` says then which frames it never took.
        """
        if not (self.journal.is_open or self.unrecorded):
            self.journal.close()
            return
        try:
            self._end()
        except RecordingError as error:
            _LOG.info("the end of the record: %s", error)
            self.spared()
            with suppress(OSError):  # it only spares the next start some time
                snapshot_path(self.journal.path).unlink(missing_ok=True)
            self._end_in_parts()
        self.fault = ""

    def _end_in_parts(self) -> None:
        """The end on a disk with little room: as much as it takes. Raises RecordingError for the rest."""
        for part_bytes in _LAST_PARTS_BYTES:
            try:
                return self._end(part_bytes)
            except RecordingError as error:
                self.fault, refused = str(error), error
        raise refused

    def _end(self, part_bytes: int = PART_BYTES) -> None:
        if self.unrecorded:
            self._write_waiting(part_bytes)
        last = self._digest(self.fold.t_ns)
        self.journal.append([last])
        self.fold.fold(last)
        self.journal.close()

    def _digest(self, t_ns: int) -> Frame:
        """What the fold holds after every frame so far, and what the segment does."""
        root = b""
        if not self._unwritten.waits:
            with suppress(RecordingError):
                root = self.journal.ready()
        fold = self.fold
        return Frame(DIGEST, t_ns, json_from_digest(fold.digest(), fold.cycles, root, program()))

    def record(self, frames: list[Frame]) -> None:
        """Append frames behind those that wait, or let them wait, too."""
        try:
            if self.unrecorded:
                self._write_waiting()
            self.journal.append(frames)
        except RecordingError as error:
            self.fault = str(error)
            self.lacks_descriptors = lacks_descriptors(error)
            self._unwritten.put(frames)
        else:
            self.fault = ""

    def _write_waiting(self, part_bytes: int = PART_BYTES) -> None:
        unwritten = self._unwritten
        if unwritten.given_up:
            count = str(unwritten.given_up).encode()
            self.journal.append([Frame(GAP, unwritten.next_t_ns(self.fold.t_ns), count)])
            unwritten.given_up = 0
            self.fold.fold(Frame(GAP, self.fold.t_ns, count))
        while unwritten.waits:
            part = unwritten.part(part_bytes)
            self.journal.append(part)
            unwritten.written(part)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A fold brought to the end of a journal.

    incidents   the last version of each incident that changed on the way, for the register: in UTC by what
                tied site time to it then
    flaws       where the journal does not go on as it was written
    resumed_from   the checkpoint that the fold began with, "" for none
    tracks_lost    why the tracks of that checkpoint could not be taken up, for the log; "" where they were
    """

    fold: SiteFold
    position: Position
    incidents: tuple[Incident, ...]
    flaws: tuple[Flaw, ...]
    resumed_from: str = ""
    tracks_lost: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether every frame that was written has been read."""
        return not any(flaw.is_damage for flaw in self.flaws)


class Watch(Protocol):
    """Whoever waits for a journal to be read."""

    def rereads(self, path: Path, why: Unusable) -> None:
        """It must be read from its first frame."""

    def read(self, share: float) -> None:
        """So much of it is read, 0 to 1."""


def replay(path: Path, *, from_snapshot: bool = False, watch: Watch | None = None) -> Replayed:
    """Fold a journal to its end; effects are not carried out. Raises RecordingError."""
    reader = JournalReader(path)
    fold: SiteFold | None = None
    position = Position()
    resumed_from = tracks_lost = ""
    if from_snapshot:
        known = load(path)
        if not isinstance(known, Unusable) and not _holds(path, known[1]):
            known = Unusable.AHEAD
        if isinstance(known, Unusable):
            if (taken := resumption.newest(path)) is not None:
                fold, position, resumed_from, tracks_lost = taken
            elif watch is not None:
                watch.rereads(path, known)
        else:
            fold, position = known
    incidents: dict[str, Incident] = {}
    for frame in _watched(reader, position, watch):
        if fold is None:
            fold = fold_of(frame)
            continue
        fold = resumption.taking_place(path, fold, frame, reader.position)
        for effect in fold.fold(frame):
            if isinstance(effect, Register):
                incident = moved(effect.incident, fold.utc_offset_ns)
                incidents[incident.incident_id] = incident
    if fold is None:
        raise RecordingError(f"{path}: holds no frame at all")
    if (current := fold.incident()) is not None and current.incident_id not in incidents:
        incidents[current.incident_id] = moved(current, fold.utc_offset_ns)
    found = tuple(incidents.values()), tuple(reader.flaws)
    return Replayed(fold, reader.position, *found, resumed_from, tracks_lost)


def _holds(path: Path, position: Position) -> bool:
    """Whether a journal goes as far as a position."""
    files = numbered_segments(path)  # some may be gone
    file = files.get(position.segment)
    if file is None:
        return position.offset == 0 and position.segment == max(files, default=-1) + 1
    return file.stat().st_size >= position.offset


def _watched(reader: JournalReader, position: Position, watch: Watch | None) -> Iterator[Frame]:
    """The frames, while whoever waits is told how far it is."""
    sizes = {number: file.stat().st_size for number, file in numbered_segments(reader.path).items()}

    def bytes_to(place: Position) -> int:
        return sum(size for number, size in sizes.items() if number < place.segment) + place.offset

    begun = bytes_to(position)
    total = max(sum(sizes.values()) - begun, 1)
    for number, frame in enumerate(reader.frames(position)):
        if watch is not None and number % _WATCH_FRAMES == 0:
            watch.read((bytes_to(reader.position) - begun) / total)
        yield frame


def begin(
    path: Path, configuration: bytes, t_ns: int, terrain: bytes = b"", *, patient: bool = False
) -> Recorder:
    """A new journal at `path` with its configuration and its ground.

    terrain   the surroundings (`marsad.geo.surroundings`), b"" if nothing is known of them
    patient   a disk that refuses it now is tried again with every frame

    Raises ConfigError, RecordingError.
    """
    if segments(path):
        raise RecordingError(f"{path}: there is a journal already; resume it or name another")
    frame = Frame(CONFIGURATION, t_ns, configuration)
    fold = SiteFold(frame)
    recorder = Recorder(Journal(path, patient=patient), fold)
    if patient:
        recorder.record([frame])
    else:
        recorder.journal.append([frame])
    _tell_ground(recorder, t_ns, terrain)
    return recorder


def _tell_ground(recorder: Recorder, t_ns: int, terrain: bytes) -> None:
    """Hand the ground to a site that knows it otherwise; what is known is kept if nothing is known now."""
    if terrain and terrain != recorder.fold.ground.data:
        recorder.take([Frame(TERRAIN, t_ns, terrain)])


def resume(
    path: Path,
    t_ns: int | None = None,
    watch: Watch | None = None,
    terrain: bytes = b"",
    *,
    patient: bool = False,
) -> tuple[Recorder, Replayed]:
    """Go on from a journal: state at its last whole frame, then a new segment.

    t_ns      site time now; None leaves it to the clock, which is told where the journal ends
    terrain   the surroundings as they are known now, b"" if not
    patient   a disk that refuses is tried again with every frame
    """
    replayed = replay(path, from_snapshot=True, watch=watch)
    return continued(path, replayed, t_ns, terrain, patient=patient), replayed


def continued(
    path: Path, replayed: Replayed, t_ns: int | None = None, terrain: bytes = b"", *, patient: bool = False
) -> Recorder:
    """A new segment of a journal that was replayed to its end; see `resume`."""
    fold = replayed.fold
    recorder = Recorder(Journal(path, patient=patient), fold, replayed.position.frames)
    t_ns = max(t_ns or 0, fold.t_ns)
    if replayed.resumed_from:
        recorder.take([resumption.resume_frame(t_ns, replayed.resumed_from)])
    recorder.take([Frame(CONFIGURATION, t_ns, fold.configuration)])
    recorder.take(recorder.checkpoint(t_ns))
    _tell_ground(recorder, t_ns, terrain)
    return recorder
