"""The outputs of a site as they run: each word to its lane, and a drill to none that is not for drills."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from marsad.errors import LinkError
from marsad.model.announcement import Delivered, LiveAnnouncement, LiveSwitch
from marsad.model.effect import Actuate, Announce
from marsad.model.heartbeat import Beat
from marsad.model.site import Mode
from marsad.outputs.lane import Lane
from marsad.outputs.precedence import whole_id
from marsad.outputs.settings import OutputSettings
from marsad.outputs.table import open_output
from marsad.outputs.transmitter import Surroundings, Tell, Word

_LOG = logging.getLogger(__name__)
AGAIN_S = 1.0


class Outputs:
    """All outputs of a site.

    live_warning   the second key of a site that warns in earnest; its mode is the first
    counters       ``refused``: words that were not for the output they named; ``broken``: an output's lane
                   ended by an error
    """

    def __init__(
        self, settings: Sequence[OutputSettings], surroundings: Surroundings, *, live_warning: bool
    ) -> None:
        """Raises LinkError for an output that can never work as it is set up; see `opened`."""
        self.counters: Counter[str] = Counter()
        self._surroundings = surroundings = replace(surroundings, tell=_of_the_whole(surroundings.tell))
        self._in_earnest = live_warning and surroundings.site.mode is Mode.LIVE
        self._lanes: dict[str, Lane] = {}
        self._live: dict[str, Lane] = {}
        self._drills: dict[str, Lane] = {}
        for one in settings:
            self._add(one)

    @classmethod
    async def opened(
        cls, settings: Sequence[OutputSettings], surroundings: Surroundings, *, live_warning: bool
    ) -> Self:
        """All outputs of a site, or none: where one can never work those before it are closed again.

        Raises LinkError for an output that can never work as it is set up.
        """
        outputs = cls((), surroundings, live_warning=live_warning)
        try:
            for one in settings:
                outputs._add(one)
        except LinkError:
            await outputs.close()
            raise
        return outputs

    def _add(self, one: OutputSettings) -> None:
        surroundings = self._surroundings
        may_see = one.live if self._in_earnest else one.drills  # what is no real sky is shown in drills alone
        served = tuple(one.zones) or tuple(zone.zone_id for zone in surroundings.site.zones)
        try:
            way_out = open_output(one, surroundings if may_see else replace(surroundings, picture=_nothing))
            tell, told = surroundings.tell, (surroundings.tell_link, surroundings.utc_offset_ns)
            lane = Lane(one.name, way_out, tell, served, *told)
        except LinkError as error:
            raise LinkError(f"output {one.name}: {error}") from error
        self._lanes[one.name] = lane
        if one.live and self._in_earnest:
            self._live[one.name] = lane
        if one.drills:
            self._drills[one.name] = lane

    async def close(self) -> None:
        """Let go of outputs that were opened and never run."""
        for lane in self._lanes.values():
            try:
                await lane.close()
            except Exception:  # whatever one meets, the others are closed
                _LOG.exception("output %s is not closed", lane.output_id)

    def carry_out(self, effect: Announce | Actuate) -> None:
        """Hand a word to its output; returns at once. A drill reaches outputs for drills, and no other."""
        word: Word
        if isinstance(effect, Announce):
            word, output_id = effect.announcement, effect.announcement.output_id
            announcement_id, until_t_ns = word.announcement_id, word.expires_t_ns
        else:
            word, output_id = effect.switch, effect.output_id
            announcement_id, until_t_ns = effect.announcement_id, effect.switch.until_t_ns
        lanes = self._live if isinstance(word, LiveAnnouncement | LiveSwitch) else self._drills
        lane = lanes.get(output_id)
        if lane is None:
            self.counters["refused"] += 1
            _LOG.error("announcement %s is not for output %s", announcement_id, output_id)
            return
        left_s = self._surroundings.wall_s(until_t_ns - self._surroundings.utc_ns())
        lane.offer(announcement_id, word, max(left_s, 0.0))

    def beat(self, word: Beat) -> None:
        """The site lives: who is told by these outputs can know; returns at once."""
        for lane in self._lanes.values():
            lane.beat(word)

    def give_way_to(self, settings: Sequence[OutputSettings]) -> None:
        """These settings hold from now on, and other outputs come: returns at once, before these end."""
        after = {one.name: one for one in settings}
        for name, lane in self._lanes.items():
            lane.give_way_to(after.get(name))

    async def run(self) -> None:
        """Serve all outputs until cancelled; one that fails leaves the others alone."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes.values():
                group.create_task(self._run(lane), name=f"output {lane.output_id}")
            await asyncio.Event().wait()  # a site that has none goes on as well

    async def _run(self, lane: Lane) -> None:
        """One output; a lane that ends by whatever it met is begun anew, and takes no other with it."""
        while True:
            try:
                await lane.run()
            except Exception:
                self.counters["broken"] += 1
                _LOG.exception("output %s ended; it is begun anew", lane.output_id)
            await asyncio.sleep(AGAIN_S)


def _nothing() -> None:
    """The picture that an output is shown which may see none."""


def _of_the_whole(tell: Tell) -> Tell:
    """What came of a part of an announcement, told of the announcement."""

    async def told(said: Delivered) -> None:
        await tell(replace(said, announcement_id=whole_id(said.announcement_id)))

    return told
