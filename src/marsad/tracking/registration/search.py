"""A sensor turned so far that its plots fit no track of the others: found by its ghosts.

Then every object within its view has two tracks, one that only this sensor feeds and one that only
others feed, at the same distance and height as the sensor sees them, with velocities that differ
by the same turn as the bearings. One angle that fits most of the sensor's own tracks is what it
is turned by; a compass that was not set for magnetic declination errs by as much. It is tried, and
dropped if the plots then still fit nobody.
"""

from dataclasses import replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.registration.pairs import polar_frame
from marsad.tracking.registration.recent import SENSOR, TIME, TRACK
from marsad.tracking.registration.settings import RegistrationSettings
from marsad.tracking.registration.state import TURN_FOUND, RegistrationState, forgotten

Array = NDArray[np.float64]
Index = NDArray[np.int64]

NEAR = 3.0  # sigmas within which two tracks may be one object
PATIENCE = 10  # searches after which a correction that brought no pairs is dropped
PAIRS_MIN = 10
WELL = 3  # pairs since the last search show that a sensor needs none


def searched(
    state: RegistrationState,
    row: int,
    t_ns: int,
    origin: Array,
    rotation: Array,
    settings: RegistrationSettings,
) -> RegistrationState:
    """Look for a turn of sensor `row`, which is at origin; correct it when it was found thrice."""
    turns, pairs = state.turns.copy(), int(state.memory.pairs[row])
    turn, times, _, before = turns[row].tolist()
    turns[row, 2:] = t_ns, pairs
    state = replace(state, turns=turns)
    if not state.shown[row, 1] or state.scale[row, 1] == 0:
        return state
    if times >= TURN_FOUND:
        if pairs < PAIRS_MIN:
            turns[row, 1] += 1
            if turns[row, 1] > TURN_FOUND + PATIENCE:
                return forgotten(state, np.array([row]))
        return state
    # what is compared with others is seen by others
    found = None if pairs - before >= WELL else turned(state, row, origin, rotation, settings)
    if found is None:
        turns[row, :2] = 0.0
        return state
    # plots were compared as they had been corrected
    found = float(wrapped(found + state.estimate[row, 1] * state.applied[row, 1]))
    same = abs(wrapped(found - turn)) < NEAR * state.stated[row, 1]
    turns[row, :2] = found, times + 1 if same else 1
    if turns[row, 1] < TURN_FOUND:
        return state
    turns = turns.copy()
    turns[row, 3] = 0.0
    state = forgotten(state, np.array([row]))
    prior, mean, applied = state.prior.copy(), state.mean.copy(), state.applied.copy()
    prior[4 * row + 1] = mean[4 * row + 1] = turns[row, 0] / state.scale[row, 1]
    applied[row, 1] = True
    return replace(state, prior=prior, mean=mean, applied=applied, turns=turns)


def turned(
    state: RegistrationState, row: int, origin: Array, rotation: Array, settings: RegistrationSettings
) -> float | None:
    """The angle (rad, clockwise) by which most of what only this sensor sees is what others see."""
    keys, recent = state.memory.keys, state.memory.recent
    mine = (keys[:, SENSOR] == row).tolist()
    track = keys[:, TRACK].tolist()
    here = {name for name, my in zip(track, mine, strict=True) if my}
    there = {name for name, my in zip(track, mine, strict=True) if not my}
    shared = len(here & there)
    least = max(settings.tracks_min, ceil((len(here) - shared) / 2), 2 * shared + 1)
    if len(here) - shared < least:
        return None
    own = np.array([k for k, my in enumerate(mine) if my and track[k] not in there], np.int64)
    other = np.array([k for k, my in enumerate(mine) if not my and track[k] not in here], np.int64)
    if min(len(own), len(other)) < least:
        return None
    first, second, angle = _alike(state, row, origin, rotation, recent, keys, own, other)
    width = NEAR * state.stated[row, 1]
    best, found = least - 1, None
    for centre in angle:
        near = np.abs(wrapped(angle - centre)) < width
        objects = min(len(np.unique(first[near])), len(np.unique(keys[second[near], TRACK])))
        if objects > best:
            best, found = objects, float(centre + wrapped(angle[near] - centre).mean())
    return None if found is None else float(wrapped(found))


def _alike(
    state: RegistrationState,
    row: int,
    origin: Array,
    rotation: Array,
    recent: Array,
    keys: Index,
    own: Index,
    other: Index,
) -> tuple[Index, Index, Array]:
    """Pairs (E,) of rows of `own` and `other` that a turn about the sensor makes one, and the turns."""
    first, second = (grid.ravel() for grid in np.meshgrid(own, other, indexing="ij"))
    dt = (keys[first, TIME] - keys[second, TIME]) * 1e-9
    seen, _, _ = polar_frame(recent[first, :3], origin, rotation)
    there = recent[second, :3] + recent[second, 21:24] * dt[:, None]
    expected, slope, _ = polar_frame(there, origin, rotation)
    bridge = recent[second, 24:33].reshape(-1, 3, 3) * dt[:, None, None] ** 2
    cov = slope @ (recent[second, 3:12].reshape(-1, 3, 3) + bridge) @ np.swapaxes(slope, -1, -2)
    apart = seen - expected
    apart[:, 1:] = wrapped(apart[:, 1:])
    motion, own_motion = recent[second, 21:24], recent[first, 21:24]
    late = np.linalg.norm(motion, axis=1) * state.scale[row, 3]
    sigma = np.sqrt(np.diagonal(cov, axis1=1, axis2=2) + state.stated[row, :3] ** 2)
    sigma[:, 0] = np.hypot(sigma[:, 0], late)
    cosine, sine = np.cos(apart[:, 1]), np.sin(apart[:, 1])
    east = cosine * motion[:, 0] + sine * motion[:, 1]  # clockwise, seen from above
    north = cosine * motion[:, 1] - sine * motion[:, 0]
    off = np.stack([own_motion[:, 0] - east, own_motion[:, 1] - north], 1)
    doubt = recent[first][:, [24, 28]].sum(1) + recent[second][:, [24, 28]].sum(1)
    alike = (np.abs(apart[:, [0, 2]]) < NEAR * sigma[:, [0, 2]]).all(1)
    alike &= (off**2).sum(1) < NEAR**2 * doubt
    return first[alike], second[alike], apart[alike, 1]


def wrapped(angle: Array | float) -> Array:
    """Angles brought into [-pi, pi)."""
    return np.asarray((np.asarray(angle) + np.pi) % (2 * np.pi) - np.pi)
