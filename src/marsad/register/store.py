"""The register of incidents in SQL: SQLite at one site, PostgreSQL for several.

One append-only table: every version of every incident, the whole record as JSON beside the
columns that queries need. Nothing is ever changed or deleted; on SQLite triggers refuse it. The
tables are made and brought up to date by the Alembic migrations in this package, on opening.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Index,
    Select,
    String,
    Subquery,
    Text,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from marsad.errors import RecordingError
from marsad.model.announcement import Delivery
from marsad.model.incident import CONTINUES, Incident, SeriesFacts
from marsad.register.codec import digest_of_incident, incident_from_json, json_from_incident
from marsad.register.deliveries import Delay, delays_of, note_steps
from marsad.register.seeds import SeedEntry
from marsad.register.series import IncidentSummary, is_attack, series_facts
from marsad.register.tables import Base

_LOG = logging.getLogger(__name__)
_WAIT_S = 10.0  # for another program that has the file locked


class IncidentVersion(Base):
    """One version of one incident, as it was stored; ``record`` is the truth, the rest is for queries.

    attack   see ``series.is_attack``
    sha256   of ``record``, so that a change made behind our back is seen
    source   "" for incidents recorded here; for others who says so, in words
    """

    __tablename__ = "incident_version"

    incident_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    site_id: Mapped[str] = mapped_column(String(100))
    exercise: Mapped[bool]
    attack: Mapped[bool]
    opened_t_ns: Mapped[int] = mapped_column(BigInteger)
    closed_t_ns: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(20))
    objects: Mapped[int]
    stopped: Mapped[int]
    casualties: Mapped[str] = mapped_column(String(20))
    record: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(Text, server_default="")

    __table_args__ = (
        Index("ix_incident_version_opened", "exercise", "opened_t_ns"),
        Index("ix_incident_version_site", "site_id", "opened_t_ns"),
    )


class RegisterStore:
    """The register. Every fault of the database is a RecordingError that says which and why.

    url   SQLAlchemy URL, such as ``sqlite:///register.sqlite`` or ``postgresql+psycopg://…``
    """

    def __init__(self, url: str) -> None:
        try:
            self._engine = _engine(url)
            _migrate(self._engine)
        except (SQLAlchemyError, ArgumentError, CommandError, ImportError, OSError, ValueError) as error:
            raise RecordingError(
                f"the register {_without_password(url)} cannot be opened: {_reason(error)}"
            ) from error

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def fault_of_pages(self) -> str | None:
        """What SQLite finds amiss in its file, None if nothing; of another database always None."""
        if self._engine.dialect.name != "sqlite":
            return None
        try:
            with self._engine.connect() as connection:
                found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        except SQLAlchemyError as error:
            return _reason(error)
        return None if found == "ok" else found.splitlines()[0]

    def save(self, incident: Incident) -> Incident:
        """Store one version; returns it as it is stored. Saving the same again changes nothing.

        No version is ever replaced: where one is stored under this number with other contents, as after
        an older journal was restored or a newer program folded it again, this one is stored behind all
        others, once, under the next free number.
        """
        (stored,) = self._save([(incident, "")])
        return stored

    def seed(self, entries: Iterable[SeedEntry]) -> None:
        """Store incidents that others reported, each with its source in words; idempotent."""
        self._save([(entry.incident, entry.source) for entry in entries])

    def latest(self, incident_id: str) -> Incident | None:
        """The newest version of an incident, or None."""
        versions = self._read(
            select(IncidentVersion)
            .where(IncidentVersion.incident_id == incident_id)
            .order_by(IncidentVersion.version.desc())
            .limit(1)
        )
        return versions[0] if versions else None

    def versions(self, incident_id: str) -> list[Incident]:
        """Every version of an incident, oldest first."""
        return self._read(
            select(IncidentVersion)
            .where(IncidentVersion.incident_id == incident_id)
            .order_by(IncidentVersion.version)
        )

    def all(self, *, exercise: bool = False) -> list[Incident]:
        """The newest version of every incident, oldest first: the real ones, or the exercises.

        One whose record was changed outside the register is left out, and logged: the others can be read.
        """
        newest = _newest()
        return self._readable(
            select(IncidentVersion)
            .join(
                newest,
                (IncidentVersion.incident_id == newest.c.incident_id)
                & (IncidentVersion.version == newest.c.version),
            )
            .where(IncidentVersion.exercise == exercise)
            .order_by(IncidentVersion.opened_t_ns, IncidentVersion.incident_id)
        )

    def newest(self, limit: int, before_t_ns: int | None = None, *, exercise: bool = False) -> list[Incident]:
        """The newest version of the incidents that were opened last, newest first.

        before_t_ns   only of those opened before that
        """
        newest = _newest()
        statement = select(IncidentVersion).join(
            newest,
            (IncidentVersion.incident_id == newest.c.incident_id)
            & (IncidentVersion.version == newest.c.version),
        )
        if before_t_ns is not None:
            statement = statement.where(IncidentVersion.opened_t_ns < before_t_ns)
        return self._read(
            statement.where(IncidentVersion.exercise == exercise)
            .order_by(IncidentVersion.opened_t_ns.desc(), IncidentVersion.incident_id.desc())
            .limit(limit)
        )

    def source(self, incident_id: str) -> str:
        """Who reported an incident that was not recorded here; "" if it was."""
        with self._session() as session:
            return (
                session.scalar(
                    select(IncidentVersion.source)
                    .where(IncidentVersion.incident_id == incident_id)
                    .order_by(IncidentVersion.version.desc())
                    .limit(1)
                )
                or ""
            )

    def series(
        self, incident: Incident, utc_offset_s: Callable[[str], int] = lambda site_id: 0
    ) -> SeriesFacts:
        """The place of an incident among the attacks of the register, real or exercised as itself is."""
        newest = _newest()
        statement = (
            select(
                IncidentVersion.incident_id,
                IncidentVersion.site_id,
                IncidentVersion.opened_t_ns,
                IncidentVersion.attack,
                IncidentVersion.exercise,
            )
            .join(
                newest,
                (IncidentVersion.incident_id == newest.c.incident_id)
                & (IncidentVersion.version == newest.c.version),
            )
            .where(IncidentVersion.exercise == incident.exercise)
        )
        with self._session() as session:
            continued = _continued(session)
            summaries = [
                IncidentSummary(*row, continues=continued.get(row.incident_id, ""))
                for row in session.execute(statement)
            ]
        return series_facts(incident, summaries, utc_offset_s)

    def note_deliveries(self, site_id: str, deliveries: Sequence[Delivery]) -> None:
        """Store the steps that deliveries came to; those that are stored stay as they are."""
        with self._session() as session:
            note_steps(session, site_id, deliveries)
            session.commit()

    def delays(self, *, exercise: bool = False) -> list[Delay]:
        """How long warnings took, by month and output: the real ones, or those of exercises and tests."""
        with self._session() as session:
            return delays_of(session, exercise=exercise)

    def _save(self, entries: list[tuple[Incident, str]]) -> list[Incident]:
        saved = []
        with self._session() as session:
            for incident, source in entries:
                incident, is_new = _place(session, incident)
                if is_new:
                    session.add(_row(incident, source))
                    _flush(session, incident)
                saved.append(incident)
            session.commit()
        return saved

    def _read(self, statement: Select[IncidentVersion]) -> list[Incident]:
        with self._session() as session:
            return [_incident(row) for row in session.scalars(statement)]

    def _readable(self, statement: Select[IncidentVersion]) -> list[Incident]:
        found = []
        with self._session() as session:
            for row in session.scalars(statement):
                try:
                    found.append(_incident(row))
                except RecordingError as error:
                    _LOG.error("%s", error)
        return found

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with Session(self._engine) as session:
                yield session
        except SQLAlchemyError as error:
            where = self._engine.url.render_as_string(hide_password=True)
            raise RecordingError(
                f"the register {where} cannot be read or written: {_reason(error)}"
            ) from error


def _newest() -> Subquery:
    return (
        select(IncidentVersion.incident_id, func.max(IncidentVersion.version).label("version"))
        .group_by(IncidentVersion.incident_id)
        .subquery()
    )


def _continued(session: Session) -> dict[str, str]:
    """Which incidents go on with which other; their records say so, and few do."""
    statement = select(IncidentVersion).where(IncidentVersion.record.contains(CONTINUES))
    found = (_incident(row) for row in session.scalars(statement))
    return {one.incident_id: one.continues for one in found if one.continues}


def _place(session: Session, incident: Incident) -> tuple[Incident, bool]:
    """The version under the number that it is stored with or will be, and whether it is new."""
    digests: dict[int, str] = {
        row.version: row.sha256
        for row in session.execute(
            select(IncidentVersion.version, IncidentVersion.sha256).where(
                IncidentVersion.incident_id == incident.incident_id,
                IncidentVersion.version >= incident.version,
            )
        )
    }
    if incident.version not in digests:
        return incident, True
    for version, digest in sorted(digests.items()):
        one = replace(incident, version=version)
        if digest_of_incident(one) == digest:
            return one, False
    return replace(incident, version=max(digests) + 1), True


def _row(incident: Incident, source: str) -> IncidentVersion:
    return IncidentVersion(
        incident_id=incident.incident_id,
        version=incident.version,
        site_id=incident.site_id,
        exercise=incident.exercise,
        attack=is_attack(incident),
        opened_t_ns=incident.opened_t_ns,
        closed_t_ns=incident.closed_t_ns,
        outcome=incident.outcome.value,
        objects=len(incident.objects),
        stopped=incident.stopped,
        casualties=incident.casualties.status.value,
        record=json_from_incident(incident),
        sha256=digest_of_incident(incident),
        source=source,
    )


def _reason(error: Exception) -> str:
    """What the database itself says, without the statement it was given."""
    return str(error.orig if isinstance(error, DBAPIError) else error).splitlines()[0]


def _incident(row: IncidentVersion) -> Incident:
    try:
        incident = incident_from_json(row.record)
    except (ValueError, KeyError, TypeError, RecordingError) as error:
        raise RecordingError(
            f"incident {row.incident_id} version {row.version}: the stored record cannot be read: {error}"
        ) from error
    if digest_of_incident(incident) != row.sha256:
        raise RecordingError(
            f"incident {row.incident_id} version {row.version}: the stored record does not match its "
            f"SHA-256 {row.sha256}; it was changed outside the register"
        )
    return incident


def _flush(session: Session, incident: Incident) -> None:
    """Write now, so that another process that stored the version in between is noticed here."""
    try:
        session.flush()
    except IntegrityError as error:
        raise RecordingError(
            f"incident {incident.incident_id} version {incident.version} was stored by another process just "
            "now; a version is never replaced"
        ) from error


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    in_memory = url in ("sqlite://", "sqlite:///:memory:")
    engine = (
        create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
        if in_memory
        else create_engine(url, connect_args={"timeout": _WAIT_S})
    )
    if not in_memory and (path := engine.url.database):
        _keep_private(path)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        # a reader (a report, a console) must not stop the writer, and a lost machine loses no version
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    return engine


def _keep_private(path: str) -> None:
    """Nobody else reads the file of a register, as no journal; what SQLite puts beside it has its mode."""
    if path.startswith("file:"):
        return
    with suppress(OSError):  # as where there is no such folder: told when it is opened
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for name in (path, f"{path}-wal", f"{path}-shm"):
        with suppress(FileNotFoundError, PermissionError):  # another user's: it is as that user will
            os.chmod(name, 0o600)


def _migrate(engine: Engine) -> None:
    with as_file(files("marsad.register") / "migrations") as folder, engine.begin() as connection:
        config = _alembic_config(str(folder), connection)
        command.upgrade(config, "head")


def _alembic_config(folder: str, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return scheme + separator + (rest.rpartition("@")[2] if "@" in rest else rest)
