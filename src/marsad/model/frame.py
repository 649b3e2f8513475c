"""Frames: everything that enters a site, as it entered."""

from dataclasses import dataclass
from enum import IntEnum

OPERATOR = "operator"
CONFIGURATION = "configuration"
TICK = "tick"
GAP = "gap"
CLOCK = "clock.utc"  # with a dot: the settings of no site can have a feed of that name
LOAD = "load.wait"  # with a dot, for the same reason
OUTPUTS = "outputs.ready"
DELIVERY = "outputs.delivery"
LINK = "outputs.link"
DIGEST = "journal.digest"
CHECKPOINT = "journal.checkpoint"
RESUME = "journal.resume"
STATE = "journal.state"
RETENTION = "journal.retention"
TERRAIN = "terrain.grid"
SECURITY = "security.log"
OF_THE_JOURNAL = frozenset({DIGEST, RETENTION, STATE})
_OF_A_RESTART = frozenset({CHECKPOINT, RESUME})
_OF_THE_SITE = frozenset(
    {OPERATOR, CONFIGURATION, TICK, GAP, CLOCK, LOAD, OUTPUTS, DELIVERY, LINK, TERRAIN, SECURITY}
)
RESERVED_FEEDS = _OF_THE_SITE | _OF_A_RESTART | OF_THE_JOURNAL


class FrameKind(IntEnum):
    """What happened on the link."""

    DATA = 0
    OPENED = 1
    CLOSED = 2
    REFUSED = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """One thing that entered the site.

    feed   name of the feed in the settings, or OPERATOR, CONFIGURATION, TICK; GAP says how many
           frames before it (a decimal number) were used but could not be journalled; CLOCK how site
           time is tied to UTC from then on (`marsad.model.clock.Tie`); LOAD how far the
           site is behind (`marsad.model.overload.Lateness`); OUTPUTS that announcements are carried out from
           now on, after a start; DELIVERY what came of one (`marsad.model.announcement.Delivered`);
           LINK whether the peer of an output can be reached (`marsad.model.drill.OutputLink`);
           TERRAIN the ground around the site (`marsad.geo.surroundings`);
           SECURITY what happened at the door (`marsad.model.security.SecurityEvent`);
           CHECKPOINT what must survive a restart, as it is then; RESUME that from here on the state is
           that which comes of the checkpoint it names (by its SHA-256) and the frames behind that;
           OF_THE_JOURNAL what the journal says of itself and the site takes no notice of: DIGEST the
           fold's digest after the frames before it, RETENTION which segments were removed, STATE in the
           opening of a segment what is so before its first frame, in the form of a CHECKPOINT
    t_ns   receive time, nanoseconds of site time: UTC as the journal began, and steady from then on;
           never goes back within a journal
    data   the bytes as received (a TCP chunk, a datagram, a JSON operator action); empty for
           ticks and for CLOSED; for OPENED who the peer is (`marsad.model.peer`); for REFUSED what
           the rim refused before the journal since it last said so: JSON, reason → count
    link   which connection of the feed, numbered by the rim from 1; 0 where there is only one
    """

    feed: str
    t_ns: int
    data: bytes = b""
    link: int = 0
    kind: FrameKind = FrameKind.DATA
