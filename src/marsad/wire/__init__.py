"""The one JSON form in which a picture reaches a console, version 1.

A connection starts with a `Snapshot`; a `Delta` follows for every newer picture and carries only
what changed; a `Heartbeat` fills silences. Times are UTC milliseconds (``t_ms``: JavaScript
numbers cannot hold nanoseconds), angles degrees, distances metres. None stands for "not known".

Positions of tracks travel as columns (`Motion`), because all of them change in every picture;
what the site thinks of a track (`Track`) changes rarely and travels as rows.
"""

from typing import Final, Literal, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

VERSION: Final = 1
COOKIE: Final = "marsad_session"  # by which a server knows who has signed in

IdentityName = Literal["pending", "unknown", "friend", "assumed_friend", "neutral", "suspect", "hostile"]
ClassName = Literal[
    "owa", "ballistic", "fixedwing_small", "multirotor", "unknown", "crewed", "balloon", "bird"
]
LevelNumber = Literal[0, 1, 2, 3]
OutcomeName = Literal["unknown", "stopped", "missed", "landed", "left", "false_alarm"]
EndingName = Literal["all_clear", "retraction"]
FactStatusName = Literal["unknown", "unconfirmed", "confirmed", "none"]
AlarmStateName = Literal["active", "passed", "cleared"]
HealthName = Literal["ok", "degraded", "lost", "gone", "refused"]
OverloadName = Literal["waiting", "messages", "share", "rewinds", "plots", "bytes"]
BiasName = Literal["range", "azimuth", "elevation", "clock"]
AskingName = Literal["asks", "refused", "claims"]
SensorKindName = Literal[
    "radar", "radio_frequency", "camera", "acoustic", "adsb", "remote_id", "fusion", "other"
]
ModeName = Literal["live", "exercise", "test"]
ProcedureUseName = Literal[
    "final",
    "departure climb",
    "runway",
    "helicopter route",
    "arrival",
    "departure",
    "transit",
    "holding",
    "landing place",
    "circuit",
    "gliding",
    "own drones",
]
DistressName = Literal["", "unlawful_interference", "radio_failure", "emergency"]
ClaimSourceName = Literal["own", "multilateration", "relayed"]
NavigationStateName = Literal["unknown", "good", "doubtful", "bad"]


FlightStateName = Literal["declared", "active", "ended", "cancelled"]
ShapeName = Literal["anywhere", "circle", "polygon", "route"]
HowName = Literal["identifier", "volume", "answer"]
AnswerName = Literal["asked", "ours", "not_ours", "no_answer"]
WhyName = Literal["", "own_drone", "owner_confirmed", "air_traffic", "seen", "not_a_drone", "other"]


class Place(TypedDict):
    """A place on the ellipsoid and in the site frame."""

    latitude_deg: float
    longitude_deg: float
    east_m: float
    north_m: float
    up_m: float


class Reason(TypedDict):
    """One reason; the catalogue words it. decibans: its weight for hostility, None if it has none."""

    code: str
    arguments: dict[str, float | str]
    decibans: float | None


class Motion(TypedDict):
    """Columns of equal length, one entry per track.

    course_deg is the direction of travel over ground from true north; range_m and bearing_deg are
    seen from the site's reference point; the ellipse is one sigma of the horizontal position and
    orientation_deg the direction of its long axis from true north; up_sigma_m is one sigma of the height.
    up_m is above the plane through the site's reference point; above_sea_m above mean sea level;
    above_ground_m above the ground, None where its height is not known.
    """

    track_id: list[int]
    latitude_deg: list[float]
    longitude_deg: list[float]
    east_m: list[float]
    north_m: list[float]
    up_m: list[float]
    above_sea_m: list[float]
    above_ground_m: list[float | None]
    speed_mps: list[float]
    course_deg: list[float]
    climb_mps: list[float]
    range_m: list[float]
    bearing_deg: list[float]
    semi_major_m: list[float]
    semi_minor_m: list[float]
    orientation_deg: list[float]
    up_sigma_m: list[float]
    existence: list[float]
    last_t_ms: list[int]


