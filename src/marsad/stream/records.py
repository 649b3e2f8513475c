"""The messages of the stream, version 1: what each field means, and in which unit.

Every time is UTC as RFC 3339 with milliseconds and its name ends in ``at``; angles are degrees, distances
metres, places WGS-84 and the site's own frame (east, north, up from its reference point). None stands for
"not known"; as a zone, for the whole site.

No message says who a bystander is: no callsign, no transponder's address, no serial number, no name, no
telephone number. An object that is taken for a declared flight has the identifier which the site gave that
flight.
"""

from typing import Annotated, Final, Literal

from pydantic import Field
from typing_extensions import TypedDict

from marsad.wire import (
    AnnouncementKindName,
    ClassName,
    DeliveryStateName,
    IdentityName,
    NavigationStateName,
)

VERSION: Final = 1
Kind = Literal["track", "threat", "alarm", "delivery"]
KINDS: Final[tuple[Kind, ...]] = ("track", "threat", "alarm", "delivery")
StatusName = Literal["actual", "exercise", "test"]
StageName = Literal["ALERT", "WARN"]
LevelName = Literal["INFO", "WATCH", "ALERT", "WARN"]
At = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, description="UTC, RFC 3339, milliseconds.")
]
Zone = Annotated[str | None, Field(description="Identifier of the zone; null: the whole site.")]


class Head(TypedDict):
    """What every message begins with."""

    version: Annotated[Literal[1], Field(description="Of the stream; within it fields are only ever added.")]
    sequence: Annotated[
        int,
        Field(ge=1, description="Grows by one with each message of a connection; a gap is a lost message."),
    ]
    at: Annotated[
        str,
        Field(
            json_schema_extra={"format": "date-time"},
            description="When this was so: the time of the picture it is from; UTC, RFC 3339.",
        ),
    ]
    site_id: Annotated[str, Field(description="The site.")]
    status: Annotated[
        StatusName, Field(description="Whether it is meant: nothing of an exercise or a test is real.")
    ]


class ZoneOutline(TypedDict):
    """A zone of the site."""

    zone_id: str
    name_en: str
    name_ar: str
    outline: Annotated[
        list[list[float]],
        Field(description="Closed: places as [longitude, latitude], degrees; a circle has 72 corners."),
    ]


class Hello(Head):
    """The first message: of what site this is, and what will come."""

    kind: Literal["hello"]
    software: Annotated[str, Field(description="Version of Marsad.")]
    kinds: Annotated[list[Kind], Field(description="Kinds that will come; what ends comes with its kind.")]
    every_s: Annotated[float, Field(description="Changes of an object come at most once in so many seconds.")]
    heartbeat_due_s: Annotated[
        float, Field(description="Where no heartbeat comes for so many seconds, the site looks no more.")
    ]
    name_en: str
    name_ar: str
    latitude_deg: Annotated[float, Field(description="Of the reference point: east_m = north_m = up_m = 0.")]
    longitude_deg: float
    height_m: Annotated[float, Field(description="Of the reference point, above the ellipsoid.")]
    zones: list[ZoneOutline]


class State(Head):
    """How the site is; when it changes."""

    kind: Literal["state"]
    phase: Annotated[
        Literal["preparing", "running", "over"],
        Field(description="Preparing its engine, running, or over, as a simulated day is."),
    ]
    fold: Annotated[
        Literal["alive", "silent"],
        Field(description="Silent: nothing is computed any more, and nobody is warned."),
    ]
    faults: Annotated[list[str], Field(description="Codes of what is wrong with the site itself.")]
    overloads: Annotated[int, Field(description="How many things are too much for the site.")]
    sensors: int
    sensors_ok: int
    navigation: Annotated[
        NavigationStateName | None, Field(description="Whether claimed places of aircraft can be believed.")
    ]


class SnapshotEnd(Head):
    """All that there was at the beginning has been sent; what was known before and is not there is over."""

    kind: Literal["snapshot_end"]
    messages: Annotated[int, Field(description="How many records that were.")]


class Track(Head):
    """An object that is seen."""

    kind: Literal["track"]
    track_id: Annotated[int, Field(description="Never used again.")]
    identity: IdentityName
    class_name: Annotated[ClassName, Field(description="The likeliest.")]
    flight_id: Annotated[
        str | None, Field(description="The declared flight it is taken for, by the site's own identifier.")
    ]
    is_spoofed: Annotated[bool, Field(description="The place it claims is thought to be false.")]
    latitude_deg: float
    longitude_deg: float
    height_m: Annotated[float, Field(description="Above the ellipsoid, as the site's own height is.")]
    east_m: float
    north_m: float
    up_m: float
    above_sea_m: Annotated[float, Field(description="Above mean sea level.")]
    above_ground_m: Annotated[
        float | None, Field(description="Above the ground under it; null where its height is not known.")
    ]
    speed_mps: float
    course_deg: Annotated[float, Field(description="Direction of travel over ground from true north.")]
    climb_mps: float
    semi_major_m: Annotated[float, Field(description="Of the one-sigma ellipse of its place.")]
    semi_minor_m: float
    orientation_deg: Annotated[float, Field(description="Of the ellipse's long axis from true north.")]
    up_sigma_m: float
    existence: Annotated[float, Field(description="Probability that it is there.")]
    first_at: At
    last_plot_at: Annotated[
        str,
        Field(json_schema_extra={"format": "date-time"}, description="When a sensor saw it last."),
    ]


