"""A disk that refuses does not silence the site; a snapshot only shortens the way back."""

import contextlib
import pickle
from pathlib import Path

import pytest

import marsad
from marsad.errors import RecordingError
from marsad.model.frame import DIGEST, GAP, TICK, Frame
from marsad.site import snapshot
from marsad.site.data_key import KEY_FILE, DataKey
from marsad.site.journal import JournalReader, Position
from marsad.site.recorder import Recorder, begin, replay, resume
from marsad.site.snapshot import snapshot_path, store
from marsad.site.unwritten import Lost
from marsad.site.verify import verify

from ..disks import file_size_limit

SECOND = 1_000_000_000
START = 1_641_264_000 * SECOND
SITE = """
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.3
longitude_deg = 44.4
""".encode()


def tick(second: int) -> Frame:
    return Frame(TICK, START + second * SECOND)


def test_on_a_full_disk_the_site_goes_on_says_so_and_writes_what_waited(tmp_path: Path) -> None:
    recorder = begin(tmp_path / "j.mcap", SITE, START)
    recorder.take([tick(1)])
    with file_size_limit(10):
        for second in (2, 3, 4):
            recorder.take([tick(second)])
            assert "the disk refuses" in recorder.fault
        assert recorder.fold.t_ns == START + 4 * SECOND
        assert recorder.snapshot() is None and recorder.unrecorded == 3
    recorder.take([tick(5)])
    assert (recorder.fault, recorder.unrecorded) == ("", 0)
    recorder.close()
    frames = [frame for frame in JournalReader(tmp_path / "j.mcap").frames() if frame.feed != DIGEST]
    assert frames[1:] == [tick(second) for second in range(1, 6)]
    assert verify(tmp_path / "j.mcap").is_whole


@pytest.mark.parametrize("is_room_held_back", [False, True])
def test_at_the_end_what_waits_is_written_with_the_last_room_or_said_to_be_lost(
    tmp_path: Path, is_room_held_back: bool
) -> None:
    path = tmp_path / "j.mcap"
    recorder = begin(path, SITE, START)
    recorder.take([tick(1)])
    snapshot_path(path).touch()
    with contextlib.ExitStack() as full:
        full.enter_context(file_size_limit(10))
        recorder.take([tick(second) for second in (2, 3)])
        assert recorder.lost == Lost(2, START + 2 * SECOND, START + 3 * SECOND)
        if is_room_held_back:
            recorder.spared = full.close
            recorder.close()
        else:
            with pytest.raises(RecordingError, match="the disk refuses"):
                recorder.close()
    assert not snapshot_path(path).exists(), "a disk that is full has no room for what can be made again"
    found = [frame for frame in JournalReader(path).frames() if frame.feed != DIGEST]
    if is_room_held_back:
        assert recorder.lost is None and recorder.fault == ""
        assert found[1:] == [tick(second) for second in range(1, 4)] and verify(path).is_whole
    else:
        assert recorder.lost == Lost(2, START + 2 * SECOND, START + 3 * SECOND)
        assert found[1:] == [tick(1)]


