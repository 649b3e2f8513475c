"""A live site's time: frames are stamped as they come, steps are journalled and told, restarts go on."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from marsad.links.clock import SystemClock
from marsad.model.action import HeadCount
from marsad.model.clock import Tie
from marsad.model.effect import Effect, Register
from marsad.model.frame import CLOCK, OPERATOR, TICK, FrameKind
from marsad.model.picture import Picture
from marsad.site.journal import JournalReader
from marsad.site.live import LiveSite
from marsad.site.recorder import begin, resume
from marsad.site.snapshot import load, snapshot_path

from .test_fold import SECOND, SITE, START
from .test_site_time import Raid

HOUR = 3_600 * SECOND


class Wall:
    """A machine whose wall clock a test sets, and whose steady one goes on, or stands where a test says."""

    def __init__(self, t_ns: int) -> None:
        self.t_ns = t_ns
        self.set_ns = 0
        self.boot = "first"

    def clock(self) -> SystemClock:
        return SystemClock(
            lambda: self.t_ns + self.set_ns, lambda: self.t_ns - START + SECOND, lambda: self.boot
        )


def alarms_of(picture: Picture) -> list[tuple[str, str]]:
    return [(alarm.alarm_id, alarm.state) for alarm in picture.alarms]


async def next_picture(site: LiveSite, wall: Wall) -> Picture:
    """The first picture of a site that runs from now on; it comes within 2 s."""
    running = asyncio.create_task(site.run())
    begun_ns = wall.t_ns
    while (picture := site.picture()) is None:
        assert wall.t_ns - begun_ns <= 2 * SECOND
        await asyncio.sleep(0.05)
        wall.t_ns += SECOND // 10
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    return picture


async def test_frames_and_actions_are_stamped_as_they_come_and_no_tick_overtakes_them(tmp_path: Path) -> None:
    wall = Wall(START)
    clock = wall.clock()
    site = LiveSite(begin(tmp_path / "j.mcap", SITE, START), clock, lambda effect: None)
    wall.t_ns = START + SECOND
    await site.deliver("sensors", 1, FrameKind.OPENED, b"peer")
    wall.t_ns = START + 2 * SECOND
    acting = asyncio.create_task(site.submit(HeadCount("Layla", True)))
    await asyncio.sleep(0)
    wall.t_ns = START + 6 * SECOND  # the site was busy for so long
    await next_picture(site, wall)
    await acting
    frames = list(JournalReader(tmp_path / "j.mcap").frames())
    times = {frame.feed: (frame.t_ns - START) / SECOND for frame in frames if frame.feed != TICK}
    assert (times["sensors"], times[OPERATOR]) == (1.0, 2.0)
    assert [frame.t_ns for frame in frames] == sorted(frame.t_ns for frame in frames)
    assert [frame.feed for frame in frames][1] == CLOCK


async def test_what_a_start_folded_again_the_next_one_need_not(tmp_path: Path) -> None:
    path, wall = tmp_path / "j.mcap", Wall(START)
    begin(path, SITE, START).journal.close()
    recorder, _ = resume(path)
    snapshot_path(path).unlink(missing_ok=True)
    running = asyncio.create_task(LiveSite(recorder, wall.clock(), lambda effect: None).run())
    async with asyncio.timeout(20):
        while not snapshot_path(path).exists():
            await asyncio.sleep(0.01)
            wall.t_ns += SECOND // 100
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert wall.t_ns - START < 10 * SECOND, "not first after snapshot_s"
    known = load(path)
    assert isinstance(known, tuple) and known[1].frames >= 2


async def test_who_waits_for_a_place_in_the_queue_keeps_the_stamp_and_the_order(tmp_path: Path) -> None:
    wall = Wall(START)
    recorder = begin(tmp_path / "j.mcap", SITE, START)
    site = LiveSite(recorder, wall.clock(), lambda effect: None, lane_max=1)
    waiting = []
    for second in range(1, 6):
        wall.t_ns = START + second * SECOND
        data = b"chunk %d" % second
        waiting.append(asyncio.create_task(site.deliver("adsb", 1, FrameKind.DATA, data)))
        await asyncio.sleep(0)
    wall.t_ns = START + 9 * SECOND
    running = asyncio.create_task(site.run())
    async with asyncio.timeout(20):
        await asyncio.gather(*waiting)
        await site.finish()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    frames = [frame for frame in JournalReader(tmp_path / "j.mcap").frames() if frame.feed == "adsb"]
    assert [frame.data for frame in frames] == [b"chunk %d" % second for second in range(1, 6)]
    assert [frame.t_ns for frame in frames] == [START + second * SECOND for second in range(1, 6)]


async def test_a_step_is_journalled_once_and_what_goes_out_is_utc(tmp_path: Path) -> None:
    raid = Raid({})
    end_ns = raid.fold.t_ns
    wall = Wall(end_ns)
    recorder = begin(tmp_path / "j.mcap", SITE, START)
    recorder.take(raid.fold.noted[1:])
    out: list[Effect] = []
    site = LiveSite(recorder, wall.clock(), out.append)
    running = asyncio.create_task(site.run())
    pictures = site.subscribe()
    async with asyncio.timeout(30):
        wall.t_ns += 2 * SECOND
        before = await anext(pictures)
        assert before.clock is None and before.utc_offset_ns == 0
        for step_ns in (-HOUR, SECOND):
            wall.set_ns += step_ns
            assert site.utc_ns() == wall.t_ns + wall.set_ns - step_ns, "as what was handed out has it"
            wall.t_ns += 2 * SECOND
            picture = await anext(pictures)
            assert site.utc_ns() == wall.t_ns + wall.set_ns
            assert site.utc_offset_ns() == wall.set_ns
            assert picture.clock is not None and picture.clock.step_ns == step_ns
            assert picture.t_ns == wall.t_ns + wall.set_ns == picture.clock.t_ns
            assert picture.tracks.track_id.tolist() == before.tracks.track_id.tolist()
            assert alarms_of(picture) == alarms_of(before)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    frames = JournalReader(tmp_path / "j.mcap").frames()
    ties = [Tie.from_bytes(frame.data) for frame in frames if frame.feed == CLOCK]
    assert [tie.utc_offset_ns for tie in ties] == [0, -HOUR, SECOND - HOUR]
    told = [effect.incident for effect in out if isinstance(effect, Register)]
    assert before.incident is not None
    assert told[-1].opened_t_ns == before.incident.opened_t_ns + SECOND - HOUR
    assert [line.what.code for line in told[-1].timeline][-2:] == ["clock.back.min", "clock.forward.s"]


@pytest.mark.parametrize("size_s", [1, 3_600, 86_400])
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("boot", ["first", "second"])
async def test_after_a_restart_the_picture_is_there_at_once_with_the_same_tracks(
    tmp_path: Path, size_s: int, sign: int, boot: str, before: Raid
) -> None:
    """Where the machine was restarted too (second), a clock that was set forward may be a long rest."""
    wall = Wall(before.fold.t_ns)
    recorder = begin(tmp_path / "j.mcap", SITE, START)
    recorder.take(before.fold.noted[1:])
    await next_picture(LiveSite(recorder, wall.clock(), lambda effect: None), wall)
    wall.t_ns += 3 * SECOND
    wall.set_ns, wall.boot = sign * size_s * SECOND, boot
    resumed, _ = resume(tmp_path / "j.mcap")
    clock = wall.clock()
    picture = await next_picture(LiveSite(resumed, clock, lambda effect: None), wall)
    assert abs(picture.t_ns - wall.t_ns - wall.set_ns) <= SECOND // 10
    back = sign < 0 and size_s > 3
    assert (picture.clock is not None) == (boot == "first" or back)
    if boot == "first":
        assert picture.clock is not None and picture.clock.step_ns == wall.set_ns
    if boot == "first" or back or size_s < 10:
        assert picture.tracks.track_id.tolist() == before.picture.tracks.track_id.tolist()
        assert alarms_of(picture) == alarms_of(before.picture)


@pytest.fixture(scope="module")
def before() -> Raid:
    return Raid({}, seconds=30)
