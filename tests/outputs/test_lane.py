"""The lane of an output: order, trying again, giving up; and one dead output beside another."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from marsad.errors import BusyError, LinkError, OutrankedError, RefusedError
from marsad.model.announcement import AnnouncementKind, Delivered, DeliveryState, DrillSwitch, LiveSwitch
from marsad.model.drill import OutputLink
from marsad.model.effect import Announce
from marsad.model.threat import Level
from marsad.model.utc import moved
from marsad.outputs import lane as lanes
from marsad.outputs import outputs as all_outputs
from marsad.outputs.lane import WAITING_MAX, Lane
from marsad.outputs.outputs import Outputs
from marsad.outputs.settings import CapSettings, CotSettings, OutputSettings, WebhookSettings
from marsad.outputs.transmitter import Surroundings, Word

from .conftest import Ears, announced, drilled
from .receiver import receiver
from .running import running
from .setting import STEPS


class Scripted:
    """A transmitter that does as it is told, by the number of the attempt."""

    def __init__(self, *script: Callable[[], Awaitable[DeliveryState]]) -> None:
        self.script, self.attempts, self.closed = script, list[str](), False

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        number = len(self.attempts)
        self.attempts.append(announcement_id)
        return await self.script[min(number, len(self.script) - 1)]()

    async def run(self) -> None:
        pass

    async def close(self) -> None:
        self.closed = True


async def well() -> DeliveryState:
    return DeliveryState.ACCEPTED


async def down() -> DeliveryState:
    raise LinkError("nobody there")


async def broken() -> DeliveryState:
    raise KeyError("a mistake of the output's own")


async def hanging() -> DeliveryState:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "FIRST_AGAIN_S", 0.01)
    monkeypatch.setattr(lanes, "LAST_AGAIN_S", 0.02)


async def test_what_failed_is_told_once_and_tried_until_it_is_there(ears: Ears) -> None:
    way = Scripted(down, down, broken, well)
    async with running(Lane("gate", way, ears.tell)) as lane:
        one = announced()
        lane.offer(one.announcement_id, one, 600)
        said = await ears.until(2)
    assert [item.state for item in said] == [DeliveryState.NOT_SENT, DeliveryState.ACCEPTED]
    assert said[0].detail == "nobody there" and lane.counters["failed"] == 3
    assert way.closed


@pytest.mark.parametrize("step_ns", STEPS)
async def test_what_waited_while_the_clock_was_set_has_the_times_of_the_clock_as_it_is(
    ears: Ears, step_ns: int
) -> None:
    offset_ns, words = [0], list[Word]()

    class Hearing(Scripted):
        async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
            words.append(word)
            return await super().transmit(announcement_id, word)

    async def set_clock() -> DeliveryState:
        offset_ns[0] = step_ns
        return await down()

    word = announced()
    lane = Lane("gate", Hearing(set_clock, well), ears.tell, utc_offset_ns=lambda: offset_ns[0])
    lane.offer(word.announcement_id, word, 600)
    async with running(lane):
        await ears.until(2)
    assert words == [word, moved(word, step_ns)]


async def test_what_has_expired_is_told_and_never_sent(ears: Ears) -> None:
    way = Scripted(well)
    async with running(Lane("gate", way, ears.tell)) as lane:
        one = announced()
        lane.offer(one.announcement_id, one, 0.0)
        (said,) = await ears.until(1)
    assert said.state is DeliveryState.TOO_LATE and way.attempts == []


async def test_a_receiver_that_hangs_gives_up_with_the_announcement(ears: Ears) -> None:
    async with running(Lane("gate", Scripted(hanging, well), ears.tell)) as lane:
        first, second = announced(1, alarm_id="a"), announced(2, alarm_id="b")
        lane.offer(first.announcement_id, first, 0.05)
        lane.offer(second.announcement_id, second, 600)
        said = await ears.until(2)
    assert [item.state for item in said] == [DeliveryState.TOO_LATE, DeliveryState.ACCEPTED]


async def test_a_retraction_takes_the_place_of_a_warning_that_never_left(ears: Ears) -> None:
    """Nobody must take cover for an alarm that is retracted already."""
    way = Scripted(down, well)
    lane = Lane("gate", way, ears.tell)
    warning = announced(1)
    lane.offer(warning.announcement_id, warning, 600)
    other = announced(2, alarm_id="another")
    lane.offer(other.announcement_id, other, 600)
    over = announced(3, AnnouncementKind.RETRACTION)
    lane.offer(over.announcement_id, over, 600)
    async with running(lane):
        said = await ears.until(4)
    states = {(item.announcement_id, item.state) for item in said}
    assert (warning.announcement_id, DeliveryState.TOO_LATE) in states
    assert (over.announcement_id, DeliveryState.ACCEPTED) in states
    assert warning.announcement_id not in way.attempts


async def test_a_warning_that_fails_while_its_retraction_waits_is_not_tried_again(ears: Ears) -> None:
    """Else people would take cover after they heard that there was nothing."""
    is_tried, retracted = asyncio.Event(), asyncio.Event()

    async def fails_late() -> DeliveryState:
        is_tried.set()
        await retracted.wait()
        raise LinkError("no answer within 3 s")

    way = Scripted(fails_late, well)
    async with running(Lane("gate", way, ears.tell)) as lane:
        warning, over = announced(1), announced(2, AnnouncementKind.RETRACTION)
        lane.offer(warning.announcement_id, warning, 600)
        await is_tried.wait()
        lane.offer(over.announcement_id, over, 600)
        retracted.set()
        await ears.until(3)
    assert way.attempts == [warning.announcement_id, over.announcement_id]


async def test_what_failed_is_tried_at_once_when_the_link_is_back(
    ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "FIRST_AGAIN_S", 60.0)
    monkeypatch.setattr(lanes, "LAST_AGAIN_S", 60.0)

    class Linking(Scripted):
        def when_linked(self, call: Callable[[], None]) -> None:
            self.linked = call

    way = Linking(down, well)
    async with running(Lane("gate", way, ears.tell)) as lane:
        one = announced()
        lane.offer(one.announcement_id, one, 600)
        await ears.until(1)
        way.linked()
        said = await ears.until(2)
    assert [item.state for item in said] == [DeliveryState.NOT_SENT, DeliveryState.ACCEPTED]


async def test_what_keeps_a_link_up_is_begun_anew_when_it_fails_and_ends_with_the_lane(ears: Ears) -> None:
    runs, ended = asyncio.Event(), asyncio.Event()

    class Keeping(Scripted):
        began = 0

        async def run(self) -> None:
            self.began += 1
            if self.began == 1:
                raise KeyError("a mistake of its own")
            runs.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

    async with running(Lane("gate", Keeping(well), ears.tell)) as lane:
        one = announced()
        lane.offer(one.announcement_id, one, 600)
        await ears.until(1)
        async with asyncio.timeout(20):
            await runs.wait()
    assert ended.is_set()


async def test_a_drill_takes_no_siren_from_what_is_meant(ears: Ears) -> None:
    switch = ("fuel", Level.WARN, True, 0)
    way = Scripted(well)
    lane = Lane("siren", way, ears.tell)
    lane.offer("meant", LiveSwitch(*switch), 600)
    lane.offer("drill", DrillSwitch(*switch), 600)
    async with running(lane):
        await ears.until(2)
    assert way.attempts == ["meant", "drill"]


async def test_updates_give_way_to_what_people_must_do(ears: Ears) -> None:
    way = Scripted(well)
    lane = Lane("gate", way, ears.tell)
    update = announced(1, AnnouncementKind.UPDATE, alarm_id="a")
    warning = announced(2, alarm_id="b")
    lane.offer(update.announcement_id, update, 600)
    lane.offer(warning.announcement_id, warning, 600)
    async with running(lane):
        await ears.until(2)
    assert way.attempts == [warning.announcement_id, update.announcement_id]


async def test_a_lane_is_bounded_and_tells_what_it_dropped(ears: Ears) -> None:
    lane = Lane("gate", Scripted(well), ears.tell)
    update = announced(0, AnnouncementKind.UPDATE, alarm_id="first")
    lane.offer(update.announcement_id, update, 600)
    for number in range(WAITING_MAX):
        one = announced(number, alarm_id=f"alarm {number}")
        lane.offer(one.announcement_id, one, 600)
    assert lane.counters["dropped"] == 1
    async with running(lane):
        said = await ears.until(WAITING_MAX + 1)
    late = [item for item in said if item.state is DeliveryState.TOO_LATE]
    assert [item.announcement_id for item in late] == [update.announcement_id]


async def test_a_dead_output_delays_no_other(surroundings: Surroundings, ears: Ears) -> None:
    async with receiver(lambda number: None) as dead, receiver() as well_:
        records = [
            WebhookSettings.model_validate({"name": name, "url": f"http://127.0.0.1:{port}/", "timeout_s": 1})
            for name, port in (("dead", dead.port), ("well", well_.port))
        ]
        outputs = Outputs(records, surroundings, live_warning=True)
        task = asyncio.create_task(outputs.run())
        for number in range(5):
            for output_id in ("dead", "well"):
                outputs.carry_out(Announce(announced(number, output_id=output_id, alarm_id=f"a{number}")))
        await well_.until(5)
        accepted = {item.output_id for item in ears.heard if item.state is DeliveryState.ACCEPTED}
        assert accepted <= {"well"}
        assert not dead.bodies[1:], "the dead one has not answered the first yet"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_an_output_does_beside_begins_anew_when_it_breaks_off(ears: Ears) -> None:
    class Beside(Scripted):
        def __init__(self) -> None:
            super().__init__(well)
            self.runs, self.news = 0, asyncio.Event()

        async def run(self) -> None:
            self.runs += 1
            if self.runs < 3:
                raise RuntimeError("a mistake of the output's own")
            self.news.set()
            await asyncio.Event().wait()

    way = Beside()
    async with running(Lane("gate", way, ears.tell)) as lane:
        one = announced()
        lane.offer(one.announcement_id, one, 600)
        await ears.until(1)  # what breaks off beside keeps nothing from being handed on
        async with asyncio.timeout(20):
            await way.news.wait()
    assert lane.counters["failed-beside"] == 2 and way.closed


async def test_a_lane_that_breaks_off_is_told_of_and_goes_on(ears: Ears) -> None:
    told: list[OutputLink] = []

    async def deaf(said: Delivered) -> None:
        if not ears.heard:
            await ears.tell(said)
            raise RuntimeError("a mistake of whoever is told")
        await ears.tell(said)

    async with running(Lane("gate", Scripted(well), deaf, (), told.append)) as lane:
        for number in (1, 2):
            one = announced(number, alarm_id=str(number))
            lane.offer(one.announcement_id, one, 600)
            await ears.until_state(one.announcement_id, DeliveryState.ACCEPTED)
    assert lane.counters["broken"] == 1 and [one.is_up for one in told] == [False, True]


_TWO = ("bad", "well")


async def test_an_output_that_ends_by_an_error_leaves_the_others_alone(
    surroundings: Surroundings, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(all_outputs, "AGAIN_S", 0.01)
    async with receiver() as received:
        records = [
            WebhookSettings(name=name, url=f"http://127.0.0.1:{received.port}/{name}") for name in _TWO
        ]
        outputs = await Outputs.opened(records, surroundings, live_warning=True)
        bad, runs = outputs._lanes["bad"], list[int]()

        async def run() -> None:
            runs.append(1)
            if len(runs) < 3:
                raise RuntimeError("a mistake of the lane's own")
            await Lane.run(bad)

        monkeypatch.setattr(bad, "run", run)
        task = asyncio.create_task(outputs.run())
        for name in ("well", "bad"):
            one = announced(output_id=name, alarm_id=name)
            outputs.carry_out(Announce(one))
            await ears.until_state(one.announcement_id, DeliveryState.ACCEPTED)
        assert not task.done() and outputs.counters["broken"] == 2
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_outputs_of_which_one_can_never_work_are_closed_again(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    closed: list[Lane] = []

    async def close(self: Lane) -> None:
        closed.append(self)

    monkeypatch.setattr(Lane, "close", close)
    records: list[OutputSettings] = [
        WebhookSettings(name="well", url="http://127.0.0.1:9/"),
        CapSettings(name="bad", folder=str(tmp_path / "no" / "folder")),
    ]
    with pytest.raises(LinkError, match="output bad"):
        await Outputs.opened(records, surroundings, live_warning=True)
    assert [one.output_id for one in closed] == ["well"]


# --- exercises never reach what is for the real thing ----------------------------------------------------


@pytest.mark.parametrize("live_warning", [True, False])
async def test_a_drill_reaches_no_output_that_is_not_for_drills(
    surroundings: Surroundings, live_warning: bool
) -> None:
    async with receiver() as real, receiver() as drills:
        records = [
            WebhookSettings.model_validate({"name": name, "url": f"http://127.0.0.1:{port}/", **more})
            for name, port, more in (("real", real.port, {}), ("drills", drills.port, {"drills": True}))
        ]
        outputs = Outputs(records, surroundings, live_warning=live_warning)
        task = asyncio.create_task(outputs.run())
        for number, output_id in enumerate(("real", "drills")):
            outputs.carry_out(Announce(drilled(number, output_id=output_id)))
        await drills.until(1)
        if not live_warning:  # and what is meant goes nowhere without the second key
            outputs.carry_out(Announce(announced(9, output_id="real")))
            outputs.carry_out(Announce(announced(9, output_id="drills")))
        last = drilled(10, output_id="drills")
        outputs.carry_out(Announce(last))
        await drills.until(2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert real.bodies == [] and len(drills.bodies) == 2
    assert outputs.counters["refused"] == (1 if live_warning else 3)


@pytest.mark.parametrize("live_warning", [True, False])
async def test_neither_a_folder_nor_a_handset_that_is_not_for_drills_is_told_of_one(
    surroundings: Surroundings, ears: Ears, tmp_path: Path, live_warning: bool
) -> None:
    with handsets() as (gate, port):
        cot = {"address": f"udp://127.0.0.1:{port}", "chat": False}
        real = {"standard": "cap", "folder": str(tmp_path / "real")}
        records: list[CapSettings | CotSettings] = [
            CapSettings.model_validate({"name": "cap-real", **real}),
            CapSettings.model_validate(
                {"name": "cap-drill", **real, "folder": str(tmp_path / "drill"), "drills": True}
            ),
            CotSettings.model_validate({"name": "cot-real", "standard": "cot", **cot}),
        ]
        outputs = Outputs(records, surroundings, live_warning=live_warning)
        task = asyncio.create_task(outputs.run())
        for number, name in enumerate(("cap-real", "cot-real", "cap-drill")):
            outputs.carry_out(Announce(drilled(number, output_id=name)))
        assert [item.output_id for item in await ears.until(1)] == ["cap-drill"]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        kinds = [fromstring(data).get("type") for data in waiting(gate)]
    assert set(kinds) <= {"a-f-G-U-C"}, "that the site is there, and nothing more"
    written = {name for folder in ("real", "drill") for name in os.listdir(tmp_path / folder)}
    assert [name for name in os.listdir(tmp_path / "real") if name.startswith("cap-")] == []
    assert len(written) == 3 and outputs.counters["refused"] == 2


@contextmanager
def handsets() -> Iterator[tuple[socket.socket, int]]:
    """Where datagrams arrive."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        yield one, int(one.getsockname()[1])


