"""Which of two words goes first, and which makes the other one needless: the same on every output."""

from marsad.model.announcement import (
    AnnouncementKind,
    DrillAnnouncement,
    DrillSwitch,
    LiveAnnouncement,
    Switch,
)
from marsad.model.threat import Level
from marsad.outputs.transmitter import Word

_DRILL = 10


def rank(word: Word) -> int:
    """How soon a word goes, the lowest first.

    What sends people into cover, and every switch; then what is new or ends something; then what is changed;
    a drill after all that is meant.
    """
    if isinstance(word, Switch):
        return _DRILL if isinstance(word, DrillSwitch) else 0
    drill = _DRILL if isinstance(word, DrillAnnouncement) else 0
    if word.kind is AnnouncementKind.WARNING and word.stage is Level.WARN:
        return drill
    return drill + (2 if word.kind.mends else 1)


def supersedes(fresh: Word, old: Word) -> bool:
    """Whether who has not got the old word yet need not get it any more, now that there is a fresh one.

    A drill takes nothing away from what is meant. Of one alarm what ends it, or the newest of what changes
    it, counts. Whoever is told to take cover is not told afterwards that an earlier danger there is over;
    where that was for the whole site, rather nobody hears it than they.
    """
    if isinstance(fresh, Switch) or isinstance(old, Switch):
        return (
            isinstance(fresh, Switch)
            and isinstance(old, Switch)
            and isinstance(fresh, DrillSwitch) == isinstance(old, DrillSwitch)
            and (fresh.zone_id, fresh.stage) == (old.zone_id, old.stage)
        )
    if isinstance(old, DrillAnnouncement) and isinstance(fresh, LiveAnnouncement):
        return fresh.kind is AnnouncementKind.WARNING
    if isinstance(fresh, DrillAnnouncement) and isinstance(old, LiveAnnouncement):
        return False
    if fresh.alarm_id == old.alarm_id:
        return fresh.kind.ends or old.kind.mends
    takes_cover = fresh.kind is AnnouncementKind.WARNING and fresh.stage is Level.WARN
    same_place = fresh.zone_id == old.zone_id or "" in (fresh.zone_id, old.zone_id)
    return takes_cover and old.kind.ends and same_place
