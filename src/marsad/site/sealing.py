"""What a file of a journal held: by its own end, or found out anew where it has none."""

from io import BytesIO
from pathlib import Path
from struct import error as StructError
from typing import NamedTuple

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.records import Metadata
from mcap.writer import MCAP0_MAGIC

from marsad.site.journal_files import numbered_segments
from marsad.site.seal import NOTHING, Seal, Tree, leaf_of
from marsad.site.segment import END, REMOVED, End, metadata_crc
from marsad.site.segment_reader import Damage, Record, SegmentReader

_TAIL_BYTES = 2**18
_LENGTH_BYTES = 4


def seal_of(path: Path, number: int) -> Seal:
    """The seal of one file of the journal at `path`: as its end says, else of what can be read of it.

    Raises OSError.
    """
    file = numbered_segments(path).get(number)
    if file is None:
        return Seal(NOTHING, 0, 0)
    told = told_at_end(file)
    return told.end.seal if told is not None else found_seal(path, number, file)


def found_seal(path: Path, number: int, file: Path) -> Seal:
    """The seal of what can be read of a file. Raises OSError."""
    tree = Tree()
    with file.open("rb") as stream:
        reader = SegmentReader(stream)
        for item in reader.items():
            take_in(tree, item)
    story = reader.story
    if story.head is not None:
        previous = story.head.previous
    else:
        previous = seal_of(path, number - 1).chain if number else NOTHING
    return Seal(tree.root(), tree.count, story.whole_until, previous)


def take_in(tree: Tree, item: Record | Damage) -> None:
    """Put what stands in a file into a tree: of what is lost only that it was there is known."""
    if isinstance(item, Damage):
        tree.add_alike(NOTHING, item.lost)
    else:
        tree.add(item.leaf if item.is_withheld else leaf_of(item.leaf))


class Told(NamedTuple):
    """What a file's own end says, and whether its frames were removed."""

    end: End
    is_removed: bool


def told_at_end(file: Path) -> Told | None:
    """What the end of a file says, without reading the rest; None where it has none. Raises OSError."""
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(size - _TAIL_BYTES, 0))
        tail = stream.read()
    if not tail.endswith(MCAP0_MAGIC):
        return None
    for name in (REMOVED, END):
        at = tail.rfind(name.encode()) - _LENGTH_BYTES
        if at < 0:
            continue
        try:
            said = Metadata.read(ReadDataStream(BytesIO(tail[at:])))
            if said.name == name and said.metadata.pop("crc", "") == metadata_crc(name, said.metadata):
                return Told(End.from_metadata(said.metadata), name == REMOVED)
        except (StructError, ValueError, KeyError, EOFError, McapError):
            continue
    return None
