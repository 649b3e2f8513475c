"""New settings in a site that runs: what it knows and has decided goes on; what cannot be is refused."""

import dataclasses
import itertools
from collections import deque
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from marsad.model.action import Acknowledge, AllClear, SetIdentity, TakeWatch
from marsad.model.announcement import AnnouncementKind, DrillAnnouncement, LiveAnnouncement
from marsad.model.effect import Announce, Effect, Refuse
from marsad.model.frame import CONFIGURATION, OPERATOR, OUTPUTS, TICK, Frame
from marsad.model.threat import Identity, Level
from marsad.model.warning import Alarm
from marsad.report.wording import LANGUAGES, catalogue, word
from marsad.site.actions import json_from_action
from marsad.site.adoption import BY_THE_FOLD, HOLDS_NONE, TAKES, changed_keys, setting_of
from marsad.site.checkpoint import checkpoint, taken_up
from marsad.site.fold import SiteFold
from marsad.warning.cap import cap_message
from marsad.warning.sentences import zones_of
from marsad.warning.settings import WarningSettings

from ..example_site import example_site
from .test_fold import SECOND, START, hello, inbound

OUTPUTS_OF_IT = """
[[output]]
name = "hub"
standard = "cap"
drills = true
stages = ["WARN"]
folder = "/tmp/cap"

[[output]]
name = "tak"
standard = "cot"
drills = true
stages = ["WARN"]
address = "udp://127.0.0.1:9"
"""
OPERATORS = """
[server]
operators = [{name = "Rana", role = "operator", password_hash = "scrypt$1"}]
"""
SITE = example_site("127.0.0.1:5020", after=OUTPUTS_OF_IT + OPERATORS)
ADDED = """
[[site.zone]]
id = "school"
name_en = "School"
name_ar = "المدرسة"
centre = [33.31, 44.41]
radius_m = 200.0
[[site.friend]]
label = "icao:4b43ac"
name = "Rescue"
[[feed]]
name = "adsb"
standard = "sbs"
connect = "127.0.0.1:30003"
[[feed]]"""
EVERYTHING = """
[scan]
settling_s = 0.05
detections_max = 500
looks_per_s_max = 30
replayed_per_s_max = 500
[cycle]
idle_s = 2.0
after_look_s = 0.4
[tracking]
rewind_s = 4.0
coast_s_max = 7.0
max_tracks = 500
[trail]
lag_s = 12.0
[assessment.levels]
warn_time_s = 70.0
[warning]
passed_after_s = 20.0
alarms_max = 40
[authority]
watch_hours = 4.0
[drill]
every = "week"
[register]
store_period_s = 3.0
"""


def site(text: str = SITE) -> SiteFold:
    return SiteFold(Frame(CONFIGURATION, START, text.encode()))


def full() -> str:
    """Settings of which every part of the fold is set to something else than in the example."""
    text = SITE.replace("[[feed]]", ADDED, 1).replace('name = "tak"', 'name = "tak"\nupdates_s = 5.0')
    text = text.replace("radius_m = 150.0", "radius_m = 250.0\nvalue = 0.5") + EVERYTHING
    return text.replace('listen = "127', 'nodes_max = 9\nfaults_per_s_max = 4\nlisten = "127')


def attacked(text: str = SITE) -> SiteFold:
    """A site at which a WARN stands and has gone out."""
    fold = site(text)
    fold.fold(Frame(OUTPUTS, START))
    hello(fold)
    inbound(fold, 80)
    assert [alarm.zone_id for alarm in warned(fold)] == ["gate"]
    return fold


def warned(fold: SiteFold) -> list[Alarm]:
    return [alarm for alarm in fold.picture().alarms if alarm.stage is Level.WARN]


def changed(fold: SiteFold, text: str) -> list[Effect]:
    return fold.fold(Frame(CONFIGURATION, fold.t_ns, text.encode()))


def act(fold: SiteFold, action: Any) -> list[Effect]:
    return fold.fold(Frame(OPERATOR, fold.t_ns, json_from_action(action)))


