"""Snapshots: the fold's state beside its journal, so that a restart need not fold everything again.

A snapshot is only ever a shortcut: where it is missing, torn, or made by other code, be it of the same
version, the journal is folded from its first frame. It is a pickle, so it is as trusted as the program
itself: it is read only from the journal's own directory, which belongs to the site's user alone.
"""

import hashlib
import os
import pickle
import sys
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np

import marsad
from marsad.errors import RecordingError
from marsad.site.fold import SiteFold
from marsad.site.journal import Position

_MAGIC = b"marsad snapshot 1\n"


def snapshot_path(journal: Path) -> Path:
    """Where the snapshot of a journal lies."""
    return journal.with_suffix(".snapshot")


def freeze(fold: SiteFold, position: Position) -> bytes:
    """The bytes of a snapshot: checksum, then what code made it, position and state."""
    body = pickle.dumps((_fingerprint(), position, fold), protocol=5)
    return _MAGIC + hashlib.sha256(body).digest() + body


def store(journal: Path, data: bytes) -> None:
    """Replace the journal's snapshot in one step. Raises RecordingError if the disk refuses."""
    path = snapshot_path(journal)
    draft = path.with_suffix(".snapshot-draft")
    try:
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        raise RecordingError(f"{path}: the snapshot cannot be written: {error}") from error


class Unusable(StrEnum):
    """Why a journal must be folded from its first frame."""

    NONE = "none"  # there is no snapshot
    DAMAGED = "damaged"
    CHANGED = "changed"  # other code, another interpreter or another NumPy made it


def load(journal: Path) -> tuple[SiteFold, Position] | Unusable:
    """The state and where it stands in the journal, or why folding again is the way."""
    try:
        data = snapshot_path(journal).read_bytes()
    except OSError:
        return Unusable.NONE
    start = len(_MAGIC) + 32
    body = data[start:]
    if data[: len(_MAGIC)] != _MAGIC or hashlib.sha256(body).digest() != data[len(_MAGIC) : start]:
        return Unusable.DAMAGED
    try:
        fingerprint, position, fold = pickle.loads(body)
    except Exception:  # other code's classes may be gone: fold again
        return Unusable.CHANGED
    if fingerprint != _fingerprint():
        return Unusable.CHANGED
    return fold, position


@cache
def program() -> str:
    """Names the program, interpreter and NumPy that a digest is by: others may come to another."""
    return hashlib.sha256(repr(_fingerprint()).encode()).hexdigest()[:16]


@cache
def _fingerprint() -> tuple[str, ...]:
    """What must be equal for a state to go on as it would have: the interpreter, NumPy, and all our code."""
    code = hashlib.sha256()
    for root in sorted(marsad.__path__):
        for path in sorted(Path(root).rglob("*.py")):
            code.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return marsad.__version__, sys.version, np.__version__, code.hexdigest()
