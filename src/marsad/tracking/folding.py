"""One scan folded into the tracks: the whole flow.

Written once over the NumPy specifications of its steps; `compiled` makes one machine function of
it, over their twins. Nothing it is given is written into, so that a past moment stays what it was.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.bearings.memory import Bearings, Post
from marsad.tracking.bearings.sight import Sight, sight, testifies, unseen
from marsad.tracking.birth import Unknown
from marsad.tracking.compiled import both, compilation_unit
from marsad.tracking.conclusion import conclude
from marsad.tracking.drag import slow
from marsad.tracking.imm import predict, suit
from marsad.tracking.mixture import combine_rows, picture
from marsad.tracking.motion import Axes, Motion, step
from marsad.tracking.pairing import associate
from marsad.tracking.records import Claims, Folded, Found, Look, Played, Store
from marsad.tracking.rules import Rules
from marsad.tracking.store import columns, part

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@both
def fold(
    store: Store,
    block: Array,
    look: Look,
    claims: Claims,
    played: Played,
    bearings: Bearings,
    motion: Motion,
    unknown: Unknown,
    rules: Rules,
    limits: Array,
    axes: Axes,
) -> Folded:
    """Fold one scan in.

    block: to be filled, of `block_size` for the tracks there are and one for each plot
    bearings: those remembered; limits: of what may cross, see `crossing_limits`
    """
    found = associate(store, block, look, claims, motion, unknown, rules, axes)
    seen = compare_bearings(store, look, found, bearings, rules, limits, axes)
    return conclude(store, look, found, seen, played, unknown, rules, axes)


@compilation_unit
def compare_bearings(
    store: Store, look: Look, found: Found, bearings: Bearings, rules: Rules, limits: Array, axes: Axes
) -> Sight:
    """What the bearings of a scan say beside those of other sensors."""
    if not testifies(look.values, look.polar, look.placed, limits):
        return unseen(bearings, found.used)
    room = columns(found.block, found.rows, store.models, 2 * len(axes), store.sensors)
    reach = look.limits[1] if np.isfinite(look.limits[1]) else look.facts[0]
    sees = look.able * (look.limits[6] + look.limits[7]) / 2
    post = Post(look.origin, look.rotation, look.column, look.period_ns, reach, sees, look.undetected)
    return sight(
        bearings,
        look.values,
        look.sigmas,
        look.t_ns,
        post,
        found.track,
        found.plot,
        found.weighed.probability,
        found.weighed.elsewhere,
        found.owner,
        found.background,
        part(room, 0, found.used).book,
        limits,
        rules,
    )


class Portrait(NamedTuple):
    """Columns of a `TrackTable`, the whole numbers as in `store`."""

    book: Index
    mean: Array
    cov: Array
    existence: Array
    modes: Array


@both
def portray(
    store: Store,
    t_ns: int,
    existence_min: float,
    height: tuple[float, float, float],
    motion: Motion,
    lifetime_s: float,
    axes: Axes,
) -> Portrait:
    """The tracks at t_ns, but those less likely than existence_min; height as in `mixture.picture`."""
    n, states, dt_s = store.used, 2 * len(axes), (t_ns - store.t_ns) * 1e-9
    past = part(columns(store.block, store.rows, store.models, states, store.sensors), 0, n)
    existence = past.existence * np.exp(-max(dt_s, 0.0) / lifetime_s)
    shown = np.flatnonzero(existence >= existence_min)
    mean, cov, modes = past.mean, past.cov, past.modes
    if dt_s != 0.0:
        transition, drift, noise, switching = step(motion, axes, dt_s)
        mean, cov, modes = np.empty_like(mean), np.empty_like(cov), np.empty_like(modes)
        predict(past.mean, past.cov, past.modes, transition, drift, noise, switching, axes, mean, cov, modes)
        slow(mean, motion.drag, dt_s)
        suit(mean, cov, modes, motion.slowest)
    joint, spread = combine_rows(mean, cov, modes, shown, axes)
    joint, spread = picture(joint, spread, height[0], height[1], height[2])
    return Portrait(past.book[shown], joint, spread, existence[shown], modes[shown])
