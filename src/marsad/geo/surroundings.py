"""The surroundings of a site as one frame carries them: grids of the ground's height, and their bytes.

The rim makes them of elevation models; the fold has them from the frame alone. So the bytes say everything:
which site they are of, where each grid lies, what is not known.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.errors import ReceivedError
from marsad.geo.local import LocalFrame
from marsad.geo.terrain import EvenGround, Terrain, TerrainGrid

Array = NDArray[np.float64]

STEP_M = 0.5  # of heights: finer than the errors of elevation models
BYTES_MAX = 1_048_576
GRIDS_MAX = 4
NODES_MAX = 2_000_000  # of all grids
_MAGIC = b"marsad terrain 1\n"
_HEAD_BYTES_MAX = 65_536
_VOID = -32_768
_EXTENT_M_MAX = 300_000.0
_NUMBER_MAX = 1e9
_SOURCES_MAX = 200


@dataclass(frozen=True, slots=True)
class HeightGrid:
    """One grid, as it is carried: nodes from south to north and from west to east of the site frame.

    west_m, south_m, spacing_m   place of the first node, distance between nodes
    up_m                         (rows, columns) heights in the site frame, NaN where not known
    """

    west_m: float
    south_m: float
    spacing_m: float
    up_m: Array


@dataclass(frozen=True)
class Surroundings:
    """What is known of the ground around a site.

    frame         of the site, in which the grids lie
    radius_m      how far around the site they were meant to reach
    known_share   0..1, of the area within that radius
    sources       names of the elevation models' files they were made of
    grids         the finest first; where it does not know, the next one is asked
    data          the bytes they were read from, or are written as
    """

    frame: LocalFrame
    radius_m: float
    known_share: float
    sources: tuple[str, ...]
    grids: tuple[HeightGrid, ...]
    data: bytes = field(repr=False, default=b"")

    def ground(self) -> Terrain:
        """The ground: the grids where they know it, else even ground as high as the site."""
        ground: Terrain = EvenGround(self.frame, self.frame.height_m)
        for grid in reversed(self.grids):
            ground = TerrainGrid(grid.west_m, grid.south_m, grid.spacing_m, grid.up_m, ground)
        return ground


def surroundings(
    frame: LocalFrame,
    radius_m: float,
    known_share: float,
    sources: Sequence[str],
    grids: Sequence[HeightGrid],
) -> Surroundings:
    """Surroundings with the heights rounded as their bytes have them: what is written is what is meant."""
    made = Surroundings(frame, radius_m, known_share, tuple(sources)[:_SOURCES_MAX], tuple(grids))
    rounded = tuple(replace(grid, up_m=_rounded(grid.up_m)) for grid in grids)
    return replace(made, grids=rounded, data=_written(made))


def _written(made: Surroundings) -> bytes:
    packed, heads = [], []
    for grid in made.grids:
        zero_m = _zero(grid.up_m)
        steps = np.round((grid.up_m - zero_m) / STEP_M)
        whole = np.where(np.isfinite(steps), np.clip(steps, -32_767, 32_767), _VOID).astype("<i2")
        # each node by how it differs from what its neighbours make likely: most such numbers are small
        packed.append(np.diff(np.diff(whole, axis=1, prepend=np.int16(0)), axis=0, prepend=np.int16(0)))
        rows, columns = grid.up_m.shape
        place = {"west_m": grid.west_m, "south_m": grid.south_m, "spacing_m": grid.spacing_m}
        heads.append({**place, "rows": rows, "columns": columns, "zero_m": zero_m})
    head = {
        "site": asdict(made.frame),
        "radius_m": made.radius_m,
        "known_share": made.known_share,
        "sources": list(made.sources),
        "grids": heads,
    }
    bytes_of = b"".join(_planes(part.astype("<i2")) for part in packed)
    body = json.dumps(head, ensure_ascii=True).encode() + b"\n" + zlib.compress(bytes_of, 6)
    return _MAGIC + zlib.crc32(body).to_bytes(4, "big") + body


def _zero(up_m: Array) -> float:
    known = up_m[np.isfinite(up_m)]
    return float(np.round((known.min() + known.max()) / 2)) if len(known) else 0.0


def _rounded(up_m: Array) -> Array:
    zero_m = _zero(up_m)
    return zero_m + np.clip(np.round((up_m - zero_m) / STEP_M), -32_767, 32_767) * STEP_M


def _planes(numbers: NDArray[np.int16]) -> bytes:
    """Low bytes, then high ones: the latter are nearly all alike."""
    return numbers.ravel().view(np.uint8).reshape(-1, 2).T.tobytes()


def surroundings_from_bytes(data: bytes, frame: LocalFrame) -> Surroundings:
    """Surroundings of the site whose frame that is. Raises ReceivedError for bytes that are none."""
    head, packed = _parts(data)
    if not isinstance(head, dict) or head.get("site") != asdict(frame):
        raise _bad(f"they are of a site at {head.get('site') if isinstance(head, dict) else head!r}")
    radius_m, share = _number(head, "radius_m"), _number(head, "known_share")
    if not (0 < radius_m <= _EXTENT_M_MAX and 0 <= share <= 1):
        raise _bad(f"radius_m = {radius_m} and known_share = {share}; above 0, and from 0 to 1, are allowed")
    sources, heads = head.get("sources"), head.get("grids")
    if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
        raise _bad("sources is not a list of names")
    if not isinstance(heads, list) or not 1 <= len(heads) <= GRIDS_MAX:
        raise _bad(f"1 to {GRIDS_MAX} grids are allowed")
    shapes = [_shape(one) for one in heads]
    nodes = sum(rows * columns for rows, columns in shapes)
    if nodes > NODES_MAX:
        raise _bad(f"{nodes} nodes; at most {NODES_MAX} are allowed")
    numbers = _unpacked(packed, 2 * nodes)
    grids, begin = [], 0
    for one, (rows, columns) in zip(heads, shapes, strict=True):
        end = begin + 2 * rows * columns
        grids.append(_grid(one, numbers[begin:end], rows, columns))
        begin = end
    return Surroundings(frame, radius_m, share, tuple(sources), tuple(grids), data)


def _parts(data: bytes) -> tuple[Any, bytes]:
    """Head and packed heights. Raises ReceivedError."""
    if len(data) > BYTES_MAX:
        raise _bad(f"{len(data)} bytes; at most {BYTES_MAX} are allowed")
    start = len(_MAGIC) + 4
    if data[: len(_MAGIC)] != _MAGIC:
        raise _bad(f"they begin with {data[:20]!r}, not with {_MAGIC!r}")
    if zlib.crc32(data[start:]).to_bytes(4, "big") != data[len(_MAGIC) : start]:
        raise _bad("their checksum does not fit: bytes are missing or changed")
    line, found, _ = data[start : start + _HEAD_BYTES_MAX].partition(b"\n")
    if not found:
        raise _bad(f"no head within {_HEAD_BYTES_MAX} bytes")
    try:
        return json.loads(line), data[start + len(line) + 1 :]
    except (ValueError, RecursionError) as error:
        raise _bad(f"their head is no JSON: {error}") from error


def _unpacked(packed: bytes, size: int) -> bytes:
    try:
        stream = zlib.decompressobj()
        found = stream.decompress(packed, size + 1)
    except zlib.error as error:
        raise _bad(f"the heights cannot be unpacked: {error}") from error
    if len(found) != size or not stream.eof:
        raise _bad(f"the heights are not the {size} bytes that the head announces")
    return found


def _shape(head: Any) -> tuple[int, int]:
    rows, columns = (head.get(name) if isinstance(head, dict) else None for name in ("rows", "columns"))
    for count in (rows, columns):
        if not isinstance(count, int) or isinstance(count, bool) or not 2 <= count <= NODES_MAX:
            raise _bad(f"a grid of {rows!r} by {columns!r} nodes; at least 2 by 2 are allowed")
    return int(rows or 0), int(columns or 0)


def _grid(head: dict[str, Any], packed: bytes, rows: int, columns: int) -> HeightGrid:
    west_m, south_m, spacing_m, zero_m = (
        _number(head, name) for name in ("west_m", "south_m", "spacing_m", "zero_m")
    )
    far = max(abs(west_m), abs(south_m), abs(west_m + columns * spacing_m), abs(south_m + rows * spacing_m))
    if not (spacing_m > 0 and far <= _EXTENT_M_MAX and abs(zero_m) <= 20_000):
        raise _bad(f"a grid at {west_m}, {south_m} with {spacing_m} m between nodes and {zero_m} m of height")
    planes = np.frombuffer(packed, np.uint8).reshape(2, -1)
    differences = np.ascontiguousarray(planes.T).view("<i2").reshape(rows, columns)
    whole = np.cumsum(np.cumsum(differences, axis=0, dtype=np.int16), axis=1, dtype=np.int16)
    up_m = np.where(whole == _VOID, np.nan, zero_m + whole * STEP_M)
    return HeightGrid(west_m, south_m, spacing_m, up_m)


def _number(head: dict[str, Any], name: str) -> float:
    value = head.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _NUMBER_MAX:
        raise _bad(f"{name} is {str(value)[:40]}; a number below {_NUMBER_MAX:g} is allowed")
    return float(value)


def _bad(what: str) -> ReceivedError:
    return ReceivedError("terrain-unreadable", f"these are no surroundings of this site: {what}")
