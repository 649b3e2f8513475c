"""What was announced: needless alarms with the interval that the hours allow, their pace, their answer."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from marsad.evaluate.look import AlarmRaised, Subject
from marsad.model.threat import Level
from marsad.model.warning import WarningEvent, WarningEventKind

HOURS_PER_WEEK = 168.0
WINDOW_S = 600.0
Owner = Callable[[int | None, float], int | None]


class WarningLog:
    """Gathers the warning events of a run of ours into announcements and answers."""

    def __init__(self) -> None:
        self._raised: dict[str, list[AlarmRaised]] = {}
        self._open: dict[str, float] = {}  # announced, not yet acknowledged
        self.acknowledged_s: list[float] = []

    def note(self, event: WarningEvent, t_s: float) -> None:
        """Take in one event at its time."""
        joined = () if event.track_id is None else ((t_s, event.track_id),)
        if event.kind is WarningEventKind.RAISED:
            alarm = AlarmRaised(event.alarm_id, t_s, event.zone_id, event.stage, joined)
            self._raised.setdefault(event.alarm_id, []).append(alarm)
            self._open.setdefault(event.alarm_id, t_s)
        elif event.kind is WarningEventKind.GREW and event.alarm_id in self._raised:
            last = self._raised[event.alarm_id][-1]
            self._raised[event.alarm_id][-1] = replace(last, joined=last.joined + joined)
        elif event.kind is WarningEventKind.ACKNOWLEDGED and event.alarm_id in self._open:
            self.acknowledged_s.append(t_s - self._open.pop(event.alarm_id))

    def alarms(self) -> list[AlarmRaised]:
        """Every announcement, in time order."""
        return sorted((item for some in self._raised.values() for item in some), key=lambda item: item.t_s)


@dataclass(frozen=True, slots=True)
class Needless:
    """An announcement of which no track was on anything to be alarmed of, and what the first was on.

    cause   name and class of the object, "" for nothing at all
    """

    alarm: AlarmRaised
    cause: str


def needless(alarms: Iterable[AlarmRaised], subjects: Sequence[Subject], owner: Owner) -> list[Needless]:
    """The announcements that no object to be alarmed of was in."""
    found = []
    for alarm in alarms:
        rows = [owner(track_id, t_s) for t_s, track_id in alarm.joined]
        on = [subjects[row] for row in rows if row is not None]
        if not any(subject.wanted for subject in on):
            cause = f"{on[0].name} ({on[0].class_name})" if on else ""
            found.append(Needless(alarm, cause))
    return found


def most_in_window(alarms: Sequence[AlarmRaised], window_s: float = WINDOW_S) -> int:
    """The most announcements in any stretch of so long."""
    times = sorted(alarm.t_s for alarm in alarms)
    return max((bisect_left(times, t_s + window_s) - index for index, t_s in enumerate(times)), default=0)


def of_stage(alarms: Iterable[AlarmRaised], stage: Level) -> list[AlarmRaised]:
    """Those of one stage."""
    return [alarm for alarm in alarms if alarm.stage is stage]
