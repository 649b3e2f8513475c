"""What was done already, by the names under which it was sent: a resent action is not done again.

Whoever had no answer sends an action again under the name it had. That may be after a kill of the process, or
a change of settings; so what was done under which name is state of the fold, and comes from its frames.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from marsad.errors import ReceivedError
from marsad.model.action import Action
from marsad.site.actions import json_from_action

REMEMBERED_MAX = 1_000
_NAME_DIGITS = 32


def journalled_name(key: str) -> str:
    """A name as a journal holds it: the beginning of its SHA-256, hexadecimal; "" for none.

    A journal is handed over and kept for years; what somebody called an action may be meant for nobody else.
    """
    return sha256(key.encode("utf-8", "replace")).hexdigest()[:_NAME_DIGITS] if key else ""


@dataclass(frozen=True, slots=True)
class Named:
    """An action by its name.

    name     as journalled; "" for none
    digest   SHA-256 of the action, hexadecimal
    """

    name: str
    digest: str

    @classmethod
    def of(cls, action: Action, name: str) -> Self:
        """The name of an action as people said it: its times are UTC."""
        return cls(name, sha256(json_from_action(action)).hexdigest() if name else "")


@dataclass(slots=True)
class Done:
    """The newest actions that were done under a name.

    Settings that somebody puts in force are done when they are: the frame that asks for them is followed by
    the one that holds them.
    """

    _digest_of: dict[str, str] = field(default_factory=dict)
    _asked: Named = field(default_factory=lambda: Named("", ""))

    def has(self, one: Named) -> bool:
        """Whether it was done. Raises ReceivedError (``action-key``) if another was, under its name."""
        before = self._digest_of.get(one.name)
        if before is not None and before != one.digest:
            raise ReceivedError("action-key", "this key was that of another action; give this one its own")
        return before is not None

    def note(self, one: Named) -> None:
        """It was done; of too many the oldest is forgotten."""
        if one.name:
            while len(self._digest_of) >= REMEMBERED_MAX:
                del self._digest_of[next(iter(self._digest_of))]
            self._digest_of[one.name] = one.digest

    def ask(self, one: Named) -> None:
        """Settings were asked for; whether they are taken is still to be seen."""
        self._asked = one

    def answer(self, *, taken: bool) -> None:
        """Settings came: those that were asked for, if any were."""
        if taken:
            self.note(self._asked)
        self._asked = Named("", "")