class TrackEnd(Head):
    """A track is not followed any more."""

    kind: Literal["track_end"]
    track_id: int


class Weight(TypedDict):
    """A reason, by the code that the catalogues of Marsad word."""

    code: str
    decibans: Annotated[float | None, Field(description="What it weighs for hostility.")]


class ZoneThreat(TypedDict):
    """One object against one zone."""

    zone_id: str
    level: LevelName
    distance_m: float | None
    closest_approach_m: float | None
    hit_probability: float | None
    time_to_impact_s: float | None
    time_low_s: float | None
    time_high_s: float | None


class Threat(Head):
    """How dangerous an object is; one that has none of these is at INFO."""

    kind: Literal["threat"]
    track_id: int
    level: LevelName
    score: float
    hostility: Annotated[float, Field(description="Probability that it means harm.")]
    zone_id: Annotated[str | None, Field(description="The zone most in danger.")]
    time_to_impact_s: Annotated[float | None, Field(description="Until its course meets that zone.")]
    time_low_s: Annotated[float | None, Field(description="With time_high_s the 90 % interval.")]
    time_high_s: float | None
    rule: Annotated[str | None, Field(description="Code of the rule that set the level.")]
    reasons: Annotated[
        list[Weight] | None, Field(description="Null where it is not among the most dangerous.")
    ]
    zones: list[ZoneThreat] | None


class Alarm(Head):
    """An alarm: one for each raid, zone and stage; it grows."""

    kind: Literal["alarm"]
    alarm_id: str
    raid_id: str
    zone_id: Zone
    stage: StageName
    state: Annotated[
        Literal["active", "passed"], Field(description="Passed: no danger is seen; a person must end it.")
    ]
    opened_at: At
    updated_at: At
    track_ids: Annotated[list[int], Field(description="Every object that ever was in it.")]
    active_track_ids: list[int]
    time_left_s: Annotated[float | None, Field(description="Of the nearest object, at updated_at.")]
    time_left_low_s: float | None
    time_left_high_s: float | None
    lie_down: Annotated[
        bool, Field(description="There is no time to run: lie down and cover the head, where one is.")
    ]
    impact_at: Annotated[
        At | None, Field(description="When the last of its rockets is predicted to come down; null: none.")
    ]
    all_clear_from_at: Annotated[
        At | None, Field(description="No all-clear is accepted for its zone before then; null: at any time.")
    ]
    is_acknowledged: bool
    acknowledged_at: At | None
    reasons: Annotated[list[str], Field(description="Codes.")]


class AlarmEnd(Head):
    """An alarm is over. Retracted: there was no danger; tell whoever you have told."""

    kind: Literal["alarm_end"]
    alarm_id: str
    raid_id: Annotated[str | None, Field(description="Null where how is dropped.")]
    zone_id: Zone
    stage: StageName | None
    how: Annotated[
        Literal["all_clear", "retracted", "dropped"],
        Field(description="Dropped: no person ended it; there were too many, or the site began anew."),
    ]
    ended_at: At
    words: Annotated[str, Field(description="Why, where it was retracted.")]


class Delivery(Head):
    """Where one announcement stands on one output."""

    kind: Literal["delivery"]
    output_id: str
    standard: Annotated[str | None, Field(description="Of the output, such as mqtt.")]
    announcement_id: str
    announcement: AnnouncementKindName
    alarm_id: str
    zone_id: Zone
    stage: LevelName
    state: DeliveryStateName
    ruled_at: Annotated[
        str, Field(json_schema_extra={"format": "date-time"}, description="When what it tells of happened.")
    ]
    made_at: At
    expires_at: At
    first_plot_at: At | None
    reached_at: Annotated[
        dict[str, str], Field(description="When it came to each state that it came to, by the state.")
    ]
    confirmations: Annotated[int, Field(description="How many people said that they have it.")]
    attempts: int


class Heartbeat(Head):
    """The site goes on looking; it is sent only after its fold has closed a cycle."""

    kind: Literal["heartbeat"]
    due_s: Annotated[
        float, Field(description="The next comes within so many seconds, or something is wrong.")
    ]
    picture_at: At


class Dropped(Head):
    """You read too slowly, or there is too much: older states of objects were left out, never the newest."""

    kind: Literal["dropped"]
    count: Annotated[int, Field(ge=1, description="Since the last such message.")]


class Refused(Head):
    """What you sent cannot be used; all goes on as before."""

    kind: Literal["refused"]
    reason: str
    detail: str


class Wish(TypedDict, total=False):
    """What a client may send, at any time: what it wants. What is left out stays as it is."""

    kinds: Annotated[list[Kind], Field(min_length=1, max_length=len(KINDS))]
    every_s: Annotated[
        float, Field(ge=1, le=60, description="Changes of an object come at most once in so many seconds.")
    ]


Message = Annotated[
    Hello | State | SnapshotEnd | Track | TrackEnd | Threat | Alarm | AlarmEnd | Delivery | Heartbeat
    | Dropped | Refused,
    Field(discriminator="kind"),
]  # fmt: skip
RECORDS = (
    Hello, State, SnapshotEnd, Track, TrackEnd, Threat, Alarm, AlarmEnd, Delivery, Heartbeat,
    Dropped, Refused,
)  # fmt: skip
