"""Second half of a scan: what its plots mean for the tracks, which of them are new, and which go.

Compositions of the steps as in `folding`, into which they are built.
"""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.bearings.sight import Sight
from marsad.tracking.birth import Unknown, start
from marsad.tracking.comparing import compare_looks
from marsad.tracking.compiled import both, compilation_unit
from marsad.tracking.hiding import with_hidden
from marsad.tracking.motion import Axes
from marsad.tracking.newcomers import chosen, enter, identified, startable
from marsad.tracking.records import Folded, Found, Look, Played, Store
from marsad.tracking.relinking.contending import contending
from marsad.tracking.rules import Rules
from marsad.tracking.sectors import learn_sectors, unexplained
from marsad.tracking.store import CONFIRMED, TRACK_ID, UPDATES, Tracks, columns, keep, part
from marsad.tracking.tidy import (
    as_rows,
    attribution,
    confirm,
    drop,
    identity,
    note_own,
    settle,
    vague,
)
from marsad.tracking.ties import discounted
from marsad.tracking.twins import agreeing, merge, sharing
from marsad.tracking.update import update

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


@compilation_unit
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
    """Update the tracks there were, start new ones, drop what is not worth keeping."""
    n, track, plot, weighed = found.used, found.track, found.plot, found.weighed
    room = columns(found.block, found.rows, store.models, 2 * len(axes), store.sensors)
    tracks, kept = part(room, 0, n), np.ones(found.rows, np.bool_)
    own_track, own_plot, own_share = track[found.own], plot[found.own], weighed.share[found.own]
    compared = look.ties.compared
    if look.ties.learns:
        compared = compare_looks(tracks, found.expected, look, own_track, own_plot, found.detect)
    had_own = revise(tracks, look, found, seen, own_track, own_plot, rules, axes)
    kept[:n] &= ~vague(tracks.existence, tracks.floor, tracks.book[:, UPDATES], track, rules)
    merged = np.empty((2, 0), np.int64)
    if not look.partial:
        merged = unite(tracks, found, had_own, kept[:n], len(look.values), rules, axes)
    born_plot, born_id, unborn = begin(room, look, found, played, unknown, rules, axes)
    counts, false = look.sectors, weighed.false
    if look.partial:
        false = unexplained(look.values, track, plot, weighed.probability, tracks.book[:, CONFIRMED])
    if rules.learn_clutter and look.share > 0.0:
        memory_scans = rules.sector_memory_scans / look.share
        counts = learn_sectors(found.where, look.placed, counts, false, memory_scans)
    everything, alive = part(room, 0, n + len(born_plot)), kept[: n + len(born_plot)]
    surplus, buried = drop(everything, alive, look.t_ns, rules)
    confirm(everything, rules)
    own, probability = attribution(tracks, weighed, own_track, own_plot, own_share, born_id, born_plot)
    owner_id, claimed_id = identity(tracks.book, found.owner), identity(tracks.book, found.claimed)
    claimed_id[born_plot] = np.where(found.claimed[born_plot] < 0, born_id, claimed_id[born_plot])
    dropped_id = np.concatenate((found.lost_id, everything.book[~alive, TRACK_ID]))
    used = keep(everything, alive)
    return Folded(
        used,
        own,
        probability,
        owner_id,
        claimed_id,
        found.broken,
        as_rows(born_plot, born_id),
        merged,
        dropped_id,
        counts,
        false.sum(),
        found.narrowed,
        unborn + surplus,
        buried,
        seen.bearings,
        contending(look.values, look.sigmas, look.polar, part(room, 0, used), axes),
        as_rows(seen.fresh, seen.older),
        compared,
    )


@both
def revise(
    tracks: Tracks,
    look: Look,
    found: Found,
    seen: Sight,
    own_track: Index,
    own_plot: Index,
    rules: Rules,
    axes: Axes,
) -> Flags:
    """Take the plots into existence, states and book of the tracks (n,); which had one of its own."""
    track, plot, weighed, ranged = found.track, found.plot, found.weighed, ~np.isnan(look.values[:, 0])
    settle(
        tracks,
        weighed,
        track,
        plot,
        ~ranged,
        seen.agreed,
        found.detect,
        look.ties.stays > 0.0,
        look.partial,
        look.column,
        look.t_ns,
        rules,
    )
    density, share, unseen = found.density, weighed.share, weighed.unseen
    values, sigmas = look.values, look.sigmas
    if look.ties.error_s > 0.0:
        seen_ns = tracks.seen_ns[:, look.column]
        plot, density, values, sigmas = discounted(
            track, plot, density, values, sigmas, seen_ns, look.t_ns, look.ties.error_s
        )
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
        tracks.mean,
        tracks.cov,
        tracks.modes,
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
        look.polar,
        axes,
    )
    return note_own(tracks, own_track, own_plot, ranged, seen.agreed, look.column, look.t_ns, rules)


@both
def unite(
    tracks: Tracks, found: Found, had_own: Flags, kept: Flags, plots: int, rules: Rules, axes: Axes
) -> Index:
    """Merge tracks that have long agreed; ids (2, t) of those that stay and of those that go."""
    updates, distance = tracks.book[:, UPDATES], rules.merge_distance
    shares = sharing(found.track, found.plot, len(tracks.existence), plots)
    older, younger = agreeing(
        tracks.mean,
        tracks.cov,
        tracks.modes,
        shares,
        updates,
        tracks.existence,
        distance,
        axes,
        rules.max_edges,
    )
    return merge(tracks, older, younger, shares, had_own, kept, rules.merge_updates, rules.existence_max)


@both
def begin(
    room: Tracks, look: Look, found: Found, played: Played, unknown: Unknown, rules: Rules, axes: Axes
) -> tuple[Index, Index, int]:
    """Start a track, behind the n there were, of each plot (b,) likely new; those, their ids, and how many
    there was no room for.
    """
    weighed, values = found.weighed, look.values
    whole = ~(np.isnan(values[:, 0]) | np.isnan(values[:, 1]))
    chance = startable(weighed.birth, weighed.elsewhere, whole, found.fresh, rules)
    born_plot, unborn = chosen(chance, rules.birth_existence_min, rules.max_tracks)
    born_id = identified(born_plot, played.plot, played.track_id, played.next_id)
    born = part(room, found.used, found.used + len(born_plot))
    enter(born, chance, found.modes, born_plot, born_id, look.t_ns, look.visibility, look.column)
    start(
        values,
        look.sigmas,
        born_plot,
        look.polar,
        look.origin,
        look.rotation,
        axes,
        unknown,
        born.mean,
        born.cov,
    )
    return born_plot, born_id, unborn
