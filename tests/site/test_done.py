"""An action that is sent again under its name is done once, whatever happened to the site between."""

import asyncio
import contextlib
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from marsad.errors import ReceivedError
from marsad.links.clock import SystemClock
from marsad.model.action import Action, AllClear, ApplySettings, DeclareFlights, SetIdentity, TakeWatch
from marsad.model.announcement import AnnouncementKind
from marsad.model.effect import Effect, Refuse
from marsad.model.frame import CHECKPOINT, CONFIGURATION, OPERATOR, OUTPUTS, Frame
from marsad.model.threat import Identity
from marsad.site import checkpoint
from marsad.site.actions import action_as_said, action_from_json, json_from_action, named_action_from_json
from marsad.site.done import REMEMBERED_MAX, Done, Named, journalled_name
from marsad.site.fold import SiteFold
from marsad.site.journal import JournalReader
from marsad.site.live import LiveSite
from marsad.site.recorder import Recorder, begin, replay, resume

from .test_adoption import SITE, said, warned
from .test_fold import START, hello, inbound
from .test_resumption import Recording

KEY, CLEAR = '["Rana", "all-clear-1"]', AllClear("Rana", "gate")
ALL_CLEAR = [("hub", AnnouncementKind.ALL_CLEAR), ("tak", AnnouncementKind.ALL_CLEAR)]


def act(fold: Any, action: Action, key: str = KEY) -> list[Effect]:
    t_ns = fold.recorder.fold.t_ns if isinstance(fold, Recording) else fold.t_ns
    effects: list[Effect] = fold.fold(Frame(OPERATOR, t_ns, json_from_action(action, journalled_name(key))))
    return effects


def reasons(effects: list[Effect]) -> list[str]:
    return [one.reason for one in effects if isinstance(one, Refuse)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of a site that cleared its first WARN under a key; then a second one came."""
    path = tmp_path_factory.mktemp("done") / "j.mcap"
    recorder = begin(path, SITE.encode(), START)
    site: Any = Recording(recorder)
    recorder.take([Frame(OUTPUTS, START)])
    hello(site)
    inbound(site, 80)
    assert warned(recorder.fold)
    assert said(act(site, CLEAR)) == ALL_CLEAR
    recorder.take(recorder.checkpoint(recorder.fold.t_ns))
    inbound(site, 100, 80)
    assert warned(recorder.fold)
    recorder.journal.close()
    return path


@pytest.fixture
def fold(recorded: Path) -> SiteFold:
    return replay(recorded).fold


def stands(fold: SiteFold, take: Any = None) -> None:
    """What was done once is not done again, and its name is no other action's."""
    before, actions = fold.digest(), fold.counters["actions"]
    assert act(take or fold, CLEAR) == [] and fold.digest() == before and warned(fold)
    assert reasons(act(take or fold, TakeWatch("Rana"))) == ["action-key"]
    assert fold.counters["actions"] == actions and not fold.picture().watch.holder
    assert not reasons(act(take or fold, TakeWatch("Rana"), "another")) and fold.picture().watch.holder


def test_what_was_done_is_known_to_a_replay_a_snapshot_and_a_checkpoint(fold: SiteFold) -> None:
    for one in (fold, pickle.loads(pickle.dumps(fold)), checkpoint.taken_up(checkpoint.checkpoint(fold))[0]):
        stands(one)


def test_a_start_from_the_checkpoint_alone_knows_it_and_a_replay_comes_to_the_same(
    recorded: Path, tmp_path: Path
) -> None:
    for file in recorded.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / recorded.name
    again, replayed = resume(path)
    assert replayed.resumed_from
    stands(again.fold, Recording(again))
    again.journal.close()
    assert replay(path).fold.digest() == again.fold.digest()


def test_a_checkpoint_of_an_older_program_is_taken_up(fold: SiteFold) -> None:
    document = json.loads(checkpoint.checkpoint(fold))
    del document["values"]["_done"]
    older, lost = checkpoint.taken_up(json.dumps(document).encode())
    assert lost == "" and not older.has_done(CLEAR, journalled_name(KEY))


def test_what_is_refused_may_be_asked_again_and_what_has_no_name_is_done_each_time(fold: SiteFold) -> None:
    cancel = SetIdentity("Rana", 10**9, Identity.FRIEND)
    flights = DeclareFlights("Rana", ())
    for action in (cancel, flights):
        found = [reasons(act(fold, action, "new")) for _ in range(2)]
        assert found[0] == found[1] != [], "it is looked at anew"
        assert not fold.has_done(action, journalled_name("new"))
    before = fold.counters["actions"]
    for _ in range(2):
        assert not reasons(act(fold, TakeWatch("Rana"), ""))
    assert fold.counters["actions"] == before + 2


def test_settings_are_put_in_force_under_a_name_once_they_are_taken(fold: SiteFold) -> None:
    asked, name = ApplySettings("Rana"), journalled_name("s")
    for configuration in (b"site = 3", SITE.replace("33.3", "33.4").encode()):
        act(fold, asked, "s")
        assert reasons(fold.fold(Frame(CONFIGURATION, fold.t_ns, configuration)))
        assert not fold.has_done(asked, name), "they were refused"
    act(fold, asked, "s")
    assert not fold.has_done(asked, name)
    fold.fold(Frame(CONFIGURATION, fold.t_ns, SITE.encode()))
    assert fold.has_done(asked, name)


def test_the_newest_are_remembered() -> None:
    done = Done()
    for number in range(REMEMBERED_MAX + 1):
        done.note(Named(str(number), "digest"))
    assert not done.has(Named("0", "digest"))
    assert done.has(Named("1", "digest")) and done.has(Named(str(REMEMBERED_MAX), "digest"))


def test_a_journal_holds_no_key_and_nobody_says_the_name_that_it_holds_instead(recorded: Path) -> None:
    (frame,) = [one for one in JournalReader(recorded).frames() if one.feed == OPERATOR]
    assert b"all-clear-1" not in b"".join(file.read_bytes() for file in recorded.parent.iterdir())
    assert named_action_from_json(frame.data) == (CLEAR, journalled_name(KEY))
    assert action_from_json(frame.data) == CLEAR
    with pytest.raises(ReceivedError, match="unknown field 'once'"):
        action_as_said(frame.data)
    for wrong in ("5", "null", '"' + 65 * "a" + '"'):
        with pytest.raises(ReceivedError, match="at most 64 characters"):
            action_from_json(b'{"action":"take_watch","by":"Rana","once":%s}' % wrong.encode())


async def test_a_site_that_runs_answers_alike_and_journals_it_once(tmp_path: Path) -> None:
    recorder: Recorder = begin(tmp_path / "j.mcap", SITE.encode(), SystemClock().now_ns())
    live = LiveSite(recorder, SystemClock(), lambda effect: None)
    running = asyncio.create_task(live.run())
    watch = TakeWatch("Rana")
    async with asyncio.timeout(20):
        await asyncio.gather(live.submit(watch, KEY), live.submit(watch, KEY))
        await live.configure(SITE.replace("radius_m = 150.0", "radius_m = 160.0").encode())
        await live.submit(watch, KEY)
        with pytest.raises(ReceivedError, match="another action"):
            await live.submit(CLEAR, KEY)
        await live.finish()
        await live.submit(watch, KEY)  # the day is over, and it was done
        with pytest.raises(ReceivedError, match="the simulated day is over"):
            await live.submit(watch, "another")
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    frames = [one.feed for one in JournalReader(recorder.journal.path).frames()]
    assert frames.count(OPERATOR) == 2 and live.fold.counters["actions"] == 1
    assert CHECKPOINT not in frames
