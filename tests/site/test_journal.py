"""The journal keeps what it said it kept: after a kill, a cut, a full disk, and for other tools."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.reader import make_reader

from marsad.errors import RecordingError
from marsad.model.frame import CHECKPOINT, CONFIGURATION, OPERATOR, TICK, Frame, FrameKind
from marsad.report.wording import LANGUAGES, Language, word
from marsad.site.journal import Flaw, Journal, JournalReader, segments
from marsad.site.journal_files import is_named_as_one, journals_of, numbered_segments, segment_path
from marsad.site.journal_reader import FlawKind
from marsad.site.verify import verify

from ..disks import file_size_limit

FRAMES = [
    Frame("sensors", 1_000, b"\x00\x01", 1, FrameKind.DATA),
    Frame("sensors", 1_000, b"('10.0.0.1', 5)", 2, FrameKind.OPENED),
    Frame(OPERATOR, 2_000, '{"action":"إنذار"}'.encode()),
    Frame(TICK, 3_000),
]


def test_frames_return_as_they_were(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.mcap") as journal:
        journal.append(FRAMES[:2])
        journal.append(FRAMES[2:])
    reader = JournalReader(tmp_path / "j.mcap")
    assert list(reader.frames()) == FRAMES
    assert reader.flaws == []


@given(st.lists(st.tuples(st.binary(max_size=200), st.integers(0, 2**32 - 1), st.sampled_from(FrameKind))))
def test_any_bytes_return(
    tmp_path_factory: pytest.TempPathFactory, items: list[tuple[bytes, int, FrameKind]]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "j.mcap"
    frames = [Frame("feed", number, data, link, kind) for number, (data, link, kind) in enumerate(items)]
    with Journal(path) as journal:
        journal.append(frames)
    assert list(JournalReader(path).frames()) == frames


def test_other_mcap_tools_open_it(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.mcap") as journal:
        journal.append(FRAMES)
    with (tmp_path / "j.mcap").open("rb") as stream:
        messages = list(make_reader(stream).iter_messages(log_time_order=False))
    assert [channel.topic for _, channel, _ in messages] == [frame.feed for frame in FRAMES]


def test_reading_goes_on_from_a_position(tmp_path: Path) -> None:
    frames = [Frame("feed", number, bytes([number])) for number in range(20)]
    path = tmp_path / "j.mcap"
    with Journal(path) as journal:
        journal.append(frames[:12])
    with Journal(path) as journal:
        journal.append(frames[12:])
    for stop in (5, 12, 15):
        reader = JournalReader(path)
        for _, frame in zip(range(stop), reader.frames(), strict=False):
            last = frame
        assert last == frames[stop - 1]
        assert list(JournalReader(path).frames(reader.position)) == frames[stop:]


@pytest.mark.parametrize("cut", range(1, 120, 7))
def test_a_cut_journal_gives_every_whole_frame(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "j.mcap"
    ends = []
    journal = Journal(path)
    for frame in FRAMES:
        journal.append([frame])
        ends.append(journal.position[1])
    os.truncate(path, ends[-1] - cut)
    whole = [frame for frame, end in zip(FRAMES, ends, strict=True) if end <= ends[-1] - cut]
    reader = JournalReader(path)
    assert list(reader.frames()) == whole
    assert len(reader.flaws) == 1
    assert reader.flaws[0].kind == "unclosed" and reader.flaws[0].file == "j.mcap"


def test_a_run_goes_on_behind_a_torn_end(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    Journal(path).append(FRAMES[:3])
    with path.open("ab") as stream:
        stream.write(b"\x05\xff\xff")  # half a message record
    with Journal(path) as journal:
        journal.append(FRAMES[3:])
    assert len(segments(path)) == 2
    assert list(JournalReader(path).frames()) == FRAMES


def test_foreign_and_missing_files_are_named(tmp_path: Path) -> None:
    foreign = tmp_path / "notes.mcap"
    foreign.write_bytes(b"these are my notes")
    with pytest.raises(RecordingError, match=r"notes\.mcap: not a journal: it begins with b'these ar'"):
        list(JournalReader(foreign).frames())
    settings = tmp_path / "site.toml"
    settings.write_text("# marsad check site.toml\n[site]\n", "utf-8")
    for read in (lambda: list(JournalReader(settings).frames()), lambda: verify(settings)):
        with pytest.raises(RecordingError, match=r"site\.toml: not a journal: it begins with b'# marsad'"):
            read()
    with pytest.raises(RecordingError, match="no such journal"):
        JournalReader(tmp_path / "absent.mcap")


@pytest.mark.parametrize("name", ["j.mcap", "example-20260101T000000Z.mcap"])
def test_a_journal_whose_first_bytes_are_damaged_is_a_damaged_journal(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with Journal(path) as journal:
        journal.append(FRAMES)
    harm = 40 if name == "j.mcap" else 4_096  # with nothing left that tells whose it is, its name does
    path.write_bytes(bytes(harm) + path.read_bytes()[harm:])
    reader = JournalReader(path)
    list(reader.frames())
    assert reader.flaws
    assert not verify(path, chain_only=True).is_whole


def test_a_full_disk_refuses_loses_nothing_and_recovers(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    journal = Journal(path)
    journal.append(FRAMES)
    with (
        file_size_limit(journal.position[1] + 100),
        pytest.raises(RecordingError, match="the disk refuses"),
    ):
        journal.append([Frame("feed", 5, b"x" * 1_000)])
    assert list(JournalReader(path).frames()) == FRAMES
    journal.append([Frame("feed", 6, b"again")])
    journal.close()
    assert list(JournalReader(path).frames()) == [*FRAMES, Frame("feed", 6, b"again")]


@pytest.mark.parametrize("room_bytes", [0, 50])
def test_a_disk_that_is_full_at_the_turn_of_a_segment_is_told_and_the_next_frame_kept(
    tmp_path: Path, room_bytes: int
) -> None:
    path = tmp_path / "j.mcap"
    journal = Journal(path)
    journal.append(FRAMES)
    with file_size_limit(journal.position[1] + room_bytes):
        with pytest.raises(RecordingError, match="the disk refuses"):
            journal.rotate()
        journal.close()  # nothing is left to close, and nothing to complain of
    journal.append([Frame("feed", 6, b"again")])
    journal.close()
    assert list(JournalReader(path).frames()) == [*FRAMES, Frame("feed", 6, b"again")]


WRITER = """
import sys
from pathlib import Path
from marsad.model.frame import Frame
from marsad.site.journal import Journal
journal = Journal(Path(sys.argv[1]))
for number in range(10_000_000):
    journal.append([Frame("feed", number, b"x" * (number % 500))])
    sys.stdout.buffer.write(number.to_bytes(8, "little"))
    sys.stdout.buffer.flush()
