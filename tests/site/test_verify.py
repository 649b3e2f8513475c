"""`marsad verify` names the place of every change, and says of an untouched journal that it is one."""

import os
import runpy
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marsad.cli import app
from marsad.model.frame import OPERATOR, RETENTION, TICK, Frame
from marsad.site.fold import SiteFold
from marsad.site.journal import segments
from marsad.site.journal_files import numbered_segments, segment_path
from marsad.site.recorder import Recorder, begin, resume
from marsad.site.retention import json_from_removed, remove, removed_last, seal_of_stored, stored
from marsad.site.segment_reader import Record, SegmentReader
from marsad.site.verify import Verdict, verify

from .test_fold import SECOND, SITE, START

ACT = '{"action":"head_count","by":"ليلى","complete":%s}'


def minutes(recorder: Recorder, begun: int, count: int) -> None:
    for second in range(begun * 60, (begun + count) * 60, 5):
        t_ns = START + (second + 1) * SECOND
        recorder.take([Frame(TICK, t_ns), Frame(OPERATOR, t_ns, (ACT % "false").encode())])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that ended by their size, by a crash, and by the end of the run."""
    directory = tmp_path_factory.mktemp("kept")
    path = directory / "j.mcap"
    recorder = begin(path, SITE, START)
    recorder.journal.segment_bytes_max = 6_000
    minutes(recorder, 0, 5)
    recorder.journal.sync()
    recorder.journal.leave()  # as a crash does
    recorder, replayed = resume(path, START + 6 * 60 * SECOND)
    assert replayed.is_whole
    minutes(recorder, 6, 2)
    recorder.close()
    assert len(segments(path)) >= 3
    return directory


@pytest.fixture
def path(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "data")) / "j.mcap"


def codes(verdict: Verdict) -> list[str]:
    return [finding.code for finding in verdict.findings if not finding.is_note]


def records(file: Path) -> list[Record]:
    with file.open("rb") as stream:
        return [item for item in SegmentReader(stream).items() if isinstance(item, Record)]


def test_an_untouched_journal_is_whole_and_decides_the_same_again(path: Path) -> None:
    verdict = verify(path)
    assert codes(verdict) == [] and verdict.is_whole and verdict.is_closed
    assert [finding.code for finding in verdict.findings] == ["crashed"]
    assert verdict.digests is not None and verdict.digests == 7
    assert verdict.chain == verify(path, chain_only=True).chain
    told = CliRunner().invoke(app, ["verify", str(path)])
    assert told.exit_code == 0, told.output
    assert "The journal is as it was written" in told.output
    assert "السجل الخام كما كُتب" in CliRunner().invoke(app, ["verify", str(path), "--lang", "ar"]).output


def overwrite(file: Path, at: int, data: bytes) -> None:
    with file.open("r+b") as stream:
        stream.seek(at)
        stream.write(data)


def rewritten(file: Path, record: Record) -> None:
    """Another payload with a sum that fits it, as somebody who knows the format would."""
    data = bytearray(file.read_bytes()[record.start : record.end])
    place = data.index(b"false")
    data[place : place + 5] = b"true "
    data[-4:] = zlib.crc32(bytes(data[:-4]), zlib.crc32(record.frame.feed.encode())).to_bytes(4, "little")
    overwrite(file, record.start, bytes(data))


def swap(file: Path, one: Record, other: Record) -> None:
    data = file.read_bytes()
    between = data[one.end : other.start]
    order = data[other.start : other.end] + between + data[one.start : one.end]
    overwrite(file, one.start, order)


def test_a_changed_payload_is_named_with_its_place(path: Path) -> None:
    acts = [one for one in records(path) if one.frame.feed == OPERATOR]
    record = acts[7]
    overwrite(path, record.start + 40, b"X")
    (finding, *_) = verify(path).findings
    assert (finding.code, finding.file, finding.offset, finding.frame, finding.frame_count) == (
        *("lost", "j.mcap", record.start, record.number, 1),
    )
    assert finding.t_ns == record.frame.t_ns
    told = CliRunner().invoke(app, ["verify", str(path), "--chain-only"])
    assert told.exit_code == 1
    assert f"damaged at byte {record.start}, behind frame {record.number}" in told.output


def test_a_payload_changed_with_its_sum_is_told_to_the_minute(path: Path) -> None:
    record = [one for one in records(path) if one.frame.feed == OPERATOR][15]
    rewritten(path, record)
    verdict = verify(path)
    assert "rewritten" in codes(verdict)
    (finding,) = (one for one in verdict.findings if one.code == "rewritten")
    assert finding.t_ns <= record.frame.t_ns <= finding.until_t_ns
    assert finding.until_t_ns - finding.t_ns <= 61 * SECOND and finding.offset <= record.start


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda path: swap(path, *records(path)[5:7]), "order"),
        (lambda path: overwrite(path, path.stat().st_size, b"more"), "behind"),
        (lambda path: segment_path(path, 1).unlink(), "missing"),
        (lambda path: path.unlink(), "missing"),
        (lambda path: os.replace(segment_path(path, 1), segment_path(path, 0)), "renamed"),
        (lambda path: os.truncate(path, records(path)[-3].end), "cut"),
        (lambda path: os.truncate(segment_path(path, 1), 100), "cut"),
        (lambda path: remove(stored(path, 1)[0]), "removed-untold"),
    ],
)
def test_what_is_moved_added_cut_or_taken_away_is_told(
    path: Path, change: Callable[[Path], object], expected: str
) -> None:
    change(path)
    found = verify(path, chain_only=True)
    assert expected in codes(found)
    assert not found.is_whole


def test_a_cut_of_the_newest_file_looks_like_a_crash_and_is_told_as_one(path: Path) -> None:
    newest = segments(path)[-1]
    os.truncate(newest, records(newest)[-3].end + 7)
    verdict = verify(path)
    assert verdict.is_whole and not verdict.is_closed
    assert CliRunner().invoke(app, ["verify", str(path)]).exit_code == 3


def test_a_decision_that_a_replay_does_not_come_to_is_told_with_its_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "j.mcap"
    recorder = begin(path, SITE, START)
    minutes(recorder, 0, 3)
    with monkeypatch.context() as then:
        then.setattr(SiteFold, "digest", lambda fold: "another")
        minutes(recorder, 3, 1)
    minutes(recorder, 4, 2)
    recorder.close()
    verdict = verify(path)
    assert codes(verdict) == ["digest"] and verdict.digests == 2
    (finding,) = verdict.findings
    assert (finding.t_ns, finding.until_t_ns) == (START + 121 * SECOND, START + 181 * SECOND)
    assert verify(path, chain_only=True).is_whole


def test_what_retention_removes_leaves_the_chain_whole_and_is_believed_only_if_the_journal_says_it(
    path: Path,
) -> None:
    chain = verify(path, chain_only=True).chain
    first = stored(path, 2)
    assert [one.number for one in first] == [0, 1]
    size = path.stat().st_size
    removed = [(one, remove(one)) for one in first]
    assert path.stat().st_size < 1_600 < size
    verdict = verify(path, chain_only=True)
    assert codes(verdict) == ["removed-untold"] * 2 and verdict.chain == chain
    recorder, replayed = resume(path, START + 9 * 60 * SECOND)
    assert replayed.is_whole
    recorder.take([Frame(RETENTION, START + 9 * 60 * SECOND, json_from_removed(removed))])
    recorder.close()
    verdict = verify(path)
    assert verdict.is_whole and [one.code for one in verdict.findings][-3:-1] == ["removed"] * 2
    assert min(one.number for one in stored(path, 9)) == 2
    assert b"head_count" not in path.read_bytes()


def test_what_was_removed_is_believed_after_what_said_so_is_removed_too_and_by_later_journals(
    path: Path,
) -> None:
    first_of = path.with_name("example-20220104T024000Z.mcap")
    for number, file in numbered_segments(path).items():
        file.rename(segment_path(first_of, number))
    path = first_of
    first, *_ = stored(path, 2)
    recorder, _ = resume(path, START + 9 * 60 * SECOND)
    told = [(first, seal_of_stored(first))]
    recorder.take([Frame(RETENTION, START + 9 * 60 * SECOND, json_from_removed(told))])
    recorder.close()
    remove(first)
    assert removed_last([path]) == {told[0][1].chain: path.name}
    # the site begins another journal, and says there of the file that says so that it is removed as well
    later = path.with_name("example-20300101T000000Z.mcap")
    recorder = begin(later, SITE, START + 3_600 * SECOND)
    gone = [(one, seal_of_stored(one)) for one in stored(path, 9) if one.number]
    before = removed_last([path])
    recorder.take([Frame(RETENTION, START + 3_600 * SECOND, json_from_removed(gone, before))])
    recorder.close()
    assert verify(path, chain_only=True).is_whole, "told, and not done yet: killed in between"
    for one, _ in gone:
        remove(one)
    assert verify(path, chain_only=True).is_whole
    later.unlink()
    assert set(codes(verify(path, chain_only=True))) == {"removed-untold"}


def test_random_harm_is_never_untold_and_never_stops_a_start_nor_throws_a_clock_ahead() -> None:
    """A little; `tools/journal_fuzz.py` does thousands."""
    tool = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "journal_fuzz.py"))
    _, broken = tool["run"](flips=12, cuts=4)
    assert broken == []
