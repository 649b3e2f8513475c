"""The stream described for machines: JSON Schema 2020-12 and AsyncAPI 3.0, made from its records.

``python -m marsad.stream.documents DIRECTORY`` writes both.
"""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from marsad.stream.records import KINDS, RECORDS, VERSION, Message, Wish
from marsad.wire import COOKIE

Record = dict[str, Any]
_TITLE = "Marsad stream"
_ABOUT = (
    "Tracks, threats, alarms and deliveries of a site, one record per message. First a hello, the state of "
    "the site and a snapshot; then what changes. Within version 1 fields, kinds and values are only ever "
    "added: ignore what you do not know. Where no heartbeat comes for heartbeat_due_s, the site looks no "
    "more, and a quiet sky means nothing. It observes and warns: nothing here tasks anybody to do anything."
)
_ENDS = {"track": "track_end", "threat": "track_end", "alarm": "alarm_end"}


@cache
def schema() -> Record:
    """Any message of the stream, as JSON Schema 2020-12."""
    made = TypeAdapter[Any](Message).json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{_TITLE} {VERSION}",
        "description": _ABOUT,
        **made,
    }


@cache
def asyncapi() -> Record:
    """The stream over WebSocket and over MQTT, as AsyncAPI 3.0."""
    adapters: list[tuple[str, Any, TypeAdapter[Any]]] = [
        (record.__name__, "serialization", TypeAdapter(record)) for record in (*RECORDS, Wish)
    ]
    _, made = TypeAdapter.json_schemas(adapters, ref_template="#/components/schemas/{model}")
    names = {_kind(record): record.__name__ for record in RECORDS}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": _TITLE,
            "version": f"{VERSION}.0.0",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {"stream": _socket(names), **_topics(names)},
        "operations": _operations(names),
        "components": {
            "schemas": made["$defs"],
            "messages": {
                name: {
                    "name": name,
                    "summary": _first_sentence(made["$defs"][title].get("description", "")),
                    "payload": {"$ref": f"#/components/schemas/{title}"},
                }
                for name, title in {**names, "wish": "Wish"}.items()
            },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A service token, made by `marsad token`.",
                },
                "session": {
                    "type": "httpApiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": "What signing in sets.",
                },
                "broker": {"type": "userPassword", "description": "Of the broker, not of Marsad."},
            },
        },
    }


def _servers() -> Record:
    ways = [{"$ref": f"#/components/securitySchemes/{name}"} for name in ("token", "session")]
    return {
        "console": {
            "host": "127.0.0.1:8080",
            "protocol": "ws",
            "description": "Where the console is served; wss where it is served by HTTPS.",
            "security": ways,
        },
        "broker": {
            "host": "{broker}",
            "protocol": "mqtt5",
            "description": "The broker of an output of the standard mqtt.",
            "variables": {"broker": {"description": "Host and port."}},
            "security": [{"$ref": "#/components/securitySchemes/broker"}],
        },
    }


def _socket(names: dict[str, str]) -> Record:
    return {
        "address": f"/api/stream/v{VERSION}",
        "title": "All that is wanted, in one connection",
        "servers": [{"$ref": "#/servers/console"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in [*names, "wish"]},
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "properties": {
                        "kinds": {
                            "type": "string",
                            "description": f"Some of {', '.join(KINDS)}, with commas; all if left out.",
                        },
                        "every_s": {
                            "type": "number",
                            "minimum": 1,
                            "maximum": 60,
                            "description": "Changes of an object come at most once in so many seconds.",
                        },
                    },
                },
                "bindingVersion": "0.1.0",
            }
        },
    }


def _topics(names: dict[str, str]) -> Record:
    parameters = {
        "prefix": {"description": "First levels of every topic, as the output's settings have them."},
        "site": {"description": "Identifier of the site."},
    }
    channels: Record = {}
    for kind in KINDS:
        messages = [kind, *([_ENDS[kind]] if kind in _ENDS else [])]
        channels[f"{kind}_topic"] = {
            "address": f"{{prefix}}/{{site}}/stream/v{VERSION}/{kind}",
            "title": f"Records of the kind {kind} over MQTT, where the output's setting stream names it",
            "servers": [{"$ref": "#/servers/broker"}],
            "parameters": parameters,
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        }
    about = ("hello", "state", "heartbeat", "snapshot_end", "dropped")
    channels["site_topic"] = {
        "address": f"{{prefix}}/{{site}}/stream/v{VERSION}/site",
        "title": "What concerns the stream itself over MQTT",
        "servers": [{"$ref": "#/servers/broker"}],
        "parameters": parameters,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in about if name in names},
    }
    return channels


def _operations(names: dict[str, str]) -> Record:
    found: Record = {
        "tell": {
            "action": "send",
            "channel": {"$ref": "#/channels/stream"},
            "summary": "The site tells what it sees.",
            "messages": [{"$ref": f"#/channels/stream/messages/{name}"} for name in names],
        },
        "wish": {
            "action": "receive",
            "channel": {"$ref": "#/channels/stream"},
            "summary": "A client says what it wants; it gets a hello and a snapshot anew.",
            "messages": [{"$ref": "#/channels/stream/messages/wish"}],
        },
    }
    for channel in [*(f"{kind}_topic" for kind in KINDS), "site_topic"]:
        found[f"publish_{channel}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{channel}"},
            "summary": "The site publishes it at its broker.",
        }
    return found


def _kind(record: Any) -> str:
    (kind,) = record.__annotations__["kind"].__args__
    return str(kind)


def _first_sentence(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


def written(record: Record) -> str:
    """A document as it lies in a file."""
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    directory = Path(sys.argv[1])
    (directory / "schema.json").write_text(written(schema()), "utf-8")
    (directory / "asyncapi.json").write_text(written(asyncapi()), "utf-8")
