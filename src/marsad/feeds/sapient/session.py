"""What is known of each node, by node_id and not by socket: its state and what it may say.

A middleware carries many nodes on one connection, and a node may come back on another; the
node's state must outlive its sockets.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from marsad.feeds.budget import Bucket, Budget
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient.claimants import Claimants
from marsad.feeds.sapient.home import Home
from marsad.feeds.sapient.link_faults import NOISE_FACTOR
from marsad.feeds.sapient.units import Geodetic, Units
from marsad.feeds.settings import NodeSettings
from marsad.feeds.stamps import Stamps
from marsad.model.peer import NOBODY, Peer
from marsad.model.sensor import Sensor, SensorHealth

RECENT_MAX = 256
NOTE_MAX = 200
REFUSED_NS = 10_000_000_000  # a node whose report was refused this recently is degraded


class State(StrEnum):
    """Where a node stands in the conversation (BSI Flex 335 v2.0, 6.2)."""

    UNREGISTERED = "unregistered"
    REGISTERED = "registered"  # acknowledged, no status report yet
    ACTIVE = "active"
    LOST = "lost"
    GONE = "gone"


class Event(StrEnum):
    """What a node does, or fails to do."""

    REGISTRATION = "registration"
    STATUS = "status_report"
    DETECTION = "detection_report"
    ALERT = "alert"
    GOODBYE = "goodbye"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Step:
    """The next state; the code of a refusal if it may not; the counter if it is only odd."""

    state: State
    refusal: str = ""
    oddity: str = ""


_REFUSED = Step(State.UNREGISTERED, refusal=RefusalReason.NOT_REGISTERED)
_AFTER_GOODBYE = Step(State.GONE, refusal=RefusalReason.AFTER_GOODBYE)
AUTOMATON: dict[State, dict[Event, Step]] = {
    State.UNREGISTERED: {
        Event.REGISTRATION: Step(State.REGISTERED),
        Event.STATUS: _REFUSED,
        Event.DETECTION: _REFUSED,
        Event.ALERT: _REFUSED,
        Event.GOODBYE: _REFUSED,
        Event.SILENCE: Step(State.UNREGISTERED),
    },
    State.REGISTERED: {
        Event.REGISTRATION: Step(State.REGISTERED),
        Event.STATUS: Step(State.ACTIVE),
        # real nodes do; their first detections are worth more than the order of greetings
        Event.DETECTION: Step(State.REGISTERED, oddity="detection-before-status"),
        Event.ALERT: Step(State.REGISTERED, oddity="alert-before-status"),
        Event.GOODBYE: Step(State.GONE),
        Event.SILENCE: Step(State.LOST),
    },
    State.ACTIVE: {
        Event.REGISTRATION: Step(State.REGISTERED),
        Event.STATUS: Step(State.ACTIVE),
        Event.DETECTION: Step(State.ACTIVE),
        Event.ALERT: Step(State.ACTIVE),
        Event.GOODBYE: Step(State.GONE),
        Event.SILENCE: Step(State.LOST),
    },
    State.LOST: {
        Event.REGISTRATION: Step(State.REGISTERED),
        Event.STATUS: Step(State.ACTIVE, oddity="node-returned"),
        Event.DETECTION: Step(State.ACTIVE, oddity="node-returned"),
        Event.ALERT: Step(State.ACTIVE, oddity="node-returned"),
        Event.GOODBYE: Step(State.GONE),
        Event.SILENCE: Step(State.LOST),
    },
    State.GONE: {
        Event.REGISTRATION: Step(State.REGISTERED),
        Event.STATUS: Step(State.ACTIVE, oddity="node-returned"),
        Event.DETECTION: _AFTER_GOODBYE,
        Event.ALERT: _AFTER_GOODBYE,
        Event.GOODBYE: Step(State.GONE),
        Event.SILENCE: Step(State.GONE),
    },
}


@dataclass(slots=True)
class Session:
    """One node.

    address        node_id as the node writes it, for answers
    sensor         as registered, with position and coverage; health and times are derived
    node_types     as registered
    place          where it says it stands; None until a status report has said so
    place_zone     UTM zone of that place, "" = not said
    status_t_ns    receive time of the last status report (or of the registration)
    detection_t_ns time of the newest detection
    refused_t_ns   receive time of the last refused report
    corrections    azimuth correction by datum, emptied when the node moves
    is_closed_out  it is gone because it may not speak here any more, and said no goodbye
    recent         keys of the latest reports, with their stamps, to know a copy
    published      health and note as last told
    forgiven       what of its registration was missing and does no harm, as a note; "" for nothing
    stamps         of its reports
    faults         refused of it in this second
    peer           who is at the other end of the connection that owns it
    home           the address it speaks from as a rule
    former         the node as an owner left it that was silent, and may speak again
    claimants      connections that claim it, and wait
    twins          other feeds on which the same identifier speaks
    challenged_t_ns  when its owner was last asked for a word, because others wait
    """

    address: str
    settings: NodeSettings
    budget: Bucket
    sensor: Sensor
    units: Units
    node_types: tuple[int, ...] = ()
    state: State = State.UNREGISTERED
    link: int = 0
    is_link_open: bool = True
    interval_ns: int = 5_000_000_000
    last_t_ns: int = 0
    status_t_ns: int = 0
    detection_t_ns: int = 0
    refused_t_ns: int = -REFUSED_NS
    refused_note: str = ""
    is_ill: bool = False
    is_closed_out: bool = False
    has_told_news: bool = False
    note: str = ""
    place: Geodetic | None = None
    place_zone: str = ""
    corrections: dict[int, float] = field(default_factory=dict)
    recent: dict[tuple[str, str, int], None] = field(default_factory=dict)
    published: tuple[SensorHealth, str] | None = None
    forgiven: str = ""
    stamps: Stamps = field(kw_only=True)
    faults: Budget = field(kw_only=True)
    peer: Peer = NOBODY
    home: Home = field(default_factory=Home)
    former: "Session | None" = None
    claimants: Claimants = field(default_factory=Claimants)
    twins: tuple[str, ...] = ()
    challenged_t_ns: int = 0

    def is_copy(self, key: tuple[str, str, int]) -> bool:
        """Whether a report was seen already."""
        return key in self.recent

    def remember(self, key: tuple[str, str, int]) -> None:
        """A report that was not seen before."""
        if len(self.recent) >= RECENT_MAX:
            del self.recent[next(iter(self.recent))]
        self.recent[key] = None

    def is_noise(self, t_ns: int) -> bool:
        """Whether so much of it was refused in this second that nothing more is read of it."""
        return self.faults.is_beyond(t_ns, NOISE_FACTOR)

    def is_silent(self, t_ns: int, intervals: int) -> bool:
        """Whether not a word came for so many status intervals."""
        return t_ns - self.last_t_ns > intervals * self.interval_ns

    def health(self, t_ns: int, intervals: int) -> tuple[SensorHealth, str]:
        """What the node is worth now, and why."""
        if self.state is State.GONE:
            return SensorHealth.REFUSED if self.is_closed_out else SensorHealth.GONE, self.note
        if self.state in (State.LOST, State.UNREGISTERED):
            return SensorHealth.LOST, f"silent for more than {intervals} status intervals"
        if not self.is_link_open:
            return SensorHealth.DEGRADED, "connection closed"
        if doubtful := self._doubtful(t_ns):
            return SensorHealth.DEGRADED, doubtful
        if t_ns - self.refused_t_ns < REFUSED_NS:
            return SensorHealth.DEGRADED, self.refused_note
        if t_ns - self.status_t_ns > intervals * self.interval_ns:
            return SensorHealth.DEGRADED, f"no status report for {intervals} intervals"
        if self.is_ill:
            return SensorHealth.DEGRADED, self.note
        return SensorHealth.OK, self.note or self.forgiven

    def _doubtful(self, t_ns: int) -> str:
        """Why it may be another than it says, or be there twice; "" where nothing speaks for it."""
        told = [self.claimants.shown(t_ns), *(f"speaks on feed {feed} as well" for feed in self.twins)]
        return "; ".join(text for text in told if text)
