"""Authorised flights: what somebody has declared will fly, and which track may be one of them."""

from dataclasses import dataclass
from enum import StrEnum

from marsad.model.reason import Reason
from marsad.model.threat import Identity

FOREVER_NS = 2**63 - 1


class FlightState(StrEnum):
    """Where a declared flight is in its life."""

    DECLARED = "declared"  # its time has not come
    ACTIVE = "active"
    ENDED = "ended"  # its time is over
    CANCELLED = "cancelled"  # by a person


class Shape(StrEnum):
    """What the places of a declared flight are."""

    ANYWHERE = "anywhere"  # no place was declared: only what it calls itself tells it
    CIRCLE = "circle"
    POLYGON = "polygon"
    ROUTE = "route"


class Answer(StrEnum):
    """What the owner of a flight says of a track."""

    ASKED = "asked"  # somebody has been asked and has not answered yet
    OURS = "ours"
    NOT_OURS = "not_ours"
    NONE = "no_answer"


class How(StrEnum):
    """By what a track is taken for a flight."""

    IDENTIFIER = "identifier"
    VOLUME = "volume"
    ANSWER = "answer"  # its owner said so


@dataclass(frozen=True, slots=True)
class AuthorisedFlight:
    """One flight that somebody has declared.

    flight_id     1 to 64 letters, digits and ``-_.``; declared again, the newer one counts
    name          what people on watch call it
    operator, phone   whom to ask, and how
    kind          a threat class such as ``multirotor``; "" if not said
    make          maker and model, as written
    labels        what it calls itself (``icao:4b43ac``, ``remote_id:1596f``, ``callsign:dustoff2``,
                  ``friend_tag:own2``), small letters; empty if it sends nothing
    shape         what places are: a circle's centre, a polygon's corners, a route's points
    places        (latitude, longitude) in degrees
    extent_m      a circle's radius, a route's whole width
    low_m, high_m     heights above the site's reference point; None: not said
    from_t_ns, until_t_ns   when it is expected; until is its expiry
    source        form, csv, declaration or settings
    """

    flight_id: str
    name: str
    operator: str = ""
    phone: str = ""
    kind: str = ""
    make: str = ""
    labels: tuple[str, ...] = ()
    shape: Shape = Shape.ANYWHERE
    places: tuple[tuple[float, float], ...] = ()
    extent_m: float = 0.0
    low_m: float | None = None
    high_m: float | None = None
    from_t_ns: int = 0
    until_t_ns: int = FOREVER_NS
    remarks: str = ""
    source: str = "form"
    cancelled: bool = False

    def state(self, t_ns: int) -> FlightState:
        """Where it is in its life at a time."""
        if self.cancelled:
            return FlightState.CANCELLED
        if t_ns >= self.until_t_ns:
            return FlightState.ENDED
        return FlightState.ACTIVE if t_ns >= self.from_t_ns else FlightState.DECLARED


@dataclass(frozen=True, slots=True)
class TrackFlight:
    """What the register of flights says of one track.

    flight_id   the flight it is taken for, "" if none
    fits        it flies where, when and how that flight was declared
    reasons     by what it is taken for it, and how it departs from the declaration
    candidates  the flights it could be, likeliest first: whom to ask
    """

    track_id: int
    flight_id: str = ""
    how: How = How.IDENTIFIER
    fits: bool = False
    reasons: tuple[Reason, ...] = ()
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """The newest word of an owner about a track, by whom it was written down."""

    track_id: int
    flight_id: str
    answer: Answer
    by: str
    t_ns: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided a track is; in force until it is taken back, expires, or the track ends.

    why         code of the reason given, "" if none was asked for
    note        the reason in the person's own words
    flight_id   the flight whose owner said so, "" if none
    """

    track_id: int
    identity: Identity
    by: str
    t_ns: int
    why: str = ""
    note: str = ""
    flight_id: str = ""
    until_t_ns: int = FOREVER_NS


@dataclass(frozen=True, slots=True)
class FlightNews:
    """Something about a flight that everybody should hear once."""

    t_ns: int
    what: Reason


@dataclass(frozen=True, slots=True)
class FlightPicture:
    """All that a console shows of flights at one time.

    flights    in the order they were declared, without those that are long over
    tracks     one for each track that is taken for a flight or could be one
    questions  the newest of each track
    decisions  in force
    news       of the last minutes, oldest first
    """

    flights: tuple[AuthorisedFlight, ...] = ()
    tracks: tuple[TrackFlight, ...] = ()
    questions: tuple[Question, ...] = ()
    decisions: tuple[Decision, ...] = ()
    news: tuple[FlightNews, ...] = ()
