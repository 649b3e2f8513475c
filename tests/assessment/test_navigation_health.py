"""The health of satellite navigation: quiet over honest traffic, bad under jamming and spoofing."""

import json
import pickle
from collections.abc import Callable, Iterable
from math import cos, hypot, nan, pi, sin
from pathlib import Path
from string import Formatter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.assessment.navigation_health import NavigationReport, NavigationWatch
from marsad.assessment.navigation_settings import NavigationSettings
from marsad.model.picture import NavigationHealth, NavigationState
from marsad.model.reason import Reason

S = 10**9
T0 = 1_669_118_400 * S
WORDING = Path(__file__).parents[2] / "src/marsad/report/wording"
Two = tuple[float, float]
Way = Callable[[float], tuple[Two, Two]]


def straight(number: int, speed_mps: float = 220.0) -> Way:
    """Airways some 8 km apart, aircraft some 15 km behind each other."""

    def at(second: float) -> tuple[Two, Two]:
        return (speed_mps * second - 15_000.0 * number, 8000.0 * number), (speed_mps, 0.0)

    return at


def circling(east_m: float, radius_m: float, speed_mps: float, phase: float = 0.0) -> Way:
    def at(second: float) -> tuple[Two, Two]:
        angle = speed_mps / radius_m * second + phase
        place = (east_m + radius_m * sin(angle), radius_m * cos(angle))
        return place, (speed_mps * cos(angle), -speed_mps * sin(angle))

    return at


def watched(
    ways: Iterable[Way],
    seconds: int = 90,
    *,
    step_s: float = 1.0,
    integrity: Callable[[int, float], int | None] = lambda number, second: None,
    off_radar: Callable[[int, float], bool | None] = lambda number, second: None,
) -> NavigationHealth:
    watch, ways = NavigationWatch(NavigationSettings()), list(ways)
    health = watch.health(T0)
    for second in np.arange(0, seconds, step_s).tolist():
        t_ns = T0 + round(second * S)
        for number, way in enumerate(ways):
            place, velocity = way(second)
            watch.hear(
                NavigationReport(
                    t_ns, f"icao:{number:06x}", 100 + number, place, velocity,
                    integrity(number, second), None, off_radar(number, second),
                )
            )  # fmt: skip
        health = watch.health(t_ns)
    return health


def codes(health: NavigationHealth) -> set[str]:
    return {reason.code.removeprefix("navigation.") for reason in health.reasons}


def test_honest_traffic_is_good_and_few_aircraft_say_nothing() -> None:
    assert watched(straight(n) for n in range(8)) == NavigationHealth(NavigationState.GOOD, 8)
    assert watched(straight(n) for n in range(2)) == NavigationHealth(NavigationState.UNKNOWN, 2)
    assert watched([]) == NavigationHealth(NavigationState.UNKNOWN, 0)


@pytest.mark.parametrize(
    "honest",
    [
        [circling(0, 120, 25, n) for n in range(5)],  # gliders in one thermal
        [circling(6000 * n, 4000, 110, n) for n in range(5)],  # each waits in a hold of its own
        [straight(0, 60), *(circling(0, 80, 20, n) for n in range(3))],
        [lambda second, n=n: ((70.0 * second - 5500.0 * n, 0.0), (70.0, 0.0)) for n in range(6)],  # a final
        [lambda second, n=n: ((5000.0 + n, 0.0), (0.0, 0.0)) for n in range(5)],  # parked helicopters
    ],
)
def test_honest_circles_queues_and_what_stands_still_are_no_finding(honest: list[Way]) -> None:
    health = watched(honest)
    assert health.reasons == () and health.spoofed == ()
    assert health.state is NavigationState.GOOD


def spoofed_to(east_m: float, north_m: float, from_s: float, way: Way, drift: Two = (0.0, 0.0)) -> Way:
    """From a moment on, the place of an airport instead of one's own; the velocity stays as it was."""

    def at(second: float) -> tuple[Two, Two]:
        place, velocity = way(second)
        return ((east_m + drift[0], north_m + drift[1]) if second >= from_s else place), velocity

    return at


def test_a_jump_of_many_to_one_airport_is_bad() -> None:
    ways = [spoofed_to(-90_000, 40_000, 60.0 + n, straight(n), (40.0 * n, 0.0)) for n in range(5)]
    health = watched([*ways, *(straight(n) for n in range(5, 12))], 80)
    assert health.state is NavigationState.BAD
    assert codes(health) == {"jumps", "together", "frozen"}
    assert health.spoofed == (100, 101, 102, 103, 104)
    jumps = next(reason for reason in health.reasons if reason.code == "navigation.jumps")
    assert dict(jumps.arguments)["off"] == 5 and dict(jumps.arguments)["aircraft"] == 12
    assert 90 < float(dict(jumps.arguments)["jump_km"]) < 200


def test_circle_spoofing_is_found_by_the_one_circle_they_share() -> None:
    # as seen over the Baltic and in the Middle East: all receivers are led round the same circle
    ring = [circling(30_000, 2500, 80, n / 3) for n in range(4)]
    health = watched([*ring, *(straight(n) for n in range(8))], 150)
    assert "circle" in codes(health) and health.state is NavigationState.BAD
    circle = next(reason for reason in health.reasons if reason.code == "navigation.circle")
    assert dict(circle.arguments)["radius_km"] == pytest.approx(2.5, rel=0.02)
    assert set(health.spoofed) >= {100, 101, 102, 103}
    alone = watched([ring[0], *(straight(n) for n in range(8))], 150)
    assert alone == NavigationHealth(NavigationState.GOOD, 9)


