"""Made-up elevation models, written byte by byte by another hand than the one that reads them."""

import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

GEOGRAPHIC = {1024: 2, 1025: 1, 2048: 4326, 2054: 9102}


def hills_m(latitude_deg: NDArray[np.float64], longitude_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smooth hills of 100 to 700 m, some 20 km apart."""
    return np.asarray(400 + 300 * np.sin(latitude_deg * 31) * np.cos(longitude_deg * 27))


def hgt_bytes(south: int, west: int, side: int = 1201, flat_m: int | None = None) -> bytes:
    """The samples of an HGT tile of the hills, or of a plain."""
    latitude = south + 1 - np.arange(side) / (side - 1)
    longitude = west + np.arange(side) / (side - 1)
    heights = hills_m(*np.meshgrid(latitude, longitude, indexing="ij"))
    if flat_m is not None:
        heights = np.full((side, side), float(flat_m))
    return bytes(np.round(heights).astype(">i2").tobytes())


def write_zipped(path: Path, name: str, data: bytes) -> None:
    """An archive with one member."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)


@dataclass
class MadeTiff:
    """A GeoTIFF with strips or tiles; places of rows and columns are those of their first corner or point.

    extra   further tags, (number, type, values), or such as replace those there
    """

    heights: NDArray[np.float32]
    north: float = 34.0
    west: float = 44.0
    step: float = 1 / 1200
    dtype: str = "f4"
    order: str = "<"
    compression: int = 8
    predictor: int = 3
    part: tuple[int, int] | None = None
    keys: dict[int, int] = field(default_factory=lambda: dict(GEOGRAPHIC))
    no_data: str | None = None
    extra: dict[int, tuple[int, list[float]]] = field(default_factory=dict)

    def bytes_of(self) -> bytes:
        """The file."""
        parts = [self._packed(part) for part in self._parts()]
        rows, columns = self.heights.shape
        item = int(self.dtype[1:])
        tags: dict[int, tuple[int, list[float]]] = {
            256: (4, [columns]), 257: (4, [rows]), 258: (3, [8 * item]), 259: (3, [self.compression]),
            262: (3, [1]), 277: (3, [1]), 317: (3, [self.predictor]),
            339: (3, [{"f": 3, "i": 2, "u": 1}[self.dtype[0]]]),
            33550: (12, [self.step, self.step, 0.0]), 33922: (12, [0, 0, 0, self.west, self.north, 0]),
        }  # fmt: skip
        height, width = self.part or (rows, columns)
        offset, counts, offsets = 8, [len(one) for one in parts], []
        for count in counts:
            offsets.append(offset)
            offset += count + count % 2
        if self.part is None:
            tags |= {273: (4, [*offsets]), 278: (4, [height]), 279: (4, [*counts])}
        else:
            tags |= {322: (4, [width]), 323: (4, [height]), 324: (4, [*offsets]), 325: (4, [*counts])}
        if self.keys:
            flat = [1, 1, 1, len(self.keys)]
            for key, value in sorted(self.keys.items()):
                flat += [key, 0, 1, value]
            tags[34735] = (3, [*flat])
        if self.no_data is not None:
            tags[42113] = (2, [*self.no_data.encode(), 0])
        tags |= self.extra
        body = b"".join(one + b"\0" * (len(one) % 2) for one in parts)
        mark = b"II" if self.order == "<" else b"MM"
        return mark + struct.pack(f"{self.order}HI", 42, offset) + body + self._directory(tags, offset)

    def _directory(self, tags: dict[int, tuple[int, list[float]]], offset: int) -> bytes:
        entries, further = b"", b""
        behind = offset + 2 + 12 * len(tags) + 4
        for number, (kind, values) in sorted(tags.items()):
            letter = {2: "B", 3: "H", 4: "I", 12: "d"}[kind]
            numbers = [float(one) if letter == "d" else int(one) for one in values]
            data = struct.pack(f"{self.order}{len(numbers)}{letter}", *numbers)
            if len(data) > 4:
                place = struct.pack(f"{self.order}I", behind + len(further))
                further += data + b"\0" * (len(data) % 2)
            else:
                place = data.ljust(4, b"\0")
            entries += struct.pack(f"{self.order}HHI", number, kind, len(numbers)) + place
        return struct.pack(f"{self.order}H", len(tags)) + entries + b"\0\0\0\0" + further

    def _parts(self) -> list[NDArray[np.float32]]:
        if self.part is None:
            return [self.heights]
        height, width = self.part
        rows, columns = self.heights.shape
        padded = np.pad(self.heights, ((0, -rows % height), (0, -columns % width)))
        return [
            padded[top : top + height, left : left + width]
            for top in range(0, padded.shape[0], height)
            for left in range(0, padded.shape[1], width)
        ]

    def _packed(self, part: NDArray[np.float32]) -> bytes:
        numbers = part.astype(f"{self.order}{self.dtype}")
        item = numbers.dtype.itemsize
        rows, columns = numbers.shape
        data = numbers.tobytes()
        if self.predictor == 3:
            first = numbers.astype(f">{self.dtype}").tobytes()
            planes = np.frombuffer(first, np.uint8).reshape(rows, columns, item).transpose(0, 2, 1)
            flat = planes.reshape(rows, -1)
            data = np.diff(flat, axis=1, prepend=np.zeros((rows, 1), np.uint8)).astype(np.uint8).tobytes()
        if self.predictor == 2:
            whole = np.frombuffer(part.astype(self.dtype).tobytes(), f"u{item}").reshape(rows, columns)
            steps = np.diff(whole, axis=1, prepend=np.zeros((rows, 1), whole.dtype)).astype(whole.dtype)
            data = steps.astype(f"{self.order}u{item}").tobytes()
        return zlib.compress(data) if self.compression == 8 else data
