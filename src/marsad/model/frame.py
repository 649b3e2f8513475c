"""Frames: everything that enters a site, as it entered."""

from dataclasses import dataclass
from enum import IntEnum

OPERATOR = "operator"
CONFIGURATION = "configuration"
TICK = "tick"
GAP = "gap"
RESERVED_FEEDS = frozenset({OPERATOR, CONFIGURATION, TICK, GAP})


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
           frames before it (a decimal number) were used but could not be journalled
    t_ns   receive time, UTC nanoseconds; never goes back within a journal
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
