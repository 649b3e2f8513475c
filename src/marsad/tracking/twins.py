"""Two tracks of one object: found by their states agreeing for several scans, then made one."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both, part_of_kernel, twin_of
from marsad.tracking.grid import touching, touching_compiled
from marsad.tracking.mixture import combine_one, combine_rows
from marsad.tracking.motion import Axes
from marsad.tracking.store import (
    CONFIRMED,
    CROSSED,
    LAST_T_NS,
    RANGED,
    RANGED_T_NS,
    TRACK_ID,
    TWIN_ID,
    TWIN_SCANS,
    UPDATES,
    Tracks,
)

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

MATURE_UPDATES = 3  # a younger track is too vague to agree with anything
LIKELY = 0.1  # and a false plot's track has nothing to merge


@both
def sharing(edge_track: Index, edge_plot: Index, tracks: int, plots: int) -> Flags:
    """Tracks (n,) that have a plot in their gate which another has in its own, too."""
    result, first = np.zeros(tracks, np.bool_), np.full(plots, -1)
    for e in range(len(edge_track)):
        i, j = edge_track[e], edge_plot[e]
        if first[j] < 0:
            first[j] = i
        else:
            result[i] = True
            result[first[j]] = True
    return result


def agreeing(
    mean: Array,
    cov: Array,
    modes: Array,
    shares: Flags,
    updates: Index,
    existence: Array,
    distance: float,
    axes: Axes,
    limit: int,
) -> tuple[Index, Index]:
    """Pairs of rows (older, younger) whose joint states differ by at most `distance` sigmas.

    The squared distance per dimension is taken in the sum of both covariances. Tracks that are
    young or unlikely agree with nobody, and only those that share plots (n,) are looked at: two tracks of one
    object have the same ones in their gates.
    """
    rows = np.flatnonzero(shares & (updates >= MATURE_UPDATES) & (existence > LIKELY))
    if len(rows) < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    joint, spread = combine_rows(mean, cov, modes, rows, axes)
    d = joint.shape[1]
    variance = np.trace(spread[:, :2, :2], axis1=1, axis2=2)
    square = distance**2 * d * variance  # as |apart|² <= distance² d (var_a + var_b)
    first, second, _ = touching(joint[:, :2], np.zeros(len(rows)), square, joint[:, :2], square, limit)
    older, younger = first[first < second], second[first < second]
    apart = joint[older] - joint[younger]
    square = np.linalg.solve(spread[older] + spread[younger], apart[..., None])[..., 0]
    close = (apart * square).sum(-1) <= d * distance**2
    return rows[older[close]], rows[younger[close]]


@twin_of(agreeing)
def agreeing_compiled(
    mean: Array,
    cov: Array,
    modes: Array,
    shares: Flags,
    updates: Index,
    existence: Array,
    distance: float,
    axes: Axes,
    limit: int,
) -> tuple[Index, Index]:
    """The twin of `agreeing`."""
    rows = np.empty(len(mean), np.int64)
    n, d, count = 0, 2 * len(axes), modes.shape[1]
    for i in range(len(mean)):
        if shares[i] and updates[i] >= MATURE_UPDATES and existence[i] > LIKELY:
            rows[n] = i
            n += 1
    if n < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    states, spreads = mean.reshape((len(mean) * count, d)), cov.reshape((len(mean) * count, d * d))
    place, square = np.empty((n, 2)), np.empty(n)
    for i in range(n):
        place[i, 0], place[i, 1], variance = _ground(states, spreads, modes, rows[i], axes)
        square[i] = distance**2 * d * variance
    first, second, _ = touching_compiled(place, np.zeros(n), square, place, square, limit)
    joint, spread = np.empty((2, d)), np.empty((2, d * d))
    scratch, found = np.empty(d * d + d), 0
    for e in range(len(first)):
        i, j = first[e], second[e]
        if i < j:
            combine_one(states, spreads, modes, rows[i], axes, joint, spread, 0)
            combine_one(states, spreads, modes, rows[j], axes, joint, spread, 1)
            if _apart(joint, spread, 0, 1, axes, scratch) <= d * distance**2:
                first[found], second[found] = rows[i], rows[j]
                found += 1
    return first[:found], second[:found]


@part_of_kernel
def _ground(states: Array, spreads: Array, modes: Array, i: int, axes: Axes) -> tuple[float, float, float]:
    """Mixture of a track's models: place east and north, and the sum of its variances there."""
    count, d = modes.shape[1], 2 * len(axes)
    x, y, variance = 0.0, 0.0, 0.0
    for m in range(count):
        x += modes[i, m] * states[i * count + m, 0]
        y += modes[i, m] * states[i * count + m, 1]
    for m in range(count):
        r = i * count + m
        apart_x, apart_y = states[r, 0] - x, states[r, 1] - y
        own = spreads[r, 0] + spreads[r, d + 1] + apart_x * apart_x + apart_y * apart_y
        variance += modes[i, m] * own
    return x, y, variance


