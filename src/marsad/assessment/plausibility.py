"""Whether what an object says of itself can be true: by how its kind flies, and by itself.

Pure, over arrays: `hear` takes what k tracks claimed just now into the state of n tracks, `verdict` says
what is known at a time. A breach counts once it was seen several times: one bad report is no lie.
"""

from dataclasses import dataclass
from math import atan2, degrees, hypot

import numpy as np

from marsad.assessment import claim_checks
from marsad.assessment.addresses import AddressStanding
from marsad.assessment.claim_checks import Check, ClaimRules
from marsad.assessment.claim_kinds import ClaimMarks
from marsad.assessment.claim_settings import ClaimSettings
from marsad.assessment.claim_state import (
    Array,
    ClaimReports,
    Finding,
    Flags,
    Index,
    PlausibilityState,
)
from marsad.assessment.schedule import ScheduleStanding
from marsad.model.detection import Claim
from marsad.model.reason import Reason

__all__ = ["ClaimRules", "ClaimVerdict", "doubled", "hear", "mark", "named", "seen_at", "verdict"]
_JUMPS = 2  # one may be a badly decoded place
# what bad satellite navigation does to the honest
_BY_PLACE = (Finding.MOTION, Finding.JUMP, Finding.BEARING, Finding.DOUBLED)
_BY_NAME = (
    Finding.UNASSIGNED,
    Finding.NO_IDENTITY,
    Finding.OPERATOR,
    Finding.OFF_SCHEDULE,
    Finding.ON_SCHEDULE,
)
# what shows that it is not what it says
_OF_FLIGHT = (*(one for one in Finding if one <= Finding.BEARING), Finding.RENAMED)
# what a sentence quotes: name of the number, name of its limit; "" none
_QUOTED: dict[Finding, tuple[str, str]] = {
    Finding.SPEED_LOW: ("speed_mps", "limit_mps"),
    Finding.SPEED_HIGH: ("speed_mps", "limit_mps"),
    Finding.CLIMB: ("climb_mps", "limit_mps"),
    Finding.DESCENT: ("descent_mps", "limit_mps"),
    Finding.CEILING: ("height_m", "limit_m"),
    Finding.TURN: ("load_factor", "limit"),
    Finding.ACCELERATION: ("acceleration_mps2", "limit_mps2"),
    Finding.MOTION: ("difference_mps", "limit_mps"),
    Finding.JUMP: ("jump_m", "limit_m"),
    Finding.BEARING: ("offset_deg", "limit_deg"),
    Finding.LATE: ("distance_m", "silent_s"),
    Finding.CLOSE: ("distance_m", ""),
    Finding.RENAMED: ("names", "limit_s"),
}
_BOTH_PLACES = ("here_m", "here_deg", "there_m", "there_deg")


@dataclass(frozen=True)
class ClaimVerdict:
    """What is known against and for the claims of n tracks.

    decibans (n,)   all findings together, within the cap
    refuted (n,)    what flies so is not what it says
    found, weight_db, value, limit (n, findings)
    doubled_at (n, 4)   as in the state
    """

    decibans: Array
    refuted: Flags
    found: Flags
    weight_db: Array
    value: Array
    limit: Array
    doubled_at: Array

    def reasons(self, row: int) -> tuple[Reason, ...]:
        """The findings of a track with their numbers."""
        return tuple(
            Reason(f"claim.{one.name.lower()}", self._numbers(row, one), float(self.weight_db[row, one]))
            for one in Finding
            if self.found[row, one]
        )

    def _numbers(self, row: int, one: Finding) -> tuple[tuple[str, float], ...]:
        """What the sentence of a finding quotes."""
        if one is Finding.DOUBLED:
            return tuple(zip(_BOTH_PLACES, self.doubled_at[row].tolist(), strict=True))
        quoted = zip(_QUOTED.get(one, ("", "")), (self.value, self.limit), strict=True)
        return tuple((name, float(numbers[row, one])) for name, numbers in quoted if name)


def mark(state: PlausibilityState, row: int, t_ns: int, marks: ClaimMarks) -> None:
    """Take in what the names of one track's claim say; once per claim is enough, and when they change."""
    state.kind[row] = marks.kind
    for finding, holds in (
        (Finding.UNASSIGNED, marks.address is AddressStanding.UNASSIGNED),
        (Finding.NO_IDENTITY, marks.address is AddressStanding.NO_IDENTITY),
        (Finding.OPERATOR, marks.other_state),
        (Finding.OFF_SCHEDULE, marks.schedule in (ScheduleStanding.NOT_LISTED, ScheduleStanding.OTHER_TIME)),
        (Finding.ON_SCHEDULE, marks.schedule is ScheduleStanding.LISTED),
    ):
        state.found_t_ns[row, finding] = t_ns if holds else 0


def hear(state: PlausibilityState, rows: Index, said: ClaimReports, rules: ClaimRules) -> None:
    """Take in what k tracks claim, rows each once. Changes the state. Once a second is enough."""
    if not len(rows):
        return
    fresh = state.first_t_ns[rows] == 0
    _begin(state, rows, said, rules, fresh)
    speeds = rules.speeds(state.kind[rows], said.height_m)
    checks = [
        *claim_checks.envelope(state, rows, said, rules, speeds),
        *claim_checks.turns(state, rows, said, rules),
        claim_checks.motion(state, rows, said, rules),
        claim_checks.jumps(state, rows, said, rules, speeds[1]),
    ]
    _note(state, rows, said.t_ns, checks, rules)
    state.first_t_ns[rows] = np.where(fresh, said.t_ns, state.first_t_ns[rows])
    newer = said.t_ns > state.last_t_ns[rows]
    state.last_t_ns[rows[newer]] = said.t_ns[newer]
    state.last_place[rows[newer]] = said.place[newer]


