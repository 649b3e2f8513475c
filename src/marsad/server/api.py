"""The REST interface under /api, and the probes."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from marsad import wire
from marsad.errors import ConfigError, ReceivedError
from marsad.model.action import DeclareFlights
from marsad.model.intruder import ThreatKind
from marsad.model.language import Language
from marsad.model.permit import needs_person, permission_of
from marsad.model.security import Happening, SecurityEvent
from marsad.model.site_fault import worst_first
from marsad.server import openapi, sign_in_api, stream_socket
from marsad.server.bodies import json_body, json_of, object_of
from marsad.server.coverage import CoverageMaps
from marsad.server.holdings import Holdings
from marsad.server.hub import phoneless
from marsad.server.metrics import SiteCollector, metrics_text
from marsad.server.permits import (
    Asking,
    address_of,
    check_watcher,
    for_people,
    methods_of,
    permitted,
    refused,
    require,
    sees_phones,
    signed_in,
)
from marsad.server.queries import Before, Limit, Running
from marsad.server.sessions import Person
from marsad.server.wire_site import WireSite
from marsad.site.actions import FLIGHTS_BYTES_MAX, action_as_said

if TYPE_CHECKING:
    from marsad.model.flight import AuthorisedFlight
    from marsad.server.documents import Dossier

router = APIRouter(dependencies=[Depends(permitted)])


class Pdf(Response):
    """A document of pages."""

    media_type = "application/pdf"


_STALE_PICTURE_S = 10.0
_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
_NAME_MAX = 200
_KEY_MAX = 80


@router.get("/api/phase", responses=openapi.refusals())
async def phase(site: Running) -> wire.Phase:
    """Whether the site is being prepared, runs or is over; also for who has not signed in yet."""
    now = site.phase()
    return {"name": now.name, "share": now.share, "left_s": now.left_s}


@router.get("/api/site", responses=openapi.LOOKING)
async def site_info(site: Running) -> wire.SiteInfo:
    """The site and its zones."""
    return site.info()


@router.post(
    "/api/actions",
    status_code=202,
    responses=openapi.ACTING,
    openapi_extra=openapi.json_body(openapi.ACTION_BODY) | openapi.IDEMPOTENCY,
)
async def act(request: Request, person: Asking, site: Running) -> openapi.Accepted:
    """Journal an operator action: the JSON form of the records in ``marsad.model.action``.

    ``by`` and ``role`` are those of whoever asks, whatever the body says; each role may do what
    ``marsad.model.role`` grants it, and what a person answers for no token can do. What is sent again with
    the same ``Idempotency-Key`` is not done again and has the same answer: whoever had none learns what
    became of it.
    """
    body = await json_body(request)
    try:
        record = json_of(body)
    except (ValueError, RecursionError):
        record = None
    if isinstance(record, dict):
        record["by"], record["role"] = person.name, person.role.value
        body = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")
    action = action_as_said(body)
    require(request, person, permission_of(action))
    if person.is_program and needs_person(action):
        raise for_people(person)
    check_watcher(action, request.app.state.settings)
    await site.submit(action, _key(request, person))
    return {"accepted": record["action"] if isinstance(record, dict) else ""}


@router.get("/api/tracks/{track_id}", responses=openapi.FINDING)
async def track(track_id: int, site: Running) -> wire.TrackReport:
    """One track with all its reasons and zones."""
    found = await site.track(track_id)
    if found is None:
        raise refused(404, "track-unknown", f"track {track_id} is not in the picture")
    return found


@router.get("/api/authority", responses=openapi.LOOKING)
async def authority(site: Running) -> wire.AuthorityCard:
    """Who decides what at the site, who stands in for them, and their telephone numbers."""
    return await site.authority()


@router.get("/api/flights", responses=openapi.LOOKING)
async def flights(request: Request, person: Asking, site: Running) -> list[wire.Flight]:
    """The declared flights, in the order they were declared; owners' telephones for who may ask them."""
    found = await site.flights()
    return found if sees_phones(person, request.app.state.settings) else phoneless(found)