class Trail(TypedDict):
    """Where the tracks were at t_ms, smoothed by what came after; columns of equal length."""

    t_ms: int
    track_id: list[int]
    latitude_deg: list[float]
    longitude_deg: list[float]


class ZoneThreat(TypedDict):
    """One track against one zone; times in seconds at the picture's time."""

    zone_id: str
    distance_m: float | None
    closest_approach_m: float | None
    hit_probability: float | None
    time_to_impact_s: float | None
    time_low_s: float | None
    time_high_s: float | None
    earliest_arrival_s: float | None
    score: float
    level: LevelNumber


class TrackDetail(TypedDict):
    """Why a track is judged as it is; sent for the most dangerous tracks."""

    class_probability: dict[ClassName, float]
    decibans: float
    evidence: list[Reason]
    rule: Reason
    counterfactual: Reason | None
    zones: list[ZoneThreat]
    sensor_ids: list[str]


class TrackFlight(TypedDict):
    """The declared flight a track is taken for ("" if none), and those it could be, likeliest first."""

    flight_id: str
    how: HowName
    fits: bool
    reasons: list[Reason]
    candidates: list[str]


class Decision(TypedDict):
    """What a person decided a track is, and why; flight_id: whose owner said so, or ""."""

    identity: IdentityName
    by: str
    t_ms: int
    why: WhyName
    note: str
    flight_id: str


class Question(TypedDict):
    """The newest word of an owner about a track; flight_id "" where the note names who was asked."""

    flight_id: str
    answer: AnswerName
    by: str
    t_ms: int
    note: str


class Claim(TypedDict):
    """What a track says of itself; "" and None where it has not said.

    distress: what its transponder code calls for; navigation_integrity, navigation_accuracy: NIC and NACp.
    """

    system: str
    identifier: str
    callsign: str
    squawk: str
    distress: DistressName
    alert: bool | None
    ident: bool | None
    on_ground: bool | None
    category: str
    navigation_integrity: int | None
    navigation_accuracy: int | None
    source: ClaimSourceName


class Track(TypedDict):
    """What the site thinks of a track; zone and times are those of its most dangerous zone.

    spoofed: the place it claims is thought to be false, so it is drawn hollow.
    """

    track_id: int
    name: str
    identity: IdentityName
    class_name: ClassName
    level: LevelNumber
    score: float
    hostility: float
    first_t_ms: int
    zone_id: str | None
    time_to_impact_s: float | None
    time_low_s: float | None
    time_high_s: float | None
    flight: TrackFlight | None
    decision: Decision | None
    question: Question | None
    claim: Claim | None
    spoofed: bool
    detail: TrackDetail | None


class TimeLeft(TypedDict):
    """Seconds at the alarm's updated_t_ms, with the 90 % interval."""

    likely_s: float | None
    low_s: float | None
    high_s: float | None


class Alarm(TypedDict):
    """One growing alarm per raid, zone and stage; last_active_t_ms: a track fulfilled its rule last.

    track_ids are as many as came so far. lie_down: there is no time to run. impact_t_ms: when the last of its
    rockets is predicted to come down, None where there are none; all_clear_from_t_ms: before then no
    all-clear is accepted for its zone, None where one is at any time.
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


class Coverage(TypedDict):
    """Where a sensor sees; range_max_m is None where it is unlimited."""

    range_min_m: float
    range_max_m: float | None
    azimuth_from_deg: float
    azimuth_width_deg: float


class Bias(TypedDict):
    """How far a sensor is off in one quantity, in m, degrees or s; sigma is the estimate's error.

    applied: its reports are corrected by it; large: surely so large that somebody should look.
    """

    quantity: BiasName
    value: float
    sigma: float
    applied: bool
    large: bool


class Delay(TypedDict):
    """How late a sensor's reports come (median and 95th percentile, s), its clock corrected by shift_s."""

    latency_s: float
    late_s: float
    shift_s: float


class Sensor(TypedDict):
    """One sensor; last_t_ms is 0 if it was never heard; biases only where there is evidence.

    delay: None before its first report.
    """

    sensor_id: str
    name: str
    kind: SensorKindName
    feed: str
    place: Place | None
    coverage: Coverage
    health: HealthName
    last_t_ms: int
    note: str
    delay: Delay | None
    biases: list[Bias]


