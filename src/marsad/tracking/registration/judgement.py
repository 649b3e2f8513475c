"""Which biases are sure: what no lasting error, no other cause and no single witness explains as well.

Biases b of all sensors, in units of their expected size, have the information Y = sum Y_g and vector
y = sum y_g of witnesses g, and the estimate m = P y, P = (I + Y)^-1. Three doubts are held against it:

*Lasting errors.* Each witness may err by the same in all it says. What that makes of the estimate is told by
leaving one out after the other: the jackknife by clusters, (G - 1)/G sum (m_g - m)^2, assumes nothing of how
long errors last or how large they are (MacKinnon, Nielsen, Webb, "Cluster-robust inference: a guide to
empirical practice", Journal of Econometrics 232, 2023, CV3). Few witnesses know their own scatter badly:
Student's t with as many degrees as witnesses count, less one. Of unequal ones fewer count (after Carter,
Schnepel, Steigerwald, "Asymptotic behavior of a t-test robust to cluster heterogeneity", Review of
Economics and Statistics 99(4), 2017; there with the squares of what is here the root of the information,
since the jackknife allows for much of it already). Where parts of witnesses scatter as independent errors
do, and witnesses no more than their parts foretell, over all biases together, errors do not last, and parts
count in place of witnesses. And no error that lasts is larger than what the sensor states: a bias that
would stand out although a witness had erred by the same in all its pairs is sure, however few there are.

*Another cause.* Were there no bias of this kind in any sensor, but of all other kinds as large as expected,
the estimate would err by P Y B Y P besides, B the prior of those others: an angle that a height would
explain as well, a clock that a turn would, is not sure however many pairs there are. A bias of the same kind
in another sensor is no other cause: whoever of two is blamed, they agree then.

*One witness, one direction.* Without any single witness, and without any eighth of the directions the
objects lie in (for clocks, fly in), the estimate keeps its sign and half its size.
"""

