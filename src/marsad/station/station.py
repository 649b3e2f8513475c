"""A running site: its links, its fold, its register and its console's server."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

import uvicorn

from marsad.errors import LinkError, RecordingError
from marsad.feeds.settings import FeedSettings
from marsad.links.clock import Clock
from marsad.links.tcp import TcpDialler, TcpListener
from marsad.model.action import Action
from marsad.model.effect import Effect, Hangup, Refuse, Register, Reply
from marsad.model.incident import Incident
from marsad.model.picture import Picture
from marsad.server import ServerSettings, server_of
from marsad.server.gateway import Language
from marsad.site.live import LiveSite
from marsad.station.record import Record
from marsad.station.reports import render_incident, render_statement

_LOG = logging.getLogger(__name__)
_REGISTER_QUEUE_MAX = 1_000
_REFUSALS_LOGGED_PER_REASON = 5

Link = TcpListener | TcpDialler


class Station:
    """Everything of one site that runs; also what the console's server asks.

    watch   called for every effect after the station itself carried it out
    """

    def __init__(
        self,
        record: Record,
        clock: Clock,
        server: ServerSettings,
        *,
        addresses: dict[str, tuple[str, int]] | None = None,
        watch: Callable[[Effect], None] | None = None,
    ) -> None:
        self.record = record
        self.live = LiveSite(record.recorder, clock, self._carry_out)
        self.site = record.recorder.fold.site
        self._server_settings = server
        self._addresses = addresses or {}
        self._watch = watch
        self._links: dict[str, Link] = {}
        self._to_register: asyncio.Queue[Incident] = asyncio.Queue(_REGISTER_QUEUE_MAX)
        self._logged: Counter[str] = Counter()
        self._tasks: list[asyncio.Task[None]] = []
        self._http: uvicorn.Server | None = None
        self.address = ""

    # ---------------------------------------------------------------- life

    async def start(self) -> dict[str, tuple[str, int]]:
        """Open the links and the server; returns feed → address. Raises LinkError, ConfigError."""
        self._tasks.append(asyncio.create_task(self.live.run(), name="site"))
        self._tasks.append(asyncio.create_task(self._keep_register(), name="register"))
        for feed in self.record.recorder.fold.settings.feed:
            self._links[feed.name] = self._open(feed)
        bound = {}
        for name, link in self._links.items():
            bound[name] = (link.host, await link.start())
        await self._serve()
        return bound

    async def wait(self) -> None:
        """Run until a part fails; what failed is raised."""
        await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        """Close links and server, store what is to be stored, finish the journal."""
        for link in self._links.values():
            await link.stop()
        if self._http is not None:
            self._http.should_exit = True
        await self._to_register.join()
        for task in self._tasks:
            if task.get_name() != "server":
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.record.register.close()

    async def _serve(self) -> None:
        settings = self._server_settings
        self._http = server_of(self, settings)
        task = asyncio.create_task(self._run_http(self._http), name="server")
        self._tasks.append(task)
        while not self._http.started:
            if task.done():
                raise LinkError(f"the console cannot be served on {settings.host}:{settings.port}")
            await asyncio.sleep(0.01)
        port = self._http.servers[0].sockets[0].getsockname()[1]
        scheme = "https" if settings.tls_certificate else "http"
        self.address = f"{scheme}://{settings.host}:{port}/"

    @staticmethod
    async def _run_http(server: uvicorn.Server) -> None:
        with contextlib.suppress(SystemExit):  # uvicorn's way of saying that the address is taken
            await server.serve()

    def _open(self, feed: FeedSettings) -> Link:
        deliver = partial(self.live.deliver, feed.name)
        listen = getattr(feed, "listen", None)
        written = listen or getattr(feed, "connect", None) or ""
        host, _, port = str(written).rpartition(":")
        host, number = self._addresses.get(feed.name, (host.strip("[]"), int(port or 0)))
        return TcpListener(host, number, deliver) if listen else TcpDialler(host, number, deliver)

    # ---------------------------------------------------------------- effects

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, Reply):
            self._links[effect.feed].send(effect.link, effect.data)
        elif isinstance(effect, Hangup):
            self._links[effect.feed].hangup(effect.link)
        elif isinstance(effect, Register):
            self._store(effect.incident)
        elif isinstance(effect, Refuse):
            self._log_refusal(effect)
        if self._watch is not None:
            self._watch(effect)

    def _store(self, incident: Incident) -> None:
        try:
            self._to_register.put_nowait(incident)
        except asyncio.QueueFull:  # later versions hold all that this one does
            self.live.fault("register.unwritable")

    async def _keep_register(self) -> None:
        while True:
            incident = await self._to_register.get()
            try:
                await asyncio.to_thread(self.record.register.save, incident)
                self.live.fault_over("register.unwritable")
            except RecordingError:
                _LOG.exception("the register refuses version %d", incident.version)
                self.live.fault("register.unwritable")
            finally:
                self._to_register.task_done()

    def _log_refusal(self, effect: Refuse) -> None:
        self._logged[effect.reason] += 1
        count = self._logged[effect.reason]
        if count <= _REFUSALS_LOGGED_PER_REASON or count % 1000 == 0:
            _LOG.warning(
                "feed %s: refused (%d so far): %s: %s", effect.feed, count, effect.reason, effect.detail
            )

    # ---------------------------------------------------------------- what the server asks

    def picture(self) -> Picture | None:
        """The newest picture, or None before the first."""
        return self.live.picture()

    def subscribe(self) -> AsyncIterator[Picture]:
        """Pictures as they come."""
        return self.live.subscribe()

    async def submit(self, action: Action) -> None:
        """Journal and fold what an operator did. Raises ReceivedError."""
        await self.live.submit(action)

    def incidents(self) -> Sequence[Incident]:
        """The newest version of every incident of the register, newest first."""
        return self.record.register.all()

    def incident(self, incident_id: str) -> Incident | None:
        """The newest version of one incident: the open one as it stands, others from the register."""
        current = self.record.recorder.fold.incident()
        if current is not None and current.incident_id == incident_id:
            return current
        return self.record.register.latest(incident_id)

    async def report_pdf(self, incident_id: str, language: Language) -> bytes:
        """The incident report as PDF. Raises RecordingError for an unknown incident."""
        incident = self._known(incident_id)
        series = self.record.register.series(incident)
        sensors = self.record.recorder.fold.sensors()
        digest = self.record.recorder.fold.digest()
        weights = self.record.recorder.fold.settings.assessment.version
        render = partial(render_incident, weights_version=weights)
        return await asyncio.to_thread(render, incident, self.site, sensors, series, language, digest)

    async def statement(self, incident_id: str, language: Language) -> str:
        """The draft of the public statement. Raises RecordingError for an unknown incident."""
        incident = self._known(incident_id)
        return render_statement(incident, self.site, self.record.register.series(incident), language)

    def _known(self, incident_id: str) -> Incident:
        incident = self.incident(incident_id)
        if incident is None:
            raise RecordingError(f"the register holds no incident {incident_id!r}")
        return incident