def waiting(one: socket.socket) -> Iterator[bytes]:
    """The datagrams that have arrived."""
    with suppress(BlockingIOError):
        while True:
            yield one.recv(65_535)


async def test_what_is_refused_for_good_is_told_and_never_tried_again(ears: Ears) -> None:
    async def refused() -> DeliveryState:
        raise RefusedError("550 not you")

    way = Scripted(refused, well)
    async with running(Lane("gate", way, ears.tell)) as lane:
        first, second = announced(1, alarm_id="a"), announced(2, alarm_id="b")
        lane.offer(first.announcement_id, first, 600)
        await ears.until(1)
        lane.offer(second.announcement_id, second, 600)
        said = await ears.until(2)
    assert [(item.state, item.detail) for item in said] == [
        (DeliveryState.NOT_SENT, "550 not you"),
        (DeliveryState.ACCEPTED, ""),
    ]
    assert way.attempts == [first.announcement_id, second.announcement_id]
    assert lane.counters["refused"] == 1


async def test_a_peer_that_asks_for_time_is_given_it(ears: Ears) -> None:
    loop = asyncio.get_running_loop()
    times_s: list[float] = []

    async def busy() -> DeliveryState:
        times_s.append(loop.time())
        raise BusyError("451 later", 0.3)

    async def there() -> DeliveryState:
        times_s.append(loop.time())
        return DeliveryState.ACCEPTED

    async with running(Lane("gate", Scripted(busy, there), ears.tell)) as lane:
        one = announced()
        lane.offer(one.announcement_id, one, 600)
        await ears.until(2)
    assert times_s[1] - times_s[0] >= 0.3, "and not after the lane's own pause of 0.01 s"


