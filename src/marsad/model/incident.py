"""Incidents: what happened, kept as facts with their status."""

from dataclasses import dataclass
from enum import StrEnum
from math import hypot, nan

from marsad.model.foreseen import ForeseenImpact
from marsad.model.reason import Reason
from marsad.model.threat import HARMLESS_CLASSES, Identity


class FactStatus(StrEnum):
    """How sure a fact is. UNKNOWN is said as such, never guessed."""

    UNKNOWN = "unknown"
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    NONE = "none"  # confirmed that there is none


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement with its status; text is as entered by a person."""

    status: FactStatus = FactStatus.UNKNOWN
    text: str = ""


class Outcome(StrEnum):
    """What became of an object, or of the attack as a whole."""

    UNKNOWN = "unknown"
    STOPPED = "stopped"
    MISSED = "missed"
    LANDED = "landed"  # reached the site: came down or exploded within
    LEFT = "left"
    FALSE_ALARM = "false_alarm"  # there was no danger; who was warned has been told so


@dataclass(frozen=True, slots=True)
class Casualties:
    """Counts are meaningful where status is CONFIRMED or UNCONFIRMED; NONE needs a head count."""

    status: FactStatus = FactStatus.UNKNOWN
    killed: int = 0
    injured: int = 0


@dataclass(frozen=True, slots=True)
class IncidentObject:
    """One object of an incident, by the track or tracks that followed it.

    first_position_enu   where it was first detected, m
    first_range_m        from the site's reference point at first detection
    first_azimuth_rad    bearing from the reference point at first detection
    proposed             what the site takes its outcome to be, until a person says
    reached_zone_id      the zone over which, or heading for which, it was last seen, and where it presumably
                         came down; "" for none
    reached_over         whether its last position lay in that zone
    identity             who it was taken for at last
    predicted_enu, predicted_t_ns   where and when it was last predicted to come down; None if it never was
    foreseen             where it was when people were first warned of it; None where it was not predicted
    """

    track_ids: tuple[int, ...]
    class_name: str
    first_t_ns: int
    first_position_enu: tuple[float, float, float]
    first_range_m: float
    first_azimuth_rad: float
    last_t_ns: int
    last_position_enu: tuple[float, float, float]
    speed_mps: float
    sensor_ids: tuple[str, ...]
    outcome: Outcome = Outcome.UNKNOWN
    outcome_t_ns: int | None = None
    outcome_by: str = ""
    proposed: Outcome = Outcome.UNKNOWN
    reached_zone_id: str = ""
    reached_over: bool = True
    identity: Identity = Identity.PENDING
    predicted_enu: tuple[float, float, float] | None = None
    predicted_t_ns: int | None = None
    foreseen: ForeseenImpact | None = None

    @property
    def presumed(self) -> Outcome:
        """What is recorded of it; where nobody has said anything, what the site takes it for."""
        return self.proposed if self.outcome is Outcome.UNKNOWN else self.outcome

    @property
    def told_class(self) -> str:
        """What it is called wherever it is told of: its class, or that its class is unproved.

        People were warned of every object of an incident. One is told as harmless only where that was
        decided: it is known for a friend or a neutral, or somebody reports a false alarm.
        """
        decided = self.identity in _KNOWN or self.outcome is Outcome.FALSE_ALARM
        return self.class_name if decided else unproved(self.class_name)


_KNOWN = (Identity.FRIEND, Identity.ASSUMED_FRIEND, Identity.NEUTRAL)


def unproved(class_name: str) -> str:
    """What an object that people are warned of is called: by no class that harms nobody, or as unproved."""
    return f"{class_name}_unproved" if class_name in HARMLESS_CLASSES else class_name


def lead_as_recorded_s(likely_s: float) -> float:
    """A lead time as records keep it, to a tenth of a second.

    Whoever tells of a warning before it is recorded rounds this, or 59.46 s would be 59 s in the one
    place and, kept as 59.5 s, 60 s in the other.
    """
    return round(likely_s, 1)


@dataclass(frozen=True, slots=True)
class ActualImpact:
    """Where and when something came down, as a person entered it, beside what had been predicted.

    t_ns, place_enu   when and where, on the ground, m
    note              in the person's own words, "" for none
    by, entered_t_ns  who entered it, and when
    alarm_id          the alarm that it belongs to, "" where no alarm told of it
    track_id          the round, by its newest track; None where it belongs to none that was seen
    predicted_enu, predicted_t_ns   the last prediction of that round; None where there was none
    """

    t_ns: int
    place_enu: tuple[float, float, float]
    note: str
    by: str
    entered_t_ns: int
    alarm_id: str = ""
    track_id: int | None = None
    predicted_enu: tuple[float, float, float] | None = None
    predicted_t_ns: int | None = None

    @property
    def apart_m(self) -> float:
        """Ground distance from the predicted place to that where it fell; NaN without a prediction."""
        if self.predicted_enu is None:
            return nan
        return hypot(self.place_enu[0] - self.predicted_enu[0], self.place_enu[1] - self.predicted_enu[1])


@dataclass(frozen=True, slots=True)
class IncidentWarning:
    """A zone that was warned.

    lead_s   predicted, most likely time from t_ns until track_id would have reached the zone; NaN where
             no time could be given. It is no measurement: nobody knows when a stopped object would have come
    """

    zone_id: str
    stage: str
    t_ns: int
    lead_s: float
    track_id: int | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the timeline: when, what, worded later by the catalogue."""

    t_ns: int
    what: Reason
    by: str = ""


