"""What a client of the stream asks for: in the query of its address, and in what it sends."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from marsad.errors import ReceivedError
from marsad.stream.mailbox import Wanted
from marsad.stream.records import KINDS, Wish

_KNOWN = ("kinds", "every_s")
_WISH: TypeAdapter[Wish] = TypeAdapter(Wish)


def wish_from_query(query: Mapping[str, str]) -> Wanted:
    """``kinds=track,alarm&every_s=5``. Raises ReceivedError, which quotes what cannot be."""
    record: dict[str, Any] = {name: value for name, value in query.items() if name in _KNOWN}
    if unknown := sorted(set(query) - set(_KNOWN)):
        raise _unknown(unknown[0])
    if "kinds" in record:
        record["kinds"] = [kind.strip() for kind in record["kinds"].split(",")]
    return wish_from_record(record, Wanted())


def wish_from_text(text: str, before: Wanted) -> Wanted:
    """``{"kinds": ["track"], "every_s": 5}``; what is left out stays. Raises ReceivedError."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReceivedError("wish-not-json", f"{text[:80]!r} is not JSON") from error
    if not isinstance(record, dict):
        raise ReceivedError("wish-not-object", f"{text[:80]!r}: a JSON object is expected")
    if unknown := sorted(set(record) - set(_KNOWN)):
        raise _unknown(unknown[0])
    return wish_from_record(record, before)


def wish_from_record(record: dict[str, Any], before: Wanted) -> Wanted:
    """What a record asks for; what it leaves out stays. Raises ReceivedError."""
    try:
        wish = _WISH.validate_python(record)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        said = f"{where} = {str(fault['input'])[:80]!r}: {fault['msg']}"
        raise ReceivedError("wish-field", said) from error
    kinds = wish.get("kinds", before.kinds)
    return Wanted(tuple(kind for kind in KINDS if kind in kinds), wish.get("every_s", before.every_s))


def _unknown(name: str) -> ReceivedError:
    return ReceivedError("wish-field", f"unknown field {name[:80]!r}; known are {', '.join(_KNOWN)}")
