"""What people are told, in their language: one set of sentences for every output that carries words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from marsad.model.announcement import Announcement, AnnouncementKind, DrillAnnouncement
from marsad.model.reason import Reason
from marsad.model.site import Site, Zone
from marsad.model.threat import Level
from marsad.model.visible import on_one_line
from marsad.model.warning import Alarm, must_lie_down

HEADLINE_MAX = 160
PREPARED = "prepared."  # begins a reason that is a key of the catalogues, as the console offers them
_SENTENCE_END = re.compile(r"(?<=[.!?؟]) ")
_FIXED = {
    AnnouncementKind.ALL_CLEAR: "all_clear",
    AnnouncementKind.RETRACTION: "retracted",
    AnnouncementKind.PASSED: "passed",
    AnnouncementKind.TEST: "trial",
}
# the keys of headline and description by the reason for which a person raises an alarm anew
_RAISED_ANEW = {
    "alarm.all_clear_taken_back": ("cap.headline_taken_back", "cap.description_taken_back"),
    "alarm.retraction_taken_back": ("cap.headline_retraction_wrong", "cap.description_retraction_wrong"),
}


@dataclass(frozen=True, slots=True)
class Sentences:
    """An announcement in words; "EXERCISE" or "TEST" comes first where it is one."""

    event: str
    headline: str
    description: str
    instruction: str


def sentences(announcement: Announcement, site: Site, words: Mapping[str, str], language: str) -> Sentences:
    """An announcement in words by the catalogue of a language; digits are Latin, as in all that is live."""
    event, headline, instruction = _keys(announcement)
    drill = _drill(announcement, words)
    arguments = _arguments(announcement, site, words, language)
    said = drill + _filled(words[headline], arguments)
    return Sentences(
        drill + words[event],
        said if len(said) <= HEADLINE_MAX else said[: HEADLINE_MAX - 1] + "…",
        drill + _filled(words[_description(announcement)], arguments),
        drill + _filled(words[instruction], arguments),
    )


def pieces(
    announcement: Announcement, site: Site, words: Mapping[str, str], language: str
) -> tuple[str, ...]:
    """An announcement as single sentences, what matters most first, for who has room for some of them only.

    The first has "EXERCISE" or "TEST" before it where it is one.
    """
    _, headline, instruction = _keys(announcement)
    keys = [headline, instruction]
    if (description := _description(announcement)) != "cap.description":
        keys.append(description)
    arguments = _arguments(announcement, site, words, language)
    said = [_filled(piece, arguments) for key in keys for piece in _SENTENCE_END.split(words[key])]
    return (_drill(announcement, words) + said[0], *said[1:])


def zones_of(announcement: Announcement, site: Site) -> Sequence[Zone]:
    """The zones that an announcement is about: as the settings have them, or had them last."""
    if not announcement.zone_id:
        return site.zones
    zone = zone_called(announcement.zone_id, announcement, site)
    return () if zone is None else (zone,)


def zone_called(zone_id: str, announcement: Announcement, site: Site) -> Zone | None:
    """A zone of which an announcement speaks; None where nothing is known of it any more."""
    former = announcement.former_zone
    known = site.zones if former is None else (*site.zones, former)
    return next((zone for zone in known if zone.zone_id == zone_id), None)


def is_rocket(word: Announcement | Alarm) -> bool:
    """Whether rockets or mortars come, as far as its reasons say."""
    return any(reason.code == "alarm.track.ballistic" for reason in word.reasons)


def argument(reasons: Sequence[Reason], name: str) -> float | str | None:
    """The first value of that name in the reasons."""
    return next((value for reason in reasons for key, value in reason.arguments if key == name), None)


def _drill(announcement: Announcement, words: Mapping[str, str]) -> str:
    """The word that people hear before anything else; "" for what is meant."""
    if isinstance(announcement, DrillAnnouncement):
        return words[f"cap.{announcement.purpose.value}_first"] + " "
    return ""


def _arguments(
    announcement: Announcement, site: Site, words: Mapping[str, str], language: str
) -> dict[str, float | str]:
    return {
        "zone": _name(announcement, site, words, language),
        "time_s": announcement.time_left.likely_s,
        "count": announcement.track_count,
        "words": _given(str(argument(announcement.reasons, "words") or ""), words),
    }


def _given(reason: str, words: Mapping[str, str]) -> str:
    """Why something was taken back: a prepared reason in the language, or what was written, marked."""
    if reason.startswith(PREPARED) and reason in words:
        return words[reason]
    return _filled(words["cap.reason_given"], {"words": reason}) if reason else ""


def _keys(announcement: Announcement) -> tuple[str, str, str]:
    """The keys of event, headline and instruction."""
    event, headline, instruction = _plain_keys(announcement)
    anew = _raised_anew(announcement)
    return event, headline if anew is None else anew[0], instruction


def _plain_keys(announcement: Announcement) -> tuple[str, str, str]:
    """The same for who was not given the all-clear before."""
    if (fixed := _FIXED.get(announcement.kind)) is not None:
        if announcement.kind is AnnouncementKind.PASSED and announcement.stage is not Level.WARN:
            fixed = "passed_alert"  # it sent nobody into cover, and there is none to stay in
        return f"cap.event_{fixed}", f"cap.headline_{fixed}", f"cap.instruction_{fixed}"
    threat = "rocket" if is_rocket(announcement) else "drone"
    likely_s = announcement.time_left.likely_s
    # what is there by now is said without a number; unknown is NaN, which is never so much
    headline = f"cap.headline_{threat}" + ("_time" if likely_s >= 1.0 else "")
    if announcement.stage is not Level.WARN:
        untimed = f"cap.headline_{threat}_alert"
        return f"cap.event_{threat}", untimed, "cap.instruction_prepare"
    late = must_lie_down(announcement.stage, likely_s)
    instruction = "cap.instruction_lie_down" if late else "cap.instruction_cover"
    return f"cap.event_{threat}", headline, instruction


def _description(announcement: Announcement) -> str:
    """The key of the description; of a retraction it is why it was false, in the words of who retracts."""
    if (anew := _raised_anew(announcement)) is not None:
        return anew[1]
    why = announcement.kind is AnnouncementKind.RETRACTION and argument(announcement.reasons, "words")
    return "cap.description_retracted" if why else "cap.description"


def _raised_anew(announcement: Announcement) -> tuple[str, str] | None:
    """The keys for those who were told that the danger was over, or none; None for everybody else."""
    if announcement.kind is not AnnouncementKind.WARNING or announcement.stage is not Level.WARN:
        return None
    codes = {reason.code for reason in announcement.reasons}
    return next((keys for code, keys in _RAISED_ANEW.items() if code in codes), None)


def _name(announcement: Announcement, site: Site, words: Mapping[str, str], language: str) -> str:
    """What the zone of an announcement is called."""
    if not announcement.zone_id:
        return words["cap.every_zone"]
    zone = zone_called(announcement.zone_id, announcement, site)
    if zone is None:
        return announcement.zone_id
    return zone.name_ar if language == "ar" else zone.name_en


def _filled(sentence: str, arguments: Mapping[str, float | str]) -> str:
    parts = []
    for literal, name, form, _ in Formatter().parse(sentence):
        parts.append(literal)
        if name is not None:
            value = arguments[name]
            # it goes into headers, XML and the air, and must rule none of them
            parts.append(on_one_line(value) if isinstance(value, str) else format(value, form or ""))
    return "".join(parts)
