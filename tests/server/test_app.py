"""The REST interface: what it gives, what it refuses, and how."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter
from websockets.sync.client import connect

from marsad import wire
from marsad.errors import ConfigError, ReceivedError, UnrecordedError
from marsad.model.action import Acknowledge, CloseIncident, ReportOutcome, SetIdentity
from marsad.model.drill import OutputFault, OutputHealth, Reachability
from marsad.model.incident import FactStatus, Outcome
from marsad.model.threat import Identity
from marsad.server import Operator, Role, ServerSettings, create_app, hash_password
from marsad.server.queries import FOREVER_MS

from .apart import app_apart
from .synthetic import Served, SyntheticSite

PASSWORD = "correct horse"
HASH = hash_password(PASSWORD)
OPERATORS = (
    Operator(name="Layla", role=Role.OPERATOR, password_hash=HASH),
    Operator(name="Omar", role=Role.VIEWER, password_hash=HASH),
)
JSON = {"content-type": "application/json"}


@pytest.fixture
def here() -> SyntheticSite:
    """A site that is served in its own process."""
    return SyntheticSite()


@pytest.fixture(params=["here", "apart"])
def gateway(request: pytest.FixtureRequest) -> SyntheticSite:
    """A site that is served in its own process, or over a channel: nobody sees a difference."""
    site = SyntheticSite()
    site.is_apart = request.param == "apart"
    return site


@asynccontextmanager
async def client(gateway: Any, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as stack:
        if gateway.is_apart:
            app, _ = await stack.enter_async_context(app_apart(gateway, ServerSettings(**settings)))
        else:
            app = create_app(gateway, ServerSettings(**settings))
        transport = httpx.ASGITransport(app)
        yield await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://localhost:8080")
        )


async def sign_in(http: httpx.AsyncClient, name: str = "Layla", password: str = PASSWORD) -> httpx.Response:
    return await http.post("/api/session", json={"name": name, "password": password})


async def test_the_register_is_newest_first(gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = gateway.incidents()[0]
    kept = [replace(one, incident_id=f"at-{hour}", opened_t_ns=hour * 3600 * 10**9) for hour in (5, 9, 7)]
    monkeypatch.setattr(gateway, "incidents", lambda limit, before_t_ns: kept)
    async with client(gateway) as http:
        rows = (await http.get("/api/incidents?limit=2")).json()
    assert [(row["incident_id"], row["mode"]) for row in rows] == [("at-9", "exercise"), ("at-7", "exercise")]


async def test_no_page_of_incidents_begins_beyond_what_the_register_counts(gateway: Any) -> None:
    assert FOREVER_MS * 10**6 < 2**63, "times are nanoseconds there, and whole numbers of 64 bits"
    async with client(gateway) as http:
        assert (await http.get(f"/api/incidents?before={FOREVER_MS}")).status_code == 200
        assert (await http.get(f"/api/incidents?before={FOREVER_MS + 1}")).status_code == 422


async def test_site_and_incident_fit_their_schemas(gateway: Any) -> None:
    async with client(gateway) as http:
        site = (await http.get("/api/site")).json()
        TypeAdapter(wire.SiteInfo).validate_python(site, strict=True)
        assert site["name_ar"] == "قاعدة عين الأسد الجوية" and site["mode"] == "exercise"
        rows = (await http.get("/api/incidents")).json()
        TypeAdapter(list[wire.IncidentSummary]).validate_python(rows, strict=True)
        one = (await http.get(f"/api/incidents/{rows[0]['incident_id']}")).json()
        TypeAdapter(wire.Incident).validate_python(one, strict=True)
        track = (await http.get("/api/tracks/88")).json()
        TypeAdapter(wire.TrackReport).validate_python(track, strict=True)
        assert track["track"]["detail"]["evidence"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"action": "acknowledge", "alarm_id": "asad-a1"}, Acknowledge("local operator", "asad-a1")),
        (
            {"action": "set_identity", "track_id": 101, "identity": "hostile", "reason": "رُصد بالعين"},
            SetIdentity("local operator", 101, Identity.HOSTILE, "رُصد بالعين"),
        ),
    ],
)
async def test_actions_reach_the_site_under_the_name_of_the_signed_in_person(
    gateway: Any, body: dict[str, Any], expected: object
) -> None:
    async with client(gateway) as http:
        answer = await http.post("/api/actions", json={**body, "by": "somebody else"})
    assert answer.status_code == 202 and answer.json() == {"accepted": body["action"]}
    assert gateway.actions == [expected]


async def test_outcome_and_closing_carry_all_their_fields(gateway: Any) -> None:
    async with client(gateway) as http:
        await http.post(
            "/api/actions",
            json={
                "action": "report_outcome",
                "outcome": "stopped",
                "t_ns": 1_795_000_000_000_000_000,
                "track_id": 101,
            },
        )
        await http.post(
            "/api/actions",
            json={
                "action": "close_incident",
                "outcome": "stopped",
                "casualties": {"status": "none", "killed": 0, "injured": 0},
                "damage": {"status": "confirmed", "text": "نافذة مكسورة"},
                "claim": {"status": "unknown", "text": ""},
            },
        )
    report, closing = gateway.actions
    assert isinstance(report, ReportOutcome) and report.track_id == 101 and report.outcome is Outcome.STOPPED
    assert isinstance(closing, CloseIncident)
    assert closing.casualties.status is FactStatus.NONE and closing.damage.text == "نافذة مكسورة"


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        (b"{", "not JSON"),
        (b"[]", "object"),
        (b'{"action":"fire"}', "'fire'"),
        (b'{"action":"acknowledge"}', "alarm_id is missing"),
        (b'{"action":"set_identity","track_id":"x","identity":"hostile"}', "'x'"),
        (b'{"action":"set_identity","track_id":1,"identity":"enemy"}', "'enemy'"),
        (b'{"action":"report_outcome","outcome":"stopped","t_ns":1,"latitude_deg":Infinity}', "Infinity"),
        (b'{"action":"report_outcome","outcome":"stopped","t_ns":1,"latitude_deg":1e999}', "Infinity"),
        (b'{"action":"report_outcome","outcome":"stopped","t_ns":1e999}', "Infinity"),
        (b'{"action":"acknowledge","alarm_id":"a","alarm_id":"b"}', "'alarm_id' stands twice"),
    ],
)
async def test_wrong_actions_are_refused_with_the_datum_quoted(
    gateway: Any, body: bytes, quoted: str
) -> None:
    async with client(gateway) as http:
        answer = await http.post("/api/actions", content=body, headers=JSON)
    assert answer.status_code == 422
    TypeAdapter(wire.Refusal).validate_python(answer.json(), strict=True)
    assert quoted in answer.json()["error"]["detail"]
    assert gateway.actions == []


async def test_a_refusal_by_the_site_is_passed_on(gateway: Any) -> None:
    gateway.refusal = ReceivedError("alarm-unknown", "alarm 'x' is not open")
    async with client(gateway) as http:
        answer = await http.post("/api/actions", json={"action": "acknowledge", "alarm_id": "x"})
    assert answer.status_code == 422
    assert answer.json() == {"error": {"reason": "alarm-unknown", "detail": "alarm 'x' is not open"}}


async def test_what_was_done_but_could_not_be_recorded_is_told_apart(gateway: Any) -> None:
    gateway.refusal = UnrecordedError("done, but NOT RECORDED")
    async with client(gateway) as http:
        answer = await http.post("/api/actions", json={"action": "acknowledge", "alarm_id": "x"})
    assert answer.status_code == 507
    assert answer.json() == {"error": {"reason": "action-not-recorded", "detail": "done, but NOT RECORDED"}}


async def test_endless_and_foreign_bodies_are_refused(gateway: Any) -> None:
    async with client(gateway) as http:
        long = await http.post("/api/actions", content=b" " * 100_000, headers=JSON)
        form = await http.post("/api/actions", data={"action": "head_count"})
        foreign = await http.post(
            "/api/actions", content=b"{}", headers={**JSON, "origin": "http://evil.example"}
        )
        rebound = await http.get("/api/site", headers={"host": "evil.example"})
        cross = await http.post(
            "/api/actions", content=b"{}", headers={**JSON, "sec-fetch-site": "cross-site"}
        )
    assert [long.status_code, form.status_code, foreign.status_code] == [413, 415, 403]
    assert rebound.status_code == 403 and cross.status_code == 403
    assert gateway.actions == []


async def test_documents_come_in_both_languages(gateway: Any) -> None:
    path = "/api/incidents/asad-2026-11-22-1"
    async with client(gateway) as http:
        document = await http.get(f"{path}/report.pdf?lang=ar")
        assert document.headers["content-type"] == "application/pdf" and document.content.startswith(b"%PDF")
        assert document.headers["content-disposition"].endswith('asad-2026-11-22-1-ar.pdf"')
        assert (await http.get(f"{path}/statement?lang=ar")).text.startswith("بيان مؤقت — قاعدة عين الأسد")
        wrong = await http.get(f"{path}/statement?lang=fr")
        assert wrong.status_code == 422 and "'fr'" in wrong.json()["error"]["detail"]
        assert (await http.get("/api/incidents/none/statement?lang=en")).status_code == 404


async def test_nothing_is_shown_to_strangers(gateway: Any) -> None:
    async with client(gateway, operators=OPERATORS) as http:
        for path in ("/api/site", "/api/incidents", "/api/tracks/101", "/metrics"):
            assert (await http.get(path)).status_code == 401, path
        assert (
            await http.post("/api/actions", json={"action": "head_count", "complete": True})
        ).status_code == 401
        assert (await http.get("/healthz")).json() == {"status": "ok"}
        session = (await http.get("/api/session")).json()
        assert (session["name"], session["role"], session["open"]) == (None, None, False)


async def test_signing_in_gives_a_cookie_scripts_cannot_read(gateway: Any) -> None:
    async with client(gateway, operators=OPERATORS) as http:
        answer = await sign_in(http)
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie
        session = (await http.get("/api/session")).json()
        assert (session["name"], session["role"], session["open"]) == ("Layla", "operator", False)
        await http.post("/api/actions", json={"action": "head_count", "complete": True})
        assert gateway.actions[0].by == "Layla"
        await http.request("DELETE", "/api/session")
        assert (await http.get("/api/site")).status_code == 401


async def test_a_viewer_looks_and_does_not_act(gateway: Any) -> None:
    async with client(gateway, operators=OPERATORS) as http:
        await sign_in(http, "Omar")
        assert (await http.get("/api/site")).status_code == 200
        answer = await http.post("/api/actions", json={"action": "head_count", "complete": True})
        assert answer.status_code == 403 and "viewer" in answer.json()["error"]["detail"]
        assert gateway.actions == []


async def test_guessing_is_slowed_down_even_for_the_right_password(gateway: Any) -> None:
    async with client(gateway, operators=OPERATORS, sign_in_attempts=3) as http:
        for _ in range(3):
            assert (await sign_in(http, password="wrong horse")).status_code == 401
        slowed = await sign_in(http)
        assert slowed.status_code == 429 and int(slowed.headers["retry-after"]) > 0


async def test_metrics_need_a_session_or_the_token(here: Any) -> None:
    async with client(here, operators=OPERATORS, metrics_token="a-long-enough-token") as http:
        wrong = await http.get("/metrics", headers={"authorization": "Bearer another-token-here"})
        right = await http.get("/metrics", headers={"authorization": "Bearer a-long-enough-token"})
    assert wrong.status_code == 401
    assert 'marsad_site_events_total{name="frames"}' in right.text
    assert "marsad_alarms_unacknowledged 2.0" in right.text
    assert "marsad_console_clients_dropped_total 0.0" in right.text


async def test_readiness_names_what_is_wrong(here: Any) -> None:
    here.faults = ("journal.unwritable",)
    async with client(here) as http:
        answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["faults"] == ["picture.none", "journal.unwritable"]


def test_an_output_that_does_not_work_is_named_and_the_site_itself_is_ready(here: SyntheticSite) -> None:
    here.faults = ("output.down:siren",)
    here.output_health = (
        OutputHealth("siren", Reachability.DOWN, fault=OutputFault.DOWN),
        OutputHealth("hook", delays=(3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2), delays_s=200.5),
    )
    with (
        Served(here, ServerSettings(port=0)) as running,
        httpx.Client(base_url=running.address, timeout=20) as http,
        connect(f"ws://127.0.0.1:{running.port}/api/picture") as console,
    ):
        console.recv(20)  # there is a picture
        ready = http.get("/readyz")
        told = http.get("/api/outputs").json()
        text = http.get("/metrics").text
    assert ready.status_code == 200 and ready.json() == {"status": "ready", "faults": ["output.down:siren"]}
    assert [one["fault"] for one in told["health"]] == ["down", ""] and told["drilling"]["last"] is None
    assert 'marsad_output_ok{output="siren"} 0.0' in text and 'marsad_output_ok{output="hook"} 1.0' in text
    for line in (
        'le="0.1",output="hook"} 3.0',
        'le="0.5",output="hook"} 4.0',
        'le="+Inf",output="hook"} 6.0',
    ):
        assert f"marsad_output_delay_seconds_bucket{{{line}" in text
    assert 'marsad_output_delay_seconds_sum{output="hook"} 200.5' in text


def test_a_console_open_to_a_network_does_not_start(gateway: Any) -> None:
    with pytest.raises(ConfigError, match=r"0\.0\.0\.0 is reachable"):
        create_app(gateway, ServerSettings(host="0.0.0.0"))
    with pytest.raises(ConfigError, match="in the clear"):
        create_app(gateway, ServerSettings(host="0.0.0.0", operators=OPERATORS))
    create_app(gateway, ServerSettings(host="0.0.0.0", operators=OPERATORS, proxies=("10.0.0.5",)))
    create_app(gateway, ServerSettings(host="::1"))


def from_peer(gateway: Any, peer: str, **settings: Any) -> httpx.AsyncClient:
    app = create_app(gateway, ServerSettings(operators=OPERATORS, hosts=("marsad.example",), **settings))
    transport = httpx.ASGITransport(app, client=(peer, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://marsad.example")


async def answers_to_wrong_sign_ins(http: httpx.AsyncClient, *clients: str) -> list[int]:
    """Of a name of its own each, one for each address that a proxy names."""
    statuses = []
    for number, client in enumerate(clients):
        record = {"name": f"nobody {number}", "password": "wrong"}
        answer = await http.post("/api/session", json=record, headers={"x-forwarded-for": client})
        statuses.append(answer.status_code)
    return statuses


async def test_behind_a_proxy_each_client_has_its_own_budget_of_sign_ins(gateway: Any) -> None:
    async with from_peer(gateway, "127.0.0.1", proxies=("127.0.0.1",), sign_in_attempts=2) as http:
        clients = ("203.0.113.7", "203.0.113.7", "203.0.113.7", "203.0.113.8")
        assert await answers_to_wrong_sign_ins(http, *clients) == [401, 401, 429, 401]
        # what a client writes itself stands left of what the proxy adds, and is not believed
        assert await answers_to_wrong_sign_ins(http, "198.51.100.1, 203.0.113.7") == [429]


async def test_who_is_no_proxy_of_the_settings_is_not_believed(gateway: Any) -> None:
    clients = ("203.0.113.7", "203.0.113.8", "203.0.113.9")
    async with from_peer(gateway, "127.0.0.1", sign_in_attempts=2) as http:
        assert await answers_to_wrong_sign_ins(http, *clients) == [401, 401, 429]
    async with from_peer(gateway, "203.0.113.1", proxies=("127.0.0.1",), sign_in_attempts=2) as http:
        assert await answers_to_wrong_sign_ins(http, *clients) == [401, 401, 429]


@pytest.mark.parametrize(
    ("peer", "status"),
    [("172.18.0.9", 200), ("::ffff:172.18.0.9", 200), ("127.0.0.1", 200), ("172.19.0.9", 403), ("", 403)],
)
async def test_off_loopback_without_tls_only_the_proxy_is_served(
    gateway: Any, peer: str, status: int
) -> None:
    async with from_peer(gateway, peer, host="0.0.0.0", proxies=("172.18.0.0/16",)) as http:
        answer = await http.get("/api/session")
    assert answer.status_code == status
    assert ("only the reverse proxy may connect" in answer.text) == (status == 403)


async def test_behind_a_proxy_with_tls_the_session_cookie_is_secure(gateway: Any) -> None:
    headers = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}
    async with from_peer(gateway, "127.0.0.1", proxies=("127.0.0.1",)) as http:
        record = {"name": OPERATORS[0].name, "password": PASSWORD}
        answer = await http.post("/api/session", json=record, headers=headers)
    assert answer.status_code == 200 and "secure" in answer.headers["set-cookie"].lower()


def test_two_operators_of_one_name_are_refused(gateway: Any) -> None:
    with pytest.raises(ConfigError, match="Layla"):
        create_app(gateway, ServerSettings(operators=(OPERATORS[0], OPERATORS[0])))


async def test_a_missing_console_says_how_to_build_it(gateway: Any, tmp_path: Path) -> None:
    async with client(gateway, static_directory=tmp_path) as http:
        page = await http.get("/")
        assert page.status_code == 503 and "make setup" in page.text and "لم تُبنَ" in page.text


async def test_only_files_of_the_console_are_served(gateway: Any, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<html>")
    (static / "assets" / "a-1.js").write_text("1")
    async with client(gateway, static_directory=static) as http:
        page = await http.get("/")
        assert page.text == "<html>" and page.headers["cache-control"] == "no-cache"
        assert "immutable" in (await http.get("/assets/a-1.js")).headers["cache-control"]
        for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/nothing"):
            assert (await http.get(path)).status_code == 404, path


async def test_every_answer_carries_the_content_security_policy(gateway: Any) -> None:
    async with client(gateway) as http:
        for path in ("/", "/api/site", "/api/nothing", "/healthz"):
            policy = (await http.get(path)).headers["content-security-policy"]
            assert "default-src 'self'" in policy and "unsafe" not in policy and "http" not in policy


async def test_the_local_base_map_is_served_in_ranges(gateway: Any, tmp_path: Path) -> None:
    archive = tmp_path / "iraq.pmtiles"
    archive.write_bytes(bytes(range(200)))
    async with client(gateway, pmtiles=archive) as http:
        assert (await http.get("/api/site")).json()["base_map"] == "/tiles/base.pmtiles"
        part = await http.get("/tiles/base.pmtiles", headers={"range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == bytes(range(10, 20))
