"""What the description of the HTTP interface says beside its routes: refusals, bodies, who may."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from marsad import wire
from marsad.server.permits import ROUTES, Open
from marsad.server.sessions import COOKIE
from marsad.site.actions import action_schemas

_SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The cookie that signing in sets.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A service token, made by `marsad token`.",
    },
}
_ABOUT = (
    "Bodies are JSON, times UTC milliseconds, angles degrees, distances metres. Without operators in the "
    "settings nobody needs to sign in, and only this machine is served. Changes as they come: the stream at "
    "/api/stream/v1, described by /api/stream/v1/asyncapi.json."
)
_MEANS = {
    400: "The path or the body holds what no text has.",
    401: "Nobody that is known: sign in, or show a service token that is valid.",
    403: "The role does not allow it, a person must ask, or it came from another site or to another host.",
    404: "There is none of that name.",
    408: "The body did not come in time.",
    413: "The body is too long.",
    415: "The content type is not application/json.",
    422: "Something in the request cannot be; `detail` quotes it.",
    429: "Too many requests, or wrong passwords or tokens, of late; `retry-after` has the seconds.",
    503: "The site gives no answer, is not ready, or its record cannot be read.",
    507: "It was done, and the journal has no record of it.",
}


_REFUSAL = {"$ref": "#/components/schemas/Refusal"}


class Accepted(TypedDict):
    """What was journalled and folded."""

    accepted: str


class SignedIn(TypedDict):
    """Who has signed in."""

    name: str


class Ended(TypedDict):
    """How many sign-ins were ended."""

    ended: int


class Health(TypedDict, total=False):
    """Whether the fold goes on; reason and detail where it does not."""

    status: str
    reason: str
    detail: str


class Readiness(TypedDict):
    """Whether all is well; codes of what is not."""

    status: str
    faults: list[str]


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that refuse, the guard's own among them."""
    return {
        status: {"description": _MEANS[status], "content": {"application/json": {"schema": _REFUSAL}}}
        for status in sorted({403, 429, *statuses})
    }


LOOKING = refusals(401, 429, 503)
FINDING = refusals(401, 404, 422, 429, 503)
ACTING = refusals(400, 401, 408, 413, 415, 422, 429, 503, 507)


def json_body(schema: dict[str, Any]) -> dict[str, Any]:
    """A body that a route reads by itself, for its `openapi_extra`."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def texts(at_most: int = 0, **fields: str) -> dict[str, Any]:
    """The schema of an object of texts, each with what it means; at_most: characters of each but ``text``."""

    def schema(name: str, words: str) -> dict[str, Any]:
        bounds = {"minLength": 1, "maxLength": at_most} if at_most and name != "text" else {}
        return {"type": "string", "description": words, **bounds}

    return {
        "type": "object",
        "required": list(fields),
        "properties": {name: schema(name, words) for name, words in fields.items()},
    }


IDEMPOTENCY = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "maxLength": 80},
            "description": "A name of your own: what is sent again under it is done once.",
        }
    ]
}
ACTION_BODY = {"$ref": "#/components/schemas/Action"}


def describe(router: APIRouter) -> None:
    """Give each route its first sentence as summary."""
    for route in router.routes:
        if isinstance(route, APIRoute) and not route.summary:
            sentence = " ".join(route.description.split("\n\n")[0].split())
            route.summary = sentence.replace("``", "").rstrip(".")


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The whole description; made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=_ABOUT,
            routes=app.routes,
            openapi_version="3.1.0",
        )
        _name_credentials(made)
        schemas = made["components"]["schemas"]
        refusal = TypeAdapter(wire.Refusal).json_schema(ref_template="#/components/schemas/{model}")
        schemas |= refusal.pop("$defs") | {"Refusal": refusal}
        actions, records = action_schemas("#/components/schemas/Action_")
        schemas |= {f"Action_{name}": schema for name, schema in {**actions, **records}.items()}
        schemas["Action"] = {
            "oneOf": [{"$ref": f"#/components/schemas/Action_{name}"} for name in actions],
            "discriminator": {
                "propertyName": "action",
                "mapping": {name: f"#/components/schemas/Action_{name}" for name in actions},
            },
        }
        app.openapi_schema = made
    return app.openapi_schema


def _name_credentials(made: dict[str, Any]) -> None:
    """Say of each route that is not open to all how whoever asks shows who they are."""
    made["components"]["securitySchemes"] = _SCHEMES
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            if ROUTES.get((method.upper(), path)) is not Open.TO_ALL:
                operation["security"] = [{name: []} for name in _SCHEMES]
