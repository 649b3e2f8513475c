"""The console's TypeScript types, generated from the wire: ``python -m marsad.server.schema``.

Covers the part of JSON Schema that `marsad.wire` uses, and raises on anything else.
"""

import re
import sys
from typing import Any

from pydantic import TypeAdapter

from marsad import wire

_HEADER = "// Generated from src/marsad/wire by `python -m marsad.server.schema`. Do not edit.\n"
Schema = dict[str, Any]


def definitions() -> dict[str, Schema]:
    """JSON Schema of every record of the wire, by name."""
    adapters: list[tuple[str, str, Any]] = [("message", "serialization", wire.MESSAGE)]
    adapters += [(record.__name__, "serialization", TypeAdapter(record)) for record in wire.REST]
    _, schema = TypeAdapter.json_schemas(adapters, ref_template="{model}")  # type: ignore[arg-type]
    found: dict[str, Schema] = schema["$defs"]
    return found


def typescript() -> str:
    """The module ``wire.ts``."""
    parts = [_HEADER, f"export const WIRE_VERSION = {wire.VERSION};\n"]
    for name, schema in sorted(definitions().items()):
        parts.append(_interface(name, schema))
    parts.append("export type Message = Snapshot | Delta | Heartbeat;\n")
    return "\n".join(parts)


def _interface(name: str, schema: Schema) -> str:
    required = set(schema.get("required", ()))
    lines = [_comment(schema.get("description", "")) + f"export interface {name} {{"]
    for key, value in schema["properties"].items():
        lines.append(f"  {key}{'' if key in required else '?'}: {_type(value)};")
    return "\n".join([*lines, "}\n"])


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"])
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return " | ".join(_literal(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(option) for option in schema["anyOf"]))
    kind = schema.get("type")
    if kind == "array":
        item = _type(schema["items"])
        return f"({item})[]" if "|" in item else f"{item}[]"
    if kind == "object" and "additionalProperties" in schema:
        value = _type(schema["additionalProperties"])
        names = schema.get("propertyNames")
        return f"Partial<Record<{_type(names)}, {value}>>" if names else f"Record<string, {value}>"
    plain = {
        "string": "string",
        "integer": "number",
        "number": "number",
        "boolean": "boolean",
        "null": "null",
    }
    if kind not in plain:
        raise ValueError(f"no TypeScript form for {schema}")
    return plain[kind]


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _comment(description: str) -> str:
    text = re.sub(r"\s+", " ", description).strip()
    return f"/** {text} */\n" if text else ""


if __name__ == "__main__":
    sys.stdout.write(typescript())
