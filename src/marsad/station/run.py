"""Running a real site from its settings file."""

import asyncio
import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from marsad.errors import RecordingError
from marsad.links.clock import SystemClock
from marsad.links.notify import ServiceManager
from marsad.report.wording import Language
from marsad.station.narrator import Narrator, Telling
from marsad.station.preparation import Progress
from marsad.station.rig import Plan, assembled, beside
from marsad.station.settings_file import SettingsFile, read_settings
from marsad.station.station import Station
from marsad.station.terminal import Terminal, say

if TYPE_CHECKING:
    from marsad.station.record import Record

__all__ = ["read_settings", "report_from_record", "run_site"]
_STATUS_S = 5.0


async def run_site(path: Path, directory: Path, terminal: Terminal) -> None:
    """Run a site until cancelled or a part of it fails."""
    settings = read_settings(path)
    clock = SystemClock()
    narrator = Narrator(settings.site.build_site(), terminal.language)
    telling = Telling(narrator, terminal.tell, clock.now_ns)
    with contextlib.closing(ServiceManager()) as manager, contextlib.ExitStack() as at_the_end:
        plan = Plan(
            settings,
            directory,
            partial(_record, directory, settings, terminal),
            lambda: clock,
            settings.server,
            watch=telling.hear,
            progress=partial(_tell_progress, manager),
        )
        async with assembled(plan, terminal) as station:
            manager.ready()
            journal = str(station.record.recorder.journal.path)
            at_the_end.callback(say, terminal, "station.closed", journal=journal)
            async with beside(telling.look(station), _report_life(station, manager)):
                try:
                    await station.wait()
                finally:
                    manager.stopping()


def _record(directory: Path, settings: SettingsFile, terminal: Terminal, t_ns: int) -> "Record":
    from marsad.station.record import open_record  # a second of imports, while nobody waits for the page

    record = open_record(directory, settings.site.site.id, settings.data, t_ns)
    say(terminal, record.told.code, **dict(record.told.arguments))
    for sentence in record.torn:
        terminal.say(sentence)
    return record


def _tell_progress(manager: ServiceManager, progress: Progress) -> None:
    left = "" if progress.left_s is None else f", {progress.left_s:.0f} s left"
    manager.status(f"preparing the engine: {100 * progress.share:.0f} %{left}")


async def _report_life(station: Station, manager: ServiceManager) -> None:
    """A sign of life with the fold's cycles only: a site that stands still is to be started again."""
    period_s = min(_STATUS_S, (manager.watchdog_s or 2 * _STATUS_S) / 2)
    cycles = -1
    while True:
        if station.live.fold.cycles != cycles:
            cycles = station.live.fold.cycles
            manager.alive()
        if (picture := station.picture()) is not None:
            manager.status(f"{len(picture.sensors)} sensors, {len(picture.tracks)} tracks")
        await asyncio.sleep(period_s)


def report_from_record(data: Path, incident_id: str, language: Language, output: Path) -> None:
    """Write the report of an incident from the register and journals in a directory.

    Raises RecordingError if there is no such incident.
    """
    from marsad.register.store import RegisterStore
    from marsad.station.record import replay_with
    from marsad.station.reports import render_incident, sha256_of_journal

    path = data / "register.sqlite"
    if not path.exists():
        raise RecordingError(f"{path}: there is no register here; name its directory with --data")
    register = RegisterStore(f"sqlite:///{path}")
    incident = register.latest(incident_id)
    if incident is None:
        known = ", ".join(item.incident_id for item in (*register.all(), *register.all(exercise=True)))
        raise RecordingError(f"the register holds no incident {incident_id!r}; it holds {known or 'none'}")
    journal, replayed = replay_with(data, incident)
    fold = replayed.fold
    series = register.series(incident)
    document = render_incident(
        incident,
        fold.site,
        fold.sensors(),
        series,
        language,
        fold.digest(),
        weights_version=fold.settings.assessment.version,
        journal_sha256="" if replayed.torn else sha256_of_journal(journal),
    )
    output.write_bytes(document)
