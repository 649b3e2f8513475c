"""Signing in and out, the sign-ins that hold, and the security log."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from marsad import wire
from marsad.model.role import Permission, may, permissions, roles_with
from marsad.server import openapi
from marsad.server.bodies import json_body, object_of
from marsad.server.guesses import TooManyAttempts
from marsad.server.permits import Asking, address_of, for_people, refused, require, too_many
from marsad.server.queries import FOREVER_MS, Before, Limit, Running, Whose
from marsad.server.sessions import COOKIE, Person, Sessions
from marsad.server.settings import ServerSettings
from marsad.server.visitors import Visitors

router = APIRouter()
_NAME_MAX = 200


@router.get("/api/session", responses=openapi.refusals(429))
async def session(request: Request) -> wire.Session:
    """Who is signed in."""
    visitors: Visitors = request.app.state.visitors
    try:
        person = visitors.person(request)
    except TooManyAttempts as error:
        raise too_many(error, "token-rate") from error
    settings: ServerSettings = request.app.state.settings
    supervised = settings.is_supervised
    allowed = permissions(person.role, is_supervised=supervised) if person else frozenset()
    return {
        "name": person.name if person else None,
        "role": person.role.value if person else None,
        "open": settings.is_open,
        "may": [one.value for one in Permission if one in allowed],
        "whose": {
            one.value: [role.value for role in roles_with(one, is_supervised=supervised)]
            for one in Permission
        },
        "watchers": list(settings.watchers) if Permission.WATCH in allowed else [],
    }


@router.post(
    "/api/session",
    response_model=openapi.SignedIn,
    responses=openapi.refusals(400, 401, 408, 413, 415, 422, 429),
    openapi_extra=openapi.json_body(openapi.texts(name="of an operator", password="theirs")),
)
async def sign_in(request: Request) -> Response:
    """Sign in with ``{"name", "password"}``; the answer sets the session cookie."""
    sessions: Sessions = request.app.state.sessions
    settings: ServerSettings = request.app.state.settings
    record = object_of(await json_body(request))
    name, password = record.get("name"), record.get("password")
    if (
        not isinstance(name, str)
        or not isinstance(password, str)
        or len(name) > _NAME_MAX
        or len(password) > _NAME_MAX
    ):
        raise refused(
            422, "sign-in-field", f"name and password must be strings of at most {_NAME_MAX} characters"
        )
    address = address_of(request)
    try:
        token = await sessions.sign_in(name, password, address)
    except TooManyAttempts as error:
        raise too_many(error, "sign-in-rate") from error
    if token is None:
        raise refused(401, "sign-in-wrong", "name or password is wrong")
    answer = JSONResponse({"name": name})
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(settings.session_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.delete("/api/session", status_code=204, responses=openapi.refusals())
async def sign_out(request: Request) -> Response:
    """Sign out."""
    sessions: Sessions = request.app.state.sessions
    sessions.sign_out(request.cookies.get(COOKIE), address_of(request))
    answer = Response(status_code=204, headers={"clear-site-data": '"cache"'})
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


@router.get("/api/sessions", responses=openapi.refusals(401, 429))
async def open_sessions(request: Request, person: Asking) -> list[wire.OpenSession]:
    """The sign-ins that hold, oldest first: one's own, and for an administrator those of all."""
    sessions: Sessions = request.app.state.sessions
    mine = sessions.id_of(request.cookies.get(COOKIE))
    return [
        {
            "session_id": one.session_id,
            "name": one.name,
            "address": one.address,
            "opened_t_ms": int(one.opened_s * 1000),
            "used_t_ms": int(one.used_s * 1000),
            "until_t_ms": int(one.until_s * 1000),
            "is_this": one.session_id == mine,
        }
        for one in sessions.listed(_whose(request, person))
    ]


@router.delete("/api/sessions", responses=openapi.refusals(401, 422, 429))
async def end_sessions(request: Request, person: Asking, whose: Whose = "own") -> openapi.Ended:
    """End every sign-in but the one that asks: one's own, or as an administrator everybody's."""
    if person.is_program:
        raise for_people(person)
    if whose == "all":
        require(request, person, Permission.SECURITY)
    sessions: Sessions = request.app.state.sessions
    name = None if whose == "all" else person.name
    return {"ended": sessions.end_others(request.cookies.get(COOKIE), name, person.name, address_of(request))}


@router.delete("/api/sessions/{session_id}", status_code=204, responses=openapi.refusals(401, 404, 422, 429))
async def end_session(request: Request, session_id: str, person: Asking) -> Response:
    """End a sign-in: one's own, or as an administrator anybody's. What it had open closes."""
    if person.is_program:
        raise for_people(person)
    sessions: Sessions = request.app.state.sessions
    if not sessions.end(session_id, _whose(request, person), person.name, address_of(request)):
        raise refused(404, "session-unknown", f"no sign-in {session_id[:80]!r} is open that is yours to end")
    return Response(status_code=204)


def _whose(request: Request, person: Person) -> str | None:
    """Whose sign-ins somebody sees and ends; None: everybody's."""
    supervised = request.app.state.settings.is_supervised
    return None if may(person.role, Permission.SECURITY, is_supervised=supervised) else person.name


@router.get("/api/security", responses=openapi.LOOKING | openapi.refusals(422))
async def security(site: Running, limit: Limit = 200, before: Before = None) -> list[wire.SecurityLine]:
    """The newest lines of the security log, newest first; all of them are in the journal."""
    return list(await site.security(limit, FOREVER_MS if before is None else before))
