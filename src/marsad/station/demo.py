"""The demonstration: a simulated raid against a site, offline and at once or live at its own pace."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marsad.errors import ReceivedError, RecordingError, UnrecordedError
from marsad.links.clock import SimulatedClock
from marsad.links.player import Player
from marsad.model.effect import Effect, Register
from marsad.model.frame import Frame
from marsad.model.incident import Incident
from marsad.model.picture import Picture
from marsad.report.wording import LANGUAGES
from marsad.server import ServerSettings
from marsad.simulate.scenario import Scenario
from marsad.site.actions import action_from_json
from marsad.site.data_key import key_of
from marsad.site.fold import SiteFold
from marsad.site.journal import segments
from marsad.site.offline import run_offline
from marsad.site.snapshot import snapshot_path
from marsad.station.coverage_watch import CoverageWatch
from marsad.station.heart import beat
from marsad.station.hold import listen_addresses, locked
from marsad.station.narrator import Narrator, time_of
from marsad.station.preparation import prepare
from marsad.station.rig import Plan, assembled, beside, until_interrupted
from marsad.station.settings_file import SettingsFile, read_settings
from marsad.station.station import Station
from marsad.station.terminal import Terminal, say, say_reason
from marsad.whole_file import write_whole

if TYPE_CHECKING:
    from marsad.evaluate.score import Scorekeeper
    from marsad.simulate import Simulation
    from marsad.station.record import Record

Tell = Callable[[int, str], None]
JOURNAL = "journal.mcap"
REGISTER = "register.sqlite"
SUMMARY = "summary.json"
_STAMP = "????????T??????Z"  # in the names of a real site's journals
_ARRIVE_S = 1.0  # what is under way at the end of the day reaches the site


@dataclass(slots=True)
class _Watched:
    """What the demonstration remembers while it runs."""

    scores: "Scorekeeper"
    narrator: Narrator
    tell: Tell
    incident: Incident | None = None

    def see(self, t_ns: int, effects: Sequence[Effect], picture: Picture | None) -> None:
        """What came of a moment of site time: scored, remembered and told."""
        for effect in effects:
            if isinstance(effect, Register):
                self.incident = effect.incident
        self.scores.note(effects)
        if picture is not None:
            self.scores.observe(picture)
        for sentence in self.narrator.sentences((), picture):
            self.tell(t_ns, sentence)
        for effect in effects:
            for sentence in self.narrator.sentences((effect,), None):
                self.tell(time_of(effect, t_ns), sentence)


def is_there(directory: Path) -> bool:
    """Whether an earlier demonstration left something in a directory."""
    return bool(segments(directory / JOURNAL)) or (directory / SUMMARY).exists()


def refuse_real_record(directory: Path) -> None:
    """Raise RecordingError for the data directory of a real site: its register would be replaced."""
    journal = next(directory.glob(f"*-{_STAMP}.mcap"), None)
    if journal is not None:
        raise RecordingError(
            f"{directory}: a site keeps its record here ({journal.name}), and a demonstration would "
            "replace its register; name another directory"
        )


def clear(directory: Path) -> None:
    """Make room for a new demonstration: remove the files of an earlier one, and only those.

    Raises RecordingError in the data directory of a real site.
    """
    refuse_real_record(directory)
    directory.mkdir(parents=True, exist_ok=True)
    journal = directory / JOURNAL
    old = [*segments(journal), snapshot_path(journal), directory / SUMMARY]
    old += [directory / f"{REGISTER}{suffix}" for suffix in ("", "-wal", "-shm")]
    old += [*directory.glob("report-*.pdf"), *directory.glob("statement-*.txt")]
    for path in old:
        path.unlink(missing_ok=True)


def open_day(directory: Path, settings: SettingsFile, t_ns: int) -> "Record":
    """Journal and register of a new demonstration, in the place of an earlier one; no secret is in them."""
    from marsad.register.seeds import (
        seed_january_2022,  # a second of imports, while nobody waits for the page
    )
    from marsad.register.store import RegisterStore
    from marsad.station.record import begun

    clear(directory)
    register = RegisterStore(f"sqlite:///{directory / REGISTER}")
    register.seed(seed_january_2022(exercise=True))
    return begun(directory / JOURNAL, register, settings.journalled(key_of(directory)), t_ns)


def run_at_once(
    scenario: Scenario,
    seed: int,
    directory: Path,
    terminal: Terminal,
    progress: Callable[[float], None],
) -> dict[str, Any] | None:
    """Play the scenario as fast as the machine goes, once the engine is prepared.

    Returns and writes the summary; None if the preparation was interrupted.

    progress   called with the share done, 0 to 1

    Raises RecordingError if another run records in the directory.
    """
    settings = read_settings(scenario.site_path)
    with locked(directory):
        dimensions = (settings.site.tracking.dimensions,)
        preparing = prepare(dimensions, terminal.prepared_so_far, partial(say_reason, terminal))
        if asyncio.run(until_interrupted(preparing)) is None:
            return None
        return _day(scenario, seed, settings, directory, terminal, progress)


def _day(
    scenario: Scenario,
    seed: int,
    settings: SettingsFile,
    directory: Path,
    terminal: Terminal,
    progress: Callable[[float], None],
) -> dict[str, Any]:
    from marsad.evaluate.score import Scorekeeper
    from marsad.simulate import Simulation

    simulation = Simulation(scenario, seed)
    span_ns = max(simulation.end_t_ns - simulation.start_t_ns, 1)
    with contextlib.closing(open_day(directory, settings, simulation.start_t_ns)) as record:
        site = record.recorder.fold.site
        watched = _Watched(
            Scorekeeper(simulation.truth, site),
            Narrator(site, terminal.language, CoverageWatch(settings.site)),
            terminal.tell,
        )

        def watch(t_ns: int, effects: Sequence[Effect], picture: Picture) -> None:
            for effect in effects:
                if isinstance(effect, Register):
                    record.register.save(effect.incident)
            watched.see(t_ns, effects, picture)
            progress((t_ns - simulation.start_t_ns) / span_ns)

        run_offline(simulation, record.recorder, watch)
        record.recorder.journal.close()
        return _conclude(directory, record, watched)


async def run_live(
    scenario: Scenario,
    seed: int,
    directory: Path,
    terminal: Terminal,
    *,
    speed: float,
    server: ServerSettings,
    stay: bool,
    concluded: Callable[[dict[str, Any]], None] = lambda summary: None,
) -> dict[str, Any]:
    """Play the scenario over real sockets against a running site with its console.

    The simulated day ends with the scenario: from then on nothing is folded or recorded, so that the
    journal is what the summary says it is, however long the console is looked at.

    stay        keep serving after the end until cancelled
    concluded   called with the summary as soon as it is written
    """
    day = _LiveDay(scenario, seed, speed, terminal)
    try:
        plan = await day.plan(directory, server)
        async with assembled(plan, terminal) as station:
            await day.play(station)
            await station.finish()
            summary = await asyncio.to_thread(_conclude, directory, station.record, day.watched)
            say(terminal, "station.over")
            concluded(summary)
            if stay:
                say(terminal, "station.over.console", address=station.address)
                await station.wait()
            return summary
    finally:
        await day.stop()


class _LiveDay:
    """A simulation at the other end of a station's sockets."""

    def __init__(self, scenario: Scenario, seed: int, speed: float, terminal: Terminal) -> None:
        self._scenario, self._seed = scenario, seed
        self._settings = read_settings(scenario.site_path)
        self._terminal = terminal
        self._clock = SimulatedClock(scenario.start_t_ns, speed, scenario.end_t_ns)
        self.watched: _Watched
        self._simulation: Simulation
        self._station: Station
        self._listening = listen_addresses(self._settings.site.feed)
        served = [feed.name for feed in self._settings.site.feed if feed.name not in self._listening]
        self._player = Player(None, self._clock, {}, served, self._act)

    async def plan(self, directory: Path, server: ServerSettings) -> Plan:
        """The station that this day is played at; opens the ports of the feeds that it dials."""
        served = await self._player.start()
        return Plan(
            self._settings,
            directory,
            partial(self._open, directory),
            self._clock,
            server,
            {**{name: ("127.0.0.1", 0) for name in self._listening}, **served},
            self._watch,
        )

    def _open(self, directory: Path, t_ns: int) -> "Record":
        """The day's truth and sensors, and the record that the site will keep of it."""
        from marsad.evaluate.score import Scorekeeper
        from marsad.simulate import Simulation

        self._simulation = self._player.source = Simulation(self._scenario, self._seed)
        site = self._settings.site.build_site()
        scores = Scorekeeper(self._simulation.truth, site)
        narrator = Narrator(site, self._terminal.language, CoverageWatch(self._settings.site))
        self.watched = _Watched(scores, narrator, self._terminal.tell)
        return open_day(directory, self._settings, t_ns)

    async def play(self, station: Station) -> None:
        """The day from its first to its last moment."""
        self._station = station
        self._player.addresses = station.addresses
        async with beside(self._look(station), beat(station, self._clock, [station.outputs.beat])):
            await self._player.run()
            await asyncio.sleep(_ARRIVE_S)

    async def stop(self) -> None:
        """Close the simulation's sockets."""
        await self._player.stop()

    def _watch(self, effect: Effect) -> None:
        self._simulation.notice([effect], None)
        self.watched.see(self._clock.now_ns(), [effect], None)

    async def _look(self, station: Station) -> None:
        async for picture in station.subscribe():
            self._simulation.notice([], picture)
            self.watched.see(picture.t_ns, [], picture)

    async def _act(self, frame: Frame) -> None:
        with contextlib.suppress(ReceivedError, UnrecordedError):  # either is counted and shown by the site
            await self._station.submit(action_from_json(frame.data))


