"""SHOW: the HTTP and WebSocket server of the operator's console.

`create_app` makes the application around a `Gateway`, which the running site implements;
`server_of` is the server that runs it. Sockets, clocks and sessions live here and nowhere further in.
"""

from marsad.server.app import create_app
from marsad.server.gateway import Gateway, Phase
from marsad.server.passwords import hash_password
from marsad.server.run import server_of
from marsad.server.settings import Operator, Role, ServerSettings

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
