"""The time left as it is when a word is sent: one that waited its turn must not say what was true before."""

from dataclasses import replace
from math import isnan, nan
from typing import TypeVar

from marsad.model.announcement import AnnouncementKind, DrillAnnouncement, LiveAnnouncement
from marsad.model.threat import Level
from marsad.model.warning import TimeLeft

Told = TypeVar("Told", bound=LiveAnnouncement | DrillAnnouncement)
OVER_S = 10.0  # so long after its end the time left is nothing; later, nobody knows, and none is said
_NS = 1_000_000_000


def as_of(word: Told, t_ns: int) -> Told:
    """An announcement as it is said at a time (UTC): its time left is that of then."""
    elapsed_s = max(t_ns - word.made_t_ns, 0) / _NS
    left = word.time_left
    if left.likely_s - elapsed_s < -OVER_S:
        return replace(word, time_left=TimeLeft(nan, nan, nan))
    spans = (left.likely_s, left.low_s, left.high_s)
    return replace(word, time_left=TimeLeft(*(max(one - elapsed_s, 0.0) for one in spans)))


def arrives_t_ns(word: LiveAnnouncement | DrillAnnouncement) -> int | None:
    """When what it warns of is expected, UTC; None where it does not say so."""
    says = word.stage is Level.WARN and word.kind in (AnnouncementKind.WARNING, AnnouncementKind.UPDATE)
    left_s = word.time_left.likely_s
    return word.made_t_ns + int(left_s * _NS) if says and not isnan(left_s) else None
