"""What sensors of a kind say by their misses that never saw a track: together little more than one of them.

Ten radars do not say ten times that an object is not there. Whatever hides it from one of them, that it is
small, low, or behind something, or that they see nothing at all, hides it from all: their misses have a
common cause. So of those of a kind that never saw a track the first to look speaks for them; what the others
say beside it is taken to be of the same cause nearly always, and adds no more than the rest, be they ever so
many. A sensor that comes later has no say of what was there before it came, until it sees it. One that has
seen the track has shown that it can, and speaks for itself. (Common cause failures: Fleming, "A reliability
model for common mode failures in redundant safety systems", General Atomic GA-A13284, 1974: the beta factor.)
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from marsad.model.sensor import SensorKind
from marsad.tracking.existence import SensorModel, detection_probability
from marsad.tracking.store import Tracks
from marsad.tracking.view import View

Array = NDArray[np.float64]
Index = NDArray[np.int64]

APART_MAX = 0.05  # that what hides an object from one sensor of a kind does not hide it from another


def kin(sensors: Iterable[SensorModel]) -> dict[str, Index]:
    """Of each sensor, the columns of the others whose misses have the same causes as its own, ascending."""
    columns: dict[SensorKind, list[int]] = {}
    models = list(sensors)
    for model in models:
        if model.sensor.kind.sweeps:
            columns.setdefault(model.sensor.kind, []).append(model.column)
    alike = {kind: np.array(sorted(found), np.int64) for kind, found in columns.items()}
    none = np.empty(0, np.int64)
    found = [(model.sensor.sensor_id, alike.get(model.sensor.kind, none), model.column) for model in models]
    return {name: others[others != column] for name, others, column in found}


def sight_of_old(tracks: Tracks, model: SensorModel, others: Index) -> Array:
    """The probability that a sensor which comes now can see each track (n,) that is there already."""
    if len(others) == 0:
        return np.full(len(tracks.existence), model.visibility)
    shared = np.where(np.isneginf(tracks.seen_ns[:, others]), tracks.visibility[:, others], APART_MAX)
    return np.asarray(np.minimum(shared.min(1), APART_MAX))


def share_sight(tracks: Tracks, model: SensorModel, view: View, others: Index) -> None:
    """Let the kin of a sensor that has looked, and never saw a track either, say no more of it than that.

    Who covers it and spoke first goes on speaking; the others share one belief of what is left.
    """
    unseen = np.flatnonzero(np.isneginf(tracks.seen_ns[:, model.column]))
    where = np.ix_(unseen, others)
    own, known = tracks.visibility[unseen, model.column][:, None], tracks.visibility[where]
    bound = np.where(own > APART_MAX, APART_MAX, np.where(known > APART_MAX, 1.0, own))
    changed = np.isneginf(tracks.seen_ns[where]) & (known > bound)
    rows = np.flatnonzero(changed.any(1)) if view.placed else unseen[:0]
    if len(rows):
        mean, modes = tracks.mean[unseen[rows]], tracks.modes[unseen[rows]]
        covered = (
            detection_probability(_places(mean, modes, view), view.origin, view.rotation, view.limits) > 0
        )
        changed[rows] &= covered[:, None]
    tracks.visibility[where] = np.where(changed, bound, known)


def _places(mean: Array, modes: Array, view: View) -> Array:
    """`mixture.places`, of many at once."""
    axes = mean.shape[-1] // 2
    place = np.full((len(mean), 3), view.origin[2])
    place[:, :axes] = (modes[:, :, None] * mean[..., :axes]).sum(1)
    return place