def test_jamming_is_found_by_low_integrity_without_calling_a_place_false() -> None:
    health = watched(
        (straight(n) for n in range(8)),
        integrity=lambda number, second: 0 if number < 3 and second > 30 else 8,
    )
    assert (health.state, codes(health), health.spoofed) == (NavigationState.BAD, {"integrity"}, ())
    fine = watched((straight(n) for n in range(8)), integrity=lambda number, second: 8)
    assert fine.state is NavigationState.GOOD


def test_places_off_radar_are_found() -> None:
    health = watched((straight(n) for n in range(10)), off_radar=lambda number, second: number < 2)
    assert (health.state, codes(health)) == (NavigationState.DOUBTFUL, {"off_radar"})
    assert health.spoofed == (100, 101)
    one = watched((straight(n) for n in range(10)), off_radar=lambda number, second: number < 1)
    assert one.state is NavigationState.GOOD and one.spoofed == (100,)  # one alone may lie or be broken


def test_it_is_bad_at_once_and_good_again_only_after_a_while() -> None:
    watch = NavigationWatch(NavigationSettings())
    states = []
    ways = [straight(n) for n in range(6)]
    for second in range(0, 500):
        t_ns = T0 + second * S
        for number, way in enumerate(ways):
            hopped = spoofed_to(90_000, 0, 60, way) if 60 <= second < 70 and number < 3 else way
            watch.hear(NavigationReport(t_ns, f"icao:{number}", number, *hopped(float(second))))
        states.append(watch.health(t_ns).state)
        if second == 65:
            assert watch.factor() == 0.25
    assert states[59] is NavigationState.GOOD
    assert states[61] is NavigationState.BAD
    bad = [second for second, state in enumerate(states) if state is NavigationState.BAD]
    assert 180 <= bad[-1] - bad[0] <= 260 and bad == list(range(bad[0], bad[-1] + 1))
    assert states[-1] is NavigationState.GOOD and watch.factor() == 1.0


def test_the_state_is_bounded_and_goes_on_after_a_snapshot() -> None:
    watch = NavigationWatch(NavigationSettings(aircraft_max=10))
    for number in range(50):
        place, velocity = straight(number)(0)
        watch.hear(NavigationReport(T0, f"icao:{number}", number, place, velocity))
    assert watch.health(T0).aircraft == 10 and watch.counters["aircraft_dropped"] == 40
    again = pickle.loads(pickle.dumps(watch))
    assert again.health(T0 + 2 * S) == watch.health(T0 + 2 * S)
    assert watch.health(T0 + 100 * S).aircraft == 0  # silent for longer than the window


def test_a_rotten_network_of_reports_older_than_the_last_changes_nothing() -> None:
    watch = NavigationWatch(NavigationSettings())
    for second in (0, 10, 5, 10, 3):
        place, velocity = straight(0)(float(second))
        watch.hear(NavigationReport(T0 + second * S, "icao:1", 1, place, velocity))
    assert watch.health(T0 + 11 * S).reasons == ()


numbers = st.one_of(st.just(nan), st.floats(-1e7, 1e7))
reports = st.builds(
    NavigationReport,
    st.integers(T0, T0 + 100 * S),
    st.sampled_from("abcdef"),
    st.integers(1, 6),
    st.tuples(numbers, numbers),
    st.tuples(numbers, numbers),
    st.none() | st.integers(0, 11),
    st.none() | st.integers(0, 11),
    st.none() | st.booleans(),
)


@given(st.lists(reports, max_size=40))
def test_no_report_breaks_it(heard: list[NavigationReport]) -> None:
    watch = NavigationWatch(NavigationSettings())
    for report in heard:
        watch.hear(report)
        health = watch.health(report.t_ns)
        assert 0 <= watch.factor() <= 1 and health.aircraft <= 6


def test_every_reason_has_its_sentence_in_both_languages() -> None:
    ways = [spoofed_to(-90_000, 40_000, 60.0 + n, straight(n)) for n in range(5)]
    health = watched(
        [*ways, *(circling(30_000, 2500, 80, n) for n in range(3))], 110,
        integrity=lambda number, second: 0, off_radar=lambda number, second: True,
    )  # fmt: skip
    rooms = [
        json.loads((WORDING / language / "navigation.json").read_text("utf-8")) for language in ("en", "ar")
    ]
    assert {reason.code for reason in health.reasons} == set(rooms[0]) == set(rooms[1])
    for reason in health.reasons:
        check(reason, rooms)


def check(reason: Reason, rooms: list[dict[str, str]]) -> None:
    for room in rooms:
        names = {name for _, name, _, _ in Formatter().parse(room[reason.code]) if name}
        assert names == dict(reason.arguments).keys() & names and "aircraft" in names
        room[reason.code].format(**dict(reason.arguments))


def test_the_simulated_circle_is_one() -> None:
    place, velocity = circling(0, 1000, 50)(5.0)
    assert hypot(*place) == pytest.approx(1000) and hypot(*velocity) == pytest.approx(50)
    assert abs(place[0] * velocity[0] + place[1] * velocity[1]) < 1e-6 * pi * 1e3
