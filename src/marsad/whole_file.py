"""Files that are there whole or not at all, also on a full disk."""

import contextlib
import itertools
import os
import secrets
from pathlib import Path

from marsad.errors import RecordingError

_RUN = secrets.token_hex(4)  # of this process: in a container each run has the number of the one before
_numbers = itertools.count(1)


def write_whole(path: Path, data: bytes, *, over: bool = True, mode: int = 0o666) -> None:
    """Write a file in one step: to a draft beside it, which then takes its name.

    over   False: never in the place of a file that is there
    mode   who may read and write it, less what the process's mask takes away

    Raises RecordingError with the file's name; no half or empty file is left, and one that was there stays.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():  # a device or a pipe is written to, not replaced
        _into(path, target, data)
        return
    draft = target.with_name(f".{target.name}.{_RUN}-{next(_numbers)}.draft")  # several may write at once
    try:
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if over:
            os.replace(draft, target)
        else:
            os.link(draft, target)
    except FileExistsError:
        raise RecordingError(f"{path}: is there already; nothing is overwritten") from None
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def remove_old_drafts(folder: Path) -> None:
    """Remove what a process left behind that was killed while it wrote; what this one writes stays.

    For a folder that nobody else writes to. Raises OSError.
    """
    for draft in folder.glob(".*.draft"):
        if f".{_RUN}-" not in draft.name:
            draft.unlink(missing_ok=True)


def _into(path: Path, target: Path, data: bytes) -> None:
    try:
        target.write_bytes(data)
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> RecordingError:
    return RecordingError(f"{path}: cannot be written: {error.strerror or error}")
