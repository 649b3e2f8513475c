"""SHOW: the HTTP and WebSocket server of the operator's console.

The server is a process of its own (`marsad.server.process`) at the other end of a channel from the site,
which serves that channel (`SiteEnd`). `create_app` makes the application around a `Gateway`, which the
running site implements; `server_of` is a server that runs it in the same process. Sockets, clocks and
sessions live here and nowhere further in.
"""

from typing import TYPE_CHECKING, Any

from marsad.model.role import Role
from marsad.server.passwords import hash_password
from marsad.server.settings import Operator, ServerSettings
from marsad.server.wire_site import Phase

if TYPE_CHECKING:
    from marsad.server.app import create_app
    from marsad.server.gateway import Gateway
    from marsad.server.run import server_of

__all__ = [
    "Gateway",
    "Operator",
    "Phase",
    "Role",
    "ServerSettings",
    "create_app",
    "hash_password",
    "server_of",
]


def __getattr__(name: str) -> Any:
    # on first use: reading settings needs no web framework, and serving the console needs no engine
    if name == "create_app":
        from marsad.server.app import create_app

        return create_app
    if name == "server_of":
        from marsad.server.run import server_of

        return server_of
    if name == "Gateway":
        from marsad.server.gateway import Gateway

        return Gateway
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
