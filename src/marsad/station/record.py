"""Where a running site keeps what it records: journals, register, and who wrote last."""

import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marsad.errors import MarsadError, RecordingError, said_by
from marsad.model.effect import Refuse
from marsad.model.frame import CONFIGURATION, Frame
from marsad.model.incident import Incident
from marsad.model.reason import Reason
from marsad.register.store import RegisterStore
from marsad.site.adoption import changed_keys, keys_told, setting_of, unchangeable
from marsad.site.journal import Flaw, JournalReader, segments
from marsad.site.journal_files import STAMP, begun_at, journals_of
from marsad.site.recorder import Recorder, Replayed, Watch, begin, continued, replay
from marsad.site.settings import SiteSettings, settings_from_toml
from marsad.station.kept_register import KeptRegister
from marsad.station.terminal import not_taken

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Record:
    """The open journal and register of a site.

    told   what was found when going on from an earlier run
    flaws  where the journal that it goes on from is not as it was written
    unsaved incidents that the register could not take
    before the journal before this one, None if it goes on from one or there is none
    news   what else people are to be told: which settings have changed, which could not
    apart  incidents that the register holds otherwise than the journal: both are kept, this one as newest
    """

    recorder: Recorder
    register: RegisterStore | KeptRegister
    told: Reason
    flaws: Sequence[Flaw] = ()
    apart: Sequence[Incident] = ()
    unsaved: Sequence[Incident] = ()
    before: Path | None = None
    news: Sequence[Reason] = ()

    def damage(self) -> Counter[str]:
        """File of the journal → how many of its frames cannot be read, or at the least at how many places."""
        found: Counter[str] = Counter()
        for flaw in self.flaws:
            if flaw.is_damage:
                found[flaw.file] += max(flaw.count, 1)
        if self.told.code == "station.begins.unreadable" and self.before is not None:
            found[self.before.name] += 1
        return found

    def close(self) -> None:
        """Finish the journal and give the register back."""
        self.recorder.close()
        self.register.close()


def open_record(
    directory: Path,
    site_id: str,
    configuration: bytes,
    t_ns: int,
    watch: Watch | None = None,
    terrain: bytes = b"",
) -> Record:
    """Go on from the newest journal of the site, whatever settings have changed; begin one if there is none.

    A site whose tracks are counted from another place, or made of other things, begins anew. What else it
    cannot take while an alarm stands it is told of, and goes on with the settings that it had.

    t_ns    when a new one begins
    watch   told how far the journal is read
    terrain the ground around the site, as its frame carries it

    Raises ConfigError for a faulty configuration, RecordingError if nothing can be written.
    """
    with suppress(OSError):  # where it cannot be made, what is to be recorded waits until it can
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    register = KeptRegister(directory)
    newest = newest_journal(directory, site_id)
    news: list[Reason] = []
    flaws: Sequence[Flaw] = ()
    unreadable = ""
    settings = settings_from_toml(configuration, "settings")
    if newest is not None:
        try:
            replayed = replay(newest, from_snapshot=True, watch=watch)
            if (anew := _why_anew(replayed, settings)) is None:
                return _continued(newest, replayed, register, configuration, terrain)
            news, flaws = [anew], replayed.flaws
        except (RecordingError, OSError) as error:
            unreadable = said_by(error)
    path = _new_path(directory, site_id, t_ns, newest)
    record = begun(path, register, configuration, t_ns, terrain, patient=True)
    record.before, record.news, record.flaws = newest, news, flaws
    if unreadable:
        record.told = Reason("station.begins.unreadable", (("journal", path.name), ("detail", unreadable)))
    return record


def _saved(register: KeptRegister, incident: Incident) -> Incident | None:
    """As it is stored, None where nothing can be stored now."""
    try:
        return register.save(incident)
    except RecordingError:
        return None


def _why_anew(replayed: Replayed, settings: SiteSettings) -> Reason | None:
    """Why a site cannot go on from a journal with other settings, and what it leaves there; None: it can."""
    fold = replayed.fold
    found = map(setting_of, unchangeable(fold.settings, settings, is_quiet=True))
    key = next((one for one in found if one != "site.id"), None)
    if key is None:
        return None
    picture = fold.picture()
    left = len(picture.alarms) + (fold.incident() is not None)
    code = "station.anew_with_alarms" if left else "station.anew"
    return Reason(code, (("key", key), ("alarms", float(len(picture.alarms)))))