def _conclude(directory: Path, record: "Record", watched: _Watched) -> dict[str, Any]:
    """Write reports and summary from what the register and the scores hold; the journal is closed."""
    from marsad.register.codec import digest_of_incident  # a second of imports, not needed before
    from marsad.report.account import account_of
    from marsad.report.summary import ABOUT_SUMMARY, summary_of
    from marsad.station.reports import sha256_of_journal, write_documents

    register = record.register
    fold: SiteFold = record.recorder.fold
    digest = fold.digest()
    reports: dict[str, str] = {}
    incident = watched.incident and register.latest(watched.incident.incident_id)
    told: dict[str, Any] | None = None
    if incident is not None:
        facts = register.series(incident)
        paths = write_documents(
            directory,
            incident,
            fold.site,
            fold.sensors(),
            facts,
            digest,
            weights_version=fold.settings.assessment.version,
            journal_sha256=sha256_of_journal(directory / JOURNAL),
            drill=fold.last_drill(),
        )
        reports = {language: str(paths[language]) for language in LANGUAGES}
        told = summary_of(account_of(incident, fold.site), facts, digest_of_incident(incident))
    summary = watched.scores.summary(
        digest=digest, journal=str(directory / JOURNAL), reports=reports, incident=told
    )
    summary["about"] |= {f"incident.{key}": meaning for key, meaning in ABOUT_SUMMARY.items()}
    text = json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False)
    write_whole(directory / SUMMARY, f"{text}\n".encode())
    return dict(json.loads(text))
