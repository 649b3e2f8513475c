"""The documents of the stream: good by the standards, those that lie in docs, and only ever added to."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from marsad.stream import documents
from marsad.stream.records import KINDS, RECORDS

from ..synthetic import Served

HERE = Path(__file__).parent
DOCS = Path(__file__).parents[3] / "docs" / "stream"
Record = dict[str, Any]


def test_the_schema_is_one_of_2020_12() -> None:
    schema = documents.schema()
    assert schema["$schema"].endswith("2020-12/schema")
    Draft202012Validator.check_schema(schema)


def test_the_asyncapi_document_is_good_by_the_official_schema() -> None:
    official = json.loads((HERE / "asyncapi" / "3.0.0.json").read_text("utf-8"))
    registry: Registry[Any] = Registry().with_resource(
        official["$id"], Resource.from_contents(official, default_specification=DRAFT7)
    )
    judge = Draft7Validator(official, registry=registry)
    judge.validate(documents.asyncapi())
    broken = documents.asyncapi() | {"channels": {"stream": {"adress": "x"}}}
    assert not judge.is_valid(broken), "the judge is awake"


def references(record: Any) -> set[str]:
    if isinstance(record, list):
        return {found for item in record for found in references(item)}
    if not isinstance(record, dict):
        return set()
    own = {record["$ref"]} if isinstance(record.get("$ref"), str) else set()
    return own | {found for value in record.values() for found in references(value)}


def test_every_reference_leads_somewhere_and_every_message_is_used() -> None:
    document = documents.asyncapi()
    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    used = {one.rpartition("/")[2] for one in references(document["channels"])}
    assert set(document["components"]["messages"]) <= used
    assert len(document["components"]["messages"]) == len(RECORDS) + 1
    assert {f"{kind}_topic" for kind in KINDS} <= set(document["channels"])


@pytest.mark.parametrize("name", ["schema", "asyncapi"])
def test_the_documents_in_docs_are_those_that_are_made(name: str) -> None:
    made = documents.written(getattr(documents, name)())
    assert (DOCS / f"{name}.json").read_text("utf-8") == made, (
        "run: python -m marsad.stream.documents docs/stream"
    )


def test_they_are_served_also_to_who_has_not_signed_in(served: Served) -> None:
    with httpx.Client(base_url=served.address) as http:
        assert http.get("/api/stream/v1/schema.json").json() == documents.schema()
        assert http.get("/api/stream/v1/asyncapi.json").json() == documents.asyncapi()


# --- within version 1 things are only added -----------------------------------------------------------


def losses(kept: Any, now: Any, where: str = "") -> list[str]:
    """What a reader that was written for a kept schema would miss in one of now."""
    if isinstance(kept, list):
        if all(isinstance(item, str | int | float | bool | None) for item in kept):
            return [f"{where}: {item!r} is gone" for item in kept if item not in now]
        return [loss for old, new in zip(kept, now, strict=False) for loss in losses(old, new, where)] + (
            [f"{where}: {len(kept) - len(now)} forms are gone"] if len(now) < len(kept) else []
        )
    if isinstance(kept, dict):
        found: list[str] = []
        for name, value in kept.items():
            if name in ("description", "title", "discriminator"):
                continue
            if not isinstance(now, dict) or name not in now:
                found.append(f"{where}/{name} is gone")
            else:
                found += losses(value, now[name], f"{where}/{name}")
        return found
    return [] if kept == now else [f"{where}: {kept!r} has become {now!r}"]


def test_a_reader_of_the_first_schema_of_version_1_misses_nothing() -> None:
    kept = json.loads((HERE / "kept_v1.json").read_text("utf-8"))
    assert losses(kept["$defs"], documents.schema()["$defs"]) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda track: track["properties"].pop("up_m"),
        lambda track: track["required"].remove("up_m"),
        lambda track: track["properties"]["up_m"].update(type="string"),
        lambda track: track["properties"]["identity"]["enum"].remove("hostile"),
    ],
)
def test_what_is_taken_away_is_found(change: Any) -> None:
    now = json.loads(json.dumps(documents.schema()["$defs"]))
    change(now["Track"])
    assert losses(documents.schema()["$defs"], now)
    added = json.loads(json.dumps(documents.schema()["$defs"]))
    added["Track"]["properties"]["colour"] = {"type": "string"}
    added["Track"]["required"].append("colour")
    assert losses(documents.schema()["$defs"], added) == []
