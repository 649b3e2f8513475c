"""Common Alerting Protocol 1.2 messages (OASIS standard, 1 July 2010; ITU-T X.1303).

Arabic and English ``info`` blocks with equal codes, Arabic first. Status ``Actual`` needs two
keys: a site in live mode and the setting ``live_warning``; an exercise is always ``Exercise``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from math import isnan
from string import Formatter
from xml.etree.ElementTree import Element, SubElement, tostring

from marsad.errors import EncodingError
from marsad.geo.local import LocalFrame
from marsad.model.reason import Reason
from marsad.model.site import Mode, Site, Zone
from marsad.model.threat import Level
from marsad.model.warning import WarningEvent, WarningEventKind
from marsad.warning.settings import WarningSettings

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
HEADLINE_MAX = 160
LANGUAGES = ("ar", "en")
LIE_DOWN_BELOW_S = 10.0  # too late to run: lie down and cover the head
IMMEDIATE_WITHIN_S = 60.0
OBSERVED_FROM_PERCENT = 50.0
_FORBIDDEN = str.maketrans({" ": "-", ",": "-", "<": "-", "&": "-"})


@dataclass(frozen=True, slots=True)
class CapReference:
    """An earlier message of the same alarm, for Update and Cancel."""

    sender: str
    identifier: str
    sent: str

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{self.sent}"


@dataclass(frozen=True, slots=True)
class _Codes:
    """The coded part of an info block; the same in both languages."""

    event: str  # key of the sentence
    response: str
    urgency: str
    severity: str
    certainty: str
    headline: str  # key of the sentence
    instruction: str  # key of the sentence
    expires_s: float


def status_of(site: Site, settings: WarningSettings) -> str:
    """CAP status: Actual, Exercise or Test. Only a live site with the second key is Actual."""
    if site.mode is Mode.EXERCISE:
        return "Exercise"
    return "Actual" if site.mode is Mode.LIVE and settings.live_warning else "Test"


def identifier_of(event: WarningEvent) -> str:
    """The CAP identifier of the message about an event; the same event has the same one."""
    return f"{event.alarm_id}-{event.kind.value}-{event.t_ns}".translate(_FORBIDDEN)


def time_of(t_ns: int, utc_offset_s: int) -> str:
    """CAP dateTime in local time with a numeric offset; UTC is written -00:00, never Z."""
    zone = timezone(timedelta(seconds=utc_offset_s)) if utc_offset_s else UTC
    text = datetime.fromtimestamp(t_ns // 10**9, zone).strftime("%Y-%m-%dT%H:%M:%S")
    if not utc_offset_s:
        return text + "-00:00"
    minutes = abs(utc_offset_s) // 60
    return f"{text}{'+' if utc_offset_s > 0 else '-'}{minutes // 60:02d}:{minutes % 60:02d}"


def reference_of(event: WarningEvent, site: Site, settings: WarningSettings) -> CapReference:
    """How later messages refer to the message about this event."""
    return CapReference(settings.sender, identifier_of(event), time_of(event.t_ns, site.utc_offset_s))


def cap_message(
    event: WarningEvent,
    site: Site,
    settings: WarningSettings,
    wording: Mapping[str, Mapping[str, str]],
    references: Sequence[CapReference] = (),
    track_count: int = 1,
) -> str:
    """The CAP 1.2 message, as XML text, that tells people of a warning event.

    wording      the catalogues of this stage, ``{"ar": {...}, "en": {...}}``
    references   earlier messages of the alarm; needed for all but the first
    track_count  objects in the alarm so far

    Raises EncodingError for an acknowledgement, which is no message to the public, and for an
    update without references.
    """
    if event.kind is WarningEventKind.ACKNOWLEDGED:
        raise EncodingError("an acknowledgement is internal: there is no CAP message for it")
    kind = _message_type(event, references)
    codes = _codes(event, site, settings)
    alert = Element("alert", {"xmlns": NAMESPACE})
    status = status_of(site, settings)
    _put(alert, "identifier", identifier_of(event))
    _put(alert, "sender", settings.sender)
    _put(alert, "sent", time_of(event.t_ns, site.utc_offset_s))
    _put(alert, "status", status)
    _put(alert, "msgType", kind)
    _put(alert, "scope", "Restricted")
    _put(alert, "restriction", settings.restriction)
    if status != "Actual":
        _put(alert, "note", f"{status.upper()} {site.name_en}")
    if references:
        _put(alert, "references", " ".join(str(one) for one in references))
    _put(alert, "incidents", event.raid_id.translate(_FORBIDDEN))
    for language in LANGUAGES:
        _info(alert, event, site, codes, wording[language], language, status, track_count)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(alert, encoding="unicode")


def _message_type(event: WarningEvent, references: Sequence[CapReference]) -> str:
    if event.kind is WarningEventKind.RAISED:
        return "Update" if references else "Alert"
    if not references:
        raise EncodingError(f"{event.kind.value} of alarm {event.alarm_id} needs the messages it refers to")
    return "Cancel" if event.kind is WarningEventKind.ALL_CLEAR else "Update"


def _argument(reasons: Sequence[Reason], name: str) -> float | str | None:
    for reason in reasons:
        for key, value in reason.arguments:
            if key == name:
                return value
    return None


def _codes(event: WarningEvent, site: Site, settings: WarningSettings) -> _Codes:
    rocket = any(reason.code == "alarm.track.ballistic" for reason in event.reasons)
    threat = "rocket" if rocket else "drone"
    expires_s = settings.drill_expires_s if site.mode is Mode.EXERCISE else settings.expires_s
    if event.kind is WarningEventKind.ALL_CLEAR:
        return _Codes(
            "cap.event_all_clear", "AllClear", "Past", "Minor", "Observed",
            "cap.headline_all_clear", "cap.instruction_all_clear", settings.clear_expires_s,
        )  # fmt: skip
    if event.kind is WarningEventKind.PASSED:
        return _Codes(
            "cap.event_passed", "Shelter", "Past", "Moderate", "Observed",
            "cap.headline_passed", "cap.instruction_passed", expires_s,
        )  # fmt: skip
    likely = event.time_left.likely_s
    warn = event.stage is Level.WARN
    soon = warn or rocket or likely <= IMMEDIATE_WITHIN_S
    severity = "Extreme" if warn else "Severe"
    certainty = _certainty(event)
    if site.mode is Mode.EXERCISE:
        severity, certainty = "Minor", "Unlikely"
    headline = f"cap.headline_{threat}" + ("" if isnan(likely) else "_time")
    if not warn:
        return _Codes(
            f"cap.event_{threat}", "Prepare", "Immediate" if soon else "Expected", severity, certainty,
            f"{headline}_alert" if isnan(likely) else f"cap.headline_{threat}_alert",
            "cap.instruction_prepare", expires_s,
        )  # fmt: skip
    late = not isnan(likely) and likely < LIE_DOWN_BELOW_S
    instruction = "cap.instruction_lie_down" if late else "cap.instruction_cover"
    return _Codes(
        f"cap.event_{threat}", "Shelter", "Immediate", severity, certainty, headline, instruction, expires_s
    )


def _certainty(event: WarningEvent) -> str:
    """Observed for a hit probability from one half, else Possible (CAP splits at 50 %)."""
    percent = _argument(event.reasons, "hit_percent")
    if not isinstance(percent, int | float):
        return "Likely"
    return "Observed" if percent >= OBSERVED_FROM_PERCENT else "Possible"


def _info(
    alert: Element,
    event: WarningEvent,
    site: Site,
    codes: _Codes,
    words: Mapping[str, str],
    language: str,
    status: str,
    track_count: int,
) -> None:
    zones = [zone for zone in site.zones if event.zone_id in ("", zone.zone_id)]
    names = _names(zones, event, words, language)
    arguments: dict[str, float | str] = {
        "zone": names,
        "time_s": event.time_left.likely_s,
        "count": track_count,
    }
    drill = "" if status == "Actual" else words[f"cap.{status.lower()}_first"] + " "
    info = SubElement(alert, "info")
    _put(info, "language", language)
    _put(info, "category", "Safety")
    _put(info, "category", "Security")
    _put(info, "event", drill + words[codes.event])
    _put(info, "responseType", codes.response)
    _put(info, "urgency", codes.urgency)
    _put(info, "severity", codes.severity)
    _put(info, "certainty", codes.certainty)
    _put(info, "effective", time_of(event.t_ns, site.utc_offset_s))
    _put(info, "expires", time_of(event.t_ns + int(codes.expires_s * 1e9), site.utc_offset_s))
    _put(info, "senderName", site.name_ar if language == "ar" else site.name_en)
    _put(info, "headline", _shortened(drill + _worded(words[codes.headline], arguments)))
    _put(info, "description", drill + _worded(words["cap.description"], arguments))
    _put(info, "instruction", _worded(words[codes.instruction], arguments))
    for name, value in _parameters(event, track_count):
        parameter = SubElement(info, "parameter")
        _put(parameter, "valueName", name)
        _put(parameter, "value", value)
    frame = LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
    for zone in zones:
        _area(info, zone, frame, zone.name_ar if language == "ar" else zone.name_en)


def _names(zones: Sequence[Zone], event: WarningEvent, words: Mapping[str, str], language: str) -> str:
    if not event.zone_id:
        return words["cap.every_zone"]
    return next((zone.name_ar if language == "ar" else zone.name_en for zone in zones), event.zone_id)


def _worded(sentence: str, arguments: Mapping[str, float | str]) -> str:
    """The sentence with its numbers, in Latin digits in both languages, as all that is live."""
    parts = []
    for literal, name, form, _ in Formatter().parse(sentence):
        parts.append(literal)
        if name is not None:
            value = arguments[name]
            parts.append(value if isinstance(value, str) else format(value, form or ""))
    return "".join(parts)


def _shortened(headline: str) -> str:
    return headline if len(headline) <= HEADLINE_MAX else headline[: HEADLINE_MAX - 1] + "…"


def _parameters(event: WarningEvent, track_count: int) -> list[tuple[str, str]]:
    found = [("threatCount", str(track_count)), ("stage", event.stage.name), ("alarmId", event.alarm_id)]
    if not isnan(event.time_left.likely_s):
        found.insert(0, ("timeToImpactS", f"{event.time_left.likely_s:.0f}"))
    rules = [reason.code for reason in event.reasons if reason.code.startswith("rule.")]
    if rules:
        found.append(("ruleId", rules[0]))
    if event.track_id is not None:
        found.append(("trackIds", str(event.track_id)))
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
