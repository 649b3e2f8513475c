"""Elevation tiles: every layout gives the same heights; whatever is wrong is said with its remedy."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marsad.errors import ReceivedError
from marsad.geo.geoid import Datum
from marsad.terrain.geotiff import geotiff_tile
from marsad.terrain.hgt import corner_of, hgt_tile, tile_from_bytes

from .made_up import GEOGRAPHIC, MadeTiff, hgt_bytes, hills_m, write_zipped

HGT = hgt_bytes(33, 44)
SLOPE = (np.arange(50)[:, None] * 3.0 + np.arange(60) * 0.5).astype(np.float32)
FILES = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.mark.parametrize("zipped", [False, True])
def test_hgt_gives_the_heights_of_the_hills(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / ("N33E044.SRTMGL3.hgt.zip" if zipped else "n33e044.hgt")
    if zipped:
        write_zipped(path, "N33E044.hgt", HGT)
    else:
        path.write_bytes(HGT)
    latitude, longitude = np.array([33.0, 33.5, 33.987, 34.0]), np.array([44.0, 44.4999, 44.01, 45.0])
    tile = hgt_tile(path)
    assert tile.datum is Datum.EGM96
    assert tile.heights_m(latitude, longitude) == pytest.approx(hills_m(latitude, longitude), abs=0.8)
    assert np.isnan(tile.heights_m(np.array([32.9, 34.1]), np.array([44.5, 44.5]))).all()


def test_voids_and_impossible_heights_are_not_known_and_do_not_spread() -> None:
    samples = np.frombuffer(hgt_bytes(33, 44, flat_m=100), ">i2").reshape(1201, 1201).copy()
    samples[600, 600], samples[600, 700] = -32_768, 30_000
    tile = tile_from_bytes(samples.tobytes(), "N33E044.hgt")
    step = 1 / 1200
    at = np.array([600, 600, 700, 601, 602]) * step + 44
    heights = tile.heights_m(33.5 + np.array([0, 0.4 * step, 0, 0, 0]), at)
    assert np.isnan(heights).tolist() == [True, True, True, False, False]
    assert heights[3:] == pytest.approx(100)


@pytest.mark.parametrize(
    ("name", "corner"),
    [("N33E044.hgt", (33, 44)), ("s01w180.hgt", (-1, -180)), ("N33E044.SRTMGL1.hgt.zip", (33, 44))],
)
def test_names_of_hgt_say_the_corner(name: str, corner: tuple[int, int]) -> None:
    assert corner_of(name) == corner


@pytest.mark.parametrize("name", ["N90E000.hgt", "N33E180.hgt", "33N044E.hgt", "hills.hgt", ""])
def test_names_that_say_no_place_are_refused(name: str) -> None:
    with pytest.raises(ReceivedError, match=r"does not say where it lies.*N33E044\.hgt"):
        tile_from_bytes(HGT, name)


def test_hgt_of_another_size_and_archives_of_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReceivedError, match=r"12 bytes of heights; 1 arc second"):
        tile_from_bytes(b"twelve bytes", "N33E044.hgt")
    with pytest.raises(ReceivedError, match=r"cannot be unpacked"):
        tile_from_bytes(b"no archive", "N33E044.hgt.zip")
    write_zipped(tmp_path / "N33E044.hgt.zip", "read.me", b"nothing")
    with pytest.raises(ReceivedError, match=r"0 files \.hgt inside"):
        hgt_tile(tmp_path / "N33E044.hgt.zip")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("part", [None, (16, 32)])
@pytest.mark.parametrize(
    ("dtype", "compression", "predictor"),
    [
        ("f4", 8, 3),
        ("f4", 8, 2),
        ("f4", 8, 1),
        ("f4", 1, 1),
        ("f8", 8, 3),
        ("i2", 8, 2),
        ("i2", 1, 1),
        ("i4", 8, 2),
    ],
)
def test_every_layout_gives_the_same_heights(
    tmp_path: Path, order: str, part: tuple[int, int] | None, dtype: str, compression: int, predictor: int
) -> None:
    heights = SLOPE if dtype[0] == "f" else np.round(SLOPE)
    path = tmp_path / "slope.tif"
    made = MadeTiff(
        heights, dtype=dtype, order=order, part=part, compression=compression, predictor=predictor
    )
    path.write_bytes(made.bytes_of())
    tile = geotiff_tile(path)
    assert tile.read(slice(0, 50), slice(0, 60)).tolist() == heights.tolist()
    assert tile.read(slice(17, 41), slice(30, 35)).tolist() == heights[17:41, 30:35].tolist()
    assert (tile.north_deg, tile.west_deg) == pytest.approx((34 - 0.5 / 1200, 44 + 0.5 / 1200))
    assert tile.datum is Datum.EGM2008


def test_points_vertical_datums_and_what_is_no_data_are_as_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "slope.tif"
    heights = SLOPE.copy()
    heights[3, 4] = -9999
    keys = GEOGRAPHIC | {1025: 2, 4096: 5773, 4099: 9001}
    path.write_bytes(MadeTiff(heights, keys=keys, no_data="-9999").bytes_of())
    tile = geotiff_tile(path)
    assert (tile.north_deg, tile.west_deg) == pytest.approx((34.0, 44.0))
    assert tile.datum is Datum.EGM96
    assert np.isnan(tile.read(slice(3, 4), slice(4, 6))).tolist() == [[True, False]]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"keys": {}}, r"does not say where it lies.*gdalwarp"),
        ({"keys": GEOGRAPHIC | {1024: 1, 3072: 32638}}, r"in a projection.*gdalwarp -t_srs EPSG:4326"),
        ({"keys": GEOGRAPHIC | {2048: 4267}}, r"another datum \(EPSG:4267\).*WGS-84"),
        ({"keys": GEOGRAPHIC | {2054: 9101}}, r"angles in EPSG:9101.*degrees"),
        ({"keys": GEOGRAPHIC | {4096: 5703}}, r"heights above another datum \(EPSG:5703\).*EGM96"),
        ({"keys": GEOGRAPHIC | {4099: 9002}}, r"heights in EPSG:9002.*metres"),
        ({"compression": 5}, r"compressed with LZW.*gdal_translate -co COMPRESS=DEFLATE"),
        ({"dtype": "i2", "predictor": 3}, r"has predictor 3"),
        ({"no_data": "none"}, r"has 'none' where nothing is known"),
        ({"step": 0.5}, r"steps of 0\.5 by 0\.5 degrees"),
        ({"extra": {34264: (12, [1.0] * 16)}}, r"is turned"),
        ({"extra": {277: (3, [3]), 258: (3, [32, 32, 32])}}, r"numbers per sample"),
    ],
)
def test_what_cannot_be_used_is_said_with_the_remedy(
    tmp_path: Path, made: dict[str, object], said: str
) -> None:
    path = tmp_path / "slope.tif"
    path.write_bytes(MadeTiff(SLOPE, **made).bytes_of())  # type: ignore[arg-type]
    with pytest.raises(ReceivedError, match=said) as error:
        geotiff_tile(path)
    assert error.value.detail.startswith("slope.tif: ")


CORPUS = [
    MadeTiff(SLOPE, part=(16, 32)).bytes_of(),
    MadeTiff(SLOPE, dtype="i2", predictor=2, order=">").bytes_of(),
    MadeTiff(SLOPE, compression=1, predictor=1, no_data="-9999").bytes_of(),
]


@FILES
@given(st.sampled_from(CORPUS), st.data())
def test_a_broken_geotiff_is_read_or_refused_and_nothing_else(
    tmp_path: Path, whole: bytes, data: st.DataObject
) -> None:
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        # most of the file is heights; what is telling is the directory behind them
        place = data.draw(st.integers(0, 7) | st.integers(len(whole) - 420, len(whole) - 1))
        broken[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "broken.tif"
    path.write_bytes(broken[: data.draw(st.sampled_from([len(whole), len(whole), len(whole) // 2, 9, 0]))])
    try:
        tile = geotiff_tile(path)
        bottom, right = min(tile.rows, 50), min(tile.columns, 60)
        assert tile.read(slice(0, bottom), slice(0, right)).shape == (bottom, right)
    except ReceivedError as error:
        assert "broken.tif: " in error.detail


@FILES
@given(st.binary(max_size=300), st.sampled_from(["N33E044.hgt", "N33E044.hgt.zip"]))
def test_broken_hgt_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(ReceivedError, match="N33E044"):
        tile_from_bytes(data, name)
