"""The tiles in a folder: which of its files may hold the surroundings of a site."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from marsad.errors import ReceivedError
from marsad.geo.geoid import Datum
from marsad.terrain.geotiff import geotiff_tile, is_geotiff
from marsad.terrain.hgt import corner_of, hgt_tile, is_hgt
from marsad.terrain.tile import Tile

FILES_MAX = 100_000
_COPERNICUS = re.compile(r"^Copernicus_DSM.*_([NS])(\d{2})_00_([EW])(\d{3})_00", re.IGNORECASE)

Square = tuple[int, int]  # of a degree, by its south-west corner: latitude, longitude


@dataclass(frozen=True, slots=True)
class Datums:
    """What heights are above, where a file does not say so itself."""

    hgt: Datum = Datum.EGM96
    geotiff: Datum = Datum.EGM2008


def square_name(square: Square) -> str:
    """What a square of a degree is called: N33E044."""
    latitude, longitude = square
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return f"{north}{abs(latitude):02}{east}{abs(longitude):03}"


def tile_files(folder: Path, squares: set[Square]) -> list[Path]:
    """Files that may be tiles of these squares, in the order of their names, at any depth of the folder.

    Raises ReceivedError if there is no such folder, it cannot be read, or it holds too many files.
    """
    found: list[tuple[str, Path]] = []
    for seen, path in enumerate(_files(folder)):
        if seen == FILES_MAX:
            raise ReceivedError(
                "terrain-folder", f"{folder}: more than {FILES_MAX} files; name the folder of the tiles alone"
            )
        square = square_of(path.name)
        if (is_hgt(path.name) or is_geotiff(path.name)) and (square is None or square in squares):
            found.append((path.name, path))
    return [path for _, path in sorted(found)]


def square_of(name: str) -> Square | None:
    """The square of a degree that a file's name gives; None if it gives none."""
    if is_hgt(name):
        return corner_of(name)
    found = _COPERNICUS.match(name)
    return None if found is None else corner_of("".join(found.groups()))


def open_tile(path: Path, datums: Datums) -> Tile:
    """The tile in a file, by what its name says it is. Raises ReceivedError."""
    try:
        return hgt_tile(path, datums.hgt) if is_hgt(path.name) else geotiff_tile(path, datums.geotiff)
    except OSError as error:
        why = error.strerror or str(error)
        raise ReceivedError("tile-unusable", f"{path.name}: cannot be read ({why})") from error


def _files(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        why = error.strerror or str(error)
        raise ReceivedError("terrain-folder", f"{error.filename or folder}: cannot be read ({why})")

    if folder.exists() and not folder.is_dir():
        raise ReceivedError("terrain-folder", f"{folder}: is no folder")
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path.is_file():
                yield path
