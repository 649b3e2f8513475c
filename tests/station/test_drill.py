"""`marsad drill` on a running site, to real counterparts, and what is loud until it works."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.typing import Origin

from marsad.server.passwords import hash_password
from marsad.tracking import warm_up

from ..adversary.process import site
from ..adversary.raid import SITE
from ..outputs.mosquitto import free_port
from ..outputs.receiver import receiver
from ..outputs.relay import Relay, serving

CHAIN = """
[drill]
within_s = 4

[[output]]
name = "hook"
standard = "webhook"
url = "http://127.0.0.1:{hook}/"
drills = true

[[output]]
name = "siren"
standard = "modbus"
address = "127.0.0.1:{relay}"
stages = ["WARN"]
drills = true
test_s = 2
coils = [{{ coil = 1, stage = "WARN", use = "siren" }}]

[[output]]
name = "gate"
standard = "page"
listen = "127.0.0.1:{page}"
drills = true

[[output]]
name = "town"
standard = "cap"
folder = "{folder}"
"""


async def drill(path: Path, *more: str) -> tuple[int, str, str]:
    """The command: its exit status, what it printed, and what it said beside."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from marsad.cli import main; main()", "drill", str(path), *more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "120"},
    )
    async with asyncio.timeout(180):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def screen(port: int) -> AsyncIterator[None]:
    """A gate screen that shows, sounds, and whose person confirms."""
    address = f"127.0.0.1:{port}"
    async with connect(
        f"ws://{address}/live?name=Gate%201", origin=Origin(f"http://{address}"), proxy=None
    ) as one:

        async def look() -> None:
            async for said in one:
                record = json.loads(said)
                if record["kind"] == "announcement":
                    assert record["announcement"]["status"] == "test"
                    for kind in ("shown", "sounded", "confirmed"):
                        await one.send(json.dumps({"kind": kind, "id": record["announcement"]["id"]}))

        task = asyncio.create_task(look())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def outputs(console: int) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=10) as http:
        answer = await http.get(f"http://127.0.0.1:{console}/api/outputs")
        record: dict[str, Any] = answer.json()
        return record


async def fault_of(console: int, name: str, fault: str) -> None:
    """Return once an output has a fault, or none."""
    async with asyncio.timeout(120):
        while True:
            health = {one["output_id"]: one for one in (await outputs(console))["health"]}
            if health[name]["fault"] == fault:
                return
            await asyncio.sleep(0.1)


async def linked(console: int, name: str) -> None:
    """Return once an output has said whether it is reached."""
    async with asyncio.timeout(120):
        while True:
            with contextlib.suppress(httpx.HTTPError, KeyError):
                health = {one["output_id"]: one for one in (await outputs(console))["health"]}
                if health[name]["link"] != "untold":
                    return
            await asyncio.sleep(0.1)


async def test_a_drill_tells_by_output_how_far_it_came_and_what_fails_is_loud_until_it_works(
    tmp_path: Path,
) -> None:
    warm_up(lambda kernel: None)
    relay, page_port = Relay(), free_port()
    async with AsyncExitStack() as stack:
        hook = await stack.enter_async_context(receiver())
        power = await stack.enter_async_context(AsyncExitStack())
        await power.enter_async_context(serving(relay))
        text = SITE + CHAIN.format(hook=hook.port, relay=relay.port, page=page_port, folder=tmp_path / "cap")
        _, _, console = await stack.enter_async_context(site(tmp_path, text))
        path, port = tmp_path / "site.toml", ("--port", str(console))
        await linked(console, "gate")
        await linked(console, "siren")
        await stack.enter_async_context(screen(page_port))
        status, out, err = await drill(path, *port)
        assert status == 0, out + err
        assert "hook" in out and "works" in out and "Gate 1" in out
        assert "Not tried, for they are not marked for drills: town" in out
        assert relay.written[0] == (1, True), "the siren sounded"
        await relay.until(1, False)  # and ended with its test
        assert hook.records[0]["status"] == "test" and hook.records[0]["kind"] == "test"
        assert not list((tmp_path / "cap").glob("cap-*.xml")), "what is not for drills got nothing"

        await power.aclose()  # the relay loses its power
        await fault_of(console, "siren", "down")
        status, out, _ = await drill(path, *port, "--json")
        held = json.loads(out)
        rows = {row["output_id"]: row for row in held["rows"]}
        assert status == 1 and held["is_over"]
        assert {name: row["verdict"] for name, row in rows.items() if row["delivery"]} == {
            **{"hook": "passed", "siren": "failed", "gate": "passed"}
        }
        assert rows["gate"]["delivery"]["said_to_be"] == ["Gate 1"], "the page has no key"
        assert rows["gate"]["delivery"]["confirmed_by"] == [] and rows["town"]["delivery"] is None
        assert "no connection to the relay" in rows["siren"]["delivery"]["detail"]
        async with httpx.AsyncClient(timeout=10) as http:
            ready = await http.get(f"http://127.0.0.1:{console}/readyz")
            assert ready.status_code == 200 and "output.down:siren" in ready.json()["faults"]

        await stack.enter_async_context(serving(relay))  # it is back: reached, and yet not known to work
        await fault_of(console, "siren", "failing")
        status, out, _ = await drill(path, *port, "--lang", "ar", "--output", "siren")
        assert status == 0 and "يعمل" in out
        await fault_of(console, "siren", "")
    status, out, err = await drill(tmp_path / "site.toml", *port)
    assert status == 1 and "no site answers at" in err and "Traceback" not in err and out == ""


async def test_who_must_sign_in_does_so_and_who_may_only_look_is_told(tmp_path: Path) -> None:
    warm_up(lambda kernel: None)
    people = "".join(
        f'[[server.operators]]\nname = "{name}"\nrole = "{role}"\n'
        f'password_hash = "{hash_password(name * 3)}"\n'
        for name, role in (("Lina", "operator"), ("Omar", "viewer"))
    )
    async with receiver() as hook:
        told = f'[[output]]\nname = "hook"\nstandard = "webhook"\nurl = "http://127.0.0.1:{hook.port}/"\n'
        async with site(tmp_path, f"{SITE}{people}{told}drills = true\n") as (_, _, console):
            path, port = tmp_path / "site.toml", ("--port", str(console))
            for name in ("Lina", "Omar", "wrong"):
                (tmp_path / name).write_text(f"{name * 3}\n")

            async def tried(name: str, password: str) -> tuple[int, str, str]:
                return await drill(path, *port, "--name", name, "--password-file", str(tmp_path / password))

            status, _, err = await drill(path, *port)
            assert status == 2 and "give one of Lina, Omar" in err.replace("\n", " ")
            status, _, err = await tried("Lina", "wrong")
            assert status == 1 and "name or password is wrong" in err
            status, _, err = await tried("Omar", "Omar")
            assert status == 1 and "Omar is viewer: drill is for" in err.replace("\n", " ")
            status, out, err = await tried("Lina", "Lina")
            assert status == 0, out + err
            drilling = hook.records[-1]
    assert drilling["by"] == "Lina"