class Asker(TypedDict):
    """One node that wants to speak on a feed and may not.

    reports counts what of it was refused; by is who refused it, "" where nobody has, or that is not known.
    """

    feed: str
    node_id: str
    name: str
    kind: SensorKindName
    address: str
    asking: AskingName
    first_t_ms: int
    last_t_ms: int
    reports: int
    by: str


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


HappeningName = Literal[
    "signed-in",
    "sign-in-failed",
    "sign-in-slowed",
    "signed-out",
    "session-ended",
    "session-expired",
    "token-wrong",
    "refused",
    "report-read",
    "account",
    "started",
    "settings",
]


class SecurityLine(TypedDict):
    """What happened at the door; "" where nobody or nothing is known.

    of      of an account its name, of a refusal the permission, of a sign-in the role
    count   so many like it since the line before it that says the same
    was     of an account, its role before; "" where there was none, and of all other lines
    became  its role from now on, the same where its password changed; "" where it was taken away
    """

    t_ms: int
    what: HappeningName
    by: str
    of: str
    address: str
    count: int
    was: str
    became: str


class OpenSession(TypedDict):
    """A sign-in that holds; its name opens nothing.

    is_this  whether it is that of whoever asks
    """

    session_id: str
    name: str
    address: str
    opened_t_ms: int
    used_t_ms: int
    until_t_ms: int
    is_this: bool


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


class Flight(TypedDict):
    """A declared flight; places are [latitude_deg, longitude_deg]; a time is None where it is open.

    extent_m is the radius of a circle and the whole width of a route; heights are above the site. phone is ""
    also for whoever may not ask the owner.
    """

    flight_id: str
    name: str
    operator: str
    phone: str
    kind: str
    make: str
    labels: list[str]
    shape: ShapeName
    places: list[list[float]]
    extent_m: float
    low_m: float | None
    high_m: float | None
    from_t_ms: int | None
    until_t_ms: int | None
    remarks: str
    source: str
    state: FlightStateName


class FlightNews(TypedDict):
    """Something about a flight that everybody should hear once."""

    t_ms: int
    what: Reason


class Navigation(TypedDict):
    """The health of satellite navigation at the site, as the claims of aircraft show it."""

    state: NavigationStateName
    aircraft: int
    reasons: list[Reason]


class ClockStep(TypedDict):
    """The machine's clock was set: when, by the clock as it is now, and the sentence for it."""

    t_ms: int
    what: Reason


class Overload(TypedDict):
    """What is too much for the site: by which rule, whose ("" where it is the site), since when, how much."""

    shed: OverloadName
    sensor_id: str
    since_t_ms: int
    per_s: float
    count: int
    what: Reason


AnnouncementKindName = Literal["warning", "update", "passed", "all_clear", "retraction", "test"]
DeliveryStateName = Literal["wanted", "not_sent", "sent", "accepted", "actuated", "confirmed", "too_late"]


class Output(TypedDict):
    """One way by which people are told; zone_ids is empty where it serves all."""

    output_id: str
    standard: str
    zone_ids: list[str]
    stages: list[str]
    is_serving: bool
    for_drills: bool


class PendingRelease(TypedDict):
    """An alarm that waits on some outputs for people to release it; times as UTC milliseconds.

    deciders is empty where whoever may release decides, deputies where nobody is named; wants_supervisor:
    the word that is missing is a supervisor's.
    """

    alarm_id: str
    output_ids: list[str]
    people: int
    released_by: list[str]
    asked_t_ms: int
    deputy_t_ms: int
    undecided_t_ms: int
    undecided: Literal["release", "withhold"]
    withheld_by: str
    deciders: list[str]
    deputies: list[str]
    wants_supervisor: bool


