"""Every route has a row in the table of permissions, and each role is measured by it."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route, WebSocketRoute
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from marsad.model.action import HandOver
from marsad.model.role import Permission, Role, permissions
from marsad.server import Operator, ServerSettings, create_app, hash_password, sign_in_api, stream_socket
from marsad.server.api import router
from marsad.server.permits import FORBIDDEN, ROUTES, Open, may_follow
from marsad.server.sessions import Person

from .synthetic import CARD, SITE, SyntheticSite
from .test_app import client, sign_in

HASH = hash_password("correct horse")
PEOPLE = tuple(Operator(name=role.value, role=role, password_hash=HASH) for role in Role)
NOT_SUPERVISED = tuple(one for one in PEOPLE if one.role is not Role.SUPERVISOR)
BODIES: dict[str, dict[str, Any]] = {
    "acknowledge": {"alarm_id": "x"},
    "all_clear": {},
    "release": {"alarm_id": "x"},
    "set_identity": {"track_id": 101, "identity": "neutral"},
    "head_count": {"complete": True},
    "cancel_flight": {"flight_id": "x"},
    "admit_node": {"feed": "f", "node_id": "n"},
    "try_outputs": {},
    "take_watch": {},
    "confirm_card": {},
    "apply_settings": {},
}
NEEDED = {
    "acknowledge": Permission.ACKNOWLEDGE,
    "all_clear": Permission.END,
    "release": Permission.RELEASE,
    "set_identity": Permission.CLASSIFY,
    "head_count": Permission.DOCUMENT,
    "cancel_flight": Permission.FLIGHTS,
    "admit_node": Permission.ADMIT,
    "try_outputs": Permission.DRILL,
    "take_watch": Permission.WATCH,
    "confirm_card": Permission.CONFIRM,
    "apply_settings": Permission.SETTINGS,
}


@pytest.fixture
def here() -> SyntheticSite:
    """A site with an authority card, served in its own process."""
    return SyntheticSite(replace(SITE, authority=CARD))


@pytest.fixture(params=["here", "apart"])
def gateway(request: pytest.FixtureRequest, here: SyntheticSite) -> SyntheticSite:
    """The same, also served over a channel."""
    here.is_apart = request.param == "apart"
    return here


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for route in app.routes:
        if isinstance(route, WebSocketRoute):
            found.add(("WEBSOCKET", route.path))
        elif isinstance(route, Route | APIRoute):
            found |= {(method, route.path) for method in (route.methods or ()) if method != "HEAD"}
        else:
            routes = (*router.routes, *stream_socket.router.routes, *sign_in_api.router.routes)
            found |= {(method, one.path) for one in routes if isinstance(one, APIRoute)
                      for method in (one.methods or ()) if method != "HEAD"}  # fmt: skip
    return found


def test_every_route_has_a_row_and_every_row_a_route(tmp_path: Any) -> None:
    archive = tmp_path / "base.pmtiles"
    archive.write_bytes(b"")
    app = create_app(SyntheticSite(), ServerSettings(pmtiles=archive))
    found = routes_of(app)
    assert len(found) > 20
    assert found == set(ROUTES)


def test_what_is_open_to_all_shows_nothing_of_the_site() -> None:
    shown = {path for (method, path), need in ROUTES.items() if need is Open.TO_ALL and method == "GET"}
    assert shown == {
        *("/api/session", "/api/phase", "/healthz", "/readyz", "/api/{path:path}"),
        *("/{path:path}", "/tiles/base.pmtiles", "/api/openapi.json"),
        *("/api/stream/v1/schema.json", "/api/stream/v1/asyncapi.json"),
    }


async def test_a_route_without_a_row_is_served_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ROUTES, ("GET", "/api/site"))
    transport = httpx.ASGITransport(create_app(SyntheticSite(), ServerSettings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as http:
        answer = await http.get("/api/site")
        assert answer.status_code == 403 and "no row" in answer.json()["error"]["detail"]


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "WEBSOCKET"])
def test_a_socket_without_a_row_is_open_to_nobody(
    path: str, gateway: SyntheticSite, serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(ROUTES, ("WEBSOCKET", path))
    with serving(gateway, ServerSettings(port=0)) as served, connect(
        f"ws://127.0.0.1:{served.port}{path}"
    ) as client, pytest.raises(ConnectionClosed) as ended:  # fmt: skip
        client.recv(timeout=20)
    assert ended.value.rcvd is not None and ended.value.rcvd.code == FORBIDDEN


@pytest.mark.parametrize("role", list(Role))
def test_a_socket_is_open_to_whom_its_row_names(role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/api/stream/v1"
    monkeypatch.setitem(ROUTES, ("WEBSOCKET", path), Permission.ADMIT)
    settings = ServerSettings(operators=PEOPLE)
    granted = Permission.ADMIT in permissions(role, is_supervised=True)
    assert may_follow(Person(role.value, role), path, settings) is granted


@pytest.mark.parametrize(
    ("role", "people"),
    [
        *((role, PEOPLE) for role in Role),
        *((role, NOT_SUPERVISED) for role in Role if role is not Role.SUPERVISOR),
    ],
)
async def test_each_role_may_do_what_the_table_grants_and_nothing_else(
    here: SyntheticSite, role: Role, people: tuple[Operator, ...]
) -> None:
    granted = permissions(role, is_supervised=people is PEOPLE)
    async with client(here, operators=people) as http:
        await sign_in(http, role.value)
        session = (await http.get("/api/session")).json()
        assert set(session["may"]) == granted and session["role"] == role.value
        for name, body in BODIES.items():
            answer = await http.post("/api/actions", json={"action": name, "role": "supervisor", **body})
            refused = answer.status_code == 403 and answer.json()["error"]["reason"] == "role"
            assert refused is (NEEDED[name] not in granted), (name, answer.text)
            if refused:
                assert f"{role.value} is {role.value}" in answer.json()["error"]["detail"]
        card = await http.get("/api/authority")
        assert card.status_code == (200 if Permission.CARD in granted else 403)
    assert {action.role for action in here.actions} <= {role}, "never what the body says"


async def test_everybody_is_told_whose_each_permission_is(here: SyntheticSite) -> None:
    async with client(here, operators=PEOPLE) as http:
        session = (await http.get("/api/session")).json()
        assert session["may"] == [] and session["role"] is None
        assert session["whose"]["admit"] == ["supervisor", "administrator"]


async def test_the_card_comes_over_the_channel_as_it_is(gateway: SyntheticSite) -> None:
    async with client(gateway, operators=PEOPLE) as http:
        await sign_in(http, "operator")
        card = (await http.get("/api/authority")).json()
        assert card["people"][0] == {
            "name": "Layla",
            "post_en": "Duty officer",
            "post_ar": "ضابط الخفر",
            "phone": "+964 770 000 0001",
        }
        assert card["duties"][0]["deputies"] == ["Omar"] and card["confirmed_on"] == "2026-11-01"


async def test_a_watch_is_offered_to_those_alone_who_can_take_it(gateway: SyntheticSite) -> None:
    async with client(gateway, operators=PEOPLE) as http:
        await sign_in(http, "operator", "correct horse")
        session = (await http.get("/api/session")).json()
        assert session["watchers"] == ["operator", "supervisor"]
        for to, status in (("supervisor", 202), ("", 202), ("viewer", 422), ("Nobody", 422)):
            answer = await http.post("/api/actions", json={"action": "hand_over", "to": to})
            assert answer.status_code == status, answer.text
        assert answer.json()["error"]["reason"] == "watch-to-whom"
        assert (
            "'Nobody'" in answer.json()["error"]["detail"]
            and "supervisor" in answer.json()["error"]["detail"]
        )
        assert [action.to for action in gateway.actions if isinstance(action, HandOver)] == ["supervisor", ""]
        await sign_in(http, "viewer", "correct horse")
        assert (await http.get("/api/session")).json()["watchers"] == []
