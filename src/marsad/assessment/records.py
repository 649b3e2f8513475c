"""Turns the arrays of one assessment into records with their reasons."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.evidence import Context, Flight, Intent
from marsad.assessment.geometry import Approach
from marsad.assessment.identity import IDENTITIES, IdentityEvidence
from marsad.assessment.level import LEVEL_OF_RULE, Rule
from marsad.assessment.settings import AssessmentSettings
from marsad.assessment.shapes import ZoneShapes
from marsad.model.reason import Reason
from marsad.model.threat import THREAT_CLASSES, Level, ThreatAssessment, ZoneThreat

Array = NDArray[np.float64]
LEVELS = tuple(Level)
CLASS_CODES = tuple(f"class.mix.{name}" for name in THREAT_CLASSES)
IDENTITY_CODES: dict[IdentityEvidence, str] = {
    IdentityEvidence.NO_IDENTITY: "identity.none",
    IdentityEvidence.CLAIMED: "identity.claimed",
    IdentityEvidence.ADSB_ONLY: "identity.unconfirmed",
    IdentityEvidence.ADSB_CONSISTENT: "identity.consistent",
    IdentityEvidence.FRIEND_LISTED: "identity.listed",
    IdentityEvidence.AUTHENTICATED: "identity.authenticated",
    IdentityEvidence.CLAIM_DISAGREES: "identity.disagrees",
    IdentityEvidence.HAND_HOSTILE: "identity.by_hand_hostile",
    IdentityEvidence.HAND_SUSPECT: "identity.by_hand_suspect",
    IdentityEvidence.HAND_NEUTRAL: "identity.by_hand_neutral",
    IdentityEvidence.HAND_FRIEND: "identity.by_hand_friend",
}


_Part = tuple[str, Array, str, Array]
Record = TypeVar("Record")


@dataclass(frozen=True)
class Judged:
    """All arrays of one assessment: (n,), (n,z) or (n,c); zone of the intent group (n,)."""

    track_id: NDArray[np.int64]
    mix: Array
    class_db: Array
    identity: NDArray[np.int8]
    identity_db: Array  # uncapped
    shown: NDArray[np.int8]
    intent: Intent
    intent_zone: NDArray[np.int64]
    context: Context
    flight: Flight
    weight_db: Array
    hostility: Array
    near: Approach
    offset_m: Array
    margin_m: Array
    impact_limit: Array
    score: Array
    rule: NDArray[np.int8]
    level: NDArray[np.int8]


class Recorder:
    """Builds ThreatAssessments. Column by column, because it runs for every track ten times a second."""

    def __init__(self, settings: AssessmentSettings, shapes: ZoneShapes) -> None:
        self._settings = settings
        self._shapes = shapes

    def records(
        self, t_ns: int, judged: Judged, rows: NDArray[np.int64], names: Mapping[int, str]
    ) -> tuple[ThreatAssessment, ...]:
        """One record for each of the rows."""
        if not len(rows):
            return ()
        zones, leading = self._zones(judged, rows)
        ids = judged.track_id[rows].tolist()
        level = judged.level[rows].max(axis=1, initial=0).tolist()
        mixes = judged.mix[rows].tolist()
        rules = self._rules(judged, rows, leading, level)
        count = len(rows)
        return tuple(
            _made(
                ThreatAssessment,
                count,
                ids,
                [t_ns] * count,
                [LEVELS[one] for one in level],
                judged.score[rows].max(axis=1, initial=0.0).tolist(),
                [IDENTITIES[one] for one in judged.shown[rows].tolist()],
                [names.get(one, "") for one in ids],
                map(tuple, mixes),
                judged.hostility[rows].tolist(),
                judged.weight_db[rows].tolist(),
                map(tuple, self._evidence(judged, rows)),
                [rule for rule, _ in rules],
                [counter for _, counter in rules],
                zones,
            )
        )

    def _zones(
        self, judged: Judged, rows: NDArray[np.int64]
    ) -> tuple[list[tuple[ZoneThreat, ...]], list[int]]:
        """Per track its zones, most dangerous first, and the row of the first; -1 without zones."""
        count = len(self._shapes)
        if not count:
            return [() for _ in rows], [-1] * len(rows)
        near, level, score, impact = judged.near, judged.level, judged.score, judged.near.impact_s
        soon = np.where(np.isfinite(impact), 1.0 / (1.0 + impact), 0.0)
        pressing = level * 1000.0 + np.where(level == Level.WARN, 100.0 * soon, 0.0) + score / 1e4
        order = np.argsort(-pressing[rows], axis=1, kind="stable")
        known = ((near.hit >= 0.1) | near.meets) & np.isfinite(impact)

        place = (rows[:, None] * count + order).ravel()

        def column(values: Array) -> list[float]:
            flat: list[float] = values.ravel()[place].tolist()
            return flat

        ids = self._shapes.zone_ids
        levels = level.ravel()[place].tolist()
        made = _made(
            ZoneThreat,
            order.size,
            [ids[zone] for zone in order.ravel().tolist()],
            column(near.distance_m),
            column(near.miss_m),
            column(near.hit),
            column(np.where(known, impact, np.nan)),
            column(np.where(known, near.low_s, np.nan)),
            column(np.where(known, near.high_s, np.nan)),
            column(near.earliest_s),
            column(score),
            [LEVELS[one] for one in levels],
        )
        return (
            [tuple(made[start : start + count]) for start in range(0, len(made), count)],
            order[:, 0].tolist(),
        )

    def _evidence(self, judged: Judged, rows: NDArray[np.int64]) -> list[list[Reason]]:
        """Every part of W with its decibans; what a cap takes away is a part of its own."""
        best = judged.mix[rows].argmax(axis=1)
        percent = (100.0 * judged.mix[rows].max(axis=1)).tolist()
        class_db = judged.class_db[rows].tolist()
        version = ("version", self._settings.version)
        parts = [
            [Reason(CLASS_CODES[name], (("probability_percent", percent[place]), version), class_db[place])]
            for place, name in enumerate(best.tolist())
        ]
        weights, context = self._settings.evidence, judged.context
        self._identity_parts(judged, rows, parts)
        intents = self._intent_columns(judged, rows)
        for code, decibans, name, values in intents:
            _add(parts, code, decibans, name, values)
        _cap(parts, "cap.intent", np.sum([one[1] for one in intents], axis=0), weights.intent_cap_db)
        restricted, grouped = context.restricted[rows], context.grouped[rows]
        known = context.known_activity[rows]
        _add(parts, "context.restricted", restricted)
        _add(parts, "context.grouped", grouped, "count", context.group_size[rows])
        _add(parts, "context.known_activity", known)
        _cap(parts, "cap.context", restricted + grouped + known, weights.context_cap_db)
        return parts

    def _identity_parts(self, judged: Judged, rows: NDArray[np.int64], parts: list[list[Reason]]) -> None:
        kinds, decibans = judged.identity[rows], judged.identity_db[rows]
        for kind in np.unique(kinds).tolist():
            if kind:
                own = np.where(kinds == kind, decibans, 0.0)
                disagrees = kind == IdentityEvidence.CLAIM_DISAGREES
                name, values = ("offset_m", judged.offset_m[rows]) if disagrees else ("", None)
                _add(parts, IDENTITY_CODES[IdentityEvidence(kind)], own, name, values)
        by_hand = (kinds == IdentityEvidence.HAND_HOSTILE) | (kinds == IdentityEvidence.HAND_FRIEND)
        _cap(parts, "cap.identity", np.where(by_hand, 0.0, decibans), self._settings.evidence.identity_cap_db)

    def _intent_columns(self, judged: Judged, rows: NDArray[np.int64]) -> list[_Part]:
        """Code, decibans, argument name and argument of each kind of intent evidence."""
        intent, near, flight = judged.intent, judged.near, judged.flight
        zone = judged.intent_zone[rows]
        none = np.zeros(len(rows))

        def per_zone(values: Array) -> Array:
            return values[rows, zone] if len(self._shapes) else none

        def per_track(values: Array) -> Array:
            return values[rows]

        return [
            ("intent.course", per_zone(intent.course), "hit_percent", per_zone(100.0 * near.hit)),
            ("intent.closing", per_zone(intent.closing), "duration_s", per_zone(intent.closing_s)),
            ("intent.opening", per_zone(intent.opening), "rate_mps", per_zone(near.range_rate_mps)),
            ("intent.loiter", per_zone(intent.loiter), "duration_s", per_zone(intent.loiter_s)),
            ("intent.low_fast", per_track(intent.low_fast), "speed_mps", per_track(flight.speed_mps)),
            ("intent.diving", per_track(intent.diving), "descent_mps", per_track(-flight.climb_mps)),
        ]

    def _rules(
        self, judged: Judged, rows: NDArray[np.int64], leading: list[int], level: list[int]
    ) -> list[tuple[Reason, Reason | None]]:
        out: list[tuple[Reason, Reason | None]] = []
        fired = judged.rule[rows, leading].tolist() if len(self._shapes) else [0] * len(rows)
        scores = judged.score[rows, leading].tolist() if len(self._shapes) else [0.0] * len(rows)
        level_of = LEVEL_OF_RULE.tolist()
        limit = ("limit", self._settings.levels.watch_score)
        for place, (row, zone) in enumerate(zip(rows.tolist(), leading, strict=True)):
            rule = fired[place]
            given = level_of[rule]
            if given > level[place]:
                code = f"rule.waiting.{Level(given).name.lower()}"
                out.append((Reason(code), self._counter_waiting(level[place])))
            elif given < level[place]:
                out.append(self._kept(Level(level[place])))
            elif rule == Rule.INFO:
                out.append((Reason("rule.info", (("score", scores[place]), limit)), None))
            else:
                out.append(self._fired(judged, row, zone, rule))
        return out

    def _counter_waiting(self, level: int) -> Reason | None:
        if level == Level.INFO:
            return None
        return Reason("counter.kept", (("after_s", self._settings.levels.lower_after_s),))

    def _kept(self, level: Level) -> tuple[Reason, Reason]:
        after = ("after_s", self._settings.levels.lower_after_s)
        return Reason(f"rule.kept.{level.name.lower()}", (after,)), Reason("counter.kept", (after,))

    def _fired(self, judged: Judged, row: int, zone: int, rule: int) -> tuple[Reason, Reason | None]:
        """The rule with the numbers that fired it, and what would have put the level lower."""
        limits = self._settings.levels
        value = float(judged.score[row, zone])
        at = ("zone_id", self._shapes.zone_ids[zone])
        if rule == Rule.WATCH_SCORE:
            return _by_score("rule.watch_score", at, value, limits.watch_score)
        if rule == Rule.ALERT_SCORE:
            return _by_score("rule.alert_score", at, value, limits.alert_score)
        near = judged.near
        distance = ("distance_m", float(near.distance_m[row, zone]))
        if rule in (Rule.WATCH_NEAR, Rule.WATCH_ARRIVAL):
            counter = Reason(
                "counter.watch",
                (
                    at,
                    ("limit_m", limits.watch_distance_m),
                    ("limit_s", limits.watch_arrival_s),
                    ("limit", limits.watch_score),
                ),
            )
            if rule == Rule.WATCH_NEAR:
                return Reason(
                    "rule.watch_near", (at, distance, ("limit_m", limits.watch_distance_m))
                ), counter
            arrival = ("time_s", float(near.earliest_s[row, zone]))
            return Reason("rule.watch_arrival", (at, arrival, ("limit_s", limits.watch_arrival_s))), counter
        if rule == Rule.ALERT_NEAR:
            limit_m = ("limit_m", limits.alert_distance_m)
            counter = Reason("counter.alert_near", (at, limit_m, ("limit", limits.alert_score)))
            return Reason("rule.alert_near", (at, distance, limit_m)), counter
        if rule in (Rule.ALERT_BALLISTIC, Rule.WARN_IMPACT, Rule.WARN_WHOLE_SITE):
            return self._fired_ballistic(judged, row, zone, rule)
        return self._fired_warn(judged, row, zone, rule)

    def _fired_ballistic(self, judged: Judged, row: int, zone: int, rule: int) -> tuple[Reason, Reason]:
        at = ("zone_id", self._shapes.zone_ids[zone])
        hit = ("hit_percent", 100.0 * float(judged.near.hit[row, zone]))
        limit = ("limit_percent", 100.0 * float(judged.impact_limit[row]))
        time_s = ("time_s", float(judged.near.impact_s[row, zone]))
        if rule == Rule.ALERT_BALLISTIC:
            sure = ("limit_percent", 100.0 * self._settings.ballistic.confirm_probability)
            return Reason("rule.alert_ballistic", (at, hit, limit)), Reason("counter.ballistic", (sure,))
        if rule == Rule.WARN_IMPACT:
            return Reason("rule.warn_impact", (at, hit, limit, time_s)), Reason("counter.impact", (at, limit))
        sigma = ("limit_m", self._settings.ballistic.unconverged_sigma_m)
        return Reason("rule.warn_whole_site", (at, time_s, sigma)), Reason("counter.whole_site", (sigma,))

    def _fired_warn(self, judged: Judged, row: int, zone: int, rule: int) -> tuple[Reason, Reason]:
        limits, near = self._settings.levels, judged.near
        at = ("zone_id", self._shapes.zone_ids[zone])
        hostile = ("hostility_percent", 100.0 * float(judged.hostility[row]))
        if rule == Rule.WARN_OVERHEAD:
            limit_m = ("limit_m", float(judged.margin_m[row]))
            distance = ("distance_m", float(near.distance_m[row, zone]))
            sure = ("limit_percent", 100.0 * limits.warn_hostility)
            return (
                Reason("rule.warn_overhead", (at, distance, limit_m, hostile)),
                Reason("counter.overhead", (at, limit_m, sure)),
            )
        close = rule == Rule.WARN_NEAR
        limit_s = ("limit_s", limits.warn_time_near_s if close else limits.warn_time_s)
        limit = ("limit_percent", 100.0 * (limits.warn_hit_near if close else limits.warn_hit))
        hit = ("hit_percent", 100.0 * float(near.hit[row, zone]))
        time_s = ("time_s", float(near.impact_s[row, zone]))
        return (
            Reason("rule.warn_course", (at, hit, time_s, limit, limit_s, hostile)),
            Reason("counter.time", (at, limit_s)),
        )


def _by_score(code: str, at: tuple[str, str], value: float, limit: float) -> tuple[Reason, Reason]:
    return (
        Reason(code, (at, ("score", value), ("limit", limit))),
        Reason("counter.score", (at, ("limit", limit))),
    )


def _add(
    parts: list[list[Reason]],
    code: str,
    decibans: Array,
    name: str = "",
    values: NDArray[np.generic] | None = None,
) -> None:
    """One part for each track it weighs on; most parts weigh on few tracks."""
    rows = np.flatnonzero(decibans)
    quoted = values[rows].tolist() if values is not None else ()
    for place, (row, weight) in enumerate(zip(rows.tolist(), decibans[rows].tolist(), strict=True)):
        parts[row].append(Reason(code, ((name, quoted[place]),) if quoted else (), weight))


def _cap(parts: list[list[Reason]], code: str, total: Array, cap: tuple[float, float]) -> None:
    excess = np.clip(total, *cap) - total
    _add(parts, code, excess, "limit_db", np.clip(total, *cap))


def _made(kind: type[Record], count: int, *columns: Iterable[object]) -> list[Record]:
    """Records of a frozen, slotted dataclass from one column per field, in field order.

    Four times as fast as calling the class: a frozen dataclass sets each field of each record
    through Python, this sets each column in one C loop. Records are equal to those built the
    plain way (a test holds them so).
    """
    records: list[Record] = list(map(object.__new__, repeat(kind, count)))
    for name, values in zip(kind.__dataclass_fields__, columns, strict=True):  # type: ignore[attr-defined]
        deque(map(getattr(kind, name).__set__, records, values), maxlen=0)
    return records
