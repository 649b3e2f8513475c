"""What flies like an aircraft and says nothing of itself is warned of where no aircraft may fly."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marsad.assessment.rules import RULES, level_of, rules
from marsad.model.action import SetIdentity
from marsad.model.detection import Claim
from marsad.model.sensor import Sensor, SensorKind
from marsad.model.threat import Identity, Level

from .situations import situation

YES, NO = np.array([True]), np.array([False])
LIKE_AN_AIRCRAFT = situation(
    hostility=0.54,
    uncrewed=0.05,  # as 50 m/s, level and steady at 190 m was once taken for: it was a weapon
    bird=0.0,
    steady=True,
    unvouched=True,
    arrival_m=190.0,
    hit=0.97,
    impact_s=40.0,
    distance_m=2000.0,
    earliest_s=30.0,
    score=28.1,
)


def level(**different: Any) -> Level:
    return Level(int(level_of(rules(replace(LIKE_AN_AIRCRAFT, **different)))[0, 0]))


def test_it_is_a_warning_and_before_that_an_alert_as_one_that_says_it_is_an_aircraft() -> None:
    assert level() is Level.WARN
    assert RULES[int(rules(LIKE_AN_AIRCRAFT)[0, 0])].name == "warn_unvouched"
    assert level(impact_s=np.array([[46.0]])) is Level.ALERT
    assert level(impact_s=np.array([[91.0]])) < Level.ALERT


@pytest.mark.parametrize(
    "different",
    [
        {"arrival_m": np.array([[310.0]])},  # no aircraft may be lower over people, but this one is not
        {"arrival_m": np.array([[np.nan]])},  # seen by a radar without height: airliners look like that
        {"hit": np.array([[0.39]])},
        {"off_procedures": NO},
        {"unvouched": NO},
        {"bird": np.array([0.2])},
        {"faint": YES},
        {"distance_m": np.array([[0.0]])},  # over the zone already, as what took off there
    ],
)
def test_one_thing_different_and_this_rule_says_nothing(different: dict[str, Any]) -> None:
    assert level(**different) < Level.ALERT


def test_only_sensors_sound_the_siren() -> None:
    assert level(sensed=NO) is Level.ALERT


@pytest.mark.parametrize("receivers", [True, False])
def test_who_is_silent_and_whom_a_person_has_cleared(air: Any, receivers: bool) -> None:
    sensors = air.sensors if receivers else {"radar": air.sensors["radar"]}
    assessor, path = air.assessor(), air.straight(-9000, 0, 190, 55, 0, 0)
    air.fly(path, 60, assessor=assessor, sensors=sensors)
    assert highest_now(air, assessor, path, 60) >= Level.ALERT
    assessor.decide(air.start_ns + 61_000_000_000, SetIdentity("op", 1, Identity.NEUTRAL))
    found = air.fly(path, 90, assessor=assessor, sensors=sensors, start_s=61.0)
    assert all(one.level < Level.WARN for one in found)


def highest_now(air: Any, assessor: Any, path: Any, second: float) -> Level:
    """The level after one more plot."""
    return Level(max(one.level for one in air.fly(path, 1, assessor=assessor, start_s=second)))


@pytest.mark.parametrize("name", [Claim("friend_tag", "nobody", ""), Claim("remote_id", "1596f", "")])
def test_a_name_that_nobody_knows_is_no_better_than_none(air: Any, name: Claim) -> None:
    """A stranger's camera called the drone crewed and gave it a tag of no list: it was never warned of."""

    def hear(seconds: float, state: Any) -> list[Any]:
        crewed = (("crewed", 0.95),)
        return [
            air.detection(seconds, state),
            air.detection(seconds, state, "camera", name, crewed),
            air.detection(seconds, state, "ears", None, crewed),
        ]

    place = (0.0, 0.0, 0.0)
    sensors = {
        **air.sensors,
        "camera": Sensor("camera", "Camera", SensorKind.CAMERA, "sensors", place),
        "ears": Sensor("ears", "Ears", SensorKind.ACOUSTIC, "sensors", place),
    }
    found = air.fly(air.straight(-9000, 0, 120, 60, 0, 0), 145, hear=hear, sensors=sensors)
    first = next(one for one in found if one.level is Level.WARN)
    assert first.rule.code == "rule.warn_unvouched"
    assert max(zone.time_to_impact_s for zone in first.zones if zone.zone_id == "hq") > 40
