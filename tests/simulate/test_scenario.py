from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marsad.errors import ConfigError
from marsad.simulate import load_scenario, scenario_names
from marsad.simulate.layout import read
from marsad.simulate.radar_types import RADAR_TYPES, radar_of
from marsad.simulate.scenario import Scenario, SensorsFile, scenario_of, site_names
from marsad.simulate.truth import truth_of
from marsad.site.settings import settings_from_toml

DAY_PART_S = 3_600.0


@pytest.mark.parametrize("name", scenario_names())
def test_every_packaged_scenario_loads_and_flies(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.file.name == name
    assert scenario.file.title_en != scenario.file.title_ar
    if scenario.file.duration_s > DAY_PART_S:  # a day flies like its first hour
        file = scenario.file.model_copy(update={"duration_s": DAY_PART_S})
        scenario = replace(scenario, file=file)
    truth = truth_of(scenario, seed=1)
    written = {item.object_id for item in truth.objects if item.hostile and not item.piece_of}
    assert written == set(scenario.expected.hostile)
    assert len({item.object_id for item in truth.objects}) == len(truth.objects)
    assert set(scenario.layout.feed_of) >= {radar.node_id for radar in scenario.file.radar}


def test_the_raid_at_ain_al_asad_is_stopped_short_of_the_perimeter_but_late_enough_to_warn() -> None:
    scenario = load_scenario("ain-al-asad-2022-01-04")
    truth = truth_of(scenario, seed=7)
    drones = [(row, item) for row, item in enumerate(truth.objects) if item.hostile]
    assert len(drones) == 2
    for row, item in drones:
        arrivals = truth.arrivals_s(row, scenario.layout.site.zones)
        assert item.stop is not None
        assert next(iter(arrivals)) == "perimeter" and len(arrivals) == 2
        # each zone's minute of warning begins before the drone is stopped
        assert all(arrival - 60.0 + 8.0 < item.stop.t_s < arrival - 10.0 for arrival in arrivals.values())


@pytest.mark.parametrize("name", scenario_names())
def test_what_a_scenario_expects_can_happen_within_it(name: str) -> None:
    """Who is to be warned of arrives before the end, and long enough after the start."""
    scenario = load_scenario(name)
    expected = scenario.expected
    if not expected.hostile:
        return
    truth = truth_of(scenario, seed=1)
    for row, item in enumerate(truth.objects):
        least_s = expected.lead_s_min_of.get(item.object_id, expected.lead_s_min)
        if item.object_id not in expected.hostile or least_s is None:
            continue
        arrivals = truth.arrivals_s(row, scenario.layout.site.zones)
        for arrives_s in arrivals.values():
            assert max(item.start_s, 0.0) + least_s + 10.0 < arrives_s < scenario.file.duration_s
    arrive = any(truth.arrivals_s(row, scenario.layout.site.zones) for row in range(len(truth.objects)))
    assert arrive or {salvo.id for salvo in scenario.file.salvo} & set(expected.warn_not)


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(ConfigError, match="quiet-night"):
        load_scenario("no-such-thing")


def test_a_scenario_file_finds_its_site_beside_it(site_path: Path) -> None:
    path = site_path.parent / "mine.toml"
    path.write_text(
        'name = "mine"\ntitle_en = "M"\ntitle_ar = "م"\nstart = 2022-01-01T00:00:00Z\nduration_s = 5\n'
        'site = "small.toml"\n',
        encoding="utf-8",
    )
    assert load_scenario(path).layout.site.site_id == "small"
    path.write_text(path.read_text(encoding="utf-8").replace("small", "absent"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        load_scenario(path)


@pytest.mark.parametrize("data", [b"name = ", b"\xff\xfe", b""])
def test_what_is_no_scenario_is_a_config_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=r"bad\.toml"):
        load_scenario(path)


def test_every_fault_is_listed_at_once(site_path: Path, tables: dict[str, Any]) -> None:
    drone = {**tables["drone"], "kind": "spaceship", "colour": "red"}
    bad = {**tables["scenario"], "duration_s": -1, "start": "2022-01-04T02:40:00", "object": [drone]}
    with pytest.raises(ConfigError) as raised:
        scenario_of(bad, site_path)
    keys = {fault.key for fault in raised.value.faults}
    assert keys >= {"duration_s", "start", "object.0.kind", "object.0.colour"}


def test_waypoints_name_one_place_and_one_height(site_path: Path, tables: dict[str, Any]) -> None:
    odd = {"azimuth_deg": 1.0, "range_m": 10.0, "latitude_deg": 33.0, "longitude_deg": 44.0, "speed_mps": 5.0}
    drone = {**tables["drone"], "waypoints": [odd, tables["drone"]["waypoints"][0]]}
    with pytest.raises(ConfigError, match="either latitude_deg and longitude_deg or azimuth_deg"):
        scenario_of({**tables["scenario"], "object": [drone]}, site_path)


def test_names_that_do_not_fit_each_other_are_faults(build: Callable[..., Scenario], tables: Any) -> None:
    stray = {**tables["radar"], "node_id": "99999999-9999-4999-8999-999999999999"}
    defender = {
        "id": "d",
        "by": "d",
        "latitude_deg": 33.0,
        "longitude_deg": 44.0,
        "reach_m": 100.0,
        "objects": ["ghost"],
    }
    with pytest.raises(ConfigError) as raised:
        build(radar=[stray, stray], defender=[defender], object=[tables["drone"]] * 2, expected={})
    keys = [fault.key for fault in raised.value.faults]
    assert {"radar.0.node_id", "defender.0.objects", "object.id", "expected.hostile", "node_id"} <= set(keys)


def test_a_route_that_cannot_be_flown_is_a_config_error(build: Callable[..., Scenario], tables: Any) -> None:
    near = [
        {"azimuth_deg": a, "range_m": 300.0, "above_ground_m": 50.0, "speed_mps": 60.0} for a in (0, 90, 180)
    ]
    with pytest.raises(ConfigError, match=r"object\.0\.waypoints = drone: waypoint 2"):
        truth_of(build(object=[{**tables["drone"], "waypoints": near}]), seed=0)


@pytest.mark.parametrize("name", scenario_names())
def test_a_live_site_reads_the_same_site_from_the_same_file(name: str) -> None:
    scenario = load_scenario(name)
    settings = settings_from_toml(scenario.site_path.read_bytes(), scenario.site_path.name)
    site = settings.build_site()
    assert [zone.zone_id for zone in site.zones] == [zone.zone_id for zone in scenario.layout.site.zones]
    for live, ours in zip(site.zones, scenario.layout.site.zones, strict=True):
        assert np.allclose(live.corners_enu, ours.corners_enu, atol=1e-6)
    assert {feed.name for feed in settings.feed} >= {*scenario.layout.feed_of.values(), "adsb"}


def test_the_quadcopter_is_stopped_before_the_compound_but_after_both_zones_minutes_began() -> None:
    scenario = load_scenario("embassy-quadcopter")
    truth = truth_of(scenario, seed=7)
    arrivals = truth.arrivals_s(0, scenario.layout.site.zones)
    stop = truth.objects[0].stop
    assert list(arrivals) == ["compound", "chancery"] and stop is not None
    assert max(arrivals.values()) - 45.0 < stop.t_s < min(arrivals.values())


OWN = """\
name = "own"
title_en = "Own"
title_ar = "خاص"
start = 2022-01-04T02:40:00Z
duration_s = 60.0
site = "{site}"
sensors = "{sensors}"
"""


@pytest.mark.parametrize("suffixes", [("", ""), (".toml", ".sensors.toml")])
@pytest.mark.parametrize("name", site_names())
def test_a_scenario_of_ones_own_may_name_the_packages_sites(
    tmp_path: Path, name: str, suffixes: tuple[str, str]
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.format(site=name + suffixes[0], sensors=name + suffixes[1]), "utf-8")
    scenario = load_scenario(path)
    assert scenario.layout.site.site_id == name
    assert scenario.file.radar


def test_a_file_beside_the_scenario_comes_before_the_packages(tmp_path: Path) -> None:
    ours = load_scenario("quiet-night").site_path
    (tmp_path / ours.name).write_text(ours.read_text("utf-8").replace("name_en", "name_en", 1), "utf-8")
    path = tmp_path / "own.toml"
    path.write_text(OWN.format(site=ours.stem, sensors=ours.stem), "utf-8")
    assert load_scenario(path).site_path == tmp_path / ours.name


def test_a_site_that_is_nowhere_is_told_with_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.format(site="atlantis", sensors="embassy"), "utf-8")
    with pytest.raises(
        ConfigError,
        match=r"site is 'atlantis'.*ain-al-asad, baghdad-airport, embassy, embassy-rockets, "
        "erbil-airport, power-plant",
    ):
        load_scenario(path)


def test_faults_of_a_scenario_file_have_their_place(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.format(site="embassy", sensors="embassy").replace("60.0", "-1"), "utf-8")
    with pytest.raises(ConfigError, match=r"own\.toml:5:1 duration_s is -1; it must be a number above 0"):
        load_scenario(path)


# ---------------------------------------------------------------- rockets

ROCKETS = {
    "embassy-rockets-at-night": (1, 3),
    "erbil-salvo-of-fourteen": (13, 1),
    "drones-then-rockets": (4, 0),
    "rockets-that-miss": (0, 6),
    "mortar-at-three-km": (3, 0),
}


@pytest.mark.parametrize(("name", "hit_and_missed"), ROCKETS.items())
def test_rockets_come_down_in_zones_and_beside_them_as_their_scenario_says(
    name: str, hit_and_missed: tuple[int, int]
) -> None:
    scenario = load_scenario(name)
    truth = truth_of(scenario, seed=1)
    zones = scenario.layout.site.zones
    rounds = [row for row, item in enumerate(truth.objects) if item.falls and not item.piece_of]
    hit = sum(bool(truth.arrivals_s(row, zones)) for row in rounds)
    assert (hit, len(rounds) - hit) == hit_and_missed
    for radar in scenario.file.radar:
        assert not radar.classifies_rockets
    assert {item.object_id for item in truth.objects if item.stop is not None} == (
        {"rocket-6"} if name == "erbil-salvo-of-fourteen" else set()
    )


@pytest.mark.parametrize("site", ["embassy-rockets", "erbil-airport"])
def test_the_radars_of_a_site_with_rockets_are_of_the_types_there_are(site: str) -> None:
    (path,) = {load_scenario(name).site_path.parent for name in ROCKETS}
    sensors = SensorsFile.model_validate(read(path / f"{site}.sensors.toml"))
    for radar, (radar_type, values) in zip(sensors.radar, RADAR_TYPES.items(), strict=True):
        wanted = radar_of(radar_type, radar.node_id, radar.latitude_deg, radar.longitude_deg)
        assert {key: getattr(radar, key) for key in values} == {key: getattr(wanted, key) for key in values}
