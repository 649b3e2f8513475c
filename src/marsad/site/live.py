"""The live runner: frames from a queue, journalled and folded; effects and pictures handed on.

One task owns the fold. Everything that enters is stamped as it comes and waits in a bounded lane of its
connection; whoever brings it waits when that is full. Without traffic the site's own deadlines make ticks.
How far behind it is, is told to the fold as a frame (`marsad.site.load`), for all that is done about it is
done there.

Within the site time is steady; what goes out, pictures and effects, has UTC times by how the clock ties
the two now.

A simulated day has an end (`finish`): what waits is still folded, then the journal is complete and the
last picture stays. What comes after that is refused or dropped, never half recorded.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from marsad.errors import ReceivedError, RecordingError, UnrecordedError, lacks_descriptors
from marsad.model.action import Action
from marsad.model.clock import Tie
from marsad.model.effect import Effect, Refuse
from marsad.model.frame import CLOCK, CONFIGURATION, OPERATOR, TICK, Frame, FrameKind
from marsad.model.picture import Picture
from marsad.model.site_fault import worst_first
from marsad.model.utc import moved
from marsad.site.actions import json_from_action
from marsad.site.done import journalled_name
from marsad.site.inbox import LANE_MAX, Inbox, Waiting
from marsad.site.load import Load
from marsad.site.recorder import Recorder
from marsad.site.rehearsal import rehearsed
from marsad.site.snapshot import store

_BATCH_BYTES_MAX = 32_768  # folded in a few ms; then links and console have their turn
CHECKPOINT_S = 540.0  # so often one is journalled: without a snapshot ten minutes are folded at most
_LOOK_S = 0.5  # so often the clock is asked what ties it to UTC, at the least
NO_DESCRIPTORS = "descriptors.none"
_UNSAFE_S = 5.0  # a disk that takes longer than this to make the journal safe
_SHOW_AGAIN_S = 1.0  # a console that hears nothing would call the picture old
_OVER, _OVER_DETAIL = "site-over", "the simulated day is over and its record is closed; start it again to act"


class Clock(Protocol):
    """The rim's clock, as far as the runner needs it."""

    def now_ns(self) -> int:
        """Site time now, nanoseconds; never goes back."""

    def go_on(self, t_ns: int, tie: Tie | None) -> None:
        """Site time goes on from where a journal left it."""

    def tie(self) -> Tie | None:
        """How site time is tied to UTC now; None where the two are one."""

    def wall_s(self, span_ns: int) -> float:
        """Seconds on the wall for a span of this clock."""


