"""Common Alerting Protocol 1.2 messages (OASIS standard, 1 July 2010; ITU-T X.1303).

Arabic and English ``info`` blocks with equal codes, Arabic first. Status ``Actual`` is that of a live
announcement, which only a site in live mode with the setting ``live_warning`` makes; of an announcement that
is none it is ``Exercise`` or ``Test``, by its type.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from math import isnan
from xml.etree.ElementTree import Element, SubElement

from marsad.errors import EncodingError
from marsad.geo.local import LocalFrame
from marsad.model.announcement import (
    Announcement,
    AnnouncementKind,
    DrillAnnouncement,
    Earlier,
    LiveAnnouncement,
    Purpose,
)
from marsad.model.language import LANGUAGES
from marsad.model.site import Site, Zone
from marsad.model.threat import Level
from marsad.model.xml_text import xml_text
from marsad.warning.sentences import argument, is_rocket, sentences, zones_of
from marsad.warning.settings import WarningSettings

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
IMMEDIATE_WITHIN_S = 60.0
OBSERVED_FROM_PERCENT = 50.0
# beyond that zones are drawn as circles around them: hubs refuse what is larger than some hundred kilobytes
CORNERS_MAX = 5_000
_FORBIDDEN = str.maketrans({" ": "-", ",": "-", "<": "-", "&": "-"})


@dataclass(frozen=True, slots=True)
class _Codes:
    """The coded part of an info block; the same in both languages."""

    response: str
    urgency: str
    severity: str
    certainty: str


def status_of(announcement: LiveAnnouncement | DrillAnnouncement) -> str:
    """CAP status: Actual, Exercise or Test."""
    if isinstance(announcement, LiveAnnouncement):
        return "Actual"
    return "Exercise" if announcement.purpose is Purpose.EXERCISE else "Test"


def identifier_of(announcement_id: str) -> str:
    """The CAP identifier of an announcement; the same one has the same identifier whenever it is sent."""
    return announcement_id.translate(_FORBIDDEN)


def time_of(t_ns: int, utc_offset_s: int) -> str:
    """CAP dateTime in local time with a numeric offset; UTC is written -00:00, never Z."""
    zone = timezone(timedelta(seconds=utc_offset_s)) if utc_offset_s else UTC
    text = datetime.fromtimestamp(t_ns // 10**9, zone).strftime("%Y-%m-%dT%H:%M:%S")
    if not utc_offset_s:
        return text + "-00:00"
    minutes = abs(utc_offset_s) // 60
    return f"{text}{'+' if utc_offset_s > 0 else '-'}{minutes // 60:02d}:{minutes % 60:02d}"


def cap_message(
    announcement: LiveAnnouncement | DrillAnnouncement,
    site: Site,
    settings: WarningSettings,
    wording: Mapping[str, Mapping[str, str]],
) -> str:
    """The CAP 1.2 message, as XML text, of an announcement; its times are UTC.

    wording   the catalogues of this stage, ``{"ar": {...}, "en": {...}}``

    Raises EncodingError for one that changes an earlier one and names none.
    """
    status = status_of(announcement)
    alert = Element("alert", {"xmlns": NAMESPACE})
    _put(alert, "identifier", identifier_of(announcement.announcement_id))
    _put(alert, "sender", settings.sender)
    _put(alert, "sent", time_of(announcement.made_t_ns, site.utc_offset_s))
    _put(alert, "status", status)
    _put(alert, "msgType", _message_type(announcement))
    _put(alert, "scope", "Restricted")
    _put(alert, "restriction", settings.restriction)
    if status != "Actual":
        _put(alert, "note", f"{status.upper()} {site.name_en}")
    if announcement.earlier:
        _put(alert, "references", " ".join(_reference(one, site, settings) for one in announcement.earlier))
    _put(alert, "incidents", (announcement.raid_id or announcement.alarm_id).translate(_FORBIDDEN))
    for language in LANGUAGES:
        _info(alert, announcement, site, wording[language], language)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml_text(alert)


def _reference(earlier: Earlier, site: Site, settings: WarningSettings) -> str:
    sent = time_of(earlier.made_t_ns, site.utc_offset_s)
    return f"{settings.sender},{identifier_of(earlier.announcement_id)},{sent}"


def _message_type(announcement: Announcement) -> str:
    if announcement.kind in (AnnouncementKind.WARNING, AnnouncementKind.TEST):
        return "Update" if announcement.earlier else "Alert"
    if not announcement.earlier:
        raise EncodingError(
            f"{announcement.kind.value} of alarm {announcement.alarm_id} needs the messages it refers to"
        )
    return "Cancel" if announcement.kind.ends else "Update"


def _codes(announcement: Announcement) -> _Codes:
    match announcement.kind:
        case AnnouncementKind.ALL_CLEAR | AnnouncementKind.RETRACTION:
            return _Codes("AllClear", "Past", "Minor", "Observed")
        case AnnouncementKind.PASSED:
            response = "Shelter" if announcement.stage is Level.WARN else "Monitor"
            return _Codes(response, "Past", "Moderate", "Observed")
        case AnnouncementKind.TEST:
            return _Codes("None", "Unknown", "Minor", "Unlikely")
    warn = announcement.stage is Level.WARN
    soon = warn or is_rocket(announcement) or announcement.time_left.likely_s <= IMMEDIATE_WITHIN_S
    severity, certainty = "Extreme" if warn else "Severe", _certainty(announcement)
    if isinstance(announcement, DrillAnnouncement):
        severity, certainty = "Minor", "Unlikely"
    urgency = "Immediate" if soon else "Expected"
    return _Codes("Shelter" if warn else "Prepare", urgency, severity, certainty)


def _certainty(announcement: Announcement) -> str:
    """Observed for a hit probability from one half, else Possible (CAP splits at 50 %)."""
    percent = argument(announcement.reasons, "hit_percent")
    if not isinstance(percent, int | float):
        return "Likely"
    return "Observed" if percent >= OBSERVED_FROM_PERCENT else "Possible"


def _info(
    alert: Element, announcement: Announcement, site: Site, words: Mapping[str, str], language: str
) -> None:
    codes, said = _codes(announcement), sentences(announcement, site, words, language)
    info = SubElement(alert, "info")
    _put(info, "language", language)
    _put(info, "category", "Safety")
    _put(info, "category", "Security")
    _put(info, "event", said.event)
    _put(info, "responseType", codes.response)
    _put(info, "urgency", codes.urgency)
    _put(info, "severity", codes.severity)
    _put(info, "certainty", codes.certainty)
    _put(info, "effective", time_of(announcement.made_t_ns, site.utc_offset_s))
    _put(info, "expires", time_of(announcement.expires_t_ns, site.utc_offset_s))
    _put(info, "senderName", site.name_ar if language == "ar" else site.name_en)
    _put(info, "headline", said.headline)
    _put(info, "description", said.description)
    _put(info, "instruction", said.instruction)
    for name, value in _parameters(announcement):
        parameter = SubElement(info, "parameter")
        _put(parameter, "valueName", name)
        _put(parameter, "value", value)
    frame = LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
    zones = zones_of(announcement, site)
    as_circles = sum(len(zone.corners_enu) for zone in zones) > CORNERS_MAX
    for zone in zones:
        shown = replace(zone, corners_enu=()) if as_circles else zone
        _area(info, shown, frame, zone.name_ar if language == "ar" else zone.name_en)


def _parameters(announcement: Announcement) -> list[tuple[str, str]]:
    found = [
        ("threatCount", str(announcement.track_count)),
        ("stage", announcement.stage.name),
        ("alarmId", announcement.alarm_id),
    ]
    if not isnan(announcement.time_left.likely_s):
        found.insert(0, ("timeToImpactS", f"{announcement.time_left.likely_s:.0f}"))
    rules = [reason.code for reason in announcement.reasons if reason.code.startswith("rule.")]
    if rules:
        found.append(("ruleId", rules[0]))
    return found


def _area(info: Element, zone: Zone, frame: LocalFrame, name: str) -> None:
    area = SubElement(info, "area")
    _put(area, "areaDesc", name)
    if zone.corners_enu:
        points = [(east, north, 0.0) for east, north in (*zone.corners_enu, zone.corners_enu[0])]
        latitude, longitude, _ = frame.geodetic_from_enu(points)
        pairs = zip(latitude.tolist(), longitude.tolist(), strict=True)
        _put(area, "polygon", " ".join(f"{lat:.6f},{lon:.6f}" for lat, lon in pairs))
        return
    latitude, longitude, _ = frame.geodetic_from_enu((*zone.centre_enu, 0.0))
    _put(area, "circle", f"{float(latitude):.6f},{float(longitude):.6f} {zone.radius_m / 1000:.3f}")


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
