"""The console's server as a process: killed, frozen, outlived by nothing, started again; the fold goes on."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from marsad.errors import ConfigError
from marsad.feeds.sapient.edge import status
from marsad.feeds.sapient.ulid import ulid
from marsad.links.clock import SystemClock
from marsad.model.action import Acknowledge, Action
from marsad.server import Operator, Role, ServerSettings, hash_password
from marsad.site.journal import JournalReader
from marsad.site.recorder import replay
from marsad.station import console_process
from marsad.station.console_process import DOWN, SILENT, UNREACHABLE
from marsad.station.record import newest_journal, open_record
from marsad.station.rig import Plan, assembled
from marsad.station.settings_file import read_settings
from marsad.station.station import Station
from marsad.tracking import warm_up

from ..adversary.raid import RADAR, SITE, hello, scan
from ..server.synthetic import SyntheticSite
from ..terminals import Heard
from .conftest import gone
from .keeping import SOON, keeping

KILLS, KILLED_SERVING = 20, 3  # the others as soon as they are started: at any moment
UNDISTURBED_S = 3.0
GAP_FACTOR, GAP_MORE_S = 3.0, 0.5  # of the gaps of the same run undisturbed: others keep the machine busy


# -------------------------------------------------------------------- beside a fold


@asynccontextmanager
async def station_of(directory: Path) -> AsyncIterator[Station]:
    warm_up(lambda kernel: None)
    settings = directory / "site.toml"
    settings.write_text(SITE, "utf-8")
    file, clock = read_settings(settings), SystemClock()
    record = partial(open_record, directory, "example", file.data)
    plan = Plan(file, directory, record, clock, file.server)
    async with assembled(replace(plan, patience=SOON), Heard()) as station:
        yield station


async def radar(port: int, sent: list[bytes]) -> None:
    """An honest radar, ten looks a second."""
    clock = SystemClock()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = 0
    try:
        while True:
            t_ns = clock.now_ns()
            words = scan(t_ns, number / 20 + 0.01) if number else hello(t_ns)  # it comes at 15 m/s
            if number % 50 == 49:
                words += status(RADAR, t_ns, ulid(t_ns, 3))
            writer.write(words)
            sent.append(words)
            await writer.drain()
            number += 1
            await asyncio.sleep(0.1)
    finally:
        writer.close()
        reader.feed_eof()


async def console_at(address: str, note: Callable[[], None]) -> None:
    """A console that comes back whenever it was cut off."""
    while True:
        with suppress(OSError, ConnectionClosed, EOFError):
            async with connect(f"ws{address[4:]}api/picture", max_size=None, proxy=None) as client:
                async for _ in client:
                    note()
        await asyncio.sleep(0.05)


class Gaps(list[float]):
    """The seconds between the fold's pictures; and those of a while in which nobody does anything."""

    undisturbed_s = 0.0

    async def learn(self) -> None:
        """See what the machine does by itself."""
        begin = len(self)
        await asyncio.sleep(UNDISTURBED_S)
        self.undisturbed_s = max([self.undisturbed_s, *self[begin:]])

    def hold(self) -> None:
        """The fold has gone on, as far as the machine let it."""
        assert max(self) < GAP_FACTOR * self.undisturbed_s + GAP_MORE_S, (max(self), self.undisturbed_s)


async def gaps(station: Station, found: list[float]) -> None:
    """Note the seconds between the fold's pictures."""
    before = time.monotonic()
    async for _ in station.subscribe():
        now = time.monotonic()
        found.append(now - before)
        before = now


@asynccontextmanager
async def watched(directory: Path) -> AsyncIterator[tuple[Station, list[float], Gaps, list[bytes]]]:
    """A station with a radar and a console; when pictures came to it, and the gaps between the fold's own."""
    async with station_of(directory) as station:
        shown: list[float] = []
        between = Gaps()
        sent: list[bytes] = []
        works = (
            radar(station.addresses["sensors"][1], sent),
            console_at(station.address, lambda: shown.append(time.monotonic())),
            gaps(station, between),
        )
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield station, shown, between, sent
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def until_shown(station: Station, shown: list[float], since_s: float) -> None:
    """Wait until the console has a picture that came after a time."""
    async for _ in station.subscribe():
        if shown and shown[-1] > since_s:
            return


