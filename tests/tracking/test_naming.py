"""What names itself keeps its number while what it says could be flown; nobody else gets it."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marsad.model.detection import Scan
from marsad.tracking.naming import NAMES_MAX, LastWords, Word

SECOND = 1_000_000_000
NAME = "icao:4b43ac"
SPEED = 80.0
Array = Any


def procedure_turn(step_s: float, turn_radps: float = 0.05) -> Array:
    """Places (n,3) and velocities of an approach: in, a turn through 270°, and in again."""
    place, heading, rows = np.array([9000.0, 0.0, 900.0]), -np.pi / 2, []
    for second in range(150):
        velocity = SPEED * np.array([np.sin(heading), np.cos(heading), 0.0])
        rows.append(np.r_[place, velocity])
        place = place + velocity
        heading += turn_radps if 30 <= second < 124 else 0.0
    return np.array(rows)[:: round(step_s)]


def ids_of(tracker: Any, t_s: float, least: float = 0.5) -> list[int]:
    table = tracker.table(round(t_s * SECOND), least)
    return [int(one) for one in table.track_id[table.confirmed]]


@pytest.mark.parametrize("step_s", [1.0, 5.0, 10.0])
def test_an_aircraft_that_turns_between_its_reports_keeps_its_number(
    step_s: float, world: Any, make_tracker: Any
) -> None:
    tracker = make_tracker(world.gps())
    seen: set[int] = set()
    for n, state in enumerate(procedure_turn(step_s)):
        scan = world.position_scan(n * step_s, state[None, :], 10.0, (NAME,), partial=True)
        tracker.observe(scan)
        seen |= set(ids_of(tracker, n * step_s))
    assert seen == {1}
    table = tracker.table(round(n * step_s * SECOND), 0.5)
    assert np.linalg.norm(table.mean[0, :3] - state[:3]) < 60.0


def test_it_keeps_it_over_a_silence_but_not_for_ever(world: Any, make_tracker: Any) -> None:
    tracker, place = make_tracker(world.gps(), name_memory_s=300.0), np.array([[5000.0, 0.0, 500.0]])
    numbers = []
    for start_s in (0.0, 120.0, 700.0):
        for k in range(4):
            found = tracker.observe(world.position_scan(start_s + 5 * k, place, labels=(NAME,), partial=True))
        numbers += ids_of(tracker, start_s + 15)
        # meanwhile others speak, so that its track ends
        for k in range(8):
            other = world.position_scan(start_s + 20 + 10 * k, -place, labels=("icao:1",), partial=True)
            tracker.observe(other)
        assert not set(numbers[-1:]) & set(ids_of(tracker, start_s + 90))
    assert numbers[0] == numbers[1] == 1 and numbers[2] != 1
    assert found.track_id.tolist() == [numbers[2]]
    assert tracker.counters["numbers_kept"] >= 1


def test_a_number_that_comes_back_says_since_when_its_object_is_there(world: Any, make_tracker: Any) -> None:
    tracker, place = make_tracker(world.gps()), np.array([[5000.0, 0.0, 500.0]])
    for t_s in (0.0, 5.0, 70.0, 75.0):
        found = tracker.observe(world.position_scan(t_s, place, labels=(NAME,), partial=True))
        assert found.track_id.tolist() == [1]
    table = tracker.table(75 * SECOND)
    assert table.first_t_ns.tolist() == [0] and table.last_t_ns.tolist() == [75 * SECOND]


def test_what_could_not_have_flown_there_gets_another_number(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.gps())
    here, there = np.array([[5000.0, 0.0, 500.0]]), np.array([[5000.0, 30_000.0, 500.0]])
    for t_s, place in ((0.0, here), (5.0, here), (6.0, there), (7.0, there), (8.0, there)):
        found = tracker.observe(world.position_scan(t_s, place, labels=(NAME,), partial=True))
    assert found.track_id.tolist() == [2] and ids_of(tracker, 8.0) == [1, 2]


def test_a_wrong_height_among_right_ones_moves_nobody(world: Any, make_tracker: Any) -> None:
    """A badly decoded altitude is no reason to begin anew there, nor to lose the number."""
    tracker = make_tracker(world.gps())
    for k in range(12):
        height = 8600.0 if k == 6 else 4900.0
        place = np.array([[5000.0 + 2000.0 * k, 0.0, height, 200.0, 0.0, np.nan]])
        tracker.observe(world.position_scan(10.0 * k, place, 20.0, (NAME,), partial=True))
    table = tracker.table(110 * SECOND, 0.5)
    (row,) = np.flatnonzero(table.track_id == 1)
    assert abs(table.mean[row, 2] - 4900.0) < 100.0 and abs(table.mean[row, 5]) < 20.0
    assert table.modes[row, table.mode_names.index("ballistic")] < 0.1


def test_what_a_radar_follows_is_not_dragged_away_by_its_own_word(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar(), world.gps())
    start = np.array([[8000.0, 0.0, 3000.0, -100.0, 0.0, 0.0]])
    for k in range(20):
        state = start + k * np.r_[start[0, 3:], 0, 0, 0]
        tracker.observe(world.polar_scan(k, state))
        if k % 5 == 0:
            said = state[:, :3] + (np.array([0.0, 1500.0, 0.0]) if k >= 10 else 0.0)
            tracker.observe(world.position_scan(k, said, labels=(NAME,), partial=True))
    table = tracker.table(19 * SECOND, 0.9)
    apart = np.linalg.norm(table.mean[:, :3] - state[0, :3], axis=1)
    assert table.track_id[apart < 200].tolist() == [1]


def test_what_lands_far_off_stays_on_the_picture_though_the_site_s_plane_lies_above_it(
    world: Any, make_tracker: Any
) -> None:
    """At 56 km the earth has fallen 246 m below the plane that touches it at the site."""
    tracker = make_tracker(world.gps())
    seen = set()
    for n in range(40):
        height = max(600.0 - 20.0 * n, 0.0) - 56_000.0**2 / (2 * 6_371_000.0)
        place = np.array([[56_000.0, 200.0 * n, height]])
        tracker.observe(world.position_scan(5.0 * n, place, 5.0, (NAME,), partial=True))
        seen |= set(ids_of(tracker, 5.0 * n))
    assert seen == {1} and tracker.counters["births"] == 1


def test_what_sinks_below_the_ground_near_by_still_ends(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.gps())
    for n in range(4):
        deep = np.array([[5000.0, 0.0, -400.0]])
        tracker.observe(world.position_scan(float(n), deep, 5.0, (NAME,), partial=True))
    assert len(tracker.table(3 * SECOND)) == 0


def test_a_snapshot_in_the_silence_keeps_the_number(world: Any, make_tracker: Any) -> None:
    tracker, place = make_tracker(world.gps()), np.array([[5000.0, 0.0, 500.0]])
    tracker.observe(world.position_scan(0.0, place, labels=(NAME,), partial=True))
    again = pickle.loads(pickle.dumps(tracker))
    late = world.position_scan(60.0, place, labels=(NAME,), partial=True)
    assert tracker.observe(late).track_id.tolist() == again.observe(late).track_id.tolist() == [1]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    # after 45 s of silence and any turn one in 230 such flights takes the other's number for one plot
    steps=st.lists(st.sampled_from([0.5, 1.0, 5.0, 12.0]), min_size=3, max_size=12),
    headings=st.lists(st.floats(0, 6.28), min_size=12, max_size=12),
    lags=st.lists(st.sampled_from([0.0, 0.0, 1.5]), min_size=12, max_size=12),
)
def test_whatever_is_flown_and_told_late_no_number_ever_means_two_objects(
    steps: list[float], headings: list[float], lags: list[float], world: Any, make_tracker: Any
) -> None:
    """Two that name themselves and fly as they like, their reports out of order: two numbers."""
    tracker = make_tracker(world.gps())
    places = np.array([[4000.0, 0.0, 800.0], [-4000.0, 0.0, 800.0]])
    t_s, numbers = 0.0, {"icao:1": set[int](), "icao:2": set[int]()}
    for step_s, heading, lag_s in zip(steps, headings, lags, strict=False):
        t_s += step_s
        places = places + 60.0 * step_s * np.array([np.sin(heading), np.cos(heading), 0.0])
        for place, name in zip(places, numbers, strict=True):
            scan = world.position_scan(max(t_s - lag_s, 0.0), place[None, :], labels=(name,), partial=True)
            numbers[name] |= set(tracker.observe(scan).track_id.tolist())
        table = tracker.table(round(t_s * SECOND))
        assert len(set(table.track_id.tolist())) == len(table)
    assert not numbers["icao:1"] & numbers["icao:2"]


def test_names_are_forgotten_by_age_and_by_number() -> None:
    words = LastWords()
    words.keep({f"icao:{n}": Word(n, 0, n, 0.0, 0.0, 1.0, 0.0, 1.0) for n in range(NAMES_MAX + 5)}, 0)
    assert len(words) == NAMES_MAX and words.of("icao:4") is None and words.of("icao:5") is not None
    copy = words.copy()
    copy.keep({}, NAMES_MAX)
    assert len(copy) == 5 and len(words) == NAMES_MAX


def test_a_radar_that_reads_names_is_remembered_like_a_receiver(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar(), world.gps())
    state = np.array([[6000.0, 0.0, 800.0, -60.0, 0.0, 0.0]])
    for k in range(4):
        scan = world.polar_scan(k, state + k * np.r_[state[0, 3:], 0, 0, 0])
        tracker.observe(Scan(scan.sensor_id, scan.t_ns, scan.measurement, scan.values, scan.sigmas, (NAME,)))
    (number,) = ids_of(tracker, 3.0)
    assert tracker._labels._words.of(NAME).track_id == number
    later = (state + 60 * np.r_[state[0, 3:], 0, 0, 0])[:, :3]
    found = tracker.observe(world.position_scan(60.0, later, labels=(NAME,), partial=True))
    assert found.track_id.tolist() == [number]