"""


@pytest.mark.parametrize("kill_after", [1, 50, 333])
def test_killed_while_writing_keeps_every_acknowledged_frame(tmp_path: Path, kill_after: int) -> None:
    path = tmp_path / "j.mcap"
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        for _ in range(kill_after):
            process.stdout.read(8)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    process.wait()
    acknowledged = kill_after + len(rest) // 8
    frames = list(JournalReader(path).frames())
    assert len(frames) >= acknowledged
    assert [frame.t_ns for frame in frames] == list(range(len(frames)))


def test_written_at_once_not_at_close(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.mcap")
    for number in range(100):
        journal.append([Frame("feed", number, b"data")])
        assert sum(1 for _ in JournalReader(tmp_path / "j.mcap").frames()) == number + 1
    journal.close()


def written(path: Path, count: int = 40) -> tuple[list[Frame], list[int]]:
    """A closed journal, and where each of its frames begins."""
    frames, begins = [], []
    with Journal(path) as journal:
        journal.append([Frame("feed", 0, b"first")])
        for number in range(1, count):
            frame = Frame("feed", number, bytes([number]) * 60)
            begins.append(journal.position[1])
            journal.append([frame])
            frames.append(frame)
    return [Frame("feed", 0, b"first"), *frames], begins


def flaws_after(path: Path, offset: int, data: bytes) -> tuple[list[Frame], list[Flaw]]:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)
    reader = JournalReader(path)
    return list(reader.frames()), reader.flaws


def test_a_whole_journal_has_no_flaw(tmp_path: Path) -> None:
    frames, _ = written(tmp_path / "j.mcap")
    reader = JournalReader(tmp_path / "j.mcap")
    assert list(reader.frames()) == frames and reader.flaws == []


@pytest.mark.parametrize(
    ("within", "data"),
    [
        (1, b"\xff\xff\x03"),  # a length that leads past the end, as of a record that was cut
        (1, b"\xff" * 8),  # a length that nothing has
        (0, b"\x00" * 9),  # no record at all
        (9, b"\x63\x00"),  # a channel that nobody announced
        (0, b"\x7f\xff\xff\x7f" + b"\0" * 5),  # an opcode that nothing has
        (0, b"\x7f"),
        (9 + 22 + 5 + 30, b"\x00"),  # a payload that was another
        (9 + 22 + 5 + 60 + 3, b"\xff\x00"),  # a salt
        (9 + 22 + 5 + 60 + 16, b"\0" * 4),  # a checksum
    ],
)
def test_damage_within_a_journal_costs_one_frame_and_is_told_with_its_place(
    tmp_path: Path, within: int, data: bytes
) -> None:
    path = tmp_path / "j.mcap"
    frames, begins = written(path)
    read, flaws = flaws_after(path, begins[9] + within, data)
    assert read == frames[:10] + frames[11:]
    assert flaws[0].is_damage
    assert [(flaw.kind, flaw.offset, flaw.frames, flaw.count) for flaw in flaws] == [
        ("lost", begins[9], 10, 1)
    ]


def test_zeros_at_the_end_are_a_power_cut_not_damage(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    journal = Journal(path)
    journal.append(FRAMES)
    with path.open("ab") as file:
        file.write(b"\0" * 4096)
    reader = JournalReader(path)
    assert list(reader.frames()) == FRAMES
    assert [flaw.kind for flaw in reader.flaws] == ["unclosed"] and not reader.flaws[0].is_damage


def test_behind_file_9999_comes_file_10000(tmp_path: Path) -> None:
    path = tmp_path / "j-20220104T024000Z.mcap"
    with Journal(path) as journal:
        journal.append(FRAMES[:1])
    path.rename(segment_path(path, 9_998))
    for frame in FRAMES[1:3]:
        with Journal(path) as journal:
            journal.append([frame])
    assert list(numbered_segments(path)) == [9_998, 9_999, 10_000]
    assert all(is_named_as_one(file) for file in segments(path))
    assert list(JournalReader(path).frames()) == FRAMES[:3]
    segment_path(path, 9_998).unlink()
    segment_path(path, 9_999).unlink()
    assert journals_of(tmp_path, "j") == [path]


def test_a_missing_segment_is_told(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    for _ in range(4):
        with Journal(path) as journal:
            journal.append(FRAMES[:3])
    (tmp_path / "j-0002.mcap").unlink()
    reader = JournalReader(path)
    assert len(list(reader.frames())) == 9
    assert [(flaw.kind, flaw.file, flaw.frames) for flaw in reader.flaws] == [("missing", "j-0002.mcap", 6)]


def test_what_opens_a_segment_comes_first_only_where_what_was_before_it_is_gone(tmp_path: Path) -> None:
    path, state = tmp_path / "j.mcap", 0

    def opening() -> list[Frame]:
        return [Frame(CONFIGURATION, state, b"[site]"), Frame(CHECKPOINT, state, b"%d" % state)]

    with Journal(path, opening, segment_bytes_max=1) as journal:
        journal.append([Frame(CONFIGURATION, 0, b"[site]")])
        for state in range(1, 4):
            journal.append([Frame(TICK, state)])
    frames = [Frame(CONFIGURATION, 0, b"[site]"), *(Frame(TICK, t_ns) for t_ns in range(1, 4))]
    reader = JournalReader(path)
    assert list(reader.frames()) == frames and reader.flaws == []
    assert reader.position.frames == 4
    state = 2
    assert list(reader.opening(2)) == opening()
    (tmp_path / "j-0001.mcap").unlink()
    assert list(JournalReader(path).frames()) == [frames[0], *opening(), *frames[2:]]
    path.unlink()
    assert list(JournalReader(path).frames()) == [*opening(), *frames[2:]]


def test_a_journal_whose_first_frame_is_damaged_begins_with_what_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    with Journal(path, lambda: [Frame(CONFIGURATION, 0, b"[site]")]) as journal:
        journal.append([Frame(CONFIGURATION, 0, b"[site]")])
        journal.append(FRAMES)
    data = path.read_bytes()
    place = data.index(b"[site]", data.index(b"[site]") + 1)
    frames, flaws = flaws_after(path, place, b"{")
    assert frames == [Frame(CONFIGURATION, 0, b"[site]"), *FRAMES]
    assert [(flaw.kind, flaw.count) for flaw in flaws] == [("lost", 1)]


@pytest.mark.parametrize(
    "kind",
    ["unclosed", "damaged", "lost", "missing", "time", "mended", "marred", "order", "behind", "removed"],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_flaw_is_told_in_words(kind: FlawKind, language: Language) -> None:
    said = word(Flaw(kind, "j.mcap", 1234, 10, 1).reason(), language)
    assert "j.mcap" in said and "journal." not in said
