"""Operator actions: what a person, or a system reporting for one, tells the site.

On the wire and in the journal each is a JSON object with ``action`` naming its type in snake
case and the fields below; ``by`` names who did it.
"""

from dataclasses import dataclass
from enum import StrEnum

from marsad.model.flight import Answer, AuthorisedFlight
from marsad.model.incident import Casualties, Fact, Outcome
from marsad.model.threat import Identity


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The duty officer has seen an alarm: its sound stops."""

    by: str
    alarm_id: str


@dataclass(frozen=True, slots=True)
class AllClear:
    """The danger is over for a zone, or for every zone where zone_id is ""."""

    by: str
    zone_id: str = ""


@dataclass(frozen=True, slots=True)
class TakeBackAllClear:
    """An all-clear was wrong: what it ended is announced anew, as loud as at first."""

    by: str
    zone_id: str = ""
    reason: str = ""


class Why(StrEnum):
    """Why a person lowers a warning by changing an identity."""

    UNSAID = ""
    OWN_DRONE = "own_drone"
    OWNER_CONFIRMED = "owner_confirmed"
    AIR_TRAFFIC = "air_traffic"  # air traffic control knows it
    SEEN = "seen"  # by eye or camera
    NOT_A_DRONE = "not_a_drone"  # a bird, a balloon, a kite
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SetIdentity:
    """A person decides who a track is; expires with the track.

    PENDING or UNKNOWN gives the decision back. What lowers a warning needs a reason: `why`, or `reason`
    in the person's own words, and those too where `why` is OTHER.
    """

    by: str
    track_id: int
    identity: Identity
    reason: str = ""
    why: Why = Why.UNSAID


@dataclass(frozen=True, slots=True)
class ReportOutcome:
    """Somebody reports what became of an object, by track number or by place and time.

    track_id       0 if the reporter does not know our numbers
    latitude_deg, longitude_deg   where; NaN if the track is named
    t_ns           when it happened
    """

    by: str
    outcome: Outcome
    t_ns: int
    track_id: int = 0
    latitude_deg: float = float("nan")
    longitude_deg: float = float("nan")


@dataclass(frozen=True, slots=True)
class HeadCount:
    """Everybody is accounted for (or not any more)."""

    by: str
    complete: bool


@dataclass(frozen=True, slots=True)
class CloseIncident:
    """A person closes the open incident with its outcome."""

    by: str
    outcome: Outcome
    casualties: Casualties
    damage: Fact
    claim: Fact


@dataclass(frozen=True, slots=True)
class DeclareFlights:
    """Flights are declared; one that is known already is replaced. All of them, or none."""

    by: str
    flights: tuple[AuthorisedFlight, ...]


@dataclass(frozen=True, slots=True)
class CancelFlight:
    """A declared flight does not take place, or is over."""

    by: str
    flight_id: str


@dataclass(frozen=True, slots=True)
class AskOwner:
    """The owner of a flight was asked about a track, or has answered.

    flight_id   the flight whose owner it is; "" for somebody else, whom the note names
    """

    by: str
    track_id: int
    answer: Answer
    flight_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AdmitNode:
    """A node may speak on a feed from now on, though the settings do not name it.

    address   the only IP address it may speak from, "" = from everywhere
    """

    by: str
    feed: str
    node_id: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class RefuseNode:
    """A node may not speak on a feed until it is admitted; also one that has spoken so far.

    address   the only IP address from which it may not, "" = from nowhere
    """

    by: str
    feed: str
    node_id: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class ListNodes:
    """From now on only these nodes may speak on a feed, beside those of the settings and those admitted."""

    by: str
    feed: str
    node_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """An alarm that waits for a decision is to be announced now; some need the word of two people."""

    by: str
    alarm_id: str


@dataclass(frozen=True, slots=True)
class Withhold:
    """An alarm that waits for a decision is not announced for the time being; the question comes again."""

    by: str
    alarm_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Retract:
    """The danger was none: whoever got the alarm is told so, and it is over."""

    by: str
    alarm_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TryOutputs:
    """A marked test goes to every output that is for drills, or to those that are named."""

    by: str
    output_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckOff:
    """A duty of the checklist is done, or is not after all."""

    by: str
    item_id: str
    done: bool = True
    note: str = ""


Action = (
    Acknowledge
    | AllClear
    | TakeBackAllClear
    | Release
    | Withhold
    | Retract
    | TryOutputs
    | CheckOff
    | SetIdentity
    | ReportOutcome
    | HeadCount
    | CloseIncident
    | DeclareFlights
    | CancelFlight
    | AskOwner
    | AdmitNode
    | RefuseNode
    | ListNodes
)
