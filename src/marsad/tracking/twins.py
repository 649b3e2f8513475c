"""Two tracks of one object: found by their states agreeing for several scans, then made one."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel
from marsad.tracking.gating import touching, touching_compiled
from marsad.tracking.imm import combine, combine_one
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.store import TrackStore

Array = NDArray[np.float64]
Index = NDArray[np.int64]

MATURE_UPDATES = 3  # a younger track is too vague to agree with anything
LIKELY = 0.1  # and a false plot's track has nothing to merge


def agreeing(
    mean: Array,
    cov: Array,
    modes: Array,
    updates: Index,
    existence: Array,
    distance: float,
    limit: int,
) -> tuple[Index, Index]:
    """Pairs of rows (older, younger) whose joint states differ by at most `distance` sigmas.

    The squared distance per dimension is taken in the sum of both covariances. Tracks that are
    young or unlikely agree with nobody.
    """
    rows = np.flatnonzero((updates >= MATURE_UPDATES) & (existence > LIKELY))
    if len(rows) < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    joint, spread = combine(mean[rows], cov[rows], modes[rows])
    d = joint.shape[1]
    variance = np.trace(spread[:, :2, :2], axis1=1, axis2=2)
    # |apart|² <= distance² d (var_a + var_b), and sqrt(a + b) <= sqrt(a) + sqrt(b)
    radius = distance * np.sqrt(d * variance)
    first, second, _ = touching(joint[:, :2], radius, joint[:, :2], radius, limit)
    older, younger = first[first < second], second[first < second]
    apart = joint[older] - joint[younger]
    square = np.linalg.solve(spread[older] + spread[younger], apart[..., None])[..., 0]
    close = (apart * square).sum(-1) <= d * distance**2
    return rows[older[close]], rows[younger[close]]


@kernel
def agreeing_compiled(
    mean: Array,
    cov: Array,
    modes: Array,
    updates: Index,
    existence: Array,
    distance: float,
    limit: int,
) -> tuple[Index, Index]:
    """The twin of `agreeing`."""
    rows = np.empty(len(mean), np.int64)
    n, d = 0, mean.shape[2]
    for i in range(len(mean)):
        if updates[i] >= 3 and existence[i] > 0.1:  # MATURE_UPDATES, LIKELY
            rows[n] = i
            n += 1
    if n < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    joint, spread = np.zeros((n, d)), np.zeros((n, d, d))
    place, radius = np.empty((n, 2)), np.empty(n)
    for i in range(n):
        combine_one(mean, cov, modes, rows[i], joint, spread, i)
        place[i, 0], place[i, 1] = joint[i, 0], joint[i, 1]
        radius[i] = distance * np.sqrt(d * (spread[i, 0, 0] + spread[i, 1, 1]))
    first, second, _ = touching_compiled(place, radius, place, radius, limit)
    factor, white = np.empty((d, d)), np.empty(d)
    found = 0
    for e in range(len(first)):
        i, j = first[e], second[e]
        if i >= j:
            continue
        square = 0.0
        for a in range(d):
            value = joint[i, a] - joint[j, a]
            for b in range(a + 1):
                product = spread[i, a, b] + spread[j, a, b]
                for c in range(b):
                    product -= factor[a, c] * factor[b, c]
                factor[a, b] = np.sqrt(product) if a == b else product / factor[b, b]
            for c in range(a):
                value -= factor[a, c] * white[c]
            white[a] = value / factor[a, a]
            square += white[a] ** 2
        if square <= d * distance**2:
            first[found], second[found] = rows[i], rows[j]
            found += 1
    return first[:found].copy(), second[:found].copy()


def merge(
    store: TrackStore, older: Index, younger: Index, own_plot: NDArray[np.bool_], settings: TrackingSettings
) -> list[tuple[int, int]]:
    """Count agreement of twins; make those one that agreed long enough.

    own_plot (n,): the track had a plot of its own in this scan; two such tracks are two objects.
    Returns (row that stays, row to drop) pairs; the older keeps its id and gains in existence.
    """
    apart = own_plot[older] & own_plot[younger]
    older, younger = older[~apart], younger[~apart]
    # rows are in order of age, so the first pair of a younger track is with the oldest
    order = np.lexsort((older, younger))
    older, younger = older[order], younger[order]
    single = np.r_[True, younger[1:] != younger[:-1]] if len(younger) else np.zeros(0, bool)
    older, younger = older[single], younger[single]
    partner = store.track_id[older]
    scans = np.where(store.twin_id[younger] == partner, store.twin_scans[younger] + 1, 1)
    twin_id, twin_scans = np.zeros(len(store), np.int64), np.zeros(len(store), np.int64)
    twin_id[younger], twin_scans[younger] = partner, scans
    store.twin_id, store.twin_scans = twin_id, twin_scans
    ripe = scans >= settings.merge_updates
    pairs: list[tuple[int, int]] = []
    gone = set()
    if not ripe.any():
        return pairs
    for name in ("existence", "confirmed", "updates", "last_t_ns", "ranged", "ranged_t_ns", "crossed"):
        setattr(store, name, getattr(store, name).copy())
    for stays, goes in zip(older[ripe].tolist(), younger[ripe].tolist(), strict=True):
        if stays in gone:
            continue
        gone.add(goes)
        pairs.append((stays, goes))
        together = 1 - (1 - store.existence[stays]) * (1 - store.existence[goes])
        store.existence[stays] = min(together, settings.existence_max)
        store.confirmed[stays] |= store.confirmed[goes]
        store.updates[stays] = max(store.updates[stays], store.updates[goes])
        store.last_t_ns[stays] = max(store.last_t_ns[stays], store.last_t_ns[goes])
        store.ranged[stays] = max(store.ranged[stays], store.ranged[goes])
        store.ranged_t_ns[stays] = max(store.ranged_t_ns[stays], store.ranged_t_ns[goes])
        store.crossed[stays] = max(store.crossed[stays], store.crossed[goes])
    return pairs
