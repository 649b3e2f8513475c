"""Names by which a console may be asked for: against pages whose name leads to this machine (DNS rebinding).

A page of somebody else can have its name resolve to the console's address, and its scripts then ask the
console in the name of whoever looks at it. But what they ask for is the page's name, and that is no name of
ours. Over TLS a browser finds the wrong name by itself, and a reverse proxy serves only the names it knows.
An address is nobody's name, so it is always good, but for a console where nobody signs in.
"""

from urllib.parse import urlsplit

from marsad.model.peer import is_address, is_loopback
from marsad.server.settings import ServerSettings


def name_of(host: str) -> str:
    """The name in a Host header, without port, brackets kept off IPv6 addresses; "" for what is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


class Hosts:
    """The names of one console: those of ``hosts`` and ``origins``; ``*.site.example`` is all below it."""

    def __init__(self, settings: ServerSettings) -> None:
        given = [*settings.hosts, *(urlsplit(one).hostname or "" for one in settings.origins)]
        self._names = frozenset(one.lower() for one in given if not one.startswith("*."))
        self._below = tuple(one[1:].lower() for one in given if one.startswith("*."))
        self._is_listed = bool(settings.hosts)

    def fault(self, host: str, *, is_open: bool, is_vouched: bool) -> str:
        """Why a console is not served under a name; "" where it is.

        is_open      whether nobody has to sign in: then this machine alone is served
        is_vouched   whether TLS or a reverse proxy of the settings looks after names
        """
        name = name_of(host)
        if is_loopback(name):
            return ""
        if is_open:
            return f"host {host[:80]!r}: without sign-in only localhost is served"
        if is_address(name) or name in self._names or (self._below and name.endswith(self._below)):
            return ""
        if is_vouched and not self._is_listed:
            return ""
        return f"host {host[:80]!r} is no name of this console: name it in server.hosts"
