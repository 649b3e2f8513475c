"""Which track may be which declared flight: by identifier, else by place, height, time, kind and speed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.assessment import authorised
from marsad.geo.local import LocalFrame
from marsad.model.flight import AuthorisedFlight, FlightState, Shape
from marsad.model.threat import THREAT_CLASSES

SECOND = 1_000_000_000
NOW = 1_641_285_600 * SECOND
FRAME = LocalFrame(33.0, 44.0, 0.0)
HOUR = 3_600 * SECOND


def at(east_m: float, north_m: float) -> tuple[float, float]:
    latitude, longitude, _ = FRAME.geodetic_from_enu((east_m, north_m, 0.0))
    return float(latitude), float(longitude)


CIRCLE = AuthorisedFlight(
    "circle", "Survey", kind="multirotor", shape=Shape.CIRCLE, places=(at(2_000, 0),), extent_m=500.0,
    low_m=20.0, high_m=120.0, from_t_ns=NOW - HOUR, until_t_ns=NOW + HOUR,
)  # fmt: skip
ROUTE = replace(
    CIRCLE, flight_id="route", shape=Shape.ROUTE, places=(at(0, 3_000), at(4_000, 3_000)), extent_m=200.0
)
BOX = (at(-500, -500), at(500, -500), at(500, 500), at(-500, 500))
NAMED = AuthorisedFlight("named", "Own drone", labels=("remote_id:own1",), until_t_ns=NOW + HOUR)


def mix(name: str = "multirotor") -> list[float]:
    return [0.9 if one == name else 0.1 / 7 for one in THREAT_CLASSES]


def looked(
    flights: list[AuthorisedFlight],
    places: list[tuple[float, float, float]],
    *,
    speeds: list[float] | None = None,
    kinds: list[str] | None = None,
    named: list[tuple[int, int]] | None = None,
    owned: list[tuple[int, int]] | None = None,
    before: list[int] | None = None,
    t_ns: int = NOW,
) -> tuple[authorised.Plan, authorised.Departure, authorised.Matched]:
    plan = authorised.plan_of(flights, FRAME)
    count = len(places)
    departure = authorised.departures(
        plan,
        t_ns,
        np.array(places, float).reshape(count, 3),
        np.array(speeds or [10.0] * count),
        np.array([mix(kind) for kind in kinds or ["multirotor"] * count]),
    )
    sends = np.zeros((count, len(flights)), bool)
    for row, column in named or []:
        sends[row, column] = True
    owns = np.zeros_like(sends)
    for row, column in owned or []:
        owns[row, column] = True
    senders = authorised.Senders(owns, sends, np.ones(count, bool), np.zeros(count, bool))
    found = authorised.matched(plan, departure, senders, np.array(before or [-1] * count, np.int64))
    return plan, departure, found


def codes(flights: list[AuthorisedFlight], **given: object) -> list[str]:
    plan, departure, found = looked(flights, **given)  # type: ignore[arg-type]
    assert found.flight[0] == 0
    return [reason.code for reason in authorised.departure_reasons(plan, departure, 0, 0)]


@pytest.mark.parametrize(
    ("flight", "place", "fits"),
    [
        (CIRCLE, (2_400.0, 0.0, 80.0), True),
        (CIRCLE, (2_700.0, 0.0, 80.0), False),
        (CIRCLE, (2_400.0, 0.0, 300.0), False),
        (ROUTE, (2_000.0, 3_150.0, 80.0), True),
        (ROUTE, (2_000.0, 3_350.0, 80.0), False),
        (replace(CIRCLE, shape=Shape.POLYGON, places=BOX), (0.0, 0.0, 80.0), True),
        (replace(CIRCLE, shape=Shape.POLYGON, places=BOX), (0.0, 900.0, 80.0), False),
    ],
)
def test_a_silent_track_is_like_a_flight_where_place_and_height_fit(
    flight: AuthorisedFlight, place: tuple[float, float, float], fits: bool
) -> None:
    _, _, found = looked([flight], [place])
    assert (found.flight[0] == 0) == fits
    assert bool(found.fits[0]) == fits
    assert found.how[0] == (authorised.BY_VOLUME if fits else authorised.BY_NOTHING)


@pytest.mark.parametrize(
    "changed",
    [
        {"t_ns": NOW + 2 * HOUR},
        {"t_ns": NOW - 2 * HOUR},
        {"speeds": [60.0]},
        {"kinds": ["bird"]},
    ],
    ids=["late", "early", "fast", "kind"],
)
def test_what_flies_at_another_time_or_like_something_else_is_not_it(changed: dict[str, object]) -> None:
    _, _, found = looked([CIRCLE], [(2_000.0, 0.0, 80.0)], **changed)  # type: ignore[arg-type]
    assert found.flight[0] == -1


def test_who_sends_the_identifier_is_it_wherever_it_flies_and_how_it_departs_is_said() -> None:
    flight = replace(CIRCLE, labels=("remote_id:own1",))
    given = {"places": [(4_000.0, 0.0, 400.0)], "named": [(0, 0)], "speeds": [50.0], "kinds": ["bird"]}
    assert codes([flight], **given) == ["flight.outside", "flight.above", "flight.fast", "flight.other_kind"]
    plan, departure, found = looked([flight], **given)  # type: ignore[arg-type]
    assert found.how[0] == authorised.BY_IDENTIFIER and not found.fits[0]
    outside, above, fast, _ = authorised.departure_reasons(plan, departure, 0, 0)
    assert dict(outside.arguments)["outside_m"] == pytest.approx(1_500, abs=5)
    assert dict(above.arguments) == {"above_m": pytest.approx(280)}
    assert dict(fast.arguments) == {"too_fast_mps": pytest.approx(20)}


def test_expiry_and_cancelling_end_it() -> None:
    late = {"places": [(2_000.0, 0.0, 80.0)], "named": [(0, 0)], "t_ns": NOW + HOUR + 60 * SECOND}
    assert codes([CIRCLE], **late) == ["flight.late"]
    cancelled = replace(CIRCLE, cancelled=True)
    assert codes([cancelled], places=[(2_000.0, 0.0, 80.0)], named=[(0, 0)]) == ["flight.cancelled"]
    assert CIRCLE.state(NOW - 2 * HOUR) is FlightState.DECLARED
    assert CIRCLE.state(NOW) is FlightState.ACTIVE
    assert CIRCLE.state(NOW + HOUR) is FlightState.ENDED
    assert cancelled.state(NOW) is FlightState.CANCELLED


def test_a_flight_without_a_place_is_known_by_its_identifier_only() -> None:
    _, _, silent = looked([NAMED], [(0.0, 0.0, 50.0)])
    assert silent.flight[0] == -1 and not silent.could_be.any()
    _, _, found = looked([NAMED], [(0.0, 0.0, 50.0)], named=[(0, 0)])
    assert found.flight[0] == 0 and found.fits[0]


def test_of_two_in_one_area_the_one_that_was_it_stays_it() -> None:
    places = [(2_000.0, 0.0, 80.0), (2_100.0, 0.0, 80.0)]
    assert looked([CIRCLE], places)[2].flight.tolist() == [0, -1]
    assert looked([CIRCLE], places, before=[-1, 0])[2].flight.tolist() == [-1, 0]


def test_who_leaves_its_area_is_followed_for_a_while_and_off_its_plan() -> None:
    _, _, near = looked([CIRCLE], [(3_000.0, 0.0, 80.0)], before=[0])
    assert near.flight[0] == 0 and not near.fits[0]
    _, _, far = looked([CIRCLE], [(4_000.0, 0.0, 80.0)], before=[0])
    assert far.flight[0] == -1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-3e3, 5e3), st.floats(-3e3, 5e3), st.floats(0, 200)), min_size=1, max_size=6
    ),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=4),
)
def test_a_flight_has_at_most_one_track_and_a_track_at_most_one_flight(
    places: list[tuple[float, float, float]], named: list[tuple[int, int]]
) -> None:
    flights = [CIRCLE, ROUTE, NAMED]
    known = [pair for pair in named if pair[0] < len(places)]
    _, _, found = looked(flights, places, named=known)
    taken = found.flight[found.flight >= 0].tolist()
    assert len(taken) == len(set(taken))
    for row, column in enumerate(found.flight.tolist()):
        assert column < 0 or found.could_be[row, column]
        assert found.how[row] != authorised.BY_IDENTIFIER or (row, column) in known


def test_what_its_owner_called_his_is_it_though_another_sends_its_identifier() -> None:
    own, other = (0.0, 0.0, 50.0), (100.0, 0.0, 50.0)
    _, _, found = looked([NAMED], places=[own, other], named=[(1, 0)], owned=[(0, 0)])
    assert found.flight.tolist() == [0, -1]
    assert found.how.tolist() == [authorised.BY_ANSWER, authorised.BY_NOTHING]
