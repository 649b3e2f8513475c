"""Sign-in: sessions in memory and a limit on guesses. Bounded.

The site keeps what a new server needs to know the sessions of the one before it: digests of their tokens,
not the tokens. They are forgotten when the site ends.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Protocol

from marsad.server.passwords import hash_password, verify_password
from marsad.server.settings import Operator, Role, ServerSettings

COOKIE = "marsad_session"
LOCAL_OPERATOR = "local operator"
_SESSIONS_MAX = 1_000
_DIGEST_MAX = 80  # as long as the name of an operator may be
_WATCHED_MAX = 10_000
_GUESSES_AT_ONCE = 2  # each takes 32 MiB and a tenth of a second


@dataclass(frozen=True, slots=True)
class Person:
    """Who is at the console."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class KeptSession:
    """One session, without what opens it.

    digest   SHA-256 of its token, hexadecimal
    until_s  when it ends, on the machine's steady clock, which processes share
    """

    digest: str
    name: str
    until_s: float


class SessionKeeper(Protocol):
    """Where sessions outlive a server."""

    def keep(self, session: KeptSession) -> None:
        """One was opened."""

    def forget(self, digest: str) -> None:
        """One was closed."""


class KeptSessions:
    """The sessions of a console as the site keeps them; at most a thousand."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Any]] = {}

    def keep(self, record: dict[str, Any]) -> None:
        """One was opened. Raises KeyError, TypeError or ValueError for what is no session."""
        session = asdict(KeptSession(str(record["digest"]), str(record["name"]), float(record["until_s"])))
        if len(session["digest"]) > _DIGEST_MAX or len(session["name"]) > _DIGEST_MAX:
            raise ValueError(f"a session of more than {_DIGEST_MAX} characters")
        while len(self._kept) >= _SESSIONS_MAX:
            del self._kept[next(iter(self._kept))]
        self._kept[session["digest"]] = session

    def forget(self, digest: str) -> None:
        """One was closed."""
        self._kept.pop(digest, None)

    def records(self) -> list[dict[str, Any]]:
        """All of them, oldest first."""
        return list(self._kept.values())


class TooManyAttempts(Exception):
    """Guessing is slowed down; carries the seconds to wait."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"too many attempts; wait {wait_s:.0f} s")


class Sessions:
    """Who holds which cookie.

    keeper   is told of every session that is opened or closed
    kept     sessions that were open before; those of people who may not sign in any more are dropped
    """

    def __init__(
        self,
        settings: ServerSettings,
        now_s: Callable[[], float] = time.monotonic,
        keeper: SessionKeeper | None = None,
        kept: Iterable[KeptSession] = (),
    ) -> None:
        self.refused = 0
        self._settings = settings
        self._now_s = now_s
        self._keeper = keeper
        self._operators = {operator.name: operator for operator in settings.operators}
        self._people = {
            one.digest: (Person(one.name, self._operators[one.name].role), one.until_s)
            for one in kept
            if one.name in self._operators
        }
        self._attempts: dict[str, deque[float]] = {}
        self._guessing = asyncio.Semaphore(_GUESSES_AT_ONCE)
        # verified against for unknown names, so that the time taken tells nothing
        self._nobody = "" if settings.is_open else hash_password(secrets.token_urlsafe(16))

    async def sign_in(self, name: str, password: str, address: str) -> str | None:
        """The token of a new session, or None if name or password are wrong.

        Raises TooManyAttempts when the name or the address tried too often of late.
        """
        self._count_attempt(f"name:{name}")
        self._count_attempt(f"address:{address}")
        operator = self._operators.get(name)
        line = operator.password_hash if operator else self._nobody
        async with self._guessing:
            right = await asyncio.to_thread(verify_password, password, line)
        if operator is None or not right:
            self.refused += 1
            return None
        self._attempts.pop(f"name:{name}", None)
        return self._opened(operator)

    def person(self, token: str | None) -> Person | None:
        """Who holds the token; in an open console everybody is the local operator."""
        if self._settings.is_open:
            return Person(LOCAL_OPERATOR, Role.OPERATOR)
        digest = _digest(token) if token else ""
        found = self._people.get(digest)
        if found is None:
            return None
        person, until_s = found
        if self._now_s() >= until_s:
            self._close(digest)
            return None
        return person

    def sign_out(self, token: str | None) -> None:
        """Forget a session."""
        if token:
            self._close(_digest(token))

    def _close(self, digest: str) -> None:
        if self._people.pop(digest, None) is not None and self._keeper is not None:
            self._keeper.forget(digest)

    def _opened(self, operator: Operator) -> str:
        while len(self._people) >= _SESSIONS_MAX:
            self._close(next(iter(self._people)))  # the oldest
        token = secrets.token_urlsafe(32)
        until_s = self._now_s() + self._settings.session_hours * 3600
        session = KeptSession(_digest(token), operator.name, until_s)
        self._people[session.digest] = (Person(operator.name, operator.role), until_s)
        if self._keeper is not None:
            self._keeper.keep(session)
        return token

    def _count_attempt(self, key: str) -> None:
        now = self._now_s()
        attempts = self._attempts.setdefault(key, deque(maxlen=self._settings.sign_in_attempts))
        if len(attempts) == attempts.maxlen and now - attempts[0] < self._settings.sign_in_window_s:
            self.refused += 1
            raise TooManyAttempts(self._settings.sign_in_window_s - (now - attempts[0]))
        attempts.append(now)
        while len(self._attempts) > _WATCHED_MAX:
            del self._attempts[next(iter(self._attempts))]


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
