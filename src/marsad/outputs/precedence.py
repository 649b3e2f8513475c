"""Which of two words goes first, and which makes the other one needless: the same on every output."""

from collections.abc import Iterable
from dataclasses import replace

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
_PART = "~"


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
    what was over for the whole site is then told as `remaining` says.
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


def remaining(fresh: Word, old: Word, zones: Iterable[str]) -> tuple[Word, ...]:
    """What of an old word has still to be said to whoever has not got it, now that there is a fresh one.

    That a danger is over for the whole site is said to each other zone by itself, where one zone is sent into
    cover: the people of that zone must not hear it, and the others must.

    zones   those that the output serves
    """
    if not supersedes(fresh, old):
        return (old,)
    if isinstance(fresh, Switch) or isinstance(old, Switch):
        return ()
    is_over = old.kind in (AnnouncementKind.ALL_CLEAR, AnnouncementKind.RETRACTION) and not old.zone_id
    if not is_over or fresh.alarm_id == old.alarm_id or type(fresh) is not type(old):
        return ()
    return tuple(
        replace(old, zone_id=zone_id, announcement_id=f"{old.announcement_id}{_PART}{zone_id}")
        for zone_id in zones
        if fresh.zone_id not in ("", zone_id)
    )


def whole_id(announcement_id: str) -> str:
    """The announcement of which a word is a part, by their names."""
    return announcement_id.partition(_PART)[0]
