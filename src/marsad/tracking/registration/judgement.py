"""Which biases are sure: what no lasting error, no other cause and no single witness explains as well.

Biases b of all sensors, in units of their expected size, have the information Y = sum Y_g and vector
y = sum y_g of witnesses g, and the estimate m = P y, P = (I + Y)^-1. Three doubts are held against it:

*Lasting errors.* Each witness may err by the same in all it says. What that makes of the estimate is
told by leaving one out after the other: the jackknife by clusters, (G - 1)/G sum (m_g - m)^2, assumes nothing of
how long errors last or how large they are (MacKinnon, Nielsen, Webb, "Cluster-robust inference: a guide to
empirical practice", Journal of Econometrics 232, 2023, CV3). Few witnesses know their own scatter badly:
Student's t with as many degrees as witnesses that count, (sum w)^2 / sum w^2, less one (Carter, Schnepel,
Steigerwald, "Asymptotic behavior of a t-test robust to cluster heterogeneity", Review of Economics and
Statistics 99(4), 2017). Where whole witnesses scatter no more than their parts do by themselves, over all biases
together, errors do not last, and parts count in place of witnesses. And no error
that lasts is larger than what the sensor states: a bias that would stand out although all pairs of a
witness had erred by the same is sure, however few knew their own scatter.

*Another cause.* Were there no bias of this kind in any sensor, but of all other kinds as large as expected,
the estimate would err by P Y B Y P besides, B the prior of those others: an angle that a height would
explain as well, a clock that a turn would, is not sure however many pairs there are. A bias of the same kind
in another sensor is no other cause: whoever of two is blamed, they agree then.

*One witness, one direction.* Without any single witness, and without any eighth of the directions the
objects lie in (for clocks, fly in), the estimate keeps its sign and half its size.
"""

from dataclasses import dataclass
from math import exp, inf, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.registration.witnesses import (
    PARTS,
    SENSORS,
    WITNESSES,
    Evidence,
    alike,
    gathered,
    summed,
)

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

OCTANTS = 8
KEPT = 0.5  # of an estimate, without any witness or direction
LASTING = 1.2  # so much more scatter of witnesses than their parts foretell shows errors that last
COUNTING = 1.5  # with fewer witnesses nothing is known of how they scatter


class Said(NamedTuple):
    """Information (…, 4S, 4S) and its vector (…, 4S)."""

    matrix: Array
    vector: Array


@dataclass(frozen=True)
class Judgement:
    """Biases of S sensors in units of their expected size.

    mean (4S,), cov (4S, 4S)  as if errors were independent
    doubt (4S,)   one-sigma error of the mean, with errors that last
    noise (4S,)   the part of it that the evidence leaves, prior aside
    sure (4S,)    nothing else explains it as well
    """

    mean: Array
    cov: Array
    doubt: Array
    noise: Array
    sure: Flags


