"""Which plot belongs to which track: marginal probabilities by loopy belief propagation.

Source: Williams, Lau, "Approximate evaluation of marginal association probabilities with belief
propagation", IEEE TAES 50(4), 2014, eqs. 24-30; it converges on every graph (ibid., §V).

The graph is a list of E edges, track `edge_track[e]` with plot `edge_plot[e]`, sorted by track
then plot. weight[e] is the likelihood of the pair over that of "track unseen and plot from
elsewhere".
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import twin_of

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
    """The twin of `marginals`."""
    edges = len(weight)
    to_track = np.ones(edges)
    to_plot = weight.copy()
    by_track = np.zeros(tracks)
    by_plot = np.zeros(plots)
    used = 0
    while used < sweeps:
        used += 1
        by_track[:] = 0.0
        for e in range(edges):
            by_track[edge_track[e]] += weight[e] * to_track[e]
        by_plot[:] = 0.0
        for e in range(edges):
            to_plot[e] = weight[e] / (1 + max(by_track[edge_track[e]] - weight[e] * to_track[e], 0.0))
            by_plot[edge_plot[e]] += to_plot[e]
        change = 0.0
        for e in range(edges):
            message = 1 / (1 + max(by_plot[edge_plot[e]] - to_plot[e], 0.0))
            change = max(change, abs(message - to_track[e]))
            to_track[e] = message
        if change <= tolerance:
            break
    by_track[:] = 0.0
    by_plot[:] = 0.0
    for e in range(edges):
        by_track[edge_track[e]] += weight[e] * to_track[e]
        by_plot[edge_plot[e]] += to_plot[e]
    probability = np.empty(edges)
    for e in range(edges):
        probability[e] = weight[e] * to_track[e] / (1 + by_track[edge_track[e]])
    return probability, 1 / (1 + by_track), 1 / (1 + by_plot), used
