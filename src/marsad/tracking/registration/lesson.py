"""What one scan teaches of biases: pairs of its plots with recent ones of other sensors."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.mixture import combine
from marsad.tracking.motion import PLANE, SPACE
from marsad.tracking.registration.pairs import (
    REFUSED,
    USED,
    Belief,
    Subject,
    pair_information,
)
from marsad.tracking.registration.recent import (
    SENSOR,
    SPENT,
    TIME,
    TRACK,
    WIDTH,
    Flight,
    located,
    matches,
    paired,
    remembered,
    rows_of,
)
from marsad.tracking.registration.witnesses import (
    PARTS,
    Evidence,
    Witnesses,
    key_of,
    noted,
    row_of_pair,
    witness_of,
)
from marsad.tracking.store import CONFIRMED, COUNTS, TRACK_ID

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

SURE = 0.9  # share of a plot that must be its track's
GRAVITY_MAX = 0.1  # what likely falls is not bridged by its velocity


class Attributed(NamedTuple):
    """The plots (m, K) of a scan, and which are likely whose: track_id, plot (row of these), share."""

    values: Array
    sigmas: Array
    t_ns: int
    track_id: Index
    plot: Index
    share: Array


class Known(NamedTuple):
    """Tracks before the scan, dt_s earlier: columns of the store and the motion models' nature."""

    book: Index
    mean: Array
    cov: Array
    modes: Array
    noise: Array
    gravity: Array
    dt_s: float


class Memory(NamedTuple):
    """Evidence that is gathered, by whom, and recent plots; see `RegistrationState`."""

    evidence: Evidence
    witnesses: Witnesses
    pairs: Index
    refusals: Array
    tracks: Index
    keys: Index
    recent: Array


class Limits(NamedTuple):
    """gates, soft as `pair_information`; greatest age of a pair; numbers of plots compared and kept;
    pairs over which the share of refused ones is taken; how long an object is one witness.
    """

    gates: Array
    soft: Array
    age_ns: int
    compared_max: int
    plots_max: int
    refusals_memory: float
    witness_ns: int


def lesson(
    look: Attributed, known: Known, subject: Subject, belief: Belief, memory: Memory, limits: Limits
) -> Memory:
    """The memory after a scan; nothing given is changed."""
    at = rows_of(look.track_id, known.book[:, TRACK_ID])
    sure = np.flatnonzero((look.share > SURE) & (at >= 0))
    sure = sure[(known.book[at[sure], CONFIRMED] > 0) & (known.modes[at[sure]] @ known.gravity < GRAVITY_MAX)]
    sure = sure[: limits.compared_max]
    plot, track_id = look.plot[sure], look.track_id[sure]
    flight = _flight(known, at[sure])
    planar = known.mean.shape[-1] == 4
    values, sigmas = in_space(look.values[plot], planar), in_space(look.sigmas[plot], planar)
    keys, spent = memory.keys.copy(), np.zeros(len(plot), np.int64)
    mine, theirs, crowd = matches(keys, track_id, subject.row, look.t_ns, limits.age_ns)
    pairs = paired(values[mine], sigmas[mine], look.t_ns, keys[theirs], memory.recent[theirs], crowd)
    matrix, vector, fate = pair_information(subject, pairs, belief, limits.gates, limits.soft)
    flown = np.concatenate([flight.state[:, :2], flight.state[:, 3:5]], 1)
    said = _said(
        *(memory, subject.row, look.t_ns, (track_id, flown), mine),
        *(pairs.reference, (matrix, vector), fate, limits),
    )
    told = _told(memory, subject.row, pairs.reference, track_id[mine], fate, limits.refusals_memory)
    keys[theirs, SPENT] |= 1 << subject.row
    np.bitwise_or.at(spent, mine, 1 << pairs.reference)
    recent = located(values, sigmas, subject, flight)
    full = ~np.isnan(recent[:, :3]).any(1)
    new = np.empty((int(full.sum()), 4), np.int64)
    new[:, TRACK], new[:, SENSOR], new[:, TIME] = track_id[full], subject.row, look.t_ns
    new[:, SPENT] = spent[full]
    oldest_ns = look.t_ns - 2 * limits.age_ns
    keys, recent = remembered(keys, memory.recent, new, recent[full], oldest_ns, limits.plots_max)
    evidence, witnesses = said
    return Memory(evidence, witnesses, *told, keys, recent)


