"""What sensors see together, and the seconds that leaves: against figures worked out by hand."""

from dataclasses import replace
from math import log, pi, radians

import numpy as np
import pytest
import shapely

from marsad.coverage.grid import PolarGrid, Protected, protected
from marsad.coverage.health import CoverageNow, coverage_now
from marsad.coverage.holes import Hole, holes_of, runs, told
from marsad.coverage.layout import gains
from marsad.coverage.outline import covered_area, hole_area, sector_warning_s
from marsad.coverage.outlook import Asked, Resolution
from marsad.coverage.sight import Air, chance_of_look
from marsad.coverage.threat import THREATS
from marsad.geo.local import LocalFrame
from marsad.geo.terrain import EvenGround
from marsad.model.intruder import ThreatKind
from marsad.model.sensor import Coverage, Sensor, SensorHealth, SensorKind
from marsad.model.site import Zone

AROUND = Air(EvenGround(LocalFrame(33.3, 44.4, 40.0), 40.0))
ROUND = protected((Zone("z", "Z", "ز", (), (0.0, 0.0), 200.0),))
RADAR = Sensor(
    *("north", "North radar", SensorKind.RADAR, "f", (0.0, 0.0, 12.0)),
    coverage=Coverage(range_max_m=4_000.0, detection_probability=(0.9, 0.9)),
)
COARSE = Resolution(bearings=360, rings=200)
LEVEL = Asked(THREATS[ThreatKind.MULTIROTOR], (30.0, 100.0), decide_s=0.0)


def found(*sensors: Sensor, asked: Asked = LEVEL, around: Air = AROUND) -> CoverageNow:
    return coverage_now(sensors, ROUND, asked, around, 30.0, COARSE)


def test_seconds_of_warning_are_those_of_the_way_less_the_plots_it_takes() -> None:
    """A look a second of 0.9 each from 4 km on: half a chance takes 0.3 s, and two plots more 2.2 s."""
    whole = found(RADAR)
    first_s = log(2) / -log(0.1)
    expected_s = (4_000 - 200) / 20 - first_s - 2 / 0.9
    assert np.allclose(whole.outlook.warning_s, expected_s, atol=1.5)  # the hull of a circle, a ring, a slant
    assert whole.holes == () and whole.openings == ()


def test_a_skyline_makes_a_hole_up_to_the_height_that_it_hides() -> None:
    hill = ((radians(39), -0.1), (radians(40), radians(4)), (radians(75), radians(4)), (radians(76), -0.1))
    holed = found(replace(RADAR, coverage=replace(RADAR.coverage, horizon=hill)))
    (hole,) = holed.holes
    # 18 m above the antenna are seen over 4° within 257 m, 88 m within 1258 m: 51 s at 20 m/s
    assert hole.height_m == 30.0 and hole.from_deg == pytest.approx(40, abs=1.1)
    assert hole.to_deg == pytest.approx(75, abs=1.1) and hole.warning_s < 3
    assert holed.outlook.warning_s[1, 60] == pytest.approx((88 / np.tan(radians(4)) - 200) / 20, abs=4)
    assert told(hole).code in ("coverage.hole.late", "coverage.hole.blind")


def test_what_hovers_is_lost_in_the_notch_of_a_doppler_radar_and_what_passes_it_by_is_not_seen() -> None:
    doppler = replace(RADAR, coverage=replace(RADAR.coverage, range_rate_min_mps=1.5))
    hovering = replace(LEVEL, threat=THREATS[ThreatKind.HOVERING])
    assert found(RADAR, asked=hovering).holes == ()
    (hole,) = found(doppler, asked=hovering).holes
    assert hole.is_all_round and hole.height_m == 100.0
    beside = replace(doppler, position_enu=(0.0, 2_000.0, 12.0))
    grid = PolarGrid(ROUND, 360, 20.0, 200)
    up = AROUND.ground_up_m(grid) + 100.0
    chance = chance_of_look(beside, THREATS[ThreatKind.MULTIROTOR], grid, up, AROUND)
    rate = 20.0 * np.cos(
        np.arctan2(2_000.0 - grid.north_m, -grid.east_m) - np.arctan2(-grid.north_m, -grid.east_m)
    )
    clear = np.abs(np.abs(rate) - 1.5) > 0.3
    near = np.hypot(grid.east_m, grid.north_m - 2_000.0) < 3_900.0
    assert ((chance > 0) == (np.abs(rate) > 1.5))[clear & near].mean() > 0.995


def test_what_hears_only_transmissions_sees_nobody_who_is_silent() -> None:
    deaf = replace(RADAR, sensor_id="rf", kind=SensorKind.RADIO_FREQUENCY)
    (hole,) = found(replace(RADAR, health=SensorHealth.LOST), deaf).holes
    assert hole.is_all_round and hole.warning_s == 0


def test_one_bearing_is_no_place_and_two_are() -> None:
    camera = replace(RADAR, kind=SensorKind.CAMERA, sigmas=(float("nan"), 0.003, 0.003, float("nan")))
    other = replace(camera, sensor_id="other", position_enu=(300.0, 0.0, 12.0))
    assert found(camera).outlook.warning_s.max() == 0
    assert found(camera, other).outlook.warning_s.min() > 150


