"""HTTP POST of announcements: signed, bounded in time, and believed only when the answer is 2xx.

The signature is ``Marsad-Signature: t=<UTC seconds>,v1=<hex>``, the HMAC-SHA-256 under the shared secret of
``<t>.<body>``; a receiver refuses one whose t is far from its own clock, and does once what has one id.
"""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx

from marsad.errors import LinkError
from marsad.links.secret import secret_from
from marsad.links.tls import client_tls
from marsad.outputs.redaction import hidden
from marsad.outputs.settings.reach import PostSettings
from marsad.outputs.signing import signature

_ANSWER_BYTES_MAX = 2_000


class Post:
    """One address that is posted to.

    utc_ns   the rim's clock
    """

    def __init__(self, url: str, settings: PostSettings, utc_ns: Callable[[], int]) -> None:
        """Raises LinkError for a secret or certificate that cannot be used."""
        self._url = url
        self._utc_ns = utc_ns
        self._timeout_s = settings.timeout_s
        path = settings.secret_file
        self._secret = secret_from(None if path is None else Path(path))
        self._client = httpx.AsyncClient(
            verify=client_tls(settings.authorities, settings.client_certificate, settings.client_key),
            timeout=httpx.Timeout(settings.timeout_s),
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=1, keepalive_expiry=30.0),
            follow_redirects=False,
            trust_env=False,  # a proxy of somebody's shell is no part of the site's settings
        )

    async def send(self, announcement_id: str, body: bytes, media_type: str) -> None:
        """Post a body; returns when it was accepted. Raises LinkError."""
        headers = {"Content-Type": media_type, "Idempotency-Key": announcement_id}
        if self._secret is not None:
            headers["Marsad-Signature"] = signature(self._secret, self._utc_ns() // 10**9, body)
        try:
            # the library's own limit is for each part of an answer, and one can have parts without end
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                if answer.is_success:
                    return
                said = await _beginning(answer)
        except (httpx.TimeoutException, TimeoutError) as error:
            raise LinkError(f"no answer within {self._timeout_s:g} s", "no_answer") from error
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise LinkError(
                f"cannot be reached: {hidden(str(error)) or type(error).__name__}", "unreachable"
            ) from error
        raise LinkError(
            f"answered {answer.status_code} {hidden(answer.reason_phrase)}: {said!r}; 2xx is expected",
            "refused",
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def _beginning(answer: httpx.Response) -> str:
    """The first words of an answer, however long it is."""
    data = b""
    async for chunk in answer.aiter_raw(_ANSWER_BYTES_MAX):
        data += chunk
        break
    return hidden(data.decode("utf-8", "replace"))
