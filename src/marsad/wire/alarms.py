"""Alarms, where things come down, and where nobody may be."""

from typing import Literal

from typing_extensions import TypedDict

from marsad.wire.names import AlarmStateName, LevelNumber
from marsad.wire.tracks import Place, Reason


class TimeLeft(TypedDict):
    """Seconds at the alarm's updated_t_ms, with the 90 % interval."""

    likely_s: float | None
    low_s: float | None
    high_s: float | None


class LostObject(TypedDict):
    """An object that was dangerous for a zone when it was seen last; its sensors have been lost since."""

    track_id: int
    zone_id: str
    last_t_ms: int


class Alarm(TypedDict):
    """One growing alarm per raid, zone and stage; last_active_t_ms: a track fulfilled its rule last.

    track_ids are as many as came so far. lie_down: there is no time to run. impact_t_ms: when the last of its
    rockets is predicted to come down, None where there are none; all_clear_from_t_ms: before then no
    all-clear is accepted for its zone, None where one is at any time. lost: those of the active that may
    still be coming, and that nobody can see.
    """

    alarm_id: str
    raid_id: str
    zone_id: str
    stage: LevelNumber
    state: AlarmStateName
    opened_t_ms: int
    updated_t_ms: int
    track_ids: list[int]
    active_ids: list[int]
    time_left: TimeLeft
    reasons: list[Reason]
    acknowledged_t_ms: int | None
    acknowledged_by: str
    acknowledged_count: int
    last_active_t_ms: int | None
    lie_down: bool
    impact_t_ms: int | None
    all_clear_from_t_ms: int | None
    lost: list[LostObject]


class AlarmEnd(TypedDict):
    """How an alarm ended that a person ended; words: why, where it was retracted."""

    alarm_id: str
    raid_id: str
    zone_id: str
    stage: LevelNumber
    how: Literal["all_clear", "retracted"]
    t_ms: int
    words: str


class ZoneAtRisk(TypedDict):
    """A zone that a falling object may come down in, or near to; level: what its people are told."""

    zone_id: str
    hit_probability: float
    level: LevelNumber


DoubtName = Literal["wind", "height", "plots", "flight"]


class Impact(TypedDict):
    """Where and when a falling track is predicted to come down.

    The ellipse is one sigma of the place, orientation_deg the direction of its long axis from true north;
    zones: those in which it may come down, likeliest first. doubts: what is not known, which makes the
    ellipse wider. place and t_ms are None where it does not come down within the horizon.
    """

    track_id: int
    t_ms: int | None
    time_sigma_s: float | None
    place: Place | None
    semi_major_m: float | None
    semi_minor_m: float | None
    orientation_deg: float | None
    zones: list[ZoneAtRisk]
    doubts: list[DoubtName]


class KeepOut(TypedDict):
    """Ground on which pieces come down of an object that broke up; proposed, with the reason in words.

    Nine pieces in ten come down within the ellipse, the last of them by until_t_ms; track_ids: the object,
    and its pieces.
    """

    track_ids: list[int]
    t_ms: int
    until_t_ms: int
    place: Place
    semi_major_m: float
    semi_minor_m: float
    orientation_deg: float
    reason: Reason


class Excused(TypedDict):
    """How many tracks are not announced for a while, for a person ended their alarm; until when."""

    tracks: int
    until_t_ms: int


class StandingAllClear(TypedDict):
    """An all-clear that can be taken back until a time; zone_id "" for everybody."""

    zone_id: str
    t_ms: int
    until_t_ms: int