def judged(
    evidence: Evidence,
    prior: Array,
    kinds: Index,
    bearings: tuple[Array, Array],
    held: Flags,
    significance: float,
) -> Judgement:
    """Estimate the biases and judge which are sure.

    prior (4S,)   expected biases, zero but where ghosts told of a turn
    kinds (4S,)   what can stand for the same: those of one kind are no other cause for each other
    bearings      direction of each witness from each sensor (W, S), and which way it flies (W,), rad
    held (4S,)    what is corrected now: half suffices to go on, lest a correction come and go
    """
    size = len(prior)
    parts = Said(*summed(evidence, evidence.part, WITNESSES * PARTS, size // 4))
    matrices = parts.matrix.reshape(WITNESSES, PARTS, size, size).sum(1)
    witnesses = Said(matrices, parts.vector.reshape(WITNESSES, PARTS, size).sum(1))
    total = Said(matrices.sum(0), parts.vector.sum(0) + prior)
    matrix = total.matrix
    cov = np.linalg.inv(np.eye(size) + matrix)
    cov = (cov + cov.T) / 2
    mean = cov @ total.vector
    plain = np.maximum(np.diag(cov) - (cov**2).sum(1), 0.0)
    without, whole, factor = _left_out(witnesses, total, mean, significance)
    _, piecewise, part_factor = _left_out(parts, total, mean, significance)
    told = plain > 1e-12
    lasting = _lasts(whole[told] / plain[told], piecewise[told] / plain[told])
    scatter = np.maximum(whole, piecewise)
    noise = np.sqrt(np.maximum(plain, scatter))
    reach = cov @ matrix
    rival = np.sqrt(((reach * (kinds[:, None] != kinds)) ** 2).sum(1))
    worst = np.einsum("ki,ij,kj->k", cov, alike(_whole(evidence), size // 4), cov)
    needed = np.minimum(factor if lasting else part_factor, 1e6) * noise
    misfit = (witnesses.vector - witnesses.matrix @ mean) @ cov
    needed = np.minimum(needed, significance * np.sqrt(np.maximum(worst, (misfit**2).sum(0))))
    needed = np.sqrt(needed**2 + (significance * rival) ** 2)
    bias = np.abs(mean)
    sure = bias > np.where(held, 0.5, 1.0) * needed
    sure &= _stays(mean, without, held)
    for row in np.flatnonzero(sure & ~held).tolist():
        octant = _octants(bearings[1] if row % 4 == 3 else bearings[0][:, row // 4])
        sides = Said(np.zeros((OCTANTS, size, size)), np.zeros((OCTANTS, size)))
        np.add.at(sides.matrix, octant, witnesses.matrix)
        np.add.at(sides.vector, octant, witnesses.vector)
        kept = _without(sides, total)[:, row]
        sure[row] = bool((kept * np.sign(mean[row]) >= KEPT * bias[row]).all())
    doubt = np.sqrt(np.diag(cov) + np.maximum(scatter - plain, 0.0))
    return Judgement(mean, cov, doubt, noise, np.asarray(sure))


def _without(said: Said, total: Said) -> Array:
    """The estimate (g, 4S) without each of these parts of the evidence."""
    rest = np.eye(total.matrix.shape[-1]) + total.matrix - said.matrix
    return np.asarray(np.linalg.solve(rest, (total.vector - said.vector)[..., None])[..., 0])


def _left_out(said: Said, total: Said, mean: Array, significance: float) -> tuple[Array, Array, Array]:
    """Estimates (g, 4S) without each of those who said something, their scatter, and sigmas it takes (4S,)."""
    present = np.flatnonzero(np.einsum("gkk->g", said.matrix) > 0)
    said = Said(said.matrix[present], said.vector[present])
    without, count = _without(said, total), max(len(present), 1)
    scatter = ((without - mean) ** 2).sum(0) * (count - 1) / count
    return without, scatter, _factors(said.matrix, significance)


def _stays(mean: Array, without: Array, held: Flags) -> Flags:
    """Whether estimates keep their sign, and half their size if they are not held, without any witness."""
    if len(without) == 0:
        return np.zeros(len(mean), np.bool_)
    least = (without * np.sign(mean)).min(0)
    return np.asarray(least >= np.where(held, 0.0, KEPT) * np.abs(mean))


def _lasts(whole: Array, parts: Array) -> bool:
    """Whether witnesses scatter more than their parts foretell; both relative to independent errors."""
    return len(whole) == 0 or bool(whole.mean() > LASTING * max(parts.mean(), 1.0))


def _factors(matrices: Array, significance: float) -> Array:
    """How many sigmas (4S,) of so many witnesses are as rare as `significance` of a Gaussian."""
    said = np.sqrt(np.maximum(np.einsum("gkk->gk", matrices), 0.0))
    count = said.sum(0) ** 2 / np.maximum((said**2).sum(0), 1e-300)
    return np.array([student(significance, float(one) - 1) if one > COUNTING else inf for one in count])


def student(sigmas: float, degrees: float) -> float:
    """Student's t with these degrees that is exceeded as rarely as a Gaussian exceeds so many sigmas.

    Wallace, "Bounds on normal approximations to Student's and the chi-square distributions", Annals of
    Mathematical Statistics 30(4), 1959; a few per cent too large where degrees are few.
    """
    power = (sigmas * (8 * degrees + 3) / (8 * degrees + 1)) ** 2 / degrees
    return sqrt(degrees * (exp(power) - 1)) if power < 500 else inf


def _whole(evidence: Evidence) -> Evidence:
    """The evidence by whole witnesses."""
    key = evidence.part // PARTS * PARTS * SENSORS**2 + evidence.key % SENSORS**2
    return gathered(Evidence(key, evidence.numbers), Evidence.none(), len(key))


def _octants(bearing: Array) -> Index:
    return np.asarray(np.floor(bearing / (2 * np.pi) * OCTANTS) % OCTANTS, np.int64)