def test_a_stated_range_is_where_half_of_the_looks_see_it() -> None:
    stated = Air(AROUND.ground, half_m={"north": {ThreatKind.MULTIROTOR: 2_000.0}})
    grid = PolarGrid(Protected((0.0, 0.0)), 72, 10.0, 390)
    chance = chance_of_look(RADAR, LEVEL.threat, grid, AROUND.ground_up_m(grid) + 100.0, stated)
    half = np.interp(0.5, chance[0, ::-1], grid.distance_m[::-1])
    assert half == pytest.approx(2_000, abs=10)
    one_way = chance_of_look(
        RADAR, THREATS[ThreatKind.ONE_WAY], grid, AROUND.ground_up_m(grid) + 100.0, stated
    )
    assert one_way.max() == pytest.approx(0.9)  # its range is not stated: as the coverage says


def test_a_rocket_is_seen_on_its_way_down_and_low_heights_say_nothing_of_it() -> None:
    rocket = Asked(THREATS[ThreatKind.ROCKET], (30.0, 100.0))
    whole = found(replace(RADAR, coverage=replace(RADAR.coverage, range_max_m=6_000.0)), asked=rocket)
    assert whole.outlook.warning_s.shape == (1, 360)
    assert 20 < whole.outlook.warning_s.min() < whole.outlook.warning_s.max() < 40.4


def test_the_hole_of_a_silent_sensor_is_told_since_it_was_last_heard() -> None:
    west = replace(
        RADAR, sensor_id="west", coverage=replace(RADAR.coverage, azimuth_from_rad=pi, azimuth_width_rad=pi)
    )
    east = replace(west, sensor_id="east", coverage=replace(west.coverage, azimuth_from_rad=0.0))
    silent = replace(west, health=SensorHealth.LOST, last_t_ns=1_700_000_000_000_000_000)
    now = found(silent, east)
    (opening,) = now.openings
    assert opening.sensor_ids == ("west",) and opening.since_t_ns == silent.last_t_ns
    assert opening.hole.from_deg == pytest.approx(180, abs=1.1) and opening.hole.to_deg == pytest.approx(
        360, abs=1.1
    )
    assert found(west, east).openings == () and found(west, east).holes == ()
    # one more that is silent and looked nowhere there is not blamed
    other = replace(east, sensor_id="other", health=SensorHealth.LOST, last_t_ns=silent.last_t_ns + 1)
    assert found(silent, east, other).openings[0].sensor_ids == ("west",)


def test_a_second_radar_gives_seconds_and_never_takes_any() -> None:
    second = replace(RADAR, sensor_id="second", position_enu=(1_500.0, 0.0, 12.0))
    third = replace(RADAR, sensor_id="third", position_enu=(0.0, -800.0, 12.0))
    alone, other, together = gains([RADAR], [second, third], ROUND, LEVEL, AROUND, COARSE)
    assert (alone.seconds >= 0).all() and alone.seconds[0, 90] == pytest.approx(75, abs=3)  # 1500 m at 20 m/s
    assert alone.seconds[0, 270] == pytest.approx(0, abs=1.5)
    assert alone.share_of(30) == pytest.approx(0.37, abs=0.05)
    assert other.added == (third,) and together.added == (second, third)
    assert (together.after.warning_s >= alone.after.warning_s - 1e-6).all()


def test_areas_are_those_of_the_flags() -> None:
    whole = found(RADAR)
    area = covered_area(whole.outlook, 0)
    ring_m, flags = whole.outlook.grid.ring_m, whole.outlook.covered[0]
    inner = np.arange(flags.shape[1]) * ring_m
    cells = ((inner + ring_m) ** 2 - inner**2) * pi / 360
    assert float(shapely.area(area)) == pytest.approx(float((flags * cells).sum()), rel=0.01)
    hole = Hole(40.0, 75.0, 30.0, 0.0)
    deep = 30.0 * 20.0
    assert float(shapely.area(hole_area(hole, whole.outlook, 30.0))) == pytest.approx(
        pi * (35 / 360) * ((200 + deep) ** 2 - 200**2), rel=0.02
    )
    assert len(sector_warning_s(whole.outlook, 0)) == 72


def test_runs_go_round_and_narrow_holes_are_not_lost() -> None:
    values = np.array([1, 0, 0, 0, 2, 2, 1, 1])
    assert runs(values) == [(1, 3, 0), (4, 2, 2), (6, 3, 1)]
    count = np.zeros(360, np.int64)
    count[100] = 1
    (hole,) = holes_of(found(RADAR).outlook, count)
    assert (hole.from_deg, hole.to_deg) == (99.5, 100.5)
    count[102:120] = 1  # and what is none between two holes is less than anybody could use
    (hole,) = holes_of(found(RADAR).outlook, count)
    assert (hole.from_deg, hole.to_deg) == (99.5, 119.5)


def test_the_edge_of_the_hull_is_met_on_every_bearing() -> None:
    square = Protected((0.0, 0.0), ((100.0, 100.0), (100.0, -100.0), (-100.0, -100.0), (-100.0, 100.0)))
    bearing = np.radians([0, 45, 90, 135, 200, 315])
    expected = 100 / np.maximum(np.abs(np.sin(bearing)), np.abs(np.cos(bearing)))
    assert np.allclose(square.edge_m(bearing), expected)
    assert protected(()).edge_m(bearing).tolist() == [0.0] * 6
