"""Tracks: where they are and what the site thinks of them."""

from typing_extensions import TypedDict

from marsad.wire.names import (
    AnswerName,
    ClaimSourceName,
    ClassName,
    DistressName,
    HowName,
    IdentityName,
    LevelNumber,
    WhyName,
)


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


class TrackReport(TypedDict):
    """One track with its reasons, as asked for."""

    t_ms: int
    track: Track
    motion: Motion
