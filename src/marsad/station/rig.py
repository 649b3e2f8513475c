"""The rig: the one place where a station is put together, for run, demo and play.

The order is what makes it safe to start: the settings have been read; then ports and directory are taken,
so that whoever has them already is told before anything is written; then the console is served, and only
then the engine is prepared, which takes half a minute of two cores from an empty cache; then journal and
register are opened, and at last the links.

A sensor that dials meanwhile is not turned away: the operating system completes its connection and
keeps what it sends, up to TCP's window, until the links accept it. So nothing is heard before it can be
recorded, and a sensor has no reason to give up. What is older by then than the feed's limit (`past_max_s`)
is refused and counted, as at any other time.
"""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from marsad.errors import UnrecordedError
from marsad.links.address import Address
from marsad.links.clock import Clock
from marsad.links.tcp import Reach, TcpDialler
from marsad.model.action import DeclareFlights
from marsad.model.effect import Effect
from marsad.model.utc import moved
from marsad.report.wording import filled
from marsad.server import ServerSettings
from marsad.server.kept_sessions import SessionFile
from marsad.site.data_key import DataKey
from marsad.site.settings import SiteSettings
from marsad.station.console_process import Patience
from marsad.station.doors import listings, tell_listed
from marsad.station.hold import Held, address_of, listen_addresses, locked, take_ports
from marsad.station.preparation import Progress, prepare
from marsad.station.settings_file import SettingsFile, flights_of
from marsad.station.station import Station
from marsad.station.terminal import Terminal, prepared, say, say_reason

if TYPE_CHECKING:
    from marsad.station.record import Record

_LOG = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a station is put together from.

    directory   where it records, for this process alone
    record      opens journal and register there; called with the time, once the engine is ready
    clock       begun then, and again as the links open
    addresses   feed → (host, port) in place of those in the settings
    watch       called for every effect after it was carried out
    progress    called with how far the engine is, beside terminal and console
    patience    with the console's process; None for the usual
    starts_always   a directory that cannot be written or a console's port that is taken does not stop it:
                    it is told, and tried again; it looks after its disk
    key         of the directory, where whoever starts the station needs it too; None: it is made as needed
    """

    settings: SettingsFile
    directory: Path
    record: "Callable[[int], Record]"
    clock: Clock
    server: ServerSettings
    addresses: Mapping[str, Address] = field(default_factory=dict)
    watch: Callable[[Effect], None] | None = None
    progress: Callable[[Progress], None] = lambda progress: None
    patience: Patience | None = None
    starts_always: bool = False
    key: DataKey | None = None


@contextlib.asynccontextmanager
async def assembled(plan: Plan, terminal: Terminal) -> AsyncIterator[Station]:
    """A running station, taken apart again at the end.

    Raises LinkError, RecordingError, ConfigError or PreparationError in the order of the module's
    description; whatever is raised, nothing that was there is changed before the engine is ready.
    """
    feeds = plan.settings.site.feed
    listening = {name: plan.addresses.get(name, address) for name, address in listen_addresses(feeds).items()}
    always = plan.starts_always
    with (
        contextlib.closing(take_ports(listening, plan.server, needs_console=not always)) as ports,
        locked(plan.directory, must_write=not always) as held,
    ):
        _tell_held(terminal, ports.console_fault, held)
        station = Station(
            plan.settings.site.build_site(),
            ports,
            plan.server,
            dialled=plan.addresses,
            outputs=plan.settings.outputs,
            watch=plan.watch,
            reached=partial(_tell_reach, terminal),
            patience=plan.patience,
            keeps_room=plan.starts_always,
            sessions=SessionFile(plan.directory, plan.key),
        )
        try:
            await station.serve()
            if station.address:
                _tell_console(terminal, station.address, plan.server)
            await _prepare(plan, station, terminal)
            plan.clock.begin()
            record = await asyncio.to_thread(plan.record, plan.clock.now_ns())
            for feed in feeds:  # before the first word of whether it is reached
                taken = ports.feeds.get(feed.name)
                host, port = (
                    taken.getsockname()[:2] if taken else plan.addresses.get(feed.name, address_of(feed))
                )
                code = "station.feed.listens" if taken else "station.feed.dials"
                say(terminal, code, feed=feed.name, address=f"{host}:{port}")
            plan.clock.begin()
            rehearsed = {name for name in listening if name in plan.addresses}
            first = listings(record, record.recorder.fold.settings, listening, rehearsed)
            for listing in first:
                tell_listed(terminal, listing)
            await station.open(record, plan.clock, [listing.action for listing in first])
            if any(listing.is_upgrade for listing in first):
                station.live.notice("feed-listed")
            await _declare(station, plan.settings.site)
            yield station
        finally:
            await station.stop()


async def _declare(station: Station, settings: SiteSettings) -> None:
    """Declare the flights of the settings that are not in the register as they are there now.

    One that a person has cancelled stays so: it is in the register already.
    """
    if settings.site.flights is None:
        return
    fold = station.live.fold
    picture = moved(fold.picture().flights, fold.utc_offset_ns)
    known = {flight.flight_id: replace(flight, cancelled=False) for flight in picture.flights}
    fresh = [
        flight
        for flight in flights_of(Path(settings.site.flights), settings.local_frame())
        if known.get(flight.flight_id) != flight
    ]
    if fresh:
        with contextlib.suppress(UnrecordedError):  # they count, and wait for the disk with all else
            await station.submit(DeclareFlights("settings", tuple(fresh)))


def _tell_held(terminal: Terminal, console_fault: str, held: Held) -> None:
    """What is amiss with ports and directory, and what others could read until now."""
    if console_fault:
        say(terminal, "station.console.port-taken", detail=console_fault)
    if held.fault:
        say(terminal, "station.unwritable", detail=held.fault)
    for path in held.aside:
        say(terminal, "station.no-file", path=str(path))
    if held.tightened:
        count = float(len(held.tightened))
        say(terminal, "station.tightened", path=str(held.tightened[0]), count=count)


def _tell_console(terminal: Terminal, address: str, server: ServerSettings) -> None:
    """Where people open the console: behind a reverse proxy at the proxy's address."""
    if server.serves_proxies_only and server.origins:
        say(terminal, "station.console.proxy", address=server.origins[0], own=address)
    else:
        say(terminal, "station.console", address=address)


