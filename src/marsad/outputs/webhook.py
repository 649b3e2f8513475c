"""Web hooks: each announcement as JSON by HTTP POST, signed; an answer of 2xx is its acceptance.

The signature is ``Marsad-Signature: t=<UTC seconds>,v1=<hex>``, the HMAC-SHA-256 under the shared secret of
``<t>.<body>``; a receiver refuses one whose t is far from its own clock, and does once what has one id.
"""

import ssl
from pathlib import Path
from typing import assert_never

import httpx

from marsad.errors import EncodingError, LinkError
from marsad.links.secret import secret_from
from marsad.model.announcement import DeliveryState, DrillAnnouncement, LiveAnnouncement, Switch
from marsad.outputs.message import json_of, message_of
from marsad.outputs.settings import WebhookSettings
from marsad.outputs.signing import client_tls, signature
from marsad.outputs.transmitter import Surroundings, Word
from marsad.report.wording import catalogue

_ANSWER_BYTES_MAX = 2_000
_SHOWN_MAX = 120


class Webhook:
    """One web hook."""

    def __init__(self, settings: WebhookSettings, surroundings: Surroundings) -> None:
        """Raises LinkError for a secret or certificate that cannot be used."""
        self._settings = settings
        self._site = surroundings.site
        self._utc_ns = surroundings.utc_ns
        path = settings.secret_file
        self._secret = secret_from(None if path is None else Path(path))
        self._client = httpx.AsyncClient(
            verify=client_tls(settings.authorities, settings.client_certificate, settings.client_key),
            timeout=httpx.Timeout(settings.timeout_s),
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=1, keepalive_expiry=30.0),
            follow_redirects=False,
            trust_env=False,  # a proxy of somebody's shell is no part of the site's settings
        )

    async def transmit(self, announcement_id: str, word: Word) -> DeliveryState:
        """Post an announcement. Raises LinkError."""
        if isinstance(word, Switch):
            raise EncodingError("a web hook carries messages, no levels")
        if not isinstance(word, LiveAnnouncement | DrillAnnouncement):
            assert_never(word)
        wording = {"ar": catalogue("ar"), "en": catalogue("en")}
        body = json_of(message_of(word, self._site, wording))
        headers = {"Content-Type": "application/json", "Idempotency-Key": announcement_id}
        if self._secret is not None:
            headers["Marsad-Signature"] = signature(self._secret, self._utc_ns() // 10**9, body)
        try:
            async with self._client.stream(
                "POST", self._settings.url, content=body, headers=headers
            ) as answer:
                if answer.is_success:
                    return DeliveryState.ACCEPTED
                said = await _beginning(answer)
        except httpx.TimeoutException as error:
            raise LinkError(f"no answer within {self._settings.timeout_s:g} s") from error
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise LinkError(f"cannot be reached: {error or type(error).__name__}") from error
        raise LinkError(f"answered {answer.status_code} {answer.reason_phrase}: {said!r}; 2xx is expected")

    async def run(self) -> None:
        """Nothing: each post is a thing of its own."""

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def _beginning(answer: httpx.Response) -> str:
    """The first words of an answer, however long it is."""
    data = b""
    async for chunk in answer.aiter_raw(_ANSWER_BYTES_MAX):
        data += chunk
        break
    return "".join(one if one.isprintable() else " " for one in data[:_SHOWN_MAX].decode("utf-8", "replace"))
