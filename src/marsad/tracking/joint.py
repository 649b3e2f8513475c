"""Joint association of the few tracks that contend for the same plots.

Marginal probabilities forget which events go together: two close tracks that share two plots each get
half of both, drift into the middle and may swap, and a track whose object is gone lives on its
neighbours' plots. Where tracks contend, the likeliest joint events are enumerated instead. Of
all events that explain the same set of plots only the best is kept: which of them used a plot is then
a decision and no longer a mixture, while whether a plot was false or an object missed stays
open. Source: Blom, Bloem, "Probabilistic data association avoiding track coalescence", IEEE TAC 45(2),
2000 (JPDA*), here with existence in the weights.

The events of one cluster are found track by track. Of partial events that used the same plots only the
best can lead to a best event (dynamic programming over sets of plots), and of these the best
`events` are kept: exact while no more than that matter.

Edges are as in `association`: sorted by track then plot, weight[e] the likelihood of the pair over that
of "track unseen and plot from elsewhere", so that the weight of an event is the product over its pairs.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]

LOG_NEGLIGIBLE = 12.0  # a pair or event this much less likely than the best changes nothing
PLOTS_MAX = 62  # plots of a cluster, one bit each


def sharpen(
    edge_track: Index,
    edge_plot: Index,
    weight: Array,
    probability: Array,
    unseen: Array,
    elsewhere: Array,
    contended: float,
    events: int,
    tracks_max: int,
) -> tuple[Array, Array, Array]:
    """Marginals (E,), (n,), (m,) as `association.marginals` gives them, clusters resolved jointly.

    A plot is contended for if two tracks have it with more than the probability `contended`;
    tracks that contend, and those that contend with these, are a cluster. Clusters of more than
    `tracks_max` tracks stay as they are.
    """
    probability, unseen, elsewhere = probability.copy(), unseen.copy(), elsewhere.copy()
    cluster_of = _clusters(edge_track, edge_plot, probability, len(unseen), len(elsewhere), contended)
    odds = probability / np.maximum(1 - probability, 1e-9)
    start = np.searchsorted(edge_track, np.arange(len(unseen) + 1))
    for root in np.unique(cluster_of[cluster_of >= 0]).tolist():
        tracks = np.flatnonzero(cluster_of == root)
        if len(tracks) > tracks_max:
            continue
        edges = np.concatenate([np.arange(start[i], start[i + 1]) for i in tracks])
        plots = np.unique(edge_plot[edges])
        if len(plots) > PLOTS_MAX:
            continue
        outside = np.zeros(len(elsewhere))
        others = cluster_of[edge_track] != root
        np.add.at(outside, edge_plot[others], odds[others])
        log_weight = np.log(np.maximum(weight[edges], 1e-300)) - np.log1p(outside[edge_plot[edges]])
        options = [np.flatnonzero(edge_track[edges] == i) for i in tracks]
        local = np.searchsorted(plots, edge_plot[edges])
        chosen, score = _best_events(options, local, log_weight, events)
        share = np.exp(score - score.max())
        share /= share.sum()
        probability[edges] = 0.0
        unseen[tracks], free = 0.0, np.ones(len(plots))
        for event, part in zip(chosen, share.tolist(), strict=True):
            for track, option in zip(tracks.tolist(), event, strict=True):
                if option < 0:
                    unseen[track] += part
                else:
                    probability[edges[option]] += part
                    free[local[option]] -= part
        elsewhere[plots] = np.maximum(free, 0.0) / (1 + outside[plots])
    return probability, unseen, elsewhere


def _clusters(
    edge_track: Index, edge_plot: Index, probability: Array, tracks: int, plots: int, contended: float
) -> Index:
    """The lowest track of its cluster for each track (n,), -1 if it contends with none."""
    likely = probability > contended
    count = np.bincount(edge_plot[likely], minlength=plots)
    root = np.arange(tracks)
    member = np.zeros(tracks, np.bool_)
    first = np.full(plots, -1)
    for e in np.flatnonzero(likely & (count[edge_plot] > 1)).tolist():
        i, j = int(edge_track[e]), int(edge_plot[e])
        member[i] = True
        if first[j] < 0:
            first[j] = i
        low, high = sorted((int(root[i]), int(root[first[j]])))
        root[root == high] = low
    return np.where(member, root, -1)


def _best_events(
    options: list[Index], plot: Index, log_weight: Array, events: int
) -> tuple[list[list[int]], Array]:
    """The best event for each set of plots: option per track (-1 unseen), log weight, best first."""
    beam: list[tuple[float, int, list[int]]] = [(0.0, 0, [])]
    for mine in options:
        grown = []
        for score, used, event in beam:
            grown.append((score, used, [*event, -1]))
            for option in mine.tolist():
                bit = 1 << int(plot[option])
                if log_weight[option] > -LOG_NEGLIGIBLE and not used & bit:
                    grown.append((score + float(log_weight[option]), used | bit, [*event, option]))
        grown.sort(key=lambda one: -one[0])
        # what the other tracks may add depends on the plots used, so the best with these is enough
        best: dict[int, tuple[float, int, list[int]]] = {}
        for one in grown:
            if one[1] not in best and len(best) < events:
                best[one[1]] = one
        beam = list(best.values())
    return [event for _, _, event in beam], np.array([score for score, _, _ in beam])
