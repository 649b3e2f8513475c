"""Web hooks: each announcement as JSON by HTTP POST, signed; an answer of 2xx is its acceptance."""

from typing import assert_never

from marsad.errors import EncodingError
from marsad.model.announcement import DeliveryState, DrillAnnouncement, LiveAnnouncement, Switch
from marsad.outputs.message import json_of, message_of
from marsad.outputs.post import Post
from marsad.outputs.settings import WebhookSettings
from marsad.outputs.transmitter import Surroundings, Word
from marsad.report.wording import catalogue


class Webhook:
    """One web hook."""

    def __init__(self, settings: WebhookSettings, surroundings: Surroundings) -> None:
        """Raises LinkError for a secret or certificate that cannot be used."""
        self._site = surroundings.site
        self._post = Post(settings.url, settings, surroundings.utc_ns)

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        """Post an announcement. Raises LinkError."""
        if isinstance(word, Switch):
            raise EncodingError("a web hook carries messages, no levels")
        if not isinstance(word, LiveAnnouncement | DrillAnnouncement):
            assert_never(word)
        wording = {"ar": catalogue("ar"), "en": catalogue("en")}
        body = json_of(message_of(word, self._site, wording))
        await self._post.send(announcement_id, body, "application/json")
        return DeliveryState.ACCEPTED

    async def run(self) -> None:
        """Nothing goes on beside."""

    async def close(self) -> None:
        """Close the connections."""
        await self._post.close()
