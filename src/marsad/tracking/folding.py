"""One scan folded into the tracks: the whole flow, step by step.

Written once over the NumPy specifications of its steps; `compiled` makes one machine function of
it, over their twins. Nothing it is given is written into, so that a past moment stays what it was.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.bearings import Bearings, Post
from marsad.tracking.birth import Unknown, start
from marsad.tracking.compiled import both
from marsad.tracking.contending import contending
from marsad.tracking.drag import slow
from marsad.tracking.existence import detection_probability
from marsad.tracking.gating import candidates, with_claims
from marsad.tracking.hiding import exposed, exposure, with_hidden
from marsad.tracking.imm import predict, suit
from marsad.tracking.measurement import compare
from marsad.tracking.mixture import combine_rows, picture, places
from marsad.tracking.motion import Axes, Motion, step
from marsad.tracking.newcomers import chosen, enter, identified, startable
from marsad.tracking.origins import origins
from marsad.tracking.projection import project_polar
from marsad.tracking.records import Claims, Folded, Found, Look, Played, Store
from marsad.tracking.rules import Rules
from marsad.tracking.sectors import learn_sectors, sector_factors, sectors
from marsad.tracking.sight import Sight, sight, testifies, unseen
from marsad.tracking.store import SYSTEMS, TRACK_ID, UPDATES, carry, columns, keep, part
from marsad.tracking.tidy import (
    attribution,
    confirm,
    drop,
    identity,
    lasting,
    note_own,
    paired,
    renumber,
    settle,
    vague,
)
from marsad.tracking.twins import agreeing, merge, sharing
from marsad.tracking.update import update
from marsad.tracking.weighing import claimants, contradicting, distrust, likely_own, weigh

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


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
    found = associate(store, block, look, claims, motion, rules, axes)
    seen = compare_bearings(store, look, found, bearings, rules, limits, axes)
    return conclude(store, look, found, seen, played, unknown, rules, axes)


@both
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


@both
def associate(
    store: Store, block: Array, look: Look, claims: Claims, motion: Motion, rules: Rules, axes: Axes
) -> Found:
    """The first half: which plots could be whose, and how likely."""
    n, m, states, t_ns = store.used, len(look.values), 2 * len(axes), look.t_ns
    values, sigmas, polar, origin, rotation = look.values, look.sigmas, look.polar, look.origin, look.rotation
    past = part(columns(store.block, store.rows, store.models, states, store.sensors), 0, n)
    rows = n + m
    tracks = part(columns(block, rows, store.models, states, store.sensors), 0, n)
    mean, cov, modes = tracks.mean, tracks.cov, tracks.modes

    # the tracks at the time of the scan
    dt_s = (t_ns - store.t_ns) * 1e-9
    transition, drift, noise, switching = step(motion, axes, dt_s)
    predict(past.mean, past.cov, past.modes, transition, drift, noise, switching, axes, mean, cov, modes)
    slow(mean, motion.drag, dt_s)
    suit(mean, cov, modes, motion.slowest)
    survival, charging = np.exp(-dt_s / rules.lifetime_s), not look.partial
    detect, hidden = np.full(n, look.limits[6]), np.empty(0)
    if look.placed:
        detect = detection_probability(places(mean, modes, origin), origin, rotation, look.limits)
        if look.notch > 0.0 or look.horizon.shape[1] > 0:
            above, notched = exposure(mean, cov, modes, origin, rotation, look.horizon, look.notch)
            detect, hidden = exposed(detect, above, notched)

    # pairs inside the gates
    track, plot, narrowed = candidates(
        mean, cov, values, sigmas, look.gates[-1], polar, origin, rotation, axes, rules.max_edges
    )
    owner, bit, fresh = claims.owner.copy(), claims.bit.copy(), claims.named.copy()
    track, plot = with_claims(track, plot, owner)

    # who is worth the rest: most newcomers are false plots, which nothing follows
    lasts = lasting(
        past.existence * survival, past.floor, past.visibility[:, look.column], detect, charging, track, rules
    )
    missing = np.ones(n, np.bool_)
    missing[lasts] = False
    lost_id = past.book[missing, TRACK_ID]
    carry(past, tracks, survival, lasts)
    renumber(lasts, track, owner)
    n = len(lasts)
    tracks = part(tracks, 0, n)
    mean, cov, modes, detect = tracks.mean, tracks.cov, tracks.modes, detect[lasts]
    hidden = hidden[lasts] if len(hidden) else hidden

    expected, cross, spread = mean, cov, cov
    if polar:
        wanted = np.arange(n) if look.notch > 0.0 else track
        expected, cross, spread = project_polar(mean, cov, origin, rotation, axes, wanted)
    track, plot, density, joint, broken = compare(
        track, plot, expected, spread, modes, values, sigmas, polar, look.gates, owner, rules.label_widening
    )
    distrust(broken, owner, bit, fresh)

    # how likely each pair is, and each track
    against = contradicting(track, plot, owner, bit, tracks.book[:, SYSTEMS])
    clutter, new, of_new = origins(
        values,
        sigmas,
        polar,
        origin,
        look.limits,
        look.facts,
        look.log_spans,
        look.speeds,
        look.false_plots,
        look.able * look.undetected,
    )
    where = sectors(values, polar, look.geometry)
    if rules.learn_clutter:
        clutter = clutter * sector_factors(where, look.placed, look.sectors, rules.sector_prior)
    believed = tracks.visibility[:, look.column]
    weighed = weigh(
        track,
        plot,
        joint,
        tracks.existence,
        believed,
        detect,
        charging,
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
    own, owner = likely_own(track, plot, weighed.probability, weighed.share, m)
    claimed = claimants(track, plot, weighed.probability, n, m)
    if look.notch == 0.0 or not polar or look.partial:
        hidden = np.empty(0)
    return Found(
        block,
        rows,
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
        hidden,
        own,
        owner,
        claimed,
        broken,
        fresh,
        lost_id,
        narrowed,
    )


@both
def conclude(
    store: Store,
    look: Look,
    found: Found,
    seen: Sight,
    played: Played,
    unknown: Unknown,
    rules: Rules,
    axes: Axes,
) -> Folded:
    """The second half: what that means for the tracks; which of them are new, and which go."""
    n, t_ns, weighed = found.used, look.t_ns, found.weighed
    values, sigmas, polar, origin, rotation = look.values, look.sigmas, look.polar, look.origin, look.rotation
    track, plot = found.track, found.plot
    room = columns(found.block, found.rows, store.models, 2 * len(axes), store.sensors)
    tracks = part(room, 0, n)
    mean, cov, modes = tracks.mean, tracks.cov, tracks.modes

    # the tracks there were
    ranged, directed = ~np.isnan(values[:, 0]), ~np.isnan(values[:, 1])
    settle(tracks, weighed, track, plot, ~ranged, seen.agreed, look.column, t_ns, rules)
    own_track, own_plot, own_share = track[found.own], plot[found.own], weighed.share[found.own]
    density, share, unseen = found.density, weighed.share, weighed.unseen
    if len(found.hidden):
        track, plot, density, share, unseen, values, sigmas = with_hidden(
            track,
            plot,
            density,
            share,
            unseen,
            found.hidden,
            found.expected,
            found.spread,
            values,
            sigmas,
            look.notch,
        )
    update(
        mean,
        cov,
        modes,
        found.expected,
        found.cross,
        found.spread,
        track,
        plot,
        density,
        share,
        unseen,
        values,
        sigmas,
        polar,
        axes,
    )
    had_own = note_own(tracks, own_track, own_plot, ranged, seen.agreed, t_ns, rules)
    kept = np.ones(found.rows, np.bool_)
    kept[:n] &= ~vague(tracks.existence, tracks.floor, tracks.book[:, UPDATES], found.track, rules)
    merged = np.empty((2, 0), np.int64)
    if not look.partial:
        updates, distance = tracks.book[:, UPDATES], rules.merge_distance
        shares = sharing(found.track, found.plot, n, len(look.values))
        older, younger = agreeing(
            mean, cov, modes, shares, updates, tracks.existence, distance, axes, rules.max_edges
        )
        merged = merge(
            tracks, older, younger, shares, had_own, kept[:n], rules.merge_updates, rules.existence_max
        )

    # what is new
    chance = startable(weighed.birth, weighed.elsewhere, ranged & directed, found.fresh, rules)
    born_plot, unborn = chosen(chance, rules.birth_existence_min, rules.max_tracks)
    born_id = identified(born_plot, played.plot, played.track_id, played.next_id)
    total = n + len(born_plot)
    born = part(room, n, total)
    enter(born, chance, found.modes, born_plot, born_id, t_ns, look.visibility)
    start(values, sigmas, born_plot, polar, origin, rotation, axes, unknown, born.mean, born.cov)
    counts = look.sectors
    if rules.learn_clutter and not look.partial:
        memory = rules.sector_memory_scans
        counts = learn_sectors(found.where, look.placed, counts, weighed.false, memory)

    # what goes, and what is shown
    everything = part(room, 0, total)
    surplus = drop(everything, kept[:total], t_ns, rules)
    confirm(everything, rules)
    own, probability = attribution(tracks, weighed, own_track, own_plot, own_share, born_id, born_plot)
    owner_id, claimed_id = identity(tracks.book, found.owner), identity(tracks.book, found.claimed)
    claimed_id[born_plot] = np.where(found.claimed[born_plot] < 0, born_id, claimed_id[born_plot])
    dropped_id = np.concatenate((found.lost_id, everything.book[~kept[:total], TRACK_ID]))
    used = keep(everything, kept[:total])
    return Folded(
        used,
        own,
        probability,
        owner_id,
        claimed_id,
        found.broken,
        paired(born_plot, born_id),
        merged,
        dropped_id,
        counts,
        weighed.false.sum(),
        found.narrowed,
        unborn + surplus,
        seen.bearings,
        contending(values, sigmas, polar, part(room, 0, used), axes),
        paired(seen.fresh, seen.older),
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