async def test_killed_twenty_times_the_fold_goes_on_and_consoles_come_back(tmp_path: Path) -> None:
    async with asyncio.timeout(300), watched(tmp_path) as (station, shown, between, sent):
        console = station.console
        assert console is not None
        await until_shown(station, shown, time.monotonic())
        await between.learn()
        pictures = station.subscribe()
        for kill in range(KILLS):
            if kill < KILLED_SERVING:
                await until_shown(station, shown, time.monotonic())
            assert console.process is not None
            console.process.kill()
            before = console.starts
            while console.starts == before:
                await anext(pictures)
        await until_shown(station, shown, time.monotonic())
        await between.learn()  # the machine may have been left to itself only now, or before
        while DOWN in (picture := await anext(pictures)).faults:
            pass
        assert "console-renewed" in (await anext(pictures)).notices
        assert len(picture.tracks) == 1
        assert console.starts == KILLS + 1
    between.hold()
    journal = newest_journal(tmp_path, "example")
    assert journal is not None
    live, replayed = station.record.recorder.fold, replay(journal)
    assert replayed.fold.digest() == live.digest() and replayed.flaws == ()
    heard = b"".join(frame.data for frame in JournalReader(journal).frames() if frame.feed == "sensors")
    assert b"".join(sent[:-1]) in heard  # every word of the radar, in order, once


async def test_frozen_it_is_told_costs_nothing_and_is_replaced(tmp_path: Path) -> None:
    async with asyncio.timeout(120), watched(tmp_path) as (station, shown, between, _):
        console = station.console
        assert console is not None and console.process is not None
        await until_shown(station, shown, time.monotonic())
        await between.learn()
        end = console._end
        assert end is not None
        frozen, waiting = console.process.pid, []
        os.kill(frozen, signal.SIGSTOP)
        told = False
        async for picture in station.subscribe():
            told = told or SILENT in picture.faults
            waiting.append(end._channel.waiting)
            if console.starts == 2:
                break
        assert told and max(waiting) < 1 << 20
        assert await gone(frozen, 2)
        await until_shown(station, shown, time.monotonic())
        async for picture in station.subscribe():
            if not picture.faults:
                break
    between.hold()


# -------------------------------------------------------------------- beside any site


async def test_a_console_that_nobody_can_open_is_told() -> None:
    patience = replace(SOON, hung_ticks=1000, probe_s=0.05, probes=2)
    async with asyncio.timeout(60), keeping(SyntheticSite(), patience=patience) as kept:
        await kept.console.started()
        kept.send(signal.SIGSTOP)
        await kept.until(UNREACHABLE, True)
        kept.send(signal.SIGCONT)
        await kept.until(UNREACHABLE, False)


async def acted(address: str, numbers: range) -> list[int]:
    """Acknowledge alarms one after the other; what has no answer is sent again under its name."""
    statuses = []
    for number in numbers:
        while True:
            with suppress(httpx.TransportError):
                async with httpx.AsyncClient(base_url=address, timeout=30) as http:
                    action = {"action": "acknowledge", "alarm_id": str(number)}
                    key = {"idempotency-key": f"press {number}"}
                    statuses.append((await http.post("/api/actions", json=action, headers=key)).status_code)
                    break
    return statuses


