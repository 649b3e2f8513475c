"""The stream's WebSocket, and the documents that describe it."""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from marsad.errors import ReceivedError
from marsad.server.holdings import Holdings
from marsad.server.openapi import refusals
from marsad.server.settings import ServerSettings
from marsad.server.sockets import BAD_WISH, NOT_READING, TOO_MANY, UNKNOWN, let_in, serve
from marsad.server.visitors import Visitors
from marsad.stream import documents
from marsad.stream.hub import StreamHub
from marsad.stream.mailbox import Mailbox, Taken
from marsad.stream.wishes import wish_from_query, wish_from_text

PATH = "/api/stream/v1"
_WISHES_MAX, _WISHES_S = 10, 10.0
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
    person = await let_in(websocket, PATH, "show a service token as bearer token, or sign in first")
    if person is None:
        return
    try:
        wanted = wish_from_query(dict(websocket.query_params))
    except ReceivedError as error:
        await websocket.close(BAD_WISH, error.detail.encode()[:120].decode("utf-8", "ignore"))
        return
    if hub.is_full:
        hub.counts.clients_refused += 1
        await websocket.close(TOO_MANY, f"{hub.clients} programs follow the stream already")
        return
    holdings: Holdings = websocket.app.state.holdings
    holder = f"stream {person.name}"
    settings: ServerSettings = websocket.app.state.settings
    if not settings.is_open and holdings.of(holder) >= settings.stream_per_token:
        hub.counts.clients_refused += 1
        why = f"{settings.stream_per_token} connections of this token or name are open (stream_per_token)"
        await websocket.close(TOO_MANY, why)
        return
    with holdings.one_more(holder):
        box = await hub.opened(wanted)
        try:
            await _feed(hub, box, websocket)
        finally:
            hub.close(box)


async def _feed(hub: StreamHub, box: Mailbox, websocket: WebSocket) -> None:
    visitors: Visitors = websocket.app.state.visitors

    async def send(taken: Taken) -> None:
        await websocket.send_text(taken.data.decode())

    feeding = hub.feed(box, send, lambda: visitors.is_known(websocket))
    await serve(websocket, feeding, _listen(hub, box, websocket), _farewell)


def _farewell(is_out: bool) -> tuple[int, str]:
    return (UNKNOWN, "no longer let in") if is_out else (NOT_READING, "not reading")


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
