"""What the WebSockets of the server share: who is let in, and how a client is fed until it leaves."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from starlette.websockets import WebSocket, WebSocketDisconnect

from marsad.server.guesses import TooManyAttempts
from marsad.server.permits import FORBIDDEN, may_follow
from marsad.server.sessions import Person
from marsad.server.visitors import Visitors

BAD_WISH, UNKNOWN, NOT_READING, TOO_MANY = 4400, 4401, 4408, 4429
_CLOSE_S = 1.0
Ending = TypeVar("Ending")


async def let_in(websocket: WebSocket, path: str, sign_in: str) -> Person | None:
    """Accept a client and say who it is; None where it may not follow, and is told so.

    sign_in   what to do, for whom nobody knows
    """
    visitors: Visitors = websocket.app.state.visitors
    await websocket.accept()
    try:
        person = visitors.person(websocket)
    except TooManyAttempts as error:
        await websocket.close(TOO_MANY, str(error))
        return None
    if person is None:
        await websocket.close(UNKNOWN, sign_in)
        return None
    if not may_follow(person, path, websocket.app.state.settings):
        await websocket.close(FORBIDDEN, "the role does not allow it")
        return None
    return person


async def serve(
    websocket: WebSocket,
    feeding: Coroutine[Any, Any, Ending],
    listening: Coroutine[Any, Any, str],
    farewell: Callable[[Ending], tuple[int, str]],
) -> None:
    """Feed a client and listen to it, until either ends.

    listening   returns why the client must go, "" where it has gone itself
    farewell    with which code and words a connection is closed that is not fed any more
    """
    fed, heard = asyncio.create_task(feeding), asyncio.create_task(listening)
    try:
        await asyncio.wait((fed, heard), return_when=asyncio.FIRST_COMPLETED)
        if fed.done() and fed.exception() is None:
            await _close(websocket, *farewell(fed.result()))
        elif heard.done() and heard.exception() is None and heard.result():
            await _close(websocket, BAD_WISH, heard.result())
    finally:
        fed.cancel()
        heard.cancel()
        for result in await asyncio.gather(fed, heard, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect | RuntimeError):
                raise result


async def _close(websocket: WebSocket, code: int, why: str) -> None:
    with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
        await asyncio.wait_for(websocket.close(code, why), _CLOSE_S)
