"""How likely crossings of bearings are objects, weighed against each other."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.bearings.memory import BACKGROUND, ELSEWHERE, SEES, UNDETECTED, Bearings
from marsad.tracking.bearings.triangulation import Prior
from marsad.tracking.compiled import kernel, twin_of
from marsad.tracking.rules import Rules
from marsad.tracking.update import MODE_FLOOR

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Crossings(NamedTuple):
    """Where tracks may start: fresh, older (c,) rows of the bearings; mean (c, M, d), cov (c, M, d, d),
    modes (c, M) of the object; existence (c,)."""

    fresh: Index
    older: Index
    mean: Array
    cov: Array
    modes: Array
    existence: Array


def weigh_crossings(
    bearings: Bearings,
    fresh: Index,
    older: Index,
    mean: Array,
    cov: Array,
    log: Array,
    prior: Prior,
    rules: Rules,
) -> Crossings:
    """Existence and models of the objects where pairs of bearings cross; unlikely ones left out.

    mean, cov, log as from `locate`. Of several older bearings that cross a fresh one in the same place,
    the newest counts. Crossings that share a bearing exclude each other, so that each has its share of
    the odds.
    """
    settled = ~np.isnan(log).any(-1)
    fresh, older = fresh[settled], older[settled]
    mean, cov, log = mean[settled], cov[settled], log[settled]
    joint = log + prior.log_shares
    top = joint.max(-1, keepdims=True)
    density = np.exp(joint - top)
    modes = np.maximum(density / density.sum(-1, keepdims=True), MODE_FLOOR)
    log_density = top[:, 0] + np.log(density.sum(-1))
    one, two = bearings.numbers[fresh], bearings.numbers[older]
    undetected = np.maximum(one[:, UNDETECTED], two[:, UNDETECTED])
    factor = (one * two)[:, [SEES, ELSEWHERE]].prod(-1) / one[:, BACKGROUND] / two[:, BACKGROUND]
    weight = undetected * factor * np.exp(np.clip(log_density, -700.0, 100.0))
    keep = (weight >= rules.crossing_existence_min) & ~_repeated(fresh, mean, cov, modes)
    fresh, older, weight = fresh[keep], older[keep], weight[keep]
    total = len(bearings.book)
    rivals = np.bincount(fresh, weight, total)[fresh] - weight
    rivals += np.bincount(older, weight, total)[older] - weight
    existence = np.minimum(weight / (1 + weight + rivals), rules.crossing_existence_max)
    modes = modes[keep] / modes[keep].sum(-1, keepdims=True)
    return Crossings(fresh, older, mean[keep], cov[keep], modes, existence)


def _repeated(fresh: Index, mean: Array, cov: Array, modes: Array) -> Flags:
    """Crossings (c,) that lie where an earlier one of the same fresh bearing does, within two sigma."""
    likeliest = modes.argmax(-1)
    row = np.arange(len(fresh))
    place, spread = mean[row, likeliest, :2], cov[row, likeliest, :2, :2]
    apart = place[:, None] - place[None, :]
    both = spread[:, None] + spread[None, :]
    square = (apart * np.linalg.solve(both, apart[..., None])[..., 0]).sum(-1)
    return np.asarray((np.tril(square < 4.0, -1) & (fresh[:, None] == fresh[None, :])).any(-1))


@twin_of(weigh_crossings)
def weigh_crossings_compiled(
    bearings: Bearings,
    fresh: Index,
    older: Index,
    mean: Array,
    cov: Array,
    log: Array,
    prior: Prior,
    rules: Rules,
) -> Crossings:
    """The twin of `weigh_crossings`."""
    pairs, models = log.shape
    likeliest, modes, weight = np.empty(pairs, np.int64), np.empty((pairs, models)), np.empty(pairs)
    keep, kept = np.zeros(pairs, np.bool_), 0
    of_fresh, of_older = np.zeros(len(bearings.book)), np.zeros(len(bearings.book))
    for c in range(pairs):
        likeliest[c], log_density = _mode_weights(log[c], prior.log_shares, modes[c])
        if likeliest[c] < 0:
            continue
        one, two = bearings.numbers[fresh[c]], bearings.numbers[older[c]]
        factor = one[SEES] * two[SEES] * one[ELSEWHERE] * two[ELSEWHERE] / one[BACKGROUND] / two[BACKGROUND]
        factor *= max(one[UNDETECTED], two[UNDETECTED])
        weight[c] = factor * np.exp(min(max(log_density, -700.0), 100.0))
        keep[c] = weight[c] >= rules.crossing_existence_min
        for e in range(c):
            if keep[c] and fresh[e] == fresh[c] and likeliest[e] >= 0:
                keep[c] = not (square_sigmas(mean, cov, c, likeliest[c], mean, cov, e, likeliest[e]) < 4.0)
        if keep[c]:
            of_fresh[fresh[c]] += weight[c]
            of_older[older[c]] += weight[c]
            kept += 1
    existence = np.empty(pairs)
    for c in range(pairs):
        if keep[c]:
            rivals = of_fresh[fresh[c]] + of_older[older[c]] - 2 * weight[c]
            existence[c] = min(weight[c] / (1 + weight[c] + rivals), rules.crossing_existence_max)
    rows, to = np.empty(kept, np.int64), 0
    for c in range(pairs):
        if keep[c]:
            rows[to] = c
            to += 1
    return these(Crossings(fresh, older, mean, cov, modes, existence), rows)


@kernel
def _mode_weights(log: Array, log_shares: Array, modes: Array) -> tuple[int, float]:
    """Put the models' probabilities (M,) into modes; the likeliest (-1: unsettled), log of their sum."""
    count, best, total, bounded = len(log), 0, 0.0, 0.0
    for m in range(count):
        if np.isnan(log[m]):
            return -1, 0.0
        modes[m] = log[m] + log_shares[m]
        if modes[m] > modes[best]:
            best = m
    top = modes[best]
    for m in range(count):
        modes[m] = np.exp(modes[m] - top)
        total += modes[m]
    for m in range(count):
        modes[m] = max(modes[m] / total, MODE_FLOOR)
        bounded += modes[m]
    for m in range(count):
        modes[m] /= bounded
    return best, top + np.log(total)


