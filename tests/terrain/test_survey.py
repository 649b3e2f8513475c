"""From a folder of tiles to the ground that the fold has: heights, voids, missing tiles, size, bytes."""

import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.errors import ReceivedError
from marsad.geo.geoid import Datum, above_ellipsoid_m
from marsad.geo.local import LocalFrame
from marsad.geo.surroundings import (
    BYTES_MAX,
    HeightGrid,
    Surroundings,
    surroundings,
    surroundings_from_bytes,
)
from marsad.geo.terrain import height_above_ground
from marsad.terrain.folder import Datums, square_name
from marsad.terrain.survey import Wanted, squares_around, survey

from .made_up import MadeTiff, hgt_bytes, hills_m

FRAME = LocalFrame(33.95, 44.05, 420.0)


def ground_above_sea(found: Surroundings, latitude_deg: float, longitude_deg: float) -> float:
    """What the surroundings say of the ground at a place, in the terms of the tiles."""
    height = float(above_ellipsoid_m(latitude_deg, longitude_deg, 9_000.0))
    high = FRAME.enu_from_geodetic(latitude_deg, longitude_deg, height)
    return 9_000.0 - float(height_above_ground(FRAME, found.ground(), high))


def test_heights_of_two_tiles_come_to_the_site_frame_and_the_missing_ones_are_named(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    for south, west, folder in ((33, 44, tmp_path), (34, 44, tmp_path / "deeper")):
        (folder / f"N{south}E0{west}.hgt").write_bytes(hgt_bytes(south, west))
    made = survey(Wanted(tmp_path, 15_000.0), FRAME)
    assert [square_name(one) for one in made.missing] == ["N33E043", "N34E043"]
    assert made.refused == () and made.found is not None
    found = made.found
    assert found.sources == ("N33E044.hgt", "N34E044.hgt")
    assert len(found.data) < BYTES_MAX
    for latitude, longitude in ((33.95, 44.05), (34.0, 44.1), (33.85, 44.1), (34.05, 44.02), (33.9, 44.15)):
        said = ground_above_sea(found, latitude, longitude)
        assert said == pytest.approx(float(hills_m(np.array(latitude), np.array(longitude))), abs=2.0)
    east = np.array([0.0, 7_000.0, -7_000.0, 14_000.0, 40_000.0])
    known = found.ground().known(east, np.zeros(5))
    assert known.tolist() == [True, True, False, True, False]
    inside = np.hypot(*np.meshgrid(np.linspace(-1, 1, 401), np.linspace(-1, 1, 401))) <= 1
    columns = np.broadcast_to(np.linspace(-1, 1, 401) * 15_000 > -4_622, (401, 401))  # 44° E
    assert found.known_share == pytest.approx(columns[inside].mean(), abs=0.01)


def test_heights_above_the_ellipsoid_are_taken_as_such(tmp_path: Path) -> None:
    (tmp_path / "N33E044.hgt").write_bytes(hgt_bytes(33, 44, flat_m=400))
    up = {}
    for datum in (Datum.EGM96, Datum.ELLIPSOID):
        made = survey(Wanted(tmp_path, 3_000.0, Datums(hgt=datum)), FRAME)
        assert made.found is not None
        up[datum] = float(made.found.ground().ground_up_m(np.zeros(1), np.zeros(1))[0])
    assert up[Datum.ELLIPSOID] == pytest.approx(-20.0, abs=0.3)
    assert up[Datum.EGM96] - up[Datum.ELLIPSOID] == pytest.approx(
        float(above_ellipsoid_m(33.95, 44.05, 0.0)), abs=0.3
    )


def test_areas_without_a_last_row_join_without_a_gap_and_a_bad_file_beside_them_is_named(
    tmp_path: Path,
) -> None:
    """Copernicus tiles end one sample before the next one begins."""
    for north in (34, 33):
        latitude = north - (np.arange(1200) + 0.0) / 1200
        longitude = 44 + np.arange(1200) / 1200
        heights = hills_m(*np.meshgrid(latitude, longitude, indexing="ij")).astype(np.float32)
        made = MadeTiff(heights, north=north, west=44.0, keys={1024: 2, 1025: 2, 2048: 4326}, part=(512, 512))
        name = f"Copernicus_DSM_COG_30_N{north - 1}_00_E044_00_DEM.tif"
        (tmp_path / name).write_bytes(made.bytes_of())
    (tmp_path / "N33E044.hgt").write_bytes(b"torn")
    frame = LocalFrame(33.0, 44.5, 400.0)
    made_of = survey(Wanted(tmp_path, 9_000.0), frame)
    assert made_of.found is not None and made_of.missing == ()
    assert made_of.found.known_share == 1.0
    assert [str(one) for one in made_of.refused] == [
        "tile-unusable: N33E044.hgt: 4 bytes of heights; 1 arc second (3601 by 3601 or by 1801 samples) and "
        "3 arc seconds (1201 by 1201) are allowed"
    ]
    north_m = np.linspace(-100, 100, 41)
    up = made_of.found.ground().ground_up_m(np.zeros(41), north_m)
    assert np.abs(np.diff(up, 2)).max() < 1.0


def test_no_folder_no_tile_and_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    nothing = survey(Wanted(tmp_path, 5_000.0), FRAME)
    assert nothing.found is None and nothing.missing == ((33, 43), (33, 44))
    with pytest.raises(ReceivedError, match="nowhere: cannot be read"):
        survey(Wanted(tmp_path / "nowhere", 5_000.0), FRAME)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ReceivedError, match="file: is no folder"):
        survey(Wanted(tmp_path / "file", 5_000.0), FRAME)


