"""HGT tiles: bare 16-bit samples, with only the name to say where they lie; also zipped.

Source: USGS, "SRTM Topography" (SRTM_Topo.txt, 2015), §2.1, §3.1: big-endian signed metres above EGM96, rows
from north to south, samples on the corners of the square of a degree that the name gives by its south-west
corner, -32768 where void.
"""

import re
import zipfile
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np

from marsad.errors import ReceivedError
from marsad.geo.geoid import Datum
from marsad.terrain.tile import Samples, Tile, unusable

SHAPES = {2 * rows * columns: (rows, columns) for rows, columns in ((3601, 3601), (1201, 1201), (3601, 1801))}
_NAME = re.compile(r"^([NS])(\d{2})([EW])(\d{3})", re.IGNORECASE)
_VOID = -32_768
# what zipfile raises for archives that are broken, encrypted (RuntimeError) or packed in another way
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError)
_SIZES = "1 arc second (3601 by 3601 or by 1801 samples) and 3 arc seconds (1201 by 1201) are allowed"


def corner_of(name: str) -> tuple[int, int] | None:
    """The south-west corner (latitude, longitude) in degrees that the name of an HGT file gives."""
    found = _NAME.match(name)
    if found is None:
        return None
    latitude = int(found[2]) * (-1 if found[1].upper() == "S" else 1)
    longitude = int(found[4]) * (-1 if found[3].upper() == "W" else 1)
    return (latitude, longitude) if -90 <= latitude < 90 and -180 <= longitude < 180 else None


def is_hgt(name: str) -> bool:
    """Whether a file is called as HGT tiles are."""
    return name.lower().endswith((".hgt", ".hgt.zip"))


def hgt_tile(path: Path, datum: Datum = Datum.EGM96) -> Tile:
    """The tile in a file. Raises ReceivedError if it is none that can be used, OSError if it is not read."""
    size = path.stat().st_size
    if size > max(SHAPES) + 65_536:
        raise unusable(path.name, f"{size} bytes", _SIZES)
    tile = tile_from_bytes(path.read_bytes(), path.name, datum)

    def read(rows: slice, columns: slice) -> Samples:
        return tile_from_bytes(path.read_bytes(), path.name, datum).read(rows, columns)

    return replace(tile, read=read)  # tiles wait for their turn without their heights


def tile_from_bytes(data: bytes, name: str, datum: Datum = Datum.EGM96) -> Tile:
    """The tile in the bytes of a file of that name. Raises ReceivedError."""
    corner = corner_of(name)
    if corner is None:
        allowed = "names such as N33E044.hgt say which square of a degree it is"
        raise unusable(name, "its name does not say where it lies", allowed)
    if name.lower().endswith(".zip"):
        data = _unzipped(data, name)
    if len(data) not in SHAPES:
        raise unusable(name, f"{len(data)} bytes of heights", _SIZES)
    rows, columns = SHAPES[len(data)]
    whole = np.frombuffer(data, ">i2").reshape(rows, columns)

    def read(rows_read: slice, columns_read: slice) -> Samples:
        part = whole[rows_read, columns_read].astype(np.float32)
        part[part == _VOID] = np.nan
        return part

    latitude, longitude = corner
    north, row_deg, column_deg = latitude + 1.0, 1.0 / (rows - 1), 1.0 / (columns - 1)
    return Tile(name, north, float(longitude), row_deg, column_deg, rows, columns, datum, read)


def _unzipped(data: bytes, name: str) -> bytes:
    """The one HGT file in a ZIP archive; its size is known before it is unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            inside = [one for one in archive.infolist() if one.filename.lower().endswith(".hgt")]
            if len(inside) != 1:
                raise unusable(name, f"{len(inside)} files .hgt inside", "one is allowed")
            if inside[0].file_size not in SHAPES:
                raise unusable(name, f"{inside[0].file_size} bytes of heights", _SIZES)
            with archive.open(inside[0]) as member:
                return member.read(inside[0].file_size + 1)
    except ReceivedError:
        raise
    except _BROKEN as error:
        raise unusable(name, f"cannot be unpacked ({error})", "a whole ZIP archive, not encrypted") from error
