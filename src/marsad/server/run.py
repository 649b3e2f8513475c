"""The server that runs the application; whoever starts it also ends it (``should_exit``)."""

import contextlib
from collections.abc import Iterator

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from marsad.errors import ConfigError, ConfigFault
from marsad.server.app import create_app
from marsad.server.gateway import Gateway
from marsad.server.settings import ServerSettings

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
    """A server that leaves the signals of the process alone: whoever runs the station handles them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def server_of(gateway: Gateway, settings: ServerSettings) -> uvicorn.Server:
    """A uvicorn server, not yet started.

    Raises ConfigError as `create_app` does, and if its certificate or key cannot be used.
    """
    config = uvicorn.Config(
        create_app(gateway, settings),
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
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
        config.load()
    except OSError as error:  # ssl.SSLError is one
        fault = ConfigFault(
            "server.tls_certificate", str(settings.tls_certificate), f"with tls_key must be PEM: {error}"
        )
        raise ConfigError("server settings", [fault]) from error
    return Server(config)
