"""The demonstration ends well: its summary names its journal, and the console stays on a quiet site."""

import asyncio
import contextlib
import json
import re
import tomllib
from functools import partial
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import httpx
import pytest

from marsad.errors import RecordingError
from marsad.report.wording import Language, word
from marsad.server import ServerSettings, hash_password
from marsad.simulate.scenario import Scenario, scenario_of
from marsad.site.journal import JournalReader
from marsad.site.recorder import replay
from marsad.station.demo import JOURNAL, open_day, run_at_once, run_live
from marsad.station.demonstration import Demonstration, epilogue
from marsad.station.hold import locked
from marsad.station.record import open_record
from marsad.station.settings_file import read_settings
from marsad.tracking import warm_up

from ..conftest import THOROUGH
from ..terminals import Heard
from .conftest import SITE, files

SHORT_S = 25.0
SEEDS = range(1, 6) if THOROUGH else (1, 2)


@pytest.fixture(scope="module")
def short() -> Scenario:
    """The shipped raid's sensors and traffic for a few seconds; too short for an incident."""
    warm_up(lambda name: None)
    folder = Path(str(resources("marsad.simulate")))
    tables = tomllib.loads((folder / "scenarios" / "embassy-quadcopter.toml").read_text("utf-8"))
    sensors = tomllib.loads((folder / "sites" / tables.pop("sensors")).read_text("utf-8"))
    site = folder / "sites" / tables["site"]
    return scenario_of({**sensors, **tables, "duration_s": SHORT_S}, site)


def at_once(short: Scenario, seed: int, directory: Path) -> dict[str, Any]:
    summary = run_at_once(short, seed, directory, Heard(), lambda share: None)
    assert summary is not None
    return summary


def digest_of(directory: Path) -> str:
    return replay(directory / JOURNAL).fold.digest()


@pytest.mark.parametrize("seed", SEEDS)
def test_headless_the_summary_has_the_digest_of_its_journal(
    short: Scenario, seed: int, tmp_path: Path
) -> None:
    summary = at_once(short, seed, tmp_path)
    assert summary["digest"] == digest_of(tmp_path)
    assert summary["journal"] == str(tmp_path / JOURNAL)


@pytest.mark.parametrize("seed", SEEDS)
async def test_live_it_has_it_too_also_after_the_console_was_used(
    short: Scenario, seed: int, tmp_path: Path, heard: Heard
) -> None:
    concluded = asyncio.Event()
    summaries: list[dict[str, Any]] = []

    def note(summary: dict[str, Any]) -> None:
        summaries.append(summary)
        concluded.set()

    day = partial(run_live, short, seed, tmp_path, heard, speed=10.0, server=ServerSettings(port=0))
    running = asyncio.create_task(day(stay=True, concluded=note))
    try:
        async with asyncio.timeout(200):
            await concluded.wait()
        digest = digest_of(tmp_path)
        assert summaries[0]["digest"] == digest
        assert "The simulated day is over" in heard.said
        await used(heard)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    assert digest_of(tmp_path) == digest == on_disk(tmp_path)["digest"]
    sensors = replay(tmp_path / JOURNAL).fold.sensors()
    # none went silent in the journal either; at ten times the speed a busy machine is lateness, nothing else
    timing = re.compile(r"(reports come|clock (ahead|behind) by) [0-9.]+ s( late)?")
    assert all(sensor.health.value == "ok" or timing.fullmatch(sensor.note) for sensor in sensors)
    assert not any("silent" in sentence for sentence in heard.told)
    last_t_ns = max(frame.t_ns for frame in JournalReader(tmp_path / JOURNAL).frames())
    assert last_t_ns <= short.end_t_ns


def on_disk(directory: Path) -> dict[str, Any]:
    return dict(json.loads((directory / "summary.json").read_text("utf-8")))