def test_at_the_end_a_disk_takes_as_much_of_what_waits_as_it_has_room_for(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    recorder = begin(path, SITE, START)
    with file_size_limit(10):
        recorder.take([tick(second) for second in range(1, 301)])
    with file_size_limit(4_000), pytest.raises(RecordingError, match="the disk refuses"):
        recorder.close()
    kept = [frame for frame in JournalReader(path).frames() if frame.feed == TICK]
    assert kept == [tick(second) for second in range(1, len(kept) + 1)] and 20 <= len(kept) < 300
    assert recorder.lost == Lost(300 - len(kept), START + (len(kept) + 1) * SECOND, START + 300 * SECOND)


def test_what_waits_for_a_disk_is_bounded_and_the_gap_is_remembered(tmp_path: Path) -> None:
    recorder = begin(tmp_path / "j.mcap", SITE, START)
    recorder = Recorder(recorder.journal, recorder.fold, waiting_bytes_max=0)
    recorder.take([tick(1)])
    with file_size_limit(10):
        for second in (2, 3, 4):
            recorder.take([tick(second)])
            assert "the disk refuses" in recorder.fault
        assert recorder.fold.t_ns == START + 4 * SECOND
        assert recorder.snapshot() is None
        assert recorder.lost == Lost(3, START + 2 * SECOND, START + 4 * SECOND)
    recorder.take([tick(5)])
    assert recorder.fault == ""
    recorder.journal.close()
    frames = list(JournalReader(tmp_path / "j.mcap").frames())
    assert [frame.t_ns for frame in frames if frame.feed == TICK] == [START + s * SECOND for s in (1, 5)]
    assert [frame.data for frame in frames if frame.feed == GAP] == [b"3"]
    assert dict(replay(tmp_path / "j.mcap").fold.picture().counters)["frames.unrecorded"] == 3


def test_a_snapshot_leads_to_the_same_state_as_the_whole_journal(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    recorder = begin(path, SITE, START)
    recorder.take([tick(second) for second in range(1, 20)])
    data = recorder.snapshot()
    assert data is not None
    store(path, data, DataKey(path.parent))
    recorder.take([tick(second) for second in range(20, 30)])
    recorder.journal.close()
    short, whole = replay(path, from_snapshot=True), replay(path)
    assert short.fold.digest() == whole.fold.digest() == recorder.fold.digest()
    assert short.position == whole.position


@pytest.mark.parametrize("damage", [b"", b"marsad snapshot 1\nnonsense", b"something else"])
def test_a_damaged_snapshot_is_passed_over(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "j.mcap"
    recorder = begin(path, SITE, START)
    recorder.take([tick(1), tick(2)])
    snapshot_path(path).write_bytes(damage)
    again, replayed = resume(path, START + 3 * SECOND)
    assert replayed.position.frames == 3
    assert again.fold.frames == 5, "the restart, and a checkpoint"
    assert again.fold.counters["restarts"] == 1
    again.journal.close()
    recorder.journal.close()


def test_a_snapshot_of_other_code_is_passed_over_even_of_the_same_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, source = tmp_path / "j.mcap", tmp_path / "other"
    recorder = begin(path, SITE, START)
    recorder.take([tick(1), tick(2)])
    recorder.journal.close()
    source.mkdir()
    (source / "fold.py").write_text("NEW = True\n")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(marsad, "__path__", [str(source)])
        elsewhere.setattr(snapshot, "_fingerprint", snapshot._fingerprint.__wrapped__)
        other = snapshot.freeze(recorder.fold, Position(frames=3))
    store(path, other, DataKey(path.parent))
    assert snapshot.load(path) is snapshot.Unusable.CHANGED
    store(path, snapshot.freeze(recorder.fold, Position(frames=3)), DataKey(path.parent))
    assert isinstance(snapshot.load(path), tuple)


class Bomb:
    """What a pickle can make of whoever reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("by", ["nobody", "another site", "a key that others read", "no key"])
def test_nothing_is_unpickled_that_this_site_did_not_write(tmp_path: Path, by: str) -> None:
    path, gone_off = tmp_path / "j.mcap", tmp_path / "gone off"
    recorder = begin(path, SITE, START)
    recorder.take([tick(1)])
    recorder.journal.close()
    body = pickle.dumps(Bomb(gone_off))
    store(path, body, DataKey(path.parent))
    if by == "nobody":
        data = snapshot_path(path).read_bytes()
        snapshot_path(path).write_bytes(data[:-5] + b"\0" + data[-4:])
    elif by == "another site":
        (tmp_path / KEY_FILE).write_bytes(bytes(32))
    elif by == "a key that others read":
        (tmp_path / KEY_FILE).chmod(0o644)
    else:
        (tmp_path / KEY_FILE).unlink()
    assert snapshot.load(path) is snapshot.Unusable.FOREIGN
    assert replay(path, from_snapshot=True).position.frames == 2
    assert not gone_off.exists()


def test_a_bomb_would_go_off(tmp_path: Path) -> None:
    """Without this the test above would show nothing."""
    pickle.loads(pickle.dumps(Bomb(tmp_path / "gone off")))
    assert (tmp_path / "gone off").exists()


def test_a_snapshot_that_is_ahead_of_its_journal_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    recorder = begin(path, SITE, START)
    recorder.take([tick(1)])
    recorder.journal.sync()
    short = path.read_bytes()
    recorder.take([tick(second) for second in range(2, 90)])
    data = recorder.snapshot()
    assert data is not None
    store(path, data, DataKey(path.parent))
    recorder.journal.close()
    path.write_bytes(short)  # what a power cut leaves of a disk that only said that it had written
    replayed = replay(path, from_snapshot=True)
    assert replayed.fold.t_ns == START + SECOND


def test_a_journal_is_never_begun_over_another(tmp_path: Path) -> None:
    begin(tmp_path / "j.mcap", SITE, START).journal.close()
    with pytest.raises(RecordingError, match="there is a journal already"):
        begin(tmp_path / "j.mcap", SITE, START)


def test_a_state_that_cannot_be_frozen_costs_the_snapshot_and_not_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = begin(tmp_path / "j.mcap", SITE, START)

    def freeze(*_: object) -> bytes:
        raise TypeError("cannot pickle 'generator' object")

    monkeypatch.setattr("marsad.site.recorder.freeze", freeze)
    assert recorder.snapshot() is None
    recorder.take([Frame(TICK, START + 1)])
    recorder.close()
