"""Declared flights in whole flights: whom they clear, whom they hold, and whom not."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marsad.geo.local import LocalFrame
from marsad.model.action import SetIdentity
from marsad.model.detection import Attribution, Claim
from marsad.model.flight import AuthorisedFlight, How, Shape
from marsad.model.threat import Identity, Level, ThreatAssessment

from .conftest import SITE, START_NS

ICAO = Claim("icao", "4b43ac", "DUSTOFF2")
FRAME = LocalFrame(SITE.latitude_deg, SITE.longitude_deg, SITE.height_m)
LOW = (-9000, 0, 73, 65, 0, 0)  # off every procedure, at a zone
DRONE = (-3000, 50, 90, 22, 0, 0)


def at(east_m: float, north_m: float) -> tuple[float, float]:
    latitude, longitude, _ = FRAME.geodetic_from_enu((east_m, north_m, 0.0))
    return float(latitude), float(longitude)


ROUTE = AuthorisedFlight(
    "medevac", "Rescue helicopter", labels=("icao:4b43ac",), shape=Shape.ROUTE,
    places=(at(-10_000, 0), at(500, 0)), extent_m=600.0, low_m=0.0, high_m=300.0,
    until_t_ns=START_NS + 3_600 * 10**9,
)  # fmt: skip
ELSEWHERE = replace(ROUTE, places=(at(-10_000, 5_000), at(500, 5_000)))
SURVEY = replace(ROUTE, flight_id="survey", name="Survey", labels=(), places=(at(-3_500, 0), at(500, 0)))


def with_adsb(air: Any, claim: Claim = ICAO) -> Any:
    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state), air.detection(seconds, state, "adsb", claim)]

    return hear


def expecting(air: Any, *flights: AuthorisedFlight, owned: dict[int, str] | None = None) -> Any:
    assessor = air.assessor()
    assessor.expect((), flights, owned)
    return assessor


def highest(found: list[ThreatAssessment]) -> Level:
    return max(one.level for one in found)


def codes(one: ThreatAssessment) -> set[str]:
    return {reason.code for reason in one.evidence}


@pytest.mark.parametrize("label", ["icao:4b43ac", "callsign:dustoff2"])
def test_what_sends_the_identifier_and_flies_as_declared_is_cleared(air: Any, label: str) -> None:
    assessor = expecting(air, replace(ROUTE, labels=(label,)))
    found = air.fly(air.straight(*LOW), 125, hear=with_adsb(air), assessor=assessor)
    assert highest(found) <= Level.WATCH
    last = found[-1]
    assert (last.identity, last.name) == (Identity.ASSUMED_FRIEND, "Rescue helicopter")
    assert {"flight.by_identifier", "flight.fits", "identity.listed"} <= codes(last)
    (track,) = assessor.own_flights
    assert (track.flight_id, track.how, track.fits) == ("medevac", How.IDENTIFIER, True)


@pytest.mark.parametrize(
    ("flight", "told"),
    [
        (ELSEWHERE, "flight.outside"),
        (replace(ROUTE, low_m=250.0), "flight.below"),
        (replace(ROUTE, until_t_ns=START_NS + 20 * 10**9), "flight.late"),
        (replace(ROUTE, cancelled=True), "flight.cancelled"),
    ],
)
def test_off_its_plan_the_identifier_clears_nobody(air: Any, flight: AuthorisedFlight, told: str) -> None:
    found = air.fly(air.straight(*LOW), 125, hear=with_adsb(air), assessor=expecting(air, flight))
    assert highest(found) is Level.WARN
    assert "rule.warn_claimed" in {one.rule.code for one in found}
    last = found[-1]
    assert told in codes(last) and "identity.listed" not in codes(last)
    assert last.identity not in (Identity.FRIEND, Identity.ASSUMED_FRIEND)
    assert last.name == "DUSTOFF2"


def test_a_declared_place_keeps_an_own_drone_straight_at_a_zone_quiet(air: Any) -> None:
    own = Claim("remote_id", "own1")
    path = air.straight(-1500, 0, 50, 12, 0, 0)

    def hear(seconds: float, state: Any) -> list[Any]:
        return [air.detection(seconds, state), air.detection(seconds, state, "rid", own)]

    found = {}
    for placed in (True, False):
        flight = replace(ROUTE, labels=("remote_id:own1",), shape=Shape.ROUTE if placed else Shape.ANYWHERE)
        assessor = air.assessor()
        assessor.expect(SITE.friends, (flight,))
        found[placed] = highest(air.fly(path, 110, hear=hear, assessor=assessor))
    assert found == {True: Level.INFO, False: Level.WARN}


def test_by_its_identifier_alone_it_is_not_held_below_a_warning(air: Any) -> None:
    assessor = expecting(air, ROUTE)
    path = air.straight(*LOW)
    air.fly(path, 40, hear=with_adsb(air), assessor=assessor)
    assessor.decide(START_NS, SetIdentity("op", 1, Identity.HOSTILE))
    found = air.fly(path, 85, hear=with_adsb(air), assessor=assessor, start_s=40.0)
    assert highest(found) is Level.WARN


def test_a_silent_drone_in_a_declared_volume_is_warned_of_until_its_owner_says_yes(air: Any) -> None:
    path = air.straight(*DRONE)
    without = air.fly(path, 130)
    could_be = air.fly(path, 130, assessor=expecting(air, SURVEY))
    assert highest(without) is Level.WARN
    assert [one.decibans for one in could_be] == [one.decibans for one in without]
    assert "flight.by_volume" in codes(could_be[-1])
    owned = air.fly(path, 130, assessor=expecting(air, SURVEY, owned={1: "survey"}))
    assert highest(owned) < Level.WARN
    assert (owned[-1].identity, owned[-1].name) == (Identity.FRIEND, "Survey")
    assert {"flight.by_answer", "flight.fits", "identity.owner_confirmed"} <= codes(owned[-1])


def test_an_owners_word_ends_where_the_flight_leaves_its_plan(air: Any) -> None:
    short = replace(SURVEY, places=(at(-3_500, 0), at(-2_000, 0)))
    assessor = expecting(air, short, owned={1: "survey"})
    found = air.fly(air.straight(*DRONE), 130, assessor=assessor)
    assert found[30].identity is Identity.FRIEND
    assert highest(found) is Level.WARN
    last = found[-1]
    assert last.identity is not Identity.FRIEND and "flight.outside" in codes(last)
    (track,) = assessor.own_flights
    assert (track.how, track.fits) == (How.ANSWER, False)


def test_who_fell_silent_is_a_friend_on_its_plan_and_not_off_it(air: Any) -> None:
    def hear(seconds: float, state: Any) -> list[Any]:
        plots: list[Any] = with_adsb(air)(seconds, state)
        return plots[: 2 if seconds < 40 else 1]

    assessor = expecting(air, ROUTE)
    found = air.fly(air.straight(*LOW), 70, hear=hear, assessor=assessor)
    assert "identity.friend_silent" in codes(found[-1]) and found[-1].name == "Rescue helicopter"
    # and is nobody once it leaves the plan, though it says nothing more
    away = replace(ROUTE, places=(at(-10_000, 0), at(-7_000, 0)))
    found = air.fly(air.straight(*LOW), 70, hear=hear, assessor=expecting(air, away))
    assert found[25].identity is Identity.ASSUMED_FRIEND
    assert "identity.friend_silent" not in codes(found[-1]) and "flight.outside" in codes(found[-1])


def test_a_second_object_that_sends_the_same_identifier_is_nobodys_friend(air: Any) -> None:
    assessor = expecting(air, ROUTE)
    for second in range(20):
        states = [[-6000 + 60 * second, 0, 90, 60, 0, 0], [-6000 + 60 * second, 250, 90, 60, 0, 0]]
        plots = [
            air.detection(second, state, sensor, claim)
            for state in states
            for sensor, claim in (("radar", None), ("adsb", ICAO))
        ]
        whole = Attribution(np.array([1, 1, 2, 2]), np.arange(4), np.ones(4))
        assessor.hear(START_NS + second * 10**9, plots, whole, air.sensors)
        table = air.table(second, states, updates=second + 1)
        one, other = assessor.assess(table)
    assert one.identity is Identity.ASSUMED_FRIEND and "identity.listed" in codes(one)
    assert other.identity is not Identity.ASSUMED_FRIEND and "identity.listed" not in codes(other)
    # who was it stays it, whoever comes nearer, and through a restart
    again = pickle.loads(pickle.dumps(assessor))
    assert [first.identity for first in again.assess(table)] == [one.identity, other.identity]


def test_without_flights_nothing_is_told_of_them(air: Any) -> None:
    assessor = expecting(air, ROUTE)
    air.fly(air.straight(*LOW), 5, hear=with_adsb(air), assessor=assessor)
    assert assessor.own_flights
    assessor.expect((), ())
    (one,) = assessor.assess(air.table(5.0, [[-8675, 0, 73, 65, 0, 0]]))
    assert assessor.own_flights == () and not any(code.startswith("flight.") for code in codes(one))
