"""From likelihoods to probabilities: which plot is whose, which track exists, what is new.

Sources: Williams, "Marginal multi-Bernoulli filters", IEEE TAES 51(3), 2015; `association`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.association import marginals, marginals_compiled
from marsad.tracking.compiled import both, twin_of
from marsad.tracking.grid import order
from marsad.tracking.joint import sharpen
from marsad.tracking.joint_kernel import sharpen_compiled

Array = NDArray[np.float64]
Index = NDArray[np.int64]

HIT_FLOOR = 1e-3  # a plot from where the sensor should see nothing is not impossible, coverage is a model
CLAIM_MIN = 0.05  # a pair less likely than this is no claim
WEIGHT_MIN, WEIGHT_MAX = 1e-304, 1.142e26  # odds beyond these are certainty


class Weighed(NamedTuple):
    """Probabilities after a scan.

    probability (E,)  that the pair is real; share (E,) the same given that the track exists
    unseen (n,)       that the track made no plot, given that it exists
    existence, visibility (n,)  posterior
    elsewhere, birth, false (m,)   that the plot comes from no track; that it is a new object, a false plot
    """

    probability: Array
    share: Array
    unseen: Array
    existence: Array
    visibility: Array
    elsewhere: Array
    birth: Array
    false: Array


@both
def distrust(broken: Index, owner: Index, bit: Index, fresh: NDArray[np.bool_]) -> None:
    """Strike labels of plots that contradict where their track is; a label with an owner is not fresh."""
    for j in range(len(owner)):
        fresh[j] &= owner[j] < 0
    for k in range(len(broken)):
        j = broken[k]
        owner[j], bit[j], fresh[j] = -1, 0, False


@both
def contradicting(
    edge_track: Index, edge_plot: Index, owner: Index, bit: Index, systems: Index
) -> NDArray[np.bool_]:
    """Pairs (E,) that a label speaks against.

    It belongs to another track (owner (m,), -1 none), or the track has another label of the same
    system: bit (m,) of the plot's, systems (n,) of the track's.
    """
    against = np.zeros(len(edge_track), np.bool_)
    for e in range(len(edge_track)):
        i, j = edge_track[e], edge_plot[e]
        against[e] = owner[j] != i and (owner[j] >= 0 or (systems[i] & bit[j]) != 0)
    return against


def weigh(
    edge_track: Index,
    edge_plot: Index,
    joint: Array,
    existence: Array,
    believed: Array,
    detect: Array,
    charging: bool,
    clutter: Array,
    new: Array,
    owner: Index,
    against: NDArray[np.bool_],
    forbidden: float,
    tolerance: float,
    sweeps: int,
    contended: float,
    events: int,
    tracks_max: int,
) -> Weighed:
    """Probabilities from the densities `joint` (E,) of pairs.

    believed (n,)  probability that the sensor can see the track at all; detect (n,) that it reports
    it then; charging: an absent plot counts. owner (m,) the track whose label a plot carries, -1
    none; against (E,) pairs that contradict a label, which costs the factor `forbidden`.
    """
    n, m = len(existence), len(clutter)
    hit = believed * np.maximum(detect, HIT_FLOOR)
    charged = believed * detect * charging
    other = (clutter + new) * np.where(owner >= 0, forbidden, 1.0)
    # odds of "track exists and made the plot" against "unseen or not there"
    odds = existence * np.maximum(hit, 1e-12) / (1 - existence * charged)
    weight = odds[edge_track] * np.where(against, forbidden, 1.0) * joint / other[edge_plot]
    weight = np.clip(weight, WEIGHT_MIN, WEIGHT_MAX)
    probability, absent, elsewhere, _ = marginals(edge_track, edge_plot, weight, n, m, tolerance, sweeps)
    probability, absent, elsewhere = sharpen(
        *(edge_track, edge_plot, weight, probability, absent, elsewhere, contended, events, tracks_max)
    )
    missed = absent * existence * (1 - charged) / (1 - existence * charged)
    posterior = missed + np.bincount(edge_track, probability, n)
    unseen = missed / posterior
    unseen_visible = believed * (1 - detect * charging) / (1 - charged)
    return Weighed(
        probability,
        probability / posterior[edge_track],
        unseen,
        posterior,
        unseen * unseen_visible + (1 - unseen),
        elsewhere,
        elsewhere * new / (clutter + new),
        elsewhere * clutter / (clutter + new),
    )


@twin_of(weigh)
def weigh_compiled(
    edge_track: Index,
    edge_plot: Index,
    joint: Array,
    existence: Array,
    believed: Array,
    detect: Array,
    charging: bool,
    clutter: Array,
    new: Array,
    owner: Index,
    against: NDArray[np.bool_],
    forbidden: float,
    tolerance: float,
    sweeps: int,
    contended: float,
    events: int,
    tracks_max: int,
) -> Weighed:
    """The twin of `weigh`."""
    n, m, edges = len(existence), len(clutter), len(edge_track)
    weight, seen = np.empty(edges), detect if charging else np.zeros(n)
    for e in range(edges):
        i, j = edge_track[e], edge_plot[e]
        hit = max(believed[i] * max(detect[i], HIT_FLOOR), 1e-12)
        value = existence[i] * hit / (1 - existence[i] * believed[i] * seen[i])
        value *= joint[e] / (clutter[j] + new[j])
        if (owner[j] >= 0) != against[e]:
            value = value * forbidden if against[e] else value / forbidden
        weight[e] = min(max(value, WEIGHT_MIN), WEIGHT_MAX)
    probability, absent, elsewhere, _ = marginals_compiled(
        edge_track, edge_plot, weight, n, m, tolerance, sweeps
    )
    probability, absent, elsewhere = sharpen_compiled(
        edge_track, edge_plot, weight, probability, absent, elsewhere, contended, events, tracks_max
    )
    missed, posterior = np.empty(n), np.empty(n)
    for i in range(n):
        charged = believed[i] * seen[i]
        missed[i] = absent[i] * existence[i] * (1 - charged) / (1 - existence[i] * charged)
        posterior[i] = missed[i]
    for e in range(edges):
        posterior[edge_track[e]] += probability[e]
    share, unseen, visibility = np.empty(edges), np.empty(n), np.empty(n)
    for e in range(edges):
        share[e] = probability[e] / posterior[edge_track[e]]
    for i in range(n):
        unseen[i] = missed[i] / posterior[i]
        dark = believed[i] * (1 - seen[i]) / (1 - believed[i] * seen[i])
        visibility[i] = unseen[i] * dark + (1 - unseen[i])
    chance, false = np.empty(m), np.empty(m)
    for j in range(m):
        other = elsewhere[j] / (clutter[j] + new[j])
        chance[j] = other * new[j]
        false[j] = other * clutter[j]
    return Weighed(probability, share, unseen, posterior, visibility, elsewhere, chance, false)


@both
def likely_own(
    edge_track: Index, edge_plot: Index, probability: Array, share: Array, plots: int
) -> tuple[Index, Index]:
    """(k,) edges more likely than not, at most one per track and plot; (m,) the track per plot or -1."""
    owner, best = np.full(plots, -1, np.int64), np.full(plots, -1, np.int64)
    for e in range(len(share)):
        if share[e] > 0.5:
            j = edge_plot[e]
            if best[j] < 0 or probability[e] >= probability[best[j]]:
                owner[j], best[j] = edge_track[e], e
    own, count = np.empty(plots, np.int64), 0
    for e in range(len(share)):
        if best[edge_plot[e]] == e:
            own[count] = e
            count += 1
    return own[:count], owner


@both
def claimants(edge_track: Index, edge_plot: Index, probability: Array, tracks: int, plots: int) -> Index:
    """The track (m,) of each plot if the likeliest pairs (E,) are taken one after the other, -1 none."""
    claimed, busy = np.full(plots, -1, np.int64), np.zeros(tracks, np.bool_)
    likely = np.flatnonzero(probability > 0.5)  # no two of these have a track or plot in common
    claimed[edge_plot[likely]] = edge_track[likely]
    busy[edge_track[likely]] = True
    rest = np.flatnonzero((probability > CLAIM_MIN) & (claimed[edge_plot] < 0) & ~busy[edge_track])
    for e in rest[order(-probability[rest])]:
        if claimed[edge_plot[e]] < 0 and not busy[edge_track[e]]:
            claimed[edge_plot[e]], busy[edge_track[e]] = edge_track[e], True
    return claimed
