"""A journal's bytes are what the mcap package's own writer makes of the same frames."""

from io import BytesIO

import pytest
from mcap.writer import CompressionType, IndexType, Writer

from marsad.model.frame import CONFIGURATION, TICK, Frame, FrameKind
from marsad.site.segment import HEADER, Segment

FRAMES = [
    Frame(CONFIGURATION, 1_000, b"[site]"),
    Frame("sensors", 2_000, b"radar", 3, FrameKind.OPENED),
    Frame("sensors", 5_000, bytes(range(256)) * 300, 3),
    Frame(TICK, 4_000),
    Frame("رادار", 6_000, b"x" * 10, 2**32 - 1),
    Frame("sensors", 7_000, b"", 3, FrameKind.CLOSED),
]


def by_the_package(frames: list[Frame], number: int) -> bytes:
    stream = BytesIO()
    writer = Writer(stream, compression=CompressionType.NONE, use_chunking=False, index_types=IndexType.NONE)
    writer.start(profile="marsad", library="marsad journal 1")
    schema = writer.register_schema("marsad.Frame", "text/plain", Segment()._schema.data)
    channels: dict[str, int] = {}
    for count, frame in enumerate(frames):
        if frame.feed not in channels:
            channels[frame.feed] = writer.register_channel(frame.feed, "marsad-frame-1", schema)
        writer.add_message(
            channel_id=channels[frame.feed],
            log_time=frame.t_ns,
            publish_time=frame.t_ns,
            sequence=(number + count) & 0xFFFFFFFF,
            data=HEADER.pack(frame.kind, frame.link) + frame.data,
        )
    writer.finish()  # type: ignore[no-untyped-call]
    return stream.getvalue()


@pytest.mark.parametrize("number", [0, 2**32 - 2])
@pytest.mark.parametrize("count", range(len(FRAMES) + 1))
def test_a_segment_is_byte_for_byte_what_the_package_writes(count: int, number: int) -> None:
    segment = Segment()
    written = segment.begin()
    for at in range(0, count, 2):
        written += segment.frames(FRAMES[at : min(at + 2, count)], number + at)
    written += segment.end(len(written))
    assert written == by_the_package(FRAMES[:count], number)
