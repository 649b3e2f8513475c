"""A start without a snapshot goes on from a checkpoint, and every replay comes to what that run knew."""

from pathlib import Path
from typing import Any

import pytest

from marsad.errors import RecordingError
from marsad.model.action import Acknowledge, AllClear
from marsad.model.announcement import AnnouncementKind
from marsad.model.effect import Effect
from marsad.model.frame import CHECKPOINT, OPERATOR, OUTPUTS, RESUME, STATE, TICK, Frame
from marsad.site import checkpoint, resumption
from marsad.site.actions import json_from_action
from marsad.site.journal import JournalReader
from marsad.site.recorder import Recorder, begin, replay, resume

from .test_adoption import SITE, said, warned
from .test_fold import SECOND, START, hello, inbound


class Recording:
    """Takes frames as a fold does, by way of a journal."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def fold(self, frame: Frame) -> list[Effect]:
        return self.recorder.take([frame])


def recorded(path: Path) -> Recorder:
    """A site at which a WARN stands and is acknowledged, some time after its newest checkpoint."""
    recorder = begin(path, SITE.encode(), START)
    site: Any = Recording(recorder)
    recorder.take([Frame(OUTPUTS, START)])
    hello(site)
    inbound(site, 60)
    recorder.take(recorder.checkpoint(recorder.fold.t_ns))
    inbound(site, 80)
    (alarm,) = warned(recorder.fold)
    action = json_from_action(Acknowledge("Rana", alarm.alarm_id))
    recorder.take([Frame(OPERATOR, recorder.fold.t_ns, action)])
    recorder.journal.close()
    return recorder


def goes_on(recorder: Recorder) -> list[Effect]:
    t_ns = recorder.fold.t_ns
    recorder.take([Frame(TICK, t_ns + tenth * SECOND // 10) for tenth in range(1, 20)])
    return recorder.take([Frame(OPERATOR, recorder.fold.t_ns, json_from_action(AllClear("Rana", "gate")))])


def test_what_people_decided_goes_on_and_a_replay_of_the_whole_comes_to_the_same(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    before = recorded(path)
    again, replayed = resume(path)
    assert replayed.resumed_from
    (alarm,) = warned(again.fold)
    assert alarm.acknowledged_by == "Rana"
    incident, was = again.fold.incident(), before.fold.incident()
    assert incident is not None and was is not None
    assert (incident.incident_id, incident.timeline) == (was.incident_id, was.timeline)
    words = said(goes_on(again))
    assert words == [("hub", AnnouncementKind.ALL_CLEAR), ("tak", AnnouncementKind.ALL_CLEAR)]
    again.journal.close()
    assert replay(path).fold.digest() == again.fold.digest()
    feeds = [frame.feed for frame in JournalReader(path).frames()]
    assert feeds.count(RESUME) == 1 and feeds.count(CHECKPOINT) == 2


def test_so_it_does_where_the_tracks_are_those_of_another_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "j.mcap"
    before = recorded(path)

    def other(fold: object, held: object) -> None:
        raise RecordingError("other tracks")

    monkeypatch.setattr(checkpoint, "_take_tracks", other)
    again, _ = resume(path)
    assert warned(again.fold)[0].alarm_id == warned(before.fold)[0].alarm_id
    assert min(again.fold.picture().tracks.track_id.tolist()) > 1, "the track came again from the frames"
    goes_on(again)
    again.journal.close()
    assert replay(path).fold.digest() == again.fold.digest()


def test_a_checkpoint_that_cannot_be_read_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "j.mcap"
    recorded(path)
    again, _ = resume(path)
    again.journal.close()
    found = [frame.data for frame in JournalReader(path).frames() if frame.feed == CHECKPOINT]
    found += [frame.data for frame in JournalReader(path).opening(1) if frame.feed == STATE]
    assert len(found) == 3
    taken_up = checkpoint.taken_up

    def by_another(data: bytes) -> object:
        if data in found[1:]:
            raise RecordingError("by another program")
        return taken_up(data)

    monkeypatch.setattr(resumption, "taken_up", by_another)
    known = resumption.newest(path)
    assert known is not None and known[2] == resumption.name_of(found[0])


def test_a_journal_without_a_checkpoint_is_folded_from_its_first_frame(tmp_path: Path) -> None:
    path = tmp_path / "j.mcap"
    recorder = begin(path, SITE.encode(), START)
    recorder.take([Frame(TICK, START + SECOND)])
    recorder.journal.close()
    replayed = replay(path, from_snapshot=True)
    assert (replayed.resumed_from, replayed.position.frames) == ("", 2)
