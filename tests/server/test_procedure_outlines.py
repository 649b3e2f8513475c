"""Procedures on the wire: closed outlines, narrow at the threshold, with names that people use."""

import numpy as np
import pytest
import shapely

from marsad.model.site import Site
from marsad.site.settings import settings_from_toml
from marsad.wire.encode_site import frame_of, site_to_wire

SITE: Site = settings_from_toml(
    """
[site]
id = "airport"
name_en = "Airport"
name_ar = "المطار"
latitude_deg = 33.30
longitude_deg = 44.40

[[runway]]
runway_id = "main"
name_en = "Main runway"
name_ar = "المدرج الرئيسي"
ends = ["09", "27"]
thresholds = [[33.30, 44.3867], [33.30, 44.4133]]

[[corridor]]
corridor_id = "river"
name_en = "River"
name_ar = "النهر"
use = "helicopter route"
points = [[33.35, 44.40], [33.32, 44.40], [33.32, 44.45]]
width_m = 600
height_m = [60, 350]
speed_mps = [20, 85]

[[area]]
area_id = "pad"
name_en = "Pad"
name_ar = "المهبط"
use = "landing place"
centre = [33.31, 44.41]
radius_m = 150
height_m = [-10, 200]
speed_mps = [0, 50]
""".encode(),
    "site.toml",
).build_site()
SHAPES = {shape["procedure_id"]: shape for shape in site_to_wire(SITE, None, "0")["procedures"]}


def ground(procedure_id: str) -> shapely.Polygon:
    """The outline in metres."""
    longitude, latitude = np.array(SHAPES[procedure_id]["ring"]).T
    return shapely.Polygon(frame_of(SITE).enu_from_geodetic(latitude, longitude, SITE.height_m)[:, :2])


def test_every_procedure_is_there_as_one_closed_outline() -> None:
    assert list(SHAPES) == [one.procedure_id for one in SITE.procedures]
    for shape in SHAPES.values():
        assert shape["ring"][0] == shape["ring"][-1] and len(shape["ring"]) >= 5
        assert ground(shape["procedure_id"]).is_valid
        place = frame_of(SITE).enu_from_geodetic(shape["label"][1], shape["label"][0], SITE.height_m)[:2]
        assert ground(shape["procedure_id"]).buffer(1).contains(shapely.Point(place))


def test_names_are_those_that_pilots_use_in_both_languages() -> None:
    final, climb = SHAPES["runway:main:final:09"], SHAPES["runway:main:departure-climb:27"]
    assert (final["name_en"], climb["name_en"]) == ("Final 09", "Departure 27")
    assert final["name_ar"] == "الاقتراب النهائي 09" and climb["name_ar"].startswith("الإقلاع")
    assert (SHAPES["runway:main"]["name_en"], SHAPES["area:pad"]["name_ar"]) == ("Main runway", "المهبط")


def test_a_final_narrows_towards_its_threshold() -> None:
    west, south, east, north = ground("runway:main:final:09").bounds
    assert east - west == pytest.approx(20_300, abs=20) and north - south > 1_900
    near = ground("runway:main:final:09").intersection(shapely.box(-1_300, -5_000, 0, 5_000))
    assert near.bounds[3] - near.bounds[1] == pytest.approx(240, abs=10)


def test_a_corridor_has_its_width_on_both_legs() -> None:
    river = ground("corridor:river")
    assert river.contains(shapely.Point(290, 4_000)) and not river.contains(shapely.Point(310, 4_000))
    assert river.area == pytest.approx(600 * (3_330 + 4_655), rel=0.02)


def test_a_round_area_is_round() -> None:
    assert ground("area:pad").area == pytest.approx(np.pi * 150**2, rel=0.02)
