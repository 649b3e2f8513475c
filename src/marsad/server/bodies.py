"""Bodies of requests: JSON, in time, not too long, and of whole letters."""

import asyncio
import json
from collections import Counter
from typing import Any, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request

from marsad.server.permits import refused
from marsad.site.actions import BYTES_MAX


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, each key of which says one thing: of two, readers would take one or the other."""
    record = dict(pairs)
    if len(record) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise refused(422, "body-key-twice", f"{twice[:80]!r} stands twice in one object; say it once")
    return record


def json_of(body: bytes) -> Any:
    """A body as JSON. Raises ValueError or RecursionError where it is none; 400 for half a letter."""
    record = json.loads(body, object_pairs_hook=_once_each)
    try:
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        why = f"the body holds U+{ord(half):04X}, half of a letter, which no text has alone"
        raise refused(400, "body-half-letter", why) from None
    return record


def object_of(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises HTTPException (422, 400) for what is none."""
    try:
        record = json_of(body)
    except (ValueError, RecursionError) as error:
        raise refused(422, "body-not-json", f"the body is not JSON: {error}") from error
    if not isinstance(record, dict):
        raise refused(422, "body-not-object", "a JSON object is expected")
    return record


async def json_body(request: Request, most: int = BYTES_MAX) -> bytes:
    """The body of a JSON request; forms of other sites cannot send this content type unasked."""
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "application/json":
        raise refused(
            415, "content-type", f"content-type = {content_type[:80]!r}; application/json is expected"
        )
    body, settings = bytearray(), request.app.state.settings
    try:
        async with asyncio.timeout(settings.body_timeout_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise refused(413, "body-too-long", f"more than {most} bytes")
    except TimeoutError:
        why = f"the body did not come within {settings.body_timeout_s:g} s"
        raise HTTPException(
            408, cast(Any, {"reason": "body-late", "detail": why}), {"connection": "close"}
        ) from None
    return bytes(body)
