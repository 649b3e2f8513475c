"""Actions that are done once, however often they are sent."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256

from marsad.errors import ReceivedError
from marsad.model.action import Action
from marsad.site.actions import json_from_action

_REMEMBERED_MAX = 1_000
NOT_YET = frozenset({"site-preparing"})
"""Reasons of refusals that pass by themselves: the same may be asked again, and is then asked of the site."""
_FORGOTTEN = NOT_YET | {"action-key"}


@dataclass(frozen=True, slots=True)
class _Sent:
    sha256: bytes
    doing: "asyncio.Task[None]"


class Once:
    """Remembers what became of the newest actions that were sent under a name.

    So whoever had no answer, because the server or the network failed, may send the same again under the same
    name: it is done once, and its answer is the same. The site itself remembers what is done, by the same
    name (`marsad.site.done`): so this need not outlive settings. Here are those under way, and the refusals.
    """

    def __init__(self, submit: Callable[[Action, str], Awaitable[None]]) -> None:
        self._submit = submit
        self._sent: dict[str, _Sent] = {}
        self._nameless: set[asyncio.Task[None]] = set()

    async def submit(self, action: Action, key: str = "") -> None:
        """Do it, or wait for what becomes of it; raises what the site raises.

        It is done even if whoever waits for it goes away.
        """
        await asyncio.shield(self._begun(action, key))

    def _begun(self, action: Action, key: str) -> "asyncio.Task[None]":
        digest = sha256(json_from_action(action)).digest() if key else b""
        before = self._sent.get(key) if key else None
        if before is not None:
            if before.sha256 != digest:
                raise ReceivedError("action-key", f"{key[:80]!r} was another action; give this one its own")
            return before.doing
        doing = asyncio.create_task(self._do(action, key))
        doing.add_done_callback(_taken)
        if key:
            doing.add_done_callback(lambda done: self._forget_not_yet(key, done))
            while len(self._sent) >= _REMEMBERED_MAX:
                del self._sent[next(iter(self._sent))]
            self._sent[key] = _Sent(digest, doing)
        else:
            self._nameless.add(doing)
            doing.add_done_callback(self._nameless.discard)
        return doing

    def _forget_not_yet(self, key: str, done: "asyncio.Task[None]") -> None:
        """Who came too early comes again under the same name; and a name is not taken by the wrong action."""
        error = None if done.cancelled() else done.exception()
        if isinstance(error, ReceivedError) and error.reason in _FORGOTTEN:
            self._sent.pop(key, None)

    async def _do(self, action: Action, key: str) -> None:
        await self._submit(action, key)


def _taken(doing: "asyncio.Task[None]") -> None:
    """What it raises is for whoever still waits; nobody needs to."""
    if not doing.cancelled():
        doing.exception()
