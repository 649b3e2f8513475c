"""Crowds at the doors of a site, as its picture and its security log tell of them."""

from marsad.model.frame import CONFIGURATION, SECURITY, TICK, Frame
from marsad.model.security import Happening, SecurityEvent, json_from_event
from marsad.site.doors import CROWD, CrowdTold, crowd_of
from marsad.site.fold import SiteFold

from ..adversary.raid import SITE, S

T0 = 1_700_000_000 * S


def told(seconds: float, address: str, count: int, door: str = "sensors:5720") -> Frame:
    event = SecurityEvent(Happening.CROWD, of=door, address=address, count=count)
    return Frame(SECURITY, T0 + round(seconds * S), json_from_event(event))


def crowds(fold: SiteFold) -> list[CrowdTold]:
    return [crowd_of(code) for code in fold.picture().notices if code.startswith(CROWD)]


def test_a_crowd_is_a_notice_with_its_door_and_addresses_until_it_is_over() -> None:
    fold = SiteFold(Frame(CONFIGURATION, T0, SITE.encode()))
    before = fold.digest()
    for number in range(6):
        fold.fold(told(1, f"10.0.0.{number}", 10 + number))
    fold.fold(told(2, "", 100))
    (crowd,) = crowds(fold)
    assert crowd == CrowdTold("sensors:5720", 175.0, "10.0.0.5, 10.0.0.4, 10.0.0.3, 10.0.0.2")
    assert next(line.event.of for line in fold.security()) == "sensors:5720"
    fold.fold(told(60, "10.0.0.5", 20))
    fold.fold(told(61, "::", 1, door="a door of many words:1"))
    assert [one.door for one in crowds(fold)] == ["sensors:5720", "a door of many words:1"]
    fold.fold(Frame(TICK, T0 + 220 * S, b""))
    assert not crowds(fold) and fold.digest() != before, "time goes on, and the crowd with it"


def test_no_more_doors_are_remembered_than_a_site_has_and_what_is_over_makes_room() -> None:
    fold = SiteFold(Frame(CONFIGURATION, T0, SITE.encode()))
    for number in range(40):
        fold.fold(told(number, "10.0.0.1", 20, door=f"door {number}:1"))
    assert len(crowds(fold)) == 16
    fold.fold(told(400, "10.0.0.1", 20, door="door new:1"))
    assert [one.door for one in crowds(fold)] == ["door new:1"]
