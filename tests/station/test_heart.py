"""The heart of a station beats with its fold, and not with its process."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

import pytest

from marsad.links.clock import SystemClock
from marsad.links.heartbeat import HeartbeatSender, HeartbeatSettings
from marsad.links.heartbeat_watch import Watched
from marsad.model.frame import Frame
from marsad.model.heartbeat import Beat
from marsad.station.heart import beat
from marsad.station.heartbeat_watch import HeartbeatStoppedError, watch_heartbeat
from marsad.station.record import open_record
from marsad.station.rig import Plan, assembled, beside
from marsad.station.settings_file import read_settings

from ..terminals import Heard

KEY = b"0123456789abcdef"


async def _station(
    site_file: Path, directory: Path, port: int, freeze: threading.Event, go: threading.Event
) -> None:
    """A station whose fold stands still from the moment `freeze` is set until `go` is; it beats to a port."""
    file, clock = read_settings(site_file), SystemClock()
    record = partial(open_record, directory, file.site.site.id, file.data)
    sender = HeartbeatSender(HeartbeatSettings(send=[f"127.0.0.1:{port}"]))
    plan = Plan(file, directory, record, clock, file.server)
    async with _closed(sender), assembled(plan, Heard()) as station:
        fold = station.live.fold
        folded = fold.fold
        station.live.recorder.snapshot = lambda: None  # type: ignore[method-assign]  # it is no site's own fold

        def frozen(frame: Frame) -> list[object]:
            if freeze.is_set():
                go.wait(300)
                freeze.clear()
            return list(folded(frame))

        fold.fold = frozen  # type: ignore[method-assign,assignment]
        async with beside(beat(station, clock, [lambda word: sender.send(word.to_bytes(KEY))], 0.2)):
            await station.wait()


@asynccontextmanager
async def _closed(sender: HeartbeatSender) -> AsyncIterator[None]:
    with closing(sender):
        yield


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_the_beat_stops_with_the_fold_and_the_watch_says_so(site_file: Path, tmp_path: Path) -> None:
    freeze, go = threading.Event(), threading.Event()
    port, heard, rung = _free_port(), Heard(), []
    (tmp_path / "key").write_bytes(KEY)
    loop: asyncio.AbstractEventLoop = asyncio.new_event_loop()
    work = loop.create_task(_station(site_file, tmp_path / "data", port, freeze, go))

    def live() -> None:
        asyncio.set_event_loop(loop)
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(work)

    thread = threading.Thread(target=live)
    watched = Watched(silent_s=2.0, site="example")
    try:
        async with asyncio.timeout(300):
            beats = asyncio.create_task(
                watch_heartbeat(
                    *(heard, ("127.0.0.1", port), watched, tmp_path / "key"), bell=lambda: rung.append(True)
                )
            )
            thread.start()
            await _said(heard, "Site example works")
            freeze.set()
            await _said(heard, "NO HEARTBEAT of site example")
            assert rung and thread.is_alive()
            heard.said.clear()
            go.set()
            await _said(heard, "Site example works")
            beats.cancel()
            freeze.set()
            go.clear()
            with pytest.raises(HeartbeatStoppedError):
                await watch_heartbeat(heard, ("127.0.0.1", port), watched, tmp_path / "key", ends=True)
    finally:
        go.set()
        loop.call_soon_threadsafe(work.cancel)
        await asyncio.to_thread(thread.join)
        loop.close()


async def _said(heard: Heard, words: str) -> None:
    while not any(words in sentence for sentence in heard.said):  # noqa: ASYNC110 - a terminal has no event
        await asyncio.sleep(0.02)


async def test_beats_say_how_the_site_is(site_file: Path, tmp_path: Path) -> None:
    file, clock = read_settings(site_file), SystemClock()
    record = partial(open_record, tmp_path / "data", file.site.site.id, file.data)
    beats: asyncio.Queue[Beat] = asyncio.Queue()
    plan = Plan(file, tmp_path / "data", record, clock, file.server)

    def broken(word: Beat) -> None:
        raise OSError("nobody there")

    async with asyncio.timeout(300), assembled(plan, Heard()) as station:  # noqa: SIM117
        async with beside(beat(station, clock, [broken, beats.put_nowait], 0.05)):
            first = await beats.get()
            second = await beats.get()
            assert (first.site, first.mode, first.state, first.sequence) == ("example", "test", "ok", 1)
            assert second.sequence == 2 and second.site_t_ns > first.site_t_ns and second.picture_age_s < 1.5
            station.live.fault("journal.unsafe")
            while (await beats.get()).state != "faulty":
                pass
