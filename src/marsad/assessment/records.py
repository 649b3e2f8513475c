"""Turns the arrays of one assessment into records with their reasons."""

from collections.abc import Mapping
from dataclasses import dataclass

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


_Part = tuple[str, list[float], str, list[float]]


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
        score = judged.score[rows].max(axis=1, initial=0.0).tolist()
        mixes = judged.mix[rows].tolist()
        evidence = self._evidence(judged, rows, mixes)
        rules = self._rules(judged, rows, leading, level)
        shown = judged.shown[rows].tolist()
        hostility, weight = judged.hostility[rows].tolist(), judged.weight_db[rows].tolist()
        return tuple(
            ThreatAssessment(
                track_id,
                t_ns,
                LEVELS[level[place]],
                score[place],
                IDENTITIES[shown[place]],
                names.get(track_id, ""),
                tuple(mixes[place]),
                hostility[place],
                weight[place],
                evidence[place],
                *rules[place],
                zones[place],
            )
            for place, track_id in enumerate(ids)
        )

    def _zones(
        self, judged: Judged, rows: NDArray[np.int64]
    ) -> tuple[list[tuple[ZoneThreat, ...]], list[int]]:
        """Per track its zones, most dangerous first, and the row of the first; -1 without zones."""
        count = len(self._shapes)
        if not count:
            return [() for _ in rows], [-1] * len(rows)
        near, level, score = judged.near, judged.level[rows], judged.score[rows]
        impact = near.impact_s[rows]
        soon = np.where(np.isfinite(impact), 1.0 / (1.0 + impact), 0.0)
        pressing = level * 1000.0 + np.where(level == Level.WARN, 100.0 * soon, 0.0) + score / 1e4
        order = np.argsort(-pressing, axis=1, kind="stable")
        known = ((near.hit[rows] >= 0.1) | near.meets[rows]) & np.isfinite(impact)

        def column(values: Array) -> list[float]:
            flat: list[float] = np.take_along_axis(values, order, 1).ravel().tolist()
            return flat

        ids = self._shapes.zone_ids
        made = list(
            map(
                ZoneThreat,
                [ids[zone] for zone in order.ravel().tolist()],
                column(near.distance_m[rows]),
                column(near.miss_m[rows]),
                column(near.hit[rows]),
                column(np.where(known, impact, np.nan)),
                column(np.where(known, near.low_s[rows], np.nan)),
                column(np.where(known, near.high_s[rows], np.nan)),
                column(near.earliest_s[rows]),
                column(score),
                [LEVELS[one] for one in np.take_along_axis(level, order, 1).ravel().tolist()],
            )
        )
        return (
            [tuple(made[start : start + count]) for start in range(0, len(made), count)],
            order[:, 0].tolist(),
        )

    def _evidence(
        self, judged: Judged, rows: NDArray[np.int64], mixes: list[list[float]]
    ) -> list[tuple[Reason, ...]]:
        """Every part of W with its decibans; what a cap takes away is a part of its own."""
        out: list[tuple[Reason, ...]] = []
        class_db = judged.class_db[rows].tolist()
        identity = judged.identity[rows].tolist()
        identity_db = judged.identity_db[rows].tolist()
        offset = judged.offset_m[rows].tolist()
        intents = self._intent_columns(judged, rows)
        context = judged.context
        restricted, grouped = context.restricted[rows].tolist(), context.grouped[rows].tolist()
        activity, size = context.known_activity[rows].tolist(), context.group_size[rows].tolist()
        weights = self._settings.evidence
        for place, mix in enumerate(mixes):
            best = max(range(len(mix)), key=mix.__getitem__)
            parts = [
                Reason(
                    CLASS_CODES[best],
                    (("probability_percent", 100.0 * mix[best]),),
                    class_db[place],
                )
            ]
            kind = identity[place]
            if kind:
                disagrees = kind == IdentityEvidence.CLAIM_DISAGREES
                arguments = (("offset_m", offset[place]),) if disagrees else ()
                parts.append(Reason(IDENTITY_CODES[IdentityEvidence(kind)], arguments, identity_db[place]))
                if kind not in (IdentityEvidence.HAND_HOSTILE, IdentityEvidence.HAND_FRIEND):
                    _cap(parts, "cap.identity", identity_db[place], weights.identity_cap_db)
            total = 0.0
            for code, decibans, name, values in intents:
                if decibans[place]:
                    total += decibans[place]
                    parts.append(Reason(code, ((name, values[place]),), decibans[place]))
            _cap(parts, "cap.intent", total, weights.intent_cap_db)
            if restricted[place]:
                parts.append(Reason("context.restricted", (), restricted[place]))
            if grouped[place]:
                parts.append(Reason("context.grouped", (("count", size[place]),), grouped[place]))
            if activity[place]:
                parts.append(Reason("context.known_activity", (), activity[place]))
            total = restricted[place] + grouped[place] + activity[place]
            _cap(parts, "cap.context", total, weights.context_cap_db)
            out.append(tuple(parts))
        return out

    def _intent_columns(self, judged: Judged, rows: NDArray[np.int64]) -> list[_Part]:
        """Code, decibans, argument name and argument of each kind of intent evidence."""
        intent, near, flight = judged.intent, judged.near, judged.flight
        zone = judged.intent_zone[rows]
        none = [0.0] * len(rows)

        def per_zone(values: Array) -> list[float]:
            return values[rows, zone].tolist() if len(self._shapes) else none

        def per_track(values: Array) -> list[float]:
            found: list[float] = values[rows].tolist()
            return found

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
        for place, (row, zone) in enumerate(zip(rows.tolist(), leading, strict=True)):
            rule = int(judged.rule[row, zone]) if zone >= 0 else 0
            given = int(LEVEL_OF_RULE[rule])
            if given > level[place]:
                code = f"rule.waiting.{Level(given).name.lower()}"
                out.append((Reason(code), self._counter_waiting(level[place])))
            elif given < level[place]:
                out.append(self._kept(Level(level[place])))
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
        value = float(judged.score[row, zone]) if zone >= 0 else 0.0
        if rule == Rule.INFO:
            return Reason("rule.info", (("score", value), ("limit", limits.watch_score))), None
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


def _cap(parts: list[Reason], code: str, total: float, cap: tuple[float, float]) -> None:
    excess = min(max(total, cap[0]), cap[1]) - total
    if excess:
        parts.append(Reason(code, (("limit_db", cap[0] if total < cap[0] else cap[1]),), excess))
