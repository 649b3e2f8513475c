"""The lane of one output: what waits for it, tries again what failed, gives up what has expired."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marsad.errors import BusyError, EncodingError, LinkError, MarsadError, OutrankedError, RefusedError
from marsad.model.announcement import Delivered, DeliveryState
from marsad.model.drill import OutputLink
from marsad.model.heartbeat import Beat
from marsad.model.utc import moved
from marsad.outputs.precedence import rank, remaining
from marsad.outputs.transmitter import (
    Beating,
    Foreseeing,
    Linked,
    Succeeded,
    Tell,
    Transmitter,
    Word,
    told_nobody,
)
from marsad.warning.outputs import OutputSettings

_LOG = logging.getLogger(__name__)
WAITING_MAX = 500
FIRST_AGAIN_S, LAST_AGAIN_S = 0.5, 5.0
_SUPERSEDED = "a later word about the same took its place"


@dataclass(slots=True)
class Waiting:
    """One word that waits.

    until_s, due_s   by the event loop's clock: when it expires, and when it is tried next
    more             words that are said after it under the same name: to people of other zones
    left             what of all that a later word has left to be said; None for all of it
    said             what one of these words came to, None before
    """

    announcement_id: str
    word: Word
    until_s: float
    due_s: float
    failures: int = 0
    is_under_way: bool = False
    more: tuple[Word, ...] = ()
    left: tuple[Word, ...] | None = None
    said: DeliveryState | None = None

    @property
    def turn(self) -> tuple[int, float]:
        """What goes first: the most urgent, then what waits longest."""
        return rank(self.word), self.due_s


class Lane:
    """One output and what waits for it. Bounded; a dead one delays no other.

    counters  ``attempts``, ``failed``, ``superseded``, ``outranked`` (put back for something more urgent),
              ``expired``, ``dropped`` (too many waited), ``refused`` (for good), ``failed-beside``: what the
              output does beside broke off; ``broken``: the lane itself did
    """

    def __init__(
        self,
        output_id: str,
        transmitter: Transmitter,
        tell: Tell,
        zones: Sequence[str] = (),
        tell_link: Callable[[OutputLink], None] = told_nobody,
        utc_offset_ns: Callable[[], int] = lambda: 0,
    ) -> None:
        """What waits is kept in site time, for the clock may be set meanwhile.

        zones           those of the site that the output serves
        utc_offset_ns   UTC minus site time, as the words that are offered now have it
        """
        self.output_id = output_id
        self._zones = tuple(zones)
        self.counters: Counter[str] = Counter()
        self._transmitter = transmitter
        self._tell = tell
        self._tell_link = tell_link
        self._utc_offset_ns = utc_offset_ns
        self._trouble = ""  # why what it does beside broke off; "" while it goes on
        self._waiting: dict[str, Waiting] = {}
        self._told: list[Delivered] = []
        self._news = asyncio.Event()
        if isinstance(transmitter, Linked):
            transmitter.when_linked(self.try_again)

    def offer(self, announcement_id: str, word: Word, left_s: float) -> None:
        """A word to hand on within so many seconds; returns at once."""
        now_s = asyncio.get_running_loop().time()
        steady = moved(word, -self._utc_offset_ns())
        fresh = Waiting(announcement_id, steady, now_s + left_s, now_s)
        self._make_needless(fresh)
        if len(self._waiting) >= WAITING_MAX:
            worst = max(self._waiting.values(), key=lambda one: one.turn)
            self._give_up(worst, "dropped", f"more than {WAITING_MAX} announcements waited")
        self._waiting[announcement_id] = fresh
        if isinstance(self._transmitter, Foreseeing):
            self._transmitter.foresee(word)
        self._news.set()

    def try_again(self) -> None:
        """What failed is tried now: the link is there again."""
        now_s = asyncio.get_running_loop().time()
        for one in self._waiting.values():
            one.due_s = min(one.due_s, now_s)
        self._news.set()

    def beat(self, word: Beat) -> None:
        """The site lives; returns at once."""
        if isinstance(self._transmitter, Beating):
            self._transmitter.beat(word)

    def give_way_to(self, settings: OutputSettings | None) -> None:
        """Another output takes its place, as these settings have it; None: there is none of its name."""
        if isinstance(self._transmitter, Succeeded):
            self._transmitter.give_way_to(settings)

    async def run(self) -> None:
        """Hand on what waits until cancelled, whatever is met; then let go of the output."""
        beside = asyncio.create_task(self._run_beside(), name=f"beside output {self.output_id}")
        try:
            while True:
                try:
                    await self._hand_on()
                except Exception as error:
                    self._note_broken(error)
                await asyncio.sleep(FIRST_AGAIN_S)
        finally:
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)
            await self.close()

    async def close(self) -> None:
        """Let go of the output; of one that does not run, too."""
        await self._transmitter.close()

    async def _hand_on(self) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        while True:
            if task is not None and task.cancelling():
                raise asyncio.CancelledError  # a library lost it: asyncio.wait_for can, up to Python 3.11
            self._news.clear()
            await self._tell_all()
            due = min(
                self._waiting.values(), key=lambda one: (one.due_s > loop.time(), *one.turn), default=None
            )
            if due is not None and due.due_s <= loop.time():
                await self._try(due)
                continue
            try:
                async with asyncio.timeout_at(self._next_s()):
                    await self._news.wait()
            except TimeoutError:
                continue

    def _note_broken(self, error: Exception) -> None:
        """The lane met what it does not know: it is told, and what waits is handed on all the same."""
        self.counters["broken"] += 1
        _LOG.error("output %s: its lane broke off and goes on", self.output_id, exc_info=error)
        with contextlib.suppress(Exception):  # it may be this very word that cannot be told
            self._break_off(f"{type(error).__name__}: {error}", "other")

    async def _run_beside(self) -> None:
        """What the output does beside; whatever it meets, it begins anew."""
        loop = asyncio.get_running_loop()
        while True:
            began_s = loop.time()
            try:
                await self._transmitter.run()
                return
            except Exception as error:
                self.counters["failed-beside"] += 1
                if loop.time() - began_s > LAST_AGAIN_S:
                    self._trouble = ""  # it had gone on in between: that it breaks off is news
                if said := _of_the_link(error):
                    self._break_off(said, _code_of(error))
                else:
                    _LOG.exception("output %s failed beside", self.output_id)
            await asyncio.sleep(LAST_AGAIN_S)

    def _break_off(self, said: str, code: str) -> None:
        """Its link is down, which is told once for as long as it is for the same reason."""
        if said != self._trouble:
            self._trouble = said
            _LOG.warning("output %s: %s; tried again", self.output_id, said)
            self._tell_link(OutputLink(self.output_id, False, said, code))

    def _next_s(self) -> float | None:
        return min((one.due_s for one in self._waiting.values()), default=None)

    async def _try(self, one: Waiting) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() >= one.until_s:
            self._give_up(one, "expired", "it expired before it could be handed on")
            return
        self.counters["attempts"] += 1
        one.is_under_way = True
        try:
            async with asyncio.timeout_at(one.until_s):
                word = moved(one.word, self._utc_offset_ns())
                state = await self._transmitter.transmit(one.announcement_id, word)
        except TimeoutError:
            self._give_up(one, "expired", "it expired while it was handed on")
        except OutrankedError:
            self._put_back(one)
        except RefusedError as error:
            self._refuse(one, str(error), error.code or "refused")
        except BusyError as error:
            self._fail(one, str(error), error.code or "busy", error.again_s)
        except (MarsadError, OSError) as error:
            self._fail(one, str(error), _code_of(error))
        except Exception as error:  # whatever an output meets, the others go on
            _LOG.exception("output %s failed", self.output_id)
            self._fail(one, f"{type(error).__name__}: {error}", "other")
        else:
            self._go_on(one, state)

    def _go_on(self, one: Waiting, state: DeliveryState) -> None:
        """It is said."""
        one.said = state
        if self._trouble:
            self._trouble = ""
            self._tell_link(OutputLink(self.output_id, True))
        if not self._turns_to_others(one):
            self._waiting.pop(one.announcement_id, None)
            self._told.append(Delivered(self.output_id, one.announcement_id, state))

    def _turns_to_others(self, one: Waiting) -> bool:
        """Whether something is to be said under the same name to people of other zones: that is next."""
        more = tuple(word for word in one.more if one.left is None or word in one.left)
        one.is_under_way = False
        if more:
            one.word, one.more, one.left, one.failures = more[0], more[1:], None, 0
        return bool(more)

    def _put_back(self, one: Waiting) -> None:
        """Something more urgent goes first; then this one goes on."""
        self.counters["outranked"] += 1
        one.is_under_way = False
        one.due_s = asyncio.get_running_loop().time()
        self._narrow(one)

    def _refuse(self, one: Waiting, said: str, code: str) -> None:
        """It is not tried again, and counts as not sent."""
        self.counters["refused"] += 1
        if one.said is not None:  # others have it
            self._go_on(one, one.said)
            return
        if self._turns_to_others(one):
            return
        self._waiting.pop(one.announcement_id, None)
        not_sent = DeliveryState.NOT_SENT
        self._told.append(Delivered(self.output_id, one.announcement_id, not_sent, said, code=code))

    def _fail(self, one: Waiting, said: str, code: str = "", again_s: float | None = None) -> None:
        self.counters["failed"] += 1
        one.is_under_way = False
        one.failures += 1
        pause_s = min(FIRST_AGAIN_S * 2 ** (one.failures - 1), LAST_AGAIN_S) if again_s is None else again_s
        one.due_s = min(asyncio.get_running_loop().time() + pause_s, one.until_s)
        if one.failures == 1:
            _LOG.info("output %s: %s", self.output_id, said)  # readers are told by the code alone
            not_sent = DeliveryState.NOT_SENT
            self._told.append(Delivered(self.output_id, one.announcement_id, not_sent, said, code=code))
        self._narrow(one)  # what took its place may have come while it was under way

    def _make_needless(self, fresh: Waiting) -> None:
        """Whoever has not been told yet is told the newest word about a thing only."""
        for one in list(self._waiting.values()):
            if one.announcement_id == fresh.announcement_id:
                continue
            words = (one.word, *one.more) if one.left is None else one.left
            left = tuple(part for word in words for part in remaining(fresh.word, word, self._zones))
            if left != words:
                one.left = left
                if not one.is_under_way:
                    self._narrow(one)

    def _narrow(self, one: Waiting) -> None:
        """Say no more of it than a later word has left to be said."""
        if one.left is None:
            return
        if not one.left:
            self._give_up(one, "superseded", _SUPERSEDED)
            return
        one.word, one.more, one.left, one.failures = one.left[0], one.left[1:], None, 0
        one.due_s = min(one.due_s, asyncio.get_running_loop().time())

    def _give_up(self, one: Waiting, how: str, said: str) -> None:
        self.counters[how] += 1
        self._waiting.pop(one.announcement_id, None)
        too_late = DeliveryState.TOO_LATE
        self._told.append(Delivered(self.output_id, one.announcement_id, too_late, said, code=how))
        self._news.set()

    async def _tell_all(self) -> None:
        while self._told:
            await self._tell(self._told.pop(0))


def _code_of(error: Exception) -> str:
    """What a failure is told as to whoever reads of it."""
    if isinstance(error, ExceptionGroup):
        return _code_of(error.exceptions[0])
    if isinstance(error, LinkError):
        return error.code or "unreachable"
    if isinstance(error, EncodingError):
        return "unsuited"
    return "unreachable" if isinstance(error, OSError) else "other"


def _of_the_link(error: Exception) -> str:
    """What went wrong, where it is a matter of the link; "" for a mistake of the output's own."""
    if isinstance(error, ExceptionGroup):
        found = [_of_the_link(one) for one in error.exceptions]
        return found[0] if all(found) else ""
    return str(error) or type(error).__name__ if isinstance(error, LinkError | OSError) else ""
