"""Procedures out of settings and GeoJSON: what they become, and every fault with its place."""

import json
from pathlib import Path as File
from typing import Any

import numpy as np
import pytest

from marsad.errors import ConfigError
from marsad.model.frame import CONFIGURATION, Frame
from marsad.model.procedure import Ground, Path, Procedure, ProcedureUse
from marsad.site.advice import advice
from marsad.site.fold import SiteFold
from marsad.site.settings import settings_from_toml
from marsad.station.settings_file import read_settings

SITE = """\
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.30
longitude_deg = 44.40
"""
RUNWAY = """
[[runway]]
runway_id = "09-27"
name_en = "Runway 09/27"
name_ar = "المدرج 09/27"
thresholds = [[33.30, 44.3867], [33.30, 44.4133]]
"""
CORRIDOR = """
[[corridor]]
corridor_id = "river"
name_en = "River"
name_ar = "النهر"
use = "helicopter route"
points = [[33.35, 44.40], [33.32, 44.42], [33.30, 44.42]]
width_m = 600
height_m = [50, 300]
speed_mps = [20, 85]
hours = ["06:00-22:00", "22:30-01:00"]
"""
AREA = """
[[area]]
area_id = "pad"
name_en = "Helipad"
name_ar = "المهبط"
use = "landing place"
centre = [33.31, 44.41]
radius_m = 150
height_m = [-10, 200]
speed_mps = [0, 50]
"""


def procedures(text: str) -> dict[str, Procedure]:
    site = settings_from_toml(text.encode(), "site.toml").build_site()
    return {one.procedure_id: one for one in site.procedures}


def told(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        settings_from_toml(text.encode(), "site.toml")
    return [line.strip().removeprefix("site.toml:") for line in str(caught.value).splitlines()[1:]]


def path(procedure: Procedure) -> Path:
    assert isinstance(procedure.shape, Path)
    return procedure.shape


def test_a_site_without_procedures_has_none() -> None:
    assert procedures(SITE) == {}


def test_a_runway_gives_finals_and_departures_at_both_ends_and_itself() -> None:
    found = procedures(SITE + RUNWAY)
    assert sorted(found) == [
        "runway:09-27",
        "runway:09-27:departure-climb:09",
        "runway:09-27:departure-climb:27",
        "runway:09-27:final:09",
        "runway:09-27:final:27",
    ]
    final = path(found["runway:09-27:final:09"])
    far, threshold, touch = final.points[0], final.points[-2], final.points[-1]
    assert far.east_m == pytest.approx(
        threshold.east_m - 20_000, abs=5
    )  # who lands on 09 comes from the west
    assert touch.east_m == pytest.approx(threshold.east_m + 300, abs=1)
    assert threshold.east_m == pytest.approx(-1237, abs=5)
    assert threshold.nominal_m == 15 and far.nominal_m == pytest.approx(15 + 20_000 * np.tan(np.radians(3)))
    assert far.half_width_m > 5 * threshold.half_width_m
    climb = path(found["runway:09-27:departure-climb:09"])
    assert climb.points[-1].east_m > 12_000 and climb.points[-1].low_m > 200
    assert path(found["runway:09-27"]).both_ways


def test_only_the_ends_in_use_are_landed_on() -> None:
    found = procedures(SITE + RUNWAY + 'ends_in_use = ["27"]\n')
    assert "runway:09-27:final:27" in found and "runway:09-27:final:09" not in found


def test_thresholds_have_heights_of_their_own() -> None:
    final = path(procedures(SITE + RUNWAY + "threshold_heights_m = [12, -3]\n")["runway:09-27:final:27"])
    assert final.points[-2].nominal_m == 12  # 15 m over a threshold 3 m below the site


def test_corridors_and_areas_are_as_written() -> None:
    found = procedures(SITE + CORRIDOR + AREA)
    river, pad = found["corridor:river"], found["area:pad"]
    assert river.use == ProcedureUse.HELICOPTER_ROUTE and path(river).both_ways
    assert [point.half_width_m for point in path(river).points] == [300.0] * 3
    assert river.hours == ((21_600, 79_200), (81_000, 3_600))
    assert (river.low_mps, river.high_mps) == (20.0, 85.0)
    assert isinstance(pad.shape, Ground) and len(pad.shape.corners_enu) == 32
    assert (pad.shape.low_m, pad.shape.high_m) == (-10.0, 200.0)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[[33.30, 44.3867], [33.30, 44.4133]]", "[[44.3867, 33.30], [44.4133, 33.30]]",
         "12:1 runway 1 (09-27): thresholds: 44.3867, 33.3 is more than 100 km from the site at 33.3, 44.4; "
         "latitude and longitude look swapped"),
        ("[33.30, 44.4133]", "[33.30, 44.3868]",
         "12:1 runway 1 (09-27): the thresholds are 9 m apart; a runway is 150 to 6,000 m long, and each is "
         "[latitude, longitude]"),
        ('name_ar = "المدرج 09/27"', 'name_ar = "المدرج 09/27"\nends = ["27", "09"]',
         "12:1 runway 1 (09-27): ends: 27 is flown at about 270 degrees, but from threshold 1 to the other "
         "it is 90; are the thresholds swapped?"),
        ('name_ar = "المدرج 09/27"', 'name_ar = "المدرج 09/27"\nends_in_use = ["15"]',
         "12:16 runway 1 (09-27), ends_in_use: 15 is no end of this runway; they are 09 and 27"),
        ("height_m = [50, 300]", "height_m = [300, 50]",
         "21:1 corridor 1 (river): height_m is [300, 50]; the lower comes first"),
        ('use = "helicopter route"', 'use = "holding"',
         '18:1 corridor 1 (river): use is "holding"; it must be one of "helicopter route", "arrival", '
         '"departure", "transit"'),
        ('"06:00-22:00"', '"6-22"',
         '23:10 corridor 1 (river), hours: number 1 is "6-22"; it must be from and until in local time, '
         'such as "06:00-22:00" or, past midnight, "22:00-06:00"'),
        ("[33.35, 44.40], [33.32", "[33.32, 44.42], [33.32",
         "19:27 corridor 1 (river), points: number 2 stands where number 1 does"),
        ("radius_m = 150\n", "", "25:1 area 1 (pad): give either corners, or centre and radius_m"),
        ("width_m = 600", "widht_m = 600",
         "20:1 corridor 1 (river): widht_m: no such setting; is width_m meant?"),
    ],
)  # fmt: skip
def test_every_fault_has_its_place(old: str, new: str, fault: str) -> None:
    text = SITE + RUNWAY + CORRIDOR + AREA
    assert old in text
    assert told(text.replace(old, new)) == [fault]


