"""What bearings of several sensors say together: whose place they fix, and where they may cross."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.bearings.crossings import crossing_pairs
from marsad.tracking.bearings.ghosts import agreement
from marsad.tracking.bearings.memory import Bearings, Post, beside
from marsad.tracking.compiled import both
from marsad.tracking.rules import Rules
from marsad.tracking.store import CROSSED, RANGED, RANGED_T_NS
from marsad.tracking.tidy import identity

Array = NDArray[np.float64]
Index = NDArray[np.int64]


class Sight(NamedTuple):
    """The bearings of one scan beside those remembered.

    bearings         older ones, then those of this scan
    agreed (n,)      per track: 1 its bearings fix its place, -1 they may be a ghost's, 0 only one sensor
    fresh, older (c,)  rows of bearings of two sensors that nothing explains and that may cross
    """

    bearings: Bearings
    agreed: Index
    fresh: Index
    older: Index


@both
def sight(
    past: Bearings,
    values: Array,
    sigmas: Array,
    t_ns: int,
    post: Post,
    track: Index,
    plot: Index,
    probability: Array,
    elsewhere: Array,
    owner: Index,
    background: Array,
    book: Index,
    limits: Array,
    rules: Rules,
) -> Sight:
    """Put the bearings among polar plots (m, 4) beside the past ones, and compare them.

    track, plot, probability (E,)     which plots may be whose
    elsewhere, owner, background (m,) that a plot is of no track; the row of its track, -1 none;
                                      density of false plots and new objects there
    book (n, …) of the tracks; limits as in `crossing_limits`
    """
    memory_ns, most = int(limits[6] * 1e9), int(limits[7])
    rows, told, row = bearing_rows(
        values, most, track, plot, probability, elsewhere, owner, background, book, t_ns, rules
    )
    bearings = beside(past, rows, values, sigmas, t_ns, post, told, identity(book, row), memory_ns, most)
    known = len(bearings.book) - len(rows)
    verdict = agreement(bearings, known, limits)
    agreed = np.zeros(len(book), np.int64)
    for k in range(len(row)):
        if row[k] >= 0:
            agreed[row[k]] = verdict[k]
    fresh, older = crossing_pairs(bearings, known, limits)
    return Sight(bearings, agreed, fresh, older)


@both
def unseen(past: Bearings, tracks: int) -> Sight:
    """The same of a scan without bearings."""
    none = np.empty(0, np.int64)
    return Sight(past, np.zeros(tracks, np.int64), none, none)


@both
def bearing_rows(
    values: Array,
    most: int,
    track: Index,
    plot: Index,
    probability: Array,
    elsewhere: Array,
    owner: Index,
    background: Array,
    book: Index,
    t_ns: int,
    rules: Rules,
) -> tuple[Index, Array, Index]:
    """Plots (k,) that have an azimuth and no range, `most` of them at most; what is held of them.

    Probability (k, 3) to be of no track, and of none whose place is proven, and the background; the
    rows (k,) of their tracks.
    """
    m, count = len(values), 0
    rows, whose, place = np.empty(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int64)
    told = np.empty((m, 3))
    for j in range(m):
        place[j] = -1
        if count < most and np.isnan(values[j, 0]) and not np.isnan(values[j, 1]):
            rows[count], whose[count], place[j] = j, owner[j], count
            told[count, 0], told[count, 1], told[count, 2] = elsewhere[j], 1.0, background[j]
            count += 1
    for e in range(len(track)):
        i, k = track[e], place[plot[e]]
        fixed = book[i, RANGED] > 0 or book[i, CROSSED] >= rules.confirm_crossed
        if k >= 0 and fixed and t_ns - book[i, RANGED_T_NS] <= rules.bearing_trust_ns:
            told[k, 1] -= probability[e]
    return rows[:count].copy(), told[:count].copy(), whose[:count].copy()


@both
def testifies(values: Array, polar: bool, placed: bool, limits: Array) -> bool:
    """Whether any plot is a bearing that may cross another sensor's."""
    if polar and placed and limits[6] > 0.0:
        for j in range(len(values)):
            if np.isnan(values[j, 0]) and not np.isnan(values[j, 1]):
                return True
    return False
