"""Incidents as the register has them, and how long warnings took."""

from typing_extensions import TypedDict

from marsad.wire.names import EndingName, FactStatusName, ModeName, OutcomeName
from marsad.wire.tracks import Place, Reason


class Fact(TypedDict):
    """A statement with its status."""

    status: FactStatusName
    text: str


class Casualties(TypedDict):
    """Counts mean something where the status is confirmed or unconfirmed."""

    status: FactStatusName
    killed: int
    injured: int


class IncidentObject(TypedDict):
    """One object of an incident."""

    track_ids: list[int]
    class_name: str
    first_t_ms: int
    first_place: Place
    first_range_m: float
    first_bearing_deg: float
    last_t_ms: int
    last_place: Place
    speed_mps: float
    sensor_ids: list[str]
    outcome: OutcomeName
    outcome_t_ms: int | None
    outcome_by: str
    proposed: OutcomeName
    reached_zone_id: str
    reached_over: bool
    predicted_place: Place | None
    predicted_t_ms: int | None


class IncidentWarning(TypedDict):
    """A zone that was warned, and how long before."""

    zone_id: str
    stage: str
    t_ms: int
    lead_s: float | None
    track_id: int | None


class TimelineEntry(TypedDict):
    """One line of the timeline."""

    t_ms: int
    what: Reason
    by: str


class Ending(TypedDict):
    """One all-clear or retraction; zone_id "" is every zone, alarm_id the alarm that was retracted."""

    kind: EndingName
    zone_id: str
    alarm_id: str
    t_ms: int
    taken_back_t_ms: int | None


class Amendment(TypedDict):
    """An outcome corrected after closing; track_id None: that of the incident as a whole."""

    t_ms: int
    by: str
    track_id: int | None
    before: OutcomeName
    after: OutcomeName
    reason: str


class ActualImpact(TypedDict):
    """Where and when something came down as somebody entered it, beside the last prediction of its round.

    track_id, predicted_place, predicted_t_ms and apart_m, metres between the two, are None where it belongs
    to no round that was seen, or that was predicted; alarm_id is "" where no alarm told of it.
    """

    t_ms: int
    place: Place
    note: str
    by: str
    entered_t_ms: int
    alarm_id: str
    track_id: int | None
    predicted_place: Place | None
    predicted_t_ms: int | None
    apart_m: float | None


class IncidentSummary(TypedDict):
    """A row of the list of incidents."""

    incident_id: str
    site_id: str
    version: int
    opened_t_ms: int
    closed_t_ms: int | None
    mode: ModeName
    objects: int
    stopped: int
    outcome: OutcomeName


class Incident(TypedDict):
    """One incident; the timeline keeps its newest entries, timeline_left_off says how many are not here."""

    incident_id: str
    site_id: str
    version: int
    opened_t_ms: int
    closed_t_ms: int | None
    mode: ModeName
    objects: list[IncidentObject]
    warnings: list[IncidentWarning]
    timeline: list[TimelineEntry]
    timeline_left_off: int
    outcome: OutcomeName
    casualties: Casualties
    damage: Fact
    claim: Fact
    accounted: bool
    closed_by: str
    cleared_zone_ids: list[str]
    endings: list[Ending]
    amendments: list[Amendment]
    impacts: list[ActualImpact]


class WarningDelay(TypedDict):
    """How long warnings took in one UTC month on one output; output_id "": first plot to rule.

    missed have not arrived; times are None where none has.
    """

    month: str
    output_id: str
    count: int
    missed: int
    p50_s: float | None
    p95_s: float | None