class Delivery(TypedDict):
    """Where one announcement stands; reached_t_ms by state, those that it came to.

    first_plot_t_ms is by the sensor's own time, seen_t_ms, tracked_t_ms and alerted_t_ms by the site's:
    when it heard of what raised the alarm, was sure of it, found it dangerous, and its rule was fulfilled.
    said_to_be are names given on pages without a key, "" for none: of no known person.
    """

    output_id: str
    announcement_id: str
    alarm_id: str
    zone_id: str
    stage: int
    kind: AnnouncementKindName
    state: DeliveryStateName
    ruled_t_ms: int
    made_t_ms: int
    expires_t_ms: int
    reached_t_ms: dict[str, int]
    is_drill: bool
    confirmed_by: list[str]
    attempts: int
    detail: str
    code: str
    said_to_be: list[str]
    first_plot_t_ms: int | None
    seen_t_ms: int | None
    tracked_t_ms: int | None
    alerted_t_ms: int | None
    raised_t_ms: int | None


class NotRetracted(TypedDict):
    """Who got an alarm and not yet its end."""

    output_id: str
    alarm_id: str


class OutputHealth(TypedDict):
    """How an output is known to work; times null for never, fault empty for none.

    delays: how many warnings took how long from their rule to the output, by the bounds of
    `marsad.model.drill.DELAY_BOUNDS_S` and beyond the last; delays_s: all of them together.
    """

    output_id: str
    link: Literal["untold", "up", "down"]
    since_t_ms: int | None
    detail: str
    code: str
    worked_t_ms: int | None
    failed_t_ms: int | None
    drilled_t_ms: int | None
    drill_verdict: Literal["waiting", "passed", "failed"]
    fault: Literal["", "down", "failing", "drill-failed", "drill-overdue"]
    delays: list[int]
    delays_s: float


class DrillRow(TypedDict):
    """An output in a drill; delivery null where it was not tried, as one that is not for drills never is."""

    output_id: str
    standard: str
    verdict: Literal["waiting", "passed", "failed"]
    delivery: Delivery | None
    can_confirm: bool
    for_drills: bool


class Drill(TypedDict):
    """One drill of the outputs; by is empty where it was held by itself."""

    drill_id: str
    by: str
    begun_t_ms: int
    until_t_ms: int
    is_over: bool
    rows: list[DrillRow]


class Drilling(TypedDict):
    """The newest drill, when the next is due, and when and why one that was due was not held."""

    last: Drill | None
    next_t_ms: int | None
    skipped_t_ms: int | None
    skipped: Literal["alarm", "absent"]


class Telling(TypedDict):
    """What waits for a release, and where the newest announcements stand, newest first."""

    outputs: list[Output]
    pending: list[PendingRelease]
    deliveries: list[Delivery]
    not_retracted: list[NotRetracted]
    health: list[OutputHealth]
    drilling: Drilling


class Duty(TypedDict):
    """One action of the checklist; due_t_ms and done_t_ms null where there is none. level 1 to 4."""

    item_id: str
    text_key: str
    owner: str
    level: int
    opened_t_ms: int
    due_t_ms: int | None
    done_t_ms: int | None
    done_by: str
    note: str


class Response(TypedDict):
    """How far the response has gone, 0 (normal) to 4 (after), and its duties, the most urgent first."""

    level: int
    duties: list[Duty]


class Excused(TypedDict):
    """How many tracks are not announced for a while, for a person ended their alarm; until when."""

    tracks: int
    until_t_ms: int


class StandingAllClear(TypedDict):
    """An all-clear that can be taken back until a time; zone_id "" for everybody."""

    zone_id: str
    t_ms: int
    until_t_ms: int


ThreatKindName = Literal["multirotor", "fixed_wing", "one_way", "hovering", "rocket"]


class CoverageBand(TypedDict):
    """What is seen of an intruder at one height above the ground; height_m None where it says nothing.

    area: polygons of rings of [longitude_deg, latitude_deg]. warning_s: by sector, the first centred on
    north; None where what is asked about stands still.
    """

    height_m: float | None
    area: list[list[list[list[float]]]]
    warning_s: list[float] | None


class CoverageHole(TypedDict):
    """Bearings on which the warning is too short; label is where its name goes, area as in `CoverageBand`."""

    what: Reason
    from_deg: float
    to_deg: float
    height_m: float | None
    warning_s: float | None
    area: list[list[list[list[float]]]]
    label: list[float]


