"""Which plot belongs to which track: marginal probabilities by loopy belief propagation.

Source: Williams, Lau, "Approximate evaluation of marginal association probabilities with belief
propagation", IEEE TAES 50(4), 2014, eqs. 24-30; it converges on every graph (ibid., §V).

The graph is a list of E edges, track `edge_track[e]` with plot `edge_plot[e]`, sorted by track
then plot. weight[e] is the likelihood of the pair over that of "track unseen and plot from
elsewhere".
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel, twin_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]


def marginals(
    edge_track: Index, edge_plot: Index, weight: Array, tracks: int, plots: int, tolerance: float, sweeps: int
) -> tuple[Array, Array, Array, int]:
    """Probabilities of edges (E,), of "unseen" per track (n,), of "from elsewhere" per plot (m,).

    Also the number of sweeps used. Ends when no message to a track changes by more than
    `tolerance` (messages lie in [0, 1]) or after `sweeps`.
    """
    to_track = np.ones(len(weight))
    to_plot = weight
    used = 0
    for used in range(1, sweeps + 1):  # noqa: B007
        product = weight * to_track
        others = np.bincount(edge_track, product, tracks)[edge_track] - product
        to_plot = weight / (1 + np.maximum(others, 0))
        others = np.bincount(edge_plot, to_plot, plots)[edge_plot] - to_plot
        before, to_track = to_track, 1 / (1 + np.maximum(others, 0))
        if len(weight) == 0 or np.abs(to_track - before).max() <= tolerance:
            break
    product = weight * to_track
    unseen = 1 / (1 + np.bincount(edge_track, product, tracks))
    elsewhere = 1 / (1 + np.bincount(edge_plot, to_plot, plots))
    return product * unseen[edge_track], unseen, elsewhere, used


@twin_of(marginals)
def marginals_compiled(
    edge_track: Index, edge_plot: Index, weight: Array, tracks: int, plots: int, tolerance: float, sweeps: int
) -> tuple[Array, Array, Array, int]:
    """The twin of `marginals`; a sweep visits only tracks and plots that got a new message."""
    start, by_plot = in_groups(edge_plot, plots)
    first = first_edges(edge_track, tracks)
    to_track, to_plot = np.ones(len(weight)), np.empty(len(weight))
    plot_sum = np.zeros(plots)
    track_waits, plot_waits = np.zeros(tracks, np.bool_), np.zeros(plots, np.bool_)
    waiting_tracks, waiting_plots = np.empty(tracks, np.int64), np.empty(plots, np.int64)
    count = 0
    for i in range(tracks):
        if first[i + 1] > first[i]:
            waiting_tracks[count] = i
            count += 1
    used, again = 0, True
    while used < sweeps and again:
        used += 1
        many = 0
        for k in range(count):
            i, total = waiting_tracks[k], 0.0
            track_waits[i] = False
            for e in range(first[i], first[i + 1]):
                total += weight[e] * to_track[e]
            for e in range(first[i], first[i + 1]):
                j, message = edge_plot[e], weight[e] / (1 + max(total - weight[e] * to_track[e], 0.0))
                if not plot_waits[j] and (used == 1 or message != to_plot[e]):
                    plot_waits[j], waiting_plots[many] = True, j
                    many += 1
                to_plot[e] = message
        again, count = False, 0
        for k in range(many):
            j, total = waiting_plots[k], 0.0
            plot_waits[j] = False
            for n in range(start[j], start[j + 1]):
                total += to_plot[by_plot[n]]
            plot_sum[j] = total
            for n in range(start[j], start[j + 1]):
                e = by_plot[n]
                i, message = edge_track[e], 1 / (1 + max(total - to_plot[e], 0.0))
                if not track_waits[i] and message != to_track[e]:
                    track_waits[i], waiting_tracks[count] = True, i
                    count += 1
                again |= abs(message - to_track[e]) > tolerance
                to_track[e] = message
    unseen = np.empty(tracks)
    probability = np.empty(len(weight))
    for i in range(tracks):
        total = 0.0
        for e in range(first[i], first[i + 1]):
            total += weight[e] * to_track[e]
        unseen[i] = 1 / (1 + total)
        for e in range(first[i], first[i + 1]):
            probability[e] = weight[e] * to_track[e] * unseen[i]
    elsewhere = np.empty(plots)
    for j in range(plots):
        elsewhere[j] = 1 / (1 + plot_sum[j])
    return probability, unseen, elsewhere, used


@kernel
def first_edges(edge_track: Index, tracks: int) -> Index:
    """First edge of each track (n + 1,); edges are sorted by track."""
    first = np.zeros(tracks + 1, np.int64)
    for e in range(len(edge_track)):
        first[edge_track[e] + 1] += 1
    for i in range(tracks):
        first[i + 1] += first[i]
    return first


@kernel
def in_groups(group: Index, groups: int) -> tuple[Index, Index]:
    """Where each group starts (g + 1,) in the list of its members, which keep their order."""
    start, members = np.zeros(groups + 2, np.int64), np.empty(len(group), np.int64)
    for k in range(len(group)):
        start[group[k] + 2] += 1
    for g in range(groups):
        start[g + 2] += start[g + 1]
    for k in range(len(group)):
        members[start[group[k] + 1]] = k
        start[group[k] + 1] += 1
    return start, members
