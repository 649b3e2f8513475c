"""Whose place a new sensor takes when all are taken."""

from dataclasses import replace

from marsad.model.sensor import Sensor, SensorHealth, SensorKind
from marsad.site.hearing import Hearing
from marsad.site.room import gives_way

SECOND = 1_000_000_000
HERE = Sensor("here", "Here", SensorKind.RADAR, "sensors")


def chosen(*sensors: tuple[Sensor, int], t_s: int = 1_000) -> str:
    hearing = Hearing(5 * SECOND)
    for sensor, heard_s in sensors:
        hearing.heard(sensor.sensor_id, heard_s * SECOND)
    return gives_way([sensor for sensor, _ in sensors], hearing, t_s * SECOND)


def test_nobody_who_is_here_gives_way() -> None:
    assert chosen((HERE, 10), (replace(HERE, sensor_id="ill", health=SensorHealth.DEGRADED), 5)) == ""


def test_of_those_that_are_gone_the_one_heard_least_lately_does() -> None:
    left = replace(HERE, health=SensorHealth.GONE)
    cut = replace(HERE, linked=False)
    gone = [(replace(left, sensor_id="b"), 990), (replace(left, sensor_id="a"), 980)]
    assert chosen((HERE, 1), *gone) == "a"
    assert chosen(*gone, (replace(cut, sensor_id="cut"), 900)) == "cut"


def test_a_link_that_broke_just_now_may_come_back() -> None:
    lost = replace(HERE, health=SensorHealth.LOST)
    assert chosen((lost, 970)) == "" and chosen((lost, 930)) == "here"
