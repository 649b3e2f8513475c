"""What has come in and waits to be folded: a lane for each connection, so that none makes the others wait.

While little waits it is taken in the order it came. Where more waits than is taken at once, the lanes give
by bytes: who sends more than the site can follow waits in a lane that is full, in the end at its own end of
the connection, and whoever says little is heard at once. A frame that comes into an empty lane which has
had little is the next, however many lanes there are and however long their frames.

Source: P. Goyal, H. M. Vin, H. Cheng, "Start-time fair queueing", ACM SIGCOMM 1996.
"""

import asyncio
import heapq
from collections import deque
from dataclasses import dataclass, field

from marsad.model.effect import Refuse
from marsad.model.frame import FrameKind

_ITEM_COST = 256  # bytes that any frame costs, however short
_AHEAD_MAX = 16_640  # what a lane may have had more than others and yet be next: a chunk of a connection
LANE_MAX = 16
"""Frames that wait in one lane; whoever brings more waits with them."""
LANE_COST_MAX = 65_536
"""Bytes from which on a lane is full, however few frames they are: what waits there is soon old."""


@dataclass(slots=True)
class Waiting:
    """A frame that waits, and who waits for what becomes of it.

    number    by the order in which they came
    turn      what its lane has had before and with it; the least is taken first
    crowded   its lane was full as it came: that it waits long is of its sender's own making
    """

    t_ns: int
    feed: str
    link: int
    kind: FrameKind
    data: bytes
    answer: "asyncio.Future[Refuse | str | None] | None" = None
    number: int = 0
    turn: tuple[int, int] = (0, 0)
    crowded: bool = False

    @property
    def cost(self) -> int:
        """How much of a batch it takes up."""
        return _ITEM_COST + len(self.data)


@dataclass(slots=True)
class _Lane:
    items: deque[Waiting] = field(default_factory=deque)
    without: "deque[asyncio.Future[None]]" = field(default_factory=deque)  # those who wait for a place
    had: int = 0  # with all that waits in it, by the count of `_reached`
    cost: int = 0  # of all that waits in it


class Inbox:
    """Lanes of what waits.

    lane_max        frames in one lane
    lane_cost_max   bytes from which on one is full
    """

    def __init__(self, lane_max: int = LANE_MAX, lane_cost_max: int = LANE_COST_MAX) -> None:
        self._lane_max = lane_max
        self._lane_cost_max = lane_cost_max
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self._cost = 0
        self._number = 0
        self._reached = 0  # what every lane that has something waiting has had, at the least
        self._arrived = asyncio.Event()

    def empty(self) -> bool:
        """Whether nothing waits."""
        return self._cost == 0

    async def put(self, item: Waiting) -> None:
        """Let a frame wait; returns once it has a place in its lane."""
        lane = self._lanes.setdefault((item.feed, item.link), _Lane())
        if not self._free(lane) or lane.without:
            item.crowded = True
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
        before = max(lane.had, self._reached)
        lane.had = before + item.cost
        item.turn = (max(before - _AHEAD_MAX, self._reached), lane.had)
        lane.items.append(item)
        lane.cost += item.cost
        self._cost += item.cost
        self._arrived.set()

    async def wait(self) -> None:
        """Return when something waits."""
        while self.empty():
            self._arrived.clear()
            await self._arrived.wait()

    def take(self, cost_max: int) -> list[Waiting]:
        """What is folded next, in the order it came: all, or those whose turn it is, one at least."""
        heads = [(lane.items[0].turn, key) for key, lane in self._lanes.items() if lane.items]
        heapq.heapify(heads)
        taken: list[Waiting] = []
        cost = 0
        while heads:
            _, key = heads[0]
            lane = self._lanes[key]
            if taken and cost + lane.items[0].cost > cost_max:
                break
            item = lane.items.popleft()
            lane.cost -= item.cost
            taken.append(item)
            cost += item.cost
            self._reached = item.turn[0]
            if lane.items:
                heapq.heapreplace(heads, (lane.items[0].turn, key))
            else:
                heapq.heappop(heads)
        self._cost -= cost
        if not self._cost:
            self._reached = max([lane.had for lane in self._lanes.values()], default=self._reached)
        for key, lane in list(self._lanes.items()):
            self._let_in(lane)
            # who has had more than others is remembered, lest it come first again
            if not lane.items and not lane.without and lane.had <= self._reached:
                del self._lanes[key]
        return sorted(taken, key=lambda item: item.number)

    def _free(self, lane: _Lane) -> int:
        return max(self._lane_max - len(lane.items), 0) if lane.cost < self._lane_cost_max else 0

    def _let_in(self, lane: _Lane) -> None:
        """Give free places to those who wait for one, the first first."""
        free = self._free(lane)
        while free > 0 and lane.without:
            place = lane.without.popleft()
            if not place.done():
                place.set_result(None)
                free -= 1
