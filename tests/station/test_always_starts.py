"""Whatever became of disk, register and ports: the site starts, runs, and says first what is wrong."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from marsad.errors import RecordingError
from marsad.links.clock import SystemClock
from marsad.model.frame import CHECKPOINT, GAP, RETENTION, STATE, TICK, Frame
from marsad.model.incident import Incident
from marsad.register.seeds import seed_january_2022
from marsad.register.store import RegisterStore
from marsad.site.journal import JournalReader, segments
from marsad.site.live import LiveSite
from marsad.site.recorder import begin
from marsad.site.retention import Stored, seal_of_stored
from marsad.site.seal import Seal
from marsad.site.settings import RetentionSettings
from marsad.site.snapshot import snapshot_path
from marsad.site.verify import verify
from marsad.station.hold import locked
from marsad.station.kept_register import REGISTER, KeptRegister
from marsad.station.rebuild import rebuild
from marsad.station.record import newest_journal, open_record
from marsad.station.reported import REPORTED, note_reported
from marsad.station.upkeep import GONE, IN_RESERVE, LOW, Upkeep

from ..disks import file_size_limit
from .conftest import SITE

SECOND = 10**9


@pytest.fixture(scope="module")
def incidents() -> list[Incident]:
    first = [seed.incident for seed in seed_january_2022()]
    return [*first, replace(first[0], incident_id="example-20220104-024101")]


def emptied(directory: Path) -> None:
    for file in directory.iterdir():
        file.unlink()


def ids(register: KeptRegister) -> list[str]:
    return [incident.incident_id for incident in register.all()]


# ---------------------------------------------------------------- the register


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(b"no database at all" * 100),
        lambda path: path.write_bytes(path.read_bytes()[:5_000]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CREATE TXBLE")),
        lambda path: path.write_bytes(path.read_bytes()[:4_096] + bytes(8_192) + path.read_bytes()[12_288:]),
    ],
    ids=["foreign", "cut", "schema", "pages"],
)
def test_a_damaged_register_is_set_aside_and_what_can_be_read_of_it_is_kept(
    tmp_path: Path, incidents: list[Incident], harm: Any
) -> None:
    register = KeptRegister(tmp_path)
    for incident in incidents:
        register.save(incident)
    register.close()
    harm(tmp_path / REGISTER)
    register = KeptRegister(tmp_path)
    assert len(register.set_aside) == 1 and register.set_aside[0].exists()
    assert register.save(incidents[0]) == incidents[0]
    assert incidents[0].incident_id in ids(register)
    register.close()
    assert (tmp_path / REGISTER).stat().st_mode & 0o777 == 0o600


def test_a_register_damaged_while_it_is_open_is_made_anew(tmp_path: Path, incidents: list[Incident]) -> None:
    register = KeptRegister(tmp_path)
    register.save(incidents[0])
    register.close()
    register = KeptRegister(tmp_path)
    with sqlite3.connect(tmp_path / REGISTER) as other:
        other.execute("DROP TABLE incident_version")
    other.close()
    register.save(incidents[1])
    assert len(register.set_aside) == 1
    assert incidents[1].incident_id in ids(register)
    register.close()


def test_what_can_be_read_of_a_register_damaged_while_it_is_open_is_taken_over(
    tmp_path: Path, incidents: list[Incident], monkeypatch: pytest.MonkeyPatch
) -> None:
    register, latest = KeptRegister(tmp_path), RegisterStore.latest
    register.save(incidents[0])
    damaged: list[RegisterStore] = []

    def fails_at_first(store: RegisterStore, incident_id: str) -> Incident | None:
        if not damaged or store is damaged[0]:
            damaged.append(store)
            raise RecordingError("disk image") from sqlite3.DatabaseError("database disk image is malformed")
        return latest(store, incident_id)

    monkeypatch.setattr(RegisterStore, "latest", fails_at_first)
    found = register.latest(incidents[0].incident_id)
    assert found is not None and found.outcome is incidents[0].outcome and len(register.set_aside) == 1
    register.close()


def test_a_locked_register_is_neither_set_aside_nor_lost(
    tmp_path: Path, incidents: list[Incident], monkeypatch: pytest.MonkeyPatch
) -> None:
    KeptRegister(tmp_path).close()
    other = sqlite3.connect(tmp_path / REGISTER, isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr("marsad.register.store._WAIT_S", 0.05)
    register = KeptRegister(tmp_path)
    assert not register.is_open
    with pytest.raises(RecordingError, match="locked"):
        register.save(incidents[0])
    other.execute("COMMIT")
    other.close()
    assert register.save(incidents[0]) == incidents[0]
    assert register.set_aside == []
    register.close()


def test_one_record_changed_outside_the_register_hides_no_other(
    tmp_path: Path, incidents: list[Incident]
) -> None:
    register = KeptRegister(tmp_path)
    for incident in incidents:
        register.save(incident)
    with sqlite3.connect(tmp_path / REGISTER) as other:
        other.execute("DROP TRIGGER IF EXISTS incident_version_no_update")
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        other.execute(
            "UPDATE incident_version SET record = '{' WHERE incident_id = ?", (incidents[0].incident_id,)
        )
    other.close()
    left = [incident.incident_id for incident in register.all()]
    assert incidents[0].incident_id not in left and len(left) == len(incidents) - 1
    register.close()


def test_a_register_is_filled_from_the_journals_beside_it(tmp_path: Path) -> None:
    kept = Path(__file__).parents[1] / "releases" / "0.1.0"
    expected = json.loads((kept / "expected.json").read_text("utf-8"))
    import gzip

    (tmp_path / expected["journal"]).write_bytes(gzip.decompress((kept / "journal.mcap.gz").read_bytes()))
    assert rebuild(tmp_path) == 1
    register = KeptRegister(tmp_path)
    (found,) = [*register.all(), *register.all(exercise=True)]
    assert (found.outcome.value, found.site_id) == (expected["incident"]["outcome"], "embassy")
    register.close()


# ---------------------------------------------------------------- directory and disk


def test_what_others_could_read_is_tightened_and_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(0o755)
    names = {"j.mcap", "register.sqlite", "marsad.lock", "marsad.key", "sessions.key", "sessions.json"}
    for name in names:
        (data / name).touch(0o644)
    with locked(data) as held:
        assert {path.name for path in held.tightened} == {"data", *names}
        assert not any(path.stat().st_mode & 0o077 for path in (data, *data.iterdir()))
    with locked(data) as held:
        assert held.tightened == ()
    (data / "holiday.jpg").touch(0o644)
    data.chmod(0o755)
    with locked(data) as held:  # somebody's folder: only the record in it is ours
        assert held.tightened == ()
    assert (data / "holiday.jpg").stat().st_mode & 0o777 == 0o644


def test_a_pipe_in_the_place_of_a_file_is_out_of_the_way_before_anybody_opens_it(tmp_path: Path) -> None:
    names = {"example-20300101T000000Z.mcap", "register.sqlite", "marsad.key", "reported.json"}
    for name in {*names, "somebody's"}:
        os.mkfifo(tmp_path / name)
    with locked(tmp_path) as held:
        assert {path.name for path in held.aside} == {f"{name}.no-file" for name in names}
        assert all(path.is_fifo() for path in (*held.aside, tmp_path / "somebody's"))
    with locked(tmp_path) as held:
        assert held.aside == ()


@pytest.mark.parametrize("stamp", ["99991231T235959Z", "20300230T000000Z", "00000101T000000Z"])
def test_a_file_named_for_a_time_that_no_site_has_is_no_journal(tmp_path: Path, stamp: str) -> None:
    (tmp_path / f"example-{stamp}.mcap").write_bytes(b"whatever")
    assert newest_journal(tmp_path, "example") is None
    (tmp_path / "example-90001231T235959Z.mcap").write_bytes(b"nor this, but its time is one")
    for _ in range(2):
        with closing(open_record(tmp_path, "example", SITE.encode(), 10**18)) as record:
            assert record.recorder.journal.path.exists()


def test_a_new_directory_is_for_its_user_alone(tmp_path: Path) -> None:
    with locked(tmp_path / "new"):
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


class Live:
    """A live site as far as the upkeep needs it."""

    def __init__(self, path: Path, t_ns: int = SECOND) -> None:
        self.recorder = begin(path, SITE.encode(), t_ns)
        self.fold = self.recorder.fold
        self.faults: set[str] = set()
        self.notices: set[str] = set()
        self.fault, self.fault_over = self.faults.add, self.faults.discard
        self.notice = self.notices.add

    async def deliver(self, feed: str, link: int, kind: Any, data: bytes) -> None:
        self.recorder.take([Frame(feed, self.fold.t_ns, data)])


NOW_NS = 1_641_264_000 * SECOND
DAY_NS = 86_400 * SECOND


@pytest.fixture
def upkeep(tmp_path: Path) -> Iterator[Upkeep]:
    register = KeptRegister(tmp_path)
    live: Any = Live(tmp_path / "example-20220104T024000Z.mcap", NOW_NS - 500 * DAY_NS)
    room = SimpleNamespace(total=10**12, free=10**11)
    settings = RetentionSettings(reserve_mb=0.1)
    found = Upkeep(tmp_path, live, register, settings, time.monotonic, lambda path: room)
    found.seen_room = room  # type: ignore[attr-defined]
    yield found
    register.close()


async def test_a_low_disk_is_told_and_its_reserve_given_up_when_it_is_full(
    upkeep: Upkeep, tmp_path: Path
) -> None:
    live, room = upkeep._live, upkeep.seen_room  # type: ignore[attr-defined]
    reserve = tmp_path / "marsad.reserve"
    await upkeep.look()
    assert reserve.stat().st_blocks * 512 >= 100_000 and live.faults == set()  # type: ignore[attr-defined]
    room.free = 10**9
    await upkeep.look()
    assert live.faults == {LOW}  # type: ignore[attr-defined]
    live.recorder.fault = "no space"
    await upkeep.look()
    assert not reserve.exists() and live.faults == {LOW, IN_RESERVE}  # type: ignore[attr-defined]
    live.recorder.fault, room.free = "", 10**11
    await upkeep.look()
    assert reserve.exists() and live.faults == set()  # type: ignore[attr-defined]
    upkeep.give_up_reserve()
    assert not reserve.exists()
    await upkeep.look()
    assert reserve.exists() and live.faults == set()  # type: ignore[attr-defined]


async def test_a_record_deleted_while_it_is_written_is_told_and_begun_anew(
    upkeep: Upkeep, tmp_path: Path
) -> None:
    live: Any = upkeep._live
    path = live.recorder.journal.path
    live.recorder.take([Frame(TICK, live.fold.t_ns + SECOND)])
    emptied(tmp_path)
    await upkeep.look()
    assert live.faults == {GONE} and live.notices == {"record-gone"}
    live.recorder.take([Frame(TICK, live.fold.t_ns + SECOND)])
    live.recorder.close()
    frames = list(JournalReader(path).frames())
    assert frames[0].data == SITE.encode()
    assert [frame.feed for frame in frames[1:5]] == [STATE, GAP, CHECKPOINT, TICK]
    assert verify(path, chain_only=True).is_whole
    assert upkeep._register.all() == [] and (tmp_path / REGISTER).exists()


async def test_old_frames_are_removed_but_never_those_of_an_incident_not_reported(
    upkeep: Upkeep, tmp_path: Path, incidents: list[Incident]
) -> None:
    live: Any = upkeep._live
    live.recorder.journal.segment_bytes_max = 1  # a file a day
    begun = live.fold.t_ns
    for day in range(0, 900, 50):
        live.recorder.take([Frame(TICK, begun + day * DAY_NS)])
    files = segments(live.recorder.journal.path)
    opened = begun + 50 * DAY_NS
    incident = replace(incidents[0], opened_t_ns=opened, closed_t_ns=opened + SECOND, exercise=False)
    upkeep._register.save(incident)
    due = [one.number for one in upkeep.due()]
    spared = [number for number in range(max(due)) if number not in due]
    assert due[0] == 0 and len(spared) in (1, 2) and len(due) < len(files) - 2
    before = os.umask(0o022)
    note_reported(tmp_path, incident)
    os.umask(before)
    assert (tmp_path / REPORTED).stat().st_mode & 0o777 == 0o600
    assert not {*spared} - {one.number for one in upkeep.due()}
    room = sum(file.stat().st_size for file in files)
    await upkeep.look()
    assert "record-removed" in live.notices
    assert sum(file.stat().st_size for file in files) < room
    live.recorder.close()
    verdict = verify(live.recorder.journal.path)
    assert verdict.is_whole, verdict.findings
    assert [frame.feed for frame in JournalReader(live.recorder.journal.path).frames()].count(RETENTION) == 1


def test_the_size_of_all_journals_is_a_limit_as_well(
    upkeep: Upkeep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live: Any = upkeep._live
    live.recorder.journal.segment_bytes_max = 1
    for second in range(1, 12):
        live.recorder.take([Frame(TICK, live.fold.t_ns + second * SECOND)])
    upkeep._settings = RetentionSettings(days=None, size_gb=12e-6)
    due = upkeep.due()
    assert due and [one.number for one in due] == list(range(len(due)))

    def sealed_but_first(one: Stored) -> Seal:
        if one == due[0]:
            raise RecordingError("it cannot be read")
        return seal_of_stored(one)

    monkeypatch.setattr("marsad.station.upkeep.seal_of_stored", sealed_but_first)
    assert [one for one, _ in upkeep._sealed()] == due[1:], "the others make room all the same"
    live.recorder.close()


async def test_a_disk_that_refuses_from_the_first_frame_on_is_written_once_it_takes_them(
    tmp_path: Path,
) -> None:
    with file_size_limit(0):
        recorder = begin(tmp_path / "j.mcap", SITE.encode(), NOW_NS, patient=True)
        assert recorder.fault and recorder.unrecorded == 1
        live = LiveSite(recorder, SystemClock(), lambda effect: None)
        running = asyncio.create_task(live.run())
        async with asyncio.timeout(60):
            async for picture in live.subscribe():
                if "journal.unwritable" in picture.faults:
                    break
    async with asyncio.timeout(60):
        async for picture in live.subscribe():
            if not picture.faults:
                break
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    verdict = verify(tmp_path / "j.mcap")
    assert verdict.is_whole and verdict.findings == []


# ---------------------------------------------------------------- real runs


@asynccontextmanager
async def run(site_file: Path, data: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-c",
            "from marsad.cli import main; main()",
            "run",
            str(site_file),
            "--data",
            str(data),
            "--port",
            str(port),
        ),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            with suppress(TimeoutError):
                async with asyncio.timeout(60):
                    await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def line_with(process: asyncio.subprocess.Process, said: str) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(300):
        while said not in (line := (await process.stdout.readline()).decode()):
            assert line, f"it ended without {said!r}"
    return line


async def faults_at(port: int, wanted: str) -> list[str]:
    """What the site says it is not ready for, once it says the wanted fault."""
    async with asyncio.timeout(300), httpx.AsyncClient(trust_env=False) as client:
        while True:
            with suppress(httpx.TransportError):
                answer = await client.get(f"http://127.0.0.1:{port}/readyz")
                faults: list[str] = answer.json()["faults"]
                if wanted in faults:
                    return faults
            await asyncio.sleep(0.1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


async def harmed_at(port: int, file: str) -> None:
    """Wait until the console says that a file of the record is damaged."""
    async with (
        asyncio.timeout(300),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):
        while True:
            answer = await http.get("/api/security")
            if answer.status_code == 200 and ("record-damaged", file) in {
                (line["what"], line["of"]) for line in answer.json()
            }:
                return
            await asyncio.sleep(0.1)


def test_frames_that_cannot_be_read_are_counted_by_file(tmp_path: Path) -> None:
    with closing(open_record(tmp_path, "example", SITE.encode(), 10**18)) as record:
        path = record.recorder.journal.path
        for number in range(200):
            record.recorder.take([Frame(TICK, 10**18 + number * SECOND)])
    snapshot_path(path).unlink(missing_ok=True)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes(400) + data[len(data) // 2 + 400 :])
    with closing(open_record(tmp_path, "example", SITE.encode(), 2 * 10**18)) as record:
        assert record.damage().keys() == {path.name} and 0 < record.damage()[path.name] < 20


async def test_a_real_run_with_its_ports_taken_a_broken_register_and_no_place_to_record(
    site_file: Path, tmp_path: Path
) -> None:
    nowhere, disk = tmp_path / "data", tmp_path / "disk"
    nowhere.symlink_to(disk / "data")  # a disk that is not there, to no user and neither to root
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = int(other.getsockname()[1])
        async with run(site_file, nowhere, port) as process:
            await line_with(process, "NOTHING CAN BE RECORDED NOW")
            await line_with(process, "Feed sensors: listens")
            other.close()
            faults = await faults_at(port, "journal.unwritable")
            assert faults[0] in ("journal.unwritable", "console.port-taken")
            (disk / "data").mkdir(parents=True)
            await line_with(process, "The journal is written again")
    (journal,) = nowhere.glob("*.mcap")
    assert verify(journal).is_whole


async def test_a_real_run_whose_directory_is_emptied_goes_on_and_says_so(
    site_file: Path, tmp_path: Path
) -> None:
    data, port = tmp_path / "data", free_port()
    data.mkdir()
    (data / REGISTER).write_bytes(os.urandom(20_000))
    (data / "example-20200101T000000Z.mcap").write_bytes(bytes(5_000))
    async with run(site_file, data, port) as process:
        await line_with(process, "Feed sensors: listens")
        assert list(data.glob("register-damaged-*.sqlite"))
        await harmed_at(port, "example-20200101T000000Z.mcap")
        data.rename(tmp_path / "away")  # in one step: the site makes files here meanwhile
        faults = await faults_at(port, GONE)
        assert GONE in faults[:3]
        while GONE not in await faults_at(port, GONE) or not list(data.glob("*.mcap")):
            continue
    (journal,) = data.glob("*.mcap")
    assert verify(journal).is_whole and verify(journal).is_closed
