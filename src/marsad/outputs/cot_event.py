"""Cursor on Target events of announcements: an alert, the outlines of its zones, and its words.

Types are of MITRE's tree, as TAK has them. None is of the branch ``t-``, tasks, and none tells anybody what
an object is: these events are about the places that are warned. ``opex`` says whether it is meant: ``o``,
operations; ``e``, an exercise; ``s``, a simulation. The events of one alarm keep their uid to its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import hypot
from xml.etree.ElementTree import Element, SubElement

from marsad.geo.local import LocalFrame
from marsad.model.announcement import (
    AnnouncementKind,
    DrillAnnouncement,
    LiveAnnouncement,
    Purpose,
)
from marsad.model.language import LANGUAGES
from marsad.model.site import Site, Zone
from marsad.model.threat import Level
from marsad.model.xml_text import xml_text
from marsad.warning.sentences import Sentences, sentences, zones_of

PRESENCE, CHAT = "a-f-G-U-C", "b-t-f"
EMERGENCY, CANCELLED, MARKER = "b-a-o-tbl", "b-a-o-can", "b-m-p-s-m"
POLYGON, CIRCLE = "u-d-f", "u-d-c-c"
ROOM = "All Chat Rooms"
ENDED_S = 60  # so long what is over is shown as over: a server that keeps what is valid forgets it then
_NS = 1_000_000_000
_UNKNOWN_M = "9999999.0"
_RED, _AMBER, _GREEN = 0xFFFF0000, 0xFFFFA500, 0xFF00A000
_FILLED = 0x40FFFFFF


@dataclass(frozen=True, slots=True)
class CotStyle:
    """How a site shows itself and its alarms.

    callsign      of the site
    language      of titles
    emergencies   stages that sound on handsets
    chat          whether each announcement is a line in the chat as well
    """

    callsign: str
    language: str
    emergencies: frozenset[str]
    chat: bool


@dataclass(frozen=True, slots=True)
class Events:
    """What is sent of an announcement.

    standing   alert and outlines: how the alarm stands, which may be sent again
    said       words, which are said once
    """

    standing: tuple[Element, ...]
    said: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """An announcement with what is needed to write it."""

    announcement: LiveAnnouncement | DrillAnnouncement
    site: Site
    frame: LocalFrame
    style: CotStyle
    words: Mapping[str, Sentences]

    @property
    def title(self) -> str:
        """Its headline, in the language of titles."""
        return self.words[self.style.language].headline

    @property
    def text(self) -> str:
        """All its words, the language of titles first."""
        order = sorted(LANGUAGES, key=lambda one: one != self.style.language)
        return " / ".join(f"{self.words[one].headline} {self.words[one].instruction}" for one in order)

    @property
    def is_over(self) -> bool:
        """Whether it ends its alarm."""
        return self.announcement.kind in (AnnouncementKind.ALL_CLEAR, AnnouncementKind.RETRACTION)

    @property
    def stale_ns(self) -> int:
        """When what is shown of it is old."""
        if self.is_over:
            return min(self.announcement.expires_t_ns, self.announcement.made_t_ns + ENDED_S * _NS)
        return self.announcement.expires_t_ns

    @property
    def colour(self) -> int:
        """Of its outlines, as alpha, red, green and blue."""
        if self.is_over or self.announcement.kind is AnnouncementKind.TEST:
            return _GREEN
        return _RED if self.announcement.stage is Level.WARN else _AMBER


def sender_uid(site: Site) -> str:
    """The uid of a site."""
    return f"marsad.{site.site_id}"


def presence(site: Site, style: CotStyle, t_ns: int, lasts_ns: int) -> Element:
    """That the site is there, without which servers take nothing from it."""
    event = event_of(sender_uid(site), PRESENCE, t_ns, t_ns + lasts_ns)
    point_of(event, site.latitude_deg, site.longitude_deg, site.height_m, 10.0)
    detail = SubElement(event, "detail")
    SubElement(detail, "contact", {"callsign": style.callsign, "endpoint": "*:-1:stcp"})
    SubElement(detail, "__group", {"name": "Cyan", "role": "HQ"})
    SubElement(detail, "takv", {"device": "", "platform": "Marsad", "os": "", "version": ""})
    return event


def events_of(
    announcement: LiveAnnouncement | DrillAnnouncement,
    site: Site,
    style: CotStyle,
    wording: Mapping[str, Mapping[str, str]],
) -> Events:
    """The events of an announcement."""
    words: dict[str, Sentences] = {one: sentences(announcement, site, wording[one], one) for one in LANGUAGES}
    frame = LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
    told = _Told(announcement, site, frame, style, words)
    outlines = [_outline(told, zone) for zone in zones_of(announcement, site)]
    if announcement.kind is AnnouncementKind.TEST:
        outlines = []
    return Events((_alert(told), *outlines), (_chat(told),) if style.chat else ())


def xml_of(event: Element) -> bytes:
    """An event as it is sent, alone or in a stream."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + xml_text(event).encode()


def event_of(uid: str, kind: str, t_ns: int, stale_ns: int) -> Element:
    """An event that is old from a time on, without its point and detail."""
    times = {"time": time_of(t_ns), "start": time_of(t_ns), "stale": time_of(stale_ns)}
    return Element("event", {"version": "2.0", "uid": uid, "type": kind, "how": "m-f", **times})


def point_of(
    event: Element,
    latitude: float,
    longitude: float,
    height_m: float,
    radius_m: float,
    vertical_m: float | None = None,
) -> None:
    """Put the point of an event; its radius, and how far off the height may be, None for not known."""
    place = {"lat": f"{latitude:.7f}", "lon": f"{longitude:.7f}", "hae": f"{height_m:.1f}"}
    off = _UNKNOWN_M if vertical_m is None else f"{vertical_m:.1f}"
    SubElement(event, "point", {**place, "ce": f"{radius_m:.1f}", "le": off})


