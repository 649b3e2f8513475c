"""Folding weighted plots into tracks: one Kalman update per pair, merged by moments per model.

The mixture over "unseen" and each gated plot is replaced by one Gaussian per track and model
with the same mean and covariance (probabilistic data association: Bar-Shalom, Daum, Huang, IEEE
Control Systems 29(6), 2009), inside each model of the IMM (Blom, Bar-Shalom 1988).
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel
from marsad.tracking.measurement import innovations, masked_spread

Array = NDArray[np.float64]
Index = NDArray[np.int64]

MODE_FLOOR = 1e-9  # no motion hypothesis is ever ruled out for good


def update(
    mean: Array,
    cov: Array,
    modes: Array,
    expected: Array,
    cross: Array,
    spread: Array,
    edge_track: Index,
    edge_plot: Index,
    likelihood: Array,
    share: Array,
    unseen: Array,
    values: Array,
    sigmas: Array,
    polar: bool,
) -> tuple[Array, Array, Array]:
    """Posterior mean, covariance and modes of all tracks.

    expected, cross, spread  from `project_…`; likelihood (E, M) from `score`
    share (E,)   probability that the track, given that it exists, made the plot
    unseen (n,)  probability that it made none; shares and unseen sum to one per track
    """
    n, count, d = mean.shape
    joint = likelihood + np.log(modes)[edge_track]
    top = joint.max(-1, keepdims=True) if len(joint) else joint[:, :1]
    given = np.exp(joint - top)
    weight = share[:, None] * given / given.sum(-1, keepdims=True)
    posterior = unseen[:, None] * modes
    np.add.at(posterior, edge_track, weight)
    posterior = np.maximum(posterior, MODE_FLOOR)
    part = weight / posterior[edge_track]

    measured = ~np.isnan(values[edge_plot])[:, None, :]
    apart = np.where(measured, innovations(values[edge_plot][:, None, :], expected[edge_track], polar), 0.0)
    scatter = masked_spread(spread[edge_track], sigmas[edge_plot][:, None, :], measured)
    slope = np.where(measured[..., None, :], cross[edge_track], 0.0)
    gain = np.swapaxes(np.linalg.solve(scatter, np.swapaxes(slope, -1, -2)), -1, -2)
    step = (gain @ apart[..., None])[..., 0]
    shrink = gain @ np.swapaxes(slope, -1, -2)
    shift = np.zeros((n, count, d))
    np.add.at(shift, edge_track, part[..., None] * step)
    change = np.zeros((n, count, d, d))
    square = step[..., :, None] * step[..., None, :]
    np.add.at(change, edge_track, part[..., None, None] * (square - shrink))
    cov = cov + change - shift[..., :, None] * shift[..., None, :]
    posterior = posterior / posterior.sum(-1, keepdims=True)
    return mean + shift, (cov + np.swapaxes(cov, -1, -2)) / 2, posterior


@kernel
def update_compiled(
    mean: Array,
    cov: Array,
    modes: Array,
    expected: Array,
    cross: Array,
    spread: Array,
    edge_track: Index,
    edge_plot: Index,
    likelihood: Array,
    share: Array,
    unseen: Array,
    values: Array,
    sigmas: Array,
    polar: bool,
) -> tuple[Array, Array, Array]:
    """The twin of `update`."""
    n, count, d = mean.shape
    edges, size = len(edge_track), values.shape[1]
    out_mean, out_cov, out_modes = mean.copy(), cov.copy(), np.empty_like(modes)
    weight = np.empty((edges, count))
    row = np.empty(size, np.int64)
    factor = np.empty((size, size))
    white = np.empty(size)
    half = np.empty((d, size))
    step, shift = np.empty(d), np.empty(d)
    change = np.empty((d, d))
    begin = 0
    for i in range(n):
        end = begin
        while end < edges and edge_track[end] == i:
            end += 1
        for m in range(count):
            out_modes[i, m] = unseen[i] * modes[i, m]
        for e in range(begin, end):
            top, total = -np.inf, 0.0
            for m in range(count):
                top = max(top, likelihood[e, m] + np.log(modes[i, m]))
            for m in range(count):
                weight[e, m] = np.exp(likelihood[e, m] + np.log(modes[i, m]) - top)
                total += weight[e, m]
            for m in range(count):
                weight[e, m] *= share[e] / total
                out_modes[i, m] += weight[e, m]
        total = 0.0
        for m in range(count):
            out_modes[i, m] = max(out_modes[i, m], 1e-9)  # MODE_FLOOR
            total += out_modes[i, m]
        for m in range(count):
            if begin == end:
                break
            shift[:] = 0.0
            change[:] = 0.0
            for e in range(begin, end):
                part = weight[e, m] / out_modes[i, m]
                if part == 0.0:
                    continue
                j, used = edge_plot[e], 0
                for k in range(size):
                    if not np.isnan(values[j, k]):
                        row[used] = k
                        used += 1
                # S = L L'; white = L^-1 y; half = P H' L^-T, so that K y = half white, K S K' = half half'
                for a in range(used):
                    k = row[a]
                    apart = values[j, k] - expected[i, m, k]
                    if polar and (k == 1 or k == 2):
                        apart = (apart + np.pi) % (2 * np.pi) - np.pi
                    for b in range(a + 1):
                        value = spread[i, m, k, row[b]]
                        if a == b:
                            value += sigmas[j, k] ** 2
                        for c in range(b):
                            value -= factor[a, c] * factor[b, c]
                        factor[a, b] = np.sqrt(value) if a == b else value / factor[b, b]
                    for c in range(a):
                        apart -= factor[a, c] * white[c]
                    white[a] = apart / factor[a, a]
                for s in range(d):
                    step[s] = 0.0
                    for a in range(used):
                        value = cross[i, m, s, row[a]]
                        for c in range(a):
                            value -= factor[a, c] * half[s, c]
                        half[s, a] = value / factor[a, a]
                        step[s] += half[s, a] * white[a]
                    shift[s] += part * step[s]
                for s in range(d):
                    for q in range(s, d):
                        value = step[s] * step[q]
                        for a in range(used):
                            value -= half[s, a] * half[q, a]
                        change[s, q] += part * value
            for s in range(d):
                out_mean[i, m, s] += shift[s]
                for q in range(s, d):
                    value = out_cov[i, m, s, q] + change[s, q] - shift[s] * shift[q]
                    out_cov[i, m, s, q] = value
                    out_cov[i, m, q, s] = value
        for m in range(count):
            out_modes[i, m] /= total
        begin = end
    return out_mean, out_cov, out_modes