async def test_who_takes_long_is_told_at_once_of_what_comes(ears: Ears) -> None:
    begun, cut = asyncio.Event(), asyncio.Event()

    class Slow(Scripted):
        def foresee(self, word: Word) -> None:
            if begun.is_set():
                cut.set()

    async def long() -> DeliveryState:
        begun.set()
        await cut.wait()
        raise LinkError("cut")

    way = Slow(long, well)
    async with running(Lane("gate", way, ears.tell)) as lane:
        warning, over = announced(1), announced(2, AnnouncementKind.RETRACTION)
        lane.offer(warning.announcement_id, warning, 600)
        await begun.wait()
        lane.offer(over.announcement_id, over, 600)
        await ears.until_state(over.announcement_id, DeliveryState.ACCEPTED)
    assert way.attempts == [warning.announcement_id, over.announcement_id]


async def test_a_lane_ends_though_a_library_swallows_its_end(ears: Ears) -> None:
    """asyncio.wait_for loses a cancellation that meets its result, up to Python 3.11."""
    begun = asyncio.Event()

    async def swallowing() -> DeliveryState:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return DeliveryState.ACCEPTED

    way = Scripted(swallowing)
    lane = Lane("gate", way, ears.tell)
    task = asyncio.create_task(lane.run())
    one = announced()
    lane.offer(one.announcement_id, one, 600)
    await begun.wait()
    task.cancel()
    async with asyncio.timeout(20):
        await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled() and way.closed