async def used(heard: Heard) -> None:
    """The console after the end: it says so, shows the register, lets nothing be done, and stays current."""
    address = next(sentence.split()[-1] for sentence in heard.said if sentence.startswith("Console: "))
    async with httpx.AsyncClient(base_url=address, timeout=30) as http:
        assert (await http.get("/api/phase")).json()["name"] == "over"
        incidents = (await http.get("/api/incidents")).json()
        assert incidents and all(incident["mode"] != "live" for incident in incidents)
        opened = [incident["opened_t_ms"] for incident in incidents]
        assert opened == sorted(opened, reverse=True)
        action = {"action": "head_count", "complete": True}
        refused = await http.post("/api/actions", json=action)
        assert refused.status_code == 422 and refused.json()["error"]["reason"] == "site-over"
        assert (await http.get("/readyz")).json() == {"status": "ready", "faults": []}


def test_a_second_demonstration_in_the_same_place_changes_nothing(short: Scenario, tmp_path: Path) -> None:
    at_once(short, 1, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.name != "marsad.lock"}
    with locked(tmp_path), pytest.raises(RecordingError, match="another run records here"):
        at_once(short, 2, tmp_path)
    after = {path: path.read_bytes() for path in tmp_path.iterdir() if path.name != "marsad.lock"}
    assert after == before
    assert "summary.json" in files(tmp_path)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_it_leaves_behind_is_told_and_is_there(short: Scenario, tmp_path: Path, language: Any) -> None:
    summary = at_once(short, 1, tmp_path)
    told = [word(reason, language) for reason in epilogue(summary, tmp_path)]
    assert not any("station." in sentence for sentence in told)
    for name in ("register.sqlite", JOURNAL, "summary.json"):
        assert any(str(tmp_path / name) in sentence for sentence in told)
    for line in ("marsad replay", "marsad demo --scenario", "marsad new"):
        assert any(line in sentence for sentence in told)
    elsewhere = [word(reason, language) for reason in epilogue(summary, tmp_path, "bin/marsad {}".format)]
    assert sum("bin/marsad" in sentence for sentence in elsewhere) == 3


@pytest.mark.parametrize("language", ["en", "ar"])
def test_it_says_what_is_simulated_and_what_it_replaces(
    short: Scenario, tmp_path: Path, language: Language
) -> None:
    at_once(short, 1, tmp_path)
    heard = Heard(language)
    Demonstration(short, 1, tmp_path, heard).at_once(lambda share: None)
    assert not any("station." in sentence for sentence in heard.said)
    words = {"en": ("duty officer", "Replaces what an earlier", "marked as exercise"),
             "ar": ("ضابط الخفر", "يُستبدل", "موسوم بأنه تمرين")}[language]  # fmt: skip
    for part in words:
        assert any(part in sentence for sentence in heard.said), part


def test_a_pace_other_than_the_clock_s_is_said(short: Scenario, tmp_path: Path, heard: Heard) -> None:
    Demonstration(short, 1, tmp_path, heard)._introduce(5.0)
    assert any("5.0 times as fast" in sentence for sentence in heard.said)
    assert any("--headless one seed always gives the same" in sentence for sentence in heard.said)


def test_the_record_of_a_real_site_is_never_replaced(short: Scenario, tmp_path: Path, heard: Heard) -> None:
    site = open_record(tmp_path, "example", SITE.encode(), 1_641_264_000 * 1_000_000_000)
    site.close()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(RecordingError, match="a site keeps its record here"):
        Demonstration(short, 1, tmp_path, heard).at_once(lambda share: None)
    with pytest.raises(RecordingError, match="a site keeps its record here"):
        at_once(short, 1, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.name != "marsad.lock"} == before


def test_no_secret_of_the_settings_is_in_the_journal_of_a_demonstration(tmp_path: Path) -> None:
    line = hash_password("correct horse")
    operator = f'\n[[server.operators]]\nname = "Layla"\nrole = "operator"\npassword_hash = "{line}"\n'
    path = tmp_path / "site.toml"
    path.write_text(SITE + operator, "utf-8")
    with contextlib.closing(open_day(tmp_path / "day", read_settings(path), 10**18)):
        pass
    first = next(iter(JournalReader(tmp_path / "day" / JOURNAL).frames()))
    assert b"Layla" in first.data and line.encode() not in first.data
    with contextlib.closing(open_day(tmp_path / "day", read_settings(path), 10**18)):
        pass
    assert next(iter(JournalReader(tmp_path / "day" / JOURNAL).frames())).data == first.data, "one key"
