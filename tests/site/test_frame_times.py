"""Times in a journal: one flipped bit is mended, what cannot be right is set aside, and the site goes on."""

import random
import struct
from pathlib import Path

import pytest

from marsad.model.frame import CONFIGURATION, TICK, Frame
from marsad.site.journal import Journal, JournalReader
from marsad.site.recorder import Recorder, begin, replay, resume

from .test_fold import SECOND, SITE, START

DAY = 86_400 * SECOND
_TIMES = struct.Struct("<QQ")


def written(path: Path, seconds: range = range(1, 9)) -> Recorder:
    recorder = begin(path, SITE, START)
    recorder.take([Frame(TICK, START + second * SECOND) for second in seconds])
    recorder.journal.close()
    return recorder


def written_with(path: Path, wrong_ns: dict[int, int]) -> None:
    """As by a program whose clock was wrong at some seconds."""
    with Journal(path) as journal:
        journal.append([Frame(CONFIGURATION, START, SITE)])
        journal.append([Frame(TICK, wrong_ns.get(one, START + one * SECOND)) for one in range(1, 9)])


def turned(path: Path, t_ns: int, *times: int) -> None:
    """Write other times in place of those of one frame: its log time and its publish time."""
    data = path.read_bytes()
    place = data.rindex(_TIMES.pack(t_ns, t_ns))  # behind what opens the file, which may have the same time
    path.write_bytes(data[:place] + _TIMES.pack(*times) + data[place + _TIMES.size :])


@pytest.mark.parametrize("bit", [0, 20, 35, 47, 55, 61, 62, 63])
@pytest.mark.parametrize("second", [0, 3, 8])
def test_one_flipped_bit_costs_nothing(tmp_path: Path, bit: int, second: int) -> None:
    path = tmp_path / "j.mcap"
    digest = written(path).fold.digest()
    t_ns = START + second * SECOND
    pair = [t_ns ^ (1 << bit), t_ns]
    random.Random(bit).shuffle(pair)
    turned(path, t_ns, *pair)
    replayed = replay(path)
    assert [flaw.kind for flaw in replayed.flaws] == ["mended"] and replayed.is_whole
    assert abs(replayed.fold.t_ns - START) <= DAY
    if bit == 63 or (second and bit > 46):
        assert replayed.fold.digest() == digest


@pytest.mark.parametrize(
    "wrong_ns", [0, START - 40 * 365 * DAY, START + 2 * DAY, 2**62, 2**63 + 5, 2**64 - 1]
)
@pytest.mark.parametrize("second", [3, 8])
def test_what_cannot_be_right_is_set_aside_counted_and_told(
    tmp_path: Path, wrong_ns: int, second: int
) -> None:
    path = tmp_path / "j.mcap"
    written_with(path, {second: wrong_ns})
    recorder, replayed = resume(path, START + 20 * SECOND)
    (flaw,) = replayed.flaws
    assert (flaw.kind, flaw.count, replayed.position.frames) == ("time", 1, 8)
    assert "journal.time" in str(flaw.reason())
    assert recorder.fold.t_ns == START + 20 * SECOND
    recorder.journal.close()


def test_many_of_one_kind_are_told_as_one(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    written_with(path, {second: 2**62 + second for second in (2, 5, 6)})
    reader = JournalReader(path)
    assert len(list(reader.frames())) == 6
    assert [(flaw.kind, flaw.count) for flaw in reader.flaws] == [("time", 3)]


def test_a_site_that_rested_for_a_week_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    with Journal(path) as journal:
        journal.append([Frame(CONFIGURATION, START, SITE), Frame(TICK, START + SECOND)])
        journal.append([Frame(CONFIGURATION, START + 7 * DAY, SITE)])
    assert replay(path).fold.t_ns == START + 7 * DAY
    with Journal(path) as journal:  # and a clock of an earlier version that was set forward while it ran
        journal.append([Frame(TICK, START + t_ns) for t_ns in (8 * DAY, 30 * DAY, 30 * DAY + 1)])
    replayed = replay(path)
    assert (replayed.fold.t_ns, replayed.flaws) == (START + 30 * DAY + 1, ())


def test_a_journal_of_a_machine_without_a_battery_is_read(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    with Journal(path) as journal:
        journal.append([Frame(CONFIGURATION, SECOND, SITE), Frame(TICK, 2 * SECOND)])
    assert replay(path).fold.t_ns == 2 * SECOND
