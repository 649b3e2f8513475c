from dataclasses import replace
from math import pi, radians

import numpy as np

from marsad.coverage.sight import in_sight
from marsad.evaluate.coverage import covered
from marsad.model.sensor import Coverage, Sensor, SensorHealth, SensorKind

RADAR = Sensor("r", "R", SensorKind.RADAR, "f", (100.0, 0.0, 0.0), Coverage(range_min_m=50, range_max_m=1000))
NORTH, EAST, FAR, NEAR = [100.0, 500, 50], [600.0, 0, 50], [100.0, 5000, 0], [110.0, 0, 0]


def sees(sensor: Sensor, *places: list[float]) -> list[bool]:
    return [bool(inside) for inside in covered(np.array(places).reshape(-1, 3), [sensor])]


def test_range_counts_from_the_sensor() -> None:
    assert sees(RADAR, NORTH, EAST, FAR, NEAR) == [True, True, False, False]


def test_a_sector_goes_clockwise_through_north() -> None:
    sector = Coverage(range_max_m=1000, azimuth_from_rad=radians(315), azimuth_width_rad=radians(90))
    assert sees(replace(RADAR, coverage=sector), NORTH, EAST) == [True, False]


def test_elevation_and_horizon_hide() -> None:
    low = Coverage(range_max_m=1000, elevation_max_rad=radians(2))
    assert sees(replace(RADAR, coverage=low), NORTH) == [False]
    hill = Coverage(range_max_m=1000, horizon=((0.0, radians(10)), (pi / 2, 0.0), (pi, 0.0), (1.5 * pi, 0.0)))
    assert sees(replace(RADAR, coverage=hill), NORTH, EAST) == [False, True]


def test_the_deaf_the_listening_and_the_claimed_cover_nothing() -> None:
    for changes in (
        {"health": SensorHealth.LOST},
        {"kind": SensorKind.ADSB},
        {"kind": SensorKind.RADIO_FREQUENCY},
        {"position_enu": None},
    ):
        assert sees(replace(RADAR, **changes), NORTH) == [False]
    assert sees(replace(RADAR, health=SensorHealth.DEGRADED), NORTH) == [True]


def test_no_place_and_no_sensor() -> None:
    assert sees(RADAR) == []
    assert covered(np.array([NORTH]), []).tolist() == [False]
    assert in_sight(np.empty((0, 3)), Coverage()).tolist() == []
