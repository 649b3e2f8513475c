"""The book of the tracks: whose plot was whose, what is new, what is dropped, what is shown.

Each step changes the columns it is given in place; NumPy specification and compiled twin.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both
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
from marsad.tracking.ties import parted
from marsad.tracking.weighing import Weighed

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

BULGE_PER_M = 1 / (2 * 6_371_000.0)  # how far the earth falls away below the site's plane, per m² of distance
BULGE_END_M2 = 100_000.0**2  # beyond, nobody at the site waits for a landing


@both
def lasting(
    existence: Array, floor: Array, believed: Array, detect: Array, charging: bool, track: Index, rules: Rules
) -> Index:
    """Rows (k,) that a plot may belong to, or that outlast being missed: the others are not worth more work.

    existence, floor, believed, detect (n,) of the tracks before the scan, as in `weighing.weigh`; track (E,)
    of the pairs. What is left out is just what `drop` would strike after the scan for its existence.
    """
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


@both
def renumber(rows: Index, track: Index, owner: Index) -> None:
    """Turn rows of tracks, in pairs (E,) and owners of plots (m,), -1 none, into places among `rows` (k,)."""
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


@both
def settle(
    tracks: Tracks,
    found: Weighed,
    edge_track: Index,
    edge_plot: Index,
    bearing: Flags,
    agreed: Index,
    detect: Array,
    tied: bool,
    partial: bool,
    column: int,
    t_ns: int,
    rules: Rules,
) -> None:
    """Take over existence and the sensor's visibility, without what bearings (m,) say of doubtful range.

    A bearing to one object fits every other along it, so that it would keep a false plot alive
    that no sensor with range has seen again. Nor does a sensor whose bearings do not testify end by its
    misses between them what it sees. Bearings of two sensors that can mean no other object, agreed (n,) > 0,
    do testify. What may be a ghost, agreed < 0, regains after a miss what it started with, no more.
    detect (n,) that the sensor reports what it can see; tied: its sight of an object lasts, see `ties`.
    """
    book, by_bearing = tracks.book, np.zeros(len(tracks.existence))
    for e in range(len(edge_track)):
        if bearing[edge_plot[e]]:
            by_bearing[edge_track[e]] += found.probability[e]
    for i in range(len(by_bearing)):
        existence = found.existence[i]
        fixed = book[i, RANGED] > 0 or book[i, CROSSED] >= rules.confirm_crossed
        doubtful = not fixed or t_ns - book[i, RANGED_T_NS] > rules.bearing_trust_ns
        if fixed and doubtful and t_ns - tracks.seen_ns[i, column] < rules.bearing_trust_ns:
            existence = max(existence, tracks.existence[i])
        if by_bearing[i] > 0.0 and agreed[i] <= 0 and doubtful:
            before = max(tracks.existence[i], rules.crossing_existence_max if agreed[i] < 0 else 0.0)
            existence = min(existence, max(before, existence - by_bearing[i]))
        tracks.existence[i] = min(existence, rules.existence_max)
        visible = found.visibility[i]
        if tied:
            charged = 0.0 if partial else detect[i]
            visible, tracks.clear[i, column] = parted(
                tracks.visibility[i, column], tracks.clear[i, column], charged, found.unseen[i], visible
            )
        tracks.visibility[i, column] = max(visible, VISIBILITY_FLOOR)


@both
def note_own(
    tracks: Tracks,
    rows: Index,
    plots: Index,
    ranged: Flags,
    agreed: Index,
    column: int,
    t_ns: int,
    rules: Rules,
) -> Flags:
    """Note that rows (k,) had plots (k,) of their own, and who did (n,).

    ranged (m,): plots that say how far; agreed (n,): bearings of two sensors do (1), or may be of
    a ghost (-1).
    """
    book, own = tracks.book, np.zeros(len(tracks.book), np.bool_)
    for k in range(len(rows)):
        i = rows[k]
        own[i] = True
        book[i, UPDATES] += 1
        book[i, LAST_T_NS], tracks.seen_ns[i, column] = t_ns, t_ns
        if ranged[plots[k]]:
            book[i, RANGED] += 1
            book[i, RANGED_T_NS] = t_ns
    for i in range(len(book)):
        if agreed[i] != 0:
            book[i, CROSSED] = max(book[i, CROSSED] + agreed[i], 0)
            if agreed[i] > 0 and book[i, CROSSED] >= rules.confirm_crossed:
                book[i, RANGED_T_NS] = t_ns
    return own


@both
def vague(existence: Array, floor: Array, updates: Index, track: Index, rules: Rules) -> Flags:
    """Tracks (n,) of one plot whose gate has grown so wide that any plot may be theirs.

    existence, floor, updates (n,) after the scan, track (E,) of its pairs. Such a track is no likelier than
    when it began: what it would explain, a false plot or a new object explains as well. Left alone it would
    live on, for a gate with many plots is never missed. Where many objects start at once, their tracks gain
    existence and are spared.
    """
    result, begin = np.zeros(len(existence), np.bool_), 0
    while begin < len(track):
        i, end = track[begin], begin + 1
        while end < len(track) and track[end] == i:
            end += 1
        if end - begin > rules.vague_plots_max and updates[i] < 2:
            result[i] = existence[i] < min(rules.prune_existence, 4 * floor[i])
        begin = end
    return result


@both
def drop(tracks: Tracks, keep: Flags, t_ns: int, rules: Rules) -> tuple[int, int]:
    """Strike from `keep` what is unlikely, stale or under ground, then the least likely of too many.

    Out to 100 km the ground follows the earth, not the site's plane: at 56 km it lies 250 m below that.
    Returns how many these last are, and how many were under ground and nothing else.
    """
    n, count, d = tracks.mean.shape
    alive, buried = 0, 0
    for i in range(n):
        keep[i] &= tracks.existence[i] >= min(rules.prune_existence, tracks.floor[i])
        keep[i] &= t_ns - tracks.book[i, LAST_T_NS] <= rules.coast_ns
        coast_ns = rules.bearing_coast_ns if tracks.book[i, RANGED] > 0 else rules.crossing_coast_ns
        keep[i] &= t_ns - tracks.book[i, RANGED_T_NS] <= coast_ns
        if d == 6 and keep[i]:
            depth, east, north = 0.0, 0.0, 0.0
            for m in range(count):
                top = tracks.mean[i, m, 2] + 2 * np.sqrt(tracks.cov[i, m, 2, 2])
                away = tracks.mean[i, m, 0] ** 2 + tracks.mean[i, m, 1] ** 2
                top += BULGE_PER_M * min(away, BULGE_END_M2)
                depth += top * tracks.modes[i, m]
                east += tracks.mean[i, m, 0] * tracks.modes[i, m]
                north += tracks.mean[i, m, 1] * tracks.modes[i, m]
            keep[i] = depth > lowest_at(east, north, rules)
            buried += not keep[i]
        alive += keep[i]
    surplus = max(alive - rules.max_tracks, 0)
    if surplus > 0:
        least = order(np.where(keep, tracks.existence, 2.0))
        for k in range(surplus):
            keep[least[k]] = False
    return surplus, buried


@both
def lowest_at(east_m: float, north_m: float, rules: Rules) -> float:
    """How low a track may be at a place of the site frame, above the site along the earth, m."""
    rows, columns = rules.lowest_up_m.shape
    row = np.floor((north_m - rules.lowest_south_m) / rules.lowest_spacing_m) + 1
    column = np.floor((east_m - rules.lowest_west_m) / rules.lowest_spacing_m) + 1
    i, j = int(min(max(row, 0), rows - 1)), int(min(max(column, 0), columns - 1))
    return float(rules.lowest_up_m[i, j])


@both
def confirm(tracks: Tracks, rules: Rules) -> None:
    """Confirm what is likely enough and has a label, or plots enough, ranged ones or bearings that agreed."""
    book = tracks.book
    for i in range(len(book)):
        if tracks.existence[i] >= rules.confirm_existence:
            placed = book[i, RANGED] >= rules.confirm_ranged or book[i, CROSSED] >= rules.confirm_crossed
            if (placed and book[i, UPDATES] >= rules.confirm_updates) or book[i, SYSTEMS] != 0:
                book[i, CONFIRMED] = 1


@both
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


@both
def identity(book: Index, rows: Index) -> Index:
    """Ids (m,) of rows (m,) of a book; 0 for -1."""
    ids = np.zeros(len(rows), np.int64)
    for k in range(len(rows)):
        if rows[k] >= 0:
            ids[k] = book[rows[k], TRACK_ID]
    return ids
