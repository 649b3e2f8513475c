"""The compiled twin of `registration_lesson`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import kernel
from marsad.tracking.mixture import combine_one
from marsad.tracking.motion import PLANE, SPACE
from marsad.tracking.registration_lesson import Limits, Look, Memory, Tracks
from marsad.tracking.registration_pair_kernel import add_pair, frame_of
from marsad.tracking.registration_pairs import Belief, Subject
from marsad.tracking.store import CONFIRMED, TRACK_ID

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


def lesson_compiled(
    look: Look, tracks: Tracks, subject: Subject, belief: Belief, memory: Memory, limits: Limits
) -> Memory:
    """The twin of `lesson`."""
    given: tuple[Any, ...] = (*look, *tracks, *subject, *belief, *memory, *limits)
    return Memory(*_lesson(*given))


@kernel
def _lesson(
    values: Array,
    sigmas: Array,
    t_ns: int,
    found_id: Index,
    found_plot: Index,
    share: Array,
    book: Index,
    mean: Array,
    cov: Array,
    modes: Array,
    noise: Array,
    gravity: Array,
    dt_s: float,
    sensor: int,
    polar: bool,
    origin: Array,
    rotation: Array,
    correction: Array,
    bias_mean: Array,
    bias_cov: Array,
    scale: Array,
    old_matrix: Array,
    old_vector: Array,
    old_pairs: Index,
    old_refusals: Array,
    old_tracks: Index,
    old_keys: Index,
    old_recent: Array,
    gates: Array,
    soft: Array,
    age_ns: int,
    compared_max: int,
    plots_max: int,
    span: float,
) -> tuple[Array, Array, Index, Array, Index, Index, Array]:
    matrix, vector, pairs = old_matrix.copy(), old_vector.copy(), old_pairs.copy()
    refusals, tracks, keys = old_refusals.copy(), old_tracks.copy(), old_keys.copy()
    good, bad = np.zeros(len(pairs), np.int64), np.zeros(len(pairs), np.int64)
    limit = min(len(found_id), compared_max)
    new_keys, new_recent = np.empty((limit, 4), np.int64), np.empty((limit, old_recent.shape[1]))
    plot, errors, fresh, learned = np.empty(3), np.empty(3), 0, 0
    ascending = True
    for i in range(1, len(book)):
        ascending = ascending and book[i, TRACK_ID] >= book[i - 1, TRACK_ID]
    for f in range(len(found_id)):
        if learned == limit:
            break
        if not share[f] > 0.9:  # SURE
            continue
        i = _find(book, ascending, found_id[f])
        if i < 0 or book[i, CONFIRMED] == 0:
            continue
        falls = 0.0
        for m in range(len(gravity)):
            falls += modes[i, m] * gravity[m]
        if falls >= 0.1:  # GRAVITY_MAX
            continue
        learned += 1
        j = found_plot[f]
        for k in range(3):
            plot[k], errors[k] = values[j, k], sigmas[j, k]
        if mean.shape[2] == 4:
            plot[2] = np.nan
        crowd, spent = 0, 0
        for r in range(len(keys)):
            if keys[r, 0] == found_id[f] and keys[r, 1] != sensor and abs(t_ns - keys[r, 2]) <= age_ns:
                crowd += 1
        for r in range(len(keys) if crowd else 0):
            reference = keys[r, 1]
            if keys[r, 0] != found_id[f] or reference == sensor or abs(t_ns - keys[r, 2]) > age_ns:
                continue
            if (keys[r, 3] >> sensor) & 1:
                continue
            fate = add_pair(
                *(sensor, polar, origin, rotation, correction, plot, errors, reference, old_recent[r]),
                *((t_ns - keys[r, 2]) * 1e-9, float(crowd), bias_mean, bias_cov, scale, gates, soft),
                *(matrix, vector),
            )
            keys[r, 3] |= 1 << sensor
            spent |= 1 << reference
            for side in (sensor, reference):
                good[side] += fate == 1
                bad[side] += fate == 2
                if fate == 1:
                    _note(tracks, side, found_id[f])
        new_keys[fresh, 0], new_keys[fresh, 1], new_keys[fresh, 2] = found_id[f], sensor, t_ns
        new_keys[fresh, 3] = spent
        _fly(mean, cov, modes, noise, i, dt_s, new_recent[fresh])
        new_recent[fresh, 34:38] = correction
        height, height_sigma = new_recent[fresh, 2], np.sqrt(new_recent[fresh, 11])
        if _locate(plot, errors, polar, origin, rotation, height, height_sigma, new_recent[fresh]):
            fresh += 1
    for side in range(len(pairs)):
        pairs[side] += good[side]
        told = good[side] + bad[side]
        if told:
            stay = np.exp(-told / span)
            refusals[side] = refusals[side] * stay + (1 - stay) * bad[side] / told
    kept_keys, kept = _remember(
        keys, old_recent, new_keys[:fresh], new_recent[:fresh], t_ns - 2 * age_ns, plots_max
    )
    return matrix, vector, pairs, refusals, tracks, kept_keys, kept


@kernel
def _find(book: Index, ascending: bool, wanted: int) -> int:
    """The row of a track, -1 if there is none; ids ascend but where a past was played again."""
    low, high = 0, len(book)
    while ascending and low < high:
        middle = (low + high) // 2
        if book[middle, TRACK_ID] < wanted:
            low = middle + 1
        else:
            high = middle
    for i in range(low, min(low + 1, len(book)) if ascending else len(book)):
        if book[i, TRACK_ID] == wanted:
            return i
    return -1


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
def _fly(mean: Array, cov: Array, modes: Array, noise: Array, i: int, dt: float, out: Array) -> None:
    """`_flight` of track i, into a row as of `located` where the place is the track's."""
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
    plot: Array,
    errors: Array,
    polar: bool,
    origin: Array,
    rotation: Array,
    height: float,
    height_sigma: float,
    out: Array,
) -> bool:
    """Put place, covariance and slope of a plot over those of its track; whether it has a place."""
    numbers, slope, lever = np.empty(3), np.empty((3, 3)), np.empty((3, 3))
    if not polar:
        for a in range(3):
            own = np.isnan(plot[a])
            error = np.sqrt(out[3 + 4 * a]) if own else errors[a]
            out[a] = out[a] if own else plot[a]
            for b in range(3):
                out[3 + 3 * a + b] = error**2 if a == b else 0.0
        frame_of(out[:3], origin, rotation, numbers, slope, lever)
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
        keep = keys[r, 2] >= oldest_ns
        for q in range(len(new_keys)):
            if keys[r, 1] == new_keys[q, 1] and keys[r, 0] == new_keys[q, 0]:
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
