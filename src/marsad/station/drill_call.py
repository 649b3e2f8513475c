"""A drill of a running site's outputs, asked for over its console's address, and what came of it."""

import asyncio
import contextlib
import ssl
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from marsad.errors import LinkError, ReceivedError
from marsad.server.settings import ServerSettings
from marsad.station.hold import reachable_host

_ASK_S = 0.2
_ANSWER_S = 10.0
_APPEARS_S = 20.0
_SLACK_S = 3.0


@dataclass(frozen=True, slots=True)
class Door:
    """Where a running site is asked, and as whom.

    url        of its console
    name       who signs in, "" where nobody has to
    password   of that person
    authority  PEM file whose certificates are good beside the usual ones, "" for none
    """

    url: str
    name: str = ""
    password: str = ""
    authority: str = ""


def url_of(server: ServerSettings, port: int | None = None) -> str:
    """The address of a site's console by its settings. Raises LinkError where that is not known.

    port   in place of the one in the settings
    """
    port = server.port if port is None else port
    if port == 0:
        raise LinkError("server.port is 0, and the system chose one as the site started: name it with --port")
    scheme = "https" if server.tls_certificate is not None else "http"
    host = reachable_host(server.host)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


async def drill(
    door: Door, outputs: tuple[str, ...], told: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Hold a drill; returns it once every output has passed or failed, and who can confirm has or had time.

    outputs   those that are tried, () for all that are marked for drills
    told      called with the drill as it goes

    Raises LinkError where no site answers, ReceivedError where it refuses.
    """
    async with _signed_in(door) as http:
        before = (await _telling(http))["drilling"]["last"]
        action = {"action": "try_outputs", "output_ids": list(outputs)}
        headers = {"Origin": door.url, "Idempotency-Key": uuid.uuid4().hex}
        await _asked(http, "POST", "/api/actions", json=action, headers=headers)
        return await _followed(http, None if before is None else before["drill_id"], told)


async def _followed(
    http: httpx.AsyncClient, before: str | None, told: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """The drill that comes behind another, followed to its end."""
    end_s, seen = time.monotonic() + _APPEARS_S, False
    while True:
        last: dict[str, Any] | None = (await _telling(http))["drilling"]["last"]
        if last is not None and last["drill_id"] != before:
            if not seen:
                seen = True
                end_s = time.monotonic() + (last["until_t_ms"] - last["begun_t_ms"]) / 1000 + _SLACK_S
            told(last)
            if _is_done(last) or time.monotonic() >= end_s:
                return last
        elif time.monotonic() >= end_s:
            raise LinkError(f"{http.base_url} took the drill, and shows nothing of it")
        await asyncio.sleep(_ASK_S)


def _is_done(last: dict[str, Any]) -> bool:
    """Whether nothing more is to be waited for: those that failed can be confirmed by nobody."""
    waits = [row for row in last["rows"] if row["delivery"] is not None and row["verdict"] != "failed"]
    return last["is_over"] and all(not row["can_confirm"] or _is_tapped(row["delivery"]) for row in waits)


def _is_tapped(delivery: dict[str, Any]) -> bool:
    """Whether somebody confirmed, be it somebody of whom nothing is proved."""
    return bool(delivery["confirmed_by"] or delivery["said_to_be"])


async def _telling(http: httpx.AsyncClient) -> dict[str, Any]:
    record: dict[str, Any] = (await _asked(http, "GET", "/api/outputs")).json()
    return record


async def _asked(http: httpx.AsyncClient, method: str, path: str, **more: Any) -> httpx.Response:
    """An answer of the site. Raises LinkError, ReceivedError."""
    where = str(http.base_url).rstrip("/")
    try:
        answer = await http.request(method, path, **more)
    except httpx.TimeoutException as error:
        raise LinkError(f"no answer of {where} within {_ANSWER_S:g} s") from error
    except (httpx.HTTPError, ssl.SSLError, OSError) as error:
        said = str(error) or type(error).__name__
        raise LinkError(
            f"no site answers at {where} ({said}): start it with marsad run, or name its address with --url"
        ) from error
    if answer.is_success:
        return answer
    reason, detail = f"http-{answer.status_code}", answer.text[:200]
    with contextlib.suppress(ValueError, KeyError, TypeError):
        reason, detail = (answer.json()["error"][key] for key in ("reason", "detail"))
    if answer.status_code == 401:
        detail = f"{detail}: name who you are with --name, and your password with --password-file"
    raise ReceivedError(str(reason), str(detail))


@contextlib.asynccontextmanager
async def _signed_in(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    verify = ssl.create_default_context()
    if door.authority:
        verify.load_verify_locations(door.authority)
    async with httpx.AsyncClient(
        base_url=door.url, timeout=_ANSWER_S, verify=verify, trust_env=False
    ) as http:
        if door.name:
            who = {"name": door.name, "password": door.password}
            await _asked(http, "POST", "/api/session", json=who, headers={"Origin": door.url})
        try:
            yield http
        finally:
            if door.name:
                with contextlib.suppress(httpx.HTTPError):
                    await http.delete("/api/session", headers={"Origin": door.url})
