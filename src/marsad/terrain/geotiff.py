"""GeoTIFF tiles such as those of Copernicus GLO-30 and GLO-90.

tifffile reads the structure; strips and tiles are unpacked here, for deflate with the predictor for floating
point, which these tiles have, and only those that are wanted.
Source: OGC 19-008r4, GeoTIFF 1.1, §7; Adobe, "TIFF 6.0" and "TIFF Technical Note 3" (predictor 3).
"""

import logging
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from marsad.errors import ReceivedError
from marsad.geo.geoid import Datum
from marsad.terrain.tile import Samples, Tile, unusable

SIDE_MAX = 20_000
_PLAIN, _DEFLATE = {1}, {8, 32_946}
_KINDS = {"f4", "f8", "i2", "i4", "u2"}
_OTHER_COMPRESSION = (
    "uncompressed and deflate are allowed: gdal_translate -co COMPRESS=DEFLATE makes such a file"
)
_OTHER_PLACE = (
    "latitude and longitude of WGS-84 (EPSG:4326) are allowed: gdalwarp -t_srs EPSG:4326 makes such a file"
)
_MODEL, _RASTER, _GEOGRAPHIC, _ANGLES, _VERTICAL, _VERTICAL_UNITS = 1024, 1025, 2048, 2054, 4096, 4099
_GEOGRAPHIC_MODEL, _WGS84, _DEGREES, _METRES, _POINT = 2, 4326, 9102, 9001, 2
_UNSAID = {0, 32_767}  # undefined, "user-defined"
_VERTICAL_DATUM = {5773: Datum.EGM96, 3855: Datum.EGM2008, 5171: Datum.EGM96, 4979: Datum.ELLIPSOID}
_PIXEL_SCALE, _TIE_POINT, _TRANSFORMATION, _GEO_KEYS, _NO_DATA = 33_550, 33_922, 34_264, 34_735, 42_113
_LOG = logging.getLogger("tifffile")


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the samples lie in the file.

    height, width   of a strip or tile
    across          how many lie beside each other
    """

    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    height: int
    width: int
    across: int
    is_deflated: bool
    predictor: int
    dtype: "np.dtype[Any]"
    no_data: float


def is_geotiff(name: str) -> bool:
    """Whether a file is called as TIFF files are."""
    return name.lower().endswith((".tif", ".tiff"))


def geotiff_tile(path: Path, datum: Datum = Datum.EGM2008) -> Tile:
    """The tile in a file; its heights are above `datum` if it does not say what they are above.

    Raises ReceivedError if it is none that can be used, OSError if it cannot be read.
    """
    name = path.name
    _LOG.setLevel(logging.CRITICAL)  # what is wrong with a file is said once, here
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            keys = _geo_keys(page)
            found = _placed(page, keys, name)
            layout = _layout(page, file.byteorder, name)
            rows, columns = int(page.imagelength), int(page.imagewidth)
    except (ReceivedError, OSError):
        raise
    except Exception as error:  # a file can be broken in any way, and the library says so in as many
        said = f"{type(error).__name__}: {error}"
        raise unusable(
            name, f"cannot be read as TIFF ({said[:200]})", "a whole GeoTIFF is allowed"
        ) from error
    north, west, row_deg, column_deg = found

    def read(rows_read: slice, columns_read: slice) -> Samples:
        return _samples(path, layout, (rows, columns), rows_read, columns_read)

    own = _vertical(keys, name, datum)
    return Tile(name, north, west, row_deg, column_deg, rows, columns, own, read)


def _geo_keys(page: Any) -> dict[int, int]:
    """The short keys of a file: GeoTIFF 1.1, §7.1.2."""
    tag = page.tags.get(_GEO_KEYS)
    if tag is None:
        return {}
    numbers = [int(one) for one in tag.value]
    entries = (numbers[begin : begin + 4] for begin in range(4, 4 + 4 * numbers[3], 4))
    return {entry[0]: entry[3] for entry in entries if len(entry) == 4 and entry[1] == 0}


def _placed(page: Any, keys: dict[int, int], name: str) -> tuple[float, float, float, float]:
    """North and west of the first sample, and the steps, in degrees. Raises ReceivedError."""
    if _MODEL not in keys:
        raise unusable(name, "does not say where it lies (no GeoTIFF keys)", _OTHER_PLACE)
    if keys[_MODEL] != _GEOGRAPHIC_MODEL:
        raise unusable(name, f"is in a projection (model type {keys[_MODEL]})", _OTHER_PLACE)
    if keys.get(_GEOGRAPHIC) != _WGS84:
        raise unusable(name, f"is of another datum (EPSG:{keys.get(_GEOGRAPHIC)})", _OTHER_PLACE)
    if keys.get(_ANGLES, _DEGREES) != _DEGREES:
        raise unusable(name, f"has angles in EPSG:{keys[_ANGLES]}", "degrees (EPSG:9102) are allowed")
    scale, tie = page.tags.get(_PIXEL_SCALE), page.tags.get(_TIE_POINT)
    if scale is None or tie is None or page.tags.get(_TRANSFORMATION) is not None:
        raise unusable(name, "is turned, or its place is not given by one corner and a step", _OTHER_PLACE)
    column_deg, row_deg = (float(one) for one in scale.value[:2])
    at_column, at_row, _, longitude, latitude, _ = (float(one) for one in tie.value[:6])
    if not (0 < column_deg < 0.1 and 0 < row_deg < 0.1):
        raise unusable(
            name, f"steps of {row_deg} by {column_deg} degrees", "above 0 and below 0.1 are allowed"
        )
    half = 0.0 if keys.get(_RASTER) == _POINT else 0.5  # of a sample: areas are placed by their corner
    north, west = latitude + (at_row - half) * row_deg, longitude - (at_column - half) * column_deg
    if not (-90 <= north <= 90 and -180 <= west <= 180):
        raise unusable(name, f"its first sample lies at {north}, {west}", "-90 to 90 and -180 to 180")
    return north, west, row_deg, column_deg


def _vertical(keys: dict[int, int], name: str, datum: Datum) -> Datum:
    """What the heights are above, by the file itself, else as it is set. Raises ReceivedError."""
    if keys.get(_VERTICAL_UNITS, _METRES) not in {_METRES, *_UNSAID}:
        raise unusable(name, f"has heights in EPSG:{keys[_VERTICAL_UNITS]}", "metres (EPSG:9001) are allowed")
    code = keys.get(_VERTICAL, 0)
    if code in _UNSAID:
        return datum
    if code not in _VERTICAL_DATUM:
        raise unusable(
            name,
            f"has heights above another datum (EPSG:{code})",
            "EGM96 (EPSG:5773), EGM2008 (EPSG:3855) and the WGS-84 ellipsoid are allowed",
        )
    return _VERTICAL_DATUM[code]


def _layout(page: Any, byteorder: str, name: str) -> _Layout:
    """How the samples lie. Raises ReceivedError for what is not read here."""
    rows, columns = int(page.imagelength), int(page.imagewidth)
    if not (2 <= rows <= SIDE_MAX and 2 <= columns <= SIDE_MAX):
        raise unusable(name, f"{rows} by {columns} samples", f"2 to {SIDE_MAX} each way are allowed")
    kind = "" if page.dtype is None else f"{page.dtype.kind}{page.dtype.itemsize}"
    if int(page.samplesperpixel) != 1 or kind not in _KINDS:
        what = f"{page.samplesperpixel} numbers per sample, of type {page.dtype}"
        raise unusable(name, what, "one height per sample is allowed, as float or as 16- or 32-bit integer")
    compression = int(page.compression)
    if compression not in _PLAIN | _DEFLATE:
        called = getattr(page.compression, "name", compression)
        raise unusable(name, f"is compressed with {called}", _OTHER_COMPRESSION)
    predictor = int(page.predictor)
    if predictor not in (1, 2, 3) or (predictor == 3 and kind[0] != "f"):
        raise unusable(name, f"has predictor {predictor}", "1, 2, and 3 with floating point, are allowed")
    if page.is_tiled:
        height, width = int(page.tilelength), int(page.tilewidth)
    else:
        height, width = min(int(page.rowsperstrip), rows), columns
    if not (1 <= height <= 2 * SIDE_MAX and 1 <= width <= 2 * SIDE_MAX and height * width <= SIDE_MAX**2):
        raise unusable(name, f"has parts of {height} by {width} samples", "less are allowed")
    across, down = -(-columns // width), -(-rows // height)
    offsets, sizes = tuple(page.dataoffsets), tuple(page.databytecounts)
    if len(offsets) != across * down or len(sizes) != len(offsets):
        raise unusable(name, f"{len(offsets)} parts for {across * down}", "a whole GeoTIFF is allowed")
    plain = page.dtype.newbyteorder(byteorder)
    is_deflated = compression in _DEFLATE
    no_data = _no_data(page, name)
    return _Layout(offsets, sizes, height, width, across, is_deflated, predictor, plain, no_data)


def _no_data(page: Any, name: str) -> float:
    """The height that means that none is known; NaN where the file names none."""
    tag = page.tags.get(_NO_DATA)
    if tag is None:
        return np.nan
    said = str(tag.value).strip("\x00 ")
    try:
        return float(said)
    except ValueError:
        raise unusable(name, f"has {said[:40]!r} where nothing is known", "a number is allowed") from None


def _samples(path: Path, layout: _Layout, size: tuple[int, int], rows: slice, columns: slice) -> Samples:
    """Samples of rows and columns from…to. Raises ReceivedError if the file is broken there."""
    found = np.full((rows.stop - rows.start, columns.stop - columns.start), np.nan, np.float32)
    with path.open("rb") as file:
        for part_row in range(rows.start // layout.height, (rows.stop - 1) // layout.height + 1):
            for part_column in range(columns.start // layout.width, (columns.stop - 1) // layout.width + 1):
                number = part_row * layout.across + part_column
                offset, count = layout.offsets[number], layout.sizes[number]
                if offset == 0 or count == 0:
                    continue  # a part that was never written: nothing is known there
                file.seek(offset)
                top, left = part_row * layout.height, part_column * layout.width
                part = _part(file.read(count), layout, min(layout.height, size[0] - top), path.name)
                _copy(found, part, (rows.start, columns.start), (top, left))
    if not np.isnan(layout.no_data):
        found[found == np.float32(layout.no_data)] = np.nan
    return found


def _copy(found: Samples, part: NDArray[Any], origin: tuple[int, int], corner: tuple[int, int]) -> None:
    """Write what a part has of the wanted samples into them."""
    places, takes = [], []
    for axis in (0, 1):
        begin = corner[axis] - origin[axis]
        first, last = max(begin, 0), min(begin + part.shape[axis], found.shape[axis])
        places.append(slice(first, max(last, first)))
        takes.append(slice(first - begin, max(last, first) - begin))
    found[places[0], places[1]] = part[takes[0], takes[1]]


def _part(data: bytes, layout: _Layout, height_left: int, name: str) -> NDArray[Any]:
    """One strip or tile (height, width), unpacked; the last strip is shorter."""
    width, item = layout.width, layout.dtype.itemsize
    row_bytes = width * item
    size = layout.height * row_bytes
    if layout.is_deflated:
        try:
            data = zlib.decompressobj().decompress(data, size)
        except zlib.error as error:
            raise unusable(name, f"cannot be unpacked ({error})", "a whole GeoTIFF is allowed") from error
    if len(data) < height_left * row_bytes:
        raise unusable(name, "ends before its heights do", "a whole GeoTIFF is allowed")
    rows = min(len(data) // row_bytes, layout.height)
    numbers = np.frombuffer(data[: rows * row_bytes], np.uint8).reshape(rows, row_bytes)
    if layout.predictor == 3:
        planes = np.cumsum(numbers, axis=1, dtype=np.uint8).reshape(rows, item, width)
        ordered = np.ascontiguousarray(
            planes.transpose(0, 2, 1)
        )  # most significant byte first, on any machine
        return ordered.reshape(rows, row_bytes).view(layout.dtype.newbyteorder(">"))
    if layout.predictor == 2:
        whole = np.dtype(f"u{item}")
        steps = numbers.view(whole.newbyteorder(layout.dtype.byteorder)).astype(whole)
        return np.cumsum(steps, axis=1, dtype=whole).view(layout.dtype.newbyteorder("="))
    return numbers.view(layout.dtype)
