"""First half of a scan: which plots could be whose, and how likely that is.

Compositions of the steps as in `folding`, into which they are built.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.birth import Unknown
from marsad.tracking.compiled import both, compilation_unit
from marsad.tracking.drag import slow
from marsad.tracking.existence import detection_probability
from marsad.tracking.gating import candidates, with_claims
from marsad.tracking.hiding import exposed, exposure
from marsad.tracking.imm import predict, suit
from marsad.tracking.measurement import compare
from marsad.tracking.mixture import places
from marsad.tracking.motion import Axes, Motion, step
from marsad.tracking.origins import origins
from marsad.tracking.presumed import presume
from marsad.tracking.projection import project_polar
from marsad.tracking.records import Claims, Found, Look, Store
from marsad.tracking.rules import Rules
from marsad.tracking.sectors import sector_factors, sectors
from marsad.tracking.store import SYSTEMS, TRACK_ID, Tracks, carry, columns, part
from marsad.tracking.tidy import lasting, renumber
from marsad.tracking.ties import sight_of
from marsad.tracking.weighing import claimants, contradicting, distrust, likely_own, weigh

Array = NDArray[np.float64]
Index = NDArray[np.int64]


class Contenders(NamedTuple):
    """Tracks that a plot may belong to or that outlast a miss, and the pairs inside the gates.

    tracks                  at the time of the scan
    believed, detect (n,)   that the sensor can see each now, and that it reports it then: see `ties`
    hidden (n,)             as `foresee` says
    track, plot (E,)        gated pairs
    lost_id                 the tracks left out
    narrowed                how often gates were halved
    """

    tracks: Tracks
    believed: Array
    detect: Array
    hidden: Array
    track: Index
    plot: Index
    lost_id: Index
    narrowed: int


@compilation_unit
def associate(
    store: Store,
    block: Array,
    look: Look,
    claims: Claims,
    motion: Motion,
    unknown: Unknown,
    rules: Rules,
    axes: Axes,
) -> Found:
    """Which plots could be whose, and how likely; the tracks at the time of the scan are in the block."""
    owner, bit, fresh = claims.owner.copy(), claims.bit.copy(), claims.named.copy()
    detect, hidden = foresee(store, block, look, motion, unknown, axes)
    may = contend(store, block, look, owner, detect, hidden, rules, axes)
    tracks, polar, n = may.tracks, look.polar, len(may.detect)
    expected, cross, spread = tracks.mean, tracks.cov, tracks.cov
    if polar:
        wanted = np.arange(n) if look.notch > 0.0 else may.track
        expected, cross, spread = project_polar(
            tracks.mean, tracks.cov, look.origin, look.rotation, axes, wanted
        )
    track, plot, density, joint, broken = compare(
        may.track,
        may.plot,
        expected,
        spread,
        tracks.modes,
        look.values,
        look.sigmas,
        polar,
        look.gates,
        owner,
        rules.label_widening,
    )
    distrust(broken, owner, bit, fresh)
    against = contradicting(track, plot, owner, bit, tracks.book[:, SYSTEMS])
    clutter, new, of_new, where = explain(look, rules)
    weighed = weigh(
        track,
        plot,
        joint,
        tracks.existence,
        may.believed,
        may.detect,
        not look.partial,
        clutter,
        new,
        owner,
        against,
        rules.label_error,
        rules.belief_tolerance,
        rules.belief_sweeps_max,
        rules.contended,
        rules.joint_events_max,
        rules.joint_tracks_max,
    )
    own, owner = likely_own(track, plot, weighed.probability, weighed.share, len(look.values))
    claimed = claimants(track, plot, weighed.probability, n, len(look.values))
    veiled = look.notch > 0.0 and polar and not look.partial
    return Found(
        block,
        store.used + len(look.values),
        n,
        expected,
        cross,
        spread,
        track,
        plot,
        density,
        weighed,
        clutter + new,
        of_new,
        where,
        may.detect,
        may.hidden if veiled else np.empty(0),
        own,
        owner,
        claimed,
        broken,
        fresh,
        may.lost_id,
        may.narrowed,
    )


@both
def foresee(
    store: Store, block: Array, look: Look, motion: Motion, unknown: Unknown, axes: Axes
) -> tuple[Array, Array]:
    """Put mean, cov and modes of the tracks at the time of the scan into the block.

    Returns the probability (n,) that the sensor reports each, and that the notch hides it (empty: no notch).
    """
    n, states = store.used, 2 * len(axes)
    past = part(columns(store.block, store.rows, store.models, states, store.sensors), 0, n)
    room = columns(block, n + len(look.values), store.models, states, store.sensors)
    mean, cov, modes = room.mean[:n], room.cov[:n], room.modes[:n]
    dt_s = (look.t_ns - store.t_ns) * 1e-9
    transition, drift, noise, switching = step(motion, axes, dt_s)
    predict(past.mean, past.cov, past.modes, transition, drift, noise, switching, axes, mean, cov, modes)
    slow(mean, motion.drag, dt_s)
    suit(mean, cov, modes, motion.slowest)
    if look.polar:
        heights = unknown.low_flyer_scale_m, unknown.ceiling_m, unknown.height_sigma_m
        presume(mean, cov, look.values, look.origin, heights, axes)
    detect, hidden = np.full(n, look.limits[6]), np.empty(0)
    if look.placed:
        origin, rotation = look.origin, look.rotation
        detect = detection_probability(places(mean, modes, origin), origin, rotation, look.limits)
        if look.notch > 0.0 or look.horizon.shape[1] > 0:
            above, notched = exposure(mean, cov, modes, origin, rotation, look.horizon, look.notch)
            detect, hidden = exposed(detect, above, notched)
    return detect, hidden


@both
def contend(
    store: Store,
    block: Array,
    look: Look,
    owner: Index,
    detect: Array,
    hidden: Array,
    rules: Rules,
    axes: Axes,
) -> Contenders:
    """Pairs inside the gates; most young tracks are false plots, which nothing follows: those are left out.

    owner (m,): rows of the tracks that labels name, -1 none; numbered anew in place. detect (n,): what sight
    of the sensor that lasts makes of it is written in its place.
    """
    n, states = store.used, 2 * len(axes)
    past = part(columns(store.block, store.rows, store.models, states, store.sensors), 0, n)
    room = columns(block, n + len(look.values), store.models, states, store.sensors)
    tracks = part(room, 0, n)
    track, plot, narrowed = candidates(
        tracks.mean,
        tracks.cov,
        look.values,
        look.sigmas,
        look.gates[-1],
        look.polar,
        look.origin,
        look.rotation,
        axes,
        rules.max_edges,
    )
    track, plot = with_claims(track, plot, owner)
    survival = np.exp(-((look.t_ns - store.t_ns) * 1e-9) / rules.lifetime_s)
    column, tied, sight = look.column, look.ties.stays > 0.0, np.empty((0, 4))
    believed, charging = past.visibility[:, column], not look.partial
    if tied:
        sight = sight_of(past, column, detect, look.able, look.ties)
        believed, detect[:] = sight[:, 0], sight[:, 1]
    lasts = lasting(past.existence * survival, past.floor, believed, detect, charging, track, rules)
    missing = np.ones(n, np.bool_)
    missing[lasts] = False
    carry(past, tracks, survival, lasts)
    believed = tracks.visibility[: len(lasts), column]
    if tied:
        sight = sight[lasts]
        believed = sight[:, 0]
        tracks.visibility[: len(lasts), column], tracks.clear[: len(lasts), column] = sight[:, 2], sight[:, 3]
    renumber(lasts, track, owner)
    return Contenders(
        part(room, 0, len(lasts)),
        believed,
        detect[lasts],
        hidden[lasts] if len(hidden) else hidden,
        track,
        plot,
        past.book[missing, TRACK_ID],
        narrowed,
    )


@both
def explain(look: Look, rules: Rules) -> tuple[Array, Array, Array, Index]:
    """What else plots (m,) may come from: density of false ones, of new objects, their modes, and sectors."""
    clutter, new, of_new = origins(
        look.values,
        look.sigmas,
        look.polar,
        look.origin,
        look.limits,
        look.facts,
        look.log_spans,
        look.speeds,
        look.false_plots,
        look.able * look.undetected,
    )
    where = sectors(look.values, look.polar, look.geometry)
    if rules.learn_clutter:
        clutter = clutter * sector_factors(where, look.placed, look.sectors, rules.sector_prior)
    return clutter, new, of_new, where
