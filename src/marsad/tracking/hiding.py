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
from marsad.tracking.compiled import both, kernel, twin_of
from marsad.tracking.projection import NEAREST_M

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


@twin_of(exposure)
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
                mask = _mask(np.arctan2(seen[0], seen[1]) % (2 * np.pi), horizon)
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


@kernel
def _mask(azimuth: float, horizon: Array) -> float:
    """The elevation of the horizon at an azimuth, between the points about it."""
    last = horizon.shape[1] - 1
    k = 0
    while k < last and horizon[0, k + 1] <= azimuth:
        k += 1
    if k == last:
        return float(horizon[1, last])
    slope = (horizon[1, k + 1] - horizon[1, k]) / (horizon[0, k + 1] - horizon[0, k])
    return float(horizon[1, k] + slope * (azimuth - horizon[0, k]))


@both
def exposed(detect: Array, above: Array, notched: Array) -> tuple[Array, Array]:
    """Detection probability (n,) of what terrain and notch may hide; (n,) that a miss is the notch's."""
    seen, hidden = np.empty(len(detect)), np.empty(len(detect))
    for i in range(len(detect)):
        both = detect[i] * above[i]
        seen[i] = both * (1 - notched[i])
        hidden[i] = both * notched[i] / (1 - seen[i])
    return seen, hidden


def with_hidden(
    edge_track: Index,
    edge_plot: Index,
    density: Array,
    share: Array,
    unseen: Array,
    hidden: Array,
    expected: Array,
    spread: Array,
    values: Array,
    sigmas: Array,
    notch: float,
) -> tuple[Index, Index, Array, Array, Array, Array, Array]:
    """Pairs (track, plot, density, share, unseen) and plots for `update`, the notch as one more plot.

    A track that is not seen although the sensor looked has, with probability hidden (n,), made
    a plot of range rate zero. expected, spread: the tracks in polar measurement space.
    """
    rows = np.flatnonzero(hidden > HIDDEN_MIN)
    if len(rows) == 0:
        return edge_track, edge_plot, density, share, unseen, values, sigmas
    unseen = unseen.copy()
    variance = spread[rows, :, 3, 3] + notch**2
    square = expected[rows, :, 3] ** 2 / variance
    of_notch = np.exp((square.min(1, keepdims=True) - square) / 2) / np.sqrt(variance)
    track, plot = np.r_[edge_track, rows], np.r_[edge_plot, np.full(len(rows), len(values))]
    order = np.lexsort((plot, track))
    share = np.r_[share, unseen[rows] * hidden[rows]][order]
    unseen[rows] *= 1 - hidden[rows]
    still = np.array([[np.nan, np.nan, np.nan, 0.0]])
    density = np.vstack([density, of_notch])[order]
    return track[order], plot[order], density, share, unseen, np.vstack([values, still]), _with(sigmas, notch)


def _with(sigmas: Array, notch: float) -> Array:
    return np.vstack([sigmas, np.array([[np.nan, np.nan, np.nan, notch]])])


@twin_of(with_hidden)
def with_hidden_compiled(
    edge_track: Index,
    edge_plot: Index,
    density: Array,
    share: Array,
    unseen: Array,
    hidden: Array,
    expected: Array,
    spread: Array,
    values: Array,
    sigmas: Array,
    notch: float,
) -> tuple[Index, Index, Array, Array, Array, Array, Array]:
    """The twin of `with_hidden`."""
    edges, count, m, size = len(edge_track), density.shape[1], len(values), values.shape[1]
    total = edges
    for i in range(len(hidden)):
        total += hidden[i] > HIDDEN_MIN
    if total == edges:
        return edge_track, edge_plot, density, share, unseen, values, sigmas
    track, plot, part = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total)
    dense, left, e, to = np.empty((total, count)), np.empty(len(unseen)), 0, 0
    for i in range(len(hidden)):
        left[i] = unseen[i]
        while e < edges and edge_track[e] == i:
            track[to], plot[to], part[to] = i, edge_plot[e], share[e]
            for k in range(count):
                dense[to, k] = density[e, k]
            e += 1
            to += 1
        if hidden[i] > HIDDEN_MIN:
            track[to], plot[to], part[to] = i, m, unseen[i] * hidden[i]
            left[i] *= 1 - hidden[i]
            least = np.inf
            for k in range(count):
                least = min(least, expected[i, k, 3] ** 2 / (spread[i, k, 3, 3] + notch**2))
            for k in range(count):
                variance = spread[i, k, 3, 3] + notch**2
                dense[to, k] = np.exp((least - expected[i, k, 3] ** 2 / variance) / 2) / np.sqrt(variance)
            to += 1
    more, errors = np.empty((m + 1, size)), np.empty((m + 1, size))
    for a in range(size):
        for j in range(m):
            more[j, a], errors[j, a] = values[j, a], sigmas[j, a]
        more[m, a], errors[m, a] = np.nan, np.nan
    more[m, 3], errors[m, 3] = 0.0, notch
    return track, plot, dense, part, left, more, errors
