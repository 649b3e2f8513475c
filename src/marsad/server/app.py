"""The application: routes, and who may use them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, WebSocket
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.websockets import WebSocketDisconnect
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

import marsad
from marsad.errors import LinkError, ReceivedError, RecordingError, UnrecordedError
from marsad.server import api
from marsad.server.coverage import CoverageMaps
from marsad.server.guard import Guard
from marsad.server.holdings import Holdings
from marsad.server.hub import Ending, PictureHub
from marsad.server.missing_console import MISSING_CONSOLE
from marsad.server.once import NOT_YET
from marsad.server.openapi import openapi_of
from marsad.server.permits import address_of, sees_phones
from marsad.server.places import Place
from marsad.server.security_notes import SecurityNotes
from marsad.server.sessions import Sessions
from marsad.server.settings import Operator, ServerSettings, refuse_open_network
from marsad.server.sockets import NOT_READING, TOO_MANY, UNKNOWN, let_in, serve
from marsad.server.stream_socket import PATH as STREAM_PATH
from marsad.server.stream_socket import stream
from marsad.server.tokens import Tokens
from marsad.server.turnstile import Turnstile
from marsad.server.visitors import Visitors
from marsad.server.wire_site import WireSite
from marsad.stream.hub import StreamHub

if TYPE_CHECKING:
    from marsad.server.gateway import Gateway

_GATHERED_S = 5.0
_PATH_MAX = 1_000
_CODES = {Ending.NOT_READING: NOT_READING, Ending.SIGNED_OUT: UNKNOWN}


def create_app(gateway: "Gateway", settings: ServerSettings) -> FastAPI:
    """The console's server around a running site in the same process.

    Raises ConfigError if the settings would open the console to a network without sign-in.
    """
    from marsad.server.encoded_site import EncodedSite

    return app_of(EncodedSite(gateway, settings), settings, Sessions(settings))


def adopt(app: FastAPI, operators: Sequence[Operator]) -> None:
    """Let other people sign in from now on: whoever may not any more, or has a new password, is signed out.

    Raises ConfigError, and changes nothing, where the console would then be open to a network.
    """
    before: ServerSettings = app.state.settings
    settings = before.model_copy(update={"operators": tuple(operators)})
    refuse_open_network(settings)
    app.state.settings = settings
    visitors: Visitors = app.state.visitors
    visitors.adopt(settings)


def app_of(site: WireSite, settings: ServerSettings, sessions: Sessions) -> FastAPI:
    """The console's server of a site, wherever that runs.

    Raises ConfigError if the settings would open the console to a network without sign-in.
    """
    refuse_open_network(settings)
    hub = PictureHub(site, settings)
    stream_hub = StreamHub(site, hub, settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        works = hub.run(), stream_hub.run(), _tell_gathered(app.state.notes)
        following = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)

    app = FastAPI(
        title="Marsad",
        version=marsad.__version__,
        lifespan=lifespan,
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.hub = hub
    app.state.coverage = CoverageMaps(site)
    app.state.holdings = Holdings()
    app.state.sessions = sessions
    app.state.notes = notes = SecurityNotes(site.note)
    sessions.note = notes.note
    app.state.stream = stream_hub
    app.state.visitors = Visitors(sessions, Tokens(settings, note=notes.note))
    app.state.site = site
    app.state.settings = settings
    app.include_router(api.router)
    app.add_api_websocket_route("/api/picture", _picture)
    app.add_api_websocket_route(STREAM_PATH, stream)
    app.openapi = lambda: openapi_of(app)  # type: ignore[method-assign]
    _add_error_answers(app)
    _add_console(app, settings)
    app.add_middleware(Turnstile, settings=settings)
    if settings.proxies:  # the guard, which is outside of this, sees who really connects
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.proxies))
    app.add_middleware(Guard, settings=settings)
    return app


async def _tell_gathered(notes: SecurityNotes) -> None:
    while True:
        await asyncio.sleep(_GATHERED_S)
        notes.flush()


async def _picture(websocket: WebSocket) -> None:
    """Feed one console until it leaves or stops reading."""
    hub: PictureHub = websocket.app.state.hub
    settings: ServerSettings = websocket.app.state.settings
    person = await let_in(websocket, "/api/picture", "sign in first")
    if person is None:
        return
    holdings: Holdings = websocket.app.state.holdings
    place = Place.of(person, address_of(websocket), settings)
    if why := place.fault(hub.clients, holdings, settings):
        hub.counts.clients_refused += 1
        await websocket.close(TOO_MANY, why)
        return
    hub.clients += 1
    try:
        with ExitStack() as held:
            for holder in place.holders:
                held.enter_context(holdings.one_more(holder))
            await _feed(hub, websocket, phones=sees_phones(person, settings))
    finally:
        hub.clients -= 1


async def _feed(hub: PictureHub, websocket: WebSocket, *, phones: bool) -> None:
    resync = asyncio.Event()
    visitors: Visitors = websocket.app.state.visitors
    feeding = hub.feed(websocket.send_text, resync, lambda: visitors.is_known(websocket), phones=phones)
    await serve(websocket, feeding, _listen(websocket, resync), lambda ending: (_CODES[ending], ending.value))


async def _listen(websocket: WebSocket, resync: asyncio.Event) -> str:
    """The only thing a console says here is that it needs a snapshot."""
    while True:
        try:
            message = await websocket.receive_text()
        except (WebSocketDisconnect, RuntimeError, KeyError):
            return ""
        if "resync" in message[:100]:
            resync.set()


def _add_error_answers(app: FastAPI) -> None:
    def answer(status: int, reason: str, detail: str, headers: Any = None) -> JSONResponse:
        return JSONResponse({"error": {"reason": reason, "detail": detail}}, status, headers)

    async def received(_: Request, error: Exception) -> Response:
        assert isinstance(error, ReceivedError)
        if error.reason in NOT_YET:
            return answer(503, error.reason, error.detail, {"retry-after": "1"})
        return answer(422, error.reason, error.detail)

    async def recording(_: Request, error: Exception) -> Response:
        return answer(503, "recording", str(error))

    async def silent(_: Request, error: Exception) -> Response:
        return answer(503, "site-silent", str(error))

    async def unrecorded(_: Request, error: Exception) -> Response:
        return answer(507, "action-not-recorded", str(error))

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if isinstance(error.detail, dict):
            return answer(error.status_code, headers=error.headers, **error.detail)
        return answer(error.status_code, f"http-{error.status_code}", str(error.detail), error.headers)

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        return answer(422, "request-field", f"{where} = {str(fault.get('input'))[:80]!r}: {fault['msg']}")

    app.add_exception_handler(ReceivedError, received)
    app.add_exception_handler(RecordingError, recording)
    app.add_exception_handler(UnrecordedError, unrecorded)
    app.add_exception_handler(LinkError, silent)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, invalid)


def _page(root: Path, path: str) -> Path | None:
    """The file of a page; None where there is none. Raises HTTPException (400) for what names no file."""
    if len(path) > _PATH_MAX or not path.isprintable():
        raise HTTPException(400, f"{path[:80]!r} is the path of no page")
    file = (root / (path or "index.html")).resolve()
    return file if file.is_relative_to(root) and file.is_file() else None


def _add_console(app: FastAPI, settings: ServerSettings) -> None:
    """The built console's files, or a page that says how to build it; the local base map."""
    root = settings.static_directory.resolve()

    if settings.pmtiles is not None:
        archive = settings.pmtiles

        @app.get("/tiles/base.pmtiles", include_in_schema=False)
        async def tiles() -> Response:
            if not archive.is_file():
                raise HTTPException(404, f"no base map at {archive.name}")
            return FileResponse(archive, media_type="application/vnd.pmtiles")

    @app.get("/{path:path}", include_in_schema=False)
    async def console(path: str) -> Response:
        if not (root / "index.html").is_file():
            return HTMLResponse(MISSING_CONSOLE, 503 if path == "" else 404)
        file = _page(root, path)
        if file is None:
            raise HTTPException(404, f"no such page: /{path[:80]}")
        # names under assets/ carry a hash of their content
        caching = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        return FileResponse(file, headers={"cache-control": caching})
