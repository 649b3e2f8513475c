"""What is new: which plots start a track, with what identity and in what state of the book."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both
from marsad.tracking.grid import order
from marsad.tracking.rules import Rules
from marsad.tracking.store import (
    COUNTS,
    FIRST_T_NS,
    LAST_T_NS,
    RANGED,
    RANGED_T_NS,
    TRACK_ID,
    UPDATES,
    Tracks,
)

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


@both
def startable(birth: Array, elsewhere: Array, ranged: Flags, fresh: Flags, rules: Rules) -> Array:
    """Probability (m,) that a plot starts a track.

    With a fresh label it does so boldly; a bearing never, nor what is another track's own.
    """
    chance = np.zeros(len(birth))
    for j in range(len(birth)):
        if ranged[j] and elsewhere[j] >= rules.birth_elsewhere_min:
            chance[j] = birth[j]
            if fresh[j]:
                chance[j] = max(birth[j], rules.labelled_existence * elsewhere[j])
    return chance


@both
def chosen(chance: Array, least: float, most: int) -> tuple[Index, int]:
    """Plots (b,) that start a track, at most so many, the likeliest; how many more there were."""
    plots, count = np.empty(len(chance), np.int64), 0
    for j in range(len(chance)):
        if chance[j] >= least:
            plots[count] = j
            count += 1
    surplus = max(count - most, 0)
    if surplus == 0:
        return plots[:count], 0
    plots = plots[:count]
    start = np.zeros(len(chance), np.bool_)
    start[plots[order(-chance[plots])[:most]]] = True
    return np.flatnonzero(start), surplus


@both
def identified(plots: Index, known_plot: Index, known_id: Index, next_id: int) -> Index:
    """Ids (b,) of the tracks these plots start: known from an earlier play of the scan, or new ones.

    known_plot (k,) ascending, known_id (k,): plots that started a track when it was played before.
    """
    ids, k, fresh = np.empty(len(plots), np.int64), 0, next_id
    for b in range(len(plots)):
        while k < len(known_plot) and known_plot[k] < plots[b]:
            k += 1
        if k < len(known_plot) and known_plot[k] == plots[b]:
            ids[b] = known_id[k]
        else:
            ids[b] = fresh
            fresh += 1
    return ids


@both
def enter(
    tracks: Tracks,
    chance: Array,
    modes: Array,
    plots: Index,
    ids: Index,
    t_ns: int,
    visibility: Array,
    column: int,
) -> None:
    """Fill the columns of new tracks but mean and cov.

    chance (m,), modes (m, M) of all plots; plots, ids (b,) of those that start one; visibility (S,);
    column: the sensor that saw them, -1 several.
    """
    for b in range(len(ids)):
        j = plots[b]
        for m in range(modes.shape[1]):
            tracks.modes[b, m] = modes[j, m]
        tracks.existence[b], tracks.floor[b] = chance[j], chance[j] / 2
        for s in range(len(visibility)):
            tracks.visibility[b, s], tracks.clear[b, s] = visibility[s], 1.0
            tracks.seen_ns[b, s] = t_ns if s == column else -np.inf
        for k in range(COUNTS):
            tracks.book[b, k] = 0
        tracks.book[b, TRACK_ID], tracks.book[b, UPDATES], tracks.book[b, RANGED] = ids[b], 1, 1
        tracks.book[b, FIRST_T_NS], tracks.book[b, LAST_T_NS], tracks.book[b, RANGED_T_NS] = t_ns, t_ns, t_ns
