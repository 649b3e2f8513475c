"""The book of the tracks: whose plot was whose, what is new, what is dropped, what is shown.

Each step changes the columns it is given in place; NumPy specification and compiled twin.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both, twin_of
from marsad.tracking.existence import VISIBILITY_FLOOR
from marsad.tracking.grid import order
from marsad.tracking.rules import Rules
from marsad.tracking.store import (
    CONFIRMED,
    CROSSED,
    LAST_T_NS,
    RANGED,
    RANGED_T_NS,
    SYSTEMS,
    TRACK_ID,
    UPDATES,
    Tracks,
)
from marsad.tracking.weighing import Weighed

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


def proven(book: Index, t_ns: int, rules: Rules) -> Flags:
    """Tracks (n,) whose range is not in doubt: measured, or fixed by crossing bearings, lately."""
    fixed = (book[:, RANGED] > 0) | (book[:, CROSSED] >= rules.confirm_crossed)
    return np.asarray(fixed & (t_ns - book[:, RANGED_T_NS] <= rules.bearing_trust_ns))


def lasting(
    existence: Array, floor: Array, believed: Array, detect: Array, charging: bool, track: Index, rules: Rules
) -> Index:
    """Rows (k,) that a plot may belong to, or that outlast being missed: the others are not worth more work.

    existence, floor, believed, detect (n,) of the tracks before the scan, as in `weighing.weigh`; track (E,)
    of the pairs. What is left out is just what `drop` would strike after the scan for its existence.
    """
    charged = believed * detect * charging
    missed = existence * (1 - charged) / (1 - existence * charged)
    outlasts = missed >= np.minimum(rules.prune_existence, floor)
    outlasts[track] = True
    return np.flatnonzero(outlasts)


@twin_of(lasting)
def lasting_compiled(
    existence: Array, floor: Array, believed: Array, detect: Array, charging: bool, track: Index, rules: Rules
) -> Index:
    """The twin of `lasting`."""
    rows, count, e = np.empty(len(existence), np.int64), 0, 0
    for i in range(len(existence)):
        while e < len(track) and track[e] < i:
            e += 1
        if e == len(track) or track[e] != i:
            charged = believed[i] * detect[i] if charging else 0.0
            missed = existence[i] * (1 - charged) / (1 - existence[i] * charged)
            if missed < min(rules.prune_existence, floor[i]):
                continue
        rows[count] = i
        count += 1
    return rows[:count]


def renumber(rows: Index, track: Index, owner: Index) -> None:
    """Turn rows of tracks, in pairs (E,) and owners of plots (m,), -1 none, into places among `rows` (k,)."""
    track[:] = np.searchsorted(rows, track)
    owner[owner >= 0] = np.searchsorted(rows, owner[owner >= 0])


@twin_of(renumber)
def renumber_compiled(rows: Index, track: Index, owner: Index) -> None:
    """The twin of `renumber`."""
    place = 0
    for e in range(len(track)):
        while rows[place] != track[e]:
            place += 1
        track[e] = place
    for j in range(len(owner)):
        if owner[j] >= 0:
            low, high = 0, len(rows)
            while low < high:
                middle = (low + high) // 2
                if rows[middle] < owner[j]:
                    low = middle + 1
                else:
                    high = middle
            owner[j] = low


def settle(
    tracks: Tracks,
    found: Weighed,
    edge_track: Index,
    edge_plot: Index,
    bearing: Flags,
    agreed: Index,
    column: int,
    t_ns: int,
    rules: Rules,
) -> None:
    """Take over existence and the sensor's visibility, without what bearings (m,) say of doubtful range.

    A bearing to one object fits every other along it, so that it would keep a false plot alive
    that no sensor with range has seen again. Bearings of two sensors that can mean no other
    object, agreed (n,) > 0, do testify. What may be a ghost, agreed < 0, regains after a miss what
    it started with, no more.
    """
    tracks.visibility[:, column] = np.maximum(found.visibility, VISIBILITY_FLOOR)
    by_bearing = np.bincount(edge_track, found.probability * bearing[edge_plot], len(tracks.existence))
    doubtful = ~proven(tracks.book, t_ns, rules) & (agreed <= 0)
    before = np.maximum(tracks.existence, np.where(agreed < 0, rules.crossing_existence_max, 0.0))
    least = np.minimum(found.existence, np.maximum(before, found.existence - by_bearing))
    tracks.existence[:] = np.minimum(np.where(doubtful, least, found.existence), rules.existence_max)


@twin_of(settle)
def settle_compiled(
    tracks: Tracks,
    found: Weighed,
    edge_track: Index,
    edge_plot: Index,
    bearing: Flags,
    agreed: Index,
    column: int,
    t_ns: int,
    rules: Rules,
) -> None:
    """The twin of `settle`."""
    book, by_bearing = tracks.book, np.zeros(len(tracks.existence))
    for e in range(len(edge_track)):
        if bearing[edge_plot[e]]:
            by_bearing[edge_track[e]] += found.probability[e]
    for i in range(len(by_bearing)):
        existence = found.existence[i]
        if by_bearing[i] > 0.0 and agreed[i] <= 0:
            fixed = book[i, RANGED] > 0 or book[i, CROSSED] >= rules.confirm_crossed
            if not fixed or t_ns - book[i, RANGED_T_NS] > rules.bearing_trust_ns:
                before = max(tracks.existence[i], rules.crossing_existence_max if agreed[i] < 0 else 0.0)
                existence = min(existence, max(before, existence - by_bearing[i]))
        tracks.existence[i] = min(existence, rules.existence_max)
        tracks.visibility[i, column] = max(found.visibility[i], VISIBILITY_FLOOR)


def note_own(
    tracks: Tracks, rows: Index, plots: Index, ranged: Flags, agreed: Index, t_ns: int, rules: Rules
) -> Flags:
    """Note that rows (k,) had plots (k,) of their own, and who did (n,).

    ranged (m,): plots that say how far; agreed (n,): bearings of two sensors do (1), or may be of
    a ghost (-1).
    """
    book = tracks.book
    book[rows, UPDATES] += 1
    book[rows, LAST_T_NS] = t_ns
    told = rows[ranged[plots]]
    book[told, RANGED] += 1
    book[told, RANGED_T_NS] = t_ns
    book[:, CROSSED] = np.maximum(book[:, CROSSED] + agreed, 0)
    book[(agreed > 0) & (book[:, CROSSED] >= rules.confirm_crossed), RANGED_T_NS] = t_ns
    own = np.zeros(len(book), np.bool_)
    own[rows] = True
    return own


@twin_of(note_own)
def note_own_compiled(
    tracks: Tracks, rows: Index, plots: Index, ranged: Flags, agreed: Index, t_ns: int, rules: Rules
) -> Flags:
    """The twin of `note_own`."""
    book, own = tracks.book, np.zeros(len(tracks.book), np.bool_)
    for k in range(len(rows)):
        i = rows[k]
        own[i] = True
        book[i, UPDATES] += 1
        book[i, LAST_T_NS] = t_ns
        if ranged[plots[k]]:
            book[i, RANGED] += 1
            book[i, RANGED_T_NS] = t_ns
    for i in range(len(book)):
        if agreed[i] != 0:
            book[i, CROSSED] = max(book[i, CROSSED] + agreed[i], 0)
            if agreed[i] > 0 and book[i, CROSSED] >= rules.confirm_crossed:
                book[i, RANGED_T_NS] = t_ns
    return own


def vague(existence: Array, floor: Array, updates: Index, track: Index, rules: Rules) -> Flags:
    """Tracks (n,) of one plot whose gate has grown so wide that any plot may be theirs.

    existence, floor, updates (n,) after the scan, track (E,) of its pairs. Such a track is no likelier than
    when it began: what it would explain, a false plot or a new object explains as well. Left alone it would
    live on, for a gate with many plots is never missed. Where many objects start at once, their tracks gain
    existence and are spared.
    """
    plots = np.bincount(track, minlength=len(existence))
    unlikely = existence < np.minimum(rules.prune_existence, 4 * floor)
    return np.asarray((updates < 2) & unlikely & (plots > rules.vague_plots_max))


@twin_of(vague)
def vague_compiled(existence: Array, floor: Array, updates: Index, track: Index, rules: Rules) -> Flags:
    """The twin of `vague`."""
    result, begin = np.zeros(len(existence), np.bool_), 0
    while begin < len(track):
        i, end = track[begin], begin + 1
        while end < len(track) and track[end] == i:
            end += 1
        if end - begin > rules.vague_plots_max and updates[i] < 2:
            result[i] = existence[i] < min(rules.prune_existence, 4 * floor[i])
        begin = end
    return result


def drop(tracks: Tracks, keep: Flags, t_ns: int, rules: Rules) -> int:
    """Strike from `keep` what is unlikely, stale or under ground, then the least likely of too many.

    Returns how many these last are.
    """
    keep &= tracks.existence >= np.minimum(rules.prune_existence, tracks.floor)
    keep &= t_ns - tracks.book[:, LAST_T_NS] <= rules.coast_ns
    coast_ns = np.where(tracks.book[:, RANGED] > 0, rules.bearing_coast_ns, rules.crossing_coast_ns)
    keep &= t_ns - tracks.book[:, RANGED_T_NS] <= coast_ns
    if tracks.mean.shape[2] == 6:
        depth = tracks.mean[:, :, 2] + 2 * np.sqrt(tracks.cov[:, :, 2, 2])
        keep &= (depth * tracks.modes).sum(1) > rules.ground_up_m
    surplus = max(int(keep.sum()) - rules.max_tracks, 0)
    if surplus:
        keep[order(np.where(keep, tracks.existence, 2.0))[:surplus]] = False
    return surplus


@twin_of(drop)
def drop_compiled(tracks: Tracks, keep: Flags, t_ns: int, rules: Rules) -> int:
    """The twin of `drop`."""
    n, count, d = tracks.mean.shape
    alive = 0
    for i in range(n):
        keep[i] &= tracks.existence[i] >= min(rules.prune_existence, tracks.floor[i])
        keep[i] &= t_ns - tracks.book[i, LAST_T_NS] <= rules.coast_ns
        coast_ns = rules.bearing_coast_ns if tracks.book[i, RANGED] > 0 else rules.crossing_coast_ns
        keep[i] &= t_ns - tracks.book[i, RANGED_T_NS] <= coast_ns
        if d == 6 and keep[i]:
            depth = 0.0
            for m in range(count):
                top = tracks.mean[i, m, 2] + 2 * np.sqrt(tracks.cov[i, m, 2, 2])
                depth += top * tracks.modes[i, m]
            keep[i] = depth > rules.ground_up_m
        alive += keep[i]
    surplus = max(alive - rules.max_tracks, 0)
    if surplus > 0:
        least = order(np.where(keep, tracks.existence, 2.0))
        for k in range(surplus):
            keep[least[k]] = False
    return surplus


def confirm(tracks: Tracks, rules: Rules) -> None:
    """Confirm what is likely enough and has a label, or plots enough, ranged ones or bearings that agreed."""
    book, sure = tracks.book, tracks.existence >= rules.confirm_existence
    placed = (book[:, RANGED] >= rules.confirm_ranged) | (book[:, CROSSED] >= rules.confirm_crossed)
    placed &= book[:, UPDATES] >= rules.confirm_updates
    book[sure & (placed | (book[:, SYSTEMS] != 0)), CONFIRMED] = 1


@twin_of(confirm)
def confirm_compiled(tracks: Tracks, rules: Rules) -> None:
    """The twin of `confirm`."""
    book = tracks.book
    for i in range(len(book)):
        if tracks.existence[i] >= rules.confirm_existence:
            placed = book[i, RANGED] >= rules.confirm_ranged or book[i, CROSSED] >= rules.confirm_crossed
            if (placed and book[i, UPDATES] >= rules.confirm_updates) or book[i, SYSTEMS] != 0:
                book[i, CONFIRMED] = 1


def attribution(
    tracks: Tracks,
    found: Weighed,
    own_track: Index,
    own_plot: Index,
    own_share: Array,
    born_id: Index,
    born_plot: Index,
) -> tuple[Index, Array]:
    """Ids and plots (2, k), probability (k,) of pairs above one half, those of new tracks last."""
    home = found.elsewhere[born_plot] > 0.5
    ids = np.concatenate((tracks.book[own_track, TRACK_ID], born_id[home]))
    plots = np.concatenate((own_plot, born_plot[home]))
    return as_rows(ids, plots), np.concatenate((own_share, found.elsewhere[born_plot[home]]))


@twin_of(attribution)
def attribution_compiled(
    tracks: Tracks,
    found: Weighed,
    own_track: Index,
    own_plot: Index,
    own_share: Array,
    born_id: Index,
    born_plot: Index,
) -> tuple[Index, Array]:
    """The twin of `attribution`."""
    count, total = len(own_plot), len(own_plot)
    for b in range(len(born_plot)):
        total += found.elsewhere[born_plot[b]] > 0.5
    pairs, share = np.empty((2, total), np.int64), np.empty(total)
    for k in range(count):
        pairs[0, k], pairs[1, k], share[k] = tracks.book[own_track[k], TRACK_ID], own_plot[k], own_share[k]
    for b in range(len(born_plot)):
        j = born_plot[b]
        if found.elsewhere[j] > 0.5:
            pairs[0, count], pairs[1, count], share[count] = born_id[b], j, found.elsewhere[j]
            count += 1
    return pairs, share


@both
def as_rows(first: Index, second: Index) -> Index:
    """Two columns of one length as rows (2, k) of one array: each costs as much to hand to Python as all."""
    pairs = np.empty((2, len(first)), np.int64)
    pairs[0], pairs[1] = first, second
    return pairs


def identity(book: Index, rows: Index) -> Index:
    """Ids (m,) of rows (m,) of a book; 0 for -1."""
    ids = np.zeros(len(rows), np.int64)
    ids[rows >= 0] = book[rows[rows >= 0], TRACK_ID]
    return ids


@twin_of(identity)
def identity_compiled(book: Index, rows: Index) -> Index:
    """The twin of `identity`."""
    ids = np.zeros(len(rows), np.int64)
    for k in range(len(rows)):
        if rows[k] >= 0:
            ids[k] = book[rows[k], TRACK_ID]
    return ids
