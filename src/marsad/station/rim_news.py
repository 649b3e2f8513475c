"""What the rim learns beside the feeds and tells the site as frames, once there is a site to tell."""

import asyncio
from collections import deque

from marsad.model.drill import OutputLink
from marsad.model.frame import LINK, SECURITY, FrameKind
from marsad.model.security import SecurityEvent, json_from_event
from marsad.site.deliveries import json_from_link
from marsad.site.live import LiveSite

_SECURITY_MAX = 1_000  # lines that wait


class SecurityNews:
    """What happened at the door, from before the site has a journal on. Of too much, the newest waits."""

    def __init__(self) -> None:
        self._waiting: deque[SecurityEvent] = deque(maxlen=_SECURITY_MAX)
        self._come = asyncio.Event()

    def note(self, event: SecurityEvent) -> None:
        """Something happened; returns at once."""
        self._waiting.append(event)
        self._come.set()

    async def run(self, live: LiveSite) -> None:
        """Tell the site, in the order in which it happened, until cancelled."""
        while True:
            await self._come.wait()
            self._come.clear()
            while self._waiting:
                event = self._waiting.popleft()
                await live.deliver(SECURITY, 0, FrameKind.DATA, json_from_event(event))


class LinkNews:
    """Which outputs can be reached, and why not: once for each change, and of each output the newest."""

    def __init__(self) -> None:
        self._newest: dict[str, OutputLink] = {}
        self._told: dict[str, OutputLink] = {}
        self._come = asyncio.Event()

    def note(self, said: OutputLink) -> None:
        """How the way to an output is now; returns at once."""
        self._newest[said.output_id] = said
        self._come.set()

    def forget(self) -> None:
        """Other outputs are served from now on: what was told of those before counts for none of them."""
        self._newest.clear()
        self._told.clear()

    async def run(self, live: LiveSite) -> None:
        """Tell the site, until cancelled."""
        while True:
            await self._come.wait()
            self._come.clear()
            for said in list(self._newest.values()):
                if said != self._told.get(said.output_id):
                    self._told[said.output_id] = said
                    await live.deliver(LINK, 0, FrameKind.DATA, json_from_link(said))
