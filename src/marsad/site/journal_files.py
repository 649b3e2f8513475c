"""The files of a journal: ``NAME.mcap``, then ``NAME-0001.mcap`` and so on, and places in them."""

import re
from dataclasses import dataclass
from pathlib import Path

SEGMENTS_MAX = 9_999


@dataclass(frozen=True, slots=True)
class Position:
    """Where a frame stands: the segment's number, the byte behind its record, the frames so far."""

    segment: int = 0
    offset: int = 0
    frames: int = 0


def segment_path(path: Path, segment: int) -> Path:
    """The file of one segment; segment 0 is the path itself."""
    return path if segment == 0 else path.with_name(f"{path.stem}-{segment:04d}{path.suffix}")


def numbered_segments(path: Path) -> dict[int, Path]:
    """The files of a journal that are there by their numbers, in order; some may be missing between them."""
    found = {0: path} if path.exists() else {}
    name = re.compile(rf"{re.escape(path.stem)}-(\d{{4}}){re.escape(path.suffix)}")
    try:
        beside = sorted(file.name for file in path.parent.iterdir())
    except OSError:
        beside = []
    for other in beside:
        if (match := name.fullmatch(other)) and int(match[1]):
            found[int(match[1])] = path.with_name(other)
    return found


def segments(path: Path) -> list[Path]:
    """The files of a journal that are there, in order."""
    return list(numbered_segments(path).values())
