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

from marsad.tracking.association import first_edges, in_groups
from marsad.tracking.compiled import kernel, twin_of
from marsad.tracking.grid import order_compiled

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


@twin_of(sharpen)
def sharpen_compiled(
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
    """The twin of `sharpen`."""
    n, m, edges = len(unseen), len(elsewhere), len(weight)
    root, size = _clusters_compiled(edge_track, edge_plot, probability, n, m, contended)
    if n == 0 or size.max() < 2:
        return probability, unseen, elsewhere
    probability, unseen, elsewhere = probability.copy(), unseen.copy(), elsewhere.copy()
    odds = probability / np.maximum(1 - probability, 1e-9)
    start = first_edges(edge_track, n)
    total = np.zeros(m)
    for e in range(edges):
        total[edge_plot[e]] += odds[e]
    local, outside = np.full(m, -1, np.int64), np.zeros(m)
    begin, members = in_groups(root, n)
    for low in range(n):
        if size[low] < 2 or size[low] > tracks_max:
            continue
        tracks = members[begin[low] : begin[low + 1]]
        plots, used = np.empty(PLOTS_MAX, np.int64), 0
        for i in tracks:
            for e in range(start[i], start[i + 1]):
                j = edge_plot[e]
                if local[j] < 0 and used < PLOTS_MAX:
                    plots[used], local[j], outside[j] = j, used, total[j]
                    used += 1
                elif local[j] < 0:
                    used = PLOTS_MAX + 1
                outside[j] -= odds[e]
        if used <= PLOTS_MAX:
            _resolve(
                tracks,
                start,
                edge_plot,
                weight,
                outside,
                local,
                plots[:used],
                events,
                probability,
                unseen,
                elsewhere,
            )
        for k in range(min(used, PLOTS_MAX)):
            local[plots[k]] = -1
    return probability, unseen, elsewhere


@kernel
def _clusters_compiled(
    edge_track: Index, edge_plot: Index, probability: Array, tracks: int, plots: int, contended: float
) -> tuple[Index, Index]:
    """The lowest track of its cluster for each track (n,), itself if alone; members (n,) of each."""
    root, size = np.arange(tracks), np.ones(tracks, np.int64)
    first = np.full(plots, -1, np.int64)
    for e in range(len(probability)):
        if probability[e] <= contended:
            continue
        j = edge_plot[e]
        if first[j] < 0:
            first[j] = edge_track[e]
            continue
        a, b = edge_track[e], first[j]
        while root[a] != a:
            a = root[a]
        while root[b] != b:
            b = root[b]
        if a != b:
            root[max(a, b)] = min(a, b)
            size[min(a, b)] += size[max(a, b)]
    for i in range(tracks):
        root[i] = root[root[i]]
        if root[i] != i:
            size[i] = 0
    return root, size


@kernel
def _resolve(
    tracks: Index,
    start: Index,
    edge_plot: Index,
    weight: Array,
    outside: Array,
    local: Index,
    plots: Index,
    events: int,
    probability: Array,
    unseen: Array,
    elsewhere: Array,
) -> None:
    """Best events of one cluster, and the marginals they give, written into the last three."""
    depth = len(tracks)
    widest = 1
    for i in tracks:
        widest = max(widest, start[i + 1] - start[i] + 1)
    table = 1
    while table < 4 * events:
        table *= 2
    slot = np.empty(table, np.int64)
    score, used = np.zeros(events), np.zeros(events, np.uint64)
    event = np.full((events, depth), -1, np.int64)
    kept = 1
    for t in range(depth):
        i = tracks[t]
        grown = np.empty(kept * widest)
        source, option = np.empty(kept * widest, np.int64), np.empty(kept * widest, np.int64)
        mask = np.empty(kept * widest, np.uint64)
        count = 0
        for s in range(kept):
            grown[count], source[count], option[count], mask[count] = score[s], s, -1, used[s]
            count += 1
        for e in range(start[i], start[i + 1]):
            j = edge_plot[e]
            value = np.log(max(weight[e], 1e-300)) - np.log1p(max(outside[j], 0.0))
            if value <= -LOG_NEGLIGIBLE:
                continue
            bit = np.uint64(1) << np.uint64(local[j])
            for s in range(kept):
                if used[s] & bit == 0:
                    grown[count], source[count] = score[s] + value, s
                    option[count], mask[count] = e, used[s] | bit
                    count += 1
        best_first = order_compiled(-grown[:count])
        new_score, new_used = np.zeros(events), np.zeros(events, np.uint64)
        new_event = np.empty((events, depth), np.int64)
        slot[:] = -1
        kept = 0
        for c in best_first:
            # open addressing: has this set of plots been reached by a better event?
            place = (mask[c] * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
            where = np.int64(place) & (table - 1)
            while slot[where] >= 0 and new_used[slot[where]] != mask[c]:
                where = (where + 1) & (table - 1)
            if slot[where] >= 0:
                continue
            if kept == events:
                break
            slot[where] = kept
            new_score[kept], new_used[kept] = grown[c], mask[c]
            new_event[kept] = event[source[c]]
            new_event[kept, t] = option[c]
            kept += 1
        score, used, event = new_score, new_used, new_event
    top, total = score[0], 0.0
    for s in range(kept):
        score[s] = np.exp(score[s] - top)
        total += score[s]
    for i in tracks:
        unseen[i] = 0.0
        for e in range(start[i], start[i + 1]):
            probability[e] = 0.0
    for j in plots:
        elsewhere[j] = 1.0
    for s in range(kept):
        part = score[s] / total
        for t in range(depth):
            e = event[s, t]
            if e < 0:
                unseen[tracks[t]] += part
            else:
                probability[e] += part
                elsewhere[edge_plot[e]] -= part
    for j in plots:
        elsewhere[j] = max(elsewhere[j], 0.0) / (1 + max(outside[j], 0.0))
