"""A journal's file is MCAP that other tools read and sum up as we do; each record shows if it is whole."""

import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.reader import make_reader
from mcap.records import DataEnd
from mcap.stream_reader import StreamReader

from marsad.model.frame import CONFIGURATION, TICK, Frame, FrameKind
from marsad.site.seal import NOTHING, Tree, leaf_of
from marsad.site.segment import HEADER, TRAILER_BYTES, Segment
from marsad.site.segment_reader import Damage, Record, SegmentReader

FRAMES = [
    Frame(CONFIGURATION, 1_000, b"[site]"),
    Frame("sensors", 2_000, b"radar", 3, FrameKind.OPENED),
    Frame("sensors", 5_000, bytes(range(256)) * 300, 3),
    Frame(TICK, 4_000),
    Frame("رادار", 6_000, b"x" * 10, 2**32 - 1),
    Frame("sensors", 7_000, b"", 3, FrameKind.CLOSED),
]


def file_of(frames: list[Frame], opening: list[Frame] | None = None) -> bytes:
    segment = Segment()
    data = segment.begin() + segment.frames(opening or [], opening=True)
    for at in range(0, len(frames), 2):
        data += segment.frames(frames[at : at + 2])
    return data + segment.end(len(data))


@pytest.mark.parametrize("count", range(len(FRAMES) + 1))
def test_the_package_of_the_format_reads_a_segment_and_finds_its_sums_right(count: int) -> None:
    data = file_of(FRAMES[:count], FRAMES[:1])
    reader = make_reader(BytesIO(data), validate_crcs=True)
    found = [(channel.topic, message) for _, channel, message in reader.iter_messages(log_time_order=False)]
    assert [topic for topic, _ in found] == [frame.feed for frame in [*FRAMES[:1], *FRAMES[:count]]]
    for (_, message), frame in zip(found[1:], FRAMES, strict=False):
        assert message.data[HEADER.size : -TRAILER_BYTES] == frame.data
    summary = reader.get_summary()
    assert summary is not None and summary.statistics is not None
    assert summary.statistics.message_count == count + 1
    end = next(one for one in StreamReader(BytesIO(data)).records if isinstance(one, DataEnd))
    place = data.index(b"\x0f\x04\0\0\0\0\0\0\0" + end.data_section_crc.to_bytes(4, "little"))
    assert zlib.crc32(data[:place]) == end.data_section_crc


def items(data: bytes) -> list[Record | Damage]:
    return list(SegmentReader(BytesIO(data)).items())


def test_a_flipped_bit_of_a_closed_file_costs_at_most_one_frame_and_is_told() -> None:
    data = file_of(FRAMES[3:], FRAMES[:1])
    whole = [item.frame for item in items(data) if isinstance(item, Record)]
    untold = []
    for place in range(len(data)):
        harmed = bytearray(data)
        harmed[place] ^= 1 << place % 8
        found = items(bytes(harmed))
        frames = [item.frame for item in found if isinstance(item, Record)]
        if frames != whole:
            assert len(frames) == len(whole) - 1 and [one for one in whole if one in frames] == frames
        if not any(isinstance(item, Damage) or item.is_mended for item in found):
            untold.append(place)
    assert len(untold) == 4  # the sum of the whole file, which only `verify` takes


@given(st.lists(st.binary(min_size=1, max_size=8), max_size=40))
def test_the_tree_is_that_of_rfc_6962(leaves: list[bytes]) -> None:
    def mth(hashes: list[bytes]) -> bytes:  # section 2.1, as it is written there
        if len(hashes) < 2:
            return hashes[0] if hashes else leaf_of(b"")
        split = 1 << (len(hashes) - 1).bit_length() - 1
        return leaf_of(b"\1" + mth(hashes[:split]) + mth(hashes[split:]))

    tree = Tree()
    marks = []
    for leaf in leaves:
        marks.append((tree.mark(), tree.root()))
        tree.add(leaf_of(b"\0" + leaf))
    assert tree.root() == mth([leaf_of(b"\0" + leaf) for leaf in leaves])
    for mark, root in reversed(marks):
        tree.back(mark)
        assert tree.root() == root
    assert tree.root() != NOTHING


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=8))
def test_leaves_that_are_alike_are_taken_in_at_once_as_one_after_the_other(
    parts: list[tuple[bool, int]],
) -> None:
    single, at_once = Tree(), Tree()
    for is_lost, number in parts:
        if is_lost:
            at_once.add_alike(NOTHING, number)
        for count in range(number):
            leaf = NOTHING if is_lost else leaf_of(bytes([count]))
            single.add(leaf)
            if not is_lost:
                at_once.add(leaf)
    assert at_once.mark() == single.mark() and at_once.root() == single.root()


def test_billions_that_a_damaged_file_says_are_lost_take_no_time() -> None:
    tree = Tree()
    tree.add(leaf_of(b"one"))
    tree.add_alike(NOTHING, 2**64)
    assert tree.count == 2**64 + 1 and len(tree.mark()[1]) == 2
