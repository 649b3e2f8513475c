"""The key of a data directory: what this site has written there is known by it, and what it hides is.

It lies beside the journals, readable by the site's user alone, and in no journal. Who copies a journal, or a
snapshot, elsewhere has not copied it: there nothing is taken for this site's own.
"""

import hmac
import os
import secrets
from pathlib import Path
from threading import Lock

from marsad.errors import RecordingError
from marsad.whole_file import write_whole

KEY_FILE = "marsad.key"
_BYTES = 32


class DataKey:
    """The key of a directory, as one site that runs there has it.

    directory   where it records; one that cannot be written yet has the key that `at_start` gave once it can
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._waiting: bytes | None = None
        self._making = Lock()  # snapshots and sessions are written in threads of their own

    def known(self) -> bytes | None:
        """The key that lies there; None for none, or for one that others may read: then it proves nothing."""
        return known_key(self._directory)

    def made(self) -> bytes:
        """The key, made where there is none that holds. Raises RecordingError if none can be."""
        with self._making:
            if (key := self.known()) is None:
                key = self._waiting or secrets.token_bytes(_BYTES)
                write_whole(self._directory / KEY_FILE, key, mode=0o600)
            return key

    def at_start(self) -> bytes:
        """The key; of a directory that cannot be written now the one that it will have: a site starts."""
        try:
            return self.made()
        except RecordingError:
            with self._making:
                self._waiting = self._waiting or secrets.token_bytes(_BYTES)
                return self._waiting


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
    """The key of a directory where no site runs, made where there is none. Raises RecordingError."""
    return DataKey(directory).made()


def keyed_hash(key: bytes, what: str, data: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) of data; `what` keeps one use of the key apart from the others."""
    return hmac.digest(hmac.digest(key, what.encode(), "sha256"), data, "sha256")


def _no_link(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NOFOLLOW)
