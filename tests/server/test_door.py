"""The door by real sockets: hosts, headers, late bodies, floods, kept places, and what the log has of it."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from marsad.model.security import Happening
from marsad.server import Operator, Role, ServerSettings, hash_password
from marsad.server.run import server_of

from .synthetic import SyntheticSite

HASH = hash_password("correct horse")
PEOPLE = tuple(Operator(name=role.value, role=role, password_hash=HASH) for role in Role)


@asynccontextmanager
async def served(gateway: SyntheticSite, **settings: Any) -> AsyncIterator[str]:
    """A server on a real port; where it is."""
    wanted = ServerSettings(port=0, **{"operators": PEOPLE, "sign_in_attempts": 50, **settings})
    server = server_of(gateway, wanted)
    up = asyncio.Event()
    server.listening = up.set
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(30):
        await up.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def signed_in(address: str, name: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{address}", timeout=30) as http:
        said = await http.post("/api/session", json={"name": name, "password": "correct horse"})
        assert said.status_code == 200, said.text
        yield http


def cookie(http: httpx.AsyncClient) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in http.cookies.items())}


async def raw(address: str, request: bytes) -> bytes:
    """What is answered to bytes on a socket."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    try:
        async with asyncio.timeout(30):
            head = await reader.readuntil(b"\r\n\r\n")
            length = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
            return head + await reader.readexactly(int(length[0].split(b":")[1]))
    finally:
        writer.transport.abort()


# ---------------------------------------------------------------- what no text has


