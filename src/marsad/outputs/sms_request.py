"""What a gateway is asked, and whether its answer is an acceptance: both as the settings say."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from marsad.outputs.settings.sms import PLACEHOLDER, SmsSettings

NOTHING = object()


def request_of(settings: SmsSettings, values: Mapping[str, str]) -> httpx.Request:
    """The request with its placeholders filled; each value stands where it is put and changes nothing around.

    values   for each placeholder
    """
    quoted = {name: quote(value, safe="") for name, value in values.items()}
    url = _filled(settings.url, quoted)
    headers = {name: _filled(text, values) for name, text in settings.headers.items()}
    if settings.json_body is not None:
        body = _filled_within(json.loads(settings.json_body), values)
        return httpx.Request(settings.method, url, headers=headers, json=body)
    form = {name: _filled(text, values) for name, text in settings.form.items()}
    return httpx.Request(settings.method, url, headers=headers, data=form or None)


def at_pointer(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) points to; `NOTHING` where there is nothing."""
    here = document
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict) and name in here:
            here = here[name]
        elif isinstance(here, list) and re.fullmatch(r"0|[1-9]\d{0,5}", name) and int(name) < len(here):
            here = here[int(name)]
        else:
            return NOTHING
    return here


def is_acceptance(settings: SmsSettings, body: str) -> bool:
    """Whether the body of an answer of 2xx is an acceptance."""
    if settings.accepted_pattern is None:
        return True
    said = body if settings.accepted_pointer is None else _text_at(body, settings.accepted_pointer)
    return said is not None and re.fullmatch(settings.accepted_pattern, said.strip(), re.DOTALL) is not None


def id_in(settings: SmsSettings, body: str) -> str:
    """The gateway's own name of the message; "" where it gives none."""
    said = None if settings.id_pointer is None else _text_at(body, settings.id_pointer)
    return said or ""


def _text_at(body: str, pointer: str) -> str | None:
    try:
        value = at_pointer(json.loads(body), pointer)
    except (ValueError, RecursionError):
        return None
    if value is NOTHING or isinstance(value, dict | list):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """In one pass: what stands in a value is no placeholder."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def _filled_within(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _filled(value, values)
    if isinstance(value, list):
        return [_filled_within(one, values) for one in value]
    if isinstance(value, dict):
        return {key: _filled_within(one, values) for key, one in value.items()}
    return value
