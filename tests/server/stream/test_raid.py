"""A raid over real sockets on a site as it runs: every message is as the schema has it, and none lies."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from marsad.server import hash_password
from marsad.tracking import warm_up

from ...adversary.process import site
from ...adversary.raid import SITE
from ...station.test_outputs import radar, settings
from .following import Record, judged

PASSWORD = "correct horse"
OPERATOR = f"""
[[server.operators]]
name = "Layla"
role = "operator"
password_hash = "{hash_password(PASSWORD)}"
"""


def marsad(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from marsad.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


async def token(directory: Path, name: str, *more: str) -> str:
    """A token of the command line, beside the settings of a site that runs."""
    return await asyncio.to_thread(marsad, "token", str(directory / "site.toml"), "new", name, *more)


@asynccontextmanager
async def following(port: int, held: str, query: str = "") -> AsyncIterator[ClientConnection]:
    headers = {"authorization": f"Bearer {held}"}
    async with connect(
        f"ws://127.0.0.1:{port}/api/stream/v1{query}", additional_headers=headers, max_size=None, proxy=None
    ) as client:
        yield client


async def until(client: ClientConnection, came: list[Record], kind: str, **fields: object) -> Record:
    """The first of a kind with some values; all that came before it is kept too."""
    async with asyncio.timeout(180):
        while True:
            record = judged(await client.recv())
            came.append(record)
            assert record["sequence"] == len(came)
            if record["kind"] == kind and all(record.get(key) == value for key, value in fields.items()):
                return record


async def test_a_raid_from_the_first_track_to_its_retraction(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    text = settings(("gate", 9), rule=OPERATOR.replace("[[server", "\n[[server"))  # nobody listens there
    came: list[Record] = []
    async with site(tmp_path, text) as (_, sensors, port):
        held = await token(tmp_path, "display")
        async with following(port, held) as client:
            await until(client, came, "snapshot_end")
            async with radar(sensors):
                await until(client, came, "track")
                alarm = await until(client, came, "alarm", stage="WARN")
                await until(client, came, "delivery", state="not_sent", stage="WARN")
                await until(client, came, "threat", level="WARN")
                acting = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}")
                async with acting as http:
                    who = {"name": "Layla", "password": PASSWORD}
                    (await http.post("/api/session", json=who)).raise_for_status()
                    action = {"action": "retract", "alarm_id": alarm["alarm_id"], "reason": "our own drone"}
                    (await http.post("/api/actions", json=action)).raise_for_status()
                end = await until(client, came, "alarm_end", alarm_id=alarm["alarm_id"])
            await until(client, came, "track_end")
            await until(client, came, "heartbeat")
        async with following(port, held, "?kinds=alarm") as later:
            again = await until(later, [], "alarm_end")
    assert end["how"] == again["how"] == "retracted" and end["words"] == "our own drone"
    assert {one["status"] for one in came} == {"test"}, "the site of the example is no live one"
    kinds = {one["kind"] for one in came}
    assert kinds >= {"hello", "state", "track", "threat", "alarm", "delivery", "heartbeat", "track_end"}
    told: dict[int, list[str]] = {}
    for one in came:
        if one["kind"] == "track":
            told.setdefault(one["track_id"], []).append(one["at"])
    assert all(sorted(set(times)) == times for times in told.values())


async def test_a_token_that_is_revoked_ends_what_it_has_open(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    async with site(tmp_path, SITE + OPERATOR) as (process, _, port):
        held, other = await token(tmp_path, "display"), await token(tmp_path, "recorder", "--days", "1")
        async with following(port, held) as client, following(port, other) as stays:
            await until(client, [], "snapshot_end")
            await until(stays, [], "snapshot_end")
            await asyncio.to_thread(marsad, "token", str(tmp_path / "site.toml"), "revoke", "display")
            with pytest.raises(ConnectionClosed) as ended:
                async with asyncio.timeout(60):
                    while True:
                        await client.recv()
            assert ended.value.rcvd is not None and ended.value.rcvd.code == 4401
            assert json.loads(await stays.recv())
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
                answer = await http.get("/api/site", headers={"authorization": f"Bearer {held}"})
                assert answer.json()["error"]["reason"] == "token-wrong"
        assert process.returncode is None


async def test_heartbeats_stop_when_the_process_of_the_fold_stands_still(tmp_path: Path) -> None:
    import os
    import signal

    warm_up(lambda kernel: None)
    async with site(tmp_path, SITE) as (process, _, port), following(port, "x") as wrong:
        with pytest.raises(ConnectionClosed):
            await wrong.recv()
        async with connect(f"ws://127.0.0.1:{port}/api/stream/v1", max_size=None, proxy=None) as client:
            came: list[Record] = []
            await until(client, came, "heartbeat")
            await until(client, came, "heartbeat")
            os.kill(process.pid, signal.SIGSTOP)  # the console's server, a process of its own, lives on
            try:
                told = await until(client, came, "state", fold="silent")
                silent_at = next(one["at"] for one in reversed(came) if one["kind"] == "heartbeat")
                assert told["at"] > silent_at
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(3):
                        await until(client, came, "heartbeat")
            finally:
                os.kill(process.pid, signal.SIGCONT)
            await until(client, came, "state", fold="alive")
            await until(client, came, "heartbeat")