class SlowSite(SyntheticSite):
    """Takes a moment for each action, so that servers end in the midst of one."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: asyncio.Queue[Action] = asyncio.Queue()

    async def submit(self, action: Action, key: str = "") -> None:
        await super().submit(action, key)
        self.taken.put_nowait(action)
        await asyncio.sleep(0.05)


async def test_actions_are_done_once_and_in_order_whatever_becomes_of_the_server() -> None:
    site = SlowSite()
    async with asyncio.timeout(120), keeping(site) as kept:
        acting = asyncio.create_task(acted(kept.address, range(30)))
        for death in range(2):
            for _ in range(3):
                await site.taken.get()
            kept.send(signal.SIGKILL)
            await kept.until(DOWN, False, death + 1)
        assert await acting == [202] * 30
    assert site.actions == [Acknowledge("local operator", str(number)) for number in range(30)]


async def test_who_is_signed_in_stays_so_and_who_signed_out_too() -> None:
    people = tuple(
        Operator(name=name, role=Role.OPERATOR, password_hash=hash_password("correct horse"))
        for name in ("Layla", "Omar")
    )
    async with (
        asyncio.timeout(60),
        keeping(SyntheticSite(), ServerSettings(port=0, operators=people)) as kept,
        httpx.AsyncClient(base_url=kept.address, timeout=30) as layla,
        httpx.AsyncClient(base_url=kept.address, timeout=30) as omar,
    ):
        for http, name in ((layla, "Layla"), (omar, "Omar")):
            (
                await http.post("/api/session", json={"name": name, "password": "correct horse"})
            ).raise_for_status()
        left = dict(omar.cookies)
        await omar.delete("/api/session")
        kept.send(signal.SIGKILL)
        await kept.until(DOWN, True)
        # the port is open between two servers: whoever asks now waits
        assert (await layla.get("/api/session")).json()["name"] == "Layla"
        omar.cookies.update(left)
        assert (await omar.get("/api/session")).json()["name"] is None


def memory_score(process: int) -> int:
    return int(Path(f"/proc/{process}/oom_score_adj").read_text())


async def test_it_serves_pictures_tracks_and_documents_and_ends_in_good_order() -> None:
    site = SyntheticSite()
    async with asyncio.timeout(60), keeping(site) as kept:
        async with httpx.AsyncClient(base_url=kept.address, timeout=30) as http:
            async with connect(f"ws{kept.address[4:]}/api/picture", max_size=None, proxy=None) as client:
                assert '"kind":"snapshot"' in str(await client.recv())
            assert (await http.get("/readyz")).json() == {"status": "ready", "faults": []}
            assert (await http.get("/healthz")).json() == {"status": "ok"}
            assert (await http.get("/api/tracks/88")).json()["track"]["detail"]["evidence"]
            incident = (await http.get("/api/incidents")).json()[0]["incident_id"]
            report = await http.get(f"/api/incidents/{incident}/report.pdf?lang=ar")
            assert report.content.startswith(b"%PDF")
            lines = (await http.get("/metrics")).text.splitlines()
            assert "marsad_console_starts_total 1.0" in lines
            assert {"marsad_console_pictures_total", "marsad_tracks"} <= {
                line.split(" ")[0] for line in lines
            }
        process = kept.console.process
        assert process is not None
        assert memory_score(process.pid) == 500  # where memory runs out it goes before the site
    assert process.returncode == 0


async def test_settings_that_cannot_be_served_are_told_as_such(tmp_path: Path) -> None:
    for name in ("key.pem", "certificate.pem"):
        (tmp_path / name).write_text("no PEM")
    settings = ServerSettings(
        port=0, tls_certificate=tmp_path / "certificate.pem", tls_key=tmp_path / "key.pem"
    )
    with pytest.raises(ConfigError, match="must be PEM"):
        async with keeping(SyntheticSite(), settings):
            pytest.fail("it must not be served")


def test_it_loads_nothing_of_the_engine() -> None:
    heavy = ("numpy", "numba", "scipy", "shapely", "sqlalchemy", "marsad.tracking", "marsad.site.fold")
    code = f"import sys, marsad.server.process; print([one for one in {heavy} if one in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


async def test_one_that_never_comes_up_is_replaced_and_does_not_hold_up_the_site(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(console_process, "_COMMAND", ("-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(console_process, "_START_S", 0.2)
    async with keeping(SyntheticSite(), patience=replace(SOON, start_ticks=4)) as kept:
        assert "the site starts without it" in caplog.text
        await kept.until(DOWN, True)
    assert "it said nothing for long" in caplog.text
