"""The server that runs the application; whoever starts it also ends it (``should_exit``)."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from marsad.errors import ConfigError, ConfigFault
from marsad.links.crowd import CrowdWatch, nobody_is_told
from marsad.links.plain_file import check_plain
from marsad.model.security import SecurityEvent
from marsad.server.app import create_app
from marsad.server.porch import BACKLOG, Porch, Room
from marsad.server.settings import ServerSettings

if TYPE_CHECKING:
    from marsad.server.gateway import Gateway

_MESSAGE_BYTES_MAX = 4096  # a console only ever asks for a snapshot
_HEADER_BYTES_MAX = 32_768
_SHUTDOWN_S = 3


class PictureProtocol(WebSocketsSansIOProtocol):
    """Closes a connection whose peer stopped reading at once.

    A plain close would first wait until everything written has been taken, that is for ever.
    """

    async def run_asgi(self) -> None:
        """Serve one connection."""
        try:
            await super().run_asgi()
        finally:
            if not self.writable.is_set():
                self.transport.abort()


class Server(uvicorn.Server):
    """A server that leaves the signals of the process alone: whoever runs the station handles them.

    listening   called as soon as it can be reached
    room        for how many connections there is room
    tell_security   takes that a crowd is at the door
    is_crowd    whether many people may come from an address
    """

    listening: Callable[[], None] = staticmethod(lambda: None)
    is_crowd: Callable[[str], bool] = staticmethod(lambda address: False)
    tell_security: Callable[[SecurityEvent], None] = staticmethod(nobody_is_told)
    room = Room()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen; at sockets that are given, with limits to who comes in."""
        for one in sockets or ():
            one.listen(BACKLOG)  # who comes before the doors are open waits, and is not refused
        await super().startup(None if sockets is None else [])
        if self.started and sockets is not None:
            watch = CrowdWatch(f"console:{self.config.port}", self.tell_security)
            porch = Porch(self._protocol, self.config.ssl, self.room, self.is_crowd, crowd=watch)
            porch.open(sockets)
            self.servers.append(cast(asyncio.Server, porch))
        if self.started:
            self.listening()

    def _protocol(self) -> asyncio.Protocol:
        return H11Protocol(self.config, self.server_state, self.lifespan.state)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End every connection; those that will not end in time are cut off, and told in one line."""
        log = logging.getLogger("uvicorn.error")
        log.addFilter(_without_cut_off)
        try:
            await super().shutdown(sockets)
            if cut_off := list(self.server_state.tasks):
                await asyncio.wait(cut_off, timeout=_SHUTDOWN_S)
            for connection in list(self.server_state.connections):
                connection.transport.abort()  # a plain close waits for a peer that does not read
            await asyncio.sleep(0)  # the event loop drops them before it ends
        finally:
            log.removeFilter(_without_cut_off)


def _without_cut_off(record: logging.LogRecord) -> bool:
    """Whether a line is to be logged: not the traceback of what was cut off because the server ends."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def server_of(gateway: "Gateway", settings: ServerSettings) -> Server:
    """A uvicorn server of a site in the same process, not yet started.

    Raises ConfigError as `create_app` does, and if its certificate or key cannot be used.
    """
    server = serving(create_app(gateway, settings), settings)
    server.tell_security = gateway.note_security
    return server


def serving(app: FastAPI, settings: ServerSettings) -> Server:
    """A uvicorn server of an application. Raises ConfigError if its certificate or key cannot be used."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        http=H11Protocol,
        ws=PictureProtocol,
        ws_max_size=_MESSAGE_BYTES_MAX,
        ws_per_message_deflate=False,  # on a local network it costs more than it saves
        h11_max_incomplete_event_size=_HEADER_BYTES_MAX,
        server_header=False,
        proxy_headers=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    try:
        for path in (settings.tls_certificate, settings.tls_key):
            if path is not None:
                check_plain(path)
        config.load()
    except OSError as error:  # ssl.SSLError is one
        fault = ConfigFault(
            "server.tls_certificate", str(settings.tls_certificate), f"with tls_key must be PEM: {error}"
        )
        raise ConfigError("server settings", [fault]) from error
    server = Server(config)
    server.is_crowd = settings.is_proxy
    return server
