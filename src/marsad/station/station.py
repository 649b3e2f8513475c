"""A station: the console's process from the first second, then links, fold and register of one site."""

import asyncio
import contextlib
import logging
import socket
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, assert_never

from marsad.errors import ConfigError, LinkError, ReceivedError, RecordingError, UnrecordedError, said_by
from marsad.feeds.settings import FeedSettings
from marsad.links.address import Address
from marsad.links.clock import Clock
from marsad.links.crowd import CrowdWatch
from marsad.links.tcp import Reach, TcpDialler, TcpListener
from marsad.model.action import Action, ApplySettings
from marsad.model.announcement import Delivered
from marsad.model.effect import (
    Actuate,
    Announce,
    Effect,
    Hangup,
    Refuse,
    Register,
    RegisterDelivery,
    Reply,
    Vouch,
    Warn,
)
from marsad.model.frame import DELIVERY, OUTPUTS, FrameKind
from marsad.model.incident import Incident
from marsad.model.picture import Picture
from marsad.model.security import Happening, SecurityEvent
from marsad.model.site import Mode, Site
from marsad.model.utc import moved
from marsad.outputs.outputs import Outputs
from marsad.outputs.settings import OutputSettings
from marsad.outputs.transmitter import Surroundings
from marsad.server import Phase, ServerSettings
from marsad.server.documents import Dossier
from marsad.server.encoded_site import EncodedSite
from marsad.server.kept_sessions import SessionFile
from marsad.server.settings import Operator, refuse_open_network
from marsad.site.coverage import CoverageMaterial, material_of
from marsad.site.deliveries import json_from_delivered
from marsad.site.live import LiveSite
from marsad.site.security_log import SecurityLine
from marsad.station.console_process import DOWN, ConsoleProcess, Patience
from marsad.station.doors import limits_of, tls_of
from marsad.station.feed_changes import FeedChanges
from marsad.station.hold import Ports, address_of, console_port, reachable_host
from marsad.station.kept_register import KeptRegister
from marsad.station.reported import note_reported
from marsad.station.rim_news import LinkNews, SecurityNews
from marsad.station.seldom import Seldom
from marsad.station.settings_file import SettingsFile
from marsad.station.storing import Storing
from marsad.station.upkeep import Upkeep
from marsad.warning.settings import WarningSettings

if TYPE_CHECKING:
    from marsad.register.deliveries import Delay
    from marsad.station.record import Record

_LOG = logging.getLogger(__name__)
_PORT_AGAIN_S = 5.0
PORT_TAKEN = "console.port-taken"
_NEWS_S = 60.0  # so long it is told that the console's server is a new one

Link = TcpListener | TcpDialler


