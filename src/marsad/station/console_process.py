"""The process of the console's server as its site keeps it: started, watched, started again when it ends.

The site has the listening socket; every server inherits it and gets a channel of its own. So whoever connects
between two servers waits, and is refused nothing.
"""

import asyncio
import contextlib
import logging
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marsad.errors import ConfigError, ConfigFault, LinkError, said_by
from marsad.server import ServerSettings
from marsad.server.channel import FROM_SERVER_BYTES_MAX, Channel
from marsad.server.encoded_site import EncodedSite
from marsad.server.kept_sessions import KeptSessions, SessionFile
from marsad.server.settings import Operator, refuse_open_network
from marsad.server.site_end import SiteEnd
from marsad.station.console_probe import Probe

_LOG = logging.getLogger(__name__)
_COMMAND = ("-P", "-m", "marsad.server.process")  # -P: only what is installed, nothing that lies where we run
_START_S = 30.0
_STOP_S = 8.0
DOWN, SILENT, UNREACHABLE = "console.down", "console.silent", "console.unreachable"


@dataclass(frozen=True, slots=True)
class Patience:
    """How soon a server is started again, and how long it may say nothing.

    first_s, most_s   the wait before a start doubles from the one to the other with every end within_s
    tick_s            so often it is looked whether it said something
    silent_ticks      after so many without a word that is told
    hung_ticks        after so many it is ended and started again
    start_ticks       likewise while it starts
    probe_s           so often it is asked over its port
    probes            after so many questions without an answer that is told
    """

    first_s: float = 0.25
    most_s: float = 15.0
    within_s: float = 60.0
    tick_s: float = 1.0
    silent_ticks: int = 5
    hung_ticks: int = 30
    start_ticks: int = 120
    probe_s: float = 5.0
    probes: int = 2


