"""Sign-in: who holds which cookie, for how long, and a limit on guesses. Bounded.

A session ends with its time, when nobody used it for a while, when its person signs out, is no operator any
more or has another password, and when they or an administrator end it. The site keeps what a new server, and
the next start, need to know of it: digests of tokens, not the tokens.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from marsad import wire
from marsad.model.role import Role
from marsad.model.security import Happening, SecurityEvent
from marsad.server.guesses import Guesses, TooManyAttempts
from marsad.server.kept_sessions import SESSIONS_MAX, TEXT_MAX, KeptSession, SessionKeeper
from marsad.server.passwords import hash_password, verify_password
from marsad.server.settings import Operator, ServerSettings

COOKIE = wire.COOKIE
LOCAL_OPERATOR = "local operator"
_GUESSES_AT_ONCE = 2  # each takes 32 MiB and a tenth of a second
_USED_S = 60.0  # so exactly it is known when a session was last used


@dataclass(frozen=True, slots=True)
class Person:
    """Who is at the console.

    is_program   whether it is none, but a program with a service token
    """

    name: str
    role: Role
    is_program: bool = False


class Sessions:
    """Who holds which cookie.

    now_s    steady, of guesses
    keeper   is told of every session that is opened, used or closed
    kept     sessions that were open before; those of people who may not sign in any more are dropped
    utc_s    by which sessions end, also over a start of the machine
    note     is told what happens
    """

    def __init__(
        self,
        settings: ServerSettings,
        now_s: Callable[[], float] = time.monotonic,
        keeper: SessionKeeper | None = None,
        kept: Iterable[KeptSession] = (),
        utc_s: Callable[[], float] = time.time,
        note: Callable[[SecurityEvent], None] = lambda event: None,
    ) -> None:
        self.refused = 0
        self.note = note
        self._now_s, self._utc_s = now_s, utc_s
        self._keeper = keeper
        self._open: dict[str, KeptSession] = {one.digest: one for one in kept}
        self._names: set[str] = set()
        self._guesses = Guesses(self._names, settings.sign_in_attempts, settings.sign_in_window_s)
        self._guessing = asyncio.Semaphore(_GUESSES_AT_ONCE)
        # verified against for unknown names, so that the time taken tells nothing
        self._nobody = hash_password(secrets.token_urlsafe(16)) if settings.operators else ""
        self._settings = ServerSettings()
        self._operators: dict[str, Operator] = {}
        self._take(settings)
        for one in self._open.values():
            self._guesses.succeeded(one.name, one.address)

    def adopt(self, settings: ServerSettings) -> None:
        """Other people may sign in from now on; who may not, or has another password, is signed out."""
        before = self._operators
        self._take(settings)
        for name in sorted({*before, *self._operators}):
            old, new = before.get(name), self._operators.get(name)
            if old != new:
                was, became = (one.role.value if one else "" for one in (old, new))
                self.note(SecurityEvent(Happening.ACCOUNT, of=name, was=was, became=became))

    def _take(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._operators = {operator.name: operator for operator in settings.operators}
        self._names.clear()
        self._names.update(self._operators)
        if self._operators and not self._nobody:
            self._nobody = hash_password(secrets.token_urlsafe(16))
        for one in list(self._open.values()):
            operator = self._operators.get(one.name)
            if operator is None or one.mark not in ("", _mark(operator)):
                self._close(one.digest)

    async def sign_in(self, name: str, password: str, address: str) -> str | None:
        """The token of a new session, or None if name or password are wrong.

        Raises TooManyAttempts when the name or the address tried too often of late.
        """
        operator = self._operators.get(name)
        known = operator.name if operator else ""
        try:
            self._guesses.count(name, address, self._now_s())
        except TooManyAttempts:
            self.refused += 1
            self.note(SecurityEvent(Happening.SLOWED, known, address=address))
            raise
        line = operator.password_hash if operator else self._nobody
        async with self._guessing:
            right = await asyncio.to_thread(verify_password, password, line)
        # the account may have changed, or be gone, since the password was looked at
        still = self._operators.get(name)
        if operator is None or still is None or not right or _mark(still) != _mark(operator):
            self.refused += 1
            self.note(SecurityEvent(Happening.FAILED, known, address=address))
            return None
        self._guesses.succeeded(name, address)
        self.note(SecurityEvent(Happening.SIGNED_IN, name, still.role.value, address))
        return self._opened(still, address)

    def person(self, token: str | None) -> Person | None:
        """Who holds the token; in an open console everybody is the local operator."""
        if self._settings.is_open:
            return Person(LOCAL_OPERATOR, Role.OPERATOR)
        session = self._session(token)
        if session is None:
            return None
        operator = self._operators[session.name]
        now_s = self._utc_s()
        if now_s - session.used_s >= _USED_S:
            session = replace(session, used_s=now_s)
            self._open[session.digest] = session
            if self._keeper is not None:
                self._keeper.keep(session)
        return Person(operator.name, operator.role)

    def sign_out(self, token: str | None, address: str = "") -> None:
        """Forget a session."""
        session = self._session(token)
        if session is not None:
            self._close(session.digest)
            self.note(SecurityEvent(Happening.SIGNED_OUT, session.name, address=address))

    def listed(self, name: str | None) -> list[KeptSession]:
        """The sessions that are open, oldest first: those of a person, None: of all."""
        for one in list(self._open.values()):
            self._is_over(one)
        return [one for one in self._open.values() if name in (None, one.name)]

    def id_of(self, token: str | None) -> str:
        """What the session of a token is called where sessions are listed; "" for none."""
        session = self._session(token)
        return session.session_id if session else ""

    def end(self, session_id: str, name: str | None, by: str, address: str = "") -> bool:
        """End a session, by somebody; whether it was there.

        name   whose it must be; None: anybody's
        """
        for one in self.listed(name):
            if one.session_id == session_id:
                self._close(one.digest)
                self.note(SecurityEvent(Happening.ENDED, by, one.name, address))
                return True
        return False

    def end_others(self, token: str | None, name: str | None, by: str, address: str = "") -> int:
        """End every session but that of a token, by somebody; how many there were.

        name   whose they must be; None: anybody's
        """
        mine = self.id_of(token)
        others = [one for one in self.listed(name) if one.session_id != mine]
        for one in others:
            self._close(one.digest)
            self.note(SecurityEvent(Happening.ENDED, by, one.name, address))
        return len(others)

    def _session(self, token: str | None) -> KeptSession | None:
        found = self._open.get(_digest(token)) if token else None
        return None if found is None or self._is_over(found) else found

    def _is_over(self, session: KeptSession) -> bool:
        """Whether its time has passed, or nobody used it for too long; then it is closed."""
        now_s, idle_s = self._utc_s(), self._settings.session_idle_minutes * 60
        if now_s < session.until_s and now_s - session.used_s < idle_s:
            return False
        self._close(session.digest)
        self.note(SecurityEvent(Happening.EXPIRED, session.name))
        return True

    def _close(self, digest: str) -> None:
        if self._open.pop(digest, None) is not None and self._keeper is not None:
            self._keeper.forget(digest)

    def _opened(self, operator: Operator, address: str) -> str:
        while len(self._open) >= SESSIONS_MAX:
            self._close(next(iter(self._open)))  # the oldest
        token = secrets.token_urlsafe(32)
        now_s = self._utc_s()
        until_s = now_s + self._settings.session_hours * 3600
        session = KeptSession(
            _digest(token), operator.name, until_s, address[:TEXT_MAX], now_s, now_s, _mark(operator)
        )
        self._open[session.digest] = session
        if self._keeper is not None:
            self._keeper.keep(session)
        return token


def _mark(operator: Operator) -> str:
    """What tells one password of somebody from another; leads back to none."""
    return sha256(operator.password_hash.encode()).hexdigest()[:32]


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
