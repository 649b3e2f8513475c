"""The files of a journal: ``NAME.mcap``, then ``NAME-0001.mcap`` and so on, and places in them.

Behind ``NAME-9999.mcap`` comes ``NAME-10000.mcap``: they are in the order of numbers, not of names.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SEGMENTS_MAX = 9_999_999  # years of a site that is started again every minute
STAMP = "%Y%m%dT%H%M%SZ"  # at the end of a journal's name: when it was begun
_BEGUN = r"\d{8}T\d{6}Z"
_YEAR_MAX = 9_000  # behind each later ones can be named


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
    name = re.compile(rf"{re.escape(path.stem)}-(\d{{4}}|[1-9]\d{{4,6}}){re.escape(path.suffix)}")
    try:
        beside = [file.name for file in path.parent.iterdir()]
    except OSError:
        beside = []
    matches = (match for other in beside if (match := name.fullmatch(other)))
    for number, other in sorted((int(match[1]), match[0]) for match in matches):
        if number:
            found[number] = path.with_name(other)
    return found


def segments(path: Path) -> list[Path]:
    """The files of a journal that are there, in order."""
    return list(numbered_segments(path).values())


def journals_of(directory: Path, site_id: str = "") -> list[Path]:
    """The journals of a site, or of any, that lie in a directory by such names, in order.

    Each by the path of its first file, which need not be there any more: retention removes it first.
    """
    try:
        stems = {_journal_stem(file.name, site_id) for file in directory.iterdir()}
    except OSError:
        return []
    return [directory / f"{one}.mcap" for one in sorted(stems - {""})]


def is_named_as_one(file: Path) -> bool:
    """Whether a file has the name that a site gives its journals and their segments."""
    return _journal_stem(file.name) != ""


def _journal_stem(name: str, site_id: str = "") -> str:
    """The journal, of a site or of any, that a file of such a name is of; "" where it is of none."""
    of = re.escape(site_id) if site_id else ".*"
    match = re.fullmatch(rf"({of}-{_BEGUN})(?:-\d{{4,7}})?\.mcap", name)
    return match[1] if match is not None and begun_at(match[1]) is not None else ""


def begun_at(stem: str) -> datetime | None:
    """When a journal of such a name was begun, UTC; None where its name tells no time that a site has."""
    try:
        moment = datetime.strptime(stem.rpartition("-")[2], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if moment.year <= _YEAR_MAX else None
