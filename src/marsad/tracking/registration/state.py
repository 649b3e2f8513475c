"""What is known of every sensor's biases, as immutable arrays, and how it changes with time.

Biases are counted in units of their expected size, so that their prior has unit variance. Evidence is
gathered as information, by witness, folded in once in a while, and forgotten slowly, for biases wander.
"""

from dataclasses import dataclass, replace
from math import dist, exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.model.registration import RegistrationTable
from marsad.tracking.registration.judgement import Judgement, judged
from marsad.tracking.registration.lesson import Memory
from marsad.tracking.registration.recent import SENSOR, WIDTH
from marsad.tracking.registration.settings import RegistrationSettings
from marsad.tracking.registration.witnesses import Evidence, Witnesses, gathered

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]
Place = tuple[float, float, float] | None

REFUSALS_MAX = 0.5  # when most pairs contradict what is known of a sensor, it was knocked
STEADY = 3  # times in a row that a bias must be sure before it is corrected
TURN_FOUND = 3  # times in a row that the same turn must explain ghosts
MOVED_M = 20.0  # a sensor that stands this far from where it stood is another one


class Nature(NamedTuple):
    """What is expected of a sensor's biases, all (4,); see `RegistrationState`."""

    scale: Array
    shown: Flags
    stated: Array
    kinds: Index


@dataclass(frozen=True)
class RegistrationState:
    """All that is known of S sensors; immutable, so that to copy is to refer.

    places         where each was when it was compared last, None for nowhere; placed_ns: when it came there
    t_ns           when evidence was last folded in
    since (S,)     since when each sensor is being learned
    resting        all is learned: to look now and then is enough
    scale (S, 4)   expected bias, 0 where there can be none: the unit of prior, mean (4S,), cov (4S, 4S)
    shown (S, 4)   biases that the sensor's plots can show
    stated (S, 4)  its random error as stated; of the clock the expected offset
    kinds (S, 4)   what each stands for; see `judged`, as for doubt and sure (4S,)
    streak (S, 4)  how often in a row each was sure; applied (S, 4): biases that are corrected
    turns (S, 4)   a turn that would explain ghosts, how often it was found; when last looked for, and
                   the pairs then
    evidence       what was said until then; memory: since then, and plots to compare with
    """

    names: tuple[str, ...]
    places: tuple[Place, ...]
    placed_ns: tuple[int, ...]
    t_ns: int
    since: Index
    resting: bool
    scale: Array
    shown: Flags
    stated: Array
    kinds: Index
    prior: Array
    mean: Array
    cov: Array
    doubt: Array
    sure: Flags
    streak: Index
    applied: Flags
    turns: Array
    evidence: Evidence
    memory: Memory

    @staticmethod
    def empty(tracks_min: int) -> "RegistrationState":
        """Nothing known of any sensor."""
        none = np.zeros((0, 4))
        memory = Memory(
            Evidence.none(),
            Witnesses.none(),
            np.zeros(0, np.int64),
            np.zeros(0),
            *(np.zeros((0, tracks_min), np.int64), np.zeros((0, 4), np.int64)),
            np.zeros((0, WIDTH)),
        )
        flags, counts, nobody = np.zeros((0, 4), np.bool_), np.zeros((0, 4), np.int64), np.zeros(0)
        return RegistrationState(
            names=(),
            places=(),
            placed_ns=(),
            t_ns=0,
            since=np.zeros(0, np.int64),
            resting=False,
            scale=none,
            shown=flags,
            stated=none,
            kinds=counts,
            prior=nobody,
            mean=nobody,
            cov=np.zeros((0, 0)),
            doubt=nobody,
            sure=np.zeros(0, np.bool_),
            streak=counts,
            applied=flags,
            turns=none,
            evidence=Evidence.none(),
            memory=memory,
        )

    @property
    def nbytes(self) -> int:
        """Memory of the larger arrays."""
        memory = self.memory
        said = self.evidence.numbers.nbytes + memory.evidence.numbers.nbytes
        return self.cov.nbytes + said + memory.keys.nbytes + memory.recent.nbytes

    @property
    def estimate(self) -> Array:
        """Biases (S, 4) in m, rad, rad, s."""
        return self.mean.reshape(-1, 4) * self.scale

    @property
    def sigma(self) -> Array:
        """Their one-sigma errors (S, 4)."""
        return self.doubt.reshape(-1, 4) * self.scale


def with_sensor(
    state: RegistrationState, name: str, place: Place, t_ns: int, nature: Nature
) -> RegistrationState:
    """One more sensor, of which the prior is known."""
    size, memory = len(state.mean) + 4, state.memory
    cov = np.eye(size)
    cov[:-4, :-4] = state.cov
    return replace(
        state,
        names=(*state.names, name),
        places=(*state.places, place),
        since=np.append(state.since, t_ns),
        resting=False,
        scale=np.vstack([state.scale, nature.scale]),
        shown=np.vstack([state.shown, nature.shown]),
        stated=np.vstack([state.stated, nature.stated]),
        kinds=np.vstack([state.kinds, nature.kinds]),
        prior=np.append(state.prior, np.zeros(4)),
        mean=np.append(state.mean, np.zeros(4)),
        cov=cov,
        doubt=np.append(state.doubt, np.ones(4)),
        sure=np.append(state.sure, np.zeros(4, np.bool_)),
        streak=np.vstack([state.streak, np.zeros(4, np.int64)]),
        applied=np.vstack([state.applied, np.zeros(4, np.bool_)]),
        turns=np.vstack([state.turns, np.zeros(4)]),
        memory=memory._replace(
            pairs=np.append(memory.pairs, 0),
            refusals=np.append(memory.refusals, 0.0),
            tracks=np.vstack([memory.tracks, np.zeros(memory.tracks.shape[1], np.int64)]),
        ),
    )


