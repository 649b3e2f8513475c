"""Where a running site keeps what it records: journals, register, and who wrote last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from marsad.errors import MarsadError, RecordingError, said_by
from marsad.model.incident import Incident
from marsad.model.reason import Reason
from marsad.register.store import RegisterStore
from marsad.site.journal import Flaw, JournalReader, segments
from marsad.site.recorder import Recorder, Replayed, Watch, begin, replay, resume


@dataclass(slots=True)
class Record:
    """The open journal and register of a site.

    told   what was found when going on from an earlier run
    flaws  where the journal that it goes on from is not as it was written
    before the journal before this one, None if it goes on from one or there is none
    apart  incidents that the register holds otherwise than the journal: both are kept, this one as newest
    """

    recorder: Recorder
    register: RegisterStore
    told: Reason
    flaws: Sequence[Flaw] = ()
    apart: Sequence[Incident] = ()
    before: Path | None = None

    def close(self) -> None:
        """Finish the journal and give the register back."""
        self.recorder.journal.close()
        self.register.close()


def open_record(
    directory: Path, site_id: str, configuration: bytes, t_ns: int, watch: Watch | None = None
) -> Record:
    """Go on from the newest journal of the site if its configuration is the same, else begin one.

    watch   told how far the journal is read

    Raises ConfigError for a faulty configuration, RecordingError if nothing can be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(f"{directory}: cannot be made: {error}") from error
    register = RegisterStore(f"sqlite:///{directory / 'register.sqlite'}")
    newest = newest_journal(directory, site_id)
    if newest is not None and _configuration_of(newest) == configuration:
        recorder, replayed = resume(newest, t_ns, watch)
        saved = [(incident, register.save(incident)) for incident in replayed.incidents]
        apart = [stored for incident, stored in saved if stored.version != incident.version]
        frames = float(replayed.position.frames)
        told = Reason("station.resumes", (("journal", newest.name), ("frame_count", frames)))
        return Record(recorder, register, told, replayed.flaws, apart)
    stamp = datetime.fromtimestamp(t_ns * 1e-9, UTC).strftime("%Y%m%dT%H%M%SZ")
    path = directory / f"{site_id}-{stamp}.mcap"
    record = begun(path, register, configuration, t_ns)
    record.before = newest
    return record


def begun(path: Path, register: RegisterStore, configuration: bytes, t_ns: int) -> Record:
    """A new journal at `path` beside a register. Raises ConfigError, RecordingError."""
    told = Reason("station.begins", (("journal", path.name),))
    return Record(begin(path, configuration, t_ns), register, told)


def newest_journal(directory: Path, site_id: str) -> Path | None:
    """The journal of a site that was begun last."""
    named = directory.glob(f"{site_id}-????????T??????Z.mcap")
    return max(named, default=None, key=lambda path: path.name)


def replay_with(directory: Path, incident: Incident) -> tuple[Path, Replayed]:
    """The journal that an incident happened in, and the site at its end.

    Raises RecordingError if no journal here holds it, be it that it was entered from elsewhere or
    that its journal was taken away. A file that is no journal is passed by, and named in that error.
    """
    begun_t_ns, strange = _begun(directory)
    earlier = [path for path, t_ns in begun_t_ns.items() if t_ns <= incident.opened_t_ns]
    for path in sorted(earlier, key=lambda path: (begun_t_ns[path], path.name), reverse=True):
        try:
            replayed = replay(path)
        except (MarsadError, OSError) as error:  # begins as a journal, and is of another site or program
            strange.append(f"{path.name} ({said_by(error)})")
            continue
        # another version of the engine may number it by another second: the time tells as well
        held = any(item.incident_id == incident.incident_id for item in replayed.incidents)
        here = replayed.fold.site.site_id == incident.site_id
        if held or (here and replayed.fold.t_ns >= incident.opened_t_ns):
            return path, replayed
    passed = f"; passed by, as no journals: {'; '.join(strange)}" if strange else ""
    raise RecordingError(f"{directory}: no journal here holds the incident {incident.incident_id}{passed}")


def strange_files(directory: Path) -> list[str]:
    """What stands among the journals of a directory and is none, each with the reason."""
    return _begun(directory)[1]


def _begun(directory: Path) -> tuple[dict[Path, int], list[str]]:
    """When each journal begins, and what is no journal though it is called one."""
    begun_t_ns: dict[Path, int] = {}
    strange: list[str] = []
    for path in _journals(directory):
        try:
            first = next(iter(JournalReader(path).frames()), None)
        except (RecordingError, OSError) as error:
            strange.append(f"{path.name} ({said_by(error)})")
            continue
        if first is not None:
            begun_t_ns[path] = first.t_ns
    return begun_t_ns, strange


def _journals(directory: Path) -> list[Path]:
    """Every journal of a directory by its first file."""
    found = sorted(directory.glob("*.mcap"))
    further = {file for path in found for file in segments(path)[1:]}
    return [path for path in found if path not in further]


def _configuration_of(path: Path) -> bytes | None:
    first = next(iter(JournalReader(path).frames()), None)
    return None if first is None else first.data
