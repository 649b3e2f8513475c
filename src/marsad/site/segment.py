"""One file of a journal as bytes, format 2: MCAP (https://mcap.dev) without chunks, each frame whole at once.

Every record carries what shows that it is whole (CRC-32), and a salt. The file's head names the seal of the
segment before it, its end names its own (`marsad.site.seal`). The head is followed by the opening: frames
that say what was so before the first of this file, so that the file can be read by itself.
"""

import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from struct import Struct

from mcap.data_stream import RecordBuilder
from mcap.opcode import Opcode
from mcap.records import (
    Channel,
    DataEnd,
    Footer,
    Header,
    McapRecord,
    Metadata,
    Schema,
    Statistics,
    SummaryOffset,
)
from mcap.writer import MCAP0_MAGIC

from marsad.model.frame import Frame
from marsad.site.seal import NOTHING, SALT_BYTES, Seal, Tree, leaf_prefix

LIBRARY = "marsad journal 2"
HEAD, END, REMOVED = "marsad.head", "marsad.end", "marsad.removed"
HEADER = Struct("<BI")  # kind, link: before the frame's own bytes
CRC = Struct("<I")
TRAILER_BYTES = SALT_BYTES + CRC.size  # behind the frame's own bytes
OPENING = 0x80  # in the kind's byte: no new frame, but what was so before this file
WITHHELD = 0x40  # the payload was removed; its leaf stands in its place
MESSAGE = Struct(
    "<BQHIQQBI"
)  # opcode, length; channel, number in this file, log time, publish time; kind, link
MESSAGE_HEAD_BYTES = 9  # opcode and length are not counted in the length
_MESSAGE_BYTES = MESSAGE.size - MESSAGE_HEAD_BYTES + TRAILER_BYTES
_SCHEMA_TEXT = (
    b"kind: u8 (0 data, 1 opened, 2 closed, 3 refused; +128 of the opening); link: u32 little endian; "
    b"the bytes as received; salt: 16 bytes; CRC-32 of the feed's name and of the record from opcode to salt"
)
_FOOTER = Struct("<BQQQ")
_FOOTER_BYTES = 20
_SALTS = 256
SCHEMA = Schema(id=1, name="marsad.Frame", encoding="text/plain", data=_SCHEMA_TEXT)
ENCODING = "marsad-frame-2"
HEADER_RECORD = Header(profile="marsad", library=LIBRARY)


@dataclass(slots=True)
class _Feed:
    channel: Channel
    crc: int
    prefix: bytes
    count: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a file says: its number; of the file before it the seal, and whether it had an end."""

    number: int = 0
    before: Seal = field(default_factory=lambda: Seal(NOTHING, 0, 0))
    before_ended: bool = False

    @property
    def previous(self) -> bytes:
        """The chain's value before this file."""
        return self.before.chain if self.number else NOTHING

    def to_metadata(self) -> dict[str, str]:
        """As the file says it."""
        before = self.before
        return {
            "format": "2",
            "segment": str(self.number),
            "before_root": before.root.hex(),
            "before_records": str(before.records),
            "before_size": str(before.size),
            "before_previous": before.previous.hex(),
            "before_ended": str(int(self.before_ended)),
            "previous": self.previous.hex(),
        }

    @staticmethod
    def from_metadata(said: Mapping[str, str]) -> "Head":
        """The inverse of `to_metadata`. Raises KeyError, ValueError."""
        before = Seal(
            bytes.fromhex(said["before_root"]),
            int(said["before_records"]),
            int(said["before_size"]),
            bytes.fromhex(said["before_previous"]),
        )
        return Head(int(said["segment"]), before, said["before_ended"] == "1")


@dataclass(frozen=True, slots=True)
class End:
    """What the end of a file says: its seal, and the times of its first and last frame."""

    seal: Seal
    first_t_ns: int = 0
    last_t_ns: int = 0

    def to_metadata(self) -> dict[str, str]:
        """As the file says it."""
        seal = self.seal
        return {
            "root": seal.root.hex(),
            "records": str(seal.records),
            "size": str(seal.size),
            "previous": seal.previous.hex(),
            "chain": seal.chain.hex(),
            "first_t_ns": str(self.first_t_ns),
            "last_t_ns": str(self.last_t_ns),
        }

    @staticmethod
    def from_metadata(said: Mapping[str, str]) -> "End":
        """The inverse of `to_metadata`. Raises KeyError, ValueError."""
        previous = bytes.fromhex(said["previous"])
        seal = Seal(bytes.fromhex(said["root"]), int(said["records"]), int(said["size"]), previous)
        return End(seal, int(said["first_t_ns"]), int(said["last_t_ns"]))


