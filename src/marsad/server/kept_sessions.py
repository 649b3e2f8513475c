"""Sessions that outlive a server and a start of the site: in a file of the data directory, and keyed.

The file holds no token: SHA-256 of a token of 256 bits leads nobody back to it. The key of the directory
vouches for the whole file, so that one that was written by anybody else opens nothing. Earlier releases had a
key of its own for it, which is read where it lies until the file is sealed anew: an update signs nobody
out.
"""

import asyncio
import contextlib
import hmac
import json
import logging
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from marsad.errors import RecordingError
from marsad.links.plain_file import plain_bytes
from marsad.site.data_key import DataKey, keyed_hash
from marsad.whole_file import write_whole

_LOG = logging.getLogger(__name__)
SESSIONS_MAX = 1_000
TEXT_MAX = 80  # as long as the name of an operator may be
FILE, OLD_KEY_FILE = "sessions.json", "sessions.key"
_USE = "sessions"
_OLD_KEY_BYTES = 32
_FILE_BYTES_MAX = 2**20
_GATHER_S = 0.5  # changes of so long are written at once


@dataclass(frozen=True, slots=True)
class KeptSession:
    """One session, without what opens it.

    digest    SHA-256 of its token, hexadecimal
    until_s   when it ends, UTC
    address   where it was opened
    opened_s  when, UTC
    used_s    when it was last used, UTC, to about a minute
    mark      of the password it was opened with: another password ends it
    """

    digest: str
    name: str
    until_s: float
    address: str = ""
    opened_s: float = 0.0
    used_s: float = 0.0
    mark: str = ""

    @property
    def session_id(self) -> str:
        """What it is called where sessions are listed; opens nothing."""
        return self.digest[:16]


def kept_from_record(record: Any) -> KeptSession:
    """A session from JSON. Raises KeyError, TypeError or ValueError for what is none."""
    texts = [str(record[key]) for key in ("digest", "name")]
    texts += [str(record.get(key, "")) for key in ("address", "mark")]
    if max(map(len, texts)) > TEXT_MAX:
        raise ValueError(f"a session of more than {TEXT_MAX} characters")
    digest, name, address, mark = texts
    opened_s, used_s = (float(record.get(key, 0.0)) for key in ("opened_s", "used_s"))
    return KeptSession(digest, name, float(record["until_s"]), address, opened_s, used_s, mark)


class SessionKeeper(Protocol):
    """Where sessions outlive a server."""

    def keep(self, session: KeptSession) -> None:
        """One was opened, or used."""

    def forget(self, digest: str) -> None:
        """One was closed."""


class KeptSessions:
    """The sessions of a console as the site keeps them; at most a thousand.

    kept   those of an earlier start
    """

    def __init__(self, kept: Iterable[KeptSession] = ()) -> None:
        self.changed = asyncio.Event()
        self._kept: dict[str, KeptSession] = {}
        for one in kept:
            self._take(one)

    def keep(self, record: dict[str, Any]) -> None:
        """One was opened or used. Raises KeyError, TypeError or ValueError for what is no session."""
        self._take(kept_from_record(record))
        self.changed.set()

    def forget(self, digest: str) -> None:
        """One was closed."""
        if self._kept.pop(digest, None) is not None:
            self.changed.set()

    def records(self) -> list[dict[str, Any]]:
        """All of them, oldest first."""
        return [asdict(one) for one in self._kept.values()]

    def _take(self, session: KeptSession) -> None:
        if session.digest not in self._kept:
            while len(self._kept) >= SESSIONS_MAX:
                del self._kept[next(iter(self._kept))]
        self._kept[session.digest] = session


class SessionFile:
    """Sessions on disk. What cannot be read opens nothing, what cannot be written is told: the site goes on.

    directory  where the site records
    key        its key, as the site that runs there has it
    """

    def __init__(self, directory: Path, key: DataKey | None = None) -> None:
        self._path, self._old_key_path = directory / FILE, directory / OLD_KEY_FILE
        self._key = key or DataKey(directory)
        self._is_told = False

    def load(self, now_s: float) -> list[KeptSession]:
        """Those that are not over; now_s is UTC."""
        try:
            record = json.loads(plain_bytes(self._path, _FILE_BYTES_MAX))
            text = record["sessions"]
            if not self._is_ours(text, str(record["hmac_sha256"])):
                raise ValueError("its key does not fit: it was written by somebody else, or changed")
            found = [kept_from_record(one) for one in json.loads(text)[:SESSIONS_MAX]]
        except FileNotFoundError:
            return []
        except (OSError, KeyError, TypeError, ValueError, RecursionError, RecordingError) as error:
            _LOG.error("%s: no session is taken from it, and everybody signs in anew: %s", self._path, error)
            return []
        return [one for one in found if one.until_s > now_s]

    async def follow(self, sessions: KeptSessions) -> None:
        """Write them whenever they have changed, until cancelled."""
        while True:
            await sessions.changed.wait()
            await asyncio.sleep(_GATHER_S)
            sessions.changed.clear()
            await asyncio.to_thread(self.save, sessions.records())

    def save(self, records: list[dict[str, Any]]) -> None:
        """Write them all."""
        try:
            text = json.dumps(records, ensure_ascii=False)
            sealed = {
                "marsad": "sessions",
                "version": 1,
                "sessions": text,
                "hmac_sha256": _seal(self._key.made(), text),
            }
            write_whole(self._path, json.dumps(sealed, ensure_ascii=False).encode(), mode=0o600)
            self._old_key_path.unlink(missing_ok=True)
            self._is_told = False
        except (OSError, RecordingError) as error:
            if not self._is_told:
                _LOG.error("sessions are not kept over a start: %s", error)
            self._is_told = True

    def _is_ours(self, text: str, seal: str) -> bool:
        """Whether this site wrote a text: by the key of its directory, or by that of an earlier release."""
        key, old = self._key.known(), self._old_key()
        seals = [_seal(key, text)] if key else []
        seals += [hmac.new(old, _data(text), sha256).hexdigest()] if old else []
        return any(hmac.compare_digest(seal, one) for one in seals)

    def _old_key(self) -> bytes | None:
        """The key of an earlier release; None where there is none, or others may read it."""
        with contextlib.suppress(OSError):
            found = plain_bytes(self._old_key_path, _OLD_KEY_BYTES)
            if len(found) == _OLD_KEY_BYTES and not os.stat(self._old_key_path).st_mode & 0o077:
                return found
        return None


def _seal(key: bytes, text: str) -> str:
    return keyed_hash(key, _USE, _data(text)).hex()


def _data(text: str) -> bytes:
    return text.encode("utf-8", "replace")
