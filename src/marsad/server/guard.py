"""The guard before the application: which hosts and origins are served, and what a page may do.

Cookies are sent along by browsers, so whoever lures an operator's browser could act in their
name. Against that: SameSite=Strict cookies, the Origin header on every request that changes
something and on the WebSocket, JSON bodies only. Off loopback without
TLS only the reverse proxies of the settings are served. Against DNS rebinding on a loopback console
without sign-in: only the names of this machine are served.
"""

import json
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from marsad.model.peer import is_loopback
from marsad.server.settings import ServerSettings

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",  # the symbol atlas and map canvases
        "worker-src 'self' blob:",  # MapLibre's worker
        "connect-src 'self'",
        "font-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware that refuses foreign hosts and origins and sets the security headers."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._settings = settings
        self._origins = frozenset(origin.rstrip("/").lower() for origin in settings.origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or refuse it with 403 (WebSocket: close before accepting)."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        fault = self._fault(scope)
        if scope["type"] == "websocket":
            if fault is None:
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": fault})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
            await send(message)

        if fault is None:
            await self._app(scope, receive, guarded)
        else:
            await _refuse(guarded, fault)

    def _fault(self, scope: Scope) -> str | None:
        """Why a request is not served, or None."""
        peer = (scope.get("client") or ("",))[0]
        if self._settings.serves_proxies_only and not (self._settings.is_proxy(peer) or is_loopback(peer)):
            return "only the reverse proxy may connect: open the console by its address"
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if scope["app"].state.settings.is_open and not is_loopback(_name_of(host)):
            return f"host {host[:80]!r}: without sign-in only localhost is served"
        if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
            return None
        origin = headers.get("origin")
        if origin is not None and not self._is_own(origin.lower(), host.lower()):
            return f"origin {origin[:80]!r} is not this console"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "request from another site"
        return None

    def _is_own(self, origin: str, host: str) -> bool:
        return origin in self._origins or origin in (f"http://{host}", f"https://{host}")


def _name_of(host: str) -> str:
    """The host name without port, brackets kept off IPv6 addresses."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


async def _refuse(send: Send, detail: str) -> None:
    body = b'{"error":{"reason":"origin-refused","detail":%s}}' % _json_text(detail)
    headers: Iterable[tuple[bytes, bytes]] = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


def _json_text(text: str) -> bytes:
    return json.dumps(text).encode()