@part_of_kernel
def _apart(joint: Array, spread: Array, i: int, j: int, axes: Axes, scratch: Array) -> float:
    """Squared distance of two states in the sum of their covariances."""
    d, square = 2 * len(axes), 0.0
    for a in range(d):
        value = joint[i, a] - joint[j, a]
        for b in range(a + 1):
            product = spread[i, a * d + b] + spread[j, a * d + b]
            for c in range(b):
                product -= scratch[a * d + c] * scratch[b * d + c]
            scratch[a * d + b] = np.sqrt(product) if a == b else product / scratch[b * d + b]
        for c in range(a):
            value -= scratch[a * d + c] * scratch[d * d + c]
        scratch[d * d + a] = value / scratch[a * d + a]
        square += scratch[d * d + a] ** 2
    return square


@both
def merge(
    tracks: Tracks,
    older: Index,
    younger: Index,
    shares: Flags,
    own_plot: Flags,
    keep: Flags,
    updates_min: int,
    existence_max: float,
) -> Index:
    """Count agreement of twins; make those one that agreed for `updates_min` scans.

    shares (n,): as in `agreeing`; a scan that shows a track no plot, or one to it alone, says nothing.
    own_plot (n,): the track had a plot of its own in this scan; two such tracks are two objects.
    Pairs come sorted, rows are in order of age. The older keeps its id and gains in existence; the
    younger is struck from `keep`. Ids (2, t) of those that stay and of those that go.
    """
    book, partner = tracks.book, np.full(len(keep), -1, np.int64)
    for e in range(len(older)):
        # the first pair of a younger track is with the oldest
        if partner[younger[e]] < 0 and not (own_plot[older[e]] and own_plot[younger[e]]):
            partner[younger[e]] = older[e]
    ids = np.empty((2, len(older)), np.int64)
    merged = 0
    for goes in range(len(keep)):
        if not shares[goes]:
            continue
        stays = partner[goes]
        again = stays >= 0 and book[goes, TWIN_ID] == book[stays, TRACK_ID]
        book[goes, TWIN_SCANS] = 0 if stays < 0 else (book[goes, TWIN_SCANS] + 1 if again else 1)
        book[goes, TWIN_ID] = 0 if stays < 0 else book[stays, TRACK_ID]
        if stays >= 0 and keep[stays] and book[goes, TWIN_SCANS] >= updates_min:
            keep[goes] = False
            ids[0, merged], ids[1, merged] = book[stays, TRACK_ID], book[goes, TRACK_ID]
            merged += 1
            together = 1 - (1 - tracks.existence[stays]) * (1 - tracks.existence[goes])
            tracks.existence[stays] = min(together, existence_max)
            for column in (CONFIRMED, UPDATES, LAST_T_NS, RANGED, RANGED_T_NS, CROSSED):
                book[stays, column] = max(book[stays, column], book[goes, column])
    return ids[:, :merged].copy()
