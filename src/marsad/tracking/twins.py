"""Two tracks of one object: found by their states agreeing for several scans, then made one."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.kernels import Kernels
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.store import TrackStore

Array = NDArray[np.float64]
Index = NDArray[np.int64]

MATURE_UPDATES = 3  # a younger track is too vague to agree with anything


def agreeing(
    mean: Array, cov: Array, mature: NDArray[np.bool_], distance: float, run: Kernels, limit: int
) -> tuple[Index, Index]:
    """Pairs of rows (older, younger) whose joint states (n, d) differ by at most `distance` sigmas.

    The squared distance per dimension is taken in the sum of both covariances.
    """
    rows = np.flatnonzero(mature)
    if len(rows) < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    d = mean.shape[1]
    variance = np.trace(cov[rows][:, :2, :2], axis1=1, axis2=2)
    # |apart|² <= distance² d (var_a + var_b), and sqrt(a + b) <= sqrt(a) + sqrt(b)
    radius = distance * np.sqrt(d * variance)
    place = np.ascontiguousarray(mean[rows, :2])
    first, second, _ = run.touching(place, radius, place, radius, limit)
    older, younger = rows[first[first < second]], rows[second[first < second]]
    apart = mean[older] - mean[younger]
    square = np.linalg.solve(cov[older] + cov[younger], apart[..., None])[..., 0]
    close = (apart * square).sum(-1) <= d * distance**2
    return older[close], younger[close]


def merge(
    store: TrackStore, older: Index, younger: Index, own_plot: NDArray[np.bool_], settings: TrackingSettings
) -> list[tuple[int, int]]:
    """Count agreement of twins; make those one that agreed long enough.

    own_plot (n,): the track had a plot of its own in this scan; two such tracks are two objects.
    Returns (row that stays, row to drop) pairs; the older keeps its id and gains in existence.
    """
    if len(older) == 0 and not store.twin_scans.any():
        return []
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
    for name in ("existence", "confirmed", "updates", "last_t_ns"):
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
    return pairs
