import numpy as np
import pytest
from numpy.typing import NDArray

from marsad.evaluate.association import Association
from marsad.evaluate.siap import Siap, SiapCount

Array = NDArray[np.float64]
GATE = 150.0


def state(*places: tuple[float, float]) -> Array:
    """States at places on the ground, at rest."""
    return np.array([(x, y, 0.0, 0.0, 0.0, 0.0) for x, y in places]).reshape(-1, 6)


def run(looks: list[tuple[Array, list[int], Array]], rows: list[int]) -> tuple[Siap, list[dict[int, int]]]:
    """Associate and count looks of (true states, track numbers, track states), a second apart."""
    association, count, pairs = Association(), SiapCount(), []
    number = np.array(rows, np.int64)
    for t_s, (truth, track_id, tracks) in enumerate(looks):
        gate, ids = np.full(len(rows), GATE), np.array(track_id, np.int64)
        pair = association.step(number, truth[:, :3], gate, ids, tracks[:, :3])
        pairs.append(dict(pair))
        count.step(float(t_s), number, truth, gate, ids, tracks, pair)
    return count.result(), pairs


def test_a_perfect_picture() -> None:
    truth = state((0, 0), (1000, 0))
    siap, pairs = run([(truth, [7, 8], truth)] * 10, [0, 1])
    assert siap == Siap(1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    assert pairs[-1] == {0: 7, 1: 8}


def test_missed_doubled_and_spurious() -> None:
    truth = state((0, 0), (1000, 0))
    tracks = state((10, 0), (40, 0), (5000, 0))
    siap, pairs = run([(truth, [1, 2, 3], tracks)] * 5, [0, 1])
    assert pairs[0] == {0: 1}
    assert siap.completeness == 0.5 and siap.ambiguity == 2.0
    assert siap.spurious == pytest.approx(1 / 3) and siap.position_error_m == pytest.approx(10.0)


def test_a_change_of_number_is_counted_and_shortens_the_longest_segment() -> None:
    truth = state((0, 0))
    looks = [(truth, [1], truth)] * 7 + [(truth, [2], truth)] * 4
    siap, _ = run(looks, [0])
    assert siap.changes_per_s == pytest.approx(1 / 10)
    assert siap.continuity == pytest.approx(6 / 10)


def test_a_gap_is_no_change() -> None:
    truth = state((0, 0))
    looks = [(truth, [1], truth)] * 3 + [(truth, [], state())] * 3 + [(truth, [1], truth)] * 4
    siap, _ = run(looks, [0])
    assert siap.changes_per_s == 0.0 and siap.completeness == pytest.approx(0.7)


def test_nothing_to_measure_is_not_a_number() -> None:
    siap, _ = run([(state(), [], state())], [])
    assert all(np.isnan(value) for value in (siap.completeness, siap.spurious, siap.continuity))


def test_crossing_tracks_keep_their_objects() -> None:
    looks = []
    for t in range(-10, 11):
        truth = state((t * 20.0, 0), (-t * 20.0, 30.0))
        looks.append((truth, [1, 2], truth + np.array([0, 12.0, 0, 0, 0, 0]) * np.array([[1], [-1]])))
    _, pairs = run(looks, [0, 1])
    assert all(pair == {0: 1, 1: 2} for pair in pairs)


def test_a_standing_pair_outlives_noise_at_the_gates_edge_but_not_a_departure() -> None:
    truth = state((0, 0))
    _, pairs = run([(truth, [1], state((x, 0))) for x in (100, 160, 220, 230, 160, 140)], [0])
    assert [bool(pair) for pair in pairs] == [True, True, True, False, False, True]


def test_a_nearer_newcomer_takes_over_only_if_clearly_nearer() -> None:
    truth = state((0, 0))
    looks = [
        (truth, [1], state((60, 0))),
        (truth, [1, 2], state((60, 0), (30, 0))),
        (truth, [1, 2], state((60, 0), (10, 0))),
    ]
    assert run(looks, [0])[1] == [{0: 1}, {0: 1}, {0: 2}]
