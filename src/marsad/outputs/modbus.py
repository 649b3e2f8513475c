"""Relays by Modbus TCP: a siren, a light or a sign on each coil, set to what it should be and read back.

A coil is changed for one reason alone: the fold said that it is on or off, or the time of what the fold said
is over, which is kept here whether the relay is there or not. So a coil that is on at a start, and of which
nothing is said, is left as it is: a person may have switched it, and to silence a siren of which one knows
nothing is worse than to let it sound. What an earlier run left on beyond its time is switched off by
the fold, which knows of it. At the end of a run coils stay as they are: silence in the middle of an alarm
would be a lie. But a coil that other settings do not have, or have for something else, would be on for ever,
for nobody would be left to end it: so what was set on here is switched off before those settings hold.

What reaches this module of an alarm is zone, stage, on or off, and until when; no track, bearing or place.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from marsad.errors import EncodingError, LinkError
from marsad.errors import RefusedError as RefusedForGood
from marsad.links.address import address_from
from marsad.links.modbus import RefusedError, Relay, connected
from marsad.model.announcement import Announcement, Delivered, DeliveryState, DrillSwitch, LiveSwitch
from marsad.model.drill import OutputLink
from marsad.model.heartbeat import Beat
from marsad.outputs.levels import Levels, Wanted
from marsad.outputs.settings import CoilSettings, ModbusSettings
from marsad.outputs.transmitter import Surroundings, Word
from marsad.warning.outputs import OutputSettings

_LOG = logging.getLogger(__name__)
FIRST_AGAIN_S, LAST_AGAIN_S = 0.25, 5.0
_SAID = {True: "on", False: "off"}


class Modbus:
    """One relay. The connection is kept up by `run`."""

    def __init__(self, settings: ModbusSettings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._levels = Levels(settings.coils)
        self._relay: Relay | None = None
        self._trouble = "not connected yet"
        self._one_at_a_time = asyncio.Lock()
        self._linked: Callable[[], None] = lambda: None
        self._wrong: dict[int, str] = {}  # coil → what is wrong with it, as told
        self._actuated: dict[int, str] = {}  # coil → announcement that it was set by
        self._strange: set[int] = set()  # coils that are on by nobody here
        self._beats, self._counted = 0, 0
        self._is_counting = True
        self._leaves: list[CoilSettings] = []  # coils that are not ours any more once this ends
        self._was_tried = asyncio.Event()  # whether the relay is there is known
        self._news = asyncio.Event()

    # ---------------------------------------------------------------- what is said

    def when_linked(self, call: Callable[[], None]) -> None:
        """Call this whenever the relay is there again."""
        self._linked = call

    def beat(self, word: Beat) -> None:
        """The site lives; returns at once."""
        self._beats += 1
        self._news.set()

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        """Set the coils that a word is about, and read them back. Raises LinkError.

        Whatever is raised, they are set as soon as the relay is there, until the word's own end. RefusedError
        for a word that no coil is about: nothing was switched, and nothing ever will be.
        """
        if isinstance(word, Announcement):
            raise EncodingError("a relay carries levels, no messages")
        if not isinstance(word, LiveSwitch | DrillSwitch):
            assert_never(word)
        left_s = self._surroundings.wall_s(word.until_t_ns - self._surroundings.utc_ns())
        about = self._levels.take(word, announcement_id, _now_s() + left_s)
        if not about:
            raise RefusedForGood(
                f"no coil is about zone {word.zone_id!r} and stage {word.stage.name}", "other"
            )
        self._news.set()  # the next end may be nearer now
        await self._was_tried.wait()
        if (relay := self._relay) is None:
            raise LinkError(f"no connection to the relay: {self._trouble}", "unreachable")
        wrong = []
        try:
            async with self._one_at_a_time:
                for one in self._levels.wanted(_now_s()):
                    if one.coil in about and (said := await self._set(relay, one)):
                        self._wrong[one.coil.coil] = said
                        wrong.append(said)
        finally:
            self._news.set()  # the connection may have ended over it
        if wrong:
            raise LinkError("; ".join(wrong), "not_read_back")
        for coil in about:
            self._wrong.pop(coil.coil, None)
            self._actuated[coil.coil] = announcement_id
        return DeliveryState.ACTUATED

    def give_way_to(self, settings: OutputSettings | None) -> None:
        """Other settings hold: the coils that they have not, or for something else, are let go of."""
        theirs: list[CoilSettings] = []
        if isinstance(settings, ModbusSettings):
            own = self._settings
            if (settings.address, settings.unit) == (own.address, own.unit):
                theirs = settings.coils
        places = {(one.coil, one.zone, one.stage) for one in theirs}
        self._leaves = [one for one in self._settings.coils if (one.coil, one.zone, one.stage) not in places]

    async def close(self) -> None:
        """The connection ends with `run`; coils stay as they are, and which of them nobody ends is told."""
        for one in self._left_on():
            number, use = one.coil.coil, one.coil.use
            said = (
                f"coil {number} ({use}) is on, and no settings have it any more: switch it off at the relay"
            )
            _LOG.error("output %s: %s", self._settings.name, said)
            told = Delivered(
                self._settings.name, one.announcement_id, DeliveryState.NOT_SENT, said, code="other"
            )
            await self._surroundings.tell(told)

    # ---------------------------------------------------------------- the connection

    async def run(self) -> None:
        """Keep up a connection until cancelled, with pauses that grow."""
        settings, pause_s = self._settings, FIRST_AGAIN_S
        address = address_from(settings.address)
        while True:
            began_s = _now_s()
            try:
                async with connected(address, settings.unit, settings.timeout_s) as relay:
                    await self._set_all(relay)
                    self._up(relay)
                    try:
                        await self._keep(relay)
                    except asyncio.CancelledError:
                        await self._let_go(relay)
                        raise
            except LinkError as error:
                await self._down(str(error))
            finally:
                self._relay = None
            if _now_s() - began_s > LAST_AGAIN_S:
                pause_s = FIRST_AGAIN_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LAST_AGAIN_S)

    async def _keep(self, relay: Relay) -> None:
        """Set and read the coils again and again, and count for the watchdog. Raises LinkError."""
        again_s = _now_s() + self._settings.assert_s
        while True:
            next_s = min(again_s, self._levels.next_end_s() or again_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_s):
                    await self._news.wait()
            self._news.clear()
            if not relay.is_open:
                raise LinkError("the relay closed the connection")
            await self._count(relay)
            if _now_s() >= next_s:
                await self._set_all(relay)
                again_s = _now_s() + self._settings.assert_s

    async def _count(self, relay: Relay) -> None:
        """Count for the relay's own watchdog, with the site's beats and no oftener. Raises LinkError."""
        register = self._settings.watchdog_register
        if register is None or self._counted == self._beats or not self._is_counting:
            return
        self._counted = self._beats
        try:
            async with self._one_at_a_time:
                await relay.count(register, self._counted)
        except RefusedError as error:
            self._is_counting = False
            _LOG.error("output %s: its watchdog is not fed: %s", self._settings.name, error)

    def _up(self, relay: Relay) -> None:
        _LOG.info("output %s: connected to %s", self._settings.name, self._settings.address)
        self._relay, self._trouble = relay, ""
        self._was_tried.set()
        self._surroundings.tell_link(OutputLink(self._settings.name, True))
        self._linked()

    async def _down(self, why: str) -> None:
        if why != self._trouble:
            _LOG.warning("output %s: %s: %s", self._settings.name, self._settings.address, why)
        self._trouble = why
        self._was_tried.set()
        self._surroundings.tell_link(OutputLink(self._settings.name, False, why))
        for one in self._levels.wanted(_now_s()):
            if one.is_on:
                await self._tell(one, f"the relay is gone, and with it what is known of its coils: {why}")

    # ---------------------------------------------------------------- coils

    def _left_on(self) -> list[Wanted]:
        return [one for one in self._levels.wanted(_now_s()) if one.is_on and one.coil in self._leaves]

    async def _let_go(self, relay: Relay) -> None:
        """Switch off, and read back, what is on and is not ours any more."""
        with contextlib.suppress(LinkError):  # what is left on is told of at the end
            for one in self._left_on():
                if not await self._set(relay, replace(one, is_on=False)):
                    self._leaves.remove(one.coil)

    async def _set_all(self, relay: Relay) -> None:
        """Every coil as it should be. Raises LinkError."""
        async with self._one_at_a_time:
            found = [(one, await self._set(relay, one)) for one in self._levels.wanted(_now_s())]
        for one, wrong in found:
            await self._tell(one, wrong)

    async def _set(self, relay: Relay, one: Wanted) -> str:
        """Set a coil and read it back: what is wrong, "" for nothing. Raises LinkError."""
        number = one.coil.coil
        try:
            if one.is_on is None:
                self._note_strange(number, await relay.read(number))
                return ""
            await relay.write(number, one.is_on)
            reads = await relay.read(number)
        except RefusedError as error:
            return str(error)
        if reads is not one.is_on:
            return f"coil {number} ({one.coil.use}) was set {_SAID[one.is_on]} and reads {_SAID[reads]}"
        if not one.is_on:
            self._levels.let_go(one)
        return ""

    async def _tell(self, one: Wanted, wrong: str) -> None:
        """What has changed with a coil since its word was carried out; before that the lane tells."""
        number = one.coil.coil
        before = self._wrong.pop(number, "")
        if wrong:
            self._wrong[number] = wrong
        if self._actuated.get(number) != one.announcement_id or bool(before) == bool(wrong):
            return
        state = DeliveryState.NOT_SENT if wrong else DeliveryState.ACTUATED
        said = wrong or f"coil {number} ({one.coil.use}) is {_SAID[bool(one.is_on)]} now"
        code = "not_read_back" if wrong else "set_after_all"
        told = Delivered(self._settings.name, one.announcement_id, state, said, code=code)
        await self._surroundings.tell(told)

    def _note_strange(self, number: int, is_on: bool) -> None:
        if is_on and number not in self._strange:
            self._strange.add(number)
            _LOG.warning(
                "output %s: coil %d is on, and not by this site: left as it is", self._settings.name, number
            )
        elif not is_on:
            self._strange.discard(number)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
