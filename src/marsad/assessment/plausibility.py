"""Whether what an object says of itself can be true: by how its kind flies, and by itself.

Pure, over arrays: `hear` takes what k tracks claimed just now into the state of n tracks, `verdict` says
what is known at a time. A breach counts once it was seen several times: one bad report is no lie.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.addresses import AddressStanding
from marsad.assessment.claim_kinds import ClaimMarks
from marsad.assessment.claim_settings import ClaimKind, ClaimSettings, Steps
from marsad.assessment.claim_state import Array, ClaimReports, ClaimState, Finding, Flags, Index
from marsad.assessment.schedule import ScheduleStanding
from marsad.model.reason import Reason

GRAVITY_MPS2 = 9.80665
_JUMPS = 2  # one may be a badly decoded place
_JUMP_SLACK_M = 300.0  # of a rounded place and its latency, at the least
_MOTION_SLACK_M = 60.0  # three sigmas of the difference of two claimed places
_MOTION_SLACK_MPS = 8.0


_BY_PLACE = (
    Finding.MOTION,
    Finding.JUMP,
    Finding.BEARING,
)  # what bad satellite navigation does to the honest
_BY_NAME = (
    Finding.UNASSIGNED,
    Finding.NO_IDENTITY,
    Finding.OPERATOR,
    Finding.OFF_SCHEDULE,
    Finding.ON_SCHEDULE,
)
_AT_FIRST = (Finding.LATE, Finding.CLOSE)
_OF_FLIGHT = tuple(one for one in Finding if one <= Finding.BEARING)
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
}


@dataclass(frozen=True)
class ClaimRules:
    """Settings as arrays by kind."""

    settings: ClaimSettings
    slowest: tuple[Steps, ...]
    fastest: tuple[Steps, ...]
    climb: Array
    descent: Array
    load: Array
    acceleration: Array
    ceiling: Array
    weights: Array

    @staticmethod
    def of(settings: ClaimSettings) -> "ClaimRules":
        """The rules of some settings."""
        weights = settings.weights
        return ClaimRules(
            settings,
            tuple(settings.envelope(kind).speed_min_mps for kind in ClaimKind),
            tuple(settings.envelope(kind).speed_max_mps for kind in ClaimKind),
            settings.limits("climb_max_mps"),
            settings.limits("descent_max_mps"),
            settings.limits("load_factor_max"),
            settings.limits("acceleration_max_mps2"),
            settings.limits("height_max_m"),
            np.array([getattr(weights, f"{one.name.lower()}_db") for one in Finding]),
        )

    def speeds(self, kind: NDArray[np.int8], height_m: Array) -> tuple[Array, Array]:
        """Slowest and fastest speed over the ground (k,); 0 and the fastest anywhere for no height."""
        slowest, fastest = np.zeros(len(kind)), np.zeros(len(kind))
        for one in np.unique(kind).tolist():
            mine = kind == one
            slowest[mine] = np.interp(height_m[mine], *np.array(self.slowest[one], float).T)
            fastest[mine] = np.interp(height_m[mine], *np.array(self.fastest[one], float).T)
        unknown = np.isnan(height_m)
        top = np.array([max(speed for _, speed in steps) for steps in self.fastest])
        return np.where(unknown, 0.0, slowest), np.where(unknown, top[kind], fastest)


@dataclass(frozen=True)
class ClaimVerdict:
    """What is known against and for the claims of n tracks.

    decibans (n,)   all findings together, within the cap
    refuted (n,)    what flies so is not what it says
    found, weight_db, value, limit (n, findings)
    """

    decibans: Array
    refuted: Flags
    found: Flags
    weight_db: Array
    value: Array
    limit: Array

    def reasons(self, row: int) -> tuple[Reason, ...]:
        """The findings of a track with their numbers."""
        return tuple(
            Reason(
                f"claim.{one.name.lower()}",
                tuple(
                    (name, float(numbers[row, one]))
                    for name, numbers in zip(
                        _QUOTED.get(one, ("", "")), (self.value, self.limit), strict=True
                    )
                    if name
                ),
                float(self.weight_db[row, one]),
            )
            for one in Finding
            if self.found[row, one]
        )


def mark(state: ClaimState, row: int, t_ns: int, marks: ClaimMarks) -> None:
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


def hear(state: ClaimState, rows: Index, said: ClaimReports, rules: ClaimRules) -> None:
    """Take in what k tracks claim, rows each once. Changes the state."""
    fresh = state.first_t_ns[rows] == 0
    _begin(state, rows, said, rules, fresh)
    _envelope(state, rows, said, rules)
    _turns(state, rows, said, rules)
    _motion(state, rows, said, rules)
    _jumps(state, rows, said, rules)
    state.first_t_ns[rows] = np.where(fresh, said.t_ns, state.first_t_ns[rows])
    newer = said.t_ns > state.last_t_ns[rows]
    state.last_t_ns[rows[newer]] = said.t_ns[newer]
    state.last_place[rows[newer]] = said.place[newer]


def seen_at(
    state: ClaimState, rows: Index, t_ns: Index, offset_rad: Array, limit_rad: Array, rules: ClaimRules
) -> None:
    """Take in how far k claimed places are off the bearings of direction finders and cameras.

    See `claim_bearings.offsets`; NaN where no line can be compared.
    """
    known = np.isfinite(offset_rad)
    _note(
        state, rows, Finding.BEARING, t_ns, known, known & (offset_rad > limit_rad),
        np.degrees(offset_rad), np.degrees(limit_rad), rules.settings.times, rules.settings.keep_s,
    )  # fmt: skip


def verdict(state: ClaimState, t_ns: int, rules: ClaimRules, belief: float = 1.0) -> ClaimVerdict:
    """What is known at a time.

    belief  of claimed places, 0 to 1, from the health of satellite navigation: while it is bad, honest
            aircraft jump and drift, and that weighs less against them
    """
    settings = rules.settings
    since_s = (t_ns - state.found_t_ns) / 1e9
    since_s[:, _BY_NAME] = ((t_ns - state.last_t_ns) / 1e9)[:, None]  # as long as it goes on claiming
    keep_s = np.full(len(Finding), settings.keep_s)
    keep_s[list(_AT_FIRST)] = settings.late_keep_s
    found = (state.found_t_ns > 0) & (since_s <= keep_s)
    weight = np.where(found, rules.weights, 0.0)
    weight[:, _BY_PLACE] *= belief
    total = np.clip(weight.sum(axis=1), *settings.weights.cap_db)
    return ClaimVerdict(
        total,
        weight[:, _OF_FLIGHT].sum(axis=1) >= settings.refuted_db,
        found,
        weight,
        state.value,
        state.limit,
    )


def _note(
    state: ClaimState, rows: Index, finding: Finding, t_ns: Index, compared: Flags, breach: Flags,
    value: Array, limit: Array, times: int, keep_s: float,
) -> None:  # fmt: skip
    """Count a breach up and a comparison without one down; from `times` on it is a finding."""
    before = state.times[rows, finding]
    old = t_ns - state.found_t_ns[rows, finding] > int(keep_s * 1e9)
    before = np.where(old & (state.found_t_ns[rows, finding] > 0), 0, before)
    after = np.where(breach, before + 1, np.where(compared, before - 1, before))
    state.times[rows, finding] = np.clip(after, 0, 2 * times)
    counts = breach & (after >= times)
    state.found_t_ns[rows[counts], finding] = t_ns[counts]
    state.value[rows[counts], finding] = np.broadcast_to(value, rows.shape)[counts]
    state.limit[rows[counts], finding] = np.broadcast_to(limit, rows.shape)[counts]


def _begin(state: ClaimState, rows: Index, said: ClaimReports, rules: ClaimRules, fresh: Flags) -> None:
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


def _envelope(state: ClaimState, rows: Index, said: ClaimReports, rules: ClaimRules) -> None:
    settings, kind = rules.settings, state.kind[rows]
    speed = np.hypot(said.velocity[:, 0], said.velocity[:, 1])
    slowest, fastest = rules.speeds(kind, said.height_m)
    slack, climb_slack = settings.speed_slack_mps, settings.climb_slack_mps
    for finding, value, limit, breach in (
        (Finding.SPEED_LOW, speed, slowest, speed < slowest - slack),
        (Finding.SPEED_HIGH, speed, fastest, speed > fastest + slack),
        (Finding.CLIMB, said.climb_mps, rules.climb[kind], said.climb_mps > rules.climb[kind] + climb_slack),
        (
            Finding.DESCENT, -said.climb_mps, rules.descent[kind],
            -said.climb_mps > rules.descent[kind] + climb_slack,
        ),
        (
            Finding.CEILING, said.height_m, rules.ceiling[kind],
            said.height_m > rules.ceiling[kind] + settings.height_slack_m,
        ),
    ):  # fmt: skip
        _note(
            state, rows, finding, said.t_ns, np.isfinite(value), breach, value, limit,
            settings.times, settings.keep_s,
        )  # fmt: skip


def _turns(state: ClaimState, rows: Index, said: ClaimReports, rules: ClaimRules) -> None:
    """Acceleration along and across the course, from claimed velocities some seconds apart."""
    settings, kind = rules.settings, state.kind[rows]
    elapsed = (said.t_ns - state.recent_t_ns[rows]) / 1e9
    before, now = state.recent_velocity[rows], said.velocity
    due = (elapsed >= settings.recent_s) & np.isfinite(now).all(axis=1)
    can = due & (elapsed <= settings.gap_max_s) & np.isfinite(before).all(axis=1)
    # a velocity may be older than its report: over the longest time that may have passed
    change = (now - before) / (elapsed + settings.latency_s)[:, None]
    middle = (now + before) / 2
    course = middle / np.maximum(np.hypot(middle[:, 0], middle[:, 1]), 1.0)[:, None]
    along = np.abs((change * course).sum(axis=1))
    across = np.abs(change[:, 0] * course[:, 1] - change[:, 1] * course[:, 0])
    load = np.sqrt(1 + (np.maximum(across - settings.turn_slack_mps2, 0.0) / GRAVITY_MPS2) ** 2)
    limit = rules.acceleration[kind]
    for finding, value, most, breach in (
        (Finding.TURN, load, rules.load[kind], load > rules.load[kind]),
        (Finding.ACCELERATION, along, limit, along > limit + settings.turn_slack_mps2),
    ):
        _note(
            state, rows, finding, said.t_ns, can, can & breach, value, most, settings.times, settings.keep_s
        )
    state.recent_t_ns[rows[due]] = said.t_ns[due]
    state.recent_velocity[rows[due]] = now[due]


def _motion(state: ClaimState, rows: Index, said: ClaimReports, rules: ClaimRules) -> None:
    """Claimed velocities, added up, against the change of claimed places."""
    settings = rules.settings
    place, velocity = said.place, said.velocity
    step = (said.t_ns - state.last_t_ns[rows]) / 1e9
    before = state.last_velocity[rows]
    known = np.isfinite(place).all(axis=1) & np.isfinite(velocity).all(axis=1)
    goes_on = known & (step > 0) & (step <= settings.motion_gap_s) & np.isfinite(before).all(axis=1)
    over = np.where(goes_on, step, 0.0)[:, None]
    way = state.way[rows] + np.where(goes_on[:, None], (velocity + before) / 2 * over, 0.0)
    turned = state.turned_mps[rows] + np.where(goes_on, np.hypot(*(velocity - before).T), 0.0)
    elapsed = (said.t_ns - state.earlier_t_ns[rows]) / 1e9
    can = goes_on & (elapsed >= settings.motion_s) & np.isfinite(state.earlier_place[rows]).all(axis=1)
    time_s = np.where(can, elapsed, 1.0)
    difference = np.hypot(*(place - state.earlier_place[rows] - way).T) / time_s
    fast = np.hypot(*velocity.T)
    # velocities are older than their places: in a turn that is an error of its own
    limit = _MOTION_SLACK_MPS + turned / 2 + (fast * settings.latency_s / 2 + _MOTION_SLACK_M) / time_s
    _note(
        state, rows, Finding.MOTION, said.t_ns, can, can & (difference > limit), difference, limit,
        settings.times, settings.keep_s,
    )  # fmt: skip
    anew = (known & ~goes_on & (step != 0)) | can
    state.way[rows] = np.where(anew[:, None], 0.0, way)
    state.turned_mps[rows] = np.where(anew, 0.0, turned)
    state.earlier_t_ns[rows[anew]] = said.t_ns[anew]
    state.earlier_place[rows[anew]] = place[anew]
    state.last_velocity[rows[known]] = velocity[known]


def _jumps(state: ClaimState, rows: Index, said: ClaimReports, rules: ClaimRules) -> None:
    """A place that nothing of the kind could have reached since the last one."""
    settings, kind = rules.settings, state.kind[rows]
    elapsed = (said.t_ns - state.last_t_ns[rows]) / 1e9
    can = (elapsed > 0) & (elapsed <= settings.gap_max_s) & np.isfinite(said.place).all(axis=1)
    _, fastest = rules.speeds(kind, said.height_m)
    jump = np.hypot(*(said.place - state.last_place[rows]).T)
    limit = fastest * (np.maximum(elapsed, 0.0) + settings.latency_s) + _JUMP_SLACK_M
    # a jump is an event: what follows it fits again, and takes nothing back
    breach = can & (jump > limit)
    _note(state, rows, Finding.JUMP, said.t_ns, breach, breach, jump, limit, _JUMPS, settings.keep_s)
