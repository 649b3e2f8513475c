"""The picture and the messages that carry it."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from marsad.wire.alarms import Alarm, AlarmEnd, Excused, Impact, KeepOut, StandingAllClear
from marsad.wire.flights import Flight, FlightNews
from marsad.wire.incidents import Incident
from marsad.wire.response import OnWatch, Response
from marsad.wire.sensors import Asker, ClockStep, Navigation, Overload, Sensor
from marsad.wire.telling import Telling
from marsad.wire.tracks import Motion, Track, Trail


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
