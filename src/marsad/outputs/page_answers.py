"""What the address of a page answers by HTTP: the page itself, or why not; and why it does not answer."""

import os
from errno import EADDRINUSE
from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.http11 import Response

_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'"


def plain(status: HTTPStatus, sentence: str) -> Response:
    """A sentence."""
    return _response(status, sentence + "\n", "text/plain")


def html(page: str) -> Response:
    """A page."""
    return _response(HTTPStatus.OK, page, "text/html")


def trouble_of(listen: str, error: OSError) -> str:
    """Why a page cannot be served at its address."""
    if error.errno == EADDRINUSE:
        return f"the address {listen} is in use by another program"
    why = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else str(error)
    return f"the address {listen} cannot be had: {why}"


def _response(status: HTTPStatus, text: str, kind: str) -> Response:
    body = text.encode()
    headers = Headers(
        {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": _POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cache-Control": "no-store",
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, body)
