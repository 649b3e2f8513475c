"""The JSON of an announcement, for receivers that are programs; version 1."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from marsad.model.announcement import Announcement, DrillAnnouncement, LiveAnnouncement
from marsad.model.language import LANGUAGES
from marsad.model.site import Site
from marsad.warning.sentences import sentences, zone_called, zones_of

VERSION = 1


def message_of(
    announcement: LiveAnnouncement | DrillAnnouncement, site: Site, wording: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """The record of an announcement; times are UTC milliseconds, NaN is left out.

    status is ``actual`` for what is meant, else ``exercise`` or ``test``; id stays the same when a message
    is sent again, so that a receiver can tell.
    """
    drill = announcement.purpose.value if isinstance(announcement, DrillAnnouncement) else ""
    left = announcement.time_left
    times = {"likely": left.likely_s, "low": left.low_s, "high": left.high_s}
    return {
        "marsad": "announcement",
        "version": VERSION,
        "id": announcement.announcement_id,
        "status": drill or "actual",
        "kind": announcement.kind.value,
        "stage": announcement.stage.name,
        "site": site.site_id,
        "zones": [
            {"id": zone.zone_id, "name": {"ar": zone.name_ar, "en": zone.name_en}}
            for zone in zones_of(announcement, site)
        ],
        "whole_site": not announcement.zone_id,
        "alarm": announcement.alarm_id,
        "raid": announcement.raid_id,
        "sounds": announcement.is_first,
        "objects": announcement.track_count,
        "time_left_s": {name: round(value, 1) for name, value in times.items() if isfinite(value)},
        "time_left_zone": _aim(announcement, site),
        "first_plot_ms": announcement.first_plot_t_ns // 1_000_000 or None,
        "ruled_ms": announcement.ruled_t_ns // 1_000_000,
        "made_ms": announcement.made_t_ns // 1_000_000,
        "expires_ms": announcement.expires_t_ns // 1_000_000,
        "by": announcement.by,
        "refers_to": [one.announcement_id for one in announcement.earlier],
        "text": {language: _text(announcement, site, wording, language) for language in LANGUAGES},
    }


def _aim(announcement: Announcement, site: Site) -> dict[str, Any] | None:
    """The zone to which the time left is, by identifier and name; None where that is not known."""
    zone_ids = (
        dict(reason.arguments).get("zone_id")
        for reason in announcement.reasons
        if reason.code.startswith("alarm.track.")
    )
    zone_id = next(zone_ids, announcement.zone_id)
    zone = zone_called(str(zone_id), announcement, site)
    return None if zone is None else {"id": zone.zone_id, "name": {"ar": zone.name_ar, "en": zone.name_en}}


def json_of(record: Mapping[str, Any]) -> bytes:
    """The bytes of a record as they are signed and sent."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _text(
    announcement: LiveAnnouncement | DrillAnnouncement,
    site: Site,
    wording: Mapping[str, Mapping[str, str]],
    language: str,
) -> dict[str, str]:
    said = sentences(announcement, site, wording[language], language)
    return {
        "event": said.event,
        "headline": said.headline,
        "description": said.description,
        "instruction": said.instruction,
    }