def time_of(t_ns: int) -> str:
    """A time as Cursor on Target writes it."""
    moment = datetime.fromtimestamp(t_ns // _NS, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{t_ns % _NS // 1_000_000:03d}Z"


def _alert(told: _Told) -> Element:
    """The alert: an emergency that sounds, or a marker; a test of the chain is none that sounds."""
    announcement, site = told.announcement, told.site
    sounds = (
        announcement.stage.name in told.style.emergencies and announcement.kind is not AnnouncementKind.TEST
    )
    kind = MARKER if not sounds else CANCELLED if told.is_over else EMERGENCY
    # who comes back late must still hear that an emergency is none any more
    stale_ns = announcement.expires_t_ns if kind == CANCELLED else told.stale_ns
    event = _event_about(told, f"{sender_uid(site)}.{announcement.alarm_id}", kind, stale_ns)
    point_of(event, *_middle(told))
    detail = SubElement(event, "detail")
    if kind == EMERGENCY:
        SubElement(detail, "emergency", {"type": "911 Alert"}).text = told.title
    elif kind == CANCELLED:
        SubElement(detail, "emergency", {"cancel": "true"}).text = told.title
    else:
        SubElement(detail, "color", {"argb": str(_signed(told.colour))})
    SubElement(detail, "contact", {"callsign": told.title})
    SubElement(detail, "link", {"uid": sender_uid(site), "type": PRESENCE, "relation": "p-p"})
    SubElement(detail, "remarks").text = told.text
    return event


def _outline(told: _Told, zone: Zone) -> Element:
    """A zone on the map, in the colour of the stage."""
    uid = f"{sender_uid(told.site)}.{told.announcement.alarm_id}.{zone.zone_id}"
    event = _event_about(told, uid, POLYGON if zone.corners_enu else CIRCLE, told.stale_ns)
    latitude, longitude = _place(told.frame, zone.centre_enu)
    point_of(event, latitude, longitude, told.site.height_m, zone.radius_m)
    detail = SubElement(event, "detail")
    if zone.corners_enu:
        for corner in (*zone.corners_enu, zone.corners_enu[0]):
            latitude, longitude = _place(told.frame, corner)
            SubElement(detail, "link", {"point": f"{latitude:.7f},{longitude:.7f}"})
    else:
        radius = {"major": f"{zone.radius_m:.1f}", "minor": f"{zone.radius_m:.1f}", "angle": "360"}
        SubElement(SubElement(detail, "shape"), "ellipse", radius)
    SubElement(detail, "strokeColor", {"value": str(_signed(told.colour))})
    SubElement(detail, "strokeWeight", {"value": "3.0"})
    SubElement(detail, "fillColor", {"value": str(_signed(told.colour & _FILLED))})
    name = zone.name_ar if told.style.language == "ar" else zone.name_en
    SubElement(detail, "contact", {"callsign": f"{told.words[told.style.language].event}: {name}"})
    SubElement(detail, "labels_on", {"value": "true"})
    SubElement(detail, "remarks").text = told.text
    return event


def _chat(told: _Told) -> Element:
    """The words, for everybody's chat."""
    own, announcement = sender_uid(told.site), told.announcement
    uid = f"GeoChat.{own}.{ROOM}.{announcement.announcement_id}"
    event = _event_about(told, uid, CHAT, announcement.expires_t_ns)
    point_of(event, *_middle(told))
    detail = SubElement(event, "detail")
    room = {"parent": "RootContactGroup", "groupOwner": "false", "chatroom": ROOM, "id": ROOM}
    named = {"messageId": announcement.announcement_id, "senderCallsign": told.style.callsign}
    SubElement(SubElement(detail, "__chat", room | named), "chatgrp", {"uid0": own, "uid1": ROOM, "id": ROOM})
    SubElement(detail, "link", {"uid": own, "type": PRESENCE, "relation": "p-p"})
    words = {"source": f"BAO.F.ATAK.{own}", "to": ROOM, "time": time_of(announcement.made_t_ns)}
    SubElement(detail, "remarks", words).text = told.text
    return event


def _event_about(told: _Told, uid: str, kind: str, stale_ns: int) -> Element:
    announcement = told.announcement
    event = event_of(uid, kind, announcement.made_t_ns, stale_ns)
    if isinstance(announcement, DrillAnnouncement):
        event.set("opex", "e" if announcement.purpose is Purpose.EXERCISE else "s")
    else:
        event.set("opex", "o")
    return event


def _middle(told: _Told) -> tuple[float, float, float, float]:
    """Latitude, longitude, height and radius of the ground that is warned."""
    zones, site = zones_of(told.announcement, told.site), told.site
    if len(zones) == 1:
        return (*_place(told.frame, zones[0].centre_enu), site.height_m, zones[0].radius_m)
    radius_m = max((hypot(*zone.centre_enu) + zone.radius_m for zone in zones), default=10.0)
    return site.latitude_deg, site.longitude_deg, site.height_m, radius_m


def _place(frame: LocalFrame, place_enu: tuple[float, float]) -> tuple[float, float]:
    latitude, longitude, _ = frame.geodetic_from_enu((*place_enu, 0.0))
    return float(latitude), float(longitude)


def _signed(colour: int) -> int:
    """A colour as TAK writes it: a signed number of 32 bits."""
    return colour - (1 << 32) if colour & 0x80000000 else colour