def _continued(
    path: Path, replayed: Replayed, register: KeptRegister, configuration: bytes, terrain: bytes
) -> Record:
    """Go on from a journal, with the settings as they are now as far as it can take them."""
    recorder = continued(path, replayed, None, terrain, patient=True)
    news: list[Reason] = []
    before, fold = recorder.fold.configuration, recorder.fold
    if configuration != before:
        effects = recorder.take([Frame(CONFIGURATION, fold.t_ns, configuration)])
        refused = [one for one in effects if isinstance(one, Refuse) and one.feed == CONFIGURATION]
        keys = keys_told(changed_keys(before, configuration))
        news = [why for one in refused for why in not_taken(one.detail, one.because)]
        if not refused and keys:
            news = [Reason("station.settings.changed", (("keys", keys),))]
    if replayed.tracks_lost:
        _LOG.warning("%s: the tracks of its checkpoint are not taken up: %s", path, replayed.tracks_lost)
        news.append(Reason("station.tracks_anew"))
    saved = [(incident, _saved(register, incident)) for incident in replayed.incidents]
    apart = [stored for incident, stored in saved if stored and stored.version != incident.version]
    unsaved = [incident for incident, stored in saved if stored is None]
    frames = float(replayed.position.frames)
    told = Reason("station.resumes", (("journal", path.name), ("frame_count", frames)))
    return Record(recorder, register, told, replayed.flaws, apart, unsaved, news=news)


def _new_path(directory: Path, site_id: str, t_ns: int, newest: Path | None) -> Path:
    """The file of a new journal; its name tells it from the others, and that it was begun last."""
    moment = datetime.fromtimestamp(t_ns // 10**9, UTC)
    newest_at = (begun_at(newest.stem) if newest is not None else None) or moment
    while True:
        path = directory / f"{site_id}-{moment.strftime(STAMP)}.mcap"
        if (newest is None or path.name > newest.name) and not path.exists():
            return path
        # the clock was ahead as the newest was begun: by the true time this one would never be found again
        moment = max(moment, newest_at) + timedelta(seconds=1)


def begun(
    path: Path,
    register: RegisterStore | KeptRegister,
    configuration: bytes,
    t_ns: int,
    terrain: bytes = b"",
    *,
    patient: bool = False,
) -> Record:
    """A new journal at `path` beside a register. Raises ConfigError, RecordingError."""
    told = Reason("station.begins", (("journal", path.name),))
    return Record(begin(path, configuration, t_ns, terrain, patient=patient), register, told)


def newest_journal(directory: Path, site_id: str) -> Path | None:
    """The journal of a site that was begun last."""
    return max(journals_of(directory, site_id), default=None, key=lambda path: path.name)


def replay_with(directory: Path, incident: Incident) -> tuple[Path, Replayed]:
    """The journal that an incident happened in, and the site at its end.

    Raises RecordingError if no journal here holds it, be it that it was entered from elsewhere or
    that its journal was taken away. A file that is no journal is passed by, and named in that error.
    """
    begun_t_ns, strange = _begun(directory)
    newest_first = sorted(begun_t_ns, key=lambda path: (begun_t_ns[path], path.name), reverse=True)
    later = [path for path in newest_first if begun_t_ns[path] > incident.opened_t_ns]
    # one that begins later can hold it only if the machine's clock was set back meanwhile
    for path in [path for path in newest_first if path not in later] + later:
        try:
            replayed = replay(path)
        except (MarsadError, OSError) as error:  # begins as a journal, and is of another site or program
            strange.append(f"{path.name} ({said_by(error)})")
            continue
        # another version of the engine may number it by another second: the time tells as well
        held = any(item.incident_id == incident.incident_id for item in replayed.incidents)
        here = replayed.fold.site.site_id == incident.site_id
        end_t_ns = replayed.fold.t_ns + replayed.fold.utc_offset_ns
        if held or (here and path not in later and end_t_ns >= incident.opened_t_ns):
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
    for path in journals_in(directory):
        try:
            first = next(iter(JournalReader(path).frames()), None)
        except (RecordingError, OSError) as error:
            strange.append(f"{path.name} ({said_by(error)})")
            continue
        if first is not None:
            begun_t_ns[path] = first.t_ns
    return begun_t_ns, strange


def journals_in(directory: Path) -> list[Path]:
    """Every journal of a directory by the path of its first file, whether that is still there or not."""
    found = sorted({*directory.glob("*.mcap"), *journals_of(directory)})
    further = {file for path in found for file in segments(path) if file != path}
    return [path for path in found if path not in further]
