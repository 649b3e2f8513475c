"""What of old journals is removed to make room, and how: the frames go, that they were there stays.

A file that is removed gives way to one of a few hundred bytes under the same name: when its frames began and
ended, how many there were, and its seal, so that the chain over the files stays whole. The running journal
is told first, in a frame, which files are removed, and which it knows were: what said so of those may
be removed itself.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from marsad.errors import RecordingError
from marsad.model.frame import RETENTION
from marsad.model.incident import Incident
from marsad.site.journal_files import numbered_segments
from marsad.site.seal import Seal
from marsad.site.sealing import found_seal, told_at_end
from marsad.site.segment import End, Head, Segment
from marsad.site.segment_reader import Record, SegmentReader

_MARGIN_NS = 86_400 * 10**9  # site time and UTC may differ by what the machine's clock was set
_FOREVER_NS = 2**63
_NOTHING_BEFORE: Mapping[bytes, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Stored:
    """One file of a journal that holds frames.

    path              of the journal; number and file of the segment
    first, last_t_ns  of its frames, site time
    """

    path: Path
    number: int
    file: Path
    size: int
    first_t_ns: int
    last_t_ns: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept: ns of time, bytes of all journals together; None for no limit."""

    age_ns: int | None
    size: int | None


def stored(path: Path, newest: int) -> list[Stored]:
    """The files of a journal before a number that hold frames, oldest first. Raises OSError."""
    found = []
    for number, file in numbered_segments(path).items():
        if number >= newest:
            continue
        first, last, is_removed = _span(file)
        if not is_removed:
            found.append(Stored(path, number, file, file.stat().st_size, first, last))
    return found


def kept_spans(incidents: Iterable[Incident], reported: frozenset[str]) -> list[tuple[int, int]]:
    """The times that nothing is removed of: those of incidents that are open, or not reported yet."""
    spans = []
    for incident in incidents:
        if incident.closed_t_ns is None:
            spans.append((incident.opened_t_ns - _MARGIN_NS, _FOREVER_NS))
        elif incident.incident_id not in reported:
            spans.append((incident.opened_t_ns - _MARGIN_NS, incident.closed_t_ns + _MARGIN_NS))
    return spans


def to_remove(
    files: Sequence[Stored], limits: Limits, used: int, now_ns: int, spans: Sequence[tuple[int, int]]
) -> list[Stored]:
    """Which of some files go, oldest first: those too old, then more until the rest is small enough.

    used    bytes that all journals take
    spans   times that must stay whole
    """
    chosen: list[Stored] = []
    for one in sorted(files, key=lambda file: (file.last_t_ns, file.number)):
        is_old = limits.age_ns is not None and one.last_t_ns < now_ns - limits.age_ns
        is_much = limits.size is not None and used > limits.size
        if not (is_old or is_much):
            continue
        if any(begin <= one.last_t_ns and one.first_t_ns <= end for begin, end in spans):
            continue
        chosen.append(one)
        used -= one.size
    return chosen


def remove(one: Stored) -> Seal:
    """Put in the place of a file what is left of it; returns its seal. Raises RecordingError."""
    draft = one.file.with_suffix(".removed-draft")
    try:
        head, seal = _head_and_seal(one)
        segment = Segment(head)
        data = segment.begin()
        said = {"bytes": str(one.size), "frames": str(seal.records)}
        data += segment.removed(len(data), End(seal, one.first_t_ns, one.last_t_ns), said)
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, one.file)
    except OSError as error:
        raise RecordingError(f"{one.file}: cannot be removed: {error}") from error
    return seal


def seal_of_stored(one: Stored) -> Seal:
    """The seal of a file that is to be removed. Raises RecordingError."""
    try:
        return _head_and_seal(one)[1]
    except OSError as error:
        raise RecordingError(f"{one.file}: cannot be removed: {error}") from error


def json_from_removed(
    removed: Sequence[tuple[Stored, Seal]], before: Mapping[bytes, str] = _NOTHING_BEFORE
) -> bytes:
    """The data of a RETENTION frame: what is removed now, and what was before, chain value → file."""
    said: list[dict[str, object]] = [
        {"file": one.file.name, "chain": seal.chain.hex(), "records": seal.records, "bytes": one.size}
        | {"first_t_ns": one.first_t_ns, "last_t_ns": one.last_t_ns}
        for one, seal in removed
    ]
    said += [{"file": file, "chain": chain.hex()} for chain, file in before.items()]
    return json.dumps({"removed": said}, separators=(",", ":")).encode()


def removed_in(data: bytes) -> dict[bytes, str]:
    """The segments that a RETENTION frame says were removed: chain value → file."""
    try:
        return {bytes.fromhex(one["chain"]): str(one["file"]) for one in json.loads(data)["removed"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


def has_removed(journals: Sequence[Path]) -> bool:
    """Whether of any file of some journals only that is left which retention leaves. Raises OSError."""
    ends = (told_at_end(file) for path in journals for file in numbered_segments(path).values())
    return any(end is not None and end.is_removed for end in ends)


def removed_last(journals: Sequence[Path]) -> dict[bytes, str]:
    """What the newest RETENTION frame of some journals, in order, says: it names all that were removed."""
    for file in (file for path in reversed(journals) for file in reversed(numbered_segments(path).values())):
        told: dict[bytes, str] = {}
        with contextlib.suppress(OSError), file.open("rb") as stream:
            for item in SegmentReader(stream).items():
                if isinstance(item, Record) and item.frame.feed == RETENTION:
                    told = removed_in(item.frame.data)
        if told:
            return told
    return {}


def _head_and_seal(one: Stored) -> tuple[Head, Seal]:
    with one.file.open("rb") as stream:
        reader = SegmentReader(stream)
        for item in reader.items():
            if isinstance(item, Record):
                break
        head = reader.story.head or Head(one.number)
    return head, found_seal(one.path, one.number, one.file)


def _span(file: Path) -> tuple[int, int, bool]:
    """Site times of the first and the last frame, and whether they are gone already."""
    told = told_at_end(file)
    if told is not None and (told.end.first_t_ns or told.is_removed):
        return told.end.first_t_ns, told.end.last_t_ns, told.is_removed
    first: int | None = None
    last = 0
    with file.open("rb") as stream:
        for item in SegmentReader(stream).items():
            if isinstance(item, Record) and not item.is_opening:
                first = item.frame.t_ns if first is None else first
                last = max(last, item.frame.t_ns)
    return first or 0, last, False
