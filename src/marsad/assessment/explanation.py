"""The explanation stage: turns the arrays of one assessment into records with their reasons."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import TypeVar

import numpy as np

from marsad.assessment.approach import Aim
from marsad.assessment.classification import Classes
from marsad.assessment.columns import Flags, Floats, Objects, Rows, Small
from marsad.assessment.context import Context
from marsad.assessment.cue import Cue
from marsad.assessment.destination import aimed
from marsad.assessment.flight_character import Character
from marsad.assessment.free_fall import Fits
from marsad.assessment.hostility import Caps, Hostility
from marsad.assessment.identity import Identities
from marsad.assessment.intent import Intent
from marsad.assessment.kinematics import Flight
from marsad.assessment.level import Decision
from marsad.assessment.own_flights import OwnFlights
from marsad.assessment.reasons import Telling, cap
from marsad.assessment.rules import DISTANCE, HIT, RULES, ZONE, Rule, Sentence, limit, outweighed, told
from marsad.assessment.situation import NO_ZONE
from marsad.assessment.slowing import Slowing
from marsad.assessment.usage import Usage
from marsad.model.reason import Reason
from marsad.model.threat import Level, ThreatAssessment, ZoneThreat
from marsad.model.threat_table import IDENTITIES, ThreatTable

LEVELS = tuple(Level)
REACHED_S = 0.5  # what is reached sooner has no time left: it leads before no zone that has
Record = TypeVar("Record")


@dataclass(frozen=True)
class Judged:
    """What every stage found of n tracks, link by link.

    said   (n,) the latest Claim of each, or None
    shown  (n,) index into IDENTITIES of what people are shown
    """

    track_id: Rows
    said: Objects
    flight: Flight
    character: Character
    slowing: Slowing
    destination_db: Floats
    usage: Usage
    fits: Fits
    cue: Cue
    classes: Classes
    own: OwnFlights
    identity: Identities
    aim: Aim
    intent: Intent
    context: Context
    hostility: Hostility
    decision: Decision
    shown: Small

    def parts(self, caps: Caps, version: str) -> list[Telling]:
        """What the stages tell, and every part of the hostility; a stage that weighs adds its parts here."""
        around = [*self.context.parts(), self.usage.part()]
        return [
            self.classes.doubt(self.cue.told),
            self.cue,
            *self.classes.reasons(self.hostility.class_db, version),
            *self.fits.parts(),
            *self.character.reasons(),
            self.slowing.part(),
            aimed(self.destination_db),
            self.usage,
            *self.identity.reasons(caps.identity_cap_db),
            *self.intent.reasons(self.aim.near, self.flight, caps.intent_cap_db),
            *around,
            cap("cap.context", around, caps.context_cap_db),
            self.own,
        ]


def threats(t_ns: int, judged: Judged, caps: Caps, version: str, rows: Rows) -> ThreatTable:
    """The threats of those rows; their records, with the reasons, are made where somebody reads them."""
    return ThreatTable(
        judged.track_id[rows],
        judged.decision.highest[rows],
        judged.decision.situation.score[rows].max(axis=1, initial=0.0),
        judged.shown[rows],
        judged.hostility.probability[rows],
        judged.hostility.weight_db[rows],
        Explanation(t_ns, judged, caps, version, rows),
    )


@dataclass(frozen=True)
class Explanation:
    """Makes records of what was judged at one time; of nothing else.

    rows  (m,) of what was judged, in the order of the table
    """

    t_ns: int
    judged: Judged
    caps: Caps
    version: str
    rows: Rows

    def __call__(self, places: Rows) -> tuple[ThreatAssessment, ...]:
        """The records of places in the table."""
        return _records(self.t_ns, self.judged, self._parts, self.rows[places])

    def brief(self, places: Rows) -> tuple[ThreatAssessment, ...]:
        """The same without evidence."""
        return _records(self.t_ns, self.judged, (), self.rows[places])

    @cached_property
    def _parts(self) -> list[Telling]:
        return self.judged.parts(self.caps, self.version)


def _records(t_ns: int, judged: Judged, parts: Iterable[Telling], rows: Rows) -> tuple[ThreatAssessment, ...]:
    """One record for each of the rows."""
    decision, score = judged.decision, judged.decision.situation.score
    order = _order(judged, rows)
    rules = _rules(decision, rows, order[:, 0].tolist() if order.shape[1] else [NO_ZONE] * len(rows))
    evidence: list[list[Reason]] = [[] for _ in rows]
    for part in parts:
        for place, reason in part.reasons(rows):
            evidence[place].append(reason)
    return tuple(
        _made(
            ThreatAssessment,
            len(rows),
            judged.track_id[rows].tolist(),
            repeat(t_ns, len(rows)),
            [LEVELS[one] for one in decision.highest[rows].tolist()],
            score[rows].max(axis=1, initial=0.0).tolist(),
            [IDENTITIES[one] for one in judged.shown[rows].tolist()],
            judged.own.names(judged.said, rows),
            map(tuple, judged.classes.mix[rows].tolist()),
            judged.hostility.probability[rows].tolist(),
            judged.hostility.weight_db[rows].tolist(),
            map(tuple, evidence),
            [rule for rule, _ in rules],
            [otherwise for _, otherwise in rules],
            _zones(judged, rows, order),
            judged.flight.speed_mps[rows].tolist(),
        )
    )


def _order(judged: Judged, rows: Rows) -> Rows:
    """The zones (m,z) of each track, most dangerous first; from ALERT on by the time left."""
    level, score = judged.decision.level[rows], judged.decision.situation.score[rows]
    impact_s = judged.aim.near.impact_s[rows]
    left = _known(judged)[rows] & (impact_s >= REACHED_S)
    soon = np.where(left, 1.0 / (1.0 + impact_s), 0.0)
    pressing = level * 1000.0 + np.where(level >= Level.ALERT, 100.0 * soon, 0.0) + score / 1e4
    return np.argsort(-pressing, axis=1, kind="stable")


def _known(judged: Judged) -> Flags:
    """Where (n,z) a time to the zone is told: the course leads there."""
    near = judged.aim.near
    return np.asarray(((near.hit >= 0.1) | near.meets) & np.isfinite(near.impact_s))


def _zones(judged: Judged, rows: Rows, order: Rows) -> list[tuple[ZoneThreat, ...]]:
    """Per track its zones in that order."""
    count = order.shape[1]
    if not count:
        return [()] * len(rows)
    near, impact, situation = judged.aim.near, judged.aim.near.impact_s, judged.decision.situation
    known = _known(judged)
    place = (rows[:, None] * count + order).ravel()

    def column(values: Floats) -> list[float]:
        flat: list[float] = values.ravel()[place].tolist()
        return flat

    made = _made(
        ZoneThreat,
        order.size,
        [situation.zone_ids[zone] for zone in order.ravel().tolist()],
        column(near.distance_m),
        column(near.miss_m),
        column(near.hit),
        column(np.where(known, impact, np.nan)),
        column(np.where(known, near.low_s, np.nan)),
        column(np.where(known, near.high_s, np.nan)),
        column(near.earliest_s),
        column(situation.score),
        [LEVELS[one] for one in judged.decision.level.ravel()[place].tolist()],
    )
    return [tuple(made[start : start + count]) for start in range(0, len(made), count)]


def _rules(decision: Decision, rows: Rows, leading: list[int]) -> list[tuple[Reason, Reason | None]]:
    """The rule that fired toward the leading zone, with its numbers, and what would have put it lower."""
    levels = decision.highest[rows].tolist()
    found: list[tuple[Reason, Reason | None]] = []
    for row, zone, level in zip(rows.tolist(), leading, levels, strict=True):
        fired = RULES[decision.rule[row, zone] if zone != NO_ZONE else 0]
        if fired.level > level:
            found.append(_below(decision, fired, Level(level), row, zone))
        elif fired.level < level:
            found.append(_kept(decision, level, row, zone))
        else:
            of = decision.situation, row, zone
            otherwise = None if fired.otherwise is None else fired.otherwise.of(*of)
            found.append((fired.reason.of(*of), otherwise))
    return found


_RAISED = told("rule.raised_alert", ZONE, DISTANCE, HIT)


def _below(
    decision: Decision, fired: Rule, level: Level, row: int, zone: int
) -> tuple[Reason, Reason | None]:
    """Why a level is in force while a rule of a higher one waits for a plot that agrees."""
    of = decision.situation, row, zone
    if level >= Level.ALERT:
        own = outweighed(decision.situation, level, row, zone)
        if own is None or own.otherwise is None:
            return _RAISED.of(*of), _kept(decision, level, row, zone)[1]
        return own.reason.of(*of), own.otherwise.of(*of)
    waiting = Reason(f"rule.waiting.{fired.level.name.lower()}")
    return waiting, None if level == Level.INFO else _kept(decision, level, row, zone)[1]


_AFTER = limit("after_s", "lower_after_s")
_KEPT: dict[Level, Sentence] = {
    level: told(f"rule.kept.{level.name.lower()}", ZONE, DISTANCE, HIT, _AFTER)
    for level in LEVELS
    if level is not Level.INFO
}
_LET_GO = told("counter.kept", _AFTER)


def _kept(decision: Decision, level: int, row: int, zone: int) -> tuple[Reason, Reason]:
    """A level that is in force though no rule gives it any more, and how it stands now."""
    of = decision.situation, row, zone
    return _KEPT[Level(level)].of(*of), _LET_GO.of(*of)


def _made(kind: type[Record], count: int, *columns: Iterable[object]) -> list[Record]:
    """Records of a frozen, slotted dataclass from one column per field, in field order.

    Four times as fast as calling the class: a frozen dataclass sets each field of each record
    through Python, this sets each column in one C loop. Records are equal to those built the
    plain way (a test holds them so).
    """
    made: list[Record] = list(map(object.__new__, repeat(kind, count)))
    for name, values in zip(kind.__dataclass_fields__, columns, strict=True):  # type: ignore[attr-defined]
        deque(map(getattr(kind, name).__set__, made, values), maxlen=0)
    return made