class Segment:
    """Makes the bytes of one file: `begin`, then any number of `frames`, then `end`."""

    def __init__(self, head: Head | None = None) -> None:
        self.head = head or Head()
        self.tree = Tree()
        self._feeds: dict[str, _Feed] = {}
        self._first_t_ns = self._last_t_ns = 0
        self._crc = 0  # of all bytes so far
        self._salts, self._salt = b"", 0

    def begin(self) -> bytes:
        """The head of the file."""
        data = head_bytes(self.head)
        self._crc = zlib.crc32(data)
        return data

    def frames(self, frames: Iterable[Frame], *, opening: bool = False) -> bytes:
        """Frames as records.

        opening   they say what was so before this file
        """
        parts: list[bytes] = []
        flag = OPENING if opening else 0
        add, crc32, hashed = self.tree.add, zlib.crc32, sha256
        for frame in frames:
            feed = self._feeds.get(frame.feed)
            if feed is None:
                feed = self._new_feed(frame.feed, parts)
            data, t_ns = frame.data, frame.t_ns
            if self._salt >= len(self._salts):
                self._salts, self._salt = os.urandom(SALT_BYTES * _SALTS), 0
            salt = self._salts[self._salt : self._salt + SALT_BYTES]
            self._salt += SALT_BYTES
            record = MESSAGE.pack(
                *(Opcode.MESSAGE, _MESSAGE_BYTES + len(data), feed.channel.id, self.tree.count),
                *(t_ns, t_ns, frame.kind | flag, frame.link),
            )
            record = b"".join((record, data, salt))
            parts.append(record)
            parts.append(CRC.pack(crc32(record, feed.crc)))
            if not self.tree.count:
                self._first_t_ns = t_ns
            add(hashed(feed.prefix + record).digest())
            self._last_t_ns = max(t_ns, self._last_t_ns)
            feed.count += 1
        data = b"".join(parts)
        self._crc = crc32(data, self._crc)
        return data

    def seal(self, size: int) -> Seal:
        """What the file holds now, up to a byte."""
        return Seal(self.tree.root(), self.tree.count, size, self.head.previous)

    def end(self, offset: int) -> bytes:
        """The end of the file, with the summary that tools open it by, at a byte of the file."""
        end = End(self.seal(offset), self._first_t_ns, self._last_t_ns)
        return self._ended(offset, metadata_record(END, end.to_metadata()), 2)

    def removed(self, offset: int, end: End, records: Mapping[str, str]) -> bytes:
        """The end of a file that stands where another stood: what that one held.

        records   what else is told of it
        """
        return self._ended(offset, metadata_record(REMOVED, {**end.to_metadata(), **records}), 2)

    def _ended(self, offset: int, said: bytes, metadata_count: int) -> bytes:
        end, summary = RecordBuilder(), RecordBuilder()
        DataEnd(data_section_crc=zlib.crc32(said, self._crc)).write(end)
        data_end = said + _bytes_of(end)
        start = offset + len(data_end)
        offsets = []
        for opcode, records in self._groups(metadata_count):
            begun = summary.count
            for record in records:
                record.write(summary)
            if records:
                offsets.append(SummaryOffset(opcode, start + begun, summary.count - begun))
        offsets_start = start + summary.count
        for item in offsets:
            item.write(summary)
        told = _bytes_of(summary)
        head = _FOOTER.pack(Opcode.FOOTER, _FOOTER_BYTES, start, offsets_start)
        footer = RecordBuilder()
        Footer(start, offsets_start, zlib.crc32(head, zlib.crc32(told))).write(footer)
        return data_end + told + _bytes_of(footer) + MCAP0_MAGIC

    def _new_feed(self, name: str, parts: list[bytes]) -> _Feed:
        feed_bytes = name.encode()
        channel = channel_of(len(self._feeds) + 1, name)
        # twice, as MCAP allows: all records of the feed hang on it, and one flipped bit shall cost one record
        parts.append(2 * record_bytes(channel))
        self._feeds[name] = feed = _Feed(channel, zlib.crc32(feed_bytes), leaf_prefix(feed_bytes))
        return feed

    def _groups(
        self, metadata_count: int
    ) -> list[tuple[Opcode, list[Schema] | list[Channel] | list[Statistics]]]:
        feeds = list(self._feeds.values())
        counted = Statistics(
            attachment_count=0,
            channel_count=len(feeds),
            channel_message_counts={feed.channel.id: feed.count for feed in feeds},
            chunk_count=0,
            message_count=self.tree.count,
            message_end_time=self._last_t_ns,
            message_start_time=self._first_t_ns,
            metadata_count=metadata_count,
            schema_count=1,
        )
        return [
            (Opcode.SCHEMA, [SCHEMA]),
            (Opcode.CHANNEL, [feed.channel for feed in feeds]),
            (Opcode.STATISTICS, [counted]),
        ]


def head_bytes(head: Head) -> bytes:
    """The head of a file, as `Segment.begin` makes it."""
    return (
        MCAP0_MAGIC + record_bytes(HEADER_RECORD) + metadata_record(HEAD, head.to_metadata()) + SCHEMA_BYTES
    )


def channel_of(number: int, name: str) -> Channel:
    """The channel of a feed; its name shows whether it is whole."""
    crc = zlib.crc32(name.encode(), number)
    return Channel(number, name, ENCODING, {"crc": f"{crc:08x}"}, SCHEMA.id)


def metadata_crc(name: str, said: Mapping[str, str]) -> str:
    """What shows that metadata are whole."""
    return f"{zlib.crc32(repr((name, sorted(said.items()))).encode()):08x}"


def metadata_record(name: str, said: Mapping[str, str]) -> bytes:
    """Metadata as a record that shows whether it is whole."""
    return record_bytes(Metadata(name, {**said, "crc": metadata_crc(name, said)}))


def record_bytes(record: McapRecord) -> bytes:
    """A record as it is written."""
    builder = RecordBuilder()
    record.write(builder)
    return _bytes_of(builder)


def _bytes_of(builder: RecordBuilder) -> bytes:
    return bytes(builder.end())  # type: ignore[no-untyped-call]


SCHEMA_BYTES = record_bytes(SCHEMA)