class CoverageOpening(TypedDict):
    """A hole that is there because sensors are silent; since_t_ms None where none of them was ever heard."""

    what: Reason
    since_t_ms: int | None
    sensor_ids: list[str]


class CoverageMap(TypedDict):
    """What the sensors of the site see now, all that live taken together, of one kind of intruder.

    sectors: the rings of the parts of a ring, one for each warning_s; labels: a place outside of it for every
    sixth. wanted_s: less warning than that is a hole.
    """

    threat: ThreatKindName
    speed_mps: float
    wanted_s: float
    bands: list[CoverageBand]
    holes: list[CoverageHole]
    openings: list[CoverageOpening]
    sectors: list[list[list[float]]]
    labels: list[list[float]]


class OnWatch(TypedDict):
    """Who has the watch, "" for nobody, and until when; confirmed_t_ms is when the card was gone through.

    taken_from: who had it before, "" for nobody.
    """

    holder: str
    since_t_ms: int | None
    until_t_ms: int | None
    offered_to: str
    note: str
    confirmed_t_ms: int | None
    confirmed_by: str
    taken_from: str


class Picture(TypedDict):
    """Everything a console shows at one time.

    incident is the newest one, open or closed. faults and notices are codes that the console words:
    what is wrong with the site itself, and what everybody should know, such as simulation-over.
    utc_offset_ms is what all times, which are UTC, are ahead of the site's own, which is steady: it
    changes when the machine's clock is set. clock is the newest such step, while it is worth telling.
    overloads is what is too much for the site, the worst first. ended_alarms has the newest last. impacts: of
    tracks that fall, keep_outs: of what broke up, the newest last.
    """

    t_ms: int
    motion: Motion
    trail: Trail | None
    tracks: list[Track]
    alarms: list[Alarm]
    sensors: list[Sensor]
    incident: Incident | None
    counters: dict[str, int]
    faults: list[str]
    notices: list[str]
    flights: list[Flight]
    flight_news: list[FlightNews]
    navigation: Navigation | None
    clock: ClockStep | None
    overloads: list[Overload]
    utc_offset_ms: int
    askers: list[Asker]
    telling: Telling
    response: Response
    watch: OnWatch
    excused: Excused | None
    ended_alarms: list[AlarmEnd]
    all_clears: list[StandingAllClear]
    impacts: list[Impact]
    keep_outs: list[KeepOut]


class Snapshot(TypedDict):
    """The whole picture: first message of a connection, and the answer to ``{"kind": "resync"}``."""

    kind: Literal["snapshot"]
    version: Literal[1]
    sequence: int
    server_t_ms: int
    picture: Picture


class Delta(TypedDict):
    """What changed since the picture numbered from_sequence.

    motion holds the rows that changed; alarm_ids is the full order of alarms; trail, incident,
    counters, faults, notices, flights, flight_news, navigation, clock, overloads, utc_offset_ms, askers,
    telling, response, watch, excused, ended_alarms, all_clears, impacts and keep_outs are there only if they
    changed. A client whose own sequence is not from_sequence must ask for a snapshot.
    """

    kind: Literal["delta"]
    version: Literal[1]
    sequence: int
    from_sequence: int
    server_t_ms: int
    t_ms: int
    motion: Motion
    tracks: list[Track]
    removed_track_ids: list[int]
    alarms: list[Alarm]
    alarm_ids: list[str]
    sensors: list[Sensor]
    removed_sensor_ids: list[str]
    trail: NotRequired[Trail | None]
    incident: NotRequired[Incident | None]
    counters: NotRequired[dict[str, int]]
    faults: NotRequired[list[str]]
    notices: NotRequired[list[str]]
    flights: NotRequired[list[Flight]]
    flight_news: NotRequired[list[FlightNews]]
    navigation: NotRequired[Navigation | None]
    clock: NotRequired[ClockStep | None]
    overloads: NotRequired[list[Overload]]
    utc_offset_ms: NotRequired[int]
    askers: NotRequired[list[Asker]]
    telling: NotRequired[Telling]
    response: NotRequired[Response]
    watch: NotRequired[OnWatch]
    excused: NotRequired[Excused | None]
    ended_alarms: NotRequired[list[AlarmEnd]]
    all_clears: NotRequired[list[StandingAllClear]]
    impacts: NotRequired[list[Impact]]
    keep_outs: NotRequired[list[KeepOut]]