def example_lesson() -> tuple[Attributed, Known, Subject, Belief, Memory, Limits]:
    """Arguments for compiling: nothing found by the second of two sensors."""
    none, flat, size = np.zeros(0, np.int64), np.zeros(8), WIDTH
    return (
        Attributed(np.zeros((0, 4)), np.zeros((0, 4)), 0, none, none, np.zeros(0)),
        Known(
            *(np.zeros((0, COUNTS), np.int64), np.zeros((0, 1, 6)), np.zeros((0, 1, 6, 6)), np.zeros((0, 1))),
            *(np.zeros(1), np.zeros(1), 0.0),
        ),
        Subject(1, True, False, np.zeros(3), np.eye(3), np.zeros(4)),
        Belief(flat, np.eye(8), np.ones((2, 4))),
        Memory(
            Evidence.none(),
            Witnesses.none(),
            *(np.zeros(2, np.int64), np.zeros(2), np.zeros((2, 1), np.int64)),
            *(np.zeros((0, 4), np.int64), np.zeros((0, size))),
        ),
        Limits(np.ones(4), np.ones(4), 1, 1, 1, 1.0, 1),
    )


def in_space(numbers: Array, planar: bool) -> Array:
    """The first three numbers (m, 3) of plots; in a plane the third is not measured."""
    if not planar:
        return numbers[:, :3]
    return np.column_stack([numbers[:, :2], np.full(len(numbers), np.nan)])


def _flight(known: Known, at: Index) -> Flight:
    """Tracks in space, carried on to the scan; a plane has height 0."""
    axes = SPACE if known.mean.shape[2] == 6 else PLANE
    mean, cov = combine(known.mean[at], known.cov[at], known.modes[at], axes)
    noise = known.modes[at] @ known.noise
    if mean.shape[1] == 4:
        flat = np.array([0, 1, 3, 4])
        state, spread = np.zeros((len(at), 6)), np.zeros((len(at), 6, 6))
        state[:, flat], spread[:, flat[:, None], flat] = mean, cov
        mean, cov = state, spread
    dt, axis = known.dt_s, np.arange(3, 6)
    mean[:, :3] += mean[:, 3:] * dt
    mixed = cov[:, :3, 3:] * dt
    cov[:, :3, :3] += mixed + np.swapaxes(mixed, -1, -2) + cov[:, 3:, 3:] * dt**2
    cov[:, axis, axis] += noise[:, None] * abs(dt)
    return Flight(mean, cov, noise)


def _said(
    memory: Memory,
    sensor: int,
    t_ns: int,
    objects: tuple[Index, Array],
    mine: Index,
    reference: Index,
    information: tuple[Array, Array],
    fate: Index,
    limits: Limits,
) -> tuple[Evidence, Witnesses]:
    """What is known by whom, with pairs (E,) of plots `mine`; objects: track, flight (k, 4) of each plot."""
    witnesses = Witnesses(memory.witnesses.book.copy(), memory.witnesses.flight.copy())
    (track_id, flown), (matrix, vector) = objects, information
    keys, rows = [], []
    for pair in np.flatnonzero(fate == USED).tolist():
        own, other = mine[pair], int(reference[pair])
        part = witness_of(witnesses, int(track_id[own]), t_ns, limits.witness_ns)
        witnesses.flight[part // PARTS] = flown[own]
        keys.append(key_of(part, sensor, other))
        rows.append(row_of_pair(matrix[pair], vector[pair], other < sensor))
    return noted(memory.evidence, keys, rows), witnesses


def _told(
    memory: Memory, sensor: int, reference: Index, track_id: Index, fate: Index, span: float
) -> tuple[Index, Array, Index]:
    """Pairs, share of refusals and first tracks, with the pairs (E,) of `sensor` with `reference`."""
    pairs, refusals, tracks = memory.pairs.copy(), memory.refusals.copy(), memory.tracks.copy()
    used, refused = fate == USED, fate == REFUSED
    for row in [sensor, *np.unique(reference).tolist()]:
        part = np.ones(len(fate), np.bool_) if row == sensor else reference == row
        good, bad = int((used & part).sum()), int((refused & part).sum())
        pairs[row] += good
        if good + bad:
            stay = np.exp(-(good + bad) / span)
            refusals[row] = refusals[row] * stay + (1 - stay) * bad / (good + bad)
        for name in track_id[used & part].tolist():
            free = np.flatnonzero(tracks[row] == 0)
            if len(free) and name not in tracks[row]:
                tracks[row, free[0]] = name
    return pairs, refusals, tracks
