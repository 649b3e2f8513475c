"""Single checks of claims, over arrays: how kinds fly, turns, motion against places, jumps."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.claim_settings import ClaimKind, ClaimSettings
from marsad.assessment.claim_state import (
    Array,
    ClaimReports,
    Finding,
    Flags,
    Index,
    PlausibilityState,
)

GRAVITY_MPS2 = 9.80665
_JUMP_SLACK_M = 300.0  # of a rounded place and its latency, at the least
_MOTION_SLACK_M = 60.0  # three sigmas of the difference of two claimed places
_MOTION_SLACK_MPS = 8.0


@dataclass(frozen=True)
class ClaimRules:
    """Settings as arrays by kind."""

    settings: ClaimSettings

    @staticmethod
    def of(settings: ClaimSettings) -> "ClaimRules":
        """The rules of some settings."""
        return ClaimRules(settings)

    @cached_property
    def climb(self) -> Array:
        """Fastest climb of each kind."""
        return self.settings.limits("climb_max_mps")

    @cached_property
    def descent(self) -> Array:
        """Fastest descent of each kind."""
        return self.settings.limits("descent_max_mps")

    @cached_property
    def load(self) -> Array:
        """Highest load factor of each kind."""
        return self.settings.limits("load_factor_max")

    @cached_property
    def acceleration(self) -> Array:
        """Highest acceleration along the course of each kind."""
        return self.settings.limits("acceleration_max_mps2")

    @cached_property
    def ceiling(self) -> Array:
        """Ceiling of each kind."""
        return self.settings.limits("height_max_m")

    @cached_property
    def weights(self) -> Array:
        """Decibans of each finding."""
        weights = self.settings.weights
        return np.array([getattr(weights, f"{one.name.lower()}_db") for one in Finding])

    @cached_property
    def keep_s(self) -> Array:
        """How long each finding counts."""
        late = (Finding.LATE, Finding.CLOSE)
        return np.array(
            [self.settings.late_keep_s if one in late else self.settings.keep_s for one in Finding]
        )

    @cached_property
    def _steps(self) -> list[tuple[Array, Array]]:
        """Slowest and fastest speed of each kind as columns of height and speed."""
        envelopes = [self.settings.envelope(kind) for kind in ClaimKind]
        return [
            (np.array(one.speed_min_mps, float).T, np.array(one.speed_max_mps, float).T) for one in envelopes
        ]

    def speeds(self, kind: NDArray[np.int8], height_m: Array) -> tuple[Array, Array]:
        """Slowest and fastest speed over the ground (k,); 0 and the fastest anywhere for no height."""
        slowest, fastest = np.zeros(len(kind)), np.zeros(len(kind))
        for one in set(kind.tolist()):
            mine = kind == one
            low, high = self._steps[one]
            known = ~np.isnan(height_m[mine])
            slowest[mine] = np.where(known, np.interp(height_m[mine], *low), 0.0)
            fastest[mine] = np.where(known, np.interp(height_m[mine], *high), high[1].max())
        return slowest, fastest


@dataclass(frozen=True)
class Check:
    """One check of k claims. Where it was compared and is no breach, an earlier one counts less."""

    finding: Finding
    compared: Flags
    breach: Flags
    value: Array
    limit: Array


def envelope(
    state: PlausibilityState, rows: Index, said: ClaimReports, rules: ClaimRules, speeds: tuple[Array, Array]
) -> list[Check]:
    """Speed by height, climb, descent and ceiling of the kind."""
    settings, kind = rules.settings, state.kind[rows]
    speed, (slowest, fastest) = np.hypot(said.velocity[:, 0], said.velocity[:, 1]), speeds
    slack, climb_slack = settings.speed_slack_mps, settings.climb_slack_mps
    moves, climbs, is_high = np.isfinite(speed), np.isfinite(said.climb_mps), np.isfinite(said.height_m)
    climb, descent, ceiling = rules.climb[kind], rules.descent[kind], rules.ceiling[kind]
    return [
        Check(Finding.SPEED_LOW, moves, speed < slowest - slack, speed, slowest),
        Check(Finding.SPEED_HIGH, moves, speed > fastest + slack, speed, fastest),
        Check(Finding.CLIMB, climbs, said.climb_mps > climb + climb_slack, said.climb_mps, climb),
        Check(Finding.DESCENT, climbs, -said.climb_mps > descent + climb_slack, -said.climb_mps, descent),
        Check(
            Finding.CEILING, is_high, said.height_m > ceiling + settings.height_slack_m, said.height_m,
            ceiling,
        ),
    ]  # fmt: skip


def turns(state: PlausibilityState, rows: Index, said: ClaimReports, rules: ClaimRules) -> list[Check]:
    """Acceleration along and across the course, from claimed velocities some seconds apart."""
    settings, kind = rules.settings, state.kind[rows]
    elapsed = (said.t_ns - state.recent_t_ns[rows]) / 1e9
    before, now = state.recent_velocity[rows], said.velocity
    due = (elapsed >= settings.recent_s) & np.isfinite(now).all(axis=1)
    can = due & (elapsed <= settings.gap_max_s) & np.isfinite(before).all(axis=1)
    # a velocity may be older than its report: over the longest time that may have passed
    change = (now - before) / (np.maximum(elapsed, settings.recent_s) + settings.latency_s)[:, None]
    middle = (now + before) / 2
    course = middle / np.maximum(np.hypot(middle[:, 0], middle[:, 1]), 1.0)[:, None]
    along = np.abs((change * course).sum(axis=1))
    across = np.abs(change[:, 0] * course[:, 1] - change[:, 1] * course[:, 0])
    load = np.sqrt(1 + (np.maximum(across - settings.turn_slack_mps2, 0.0) / GRAVITY_MPS2) ** 2)
    state.recent_t_ns[rows[due]] = said.t_ns[due]
    state.recent_velocity[rows[due]] = now[due]
    most, limit = rules.load[kind], rules.acceleration[kind]
    return [
        Check(Finding.TURN, can, can & (load > most), load, most),
        Check(
            Finding.ACCELERATION, can, can & (along > limit + settings.turn_slack_mps2), along, limit
        ),
    ]  # fmt: skip


def motion(state: PlausibilityState, rows: Index, said: ClaimReports, rules: ClaimRules) -> Check:
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
    anew = (known & ~goes_on & (step != 0)) | can
    state.way[rows] = np.where(anew[:, None], 0.0, way)
    state.turned_mps[rows] = np.where(anew, 0.0, turned)
    state.earlier_t_ns[rows[anew]] = said.t_ns[anew]
    state.earlier_place[rows[anew]] = place[anew]
    state.last_velocity[rows[known]] = velocity[known]
    return Check(Finding.MOTION, can, can & (difference > limit), difference, limit)


def jumps(
    state: PlausibilityState, rows: Index, said: ClaimReports, rules: ClaimRules, fastest: Array
) -> Check:
    """A place that nothing of the kind could have reached since the last one."""
    settings = rules.settings
    elapsed = (said.t_ns - state.last_t_ns[rows]) / 1e9
    can = (elapsed > 0) & (elapsed <= settings.gap_max_s) & np.isfinite(said.place).all(axis=1)
    jump = np.hypot(*(said.place - state.last_place[rows]).T)
    limit = fastest * (np.maximum(elapsed, 0.0) + settings.latency_s) + _JUMP_SLACK_M
    # a jump is an event: what follows it fits again, and takes nothing back
    breach = can & (jump > limit)
    return Check(Finding.JUMP, breach, breach, jump, limit)
