"""Each file of a journal stands alone: where those before it are gone, its opening says what was so."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marsad.cli import app
from marsad.evaluate.own_run import Replay
from marsad.model.action import AllClear, SetIdentity, TakeWatch
from marsad.model.announcement import AnnouncementKind
from marsad.model.frame import CONFIGURATION, OPERATOR, RETENTION, STATE, TICK, Frame
from marsad.model.threat import Identity
from marsad.site.actions import json_from_action
from marsad.site.fold import SiteFold
from marsad.site.journal import JournalReader, segments
from marsad.site.journal_files import segment_path
from marsad.site.recorder import Recorder, begin, replay, resume
from marsad.site.retention import json_from_removed, remove, stored
from marsad.site.snapshot import store
from marsad.site.verify import verify
from marsad.station.record import journals_in, newest_journal, open_record

from ..disks import file_size_limit
from .test_adoption import said, warned
from .test_fold import SECOND, START
from .test_resumption import goes_on, recorded
from .test_verify import records


def ticked(recorder: Recorder, seconds: int) -> None:
    for tenth in range(seconds * 10):
        recorder.take([Frame(TICK, recorder.fold.t_ns + SECOND // 10)])
        if tenth == 5:
            recorder.journal.rotate()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SiteFold]:
    """A journal in which a WARN was acknowledged and an object called hostile, two files ago."""
    directory = tmp_path_factory.mktemp("lived")
    path = directory / "example-20220104T024000Z.mcap"
    recorded(path)
    recorder, _ = resume(path)
    for action in (TakeWatch("Rana"), SetIdentity("Rana", 1, Identity.HOSTILE)):
        recorder.take([Frame(OPERATOR, recorder.fold.t_ns, json_from_action(action))])
    ticked(recorder, 2)
    ticked(recorder, 2)
    recorder.take([Frame(RETENTION, recorder.fold.t_ns, json_from_removed([]))])
    recorder.close()
    assert len(segments(path)) == 4
    return directory, recorder.fold


@pytest.fixture
def path(lived: tuple[Path, SiteFold], tmp_path: Path) -> Path:
    return Path(shutil.copytree(lived[0], tmp_path / "data")) / "example-20220104T024000Z.mcap"


def known(fold: SiteFold) -> tuple[object, ...]:
    picture, incident = fold.picture(), fold.incident()
    assert incident is not None
    people = [(one.alarm_id, one.zone_id, one.stage, one.acknowledged_by) for one in picture.alarms]
    told = [(one.announcement_id, one.state) for one in picture.telling.deliveries]
    return people, picture.watch, incident.incident_id, incident.timeline, told, fold.frames


@pytest.mark.parametrize("by", ["retention", "hand"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_alarms_decisions_and_identities_go_on_where_the_first_files_are_gone(
    path: Path, lived: tuple[Path, SiteFold], count: int, by: str
) -> None:
    for one in stored(path, count):
        if by == "retention":
            remove(one)
        else:
            one.file.unlink()
    first, *_ = JournalReader(path).frames()
    assert first.feed == CONFIGURATION
    fold = replay(path).fold
    assert known(fold) == known(lived[1])
    picture = fold.picture()
    assert picture.tracks.track_id.tolist() == lived[1].picture().tracks.track_id.tolist() == [1]
    assert [one.identity for one in picture.assessments] == [Identity.HOSTILE]
    again, replayed = resume(path)
    assert replayed.resumed_from or not replayed.flaws
    assert [one.acknowledged_by for one in warned(again.fold)] == ["Rana"]
    assert said(goes_on(again)) == [("hub", AnnouncementKind.ALL_CLEAR), ("tak", AnnouncementKind.ALL_CLEAR)]
    again.journal.close()
    assert replay(path).fold.digest() == again.fold.digest()


def test_verify_inspect_and_evaluate_go_on_with_them(path: Path, lived: tuple[Path, SiteFold]) -> None:
    recorder, _ = resume(path)
    removed = [(one, remove(one)) for one in stored(path, 2)]
    recorder.take([Frame(RETENTION, recorder.fold.t_ns, json_from_removed(removed))])
    recorder.close()
    verdict = verify(path)
    assert verdict.is_whole and verdict.is_closed, verdict.findings
    assert [one.code for one in verdict.findings].count("removed") == 2
    told = CliRunner().invoke(app, ["inspect", str(path)])
    assert told.exit_code == 0, told.output
    assert "restarts" in told.output
    found = Replay(path)
    alarms = [glance.picture.alarms for glance in found.glances() if glance.picture is not None]
    stood = [(one.alarm_id, one.acknowledged_by) for one in lived[1].picture().alarms]
    assert "Rana" in dict(stood).values()
    for then in (alarms[0], alarms[-1]):
        assert [(one.alarm_id, one.acknowledged_by) for one in then] == stood


def test_the_state_of_an_opening_alone_is_enough_and_without_it_the_settings_are(
    path: Path, lived: tuple[Path, SiteFold]
) -> None:
    """A flipped bit in the opening, after what was before it was removed."""
    second = segment_path(path, 2)
    opening = [one for one in records(second) if one.is_opening]
    assert [one.frame.feed for one in opening] == [CONFIGURATION, STATE]
    for one in stored(path, 2):
        remove(one)
    whole = second.read_bytes()
    for harmed, alarms in ((opening[0], 1), (opening[1], 0)):
        data = bytearray(whole)
        data[harmed.start + 60] ^= 4
        second.write_bytes(bytes(data))
        assert "lost" in [one.code for one in verify(path, chain_only=True).findings]
        found = replay(path).fold
        assert [one.acknowledged_by for one in warned(found)] == ["Rana"] * alarms
        assert found.site.site_id == lived[1].site.site_id


def test_what_waits_for_a_disk_is_not_folded_twice(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    recorder = begin(path, b"[site]\nid = 'e'\nname_en = 'E'\nname_ar = '\xd9\x85'\n"
                     b"latitude_deg = 33.3\nlongitude_deg = 44.4\n", START)  # fmt: skip
    recorder.take([Frame(TICK, START + SECOND)])
    with file_size_limit(10):
        recorder.take([Frame(TICK, START + 2 * SECOND)])
        assert recorder.fault
    recorder.take([Frame(TICK, START + 3 * SECOND)])
    recorder.take([Frame(TICK, START + 4 * SECOND)])
    recorder.close()
    (_, second) = segments(path)
    assert [one.frame.feed for one in records(second) if one.is_opening] == [CONFIGURATION]
    path.unlink()
    assert replay(path).fold.t_ns == START + 4 * SECOND


def test_a_start_finds_a_record_whose_first_files_are_gone(path: Path, lived: tuple[Path, SiteFold]) -> None:
    for number in (0, 1):
        segment_path(path, number).unlink()
    assert newest_journal(path.parent, "example") == path and path in journals_in(path.parent)
    record = open_record(path.parent, "example", lived[1].configuration, lived[1].t_ns + SECOND)
    assert record.told.code == "station.resumes"
    assert known(record.recorder.fold)[:3] == known(lived[1])[:3]
    record.recorder.close()
    record.register.close()


def test_a_snapshot_of_files_that_were_deleted_is_taken_for_none_of_the_new(
    path: Path, lived: tuple[Path, SiteFold]
) -> None:
    recorder, _ = resume(path)
    ticked(recorder, 1)
    store(path, recorder.snapshot() or b"", recorder.key)
    (alarm,) = warned(recorder.fold)
    recorder.take([Frame(OPERATOR, recorder.fold.t_ns, json_from_action(AllClear("Rana", alarm.zone_id)))])
    for file in segments(path):
        file.unlink()
    recorder.begin_anew()
    recorder.take([Frame(TICK, recorder.fold.t_ns + SECOND)])
    live = known(recorder.fold)[:3]
    recorder.close()
    assert known(replay(path, from_snapshot=True).fold)[:3] == live
