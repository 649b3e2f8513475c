"""People as sources: the duty officer and the defenders, as operator frames."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from math import isnan
from typing import Any

from marsad.model.action import Acknowledge, Action, AllClear, CloseIncident, HeadCount, ReportOutcome
from marsad.model.effect import Effect, Register, Warn
from marsad.model.frame import OPERATOR, Frame
from marsad.model.incident import Casualties, Fact, FactStatus, Outcome
from marsad.model.warning import WarningEventKind
from marsad.simulate.scenario import Crew
from marsad.simulate.truth import Truth

NS_PER_S = 1_000_000_000
_GRAVEST_FIRST = (Outcome.LANDED, Outcome.MISSED, Outcome.STOPPED)


def operator_frame(t_ns: int, action: Action) -> Frame:
    """An operator action as it enters the site."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(action).__name__).lower()
    fields = {key: value for key, value in asdict(action).items() if not _absent(value)}
    text = json.dumps({"action": name, **fields}, ensure_ascii=False, allow_nan=False)
    return Frame(OPERATOR, t_ns, text.encode())


def _absent(value: Any) -> bool:
    return isinstance(value, float) and isnan(value)


def outcome_reports(truth: Truth) -> list[tuple[int, Action]]:
    """What the defenders report, by place and time: they do not know our track numbers."""
    reports: list[tuple[int, Action]] = []
    for item in truth.objects:
        if item.stop is None:
            continue
        stop, ns = item.stop, truth.start_t_ns
        action = ReportOutcome(
            by=stop.by,
            outcome=item.outcome,
            t_ns=ns + round(stop.t_s * NS_PER_S),
            latitude_deg=stop.latitude_deg,
            longitude_deg=stop.longitude_deg,
        )
        reports.append((ns + round(stop.report_t_s * NS_PER_S), action))
    return reports


class DutyOfficer:
    """Acknowledges alarms; when the danger has passed counts heads, gives the all-clear, closes.

    A new alarm, or one that grows, before the incident is closed starts the count again. What
    nobody reported stopped is closed as having left: a needless alarm is no attack that failed; but an
    incident is as grave as what is recorded of its gravest object, and never closed as less.
    """

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self._active: set[str] = set()  # bounded: emptied with every incident
        self._incident_open = False
        self._outcomes: frozenset[Outcome] = frozenset()  # that are recorded of its objects
        self._last_news_t_ns = 0
        self._passed_t_ns: int | None = None
        self._steps_done = 0

    def notice(self, effects: Iterable[Effect], now_t_ns: int) -> list[tuple[int, Action]]:
        """Take in what the site did; the actions it calls for, with their times."""
        actions: list[tuple[int, Action]] = []
        for effect in effects:
            if isinstance(effect, Register):
                self._outcomes = frozenset(item.outcome for item in effect.incident.objects)
                self._register(effect.incident.closed_t_ns is None)
            elif isinstance(effect, Warn):
                event = effect.event
                if event.kind in (WarningEventKind.RAISED, WarningEventKind.GREW):
                    self._active.add(event.alarm_id)
                    self._last_news_t_ns, self._passed_t_ns, self._steps_done = now_t_ns, None, 0
                elif event.kind in (WarningEventKind.PASSED, WarningEventKind.ALL_CLEAR):
                    self._active.discard(event.alarm_id)
                if event.kind is WarningEventKind.RAISED:
                    seen_t_ns = max(event.t_ns, now_t_ns) + round(self.crew.acknowledge_s * NS_PER_S)
                    actions.append((seen_t_ns, Acknowledge(self.crew.by, event.alarm_id)))
        return actions

    def _register(self, is_open: bool) -> None:
        if self._incident_open and not is_open:
            self._active.clear()
            self._passed_t_ns, self._steps_done = None, 0
        self._incident_open = is_open

    def due(self, until_t_ns: int) -> list[tuple[int, Action]]:
        """The steps after an attack that fall due by a time."""
        if not self._incident_open:
            return []
        if self._passed_t_ns is None:
            waited_t_ns = self._last_news_t_ns + round(self.crew.patience_s * NS_PER_S)
            if self._active and until_t_ns < waited_t_ns:
                return []
            self._passed_t_ns = until_t_ns
        t_s, actions = 0.0, list[tuple[int, Action]]()
        for number, (wait_s, step) in enumerate(self._steps()):
            t_s += wait_s
            t_ns = self._passed_t_ns + round(t_s * NS_PER_S)
            if number == self._steps_done and t_ns <= until_t_ns:
                actions.append((t_ns, step))
                self._steps_done += 1
        return actions

    def _steps(self) -> tuple[tuple[float, Action], ...]:
        crew = self.crew
        recorded = (one for one in _GRAVEST_FIRST if one in self._outcomes)
        outcome = next(recorded, Outcome.LEFT)
        if outcome is Outcome.STOPPED:
            outcome = crew.outcome
        damage = Fact(FactStatus.CONFIRMED, crew.damage) if crew.damage else Fact(FactStatus.NONE)
        closing = CloseIncident(crew.by, outcome, Casualties(FactStatus.NONE), damage, Fact())
        return (
            (crew.head_count_s, HeadCount(crew.by, complete=True)),
            (crew.all_clear_s, AllClear(crew.by)),
            (crew.close_s, closing),
        )
