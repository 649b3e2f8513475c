"""The register of a site that always starts: what is damaged is set aside, what is locked is tried again.

A register is made of the journals and can be made of them again; so none is worth a site that does not start.
"""

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from alembic.util import CommandError

from marsad.errors import RecordingError
from marsad.model.announcement import Delivery
from marsad.model.incident import Incident, SeriesFacts
from marsad.register.codec import digest_of_incident, incident_from_json
from marsad.register.deliveries import Delay
from marsad.register.seeds import SeedEntry
from marsad.register.store import RegisterStore

_LOG = logging.getLogger(__name__)
REGISTER = "register.sqlite"
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
_SET_ASIDE_MAX = 100

T = TypeVar("T")


class KeptRegister:
    """A RegisterStore in a directory, opened when it can be; every fault is a RecordingError, no other.

    set_aside   the files that could not be read and were put aside, newest last; the store that took their
                place holds what could be read of them, and what it is given since
    """

    def __init__(self, directory: Path) -> None:
        """Open it if that can be done now; nothing is raised."""
        self.path = directory / REGISTER
        self.set_aside: list[Path] = []
        self._store: RegisterStore | None = None
        self._renewing = threading.RLock()
        with contextlib.suppress(RecordingError):
            self._opened()

    def close(self) -> None:
        """Give the connections back."""
        store, self._store = self._store, None
        if store is not None:
            store.close()

    @property
    def is_open(self) -> bool:
        """Whether it could be opened."""
        return self._store is not None

    def is_there(self) -> bool:
        """Whether its file is there: it may have been deleted while it was open."""
        return self._store is None or self.path.exists()

    def save(self, incident: Incident) -> Incident:
        """See `RegisterStore.save`."""
        return self._do(lambda store: store.save(incident))

    def seed(self, entries: Sequence[SeedEntry]) -> None:
        """See `RegisterStore.seed`."""
        self._do(lambda store: store.seed(entries))

    def latest(self, incident_id: str) -> Incident | None:
        """See `RegisterStore.latest`."""
        return self._do(lambda store: store.latest(incident_id))

    def versions(self, incident_id: str) -> list[Incident]:
        """See `RegisterStore.versions`."""
        return self._do(lambda store: store.versions(incident_id))

    def all(self, *, exercise: bool = False) -> list[Incident]:
        """See `RegisterStore.all`."""
        return self._do(lambda store: store.all(exercise=exercise))

    def newest(self, limit: int, before_t_ns: int | None = None, *, exercise: bool = False) -> list[Incident]:
        """See `RegisterStore.newest`."""
        return self._do(lambda store: store.newest(limit, before_t_ns, exercise=exercise))

    def source(self, incident_id: str) -> str:
        """See `RegisterStore.source`."""
        return self._do(lambda store: store.source(incident_id))

    def series(
        self, incident: Incident, utc_offset_s: Callable[[str], int] = lambda site_id: 0
    ) -> SeriesFacts:
        """See `RegisterStore.series`."""
        return self._do(lambda store: store.series(incident, utc_offset_s))

    def note_deliveries(self, site_id: str, deliveries: Sequence[Delivery]) -> None:
        """See `RegisterStore.note_deliveries`."""
        self._do(lambda store: store.note_deliveries(site_id, deliveries))

    def delays(self, *, exercise: bool = False) -> list[Delay]:
        """See `RegisterStore.delays`."""
        return self._do(lambda store: store.delays(exercise=exercise))

    def _do(self, work: Callable[[RegisterStore], T]) -> T:
        if not self.is_there():
            self.close()
        store = self._opened()
        try:
            return work(store)
        except RecordingError as error:
            if not _is_damage(error):
                raise
            return work(self._renewed(error, store))

    def _opened(self) -> RegisterStore:
        with self._renewing:  # no second one beside that which another thread is making
            if self._store is None:
                try:
                    self._store = _sound_store(self.path)
                except RecordingError as error:
                    if not _is_damage(error):
                        raise
                    return self._renewed(error, None)
            return self._store

    def _renewed(self, error: RecordingError, damaged: RegisterStore | None) -> RegisterStore:
        """A new store in the place of a damaged one, with what can be read of that; once, whoever asks."""
        with self._renewing:
            if self._store is not None and self._store is not damaged:
                return self._store  # another thread met the damage first
            _LOG.error("the register cannot be read and is set aside: %s", error)
            self.close()
            self._put_aside()
            store = _sound_store(self.path)
            _salvage(self.set_aside[-1], store)
            self._store = store
            return store

    def _put_aside(self) -> None:
        """Give the file, and what SQLite keeps beside it, another name. Raises RecordingError."""
        if len(self.set_aside) >= _SET_ASIDE_MAX:
            raise RecordingError(f"{self.path}: was damaged {_SET_ASIDE_MAX} times; it is left as it is")
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        aside = next(
            path
            for number in range(1_000)
            if not (path := self.path.with_name(f"register-damaged-{stamp}-{number}.sqlite")).exists()
        )
        try:
            os.replace(self.path, aside)
            for ending in ("-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(f"{self.path}{ending}", f"{aside}{ending}")
        except OSError as error:
            raise RecordingError(f"{self.path}: is damaged and cannot be set aside: {error}") from error
        self.set_aside.append(aside)


def _sound_store(path: Path) -> RegisterStore:
    """The store of a file whose pages hang together. Raises RecordingError."""
    store = RegisterStore(f"sqlite:///{path}")
    if (fault := store.fault_of_pages()) is not None:
        store.close()
        raise RecordingError(f"{path}: {fault}") from sqlite3.DatabaseError(fault)
    return store


def _is_damage(error: BaseException) -> bool:
    """Whether it is the file's contents that are at fault, not a lock, a full disk or a missing right."""
    cause = error.__cause__
    while cause is not None:
        if isinstance(cause, CommandError | ValueError):  # of no version that is known; text that is none
            return True
        cause = getattr(cause, "orig", cause)
        if isinstance(cause, sqlite3.Error):
            code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
            return (code & 0xFF) in _DAMAGED
        cause = cause.__cause__
    return False


def _salvage(damaged: Path, store: RegisterStore) -> None:
    """Take over every version that can still be read and matches its own sum."""
    taken = 0
    for order in ("ASC", "DESC"):  # from both ends: a damaged page ends the reading
        with (
            contextlib.suppress(sqlite3.Error, ValueError),
            contextlib.closing(sqlite3.connect(damaged)) as connection,
        ):
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            for record, digest, source in connection.execute(
                f"SELECT record, sha256, source FROM incident_version ORDER BY rowid {order}"
            ):
                taken += _take_over(store, record, digest, source)
    _LOG.warning("%d versions of incidents were taken over from %s", taken, damaged.name)


def _take_over(store: RegisterStore, record: str, digest: str, source: str) -> int:
    try:
        incident = incident_from_json(record)
        if digest_of_incident(incident) != digest:
            return 0
        if source:
            store.seed([SeedEntry(incident, source)])
        else:
            store.save(incident)
    except Exception:  # whatever a damaged row holds
        return 0
    return 1
