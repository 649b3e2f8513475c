"""Effects: what the site wants done. Values only; the rim carries them out, replay does not."""

from dataclasses import dataclass
from enum import IntEnum

from marsad.model.announcement import Delivery, DrillAnnouncement, DrillSwitch, LiveAnnouncement, LiveSwitch
from marsad.model.incident import Incident
from marsad.model.reason import Reason
from marsad.model.warning import WarningEvent


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes to send back on a connection of a feed, such as a RegistrationAck."""

    feed: str
    link: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Hangup:
    """Close a connection of a feed; reason is a code for the log."""

    feed: str
    link: int
    reason: str


class Standing(IntEnum):
    """What stands behind a connection."""

    STRANGER = 0  # nobody that is known has spoken on it
    ASKING = 1  # a node on it waits for an operator's yes
    KNOWN = 2  # a node that is known speaks on it


@dataclass(frozen=True, slots=True)
class Vouch:
    """A connection of a feed is worth this: the rim gives it room and time accordingly."""

    feed: str
    link: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class Warn:
    """A warning event, for whoever watches the site from within; people are told by announcements."""

    event: WarningEvent


@dataclass(frozen=True, slots=True)
class Announce:
    """An announcement to hand to its output."""

    announcement: LiveAnnouncement | DrillAnnouncement


@dataclass(frozen=True, slots=True)
class Actuate:
    """What an actuator of an output is to be; announcement_id names the announcement it comes from."""

    output_id: str
    announcement_id: str
    switch: LiveSwitch | DrillSwitch


@dataclass(frozen=True, slots=True)
class Register:
    """The incident changed: store this version."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class RegisterDelivery:
    """An announcement came to another step: store when."""

    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Refuse:
    """Something that entered could not be used; its bytes are in the journal, the count grows.

    reason, detail   as in `marsad.errors.ReceivedError`
    because          why, for readers of either language; () where the detail is all there is
    """

    feed: str
    link: int
    t_ns: int
    reason: str
    detail: str
    sensor_id: str = ""
    because: tuple[Reason, ...] = ()


Effect = Reply | Hangup | Vouch | Warn | Announce | Actuate | Register | RegisterDelivery | Refuse