def test_squares_around_a_site_reach_over_the_date_line() -> None:
    squares = squares_around(LocalFrame(-0.01, 179.99), 5_000.0)
    assert set(squares) == {(-1, 179), (-1, -180), (0, 179), (0, -180)}


@cache
def made_surroundings() -> Surroundings:
    up = np.round(np.random.default_rng(5).normal(0, 40, (9, 11)) * 2) / 2
    up[2, 3] = np.nan
    grids = [HeightGrid(-50.0, -40.0, 10.0, up), HeightGrid(-500.0, -400.0, 100.0, up * 3 - 1_000)]
    return surroundings(FRAME, 500.0, 0.9, ["N33E044.hgt"], grids)


def test_surroundings_are_what_their_bytes_say() -> None:
    made = made_surroundings()
    read = surroundings_from_bytes(made.data, FRAME)
    assert (read.radius_m, read.known_share, read.sources) == (500.0, 0.9, ("N33E044.hgt",))
    for one, other in zip(made.grids, read.grids, strict=True):
        assert np.array_equal(one.up_m, other.up_m, equal_nan=True)
    again = surroundings(FRAME, 500.0, 0.9, read.sources, read.grids)
    assert again.data == made.data


def test_surroundings_of_another_site_are_refused() -> None:
    with pytest.raises(ReceivedError, match=r"no surroundings of this site: they are of a site at .*33\.95"):
        surroundings_from_bytes(made_surroundings().data, replace(FRAME, height_m=421.0))


@given(st.data())
def test_changed_bytes_of_surroundings_are_refused(data: st.DataObject) -> None:
    broken = bytearray(made_surroundings().data)
    place = data.draw(st.integers(0, len(broken) - 1))
    broken[place] ^= data.draw(st.integers(1, 255))
    for bad in (bytes(broken), bytes(broken[:place])):
        with pytest.raises(ReceivedError, match="terrain-unreadable"):
            surroundings_from_bytes(bad, FRAME)


@given(st.binary(max_size=100))
def test_heads_that_lie_are_refused(rest: bytes) -> None:
    """Bytes whose checksum fits, for whoever can write a journal can reckon one."""
    body = made_surroundings().data[21:]
    line = body.partition(b"\n")[0]
    for lie in (
        b"{}\n" + rest,
        rest,
        line.replace(b'"rows": 9', b'"rows": 1999999') + b"\n" + rest,
        line + b"\n",
    ):
        with pytest.raises(ReceivedError, match="terrain-unreadable"):
            surroundings_from_bytes(b"marsad terrain 1\n" + zlib.crc32(lie).to_bytes(4, "big") + lie, FRAME)
