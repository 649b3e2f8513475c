"""Operator actions: what a person, or a system reporting for one, tells the site.

On the wire and in the journal each is a JSON object with ``action`` naming its type in snake
case and the fields below; ``by`` names who did it, and ``role`` is what they were allowed to be.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from marsad.model.flight import Answer, AuthorisedFlight
from marsad.model.incident import Casualties, Fact, Outcome
from marsad.model.role import Role
from marsad.model.threat import Identity


@dataclass(frozen=True, slots=True)
class Deed:
    """What every action has.

    role   that of whoever acts; None for what the site does for itself, and in records of before there were
           roles, when only who was allowed to act could; two actions that differ in it alone are one
    """

    by: str
    role: Role | None = field(default=None, kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Acknowledge(Deed):
    """The duty officer has seen an alarm: its sound stops."""

    alarm_id: str


@dataclass(frozen=True, slots=True)
class AllClear(Deed):
    """The danger is over for a zone, or for every zone where zone_id is "".

    alarm_ids   the alarms that whoever acts had before them; an active one that is not among them came
                meanwhile, and nothing is ended. None where it is not said: all are ended, as in old records.
    """

    zone_id: str = ""
    alarm_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TakeBackAllClear(Deed):
    """An all-clear was wrong: what it ended is announced anew, as loud as at first."""

    zone_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TakeBackRetraction(Deed):
    """A retraction was a mistake: what it ended is announced anew, as loud as at first.

    alarm_id   any of the alarms that it ended
    """

    alarm_id: str
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
class SetIdentity(Deed):
    """A person decides who a track is; expires with the track.

    PENDING or UNKNOWN gives the decision back. What lowers a warning needs a reason: `why`, or `reason`
    in the person's own words, and those too where `why` is OTHER.
    """

    track_id: int
    identity: Identity
    reason: str = ""
    why: Why = Why.UNSAID


@dataclass(frozen=True, slots=True)
class ReportOutcome(Deed):
    """Somebody reports what became of an object, by track number or by place and time.

    track_id       0 if the reporter does not know our numbers
    latitude_deg, longitude_deg   where; NaN if the track is named
    t_ns           when it happened, as they say; when they say it is the time of the frame
    """

    outcome: Outcome
    t_ns: int
    track_id: int = 0
    latitude_deg: float = float("nan")
    longitude_deg: float = float("nan")


@dataclass(frozen=True, slots=True)
class RecordImpact(Deed):
    """Somebody enters where and when something came down, to be kept beside what was predicted.

    t_ns       when it came down
    track_id   of the round; 0 where whoever enters it does not know our numbers: then it is that whose
               prediction is nearest
    alarm_id   the alarm that told of it, "" for the one that names its track
    """

    latitude_deg: float
    longitude_deg: float
    t_ns: int
    track_id: int = 0
    alarm_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TakeBackImpact(Deed):
    """Where something came down was entered wrongly: it counts no more, and the timeline keeps both.

    t_ns       when it came down, as it was entered; to the millisecond, as consoles show it
    track_id   of the round that it is kept of; 0 for none
    """

    t_ns: int
    track_id: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ApplySettings(Deed):
    """The settings file as it is now is to be in force: what it holds follows in a frame of its own."""


@dataclass(frozen=True, slots=True)
class HeadCount(Deed):
    """Everybody is accounted for (or not any more)."""

    complete: bool


@dataclass(frozen=True, slots=True)
class CloseIncident(Deed):
    """A person closes the open incident with its outcome."""

    outcome: Outcome
    casualties: Casualties
    damage: Fact
    claim: Fact


@dataclass(frozen=True, slots=True)
class AmendOutcome(Deed):
    """An outcome of an incident that is closed was another: what was recorded before stays in the record.

    track_id   of the object that it is about; 0 for the incident as a whole
    """

    incident_id: str
    outcome: Outcome
    track_id: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeclareFlights(Deed):
    """Flights are declared; one that is known already is replaced. All of them, or none."""

    flights: tuple[AuthorisedFlight, ...]


@dataclass(frozen=True, slots=True)
class CancelFlight(Deed):
    """A declared flight does not take place, or is over."""

    flight_id: str


@dataclass(frozen=True, slots=True)
class AskOwner(Deed):
    """The owner of a flight was asked about a track, or has answered.

    flight_id   the flight whose owner it is; "" for somebody else, whom the note names
    """

    track_id: int
    answer: Answer
    flight_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AdmitNode(Deed):
    """A node may speak on a feed from now on, though the settings do not name it.

    address   the only IP address it may speak from, "" = from everywhere
    """

    feed: str
    node_id: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class RefuseNode(Deed):
    """A node may not speak on a feed until it is admitted; also one that has spoken so far.

    address   the only IP address from which it may not, "" = from nowhere
    """

    feed: str
    node_id: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class ListNodes(Deed):
    """From now on only these nodes may speak on a feed, beside those of the settings and those admitted."""

    feed: str
    node_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Release(Deed):
    """An alarm that waits for a decision is to be announced now; some need the word of two people."""

    alarm_id: str


@dataclass(frozen=True, slots=True)
class Withhold(Deed):
    """An alarm that waits for a decision is not announced for the time being; the question comes again."""

    alarm_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Retract(Deed):
    """The danger was none: whoever got the alarm is told so, and it is over."""

    alarm_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TryOutputs(Deed):
    """A marked test goes to every output that is for drills, or to those that are named."""

    output_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckOff(Deed):
    """A duty of the checklist is done, or is not after all."""

    item_id: str
    done: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class TakeWatch(Deed):
    """Whoever acts has the watch from now on."""


@dataclass(frozen=True, slots=True)
class HandOver(Deed):
    """Who has the watch offers it to somebody: they have it once they take it, and not before.

    to     "" takes the offer back, or declines it
    note   what the next one has to know
    """

    to: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmCard(Deed):
    """Somebody went through the authority card: who decides, their deputies and telephones are right."""


Action = (
    Acknowledge
    | AllClear
    | TakeBackAllClear
    | TakeBackRetraction
    | Release
    | Withhold
    | Retract
    | TryOutputs
    | CheckOff
    | TakeWatch
    | HandOver
    | ConfirmCard
    | ApplySettings
    | SetIdentity
    | ReportOutcome
    | RecordImpact
    | TakeBackImpact
    | HeadCount
    | CloseIncident
    | AmendOutcome
    | DeclareFlights
    | CancelFlight
    | AskOwner
    | AdmitNode
    | RefuseNode
    | ListNodes
)