@router.post(
    "/api/flights",
    status_code=202,
    responses=openapi.ACTING,
    openapi_extra=openapi.json_body(openapi.texts(_NAME_MAX, name="of the file", text="what is in it"))
    | openapi.IDEMPOTENCY,
)
async def import_flights(request: Request, person: Asking, site: Running) -> wire.Imported:
    """Declare the flights of a file: ``{"name", "text"}``, CSV or flight declarations in JSON.

    All of them, or, where anything is wrong with the file, none: `detail` then has a line for each fault.
    """
    if person.is_program:
        raise for_people(person)
    record = object_of(await json_body(request, FLIGHTS_BYTES_MAX))
    name, text = record.get("name"), record.get("text")
    if not isinstance(name, str) or not isinstance(text, str) or not 0 < len(name) <= _NAME_MAX:
        raise refused(422, "flights-field", f"name (at most {_NAME_MAX} characters) and text must be strings")
    try:
        found = await asyncio.to_thread(_read_flights, text, name, site.info())
    except ConfigError as error:
        raise ReceivedError("flights-faulty", str(error)) from error
    await site.submit(DeclareFlights(person.name, tuple(found), role=person.role), _key(request, person))
    return {"flights": len(found)}


def _read_flights(text: str, name: str, site: wire.SiteInfo) -> "list[AuthorisedFlight]":
    from marsad.geo.local import LocalFrame  # numerical libraries, which nothing else here needs
    from marsad.site.flight_files import read_flights

    frame = LocalFrame(site["latitude_deg"], site["longitude_deg"], site["height_m"])
    return read_flights(text.encode("utf-8", "replace"), name, frame)


@router.get("/api/outputs", responses=openapi.LOOKING)
async def outputs(site: Running) -> wire.Telling:
    """The outputs and how each is known to work, the last drill, and what became of announcements."""
    picture = site.newest()
    if picture is None:
        raise refused(503, "site-preparing", "the engine is being prepared; there is nothing to see yet")
    return picture["telling"]


@router.get("/api/coverage", responses=openapi.LOOKING | openapi.refusals(422))
async def coverage(request: Request, threat: ThreatKind | None = None) -> wire.CoverageMap:
    """What the sensors see now of a kind of intruder, by default of the site's own; and the holes."""
    maps: CoverageMaps = request.app.state.coverage
    found = await maps.of(threat)
    if found is None:
        raise refused(503, "site-preparing", "the engine is being prepared; there is nothing to see yet")
    return found


@router.get("/api/incidents", responses=openapi.FINDING)
async def incidents(site: Running, limit: Limit = 200, before: Before = None) -> list[wire.IncidentSummary]:
    """The newest incidents of the register: real ones where the site is live, exercises where it is not.

    With ``before``, those that were opened before that time: the next page.
    """
    return list(await site.incidents(limit, before))


@router.get("/api/delays", responses=openapi.LOOKING)
async def delays(site: Running) -> list[wire.WarningDelay]:
    """How long warnings took, by UTC month and output: real ones where the site is live, else drilled."""
    return list(await site.delays())


@router.get("/api/incidents/{incident_id}", responses=openapi.FINDING)
async def incident(incident_id: str, site: Running) -> wire.Incident:
    """One incident, newest version."""
    found = await site.incident(incident_id)
    if found is None:
        raise _unknown_incident(incident_id)
    return found


@router.get(
    "/api/incidents/{incident_id}/report.pdf",
    response_class=Pdf,
    responses=openapi.FINDING,
)
async def report(
    request: Request, person: Asking, incident_id: str, site: Running, lang: Language
) -> Response:
    """The incident report."""
    from marsad.server import documents

    with _writing(request, person):
        dossier = await _dossier(site, incident_id)
        _note_reading(request, person, incident_id)
        document = await asyncio.to_thread(documents.report_pdf, dossier, lang)
    name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in incident_id)
    disposition = f'attachment; filename="{name.encode("ascii", "replace").decode()}-{lang}.pdf"'
    return Pdf(document, headers={"content-disposition": disposition})


@router.get(
    "/api/incidents/{incident_id}/statement", response_class=PlainTextResponse, responses=openapi.FINDING
)
async def statement(
    request: Request, person: Asking, incident_id: str, site: Running, lang: Language
) -> PlainTextResponse:
    """The draft of the public statement."""
    from marsad.server import documents

    with _writing(request, person):
        dossier = await _dossier(site, incident_id)
        _note_reading(request, person, incident_id)
        return PlainTextResponse(await asyncio.to_thread(documents.statement, dossier, lang))


