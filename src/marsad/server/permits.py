"""What each route of the server needs: one table, and whoever asks is measured by it.

A route that is not in the table is served to nobody.
"""

import re
from enum import Enum
from typing import Annotated, Any, cast

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request

from marsad.errors import ReceivedError
from marsad.model.action import Action, HandOver
from marsad.model.permit import refusal
from marsad.model.role import Permission, may
from marsad.model.security import Happening, SecurityEvent
from marsad.server.guesses import TooManyAttempts
from marsad.server.sessions import Person
from marsad.server.settings import ServerSettings
from marsad.server.visitors import Visitors, token_of

FORBIDDEN = 4403  # closes a WebSocket that the role does not allow


class Open(Enum):
    """Why a route needs no permission that could be named beforehand."""

    TO_ALL = "to all"  # also before anybody has signed in
    BY_ACTION = "by action"  # whoever has signed in, as far as the action allows
    BY_TOKEN = "by token"  # a token of its own, or whoever may see


Need = Permission | Open
ROUTES: dict[tuple[str, str], Need] = {
    ("GET", "/api/session"): Open.TO_ALL,
    ("POST", "/api/session"): Open.TO_ALL,
    ("DELETE", "/api/session"): Open.TO_ALL,
    # whoever has signed in: their own, and those of others for whom the table allows it
    ("GET", "/api/sessions"): Open.BY_ACTION,
    ("DELETE", "/api/sessions"): Open.BY_ACTION,
    ("DELETE", "/api/sessions/{session_id}"): Open.BY_ACTION,
    ("GET", "/api/security"): Permission.SECURITY,
    ("GET", "/api/phase"): Open.TO_ALL,
    ("GET", "/healthz"): Open.TO_ALL,
    ("GET", "/readyz"): Open.TO_ALL,
    ("GET", "/metrics"): Open.BY_TOKEN,
    ("GET", "/api/site"): Permission.SEE,
    ("WEBSOCKET", "/api/picture"): Permission.SEE,
    ("WEBSOCKET", "/api/stream/v1"): Permission.SEE,
    # they tell nothing of the site
    ("GET", "/api/stream/v1/schema.json"): Open.TO_ALL,
    ("GET", "/api/stream/v1/asyncapi.json"): Open.TO_ALL,
    ("GET", "/api/tracks/{track_id}"): Permission.SEE,
    ("GET", "/api/flights"): Permission.SEE,
    ("GET", "/api/outputs"): Permission.SEE,
    ("GET", "/api/coverage"): Permission.SEE,
    ("GET", "/api/incidents"): Permission.RECORD,
    ("GET", "/api/delays"): Permission.RECORD,
    ("GET", "/api/incidents/{incident_id}"): Permission.RECORD,
    ("GET", "/api/incidents/{incident_id}/report.pdf"): Permission.RECORD,
    ("GET", "/api/incidents/{incident_id}/statement"): Permission.RECORD,
    ("GET", "/api/authority"): Permission.CARD,
    ("POST", "/api/actions"): Open.BY_ACTION,
    ("POST", "/api/flights"): Permission.FLIGHTS,
    # no page of the server: every other address under /api answers that there is none
    ("GET", "/api/{path:path}"): Open.TO_ALL,
    ("POST", "/api/{path:path}"): Open.TO_ALL,
    ("PUT", "/api/{path:path}"): Open.TO_ALL,
    ("DELETE", "/api/{path:path}"): Open.TO_ALL,
    ("PATCH", "/api/{path:path}"): Open.TO_ALL,
    ("OPTIONS", "/api/{path:path}"): Open.TO_ALL,
    # the console's own files, and the map under it
    ("GET", "/{path:path}"): Open.TO_ALL,
    ("GET", "/tiles/base.pmtiles"): Open.TO_ALL,
    ("GET", "/api/openapi.json"): Open.TO_ALL,
}


_PATHS = [
    (method, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))))
    for method, path in ROUTES
    if method != "WEBSOCKET" and not path.endswith("{path:path}")
]


def methods_of(path: str) -> list[str]:
    """The methods that an address takes; [] where there is none such."""
    return sorted({method for method, known in _PATHS if known.fullmatch(path)})


def refused(status: int, reason: str, detail: str) -> HTTPException:
    """The answer to what is not done."""
    return HTTPException(status, cast(Any, {"reason": reason, "detail": detail}))


def too_many(error: TooManyAttempts, reason: str) -> HTTPException:
    """The answer to whoever guesses, with how long to wait."""
    wait = str(int(error.wait_s) + 1)
    return HTTPException(429, cast(Any, {"reason": reason, "detail": str(error)}), {"retry-after": wait})


def address_of(asking: HTTPConnection) -> str:
    """Where somebody asks from; "" if that is not known."""
    return asking.client.host if asking.client else ""


def signed_in(request: Request) -> Person:
    """Whoever asks; 401 if nobody has signed in and no valid token is shown, 429 after many wrong ones."""
    visitors: Visitors = request.app.state.visitors
    try:
        person = visitors.person(request)
    except TooManyAttempts as error:
        raise too_many(error, "token-rate") from error
    if person is None and token_of(request) is not None:
        raise refused(401, "token-wrong", "this token is none, was revoked, or has expired")
    if person is None:
        raise refused(401, "sign-in-needed", "sign in first")
    return person


Asking = Annotated[Person, Depends(signed_in)]


def permitted(request: Request) -> None:
    """Let a request pass that the table allows; 401 or 403 if not."""
    need = ROUTES.get((request.method, request.scope["route"].path))
    if need is None:
        detail = f"{request.method} {request.url.path[:80]} has no row in the table of permissions"
        raise refused(403, "role", detail)
    if need in (Open.TO_ALL, Open.BY_TOKEN):
        return
    person = signed_in(request)
    if isinstance(need, Permission):
        require(request, person, need)


def may_follow(person: Person, path: str, settings: ServerSettings) -> bool:
    """Whether a person may open the WebSocket of a path, by the same table."""
    need = ROUTES.get(("WEBSOCKET", path))
    return isinstance(need, Permission) and may(person.role, need, is_supervised=settings.is_supervised)


def sees_phones(person: Person, settings: ServerSettings) -> bool:
    """Whether somebody sees the telephone numbers of owners: a person who may ask them."""
    return not person.is_program and may(
        person.role, Permission.CLASSIFY, is_supervised=settings.is_supervised
    )


def require(request: Request, person: Person, permission: Permission) -> None:
    """Raise 403 where a person's role does not allow something; it says whose it is."""
    state = request.app.state
    is_supervised = state.settings.is_supervised
    if not may(person.role, permission, is_supervised=is_supervised):
        state.notes.note(SecurityEvent(Happening.REFUSED, person.name, permission.value, address_of(request)))
        detail = refusal(person.name, person.role.value, permission, is_supervised=is_supervised)
        raise refused(403, "role", detail)


def check_watcher(action: Action, settings: ServerSettings) -> None:
    """Raise ReceivedError where a watch is offered to somebody who cannot take it; it names who can."""
    names = settings.watchers
    if not isinstance(action, HandOver) or not names or action.to.strip() in ("", *names):
        return
    raise ReceivedError(
        "watch-to-whom",
        f"hand_over.to = {action.to[:80]!r}: nobody of that name may take the watch; these may: "
        f"{', '.join(names)}",
    )


def for_people(person: Person) -> HTTPException:
    """The answer to a program that asks for what a person answers for."""
    return refused(
        403, "person-needed", f"{person.name} is a program, and a person answers for this: sign in"
    )
