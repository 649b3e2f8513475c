"""How much one may ask for: requests by person, or by address where nobody has signed in.

Whoever may acknowledge alarms has a place of their own, which nobody else's requests use up: they are counted
by name, and the room for all others together ends before theirs does.
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from marsad.model.peer import network_of
from marsad.model.role import Permission, may
from marsad.server.guard import refuse
from marsad.server.permits import address_of
from marsad.server.sessions import Person
from marsad.server.settings import ServerSettings
from marsad.server.visitors import Visitors

BURST_S = 4.0  # so much of the rate may be asked at once
KNOWN_MAX = 10_000


def is_on_watch(person: Person | None, settings: ServerSettings) -> bool:
    """Whether somebody's place is kept: a person who may acknowledge alarms."""
    return (
        person is not None
        and not person.is_program
        and may(person.role, Permission.ACKNOWLEDGE, is_supervised=settings.is_supervised)
    )


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class Rates:
    """How many requests each may still make. Bounded: who asked longest ago is forgotten first."""

    def __init__(self, per_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._per_s, self._most, self._now_s = per_s, per_s * BURST_S, now_s
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, who: str) -> bool:
        """Count a request; whether it may be made."""
        now_s = self._now_s()
        bucket = self._buckets.setdefault(who, _Bucket(self._most, now_s))
        self._buckets.move_to_end(who)
        while len(self._buckets) > KNOWN_MAX:
            self._buckets.popitem(last=False)
        bucket.left = min(bucket.left + (now_s - bucket.at_s) * self._per_s, self._most)
        bucket.at_s = now_s
        if bucket.left < 1.0:
            return False
        bucket.left -= 1.0
        return True


class Turnstile:
    """ASGI middleware that lets each have their share and no more; 429 for what is over it.

    refused   so many requests so far
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self.refused = 0
        self._app = app
        self._rates = Rates(settings.requests_per_s)
        self._under_way: Counter[str] = Counter()
        self._others = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        state = scope["app"].state
        settings: ServerSettings = state.settings
        visitors: Visitors = state.visitors
        asking = HTTPConnection(scope)
        person = visitors.known(asking)
        is_kept = is_on_watch(person, settings)
        who = f"address {network_of(address_of(asking))}"
        if person is not None and not settings.is_open:
            who = f"person {person.name}"
        is_request = scope["type"] == "http"
        if why := self._why_not(who, is_kept, is_request, settings):
            self.refused += 1
            await self._refuse(scope, receive, send, why)
            return
        if not is_request:  # how many may stay open is counted by itself
            await self._app(scope, receive, send)
            return
        self._under_way[who] += 1
        self._others += not is_kept
        try:
            await self._app(scope, receive, send)
        finally:
            self._others -= not is_kept
            self._under_way[who] -= 1
            if not self._under_way[who]:
                del self._under_way[who]

    def _why_not(self, who: str, is_kept: bool, is_request: bool, settings: ServerSettings) -> str:
        if not self._rates.take(who):
            return f"more than {settings.requests_per_s:g} requests a second (requests_per_s)"
        if is_request and self._under_way[who] >= settings.requests_at_once:
            return f"{settings.requests_at_once} requests are under way already (requests_at_once)"
        if is_request and not is_kept and self._others >= 4 * settings.requests_at_once:
            return "too many requests are under way; those of people on watch go on"
        return ""

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, why: str) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": why[:120]})
            return
        await refuse(send, 429, "requests-rate", why, ((b"retry-after", b"1"),))
