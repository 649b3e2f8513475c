"""What has come in and waits to be folded: a lane for each connection, so that none makes the others wait.

While little waits it is taken in the order it came. Where more waits than is taken at once, each lane
gives something in turn: who sends more than the site can follow waits in a lane that is full, in the end at
its own end of the connection, and whoever says little is heard at once.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from marsad.model.effect import Refuse
from marsad.model.frame import FrameKind

_ITEM_COST = 256  # bytes that any frame costs, however short
LANE_MAX = 16
"""Frames that wait in one lane; whoever brings more waits with them."""


@dataclass(slots=True)
class Waiting:
    """A frame that waits, and who waits for what becomes of it."""

    t_ns: int
    feed: str
    link: int
    kind: FrameKind
    data: bytes
    answer: "asyncio.Future[Refuse | str | None] | None" = None
    number: int = 0

    @property
    def cost(self) -> int:
        """How much of a batch it takes up."""
        return _ITEM_COST + len(self.data)


@dataclass(slots=True)
class _Lane:
    items: deque[Waiting] = field(default_factory=deque)
    without: "deque[asyncio.Future[None]]" = field(default_factory=deque)  # those who wait for a place


class Inbox:
    """Lanes of what waits.

    lane_max   frames in one lane
    """

    def __init__(self, lane_max: int = LANE_MAX) -> None:
        self._lane_max = lane_max
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self._cost = 0
        self._number = 0
        self._arrived = asyncio.Event()

    def empty(self) -> bool:
        """Whether nothing waits."""
        return self._cost == 0

    async def put(self, item: Waiting) -> None:
        """Let a frame wait; returns once it has a place in its lane."""
        lane = self._lanes.setdefault((item.feed, item.link), _Lane())
        if len(lane.items) >= self._lane_max or lane.without:
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            lane.without.append(place)
            try:
                await place
            except asyncio.CancelledError:
                if place in lane.without:
                    lane.without.remove(place)
                raise
            lane = self._lanes.setdefault((item.feed, item.link), lane)
        self._number += 1
        item.number = self._number
        lane.items.append(item)
        self._cost += item.cost
        self._arrived.set()

    async def wait(self) -> None:
        """Return when something waits."""
        while self.empty():
            self._arrived.clear()
            await self._arrived.wait()

    def take(self, cost_max: int) -> list[Waiting]:
        """What is folded next, in the order it came: all, or of each lane its share, the first at least."""
        if self._cost <= cost_max:
            taken = [item for lane in self._lanes.values() for item in lane.items]
            for lane in self._lanes.values():
                lane.items.clear()
        else:
            share = cost_max // len(self._lanes)
            taken = [item for lane in self._lanes.values() for item in _share_of(lane, share)]
        self._cost -= sum(item.cost for item in taken)
        for key, lane in list(self._lanes.items()):
            _let_in(lane, self._lane_max)
            if not lane.items and not lane.without:
                del self._lanes[key]
        return sorted(taken, key=lambda item: item.number)


def _share_of(lane: _Lane, cost_max: int) -> Iterable[Waiting]:
    cost = 0
    while lane.items and (cost == 0 or cost + lane.items[0].cost <= cost_max):
        item = lane.items.popleft()
        cost += item.cost
        yield item


def _let_in(lane: _Lane, lane_max: int) -> None:
    """Give free places to those who wait for one, the first first."""
    free = lane_max - len(lane.items)
    while free > 0 and lane.without:
        place = lane.without.popleft()
        if not place.done():
            place.set_result(None)
            free -= 1
