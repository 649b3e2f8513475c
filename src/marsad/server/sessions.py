"""Sign-in: sessions in memory and a limit on guesses. Bounded.

The site keeps what a new server needs to know the sessions of the one before it: digests of their tokens,
not the tokens. They are forgotten when the site ends.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Protocol

from marsad import wire
from marsad.model.role import Role
from marsad.server.guesses import Guesses, TooManyAttempts
from marsad.server.passwords import hash_password, verify_password
from marsad.server.settings import Operator, ServerSettings

COOKIE = wire.COOKIE
LOCAL_OPERATOR = "local operator"
_SESSIONS_MAX = 1_000
_DIGEST_MAX = 80  # as long as the name of an operator may be
_GUESSES_AT_ONCE = 2  # each takes 32 MiB and a tenth of a second


@dataclass(frozen=True, slots=True)
class Person:
    """Who is at the console.

    is_program   whether it is none, but a program with a service token
    """

    name: str
    role: Role
    is_program: bool = False


@dataclass(frozen=True, slots=True)
class KeptSession:
    """One session, without what opens it.

    digest   SHA-256 of its token, hexadecimal
    until_s  when it ends, on the machine's steady clock, which processes share
    address  where it was opened
    """

    digest: str
    name: str
    until_s: float
    address: str = ""


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
        texts = str(record["digest"]), str(record["name"]), str(record.get("address", ""))
        session = asdict(KeptSession(*texts[:2], float(record["until_s"]), texts[2]))
        if max(map(len, texts)) > _DIGEST_MAX:
            raise ValueError(f"a session of more than {_DIGEST_MAX} characters")
        while len(self._kept) >= _SESSIONS_MAX:
            del self._kept[next(iter(self._kept))]
        self._kept[session["digest"]] = session

    def forget(self, digest: str) -> None:
        """One was closed."""
        self._kept.pop(digest, None)

    def keep_only(self, names: Collection[str]) -> None:
        """End the sessions of everybody else."""
        self._kept = {digest: one for digest, one in self._kept.items() if one["name"] in names}

    def records(self) -> list[dict[str, Any]]:
        """All of them, oldest first."""
        return list(self._kept.values())


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
        kept = tuple(kept)
        self._people = {
            one.digest: (Person(one.name, self._operators[one.name].role), one.until_s)
            for one in kept
            if one.name in self._operators
        }
        self._guesses = Guesses(
            frozenset(self._operators), settings.sign_in_attempts, settings.sign_in_window_s
        )
        for one in kept:
            if one.name in self._operators:
                self._guesses.succeeded(one.name, one.address)
        self._guessing = asyncio.Semaphore(_GUESSES_AT_ONCE)
        # verified against for unknown names, so that the time taken tells nothing
        self._nobody = "" if settings.is_open else hash_password(secrets.token_urlsafe(16))

    async def sign_in(self, name: str, password: str, address: str) -> str | None:
        """The token of a new session, or None if name or password are wrong.

        Raises TooManyAttempts when the name or the address tried too often of late.
        """
        try:
            self._guesses.count(name, address, self._now_s())
        except TooManyAttempts:
            self.refused += 1
            raise
        operator = self._operators.get(name)
        line = operator.password_hash if operator else self._nobody
        async with self._guessing:
            right = await asyncio.to_thread(verify_password, password, line)
        if operator is None or not right:
            self.refused += 1
            return None
        self._guesses.succeeded(name, address)
        return self._opened(operator, address)

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

    def _opened(self, operator: Operator, address: str) -> str:
        while len(self._people) >= _SESSIONS_MAX:
            self._close(next(iter(self._people)))  # the oldest
        token = secrets.token_urlsafe(32)
        until_s = self._now_s() + self._settings.session_hours * 3600
        session = KeptSession(_digest(token), operator.name, until_s, address[:_DIGEST_MAX])
        self._people[session.digest] = (Person(operator.name, operator.role), until_s)
        if self._keeper is not None:
            self._keeper.keep(session)
        return token


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
