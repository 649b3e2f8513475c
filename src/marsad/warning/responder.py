"""The checklist as it is worked through: duties open as the response rises, people say what is done."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from marsad.errors import ReceivedError
from marsad.model.action import (
    Action,
    CheckOff,
    HeadCount,
    Retract,
    TakeBackAllClear,
    TakeBackRetraction,
)
from marsad.model.line import Line
from marsad.model.reason import Reason
from marsad.model.response import Duty, Response
from marsad.model.threat import Level
from marsad.model.warning import Alarm
from marsad.warning.checklist import (
    CHECKLIST,
    ChecklistItem,
    ResponseLevel,
    items_of,
    response_level,
)

_S = 1_000_000_000
_KEPT_S = 86_400  # what is not done by then is nobody's any more
_NO_HURRY_NS = 2**63
_HEAD_COUNT = "checklist.head_count"
_RUNNING = {
    ResponseLevel.NORMAL: frozenset[ResponseLevel](),
    ResponseLevel.SUSPECTED: frozenset({ResponseLevel.SUSPECTED}),
    ResponseLevel.CONFIRMED: frozenset({ResponseLevel.SUSPECTED, ResponseLevel.CONFIRMED}),
    ResponseLevel.ATTACK: frozenset({ResponseLevel.SUSPECTED, ResponseLevel.CONFIRMED, ResponseLevel.ATTACK}),
    ResponseLevel.AFTER: frozenset({ResponseLevel.AFTER}),
}


class Responder:
    """The duties of one response, from its first alarm until the next. Deterministic; pickles.

    What is only suspected comes and goes with what flies, and is forgotten with it; what an alarm has opened
    stays until it is done, or the next response begins. A duty has its time from when its stage is decided:
    none while the release of its alarm is not, none once that stage is over, a new one when it is back.
    """

    def __init__(self, checklist: Sequence[ChecklistItem] = CHECKLIST) -> None:
        self.adopt(checklist)
        self._level = ResponseLevel.NORMAL
        self._duties: dict[str, Duty] = {}
        self._running: frozenset[ResponseLevel] = frozenset()  # levels whose duties have a time
        self._goes_on = False  # a person took back what ended it: the same response stands again
        self._is_retracted = False
        self._counted_by = ""  # who said that everybody is accounted for; "" while nobody is known to
        self._lines: list[Line] = []

    def adopt(self, checklist: Sequence[ChecklistItem]) -> None:
        """From now on this list holds; a duty that is open stays as it was opened."""
        self._checklist = tuple(checklist)

    def consider(
        self,
        t_ns: int,
        alarms: Sequence[Alarm],
        highest: Level,
        undecided: Collection[str] = (),
        *,
        is_accounted: bool = False,
    ) -> None:
        """Open what the response calls for now; highest is that of any track.

        undecided      alarms whose release is not decided, or is held back
        is_accounted   whether everybody is, by the incident at hand
        """
        if self._is_retracted and not alarms:
            self._running -= {ResponseLevel.AFTER}
        self._open(t_ns, alarms, highest)
        decided = tuple(alarm for alarm in alarms if alarm.alarm_id not in undecided)
        self._time(t_ns, response_level(decided, highest))
        self._is_retracted = False
        if self._counted_by and not is_accounted:
            self._count(t_ns, "")

    def _open(self, t_ns: int, alarms: Sequence[Alarm], highest: Level) -> None:
        level = response_level(tuple(alarms), highest)
        if not any(alarm.stage is Level.WARN for alarm in alarms):
            self._release(
                ResponseLevel.CONFIRMED if level <= ResponseLevel.SUSPECTED else ResponseLevel.ATTACK
            )
        if level == self._level:
            return
        begins = self._level <= ResponseLevel.SUSPECTED and level >= ResponseLevel.CONFIRMED
        others = any(duty.level >= ResponseLevel.CONFIRMED for duty in self._duties.values())
        if begins and others and not self._goes_on:
            self._duties.clear()  # another response: its duties are not those of the last
        self._goes_on = self._goes_on and not begins
        if level is ResponseLevel.NORMAL:
            self._forget(t_ns)
        first = max(ResponseLevel.SUSPECTED, level if level is ResponseLevel.AFTER else 1)
        for step in ResponseLevel:
            if first <= step <= level:
                for item in items_of(step, self._checklist):
                    self._duties.setdefault(item.item_id, _opened(item, t_ns))
        self._level = level
        if self._counted_by:  # before anybody was asked to
            self._count(t_ns, self._counted_by)

    def _time(self, t_ns: int, level: ResponseLevel) -> None:
        """Give duties of a stage that begins their times, and take them from those of one that is over."""
        running = _RUNNING[level]
        if level <= ResponseLevel.SUSPECTED:  # what is to be done after an attack outlasts the all-clear
            running |= self._running & {ResponseLevel.AFTER}
        self._running = running
        due_s = {item.item_id: item.due_s for item in self._checklist}
        for name, duty in self._duties.items():
            runs = duty.level in running
            if duty.done_t_ns or runs == bool(duty.due_t_ns) or not due_s.get(name):
                continue
            due_t_ns = t_ns + int(due_s[name] * _S) if runs else 0
            self._duties[name] = replace(duty, due_t_ns=due_t_ns)

    def _count(self, t_ns: int, by: str) -> None:
        """Everybody is accounted for, says who; by nobody: not any more. The duty is done, or to be done."""
        self._counted_by = by
        for name, duty in self._duties.items():
            if duty.text_key == _HEAD_COUNT and bool(duty.done_t_ns) != bool(by):
                self._duties[name] = replace(duty, done_t_ns=t_ns if by else 0, done_by=by)

    def act(self, t_ns: int, action: Action) -> None:
        """A person says that a duty is done, or not after all. Raises ReceivedError for an unknown one."""
        self._goes_on |= isinstance(action, TakeBackAllClear | TakeBackRetraction)
        self._is_retracted |= isinstance(action, Retract)
        if isinstance(action, HeadCount):
            self._count(t_ns, action.by if action.complete else "")
        if not isinstance(action, CheckOff):
            return
        duty = self._duties.get(action.item_id)
        if duty is None:
            raise ReceivedError(
                "duty-unknown",
                f"{action.item_id[:80]!r} is no duty now; these are: {', '.join(self._duties) or 'none'}",
            )
        if action.done == bool(duty.done_t_ns) and action.note == duty.note:
            return
        done = {"done_t_ns": t_ns, "done_by": action.by} if action.done else {"done_t_ns": 0, "done_by": ""}
        self._duties[action.item_id] = replace(duty, note=action.note, **done)  # type: ignore[arg-type]
        code = "response.done" if action.done else "response.undone"
        about: list[tuple[str, float | str]] = [("item", duty.text_key)]
        if action.done and action.note:
            code, about = "response.done_noted", [*about, ("words", action.note)]
        self._lines.append(Line(Reason(code, tuple(about)), action.by))

    def response(self) -> Response:
        """As it stands: what is not done first, of the stage at hand before others, by when it is due."""
        order = sorted(self._duties.values(), key=self._turn)
        return Response(int(self._level), tuple(order))

    def take_lines(self) -> list[Line]:
        """What was done since it was asked last."""
        told, self._lines = self._lines, []
        return told

    def _turn(self, duty: Duty) -> tuple[bool, bool, int, int, str]:
        """By what duties take turns: a second attack comes before what is left of the first."""
        late = duty.due_t_ns or _NO_HURRY_NS
        return bool(duty.done_t_ns), duty.level != self._level, -duty.level, late, duty.item_id

    def _release(self, lowest: ResponseLevel) -> None:
        """Nobody is to be in cover by any alarm that stands: the list does not go on saying so.

        lowest   of the levels whose duties are over: something suspicious may fly on after the all-clear
        """
        over = {item.item_id for item in self._checklist if item.until_all_clear}
        self._duties = {
            name: duty
            for name, duty in self._duties.items()
            if duty.done_t_ns or name not in over or duty.level < lowest
        }

    def _forget(self, t_ns: int) -> None:
        self._duties = {
            name: duty
            for name, duty in self._duties.items()
            if duty.level > ResponseLevel.SUSPECTED and t_ns - duty.opened_t_ns < _KEPT_S * _S
        }


def _opened(item: ChecklistItem, t_ns: int) -> Duty:
    return Duty(item.item_id, item.text_key, item.owner, int(item.level), t_ns, 0)
