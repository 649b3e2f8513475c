"""The file of a site's service tokens, as the command line changes it: whole or not at all, one at a time."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from marsad.errors import ConfigError, ConfigFault, ReceivedError, RecordingError
from marsad.links.plain_file import plain_bytes
from marsad.model.role import Role
from marsad.model.visible import name_fault
from marsad.server.settings import ServerSettings
from marsad.server.tokens import (
    NAME_MAX,
    TOKENS_MAX,
    Token,
    called,
    is_a_persons,
    json_from_tokens,
    new_token,
    tokens_from_json,
)

_DAY_S = 86_400
Change = Callable[[tuple[Token, ...]], tuple[Token, ...]]


def check_tokens(server: ServerSettings, path: Path) -> None:
    """Raise ConfigError for a token that is named as an operator is, or for a file that holds no tokens.

    path   of the settings
    """
    if server.tokens_file is None:
        return
    file = TokenFile(Path(server.tokens_file), server)
    sentences = [
        f"{file.path}: token {token.name!r} has the name of an operator: revoke it, and give another"
        for token in file.tokens()
        if is_a_persons(token.name, server)
    ]
    if sentences:
        faults = [ConfigFault("server.tokens_file", file.path.name, "", sentence=one) for one in sentences]
        raise ConfigError(str(path), faults)


class TokenFile:
    """The tokens of one site. Every error is a ConfigError, or a RecordingError of the disk.

    readers_of   a file whose owner and group may read this one too, as the site must; None: its maker alone
    """

    def __init__(
        self,
        path: Path,
        server: ServerSettings,
        utc_s: Callable[[], float] = time.time,
        readers_of: Path | None = None,
    ) -> None:
        self.path = path
        self._server = server
        self._utc_s = utc_s
        self._readers_of = readers_of

    def tokens(self) -> tuple[Token, ...]:
        """All of them, in the order in which they were made; none where there is no file."""
        try:
            return tokens_from_json(plain_bytes(self.path))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise RecordingError(f"{self.path}: cannot be read: {error.strerror or error}") from error
        except ReceivedError as error:
            raise self._fault("file", self.path.name, error.detail) from error

    def is_valid(self, token: Token) -> bool:
        """Whether it opens the site now."""
        return self._utc_s() < token.until_s

    def make(self, name: str, role: Role, days: int) -> tuple[str, Token]:
        """A new token: what is to be told once, and what is kept.

        One that has expired gives its name free; one that is valid must be revoked first.
        """
        self._check_name(name)
        now_s = int(self._utc_s())
        text, token = new_token(name, role, now_s, now_s + days * _DAY_S)

        def add(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
            if any(one.name == name and self.is_valid(one) for one in tokens):
                raise self._fault("NAME", name, "is the name of a token already: revoke that first")
            kept = tuple(one for one in tokens if one.name != name)
            if len(kept) >= TOKENS_MAX:
                raise self._fault("NAME", name, f"there are {TOKENS_MAX} tokens already: revoke one first")
            return (*kept, token)

        self._change(add)
        return text, token

    def revoke(self, name: str) -> Token:
        """Take a token away. Raises ConfigError, which names those that there are."""
        gone: list[Token] = []

        def remove(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
            gone.extend(one for one in tokens if one.name == name)
            if not gone:
                names = ", ".join(one.name for one in tokens) or "none"
                raise self._fault("NAME", name, f"there is no token of this name; there are: {names}")
            return tuple(one for one in tokens if one.name != name)

        self._change(remove)
        return gone[0]

    def _check_name(self, name: str) -> None:
        if fault := name_fault(name):
            raise self._fault("NAME", name, fault)
        if len(name) > NAME_MAX:
            raise self._fault("NAME", name, f"has {len(name)} characters; allowed are {NAME_MAX}")
        if is_a_persons(name, self._server):
            raise self._fault("NAME", name, "is the name of an operator, and no person's: give another")
        if any(called(name) == operator.name for operator in self._server.operators):
            raise self._fault("NAME", name, "records would call it as they call an operator: give another")

    def _fault(self, key: str, value: str, sentence: str) -> ConfigError:
        shown = f"{key} = {value[:80]!r}: {sentence}"
        return ConfigError(str(self.path), [ConfigFault(key, value, sentence, sentence=shown)])

    def _change(self, change: Change) -> None:
        with self._locked():
            data = json_from_tokens(change(self.tokens()))
            draft = self.path.with_name(f".{self.path.name}.{os.getpid()}.draft")
            try:
                number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
                with os.fdopen(number, "wb") as stream:
                    self._let_read(stream.fileno())
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                os.replace(draft, self.path)
            except OSError as error:
                draft.unlink(missing_ok=True)
                raise RecordingError(f"{self.path}: cannot be written: {error.strerror or error}") from error

    def _let_read(self, number: int) -> None:
        """Let whoever may read the settings read it: the superuser may make it for a site of another user."""
        if self._readers_of is None:
            return
        like = self._readers_of.stat()
        with suppress(PermissionError):
            os.fchown(number, like.st_uid, like.st_gid)
        os.fchmod(number, 0o600 | like.st_mode & 0o040)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Nobody else changes it meanwhile. The folder is locked: the file itself is replaced."""
        try:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise RecordingError(f"{self.path.parent}: {error.strerror or error}") from error
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)
