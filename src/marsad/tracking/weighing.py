"""From likelihoods to probabilities: which plot is whose, which track exists, what is new.

Sources: Williams, "Marginal multi-Bernoulli filters", IEEE TAES 51(3), 2015; `association`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.association import marginals, marginals_compiled
from marsad.tracking.compiled import kernel
from marsad.tracking.joint import sharpen, sharpen_compiled

Array = NDArray[np.float64]
Index = NDArray[np.int64]

HIT_FLOOR = 1e-3  # a plot from where the sensor should see nothing is not impossible, coverage is a model
LOG_WEIGHT_MAX = 60.0


class Weighed(NamedTuple):
    """Probabilities after a scan.

    probability (E,)  that the pair is real; share (E,) the same given that the track exists
    unseen (n,)       that the track made no plot, given that it exists
    existence, visibility (n,)  posterior
    elsewhere, birth (m,)       that the plot comes from no track; that it is a new object
    false_plots       expected number of false plots
    """

    probability: Array
    share: Array
    unseen: Array
    existence: Array
    visibility: Array
    elsewhere: Array
    birth: Array
    false_plots: float


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
    """Probabilities from the log-likelihoods `joint` (E,) of pairs.

    believed (n,)  probability that the sensor can see the track at all; detect (n,) that it reports
    it then; charging: an absent plot counts. owner (m,) the track whose label a plot carries, -1
    none; against (E,) pairs that contradict a label, which costs the log factor `forbidden`.
    """
    n, m = len(existence), len(clutter)
    hit = believed * np.maximum(detect, HIT_FLOOR)
    charged = believed * detect * charging
    joint = np.where(against, joint + forbidden, joint)
    log_other = np.log(clutter + new) + np.where(owner >= 0, forbidden, 0.0)
    # odds of "track exists and made the plot" against "unseen or not there"
    log_odds = np.log(existence * np.maximum(hit, 1e-12)) - np.log1p(-existence * charged)
    weight = np.exp(np.clip(log_odds[edge_track] + joint - log_other[edge_plot], -700.0, LOG_WEIGHT_MAX))
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
        float((elsewhere * clutter / (clutter + new)).sum()),
    )


@kernel
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
    log_odds, charged, log_other = np.empty(n), np.empty(n), np.empty(m)
    for i in range(n):
        charged[i] = believed[i] * detect[i] if charging else 0.0
        hit = max(believed[i] * max(detect[i], 1e-3), 1e-12)  # HIT_FLOOR
        log_odds[i] = np.log(existence[i] * hit) - np.log1p(-existence[i] * charged[i])
    for j in range(m):
        log_other[j] = np.log(clutter[j] + new[j]) + (forbidden if owner[j] >= 0 else 0.0)
    weight = np.empty(edges)
    for e in range(edges):
        value = log_odds[edge_track[e]] + joint[e] - log_other[edge_plot[e]]
        if against[e]:
            value += forbidden
        weight[e] = np.exp(min(max(value, -700.0), 60.0))  # LOG_WEIGHT_MAX
    probability, absent, elsewhere, _ = marginals_compiled(
        edge_track, edge_plot, weight, n, m, tolerance, sweeps
    )
    probability, absent, elsewhere = sharpen_compiled(
        edge_track, edge_plot, weight, probability, absent, elsewhere, contended, events, tracks_max
    )
    missed, posterior = np.empty(n), np.empty(n)
    for i in range(n):
        missed[i] = absent[i] * existence[i] * (1 - charged[i]) / (1 - existence[i] * charged[i])
        posterior[i] = missed[i]
    share = np.empty(edges)
    for e in range(edges):
        posterior[edge_track[e]] += probability[e]
    for e in range(edges):
        share[e] = probability[e] / posterior[edge_track[e]]
    unseen, visibility = np.empty(n), np.empty(n)
    for i in range(n):
        unseen[i] = missed[i] / posterior[i]
        dark = believed[i] * (1 - (detect[i] if charging else 0.0)) / (1 - charged[i])
        visibility[i] = unseen[i] * dark + (1 - unseen[i])
    chance, false_plots = np.empty(m), 0.0
    for j in range(m):
        chance[j] = elsewhere[j] * new[j] / (clutter[j] + new[j])
        false_plots += elsewhere[j] * clutter[j] / (clutter[j] + new[j])
    return Weighed(probability, share, unseen, posterior, visibility, elsewhere, chance, false_plots)


def likely_own(
    edge_track: Index, edge_plot: Index, probability: Array, share: Array, plots: int
) -> tuple[Index, Index]:
    """(k,) edges more likely than not, at most one per track and plot; (m,) the track per plot or -1."""
    owner = np.full(plots, -1, np.int64)
    likely = np.flatnonzero(share > 0.5)
    # of two doubtful tracks that both claim a plot, the one more likely to be there has it
    likely = likely[np.argsort(probability[likely], kind="stable")]
    owner[edge_plot[likely]] = edge_track[likely]
    return np.sort(likely[owner[edge_plot[likely]] == edge_track[likely]]), owner


@kernel
def likely_own_compiled(
    edge_track: Index, edge_plot: Index, probability: Array, share: Array, plots: int
) -> tuple[Index, Index]:
    """The twin of `likely_own`."""
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
    return own[:count].copy(), owner