def ticks(fold: SiteFold, seconds: float) -> list[Effect]:
    effects: list[Effect] = []
    for _ in range(round(seconds * 10)):
        effects += fold.fold(Frame(TICK, fold.t_ns + SECOND // 10))
    return effects


def announcements(effects: list[Effect]) -> list[LiveAnnouncement | DrillAnnouncement]:
    return [effect.announcement for effect in effects if isinstance(effect, Announce)]


def said(effects: list[Effect]) -> list[tuple[str, AnnouncementKind]]:
    return sorted((word.output_id, word.kind) for word in announcements(effects))


def unlike(one: Any, other: Any, place: str = "fold") -> list[str]:
    """Where two graphs of objects differ."""
    found: list[str] = []
    seen: dict[tuple[int, int], Any] = {}

    def fields(item: Any) -> dict[str, Any] | None:
        if isinstance(item, BaseModel) or type(item).__module__.split(".")[0] != "marsad":
            return None
        if isinstance(item, np.ndarray | tuple | str | int | frozenset) or callable(item):
            return None
        if dataclasses.is_dataclass(item):
            return {field.name: getattr(item, field.name, None) for field in dataclasses.fields(item)}
        slots = itertools.chain.from_iterable(getattr(kind, "__slots__", ()) for kind in type(item).__mro__)
        return getattr(item, "__dict__", None) or {name: getattr(item, name) for name in slots}

    def walk(left: Any, right: Any, place: str) -> None:
        if (id(left), id(right)) in seen:
            return
        seen[id(left), id(right)] = left, right  # kept, lest their numbers are used again
        if type(left) is not type(right):
            found.append(f"{place}: {type(left)} and {type(right)}")
        elif isinstance(left, np.ndarray):
            if not np.array_equal(left, right, equal_nan=left.dtype.kind == "f"):
                found.append(place)
        elif isinstance(left, dict):
            if [*left] != [*right]:
                found.append(f"{place}: {[*left]} and {[*right]}")
            for key in left.keys() & right.keys():
                walk(left[key], right[key], f"{place}[{key!r}]")
        elif isinstance(left, list | tuple | deque):
            if len(left) != len(right):
                found.append(f"{place}: {len(left)} and {len(right)}")
            for number, (a, b) in enumerate(zip(left, right, strict=False)):
                walk(a, b, f"{place}[{number}]")
        elif (parts := fields(left)) is not None:
            walk(parts, fields(right), place)
        elif left != right and not (left != left and right != right) and "__eq__" in vars(type(left)):
            found.append(f"{place}: {left!r} and {right!r}"[:300])

    walk(vars(one), vars(other), place)
    return found


def test_every_part_of_the_fold_has_said_how_it_takes_new_settings() -> None:
    assert vars(site()).keys() == TAKES.keys() | BY_THE_FOLD | HOLDS_NONE
    assert not (TAKES.keys() & HOLDS_NONE or BY_THE_FOLD & HOLDS_NONE or TAKES.keys() & BY_THE_FOLD)


def test_a_quiet_site_that_takes_settings_is_the_site_that_began_with_them() -> None:
    """Whatever a part of the fold keeps of settings is found here, if it is the old one."""
    text = full()
    fold, fresh = site(), site(text)
    assert changed(fold, text) == []
    # how much has come, and when: that something has changed is what sets the two apart
    since = ("['frames']", "['_security']", "['counters']", "['_change_told']", "['_t_ns']", "['_next_t_ns']")
    differs = [place for place in unlike(fold, fresh) if not any(one in place for one in since)]
    assert not differs


def test_alarms_tracks_and_incident_go_on_through_a_change_and_the_end_goes_wherever_the_alarm_went() -> None:
    fold = attacked()
    act(fold, TakeWatch("Rana"))
    before = fold.picture()
    (alarm,) = warned(fold)
    act(fold, Acknowledge("Rana", alarm.alarm_id))
    text = SITE.replace("[[feed]]", ADDED, 1).replace("scrypt$1", "scrypt$2")
    text = text.replace("centre = [33.3, 44.4]", "centre = [33.3002, 44.4]")
    assert not [effect for effect in changed(fold, text) if isinstance(effect, Refuse)]
    ticks(fold, 1.2)
    after = fold.picture()
    assert [(one.alarm_id, one.acknowledged_by) for one in warned(fold)] == [(alarm.alarm_id, "Rana")]
    assert after.tracks.track_id.tolist() == before.tracks.track_id.tolist()
    assert after.incident is not None and before.incident is not None
    assert after.incident.incident_id == before.incident.incident_id
    assert after.watch.holder == "Rana"
    assert {zone.zone_id for one in after.assessments for zone in one.zones} == {"gate", "school"}
    (line,) = [one for one in after.incident.timeline if one.what.code == "settings.changed"]
    assert dict(line.what.arguments)["keys"] == (
        "site.zone.gate.centre, site.zone.school, site.friend, feed.adsb, server.operators.Rana.password_hash"
    )
    assert any(notice.startswith("settings.changed:") for notice in after.notices)
    words = act(fold, AllClear("Rana", "gate"))
    assert said(words) == [("hub", AnnouncementKind.ALL_CLEAR), ("tak", AnnouncementKind.ALL_CLEAR)]


def test_the_alarm_of_a_zone_that_is_no_more_stands_until_a_person_ends_it() -> None:
    fold = attacked()
    gone = SITE.replace('id = "gate"', 'id = "north"')
    changed(fold, gone)
    ticks(fold, 5)
    (alarm,) = warned(fold)
    assert alarm.zone_id == "gate"
    assert ("hub", AnnouncementKind.ALL_CLEAR) in said(act(fold, AllClear("Rana", "gate")))
    assert not warned(fold)


def test_what_is_said_of_a_zone_that_is_no_more_names_and_draws_it_as_it_was() -> None:
    fold = attacked()
    (zone,) = fold.site.zones
    changed(fold, SITE.replace('id = "gate"', 'id = "north"'))
    fold, _ = taken_up(checkpoint(fold))  # and it outlives the program
    again = announcements(fold.fold(Frame(OUTPUTS, fold.t_ns)))
    end = announcements(act(fold, AllClear("Rana", "gate")))
    assert {said.output_id for said in again} == {said.output_id for said in end} == {"hub", "tak"}
    for said in (*again, *end):
        text = cap_message(said, fold.site, WarningSettings(), {one: catalogue(one) for one in ("ar", "en")})
        assert text.count("<area>") == 2 and text.count(f"<areaDesc>{zone.name_en}</areaDesc>") == 1
        assert [one.zone_id for one in zones_of(said, fold.site)] == ["gate"]
    changed(fold, SITE)
    assert {said.former_zone for said in announcements(fold.fold(Frame(OUTPUTS, fold.t_ns)))} == {None}


def test_an_output_of_another_standard_under_the_same_name_is_told_of_what_stands() -> None:
    fold = attacked()
    text = SITE.replace('standard = "cap"', 'standard = "webhook"').replace(
        'folder = "/tmp/cap"', 'url = "https://127.0.0.1:9/"'
    )
    assert not [effect for effect in changed(fold, text) if isinstance(effect, Refuse)]
    assert said(ticks(fold, 1.2)) == [("hub", AnnouncementKind.WARNING)]
    old, new = (
        next(one for one in fold.picture().telling.deliveries[::step] if one.output_id == "hub")
        for step in (-1, 1)
    )
    assert (old.state.name, old.code, new.state.name) == ("TOO_LATE", "output-gone", "WANTED")
    ended = said(act(fold, AllClear("Rana", "gate")))
    assert ended == [("hub", AnnouncementKind.ALL_CLEAR), ("tak", AnnouncementKind.ALL_CLEAR)]


def test_what_can_not_be_reached_any_more_is_told_and_a_new_output_hears_of_what_stands() -> None:
    fold = attacked()
    text = SITE.replace('name = "tak"', 'name = "radio"')
    changed(fold, text)
    words = ticks(fold, 1.2)
    assert said(words) == [("radio", AnnouncementKind.WARNING)]
    incident = fold.incident()
    assert incident is not None
    (line,) = [one for one in incident.timeline if one.what.code == "telling.output_gone"]
    assert dict(line.what.arguments) == {"output": "tak", "zone_id": "gate"}
    words = act(fold, AllClear("Rana", "gate"))
    assert said(words) == [("hub", AnnouncementKind.ALL_CLEAR), ("radio", AnnouncementKind.ALL_CLEAR)]
    # of what went out on the one that is gone nothing is said to have ended
    assert {delivery.state.name for delivery in fold.picture().telling.deliveries if
            delivery.output_id == "tak"} == {"TOO_LATE"}  # fmt: skip


def test_a_friend_added_in_the_middle_is_one_and_a_decision_on_a_track_stays() -> None:
    fold = attacked()
    (track_id,) = fold.picture().tracks.track_id.tolist()
    act(fold, SetIdentity("Rana", track_id, Identity.HOSTILE))
    changed(fold, SITE.replace("[[feed]]", ADDED, 1))
    ticks(fold, 1.2)
    picture = fold.picture()
    assert [one.identity for one in picture.assessments] == [Identity.HOSTILE]
    assert [flight.labels for flight in picture.flights.flights] == [("icao:4b43ac",)]


def test_a_feed_that_is_removed_is_heard_no_more_and_its_sensors_are_gone() -> None:
    fold = attacked(SITE.replace("[[feed]]", ADDED, 1))
    changed(fold, SITE.replace("127.0.0.1:5020", "127.0.0.1:5021"))
    assert [sensor.feed for sensor in fold.sensors()] == ["sensors"]
    (refused,) = fold.fold(Frame("adsb", fold.t_ns, b"MSG,3", 1))
    assert isinstance(refused, Refuse) and refused.reason == "feed-unknown"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("latitude_deg = 33.3\n", "latitude_deg = 33.4\n", "site.latitude_deg"),
        (
            "latitude_deg = 33.3\n",
            "latitude_deg = 33.3\nheight_above_sea_m = 80.0\n",
            "site.height_above_sea_m",
        ),
        ('id = "example"', 'id = "other"', "site.id"),
        ('name_en = "Example"', 'name_en = "Example"\nmode = "exercise"', "site.mode"),
        ("[server]", "[tracking]\ndimensions = 2\n[server]", "tracking.dimensions"),
        ("[server]", "[warning]\nlive_warning = true\n[server]", "warning.live_warning"),
        ("radius_m = 150.0", "radius_m = -1.0", "radius_m"),
    ],
)
def test_what_can_not_be_changed_is_refused_by_its_key_and_the_site_goes_on_as_before(
    old: str, new: str, key: str
) -> None:
    fold = attacked()
    alarms = fold.picture().alarms
    (refusal,) = (one for one in changed(fold, SITE.replace(old, new)) if isinstance(one, Refuse))
    assert refusal.reason in ("configuration-refused", "configuration-faulty") and key in refusal.detail
    refused = refusal.reason == "configuration-refused"
    assert (
        bool(refusal.because) is refused and [setting_of(one) for one in refusal.because] == [key] * refused
    )
    for language in LANGUAGES:  # a typed reason, which readers of either language are told
        assert all(key in word(one, language) for one in refusal.because)
    assert fold.configuration == SITE.encode() and fold.picture().alarms == alarms


def test_a_quiet_site_may_become_a_live_one() -> None:
    fold = site()
    assert changed(fold, SITE.replace('name_en = "Example"', 'name_en = "Example"\nmode = "live"')) == []
    assert fold.site.mode.value == "live"


def test_two_folds_that_take_the_same_settings_have_one_digest() -> None:
    digests = set()
    for _ in range(2):
        fold = attacked()
        changed(fold, SITE.replace("[[feed]]", ADDED, 1))
        ticks(fold, 3)
        act(fold, AllClear("Rana", ""))
        ticks(fold, 3)
        digests.add(fold.digest())
    assert len(digests) == 1


def test_keys_are_named_by_what_names_their_table() -> None:
    one = b'[[a]]\nname = "x"\nb = 1\n[[a]]\nname = "y"\n[c]\nd = [1]\n'
    other = b'[[a]]\nname = "x"\nb = 2\n[[a]]\nname = "z"\n[c]\nd = [2]\n'
    assert changed_keys(one, other) == ("a.x.b", "a.y", "a.z", "c.d")
