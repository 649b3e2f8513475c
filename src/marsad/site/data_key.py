"""The key of a data directory: what this site has written there is known by it, and what it hides is.

It lies beside the journals, readable by the site's user alone, and in no journal. Who copies a journal, or a
snapshot, elsewhere has not copied it: there nothing is taken for this site's own.
"""

import contextlib
import hmac
import os
import secrets
from pathlib import Path

from marsad.errors import RecordingError

KEY_FILE = "marsad.key"
_BYTES = 32
_waiting: dict[Path, bytes] = {}  # keys of directories that cannot be written yet, until they can


def known_key(directory: Path) -> bytes | None:
    """The key of a directory; None where there is none, or others may read it: then it proves nothing."""
    try:
        with open(directory / KEY_FILE, "rb", opener=_no_link) as file:
            status = os.fstat(file.fileno())
            key = file.read(_BYTES + 1)
    except OSError:
        return None
    if len(key) != _BYTES or status.st_mode & 0o077 or status.st_uid != os.geteuid():
        return None
    return key


def key_of(directory: Path) -> bytes:
    """The key of a directory, made where there is none that holds. Raises RecordingError if none can be."""
    if (key := known_key(directory)) is not None:
        return key
    path = directory / KEY_FILE
    draft = path.with_suffix(".key-draft")
    try:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(key := _waiting.get(directory) or secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        raise RecordingError(f"{path}: the key of this directory cannot be made: {error}") from error
    return key


def key_at_start(directory: Path) -> bytes:
    """The key of a directory; of one that cannot be written now the key that it will have: a site starts."""
    try:
        return key_of(directory)
    except RecordingError:
        return _waiting.setdefault(directory, secrets.token_bytes(_BYTES))


def keyed_hash(key: bytes, what: str, data: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) of data; `what` keeps one use of the key apart from the others."""
    return hmac.digest(hmac.digest(key, what.encode(), "sha256"), data, "sha256")


def _no_link(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NOFOLLOW)
