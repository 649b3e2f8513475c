"""Own flights and identities, in both languages: reasons, second looks, owners, the form, files."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from marsad.model.action import AskOwner, CancelFlight, DeclareFlights, SetIdentity, Why
from marsad.model.flight import (
    Answer,
    AuthorisedFlight,
    FlightPicture,
    How,
    Shape,
    TrackFlight,
)
from marsad.model.reason import Reason
from marsad.model.threat import Identity
from marsad.server import Operator, Role
from marsad.server.passwords import hash_password

from ..server.synthetic import Served, SyntheticSite
from .chromium import Page
from .conftest import same_port, speak, words

pytestmark = pytest.mark.timeout(180)
DIALOG = "document.querySelector('[role=dialog]')"
HOUR_NS = 3_600 * 10**9


def declared() -> FlightPicture:
    now = time.time_ns()
    flight = AuthorisedFlight(
        "inspection-1", "Inspection drone", "Grid company", "+964 770 000 0000", "multirotor", "Example M1",
        (), Shape.CIRCLE, ((33.77, 42.47),), 800.0, 0.0, 120.0, now - HOUR_NS, now + HOUR_NS,
    )  # fmt: skip
    name = (("flight", "Inspection drone"),)
    track = TrackFlight(
        117, "inspection-1", How.VOLUME, False,
        (Reason("flight.by_volume", name), Reason("flight.outside", (("outside_m", 640.0),))),
        ("inspection-1",),
    )  # fmt: skip
    return FlightPicture((flight,), (track,))


@pytest.fixture
def site() -> SyntheticSite:
    found = SyntheticSite(alarms=6)
    found.flights = declared()
    return found


def chosen(page: Page, track_id: int) -> None:
    page.click(f"#track-{track_id}")
    page.wait_for(f"document.querySelector('.track')?.dataset.track === '{track_id}'")
    page.wait_for("document.querySelector('.owner') !== null")


def buttons(page: Page) -> list[str]:
    found: list[str] = page.value(
        f"[...{DIALOG}.querySelectorAll('.buttons button')].map(item => item.innerText)"
    )
    return found


def test_a_warning_is_lowered_with_a_reason_and_a_second_look_and_taken_back(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    chosen(watched, 101)
    watched.click(".identify button:last-child")
    watched.wait_for(f"{DIALOG} !== null")
    assert watched.value(f"document.activeElement.innerText === {words(language, 'action.cancel')!r}")
    next_one = f"{DIALOG}.querySelector('.buttons button:last-child')"
    assert watched.value(f"{next_one}.disabled")
    watched.click("[role=dialog] input[value=own_drone]")
    watched.wait_for(f"!{next_one}.disabled")
    watched.click("[role=dialog] .buttons button:last-child")
    watched.wait_for(f"{DIALOG}.querySelector('.second-look') !== null")
    assert site.actions == []
    text = watched.value(f"{DIALOG}.innerText")
    assert words(language, "lower.consequence") in text
    assert "1.8" in text  # how near, km
    assert watched.value(f"{DIALOG}.querySelectorAll('.against li').length") == 4
    assert words(language, "lower.do") in buttons(watched)
    watched.click("[role=dialog] .buttons button:last-child")
    watched.wait_until(lambda: len(site.actions) == 1, "the identity is set")
    assert site.actions == [SetIdentity("local operator", 101, Identity.FRIEND, "", Why.OWN_DRONE)]
    watched.wait_for("document.querySelector('.track .decision') !== null")
    for place in (".track .decision", "[data-alarm=asad-a1] .alarm-decided"):
        said = watched.value(f"document.querySelector({place!r}).innerText")
        assert words(language, "why.own_drone") in said
        assert words(language, "identity.friend") in said
    watched.click(".decision button")
    watched.wait_until(lambda: len(site.actions) == 2, "it is taken back")
    assert site.actions[1] == SetIdentity("local operator", 101, Identity.PENDING)
    watched.wait_for("document.querySelector('.track .decision') === null")


def test_other_reasons_need_words(watched: Page, site: SyntheticSite, language: str) -> None:
    chosen(watched, 101)
    watched.click(".identify button:nth-child(4)")
    watched.click("[role=dialog] input[value=other]")
    next_one = f"{DIALOG}.querySelector('.buttons button:last-child')"
    watched.wait_for(f"{DIALOG}.querySelector('input[value=other]').checked")
    assert watched.value(f"{next_one}.disabled")
    watched.value(f"{DIALOG}.querySelector('textarea').focus()")
    watched.command("Input.insertText", text="kite of the school")
    watched.wait_for(f"!{next_one}.disabled")
    watched.press("Escape", "Escape")
    watched.wait_for(f"{DIALOG} === null")
    assert site.actions == []


def test_a_declared_flight_is_not_called_hostile_unasked(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    chosen(watched, 117)
    watched.click(".identify button:first-child")
    watched.wait_for(f"{DIALOG} !== null")
    text = watched.value(f"{DIALOG}.innerText")
    for word in ("Inspection drone", "Grid company", "+964 770 000 0000"):
        assert word in text
    watched.click("[role=dialog] .buttons button:last-child")
    watched.wait_until(lambda: len(site.actions) == 1, "the identity is set")
    assert site.actions == [SetIdentity("local operator", 117, Identity.HOSTILE)]


def test_the_owner_is_asked_and_the_answer_is_written_down(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    chosen(watched, 117)
    owner = watched.value("document.querySelector('.owner').innerText")
    assert "640" in owner and "+964 770 000 0000" in owner
    watched.click(".owner [data-answer=asked]")
    watched.wait_for("document.querySelector('.question')?.dataset.answer === 'asked'")
    watched.click(".owner [data-answer=ours]")
    watched.wait_for(f"{DIALOG}?.querySelector('.second-look') != null")  # the track is at alert
    watched.click("[role=dialog] .buttons button:last-child")
    watched.wait_until(lambda: len(site.actions) == 2, "the answer is written down")
    assert site.actions == [
        AskOwner("local operator", 117, Answer.ASKED, "inspection-1"),
        AskOwner("local operator", 117, Answer.OURS, "inspection-1"),
    ]


def test_a_flight_is_declared_by_hand_and_cancelled(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    watched.press("f", "KeyF", "f")
    watched.click(".flights .buttons button")
    watched.wait_for(f"{DIALOG} !== null")
    watched.click("[role=dialog] .buttons button")
    watched.wait_for(f"{DIALOG}.querySelector('.caution') !== null")  # no name yet
    for name, text in (("name", "Survey"), ("operator", "City"), ("places", "33.79 42.45")):
        watched.value(f"{DIALOG}.querySelector('input[name={name}]').focus()")
        watched.command("Input.insertText", text=text)
    watched.click("[role=dialog] .buttons button")
    watched.wait_until(lambda: len(site.actions) == 1, "the flight is declared")
    (action,) = site.actions
    assert isinstance(action, DeclareFlights)
    (flight,) = action.flights
    assert (flight.name, flight.operator, flight.places) == ("Survey", "City", ((33.79, 42.45),))
    assert (flight.shape, flight.extent_m, flight.low_m, flight.high_m) == (Shape.CIRCLE, 300.0, 0.0, 120.0)
    minutes = (flight.until_t_ns - flight.from_t_ns) / 60e9
    assert minutes == 120 and abs(flight.from_t_ns - time.time_ns()) < 300e9
    watched.wait_for(f"document.querySelector('[data-flight={flight.flight_id}]') !== null")
    watched.click(f"[data-flight={flight.flight_id}] .buttons button")
    watched.wait_until(lambda: len(site.actions) == 2, "the flight is cancelled")
    assert site.actions[1] == CancelFlight("local operator", flight.flight_id)


LABELS = "[...document.querySelectorAll('.flight-label')].map(label => label.textContent)"


@pytest.mark.drawn_map
def test_declared_flights_are_named_on_the_map_until_they_are_over(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    (first,) = site.flights.flights
    route = replace(
        first,
        flight_id="r",
        name="دورية",
        shape=Shape.ROUTE,
        places=((33.8, 42.40), (33.8, 42.48)),
        extent_m=400.0,
    )
    placeless = replace(first, flight_id="p", name="Anywhere", shape=Shape.ANYWHERE, places=())
    site.flights = replace(site.flights, flights=(first, route, placeless))
    watched.wait_for(f"{LABELS}.join() === 'Inspection drone,دورية'")
    site.flights = replace(site.flights, flights=(replace(first, cancelled=True), route))
    watched.wait_for(f"{LABELS}.join() === 'دورية'")
    assert watched.complaints() == []


def test_a_place_that_cannot_be_is_told_with_what_is_wanted(
    watched: Page, site: SyntheticSite, language: str
) -> None:
    watched.press("f", "KeyF", "f")
    watched.click(".flights .buttons button")
    watched.wait_for(f"{DIALOG} !== null")
    watched.value(f"{DIALOG}.querySelector('input[name=name]').focus()")
    watched.command("Input.insertText", text="Survey")
    for text, key in (("", "places.circle"), ("42.45 33.79", "places.far")):
        watched.value(f"{DIALOG}.querySelector('input[name=places]').focus()")
        watched.command("Input.insertText", text=text)
        watched.click("[role=dialog] .buttons button")
        said = words(language, f"declare.{key}")
        watched.wait_for(f"{DIALOG}.querySelector('.caution')?.innerText.includes({said!r})")
        assert watched.value(f"{DIALOG}.querySelector('input[name=places]').ariaInvalid") == "true"
    assert site.actions == []


def given_file(page: Page, path: Path) -> None:
    """Give the page a file, as its file dialog would."""
    page.wait_for("document.querySelector('.flights input[type=file]') !== null")
    document = page.command("DOM.getDocument")["root"]["nodeId"]
    node = page.command("DOM.querySelector", nodeId=document, selector=".flights input[type=file]")
    page.command("DOM.setFileInputFiles", nodeId=node["nodeId"], files=[str(path)])


def test_a_file_is_taken_whole_or_not_at_all(
    watched: Page, site: SyntheticSite, tmp_path: Path, language: str
) -> None:
    watched.press("f", "KeyF", "f")
    bad = tmp_path / "bad.csv"
    bad.write_text("id,name,until,remote_id\na,One,tomorrow,x1\nb,,2030-01-01T00:00:00Z,x2\n", "utf-8")
    given_file(watched, bad)
    watched.wait_for("document.querySelector('.import pre') !== null")
    said = watched.value("document.querySelector('.import pre').innerText")
    assert "bad.csv:2" in said and "bad.csv:3" in said and "tomorrow" in said
    assert site.actions == []
    good = tmp_path / "good.csv"
    good.write_text("id,name,until,remote_id\na,One,2030-01-01T00:00:00Z,X1\n", "utf-8")
    given_file(watched, good)
    watched.wait_until(lambda: len(site.actions) == 1, "the file is declared")
    (action,) = site.actions
    assert isinstance(action, DeclareFlights)
    assert [flight.labels for flight in action.flights] == [("remote_id:x1",)]


def test_who_may_only_look_cannot_decide(page: Page, site: SyntheticSite, language: str) -> None:
    viewer = Operator(name="Guest", password_hash=hash_password("looking only"), role=Role.VIEWER)
    with Served(site, same_port(operators=[viewer])) as running:
        speak(page, language)
        page.open(running.address)
        page.wait_for("document.querySelector('input[type=password]') !== null")
        for selector, text in (
            ("input:not([type=password])", "Guest"),
            ("input[type=password]", "looking only"),
        ):
            page.value(f"document.querySelector({selector!r}).focus()")
            page.command("Input.insertText", text=text)
        page.press("Enter", "Enter", "\r")
        page.wait_for("document.querySelectorAll('.threat').length === 4")
        chosen(page, 117)
        assert page.value("[...document.querySelectorAll('.identify button')].every(item => item.disabled)")
        assert page.value("document.querySelectorAll('.owner button, .owner input').length") == 0
        shown = page.value("document.querySelector('.owner').innerText")
        assert "Grid company" in shown and "+964" not in shown, "who may not ask sees the name alone"
        page.press("f", "KeyF", "f")
        page.wait_for("document.querySelector('.flight-list') !== null")
        assert page.value("document.querySelectorAll('.flights button').length") == 1  # to its track


def test_a_friend_that_passes_is_no_threat(watched: Page, site: SyntheticSite, language: str) -> None:
    assert watched.value("document.querySelector('.threats .count').innerText") == "4"
    site.flights = replace(site.flights, flights=())
    site._identities[96] = Identity.NEUTRAL
    watched.wait_for("document.querySelector('.threats .count').innerText === '3'")
