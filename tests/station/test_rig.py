"""A station is put together in an order that changes nothing before it is safe, and hears who waited."""

import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

import httpx
import pytest

from marsad.errors import LinkError, RecordingError
from marsad.feeds.sapient.edge import EdgeNode, registration
from marsad.feeds.sapient.wire import SapientMessage
from marsad.links.clock import SystemClock
from marsad.model.action import CancelFlight
from marsad.model.sensor import SensorKind
from marsad.server import hash_password
from marsad.station.hold import EVERY_ADDRESS, LOCK, listen_addresses, locked, reachable_host, take_ports
from marsad.station.record import open_record
from marsad.station.rig import Plan, assembled
from marsad.station.settings_file import read_settings
from marsad.tracking import warm_up

from ..terminals import Heard
from .conftest import SITE, files, listening, remove

NODE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.301, 44.401, 40.0)


def plan_of(site_file: Path, directory: Path) -> Plan:
    settings = read_settings(site_file)
    clock = SystemClock()
    record = partial(open_record, directory, settings.site.site.id, settings.data)
    return Plan(settings, directory, record, clock, settings.server)


async def test_a_taken_port_is_told_and_nothing_is_made(
    site_file: Path, heard: Heard, tmp_path: Path
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        listening(site_file, port)
        with pytest.raises(LinkError, match=rf"feed sensors cannot listen on 127\.0\.0\.1:{port}"):
            async with assembled(plan_of(site_file, tmp_path / "data"), heard):
                pytest.fail("it must not start")
    assert files(tmp_path) == ["site.toml"]
    assert heard.said == [] and heard.shares == []


def written(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


async def test_the_flights_of_the_settings_are_declared_and_what_a_person_cancelled_stays_so(
    site_file: Path, heard: Heard, tmp_path: Path
) -> None:
    table = tmp_path / "flights.csv"
    rows = ["id,name,remote_id,until", *(f"{one},{one},{one},2099-01-01T00:00:00Z" for one in ("a1", "b2"))]
    table.write_text("\n".join(rows), "utf-8")
    settings = SITE.replace("[[site.zone]]", f'flights = "{table}"\n[[site.zone]]', 1)
    written(site_file, settings)
    async with asyncio.timeout(120):
        async with assembled(plan_of(site_file, tmp_path / "data"), heard) as station:
            await station.submit(CancelFlight("Layla", "a1"))
        table.write_text("\n".join([*rows, "c3,c3,c3,2099-01-01T00:00:00Z"]), "utf-8")
        async with assembled(plan_of(site_file, tmp_path / "data"), heard) as station:
            flights = station.live.fold.picture().flights.flights
    assert [(one.flight_id, one.cancelled) for one in flights] == [("a1", True), ("b2", False), ("c3", False)]


async def test_a_directory_in_use_is_told_with_who_uses_it(
    site_file: Path, heard: Heard, tmp_path: Path
) -> None:
    with locked(tmp_path / "data"):
        with pytest.raises(RecordingError, match=rf"another run records here \(process {os.getpid()}\)"):
            async with assembled(plan_of(site_file, tmp_path / "data"), heard):
                pytest.fail("it must not start")
        assert files(tmp_path / "data") == [LOCK]
    assert heard.said == []
    with locked(tmp_path / "data"):  # given back
        pass


def test_a_place_that_cannot_be_a_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="nothing can be recorded here"), locked(tmp_path / "file"):
        pytest.fail("it must not be locked")


def test_ports_are_given_back_when_one_is_taken(site_file: Path) -> None:
    server = read_settings(site_file).server
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            free = probe.getsockname()[1]
        addresses = {"first": ("127.0.0.1", free), "second": ("127.0.0.1", taken.getsockname()[1])}
        with pytest.raises(LinkError, match="feed second"):
            take_ports(addresses, server)
        socket.create_server(("127.0.0.1", free)).close()


def test_a_port_in_use_is_told_with_what_to_do(site_file: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        server = read_settings(site_file).server.model_copy(update={"port": port})
        with pytest.raises(LinkError, match="start with another --port, or set port under"):
            take_ports({}, server)
        with pytest.raises(LinkError, match="set another port as listen of feed radar"):
            take_ports({"radar": ("127.0.0.1", port)}, read_settings(site_file).server)


def test_the_address_that_is_told_can_be_opened() -> None:
    assert reachable_host("127.0.0.1") == "127.0.0.1" and reachable_host("marsad.example") == "marsad.example"
    for everywhere in ("0.0.0.0", "::", ""):
        assert reachable_host(everywhere) not in EVERY_ADDRESS


async def test_behind_a_proxy_the_proxy_s_address_is_told(tmp_path: Path, heard: Heard) -> None:
    hashed = hash_password("an example")
    text = SITE.replace(
        "[server]\nport = 0",
        '[server]\nport = 0\nhost = "0.0.0.0"\nproxies = ["10.0.0.5"]\norigins = ["https://marsad.example"]\n'
        f'operators = [{{ name = "Layla", password_hash = "{hashed}" }}]',
    )
    (tmp_path / "site.toml").write_text(text, "utf-8")
    async with assembled(plan_of(tmp_path / "site.toml", tmp_path / "data"), heard) as station:
        assert "0.0.0.0" not in station.address
    assert heard.said[0].startswith("Console: https://marsad.example, through the reverse proxy")


def test_a_host_that_is_not_ours_is_a_clear_error(site_file: Path) -> None:
    with pytest.raises(LinkError, match=r"feed far cannot listen on 203\.0\.113\.1:5020"):
        take_ports({"far": ("203.0.113.1", 5020)}, read_settings(site_file).server)


async def acknowledged(reader: asyncio.StreamReader) -> bool:
    (length,) = struct.unpack("<I", await reader.readexactly(4))
    message = SapientMessage()
    message.ParseFromString(await reader.readexactly(length))
    return message.registration_ack.acceptance


@asynccontextmanager
async def process_of(site_file: Path, cache: Path, manager: Path) -> AsyncIterator[Process]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NUMBA_CACHE_DIR": str(cache)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from marsad.cli import main; main()"),
        *("run", str(site_file), "--data", str(site_file.parent / "data")),
        stdout=subprocess.PIPE,
        env={**environment, "NOTIFY_SOCKET": str(manager), "WATCHDOG_USEC": "1000000"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.communicate()


async def until(process: Process, word: str) -> str:
    assert process.stdout is not None
    while word not in (line := (await process.stdout.readline()).decode()):
        assert line, f"it ended without {word!r}"
    return line


async def test_from_a_cold_cache_the_page_is_up_and_a_sensor_that_dials_early_is_heard(
    site_file: Path, cache: Path, tmp_path: Path
) -> None:
    """One kernel is missing, lest all be compiled in a test: what happens is the same."""
    await asyncio.to_thread(warm_up, lambda name: None)
    remove(cache, "motion.step")
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    listening(site_file, port)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        async with asyncio.timeout(200), process_of(site_file, cache, tmp_path / "notify") as process:
            await started_cold(process, manager, port, tmp_path)
    assert listen_addresses(read_settings(site_file).site.feed) == {"sensors": ("127.0.0.1", port)}


async def words_until_alive(manager: socket.socket) -> list[bytes]:
    """What a service manager hears until it knows the sensor and has a sign of life."""
    words: list[bytes] = []
    while b"WATCHDOG=1" not in words or b"STATUS=one sensor, no tracks" not in words:
        words.append(await asyncio.get_running_loop().sock_recv(manager, 200))
    return words


async def started_cold(process: Process, manager: socket.socket, port: int, directory: Path) -> None:
    hearing = asyncio.create_task(words_until_alive(manager))
    address = (await until(process, "Console: ")).split()[-1]
    async with httpx.AsyncClient(base_url=address, timeout=30) as http:
        phase = (await http.get("/api/phase")).json()
        assert phase["name"] == "preparing" and phase["share"] < 1
        assert len((await http.get("/api/site")).json()["zones"]) == 1
        assert (await http.get("/api/incidents")).json() == []
        refused = await http.post("/api/actions", json={"action": "acknowledge", "alarm_id": "none"})
        assert refused.status_code == 503 and "prepared" in refused.text
        assert "site.preparing" in (await http.get("/readyz")).json()["faults"]
        assert files(directory / "data") == [LOCK]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(registration(NODE, SystemClock().now_ns()))
        assert "compiled: one kernel" in await until(process, "Engine ready")
        await until(process, "Feed sensors")
        assert await asyncio.wait_for(acknowledged(reader), 30)
        await until(process, "Radar (Radar) is heard")
        assert (await http.get("/api/phase")).json()["name"] == "running"
    words = await hearing
    assert words[0].startswith(b"STATUS=Prepares the engine: ")
    assert words.index(b"READY=1") < words.index(b"WATCHDOG=1")
    writer.close()
    process.send_signal(signal.SIGTERM)
    await until(process, "is closed")
    assert await process.wait() == 0
