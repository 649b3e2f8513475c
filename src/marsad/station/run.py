"""Running a real site from its settings file, and making documents from what it recorded."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from marsad.errors import RecordingError
from marsad.links.clock import SystemClock
from marsad.register.store import RegisterStore
from marsad.site.recorder import replay
from marsad.station.record import open_record
from marsad.station.reports import Language, render_incident
from marsad.station.settings_file import read_settings
from marsad.station.station import Station


async def run_site(path: Path, data: Path, say: Callable[[str], None]) -> None:
    """Run a site until it is interrupted or a part of it fails."""
    settings = read_settings(path)
    clock = SystemClock()
    record = open_record(data, settings.site.site.id, settings.data, clock.now_ns())
    for sentence in record.told:
        say(sentence)
    station = Station(record, clock, settings.server)
    interrupted = asyncio.Event()
    try:
        for feed, (host, port) in (await station.start()).items():
            say(f"feed {feed}: {host}:{port}")
        say(f"console: {station.address}")
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, interrupted.set)
        running = asyncio.create_task(station.wait())
        ended = asyncio.create_task(interrupted.wait())
        done, _ = await asyncio.wait({running, ended}, return_when=asyncio.FIRST_COMPLETED)
        if running in done:
            running.result()
    finally:
        await station.stop()
        say(f"journal {record.recorder.journal.path} is closed")


def report_from_record(data: Path, incident_id: str, language: Language, output: Path) -> None:
    """Write the report of an incident from the register and journals in a directory.

    Raises RecordingError if there is no such incident.
    """
    path = data / "register.sqlite"
    if not path.exists():
        raise RecordingError(f"{path}: there is no register here; name its directory with --data")
    register = RegisterStore(f"sqlite:///{path}")
    incident = register.latest(incident_id)
    if incident is None:
        known = ", ".join(item.incident_id for item in (*register.all(), *register.all(exercise=True)))
        raise RecordingError(f"the register holds no incident {incident_id!r}; it holds {known or 'none'}")
    for journal in sorted(data.glob("*.mcap"), reverse=True):
        if journal.stem[-5:-4] == "-" and journal.stem[-4:].isdigit():
            continue  # a further segment of the journal before it
        fold = replay(journal).fold
        if fold.site.site_id == incident.site_id:
            break
    else:
        raise RecordingError(f"{data}: no journal of site {incident.site_id} is here")
    series = register.series(incident)
    output.write_bytes(render_incident(incident, fold.site, fold.sensors(), series, language, fold.digest()))
