"""The description of the HTTP interface: complete, and what the interface really does."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from marsad.errors import RecordingError, UnrecordedError
from marsad.server import Operator, Role, ServerSettings, create_app, hash_password
from marsad.server.settings import refuse_open_network
from marsad.site.actions import action_from_json
from marsad.station.token_file import TokenFile

from .synthetic import SyntheticSite

PASSWORD = "correct horse"
HASH = hash_password(PASSWORD)
OPERATORS = (
    Operator(name="Layla", role=Role.OPERATOR, password_hash=HASH),
    Operator(name="Omar", role=Role.VIEWER, password_hash=HASH),
)
PUBLIC = {
    *(("get", "/api/session"), ("post", "/api/session"), ("delete", "/api/session"), ("get", "/api/phase")),
    *(("get", "/healthz"), ("get", "/readyz")),
    *(("get", "/api/stream/v1/schema.json"), ("get", "/api/stream/v1/asyncapi.json")),
}
Record = dict[str, Any]


@pytest.fixture
def gateway() -> SyntheticSite:
    return SyntheticSite()


@pytest.fixture
def settings(tmp_path: Path) -> ServerSettings:
    return ServerSettings(operators=OPERATORS, tokens_file=tmp_path / "tokens.json", sign_in_attempts=5)


def made(settings: ServerSettings, name: str = "gate", role: Role = Role.VIEWER) -> dict[str, str]:
    """The header of a new token."""
    assert settings.tokens_file is not None
    return {"authorization": f"Bearer {TokenFile(settings.tokens_file, settings).make(name, role, 1)[0]}"}


@pytest.fixture
def described(gateway: SyntheticSite, settings: ServerSettings) -> Record:
    made: Record = json.loads(json.dumps(create_app(gateway, settings).openapi(), allow_nan=False))
    return made


def operations(described: Record) -> dict[tuple[str, str], Record]:
    return {
        (method, path): operation
        for path, item in described["paths"].items()
        for method, operation in item.items()
    }


def test_every_route_is_described_whole(described: Record) -> None:
    found = operations(described)
    assert len(found) >= 18
    for (method, path), operation in found.items():
        where = f"{method} {path}"
        assert operation["summary"].strip() and "``" not in operation["summary"], where
        good = [status for status in operation["responses"] if status.startswith("2")]
        assert len(good) == 1, where
        body = operation["responses"][good[0]].get("content", {})
        if good[0] != "204":
            assert body, where
            for kind, content in body.items():
                assert kind != "application/json" or content["schema"] not in ({}, None), where
        for status, answer in operation["responses"].items():
            if status.startswith("4") or (status.startswith("5") and not path.endswith("z")):
                assert answer["content"]["application/json"]["schema"] == {
                    "$ref": "#/components/schemas/Refusal"
                }, f"{where} {status}"
        secured = operation.get("security")
        if (method, path) in PUBLIC:
            assert not secured, where
        else:
            assert secured == [{"session": []}, {"token": []}], where
            assert {"401", "429"} <= set(operation["responses"]), where
        if method == "post":
            assert operation["requestBody"]["content"]["application/json"]["schema"], where
            assert {"413", "415", "422"} <= set(operation["responses"]), where


def test_it_is_good_json_schema_and_every_reference_leads_somewhere(described: Record) -> None:
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(described))):
        place: Any = described
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert described["components"]["securitySchemes"]["session"]["in"] == "cookie"


class Judge:
    """Holds each answer against the description."""

    def __init__(self, described: Record) -> None:
        self.seen: set[tuple[str, str, str]] = set()
        self._described = described
        resource = Resource.from_contents(described, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource("urn:api", resource)

    def path_of(self, path: str) -> str:
        for known in self._described["paths"]:
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), path):
                return str(known)
        raise AssertionError(f"{path} is not described")

    def judge(self, answer: httpx.Response) -> None:
        method, path = answer.request.method.lower(), self.path_of(answer.request.url.path)
        operation = self._described["paths"][path][method]
        status = str(answer.status_code)
        assert status in operation["responses"], f"{method} {path} answers {status}: {answer.text[:200]}"
        self.seen.add((method, path, status))
        content = operation["responses"][status].get("content")
        if content is None:
            assert answer.content == b""
            return
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in content, f"{method} {path} answers {kind}"
        schema = content[kind].get("schema")
        if kind == "application/json" and schema:
            rebased = json.loads(json.dumps(schema).replace('"#/', '"urn:api#/'))
            validator_for(rebased, Draft202012Validator)(rebased, registry=self._registry).validate(
                answer.json()
            )


@asynccontextmanager
async def judged(
    gateway: SyntheticSite, settings: ServerSettings, judge: Judge
) -> AsyncIterator[httpx.AsyncClient]:
    async def look(answer: httpx.Response) -> None:
        await answer.aread()
        judge.judge(answer)

    app = create_app(gateway, settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url="http://localhost:8080",
            event_hooks={"response": [look]},
        ) as http,
    ):
        yield http


async def sign_in(http: httpx.AsyncClient, name: str = "Layla", password: str = PASSWORD) -> httpx.Response:
    return await http.post("/api/session", json={"name": name, "password": password})


TABLE = "id,name,remote_id,until\npatrol,Patrol drone,1596f,2099-01-01T00:00:00Z\n"
GOOD = {"action": "acknowledge", "alarm_id": "asad-a1"}
PLACES = {"incident_id": "asad-2026-11-22-1", "track_id": "101"}


async def test_no_answer_contradicts_its_description(
    gateway: SyntheticSite, settings: ServerSettings, described: Record
) -> None:
    judge = Judge(described)
    gets = [path for method, path in operations(described) if method == "get"]
    async with judged(gateway, settings, judge) as http:
        for path in gets:
            await http.get(path.format(**PLACES))  # nobody has signed in
        await sign_in(http, password="wrong horse")
        for body in (b"{", b"[]", b'{"name": 1}'):
            await http.post("/api/session", content=body, headers={"content-type": "application/json"})
        await http.post("/api/session", content=b"{}")
        await sign_in(http)
        for path in gets:
            full = path.format(**PLACES)
            await http.get(full, params={"lang": "ar"} if "report" in path or "statement" in path else {})
            await http.get(full, headers={"host": "localhost"})
            if "{" in path:
                wrong = path.format(incident_id="nothing", track_id="x", session_id="none")
                await http.get(wrong, params={"lang": "en"})
                await http.get(
                    path.format(incident_id="none", track_id="99999", session_id="none"),
                    params={"lang": "fr"},
                )
        await http.get("/api/incidents", params={"limit": 0})
        await acted(http, gateway)
        (mine,) = (await http.get("/api/sessions")).json()
        program = made(settings, "siem", Role.ADMINISTRATOR)
        await http.get("/api/security", headers=program)
        ended = f"/api/sessions/{mine['session_id']}"
        await http.delete(ended, headers=program)
        await http.delete("/api/sessions", headers=program)
        await http.delete("/api/sessions", params={"whose": "none"})
        await http.delete("/api/sessions")
        await http.delete("/api/sessions/none")
        await http.delete(ended)
        await http.delete(ended)
        await http.delete("/api/session")
        viewer = made(settings)
        for path in gets:
            await http.get(path.format(**PLACES), params={"lang": "en"}, headers=viewer)
        await http.post("/api/actions", json=GOOD, headers=viewer)
        await http.post("/api/flights", json={"name": "x", "text": ""}, headers=viewer)
        foreign = {"origin": "http://evil.example"}
        for path in ("/api/actions", "/api/flights", "/api/session"):
            await http.post(path, json={}, headers=foreign)
        await http.delete("/api/session", headers=foreign)
        for _ in range(12):
            await http.get("/api/site", headers={"authorization": "Bearer wrong"})
        for path in gets:
            await http.get(path.format(**PLACES), headers={"authorization": "Bearer wrong"})
        for _ in range(8):
            await sign_in(http, password="wrong horse")
    every = {(method, path) for method, path in operations(described)}
    assert {(method, path) for method, path, status in judge.seen if status.startswith("2")} == every
    assert {status for *_, status in judge.seen} >= {
        *("200", "202", "204", "401", "403", "404", "413", "415", "422", "429", "503", "507"),
    }


async def acted(http: httpx.AsyncClient, gateway: SyntheticSite) -> None:
    """Everything that can be done, and all that can go wrong with it."""
    for path, good in (
        ("/api/actions", GOOD),
        ("/api/flights", {"name": "flights.csv", "text": TABLE}),
    ):
        await http.post(path, json=good)
        await http.post(path, json=good, headers={"idempotency-key": "x" * 81})
        await http.post(path, content=b"{")
        await http.post(path, content=b"x" * 2_000_000, headers={"content-type": "application/json"})
        await http.post(path, json={"action": "nonsense", "name": 1})
        for refusal in (RecordingError("no disk"), UnrecordedError("no record")):
            gateway.refusal = refusal
            await http.post(path, json=good)
        gateway.refusal = None


def test_the_actions_are_described_as_they_are_taken(described: Record) -> None:
    resource = Resource.from_contents(described, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:api", resource)
    judge = Draft202012Validator({"$ref": "urn:api#/components/schemas/Action"}, registry=registry)
    guide = (Path(__file__).parents[2] / "docs/guide/en/http-api.md").read_text("utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", guide, re.S)
    for line in block.splitlines():
        record = json.loads(line)
        judge.validate(record)
        action_from_json(json.dumps(record | {"by": "x"}).encode())
    assert not judge.is_valid({"action": "fire"}) and not judge.is_valid({"action": "acknowledge"})


# --- tokens at the interface ---------------------------------------------------------------------------


@asynccontextmanager
async def plain(gateway: SyntheticSite, settings: ServerSettings) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(gateway, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as http:
        yield http


async def test_a_token_looks_and_acts_as_its_role_may_and_is_named_in_what_it_did(
    gateway: SyntheticSite, settings: ServerSettings
) -> None:
    viewer, operator = made(settings), made(settings, "defence", Role.OPERATOR)
    async with plain(gateway, settings) as http:
        assert (await http.get("/api/site", headers=viewer)).status_code == 200
        assert (await http.get("/api/session", headers=viewer)).json()["name"] == "token gate"
        refused = await http.post("/api/actions", json=GOOD, headers=viewer)
        assert refused.status_code == 403 and refused.json()["error"]["reason"] == "role"
        ticked = {"action": "check_off", "item_id": "2-notify", "done": True, "by": "Layla"}
        done = await http.post("/api/actions", json=ticked, headers=operator)
        assert done.status_code == 202
    (action,) = gateway.actions
    assert action.by == "token defence"


@pytest.mark.parametrize(
    "action",
    [
        {"action": "acknowledge", "alarm_id": "a"},
        {"action": "release", "alarm_id": "a"},
        {"action": "withhold", "alarm_id": "a"},
        {"action": "retract", "alarm_id": "a", "reason": "x"},
        {"action": "all_clear"},
        {"action": "set_identity", "track_id": 7, "identity": "hostile"},
        {
            "action": "close_incident",
            "outcome": "stopped",
            **{name: {"status": "none"} for name in ("casualties", "damage", "claim")},
        },
    ],
    ids=lambda action: action["action"],
)
async def test_what_a_person_answers_for_no_program_can_do(
    gateway: SyntheticSite, settings: ServerSettings, action: Record
) -> None:
    async with plain(gateway, settings) as http:
        operator = made(settings, "defence", Role.OPERATOR)
        refused = await http.post("/api/actions", json=action, headers=operator)
        assert refused.status_code == 403 and refused.json()["error"]["reason"] == "person-needed"
        await http.post("/api/session", json={"name": "Layla", "password": PASSWORD})
        assert (await http.post("/api/actions", json=action)).status_code == 202
    assert [one.by for one in gateway.actions] == ["Layla"]


async def test_a_wrong_token_is_no_way_in_even_where_everybody_may_look_or_beside_a_session(
    gateway: SyntheticSite, settings: ServerSettings, tmp_path: Path
) -> None:
    wrong = {"authorization": "Bearer marsad_00000000_" + "A" * 43}
    async with plain(gateway, ServerSettings(tokens_file=tmp_path / "t.json")) as http:
        assert (await http.get("/api/site", headers=wrong)).json()["error"]["reason"] == "token-wrong"
        assert (await http.get("/api/site")).status_code == 200
    async with plain(gateway, settings) as http:
        await http.post("/api/session", json={"name": "Layla", "password": PASSWORD})
        assert (await http.get("/api/site", headers=wrong)).status_code == 401
        for _ in range(5):
            last = await http.get("/api/site", headers=wrong)
        assert last.status_code == 429 and int(last.headers["retry-after"]) > 0
        told = (await http.get("/metrics")).text
        assert "marsad_console_tokens_refused_total 6.0" in told


def test_tokens_do_not_open_a_console_to_a_network(settings: ServerSettings) -> None:
    from marsad.errors import ConfigError

    with pytest.raises(ConfigError):
        refuse_open_network(ServerSettings(host="0.0.0.0", tokens_file=settings.tokens_file))