class ConsoleProcess:
    """Keeps one server of a site's console running.

    trouble    called with the code of a fault and whether it is there
    sessions   where they outlive the site; None: nowhere
    """

    def __init__(
        self,
        site: EncodedSite,
        settings: ServerSettings,
        listening: socket.socket,
        trouble: Callable[[str, bool], None] = lambda code, there: None,
        patience: Patience | None = None,
        sessions: SessionFile | None = None,
    ) -> None:
        self.starts = 0
        self.process: Process | None = None
        self._site = site
        self._settings = settings
        self._listening = listening
        self._trouble = trouble
        self._patience = patience or Patience()
        self._session_file = sessions
        self._sessions = KeptSessions(sessions.load(time.time()) if sessions else ())
        self._end: SiteEnd | None = None
        self._ended_s: deque[float] = deque(maxlen=32)
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stopping = False
        self._renewing = False

    async def started(self) -> None:
        """Wait until the first server can be reached, or has ended: then another is on its way.

        No longer than half a minute: the picture and the alarms start without a console. Raises ConfigError
        for settings that cannot be served.
        """
        try:
            async with asyncio.timeout(_START_S):
                await asyncio.shield(self._first)
        except TimeoutError:
            _LOG.error(
                "the console's server has not come up within %.0f s; the site starts without it", _START_S
            )
            self._begun()

    async def run(self) -> None:
        """Keep a server running until `stop`, or until the first says that the settings cannot be served."""
        if self._session_file is None:
            await self._keep_running()
            return
        keeping = asyncio.create_task(self._session_file.follow(self._sessions))
        try:
            await self._keep_running()
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            if self._sessions.changed.is_set():
                self._session_file.save(self._sessions.records())

    async def _keep_running(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping:
            try:
                how = await self._one()
            except OSError as error:
                how = f"it cannot be started: {error.strerror}"
            except ConfigError as error:
                if not self._first.done():
                    self._first.set_exception(error)
                    return
                how = str(error)
            except Exception as error:  # whatever it is, the site goes on
                _LOG.exception("what serves the console's server failed")
                how = said_by(error)
            if self._stopping:
                return
            self._begun()
            if self._renewing:
                self._renewing = False
                continue
            self._trouble(DOWN, True)
            self._ended_s.append(loop.time())
            wait_s = self._wait_s(loop.time())
            _LOG.error("the console's server ended (%s); another is started in %.2g s", how, wait_s)
            await asyncio.sleep(wait_s)

    def adopt(self, operators: Sequence[Operator]) -> None:
        """Let other people sign in from now on, at the server that runs and at those after it.

        Who may not any more, or has another password, is signed out. Raises ConfigError, and changes nothing,
        for accounts with which the console would be open to a network.
        """
        settings = self._settings.model_copy(update={"operators": tuple(operators)})
        refuse_open_network(settings)
        self._settings = settings
        if self._end is not None:
            self._end.adopt(operators)

    async def renew(self, site: EncodedSite, settings: ServerSettings) -> None:
        """Serve by other settings: another server takes the place of the one at hand.

        Who may not sign in any more, or has another password, is signed out by it.
        """
        self._site, self._settings = site, settings
        if self._end is not None and self._end.settled.is_set():
            self._renewing = True
            self._end.end()
        elif self.process is not None:
            _kill(self.process)

    async def stop(self) -> None:
        """Have the server finish what is open, and end it."""
        self._stopping = True
        if self.process is None:
            return
        if self._end is None or not self._end.settled.is_set():
            _kill(self.process)
            return
        self._end.end()
        try:
            async with asyncio.timeout(_STOP_S):
                await self.process.wait()
        except TimeoutError:
            _kill(self.process)

    def _begun(self) -> None:
        if not self._first.done():
            self._first.set_result(None)

    def _wait_s(self, now_s: float) -> float:
        patience = self._patience
        lately = sum(now_s - ended_s <= patience.within_s for ended_s in self._ended_s)
        return min(patience.first_s * 2.0 ** max(lately - 1, 0), patience.most_s)

    async def _one(self) -> str:
        """The life of one server; how it ended, in words. Raises OSError if it cannot be started."""
        own, its = socket.socketpair()
        with its:
            try:
                process = await self._spawned(its)
            except BaseException:
                own.close()
                raise
        self.starts += 1
        self.process = process
        channel: Channel | None = None
        try:
            channel = await Channel.over(own, FROM_SERVER_BYTES_MAX)
            return await self._served(process, SiteEnd(self._site, channel, self._sessions))
        finally:
            self._end = None
            if channel is not None:
                channel.close()  # also where its service was ended before it had begun
            else:
                own.close()
            _kill(process)
            await process.wait()

    async def _spawned(self, its: socket.socket) -> Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, *_COMMAND, str(its.fileno()), str(self._listening.fileno())),
            pass_fds=(its.fileno(), self._listening.fileno()),
            stdin=DEVNULL,
            process_group=0,  # an interrupt at the terminal is for the site
        )

    async def _served(self, process: Process, end: SiteEnd) -> str:
        self._end = end
        end.greet(self._settings, self.starts)
        serving = asyncio.create_task(end.run())
        watching = asyncio.create_task(self._watch(end))
        probing = asyncio.create_task(self._probe(end))
        try:
            await asyncio.wait((serving, watching), return_when=asyncio.FIRST_COMPLETED)
            if end.unable is not None:
                faults = [ConfigFault(**fault) for fault in end.unable["faults"]]
                raise ConfigError(end.unable["file"], faults)
            if watching.done():
                return "it said nothing for long"
            try:
                serving.result()
            except LinkError as error:
                return str(error)
            return await _how_it_ended(process)
        finally:
            for code in (SILENT, UNREACHABLE):
                self._trouble(code, False)
            for task in (serving, watching, probing):
                task.cancel()
            await asyncio.gather(serving, watching, probing, return_exceptions=True)

    async def _watch(self, end: SiteEnd) -> None:
        """Tell once the server serves, and when it is silent; returns when it has been so for too long.

        Counted in ticks of our own: where we stood still ourselves, one that spoke meanwhile is not silent.
        """
        patience = self._patience
        if not await self._settled(end) or end.unable is not None:
            return
        self._trouble(DOWN, False)
        self._begun()
        heard, ticks = end.heard, 0
        while ticks < patience.hung_ticks:
            await asyncio.sleep(patience.tick_s)
            ticks = 0 if end.heard != heard else ticks + 1
            heard = end.heard
            self._trouble(SILENT, ticks >= patience.silent_ticks)

    async def _probe(self, end: SiteEnd) -> None:
        """Tell when no new console could be opened, though the server runs."""
        await end.settled.wait()
        probe = Probe.of(self._listening, is_tls=self._settings.tls_certificate is not None)
        missed = 0
        while True:
            await asyncio.sleep(self._patience.probe_s)
            missed = 0 if await probe.answers() else missed + 1
            self._trouble(UNREACHABLE, missed >= self._patience.probes)

    async def _settled(self, end: SiteEnd) -> bool:
        """Whether a server that starts says in time that it serves, or that it cannot."""
        for _ in range(self._patience.start_ticks):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience.tick_s):
                    await end.settled.wait()
            if end.settled.is_set():
                return True
        return False


async def _how_it_ended(process: Process) -> str:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1.0):
            status = await process.wait()
            return f"by signal {-status}" if status < 0 else f"with status {status}"
    return "it closed its channel"


def _kill(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