@pytest.mark.parametrize("path", ["/%00", "/" + "a" * 5_000, "/%1b[2J", "/%e2%80%ae", "/assets/%00.js"])
async def test_a_path_that_names_no_page_is_400_in_one_line(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(SyntheticSite()) as address, httpx.AsyncClient() as http:
        answer = await http.get(f"http://{address}{path}")
    assert answer.status_code == 400 and answer.json()["error"]["reason"] == "http-400"
    assert "\n" not in answer.text and "\x1b" not in answer.text and not caplog.records


@pytest.mark.parametrize("where", ["/api/session", "/api/actions", "/api/flights"])
async def test_half_a_letter_in_a_body_is_400_in_one_line(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = SyntheticSite()
    body = b'{"name": "\\ud800", "password": "x", "text": "x", "action": "acknowledge", "alarm_id": "a"}'
    async with served(gateway) as address, signed_in(address, "operator") as http:
        answer = await http.post(where, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400 and answer.json()["error"]["reason"] == "body-half-letter"
    assert "U+D800" in answer.text and not caplog.records and not gateway.actions


# ---------------------------------------------------------------- names, headers


@pytest.mark.parametrize(
    ("host", "hosts", "is_good"),
    [
        ("localhost:8080", (), True),
        ("127.0.0.1", (), True),
        ("[::1]:8080", (), True),
        ("10.0.0.5", (), True),  # nobody's name, so nobody can make it lead here
        ("rebound.example", (), False),
        ("marsad.site.example", ("marsad.site.example",), True),
        ("MARSAD.site.example.:80", ("marsad.site.example",), True),
        ("gate.site.example", ("*.site.example",), True),
        ("site.example.evil.example", ("*.site.example",), False),
        ("", (), False),
    ],
)
async def test_a_console_answers_to_its_own_names_alone(
    host: str, hosts: tuple[str, ...], is_good: bool
) -> None:
    async with served(SyntheticSite(), hosts=hosts) as address:
        said = await raw(address, f"GET /api/phase HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert said.startswith(b"HTTP/1.1 200" if is_good else b"HTTP/1.1 403")
    assert is_good or b"server.hosts" in said


async def test_over_tls_browsers_are_told_to_stay_there_and_nothing_of_the_api_is_kept(
    tmp_path: Path,
) -> None:
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "pair.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    pair = {"tls_certificate": tmp_path / "pair.pem", "tls_key": tmp_path / "pair.pem"}
    async with (
        served(SyntheticSite(), **pair) as address,
        httpx.AsyncClient(verify=ssl.create_default_context(cafile=tmp_path / "ca.pem")) as http,
    ):
        answer = await http.get(f"https://{address}/api/phase", headers={"Host": "any.name.example"})
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    async with served(SyntheticSite()) as address, httpx.AsyncClient() as http:
        assert (await http.delete(f"http://{address}/api/session")).headers["clear-site-data"] == '"cache"'
        answer = await http.get(f"http://{address}/api/phase")
        assert "strict-transport-security" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


# ---------------------------------------------------------------- floods


async def test_a_body_that_does_not_come_is_given_up() -> None:
    async with served(SyntheticSite(), body_timeout_s=0.2) as address:
        head = b"POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        said = await raw(address, head + b"Content-Length: 100\r\n\r\n{")
    assert said.startswith(b"HTTP/1.1 408") and b"body-late" in said


async def test_who_asks_without_end_is_slowed_down_and_nobody_else() -> None:
    async with (
        served(SyntheticSite(), requests_per_s=5) as address,
        signed_in(address, "viewer") as viewer,
        signed_in(address, "operator") as operator,
    ):
        codes = [(await viewer.get("/api/site")).status_code for _ in range(40)]
        assert codes[:15] == [200] * 15 and 429 in codes
        async with httpx.AsyncClient(base_url=f"http://{address}") as stranger:
            codes = [(await stranger.get("/api/phase")).status_code for _ in range(40)]
            assert 429 in codes
        assert (await operator.get("/api/site")).status_code == 200, "from the same address"


async def test_the_places_of_those_on_watch_are_kept_from_the_others() -> None:
    limits = {"clients": 6, "clients_reserved": 3, "clients_per_person": 4, "clients_per_address": 16}
    async with (
        served(SyntheticSite(), **limits) as address,
        signed_in(address, "viewer") as viewer,
        signed_in(address, "instructor") as instructor,
        signed_in(address, "operator") as operator,
        AsyncExitStack() as stack,
    ):

        async def opened(http: httpx.AsyncClient) -> int:
            """0 where pictures come, else the code with which it was closed."""
            one = await stack.enter_async_context(
                connect(f"ws://{address}/api/picture", additional_headers=cookie(http))
            )
            try:
                async with asyncio.timeout(30):
                    assert json.loads(await one.recv())["kind"] == "snapshot"
            except ConnectionClosed as ended:
                assert ended.rcvd is not None
                return ended.rcvd.code
            return 0

        assert [await opened(viewer) for _ in range(3)] == [0] * 3
        assert await opened(viewer) == 4429 and await opened(instructor) == 4429
        assert [await opened(operator) for _ in range(3)] == [0] * 3
        assert await opened(operator) == 4429, "and no more than there are"


async def test_one_person_opens_no_more_consoles_than_theirs() -> None:
    async with (
        served(SyntheticSite(), clients_per_person=2) as address,
        signed_in(address, "operator") as http,
        AsyncExitStack() as stack,
    ):
        for _ in range(2):
            one = await stack.enter_async_context(
                connect(f"ws://{address}/api/picture", additional_headers=cookie(http))
            )
            await one.recv()
        async with connect(f"ws://{address}/api/picture", additional_headers=cookie(http)) as third:
            with pytest.raises(ConnectionClosed, match="clients_per_person"):
                await third.recv()


# ---------------------------------------------------------------- sign-ins, and the log of it


async def test_sign_ins_are_listed_and_ended_and_what_they_had_open_closes() -> None:
    async with (
        served(SyntheticSite(), heartbeat_s=0.1) as address,
        signed_in(address, "operator") as operator,
        signed_in(address, "viewer") as viewer,
        signed_in(address, "administrator") as administrator,
    ):
        (mine,) = (await viewer.get("/api/sessions")).json()
        assert (mine["name"], mine["address"], mine["is_this"]) == ("viewer", "127.0.0.1", True)
        everybody = (await administrator.get("/api/sessions")).json()
        assert [one["name"] for one in everybody] == ["operator", "viewer", "administrator"]
        theirs = everybody[0]["session_id"]
        assert (await viewer.delete(f"/api/sessions/{theirs}")).status_code == 404
        async with connect(f"ws://{address}/api/picture", additional_headers=cookie(operator)) as one:
            await one.recv()
            assert (await administrator.delete(f"/api/sessions/{theirs}")).status_code == 204
            with pytest.raises(ConnectionClosed):
                async with asyncio.timeout(30):
                    while True:
                        await one.recv()
        assert (await operator.get("/api/site")).status_code == 401


async def test_whoever_asks_ends_every_other_sign_in_of_theirs_and_an_administrator_everybodys() -> None:
    async with (
        served(SyntheticSite()) as address,
        signed_in(address, "viewer") as here,
        signed_in(address, "viewer") as elsewhere,
        signed_in(address, "operator") as operator,
        signed_in(address, "administrator") as administrator,
    ):
        assert (await here.delete("/api/sessions?whose=all")).status_code == 403
        assert (await here.delete("/api/sessions")).json() == {"ended": 1}
        assert (await elsewhere.get("/api/sessions")).status_code == 401
        assert [one["is_this"] for one in (await here.get("/api/sessions")).json()] == [True]
        assert (await operator.get("/api/sessions")).status_code == 200, "somebody else's"
        assert (await administrator.delete("/api/sessions?whose=all")).json() == {"ended": 2}
        assert {(await one.get("/api/sessions")).status_code for one in (here, operator)} == {401}
        lines = (await administrator.get("/api/security")).json()
    ended = [(one["by"], one["of"]) for one in lines if one["what"] == "session-ended"]
    assert sorted(ended) == [
        ("administrator", "operator"),
        ("administrator", "viewer"),
        ("viewer", "viewer"),
    ]


async def test_the_log_has_who_came_who_did_not_and_what_was_read_and_no_word_of_a_stranger() -> None:
    gateway = SyntheticSite()
    (incident,) = gateway.incidents()
    async with served(gateway) as address, signed_in(address, "administrator") as administrator:
        async with httpx.AsyncClient(base_url=f"http://{address}") as stranger:
            for name in ("my secret password", "viewer", "viewer", "viewer"):
                record = {"name": name, "password": "wrong horse"}
                assert (await stranger.post("/api/session", json=record)).status_code == 401
            wrong = {"Authorization": "Bearer nonsense"}
            assert (await stranger.get("/api/site", headers=wrong)).status_code == 401
        async with signed_in(address, "viewer") as viewer:
            assert (await viewer.get("/api/security")).status_code == 403
            await viewer.get(f"/api/incidents/{incident.incident_id}/statement?lang=en")
            await viewer.delete("/api/session")
        lines = (await administrator.get("/api/security")).json()
        older = (await administrator.get(f"/api/security?before={lines[1]['t_ms']}&limit=1")).json()
    assert [(one["what"], one["by"], one["of"]) for one in reversed(lines)] == [
        ("signed-in", "administrator", "administrator"),
        ("sign-in-failed", "", ""),
        ("sign-in-failed", "viewer", ""),
        ("token-wrong", "", ""),
        ("signed-in", "viewer", "viewer"),
        ("refused", "viewer", "security"),
        ("report-read", "viewer", incident.incident_id),
        ("signed-out", "viewer", ""),
    ]
    assert {one["address"] for one in lines} == {"127.0.0.1"} and "secret" not in json.dumps(lines)
    assert len(older) <= 1
    assert {one.event.what for one in gateway.noted} == {Happening(line["what"]) for line in lines}
