"""Recordings played at a site that runs already: it dials the receiver, or the radar dials it."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from functools import partial
from pathlib import Path

import pytest

from marsad.errors import LinkError
from marsad.links.clock import SystemClock
from marsad.station.hold import address_of
from marsad.station.playback import feed_site
from marsad.station.record import open_record
from marsad.station.rig import Plan, assembled
from marsad.station.settings_file import SettingsFile, read_settings
from marsad.station.station import Station

from ..terminals import Heard
from .conftest import SITE

RECEIVER = """
[[feed]]
name = "aircraft"
standard = "sbs"
connect = "127.0.0.1:{port}"
"""
OPENSKY = (
    "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,baroaltitude,lastposupdate\n"
    "1626098400,3c4591,33.31,44.41,200.0,10.0,0.0,BOX413  ,False,3000.0,1626098400.0\n"
    "1626098401,3c4591,33.3118,44.4104,200.0,10.0,0.0,BOX413  ,False,3000.0,1626098401.0\n"
)


@asynccontextmanager
async def running(settings: Path, directory: Path) -> AsyncIterator[Station]:
    file, clock = read_settings(settings), SystemClock()
    record = partial(open_record, directory, file.site.site.id, file.data)
    async with assembled(Plan(file, directory, record, clock, file.server), Heard()) as station:
        yield station


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


async def until_tracked(station: Station) -> int:
    """How many tracks the first picture holds that holds any."""
    async for picture in station.subscribe():
        if len(picture.tracks):
            return len(picture.tracks)
    raise AssertionError("the site ended")


@pytest.fixture
def dialling(site_file: Path) -> SettingsFile:
    """Settings of a site that dials a receiver, at a port that is free."""
    site_file.write_text(SITE.replace("[server]", RECEIVER.format(port=free_port()) + "[server]"), "utf-8")
    return read_settings(site_file)


@pytest.fixture
def transponders(tmp_path: Path) -> Path:
    recording = tmp_path / "two-seconds.csv.gz"
    recording.write_bytes(gzip.compress(OPENSKY.encode()))
    return recording


@pytest.fixture
def flight(tmp_path: Path) -> Path:
    rows = (f"{0.4 * k:.1f},{4 * k},50.0,{30 + k}" for k in range(11))
    recording = tmp_path / "flight.csv"
    recording.write_text("\n".join(["t_s,east_m,north_m,height_above_takeoff_m", *rows]) + "\n", "utf-8")
    return recording


async def test_the_receiver_that_a_site_dials_is_played_to_it(
    dialling: SettingsFile, site_file: Path, transponders: Path, tmp_path: Path
) -> None:
    terminal, dialled = Heard(), address_of(dialling.site.feed[1])
    async with asyncio.timeout(60):
        playing = asyncio.create_task(feed_site("opensky-csv", transponders, site_file, dialled, terminal))
        async with running(site_file, tmp_path / "data") as station:
            assert await until_tracked(station) == 1
            played = await playing
    assert played.bytes_sent > 0 and transponders.name in terminal.said[-1]


async def test_a_radar_that_dials_a_site_is_played_to_it(
    site_file: Path, flight: Path, tmp_path: Path
) -> None:
    async with asyncio.timeout(60), running(site_file, tmp_path / "data") as station:
        tracked = asyncio.create_task(until_tracked(station))
        await feed_site("drone-csv", flight, site_file, station.addresses["sensors"], Heard())
        assert await tracked == 1
    assert [sensor.name for sensor in station.record.recorder.fold.sensors()] == ["Playback radar"]


async def test_a_site_that_is_not_there_is_told(site_file: Path, flight: Path) -> None:
    nobody = ("127.0.0.1", free_port())
    with pytest.raises(LinkError, match=f"nobody listens on 127.0.0.1:{nobody[1]}"):
        await feed_site("drone-csv", flight, site_file, nobody, Heard())


async def test_a_site_that_goes_away_from_a_radar_is_told_with_what_was_sent(
    site_file: Path, flight: Path
) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        writer.close()

    async with asyncio.timeout(60), await asyncio.start_server(leave, "127.0.0.1", 0) as site:
        address = site.sockets[0].getsockname()
        with pytest.raises(LinkError, match=r"the site ended .* sent until then: \d+ frames, \d+ b"):
            await feed_site("drone-csv", flight, site_file, address, Heard())


async def test_a_site_that_goes_away_from_its_receiver_is_told_with_what_was_sent(
    site_file: Path, dialling: SettingsFile, tmp_path: Path
) -> None:
    row = "{t},3c4591,33.31,44.41,200.0,10.0,0.0,BOX413  ,False,3000.0,{t}.0\n"
    path = tmp_path / "long.csv"
    head = OPENSKY.splitlines(keepends=True)[0]
    path.write_text(head + "".join(row.format(t=1626098400 + second) for second in range(3_600)))
    address, terminal = address_of(dialling.site.feed[1]), Heard()
    async with asyncio.timeout(60):
        playing = asyncio.create_task(feed_site("opensky-csv", path, site_file, address, terminal))
        reader = None
        while reader is None:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(*address)
            await asyncio.sleep(0)
        await reader.readline()
        writer.close()
        with pytest.raises(LinkError, match=r"the site ended .* sent until then: \d+ frames, \d+ b"):
            await playing
