"""CAP 1.2 messages: order of elements, word lists, both languages, and never Actual by accident."""

import json
import re
from dataclasses import fields, replace
from math import nan
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.errors import EncodingError
from marsad.model.action import Retract
from marsad.model.announcement import (
    AnnouncementKind,
    DrillAnnouncement,
    Earlier,
    LiveAnnouncement,
    Purpose,
)
from marsad.model.reason import Reason
from marsad.model.site import Mode, Site, Zone
from marsad.model.threat import Level
from marsad.model.warning import TimeLeft
from marsad.report.wording import Language, catalogue, word
from marsad.site.actions import action_as_said
from marsad.warning import WarningSettings
from marsad.warning.cap import cap_message, time_of
from marsad.warning.sentences import sentences

from .conftest import START_NS

WORDING_DIR = Path(__file__).parents[2] / "src" / "marsad" / "report" / "wording"
WORDING = {
    language: json.loads((WORDING_DIR / language / "warning.json").read_text("utf-8"))
    for language in ("ar", "en")
}
SETTINGS = WarningSettings()
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
# OASIS CAP 1.2, clause 3.2: element order and word lists
ALERT_ORDER = re.findall(
    r"\w+",
    "identifier sender sent status msgType source scope restriction addresses code note references "
    "incidents info",
)
INFO_ORDER = re.findall(
    r"\w+",
    "language category event responseType urgency severity certainty audience eventCode effective onset "
    "expires senderName headline description instruction web contact parameter resource area",
)
WORDS = {
    "status": {"Actual", "Exercise", "System", "Test", "Draft"},
    "msgType": {"Alert", "Update", "Cancel", "Ack", "Error"},
    "scope": {"Public", "Restricted", "Private"},
    "category": {"Safety", "Security"},
    "responseType": {
        "Shelter",
        "Evacuate",
        "Prepare",
        "Execute",
        "Avoid",
        "Monitor",
        "Assess",
        "AllClear",
        "None",
    },
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown"},
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")


@pytest.fixture
def warned(start_ns: int) -> LiveAnnouncement:
    reasons = (
        Reason("rule.warn_course", (("zone_id", "fuel"),)),
        Reason("alarm.track.owa", (("track_id", 4), ("hit_percent", 80.0))),
    )
    return LiveAnnouncement(
        "raid-1-warn-fuel-1-warning-1",
        "gate",
        AnnouncementKind.WARNING,
        "raid-1-warn-fuel-1",
        "raid-1",
        "fuel",
        Level.WARN,
        start_ns,
        start_ns,
        start_ns + 600 * 10**9,
        TimeLeft(20.0, 15.0, 25.0),
        1,
        True,
        reasons,
    )


def as_drill(announcement: LiveAnnouncement, purpose: Purpose) -> DrillAnnouncement:
    return DrillAnnouncement(
        **{field.name: getattr(announcement, field.name) for field in fields(announcement)}, purpose=purpose
    )


def parse(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text.encode())
    assert root.tag == CAP + "alert"
    return root


def value(element: ElementTree.Element, name: str) -> str:
    return element.findtext(CAP + name, "")


def check_legal(root: ElementTree.Element) -> None:
    for element, order in ((root, ALERT_ORDER), *((info, INFO_ORDER) for info in root.findall(CAP + "info"))):
        places = [order.index(child.tag.removeprefix(CAP)) for child in element]
        assert places == sorted(places)
    for name, allowed in WORDS.items():
        found = [child.text for child in root.iter(CAP + name)]
        assert found and set(found) <= allowed
    for name in ("identifier", "sender"):
        assert value(root, name) and not re.search(r"[\s,<&]", value(root, name))
    for name in ("sent", "effective", "expires"):
        assert all(TIME.fullmatch(child.text or "") for child in root.iter(CAP + name))
    for headline in root.iter(CAP + "headline"):
        assert 0 < len(headline.text or "") <= 160
    for polygon in root.iter(CAP + "polygon"):
        points = (polygon.text or "").split()
        assert len(points) >= 4 and points[0] == points[-1]


@pytest.mark.parametrize("kind", list(AnnouncementKind))
@pytest.mark.parametrize("purpose", [None, *Purpose])
@pytest.mark.parametrize("stage", [Level.ALERT, Level.WARN])
@pytest.mark.parametrize("class_name", ["owa", "ballistic"])
@pytest.mark.parametrize("seconds", [5.0, 90.0, nan])
def test_every_message_keeps_the_order_and_the_word_lists(
    warned: LiveAnnouncement,
    site: Site,
    kind: AnnouncementKind,
    purpose: Purpose | None,
    stage: Level,
    class_name: str,
    seconds: float,
) -> None:
    reasons = (Reason(f"alarm.track.{class_name}", (("hit_percent", 30.0),)),)
    one = replace(
        warned,
        kind=kind,
        stage=stage,
        reasons=reasons,
        zone_id="" if stage is Level.ALERT else "fuel",
        time_left=TimeLeft(seconds, seconds, seconds),
        earlier=() if kind is AnnouncementKind.WARNING else (Earlier("first", warned.made_t_ns),),
    )
    check_legal(
        parse(cap_message(one if purpose is None else as_drill(one, purpose), site, SETTINGS, WORDING))
    )


def test_arabic_comes_first_and_both_say_the_same_codes(warned: LiveAnnouncement, site: Site) -> None:
    root = parse(cap_message(warned, site, SETTINGS, WORDING))
    arabic, english = root.findall(CAP + "info")
    assert [value(one, "language") for one in (arabic, english)] == ["ar", "en"]
    for name in ("responseType", "urgency", "severity", "certainty", "expires"):
        assert value(arabic, name) == value(english, name)
    assert value(english, "headline") == "Take cover now. Fuel & <oil>. Drone, 20 seconds."
    assert value(arabic, "headline") == "احتموا فوراً. الوقود. طائرة مسيّرة. الوقت المتبقي 20 ث."
    assert value(arabic, "areaDesc") == ""  # it is in the area, one level down
    assert arabic.findtext(f"{CAP}area/{CAP}areaDesc") == "الوقود"


def test_polygon_is_the_zone_on_the_globe(warned: LiveAnnouncement, site: Site) -> None:
    text = parse(cap_message(warned, site, SETTINGS, WORDING)).findtext(
        f"{CAP}info/{CAP}area/{CAP}polygon", ""
    )
    latitude, longitude = (float(part) for part in text.split()[0].split(","))
    assert latitude == pytest.approx(33.8 + 400 / 110_900, abs=2e-5)
    assert longitude == pytest.approx(42.4 + 400 / 92_600, abs=2e-5)


def test_circle_has_its_radius_in_kilometres(warned: LiveAnnouncement, site: Site) -> None:
    root = parse(cap_message(replace(warned, zone_id="hq"), site, SETTINGS, WORDING))
    assert root.findtext(f"{CAP}info/{CAP}area/{CAP}circle") == "33.800000,42.400000 0.150"


def test_alert_of_every_zone_names_all_areas(warned: LiveAnnouncement, site: Site) -> None:
    root = parse(cap_message(replace(warned, zone_id="", stage=Level.ALERT), site, SETTINGS, WORDING))
    assert len(root.findall(f"{CAP}info/{CAP}area")) == 2 * len(site.zones)


def test_only_what_is_meant_is_actual(warned: LiveAnnouncement, site: Site) -> None:
    for mode in Mode:  # the type alone decides, whatever the site is called
        there = replace(site, mode=mode)
        assert value(parse(cap_message(warned, there, SETTINGS, WORDING)), "status") == "Actual"
        for purpose, status in ((Purpose.EXERCISE, "Exercise"), (Purpose.TEST, "Test")):
            drill = cap_message(as_drill(warned, purpose), there, SETTINGS, WORDING)
            assert value(parse(drill), "status") == status


def test_an_exercise_says_so_first_and_is_minor(warned: LiveAnnouncement, site: Site) -> None:
    root = parse(cap_message(as_drill(warned, Purpose.EXERCISE), site, SETTINGS, WORDING))
    arabic, english = root.findall(CAP + "info")
    for name in ("event", "headline", "description", "instruction"):
        assert value(english, name).startswith("EXERCISE")
        assert value(arabic, name).startswith("«تمرين»")
    assert (value(english, "severity"), value(english, "certainty")) == ("Minor", "Unlikely")
    assert "EXERCISE" in value(root, "note")


@pytest.mark.parametrize("kind", [AnnouncementKind.ALL_CLEAR, AnnouncementKind.RETRACTION])
def test_what_ends_an_alarm_cancels_and_refers_to_the_warning(
    warned: LiveAnnouncement, site: Site, kind: AnnouncementKind
) -> None:
    earlier = (Earlier(warned.announcement_id, warned.made_t_ns),)
    over = replace(warned, kind=kind, made_t_ns=warned.made_t_ns + 10**9, earlier=earlier)
    root = parse(cap_message(over, site, SETTINGS, WORDING))
    assert value(root, "msgType") == "Cancel"
    sender, identifier, sent = value(root, "references").split(",")
    first = parse(cap_message(warned, site, SETTINGS, WORDING))
    assert (sender, identifier, sent) == tuple(
        value(first, name) for name in ("sender", "identifier", "sent")
    )
    assert [one.text for one in root.iter(CAP + "responseType")] == ["AllClear", "AllClear"]
    said = value(root.findall(CAP + "info")[1], "headline")
    assert said.startswith("False alarm." if kind is AnnouncementKind.RETRACTION else "All clear.")


def test_less_than_ten_seconds_left_says_lie_down(warned: LiveAnnouncement, site: Site) -> None:
    root = parse(cap_message(replace(warned, time_left=TimeLeft(6, 4, 8)), site, SETTINGS, WORDING))
    assert value(root.findall(CAP + "info")[1], "instruction").startswith("Lie down")


def test_certainty_splits_at_one_half(warned: LiveAnnouncement, site: Site) -> None:
    low = replace(warned, reasons=(Reason("alarm.track.ballistic", (("hit_percent", 4.0),)),))
    for one, expected in ((warned, "Observed"), (low, "Possible"), (replace(warned, reasons=()), "Likely")):
        info = parse(cap_message(one, site, SETTINGS, WORDING)).find(CAP + "info")
        assert info is not None and value(info, "certainty") == expected


def test_an_update_without_references_is_refused(warned: LiveAnnouncement, site: Site) -> None:
    with pytest.raises(EncodingError, match="raid-1-warn-fuel-1"):
        cap_message(replace(warned, kind=AnnouncementKind.UPDATE), site, SETTINGS, WORDING)


@pytest.mark.parametrize(
    ("offset_s", "expected"),
    [(10800, "+03:00"), (0, "-00:00"), (-12600, "-03:30"), (20700, "+05:45")],
)
def test_times_carry_a_numeric_offset_never_z(start_ns: int, offset_s: int, expected: str) -> None:
    assert time_of(start_ns, offset_s).endswith(expected)


def test_baghdad_time_is_three_hours_ahead(start_ns: int) -> None:
    assert time_of(start_ns, 10800) == "2022-01-04T11:40:00+03:00"


@given(said=st.text(max_size=80), name=st.text(min_size=1, max_size=40))
def test_whatever_a_person_types_or_a_zone_is_called_every_message_is_xml_and_every_headline_one_line(
    said: str, name: str
) -> None:
    """Also words of a journal that was written when actions were taken as they came."""
    now_ns = START_NS
    zone = Zone("fuel", name, name, (), (0.0, 0.0), 100.0)
    site = Site("asad", name, name, 33.8, 42.4, 180.0, 10800, (zone,), (), Mode.LIVE)
    body = json.dumps({"action": "retract", "by": "Olga", "alarm_id": "a", "reason": said}).encode()
    kept = action_as_said(body)
    assert isinstance(kept, Retract)
    for words in (said, kept.reason):
        for kind, code in (
            (AnnouncementKind.RETRACTION, "alarm.retracted"),
            (AnnouncementKind.WARNING, "alarm.all_clear_taken_back"),
        ):
            one = LiveAnnouncement(
                *("raid-1-2", "gate", kind, "raid-1", "raid-1", "fuel", Level.WARN, now_ns, now_ns),
                *(now_ns + 10**9, TimeLeft(20.0, 15.0, 25.0), 1, True, (Reason(code, (("words", words),)),)),
                (Earlier("raid-1-1", now_ns),),
            )
            root = parse(cap_message(one, site, SETTINGS, WORDING))
            for headline in root.iter(CAP + "headline"):
                assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", headline.text or "")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_prepared_reason_goes_out_in_each_language_and_what_was_written_is_marked(
    warned: LiveAnnouncement, site: Site, language: Language
) -> None:
    def said(words: str) -> str:
        reasons = (Reason("alarm.all_clear_taken_back", (("words", words),)),)
        return sentences(replace(warned, reasons=reasons), site, catalogue(language), language).description

    prepared = catalogue(language)["prepared.all_clear.seen_again"]
    assert said("prepared.all_clear.seen_again").endswith(f". {prepared}")
    assert word(
        Reason("alarm.all_clear_taken_back", (("words", "prepared.all_clear.seen_again"),)), language
    ) == (catalogue(language)["alarm.all_clear_taken_back"].replace("{words}", prepared))
    written = catalogue(language)["cap.reason_given"].replace("{words}", "one more")
    assert said("one more").endswith(written) and "prepared.none" in said("prepared.none")
