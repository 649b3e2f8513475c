"""The folder of CAP messages: a file each, feeds of the newest, and an end to how many there are."""

import contextlib
import errno
import logging
import os
import threading
from hashlib import sha256
from pathlib import Path
from xml.etree.ElementTree import Element

from marsad.errors import EncodingError, LinkError, MarsadError
from marsad.outputs.cap_feed import FEED_NAMES, FeedHead, entry_of, feed_of, identity_of
from marsad.whole_file import remove_old_drafts, write_whole

_LOG = logging.getLogger(__name__)
KEPT_MAX = 1_000
_PREFIX, _SUFFIX = "cap-", ".xml"
_STEM_MAX = 120
_OUR_FEED = b"<generator>Marsad</generator>"


class CapFolder:
    """A folder that nobody else writes to; no file in it is ever half there.

    Nothing is changed in it before `open`, for settings may be looked at that never hold, while another
    output has the folder. The feeds are made anew of its files then, and go on where they were.
    """

    def __init__(self, folder: Path, head: FeedHead, entries_max: int) -> None:
        """Raises LinkError for a folder that cannot be made or read."""
        self._folder = folder.absolute()
        self._head = head
        self._entries_max = entries_max
        self._names: list[str] = []
        self._entries: dict[str, dict[str, Element]] = {}
        self._one_at_a_time = threading.Lock()
        self._is_open = False
        try:
            if not self._folder.is_dir():
                self._check_it_can_be_made()
            self._refuse_the_feeds_of_others()
        except OSError as error:
            raise _unusable(self._folder, error) from error

    def open(self) -> None:
        """Take the folder over, once; the other methods do so where it was not. Raises LinkError."""
        with self._one_at_a_time:
            self._take_over()

    def close(self) -> None:
        """Return when nothing is being written any more."""
        with self._one_at_a_time:
            self._is_open = False

    def _take_over(self) -> None:
        if self._is_open:
            return
        try:
            self._folder.mkdir(exist_ok=True)
            remove_old_drafts(self._folder)
            self._names = [path.name for path in self._by_age()]
        except OSError as error:
            raise _unusable(self._folder, error) from error
        self._is_open = True
        self._entries = {
            name: entries
            for name in self._names[-self._entries_max :]
            if (entries := self._entries_in(name)) is not None
        }
        with contextlib.suppress(MarsadError):  # a disk that is full now need not be when it matters
            self._write_feeds()

    def put(self, identifier: str, message: bytes) -> None:
        """Write a message and the feeds; the same message again is nothing new, and no file is written over.

        Raises RecordingError, LinkError.
        """
        with self._one_at_a_time:
            self._take_over()
            self._put(identifier, message)

    def _put(self, identifier: str, message: bytes) -> None:
        name = self._free_name(identifier, message)
        if not (self._folder / name).exists():
            write_whole(self._folder / name, message, over=False)
        if name not in self._names:
            self._names.append(name)
        self._entries[name] = self._made(name, message)
        for old in list(self._entries)[: -self._entries_max]:
            del self._entries[old]
        self._write_feeds()
        while len(self._names) > KEPT_MAX:
            with contextlib.suppress(OSError):
                (self._folder / self._names.pop(0)).unlink()

    def _free_name(self, identifier: str, message: bytes) -> str:
        """The name of the file for a message: one that is free, or that of the same message."""
        name = file_name(identifier)
        path = self._folder / name
        try:
            taken = path.exists() and not _is_the_same(path.read_bytes(), message)
        except OSError:
            taken = True
        return file_name(f"{identifier}-{sha256(message).hexdigest()[:16]}") if taken else name

    def _check_it_can_be_made(self) -> None:
        """Raises OSError for what is no folder and cannot become one."""
        if self._folder.exists():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        parent = self._folder.parent
        if not parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if not os.access(parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def _refuse_the_feeds_of_others(self) -> None:
        """Raises LinkError for a feed that is there and is not of this program."""
        for name in FEED_NAMES.values():
            path = self._folder / name
            if path.exists() and _OUR_FEED not in path.read_bytes():
                raise LinkError(
                    f"{path} is there and none of ours: name a folder that is for this output alone"
                )

    def _by_age(self) -> list[Path]:
        found = [path for path in self._folder.glob(f"{_PREFIX}*{_SUFFIX}") if path.is_file()]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def _entries_in(self, name: str) -> dict[str, Element] | None:
        try:
            return self._made(name, (self._folder / name).read_bytes())
        except (OSError, EncodingError) as error:
            _LOG.warning("%s is not in the feed: %s", self._folder / name, error)
            return None

    def _made(self, name: str, message: bytes) -> dict[str, Element]:
        href = self._head.address + name
        return {language: entry_of(message, language, href) for language in FEED_NAMES}

    def _write_feeds(self) -> None:
        for language, name in FEED_NAMES.items():
            newest_first = [entries[language] for entries in reversed(self._entries.values())]
            write_whole(self._folder / name, feed_of(self._head, language, newest_first))


def _unusable(folder: Path, error: OSError) -> LinkError:
    return LinkError(f"{folder}: cannot be used as a folder: {error.strerror or error}")


def _is_the_same(one: bytes, other: bytes) -> bool:
    """Whether two are one message by what identifies it: a signature differs each time it is made."""
    if one == other:
        return True
    try:
        return identity_of(one) == identity_of(other)
    except EncodingError:
        return False


def file_name(identifier: str) -> str:
    """The name of a message's file: its identifier, where that is a name on every system and in a link."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "-_") else "_" for one in identifier)
    if plain != identifier or len(plain) > _STEM_MAX:
        plain = f"{plain[:_STEM_MAX]}-{sha256(identifier.encode()).hexdigest()[:16]}"
    return f"{_PREFIX}{plain}{_SUFFIX}"
