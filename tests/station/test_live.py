"""A live station over real sockets: sensors are heard and answered, people act, a crash loses nothing."""

import asyncio
import os
import random
import signal
import struct
import subprocess
import sys
import threading
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from marsad.errors import ConfigError, RecordingError
from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.wire import SapientMessage
from marsad.links.clock import SystemClock
from marsad.model.frame import CLOCK, CONFIGURATION, TICK
from marsad.model.incident import Incident
from marsad.model.sensor import SensorKind
from marsad.register.seeds import seed_january_2022
from marsad.register.store import RegisterStore
from marsad.site.journal import JournalReader
from marsad.site.recorder import replay, resume
from marsad.station.record import newest_journal, open_record
from marsad.station.rig import Plan, assembled
from marsad.station.settings_file import read_settings
from marsad.station.station import Station
from marsad.tracking import warm_up

from ..terminals import Heard
from .conftest import SITE, gone

DATA = SITE.encode()
NODE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.301, 44.401, 40.0)


async def receive(reader: asyncio.StreamReader) -> SapientMessage:
    (length,) = struct.unpack("<I", await reader.readexactly(4))
    message = SapientMessage()
    message.ParseFromString(await reader.readexactly(length))
    return message


def plot(t_ns: int, number: int) -> bytes:
    return polar_detection(
        NODE, t_ns, ulid(t_ns, number), ulid(1, 1), 0.3, 0.005,
        range_m=5_000.0 - 10 * number, range_sigma_m=10.0, elevation_rad=0.03, elevation_sigma_rad=0.01,
    )  # fmt: skip


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[tuple[Station, int]]:
    settings = directory / "site.toml"
    settings.write_bytes(DATA)
    clock = SystemClock()
    file = read_settings(settings)
    plan = Plan(file, directory, partial(open_record, directory, "example", DATA), clock, file.server)
    async with assembled(plan, Heard()) as station:
        yield station, station.addresses["sensors"][1]


async def test_a_sensor_registers_is_acknowledged_and_its_plots_are_shown(tmp_path: Path) -> None:
    async with running(tmp_path) as (station, port):
        clock = SystemClock()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(registration(NODE, clock.now_ns()))
        answer = await asyncio.wait_for(receive(reader), 10)
        assert answer.registration_ack.acceptance
        assert answer.destination_id == NODE.node_id
        writer.write(status(NODE, clock.now_ns(), ulid(clock.now_ns(), 1), first=True))
        async with asyncio.timeout(20):
            number = 0
            async for picture in station.subscribe():
                number += 1
                writer.write(plot(clock.now_ns(), number))
                if len(picture.tracks):
                    break
        async with httpx.AsyncClient(base_url=station.address, timeout=10) as http:
            assert (await http.get("/healthz")).status_code == 200
            answered = await http.post("/api/actions", json={"action": "acknowledge", "alarm_id": "none"})
            assert answered.status_code == 422
            assert "none" in answered.text
        writer.close()
    journal = newest_journal(tmp_path, "example")
    assert journal is not None
    replayed = replay(journal)
    assert replayed.flaws == ()
    assert replayed.fold.digest() == station.record.recorder.fold.digest()


async def test_a_notice_is_on_every_later_picture(tmp_path: Path) -> None:
    async with running(tmp_path) as (station, _), asyncio.timeout(20):
        pictures = station.subscribe()
        assert (await anext(pictures)).notices == ()
        station.live.notice("simulation-over")
        station.live.notice("simulation-over")
        assert (await anext(pictures)).notices == ("simulation-over",)


async def test_an_incident_is_read_from_the_register_beside_the_fold(tmp_path: Path) -> None:
    """A disk that does not answer keeps who asks waiting, and not the site."""

    class Slow(RegisterStore):
        asked = threading.Event()
        answers = threading.Event()

        def latest(self, incident_id: str) -> Incident | None:
            self.asked.set()
            assert self.answers.wait(0 if threading.current_thread() is threading.main_thread() else 30)
            return super().latest(incident_id)

    async with running(tmp_path) as (station, _), asyncio.timeout(30):
        (example, *_) = seed_january_2022(exercise=False)
        station.record.register.save(example.incident)
        station.record.register.close()
        station.record.register = slow = Slow(f"sqlite:///{tmp_path}/register.sqlite")
        asking = asyncio.create_task(station.incident(example.incident.incident_id))
        writing = asyncio.create_task(station.dossier("none"))
        assert await asyncio.to_thread(slow.asked.wait, 20)
        pictures = station.subscribe()
        shown = [(await anext(pictures)).t_ns for _ in range(3)]
        assert shown[0] < shown[-1] and not asking.done() and not writing.done(), "the site goes on"
        slow.answers.set()
        found = await asking
        assert found is not None and found.incident_id == example.incident.incident_id
        with pytest.raises(RecordingError, match="holds no incident 'none'"):
            await writing


async def test_garbage_is_refused_and_the_next_sensor_is_heard(tmp_path: Path) -> None:
    async with running(tmp_path) as (station, port):
        _, bad = await asyncio.open_connection("127.0.0.1", port)
        bad.write(random.Random(1).randbytes(5_000))
        reader, good = await asyncio.open_connection("127.0.0.1", port)
        good.write(registration(NODE, SystemClock().now_ns()))
        assert (await asyncio.wait_for(receive(reader), 10)).registration_ack.acceptance
        bad.close()
        good.close()
    assert any(name.startswith("refused.") for name in station.record.recorder.fold.counters)


