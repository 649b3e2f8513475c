"""Folding weighted plots into tracks: one Kalman update per pair, merged by moments per model.

The mixture over "unseen" and each gated plot is replaced by one Gaussian per track and model
with the same mean and covariance (probabilistic data association: Bar-Shalom, Daum, Huang, IEEE
Control Systems 29(6), 2009), inside each model of the IMM (Blom, Bar-Shalom 1988).
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import part_of_kernel, twin_of
from marsad.tracking.measurement import (
    FIVE,
    FOUR,
    ONE,
    PAIR,
    SIX,
    THREE,
    TWO,
    innovations,
    masked_spread,
    measured_columns,
    whiten,
)
from marsad.tracking.motion import Axes

Array = NDArray[np.float64]
Index = NDArray[np.int64]

ROW = 16  # of the scratch: H (6), H D^-1 (6), and the step
PART_MIN = 1e-12  # a plot that is the model's with less than this moves it by nothing
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
    density: Array,
    share: Array,
    unseen: Array,
    values: Array,
    sigmas: Array,
    polar: bool,
    axes: Axes,
) -> None:
    """Write posterior mean, covariance and modes of all tracks in the place of the prior ones.

    expected, cross, spread  from `project_polar`, or mean, cov, cov of positions
    density (E, M)           of the plot under each model, from `compare`
    share (E,)   probability that the track, given that it exists, made the plot
    unseen (n,)  probability that it made none; shares and unseen sum to one per track
    """
    n, count, d = mean.shape
    given = density * modes[edge_track]
    weight = share[:, None] * given / given.sum(-1, keepdims=True)
    posterior = unseen[:, None] * modes
    np.add.at(posterior, edge_track, weight)
    posterior = np.maximum(posterior, MODE_FLOOR)
    part = weight / posterior[edge_track]
    part = np.where(part > PART_MIN, part, 0.0)

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
    change = cov + change - shift[..., :, None] * shift[..., None, :]
    cov[:] = (change + np.swapaxes(change, -1, -2)) / 2
    mean += shift
    modes[:] = posterior / posterior.sum(-1, keepdims=True)


@twin_of(update)
def update_compiled(
    mean: Array,
    cov: Array,
    modes: Array,
    expected: Array,
    cross: Array,
    spread: Array,
    edge_track: Index,
    edge_plot: Index,
    density: Array,
    share: Array,
    unseen: Array,
    values: Array,
    sigmas: Array,
    polar: bool,
    axes: Axes,
) -> None:
    """The twin of `update`; a track that no plot fits stays as it is."""
    n, count = modes.shape
    d, size, edges = 2 * len(axes), values.shape[1], len(edge_track)
    states, spreads = mean.reshape((n * count, d)), cov.reshape((n * count, d * d))
    centres, crosses = expected.reshape((-1, size)), cross.reshape((-1, d * size))
    scatters, columns = spread.reshape((-1, size * size)), np.empty(size, np.int64)
    # of a pair: what `whiten` leaves, then rows of H; of a track's models: what all plots change
    pair, moved, whole = np.empty(PAIR + d * ROW), np.empty((count, d + d * d)), d + d * d
    begin = 0
    while begin < edges:
        i, end = edge_track[begin], begin + 1
        while end < edges and edge_track[end] == i:
            end += 1
        _weigh_models(modes, i, begin, end, density, share, unseen[i])
        for m in range(count):
            for a in range(whole):
                moved[m, a] = 0.0
        for e in range(begin, end):
            j = edge_plot[e]
            used = measured_columns(values, j, columns)
            for m in range(count):
                r, part = i * count + m, density[e, m] / modes[i, m]
                if part > PART_MIN:
                    whiten(centres, scatters, r, values, sigmas, j, columns, used, polar, pair)
                    _correct_by(used, axes, crosses, r, columns, size, part, pair, moved, m)
        for m in range(count):
            r = i * count + m
            for a in range(d):
                states[r, a] += moved[m, a]
                for b in range(a, d):
                    value = spreads[r, a * d + b] + moved[m, d + a * d + b] - moved[m, a] * moved[m, b]
                    spreads[r, a * d + b] = value
                    spreads[r, b * d + a] = value
        _normalise(modes, i)
        begin = end


@part_of_kernel
def _weigh_models(
    modes: Array, i: int, begin: int, end: int, density: Array, share: Array, unseen: float
) -> None:
    """Turn the densities of a track's pairs into joint probabilities of plot and model; add to modes."""
    count = modes.shape[1]
    for e in range(begin, end):
        total = 0.0
        for m in range(count):
            density[e, m] *= modes[i, m]
            total += density[e, m]
        factor = share[e] / total
        for m in range(count):
            density[e, m] *= factor
    for m in range(count):
        modes[i, m] *= unseen
        for e in range(begin, end):
            modes[i, m] += density[e, m]
        modes[i, m] = max(modes[i, m], MODE_FLOOR)


@part_of_kernel
def _normalise(modes: Array, i: int) -> None:
    total = 0.0
    for m in range(modes.shape[1]):
        total += modes[i, m]
    share = 1 / total
    for m in range(modes.shape[1]):
        modes[i, m] *= share


@part_of_kernel
def _correct_by(
    used: int,
    axes: Axes,
    crosses: Array,
    r: int,
    columns: Index,
    width: int,
    part: float,
    pair: Array,
    moved: Array,
    m: int,
) -> None:
    if used == 2:
        _correct(TWO, axes, crosses, r, columns, width, part, pair, moved, m)
    elif used == 3:
        _correct(THREE, axes, crosses, r, columns, width, part, pair, moved, m)
    elif used == 4:
        _correct(FOUR, axes, crosses, r, columns, width, part, pair, moved, m)
    elif used == 1:
        _correct(ONE, axes, crosses, r, columns, width, part, pair, moved, m)
    elif used == 5:
        _correct(FIVE, axes, crosses, r, columns, width, part, pair, moved, m)
    else:
        _correct(SIX, axes, crosses, r, columns, width, part, pair, moved, m)


@part_of_kernel
def _correct(
    size: Axes,
    axes: Axes,
    crosses: Array,
    r: int,
    columns: Index,
    width: int,
    part: float,
    pair: Array,
    moved: Array,
    m: int,
) -> None:
    """Add one plot's share of a correction to row m of `moved`: first that of the mean, then that of P.

    With S = L D L' and H = P H' L'^-1: K y = H D^-1 L^-1 y and K S K' = H D^-1 H'.
    """
    d, used = 2 * len(axes), len(size)
    for s in range(d):
        row, step = PAIR + s * ROW, 0.0
        for a in range(used):
            value = crosses[r, s * width + columns[a]]
            for c in range(a):
                value -= pair[6 * a + c] * pair[row + c]
            pair[row + a] = value
            pair[row + 6 + a] = value * pair[7 * a]
            step += pair[row + 6 + a] * pair[36 + a]
        pair[row + 12] = step
        moved[m, s] += part * step
    for s in range(d):
        for q in range(s, d):
            row, other = PAIR + s * ROW, PAIR + q * ROW
            value = pair[row + 12] * pair[other + 12]
            for a in range(used):
                value -= pair[row + 6 + a] * pair[other + a]
            moved[m, d + s * d + q] += part * value
