from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from marsad.evaluate.study.distributions import load_generator
from marsad.evaluate.study.physics import Sensor, earliest_s, plot_probability, radar_probability
from marsad.evaluate.study.raid import Mask, Point, Raid
from marsad.evaluate.study.staging import staged
from marsad.simulate.faults import Dust, Fault, Latency, Misses, Outage
from marsad.simulate.impairment import SensorFaults
from marsad.simulate.sensing import Camera, Radar
from marsad.simulate.truth import Truth

from .conftest import point, tiny_raid

Array = NDArray[np.float64]
FIGURES = load_generator().distributions


def earliest(truth: Truth, sensors: Sequence[Sensor], *spells: Fault) -> float | None:
    return earliest_s(truth, 0, sensors, [SensorFaults(spells=spells)] * len(sensors))


def stood(raid: Raid, folder: Path) -> tuple[Truth, list[Sensor]]:
    source = staged(raid, FIGURES, folder).simulation()
    return source.simulation.truth, [node.eye for node in source.simulation.nodes]


def flown(*points: Point, rcs_dbsm: float = -8.0, kind: str = "small_fixed_wing", **changes: object) -> Raid:
    raid = tiny_raid(**changes)
    (attacker,) = raid.attackers
    flight = replace(attacker.flight, points=points, rcs_dbsm=rcs_dbsm, kind=kind)
    return replace(raid, attackers=(replace(attacker, flight=flight),))


def test_the_radar_equation_gives_the_reference_probability(tmp_path: Path) -> None:
    truth, (sensor,) = stood(flown(point(0, 1500), point(0, 0), rcs_dbsm=-15.0), tmp_path)
    assert isinstance(sensor, Radar)
    chance = radar_probability(
        sensor,
        truth.objects[0],
        np.array([3000.0, 6000.0, 100.0]),
        np.array([-30.0, -30.0, -30.0]),
        np.zeros(3),
    )
    assert chance[0] == pytest.approx(0.9, abs=0.002)
    assert chance[1] < 0.4 and chance[2] > 0.999


def test_what_is_seen_from_the_start_can_be_told_after_three_looks(tmp_path: Path) -> None:
    truth, sensors = stood(flown(point(0, 1500), point(0, 0)), tmp_path)
    found = earliest(truth, sensors)
    assert found is not None and 7.0 <= found - 0.0 <= 10.0  # departs at 5 s, looks every second


def test_an_outage_delays_it_to_its_end(tmp_path: Path) -> None:
    truth, sensors = stood(flown(point(0, 1500), point(0, 0)), tmp_path)
    found = earliest(truth, sensors, Outage(kind="outage", to_s=30.0))
    assert found is not None and 32.0 <= found <= 35.0
    assert earliest(truth, sensors, Outage(kind="outage")) is None


def test_half_of_the_detections_take_longer_than_all(tmp_path: Path) -> None:
    truth, sensors = stood(flown(point(0, 1500), point(0, 0)), tmp_path)
    whole = earliest(truth, sensors)
    most = earliest(truth, sensors, Misses(kind="misses", share_seen=0.7))
    assert whole is not None and most is not None and most > whole
    assert earliest(truth, sensors, Misses(kind="misses", share_seen=0.5)) is None


def test_what_flies_behind_a_hill_is_told_when_it_comes_out(tmp_path: Path) -> None:
    way = (point(0, 1500, 30.0), point(0, 0, 30.0))
    open_ground, sensors = stood(flown(*way), tmp_path)
    at_once = earliest(open_ground, sensors)
    hidden, sensors = stood(flown(*way, masks=(Mask(340.0, 20.0, 2.0),)), tmp_path)
    later = earliest(hidden, sensors)
    assert at_once is not None and later is not None
    # 18 m above an antenna of 12 m are 2° at 515 m, 33 s after departure
    assert later - at_once > 25.0


def test_what_hovers_tells_of_no_attack_before_it_goes_on(tmp_path: Path) -> None:
    hover = replace(point(0, 700, speed_mps=15.0), hold_s=20.0)
    raid = flown(
        point(0, 900, speed_mps=15.0), hover, point(0, 0, speed_mps=15.0), kind="multirotor", duration_s=120.0
    )
    truth, sensors = stood(raid, tmp_path)
    found = earliest(truth, sensors)
    assert found is not None and found > 5.0 + 200 / 15 + 20.0 - 1.0


def test_too_far_and_too_small_is_never_told(tmp_path: Path) -> None:
    raid = flown(point(0, 30_000, 200.0, 100.0), point(0, 25_000, 200.0, 100.0), rcs_dbsm=-25.0)
    truth, sensors = stood(raid, tmp_path)
    assert earliest(truth, sensors) is None


def test_latency_counts(tmp_path: Path) -> None:
    truth, sensors = stood(flown(point(0, 1500), point(0, 0)), tmp_path)
    prompt = earliest(truth, sensors)
    late = earliest(truth, sensors, Latency(kind="latency", latency_s=4.0))
    assert prompt is not None and late is not None
    assert late - prompt == pytest.approx(4.0, abs=0.6)


def test_rain_takes_signal_with_distance(tmp_path: Path) -> None:
    far, sensors = stood(flown(point(0, 4500, 80), point(0, 3500, 80)), tmp_path)
    rain = Dust(kind="dust", visibility_m=500.0, radar_loss_db_per_km=3.0)
    assert earliest(far, sensors) is not None
    assert earliest(far, sensors, rain) is None


def test_one_camera_has_no_range_and_haze_shortens_its_sight(tmp_path: Path) -> None:
    raid = flown(point(0, 1500), point(0, 0), suite="full")
    truth, sensors = stood(raid, tmp_path)
    cameras = [s for s in sensors if isinstance(s, Camera)]
    assert len(cameras) == 1
    assert earliest(truth, cameras) is None
    t_s = np.arange(6.0, 50.0, 0.5)
    haze = SensorFaults(spells=(Dust(kind="dust", visibility_m=600.0),))
    clear = plot_probability(cameras[0], SensorFaults(), 0, t_s)
    hazy = plot_probability(cameras[0], haze, 0, t_s)
    assert clear.max() > 0.5 and 0 < (hazy > 0).sum() < (clear > 0).sum()