def doubled(
    state: PlausibilityState, row: int, t_ns: int, here: tuple[float, float], there: tuple[float, float]
) -> None:
    """Take in that another uses the identifier of that row's track, from [east_m, north_m] of both."""
    state.found_t_ns[row, Finding.DOUBLED] = t_ns
    bearings = [degrees(atan2(east, north)) % 360 for east, north in (here, there)]
    state.doubled_at[row] = (hypot(*here), bearings[0], hypot(*there), bearings[1])


def named(state: PlausibilityState, row: int, t_ns: int, claim: Claim, settings: ClaimSettings) -> None:
    """Take in by which identifier that row's track calls itself: an honest object has one of a system.

    Two may be those of two objects near each other that are taken for one.
    """
    called = state.called[row] or {}
    now, before = called.get(claim.system, (claim.identifier, ()))
    if now != claim.identifier:
        keep_ns = int(settings.names_s * 1e9)
        recent = [
            (name, then) for name, then in before if t_ns - then <= keep_ns and name != claim.identifier
        ]
        before = (*recent, (now, t_ns))[-settings.names_max :]
        if len(before) >= settings.names_max:
            state.found_t_ns[row, Finding.RENAMED] = t_ns
            state.value[row, Finding.RENAMED] = len(before) + 1
            state.limit[row, Finding.RENAMED] = settings.names_s
    elif claim.system in called:
        return
    state.called[row] = {**called, claim.system: (claim.identifier, before)}


def seen_at(
    state: PlausibilityState, rows: Index, t_ns: Index, offset_rad: Array, limit_rad: Array, rules: ClaimRules
) -> None:
    """Take in how far k claimed places are off the bearings of direction finders and cameras.

    See `claim_bearings.offsets`; NaN where no line can be compared.
    """
    known = np.isfinite(offset_rad)
    off = known & (offset_rad > limit_rad)
    check = Check(Finding.BEARING, known, off, np.degrees(offset_rad), np.degrees(limit_rad))
    _note(state, rows, t_ns, [check], rules)


def verdict(state: PlausibilityState, t_ns: int, rules: ClaimRules, belief: float = 1.0) -> ClaimVerdict:
    """What is known at a time.

    belief  of claimed places, 0 to 1, from the health of satellite navigation: while it is bad, honest
            aircraft jump and drift, and that weighs less against them
    """
    settings, shape = rules.settings, state.found_t_ns.shape
    found, weight = np.zeros(shape, bool), np.zeros(shape)
    rows = np.flatnonzero(state.found_t_ns.any(axis=1))  # of most tracks nothing was ever found
    if not len(rows):
        nothing = np.zeros(shape[0])
        return ClaimVerdict(nothing, nothing > 0, found, weight, weight, weight, state.doubled_at)
    found_t_ns = state.found_t_ns[rows]
    since_s = (t_ns - found_t_ns) / 1e9
    since_s[:, _BY_NAME] = ((t_ns - state.last_t_ns[rows]) / 1e9)[:, None]  # while it goes on claiming
    counts = (found_t_ns > 0) & (since_s <= rules.keep_s)
    own = np.where(counts, rules.weights, 0.0)
    own[:, _BY_PLACE] *= belief
    found[rows], weight[rows] = counts, own
    return ClaimVerdict(
        np.clip(weight.sum(axis=1), *settings.weights.cap_db),
        weight[:, _OF_FLIGHT].sum(axis=1) >= settings.refuted_db,
        found,
        weight,
        # explained later, when the state may have gone on
        state.value.copy(),
        state.limit.copy(),
        state.doubled_at.copy(),
    )


def _note(state: PlausibilityState, rows: Index, t_ns: Index, checks: list[Check], rules: ClaimRules) -> None:
    """Count breaches up and comparisons without one down; from so many on it is a finding."""
    at = np.array([check.finding for check in checks])
    times = np.where(at == Finding.JUMP, _JUMPS, rules.settings.times)
    compared, breach, value, limit = (
        np.stack(columns, axis=1)
        for columns in zip(*((one.compared, one.breach, one.value, one.limit) for one in checks), strict=True)
    )
    place, now = (rows[:, None], at), t_ns[:, None]
    forgotten = now - state.breach_t_ns[place] > int(rules.settings.keep_s * 1e9)
    before = np.where(forgotten, 0, state.times[place])
    after = before + np.where(breach, 1, np.where(compared, -1, 0))
    state.times[place] = np.clip(after, 0, 2 * times)
    counts = breach & (after >= times)
    for column, new, where in (
        (state.breach_t_ns, now, breach),
        (state.found_t_ns, now, counts),
        (state.value, value, counts),
        (state.limit, limit, counts),
    ):
        column[place] = np.where(where, new, column[place])


def _begin(
    state: PlausibilityState, rows: Index, said: ClaimReports, rules: ClaimRules, fresh: Flags
) -> None:
    """A claim that came up only near, by a track that was silent or by one that was not there before."""
    settings = rules.settings
    near = (said.distance_m <= settings.late_within_m) | (said.arrival_s <= settings.late_within_s)
    heard = said.covered & fresh & near
    late = heard & (said.age_s >= settings.silent_for_s)
    # what has just taken off nearby climbs; what comes in level or sinking was in the air before
    comes = np.isfinite(said.arrival_s) & ~(said.climb_mps > settings.departing_climb_mps)
    close = heard & ~late & comes & (said.listening_s >= settings.listening_s)
    for finding, holds in ((Finding.LATE, late), (Finding.CLOSE, close)):
        state.found_t_ns[rows[holds], finding] = said.t_ns[holds]
        state.value[rows[holds], finding] = said.distance_m[holds]
        state.limit[rows[holds], finding] = said.age_s[holds]