@kernel
def square_sigmas(
    mean: Array, cov: Array, i: int, m: int, other_mean: Array, other_cov: Array, j: int, k: int
) -> float:
    """Squared sigmas on the ground between model m of row i and model k of row j of another."""
    east = mean[i, m, 0] - other_mean[j, k, 0]
    north = mean[i, m, 1] - other_mean[j, k, 1]
    a = cov[i, m, 0, 0] + other_cov[j, k, 0, 0]
    b = cov[i, m, 0, 1] + other_cov[j, k, 0, 1]
    c = cov[i, m, 1, 1] + other_cov[j, k, 1, 1]
    return float((c * east**2 - 2 * b * east * north + a * north**2) / (a * c - b**2))


@kernel
def these(chosen: Crossings, rows: Index) -> Crossings:
    """These rows (k,) of crossings, in this order."""
    count, models, d = len(rows), chosen.mean.shape[1], chosen.mean.shape[2]
    fresh, older, existence = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count)
    mean, cov = np.empty((count, models, d)), np.empty((count, models, d, d))
    modes = np.empty((count, models))
    for k in range(count):
        c = rows[k]
        fresh[k], older[k], existence[k] = chosen.fresh[c], chosen.older[c], chosen.existence[c]
        for m in range(models):
            modes[k, m] = chosen.modes[c, m]
            for a in range(d):
                mean[k, m, a] = chosen.mean[c, m, a]
                for b in range(d):
                    cov[k, m, a, b] = chosen.cov[c, m, a, b]
    return Crossings(fresh, older, mean, cov, modes, existence)
