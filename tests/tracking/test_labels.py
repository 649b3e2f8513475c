"""Claimed identities bind to tracks, must agree with the sensors, and are never proof."""

from typing import Any

import numpy as np

from marsad.tracking.labels import LabelBook

SECOND = 1_000_000_000


def moved(state: Any, t: Any) -> Any:
    state = np.array(state, float).reshape(-1, 6).copy()
    state[:, :3] += t * state[:, 3:]
    return state


PLANE = np.array([8000.0, 0.0, 3000.0, -100.0, 0.0, 0.0])


def test_a_labelled_report_starts_a_likely_track_at_once(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.gps())
    found = tracker.observe(world.position_scan(0, PLANE[None, :3], labels=("icao:4b43ac",)))
    table = tracker.table(0)
    assert table.existence.tolist() == [0.9] or table.existence[0] > 0.85
    assert found.track_id.tolist() == [1] and found.plot.tolist() == [0]
    assert tracker.counters["labels_bound"] == 1


def test_radar_and_transponder_make_one_track(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar(), world.gps())
    for k in range(15):
        state = moved(PLANE, k)
        tracker.observe(world.polar_scan(k, state))
        tracker.observe(world.position_scan(k + 0.4, moved(PLANE, k + 0.4)[:, :3], labels=("icao:4b43ac",)))
    table = tracker.table(15 * SECOND)
    assert int((table.existence > 0.5).sum()) == 1
    assert tracker.counters["labels_broken"] == 0
    assert tracker._labels.track("icao:4b43ac") == table.track_id[int(np.argmax(table.existence))]


def test_labels_keep_two_close_objects_apart(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.gps())
    pair = np.array([[0.0, 0, 500, 50, 0, 0], [0.0, 25, 500, 50, 0, 0]])
    names = ("icao:aaaaaa", "icao:bbbbbb")
    first = None
    for k in range(25):
        order = world.rng.permutation(2)
        labels = tuple(names[i] for i in order)
        tracker.observe(world.position_scan(k, moved(pair, k)[order, :3], sigma=15.0, labels=labels))
        bound = [tracker._labels.track(name) for name in names]
        first = first or bound
        assert bound == first and bound[0] != bound[1]


def test_a_label_that_jumps_is_broken_and_counted(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar(), world.gps())
    for k in range(8):
        tracker.observe(world.polar_scan(k, moved(PLANE, k)))
        tracker.observe(world.position_scan(k, moved(PLANE, k)[:, :3], labels=("icao:4b43ac",)))
    owner = tracker._labels.track("icao:4b43ac")
    elsewhere = moved(PLANE, 8)[:, :3] + [0.0, 6000.0, 0.0]
    tracker.observe(world.position_scan(8, elsewhere, labels=("icao:4b43ac",)))
    assert tracker.counters["labels_broken"] == 1
    assert tracker._labels.track("icao:4b43ac") == 0
    table = tracker.table(8 * SECOND)
    (row,) = np.flatnonzero(table.track_id == owner)
    assert np.linalg.norm(table.mean[row, :3] - moved(PLANE, 8)[0, :3]) < 100, (
        "the liar must not drag the track"
    )
    # the next honest report binds again
    tracker.observe(world.position_scan(9, moved(PLANE, 9)[:, :3], labels=("icao:4b43ac",)))
    assert tracker._labels.track("icao:4b43ac") == owner


def test_drones_without_transponder_are_not_charged_for_silence(world: Any, make_tracker: Any) -> None:
    tracker = make_tracker(world.radar(), world.gps())
    drone = np.array([2000.0, 2000.0, 200.0, -20.0, -20.0, 0.0])
    for k in range(20):
        tracker.observe(world.polar_scan(k, moved(drone, k)))
        tracker.observe(world.position_scan(k + 0.5, moved(PLANE, k + 0.5)[:, :3], labels=("icao:1",)))
    table = tracker.table(20 * SECOND)
    near = np.linalg.norm(table.mean[:, :3] - moved(drone, 20)[0, :3], axis=1) < 150
    assert table.existence[near].max() > 0.99


def test_the_book_forgets_dropped_tracks_and_stays_consistent() -> None:
    book = LabelBook()
    book.bind("icao:1", 7)
    book.bind("remote_id:x", 7)
    book.bind("icao:2", 8)
    assert book.systems(7) == book.system_bit("icao:1") | book.system_bit("remote_id:x")
    copy = book.copy()
    book.move(7, 8)
    assert book.track("remote_id:x") == 8 and book.track("icao:1") == 0
    book.forget([8])
    assert len(book) == 0 and len(copy) == 3
    assert copy.release("icao:2") == 8 and copy.release("icao:2") == 0


def test_a_copy_of_the_book_is_independent_both_ways() -> None:
    book = LabelBook()
    book.bind("icao:1", 1)
    copy = book.copy()
    copy.bind("icao:2", 2)
    book.bind("remote_id:1", 1)
    assert book.release("icao:2") == 0 and copy.track("remote_id:1") == 0
    assert copy.release("icao:1") == 1 and book.track("icao:1") == 1 and len(book) == 2
