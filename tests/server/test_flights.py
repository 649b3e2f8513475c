"""Declared flights over HTTP: a file whole or not at all, by whoever may act, in its wire form."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from marsad import wire
from marsad.model.action import DeclareFlights
from marsad.model.flight import (
    Answer,
    AuthorisedFlight,
    Decision,
    FlightNews,
    FlightPicture,
    How,
    Question,
    Shape,
    TrackFlight,
)
from marsad.model.reason import Reason
from marsad.model.threat import Identity
from marsad.server.delta import applied, delta
from marsad.wire.encode import picture_to_wire
from marsad.wire.encode_site import frame_of

from .test_app import OPERATORS, client, sign_in

TABLE = "id,name,until,remote_id,area,radius_m\npatrol,دورية,2099-01-01T00:00:00Z,1596F,33.78 42.44,500\n"
HOUR = 3_600 * 10**9


async def test_a_file_is_declared_whole_by_whoever_is_signed_in(gateway: Any) -> None:
    async with client(gateway, operators=OPERATORS) as http:
        await sign_in(http)
        answer = await http.post("/api/flights", json={"name": "flights.csv", "text": TABLE})
        assert (answer.status_code, answer.json()) == (202, {"flights": 1})
        (action,) = gateway.actions
        assert isinstance(action, DeclareFlights) and action.by == "Layla"
        (flight,) = (await http.get("/api/flights")).json()
        TypeAdapter(wire.Flight).validate_python(flight, strict=True)
        assert (flight["name"], flight["state"], flight["places"]) == ("دورية", "active", [[33.78, 42.44]])
        assert flight["from_t_ms"] is None


async def test_of_a_faulty_file_every_fault_is_told_and_nothing_taken(gateway: Any) -> None:
    async with client(gateway) as http:
        text = TABLE + "x,,soon,,,\ny,Far,2099-01-01T00:00:00Z,,13.78 42.44,500\n"
        answer = await http.post("/api/flights", json={"name": "flights.csv", "text": text})
        assert answer.status_code == 422
        error = answer.json()["error"]
        assert error["reason"] == "flights-faulty"
        for part in ("flights.csv:3:1", "'soon'", "flights.csv:4:1", "at most 100 km"):
            assert part in error["detail"]
        assert gateway.actions == []


@pytest.mark.parametrize("body", [{}, {"name": "a"}, {"name": "", "text": "x"}, {"name": "a", "text": 1}])
async def test_a_file_without_name_or_text_is_refused(gateway: Any, body: dict[str, Any]) -> None:
    async with client(gateway) as http:
        answer = await http.post("/api/flights", json=body)
        assert answer.status_code == 422 and answer.json()["error"]["reason"] == "flights-field"
        form = await http.post("/api/flights", content=b"name=a", headers={"content-type": "text/csv"})
        assert form.status_code == 415


async def test_a_viewer_sees_flights_and_declares_none(gateway: Any) -> None:
    async with client(gateway, operators=OPERATORS) as http:
        await sign_in(http, "Omar")
        assert (await http.get("/api/flights")).json() == []
        answer = await http.post("/api/flights", json={"name": "flights.csv", "text": TABLE})
        assert answer.status_code == 403
        assert gateway.actions == []


def test_flights_decisions_and_answers_go_to_the_console_and_change_by_deltas(gateway: Any) -> None:
    site, t_ns = gateway.site, gateway.started_ns

    def encoded() -> wire.Picture:
        return picture_to_wire(gateway.picture_at(t_ns), frame_of(site), 10, 2, site.mode)

    before = encoded()
    flight = AuthorisedFlight(
        "a", "A", "City", "+964", "crewed", "", ("icao:1",), Shape.CIRCLE, ((33.78, 42.44),), 500.0,
        from_t_ns=t_ns - HOUR, until_t_ns=t_ns + HOUR,
    )  # fmt: skip
    reason = Reason("flight.outside", (("outside_m", 640.0),))
    gateway.flights = FlightPicture(
        (flight,),
        (TrackFlight(101, "a", How.IDENTIFIER, False, (reason,), ("a",)),),
        (Question(101, "a", Answer.ASKED, "Layla", t_ns),),
        (Decision(101, Identity.SUSPECT, "Layla", t_ns, "", "seen"),),
        (FlightNews(t_ns, Reason("flight.news.expired", (("track_id", 101.0), ("flight", "A")))),),
    )
    after = encoded()
    wire.PICTURE.validate_python(after, strict=True)
    track = next(one for one in after["tracks"] if one["track_id"] == 101)
    assert track["flight"] is not None and track["flight"]["candidates"] == ["a"]
    assert track["decision"] is not None and track["decision"]["note"] == "seen"
    assert track["question"] is not None and track["question"]["answer"] == "asked"
    assert after["flights"][0]["until_t_ms"] == (t_ns + HOUR) // 1_000_000
    change = delta(before, after, 1, 2, 0)
    assert [one["track_id"] for one in change["tracks"]] == [101]
    again = applied(before, json.loads(json.dumps(change)))
    assert (again["flights"], again["flight_news"]) == (after["flights"], after["flight_news"])
    assert "flights" not in delta(after, encoded(), 2, 3, 0)
