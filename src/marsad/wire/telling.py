"""What goes out on which output, what became of it, and drills."""

from typing import Literal

from typing_extensions import TypedDict

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
