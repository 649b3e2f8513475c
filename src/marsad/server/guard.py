"""The guard before the application: which hosts and origins are served, and what a page may do.

Cookies are sent along by browsers, so whoever lures an operator's browser could act in their
name. Against that: SameSite=Strict cookies, the Origin header on every request that changes
something and on the WebSocket, JSON bodies only. Off loopback without
TLS only the reverse proxies of the settings are served. Against DNS rebinding: only names of this console.
"""

import asyncio
import json
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from marsad.model.peer import is_loopback
from marsad.server.hosts import Hosts
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
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
TAKEN_S = 30.0  # whoever takes nothing of an answer for so long is cut off
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware that refuses foreign hosts and origins and sets the security headers."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._settings = settings
        self._hosts = Hosts(settings)
        self._has_tls = settings.tls_certificate is not None
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
                if scope["path"].startswith("/api/"):
                    headers["cache-control"] = "no-store"
                if scope["scheme"] == "https":
                    headers["strict-transport-security"] = STRICT_TRANSPORT
            await _sent(send, message)

        if fault is None:
            await self._app(scope, receive, guarded)
        else:
            await refuse(guarded, 403, "origin-refused", fault)

    def _fault(self, scope: Scope) -> str | None:
        """Why a request is not served, or None."""
        peer = (scope.get("client") or ("",))[0]
        if self._settings.serves_proxies_only and not (self._settings.is_proxy(peer) or is_loopback(peer)):
            return "only the reverse proxy may connect: open the console by its address"
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        is_vouched = self._has_tls or self._settings.is_proxy(peer)
        is_open = scope["app"].state.settings.is_open
        if why := self._hosts.fault(host, is_open=is_open, is_vouched=is_vouched):
            return why
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


async def _sent(send: Send, message: Message) -> None:
    """Send on; whoever takes nothing of an answer for too long is given up."""
    try:
        await asyncio.wait_for(send(message), TAKEN_S)
    except TimeoutError:
        raise ClientDisconnect from None


async def refuse(
    send: Send, status: int, reason: str, detail: str, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a refusal."""
    body = json.dumps({"error": {"reason": reason, "detail": detail}}).encode()
    plain = (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*plain, *headers]})
    await send({"type": "http.response.body", "body": body})
