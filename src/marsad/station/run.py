"""Running a real site from its settings file."""

import asyncio
import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from marsad.errors import RecordingError
from marsad.links.clock import SystemClock
from marsad.links.heartbeat import HeartbeatSender, key_from
from marsad.links.notify import ServiceManager
from marsad.report.wording import Language, filled, word
from marsad.site.data_key import DataKey
from marsad.station.coverage_watch import CoverageWatch
from marsad.station.ending import Ended, ending
from marsad.station.ground import ground_around
from marsad.station.heart import PERIOD_S, Sink, beat
from marsad.station.narrator import Narrator, Telling
from marsad.station.output_outlook import output_outlook
from marsad.station.preparation import Progress
from marsad.station.rig import Plan, assembled, beside, hanging_up
from marsad.station.settings_file import SettingsFile, read_settings
from marsad.station.settings_keeper import SettingsKeeper
from marsad.station.station import Station
from marsad.station.terminal import Terminal, say, say_reason
from marsad.whole_file import write_whole

if TYPE_CHECKING:
    from marsad.site.journal import Flaw
    from marsad.site.recorder import Recorder
    from marsad.station.record import Record

_NEXT_WORD_S = 60.0  # a service manager that hears nothing for so long may end a start


async def run_site(path: Path, directory: Path, terminal: Terminal, port: int | None = None) -> None:
    """Run a site until cancelled or a part of it fails.

    port   of the console, in place of the one in the settings
    """
    settings = read_settings(path)
    server = settings.server if port is None else settings.server.model_copy(update={"port": port})
    terminal.utc_offset_s = settings.site.site.utc_offset_s
    clock, data_key = SystemClock(), DataKey(directory)
    coverage = CoverageWatch(settings.site)
    narrator = Narrator(settings.site.build_site(), terminal.language, coverage)
    telling = Telling(narrator, terminal.tell, clock.utc_ns)
    key = key_from(None if settings.heartbeat.key_file is None else Path(settings.heartbeat.key_file))
    with (
        contextlib.closing(ServiceManager()) as manager,
        contextlib.closing(HeartbeatSender(settings.heartbeat)) as sender,
        contextlib.ExitStack() as at_the_end,
    ):
        plan = Plan(
            settings,
            directory,
            partial(_record, directory, data_key, settings, terminal, manager, coverage=coverage),
            clock,
            server,
            watch=telling.hear,
            progress=partial(_tell_progress, manager, terminal.language),
            starts_always=True,
            key=data_key,
        )
        async with assembled(plan, terminal) as station:
            manager.ready()
            for reason in output_outlook(settings):
                say_reason(terminal, reason)
            at_the_end.push(partial(_tell_end, terminal, station.record.recorder))
            sinks: list[Sink] = [
                lambda word: sender.send(word.to_bytes(key)),
                station.outputs.beat,
                lambda word: _report_life(station, manager, terminal.language),
            ]
            period_s = min(PERIOD_S, (manager.watchdog_s or 2 * PERIOD_S) / 2)
            keeper = SettingsKeeper(
                path,
                data_key.at_start(),
                station,
                terminal,
                lambda said: said if port is None else said.model_copy(update={"port": port}),
                settings,
            )
            works = (telling.look(station), beat(station, clock, sinks, period_s), keeper.watch())
            async with beside(*works), hanging_up(keeper.on_signal):
                try:
                    await station.wait()
                finally:
                    manager.stopping()


def _record(
    directory: Path,
    key: DataKey,
    settings: SettingsFile,
    terminal: Terminal,
    manager: ServiceManager,
    t_ns: int,
    coverage: CoverageWatch | None = None,
) -> "Record":
    from marsad.station.reading import Reading
    from marsad.station.record import open_record  # a second of imports, while nobody waits for the page

    def so_far(sentence: str) -> None:
        manager.status(sentence)
        manager.takes(_NEXT_WORD_S)

    reading = Reading(terminal, so_far)
    terrain, told = ground_around(settings.site)
    configuration = settings.journalled(key.at_start())
    record = open_record(directory, settings.site.site.id, configuration, t_ns, reading, terrain)
    record.recorder.key = key
    if coverage is not None:
        coverage.use_ground(record.recorder.fold.ground.terrain)
    for reason in (*told, record.told, *record.news):
        say_reason(terminal, reason)
    for flaw in record.flaws:
        say_reason(terminal, flaw.reason())
    for incident in record.apart:
        say(terminal, "station.apart", incident=incident.incident_id, version=str(incident.version))
    return record


def _tell_end(terminal: Terminal, recorder: "Recorder", kind: object, error: object, trace: object) -> None:
    """Say what became of the record. Raises RecordingError where some of it is lost, unless more is amiss."""
    reason, ended = ending(recorder)
    sentence = word(reason, terminal.language)
    if ended is Ended.WHOLE or (error is not None and not isinstance(error, asyncio.CancelledError)):
        terminal.say(sentence)
    else:
        raise RecordingError(sentence)


def _tell_progress(manager: ServiceManager, language: Language, progress: Progress) -> None:
    code = "station.preparing.longer" if progress.left_s is None else "station.preparing.left"
    figures = {"percent": 100 * progress.share, "left_s": progress.left_s or 0.0}
    manager.status(filled(code, language, figures))


def _report_life(station: Station, manager: ServiceManager, language: Language) -> None:
    """A sign of life with the fold's beat only: a site that stands still is to be started again."""
    manager.alive()
    if (picture := station.picture()) is not None:
        counts = {"sensor_count": float(len(picture.sensors)), "track_count": float(len(picture.tracks))}
        manager.status(filled("station.status", language, counts))


def report_from_record(data: Path, incident_id: str, language: Language, output: Path) -> "tuple[Flaw, ...]":
    """Write the report of an incident from the register and journals in a directory.

    Returns where its journal does not go on as it was written: beyond that the report cannot know.

    Raises RecordingError if there is no such incident.
    """
    from marsad.model.utc import moved
    from marsad.register.store import RegisterStore
    from marsad.station.record import replay_with
    from marsad.station.reported import note_reported
    from marsad.station.reports import render_incident, sha256_of_journal

    path = data / "register.sqlite"
    if not path.exists():
        raise RecordingError(f"{path}: there is no register here; name its directory with --data")
    with contextlib.closing(RegisterStore(f"sqlite:///{path}")) as register:
        incident = register.latest(incident_id)
        if incident is None:
            known = ", ".join(item.incident_id for item in (*register.all(), *register.all(exercise=True)))
            raise RecordingError(
                f"the register holds no incident {incident_id!r}; it holds {known or 'none'}"
            )
        series = register.series(incident)
    journal, replayed = replay_with(data, incident)
    fold = replayed.fold
    document = render_incident(
        incident,
        fold.site,
        moved(fold.sensors(), fold.utc_offset_ns),
        series,
        language,
        fold.digest(),
        weights_version=fold.settings.assessment.version,
        journal_sha256="" if replayed.flaws else sha256_of_journal(journal),
        drill=moved(fold.last_drill(), fold.utc_offset_ns),
    )
    write_whole(output, document)
    note_reported(data, incident)
    return replayed.flaws
