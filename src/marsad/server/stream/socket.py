"""The stream's WebSocket, and the documents that describe it."""

import asyncio
import contextlib
from typing import Any

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from marsad.errors import ReceivedError
from marsad.server.guesses import TooManyAttempts
from marsad.server.holdings import Holdings
from marsad.server.openapi import refusals
from marsad.server.permits import FORBIDDEN, may_follow
from marsad.server.settings import ServerSettings
from marsad.server.stream import documents
from marsad.server.stream.hub import StreamHub
from marsad.server.stream.mailbox import Mailbox
from marsad.server.stream.wishes import wish_from_query, wish_from_text
from marsad.server.visitors import Visitors

PATH = "/api/stream/v1"
_BAD_WISH, _UNKNOWN, _NOT_READING, _TOO_MANY = 4400, 4401, 4408, 4429
_WISHES_MAX, _WISHES_S = 10, 10.0
_CLOSE_S = 1.0
OPEN = refusals()
router = APIRouter()


@router.get(
    f"{PATH}/schema.json", summary="The messages of the stream as JSON Schema 2020-12", responses=OPEN
)
async def schema() -> dict[str, Any]:
    """Also for who has not signed in: it tells nothing of the site."""
    return documents.schema()


@router.get(f"{PATH}/asyncapi.json", summary="The stream as AsyncAPI 3.0", responses=OPEN)
async def asyncapi() -> dict[str, Any]:
    """Also for who has not signed in: it tells nothing of the site."""
    return documents.asyncapi()


async def stream(websocket: WebSocket) -> None:
    """Feed one client until it leaves, stops reading, or may not look any more."""
    hub: StreamHub = websocket.app.state.stream
    visitors: Visitors = websocket.app.state.visitors
    await websocket.accept()
    try:
        person = visitors.person(websocket)
    except TooManyAttempts as error:
        await websocket.close(_TOO_MANY, str(error))
        return
    if person is None:
        await websocket.close(_UNKNOWN, "show a service token as bearer token, or sign in first")
        return
    if not may_follow(person, PATH, websocket.app.state.settings):
        await websocket.close(FORBIDDEN, "the role does not allow it")
        return
    try:
        wanted = wish_from_query(dict(websocket.query_params))
    except ReceivedError as error:
        await websocket.close(_BAD_WISH, error.detail.encode()[:120].decode("utf-8", "ignore"))
        return
    if hub.is_full:
        hub.counts.clients_refused += 1
        await websocket.close(_TOO_MANY, f"{hub.clients} programs follow the stream already")
        return
    holdings: Holdings = websocket.app.state.holdings
    holder = f"stream {person.name}"
    settings: ServerSettings = websocket.app.state.settings
    if not settings.is_open and holdings.of(holder) >= settings.stream_per_token:
        hub.counts.clients_refused += 1
        why = f"{settings.stream_per_token} connections of this token or name are open (stream_per_token)"
        await websocket.close(_TOO_MANY, why)
        return
    with holdings.one_more(holder):
        box = await hub.opened(wanted)
        try:
            await _feed(hub, box, websocket)
        finally:
            hub.close(box)


async def _feed(hub: StreamHub, box: Mailbox, websocket: WebSocket) -> None:
    visitors: Visitors = websocket.app.state.visitors
    listening = asyncio.create_task(_listen(hub, box, websocket))
    feeding = asyncio.create_task(hub.feed(box, websocket.send_text, lambda: visitors.is_known(websocket)))
    tasks = (listening, feeding)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if feeding.done() and feeding.exception() is None:
            code, why = (_UNKNOWN, "no longer let in") if feeding.result() else (_NOT_READING, "not reading")
            await _close(websocket, code, why)
        elif listening.done() and listening.exception() is None and listening.result():
            await _close(websocket, _BAD_WISH, listening.result())
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect | RuntimeError):
                raise result


async def _close(websocket: WebSocket, code: int, why: str) -> None:
    with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
        await asyncio.wait_for(websocket.close(code, why), _CLOSE_S)


async def _listen(hub: StreamHub, box: Mailbox, websocket: WebSocket) -> str:
    """Take wishes until the client has gone, ""; or says too much, and then why it must go."""
    loop = asyncio.get_running_loop()
    heard: list[float] = []
    while True:
        try:
            message = await websocket.receive()
        except (WebSocketDisconnect, RuntimeError):
            return ""
        if message["type"] == "websocket.disconnect":
            return ""
        heard = [then for then in heard if loop.time() - then < _WISHES_S] + [loop.time()]
        if len(heard) > _WISHES_MAX:
            return f"more than {_WISHES_MAX} messages in {_WISHES_S:.0f} s"
        try:
            wanted = wish_from_text(message.get("text") or "", box.wanted)
        except ReceivedError as error:
            hub.refuse(box, error.reason, error.detail)
        else:
            await hub.rewanted(box, wanted)
