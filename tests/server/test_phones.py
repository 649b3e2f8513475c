"""Telephone numbers of owners: for people who may ask them, on every way out of the site."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from marsad.model.action import AskOwner
from marsad.model.flight import Answer, AuthorisedFlight, FlightPicture, How, Question, TrackFlight
from marsad.outputs.mqtt_stream import _Looks, _Shown
from marsad.outputs.transmitter import Surroundings
from marsad.server import Role, ServerSettings
from marsad.server.hub import PictureHub
from marsad.server.permits import sees_phones
from marsad.server.sessions import Person
from marsad.server.tokens import json_from_tokens, new_token
from marsad.site.flight_register import FlightRegister
from marsad.stream.hub import sky_of
from marsad.stream.records import KINDS
from marsad.stream.source import Numbered

from .synthetic import Served, SyntheticSite
from .test_app import OPERATORS, PASSWORD, client, sign_in

PHONE = "+9647705551234"
HOUR = 3_600 * 10**9


@pytest.fixture
def gateway() -> SyntheticSite:
    site = SyntheticSite()
    t_ns = site.started_ns
    flight = AuthorisedFlight("a", "Patrol", "City", PHONE, until_t_ns=t_ns + HOUR)
    site.flights = FlightPicture(
        (flight,),
        (TrackFlight(101, "a", How.IDENTIFIER, True, (), ("a",)),),
        (Question(101, "a", Answer.ASKED, "Layla", t_ns),),
    )
    return site


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("is_program", [False, True])
def test_who_may_ask_owners_sees_their_numbers_and_no_program(role: Role, is_program: bool) -> None:
    settings = ServerSettings(operators=OPERATORS)
    asks = role in (Role.OPERATOR, Role.SUPERVISOR) and not is_program
    assert sees_phones(Person("A", role, is_program), settings) is asks


async def test_flights_over_http_have_numbers_for_who_may_ask(gateway: SyntheticSite, tmp_path: Path) -> None:
    text, token = new_token("crm", Role.OPERATOR, 0, 2**40)
    (tmp_path / "tokens.json").write_bytes(json_from_tokens([token]))
    settings: dict[str, Any] = {"operators": OPERATORS, "tokens_file": tmp_path / "tokens.json"}
    async with client(gateway, **settings) as http:
        shown = await http.get("/api/flights", headers={"authorization": f"Bearer {text}"})
        assert [(one["name"], one["phone"]) for one in shown.json()] == [("Patrol", "")]
        for name, phone in (("Layla", PHONE), ("Omar", "")):
            await sign_in(http, name)
            (flight,) = (await http.get("/api/flights")).json()
            assert (flight["name"], flight["operator"], flight["phone"]) == ("Patrol", "City", phone)
        for path in ("site", "tracks/101", "outputs", "incidents"):
            answer = await http.get(f"/api/{path}")
            assert answer.status_code == 200 and PHONE not in answer.text
        (incident,) = (await http.get("/api/incidents")).json()
        for path in ("", "/statement?lang=en", "/statement?lang=ar"):
            answer = await http.get(f"/api/incidents/{incident['incident_id']}{path}")
            assert answer.status_code == 200 and PHONE not in answer.text


def test_the_console_of_a_viewer_is_fed_without_numbers(gateway: SyntheticSite) -> None:
    with Served(gateway, ServerSettings(port=0, operators=OPERATORS, heartbeat_s=0.2)) as running:
        for name, sees in (("Layla", True), ("Omar", False)):
            with httpx.Client(base_url=running.address) as http:
                http.post("/api/session", json={"name": name, "password": PASSWORD}).raise_for_status()
                cookie = f"marsad_session={http.cookies['marsad_session']}"
            address = f"ws://127.0.0.1:{running.port}/api/picture"
            with connect(address, additional_headers={"cookie": cookie}, max_size=None, proxy=None) as link:
                text = str(link.recv(timeout=10))
            assert json.loads(text)["kind"] == "snapshot" and "Patrol" in text
            assert (PHONE in text) is sees


def test_a_flight_that_changes_brings_its_number_to_nobody_else(gateway: SyntheticSite) -> None:
    site = _encoded(gateway)
    hub = PictureHub(site, ServerSettings())
    empty = site.encoded(gateway.picture_at(gateway.started_ns))
    empty["flights"] = []
    before = Numbered(1, empty)
    after = Numbered(2, site.encoded(gateway.picture_at(gateway.started_ns)))
    assert PHONE in hub.message(before, after)
    without = hub.message(before, after, phones=False)
    assert PHONE not in without and json.loads(without)["flights"][0]["name"] == "Patrol"
    assert PHONE in hub.message(before, after), "what is left out for one is there for the other"


def test_programs_that_follow_the_stream_or_the_broker_get_no_numbers(
    gateway: SyntheticSite, tmp_path: Path
) -> None:
    site, picture = _encoded(gateway), gateway.picture_at(gateway.started_ns)
    shown = site.encoded(picture)
    sky = sky_of(shown, site.info(), frozenset(KINDS))
    said = b"".join(entry.head + entry.core for kind in sky.entries.values() for entry in kind.values())
    assert b'"flight_id":"a"' in said and PHONE.encode() not in said
    around = Surroundings(gateway.site, _nobody, lambda: 0, float)
    looks, info = _Looks(around, tuple(KINDS)), _Shown(gateway.site)
    sky = sky_of(looks._made(picture)[0], info.info(), frozenset(KINDS))
    said = b"".join(entry.head + entry.core for kind in sky.entries.values() for entry in kind.values())
    assert b'"flight_id":"a"' in said and PHONE.encode() not in said


def test_the_timeline_that_reports_are_written_from_names_owners_without_numbers(
    gateway: SyntheticSite,
) -> None:
    register = FlightRegister(gateway.site, _encoded(gateway)._frame)
    register._flights["a"] = gateway.flights.flights[0]
    for answer in Answer:
        register.act(gateway.started_ns, AskOwner("Layla", 101, answer, "a"), [101])
    lines = repr(register.take_lines())
    assert "Patrol" in lines and PHONE not in lines


def _encoded(gateway: SyntheticSite) -> Any:
    from marsad.server.encoded_site import EncodedSite

    return EncodedSite(gateway, ServerSettings())


async def _nobody(said: object) -> None:
    """Nobody hears it."""
