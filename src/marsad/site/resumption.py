"""Going on from a checkpoint, and folding a journal that was gone on with so.

A run that starts without a snapshot takes up the newest checkpoint that it can read, folds the frames behind
it, and journals a RESUME frame that names the checkpoint. What it knows from there on is not what the whole
journal gives: the tracks of another program came again. So whoever folds the whole journal does the same at
that frame: the state that comes of the checkpoint takes the place of the one at hand.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from marsad.errors import RecordingError
from marsad.model.frame import CHECKPOINT, RESUME, TERRAIN, Frame
from marsad.site.checkpoint import taken_up
from marsad.site.fold import SiteFold
from marsad.site.journal import JournalReader, Position, segments


def name_of(checkpoint: bytes) -> str:
    """What a RESUME frame calls a checkpoint: its SHA-256, hexadecimal."""
    return sha256(checkpoint).hexdigest()


def newest(path: Path) -> tuple[SiteFold, Position, str, str] | None:
    """The state of the newest checkpoint that this program can read; None where there is none.

    With where it stands, its name, and why its tracks come again from the frames, "" if they need not. Read
    from the end: however old the journal, no more than the newest segments are.
    """
    for segment in reversed(range(len(segments(path)))):
        for data, place, ground in reversed(list(_checkpoints(path, segment))):
            try:
                fold, lost = _taken_up(data, ground)
            except RecordingError:
                continue  # of another program: an older one may do
            return fold, Position(place.segment, place.offset, fold.frames + 1), name_of(data), lost
    return None


def resumed(path: Path, name: str, until: Position) -> SiteFold | None:
    """The state that comes of the checkpoint of a name and the frames behind it, up to a position.

    None where the journal has no such checkpoint any more, or this program cannot read it.
    """
    for segment in reversed(range(until.segment + 1)):
        for data, place, ground in _checkpoints(path, segment):
            if name_of(data) != name:
                continue
            try:
                fold, _ = _taken_up(data, ground)
            except RecordingError:
                return None
            reader = JournalReader(path)
            for frame in reader.frames(place):
                if (reader.position.segment, reader.position.offset) >= (until.segment, until.offset):
                    return fold
                fold = taking_place(path, fold, frame, reader.position)
                fold.fold(frame)
            return fold
    return None


def taking_place(path: Path, fold: SiteFold, frame: Frame, position: Position) -> SiteFold:
    """The state that a frame of a journal, at a position, is to be folded into.

    That at hand, but for a RESUME frame, as long as its checkpoint is there and can be read.
    """
    if frame.feed != RESUME:
        return fold
    return resumed(path, frame.data.decode("ascii", "replace"), position) or fold


def _taken_up(data: bytes, ground: bytes) -> tuple[SiteFold, str]:
    fold, lost = taken_up(data)
    if ground:
        fold.know_ground(ground)
    return fold, lost


def _checkpoints(path: Path, segment: int) -> Iterator[tuple[bytes, Position, bytes]]:
    """The checkpoints of a segment, where each stands, and the ground as the site knew it then."""
    reader, ground = JournalReader(path), b""
    for frame in reader.opening(segment):
        if frame.feed == TERRAIN:
            ground = frame.data
    for frame in reader.frames(Position(segment, 0)):
        if reader.position.segment != segment:
            return
        if frame.feed == TERRAIN:
            ground = frame.data
        elif frame.feed == CHECKPOINT:
            yield frame.data, reader.position, ground


def resume_frame(t_ns: int, name: str) -> Frame:
    """What says that a run goes on from a checkpoint."""
    return Frame(RESUME, t_ns, name.encode())
