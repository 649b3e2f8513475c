"""Holes that open as sensors fall silent, as the terminal tells them."""

from dataclasses import replace

import numpy as np

from marsad.model.picture import Picture
from marsad.model.sensor import Coverage, Sensor, SensorHealth, SensorKind
from marsad.report.wording import Language
from marsad.site.settings import settings_from_toml
from marsad.station.coverage_watch import CoverageWatch
from marsad.station.narrator import Narrator
from marsad.tracking import Tracker, TrackingSettings

SECOND = 1_000_000_000
T_NS = 1_700_000_000 * SECOND  # 22:13:20 UTC
SETTINGS = settings_from_toml(
    """
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.30
longitude_deg = 44.40
zone = [{ id = "all", name_en = "All", name_ar = "الكل", centre = [33.30, 44.40], radius_m = 200 }]
""".encode(),
    "site.toml",
)
WEST = Sensor(
    *("west", "West radar", SensorKind.RADAR, "f", (0.0, 0.0, 12.0)),
    coverage=Coverage(range_max_m=4_000, azimuth_from_rad=np.pi, azimuth_width_rad=np.pi),
    last_t_ns=T_NS,
)
EAST = replace(
    WEST, sensor_id="east", name="East radar", coverage=replace(WEST.coverage, azimuth_from_rad=0.0)
)


NO_TRACKS = Tracker(TrackingSettings()).table(T_NS)


def picture(t_ns: int, *sensors: Sensor) -> Picture:
    return Picture(t_ns, NO_TRACKS, (), (), sensors, None, ())


def told(narrator: Narrator, at: Picture) -> list[str]:
    return [
        one
        for one in narrator.sentences([], at)
        if "see" in one or "coverage" in one or "التغطية" in one or "يرى" in one
    ]


def narrator(language: Language = "en") -> Narrator:
    return Narrator(SETTINGS.build_site(), language, CoverageWatch(SETTINGS))


def test_the_hole_is_told_once_with_when_its_sensor_was_heard_last_and_when_it_is_closed() -> None:
    speaks = narrator()
    lost = replace(WEST, health=SensorHealth.LOST)
    assert told(speaks, picture(T_NS, WEST, EAST)) == []
    (opened,) = told(speaks, picture(T_NS + 20 * SECOND, lost, EAST))
    assert opened == (
        "Since 22:13:20 no sensor sees a drone at 1000 m or lower between 180° and 000°; silent: West radar"
    )
    assert told(speaks, picture(T_NS + 21 * SECOND, lost, EAST)) == []
    (closed,) = told(speaks, picture(T_NS + 60 * SECOND, replace(WEST, last_t_ns=T_NS + 60 * SECOND), EAST))
    assert closed.startswith("The coverage is whole again")


def test_the_coverage_is_not_whole_while_another_sensor_fills_the_hole_of_one_that_is_lost() -> None:
    speaks, lost = narrator(), replace(WEST, health=SensorHealth.LOST)
    fills = replace(WEST, sensor_id="west-2", name="Another")
    assert told(speaks, picture(T_NS, WEST, EAST)) == []
    assert len(told(speaks, picture(T_NS + 20 * SECOND, lost, EAST))) == 1
    assert told(speaks, picture(T_NS + 30 * SECOND, lost, EAST, fills)) == []
    (closed,) = told(speaks, picture(T_NS + 60 * SECOND, WEST, EAST, fills))
    assert closed.startswith("The coverage is whole again")


def test_a_run_that_begins_with_a_silent_sensor_says_so_and_in_arabic() -> None:
    (opened,) = told(narrator("ar"), picture(T_NS, replace(WEST, health=SensorHealth.GONE), EAST))
    assert opened.startswith("منذ 22:13:20 لا مستشعر يرى مسيّرة") and "180°" in opened


def test_nothing_is_worked_out_again_while_sensors_only_report() -> None:
    watch = CoverageWatch(SETTINGS)
    watch.look(picture(T_NS, WEST, EAST))
    key, openings = watch._key, watch._openings
    watch.look(picture(T_NS + SECOND, replace(WEST, last_t_ns=T_NS + SECOND), EAST))
    assert watch._key is key and watch._openings is openings
