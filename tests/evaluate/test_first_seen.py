"""Where intruders are first seen, beside what coverage foretells: the simulator draws each look."""

from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest

from marsad.evaluate.first_seen import agreement, fly_in, intruders

NODE = "6f0d3c52-9f0e-4f6b-8b1e-0a4a4d1c2b21"
HALF_M, HEIGHT_M = 1_500.0, 60.0
SITE = f"""
[site]
id = "coverage"
name_en = "Coverage"
name_ar = "التغطية"
latitude_deg = 33.3
longitude_deg = 44.4
height_m = 40.0
zone = [{{ id = "all", name_en = "All", name_ar = "الكل", centre = [33.3, 44.4], radius_m = 200 }}]

[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"

[feed.nodes.{NODE}]
name = "Radar"
kind = "radar"
range_max_m = 3000
elevation_sector_deg = [-5, 60]
clutter_per_scan = 0.5
sees_m = {{ multirotor = {HALF_M} }}
horizon_deg = [[0, -5], [29, -5], [30, 4], [90, 4], [91, -5], [180, -5], [181, 3], [230, 3], [231, -5]]
"""
SCENARIO = {
    "name": "coverage",
    "title_en": "From all sides",
    "title_ar": "من كل الجهات",
    "start": "2022-01-04T02:40:00Z",
    "duration_s": 75.0,
    "site": "coverage.toml",
    "radar": [
        {
            "node_id": NODE,
            "latitude_deg": 33.3,
            "longitude_deg": 44.4,
            "antenna_m": 15.0,
            "range_max_m": 3000.0,
            "elevation_max_deg": 60.0,
            "range_sigma_m": 8.0,
            "azimuth_sigma_deg": 0.5,
            "elevation_sigma_deg": 0.8,
            "false_plots_per_look": 0.5,
            "reference": {
                "range_m": HALF_M,
                "rcs_dbsm": -15.0,
                "snr_db": 12.77,
            },  # half of the looks, Pfa 1e-6
            "obstacles": [
                {"from_deg": 30, "to_deg": 90, "below_deg": 4.0},
                {"from_deg": 181, "to_deg": 230, "below_deg": 3.0},
            ],
        }
    ],
    "object": intruders((0, 50, 70, 120, 150, 205, 270, 320), 3_000.0, HEIGHT_M, 40.0, -15.0),
}


def test_first_sights_are_where_coverage_foretells_them(tmp_path: Path) -> None:
    path = tmp_path / "coverage.toml"
    path.write_text(SITE, "utf-8")
    found = {one.bearing_deg: one for one in fly_in(path, dict(SCENARIO), HEIGHT_M, seed=3)}
    hidden = [found[bearing] for bearing in (50, 70, 205)]
    for one in hidden:  # the hill decides: (60 - 15) m over 4° or 3°, within two looks at 40 m/s
        assert one.seen_m == pytest.approx(
            45 / np.tan(np.radians(3 if one.bearing_deg == 205 else 4)), abs=100
        )
        assert one.foretold_seen_m == pytest.approx(one.seen_m, abs=100)
    open_air = [one for one in found.values() if one not in hidden]
    assert min(one.seen_m for one in open_air) > 1.3 * max(one.seen_m for one in hidden)
    for name in ("seen", "confirmed"):
        told = agreement(
            [getattr(one, f"foretold_{name}_m") for one in found.values()],
            [getattr(one, f"{name}_m") for one in found.values()],
        )
        assert (told.count, told.unseen) == (8, 0)
        assert told.error_m < 250  # chance alone scatters them by as much


def test_agreement_counts_those_that_only_one_side_knows() -> None:
    told = agreement([100.0, nan, 300.0, 50.0], [90.0, 10.0, 340.0, nan])
    assert (told.count, told.unseen, told.error_m, told.bias_m) == (2, 2, 25.0, -15.0)
    assert isnan(agreement([nan], [nan]).error_m)
