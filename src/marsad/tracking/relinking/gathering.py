"""Chains of the tracks that contend, and of the plots near them that nobody has, from scan to scan."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both
from marsad.tracking.grid import beside
from marsad.tracking.relinking.chains import Physics, advance, begin
from marsad.tracking.relinking.exchanges import Chains
from marsad.tracking.store import FIRST_T_NS, TRACK_ID, UPDATES, Tracks, in_order, row_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]
Arrays = tuple[Array, ...]
Indices = tuple[Index, ...]

BEFORE = 3  # scans before a track began in which its first plots may be
MARKS = 256  # of ids by their last digits
FREE = 32  # plots nobody has that a scan may add


@both
def empty_chains(n: int, width: int, axes: int, models: int, steps_s: Array) -> Chains:
    """Chains without a plot."""
    return Chains(
        steps_s,
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.full((n, width, axes), np.nan),
        np.ones((n, width, axes)),
        np.zeros((n, models, 5 * axes + 1)),
        np.zeros(n, np.bool_),
        np.zeros((n, width, axes)),
        np.zeros((n, width), np.bool_),
        np.zeros(n),
    )


@both
def first_chains(chains: Chains, n: int) -> Chains:
    """The first n chains."""
    return Chains(
        chains.steps_s,
        chains.ids[:n],
        chains.since[:n],
        chains.place[:n],
        chains.variance[:n],
        chains.head[:n],
        chains.begun[:n],
        chains.seen[:n],
        chains.shown[:n],
        chains.held[:n],
    )


@both
def shift_window(chains: Chains, dt_s: float, physics: Physics) -> Chains:
    """The same chains over the window that ends dt_s later; what leaves it goes into their heads."""
    n, width, axes = chains.place.shape
    steps, since = np.append(chains.steps_s[1:], dt_s), np.maximum(chains.since - 1, 0)
    place, variance = np.full((n, width, axes), np.nan), np.ones((n, width, axes))
    seen, shown = np.zeros((n, width, axes)), np.zeros((n, width), np.bool_)
    place[:, :-1], variance[:, :-1] = chains.place[:, 1:], chains.variance[:, 1:]
    seen[:, :-1], shown[:, :-1] = chains.seen[:, 1:], chains.shown[:, 1:]
    head, begun, held = chains.head.copy(), chains.begun.copy(), chains.held + chains.shown[:, 0]
    for i in range(n):
        if chains.since[i] == 0 and chains.ids[i] != 0:
            if begun[i]:
                advance(head[i], chains.steps_s[0], chains.place[i, 0], chains.variance[i, 0], physics)
            elif not np.isnan(chains.place[i, 0, 0]):
                begin(head[i], chains.place[i, 0], chains.variance[i, 0], physics)
                begun[i] = True
    return Chains(steps, chains.ids, since, place, variance, head, begun, seen, shown, held)


@both
def fill_in(chains: Chains, i: int, old: Chains, tracks: Tracks, row: int, shown: float) -> bool:
    """Fill in chain i of a track: as it was, or its state of now if it is new; whether it is new."""
    width, track_id, new = chains.place.shape[1], tracks.book[row, TRACK_ID], True
    chains.ids[i] = track_id
    for k in range(len(old.ids)):
        if old.ids[k] == track_id:
            copy_chain(old, k, chains, i)
            new = False
    chains.seen[i, width - 1] = 0.0
    for m in range(tracks.modes.shape[1]):
        for a in range(chains.place.shape[2]):
            chains.seen[i, width - 1, a] += tracks.modes[row, m] * tracks.mean[row, m, a]
    chains.shown[i, width - 1] = tracks.existence[row] > shown
    return new


@both
def copy_chain(old: Chains, k: int, chains: Chains, i: int) -> None:
    """Put chain k of the old ones into place i."""
    chains.ids[i], chains.since[i] = old.ids[k], old.since[k]
    chains.begun[i], chains.held[i] = old.begun[k], old.held[k]
    chains.place[i], chains.variance[i], chains.head[i] = old.place[k], old.variance[k], old.head[k]
    chains.seen[i], chains.shown[i] = old.seen[k], old.shown[k]


@both
def begin_at_track(
    chains: Chains, i: int, tracks: Tracks, row: int, shown: float, models: Index, physics: Physics
) -> None:
    """Begin chain i with the state of its track now."""
    axes, exists, mean, cov = chains.place.shape[2], tracks.existence[row], tracks.mean[row], tracks.cov[row]
    chains.since[i], chains.begun[i] = chains.place.shape[1], True
    chains.held[i] = tracks.book[row, UPDATES] if exists > shown else 0
    for k in range(len(models)):
        m, head = models[k], chains.head[i, k]
        head[-1] = np.log(exists / (1 - exists) * tracks.modes[row, m] / physics.share[k])
        for a in range(axes):
            b, c = axes + a, 5 * a
            head[c], head[c + 1] = mean[m, a], mean[m, b]
            head[c + 2], head[c + 3], head[c + 4] = cov[m, a, a], cov[m, a, b], cov[m, b, b]


@both
def place_from(chains: Chains, i: int, t: int) -> Any:
    """Where (k,) chain i was at scan t or soon after, by its plots, else where it is now."""
    width = chains.place.shape[1]
    while t < width and np.isnan(chains.place[i, t, 0]):
        t += 1
    return chains.place[i, t] if t < width else chains.seen[i, width - 1]


@both
def take_claimed(chains: Chains, rows: Index, t: int, claimed: Index, values: Array, sigmas: Array) -> None:
    """Give these chains the plots (m,) of scan t that their tracks claimed."""
    axes, wanted = chains.place.shape[2], np.zeros(MARKS, np.bool_)
    wanted[chains.ids[rows] % MARKS] = True
    for j in range(len(claimed)):
        if wanted[claimed[j] % MARKS]:  # nearly all are none of these, and told so at once
            for i in rows:
                if chains.ids[i] == claimed[j]:
                    chains.place[i, t], chains.variance[i, t] = values[j, :axes], sigmas[j, :axes] ** 2


@both
def add_unclaimed(
    chains: Chains, count: int, rows: Index, t: int, book: Index, ascending: bool, claimed: Index,
    values: Array, sigmas: Array, reach_m: float,
) -> int:  # fmt: skip
    """Add the plots (m,) of scan t near these chains that nobody has; the number of chains after it."""
    axes, at = chains.place.shape[2], np.empty((len(rows), 2))
    for i in range(len(rows)):
        at[i] = place_from(chains, rows[i], t)[:2]
    for j in np.flatnonzero(beside(at, values[:, :2], reach_m)):
        free = count < len(chains.ids) and row_of(book, claimed[j], ascending) < 0
        for k in range(count if free else 0):
            free &= chains.place[k, t, 0] != values[j, 0] or chains.place[k, t, 1] != values[j, 1]
        if free:
            chains.place[count, t], chains.variance[count, t] = values[j, :axes], sigmas[j, :axes] ** 2
            count += 1
    return count


@both
def gathered(
    old: Chains, tracks: Tracks, rows: Index, young: Flags, claimed: Indices, values: Arrays,
    sigmas: Arrays, t_ns: Index, reach_m: float, shown: float, models: Index, physics: Physics,
) -> Chains:  # fmt: skip
    """The chains of these rows of tracks and of the plots that nobody has, the newest scan among them.

    claimed, values, sigmas, t_ns  per look, the newest last
    shown  existence from which somebody may have seen an id
    """
    n, width, axes = len(rows), old.place.shape[1], old.place.shape[2]
    most, count, earliest, ascending = n + FREE, n, width - 1, in_order(tracks.book)
    for k in range(len(old.ids)):
        if row_of(tracks.book, old.ids[k], ascending) < 0:
            most += width if old.ids[k] != 0 else 1
    chains = empty_chains(most, width, axes, len(models), old.steps_s)
    new, first = np.zeros(n, np.bool_), np.full(n, width - 1)
    for i in range(n):
        new[i], began_ns = fill_in(chains, i, old, tracks, rows[i], shown), tracks.book[rows[i], FIRST_T_NS]
        if new[i]:
            first[i] = np.searchsorted(t_ns, began_ns)
            if began_ns < t_ns[0]:
                begin_at_track(chains, i, tracks, rows[i], shown, models, physics)
                first[i] = width - 1
            earliest = min(earliest, first[i] - BEFORE)
    for k in range(len(old.ids)):
        if row_of(tracks.book, old.ids[k], ascending) < 0:  # a track that died, or none
            for t in range(width):
                if not np.isnan(old.place[k, t, 0]):
                    chains.place[count, t], chains.variance[count, t] = old.place[k, t], old.variance[k, t]
                    count += 1
    for t in range(width - 1, max(earliest, 0) - 1, -1):
        own, free = np.flatnonzero(first <= t), np.flatnonzero((first - BEFORE * new <= t) & young)
        if len(own):
            take_claimed(chains, own, t, claimed[t], values[t], sigmas[t])
        if len(free):
            count = add_unclaimed(
                chains, count, free, t, tracks.book, ascending, claimed[t], values[t], sigmas[t], reach_m
            )
    return first_chains(chains, count)
