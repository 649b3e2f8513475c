"""People as sources: the duty officer and the defenders, as operator frames."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from math import hypot, isnan
from typing import Any

from marsad.model.action import Acknowledge, Action, AllClear, CloseIncident, HeadCount, ReportOutcome
from marsad.model.effect import Effect, Register, Warn
from marsad.model.frame import OPERATOR, Frame
from marsad.model.incident import Casualties, Fact, FactStatus, IncidentObject, Outcome
from marsad.model.picture import Picture
from marsad.model.warning import WarningEventKind
from marsad.simulate.scenario import Crew
from marsad.simulate.truth import Impact, Truth

NS_PER_S = 1_000_000_000
_GRAVITY = (Outcome.LEFT, Outcome.STOPPED, Outcome.MISSED, Outcome.LANDED)
# a track ends before its object hits the ground, which hides the last of its flight
_IMPACT_REACH_M = 1500.0
_IMPACT_SLACK_S = 60.0
_OPENED_S = 2.0  # nobody presses in the very moment: a live site has a clock of its own


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

    Of rockets the all-clear waits until the picture says that it opens, as the console tells a person.
    A new alarm, or one that grows, before the incident is closed starts the count again. Before closing
    every object that nobody reported on gets an outcome of its own: what came down is reported where it
    did, the rest as having left, for a needless alarm is no attack that failed. The incident is closed as
    its gravest object.

    impacts   where people on the ground see something come down
    """

    def __init__(self, crew: Crew, impacts: Sequence[Impact] = ()) -> None:
        self.crew = crew
        self._impacts = impacts
        self._active: set[str] = set()  # bounded: emptied with every incident
        self._incident_open = False
        self._objects: tuple[IncidentObject, ...] = ()
        self._last_news_t_ns = 0
        self._passed_t_ns: int | None = None
        self._clear_from_t_ns = 0
        self._steps_done = 0

    def look(self, picture: Picture) -> None:
        """See from when on the all-clear of the alarms that stand is accepted."""
        opens = max((alarm.all_clear_from_t_ns for alarm in picture.alarms), default=0)
        self._clear_from_t_ns = max(self._clear_from_t_ns, opens)

    def notice(self, effects: Iterable[Effect], now_t_ns: int) -> list[tuple[int, Action]]:
        """Take in what the site did; the actions it calls for, with their times."""
        actions: list[tuple[int, Action]] = []
        for effect in effects:
            if isinstance(effect, Register):
                self._objects = effect.incident.objects
                self._register(effect.incident.closed_t_ns is None)
            elif isinstance(effect, Warn):
                event = effect.event
                if event.kind in (WarningEventKind.RAISED, WarningEventKind.GREW):
                    new = event.alarm_id not in self._active  # or had passed: acknowledged by nobody
                    self._active.add(event.alarm_id)
                    self._last_news_t_ns, self._passed_t_ns, self._steps_done = now_t_ns, None, 0
                    if new or event.kind is WarningEventKind.RAISED:
                        seen_t_ns = max(event.t_ns, now_t_ns) + round(self.crew.acknowledge_s * NS_PER_S)
                        actions.append((seen_t_ns, Acknowledge(self.crew.by, event.alarm_id)))
                elif event.kind in (WarningEventKind.PASSED, WarningEventKind.ALL_CLEAR):
                    self._active.discard(event.alarm_id)
        return actions

    def _register(self, is_open: bool) -> None:
        if self._incident_open and not is_open:
            self._active.clear()
            self._passed_t_ns, self._clear_from_t_ns, self._steps_done = None, 0, 0
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
        t_ns, actions = self._passed_t_ns, list[tuple[int, Action]]()
        for number, (wait_s, from_t_ns, step) in enumerate(self._steps()):
            t_ns = max(t_ns + round(wait_s * NS_PER_S), from_t_ns)
            if number == self._steps_done and t_ns <= until_t_ns:
                actions.extend((t_ns, action) for action in step())
                self._steps_done += 1
        return actions

    def _steps(self) -> tuple[tuple[float, int, Callable[[], list[Action]]], ...]:
        """Of each step, how long after the one before, not before when, and what it is."""
        crew, opened_ns = self.crew, round(_OPENED_S * NS_PER_S)
        return (
            (crew.head_count_s, 0, lambda: [HeadCount(crew.by, complete=True)]),
            (crew.all_clear_s, self._clear_from_t_ns + opened_ns, lambda: [AllClear(crew.by)]),
            (crew.close_s, 0, self._closing),
        )

    def _closing(self) -> list[Action]:
        """An outcome for every object that has none, then the closing."""
        crew = self.crew
        reports: list[Action] = []
        outcomes = [Outcome.LEFT]
        for item in self._objects:
            outcome, t_ns = item.outcome, item.last_t_ns
            if outcome is Outcome.UNKNOWN:
                outcome, t_ns = self._seen(item)
                reports.append(ReportOutcome(crew.by, outcome, t_ns, item.track_ids[-1]))
            outcomes.append(outcome)
        gravest = max(outcomes, key=_GRAVITY.index)
        # what came down within the site did something; without more words nobody knows yet what
        unharmed = Fact() if gravest is Outcome.LANDED else Fact(FactStatus.NONE)
        damage = Fact(FactStatus.CONFIRMED, crew.damage) if crew.damage else unharmed
        return [*reports, CloseIncident(crew.by, gravest, Casualties(FactStatus.NONE), damage, Fact())]

    def _seen(self, item: IncidentObject) -> tuple[Outcome, int]:
        """What people saw of an object: where its track ended it may have come down, at the likeliest."""
        east, north, _ = item.last_position_enu
        found: list[tuple[float, Impact]] = []
        for impact in self._impacts:
            away_m = hypot(impact.east_m - east, impact.north_m - north)
            apart_s = abs(impact.t_ns - item.last_t_ns) / NS_PER_S
            if away_m <= _IMPACT_REACH_M and apart_s <= _IMPACT_SLACK_S:
                found.append((away_m / _IMPACT_REACH_M + apart_s / _IMPACT_SLACK_S, impact))
        if not found:
            return Outcome.LEFT, item.last_t_ns
        _, likeliest = min(found, key=lambda one: one[0])
        return likeliest.outcome, min(likeliest.t_ns, item.last_t_ns)
