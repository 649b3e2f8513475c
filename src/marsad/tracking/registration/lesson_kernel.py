"""The compiled twin of `registration.lesson`."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel, twin_of
from marsad.tracking.mixture import combine_one
from marsad.tracking.motion import PLANE, SPACE
from marsad.tracking.registration.lesson import (
    GRAVITY_MAX,
    SURE,
    Attributed,
    Known,
    Limits,
    Memory,
    lesson,
)
from marsad.tracking.registration.pair_kernel import add_pair, frame_of
from marsad.tracking.registration.pairs import REFUSED, USED, Belief, Subject
from marsad.tracking.registration.recent import SENSOR, SPENT, TIME, TRACK
from marsad.tracking.registration.witnesses import COUNT, PARTS, ROW, SENSORS, Evidence, Witnesses, witness_of
from marsad.tracking.store import CONFIRMED, in_order, row_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@twin_of(lesson)
def lesson_compiled(
    look: Attributed, known: Known, subject: Subject, belief: Belief, memory: Memory, limits: Limits
) -> Memory:
    """The twin of `lesson`."""
    keys, known_by = memory.keys.copy(), memory.witnesses
    witnesses = Witnesses(known_by.book.copy(), known_by.flight.copy())
    pairs, refusals, tracks = memory.pairs.copy(), memory.refusals.copy(), memory.tracks.copy()
    fates = np.zeros((len(pairs), 3), np.int64)
    limit = min(len(look.track_id), limits.compared_max)
    new_keys, new_recent = np.empty((limit, 4), np.int64), np.empty((limit, memory.recent.shape[1]))
    plot, errors, fresh, learned = np.empty(3), np.empty(3), 0, 0
    ascending, notes = in_order(known.book), len(memory.evidence.key)
    room = notes + limit * max(len(pairs) - 1, 0)
    note_key, note = np.empty(room, np.int64), np.empty((room, ROW))
    note_key[:notes], note[:notes] = memory.evidence.key, memory.evidence.numbers
    for f in range(len(look.track_id)):
        if learned == limit:
            break
        if not look.share[f] > SURE:
            continue
        i = row_of(known.book, look.track_id[f], ascending)
        if i < 0 or not _bridged(known, i):
            continue
        learned += 1
        j = look.plot[f]
        for k in range(3):
            plot[k], errors[k] = look.values[j, k], look.sigmas[j, k]
        if known.mean.shape[2] == 4:
            plot[2] = np.nan
        name, new = look.track_id[f], new_recent[fresh]
        new_keys[fresh, TRACK], new_keys[fresh, SENSOR], new_keys[fresh, TIME] = name, subject.row, look.t_ns
        _fly(known, i, new)
        new_keys[fresh, SPENT], notes = _compare(
            *(name, look.t_ns, plot, errors, subject, belief, limits),
            *(keys, memory.recent, fates, tracks),
            witnesses,
            *(new, note_key, note),
            notes,
        )
        new[34:38] = subject.correction
        if _locate(plot, errors, subject, new[2], np.sqrt(new[11]), new):
            fresh += 1
    for side in range(len(pairs)):
        pairs[side] += fates[side, USED]
        told = fates[side, USED] + fates[side, REFUSED]
        if told:
            stay = np.exp(-told / limits.refusals_memory)
            refusals[side] = refusals[side] * stay + (1 - stay) * fates[side, REFUSED] / told
    kept_keys, kept = _remember(
        *(keys, memory.recent, new_keys[:fresh], new_recent[:fresh]),
        *(look.t_ns - 2 * limits.age_ns, limits.plots_max),
    )
    evidence = Evidence(note_key[:notes], note[:notes])
    return Memory(evidence, witnesses, pairs, refusals, tracks, kept_keys, kept)


@kernel
def _bridged(known: Known, i: int) -> bool:
    """Whether the velocity of a track may carry plots on: it was shown, and does not likely fall."""
    falls = 0.0
    for m in range(len(known.gravity)):
        falls += known.modes[i, m] * known.gravity[m]
    return known.book[i, CONFIRMED] != 0 and falls < GRAVITY_MAX


@kernel
def _compare(
    name: int,
    t_ns: int,
    plot: Array,
    errors: Array,
    subject: Subject,
    belief: Belief,
    limits: Limits,
    keys: Index,
    recent: Array,
    fates: Index,
    tracks: Index,
    witnesses: Witnesses,
    flight: Array,
    note_key: Index,
    note: Array,
    notes: int,
) -> tuple[int, int]:
    """Compare a plot of track `name` with recent ones of other sensors; bits of those it was compared with.

    What that says is added to the first `notes` notes, whose number is returned too, tracks and fates (S, 3),
    and marked in keys and witnesses; flight: the track's, as `_fly` puts it.
    """
    crowd, spent, sensor, part = 0, 0, subject.row, -1
    matrix, vector = np.empty((8, 8)), np.empty(8)
    for r in range(len(keys)):
        near = abs(t_ns - keys[r, TIME]) <= limits.age_ns
        crowd += keys[r, TRACK] == name and keys[r, SENSOR] != sensor and near
    for r in range(len(keys) if crowd else 0):
        reference = keys[r, SENSOR]
        if keys[r, TRACK] != name or reference == sensor or abs(t_ns - keys[r, TIME]) > limits.age_ns:
            continue
        if (keys[r, SPENT] >> sensor) & 1:
            continue
        dt = (t_ns - keys[r, TIME]) * 1e-9
        fate = add_pair(
            *(subject, plot, errors, reference, recent[r], dt, float(crowd)),
            *(belief, limits.gates, limits.soft, matrix, vector),
        )
        keys[r, SPENT] |= 1 << sensor
        spent |= 1 << reference
        if fate == USED:
            if part < 0:
                part = witness_of(witnesses, name, t_ns, limits.witness_ns)
                witness = part // PARTS
                witnesses.flight[witness, 0], witnesses.flight[witness, 1] = flight[0], flight[1]
                witnesses.flight[witness, 2], witnesses.flight[witness, 3] = flight[21], flight[22]
            key = (part * SENSORS + min(sensor, reference)) * SENSORS + max(sensor, reference)
            notes = _put(key, matrix, vector, reference < sensor, note_key, note, notes)
        for side in (sensor, reference):
            fates[side, fate] += 1
            if fate == USED:
                _note(tracks, side, name)
    return spent, notes


@kernel
def _put(
    key: int, matrix: Array, vector: Array, swapped: bool, note_key: Index, note: Array, notes: int
) -> int:
    """Add what a pair says to the row of its key among the first `notes`; how many there are then."""
    row = 0
    while row < notes and note_key[row] != key:
        row += 1
    if row == notes:
        note_key[row] = key
        note[row] = 0.0
        notes += 1
    shift = 4 if swapped else 0
    for b in range(8):
        for c in range(8):
            note[row, 8 * b + c] += matrix[(b + shift) % 8, (c + shift) % 8]
        note[row, 64 + b] += vector[(b + shift) % 8]
    note[row, COUNT] += 1.0
    return notes


@kernel
def _note(tracks: Index, side: int, name: int) -> None:
    """Note a track among the first that told of a sensor."""
    for k in range(tracks.shape[1]):
        if tracks[side, k] == name:
            return
        if tracks[side, k] == 0:
            tracks[side, k] = name
            return


@kernel
def _fly(known: Known, i: int, out: Array) -> None:
    """`_flight` of track i, into a row as of `located` where the place is the track's."""
    mean, cov, modes, noise, dt = known.mean, known.cov, known.modes, known.noise, known.dt_s
    d = mean.shape[2]
    axes = d // 2
    state, flat = np.empty((1, d)), np.empty((1, d * d))
    states, spreads = mean.reshape((-1, d)), cov.reshape((-1, d * d))
    if d == 6:
        combine_one(states, spreads, modes, i, SPACE, state, flat, 0)
    else:
        combine_one(states, spreads, modes, i, PLANE, state, flat, 0)
    spread = flat.reshape((1, d, d))
    density = 0.0
    for m in range(len(noise)):
        density += modes[i, m] * noise[m]
    out[:] = 0.0
    out[33] = density
    for a in range(axes):
        out[a] = state[0, a] + state[0, axes + a] * dt
        out[21 + a] = state[0, axes + a]
        for b in range(axes):
            mixed = spread[0, a, axes + b] + spread[0, b, axes + a]
            out[3 + 3 * a + b] = spread[0, a, b] + mixed * dt + spread[0, axes + a, axes + b] * dt**2
            out[24 + 3 * a + b] = spread[0, axes + a, axes + b]
    for a in range(3):
        out[24 + 4 * a] += density * abs(dt)


