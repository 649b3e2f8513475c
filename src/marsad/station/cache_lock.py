"""One process at a time fills a cache of kernels; who waits sees how far the other is.

The lock is the operating system's, on a file in the cache, so that it ends with the process that holds it.
A cache that cannot be locked (read-only, on a file system without locks) is used without: two processes
at once cost time there, nothing else, as each file is put in its place whole.
"""

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path

from marsad.station.forecast import Progress

NAME = "preparing.lock"
_ROOM_BYTES = 512  # as much is written each time, so that nothing of before remains


@dataclass(frozen=True, slots=True)
class Holder:
    """Who fills the cache.

    beat   rises while it lives
    """

    process: int
    beat: int
    progress: Progress


class CacheLock:
    """The lock of one cache directory; closing releases it."""

    def __init__(self, directory: Path) -> None:
        self._beat = 0
        self._file: int | None = None
        with contextlib.suppress(OSError):
            self._file = os.open(directory / NAME, os.O_RDWR | os.O_CREAT, 0o666)

    def take(self) -> bool:
        """Whether the cache may be filled now: it is ours, or cannot be locked by anyone."""
        if self._file is None:
            return True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            self.close()
            return True
        self.tell(Progress(0.0, None))
        return True

    def tell(self, progress: Progress) -> None:
        """Let those who wait know how far it is."""
        self._beat += 1
        told = [os.getpid(), self._beat, progress.share, progress.left_s, progress.doing[:200]]
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full disk: they wait without knowing
                os.pwrite(self._file, json.dumps(told).encode().ljust(_ROOM_BYTES), 0)

    def holder(self) -> Holder | None:
        """Who holds it, None if that cannot be read."""
        if self._file is None:
            return None
        try:
            process, beat, share, left_s, doing = json.loads(os.pread(self._file, _ROOM_BYTES, 0))
            return Holder(process, beat, Progress(share, left_s, doing))
        except (OSError, ValueError, TypeError):
            return None

    def close(self) -> None:
        """Release it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