MOVED = DATA.replace(b"latitude_deg = 33.3\n", b"latitude_deg = 33.31\n")


def test_a_run_goes_on_in_its_journal_also_with_other_settings(tmp_path: Path) -> None:
    open_record(tmp_path, "example", DATA, 1_000_000_000_000_000_000).close()
    again = open_record(tmp_path, "example", DATA, 1_000_000_100_000_000_000)
    assert again.told.code == "station.resumes"
    assert again.recorder.fold.counters["restarts"] == 1
    again.close()
    renamed = DATA.replace(b'name_en = "Example"', b'name_en = "Sample"')
    other = open_record(tmp_path, "example", renamed, 1_000_000_200_000_000_000)
    assert other.told.code == "station.resumes"
    assert [dict(reason.arguments) for reason in other.news] == [{"keys": "site.name_en"}]
    assert other.recorder.fold.site.name_en == "Sample"
    other.close()
    path = other.recorder.journal.path
    assert replay(path).fold.digest() == other.recorder.fold.digest()
    assert [frame.data for frame in JournalReader(path).frames() if frame.feed == CONFIGURATION] == [
        *(DATA, DATA, DATA, renamed)
    ]


def test_a_site_that_is_moved_begins_anew_and_says_why(tmp_path: Path) -> None:
    open_record(tmp_path, "example", DATA, 1_000_000_000_000_000_000).close()
    other = open_record(tmp_path, "example", MOVED, 1_000_000_200_000_000_000)
    assert other.told.code == "station.begins"
    assert [(reason.code, dict(reason.arguments)["key"]) for reason in other.news] == [
        ("station.anew", "site.latitude_deg")
    ]
    other.close()


def test_a_journal_begun_after_one_from_the_future_is_the_newest(tmp_path: Path) -> None:
    ahead = open_record(tmp_path, "example", DATA, 1_000_003_600_000_000_000)
    ahead.close()
    corrected = open_record(tmp_path, "example", MOVED, 1_000_000_000_000_000_000)
    begun = corrected.recorder.journal.path
    assert corrected.recorder.fold.t_ns == 1_000_000_000_000_000_000
    corrected.close()
    again = open_record(tmp_path, "example", MOVED, 1_000_000_100_000_000_000)
    assert (again.told.code, again.recorder.journal.path) == ("station.resumes", begun)
    again.close()


def test_settings_faults_of_site_and_server_are_listed_together(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(DATA.replace(b"33.3\n", b"333\n").replace(b"port = 0", b'port = "many"\ncolour = "red"'))
    with pytest.raises(ConfigError) as caught:
        read_settings(path)
    assert [fault.key for fault in caught.value.faults] == [
        "site.latitude_deg",
        "server.port",
        "server.colour",
    ]
    assert str(path) in str(caught.value)


@asynccontextmanager
async def running_apart(directory: Path) -> AsyncIterator[tuple[Process, int]]:
    """The site as a process of its own; its kernels are compiled first, however long that takes."""
    warm_up(lambda kernel: None)
    settings = directory / "site.toml"
    settings.write_bytes(DATA)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from marsad.cli import main; main()"),
        *("run", str(settings), "--data", str(directory)),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            while not (line := (await process.stdout.readline()).decode()).startswith("Feed sensors"):
                pass
        yield process, int(line.rpartition(":")[2])
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


def server_of(process: Process) -> int:
    """The process of the console's server of a site."""
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


@pytest.mark.parametrize("frames_before_the_kill", [3, 40, 160])
async def test_killed_at_any_moment_the_site_goes_on(tmp_path: Path, frames_before_the_kill: int) -> None:
    clock = SystemClock()
    async with running_apart(tmp_path) as (process, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(registration(NODE, clock.now_ns()))
        await asyncio.wait_for(receive(reader), 20)
        writer.write(status(NODE, clock.now_ns(), ulid(clock.now_ns(), 1), first=True))
        for number in range(frames_before_the_kill):
            writer.write(plot(clock.now_ns(), number))
            await writer.drain()
        server = server_of(process)
        if frames_before_the_kill == 40:
            os.kill(server, signal.SIGSTOP)  # even one that is stuck ends with its site
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert await gone(server, 2.0)  # it holds no port against the next run
        writer.close()
    journal = newest_journal(tmp_path, "example")
    assert journal is not None
    frames = list(JournalReader(journal).frames())
    assert frames[0].feed == CONFIGURATION
    recorder, replayed = resume(journal, clock.now_ns())
    assert replayed.position.frames == len(frames)
    own = 2 + bool(replayed.resumed_from)  # its settings, a checkpoint, and from which one it goes on
    assert recorder.fold.frames == len(frames) + own
    assert [sensor.sensor_id for sensor in recorder.fold.sensors()][:1] == [NODE.node_id]
    recorder.journal.close()
    assert all(frame.feed in (CONFIGURATION, TICK, CLOCK, "sensors") for frame in frames)
