"""Who asks: a person by the cookie of a session, or a program by its service token."""

from starlette.requests import HTTPConnection

from marsad.server.guesses import TooManyAttempts
from marsad.server.sessions import COOKIE, Person, Sessions
from marsad.server.settings import ServerSettings
from marsad.server.tokens import Tokens

_SCHEME = "bearer "


class Visitors:
    """Knows whoever asks."""

    def __init__(self, sessions: Sessions, tokens: Tokens) -> None:
        self.sessions = sessions
        self.tokens = tokens

    def adopt(self, settings: ServerSettings) -> None:
        """Other people may sign in from now on."""
        self.sessions.adopt(settings)
        self.tokens.adopt(settings)

    def person(self, asking: HTTPConnection) -> Person | None:
        """Who asks, None if nobody that is known. A token that is shown counts alone, even beside a cookie.

        Raises TooManyAttempts where wrong tokens were shown too often.
        """
        token = token_of(asking)
        if token is None:
            return self.sessions.person(asking.cookies.get(COOKIE))
        return self.tokens.person(token, asking.client.host if asking.client else "")

    def known(self, asking: HTTPConnection) -> Person | None:
        """Who asks, None if nobody that is known; counts nothing as a guess."""
        token = token_of(asking)
        if token is None:
            return self.sessions.person(asking.cookies.get(COOKIE))
        return self.tokens.holder(token)

    def is_known(self, asking: HTTPConnection) -> bool:
        """Whether whoever asked may still look."""
        try:
            return self.person(asking) is not None
        except TooManyAttempts:
            return False


def token_of(asking: HTTPConnection) -> str | None:
    """The bearer token that is shown; None for none."""
    given: str = asking.headers.get("authorization", "")
    return given[len(_SCHEME) :].strip() if given[: len(_SCHEME)].lower() == _SCHEME else None