class LiveSite:
    """A running site.

    clock       goes on from where the fold stands
    carry_out   called for every effect, in order, right after the frame that caused it; its times are UTC
    """

    def __init__(
        self,
        recorder: Recorder,
        clock: Clock,
        carry_out: Callable[[Effect], None],
        *,
        lane_max: int = LANE_MAX,
    ) -> None:
        self.recorder = recorder
        self.fold = recorder.fold
        self._clock = clock
        self._carry_out = carry_out
        self._inbox = Inbox(lane_max)
        self._load = Load(clock)
        self._picture: Picture | None = None
        self._new_picture = asyncio.Event()
        self._faults: dict[str, None] = {}
        self._finishing = False
        self._finished = asyncio.Event()
        self._notices: dict[str, None] = {}
        self._tie: Tie | None = None
        self._safekeeping: asyncio.Future[None] | None = None
        self._safe_ns = 0
        clock.go_on(self.fold.t_ns, self.fold.tie)
        self._synced_ns = self._checkpoint_ns = clock.now_ns()
        self._checkpoint_segment, _ = recorder.journal.position
        # the first at once: what a start had to fold again, the next one shall not
        self._snapshot_ns = self._synced_ns - round(self.fold.settings.journal.snapshot_s * 1e9)

    async def deliver(self, feed: str, link: int, kind: FrameKind, data: bytes) -> None:
        """Something came in on a link; waits while too much of that link waits already."""
        if self.over:
            return
        # stamped before it waits: how long our own queue is says nothing about the sensor
        await self._inbox.put(Waiting(self._clock.now_ns(), feed, link, kind, data))

    async def submit(self, action: Action, key: str = "") -> None:
        """An operator acts; returns once that is journalled and folded, or was before under the same key.

        Raises ReceivedError where it cannot be done; UnrecordedError where it is done, but the disk
        refused to record it.
        """
        if self.has_done(action, key):
            return
        if self.over:
            raise ReceivedError(_OVER, _OVER_DETAIL)
        self.fold.check_explained(action)
        await self._answered(OPERATOR, json_from_action(action, journalled_name(key)))

    def has_done(self, action: Action, key: str) -> bool:
        """Whether an action was done under its key. Raises ReceivedError and UnrecordedError as `submit`."""
        if not self.fold.has_done(action, journalled_name(key)):
            return False
        if fault := self.recorder.fault:
            raise _unrecorded(fault)
        return True

    async def configure(self, configuration: bytes) -> None:
        """New settings, as the journal holds them; returns once they are journalled and in force.

        Raises ReceivedError where the site cannot take them, and goes on with those that it has;
        UnrecordedError where it has taken them, but the disk refused to record it.
        """
        if self.over:
            raise ReceivedError(_OVER, _OVER_DETAIL)
        if configuration != self.fold.configuration and (why := rehearsed(self.fold, configuration)):
            raise ReceivedError("configuration-faulty", why)
        await self._answered(CONFIGURATION, configuration)

    async def _answered(self, feed: str, data: bytes) -> None:
        answer: asyncio.Future[Refuse | str | None] = asyncio.get_running_loop().create_future()
        await self._inbox.put(Waiting(self._clock.now_ns(), feed, 0, FrameKind.DATA, data, answer))
        told = await answer
        if isinstance(told, Refuse):
            raise ReceivedError(told.reason, told.detail, because=told.because)
        if told is not None:
            raise _unrecorded(told)

    def utc_ns(self) -> int:
        """UTC now, as the times of what is handed out have it: site time, by how the clock ties it."""
        return self._clock.now_ns() + self.fold.utc_offset_ns

    def utc_offset_ns(self) -> int:
        """UTC minus site time, as what is handed out now has it."""
        return self.fold.utc_offset_ns

    def picture(self) -> Picture | None:
        """The newest picture, None before the first cycle."""
        return self._picture

    async def subscribe(self) -> AsyncIterator[Picture]:
        """Pictures as they come; a slow reader gets the newest and misses those between."""
        seen: Picture | None = None
        while True:
            while self._picture is None or self._picture is seen:
                await self._new_picture.wait()
            seen = self._picture
            yield seen

    @property
    def over(self) -> bool:
        """Whether the day has ended: nothing is folded any more."""
        return self._finished.is_set()

    async def run(self) -> None:
        """Run until cancelled, then finish the journal; after `finish` only show the last picture."""
        try:
            while not (self._finishing and self._inbox.empty()):
                self._take(await self._next_batch())
                self._keep_safe()
        finally:
            self._finished.set()
            if self._safekeeping is not None:
                await asyncio.wait([self._safekeeping], timeout=_UNSAFE_S)
            with contextlib.suppress(RecordingError):  # whoever ends it asks the recorder what is lost
                self.recorder.close()
        while True:
            self._refuse_late()
            self._publish()
            await asyncio.sleep(_SHOW_AGAIN_S)

    async def finish(self) -> None:
        """End the day: returns when everything that waits is folded and the journal is closed."""
        self._finishing = True
        await self._finished.wait()

    def _refuse_late(self) -> None:
        """Answer whoever waited for a place in the queue while the day ended."""
        while not self._inbox.empty():
            for item in self._inbox.take(_BATCH_BYTES_MAX):
                if item.answer is not None and not item.answer.done():
                    item.answer.set_result(Refuse(OPERATOR, 0, self.fold.t_ns, _OVER, _OVER_DETAIL))

    async def _next_batch(self) -> list[Waiting]:
        wait_s = min(self._clock.wall_s(self.fold.deadline_ns - self._clock.now_ns()), _LOOK_S)
        if self._inbox.empty() and wait_s > 0:
            # not asyncio.wait_for: before Python 3.12 it can swallow the cancellation that ends us
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._inbox.wait()
        else:
            await asyncio.sleep(0)  # let the links and the server have their turn
        return self._inbox.take(_BATCH_BYTES_MAX)

    def _frames(self, batch: list[Waiting]) -> list[Frame]:
        """What waited, in the order it came; a tick where nothing did and the site's deadline has come."""
        frames: list[Frame] = []
        t_ns = self.fold.t_ns
        for item in batch:
            t_ns = max(t_ns, item.t_ns)  # who waited for a place in the queue may be overtaken by a moment
            frames.append(Frame(item.feed, t_ns, item.data, item.link, item.kind))
        now_ns = self._clock.now_ns()
        if not frames and now_ns >= self.fold.deadline_ns:
            frames.append(Frame(TICK, now_ns))
        return frames

    def _checkpoint_when_due(self, t_ns: int) -> list[Frame]:
        """What must survive a restart, as it is before the frames that are taken now."""
        segment, _ = self.recorder.journal.position
        is_new = segment != self._checkpoint_segment  # each segment has one of its own
        if not is_new and self._clock.wall_s(t_ns - self._checkpoint_ns) < CHECKPOINT_S:
            return []
        self._checkpoint_ns, self._checkpoint_segment = t_ns, segment
        return [] if is_new and self.recorder.opens_with_state else self.recorder.checkpoint(t_ns)

    def _news_of_clock(self, t_ns: int) -> list[Frame]:
        """How site time is tied to UTC, where that is not known yet or has changed."""
        tie = self._clock.tie()
        if tie is None or tie == self._tie:
            return []
        self._tie = tie
        return [Frame(CLOCK, t_ns, tie.to_bytes())]

    def _take(self, batch: list[Waiting]) -> None:
        frames = self._frames(batch)
        first_t_ns = frames[0].t_ns if frames else max(self._clock.now_ns(), self.fold.t_ns)
        clock = [
            *self._checkpoint_when_due(first_t_ns),
            *self._news_of_clock(first_t_ns),
            *self._load.news(batch, first_t_ns),
        ]
        cycles, began_ns = self.fold.cycles, self._clock.now_ns()
        outcomes = self.recorder.take_each([*clock, *frames])
        self._load.folded(began_ns)
        for effects in outcomes:
            for effect in effects:
                self._carry_out(moved(effect, self.fold.utc_offset_ns))
        outcomes = outcomes[len(clock) :]
        acted = False
        for item, effects in zip(batch, outcomes, strict=False):  # a lone tick has an outcome and no item
            if item.answer is not None and not item.answer.done():
                acted = True
                refusals = (one for one in effects if isinstance(one, Refuse) and one.feed == item.feed)
                item.answer.set_result(next(refusals, self.recorder.fault or None))
        if self.recorder.fault:
            self.fault(NO_DESCRIPTORS if self.recorder.lacks_descriptors else "journal.unwritable")
        else:
            self.fault_over("journal.unwritable")
            self.fault_over(NO_DESCRIPTORS)
        if self.fold.cycles != cycles or acted:
            self._publish()

    def _publish(self) -> None:
        offset_ns = self.fold.utc_offset_ns
        picture = moved(self.fold.picture(), offset_ns)
        picture = replace(
            picture,
            faults=worst_first((*self._faults, *picture.faults)),
            notices=(*self._notices, *picture.notices),
            utc_offset_ns=offset_ns,
        )
        self._picture = picture
        self._new_picture.set()
        self._new_picture = asyncio.Event()

    def fault(self, code: str) -> None:
        """Something is wrong with the site itself; shown until `fault_over`."""
        self._faults[code] = None

    def fault_over(self, code: str) -> None:
        """That trouble is over."""
        self._faults.pop(code, None)

    def notice(self, code: str) -> None:
        """Everybody at a console should know this, though nothing is wrong; shown until `notice_over`."""
        self._notices[code] = None

    def notice_over(self, code: str) -> None:
        """It is no news any more."""
        self._notices.pop(code, None)

    def _keep_safe(self) -> None:
        """Have the journal synced and the snapshot renewed when it is time; the fold waits for no disk."""
        if self._safekeeping is not None:
            if not self._safekeeping.done():
                if self._clock.wall_s(self._clock.now_ns() - self._safe_ns) > _UNSAFE_S:
                    self.fault("journal.unsafe")  # the disk does not answer
                return
            done, self._safekeeping = self._safekeeping, None
            self._note_safe(done.exception())
        now_ns = self._clock.now_ns()
        settings = self.fold.settings.journal
        try:
            if self._clock.wall_s(now_ns - self._snapshot_ns) >= settings.snapshot_s:
                self._snapshot_ns = now_ns
                if (data := self.recorder.snapshot()) is not None:
                    self._keep(partial(store, self.recorder.journal.path, data, self.recorder.key))
            elif self._clock.wall_s(now_ns - self._synced_ns) >= settings.sync_s:
                self._synced_ns = now_ns
                self._keep(self.recorder.journal.sync)
        except RecordingError as error:
            self._note_safe(error)

    def _keep(self, work: Callable[[], None]) -> None:
        self._safe_ns = self._clock.now_ns()
        self._safekeeping = asyncio.ensure_future(asyncio.to_thread(work))

    def _note_safe(self, error: BaseException | None) -> None:
        if error is None:
            self.fault_over("journal.unsafe")
            self.fault_over(NO_DESCRIPTORS)
        elif isinstance(error, RecordingError):
            self.fault(NO_DESCRIPTORS if lacks_descriptors(error) else "journal.unsafe")
        else:
            raise error


def _unrecorded(fault: str) -> UnrecordedError:
    return UnrecordedError(
        "the action was done and takes effect, but it is NOT RECORDED YET: the journal cannot be "
        f"written ({fault}); it is kept in memory, and recorded once the disk takes it: make room on "
        "the disk before this program ends, and write it down by hand meanwhile"
    )