async def test_a_frequent_failure_has_a_code_by_which_it_is_said_in_any_language(ears: Ears) -> None:
    async def refused() -> DeliveryState:
        raise LinkError("answered 503", "refused")

    async with running(Lane("gate", Scripted(refused, down, well), ears.tell)) as lane:
        one = announced()
        lane.offer(one.announcement_id, one, 600)
        said = await ears.until(2)
    assert [(item.state, item.code) for item in said] == [
        (DeliveryState.NOT_SENT, "refused"),
        (DeliveryState.ACCEPTED, ""),
    ]


async def test_what_is_more_urgent_goes_first_and_the_rest_goes_on_after_it(ears: Ears) -> None:
    begun, cut = asyncio.Event(), asyncio.Event()

    class Round(Scripted):
        def foresee(self, word: Word) -> None:
            if begun.is_set():
                cut.set()

    async def long() -> DeliveryState:
        begun.set()
        await cut.wait()
        raise OutrankedError("something more urgent goes first")

    way = Round(long, well)
    async with running(Lane("gate", way, ears.tell)) as lane:
        ready = replace(announced(1, alarm_id="alert"), stage=Level.ALERT)
        lane.offer(ready.announcement_id, ready, 600)
        await begun.wait()
        cover = announced(2, alarm_id="warn")
        lane.offer(cover.announcement_id, cover, 600)
        said = await ears.until(2)
    assert way.attempts == [ready.announcement_id, cover.announcement_id, ready.announcement_id]
    assert [item.state for item in said] == [DeliveryState.ACCEPTED] * 2
    assert lane.counters["outranked"] == 1 and lane.counters["failed"] == 0


