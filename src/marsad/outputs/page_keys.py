"""Keys of a page's address: one for all, or one for each screen, so that one can be taken away by itself.

A line of the file is a key, and after it, where it opens some zones alone, their names. Lines that begin with
``#`` and empty ones are passed over. The file is looked at anew once it has changed: a new key opens the page
within a second, and what was open by a key that is gone is closed.
"""

import hmac
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from marsad.errors import LinkError
from marsad.links.plain_file import plain_bytes
from marsad.links.secret import SECRET_BYTES_MIN

_LOG = logging.getLogger(__name__)
KEYS_MAX = 1_000
_BYTES_MAX = 200_000
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class PageKey:
    """One key; zones that it opens, () for all."""

    key: bytes
    zones: tuple[str, ...] = ()

    def opens(self, zone_id: str) -> bool:
        """Whether it opens the page of a zone; "" is the page of all."""
        return not self.zones or zone_id in self.zones


class PageKeys:
    """The keys of one page. Raises LinkError where its file holds none."""

    def __init__(self, path: Path, now_s: Callable[[], float] = time.monotonic) -> None:
        self._path, self._now_s = path, now_s
        self._seen: tuple[int, ...] = ()
        self._looked_s = now_s()
        self._keys = self._read()
        self._trouble = ""

    def key(self, given: str) -> PageKey | None:
        """The key that somebody shows, None for none; all are held against it, in the same time."""
        shown, found = given.encode("utf-8", "replace"), None
        for one in self._keys:
            if hmac.compare_digest(shown, one.key):
                found = one
        return found

    def holds(self, key: PageKey) -> bool:
        """Whether a key is still good for what it was."""
        return key in self._keys

    def look(self) -> bool:
        """Read the file again where it has changed, once a second at most; whether there are other keys now.

        What cannot be read changes nothing: nobody who is to be warned is shut out by a slip of a file.
        """
        if self._now_s() - self._looked_s < _LOOK_S:
            return False
        self._looked_s = self._now_s()
        before = self._keys
        try:
            if self._stamp() == self._seen:
                return False
            self._keys = self._read()
        except (LinkError, OSError) as error:
            if str(error) != self._trouble:
                _LOG.error("the keys of a page stay as they were: %s", error)
            self._trouble = str(error)
        else:
            self._trouble = ""
        return self._keys != before

    def _stamp(self) -> tuple[int, ...]:
        stat = os.stat(self._path)
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> tuple[PageKey, ...]:
        try:
            stamp = self._stamp()
            lines = plain_bytes(self._path, _BYTES_MAX).split(b"\n")
        except OSError as error:
            raise LinkError(f"{self._path}: the secret cannot be read: {error.strerror or error}") from error
        found = []
        for number, line in enumerate(lines, 1):
            words = line.split()
            if not words or line.lstrip().startswith(b"#"):
                continue
            if len(words[0]) < SECRET_BYTES_MIN:
                raise LinkError(
                    f"{self._path}: the secret has {len(words[0])} bytes in line {number}; "
                    f"{SECRET_BYTES_MIN} are needed"
                )
            found.append(PageKey(words[0], tuple(one.decode("utf-8", "replace") for one in words[1:])))
        if not 0 < len(found) <= KEYS_MAX:
            raise LinkError(f"{self._path}: the secret has 0 bytes; {SECRET_BYTES_MIN} are needed"
                            if not found else f"{self._path}: holds more than {KEYS_MAX} keys")  # fmt: skip
        self._seen = stamp
        return tuple(found)
