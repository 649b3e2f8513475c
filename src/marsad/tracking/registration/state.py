"""What is known of every sensor's biases, as immutable arrays, and how it changes with time.

Biases wander as a stationary Gauss-Markov process about zero, in units of their expected size, so
that the prior of unit variance never wears off. Evidence is gathered as information and folded in
once in a while.
"""

from dataclasses import dataclass, replace
from math import dist, exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.model.registration import RegistrationTable
from marsad.tracking.registration.lesson import Memory
from marsad.tracking.registration.recent import SENSOR, WIDTH
from marsad.tracking.registration.settings import RegistrationSettings

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]
Place = tuple[float, float, float] | None

REFUSALS_MAX = 0.5  # when most pairs contradict what is known of a sensor, it was knocked
TURN_FOUND = 3  # times in a row that the same turn must explain ghosts
MOVED_M = 20.0  # a sensor that stands this far from where it stood is another one


@dataclass(frozen=True)
class RegistrationState:
    """All that is known of S sensors; immutable, so that to copy is to refer.

    t_ns           when evidence was last folded in
    since (S,)     since when each sensor is being learned
    resting        all is learned: to look now and then is enough
    scale (S, 4)   expected bias, 0 where there can be none: the unit of mean (4S,), cov (4S, 4S)
    shown (S, 4)   biases that the sensor's plots can show
    stated (S, 4)  its random error as stated; of the clock the expected offset
    applied (S, 4) biases that are corrected
    turns (S, 4)   a turn that would explain ghosts, how often it was found; when last looked for, and
                   the pairs then
    memory         evidence since then, and plots to compare with
    """

    names: tuple[str, ...]
    places: tuple[Place, ...]
    t_ns: int
    since: Index
    resting: bool
    scale: Array
    shown: Flags
    stated: Array
    mean: Array
    cov: Array
    applied: Flags
    turns: Array
    memory: Memory

    @staticmethod
    def empty(tracks_min: int) -> "RegistrationState":
        """Nothing known of any sensor."""
        none = np.zeros((0, 4))
        memory = Memory(
            *(np.zeros((0, 0)), np.zeros(0), np.zeros(0, np.int64), np.zeros(0)),
            *(np.zeros((0, tracks_min), np.int64), np.zeros((0, 4), np.int64), np.zeros((0, WIDTH))),
        )
        flags = np.zeros((0, 4), np.bool_)
        bias = (none, flags, none, np.zeros(0), np.zeros((0, 0)), flags, np.zeros((0, 4)))
        return RegistrationState((), (), 0, np.zeros(0, np.int64), False, *bias, memory)

    @property
    def nbytes(self) -> int:
        """Memory of the larger arrays."""
        memory = self.memory
        return self.cov.nbytes + memory.matrix.nbytes + memory.keys.nbytes + memory.recent.nbytes

    @property
    def estimate(self) -> Array:
        """Biases (S, 4) in m, rad, rad, s."""
        return self.mean.reshape(-1, 4) * self.scale

    @property
    def sigma(self) -> Array:
        """Their one-sigma errors (S, 4)."""
        return np.sqrt(np.diag(self.cov)).reshape(-1, 4) * self.scale


def with_sensor(
    state: RegistrationState, name: str, place: Place, t_ns: int, scale: Array, shown: Flags, stated: Array
) -> RegistrationState:
    """One more sensor, of which the prior is known; scale, shown, stated (4,)."""
    size, memory = len(state.mean) + 4, state.memory
    cov, matrix = np.eye(size), np.zeros((size, size))
    cov[:-4, :-4], matrix[:-4, :-4] = state.cov, memory.matrix
    return RegistrationState(
        (*state.names, name),
        (*state.places, place),
        state.t_ns,
        np.append(state.since, t_ns),
        False,
        np.vstack([state.scale, scale]),
        np.vstack([state.shown, shown]),
        np.vstack([state.stated, stated]),
        np.append(state.mean, np.zeros(4)),
        cov,
        np.vstack([state.applied, np.zeros(4, np.bool_)]),
        np.vstack([state.turns, np.zeros(4)]),
        memory._replace(
            matrix=matrix,
            vector=np.append(memory.vector, np.zeros(4)),
            pairs=np.append(memory.pairs, 0),
            refusals=np.append(memory.refusals, 0.0),
            tracks=np.vstack([memory.tracks, np.zeros(memory.tracks.shape[1], np.int64)]),
        ),
    )


def has_moved(before: Place, now: Place) -> bool:
    """Whether a sensor stands so far from where it stood that its biases are new ones."""
    if before == now:
        return False
    return before is None or now is None or dist(before, now) > MOVED_M


