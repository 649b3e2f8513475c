"""Which word goes first, and which makes another one needless."""

from dataclasses import replace

import pytest

from marsad.model.announcement import AnnouncementKind, DrillSwitch, LiveSwitch
from marsad.model.threat import Level
from marsad.outputs.precedence import rank, remaining, supersedes, whole_id

from .conftest import announced, drilled

COVER = announced(alarm_id="new")
READY = replace(announced(alarm_id="alert"), stage=Level.ALERT, zone_id="")
ON = LiveSwitch("fuel", Level.WARN, True, 9)


def of(kind: AnnouncementKind, alarm_id: str = "old", zone_id: str = "fuel") -> object:
    return replace(announced(2, kind, alarm_id=alarm_id), zone_id=zone_id)


def test_take_cover_goes_before_all_else_and_drills_after_it() -> None:
    order = [COVER, READY, of(AnnouncementKind.UPDATE), drilled()]
    assert sorted(reversed(order), key=rank) == order  # type: ignore[arg-type]
    assert rank(ON) == rank(COVER) < rank(of(AnnouncementKind.ALL_CLEAR))  # type: ignore[arg-type]
    assert rank(DrillSwitch("fuel", Level.WARN, True, 9)) >= rank(drilled())


@pytest.mark.parametrize(
    ("fresh", "old", "is_needless"),
    [
        (of(AnnouncementKind.ALL_CLEAR), announced(alarm_id="old"), True),
        (of(AnnouncementKind.UPDATE), announced(alarm_id="old"), False),
        (of(AnnouncementKind.UPDATE), of(AnnouncementKind.PASSED), True),
        # whoever is sent into cover is not told then that an earlier danger is over
        (COVER, of(AnnouncementKind.ALL_CLEAR), True),
        (COVER, of(AnnouncementKind.RETRACTION, zone_id=""), True),
        (COVER, of(AnnouncementKind.ALL_CLEAR, zone_id="hq"), False),
        (READY, of(AnnouncementKind.ALL_CLEAR), False),
        (COVER, announced(alarm_id="old"), False),
        # what is meant needs no drill beside it, and no drill takes anything from what is meant
        (COVER, drilled(), True),
        (drilled(), of(AnnouncementKind.UPDATE), False),
        (of(AnnouncementKind.ALL_CLEAR), drilled(), False),
        (ON, LiveSwitch("fuel", Level.WARN, False, 9), True),
        (ON, LiveSwitch("hq", Level.WARN, False, 9), False),
        (DrillSwitch("fuel", Level.WARN, False, 9), ON, False),
        (ON, COVER, False),
    ],
)
def test_what_makes_what_needless(fresh: object, old: object, is_needless: bool) -> None:
    assert supersedes(fresh, old) is is_needless  # type: ignore[arg-type]


def test_what_is_over_for_the_whole_site_is_said_to_each_zone_that_is_not_sent_into_cover() -> None:
    zones = ("fuel", "hq", "gate")
    over = of(AnnouncementKind.ALL_CLEAR, zone_id="")
    parts = remaining(COVER, over, zones)  # type: ignore[arg-type]
    assert [one.zone_id for one in parts] == ["hq", "gate"]
    names = [one.announcement_id for one in parts if not isinstance(one, LiveSwitch | DrillSwitch)]
    assert len(set(names)) == 2 and {whole_id(one) for one in names} == {"old-all_clear-2"}
    (gate,) = (part for one in parts for part in remaining(replace(COVER, zone_id="hq"), one, zones))
    assert gate.zone_id == "gate"
    assert remaining(replace(COVER, zone_id=""), over, zones) == ()  # type: ignore[arg-type]
    assert remaining(COVER, of(AnnouncementKind.ALL_CLEAR), zones) == ()  # type: ignore[arg-type]
    assert remaining(READY, over, zones) == (over,)  # type: ignore[arg-type]
