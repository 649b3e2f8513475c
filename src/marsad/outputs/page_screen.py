"""One page that is open on a phone or a gate screen: what it is sent, and so may vouch for."""

import asyncio

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from marsad.model.announcement import DeliveryState, DrillAnnouncement, LiveAnnouncement
from marsad.outputs.page_keys import PageKey

_SEND_S = 2.0


class Screen:
    """One page that is open.

    zone_id   whose words it shows; "" for those of every zone
    key       by which it was opened; None where none is needed
    sent_max  so many announcements are remembered as sent to it, the newest
    needless  so many words of it said nothing
    """

    def __init__(self, connection: ServerConnection, zone_id: str, address: str, sent_max: int) -> None:
        self.zone_id, self.address = zone_id, address
        self.key: PageKey | None = None
        self._connection = connection
        self._sent_max = sent_max
        self._sent: dict[str, set[DeliveryState]] = {}  # and how it has vouched for each
        self.needless = 0

    def is_of(self, zone_id: str) -> bool:
        """Whether what concerns a zone is shown on it; "" is every zone, on either side."""
        return not self.zone_id or not zone_id or zone_id == self.zone_id

    def was_sent(self, announcement_id: str) -> bool:
        """Whether it can have seen an announcement: what it never had, it cannot vouch for."""
        return announcement_id in self._sent

    def vouches(self, announcement_id: str, state: DeliveryState) -> bool:
        """It says so of what it was sent; false where it has said so already."""
        said = self._sent[announcement_id]
        is_news = state not in said
        said.add(state)
        return is_news

    async def announce(self, word: LiveAnnouncement | DrillAnnouncement, text: str) -> bool:
        """Send an announcement, which it may vouch for from now on; false as of `send`."""
        # before it is sent: a quick screen answers before the sending has ended
        self._sent.setdefault(word.announcement_id, set())
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
