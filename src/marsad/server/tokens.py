"""Service tokens: how programs of others show who they are, where a person would sign in.

A token is a random secret of 256 bits. The site keeps its SHA-256 alone, in a file that `marsad token` writes
and that is looked at anew whenever it has changed: one that is revoked is worth nothing a second later.
"""

import json
import logging
import math
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from marsad.errors import ReceivedError
from marsad.links.plain_file import plain_bytes
from marsad.model.role import Role
from marsad.model.security import Happening, SecurityEvent
from marsad.server.guesses import Guesses
from marsad.server.sessions import LOCAL_OPERATOR, Person
from marsad.server.settings import ServerSettings

_LOG = logging.getLogger(__name__)
TOKENS_MAX = 200
NAME_MAX = 60
_FILE_BYTES_MAX = 2**20
_LOOK_S = 1.0
_FORM = re.compile(r"marsad_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Token:
    """One token, without what opens the site.

    token_id  what it begins with: tells which one it is, and opens nothing
    digest    SHA-256 of the whole, hexadecimal
    made_s, until_s   UTC seconds; it is valid before until_s
    """

    name: str
    role: Role
    token_id: str
    digest: str
    made_s: int
    until_s: int

    @property
    def called(self) -> str:
        """What records call who holds it: no person's name."""
        return called(self.name)


def called(name: str) -> str:
    """What records call who holds the token of a name."""
    return f"token {name}"


def is_a_persons(name: str, settings: ServerSettings) -> bool:
    """Whether a token of this name would be taken for somebody who may sign in, as people read names."""
    people = (LOCAL_OPERATOR, *(operator.name for operator in settings.operators))
    return " ".join(name.casefold().split()) in {" ".join(one.casefold().split()) for one in people}


def new_token(name: str, role: Role, made_s: int, until_s: int) -> tuple[str, Token]:
    """A new secret, which is told once, and what is kept of it."""
    token_id = secrets.token_hex(4)
    text = f"marsad_{token_id}_{secrets.token_urlsafe(32)}"
    return text, Token(name, role, token_id, digest_of(text), made_s, until_s)


def digest_of(text: str) -> str:
    """What is kept of a token."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def json_from_tokens(tokens: Iterable[Token]) -> bytes:
    """The file of some tokens."""
    record = {"marsad": "tokens", "version": 1, "tokens": [asdict(token) for token in tokens]}
    return json.dumps(record, ensure_ascii=False, indent=1).encode() + b"\n"


def tokens_from_json(data: bytes) -> tuple[Token, ...]:
    """The inverse. Raises ReceivedError for what is no such file."""
    try:
        record = json.loads(data)
        if record["marsad"] != "tokens" or record["version"] != 1:
            raise ValueError("not a file of tokens, version 1")
        return tuple(
            Token(
                *(str(one["name"]), Role(one["role"]), str(one["token_id"]), str(one["digest"])),
                *(int(one["made_s"]), int(one["until_s"])),
            )
            for one in record["tokens"][:TOKENS_MAX]
        )
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ReceivedError("tokens-file", f"no file that `marsad token` wrote: {error}") from error


class Tokens:
    """Who holds which token.

    refused   how often a token was shown that is none, or too often
    note      is told what happens
    """

    def __init__(
        self,
        settings: ServerSettings,
        now_s: Callable[[], float] = time.monotonic,
        utc_s: Callable[[], float] = time.time,
        note: Callable[[SecurityEvent], None] = lambda event: None,
    ) -> None:
        self.refused = 0
        self._note = note
        self._path = None if settings.tokens_file is None else Path(settings.tokens_file)
        self._taken: set[str] = set()
        self._now_s, self._utc_s = now_s, utc_s
        self._by_digest: dict[str, Token] = {}
        self._ids: set[str] = set()
        self._read_as: tuple[int, ...] | None = None
        self._looked_s = -math.inf
        self._guesses = Guesses(self._ids, settings.sign_in_attempts, settings.sign_in_window_s)
        self.adopt(settings)

    def adopt(self, settings: ServerSettings) -> None:
        """Other people may sign in from now on: a token that is called as one of them is not taken."""
        self._taken = {LOCAL_OPERATOR, *(operator.name for operator in settings.operators)}
        self._read_as, self._looked_s = None, -math.inf

    def person(self, text: str, address: str) -> Person | None:
        """Who shows a token; None where it is none, has expired or was revoked.

        A good one is let in whoever else guesses: 256 bits are not guessed, and are looked up at once. Raises
        TooManyAttempts for a wrong one where the address, or all together, showed too many of late.
        """
        if (found := self.holder(text)) is not None:
            return found
        form = _FORM.fullmatch(text)
        self.refused += 1
        self._note(SecurityEvent(Happening.WRONG_TOKEN, address=address))
        self._guesses.count(form[1] if form else "", address, self._now_s())
        return None

    def holder(self, text: str) -> Person | None:
        """Who holds a token, None where it is none; counts nothing."""
        self._look()
        token = self._by_digest.get(digest_of(text))
        if token is None or self._utc_s() >= token.until_s:
            return None
        return Person(token.called, token.role, is_program=True)

    def _look(self) -> None:
        """Read the file again where it has changed, at most once a second."""
        if self._path is None or self._now_s() - self._looked_s < _LOOK_S:
            return
        self._looked_s = self._now_s()
        try:
            stat = os.stat(self._path)
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen == self._read_as:
                return
            self._take(tokens_from_json(plain_bytes(self._path, _FILE_BYTES_MAX)))
            self._read_as = seen
        except FileNotFoundError:
            self._take(())
            self._read_as = None
        except (OSError, ReceivedError) as error:  # who cannot be looked up is not let in
            if self._by_digest or self._read_as != ():
                _LOG.error("%s: no service token is taken: %s", self._path, error)
            self._take(())
            self._read_as = ()

    def _take(self, tokens: tuple[Token, ...]) -> None:
        good = [one for one in tokens if one.called not in self._taken]
        self._by_digest = {token.digest: token for token in good}
        self._ids.clear()
        self._ids.update(token.token_id for token in good)