from dataclasses import dataclass
from math import exp, sqrt
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
# so much more scatter shows errors that last: of parts of witnesses, of witnesses than their parts foretell
LASTING_WITHIN, LASTING = 1.5, 1.2
TOLD = 1e-12  # variances below are of what nobody told of
NEVER = 1e6
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
    witnesses = Said(
        parts.matrix.reshape(WITNESSES, PARTS, size, size).sum(1),
        parts.vector.reshape(WITNESSES, PARTS, size).sum(1),
    )
    total = Said(witnesses.matrix.sum(0), witnesses.vector.sum(0) + prior)
    cov = np.linalg.inv(np.eye(size) + total.matrix)
    cov = (cov + cov.T) / 2
    mean = cov @ total.vector
    plain = np.maximum(np.diag(cov) - (cov**2).sum(1), 0.0)
    present = _present(witnesses)
    without, count = _without(present, total), max(len(present.vector), 1)
    scatter = ((without - mean) ** 2).sum(0) * (count - 1) / count
    piecewise = _misfit(parts, mean, cov)
    lasting = _lasts(scatter, piecewise, plain)
    scatter = np.maximum(scatter, piecewise)
    noise = np.sqrt(np.maximum(plain, scatter))
    needed = _factors(witnesses if lasting else parts, significance) * noise
    if (np.abs(mean) > significance / 2 * np.sqrt(plain)).any():
        worst = np.einsum("ki,ij,kj->k", cov, alike(_whole(evidence), size // 4), cov)
        worst = np.maximum(worst, _misfit(witnesses, mean, cov))
        needed = np.minimum(needed, significance * np.sqrt(worst))
    rival = (((cov @ total.matrix) * (kinds[:, None] != kinds)) ** 2).sum(1)
    needed = np.sqrt(needed**2 + significance**2 * rival)
    sure = (np.abs(mean) > np.where(held, 0.5, 1.0) * needed) & _stays(mean, without, held)
    for row in np.flatnonzero(sure & ~held).tolist():
        bearing = bearings[1] if row % 4 == 3 else bearings[0][:, row // 4]
        sure[row] = _is_all_round(row, bearing, witnesses, total, mean)
    doubt = np.sqrt(np.diag(cov) + np.maximum(scatter - plain, 0.0))
    return Judgement(mean, cov, doubt, noise, np.asarray(sure))


def _present(said: Said) -> Said:
    """Those who said anything."""
    rows = np.flatnonzero(np.einsum("gkk->g", said.matrix) > 0)
    return Said(said.matrix[rows], said.vector[rows])


def _misfit(said: Said, mean: Array, cov: Array) -> Array:
    """Variance (4S,) of the estimate by what those who said something are off from it, leverage aside."""
    off = (said.vector - said.matrix @ mean) @ cov
    return np.asarray((off**2).sum(0))


def _is_all_round(row: int, bearing: Array, witnesses: Said, total: Said, mean: Array) -> bool:
    """Whether one estimate keeps its sign and half its size without any eighth of the bearings (W,)."""
    octant = np.asarray(np.floor(bearing / (2 * np.pi) * OCTANTS) % OCTANTS, np.int64)
    sides = Said(np.zeros((OCTANTS, *total.matrix.shape)), np.zeros((OCTANTS, len(mean))))
    np.add.at(sides.matrix, octant, witnesses.matrix)
    np.add.at(sides.vector, octant, witnesses.vector)
    kept = _without(sides, total)[:, row] * np.sign(mean[row])
    return bool((kept >= KEPT * abs(mean[row])).all())


def _without(said: Said, total: Said) -> Array:
    """The estimate (g, 4S) without each of these parts of the evidence."""
    rest = np.eye(total.matrix.shape[-1]) + total.matrix - said.matrix
    return np.asarray(np.linalg.solve(rest, (total.vector - said.vector)[..., None])[..., 0])


def _stays(mean: Array, without: Array, held: Flags) -> Flags:
    """Whether estimates keep their sign, and half their size if they are not held, without any witness."""
    if len(without) == 0:
        return np.zeros(len(mean), np.bool_)
    least = (without * np.sign(mean)).min(0)
    return np.asarray(least >= np.where(held, 0.0, KEPT) * np.abs(mean))


def _lasts(whole: Array, parts: Array, plain: Array) -> bool:
    """Whether parts scatter more than independent errors, or witnesses more than their parts foretell.

    All are variances (4S,): of estimates by whole witnesses, by parts, and of independent errors.
    """
    told = plain > TOLD
    if not told.any():
        return True
    within, across = (parts[told] / plain[told]).mean(), (whole[told] / plain[told]).mean()
    return bool(within > LASTING_WITHIN or across > LASTING * max(within, 1.0))


def _factors(said: Said, significance: float) -> Array:
    """How many sigmas (4S,) of so many witnesses are as rare as `significance` of a Gaussian."""
    weight = np.sqrt(np.maximum(np.einsum("gkk->gk", said.matrix), 0.0))
    count = weight.sum(0) ** 2 / np.maximum((weight**2).sum(0), 1e-300)
    return np.array([student(significance, float(one) - 1) if one > COUNTING else NEVER for one in count])


def student(sigmas: float, degrees: float) -> float:
    """Student's t with these degrees that is exceeded as rarely as a Gaussian exceeds so many sigmas.

    Wallace, "Bounds on normal approximations to Student's and the chi-square distributions", Annals of
    Mathematical Statistics 30(4), 1959; a few per cent too large where degrees are few.
    """
    power = (sigmas * (8 * degrees + 3) / (8 * degrees + 1)) ** 2 / degrees
    return sqrt(degrees * (exp(power) - 1)) if power < 500 else NEVER


def _whole(evidence: Evidence) -> Evidence:
    """The evidence by whole witnesses."""
    key = evidence.part // PARTS * PARTS * SENSORS**2 + evidence.key % SENSORS**2
    return gathered(Evidence(key, evidence.numbers), Evidence.none(), len(key))