@router.get(
    "/healthz",
    response_model=openapi.Health,
    responses=openapi.refusals() | {503: {"model": openapi.Health, "description": "It does not go on."}},
)
async def healthz(site: Running) -> Response:
    """The fold goes on: 503 where it has shown no sign of life for long, by whichever process that is."""
    silent_s = site.silent_s()
    if silent_s is not None and silent_s > _STALE_PICTURE_S:
        what = "is being prepared" if site.phase().name == "preparing" else "runs"
        detail = f"the site {what}, and has shown no sign of life for {silent_s:.0f} s"
        return JSONResponse({"status": "stale", "reason": "site-silent", "detail": detail}, 503)
    return JSONResponse({"status": "ok"})


@router.get(
    "/readyz",
    response_model=openapi.Readiness,
    responses=openapi.refusals() | {503: {"model": openapi.Readiness, "description": "Not ready."}},
)
async def readyz(request: Request, site: Running) -> Response:
    """Ready: there is a picture, it is fresh, and the site reports no fault of its own."""
    age_s = request.app.state.hub.picture_age_s()
    picture = site.newest()
    faults = list(picture["faults"]) if picture else []
    beside = [code for code in faults if code.startswith("output.")]  # a siren's: the site itself is ready
    if site.phase().name == "preparing":
        faults.append("site.preparing")
    if age_s is None:
        faults.append("picture.none")
    elif age_s > _STALE_PICTURE_S:
        faults.append("picture.stale")
    return JSONResponse(
        {"status": "not ready" if faults != beside else "ready", "faults": worst_first(faults)},
        503 if faults != beside else 200,
    )


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=openapi.refusals(401, 429),
)
async def metrics(request: Request, site: Running) -> Response:
    """Counters for a Prometheus collector; needs a session or the metrics token."""
    state = request.app.state
    token = state.settings.metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token is None or not secrets.compare_digest(given.encode(), token.encode()):
        signed_in(request)
    text = metrics_text(SiteCollector(site, state.hub, state.visitors, state.stream))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


router.include_router(sign_in_api.router)
router.include_router(stream_socket.router)
openapi.describe(router)


@router.api_route("/api/{path:path}", methods=_METHODS, include_in_schema=False)
async def unknown(path: str) -> Response:
    """Nothing else is here; a page of the console would be no answer to a program."""
    if methods := methods_of(f"/api/{path}"):
        detail = {"reason": "method", "detail": f"/api/{path[:80]} takes {', '.join(methods)}"}
        raise HTTPException(405, cast(Any, detail), {"allow": ", ".join(methods)})
    raise refused(404, "path-unknown", f"/api/{path[:80]}")


@contextmanager
def _writing(request: Request, person: Person) -> Iterator[None]:
    """A document is written, which takes seconds of a processor: few at a time for each."""
    holdings: Holdings = request.app.state.holdings
    most, holder = request.app.state.settings.documents_at_once, f"documents {person.name}"
    if holdings.of(holder) >= most:
        why = f"{most} documents are being written for {person.name} (documents_at_once)"
        detail = cast(Any, {"reason": "documents-at-once", "detail": why})
        raise HTTPException(429, detail, {"retry-after": "2"})
    with holdings.one_more(holder):
        yield


def _note_reading(request: Request, person: Person, incident_id: str) -> None:
    """An incident's documents name people and places: who read them is noted."""
    event = SecurityEvent(Happening.READ, person.name, incident_id, address_of(request))
    request.app.state.notes.note(event)


async def _dossier(site: WireSite, incident_id: str) -> "Dossier":
    found = await site.dossier(incident_id)
    if found is None:
        raise _unknown_incident(incident_id)
    return found


def _unknown_incident(incident_id: str) -> HTTPException:
    return refused(404, "incident-unknown", f"no incident {incident_id[:80]!r} in the register")


def _key(request: Request, person: Person) -> str:
    """The name under which a person sends an action; "" if none was given."""
    key = request.headers.get("idempotency-key", "")
    if len(key) > _KEY_MAX or not key.isprintable():
        raise refused(422, "action-key", f"Idempotency-Key: at most {_KEY_MAX} printable characters")
    return json.dumps([person.name, key]) if key else ""
