"""Journal first, then fold; and going on from a journal that was left behind."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from marsad.errors import RecordingError
from marsad.model.effect import Effect, Register
from marsad.model.frame import CHECKPOINT, CONFIGURATION, GAP, RESUME, Frame
from marsad.model.incident import Incident
from marsad.model.utc import moved
from marsad.site import resumption
from marsad.site.checkpoint import checkpoint
from marsad.site.fold import SiteFold, fold_of
from marsad.site.journal import Flaw, Journal, JournalReader, Position, segments
from marsad.site.snapshot import Unusable, freeze, load

_LOG = logging.getLogger(__name__)
_WATCH_FRAMES = 1_000


class Recorder:
    """Takes frames: each is journalled, then folded.

    A disk that refuses must not silence a siren: the frames are then folded all the same, counted,
    and the gap is written down as a frame as soon as the disk takes frames again.
    """

    def __init__(self, journal: Journal, fold: SiteFold, frames_before: int = 0) -> None:
        self.journal = journal
        self.fold = fold
        self.unrecorded = 0
        self.fault = ""
        self._frames_before = frames_before

    def take(self, frames: Iterable[Frame]) -> list[Effect]:
        """Journal and fold frames in order; all their effects in the same order."""
        return [effect for effects in self.take_each(list(frames)) for effect in effects]

    def take_each(self, frames: Sequence[Frame]) -> list[list[Effect]]:
        """Journal and fold frames in order; the effects of each."""
        if not frames:
            return []
        gap = [Frame(GAP, frames[0].t_ns, str(self.unrecorded).encode())] if self.unrecorded else []
        try:
            self.journal.append([*gap, *frames])
        except RecordingError as error:
            self.unrecorded += len(frames)
            self.fault = str(error)
            gap = []
        else:
            self.unrecorded = 0
            self.fault = ""
        for frame in gap:
            self.fold.fold(frame)
        return [self.fold.fold(frame) for frame in frames]

    def checkpoint(self, t_ns: int) -> list[Frame]:
        """The frame that holds what must survive of the state as it is; none where that cannot be written."""
        try:
            return [Frame(CHECKPOINT, t_ns, checkpoint(self.fold))]
        except Exception:  # whatever it is, the site goes on; a start then folds more
            _LOG.exception("what must survive a restart cannot be written down")
            return []

    def snapshot(self) -> bytes | None:
        """The state's bytes for `snapshot.store`, or None while frames are missing on disk."""
        if self.unrecorded:
            return None
        segment, offset = self.journal.position
        return freeze(self.fold, Position(segment, offset, self._frames_before + self.journal.frames_written))


@dataclass(frozen=True, slots=True)
class Replayed:
    """A fold brought to the end of a journal.

    incidents   the last version of each incident that changed on the way, for the register: in UTC by what
                tied site time to it then
    flaws       where the journal does not go on as it was written
    resumed_from   the checkpoint that the fold began with, "" for none
    """

    fold: SiteFold
    position: Position
    incidents: tuple[Incident, ...]
    flaws: tuple[Flaw, ...]
    resumed_from: str = ""

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
    resumed_from = ""
    if from_snapshot:
        known = load(path)
        if not isinstance(known, Unusable) and not _holds(path, known[1]):
            known = Unusable.AHEAD
        if isinstance(known, Unusable):
            if (taken := resumption.newest(path)) is not None:
                fold, position, resumed_from, _ = taken
            if watch is not None:
                watch.rereads(path, known)
        else:
            fold, position = known
    incidents: dict[str, Incident] = {}
    for frame in _watched(reader, position, watch):
        if fold is None:
            fold = fold_of(frame)
            continue
        if frame.feed == RESUME:
            other = resumption.resumed(path, frame.data.decode("ascii", "replace"), reader.position)
            fold = fold if other is None else other
        for effect in fold.fold(frame):
            if isinstance(effect, Register):
                incident = moved(effect.incident, fold.utc_offset_ns)
                incidents[incident.incident_id] = incident
    if fold is None:
        raise RecordingError(f"{path}: holds no frame at all")
    if (current := fold.incident()) is not None and current.incident_id not in incidents:
        incidents[current.incident_id] = moved(current, fold.utc_offset_ns)
    return Replayed(fold, reader.position, tuple(incidents.values()), tuple(reader.flaws), resumed_from)


def _holds(path: Path, position: Position) -> bool:
    """Whether a journal goes as far as a position."""
    files = segments(path)
    ends = position.segment < len(files) and files[position.segment].stat().st_size >= position.offset
    return ends or (position.segment == len(files) and position.offset == 0)


def _watched(reader: JournalReader, position: Position, watch: Watch | None) -> Iterator[Frame]:
    """The frames, while whoever waits is told how far it is."""
    sizes = [file.stat().st_size for file in segments(reader.path)]

    def bytes_to(place: Position) -> int:
        return sum(sizes[: place.segment]) + place.offset

    begun = bytes_to(position)
    total = max(sum(sizes) - begun, 1)
    for number, frame in enumerate(reader.frames(position)):
        if watch is not None and number % _WATCH_FRAMES == 0:
            watch.read((bytes_to(reader.position) - begun) / total)
        yield frame


def begin(path: Path, configuration: bytes, t_ns: int) -> Recorder:
    """A new journal at `path` with its configuration frame. Raises ConfigError, RecordingError."""
    if segments(path):
        raise RecordingError(f"{path}: there is a journal already; resume it or name another")
    frame = Frame(CONFIGURATION, t_ns, configuration)
    fold = SiteFold(frame)
    journal = Journal(path)
    journal.append([frame])
    return Recorder(journal, fold)


def resume(path: Path, t_ns: int | None = None, watch: Watch | None = None) -> tuple[Recorder, Replayed]:
    """Go on from a journal: state at its last whole frame, then a new segment.

    t_ns   site time now; None leaves it to the clock, which is told where the journal ends
    """
    replayed = replay(path, from_snapshot=True, watch=watch)
    return continued(path, replayed, t_ns), replayed


def continued(path: Path, replayed: Replayed, t_ns: int | None = None) -> Recorder:
    """A new segment of a journal that was replayed to its end."""
    fold = replayed.fold
    recorder = Recorder(Journal(path), fold, replayed.position.frames)
    t_ns = max(t_ns or 0, fold.t_ns)
    if replayed.resumed_from:
        recorder.take([resumption.resume_frame(t_ns, replayed.resumed_from)])
    recorder.take([Frame(CONFIGURATION, t_ns, fold.configuration)])
    recorder.take(recorder.checkpoint(t_ns))
    return recorder
