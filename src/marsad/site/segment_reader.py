"""Reads one file of a journal record by record, formats 1 and 2, past whatever is damaged in it."""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, DataEnd, Footer, Header, Metadata, Schema, Statistics, SummaryOffset
from mcap.writer import MCAP0_MAGIC

from marsad.model.frame import Frame, FrameKind
from marsad.site.seal import NOTHING, SALT_BYTES, leaf_prefix
from marsad.site.segment import (
    CRC,
    END,
    HEAD,
    HEADER_RECORD,
    MESSAGE,
    MESSAGE_HEAD_BYTES,
    OPENING,
    REMOVED,
    SCHEMA_BYTES,
    TRAILER_BYTES,
    WITHHELD,
    End,
    Head,
    channel_of,
    metadata_crc,
    record_bytes,
)

_RECORD_BYTES_MAX = 64 * 2**20
_AHEAD_MAX = 2**24
_BLOCK_BYTES = 2**20
_SEARCHED_MAX = 128 * 2**20  # so much behind one damage, before the rest is given up
_HEAD = struct.Struct("<BQ")
_START = re.compile(
    rb"[\x04\x05\x0c\x0f](?=.{4}\0{4})", re.S
)  # a channel, message, metadata or the data's end
_START_BYTES = 9
_OPCODE_MAX = 15
_KNOWN: dict[int, Any] = {
    Opcode.HEADER: Header,
    Opcode.SCHEMA: Schema,
    Opcode.CHANNEL: Channel,
    Opcode.METADATA: Metadata,
    Opcode.STATISTICS: Statistics,
    Opcode.SUMMARY_OFFSET: SummaryOffset,
    Opcode.DATA_END: DataEnd,
}
_HEADER_1 = Header(profile="marsad", library="marsad journal 1")
_SIZES: dict[int, int] = {Opcode.DATA_END: 13, Opcode.SUMMARY_OFFSET: 26}
_BETWEEN = frozenset({Opcode.CHANNEL, Opcode.METADATA, Opcode.DATA_END})
_ENCODING_1 = b"marsad-frame-1"
_LOOKED_AT = 4096
_UNREADABLE = (struct.error, ValueError, KeyError, EOFError, McapError)
_KINDS = frozenset(FrameKind)


class Record(NamedTuple):
    """One frame as it stands in a file.

    again_t_ns   its time as written the second time
    number       its place in the file; in format 1 its running number
    start, end   the bytes that it takes
    is_opening   it says what was so before this file
    leaf         what is hashed for it: the bytes from prefix to salt; of a withheld one the hash itself
    is_mended    one of its two times was damaged, and the other is right by its CRC
    """

    frame: Frame
    again_t_ns: int
    number: int
    start: int
    end: int
    is_opening: bool
    leaf: bytes
    is_withheld: bool = False
    is_mended: bool = False


class Damage(NamedTuple):
    """What stands in a file and cannot be read.

    end        where reading goes on: the file's end where nothing whole follows
    lost       so many frames stood there, 0 if that is not known
    why        broken: it is damaged; torn: written but in part, as at a crash; order: a whole record that
               does not belong there; skeleton: no frame, but what lies between; behind: bytes behind the end
    """

    start: int
    end: int
    lost: int
    why: str


@dataclass(slots=True)
class Story:
    """What a file says of itself beside its frames, as far as it was read."""

    version: int = 0
    head: Head | None = None
    end: End | None = None
    removed: dict[str, str] | None = None
    whole_until: int = 0
    is_closed: bool = False
    data_crc: int | None = None
    data_until: int = 0


@dataclass(slots=True)
class _Feed:
    name: str
    crc: int
    prefix: bytes


