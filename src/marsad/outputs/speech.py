"""What a loudspeaker says: which clips make up a sentence, in each language.

A clip is a recording of a few words. All that a site needs is known from its zones and settings, so that
nothing is found to be missing when it has to sound.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import isnan

from marsad.model.announcement import Announcement, AnnouncementKind, DrillAnnouncement
from marsad.model.threat import Level
from marsad.model.warning import must_lie_down
from marsad.warning.sentences import is_rocket

SECONDS = (10, 15, 20, 25, 30, 35, 40, 45, 50, 55)
MINUTES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 30)
_EVERY_ZONE = "every_zone"
_ALWAYS = ("stay_in_shelter", "all_clear", "false_alarm", "no_danger", _EVERY_ZONE)
_OF_DRILLS = ("exercise", "test", "only_a_test")
_OF_STAGE = {
    "ALERT": ("be_ready", "drone", "rocket"),
    "WARN": ("take_cover", "lie_down", "drone", "rocket", "time_left"),
}


def clips_of(announcement: Announcement, elapsed_s: float) -> tuple[str, ...]:
    """The clips of an announcement, said so long after it was made: the time left is that of then."""
    first: tuple[str, ...] = ()
    if isinstance(announcement, DrillAnnouncement):
        first = (announcement.purpose.value,)
    zone = zone_clip(announcement.zone_id) if announcement.zone_id else _EVERY_ZONE
    match announcement.kind:
        case AnnouncementKind.TEST:
            return (*first, "only_a_test")
        case AnnouncementKind.PASSED:
            # an alert sent nobody into shelter
            said = "stay_in_shelter" if announcement.stage is Level.WARN else "be_ready"
            return (*first, said, zone)
        case AnnouncementKind.ALL_CLEAR:
            return (*first, "all_clear", zone)
        case AnnouncementKind.RETRACTION:
            return (*first, "false_alarm", zone, "no_danger")
    threat = "rocket" if is_rocket(announcement) else "drone"
    if announcement.stage is not Level.WARN:
        return (*first, "be_ready", zone, threat)
    left_s = announcement.time_left.likely_s - elapsed_s
    act = "lie_down" if must_lie_down(announcement.stage, left_s) else "take_cover"
    return (*first, act, zone, threat, *time_clips(left_s))


def zone_clip(zone_id: str) -> str:
    """The clip that names a zone."""
    return f"zone_{zone_id}"


def time_clips(left_s: float) -> tuple[str, ...]:
    """The clips that say how much time is left, never more than there is; () where it is too little to say.

    A number and what it counts are one recording: Arabic has its own form for nearly each.
    """
    if isnan(left_s) or left_s < SECONDS[0]:
        return ()
    if left_s < 60:
        return ("time_left", f"seconds_{max(one for one in SECONDS if one <= left_s)}")
    return ("time_left", f"minutes_{max(one for one in MINUTES if one <= left_s / 60)}")


def words_of(
    clip: str, language: str, words: Mapping[str, str], zones: Mapping[str, Mapping[str, str]]
) -> str:
    """What a clip says, for whoever records it.

    words  the catalogue of the language
    zones  name of each zone by identifier and language
    """
    zone_id = clip.removeprefix("zone_")
    return zones[zone_id][language] if clip.startswith("zone_") else words[f"speech.{clip}"]


def clips_needed(zones: Iterable[str], stages: Sequence[str], *, drills: bool) -> tuple[str, ...]:
    """Every clip that may have to sound in each language, for zones and stages."""
    needed = [*_ALWAYS, *(zone_clip(zone) for zone in zones)]
    for stage in stages:
        needed += _OF_STAGE[stage]
    if "WARN" in stages:
        needed += [f"seconds_{one}" for one in SECONDS] + [f"minutes_{one}" for one in MINUTES]
    if drills:
        needed += _OF_DRILLS
    return tuple(dict.fromkeys(needed))
