"""A client of the stream, and independent judges of what it gets."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from websockets.sync.client import ClientConnection, connect

from marsad.stream.documents import schema

Record = dict[str, Any]
SPELLED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def closed(record: Any) -> Any:
    """A schema in which nothing may be that it does not name: so that no field goes without its line."""
    if isinstance(record, list):
        return [closed(item) for item in record]
    if not isinstance(record, dict):
        return record
    made = {name: closed(value) for name, value in record.items()}
    if made.get("type") == "object" and "properties" in made:
        made["additionalProperties"] = False
    return made


JUDGE = Draft202012Validator(closed(deepcopy(schema())), format_checker=FormatChecker())


def judged(text: str | bytes) -> Record:
    """A message that is as the schema has it, and spells its times as they are promised."""
    record: Record = json.loads(text)
    JUDGE.validate(record)
    for name, value in record.items():
        if (name == "at" or name.endswith("_at")) and isinstance(value, str):
            assert SPELLED.fullmatch(value), f"{name} = {value}"
    return record


def opened(port: int, query: str = "", token: str = "", **more: Any) -> ClientConnection:
    """A connection to a stream."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    client: ClientConnection = connect(
        f"ws://127.0.0.1:{port}/api/stream/v1{query}",
        max_size=None,
        proxy=None,
        additional_headers=headers,
        **more,
    )
    return client


def followed(client: ClientConnection, timeout_s: float = 20.0) -> Iterator[Record]:
    """Messages as they come, judged, none lost."""
    sequence = 0
    while True:
        record = judged(client.recv(timeout=timeout_s))
        sequence += 1
        assert record["sequence"] == sequence
        yield record


def snapshot(messages: Iterator[Record]) -> list[Record]:
    """All up to the end of the snapshot."""
    found: list[Record] = []
    for record in messages:
        found.append(record)
        if record["kind"] == "snapshot_end":
            return found
    raise AssertionError


def until(messages: Iterator[Record], kind: str, **fields: Any) -> Record:
    """The first of a kind with some values."""
    return next(
        one for one in messages if one["kind"] == kind and all(one.get(key) == fields[key] for key in fields)
    )
