"""Whether a new console could be opened now: the site asks its own server over the port, as a browser does.

What the server says over its channel tells that it runs. Only this tells that anybody reaches it.
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass

_REQUEST = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True, slots=True)
class Probe:
    """One question to the server behind a listening socket."""

    host: str
    port: int
    is_tls: bool
    within_s: float = 3.0

    @staticmethod
    def of(listening: socket.socket, *, is_tls: bool) -> "Probe":
        """The question to whoever takes connections in at a socket."""
        host, port = listening.getsockname()[:2]
        return Probe(_ANY.get(host, host), port, is_tls)

    async def answers(self) -> bool:
        """Whether the server answers, whatever it says."""
        try:
            async with asyncio.timeout(self.within_s):
                reader, writer = await asyncio.open_connection(self.host, self.port, ssl=self._tls())
                try:
                    writer.write(_REQUEST)
                    return (await reader.read(5)).startswith(b"HTTP/")
                finally:
                    writer.transport.abort()
        except (OSError, TimeoutError):
            return False

    def _tls(self) -> ssl.SSLContext | None:
        if not self.is_tls:
            return None
        context = ssl.create_default_context()  # we ask ourselves: whose certificate it is, we know
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
