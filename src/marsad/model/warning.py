"""Warnings and alarms: what people are told, once, growing in place."""

from dataclasses import dataclass
from enum import StrEnum
from math import nan

from marsad.model.reason import Reason
from marsad.model.threat import Level

LIE_DOWN_BELOW_S = 10.0  # too late to run: lie down and cover the head


def must_lie_down(stage: Level, likely_s: float) -> bool:
    """Whether whoever is told to take cover has no time to run for it; not where no time is known."""
    return stage is Level.WARN and likely_s < LIE_DOWN_BELOW_S


class AlarmState(StrEnum):
    """Life of an alarm. A person clears it; the machine only says that the danger passed."""

    ACTIVE = "active"
    PASSED = "passed"
    CLEARED = "cleared"


class WarningEventKind(StrEnum):
    """What happened to an alarm."""

    RAISED = "raised"  # announced: the only kind that sounds
    GREW = "grew"  # one more track in the same raid, zone and stage: no new sound
    ACKNOWLEDGED = "acknowledged"
    PASSED = "passed"
    ALL_CLEAR = "all_clear"
    RETRACTED = "retracted"  # there was no danger
    REACHED = "reached"  # a track was last seen over the zone: impact presumed


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """Seconds until the first object reaches the zone, with its 90 % interval; NaN = none."""

    likely_s: float
    low_s: float
    high_s: float


@dataclass(frozen=True, slots=True)
class LostObject:
    """An object that was dangerous when it was seen last; all sensors that saw it are lost or silent.

    zone_id   of the zone that it was dangerous for
    last_t_ns when it was seen last
    """

    track_id: int
    zone_id: str
    last_t_ns: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """One growing alarm per raid, zone and stage.

    stage            Level.ALERT or Level.WARN
    track_ids        every track that was ever in it, in order of joining
    active_ids       those that still fulfil its rule
    time_left        of the nearest active track, at updated_t_ns
    first_plot_t_ns  of the track that raised it: from then on a sensor saw it
    soonest_s        until the soonest active track could be there, straight and as fast as it can; NaN = none
    acknowledged_count  tracks that were in it when it was acknowledged
    last_active_t_ns    when a track fulfilled its rule last; 0 where that is not known
    impact_t_ns         when the last of its rockets is predicted to come down; 0 where there are none
    all_clear_from_t_ns before then no all-clear is accepted for its zone; 0 where one is at any time
    lost                those of the active that were lost with their sensors: they may still be coming
    """

    alarm_id: str
    raid_id: str
    zone_id: str
    stage: Level
    state: AlarmState
    opened_t_ns: int
    updated_t_ns: int
    track_ids: tuple[int, ...]
    active_ids: tuple[int, ...]
    time_left: TimeLeft
    reasons: tuple[Reason, ...]
    acknowledged_t_ns: int | None = None
    acknowledged_by: str = ""
    first_plot_t_ns: int = 0
    soonest_s: float = nan
    acknowledged_count: int = 0
    last_active_t_ns: int = 0
    impact_t_ns: int = 0
    all_clear_from_t_ns: int = 0
    lost: tuple[LostObject, ...] = ()

    @property
    def must_lie_down(self) -> bool:
        """Whether people in its zone have no time to run for cover."""
        return self.state is AlarmState.ACTIVE and must_lie_down(self.stage, self.time_left.likely_s)


@dataclass(frozen=True, slots=True)
class WarningEvent:
    """One entry of the warning log; the same values make CAP messages and the timeline."""

    t_ns: int
    kind: WarningEventKind
    alarm_id: str
    raid_id: str
    zone_id: str
    stage: Level
    track_id: int | None
    time_left: TimeLeft
    reasons: tuple[Reason, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Excused:
    """Tracks that are not announced though they fulfil a rule: a person has just ended their alarm.

    until_t_ns   then they are announced again; 0 for none
    """

    tracks: int = 0
    until_t_ns: int = 0


@dataclass(frozen=True, slots=True)
class StandingAllClear:
    """An all-clear that can still be taken back.

    zone_id      of whom; "" for everybody
    t_ns         when it was given
    until_t_ns   until then it can be taken back
    """

    zone_id: str
    t_ns: int
    until_t_ns: int
