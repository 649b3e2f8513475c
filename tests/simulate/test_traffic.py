"""Aircraft that come and go: at a runway, on a route, across, in thermals."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marsad.errors import ConfigError
from marsad.simulate import Simulation
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.scenario import Scenario, scenario_of
from marsad.simulate.truth import TrueObject, Truth, truth_of

from .conftest import SCENARIO, SITE
from .test_simulation import run

PLACES = """
[[runway]]
runway_id = "main"
name_en = "Runway 15/33"
name_ar = "المدرج"
thresholds = [[33.02, 44.0], [32.99, 44.0]]
threshold_heights_m = [10.0, 0.0]
[[corridor]]
corridor_id = "river"
name_en = "River"
name_ar = "النهر"
use = "helicopter route"
points = [[33.10, 44.02], [33.03, 44.03], [32.95, 44.04]]
width_m = 500
height_m = [100, 300]
speed_mps = [20, 70]
[[area]]
area_id = "pad"
name_en = "Pad"
name_ar = "مهبط"
use = "landing place"
centre = [33.0, 44.005]
radius_m = 60
height_m = [0, 200]
speed_mps = [0, 50]
"""
THRESHOLD = (33.02, 44.0)
GROUND_M = 50.0
Airport = Callable[..., Scenario]


@pytest.fixture
def airport(tmp_path: Path) -> Airport:
    """A site with a runway to the south (18) and north (36), a route and a pad."""
    path = tmp_path / "airport.toml"
    path.write_text(SITE + PLACES, encoding="utf-8")

    def built(*traffic: dict[str, Any], duration_s: float = 3_600.0, **tables: Any) -> Scenario:
        quiet = {"object": [], "expected": {}, "duration_s": duration_s, "traffic": list(traffic)}
        return scenario_of({**SCENARIO, **quiet, **tables}, path)

    return built


LANDINGS: dict[str, Any] = {
    "pattern": "landings",
    "id": "arrival",
    "runway": "main",
    "end": "18",
    "every_s": 90,
    "go_around_share": 0.0,
}
HELICOPTERS: dict[str, Any] = {
    "pattern": "helicopters",
    "id": "heli",
    "corridor": "river",
    "landing_place": "pad",
    "every_s": 300,
}


def path_of(item: TrueObject, step_s: float = 0.5) -> tuple[Any, Any, Any]:
    t_s = np.arange(item.start_s, item.end_s, step_s)
    position, velocity = item.planned.state(t_s)
    return t_s, position, velocity


def runway_line(scenario: Scenario, position: Any) -> tuple[Any, Any]:
    """How far before the threshold, and how far to the side of the line: the runway runs due south."""
    east, north, _ = scenario.layout.frame.enu_from_geodetic(*THRESHOLD, GROUND_M)
    return position[:, 1] - north, position[:, 0] - east


def test_one_lands_every_ninety_seconds_give_or_take(airport: Airport) -> None:
    scenario = airport(LANDINGS)
    crossed = []
    for item in truth_of(scenario, 1).objects:
        t_s, position, _ = path_of(item)
        before, _ = runway_line(scenario, position)
        crossed.append(float(t_s[np.argmax(before <= 0)]))
    inside = sorted(t for t in crossed if 0 <= t < 3_600)
    assert 39 <= len(inside) <= 41
    assert all(60 - 1 <= gap <= 120 + 1 for gap in np.diff(inside))


def test_an_approach_is_on_the_glide_path_at_a_landing_speed_of_its_kind(airport: Airport) -> None:
    scenario = airport(LANDINGS)
    speeds: dict[ObjectKind, list[float]] = {}
    for item in truth_of(scenario, 3).objects:
        _, position, velocity = path_of(item)
        before, side = runway_line(scenario, position)
        final = (before > 50) & (before < 2_500) & (np.abs(side) < 200)
        assert np.all(np.abs(side[final]) < 2.0)
        up = position[final, 2] - 10.0  # the threshold lies ten metres above the site
        slope = np.degrees(np.arctan(np.polyfit(before[final], up, 1)[0]))
        assert slope == pytest.approx(3.0, abs=0.25)
        speed = np.hypot(velocity[:, 0], velocity[:, 1])
        speeds.setdefault(item.kind, []).append(float(speed[np.argmax(before <= 0)]))
        assert speed[-1] < 12.0 and position[-1, 2] - 10.0 < 8.0
    assert set(speeds) == {ObjectKind.AIRLINER, ObjectKind.TRANSPORT, ObjectKind.LIGHT_AIRCRAFT}
    limits = {
        ObjectKind.AIRLINER: (62, 81),
        ObjectKind.TRANSPORT: (52, 67),
        ObjectKind.LIGHT_AIRCRAFT: (33, 49),
    }
    for kind, found in speeds.items():
        low, high = limits[kind]
        assert low <= min(found) and max(found) <= high


def test_three_of_a_hundred_say_nothing_of_themselves(airport: Airport) -> None:
    truth = truth_of(airport({**LANDINGS, "every_s": 30}, duration_s=36_000.0), 1)
    silent = sum(item.transponder is None for item in truth.objects) / len(truth.objects)
    assert len(truth.objects) > 1_000
    assert 0.015 < silent < 0.045
    addresses = [item.transponder.icao for item in truth.objects if item.transponder is not None]
    assert len(set(addresses)) > 0.99 * len(addresses)


def test_who_breaks_off_an_approach_never_comes_lower_than_it_decided(airport: Airport) -> None:
    scenario = airport({**LANDINGS, "go_around_share": 1.0})
    for item in truth_of(scenario, 1).objects:
        _, position, _ = path_of(item)
        before, _ = runway_line(scenario, position)
        assert position[:, 2].min() - 10.0 > 25.0
        assert before.min() < -4_000 and position[-1, 2] > 250.0
        assert not item.on_ground_s


def test_departures_roll_lift_off_on_the_runway_and_climb(airport: Airport) -> None:
    item = {key: value for key, value in LANDINGS.items() if key != "go_around_share"}
    scenario = airport({**item, "pattern": "departures", "id": "out"})
    for flight in truth_of(scenario, 1).objects:
        t_s, position, velocity = path_of(flight)
        before, side = runway_line(scenario, position)
        ((_, lifts_s),) = flight.on_ground_s
        row = int(np.searchsorted(t_s, lifts_s))
        assert -2_100 < before[row] < -350 and np.abs(side[: row + 1]).max() < 2.0
        assert np.all(np.diff(position[:, 2]) > -0.1)
        assert position[-1, 2] > 450 and np.hypot(*velocity[row, :2]) > 30


def test_a_landed_aircraft_says_that_it_is_on_the_ground(airport: Airport) -> None:
    receiver = {"latitude_deg": 33.0, "longitude_deg": 44.0, "reception_probability": 1.0}
    scenario = airport({**LANDINGS, "silent_share": 0.0}, duration_s=120.0, adsb_receiver=receiver)
    lines = [frame.data for frame in run(Simulation(scenario, 1), 120) if frame.data.startswith(b"MSG,3")]
    ground = [line for line in lines if line.rstrip().endswith(b"-1")]
    assert 0 < len(ground) < 0.3 * len(lines)


def test_helicopters_follow_the_route_and_some_land_and_leave(airport: Airport) -> None:
    item = {
        "pattern": "helicopters",
        "id": "heli",
        "corridor": "river",
        "landing_place": "pad",
        "every_s": 300,
    }
    truth = truth_of(airport(item), 2)
    assert {each.kind for each in truth.objects} == {ObjectKind.HELICOPTER}
    landed = [each for each in truth.objects if each.on_ground_s]
    assert 0 < len(landed) < len(truth.objects)
    pad = airport(item).layout.landing_places["pad"]
    for each in landed:
        ((begin_s, end_s),) = each.on_ground_s
        position, velocity = each.planned.state(np.array([(begin_s + end_s) / 2]))
        assert np.hypot(*(position[0, :2] - pad)) < 5.0 and np.hypot(*velocity[0, :2]) < 0.5
        last, _ = each.planned.state(np.array([each.end_s]))
        assert np.hypot(*last[0, :2]) > 3_000


def test_crossings_pass_and_gliders_circle(airport: Airport) -> None:
    crossing = {"pattern": "crossings", "id": "sport", "every_s": 400, "jitter_s": 100}
    glider = {"pattern": "gliders", "id": "glider", "every_s": 900, "silent_share": 0.0}
    truth = truth_of(airport(crossing, glider), 1)
    for item in truth.objects:
        _, position, velocity = path_of(item, 1.0)
        heading = np.unwrap(np.arctan2(velocity[:, 0], velocity[:, 1]))
        swept = np.abs(np.diff(heading)).sum()
        if item.kind is ObjectKind.GLIDER:
            assert swept > 10 * 2 * np.pi
            assert position[:, 2].min() > 300 and position[:, 2].max() < 1_800
        else:
            assert swept < 0.1


def test_more_traffic_changes_no_other(airport: Airport) -> None:
    glider = {"pattern": "gliders", "id": "glider", "every_s": 900}
    alone, joined = truth_of(airport(LANDINGS), 5), truth_of(airport(glider, LANDINGS), 5)
    longer = truth_of(airport(LANDINGS, duration_s=7_200.0), 5)

    def named(truth: Truth) -> dict[str, TrueObject]:
        return {item.object_id: item for item in truth.objects}

    for name, item in named(alone).items():
        for other in (named(joined)[name], named(longer)[name]):
            assert np.array_equal(item.planned.position_enu, other.planned.position_enu)
            assert item.transponder == other.transponder and item.rcs_dbsm == other.rcs_dbsm


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"runway": "second"}, "must be of the site: main"),
        ({"end": "15"}, "must be of the site: 18, 36"),
        ({"jitter_s": 60}, "half of every_s"),
        ({"kinds": {"balloon": 1.0}}, "kinds"),
    ],
)
def test_what_the_site_does_not_have_is_refused(airport: Airport, change: dict[str, Any], part: str) -> None:
    with pytest.raises(ConfigError) as raised:
        airport({**LANDINGS, **change})
    assert part in str(raised.value)


def test_a_route_or_pad_the_site_does_not_have_is_refused(airport: Airport) -> None:
    item = {
        "pattern": "helicopters",
        "id": "heli",
        "corridor": "road",
        "landing_place": "roof",
        "every_s": 300,
    }
    with pytest.raises(ConfigError, match="road") as raised:
        airport(item)
    assert "roof" in str(raised.value)


def test_an_aircraft_that_comes_down_by_waypoints_is_on_the_ground_from_there_on(airport: Airport) -> None:
    way = [
        {"latitude_deg": latitude, "longitude_deg": 44.0, "above_ground_m": up, "speed_mps": speed}
        for latitude, up, speed in (
            (33.05, 170.0, 75.0),
            (33.02, 15.0, 70.0),
            (33.017, 4.0, 65.0),
            (33.005, 4.0, 20.0),
        )
    ]
    kinds = {"airliner": True, "multirotor": False}
    for kind, rolls in kinds.items():
        (item,) = truth_of(airport(object=[{"id": "one", "kind": kind, "waypoints": way}]), 1).objects
        assert bool(item.on_ground_s) is rolls
        if rolls:
            ((begin_s, end_s),) = item.on_ground_s
            assert end_s == item.end_s and 20.0 < end_s - begin_s < 45.0
