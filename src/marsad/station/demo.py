"""The demonstration: a simulated raid against a site, offline and at once or live at its own pace."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marsad.errors import ReceivedError, RecordingError
from marsad.evaluate.score import Scorekeeper
from marsad.links.clock import SimulatedClock
from marsad.links.player import Player
from marsad.model.effect import Effect, Register
from marsad.model.frame import Frame
from marsad.model.incident import Incident
from marsad.model.picture import Picture
from marsad.model.reason import Reason
from marsad.register.codec import digest_of_incident
from marsad.register.seeds import seed_january_2022
from marsad.register.store import RegisterStore
from marsad.report.account import account_of, summary_of
from marsad.report.wording import word
from marsad.server import ServerSettings
from marsad.simulate import Scenario, Simulation
from marsad.site.actions import action_from_json
from marsad.site.fold import SiteFold
from marsad.site.journal import segments
from marsad.site.offline import run_offline
from marsad.site.recorder import Recorder, begin
from marsad.site.snapshot import snapshot_path
from marsad.station.narrator import Narrator
from marsad.station.record import Record
from marsad.station.reports import LANGUAGES, Language, sha256_of_journal, write_documents
from marsad.station.station import Station

Tell = Callable[[int, str], None]
JOURNAL = "journal.mcap"
REGISTER = "register.sqlite"


@dataclass(slots=True)
class _Watched:
    """What the demonstration remembers while it runs."""

    scores: Scorekeeper
    narrator: Narrator
    tell: Tell
    incident: Incident | None = None

    def see(self, t_ns: int, effects: Sequence[Effect], picture: Picture | None) -> None:
        for effect in effects:
            if isinstance(effect, Register):
                self.incident = effect.incident
        self.scores.note(effects)
        if picture is not None:
            self.scores.observe(picture)
        for sentence in self.narrator.sentences(effects, picture):
            self.tell(t_ns, sentence)


def clear(directory: Path) -> None:
    """Make room for a new demonstration: remove the files of an earlier one, and only those."""
    directory.mkdir(parents=True, exist_ok=True)
    journal = directory / JOURNAL
    old = [*segments(journal), snapshot_path(journal), directory / "summary.json"]
    old += [directory / f"{REGISTER}{suffix}" for suffix in ("", "-wal", "-shm")]
    old += [*directory.glob("report-*.pdf"), *directory.glob("statement-*.txt")]
    for path in old:
        path.unlink(missing_ok=True)


def run_at_once(
    scenario: Scenario,
    seed: int,
    directory: Path,
    tell: Tell,
    language: Language,
    progress: Callable[[float], None],
) -> dict[str, Any]:
    """Play the scenario as fast as the machine goes; returns and writes the summary.

    progress   called with the share done, 0 to 1
    """
    clear(directory)
    simulation = Simulation(scenario, seed)
    recorder = begin(directory / JOURNAL, scenario.site_path.read_bytes(), simulation.start_t_ns)
    register = RegisterStore(f"sqlite:///{directory / REGISTER}")
    register.seed(seed_january_2022(exercise=True))
    site = recorder.fold.site
    watched = _Watched(Scorekeeper(simulation.truth, site), Narrator(site, language), tell)
    span_ns = max(simulation.end_t_ns - simulation.start_t_ns, 1)

    def watch(t_ns: int, effects: Sequence[Effect], picture: Picture) -> None:
        for effect in effects:
            if isinstance(effect, Register):
                register.save(effect.incident)
        watched.see(t_ns, effects, picture)
        progress((t_ns - simulation.start_t_ns) / span_ns)

    run_offline(simulation, recorder, watch)
    recorder.journal.close()
    return _conclude(directory, recorder, register, watched, sha256_of_journal(directory / JOURNAL))


async def run_live(
    scenario: Scenario,
    seed: int,
    directory: Path,
    tell: Tell,
    language: Language,
    *,
    speed: float,
    server: ServerSettings,
    ready: Callable[[str], None],
    stay: bool,
) -> dict[str, Any]:
    """Play the scenario over real sockets against a running site with its console.

    ready   called with the console's address once it is served
    stay    keep serving after the end until cancelled
    """
    clear(directory)
    simulation = Simulation(scenario, seed)
    clock = SimulatedClock(simulation.start_t_ns, speed)
    recorder = begin(directory / JOURNAL, scenario.site_path.read_bytes(), simulation.start_t_ns)
    register = RegisterStore(f"sqlite:///{directory / REGISTER}")
    register.seed(seed_january_2022(exercise=True))
    site = recorder.fold.site
    watched = _Watched(Scorekeeper(simulation.truth, site), Narrator(site, language), tell)
    station = _DemoStation(simulation, watched, Record(recorder, register, []), clock, server)
    try:
        await station.play(ready)
        await asyncio.sleep(1.0)  # let what is under way reach the register
        summary = _conclude(directory, recorder, register, watched)
        if stay:
            tell(clock.now_ns(), station.goodbye(language))
            await station.station.wait()
        return summary
    finally:
        await station.stop()


class _DemoStation:
    """A station with the simulation at the other end of its sockets."""

    def __init__(
        self,
        simulation: Simulation,
        watched: _Watched,
        record: Record,
        clock: SimulatedClock,
        server: ServerSettings,
    ) -> None:
        self._simulation = simulation
        self._watched = watched
        self._clock = clock
        self._record = record
        self._server = server
        self.station: Station

    async def play(self, ready: Callable[[str], None]) -> None:
        feeds = self._record.recorder.fold.settings.feed
        dialled = [feed.name for feed in feeds if getattr(feed, "listen", None) is None]
        listening = {feed.name: ("127.0.0.1", 0) for feed in feeds if feed.name not in dialled}
        self._player = Player(self._simulation, self._clock, {}, dialled, self._act)
        served = await self._player.start()
        self.station = Station(
            self._record, self._clock, self._server, addresses={**listening, **served}, watch=self._watch
        )
        self._player.addresses = await self.station.start()
        ready(self.station.address)
        looking = asyncio.create_task(self._look())
        await self._player.run()
        looking.cancel()

    async def stop(self) -> None:
        await self._player.stop()
        await self.station.stop()

    def goodbye(self, language: Language) -> str:
        return word(Reason("narrator.stays", (("address", self.station.address),)), language)

    def _watch(self, effect: Effect) -> None:
        self._simulation.notice([effect], None)
        self._watched.see(self._clock.now_ns(), [effect], None)

    async def _look(self) -> None:
        async for picture in self.station.subscribe():
            self._simulation.notice([], picture)
            self._watched.see(picture.t_ns, [], picture)

    async def _act(self, frame: Frame) -> None:
        with contextlib.suppress(ReceivedError):  # refused actions are counted and shown by the site
            await self.station.submit(action_from_json(frame.data))


def _conclude(
    directory: Path,
    recorder: Recorder,
    register: RegisterStore,
    watched: _Watched,
    journal_sha256: str = "",
) -> dict[str, Any]:
    """Write reports and summary from what the register and the scores hold.

    journal_sha256   of the journal once it is closed
    """
    fold: SiteFold = recorder.fold
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
            journal_sha256=journal_sha256,
        )
        reports = {language: str(paths[language]) for language in LANGUAGES}
        told = summary_of(account_of(incident, fold.site), facts, digest_of_incident(incident))
    summary = watched.scores.summary(
        digest=digest, journal=str(directory / JOURNAL), reports=reports, incident=told
    )
    text = json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        (directory / "summary.json").write_text(text + "\n", "utf-8")
    except OSError as error:
        raise RecordingError(f"{directory / 'summary.json'}: {error}") from error
    return dict(json.loads(text))
