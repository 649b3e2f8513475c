"""A small site and scenarios built on it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marsad.simulate.scenario import Scenario, scenario_of

RADAR_ID = "11111111-1111-4111-8111-111111111111"
FINDER_ID = "22222222-2222-4222-8222-222222222222"
CAMERA_ID = "33333333-3333-4333-8333-333333333333"

SITE = f"""
[site]
id = "small"
name_en = "Small"
name_ar = "صغير"
latitude_deg = 33.0
longitude_deg = 44.0
height_m = 50.0
[[site.zone]]
id = "yard"
name_en = "Yard"
name_ar = "ساحة"
centre = [33.0, 44.0]
radius_m = 300.0
[[site.zone]]
id = "hut"
name_en = "Hut"
name_ar = "كوخ"
corners = [[33.0005, 44.0005], [33.0005, 43.9995], [32.9995, 43.9995], [32.9995, 44.0005]]
[[feed]]
name = "sensors"
standard = "sapient"
[feed.nodes.{RADAR_ID}]
name = "Radar"
kind = "radar"
[feed.nodes.{FINDER_ID}]
name = "Finder"
kind = "radio_frequency"
[feed.nodes.{CAMERA_ID}]
name = "Camera"
kind = "camera"
[[feed]]
name = "adsb"
standard = "sbs"
"""

RADAR: dict[str, Any] = {
    "node_id": RADAR_ID,
    "latitude_deg": 33.0,
    "longitude_deg": 44.0,
    "range_max_m": 15_000.0,
    "range_sigma_m": 10.0,
    "azimuth_sigma_deg": 0.5,
    "elevation_sigma_deg": 0.7,
    "reference": {"range_m": 10_000.0, "rcs_dbsm": -5.0, "snr_db": 13.0},
}
FINDER: dict[str, Any] = {
    "node_id": FINDER_ID,
    "latitude_deg": 33.0,
    "longitude_deg": 44.0,
    "range_max_m": 8_000.0,
    "azimuth_sigma_deg": 3.0,
}
CAMERA: dict[str, Any] = {
    "node_id": CAMERA_ID,
    "latitude_deg": 33.0,
    "longitude_deg": 44.0,
    "range_max_m": 20_000.0,
    "azimuth_sigma_deg": 0.05,
    "elevation_sigma_deg": 0.05,
    "instantaneous_view_mrad": 0.3,
}
DRONE: dict[str, Any] = {
    "id": "drone",
    "kind": "one_way_drone",
    "hostile": True,
    "rcs_dbsm": -5.0,
    "waypoints": [
        {"azimuth_deg": 45.0, "range_m": 8_000.0, "above_ground_m": 150.0, "speed_mps": 50.0},
        {"azimuth_deg": 45.0, "range_m": 10.0, "above_ground_m": 50.0, "speed_mps": 50.0},
    ],
}
SCENARIO: dict[str, Any] = {
    "name": "small-raid",
    "title_en": "Small raid",
    "title_ar": "غارة صغيرة",
    "start": "2022-01-04T02:40:00Z",
    "duration_s": 200.0,
    "site": "small.toml",
    "radar": [RADAR],
    "object": [DRONE],
    "expected": {"hostile": ["drone"]},
}


@pytest.fixture
def site_path(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


@pytest.fixture
def build(site_path: Path) -> Callable[..., Scenario]:
    """A scenario like SCENARIO with some tables replaced."""

    def built(**tables: Any) -> Scenario:
        return scenario_of({**SCENARIO, **tables}, site_path)

    return built


@pytest.fixture
def tables() -> dict[str, dict[str, Any]]:
    """The tables the small scenario is made of."""
    return {"radar": RADAR, "finder": FINDER, "camera": CAMERA, "drone": DRONE, "scenario": SCENARIO}
