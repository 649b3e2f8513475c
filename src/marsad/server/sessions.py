"""Sign-in: sessions in memory and a limit on guesses. Bounded; forgotten at a restart."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from marsad.server.passwords import hash_password, verify_password
from marsad.server.settings import Operator, Role, ServerSettings

COOKIE = "marsad_session"
LOCAL_OPERATOR = "local operator"
_SESSIONS_MAX = 1_000
_WATCHED_MAX = 10_000
_GUESSES_AT_ONCE = 2  # each takes 32 MiB and a tenth of a second


@dataclass(frozen=True, slots=True)
class Person:
    """Who is at the console."""

    name: str
    role: Role


class TooManyAttempts(Exception):
    """Guessing is slowed down; carries the seconds to wait."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"too many attempts; wait {wait_s:.0f} s")


class Sessions:
    """Who holds which cookie."""

    def __init__(self, settings: ServerSettings, now_s: Callable[[], float] = time.monotonic) -> None:
        self.refused = 0
        self._settings = settings
        self._now_s = now_s
        self._operators = {operator.name: operator for operator in settings.operators}
        self._people: dict[str, tuple[Person, float]] = {}
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
        found = self._people.get(token) if token else None
        if found is None:
            return None
        person, until_s = found
        if self._now_s() >= until_s:
            del self._people[str(token)]
            return None
        return person

    def sign_out(self, token: str | None) -> None:
        """Forget a session."""
        if token:
            self._people.pop(token, None)

    def _opened(self, operator: Operator) -> str:
        while len(self._people) >= _SESSIONS_MAX:
            del self._people[next(iter(self._people))]  # the oldest
        token = secrets.token_urlsafe(32)
        until_s = self._now_s() + self._settings.session_hours * 3600
        self._people[token] = (Person(operator.name, operator.role), until_s)
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
