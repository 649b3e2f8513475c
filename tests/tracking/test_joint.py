"""Joint association of contending tracks against the enumeration of all joint events."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from marsad.tracking.association import marginals
from marsad.tracking.joint import sharpen
from marsad.tracking.joint_kernel import sharpen_compiled


def resolved(weight: Any, run: Any = sharpen, events: int = 10_000, tracks_max: int = 24) -> Any:
    """Marginals (n, m + 1), column 0 "unseen", and "elsewhere" (m,). weight (n, m), 0 = no edge."""
    n, m = weight.shape
    track, plot = np.nonzero(weight)
    given_weight = weight[track, plot]
    chance, unseen, elsewhere, _ = marginals(track, plot, given_weight, n, m, 1e-12, 1000)
    # a threshold of zero makes one cluster of all that share a plot
    chance, unseen, elsewhere = run(
        track, plot, given_weight, chance, unseen, elsewhere, 0.0, events, tracks_max
    )
    full = np.zeros((n, m + 1))
    full[:, 0], full[track, plot + 1] = unseen, chance
    return full, elsewhere


def enumerated(weight: Any) -> Any:
    """The same from every joint event, of which only the best with each set of plots counts."""
    n, m = weight.shape
    best: dict[frozenset[int], tuple[float, tuple[int, ...]]] = {}
    for choice in product(range(m + 1), repeat=n):
        used = [c for c in choice if c]
        if len(set(used)) < len(used):
            continue
        chance = float(np.prod([weight[i, c - 1] if c else 1.0 for i, c in enumerate(choice)]))
        if chance > best.get(frozenset(used), (0.0, ()))[0]:
            best[frozenset(used)] = (chance, choice)
    total = np.zeros((n, m + 1))
    for chance, choice in best.values():
        for i, c in enumerate(choice):
            total[i, c] += chance
    total /= sum(chance for chance, _ in best.values())
    return total, 1 - total[:, 1:].sum(0)


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_enumeration(seed: int) -> None:
    weight = 10 ** np.random.default_rng(seed).uniform(-2, 3, (4, 4))
    full, elsewhere = resolved(weight)
    truth, free = enumerated(weight)
    assert_allclose(full, truth, atol=1e-9)
    assert_allclose(elsewhere, free, atol=1e-9)


def test_swapped_pairs_are_decided_and_misses_stay_open() -> None:
    """Two tracks with two plots between them: all events give the crossed pair 0.26, the best none."""
    weight = np.array([[100.0, 60.0], [60.0, 100.0]])
    full, _ = resolved(weight)
    crossed = 60 * 60 / (100 * 100 + 60 * 60 + 2 * 100 + 2 * 60 + 1)
    assert crossed > 0.25
    # alone, either plot goes to the track that has it cheaper; none is lost for good
    assert_allclose(full[0], np.array([101.0, 10_100.0, 0.0]) / 10_201)


def test_few_events_are_close_to_all() -> None:
    rng = np.random.default_rng(8)
    for _ in range(10):
        weight = 10 ** rng.uniform(-2, 3, (6, 6)) * (rng.random((6, 6)) < 0.5)
        assert_allclose(resolved(weight, events=60)[0], resolved(weight)[0], atol=0.02)


def test_large_clusters_and_lone_tracks_stay_as_they_were() -> None:
    weight = 10 ** np.random.default_rng(9).uniform(-2, 3, (5, 5))
    track, plot = np.nonzero(weight)
    before = marginals(track, plot, weight.ravel(), 5, 5, 1e-12, 1000)[0].reshape(5, 5)
    assert_allclose(resolved(weight, tracks_max=4)[0][:, 1:], before)
    alone = np.diag(weight.diagonal())
    assert_allclose(resolved(alone)[0][:, 1:], alone / (1 + alone))


@given(
    st.integers(0, 8),
    st.integers(0, 10),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.01, 0.2]),
    st.integers(1, 40),
)
def test_compiled_twin(tracks: int, plots: int, seed: int, contended: float, events: int) -> None:
    rng = np.random.default_rng(seed)
    weight = 10 ** rng.uniform(-8, 8, (tracks, plots)) * (rng.random((tracks, plots)) < 0.6)
    track, plot = np.nonzero(weight)
    given_weight = weight[track, plot]
    first = marginals(track, plot, given_weight, tracks, plots, 1e-6, 100)[:3]
    expected = sharpen(track, plot, given_weight, *first, contended, events, 6)
    actual = sharpen_compiled(track, plot, given_weight, *first, contended, events, 6)
    for one, other in zip(expected, actual, strict=True):
        assert_allclose(one, other, atol=1e-7)
    assert (expected[0] >= 0).all() and (expected[2] >= 0).all()
    assert_allclose(np.bincount(track, expected[0], tracks) + expected[1], 1.0, atol=1e-6)
