"""Make the package's grid of the geoid from the fine one, and say how far the two are apart.

    python tools/geoid_grid.py /usr/share/proj/egm96_15.gtx

The fine grid is EGM96 at 15 minutes of arc, as Debian's package proj-data has it (public domain, NGA). Every
second node is kept, rounded to 5 cm. The figures printed go into the docstring of `marsad.geo.geoid`, the
checksum into its constant.
"""

import hashlib
import sys
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marsad.geo import geoid

Array = NDArray[np.float64]
HEAD = 40  # GTX: south, west, steps as float64, rows and columns as int32, big-endian


def fine_grid(data: bytes) -> Array:
    """Undulations (721, 1440), m, from 90° S and 180° W on; the header must say so."""
    west_south_steps = np.frombuffer(data[:32], ">f8").tolist()
    rows, columns = np.frombuffer(data[32:HEAD], ">i4").tolist()
    if west_south_steps != [-90.0, -180.0, 0.25, 0.25] or (rows, columns) != (721, 1440):
        raise SystemExit(f"not the grid that is expected: {west_south_steps}, {rows} by {columns}")
    return np.frombuffer(data[HEAD:], ">f4").reshape(rows, columns).astype(float)


def packed(fine: Array) -> bytes:
    """The package's grid: differences along each parallel, compressed."""
    steps = np.round(fine[::2, ::2] / geoid.STEP_M).astype("<i2")
    return zlib.compress(np.diff(steps, axis=1, prepend=np.int16(0)).astype("<i2").tobytes(), 9)


def main(path: Path) -> None:
    """Write the grid and print its errors."""
    fine = fine_grid(path.read_bytes())
    data = packed(fine)
    (Path(geoid.__file__).parent / geoid.FILE).write_bytes(data)
    sys.stdout.write(f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}\n")
    latitude, longitude = np.meshgrid(
        np.linspace(-90, 90, 721), np.linspace(-180, 180, 1440, endpoint=False), indexing="ij"
    )
    error = geoid.undulation_m(latitude, longitude) - fine
    middle_east = (abs(latitude - 27) <= 15) & (abs(longitude - 45) <= 20)
    for name, part in (("everywhere", error), ("12-42 N, 25-65 E", error[middle_east])):
        high = np.quantile(abs(part), 0.999)
        sys.stdout.write(
            f"{name}: RMS {part.std():.3f} m, 99.9 % within {high:.2f} m, max {abs(part).max():.2f} m\n"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
