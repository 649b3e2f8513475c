"""Tracks as Cursor on Target: what is seen, with as much of who it is as the site would say itself.

``h``, hostile, is written only of what a person at the site called hostile: nothing makes it by itself.
"""

from collections.abc import Collection
from math import atan2, degrees, hypot, sqrt
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from marsad.geo.local import LocalFrame
from marsad.model.picture import Picture
from marsad.model.site import Mode, Site
from marsad.model.threat import Identity, ThreatAssessment
from marsad.model.threat_table import ThreatTable
from marsad.model.track import TrackTable
from marsad.outputs.cot_event import event_of, point_of, sender_uid, time_of

TRACKS_MAX = 100
NAME_MAX = 40  # what an object calls itself is anybody's text
LASTS_NS = 10_000_000_000
AFFILIATIONS = {
    Identity.PENDING: "p",
    Identity.UNKNOWN: "u",
    Identity.ASSUMED_FRIEND: "a",
    Identity.FRIEND: "f",
    Identity.NEUTRAL: "n",
    Identity.SUSPECT: "s",
    Identity.HOSTILE: "h",  # set by a person only
}
KINDS = {
    "owa": "A-M-F-Q",
    "fixedwing_small": "A-M-F-Q",
    "multirotor": "A-M-H-Q",
    "ballistic": "A-W",
    "crewed": "A",
    "balloon": "A-C-L",
    "unknown": "A",
}  # a bird is nobody's business


def track_events(picture: Picture, site: Site, opex: str) -> dict[int, Element]:
    """An event for each track, by its number; of more than `TRACKS_MAX` the most dangerous.

    opex   whether it is meant: ``o``, ``e`` or ``s``
    """
    table, tracks = ThreatTable.of(picture.assessments), picture.tracks
    rows = np.argsort(-table.score, kind="stable")[:TRACKS_MAX]
    frame = LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
    return {
        int(tracks.track_id[row]): _track(frame, site, tracks, row, threat, opex)
        for row, threat in zip(rows.tolist(), table.brief(rows), strict=True)
        if threat.class_name in KINDS
    }


def gone(before: dict[int, Element], now: Collection[int], t_ns: int) -> list[Element]:
    """The events that end tracks which are not shown any more."""
    return [_ended(event, t_ns) for number, event in before.items() if number not in now]


def opex_of(site: Site, *, live_warning: bool) -> str:
    """Whether what a site shows is meant."""
    if site.mode is Mode.LIVE and live_warning:
        return "o"
    return "e" if site.mode is Mode.EXERCISE else "s"


def _track(
    frame: LocalFrame, site: Site, tracks: TrackTable, row: int, threat: ThreatAssessment, opex: str
) -> Element:
    mean, covariance = tracks.mean[row].tolist(), tracks.covariance[row]
    kind = f"a-{AFFILIATIONS[threat.identity]}-{KINDS[threat.class_name]}"
    uid = f"{sender_uid(site)}.track.{threat.track_id}"
    event = event_of(uid, kind, tracks.t_ns, tracks.t_ns + LASTS_NS)
    event.set("opex", opex)
    latitude, longitude, height = (float(value) for value in frame.geodetic_from_enu(mean[:3]))
    circular_m = sqrt(max(float(np.linalg.eigvalsh(covariance[:2, :2])[-1]), 0.0))
    point_of(event, latitude, longitude, height, circular_m, sqrt(max(float(covariance[2, 2]), 0.0)))
    detail = SubElement(event, "detail")
    drill = {"o": "", "e": "EXERCISE ", "s": "TEST "}[opex]
    name = "".join(one for one in threat.name if one.isprintable())[:NAME_MAX] or f"T{threat.track_id}"
    SubElement(detail, "contact", {"callsign": drill + name})
    east_mps, north_mps = mean[3:5]
    course = degrees(atan2(east_mps, north_mps)) % 360
    SubElement(detail, "track", {"course": f"{course:.1f}", "speed": f"{hypot(east_mps, north_mps):.1f}"})
    return event


def _ended(event: Element, t_ns: int) -> Element:
    event.set("stale", time_of(t_ns))
    return event
