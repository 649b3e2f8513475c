"""A site that runs while its settings file changes: noticed, checked, put in force, followed by the rim."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from marsad.errors import LinkError, ReceivedError
from marsad.feeds.sapient.edge import registration
from marsad.links.clock import SystemClock
from marsad.links.tcp import TcpListener
from marsad.model.action import ApplySettings, TakeWatch
from marsad.model.frame import CONFIGURATION, OPERATOR, FrameKind
from marsad.model.peer import Peer, bytes_from_peer
from marsad.model.role import Role
from marsad.server.passwords import hash_password
from marsad.site.data_key import KEY_FILE, key_of
from marsad.site.journal import JournalReader
from marsad.site.recorder import replay
from marsad.station.record import newest_journal, open_record
from marsad.station.rig import Plan, assembled
from marsad.station.settings_file import read_settings
from marsad.station.settings_keeper import FAULTY, REFUSED, WAITING, WOULD_CHANGE, SettingsKeeper
from marsad.station.station import Station

from ..example_site import example_site
from ..terminals import Heard
from .test_live import NODE, receive

OLD, NEW, OTHER = "correct horse battery", "another staple", "a third person"
HASHES = {one: hash_password(one) for one in (OLD, NEW, OTHER)}
TOKEN = "a-collector-and-its-token"
PEOPLE = """[server]
port = 0
metrics_token = "{token}"
[[server.operators]]
name = "Rana"
role = "supervisor"
password_hash = "{rana}"
[[server.operators]]
name = "Omar"
role = "viewer"
password_hash = "{omar}"
"""
SITE = example_site(after=PEOPLE.format(token=TOKEN, rana=HASHES[OLD], omar=HASHES[OTHER]))
FEED = """[[feed]]
name = "second"
standard = "sapient"
listen = "127.0.0.1:0"
"""


@asynccontextmanager
async def kept(directory: Path) -> AsyncIterator[tuple[Station, SettingsKeeper, Heard]]:
    """A station whose settings are kept as `run` keeps them."""
    path, heard = directory / "site.toml", Heard()
    path.write_text(SITE, "utf-8")
    file, key = read_settings(path), key_of(directory)
    record = partial(open_record, directory, "example", file.journalled(key))
    plan = Plan(file, directory, record, SystemClock(), file.server)
    async with assembled(plan, heard) as station:
        yield station, SettingsKeeper(path, key, station, heard, lambda said: said, file), heard


async def told(station: Station, code: str) -> str:
    """Wait until the consoles are told something; the code as they are."""
    async with asyncio.timeout(30):
        async for picture in station.subscribe():
            found = [one for one in (*picture.faults, *picture.notices) if one.startswith(code)]
            if found:
                return found[0]
    raise AssertionError


async def signed_in(http: httpx.AsyncClient, name: str, password: str) -> int:
    async with asyncio.timeout(30):
        while True:
            try:
                answer = await http.post("/api/session", json={"name": name, "password": password})
            except httpx.TransportError:
                continue  # a server takes the place of the one before
            return answer.status_code


def written(directory: Path, *changes: tuple[str, str], after: str = "") -> None:
    text = SITE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (directory / "site.toml").write_text(text + after, "utf-8")


async def test_a_changed_file_is_noticed_checked_and_put_in_force_by_who_may(tmp_path: Path) -> None:
    async with kept(tmp_path) as (station, keeper, heard):
        watching = asyncio.create_task(keeper.watch(0.01))
        async with httpx.AsyncClient(base_url=station.address, timeout=10) as rana:
            omar = httpx.AsyncClient(base_url=station.address, timeout=10)
            assert await signed_in(rana, "Rana", OLD) == 200 and await signed_in(omar, "Omar", OTHER) == 200
            written(tmp_path, ("radius_m = 150.0", "radius_m = -5.0"))
            await told(station, FAULTY)
            assert "radius_m" in heard.said[-1] and not station.live.fold.counters["settings-changed"]
            written(
                tmp_path,
                ("radius_m = 150.0", "radius_m = 250.0"),
                (HASHES[OLD], HASHES[NEW]),
                after=FEED,
            )
            await told(station, WAITING)
            shown = await told(station, WOULD_CHANGE)  # before anybody puts it in force
            assert shown.startswith(WOULD_CHANGE) and "site.zone.gate.radius_m" in shown
            refused = await omar.post("/api/actions", json={"action": "apply_settings"})
            assert refused.status_code == 403, "a viewer changes nothing"
            named = {"Origin": station.address[:-1], "Idempotency-Key": "apply-1"}
            answered = await rana.post("/api/actions", json={"action": "apply_settings"}, headers=named)
            assert answered.status_code < 300, answered.text
            await told(station, "settings.changed:site.zone.gate.radius_m")
            assert station.site.zones[0].radius_m == 250.0
            # who has another password signs in again, and only with that; everybody else goes on
            async with asyncio.timeout(30):
                while await signed_in(rana, "Rana", OLD) != 401:
                    pass  # the server that goes finishes what it has begun
            assert (await omar.get("/api/incidents")).status_code == 200
            assert await signed_in(rana, "Rana", NEW) == 200
            written(
                tmp_path, ("radius_m = 150.0", "radius_m = 350.0"), (HASHES[OLD], HASHES[NEW]), after=FEED
            )
            again = await rana.post("/api/actions", json={"action": "apply_settings"}, headers=named)
            assert (again.status_code, again.json()) == (answered.status_code, answered.json())
            assert station.site.zones[0].radius_m == 250.0, "what was asked for was done, and is done once"
            other = await rana.post("/api/actions", json={"action": "take_watch"}, headers=named)
            assert other.json()["error"]["reason"] == "action-key"
            await omar.aclose()
        reader, writer = await asyncio.open_connection("127.0.0.1", station.addresses["second"][1])
        writer.write(registration(NODE, SystemClock().now_ns()))
        assert (await asyncio.wait_for(receive(reader), 10)).registration_ack.acceptance
        old_port = station.addresses["second"][1]
        writer.close()
        written(tmp_path, (HASHES[OLD], HASHES[NEW]))
        await keeper.on_signal()
        assert "second" not in station.addresses
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", old_port)
        watching.cancel()
    path = newest_journal(tmp_path, "example")
    assert path is not None
    replayed = replay(path)
    assert replayed.fold.digest() == station.record.recorder.fold.digest()
    frames = list(JournalReader(path).frames())
    assert len([frame for frame in frames if frame.feed == CONFIGURATION]) == 3
    acts = [frame.data for frame in frames if frame.feed == OPERATOR]
    assert b'"Rana"' in acts[0] and b"apply_settings" in acts[0]
    no_secret_in(tmp_path)


def no_secret_in(directory: Path) -> None:
    """What opens a door stands in the settings, and in nothing that the site writes."""
    for path in directory.rglob("*"):
        if path.is_file() and path.name not in ("site.toml", KEY_FILE):
            held = path.read_bytes()
            for secret in (*HASHES.values(), *HASHES, TOKEN):
                assert secret.encode() not in held, f"{path.name} holds {secret}"


async def test_what_the_site_or_the_machine_refuses_changes_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with kept(tmp_path) as (station, keeper, heard):
            port = taken.getsockname()[1]
            written(tmp_path, after=FEED.replace(":0", f":{port}"))
            with pytest.raises(ReceivedError, match="feed second"):
                await keeper.apply()
            await told(station, REFUSED)
            written(tmp_path, ("latitude_deg = 33.3\n", "latitude_deg = 33.31\n"))
            with pytest.raises(ReceivedError, match=r"site\.latitude_deg"):
                await keeper.apply(ApplySettings("Rana", role=Role.SUPERVISOR))
            assert "site.latitude_deg" in heard.said[-1]
            assert station.live.fold.counters["settings-changed"] == 0
            assert [*station.addresses] == ["sensors"]
            written(tmp_path)
            await keeper.apply()
            assert heard.said[-1] == "The settings file holds what is in force already"


async def test_an_answer_at_a_feed_that_is_being_opened_anew_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept(tmp_path) as (station, keeper, _):
        stop = TcpListener.stop

        async def slow(link: TcpListener) -> None:
            """A stranger registers while the old link closes; the site answers to nobody."""
            deliver = station.live.deliver
            await deliver("sensors", 9, FrameKind.OPENED, bytes_from_peer(Peer("127.0.0.1", 9)))
            await deliver("sensors", 9, FrameKind.DATA, registration(NODE, SystemClock().now_ns()))
            await station.live.submit(TakeWatch("Rana", role=Role.SUPERVISOR))  # after what came before
            await stop(link)

        monkeypatch.setattr(TcpListener, "stop", slow)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        written(tmp_path, ('listen = "127.0.0.1:0"', f'listen = "127.0.0.1:{port}"'))
        await keeper.apply()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(registration(NODE, SystemClock().now_ns()))
        assert await asyncio.wait_for(receive(reader), 10)
        writer.close()


HUB = """[[output]]
name = "hub"
standard = "cap"
folder = "{folder}"
"""


async def test_what_cannot_be_opened_is_found_before_the_settings_hold_and_all_else_follows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cap"
    async with kept(tmp_path) as (station, keeper, heard):
        hub = HUB.format(folder=folder)
        written(tmp_path, ("latitude_deg = 33.3\n", "latitude_deg = 33.31\n"), after=hub)
        with pytest.raises(ReceivedError, match=r"site\.latitude_deg"):
            await keeper.apply()
        assert not folder.exists(), "what was refused has changed nothing"
        host, port = station.addresses["sensors"]
        renamed = ('name = "sensors"', 'name = "radar"')
        # another feed at the same address: it goes on listening, whoever wants that port in between
        written(tmp_path, ("127.0.0.1:0", f"{host}:{port}"))
        await keeper.apply()
        written(tmp_path, renamed, ("127.0.0.1:0", f"{host}:{port}"))
        await keeper.apply()
        assert station.addresses == {"radar": (host, port)}
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(registration(NODE, SystemClock().now_ns()))
        assert (await asyncio.wait_for(receive(reader), 10)).registration_ack.acceptance
        writer.close()

        async def start(self: TcpListener) -> int:
            raise LinkError("the system has no more of them")

        monkeypatch.setattr(TcpListener, "start", start)
        written(tmp_path, (HASHES[OLD], HASHES[NEW]), after=FEED + hub)
        await keeper.apply()
        assert heard.said[-1].startswith("Settings changed") and [*station.outputs._lanes] == ["hub"]
        async with httpx.AsyncClient(base_url=station.address, timeout=10) as rana, asyncio.timeout(30):
            while await signed_in(rana, "Rana", NEW) != 200:
                pass
