"""The examples do what they say: over real sockets, against a running site."""

import asyncio
import os
import re
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from marsad.links.clock import SystemClock
from marsad.model.picture import Picture
from marsad.site.draft import Draft, site_file
from marsad.station.record import open_record
from marsad.station.rig import Plan, assembled
from marsad.station.settings_file import read_settings
from marsad.station.station import Station
from marsad.tracking import warm_up

from ..adversary.process import site as running_site
from ..server.stream.test_raid import token as token_of
from ..station.test_outputs import radar, settings
from ..terminals import Heard

Bound = dict[str, tuple[str, int]]
EXAMPLES = Path(__file__).parents[2] / "examples"


@asynccontextmanager
async def example(name: str, address: str, **environment: str) -> AsyncIterator[tuple[Process, str]]:
    """An example as a process of its own, and the first line it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", str(EXAMPLES / name), address),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        async with asyncio.timeout(60):
            said = (await process.stdout.readline()).decode().strip()
            assert said, (await process.stderr.read()).decode()
        yield process, said
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@asynccontextmanager
async def site(directory: Path, *, sapient: str = "", sbs: str = "") -> AsyncIterator[tuple[Station, Bound]]:
    """A site as `marsad new` writes it, running."""
    text = site_file(Draft("Example", "مثال", 33.3, 44.4, 35.0, 10800, [], sapient, sbs, 0))
    path = directory / "site.toml"
    path.write_text(text, "utf-8")
    file, clock = read_settings(path), SystemClock()
    record = partial(open_record, directory, "example", file.data)
    async with assembled(Plan(file, directory, record, clock, file.server), Heard()) as station:
        yield station, station.addresses


async def confirmed(station: Station) -> Picture:
    """The first picture with a confirmed track."""
    async with asyncio.timeout(90):
        async for picture in station.subscribe():
            if picture.tracks.confirmed.any():
                return picture
    raise AssertionError


async def test_the_object_of_ones_own_radar_becomes_a_confirmed_track(tmp_path: Path) -> None:
    async with site(tmp_path, sapient="127.0.0.1:0") as (station, bound):
        host, port = bound["sensors"]
        async with example("sapient_radar.py", f"{host}:{port}") as (_, said):
            node_id = said.removeprefix("registered as ")
            picture = await confirmed(station)
    assert [sensor.sensor_id for sensor in picture.sensors if sensor.name == "Example radar"] == [node_id]
    track = picture.tracks.where(picture.tracks.confirmed)
    assert len(track) == 1
    east, north, _ = track.mean[0, :3] - np.array([93.0, 111.0, 5.0])  # the radar stands there
    assert 1_000 < np.hypot(east, north) < 3_050
    assert abs(np.degrees(np.arctan2(east, north)) - 45.0) < 2.0
    assert not [name for name, count in picture.counters if name.startswith("refused") and count]


async def test_the_aircraft_of_ones_own_receiver_becomes_a_confirmed_track(tmp_path: Path) -> None:
    async with example("sbs_feeder.py", "127.0.0.1:0") as (_, said):
        address = said.removeprefix("listening on ")
        async with site(tmp_path, sbs=address) as (station, _):
            picture = await confirmed(station)
    track = picture.tracks.where(picture.tracks.confirmed)
    assert len(track) == 1
    east, north, up = track.mean[0, :3]
    assert abs(east) < 300 and 3_000 < north < 5_700 and 500 < up < 900
    assert track.mean[0, 4] == pytest.approx(-61.7, abs=5.0)
    assert {assessment.name for assessment in picture.assessments} <= {"HELI01", "4b43ac"}


async def test_the_follower_prints_alarms_and_says_when_it_follows_no_more(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    async with running_site(tmp_path, settings(("gate", 9))) as (process, sensors, port):
        token = await token_of(tmp_path, "follower")
        following = example("follow_stream.py", f"ws://127.0.0.1:{port}", MARSAD_TOKEN=token)
        async with radar(sensors), following as (follower, said):
            assert re.fullmatch(r"test (alarm|delivery) \S+ \w+", said)
            assert follower.stderr is not None
            process.terminate()
            async with asyncio.timeout(60):
                assert (await follower.stderr.readline()).startswith(b"NOT FOLLOWING: ")


async def test_the_follower_says_that_its_token_is_none(tmp_path: Path) -> None:
    async with site(tmp_path, sapient="127.0.0.1:0") as (station, _):
        address = station.address.replace("http", "ws", 1).rstrip("/")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(EXAMPLES / "follow_stream.py"), address),
            stderr=subprocess.PIPE,
            env={**os.environ, "MARSAD_TOKEN": "x"},
        )
        try:
            assert process.stderr is not None
            async with asyncio.timeout(60):
                said = (await process.stderr.readline()).decode()
        finally:
            process.kill()
            await process.communicate()
    assert said.startswith("NOT FOLLOWING: ") and "token" in said


def test_the_follower_has_forty_lines_and_needs_nothing_of_marsad() -> None:
    text = (EXAMPLES / "follow_stream.py").read_text("utf-8")
    assert len(text.splitlines()) <= 40
    assert not re.search(r"^\s*(from|import) marsad", text, re.M)


def test_the_page_of_the_examples_names_each(tmp_path: Path) -> None:
    named = re.findall(r"^\| `(\S+\.py)`", (EXAMPLES / "README.md").read_text("utf-8"), re.M)
    assert sorted(named) == sorted(path.name for path in EXAMPLES.glob("*.py"))


def test_plots_become_tracks_and_a_picture(tmp_path: Path) -> None:
    file = tmp_path / "picture.svg"
    done = subprocess.run(
        [sys.executable, EXAMPLES / "track_radar_plots.py", file], capture_output=True, text=True, check=True
    )
    tracks = [
        tuple(float(number) for number in found)
        for found in re.findall(r"east (-?\d+) m, north (-?\d+) m, up (-?\d+) m", done.stdout)
    ]
    expected = [(-4_000 + 39 * 60, 5_000 - 39 * 40, 400), (3_000 - 39 * 30, 2_000 + 39 * 40, 200 + 39 * 5)]
    assert len(tracks) == 2
    for place in expected:
        assert min(np.linalg.norm(np.subtract(place, track)) for track in tracks) < 60
    drawn = ElementTree.parse(file).getroot()
    assert len(drawn.findall("{*}polyline")) == 2 and len(drawn.findall("{*}circle")) > 60


def test_the_radar_needs_nothing_of_marsad_and_is_short() -> None:
    text = re.sub(r'""".*?"""', "", (EXAMPLES / "sapient_radar.py").read_text("utf-8"), flags=re.S)
    assert "marsad" not in text
    assert len([line for line in text.splitlines() if line.strip()]) <= 85
