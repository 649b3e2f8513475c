"""Plots of the last scans exchanged among chains, as long as that makes them likelier together.

Where objects appear in lanes closer than a new track's error, single scans cannot tell whose second and
third plot is whose; a few scans later the straight lines do. Two chains may exchange all plots from some
scan on, or those of one scan; a plot that nobody has may be had. The best exchange comes first, until none
gains `GAIN`: a local search for the best assignment over several scans (Pattipati, Deb, Bar-Shalom,
Washburn, IEEE TAC 37(2), 1992, state the problem). What later plots say is kept per chain and scan, so that
every exchange is judged by a product of Gaussians, however many scans follow (see `chains`).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both
from marsad.tracking.relinking.chains import Physics, advance, begin, joined, recede

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

GAIN = 0.3  # nats an exchange must gain
MOVES_MAX = 60  # exchanges in one scan
LOSS = 12.0  # an exchange that costs one of the two so many nats is none
APART_SIGMAS = 4.0  # chains so far apart for what is known of them have no plots to exchange
MET = 4.0  # chains this many times as far apart as they may reach are side by side no more


class Chains(NamedTuple):
    """n chains through the last W scans; a plot that nobody has is a chain of its own, of id 0.

    steps_s (W,)                before each scan
    ids, since (n,)             id of the track; scan before which the chain is not known
    place, variance (n, W, k)   of its plots, NaN none
    head (n, M, 5 k + 1), begun (n,)  state before scan `since`, and whether there is one
    seen (n, W, k), shown (n, W)  where the id was shown, and whether
    held (n,)                   how often before the window
    """

    steps_s: Array
    ids: Index
    since: Index
    place: Array
    variance: Array
    head: Array
    begun: Flags
    seen: Array
    shown: Flags
    held: Array


class Followed(NamedTuple):
    """Chains filtered both ways: states ahead, after (n, W + 1, M, 5 k + 1) before each scan and at the end.

    known (n, W + 1)  whether the chain had begun by then; value (n,)  what the chain is worth
    """

    ahead: Array
    after: Array
    known: Flags
    value: Array


@both
def follow(chains: Chains, way: Followed, i: int, physics: Physics) -> None:
    """Filter chain i anew; of a plot that nobody has, only where it is is noted."""
    width, since, known = chains.place.shape[1], chains.since[i], way.known
    known[i] = False
    way.after[i, width] = 0.0
    if chains.ids[i] == 0:
        for t in range(width):
            if not np.isnan(chains.place[i, t, 0]):
                known[i, t + 1] = True
                begin(way.ahead[i, t + 1], chains.place[i, t], chains.variance[i, t], physics)
        return
    known[i, since], way.ahead[i, since] = chains.begun[i], chains.head[i]
    for t in range(since, width):
        hit = not np.isnan(chains.place[i, t, 0])
        known[i, t + 1] = known[i, t] or hit
        if known[i, t]:
            way.ahead[i, t + 1] = way.ahead[i, t]
            advance(
                way.ahead[i, t + 1], chains.steps_s[t], chains.place[i, t], chains.variance[i, t], physics
            )
        elif hit:
            begin(way.ahead[i, t + 1], chains.place[i, t], chains.variance[i, t], physics)
    for t in range(width - 1, since - 1, -1):
        way.after[i, t] = way.after[i, t + 1]
        recede(way.after[i, t], chains.steps_s[t], chains.place[i, t], chains.variance[i, t], physics)
    way.value[i] = 0.0
    if known[i, width]:
        way.value[i] = joined(way.ahead[i, width], way.after[i, width], physics.share)


@both
def tail_alone(chains: Chains, way: Followed, j: int, t: int, state: Array, physics: Physics) -> float:
    """What the plots of chain j from scan t on are worth as a chain of their own; state is overwritten."""
    width = chains.place.shape[1]
    while t < width and np.isnan(chains.place[j, t, 0]):
        t += 1
    worth = 0.0
    if t < width:
        begin(state, chains.place[j, t], chains.variance[j, t], physics)
        worth = joined(state, way.after[j, t + 1], physics.share)
    return worth


@both
def with_tail(chains: Chains, way: Followed, i: int, j: int, t: int, state: Array, physics: Physics) -> float:
    """What chain i is worth with the plots of j from scan t on."""
    if way.known[i, t]:
        worth = joined(way.ahead[i, t], way.after[j, t], physics.share)
    else:
        worth = tail_alone(chains, way, j, t, state, physics)
    return worth


@both
def with_plot(chains: Chains, way: Followed, i: int, j: int, t: int, state: Array, physics: Physics) -> float:
    """What chain i is worth with the plot of j, or none, in scan t."""
    place, variance = chains.place[j, t], chains.variance[j, t]
    if way.known[i, t]:
        state[:] = way.ahead[i, t]
        advance(state, chains.steps_s[t], place, variance, physics)
        worth = joined(state, way.after[i, t + 1], physics.share)
    elif not np.isnan(place[0]):
        begin(state, place, variance, physics)
        worth = joined(state, way.after[i, t + 1], physics.share)
    else:
        worth = tail_alone(chains, way, i, t + 1, state, physics)
    return worth


@both
def near(chains: Chains, way: Followed, i: int, j: int, reach_m: float) -> bool:
    """Whether two chains come within reach of each other, each before its begin being where it began.

    Those that are far apart by now are taken for such that only met.
    """
    width, found, ahead, known = way.known.shape[1], False, way.ahead, way.known
    free, square = chains.ids[j] == 0, reach_m * reach_m
    if not free and known[i, -1] and known[j, -1]:
        east, north = ahead[i, -1, 0, 0] - ahead[j, -1, 0, 0], ahead[i, -1, 0, 5] - ahead[j, -1, 0, 5]
        if east * east + north * north > MET**2 * square:
            return False
    for t in range(1, width):
        if known[j, t] and not found:
            at = t
            while at < width - 1 and not known[i, at]:
                at += 1
            east, north = ahead[i, at, 0, 0] - ahead[j, t, 0, 0], ahead[i, at, 0, 5] - ahead[j, t, 0, 5]
            found = known[i, at] and east * east + north * north < square
    return found


@both
def apart(chains: Chains, way: Followed, i: int, j: int, t: int) -> bool:
    """Whether two chains are too far apart at scan t to exchange plots, by what is known before it."""
    one, other, square, total, dt_s = way.ahead[i, t, 0], way.ahead[j, t, 0], 0.0, 0.0, chains.steps_s[t]
    for c in (0, 5):
        square += (one[c] - other[c] + dt_s * (one[c + 1] - other[c + 1])) ** 2
        total += one[c + 2] + other[c + 2] + dt_s**2 * (one[c + 4] + other[c + 4])
        total += chains.variance[i, t, c // 5] + chains.variance[j, t, c // 5]
    return square > APART_SIGMAS**2 * total / 2


@both
def best_exchange(
    chains: Chains, way: Followed, i: int, j: int, state: Array, physics: Physics
) -> tuple[float, int, int]:
    """What the best exchange of two chains gains, and its scans from and to; -inf if less than `GAIN`."""
    width, before, free = chains.place.shape[1], way.value[i] + way.value[j], chains.ids[j] == 0
    gain, first, end = GAIN, -1, -1
    for t in range(max(chains.since[i], chains.since[j]), width):
        mine, other = not np.isnan(chains.place[i, t, 0]), not np.isnan(chains.place[j, t, 0])
        begun = way.known[i, t], way.known[j, t]
        if not other and (free or not mine):
            continue
        if begun[0] and begun[1] and apart(chains, way, i, j, t):
            continue
        total = with_plot(chains, way, i, j, t, state, physics) - before
        if not free and total + before > way.value[i] - LOSS:
            total += with_plot(chains, way, j, i, t, state, physics)
        if total > gain:
            gain, first, end = total, t, t + 1
        # in the newest scan, and where neither has begun, it would be the same or nothing
        if not free and t < width - 1 and (begun[0] or begun[1]):
            total = with_tail(chains, way, i, j, t, state, physics) - before
            if total + before > way.value[i] - LOSS:
                total += with_tail(chains, way, j, i, t, state, physics)
            if total > gain:
                gain, first, end = total, t, width
    return (gain if first >= 0 else -np.inf), first, end


@both
def exchange(chains: Chains, i: int, j: int, first: int, end: int) -> None:
    """Do it."""
    for t in range(first, end):
        for a in range(chains.place.shape[2]):
            place, variance = chains.place[i, t, a], chains.variance[i, t, a]
            chains.place[i, t, a], chains.variance[i, t, a] = chains.place[j, t, a], chains.variance[j, t, a]
            chains.place[j, t, a], chains.variance[j, t, a] = place, variance


@both
def search(chains: Chains, way: Followed, young: Flags, reach_m: float, physics: Physics) -> Flags:
    """Exchange plots of young (n,) chains with others near them until nothing gains; which (n,) changed."""
    n, state = len(young), np.empty(chains.head.shape[1:])
    centres = np.flatnonzero(young)
    gain = np.full((len(centres), n), -np.inf)
    first, end = np.zeros((len(centres), n), np.int64), np.zeros((len(centres), n), np.int64)
    changed, stale = np.zeros(n, np.bool_), np.ones(n, np.bool_)
    for i in range(n):
        follow(chains, way, i, physics)
    for _ in range(MOVES_MAX):
        best, c_best, j_best = -np.inf, -1, -1
        for c in range(len(centres)):
            i = centres[c]
            for j in range(n):
                if (stale[i] or stale[j]) and i != j and not (j < i and young[j]):
                    gain[c, j] = -np.inf
                    if near(chains, way, i, j, reach_m):
                        gain[c, j], first[c, j], end[c, j] = best_exchange(chains, way, i, j, state, physics)
                if gain[c, j] > best:
                    best, c_best, j_best = gain[c, j], c, j
        stale[:] = False
        if c_best < 0:
            break
        i_best = centres[c_best]
        exchange(chains, i_best, j_best, first[c_best, j_best], end[c_best, j_best])
        for i in (i_best, j_best):
            follow(chains, way, i, physics)
            changed[i], stale[i] = True, True
    return changed
