"""One page that is open on a phone or a gate screen: what it is sent, and so may vouch for."""

import asyncio

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from marsad.model.announcement import DrillAnnouncement, LiveAnnouncement
from marsad.outputs.page_keys import PageKey

_SEND_S = 2.0


class Screen:
    """One page that is open.

    zone_id   whose words it shows; "" for those of every zone
    key       by which it was opened; None where none is needed
    sent_max  so many announcements are remembered as sent to it, the newest
    """

    def __init__(self, connection: ServerConnection, zone_id: str, address: str, sent_max: int) -> None:
        self.zone_id, self.address = zone_id, address
        self.key: PageKey | None = None
        self._connection = connection
        self._sent_max = sent_max
        self._sent: dict[str, None] = {}

    def is_of(self, zone_id: str) -> bool:
        """Whether what concerns a zone is shown on it; "" is every zone, on either side."""
        return not self.zone_id or not zone_id or zone_id == self.zone_id

    def was_sent(self, announcement_id: str) -> bool:
        """Whether it can have seen an announcement: what it never had, it cannot vouch for."""
        return announcement_id in self._sent

    async def announce(self, word: LiveAnnouncement | DrillAnnouncement, text: str) -> bool:
        """Send an announcement, which it may vouch for from now on; false as of `send`."""
        # before it is sent: a quick screen answers before the sending has ended
        self._sent[word.announcement_id] = None
        while len(self._sent) > self._sent_max:
            del self._sent[next(iter(self._sent))]
        return await self.send(text)

    async def send(self, text: str) -> bool:
        """Send it; false where the screen does not take it in time."""
        try:
            async with asyncio.timeout(_SEND_S):
                await self._connection.send(text)
        except (ConnectionClosed, TimeoutError):
            return False
        return True
