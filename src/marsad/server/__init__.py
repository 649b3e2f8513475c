"""SHOW: the HTTP and WebSocket server of the operator's console.

`create_app` makes the application around a `Gateway`, which the running site implements;
`server_of` is the server that runs it. Sockets, clocks and sessions live here and nowhere further in.
"""

from typing import TYPE_CHECKING, Any

from marsad.server.gateway import Gateway, Phase
from marsad.server.passwords import hash_password
from marsad.server.settings import Operator, Role, ServerSettings

if TYPE_CHECKING:
    from marsad.server.app import create_app
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
    if name == "create_app":  # on first use: reading settings needs no web framework
        from marsad.server.app import create_app

        return create_app
    if name == "server_of":
        from marsad.server.run import server_of

        return server_of
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
