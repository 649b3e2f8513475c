"""What outputs tell the site, to and from the JSON in which it is journalled."""

import json
from dataclasses import asdict

from pydantic import TypeAdapter, ValidationError

from marsad.errors import ReceivedError
from marsad.model.announcement import Delivered, DeliveryState
from marsad.model.drill import OutputLink

BYTES_MAX = 4_096
_DETAIL_MAX = 300
_ADAPTER = TypeAdapter(Delivered)
_LINK = TypeAdapter(OutputLink)


def json_from_delivered(delivered: Delivered) -> bytes:
    """The JSON bytes of what came of an announcement; states by name."""
    record = {
        **asdict(delivered),
        "state": delivered.state.name.lower(),
        "detail": delivered.detail[:_DETAIL_MAX],
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def delivered_from_json(data: bytes) -> Delivered:
    """The inverse of `json_from_delivered`. Raises ReceivedError (``delivery-unreadable``)."""
    try:
        if len(data) > BYTES_MAX:
            raise ValueError(f"{len(data)} bytes; at most {BYTES_MAX} are allowed")
        record = json.loads(data)
        record["state"] = DeliveryState[record["state"].upper()]
        return _ADAPTER.validate_python(record)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, ValidationError) as error:
        raise ReceivedError("delivery-unreadable", f"{data[:80]!r}: {error}") from error


def json_from_link(link: OutputLink) -> bytes:
    """The JSON bytes of whether an output's peer can be reached."""
    record = {**asdict(link), "detail": link.detail[:_DETAIL_MAX]}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def link_from_json(data: bytes) -> OutputLink:
    """The inverse of `json_from_link`. Raises ReceivedError (``link-unreadable``)."""
    try:
        if len(data) > BYTES_MAX:
            raise ValueError(f"{len(data)} bytes; at most {BYTES_MAX} are allowed")
        return _LINK.validate_python(json.loads(data))
    except (ValueError, TypeError, RecursionError, ValidationError) as error:
        raise ReceivedError("link-unreadable", f"{data[:80]!r}: {error}") from error