def test_a_name_is_given_once() -> None:
    assert told(SITE + AREA + AREA) == ["19:1 area 2 (pad): area_id is 'pad'; area 1 has it already"]


def feature(geometry: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


BAND = {"height_m": [0, 300], "speed_mps": [0, 60]}
PAD = feature("Point", [44.41, 33.31], area_id="pad", name_en="Pad", name_ar="المهبط", use="landing place",
              radius_m=150, **BAND)  # fmt: skip
ROUTE = feature("LineString", [[44.40, 33.35], [44.42, 33.32]], corridor_id="river", name_en="River",
                name_ar="النهر", use="transit", width_m=500, **BAND)  # fmt: skip


def drawn(folder: File, *features: Any, settings: str = "") -> File:
    (folder / "ways.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), "utf-8"
    )
    (folder / "site.toml").write_text(f'procedures = "ways.geojson"\n{SITE}{settings}', "utf-8")
    return folder / "site.toml"


def faults_of(file: File) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_settings(file)
    return [line.strip().removeprefix(f"{file}:") for line in str(caught.value).splitlines()[1:]]


def test_features_are_procedures_as_settings_are_and_the_journal_holds_them(tmp_path: File) -> None:
    square = [[44.39, 33.29], [44.41, 33.29], [44.41, 33.31], [44.39, 33.31], [44.39, 33.29]]
    circuit = feature("Polygon", [square], area_id="circuit", name_en="Circuit", name_ar="الدورة",
                      use="circuit", hours=None, **BAND)  # fmt: skip
    runway = feature("LineString", [[44.3867, 33.30, 40.0], [44.4133, 33.30, 41.0]], runway_id="main",
                     name_en="Runway", name_ar="المدرج", ends=["09", "27"])  # fmt: skip
    file = read_settings(
        drawn(tmp_path, PAD, ROUTE, circuit, runway, settings=CORRIDOR.replace("river", "sea"))
    )
    site = SiteFold(Frame(CONFIGURATION, 1, file.data)).site  # from the journal's bytes alone
    assert site.procedures == file.site.build_site().procedures
    assert {"corridor:sea", "corridor:river", "area:pad", "area:circuit", "runway:main:final:09"} <= {
        one.procedure_id for one in site.procedures
    }
    expected = procedures(SITE + AREA.replace("Helipad", "Pad"))["area:pad"]
    pad = next(one for one in site.procedures if one.procedure_id == "area:pad")
    assert isinstance(pad.shape, Ground) and isinstance(expected.shape, Ground)
    assert pad.shape.corners_enu == expected.shape.corners_enu


def test_all_faults_of_features_are_told_by_number_with_those_of_the_settings(tmp_path: File) -> None:
    swapped = feature("Point", [33.31, 44.41], **(PAD["properties"] | {"area_id": "swapped"}))
    narrow = feature("LineString", [[44.4, 33.35], [44.42, 33.32]], **(ROUTE["properties"] | {"width_m": -5}))
    shape = feature("Polygon", [], **ROUTE["properties"])
    nameless = feature("Point", [44.41, 33.31], name_en="?")
    north = feature("Point", [33.31, 144.41], **(PAD["properties"] | {"area_id": "north"}))
    file = drawn(tmp_path, swapped, PAD, PAD, narrow, shape, nameless, north, 5,
                 settings=AREA.replace('"pad"', '"other"').replace("= 150", "= -1"))  # fmt: skip
    assert faults_of(file) == [
        "1:1 ways.geojson: feature 1 (swapped): centre: 44.41, 33.31 is more than 100 km from the site at "
        "33.3, 44.4; latitude and longitude look swapped: GeoJSON writes longitude first",
        "1:1 ways.geojson: feature 3 (pad): area_id is 'pad'; feature 2 has it already",
        "1:1 ways.geojson: feature 4 (river): width_m is -5; it must be a number above 0, at most 50,000",
        '1:1 ways.geojson: feature 5: its geometry is "Polygon"; a corridor is a LineString',
        "1:1 ways.geojson: feature 6: must name itself by one property of runway_id, corridor_id, area_id",
        "1:1 ways.geojson: feature 7: [33.31, 144.41]: latitude and longitude look swapped: GeoJSON writes "
        "longitude first",
        "1:1 ways.geojson: feature 8: is no feature with properties",
        "15:1 area 1 (other): radius_m is -1; it must be a number above 0, at most 100,000",
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"{", "cannot be read as GeoJSON: Expecting property name enclosed in double quotes: "
               "line 1 column 2 (char 1)"),
        (b"\xff\xff", "is no UTF-8 text"),
        (b"[]", "is no GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": []}', "holds no feature"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_geojson_is_told(tmp_path: File, content: bytes, fault: str) -> None:
    file = drawn(tmp_path)
    (tmp_path / "ways.geojson").write_bytes(content)
    assert faults_of(file) == [f"1:1 ways.geojson: {fault}"]


def test_a_file_that_is_not_there_is_told(tmp_path: File) -> None:
    file = drawn(tmp_path)
    (tmp_path / "ways.geojson").unlink()
    assert faults_of(file) == [f"1:1 ways.geojson: there is no file '{tmp_path}/ways.geojson'"]


ZONE = """
[[site.zone]]
id = "gate"
name_en = "Gate"
name_ar = "البوابة"
centre = [33.30, {longitude}]
radius_m = 100.0
"""
ADSB = """
[[feed]]
name = "adsb"
standard = "sbs"
connect = "127.0.0.1:30003"
"""


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (RUNWAY + ZONE.format(longitude=44.37), ["station.advice.under_final"]),
        (RUNWAY + ZONE.format(longitude=44.34), []),  # 4 km out, where they are high
        (ZONE.format(longitude=44.37) + ADSB, ["station.advice.no_procedure"]),
        (RUNWAY + ZONE.format(longitude=44.34) + ADSB, []),
        (ADSB, []),
    ],
)
def test_advice(text: str, codes: list[str]) -> None:
    found = advice(settings_from_toml((SITE + text).encode(), "site.toml"))
    assert [reason.code for reason in found] == codes
    if codes == ["station.advice.under_final"]:
        numbers = dict(found[0].arguments)
        assert numbers["procedure_id"] == "runway:09-27:final:09"
        assert 1_300 < float(numbers["distance_m"]) < 1_600
        assert 85 < float(numbers["height_m"]) < 105