class Heard(Scripted):
    """One that keeps what it is handed."""

    def __init__(self, *script: Callable[[], Awaitable[DeliveryState]]) -> None:
        super().__init__(*script)
        self.words: list[Word] = []

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        self.words.append(word)
        return await super().transmit(announcement_id, word)


async def test_what_is_over_for_the_whole_site_is_told_to_all_but_those_sent_into_cover(ears: Ears) -> None:
    """Whoever is in another zone would stay in cover for ever."""
    is_tried, is_offered = asyncio.Event(), asyncio.Event()

    async def fails_late() -> DeliveryState:
        is_tried.set()
        await is_offered.wait()
        raise LinkError("no answer within 3 s")

    way = Heard(fails_late, well)
    async with running(Lane("gate", way, ears.tell, ("fuel", "hq", "gate"))) as lane:
        over = replace(announced(1, AnnouncementKind.RETRACTION, alarm_id="old"), zone_id="")
        lane.offer(over.announcement_id, over, 600)
        await is_tried.wait()
        cover, other = announced(2), replace(announced(3, alarm_id="next"), zone_id="gate")
        for one in (cover, other):
            lane.offer(one.announcement_id, one, 600)
        is_offered.set()
        said = await ears.until(4)
    told = [(one.kind, one.zone_id) for one in way.words if not isinstance(one, LiveSwitch | DrillSwitch)]
    assert told[1:] == [
        (AnnouncementKind.WARNING, "fuel"),
        (AnnouncementKind.WARNING, "gate"),
        (AnnouncementKind.RETRACTION, "hq"),
    ]
    assert {(one.announcement_id, one.state) for one in said if one.state is DeliveryState.ACCEPTED} == {
        (one.announcement_id, DeliveryState.ACCEPTED) for one in (over, cover, other)
    }
