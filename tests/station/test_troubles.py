"""What fails beside the fold does not stop the site: its terminal, its register, what runs beside it."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from marsad.errors import ReceivedError, RecordingError, UnrecordedError
from marsad.links.clock import SystemClock
from marsad.model.action import CloseIncident, HeadCount
from marsad.model.effect import Effect, Register
from marsad.model.frame import OPERATOR, TICK, Frame
from marsad.model.incident import Casualties, Fact, Incident, Outcome
from marsad.register.store import RegisterStore
from marsad.report.wording import word
from marsad.site.journal import JournalReader, segments
from marsad.site.live import LiveSite
from marsad.site.recorder import begin
from marsad.station.ending import Ended, ending
from marsad.station.record import open_record
from marsad.station.rig import Plan, assembled, beside
from marsad.station.run import _tell_end
from marsad.station.settings_file import read_settings
from marsad.station.station import Station

from ..disks import file_size_limit
from ..terminals import Heard
from .conftest import SITE

KEPT = Path(__file__).parents[1] / "releases" / "0.1.0" / "register.sqlite.gz"


@pytest.fixture
def incident(tmp_path: Path) -> Incident:
    """One that was recorded."""
    (tmp_path / "kept.sqlite").write_bytes(gzip.decompress(KEPT.read_bytes()))
    register = RegisterStore(f"sqlite:///{tmp_path}/kept.sqlite")
    found = [*register.all(), *register.all(exercise=True)]
    register.close()
    return found[0]


@asynccontextmanager
async def running(site_file: Path, directory: Path, **watched: Any) -> AsyncIterator[Station]:
    file, clock = read_settings(site_file), SystemClock()
    record = partial(open_record, directory, file.site.site.id, file.data)
    plan = replace(Plan(file, directory, record, clock, file.server), **watched)
    async with assembled(plan, Heard()) as station:
        yield station


async def test_a_terminal_that_cannot_be_written_does_not_stop_the_site(
    site_file: Path, tmp_path: Path, incident: Incident, caplog: pytest.LogCaptureFixture
) -> None:
    def full(effect: Effect) -> None:
        raise OSError(28, "No space left on device")

    async with asyncio.timeout(60), running(site_file, tmp_path / "data", watch=full) as station:
        for version in range(20):
            station._carry_out(Register(replace(incident, version=version + 1)))
        pictures = station.subscribe()
        assert (await anext(pictures)).t_ns < (await anext(pictures)).t_ns
        await station.finish()
        kept = station.record.register.latest(incident.incident_id)
    assert kept is not None and kept.version == 20
    told = [line for line in caplog.records if "watches" in line.message]
    assert len(told) == 5 and "Register" in told[0].message


@pytest.fixture
def live(tmp_path: Path) -> LiveSite:
    clock = SystemClock()
    return LiveSite(begin(tmp_path / "j.mcap", SITE.encode(), clock.now_ns()), clock, lambda effect: None)


async def test_what_is_done_while_the_disk_is_full_is_told_to_be_unrecorded(live: LiveSite) -> None:
    async with asyncio.timeout(60), beside(live.run()):
        with file_size_limit(0):
            with pytest.raises(
                UnrecordedError, match=r"takes effect, but it is NOT RECORDED.*the disk refuses"
            ):
                await live.submit(HeadCount("Layla", True))
            assert live.fold.counters["actions"] == 1
            with pytest.raises(ReceivedError, match="no incident is open"):  # not done is the graver news
                await live.submit(CloseIncident("Layla", Outcome.LEFT, Casualties(), Fact(), Fact()))
        await live.submit(HeadCount("Layla", True))
    frames = list(JournalReader(live.recorder.journal.path).frames())
    # what waited for the disk came first, the refused action as well
    assert [frame.feed for frame in frames].count(OPERATOR) == 3


async def test_a_full_disk_at_the_turn_of_a_segment_does_not_end_the_site(live: LiveSite) -> None:
    async with asyncio.timeout(60), beside(live.run()):
        await live.submit(HeadCount("Layla", True))
        live.recorder.journal.segment_bytes_max = 1
        with file_size_limit(live.recorder.journal.position[1] + 130):  # room for a tick, none for an end
            async for picture in live.subscribe():
                if {"journal.unsafe", "journal.unwritable"} & {*picture.faults}:
                    break
        live.recorder.journal.segment_bytes_max = 2**20
        await live.submit(HeadCount("Layla", False))
        async for picture in live.subscribe():
            if not picture.faults:
                break
    assert segments(live.recorder.journal.path)[1:]


def listening_everywhere(site_file: Path) -> None:
    """Let its feed listen on a network: then a list of who may speak is journalled at the start."""
    site_file.write_text(SITE.replace("127.0.0.1:0", "0.0.0.0:0"), "utf-8")


async def test_a_site_that_could_record_nothing_starts_and_says_at_its_end_what_is_lost(
    site_file: Path, tmp_path: Path
) -> None:
    nowhere = tmp_path / "data"
    nowhere.symlink_to(tmp_path / "disk" / "data")  # a disk that is not there, to no user and neither to root
    listening_everywhere(site_file)
    async with asyncio.timeout(60), running(site_file, nowhere, starts_always=True) as station:
        recorder = station.record.recorder
        assert recorder.fold.counters["actions"] == 1, "the list holds, though no disk took it"
    lost = recorder.lost
    assert lost is not None and lost.frame_count >= 2
    reason, ended = ending(recorder)
    assert ended is Ended.LOST
    for language, said in (("en", "NOTHING OF THIS RUN IS RECORDED: "), ("ar", "لم يُسجَّل شيء")):
        sentence = word(reason, language)  # type: ignore[arg-type]
        moment = datetime.fromtimestamp(lost.last_t_ns // 10**9, UTC)
        assert sentence.startswith(said) and f"{moment:%Y-%m-%d %H:%M:%S}Z" in sentence


def test_what_is_lost_ends_a_run_with_an_error(live: LiveSite) -> None:
    recorder, heard = live.recorder, Heard()
    with file_size_limit(10):
        recorder.take([Frame(TICK, recorder.fold.t_ns + 10**9)])
        with suppress(RecordingError):
            recorder.close()
        with pytest.raises(RecordingError, match="NOT ALL IS RECORDED: one frame, from "):
            _tell_end(heard, recorder, None, asyncio.CancelledError(), None)
        _tell_end(heard, recorder, None, KeyError("what ended it is the graver news"), None)
    recorder.close()
    _tell_end(heard, recorder, None, None, None)
    assert heard.said[0].startswith("NOT ALL IS RECORDED")
    assert heard.said[1:] == [f"Journal {recorder.journal.path} is closed"]


@pytest.mark.parametrize(
    "error", [ValueError("surrogates not allowed"), MemoryError()], ids=["bad", "memory"]
)
async def test_whatever_ails_the_register_is_shown_and_the_site_can_be_stopped(
    error: Exception, site_file: Path, tmp_path: Path, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(incident: Incident) -> None:
        raise error

    async with asyncio.timeout(60), running(site_file, tmp_path / "data") as station:
        monkeypatch.setattr(station.record.register, "save", save)
        station._carry_out(Register(incident))
        async for picture in station.subscribe():
            if "register.unwritable" in picture.faults:
                break
        monkeypatch.undo()
        station._carry_out(Register(incident))
        async for picture in station.subscribe():
            if "register.unwritable" not in picture.faults:
                break


async def test_what_runs_beside_a_site_does_not_end_unheard(caplog: pytest.LogCaptureFixture) -> None:
    async def watchdog() -> None:
        raise KeyError("station.unknown")

    async with beside(watchdog()):
        await asyncio.sleep(0)
    assert "watchdog" in caplog.text and "station.unknown" in caplog.text


async def test_what_happened_at_another_site_gets_its_documents_there(
    site_file: Path, tmp_path: Path, incident: Incident
) -> None:
    async with asyncio.timeout(60), running(site_file, tmp_path / "data") as station:
        station.record.register.save(incident)
        with pytest.raises(
            RecordingError, match=f"happened at {incident.site_id}; its documents are written there"
        ):
            await station.dossier(incident.incident_id)
