"""The compiled twin of `joint`."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.association import first_edges, in_groups
from marsad.tracking.compiled import kernel, twin_of
from marsad.tracking.grid import order_compiled
from marsad.tracking.joint import LOG_NEGLIGIBLE, PLOTS_MAX, sharpen

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Unsigned = NDArray[np.uint64]


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
    depth, kept = len(tracks), 1
    widest = 1
    for i in tracks:
        widest = max(widest, start[i + 1] - start[i] + 1)
    slot = np.empty(_table_size(events), np.int64)
    score, used = np.zeros(events), np.zeros(events, np.uint64)
    event = np.full((events, depth), -1, np.int64)
    for t in range(depth):
        own = start[tracks[t]], start[tracks[t] + 1]
        grown, source, option, mask = _grown(
            score[:kept], used, own, widest, edge_plot, weight, outside, local
        )
        chosen = _best_of_each_set(order_compiled(-grown), mask, events, slot)
        kept = len(chosen)
        new_event = np.empty((events, depth), np.int64)
        for s in range(kept):
            c = chosen[s]
            new_event[s] = event[source[c]]
            new_event[s, t], score[s], used[s] = option[c], grown[c], mask[c]
        event = new_event
    share = np.exp(score[:kept] - score[0])
    share /= share.sum()
    _share_out(tracks, start, edge_plot, outside, plots, event, share, probability, unseen, elsewhere)


@kernel
def _table_size(events: int) -> int:
    """Places in a hash table of so many, a power of two."""
    size = 1
    while size < 4 * events:
        size *= 2
    return size


@kernel
def _grown(
    score: Array,
    used: Unsigned,
    own: tuple[int, int],
    widest: int,
    edge_plot: Index,
    weight: Array,
    outside: Array,
    local: Index,
) -> tuple[Array, Index, Index, Unsigned]:
    """Events (s,) with one track more, whose pairs are the edges from own[0] to before own[1].

    Log weight, the event each grew from, the edge the track took (-1 none), the set of plots used.
    """
    count, most = 0, len(score) * widest
    grown, source, option = np.empty(most), np.empty(most, np.int64), np.empty(most, np.int64)
    mask = np.empty(most, np.uint64)
    for s in range(len(score)):
        grown[count], source[count], option[count], mask[count] = score[s], s, -1, used[s]
        count += 1
    for e in range(own[0], own[1]):
        j = edge_plot[e]
        value = np.log(max(weight[e], 1e-300)) - np.log1p(max(outside[j], 0.0))
        if value <= -LOG_NEGLIGIBLE:
            continue
        bit = np.uint64(1) << np.uint64(local[j])
        for s in range(len(score)):
            if used[s] & bit == 0:
                grown[count], source[count] = score[s] + value, s
                option[count], mask[count] = e, used[s] | bit
                count += 1
    return grown[:count], source[:count], option[:count], mask[:count]


@kernel
def _best_of_each_set(best_first: Index, mask: Unsigned, events: int, slot: Index) -> Index:
    """The first of these events for each set of plots, so many at most; slot (a power of two,) is scratch."""
    chosen, kept, last = np.empty(events, np.int64), 0, len(slot) - 1
    slot[:] = -1
    for c in best_first:
        # open addressing: has this set of plots been reached by a better event?
        place = (mask[c] * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
        where = np.int64(place) & last
        while slot[where] >= 0 and mask[chosen[slot[where]]] != mask[c]:
            where = (where + 1) & last
        if slot[where] >= 0:
            continue
        if kept == events:
            break
        slot[where], chosen[kept] = kept, c
        kept += 1
    return chosen[:kept]


@kernel
def _share_out(
    tracks: Index,
    start: Index,
    edge_plot: Index,
    outside: Array,
    plots: Index,
    event: Index,
    share: Array,
    probability: Array,
    unseen: Array,
    elsewhere: Array,
) -> None:
    """Marginals of events (s, tracks) of these shares (s,), written into the last three."""
    for i in tracks:
        unseen[i] = 0.0
        for e in range(start[i], start[i + 1]):
            probability[e] = 0.0
    for j in plots:
        elsewhere[j] = 1.0
    for s in range(len(share)):
        for t in range(len(tracks)):
            e = event[s, t]
            if e < 0:
                unseen[tracks[t]] += share[s]
            else:
                probability[e] += share[s]
                elsewhere[edge_plot[e]] -= share[s]
    for j in plots:
        elsewhere[j] = max(elsewhere[j], 0.0) / (1 + max(outside[j], 0.0))
