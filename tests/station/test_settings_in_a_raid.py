"""Settings changed in the middle of a raid on a real site: no alarm, track or decision is lost by it."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path

import httpx

from marsad.model.frame import CONFIGURATION
from marsad.model.picture import Picture
from marsad.server.passwords import hash_password
from marsad.site.fold import fold_of
from marsad.site.journal import JournalReader
from marsad.site.verify import verify
from marsad.station.record import newest_journal
from marsad.tracking import warm_up

from ..adversary.process import site
from ..outputs.mosquitto import free_port
from ..outputs.receiver import receiver
from .test_outputs import radar, said, settings
from .test_restart import begun

OLD, NEW = "correct horse battery", "another staple"
ADDED = """
[[site.friend]]
label = "icao:4b43ac"
name = "Rescue"
[[feed]]
name = "second"
standard = "sapient"
listen = "127.0.0.1:{port}"
"""


def text(receiver_port: int) -> str:
    person = (
        f'[[server.operators]]\nname = "Rana"\nrole = "supervisor"\npassword_hash = "{hash_password(OLD)}"\n'
    )
    return settings(("hub", receiver_port)) + person


async def signed_in(console: int, password: str) -> httpx.AsyncClient:
    """Signed in at the console; tried until the server that has the new settings answers."""
    origin = f"http://127.0.0.1:{console}"
    http = httpx.AsyncClient(base_url=origin, timeout=10, headers={"Origin": origin}, trust_env=False)
    async with asyncio.timeout(60):
        while True:
            with suppress(httpx.TransportError):
                if (
                    await http.post("/api/session", json={"name": "Rana", "password": password})
                ).status_code == 200:
                    return http
            await asyncio.sleep(0)


async def done(http: httpx.AsyncClient, **action: str) -> None:
    answered = await http.post("/api/actions", json=action)
    assert answered.status_code < 300, answered.text


def pictures(path: Path) -> tuple[Picture, Picture, str]:
    """Before and right after the settings changed, and the digest of the whole."""
    frames = JournalReader(path).frames()
    fold = fold_of(first := next(frames))
    before = after = None
    for frame in frames:
        changes = frame.feed == CONFIGURATION and frame.data != first.data
        if changes:
            before = fold.picture()
        fold.fold(frame)
        if changes:
            after = fold.picture()
    assert before is not None and after is not None
    return before, after, fold.digest()


async def test_password_zone_friend_and_feed_change_in_a_raid_and_nothing_of_it_is_lost(
    tmp_path: Path,
) -> None:
    warm_up(lambda kernel: None)
    second = free_port()
    async with receiver() as received:
        before = text(received.port)
        after = before.replace(before.split('password_hash = "')[1].split('"')[0], hash_password(NEW))
        after = after.replace("centre = [33.3, 44.4]", "centre = [33.3004, 44.4002]")
        after = after.replace("[[feed]]", ADDED.format(port=second) + "[[feed]]", 1)
        async with site(tmp_path, before) as (process, port, console), radar(port):
            rana = await signed_in(console, OLD)
            warning = await said(received, "warning")
            await done(rana, action="acknowledge", alarm_id=str(warning["alarm"]))
            await rana.aclose()
            (tmp_path / "site.toml").write_text(after, "utf-8")
            process.send_signal(signal.SIGHUP)
            rana = await signed_in(console, NEW)
            _, writer = await asyncio.open_connection("127.0.0.1", second)
            writer.close()
            await done(rana, action="all_clear", zone_id="")
            ended = await said(received, "all_clear")
            await rana.aclose()
            assert process.returncode is None
    assert ended["refers_to"] == [warning["id"]] and ended["alarm"] == warning["alarm"]
    path = newest_journal(tmp_path, "example")
    assert path is not None and [path] == begun(tmp_path)
    was, became, _ = pictures(path)
    alarms = [(one.alarm_id, one.stage, one.acknowledged_by, one.opened_t_ns) for one in was.alarms]
    assert "Rana" in [by for _, _, by, _ in alarms]
    assert [
        (one.alarm_id, one.stage, one.acknowledged_by, one.opened_t_ns) for one in became.alarms
    ] == alarms
    assert became.tracks.track_id.tolist() == was.tracks.track_id.tolist() != []
    assert was.incident is not None and became.incident is not None
    assert became.incident.incident_id == was.incident.incident_id
    assert dict(became.counters)["settings-changed"] == 1
    verdict = verify(path)
    assert verdict.is_whole and verdict.is_closed and verdict.digests, verdict.findings


async def test_a_hang_up_while_a_site_starts_and_while_it_ends_ends_nothing(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    async with site(tmp_path, settings(("hub", 9)), hung_up_at_once=True) as (process, _, console):
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{console}", trust_env=False) as http:
            assert (await http.get("/healthz")).status_code in (200, 503)
        process.send_signal(signal.SIGTERM)
        while process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGHUP)
            await asyncio.sleep(0.01)
        assert process.returncode == 0
    path = newest_journal(tmp_path, "example")
    assert path is not None and verify(path, chain_only=True).is_closed