class SegmentReader:
    """The frames of a file in order, and the damages between them.

    story   grows while it is read
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = stream.seek(0, 2)
        self.story = Story()
        self._feeds: dict[int, _Feed] = {}
        self._next = 0
        self._last: int | None = None
        self._told = 0  # so many records the end of the file tells of
        self._ended = False
        self._place = -1

    def items(self) -> Iterator[Record | Damage]:
        """Everything that stands in the file, in order. Raises OSError alone."""
        at = self._begin()
        if at < 0:
            at = -at
            yield Damage(0, at, 0, "skeleton")
        broken: int | None = None  # where a damage began that has not ended yet
        resumed: int | None = None  # where what lies between frames goes on behind it
        while at < self.size and not self.story.is_closed:
            found = self._record(at)
            if found is None:
                broken, resumed = (at, None) if broken is None else (broken, None)
                at = self._resumption(at, broken)
                continue
            opcode, raw, record = found
            end = at + len(raw)
            if record is None:
                resumed = at if resumed is None else resumed
                self._hear(opcode, raw, end)
                at = self.story.whole_until = end
                continue
            if self.story.version == 2 and record.number < self._next:
                yield Damage(at, end, 0, "order")
                at = end
                continue
            lost = self._missing(record.number)
            if broken is not None or lost:
                until = at if broken is None or resumed is None else resumed
                why = "broken" if lost or self.story.version == 1 else "skeleton"
                yield Damage(at if broken is None else broken, until, lost, why)
                broken = None
            resumed = None
            self._next, self._last = record.number + 1, record.number
            self.story.whole_until = end
            yield record
            at = end
        yield from self._ending(at, broken, resumed)

    # ---------------------------------------------------------------- parts of a file

    def _begin(self) -> int:
        """Where the records begin; below zero if what stands before them is damaged."""
        start = self._at(0, len(MCAP0_MAGIC) + _LOOKED_AT)
        self.story.version = 1 if _ENCODING_1 in start else 2
        magic = start[: len(MCAP0_MAGIC)]
        if magic != MCAP0_MAGIC[: len(magic)]:
            return -len(magic)
        self.story.whole_until = len(magic)
        return len(magic)

    def _ending(self, at: int, broken: int | None, resumed: int | None) -> Iterator[Damage]:
        told = self._missing(self._told) if self.story.version == 2 else 0
        if broken is not None:
            over = self._ended or self.story.is_closed
            torn = resumed is None and not over and self._is_torn(broken)
            why = "torn" if torn else "broken" if told or not over else "skeleton"
            yield Damage(broken, self.size if resumed is None else resumed, 0 if torn else told, why)
        elif told:
            yield Damage(at, at, told, "broken")
        if self.story.is_closed and self.size > (end := at + len(MCAP0_MAGIC)):
            yield Damage(end, self.size, 0, "behind")

    def _missing(self, number: int) -> int:
        """How many frames are missing before one of this number."""
        if self.story.version == 1:
            return 0 if self._last is None else (number - self._last - 1) & 0xFFFFFFFF
        return max(number - self._next, 0)

    def _hear(self, opcode: int, raw: bytes, end: int) -> None:
        """What a record that is no frame says."""
        story = self.story
        if opcode == Opcode.CHANNEL:
            self._learn(Channel.read(_body(raw)))
        elif opcode == Opcode.METADATA:
            said = Metadata.read(_body(raw))
            if said.name == HEAD:
                story.head = Head.from_metadata(said.metadata)
                return
            story.end = End.from_metadata(said.metadata)
            if said.name == REMOVED:
                story.removed = said.metadata
            else:
                self._told = story.end.seal.records
        elif opcode == Opcode.STATISTICS and story.end is None:
            self._told = Statistics.read(_body(raw)).message_count
        elif opcode == Opcode.DATA_END:
            story.data_crc, story.data_until = DataEnd.read(_body(raw)).data_section_crc, end - len(raw)
            self._ended = True
        elif opcode == Opcode.FOOTER and self._at(end, len(MCAP0_MAGIC)) == MCAP0_MAGIC:
            story.is_closed = True

    def _learn(self, channel: Channel) -> None:
        name = channel.topic.encode()
        self._feeds[channel.id] = _Feed(channel.topic, zlib.crc32(name), leaf_prefix(name))

    # ---------------------------------------------------------------- one record

    def _record(self, at: int) -> tuple[int, bytes, Record | None] | None:
        """The record at a byte with its opcode, and as a frame if it is one; None where none is whole."""
        head = self._at(at, _HEAD.size)
        if len(head) < _HEAD.size:
            return None
        opcode, length = _HEAD.unpack(head)
        if not 0 < opcode <= _OPCODE_MAX or length > min(_RECORD_BYTES_MAX, self.size - at - _HEAD.size):
            return None
        raw = head + self._at(at + _HEAD.size, length)
        if len(raw) != _HEAD.size + length:
            return None
        try:
            if opcode == Opcode.MESSAGE:
                record = self._message(raw, at)
                return None if record is None else (opcode, raw, record)
            return (opcode, raw, None) if self._is_whole(opcode, raw, at) else None
        except _UNREADABLE:
            return None

    def _is_whole(self, opcode: int, raw: bytes, at: int) -> bool:
        """Whether a record that is no frame is as it was written; in format 1 as far as that can be seen."""
        first = self.story.version == 1
        if opcode == Opcode.FOOTER:
            return self._is_summed(raw, at)
        kind = _KNOWN.get(opcode)
        if kind is None or len(raw) != _SIZES.get(opcode, len(raw)):
            return False
        record = kind.read(_body(raw))
        if record_bytes(record) != raw:
            return False
        if isinstance(record, Channel):
            return first or record == channel_of(record.id, record.topic)
        if isinstance(record, Metadata):
            crc = record.metadata.pop("crc", None)
            known: Any = {HEAD: Head, END: End, REMOVED: End}.get(record.name)
            if known is None or crc != metadata_crc(record.name, record.metadata):
                return False
            known.from_metadata(record.metadata)
            return True
        if isinstance(record, Header):
            return record == (_HEADER_1 if first else HEADER_RECORD)
        return first or not isinstance(record, Schema) or raw == SCHEMA_BYTES

    def _is_summed(self, raw: bytes, at: int) -> bool:
        """Whether the summary before a footer is what its sum says."""
        footer = Footer.read(_body(raw))
        if not footer.summary_crc or not 0 < int(footer.summary_start) <= at:
            return bool(self.story.version == 1)
        told = self._at(footer.summary_start, at - footer.summary_start)
        return bool(zlib.crc32(raw[:-4], zlib.crc32(told)) == footer.summary_crc)

    def _message(self, raw: bytes, at: int) -> Record | None:
        if len(raw) < MESSAGE.size:
            return None
        _, _, channel, number, t_ns, again_t_ns, kind, link = MESSAGE.unpack_from(raw)
        feed = self._feeds.get(channel)
        if feed is None:
            return None
        if self.story.version == 1:
            frame = Frame(feed.name, t_ns, raw[MESSAGE.size :], link, FrameKind(kind))
            return Record(frame, again_t_ns, number, at, at + len(raw), False, feed.prefix + raw)
        if len(raw) < MESSAGE.size + TRAILER_BYTES:
            return None
        body, mended = raw[: -CRC.size], False
        (crc,) = CRC.unpack(raw[-CRC.size :])
        if zlib.crc32(body, feed.crc) != crc:
            found = _mended(body, t_ns, again_t_ns, feed.crc, crc)
            if found is None:
                return None
            body, t_ns, mended = *found, True
        is_withheld = bool(kind & WITHHELD)
        bare = kind & ~(OPENING | WITHHELD)
        if bare not in _KINDS:
            return None
        data = b"" if is_withheld else body[MESSAGE.size : -SALT_BYTES]
        leaf = body[MESSAGE.size : MESSAGE.size + len(NOTHING)] if is_withheld else feed.prefix + body
        frame = Frame(feed.name, t_ns, data, link, FrameKind(bare))
        opening = bool(kind & OPENING)
        return Record(frame, t_ns, number, at, at + len(raw), opening, leaf, is_withheld, mended)

    # ---------------------------------------------------------------- past a damage

    def _resumption(self, at: int, broken: int) -> int:
        """Where the next whole record begins behind a byte, the file's end if there is none."""
        head = self._at(at, _HEAD.size)
        if at == broken and len(head) == _HEAD.size:  # most often the length is whole
            length = int(_HEAD.unpack(head)[1])
            behind = at + _HEAD.size + length
            if length <= _RECORD_BYTES_MAX and behind < self.size and self._continues(behind):
                return behind
        at += 1
        limit = min(self.size, broken + _SEARCHED_MAX)
        while at < limit:
            block = self._at(at, _BLOCK_BYTES + _START_BYTES - 1)
            for match in _START.finditer(block):
                if match.start() < _BLOCK_BYTES and self._continues(at + match.start()):
                    return at + match.start()
            at += _BLOCK_BYTES
        return self.size

    def _continues(self, at: int) -> bool:
        """Whether a whole record stands at a byte that can be one of those to come."""
        found = self._record(at)
        if found is None:
            return False
        opcode, _, record = found
        if record is None:
            return opcode in _BETWEEN
        if self.story.version == 2:
            return True
        last = -1 if self._last is None else self._last
        ahead = (record.number - last) & 0xFFFFFFFF
        return 0 < ahead <= _AHEAD_MAX and record.frame.t_ns == record.again_t_ns

    def _is_torn(self, at: int) -> bool:
        """Whether what stands from a byte to the end is one record that was not written to its end."""
        if at >= self.size or not any(self._at(one, _BLOCK_BYTES).strip(b"\0") for one in self._blocks(at)):
            return True  # nothing, or a file system's zeros after a power cut
        head = self._at(at, _HEAD.size)
        if len(head) < _HEAD.size:
            return True
        opcode, length = _HEAD.unpack(head)
        return bool(0 < opcode <= _OPCODE_MAX and self.size - at - _HEAD.size < length <= _RECORD_BYTES_MAX)

    def _blocks(self, at: int) -> range:
        return range(at, self.size, _BLOCK_BYTES)

    def _at(self, at: int, size: int) -> bytes:
        if self._place != at:
            self._stream.seek(at)
        data = self._stream.read(size)
        self._place = at + len(data)
        return data


def _mended(body: bytes, t_ns: int, again_t_ns: int, seed: int, crc: int) -> tuple[bytes, int] | None:
    """The record with the right one of its two times in both places, and that time."""
    if t_ns == again_t_ns:
        return None
    place = MESSAGE_HEAD_BYTES + 6
    for one in (t_ns, again_t_ns):
        whole = body[:place] + 2 * struct.pack("<Q", one) + body[place + 16 :]
        if zlib.crc32(whole, seed) == crc:
            return whole, one
    return None


def _body(raw: bytes) -> ReadDataStream:
    return ReadDataStream(BytesIO(raw[_HEAD.size :]))
