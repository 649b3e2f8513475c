"""Which track an identifier speaks of."""

import pickle

from marsad.assessment.speakers import Speakers

S = 10**9


def left(speakers: Speakers, *reports: tuple[float, int]) -> list[int]:
    return [speakers.left("icao:1", 1, track_id, round(seconds * S)) for seconds, track_id in reports]


def test_it_leaves_a_track_for_another_with_its_second_report_there() -> None:
    speakers = Speakers()
    assert left(speakers, (0, 1), (1, 1), (1.5, 2), (2, 2), (3, 2)) == [0, 0, 0, 1, 0]
    # and back again
    again = pickle.loads(pickle.dumps(speakers))
    assert left(again, (4, 1), (5, 1)) == [0, 2]


def test_one_that_is_told_by_turns_of_two_tracks_leaves_neither() -> None:
    assert not any(left(Speakers(), *((float(number), 1 + number % 2) for number in range(20))))


def test_too_soon_and_too_late_it_has_left_nothing() -> None:
    assert left(Speakers(), (0, 1), (0.2, 2), (0.4, 2), (0.9, 2), (1.1, 2)) == [0, 0, 0, 0, 1]
    assert left(Speakers(), (0, 1), (61, 2), (62, 2)) == [0, 0, 0]


def test_two_bearers_and_two_identifiers_are_two() -> None:
    speakers = Speakers()
    for second, (label, bearer) in enumerate((("icao:1", 1), ("icao:1", 2), ("icao:2", 1)) * 4):
        assert speakers.left(label, bearer, second % 3 + 1, second * S) == 0
