from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from marsad.model.incident import Outcome
from marsad.simulate.scenario import Scenario
from marsad.simulate.truth import truth_of

BIRDS = {"pattern": "birds", "id": "flock", "flocks": 3, "members": [2, 3]}
AIRLINERS = {"pattern": "overflights", "id": "liner", "count": 4, "airway_azimuth_deg": [125.0]}
AIRPORT = {
    "pattern": "far_airport",
    "id": "far",
    "count": 6,
    "azimuth_deg": 100.0,
    "range_m": 120_000.0,
    "runway_azimuth_deg": 330.0,
}
DEFENDER = {
    "id": "battery",
    "by": "battery",
    "latitude_deg": 33.0,
    "longitude_deg": 44.0,
    "reach_m": 3_000.0,
    "delay_s": 10.0,
    "objects": ["drone"],
}


def test_same_seed_same_truth_and_another_seed_another(build: Callable[..., Scenario]) -> None:
    scenario = build(traffic=[BIRDS, AIRLINERS, AIRPORT])
    first, again, other = (truth_of(scenario, seed) for seed in (5, 5, 6))
    t = np.full(1, 50.0)
    for row in range(len(first.objects)):
        rows = np.array([row])
        assert np.array_equal(first.states(rows, t)[0], again.states(rows, t)[0])
    assert [item.rcs_dbsm for item in first.objects] != [item.rcs_dbsm for item in other.objects]


def test_adding_traffic_changes_no_other_object(build: Callable[..., Scenario]) -> None:
    few = {item.object_id: item for item in truth_of(build(traffic=[BIRDS]), 3).objects}
    many = {item.object_id: item for item in truth_of(build(traffic=[AIRLINERS, BIRDS, AIRPORT]), 3).objects}
    assert len(many) > len(few) > 5
    for name, item in few.items():
        assert np.array_equal(item.planned.position_enu, many[name].planned.position_enu)
        assert item.rcs_dbsm == many[name].rcs_dbsm


def test_the_grid_agrees_with_the_trajectories(build: Callable[..., Scenario]) -> None:
    truth = truth_of(build(traffic=[BIRDS, AIRLINERS, AIRPORT]), 1)
    for t_s in (0.0, 17.3, 120.26, 199.9):
        rows = truth.flying(t_s)
        position, velocity = truth.states(rows, t_s)
        for k, row in enumerate(rows):
            exact = truth.objects[row].planned.state(t_s)
            assert np.allclose(position[k], exact[0], atol=0.5)
            assert np.allclose(velocity[k], exact[1], atol=1.0)


def test_a_defender_stops_what_comes_within_reach_and_reports_where(build: Callable[..., Scenario]) -> None:
    scenario = build(defender=[{**DEFENDER, "place_sigma_m": 0.0}])
    truth = truth_of(scenario, 1)
    drone = truth.objects[0]
    assert drone.stop is not None and drone.outcome is Outcome.STOPPED
    # 8 km out at 50 m/s: within 3 km after 100 s, stopped 10 s later, 500 m nearer
    assert drone.stop.t_s == pytest.approx(110.0, abs=0.2)
    where = scenario.layout.frame.enu_from_geodetic(drone.stop.latitude_deg, drone.stop.longitude_deg, 50.0)
    assert np.hypot(*where[:2]) == pytest.approx(2_500.0, abs=15.0)
    assert 0 in truth.flying(109.0) and 0 not in truth.flying(111.0)
    assert truth.arrivals_s(0, scenario.layout.site.zones)["yard"] == pytest.approx(154.0, abs=0.3)


def test_a_defender_without_a_chance_stops_nothing(build: Callable[..., Scenario]) -> None:
    truth = truth_of(build(defender=[{**DEFENDER, "chance": 0.0}]), 1)
    assert truth.objects[0].stop is None and 0 in truth.flying(155.0)


def test_chance_decides_by_seed(build: Callable[..., Scenario]) -> None:
    scenario = build(defender=[{**DEFENDER, "chance": 0.5}])
    stopped = sum(truth_of(scenario, seed).objects[0].stop is not None for seed in range(60))
    assert 15 <= stopped <= 45


def test_zones_are_met_in_order_and_not_from_on_high(build: Callable[..., Scenario], tables: Any) -> None:
    scenario = build()
    arrivals = truth_of(scenario, 1).arrivals_s(0, scenario.layout.site.zones)
    assert list(arrivals) == ["yard", "hut"] and arrivals["yard"] < arrivals["hut"]
    high = [{**point, "above_ground_m": 5_000.0} for point in tables["drone"]["waypoints"]]
    above = build(object=[{**tables["drone"], "waypoints": high}])
    assert truth_of(above, 1).arrivals_s(0, above.layout.site.zones) == {}