def forgotten(state: RegistrationState, rows: Index) -> RegistrationState:
    """The state without what was learned of these sensors."""
    at = (4 * rows[:, None] + np.arange(4)).ravel()
    copies: list[Any] = [array.copy() for array in state.memory]
    memory = Memory(*copies)
    mean, cov, applied = state.mean.copy(), state.cov.copy(), state.applied.copy()
    turns, since = state.turns.copy(), state.since.copy()
    turns[rows], since[rows] = 0.0, state.t_ns
    mean[at], memory.vector[at] = 0.0, 0.0
    for square in (cov, memory.matrix):
        square[at], square[:, at] = 0.0, 0.0
    cov[at, at] = 1.0
    memory.pairs[rows], memory.refusals[rows], memory.tracks[rows], applied[rows] = 0, 0.0, 0, False
    left = ~np.isin(memory.keys[:, SENSOR], rows)
    memory = memory._replace(keys=memory.keys[left], recent=memory.recent[left])
    state = replace(state, since=since, resting=False, mean=mean, cov=cov)
    return replace(state, applied=applied, turns=turns, memory=memory)


def renewed(state: RegistrationState, t_ns: int, settings: RegistrationSettings) -> RegistrationState:
    """Fold in the evidence gathered, and decide anew what is sure enough to correct."""
    memory, size = state.memory, len(state.mean)
    stay = exp(-max(t_ns - state.t_ns, 0) * 1e-9 / settings.memory_s) if state.t_ns else 1.0
    mean, unit = np.asarray(state.mean * stay, float), np.eye(size)
    cov: Array = np.asarray(state.cov * stay**2 + (1 - stay**2) * unit, float)
    if memory.vector.any():
        cov = np.asarray(np.linalg.solve(unit + cov @ memory.matrix, cov), float)
        cov = np.asarray((cov + cov.T) / 2, float)
        mean += cov @ (memory.vector - memory.matrix @ mean)
    memory = memory._replace(matrix=np.zeros((size, size)), vector=np.zeros(size))
    applied = _sure(state, mean, cov, settings)
    learned = (memory.pairs >= settings.learned_pairs) | (t_ns - state.since > settings.learned_s * 1e9)
    state = replace(
        state, t_ns=t_ns, resting=bool(learned.all()), mean=mean, cov=cov, applied=applied, memory=memory
    )
    knocked = np.flatnonzero(memory.refusals > REFUSALS_MAX)
    return forgotten(state, knocked) if len(knocked) else state


def _sure(state: RegistrationState, mean: Array, cov: Array, settings: RegistrationSettings) -> Flags:
    """Biases (S, 4) that are corrected.

    What counts is the error the evidence leaves, prior aside: the variance that the estimate would
    have were there no bias at all, P - P P with P = (I + Y)^-1. A bias common to all sensors is not
    in it: that does no harm to their agreement, and the estimate of it is pulled to zero.
    """
    variance = np.diag(cov) - (cov**2).sum(1)
    noise = np.sqrt(np.maximum(variance, 0.0)).reshape(-1, 4)
    bias = np.abs(mean.reshape(-1, 4))
    # what was sure stays so until it is clearly not, lest a correction come and go
    factor = np.where(state.applied, 0.5, 1.0)
    sure = (bias > factor * settings.significance * noise) & (bias > factor * settings.material)
    # what ghosts told is on trial until the first pairs come, or its patience ends
    told = (state.memory.tracks[:, -1] != 0) | (state.turns[:, 1] >= TURN_FOUND)
    return np.asarray(sure & (noise < 0.5) & state.shown & (state.scale > 0) & told[:, None])


def table(state: RegistrationState, settings: RegistrationSettings) -> RegistrationTable:
    """What is known, for people; see `RegistrationTable`."""
    estimate, sigma = state.estimate, state.sigma
    limit = np.minimum(
        np.array([settings.large_range_m, *[settings.large_angle_rad] * 2, np.inf]),
        settings.large_factor * state.stated,
    )
    # less than its random error is no fault of any sensor
    limit = np.maximum(limit, state.stated)
    limit[:, 3] = settings.large_clock_s
    told = state.memory.tracks[:, -1] != 0
    large = (np.abs(estimate) > limit) & (np.abs(estimate) > settings.significance * sigma)
    return RegistrationTable(
        state.names,
        np.where(state.shown, estimate, np.nan),
        np.where(state.shown, sigma, np.nan),
        state.memory.pairs.copy(),
        state.applied.copy(),
        large & state.shown & told[:, None],
    )
