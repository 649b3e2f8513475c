"""Belief propagation against the exact sum over all joint assignments."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from marsad.tracking.association import marginals


def exact(weight: Any) -> Any:
    """Marginals (n, m + 1) by enumeration; column 0 is "unseen". weight (n, m), 0 = no edge."""
    n, m = weight.shape
    total = np.zeros((n, m + 1))
    for choice in product(range(m + 1), repeat=n):
        used = [c for c in choice if c]
        if len(set(used)) < len(used):
            continue
        chance = np.prod([weight[i, c - 1] if c else 1.0 for i, c in enumerate(choice)])
        for i, c in enumerate(choice):
            total[i, c] += chance
    return total / total.sum(1, keepdims=True)


def propagate(weight: Any, sweeps: Any = 1000) -> Any:
    track, plot = np.nonzero(weight)
    n, m = weight.shape
    chance, unseen, elsewhere, used = marginals(track, plot, weight[track, plot], n, m, 1e-12, sweeps)
    full = np.zeros((n, m + 1))
    full[:, 0] = unseen
    full[track, plot + 1] = chance
    return full, elsewhere, used


def test_exact_on_trees() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        weight = np.zeros((4, 4))
        for i in range(4):  # a chain: track i with plots i and i + 1
            weight[i, i] = 10 ** rng.uniform(-2, 3)
            if i < 3:
                weight[i, i + 1] = 10 ** rng.uniform(-2, 3)
        full, elsewhere, _ = propagate(weight)
        truth = exact(weight)
        assert_allclose(full, truth, rtol=1e-9)
        assert_allclose(elsewhere, 1 - truth[:, 1:].sum(0), atol=1e-9)


@pytest.mark.parametrize("spread", [1.0, 2.0])
def test_close_on_loopy_clusters(spread: Any) -> None:
    rng = np.random.default_rng(4)
    errors = []
    for _ in range(60):
        weight = 10 ** rng.uniform(-spread, spread, (4, 5)) * (rng.random((4, 5)) < 0.7)
        full, _, _ = propagate(weight)
        errors.append(np.abs(full - exact(weight)).max())
        assert_allclose(full.sum(1), 1)
    assert max(errors) < 0.25 and np.mean(errors) < 0.08


def test_it_converges_and_says_so() -> None:
    rng = np.random.default_rng(5)
    weight = 10 ** rng.uniform(-2, 6, (20, 25))
    full, _, used = propagate(weight, sweeps=5000)
    assert used < 5000
    assert np.all(full >= 0) and np.all(full[:, 1:].sum(0) <= 1 + 1e-6)


def test_overwhelming_evidence_stays_finite() -> None:
    full, elsewhere, _ = propagate(np.array([[1e26, 1e26], [1e26, 1e-26]]))
    assert np.isfinite(full).all() and np.isfinite(elsewhere).all()
    assert full[0, 2] > 0.99 and full[1, 1] > 0.99


def test_no_edges() -> None:
    full, elsewhere, _ = propagate(np.zeros((3, 2)))
    assert_allclose(full[:, 0], 1)
    assert_allclose(elsewhere, 1)
