"""What hides objects inside a sensor's coverage: the Doppler notch and the terrain.

A Doppler radar filters out what has no range rate, and with it whoever hovers or flies across its
line of sight. Its detection probability falls to p (1 - 2^-(v/n)²) at range rate v, half at the limit n.
A missing plot then is evidence: either the track was overlooked, or it has no range rate. The
second is a fictitious plot of range rate zero with the notch's width for an error (Koch, "On exploiting
'negative' sensor evidence for target tracking and sensor data fusion", Information Fusion 8(1), 2007, §4).

Behind terrain nothing is seen. Where a track is known only roughly, it is hidden with the
probability that it is below the horizon mask.
"""

from math import erf, log, sqrt

import numpy as np
from numpy.typing import NDArray

from marsad.model.sensor import Coverage
from marsad.tracking.compiled import kernel
from marsad.tracking.measurement import NEAREST_M

Array = NDArray[np.float64]
Index = NDArray[np.int64]

HIDDEN_MIN = 0.01  # less likely hidden than this is not worth an update


def notch_sigma_mps(coverage: Coverage) -> float:
    """Standard deviation of the Gaussian notch, which is half as deep at the limit; 0 for none."""
    return coverage.range_rate_min_mps / sqrt(2 * log(2))


def horizon_table(coverage: Coverage) -> Array:
    """Azimuths and elevations (2, k) of the mask, a little more than once round; (2, 0) for none."""
    if not coverage.horizon:
        return np.empty((2, 0))
    azimuth, elevation = np.array(sorted(coverage.horizon), float).T
    turn = 2 * np.pi
    around = np.r_[azimuth[-1] - turn, azimuth, azimuth[0] + turn]
    return np.stack([around, np.r_[elevation[-1], elevation, elevation[0]]])


def exposure(
    mean: Array, cov: Array, modes: Array, origin: Array, rotation: Array, horizon: Array, notch: float
) -> tuple[Array, Array]:
    """Probability (n,) that a track is above the horizon, and (n,) that the notch hides it.

    mean (n, M, d), cov (n, M, d, d), modes (n, M) as everywhere; horizon as in `horizon_table`;
    notch: one sigma of the Gaussian notch. In two dimensions heights are the sensor's own.
    """
    axes = mean.shape[-1] // 2
    offset, velocity = np.zeros((*mean.shape[:2], 3)), np.zeros((*mean.shape[:2], 3))
    offset[..., :axes] = mean[..., :axes] - origin[:axes]
    velocity[..., :axes] = mean[..., axes:]
    seen = offset @ rotation
    east, north, up = np.moveaxis(seen, -1, 0)
    ground = np.maximum(np.hypot(east, north), NEAREST_M)
    distance = np.hypot(ground, up)
    above = np.ones(mean.shape[:2])
    if horizon.shape[1]:
        elevation = np.arctan2(up, ground)
        slope = np.stack([-east * up / ground, -north * up / ground, ground], -1) / distance[..., None] ** 2
        slope = (slope @ rotation.T)[..., :axes] if axes == 3 else np.zeros((*mean.shape[:2], 2))
        doubt = np.sqrt(_quadratic(slope, cov[..., :axes, :axes])) + 1e-6
        mask = np.interp(np.arctan2(east, north) % (2 * np.pi), horizon[0], horizon[1])
        above = (1 + np.vectorize(erf, [float])((elevation - mask) / doubt / np.sqrt(2))) / 2
    hidden = np.zeros(mean.shape[:2])
    if notch > 0:
        line = (seen / distance[..., None]) @ rotation.T
        rate = (line * velocity).sum(-1)
        width = _quadratic(line[..., :axes], cov[..., axes:, axes:]) + notch**2
        hidden = notch / np.sqrt(width) * np.exp(-(rate**2) / width / 2)
    return (modes * above).sum(-1), (modes * hidden).sum(-1)


