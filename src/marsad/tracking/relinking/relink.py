"""Young tracks side by side, and the plots of the last scans dealt out anew among them.

A track takes part from when it is near a young one that another flies beside. What it took before is
found in the last few looks if it began there; else its chain begins with its state of now. What is kept is a
dozen chains where lanes are and nothing elsewhere, so that a picture in which nothing contends costs a look
round and no more.

Ids are dealt out last, and stay with what was shown: an exchange that puts right what went wrong would
else be a swap of names in the picture.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both
from marsad.tracking.relinking.chains import Physics, smoothed
from marsad.tracking.relinking.contending import REACH_SIGMAS
from marsad.tracking.relinking.exchanges import Chains, Followed, search
from marsad.tracking.relinking.gathering import gathered, shift_window
from marsad.tracking.store import Tracks, row_of
from marsad.tracking.update import MODE_FLOOR

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]
Arrays = tuple[Array, ...]
Indices = tuple[Index, ...]

SAME_SIGMAS = 5.0  # a shown place so far from an object no longer stands for it


@both
def deal_out_ids(chains: Chains, way: Followed, rows: Index, same_m: float) -> None:
    """Deal out ids among these rows (c,): as they were, unless others follow a shown id more closely."""
    n, (_, width, axes) = len(rows), chains.place.shape
    alike, at = np.zeros((n, n)), np.empty(axes)
    for a in range(n):
        i = rows[a]
        alike[a, a] = chains.held[i] + 1e-3
        for t in range(chains.since[i], width):
            if way.known[i, t + 1]:
                smoothed(way.ahead[i, t + 1], way.after[i, t + 1], at)
                for b in range(n):
                    if chains.shown[rows[b], t]:
                        apart = ((at - chains.seen[rows[b], t]) ** 2).sum()
                        alike[a, b] += max(0.0, 1 - apart / same_m**2)
    bearer, better = np.arange(n), True
    while better:
        better = False
        for a in range(n):
            for b in range(a):
                p, q = bearer[a], bearer[b]
                if alike[a, q] + alike[b, p] - alike[a, p] - alike[b, q] > 1e-6:
                    bearer[a], bearer[b], better = q, p, True
    bearer = rows[bearer]
    ids, held, seen, shown = (
        chains.ids[bearer],
        chains.held[bearer],
        chains.seen[bearer],
        chains.shown[bearer],
    )
    chains.ids[rows], chains.held[rows], chains.seen[rows], chains.shown[rows] = ids, held, seen, shown


@both
def write_track(
    chains: Chains,
    way: Followed,
    i: int,
    tracks: Tracks,
    existence_max: float,
    models: Index,
    physics: Physics,
) -> None:
    """Give the track of chain i its newest state."""
    width, axes, row = chains.place.shape[1], chains.place.shape[2], row_of(tracks.book, chains.ids[i], False)
    if not way.known[i, width]:
        tracks.existence[row] = tracks.floor[row]
        return
    state = way.ahead[i, width]
    tracks.existence[row] = min(max(1 - np.exp(-way.value[i]), tracks.floor[row]), existence_max)
    top = state[:, -1].max()
    tracks.modes[row] = 0.0
    for m in range(tracks.modes.shape[1]):
        k = 0  # what does not fly straight has the state of what does
        for other in range(len(models)):
            if models[other] == m:
                k = other
                tracks.modes[row, m] = physics.share[k] * np.exp(state[k, -1] - top)
        tracks.cov[row, m] = 0.0
        for a in range(axes):
            b, c = axes + a, 5 * a
            tracks.mean[row, m, a], tracks.mean[row, m, b] = state[k, c], state[k, c + 1]
            tracks.cov[row, m, a, a], tracks.cov[row, m, b, b] = state[k, c + 2], state[k, c + 4]
            tracks.cov[row, m, a, b], tracks.cov[row, m, b, a] = state[k, c + 3], state[k, c + 3]
    tracks.modes[row] = np.maximum(tracks.modes[row] / tracks.modes[row].sum(), MODE_FLOOR)


@both
def relink(
    old: Chains, tracks: Tracks, rows: Index, young: Flags, sigma_m: float, claimed: Indices, values: Arrays,
    sigmas: Arrays, t_ns: Index, dt_s: float, shown: float, existence_max: float, models: Index,
    physics: Physics,
) -> tuple[Chains, int]:  # fmt: skip
    """The chains after one more look, and how many tracks got others' plots, which are written into.

    rows, young (c,), sigma_m  of `contending`
    t_ns (W,)  of the last looks, the newest last; claimed (m,), values, sigmas (m, d) of each: the id that
    has each plot, 0 none
    shown  existence from which somebody may have seen an id; existence_max  that a track has at most
    """
    reach = REACH_SIGMAS * sigma_m
    chains = gathered(
        shift_window(old, dt_s, physics), tracks, rows, young, claimed, values, sigmas, t_ns, reach, shown,
        models, physics,
    )  # fmt: skip
    n, width = chains.place.shape[:2]
    states = (n, width + 1, *chains.head.shape[1:])
    way = Followed(np.zeros(states), np.zeros(states), np.zeros((n, width + 1), np.bool_), np.zeros(n))
    wanted = np.zeros(n, np.bool_)
    wanted[: len(young)] = young
    changed = search(chains, way, wanted, reach, physics)
    moved = np.flatnonzero(changed[: len(rows)])
    if len(moved):
        deal_out_ids(chains, way, moved, SAME_SIGMAS * sigma_m)
        for i in moved:
            write_track(chains, way, int(i), tracks, existence_max, models, physics)
    return chains, len(moved)
