"""More than a site can follow, against a real process: the honest radar warns as soon, and it is told."""

import signal
import sys
from asyncio import create_subprocess_exec, sleep, timeout
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from marsad.model.threat import Level
from marsad.tracking import warm_up

from .load import Flock, Flood, floods, snapshot, spread, watching
from .process import Outcome, raided, site
from .raid import SITE
from .receiver import SITE as RECEIVER_SITE
from .receiver import receiver

LATER_MAX_S = 0.5
MESSAGES_PER_S_MAX = 2_000
SCANS = 13


def held_to(outcome: Outcome) -> None:
    """The radar is heard, and warns as soon as it would alone."""
    assert outcome.refused == 0
    for stage in (Level.ALERT, Level.WARN):
        assert outcome.with_peer[stage] - outcome.without_peer[stage] <= LATER_MAX_S, stage


async def test_beside_a_flood_and_a_spread_of_reports_the_radar_warns_and_it_is_told(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    outcome = await raided(tmp_path, [], SCANS, [*floods(1, 2 * MESSAGES_PER_S_MAX), spread(1.9, 900.0)])
    held_to(outcome)
    assert outcome.counters["overload.messages"] > 5_000
    assert "overload.messages" in outcome.seen.overloads
    assert outcome.journal_bytes < 64 << 20


async def test_the_beat_stops_when_the_process_is_stopped_and_the_watch_ends_loudly(tmp_path: Path) -> None:
    """A second machine hears the beats of a site that is then frozen: it lives, and folds nothing."""
    warm_up(lambda kernel: None)
    key, file = tmp_path / "key", tmp_path / "beat.json"
    key.write_text("a secret of sixteen", "ascii")
    settings = f'{SITE}[heartbeat]\nfile = "{file}"\nkey_file = "{key}"\n'
    marsad = (sys.executable, "-c", "from marsad.cli import main; main()")
    async with site(tmp_path / "data", settings) as (process, _, _):
        watch = await create_subprocess_exec(
            *(*marsad, "watch-heartbeat", "--file", str(file), "--key-file", str(key)),
            *("--site", "example", "--silent", "3", "--exit"),
            stdout=PIPE,
        )
        assert watch.stdout is not None
        async with timeout(60):
            while b"Site example works" not in (line := await watch.stdout.readline()):
                assert line, "the watch ended"
            process.send_signal(signal.SIGSTOP)
            try:
                told = (await watch.stdout.read()).decode()
                assert await watch.wait() == 1
            finally:
                process.send_signal(signal.SIGCONT)
    (shouted,) = told.splitlines()
    assert "NO HEARTBEAT of site example for 3 s" in shouted


@pytest.mark.apart
@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("none", []),
        ("P5 400/s, each at a time of its own", [spread(0.0)]),
        ("P5 with stamps 1.9 s ahead", [spread(1.9)]),
        ("P5 with stamps 1.9 s behind", [spread(-1.9)]),
        ("one node at twice the budget", floods(1, 2 * MESSAGES_PER_S_MAX)),
        ("ten nodes at twice the budget", floods(10, 2 * MESSAGES_PER_S_MAX)),
        ("120 nodes below the floor", [Flock("Left", 60, 40), Flock("Right", 60, 40)]),
    ],
)
async def test_two_minutes_of_each(
    name: str, beside: list[Flood], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The raid comes when it has gone on for two minutes; the figures are printed before they are judged."""
    warm_up(lambda kernel: None)
    outcome = await raided(tmp_path, [], 20, beside, before_s=0 if name == "none" else 120)
    with capsys.disabled():
        times = [outcome.with_peer.get(stage, float("nan")) for stage in (Level.ALERT, Level.WARN)]
        alone = [outcome.without_peer.get(stage, float("nan")) for stage in (Level.ALERT, Level.WARN)]
        later = [f"{one:7.2f} ({one - other:+.2f})" for one, other in zip(times, alone, strict=True)]
        journal = f"journal {outcome.journal_bytes / 2**20:.0f} MB"
        print(f"\n{name:38} ALERT {later[0]} WARN {later[1]} {outcome.seen.figures()} {journal}")  # noqa: T201
    held_to(outcome)
    outcome.seen.held_to_limits()


@pytest.mark.apart
async def test_five_thousand_aircraft_are_no_flood(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """States agree: what the site cannot follow is told as that, and of whom."""
    warm_up(lambda kernel: None)
    async with receiver(5_000) as port:  # noqa: SIM117
        async with site(tmp_path, RECEIVER_SITE.format(port=port)) as (process, _, console):
            async with watching(console, process.pid) as seen:
                await sleep(60)
            picture = await snapshot(console)
    with capsys.disabled():
        print(f"\n5,000 aircraft, 5,000 rows/s: {seen.figures()} {list(seen.overloads)}")  # noqa: T201
    (of_receiver,) = (sensor for sensor in picture["sensors"] if sensor["name"] == "adsb")
    assert "refused.flood" not in picture["counters"]
    assert len(picture["motion"]["track_id"]) > 4_500
    is_shed = any(told["shed"] == "share" for told in picture["overloads"])
    assert of_receiver["health"] == ("degraded" if is_shed else "ok")