def _quadratic(vector: Array, matrix: Array) -> Array:
    return np.asarray((vector * (matrix @ vector[..., None])[..., 0]).sum(-1))


@kernel
def exposure_compiled(
    mean: Array, cov: Array, modes: Array, origin: Array, rotation: Array, horizon: Array, notch: float
) -> tuple[Array, Array]:
    """The twin of `exposure`."""
    n, count, d = mean.shape
    axes = d // 2
    above, hidden = np.zeros(n), np.zeros(n)
    seen, line, slope, local = np.empty(3), np.empty(3), np.zeros(3), np.empty(3)
    for i in range(n):
        for m in range(count):
            for a in range(3):
                seen[a] = 0.0
                for b in range(axes):
                    seen[a] += (mean[i, m, b] - origin[b]) * rotation[b, a]
            ground = max(np.hypot(seen[0], seen[1]), 1.0)  # NEAREST_M
            distance = np.hypot(ground, seen[2])
            if horizon.shape[1]:
                local[0] = -seen[0] * seen[2] / ground / distance**2
                local[1] = -seen[1] * seen[2] / ground / distance**2
                local[2] = ground / distance**2
                variance = 0.0
                if axes == 3:
                    for a in range(3):
                        slope[a] = 0.0
                        for b in range(3):
                            slope[a] += local[b] * rotation[a, b]
                    for a in range(3):
                        for b in range(3):
                            variance += slope[a] * cov[i, m, a, b] * slope[b]
                mask = np.interp(np.arctan2(seen[0], seen[1]) % (2 * np.pi), horizon[0], horizon[1])
                off = (np.arctan2(seen[2], ground) - mask) / (np.sqrt(variance) + 1e-6)
                above[i] += modes[i, m] * (1 + erf(off / np.sqrt(2))) / 2
            else:
                above[i] += modes[i, m]
            if notch > 0:
                rate, width = 0.0, notch**2
                for a in range(axes):
                    line[a] = 0.0
                    for b in range(3):
                        line[a] += seen[b] / distance * rotation[a, b]
                for a in range(axes):
                    rate += line[a] * mean[i, m, axes + a]
                    for b in range(axes):
                        width += line[a] * cov[i, m, axes + a, axes + b] * line[b]
                hidden[i] += modes[i, m] * notch / np.sqrt(width) * np.exp(-(rate**2) / width / 2)
    return above, hidden


def with_hidden(
    edges: tuple[Index, Index, Array, Array, Array],
    hidden: Array | None,
    expected: Array,
    spread: Array,
    values: Array,
    sigmas: Array,
    notch: float,
) -> tuple[tuple[Index, Index, Array, Array, Array], Array, Array]:
    """Pairs (track, plot, likelihood, share, unseen) and plots for `update`, the notch as one more plot.

    A track that is not seen although the sensor looked has, with probability hidden (n,), made
    a plot of range rate zero. expected, spread: the tracks in polar measurement space.
    """
    rows = np.flatnonzero(hidden > HIDDEN_MIN) if hidden is not None else np.empty(0, np.int64)
    if hidden is None or len(rows) == 0:
        return edges, values, sigmas
    unseen = edges[4].copy()
    variance = spread[rows, :, 3, 3] + notch**2
    likelihood = -(expected[rows, :, 3] ** 2 / variance + np.log(2 * np.pi * variance)) / 2
    track, plot = np.r_[edges[0], rows], np.r_[edges[1], np.full(len(rows), len(values))]
    order = np.lexsort((plot, track))
    share = np.r_[edges[3], unseen[rows] * hidden[rows]][order]
    unseen[rows] *= 1 - hidden[rows]
    still = np.array([[np.nan, np.nan, np.nan, 0.0]])
    pairs = (track[order], plot[order], np.vstack([edges[2], likelihood])[order], share, unseen)
    return pairs, np.vstack([values, still]), np.vstack([sigmas, still + notch])
