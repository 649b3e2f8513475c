"""What every feed is: frames in; detections, sensors, replies and refusals out."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from marsad.feeds.shares import Shares
from marsad.model.asker import Asker
from marsad.model.detection import Detection
from marsad.model.effect import Hangup, Reply, Vouch
from marsad.model.frame import Frame
from marsad.model.overload import Shed
from marsad.model.sensor import Sensor


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something received that was not used, and why. Its bytes are in the journal.

    reason     code of feeds.reasons, worded by ``report/wording/*/refusals.json``
    detail     a sentence that quotes the datum and says what is allowed
    link       connection it came on
    sensor_id  who sent it, "" if not known
    """

    feed: str
    t_ns: int
    reason: str
    detail: str
    link: int = 0
    sensor_id: str = ""


@dataclass(slots=True)
class Received:
    """What one frame, or the passing of time, has brought.

    detections  in the order received
    sensors     new or changed, each the whole record
    replies     to be sent, in order
    hangups     connections to be closed after the replies
    vouched     connections that are worth more than before
    refusals    what was not used
    heard       sensors that have said something valid, of whatever kind: they live
    left_out    messages of each sensor that were not looked at, by the rule: it sends more than can be used
    """

    detections: list[Detection] = field(default_factory=list)
    sensors: list[Sensor] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    hangups: list[Hangup] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    vouched: list[Vouch] = field(default_factory=list)
    left_out: Counter[tuple[Shed, str]] = field(default_factory=Counter)


class Feed(Protocol):
    """One source of the site. Owns its state; deterministic; no bytes make it raise.

    counters       events since the start by name: a name of a counter or the code of a refusal
    utc_offset_ns  UTC minus the time of frames: stamps that sensors send, and those of answers, are UTC
    shares         what each sensor may report while the site is behind; one for all feeds of a site
    """

    name: str
    counters: dict[str, int]
    utc_offset_ns: int
    shares: Shares

    def adopt(self, t_ns: int, settings: Any) -> Received:
        """From now on these settings hold, of the same name and standard; what is known stays."""
        ...

    def receive(self, frame: Frame) -> Received:
        """Take one frame of this feed."""
        ...

    def advance(self, t_ns: int) -> Received:
        """Let the timers run to a time; never goes back."""
        ...

    def sensors(self) -> tuple[Sensor, ...]:
        """All sensors this feed knows, as they are now."""
        ...


@runtime_checkable
class Guarded(Protocol):
    """A feed that can be told who may speak on it."""

    @property
    def is_listed(self) -> bool:
        """Whether only nodes on its list may speak."""
        ...

    def admit(self, t_ns: int, node_id: str, address: str = "", by: str = "") -> Received:
        """Let a node speak from now on; from this address only, if one is given. by: who says so."""
        ...

    def turn_away(self, t_ns: int, node_id: str, address: str = "", by: str = "") -> Received:
        """Let a node speak no more, until it is admitted; not from this address, if one is given."""
        ...

    def list_nodes(self, t_ns: int, node_ids: tuple[str, ...], by: str = "") -> Received:
        """From now on only these nodes may speak, beside those of the settings and those admitted."""
        ...

    def node_ids(self) -> tuple[str, ...]:
        """Who is on the list; on a feed without one, who has registered."""
        ...

    def bound(self) -> tuple[tuple[str, str], ...]:
        """Who was admitted from one address only, with that address."""
        ...

    def refused(self) -> tuple[tuple[str, str], ...]:
        """Whom an operator refused, each with the address it is about, "" = all."""
        ...

    def askers(self) -> tuple[Asker, ...]:
        """Who wants to speak and may not."""
        ...
