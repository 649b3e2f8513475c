"""Common Alerting Protocol: each announcement as one message, in a folder, posted to a server, or both.

What stands in the folder, whole and on the disk, is accepted; who reads it there is not known.
"""

import asyncio
from collections import deque
from pathlib import Path
from typing import assert_never

from marsad.errors import EncodingError, MarsadError
from marsad.model.announcement import DeliveryState, DrillAnnouncement, LiveAnnouncement, Switch
from marsad.outputs.cap_feed import FeedHead
from marsad.outputs.cap_folder import CapFolder
from marsad.outputs.cap_signature import Signer
from marsad.outputs.post import Post
from marsad.outputs.settings import CapSettings
from marsad.outputs.transmitter import Surroundings, Word
from marsad.report.wording import catalogue
from marsad.warning.cap import cap_message, identifier_of

MEDIA_TYPE = "application/cap+xml"
_REMEMBERED = 100


class CapOutput:
    """One receiver of CAP messages, or one folder of them."""

    def __init__(self, settings: CapSettings, surroundings: Surroundings) -> None:
        """Raises LinkError for a folder, secret, certificate or key that cannot be used."""
        self._surroundings = surroundings
        self._folder: CapFolder | None = None
        self._post: Post | None = None
        self._signer: Signer | None = None
        if settings.signature_certificate is not None and settings.signature_key is not None:
            self._signer = Signer(Path(settings.signature_certificate), Path(settings.signature_key))
        if settings.folder is not None:
            site = surroundings.site
            key = f"{surroundings.warning.sender} {site.site_id} {settings.name}"
            names = {"ar": site.name_ar, "en": site.name_en}
            head = FeedHead(key, names, settings.feed_url or "", surroundings.utc_ns, site.utc_offset_s)
            self._folder = CapFolder(Path(settings.folder), head, settings.feed_entries)
        if settings.url is not None:
            self._post = Post(settings.url, settings, surroundings.utc_ns)
        self._posted: deque[str] = deque(maxlen=_REMEMBERED)

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        """Write and post a message. Raises LinkError, RecordingError."""
        if isinstance(word, Switch):
            raise EncodingError("CAP carries messages, no levels")
        if not isinstance(word, LiveAnnouncement | DrillAnnouncement):
            assert_never(word)
        data = await asyncio.to_thread(self._made, word)
        failed: MarsadError | None = None
        if self._folder is not None:
            try:
                await asyncio.to_thread(self._folder.put, identifier_of(announcement_id), data)
            except MarsadError as error:  # a full disk keeps nobody from being told over the network
                failed = error
        if self._post is not None and announcement_id not in self._posted:
            await self._post.send(announcement_id, data, MEDIA_TYPE)
            self._posted.append(announcement_id)
        if failed is not None:
            raise failed
        return DeliveryState.ACCEPTED

    async def run(self) -> None:
        """Have the feeds in the folder from the start. Raises LinkError."""
        if self._folder is not None:
            await asyncio.to_thread(self._folder.open)

    async def close(self) -> None:
        """Close the connections, once what is being written is whole."""
        if self._folder is not None:
            await asyncio.to_thread(self._folder.close)
        if self._post is not None:
            await self._post.close()

    def _made(self, announcement: LiveAnnouncement | DrillAnnouncement) -> bytes:
        wording = {"ar": catalogue("ar"), "en": catalogue("en")}
        around = self._surroundings
        text = cap_message(announcement, around.site, around.warning, wording)
        return text.encode() if self._signer is None else self._signer.signed(text)