@dataclass(frozen=True, slots=True)
class IncidentTelling:
    """What one output was told of one alarm, and whether it got it.

    zone_id     "" for every zone
    stage       alert or warn
    made_t_ns   when the alarm was first announced on it
    got_t_ns    when it had that; None where nothing says so
    confirmed_t_ns   when a person first said so on it; None where nobody has
    end         how the alarm ended for it: "all_clear", "retraction", "" while it stands
    end_made_t_ns, end_got_t_ns   likewise of the end
    """

    output_id: str
    alarm_id: str
    zone_id: str
    stage: str
    made_t_ns: int
    got_t_ns: int | None
    end: str = ""
    end_made_t_ns: int | None = None
    end_got_t_ns: int | None = None
    confirmed_t_ns: int | None = None

    @property
    def is_unended(self) -> bool:
        """Whether it got the alarm, and not yet the end of it that was announced."""
        return self.got_t_ns is not None and bool(self.end) and self.end_got_t_ns is None


@dataclass(frozen=True, slots=True)
class Amendment:
    """An outcome corrected by a person after the incident was closed; what was recorded before stays told.

    track_id   of the object that it is about, None for the incident as a whole
    reason     in the person's own words, "" for none
    """

    t_ns: int
    by: str
    track_id: int | None
    before: Outcome
    after: Outcome
    reason: str = ""


CONTINUES = "incident.continues"  # the line in which an incident says which other it goes on with


@dataclass(frozen=True, slots=True)
class Incident:
    """One attack or alarm on one site, from its first warning to its closing by a person.

    incident_id   ``<site>-<UTC date>-<number>``
    version       grows with every change; earlier versions stay in the register
    accounted     head count complete: only then may casualties be "none"
    told          what each output was told of its alarms, in the order of their announcement
    cleared       zones that were given the all-clear and that stands, "" for every zone
    amendments    outcomes corrected after closing, in the order in which they were
    impacts       where things came down as people entered it, in the order in which they did
    track_path_enu  for the map of the report: per object, points (t_s since start, east_m, north_m)
    """

    incident_id: str
    site_id: str
    version: int
    opened_t_ns: int
    closed_t_ns: int | None
    exercise: bool
    objects: tuple[IncidentObject, ...] = ()
    warnings: tuple[IncidentWarning, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    outcome: Outcome = Outcome.UNKNOWN
    casualties: Casualties = Casualties()
    damage: Fact = Fact()
    claim: Fact = Fact()
    accounted: bool = False
    closed_by: str = ""
    paths_enu: tuple[tuple[tuple[float, float, float], ...], ...] = ()
    told: tuple[IncidentTelling, ...] = ()
    cleared: tuple[str, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    impacts: tuple[ActualImpact, ...] = ()

    @property
    def continues(self) -> str:
        """The closed incident whose alarms were raised anew in this one; "" for none."""
        told = (one.what for one in self.timeline if one.what.code == CONTINUES)
        return next((str(dict(what.arguments).get("incident", "")) for what in told), "")

    @property
    def stopped(self) -> int:
        """How many objects were stopped."""
        return sum(item.outcome is Outcome.STOPPED for item in self.objects)


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """How one incident stands among those of the register; counted, never typed, no forecast.

    Every count includes the incident itself and looks back only: what came later does not change
    what was true then. Only attacks count (see ``counted``);
    real ones and exercised ones are two series.

    counted            this incident itself is an attack by its record: something was stopped,
                       missed, or landed
    previous_id, previous_site_id   the attack before this one, anywhere in the register; "" if none
    gap_s              from its opening to this one's, NaN if there is none
    within_48_h        attacks within 48 h up to this one, at any site
    within_30_days, site_within_30_days   likewise in 30 days, at any site and at this one
    total, site_total  likewise in the whole register
    first_t_ns         opening of the earliest of them
    repeat_sites       (site_id, count) of sites attacked more than once, most often first
    hours_local        how many of them in each hour of the local day, 24 counts
    """

    counted: bool
    previous_id: str
    previous_site_id: str
    gap_s: float
    within_48_h: int
    within_30_days: int
    site_within_30_days: int
    total: int
    site_total: int
    first_t_ns: int
    repeat_sites: tuple[tuple[str, int], ...]
    hours_local: tuple[int, ...]