class Heartbeat(TypedDict):
    """The server lives but has no newer picture."""

    kind: Literal["heartbeat"]
    version: Literal[1]
    sequence: int
    server_t_ms: int


class ZoneShape(TypedDict):
    """A zone; ring is its closed outline as [longitude_deg, latitude_deg] pairs, circles as 72 corners."""

    zone_id: str
    name_en: str
    name_ar: str
    ring: list[list[float]]
    centre: list[float]
    radius_m: float
    value: float
    restricted: bool


class ProcedureShape(TypedDict):
    """A way or place where aircraft are used to fly; ring is its closed outline in degrees, longitude first.

    name_en, name_ar   what people call it, a final by its end of the runway
    label              where its name stands, [longitude_deg, latitude_deg]
    """

    procedure_id: str
    name_en: str
    name_ar: str
    use: ProcedureUseName
    ring: list[list[float]]
    label: list[float]


class Friend(TypedDict):
    """An authorised object."""

    label: str
    name: str


class Name(TypedDict):
    """What the console calls a person, a post, a sensor or another site; of: as records have it."""

    of: str
    name_en: str
    name_ar: str


class SiteInfo(TypedDict):
    """The site; base_map is the address of a local PMTiles archive, None without one."""

    site_id: str
    name_en: str
    name_ar: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    utc_offset_s: int
    mode: ModeName
    zones: list[ZoneShape]
    procedures: list[ProcedureShape]
    friends: list[Friend]
    names: list[Name]
    base_map: str | None
    software_version: str


class Phase(TypedDict):
    """Where a site is in its life; share of the preparation done, 0 to 1, and seconds until it runs."""

    name: Literal["preparing", "running", "over"]
    share: float
    left_s: float | None


RoleName = Literal["viewer", "operator", "supervisor", "instructor", "administrator"]
PermissionName = Literal[
    "see",
    "record",
    "card",
    "watch",
    "acknowledge",
    "classify",
    "flights",
    "release",
    "countersign",
    "end",
    "document",
    "admit",
    "drill",
    "confirm",
    "security",
    "settings",
]


class Session(TypedDict):
    """Who is signed in, what they may, and whose each permission is; open: nobody has to.

    watchers: who may take the watch, by the names by which they sign in; for those alone who may as well.
    """

    name: str | None
    role: RoleName | None
    open: bool
    may: list[PermissionName]
    whose: dict[PermissionName, list[RoleName]]
    watchers: list[str]


class CardPerson(TypedDict):
    """Somebody on the authority card; phone is "" where none is given."""

    name: str
    post_en: str
    post_ar: str
    phone: str


class CardDuty(TypedDict):
    """One decision: who takes it, and who stands in; zone_ids and stages are empty where it is about all."""

    decides: PermissionName
    zone_ids: list[str]
    stages: list[str]
    people: list[str]
    deputies: list[str]


class AuthorityCard(TypedDict):
    """Who decides what; confirmed_on is a day such as "2026-11-20", "" where nobody has confirmed it."""

    people: list[CardPerson]
    duties: list[CardDuty]
    confirmed_on: str
    confirmed_by: str


class TrackReport(TypedDict):
    """One track with its reasons, as asked for."""

    t_ms: int
    track: Track
    motion: Motion


class Imported(TypedDict):
    """How many flights a file declared."""

    flights: int


class ErrorReport(TypedDict):
    """What was refused: a stable code and a sentence that quotes the datum."""

    reason: str
    detail: str


class Refusal(TypedDict):
    """Body of every answer of status 4xx or 5xx."""

    error: ErrorReport


Message = Snapshot | Delta | Heartbeat
MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)
PICTURE: TypeAdapter[Picture] = TypeAdapter(Picture)
REST = (
    SiteInfo,
    Phase,
    Session,
    AuthorityCard,
    IncidentSummary,
    Incident,
    WarningDelay,
    CoverageMap,
    SecurityLine,
    OpenSession,
    TrackReport,
    Imported,
    Refusal,
)