class Station:
    """Everything of one site that runs; also what the console's server, a process of its own, asks.

    It is served from the start, and a site once `open` gave it a record: before that there is nothing
    to see and nothing can be done, and whoever asks is told so.

    ports     taken for the console and the feeds that listen
    dialled   addresses of feeds that dial, in place of those in the settings
    outputs   how each output is reached
    watch     called for every effect after the station itself carried it out
    reached   called with feed, link and reach when the reach of a dialled feed changes
    patience  with the console's process; None for the usual
    keeps_room   whether it looks after its disk: warns, holds a reserve back, removes what is old
    sessions  where sign-ins outlive the station; None: nowhere
    """

    def __init__(
        self,
        site: Site,
        ports: Ports,
        server: ServerSettings,
        *,
        dialled: Mapping[str, Address],
        outputs: Sequence[OutputSettings] = (),
        watch: Callable[[Effect], None] | None = None,
        reached: Callable[[str, TcpDialler, Reach], None] = lambda feed, link, reach: None,
        patience: Patience | None = None,
        keeps_room: bool = False,
        sessions: SessionFile | None = None,
    ) -> None:
        self.site = site
        self._keeps_room = keeps_room
        self.record: Record
        self.live: LiveSite
        self._opened = asyncio.Event()
        self._preparing = Phase("preparing", 0.0)
        self._ports = ports
        self._server_settings = server
        self._dialled = dialled
        self._output_settings = tuple(outputs)
        self.outputs: Outputs
        self._other_outputs = asyncio.Event()
        self.keeps_settings: Callable[[ApplySettings, str], Awaitable[None]] | None = None
        self._watch = watch
        self._reached = reached
        self._links: dict[str, Link] = {}
        # by feed; a feed that is opened anew goes on counting, so that nothing late is taken for another's
        self._link_numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))
        self._output_links = LinkNews()
        self._security = SecurityNews()
        self._storing: Storing
        self._seldom = Seldom()
        self._tasks: list[asyncio.Task[None]] = []
        self._patience, self._sessions = patience, sessions
        self.console: ConsoleProcess | None = None
        self._console_troubles: set[str] = set()
        self._renewed = asyncio.Event()
        self._port_again_s = _PORT_AGAIN_S
        self.address = ""
        self.addresses: dict[str, Address] = {}  # of the feeds, once open

    # ---------------------------------------------------------------- life

    async def serve(self) -> None:
        """Serve the console; later, where another program has its port.

        Raises ConfigError for settings that cannot be served.
        """
        if self._ports.console is None:
            self._console_trouble(PORT_TAKEN, True)
            self._tasks.append(asyncio.create_task(self._serve_later(), name="console's port"))
        else:
            await self._serve(self._ports.console)

    async def _serve_later(self) -> None:
        """Serve the console as soon as its port is free."""
        while True:
            try:
                listening = console_port(self._server_settings)
                break
            except LinkError:
                await asyncio.sleep(self._port_again_s)
        with contextlib.closing(listening):
            await self._serve(listening)
            self._console_trouble(PORT_TAKEN, False)
            await asyncio.Event().wait()

    async def _serve(self, listening: socket.socket) -> None:
        encoded = EncodedSite(self, self._server_settings)
        self.console = ConsoleProcess(
            *(encoded, self._server_settings, listening, self._console_trouble, self._patience),
            sessions=self._sessions,
        )
        self._tasks.append(asyncio.create_task(self.console.run(), name="server"))
        await self.console.started()
        port = listening.getsockname()[1]
        scheme = "https" if self._server_settings.tls_certificate else "http"
        host = reachable_host(self._server_settings.host)
        self.address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"

    def adopt_accounts(self, operators: Sequence[Operator]) -> None:
        """Let other people sign in from now on, without a start.

        Raises ConfigError, and changes nothing, where the console would then be open to a network.
        """
        if self.console is not None:
            self.console.adopt(operators)
        self._server_settings = self._server_settings.model_copy(update={"operators": tuple(operators)})

    def prepared_so_far(self, share: float, left_s: float | None) -> None:
        """How far the engine's preparation is, for the console."""
        self._preparing = Phase("preparing", share, left_s)

    async def open(self, record: "Record", clock: Clock, first: Sequence[Action] = ()) -> None:
        """Run the site: from now on frames are folded. Raises LinkError.

        first   what is decided before anybody is heard
        """
        self.record = record
        self.live = LiveSite(record.recorder, clock, self._carry_out)
        self._opened.set()
        self._clock = clock
        self.outputs = await self._opened_outputs(self.site, self._output_settings)
        self._storing = Storing(record.register, self.site.site_id, self.live)
        fold = record.recorder.fold  # what an earlier run had no time to store
        for delivery in moved(fold.picture().telling.deliveries, fold.utc_offset_ns):
            self._storing.store_delivery(delivery)
        for incident in record.unsaved:
            self._storing.store(incident)
        self._tasks.append(asyncio.create_task(self.live.run(), name="site"))
        self._tasks.append(asyncio.create_task(self._run_outputs(), name="outputs"))
        if self._output_settings:
            await self.live.deliver(OUTPUTS, 0, FrameKind.DATA, b"")
        self._tasks.append(asyncio.create_task(self._output_links.run(self.live), name="links of outputs"))
        self._tasks.append(asyncio.create_task(self._storing.run(), name="register"))
        self._tasks.append(asyncio.create_task(self._tell_renewed(), name="renewed"))
        if self._keeps_room and isinstance(record.register, KeptRegister):
            directory, retention = record.recorder.journal.path.parent, fold.settings.retention
            upkeep = Upkeep(directory, self.live, record.register, retention, time.monotonic)
            record.recorder.spared = upkeep.give_up_reserve
            self._tasks.append(asyncio.create_task(upkeep.run(), name="upkeep"))
        self._tasks.append(asyncio.create_task(self._security.run(self.live), name="security"))
        for code in self._console_troubles:
            self.live.fault(code)
        for file, places in record.damage().items():
            self._security.note(SecurityEvent(Happening.DAMAGED, of=file, count=places))
        feeds = record.recorder.fold.settings.feed
        self._links = {feed.name: self._link(feed, self._ports) for feed in feeds}
        for action in first:
            with contextlib.suppress(UnrecordedError):  # it holds, and waits for the disk with all else
                await self.live.submit(action)
        for name, link in self._links.items():
            self.addresses[name] = (link.host, await link.start())

    async def wait(self) -> None:
        """Run until a part fails; what failed is raised."""
        done, _ = await asyncio.wait(
            self._tasks, return_when=asyncio.FIRST_COMPLETED
        )  # unlike gather cancels none
        for task in done:
            task.result()

    async def finish(self) -> None:
        """End a simulated day: what arrived is folded and stored, the journal is whole, the console stays."""
        await self.live.finish()
        self.live.notice("simulation-over")
        await self._storing.join()

    async def stop(self) -> None:
        """Close links and server, store what is to be stored, finish the journal."""
        for link in self._links.values():
            await link.stop()
        if self.console is not None:
            await self.console.stop()
        if self._opened.is_set():
            await self._storing.join()
            await self._storing.save_deliveries()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._opened.is_set():
            self.record.register.close()

    async def _opened_outputs(
        self, site: Site, outputs: Sequence[OutputSettings], warning: WarningSettings | None = None
    ) -> Outputs:
        """Raises LinkError for an output that can never work as it is set up."""
        warning = warning or self.record.recorder.fold.settings.warning
        live = self.live
        surroundings = Surroundings(
            *(site, self._hear_output, live.utc_ns, self._clock.wall_s, warning, live.picture),
            *(self._output_links.note, self.note_security, live.utc_offset_ns),
        )
        return await Outputs.opened(outputs, surroundings, live_warning=warning.live_warning)

    async def _run_outputs(self) -> None:
        """Serve the outputs, and others in their place once the settings are others."""
        while True:
            running = asyncio.create_task(self.outputs.run(), name="outputs at hand")
            others = asyncio.create_task(self._other_outputs.wait(), name="other outputs")
            try:
                await asyncio.wait((running, others), return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    running.result()
            finally:
                for task in (running, others):
                    task.cancel()
                await asyncio.gather(running, others, return_exceptions=True)
            self._other_outputs.clear()

    # ---------------------------------------------------------------- other settings

    async def adopt(self, file: SettingsFile, configuration: bytes) -> None:
        """Put settings in force: in the fold, at the feeds' links, the outputs and the console's door.

        What is not reached any more is closed, what is new is opened, and accounts that have changed have to
        sign in again. What an output may not have yet goes out again, as after a start.

        configuration   what of them the journal holds

        Raises ReceivedError where the site cannot take them, or something cannot be opened: then all goes on
        as before.
        """
        fold = self.record.recorder.fold
        before, site = fold.settings, file.site.build_site()
        changes = FeedChanges.between(before.feed, file.site.feed, self._rehearsed())
        told = (before.warning, self.site, self._output_settings)
        # where it listens is taken already: another address counts from the next start on
        here = {"host": self._server_settings.host, "port": self._server_settings.port}
        server = file.server.model_copy(update=here)
        async with contextlib.AsyncExitStack() as undo:  # what can fail does before the fold takes them
            try:
                refuse_open_network(server)
                outputs = await self._opened_outputs(site, file.outputs, file.site.warning)
                undo.push_async_callback(outputs.close)
                taken = changes.opened(self._ports.feeds)
                for one in taken.values():
                    undo.callback(one.close)
                ports = changes.ports(self._ports, taken)
                links = {
                    one.name: self._link(one, ports) for one in file.site.feed if one.name in changes.anew
                }
            except (LinkError, ConfigError) as error:
                raise ReceivedError("settings-unusable", said_by(error)) from error
            await self.live.configure(configuration)
            undo.pop_all()
        self.site = site
        await self._follow_feeds(changes, ports, links)
        if told == (file.site.warning, site, file.outputs):
            await outputs.close()
        else:
            self.outputs.give_way_to(file.outputs)
            if self._other_outputs.is_set():
                await self.outputs.close()  # they were not begun yet
            self.outputs, self._output_settings = outputs, file.outputs
            self._output_links.forget()
            self._other_outputs.set()
            await self.live.deliver(OUTPUTS, 0, FrameKind.DATA, b"")
        if site == told[1] and server == self._server_settings.model_copy(
            update={"operators": server.operators}
        ):
            self.adopt_accounts(server.operators)
            return
        self._server_settings = server
        if self.console is not None:
            await self.console.renew(EncodedSite(self, server), server)

    def _rehearsed(self) -> frozenset[str]:
        return frozenset(self._dialled)

    async def _follow_feeds(self, changes: FeedChanges, ports: Ports, links: Mapping[str, Link]) -> None:
        """Close the links that are no more, and begin those that are new; one that cannot is logged."""
        for name in (*changes.gone, *changes.anew):
            if (link := self._links.pop(name, None)) is not None:
                await link.stop()
            self.addresses.pop(name, None)
        self._ports = ports
        for name, link in links.items():
            self._links[name] = link
            try:
                self.addresses[name] = (link.host, await link.start())
            except LinkError as error:  # the site has the settings: outputs and accounts follow all the same
                _LOG.error("feed %s is not heard: %s; put the settings in force again", name, error)

    async def _hear_output(self, said: Delivered) -> None:
        """What came of an announcement enters the site, as everything does."""
        await self.live.deliver(DELIVERY, 0, FrameKind.DATA, json_from_delivered(said))

    def _link(self, feed: FeedSettings, ports: Ports) -> Link:
        deliver = partial(self.live.deliver, feed.name)
        taken = ports.feeds.get(feed.name)
        if taken is not None:
            host, port = taken.getsockname()[:2]
            is_rehearsal = feed.name in self._dialled
            return TcpListener(
                *(host, port, deliver),
                taken=taken,
                numbers=self._link_numbers[feed.name],
                limits=limits_of(feed, is_rehearsal=is_rehearsal),
                tls=None if is_rehearsal else tls_of(feed),
                tells_peers=not is_rehearsal,
                crowd=CrowdWatch(f"{feed.name}:{port}", self.note_security),
            )
        address = self._dialled.get(feed.name, address_of(feed))
        dialler = TcpDialler(*address, deliver, numbers=self._link_numbers[feed.name])
        dialler.watch = partial(self._reached, feed.name, dialler)
        return dialler

    # ---------------------------------------------------------------- effects

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Reply() | Hangup() | Vouch():
                # other settings may have closed it before the site has folded that its connections ended
                if (link := self._links.get(effect.feed)) is not None:
                    _carry_out_at(link, effect)
            case Announce() | Actuate():
                self.outputs.carry_out(effect)
            case Register():
                self._storing.store(effect.incident)
            case RegisterDelivery():
                self._storing.store_delivery(effect.delivery)
            case Refuse():
                self._log_refusal(effect)
            case Warn():
                pass  # for whoever watches from within
            case _:
                assert_never(effect)
        if self._watch is not None:
            try:
                self._watch(effect)
            except Exception:  # a terminal that cannot be written must not stop the warnings
                if self._seldom.counted("watch"):
                    _LOG.exception("who watches the site failed at %s", type(effect).__name__)

    def _log_refusal(self, effect: Refuse) -> None:
        if count := self._seldom.counted(effect.reason):
            _LOG.warning(
                "feed %s: refused (%d so far): %s: %s", effect.feed, count, effect.reason, effect.detail
            )

    # ---------------------------------------------------------------- the console's process

    def _console_trouble(self, code: str, there: bool) -> None:
        """Something is wrong with the console's process, or is no more."""
        if there == (code in self._console_troubles):
            return
        if there:
            self._console_troubles.add(code)
        else:
            self._console_troubles.discard(code)
        if self._opened.is_set():
            (self.live.fault if there else self.live.fault_over)(code)
        if code == DOWN and not there:
            self._renewed.set()

    async def _tell_renewed(self) -> None:
        """Tell the consoles, once they are back, why they were away."""
        while True:
            await self._renewed.wait()
            self._renewed.clear()
            self.live.notice("console-renewed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_NEWS_S):
                    await self._renewed.wait()
            if not self._renewed.is_set():
                self.live.notice_over("console-renewed")

    # ---------------------------------------------------------------- what the server asks

    def phase(self) -> Phase:
        """Where the site is in its life."""
        if not self._opened.is_set():
            return self._preparing
        return Phase("over" if self.live.over else "running")

    def picture(self) -> Picture | None:
        """The newest picture, or None before the first."""
        return self.live.picture() if self._opened.is_set() else None

    async def subscribe(self) -> AsyncIterator[Picture]:
        """Pictures as they come."""
        await self._opened.wait()
        async for picture in self.live.subscribe():
            yield picture

    async def submit(self, action: Action, key: str = "") -> None:
        """Journal and fold what an operator did, once under its key. Raises as `LiveSite` does."""
        if not self._opened.is_set():
            raise ReceivedError("site-preparing", "the engine is being prepared; nothing can be done yet")
        if isinstance(action, ApplySettings) and self.keeps_settings is not None:
            await self.keeps_settings(action, key)
            return
        await self.live.submit(action, key)

    def incidents(self, limit: int, before_t_ns: int | None) -> Sequence[Incident]:
        """The newest incidents that belong to the site's mode, each in its newest version, newest first."""
        if not self._opened.is_set():
            return ()
        return self.record.register.newest(limit, before_t_ns, exercise=self.site.mode is not Mode.LIVE)

    def note_security(self, event: SecurityEvent) -> None:
        """Journal what happened at the door, once there is a journal; of too much the newest waits."""
        self._security.note(event)

    def security(self) -> Sequence[SecurityLine]:
        """The newest lines of the security log, newest first."""
        if not self._opened.is_set():
            return ()
        fold = self.record.recorder.fold
        return moved(fold.security(), fold.utc_offset_ns)

    def delays(self) -> "Sequence[Delay]":
        """How long warnings took, by month and output: real ones where the site is live, else drilled."""
        if not self._opened.is_set():
            return ()
        return self.record.register.delays(exercise=self.site.mode is not Mode.LIVE)

    async def incident(self, incident_id: str) -> Incident | None:
        """The newest version of one incident: the open one as it stands, others from the register.

        The register is read in a thread of its own, by a connection of its own: the fold waits for no disk.
        """
        if not self._opened.is_set():
            return None
        fold = self.record.recorder.fold
        current = moved(fold.incident(), fold.utc_offset_ns)
        if current is not None and current.incident_id == incident_id:
            return current
        return await asyncio.to_thread(self.record.register.latest, incident_id)

    async def coverage(self) -> CoverageMaterial | None:
        """What the coverage of the sensors is worked out of; None before the first picture."""
        picture = self.picture()
        if picture is None:
            return None
        fold = self.record.recorder.fold
        return material_of(fold.settings, self.site, picture.sensors, fold.ground.data)

    async def dossier(self, incident_id: str) -> Dossier:
        """What an incident's documents are written from. Raises RecordingError for an unknown incident."""
        incident = await self._known(incident_id)
        fold = self.record.recorder.fold
        sensors = moved(fold.sensors(), fold.utc_offset_ns)
        digest, weights = fold.digest(), fold.settings.assessment.version
        series = await asyncio.to_thread(self.record.register.series, incident)
        drill = moved(fold.last_drill(), fold.utc_offset_ns)
        if self._keeps_room:
            await asyncio.to_thread(note_reported, self.record.recorder.journal.path.parent, incident)
        return Dossier(self.site, incident, tuple(sensors), series, digest, weights, drill)

    async def _known(self, incident_id: str) -> Incident:
        incident = await self.incident(incident_id)
        if incident is None:
            raise RecordingError(f"the register holds no incident {incident_id!r}")
        if incident.site_id != self.site.site_id:
            raise RecordingError(
                f"incident {incident_id} happened at {incident.site_id}; its documents are written there"
            )
        return incident


def _carry_out_at(link: Link, effect: Reply | Hangup | Vouch) -> None:
    match effect:
        case Reply():
            link.send(effect.link, effect.data)
        case Hangup():
            link.hangup(effect.link)
        case Vouch():
            link.vouch(effect.link, effect.standing)
