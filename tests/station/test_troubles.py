"""What fails beside the fold does not stop the site: its terminal, its register, what runs beside it."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from marsad.links.clock import SystemClock
from marsad.model.effect import Effect, Register
from marsad.model.incident import Incident
from marsad.register.store import RegisterStore
from marsad.station.record import open_record
from marsad.station.rig import Plan, assembled, beside
from marsad.station.settings_file import read_settings
from marsad.station.station import Station

from ..terminals import Heard

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