def has_moved(before: Place, now: Place, drift_m: float) -> bool:
    """Whether a sensor is so far from where it was that its biases are new; drift_m: as it moves anyway."""
    if before == now:
        return False
    return before is None or now is None or dist(before, now) > MOVED_M + drift_m


def forgotten(state: RegistrationState, rows: Index) -> RegistrationState:
    """The state without what was learned of these sensors, and by them of others."""
    at = (4 * rows[:, None] + np.arange(4)).ravel()
    memory = state.memory
    pairs, refusals, tracks = memory.pairs.copy(), memory.refusals.copy(), memory.tracks.copy()
    pairs[rows], refusals[rows], tracks[rows] = 0, 0.0, 0
    prior, mean, cov, doubt = state.prior.copy(), state.mean.copy(), state.cov.copy(), state.doubt.copy()
    sure, applied, turns, since = (
        state.sure.copy(),
        state.applied.copy(),
        state.turns.copy(),
        state.since.copy(),
    )
    streak = state.streak.copy()
    turns[rows], since[rows], applied[rows], streak[rows] = 0.0, state.t_ns, False, 0
    prior[at], mean[at], doubt[at], sure[at] = 0.0, 0.0, 1.0, False
    cov[at], cov[:, at] = 0.0, 0.0
    cov[at, at] = 1.0
    left = ~np.isin(memory.keys[:, SENSOR], rows)
    memory = memory._replace(
        evidence=_not_of(memory.evidence, rows),
        pairs=pairs,
        refusals=refusals,
        tracks=tracks,
        keys=memory.keys[left],
        recent=memory.recent[left],
    )
    return replace(
        state,
        since=since,
        resting=False,
        prior=prior,
        mean=mean,
        cov=cov,
        doubt=doubt,
        sure=sure,
        streak=streak,
        applied=applied,
        turns=turns,
        evidence=_not_of(state.evidence, rows),
        memory=memory,
    )


def _not_of(evidence: Evidence, rows: Index) -> Evidence:
    """What is said of other sensors than these."""
    left = ~np.isin(evidence.sensors, rows).any(1)
    return Evidence(evidence.key[left], evidence.numbers[left])


def renewed(state: RegistrationState, t_ns: int, settings: RegistrationSettings) -> RegistrationState:
    """Fold in the evidence gathered, and decide anew what is sure enough to correct."""
    memory = state.memory
    stay = exp(-max(t_ns - state.t_ns, 0) * 1e-9 / settings.memory_s) if state.t_ns else 1.0
    old = Evidence(state.evidence.key, state.evidence.numbers * stay)
    evidence = gathered(old, memory.evidence, settings.evidence_max)
    found = judged(
        *(evidence, state.prior, state.kinds.ravel(), _bearings(state)),
        *(state.applied.ravel(), settings.significance),
    )
    memory = memory._replace(evidence=Evidence.none())
    learned = (memory.pairs >= settings.learned_pairs) | (t_ns - state.since > settings.learned_s * 1e9)
    streak = np.where(found.sure.reshape(-1, 4), state.streak + 1, 0)
    state = replace(state, streak=streak)
    applied = _applied(state, found, settings)
    state = replace(
        state,
        t_ns=t_ns,
        resting=bool(learned.all()),
        mean=found.mean,
        cov=found.cov,
        doubt=found.doubt,
        sure=found.sure,
        applied=applied,
        evidence=evidence,
        memory=memory,
    )
    knocked = np.flatnonzero(memory.refusals > REFUSALS_MAX)
    return forgotten(state, knocked) if len(knocked) else state


def _bearings(state: RegistrationState) -> tuple[Array, Array]:
    """Direction of each witness from each sensor (W, S), and which way it flies (W,)."""
    flight = state.memory.witnesses.flight
    places = np.array([(0.0, 0.0) if place is None else place[:2] for place in state.places])
    away = flight[:, None, :2] - places.reshape(-1, 2)
    return np.arctan2(away[..., 0], away[..., 1]), np.arctan2(flight[:, 2], flight[:, 3])


def _applied(state: RegistrationState, found: Judgement, settings: RegistrationSettings) -> Flags:
    """Biases (S, 4) that are corrected: sure, and large enough to be of use."""
    bias, noise = np.abs(found.mean).reshape(-1, 4), found.noise.reshape(-1, 4)
    material = bias > np.where(state.applied, 0.5, 1.0) * settings.material
    told = state.memory.tracks[:, -1] != 0
    steady = state.applied | (state.streak >= STEADY)
    wanted = found.sure.reshape(-1, 4) & steady & material & (noise < 0.5) & told[:, None]
    # what ghosts told is on trial until the first pairs come, or its patience ends
    turned = np.zeros_like(wanted)
    turned[:, 1] = state.applied[:, 1] & (state.turns[:, 1] >= TURN_FOUND)
    wanted |= turned & material & (bias > 0.5 * settings.significance * noise)
    limit = np.array([np.inf, np.inf, np.inf, settings.clock_max_s])
    possible = (np.abs(found.mean).reshape(-1, 4) * state.scale <= limit) & state.shown & (state.scale > 0)
    return np.asarray(wanted & possible)


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
    # what ghosts told, and what may not be corrected for its size, is told all the same
    large &= state.sure.reshape(-1, 4) | state.applied
    return RegistrationTable(
        state.names,
        np.where(state.shown, estimate, np.nan),
        np.where(state.shown, sigma, np.nan),
        state.memory.pairs.copy(),
        state.applied.copy(),
        large & state.shown & told[:, None],
    )