def _tell_reach(terminal: Terminal, feed: str, link: TcpDialler, reach: Reach) -> None:
    cause = (
        filled(f"station.cause.{reach.cause}", terminal.language, {"detail": reach.detail})
        if reach.cause
        else ""
    )
    say(
        terminal,
        f"station.feed.{reach.state}",
        feed=feed,
        address=f"{link.host}:{link.port}",
        cause=cause,
        retry_s=link.retry_s,
    )


async def _prepare(plan: Plan, station: Station, terminal: Terminal) -> None:
    def so_far(progress: Progress) -> None:
        station.prepared_so_far(progress.share, progress.left_s)
        terminal.prepared_so_far(progress)
        plan.progress(progress)

    began_s = time.monotonic()
    dimensions = (plan.settings.site.tracking.dimensions,)
    compiled = await prepare(dimensions, so_far, partial(say_reason, terminal))
    prepared(terminal, compiled, time.monotonic() - began_s)


async def until_interrupted(work: Coroutine[object, object, T]) -> T | None:
    """What the work gives, or None if SIGINT or SIGTERM ended it; either lets it end in good order."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if not interrupted:
            raise
        return None
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def pass_over_hang_ups() -> None:
    """From now on SIGHUP ends neither this process nor those that it starts.

    Who has settings put in force, or closes a terminal, does not know whether a site is starting or ending.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@contextlib.asynccontextmanager
async def hanging_up(work: Callable[[], Coroutine[object, object, None]]) -> AsyncIterator[None]:
    """While the body runs, SIGHUP has some work done; behind it, it is passed over."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def begin() -> None:
        task = asyncio.ensure_future(work())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        task.add_done_callback(_log_failure)

    loop.add_signal_handler(signal.SIGHUP, begin)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        pass_over_hang_ups()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def beside(*works: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Work that goes on beside the body and ends with it; the body goes on without what failed."""
    tasks = [asyncio.create_task(work, name=getattr(work, "__qualname__", "")) for work in works]
    for task in tasks:
        task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _log_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.error("what runs beside the site ended: %s", task.get_name(), exc_info=error)