@kernel
def _locate(
    plot: Array, errors: Array, subject: Subject, height: float, height_sigma: float, out: Array
) -> bool:
    """Put place, covariance and slope of a plot over those of its track; whether it has a place."""
    origin, rotation = subject.origin, subject.rotation
    numbers, slope, lever = np.empty(3), np.empty((3, 3)), np.empty((3, 3))
    if not subject.polar:
        for a in range(3):
            own = np.isnan(plot[a])
            error = np.sqrt(out[3 + 4 * a]) if own else errors[a]
            out[a] = out[a] if own else plot[a]
            for b in range(3):
                out[3 + 3 * a + b] = error**2 if a == b else 0.0
        frame_of(out[:3], origin, rotation, numbers, slope, lever)
        if subject.claims:
            lever[0, 2], lever[1, 2], lever[2, 2] = 0.0, 0.0, 1.0
        for a in range(3):
            for b in range(3):
                out[12 + 3 * a + b] = lever[a, b]
        return True
    if np.isnan(plot[0]) or np.isnan(plot[1]):
        return False
    frame_of(out[:3], origin, rotation, numbers, slope, lever)
    blind = np.isnan(plot[2])
    elevation = numbers[2] if blind else plot[2]
    error = np.array([errors[0], errors[1], height_sigma / numbers[0] if blind else errors[2]])
    ground = plot[0] * np.cos(elevation)
    seen = np.array([ground * np.sin(plot[1]), ground * np.cos(plot[1]), plot[0] * np.sin(elevation)])
    for a in range(3):
        out[a] = origin[a]
        for b in range(3):
            out[a] += seen[b] * rotation[a, b]
    frame_of(out[:3], origin, rotation, numbers, slope, lever)
    for a in range(3):
        for b in range(3):
            out[12 + 3 * a + b] = lever[a, b]
            value = 0.0
            for c in range(3):
                value += lever[a, c] * error[c] ** 2 * lever[b, c]
            out[3 + 3 * a + b] = value
    return True


@kernel
def _remember(
    keys: Index, recent: Array, new_keys: Index, new_recent: Array, oldest_ns: int, plots_max: int
) -> tuple[Index, Array]:
    """The twin of `remembered`."""
    stay, count = np.empty(len(keys), np.int64), 0
    for r in range(len(keys)):
        keep = keys[r, TIME] >= oldest_ns
        for q in range(len(new_keys)):
            same = keys[r, TRACK] == new_keys[q, TRACK]
            if same and keys[r, SENSOR] == new_keys[q, SENSOR]:
                keep = False
                break
        if keep:
            stay[count] = r
            count += 1
    surplus = max(count + len(new_keys) - plots_max, 0)
    total = count + len(new_keys) - surplus
    out_keys, out = np.empty((total, 4), np.int64), np.empty((total, recent.shape[1]))
    for q in range(total):
        r = q + surplus
        if r < count:
            out_keys[q], out[q] = keys[stay[r]], recent[stay[r]]
        else:
            out_keys[q], out[q] = new_keys[r - count], new_recent[r - count]
    return out_keys, out
